"""What the reports of a run need alike is worked out once, and is the same to the last bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from analysis import once
from analysis.declared import SETTING as INPUTS
from analysis.errors import SettingsError
from analysis.protocol import Asked
from analysis.study import Study
from demo_home import DEVIATIONS, DISCHARGES, demo_home, study

OF = ("the data", "the question")
anew = study.__wrapped__  # as another report of the run


def counted(values: list[float]) -> Callable[[], float]:
    """Gives one value after the other."""
    return lambda: values.pop(0)


@pytest.fixture(name="folder")
def folder_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(once.SETTING, str(tmp_path))
    return tmp_path


def test_without_a_run_everything_is_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(once.SETTING, raising=False)
    make = counted([1.0, 2.0])
    assert [once.number(OF, make), once.number(OF, make)] == [1.0, 2.0]


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.0, 0.0])
def test_the_second_gets_what_the_first_has_worked_out_to_the_last_bit(folder: Path, value: float) -> None:
    make = counted([value])
    assert [once.number(OF, make), once.number(OF, make)] == [value, value]
    assert len(list(folder.iterdir())) == 1


def test_no_answer_is_kept_too(folder: Path) -> None:
    del folder
    make = counted([float("nan")])
    assert [isnan(once.number(OF, make)), isnan(once.number(OF, make))] == [True, True]


@pytest.mark.parametrize(
    "other", [("the data",), ("the", "data", "the question"), ("the datathe question", "")]
)
def test_another_of_what_it_depends_on_is_another_number(folder: Path, other: tuple[str, ...]) -> None:
    del folder
    make = counted([1.0, 2.0])
    assert [once.number(OF, make), once.number(other, make)] == [1.0, 2.0]


def test_a_name_tells_nothing_of_what_it_is_of(folder: Path) -> None:
    once.number(("19121212-1212", "a unit"), lambda: 0.5)
    (kept,) = folder.iterdir()
    assert set(kept.name) <= set("0123456789abcdef")
    assert kept.read_text() == (0.5).hex()
    assert kept.stat().st_mode & 0o077 == 0


def test_what_is_not_whole_is_worked_out_again(folder: Path) -> None:
    once.number(OF, lambda: 0.5)
    (kept,) = folder.iterdir()
    kept.write_text("")
    assert once.number(OF, lambda: 0.25) == 0.25
    assert once.number(OF, lambda: 0.5) == 0.25


def test_a_number_is_there_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(once.os, "replace", full)
    assert once.number(OF, lambda: 0.5) == 0.5
    assert not [path for path in folder.iterdir() if set(path.name) <= set("0123456789abcdef")]


def test_what_cannot_be_kept_is_worked_out_by_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(once.SETTING, str(tmp_path / "gone"))
    make = counted([1.0, 2.0])
    assert [once.number(OF, make), once.number(OF, make)] == [1.0, 2.0]


def told(own: Study) -> list[tuple[str, str, float, object]]:
    return [(e.question.id, e.verdict, e.p, e.reasons) for e in own.effects]


def asked_for(own: Study, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The questions that a study works out for its family."""
    found: list[tuple[str, str]] = []
    whole = Study._p_of

    def noted(self: Study, asked: Asked) -> float:
        found.append((asked.question.id, asked.question.unit))
        return whole(self, asked)

    with monkeypatch.context() as patched:
        patched.setattr(Study, "_p_of", noted)
        _ = own.effects
    return found


def test_reports_of_a_run_work_out_each_question_of_their_family_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = anew(DEVIATIONS, "molndal")
    assert len(asked_for(first, monkeypatch)) == len(first.beside) == len(list(folder.iterdir()))
    assert asked_for(anew(DEVIATIONS, "molndal", "en"), monkeypatch) == []
    assert asked_for(anew(DEVIATIONS, "harryda"), monkeypatch) == [("deviations", "molndal")]
    earlier = anew(DEVIATIONS, "molndal", as_of="2026-05-31")
    assert len(asked_for(earlier, monkeypatch)) == len(earlier.beside) > 0


def test_an_answer_is_the_same_with_what_another_report_has_worked_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = anew(DEVIATIONS, "harryda").effects
    shared = anew(DEVIATIONS, "molndal")
    assert len(asked_for(shared, monkeypatch)) == 1
    monkeypatch.delenv(once.SETTING)
    alone = anew(DEVIATIONS, "molndal")
    assert told(shared) == told(alone)
    assert shared.summary().html == alone.summary().html
    assert shared.sections().html == alone.sections().html
    assert list(folder.iterdir())


@pytest.mark.parametrize("what", ["settings", "data", "inputs"])
def test_other_settings_data_or_inputs_are_other_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    del folder
    _ = anew(DEVIATIONS).effects
    other = anew(DEVIATIONS)
    if what == "settings":
        other.area = replace(other.area, policy=replace(other.area.policy, round_to=10))
    elif what == "data":
        other.snapshot = replace(other.snapshot, folder=other.snapshot.folder.with_name("of-other-data"))
    else:
        other.store.inputs = ("deviations",)
        monkeypatch.setattr(other, "_refuse_undeclared", lambda *_: None)
    assert len(asked_for(other, monkeypatch)) == len(other.beside)


def test_reports_that_declare_more_than_any_question_needs_share_their_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.setenv(INPUTS, "deviations,episodes")
    _ = anew(DEVIATIONS).effects
    monkeypatch.setenv(INPUTS, "answers,deviations,episodes,sip")
    assert asked_for(anew(DEVIATIONS), monkeypatch) == []


def test_a_family_has_the_p_of_each_question_s_own_report() -> None:
    family, own = anew(DEVIATIONS, "molndal"), anew(DISCHARGES, "molndal")
    found = {a.question.id: family._p_alone(a) for a in family.beside if a.question.unit == "molndal"}
    both = [(found[e.question.id], e.p) for e in own.effects if e.question.id in found]
    assert [pytest.approx(p, nan_ok=True) for _, p in both] == [p for p, _ in both]
    assert sum(not isnan(p) for p, _ in both) >= 3


ANEW = """
import sys
sys.path[:0] = {path!r}
from analysis import params
from analysis.study import Study
given = dict(area="goteborg", unit="molndal", language="sv", as_of="", home={home!r})
_ = Study({notebook!r}, params.check(given)).effects
"""


def test_processes_that_have_nothing_in_common_share_their_numbers(folder: Path) -> None:
    """Also with another seed of hashes, as reports that are started anew."""
    whole = ANEW.format(path=[p for p in sys.path if p], home=str(demo_home()), notebook=DEVIATIONS)
    names = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", whole], env=environment, check=True, capture_output=True)
        names.append({path.name for path in folder.iterdir()})
    assert names[0] == names[1] != set()


def test_nobody_gets_what_rests_on_a_table_that_it_does_not_declare(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = anew(DEVIATIONS).effects
    before = set(folder.iterdir())
    assert before
    monkeypatch.setenv(INPUTS, "deviations")
    other = anew(DEVIATIONS)
    for asked in other.beside:
        with pytest.raises(SettingsError, match="opens “episodes” and does not declare it"):
            other._p_alone(asked)
    assert other.beside
    assert set(folder.iterdir()) == before


def test_a_question_of_another_notebook_that_nobody_can_ask_stops_no_report() -> None:
    own = anew(DEVIATIONS)
    unknown = {"id": "mistyped", "notebook": DISCHARGES, "measure": "readmision", "start": "x", "text": {}}
    own.area = replace(own.area, questions=(*own.area.questions, unknown, {"id": "no_measure"}))
    assert told(own) == told(anew(DEVIATIONS))
