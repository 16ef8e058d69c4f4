"""The invented surveys hold what their settings state: an effect, a change of mix, a silent party."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from analysis import demo, surveys
from analysis.area import read_area
from analysis.synthetic.grid import build_grid
from analysis.synthetic.voices import LAYOUTS, invent_voices

AS_OF = date(2026, 11, 20)


@cache
def invented(seed: int = 1, as_of: date = AS_OF, months: int = 60) -> dict[str, pd.DataFrame]:
    area = read_area("goteborg")
    settings = demo.settings(area)
    settings |= {"period": settings["period"] | {"months": months}}
    units = [(u.id, u.kind, u.name["sv"], u.population) for u in area.units]
    rollout = [(s.party, s.unit, s.phase, s.start) for s in area.starts]
    grid = build_grid(
        settings,
        pd.DataFrame(units, columns=["unit", "kind", "name", "population"]),
        pd.DataFrame(rollout, columns=["party", "unit", "phase", "start"]),
    )
    return invent_voices(settings, grid, pd.DataFrame(), np.random.default_rng(seed), as_of)


def agreeing(item: str, **only: str) -> pd.Series:
    rows = invented()["staff_survey"]
    for column, value in only.items():
        rows = rows[rows[column] == value]
    answered = rows[rows[item] != ""]
    return answered[item].isin(["4", "5"]).groupby(answered["round"]).mean()


def test_nothing_is_invented_without_settings() -> None:
    assert invent_voices({}, None, pd.DataFrame(), np.random.default_rng(1), AS_OF) == {}  # type: ignore[arg-type]


def test_the_same_random_numbers_give_the_same_exports() -> None:
    one, two = invented(1), invented.__wrapped__(1)
    assert all(one[name].equals(two[name]) for name in LAYOUTS)
    assert not invented(2)["staff_survey"].equals(one["staff_survey"])


def test_everything_is_text_and_every_id_is_used_once() -> None:
    for name, frame in invented().items():
        assert all(isinstance(value, str) for value in frame.iloc[0])
        assert frame["report_id" if name == "weekly_reports" else "respondent_id"].is_unique


def test_a_true_effect_is_there_within_a_profession_and_a_false_one_is_not() -> None:
    for nurse in ("clear_responsibility", "clear_steps"):
        before, after = agreeing(nurse, profession="Sjuksköterska")
        assert after - before > 0.07
    before, after = agreeing("documents_rightly", profession="Sjuksköterska")
    assert abs(after - before) < 0.1


def test_the_mix_alone_looks_like_an_effect() -> None:
    before, after = agreeing("documents_rightly")
    assert after - before > 0.03
    rows = invented()["staff_survey"]
    doctors = rows["profession"].eq("Läkare").groupby(rows["round"]).mean()
    assert doctors["2025"] > 2 * doctors["2026"]


def test_one_party_is_silent_in_one_round_and_one_dimension_is_missing() -> None:
    staff, patients = invented()["staff_survey"], invented()["patient_survey"]
    assert set(staff.loc[staff["party"] == "Samverkan", "round"]) == {"2026"}
    assert (patients.loc[patients["round"] == "2026", "continuity_1"] == "").all()
    assert (patients.loc[patients["round"] == "2026", "participation_1"] != "").mean() > 0.9


def test_the_web_question_has_the_documents_numbers() -> None:
    web = invented()["web_question"]
    assert len(web) == 1225
    assert web["forvaltning"].value_counts()["SÄS"] == 591
    assert web["role"].value_counts()["Utbildare"] == 7


def test_nobody_answers_who_was_not_asked_and_all_on_the_rounds_days() -> None:
    stated = surveys.read(read_area("goteborg"))
    parties = {p.name["sv"]: p.id for p in read_area("goteborg").parties}
    for layout, survey in (("staff_survey", "tydlighet"), ("patient_survey", "npe")):
        frame = invented()[layout]
        for period in ("before", "after"):
            own = stated.of(survey, period)  # type: ignore[arg-type]
            assert own
            rows = frame[frame["round"] == own.round]
            assert rows["answered_date"].between(str(own.first_day), str(own.last_day)).all()
            assert 0 < len(rows) < (own.asked_n or 0)
            if survey == "tydlighet":
                counted = rows["party"].map(parties).value_counts()
                assert all(counted[party] <= own.asked[party] for party in counted.index)


def test_a_day_within_a_round_cuts_it_and_later_answers_are_not_there_yet() -> None:
    early = invented(1, date(2026, 2, 15))
    assert set(early["staff_survey"]["round"]) == {"2025"}
    weekly = early["weekly_reports"]
    assert weekly["week_start"].max() <= "2026-02-15"
    assert weekly["answered_date"].max() <= "2026-02-15"
    assert ((weekly["answer"] == "") == (weekly["answered_date"] == "")).all()


def test_a_period_before_the_surveys_has_none() -> None:
    assert all(frame.empty for frame in invented(1, AS_OF, months=14).values())
