"""Every error says what is wrong, where and what to do, and knows the exit code of the command."""

from __future__ import annotations

import pytest

from analysis import errors
from analysis.errors import AnalysisError, Place

EXIT_CODES = {
    "UsageError": 2,
    "InputRefused": 65,
    "DisclosureStop": 65,
    "InputMissing": 66,
    "DesignError": 70,
    "KernelKilled": 70,
    "CannotWrite": 74,
    "AnotherRun": 75,
    "SettingsError": 78,
}


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items())
def test_each_error_has_its_exit_code(name: str, code: int) -> None:
    assert getattr(errors, name)("what", "remedy").exit_code == code


def test_the_list_of_errors_is_complete() -> None:
    assert {e.__name__ for e in AnalysisError.__subclasses__()} == set(EXIT_CODES)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.csv"), "a.csv"),
        (Place("a.csv", 3), "a.csv, line 3"),
        (Place("a.csv", column="Kommun"), "a.csv, column “Kommun”"),
        (Place("a.csv", 3, "Kommun"), "a.csv, line 3, column “Kommun”"),
    ],
)
def test_a_place_is_written_as_far_as_it_is_known(place: Place, text: str) -> None:
    assert str(place) == text


def test_the_message_is_place_then_fault_then_remedy() -> None:
    error = errors.InputRefused("the file is empty", "Ask the sender for it again", Place("a.csv"))
    assert str(error) == "a.csv: the file is empty. Ask the sender for it again."


def test_the_message_without_a_place_begins_with_the_fault() -> None:
    assert (
        str(errors.UsageError("there is no area “x”", "Use another")) == "there is no area “x”. Use another."
    )
