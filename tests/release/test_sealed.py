"""What has passed the gate can be made by the gate only, and carries nothing but what it shows."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest

from analysis.errors import DisclosureStop
from analysis.release.ledger import FACTS, LEDGER, MARK, digest, read
from analysis.release.sealed import Released, ReleasedTable, Sealed, Shown, fragment, sealed

TABLE = ReleasedTable(
    "t", "Tabell", ("År", "Antal"), (("2025", Shown("1 235", 1235.0)), ("2026", Shown("≤7", None)))
)


def test_nobody_else_makes_a_released_value() -> None:
    for seal in ((), (object(),), (None,)):
        with pytest.raises(DisclosureStop, match="something else than the disclosure gate") as caught:
            Released("<p>", "R1", "sv", (), (), *seal)
        assert caught.value.exit_code == 65


def test_a_released_value_cannot_be_changed_or_made_into_another() -> None:
    released = fragment("<p>", "R1", "sv")
    with pytest.raises(dataclasses.FrozenInstanceError):
        released.html = "other"  # type: ignore[misc]
    with pytest.raises(DisclosureStop):
        dataclasses.replace(released, html="other")
    assert copy.copy(released) == released


def test_no_kind_of_sealed_value_keeps_its_seal_when_it_is_made_into_another() -> None:
    one = sealed(Sealed, "R1")
    assert vars(one) == {"rule": "R1"}
    assert copy.copy(one) == one
    with pytest.raises(DisclosureStop):
        dataclasses.replace(one, rule="R2")
    with pytest.raises(DisclosureStop):
        Sealed(rule="R1", seal=object())


def test_a_released_value_does_not_tell_its_seal_or_its_text() -> None:
    released = fragment("<p>35</p>", "R1", "sv", (TABLE,), ({"low": 1},))
    assert set(vars(released)) == {"html", "rule", "language", "tables", "facts"}
    assert repr(released) == "Released(rule='R1', language='sv')"


def test_a_shown_number_is_its_text_and_has_its_number() -> None:
    shown = Shown("1 235", 1235)
    assert (shown, shown.value, type(shown.value)) == ("1 235", 1235.0, float)
    assert Shown("≤7", None).value is None
    assert Shown("–", float("nan")).value is None
    assert Shown("0", 0).value == 0.0


def test_a_table_is_taken_along_as_texts_and_numbers() -> None:
    assert TABLE.as_dict() == {
        "name": "t",
        "caption": "Tabell",
        "headings": ["År", "Antal"],
        "rows": [["2025", ["1 235", 1235.0]], ["2026", ["≤7", None]]],
    }
    assert type(TABLE.as_dict()["rows"][0][1][0]) is str


def test_showing_it_enters_it_in_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEDGER, str(tmp_path / "ledger"))
    released = fragment("<p>35</p>", "R1", "sv", (TABLE,), ({"low": 1},))
    assert read(tmp_path / "ledger") == frozenset()
    bundle = released._repr_mimebundle_()
    assert bundle == {
        "text/html": "<p>35</p>",
        MARK: {"rule": "R1", "language": "sv", "tables": [TABLE.as_dict()]},
        FACTS: [{"low": 1}],
    }
    assert read(tmp_path / "ledger") == {digest(bundle)}


def test_a_fragment_without_answers_has_no_part_for_them() -> None:
    assert FACTS not in fragment("<p>", "R1", "sv")._repr_mimebundle_()
