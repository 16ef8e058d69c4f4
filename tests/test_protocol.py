"""What is asked: the dates of all parties, or a refusal that says which one is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis import protocol
from analysis.area import Area, Start, read_area
from analysis.designs.effect import Shock
from analysis.errors import SettingsError
from homes import goteborg

QUESTION = {
    "id": "q", "notebook": "n", "measure": "deviations_per_1000", "start": "rollout",
    "text": {"sv": "Fråga?", "en": "Question?"},
}  # fmt: skip


def area_with(*starts: Start, **question: object) -> Area:
    """Gothenburg with one question, real dates on 1 October 2025, and these starts instead of some."""
    area = goteborg()
    dates = {
        (s.party, s.unit, s.phase): replace(s, start=date(2025, 10, 1), invented=False) for s in area.starts
    }
    dates |= {(s.party, s.unit, s.phase): s for s in starts}
    return replace(area, questions=(QUESTION | question,), starts=tuple(dates.values()))


def start(day: date | None, unit: str = "harryda", party: str = "samverkan", **more: object) -> Start:
    return Start(**({"party": party, "unit": unit, "phase": 3, "start": day, "invented": False} | more))


def ask(area: Area, unit: str = "harryda") -> protocol.Asked:
    (asked,) = protocol.asked(area, "n", area.unit(unit))
    return asked


def refused(area: Area, unit: str = "harryda") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        ask(area, unit)
    assert caught.value.exit_code == 78
    return caught.value


def without(**question: object) -> Area:
    area = area_with()
    key = next(iter(question))
    return replace(area, questions=({k: v for k, v in area.questions[0].items() if k != key},))


def test_all_parties_on_the_same_first_day_have_no_transition() -> None:
    question = ask(area_with()).question
    assert question.start == question.settled == date(2025, 10, 1)


@pytest.mark.parametrize(
    ("last", "settled"),
    [
        (date(2025, 12, 1), date(2025, 12, 1)),
        (date(2025, 12, 2), date(2026, 1, 1)),
        (date(2025, 12, 31), date(2026, 1, 1)),
        (date(2025, 11, 15), date(2025, 12, 1)),
    ],
)
def test_settled_is_the_first_whole_month_in_which_all_have_started(last: date, settled: date) -> None:
    question = ask(area_with(start(last))).question
    assert (question.start, question.settled) == (date(2025, 10, 1), settled)


def test_a_start_within_a_month_makes_that_month_the_first_of_the_transition() -> None:
    question = ask(area_with(start(date(2025, 9, 20)))).question
    assert (question.start, question.settled) == (date(2025, 9, 1), date(2025, 10, 1))


def test_the_area_starts_with_its_first_and_settles_with_its_last_municipality() -> None:
    area = area_with(start(date(2025, 9, 1)), start(date(2026, 2, 10), "ockero"))
    question = ask(area, "").question
    assert (question.start, question.settled) == (date(2025, 9, 1), date(2026, 3, 1))
    assert ask(area, "molndal").question.settled == date(2025, 10, 1)


def test_other_phases_do_not_count() -> None:
    area = area_with(start(date(2024, 1, 1), phase=2))
    assert ask(area).question.start == date(2025, 10, 1)
    assert "phase 2" in refused(replace(area, questions=(QUESTION | {"phase": 2},))).what


@pytest.mark.parametrize("unit", ["ockero", ""])
def test_missing_date_names_party_unit_phase_and_file(unit: str) -> None:
    error = refused(area_with(start(None, "ockero", "slutenvard")), unit)
    assert "“Inpatient care” in “Öckerö” in phase 3" in error.what
    assert str(error.where).endswith("rollout.csv, column “start”")
    assert "first day" in error.remedy


def test_missing_row_is_a_missing_date() -> None:
    area = area_with()
    area = replace(area, starts=tuple(s for s in area.starts if (s.party, s.unit) != ("samverkan", "ockero")))
    assert "“Collaboration” in “Öckerö”" in refused(area, "ockero").what


@pytest.mark.parametrize(
    ("changed", "told"),
    [((), False), (("q",), True), (("rollout",), True), (("events",), False), (("other",), False)],
)
def test_a_question_is_changed_with_its_own_settings_or_the_dates_it_takes(
    changed: tuple[str, ...], told: bool
) -> None:
    assert protocol.is_changed(area_with(), "q", changed) is told


def test_changed_events_concern_the_questions_that_name_them() -> None:
    assert protocol.is_changed(area_with(shocks=["millennium"]), "q", ("events",))
    assert not protocol.is_changed(area_with(start=date(2025, 1, 1)), "q", ("rollout",))
    assert protocol.is_changed(area_with(), "taken_away", ("taken_away",))


AMENDMENT = 'date = 2026-11-23\nquestions = ["q"]\nwhy = { sv = "Skäl", en = "Reason" }\n'


def amended(folder: Path, text: str) -> Area:
    (folder / "questions.toml").write_text(f"[[amendments]]\n{text}", encoding="utf-8")
    return replace(goteborg(), folder=folder)


def test_amendments_have_a_day_questions_and_a_reason(tmp_path: Path) -> None:
    (found,) = protocol.amendments(amended(tmp_path, AMENDMENT))
    assert found == protocol.Amendment(date(2026, 11, 23), ("q",), {"sv": "Skäl", "en": "Reason"})
    assert protocol.amendments(goteborg()) == []


@pytest.mark.parametrize("key", ["date", "questions", "why"])
def test_an_amendment_without_one_of_them_is_refused(tmp_path: Path, key: str) -> None:
    text = "".join(line for line in AMENDMENT.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(SettingsError, match=f"“{key}”"):
        protocol.amendments(amended(tmp_path, text))


def test_missing_date_of_another_municipality_does_not_stop_a_report() -> None:
    assert ask(area_with(start(None, "ockero")), "harryda").question.unit == "harryda"


def test_invented_dates_are_refused_for_real_data_and_named() -> None:
    area = area_with(
        start(date(2025, 10, 1), "ockero", invented=True), start(date(2025, 10, 1), invented=True)
    )
    asked = [ask(area)]
    assert asked[0].invented_start
    protocol.require_real_dates(area, asked, data_are_invented=True)
    with pytest.raises(
        SettingsError, match="“Collaboration” in “Härryda” is invented, but the data are real"
    ):
        protocol.require_real_dates(area, asked, data_are_invented=False)


def test_real_dates_are_taken_for_real_data_although_others_are_invented() -> None:
    area = area_with(start(date(2025, 10, 1), "ockero", invented=True))
    protocol.require_real_dates(area, [ask(area)], data_are_invented=False)
    with pytest.raises(SettingsError, match="Öckerö"):
        protocol.require_real_dates(area, [ask(area, "")], data_are_invented=False)


def test_every_start_of_the_shipped_area_is_invented_and_refused_for_real_data() -> None:
    area = goteborg()
    asked = protocol.asked(area, "02-deviations", area.top)
    with pytest.raises(SettingsError, match="invented"):
        protocol.require_real_dates(area, asked, data_are_invented=False)


@pytest.mark.parametrize(
    ("day", "settled"), [(date(2017, 4, 1), date(2017, 4, 1)), (date(2017, 4, 2), date(2017, 5, 1))]
)
def test_a_stated_date_needs_no_roll_out(day: date, settled: date) -> None:
    asked = ask(replace(area_with(start=day), starts=()))
    assert (asked.question.start, asked.question.settled) == (date(2017, 4, 1), settled)
    assert not asked.invented_start


def test_a_question_has_what_its_measure_says() -> None:
    asked = ask(
        area_with(
            shocks=["millennium"], impact="step_and_slope", windows=[[date(2023, 1, 1), date(2026, 1, 1)]]
        )
    )
    question, measure = asked.question, asked.measure
    assert (question.kind, question.better, question.per) == (measure.kind, measure.better, measure.per)
    assert (question.impact, question.unit, asked.party) == ("step_and_slope", "harryda", "all")
    assert question.shocks == (Shock("millennium", date(2024, 11, 1), date(2025, 2, 1)),)
    assert question.windows == ((date(2023, 1, 1), date(2026, 1, 1)),)


def test_a_question_about_one_party_names_it_and_others_are_about_all() -> None:
    one, every = ask(area_with(party="samverkan")), ask(area_with())
    assert one.question.party == one.party == "samverkan"
    assert every.question.party == every.party == "all"


def test_unknown_measure_is_refused_with_the_known_ones() -> None:
    error = refused(area_with(measure="happiness"))
    assert "deviations_per_1000" in error.remedy
    assert str(error.where).endswith("questions.toml, column “q”")


def test_unknown_shock_is_refused() -> None:
    error = refused(area_with(shocks=["flood"]))
    assert error.what == "the event “flood” does not exist"
    assert "events.csv" in error.remedy


@pytest.mark.parametrize("key", protocol.NEEDED)
def test_question_without_what_it_needs_is_refused(key: str) -> None:
    assert f"“{key}”" in refused(without(**{key: None})).what


def test_answers_of_a_notebook_without_a_question_are_refused() -> None:
    area = goteborg()
    assert protocol.asked(area, "99-none", area.top) == []
    with pytest.raises(SettingsError, match="no question is stated for “99-none”"):
        protocol.require_some([], area, "99-none")


@pytest.mark.parametrize("name", ["goteborg", "england"])
def test_every_stated_question_can_be_asked(name: str) -> None:
    area = read_area(name)
    for notebook in {q["notebook"] for q in area.questions}:
        asked = protocol.asked(area, notebook, area.top)
        assert [a.question.id for a in asked] == [
            q["id"] for q in area.questions if q["notebook"] == notebook
        ]


def test_a_measure_that_nobody_knows_is_none_that_the_area_asks_about() -> None:
    area = goteborg()
    more = ({"id": "mistyped", "measure": "readmision"}, {"id": "no_measure"}, area.questions[0])
    asked = protocol.measures_of(area)
    assert asked[0].name == area.questions[0]["measure"]
    assert protocol.measures_of(replace(area, questions=(*area.questions, *more))) == asked
