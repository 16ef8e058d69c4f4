"""How deviations are reported and handled, in words and tables made of released values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.fragments import deviations_course as course
from analysis.fragments.halves import Halves
from analysis.release import breakdown
from analysis.topics import deviations
from demo_home import DEVIATIONS, study, tables, text_of

START = pd.Timestamp("2026-01-01")
MONTHS = list(pd.date_range(START, periods=6, freq="MS"))
NAN = float("nan")


def pairs(*rows: tuple[str, int]):
    policy = study(DEVIATIONS).area.policy
    parties = [p.id for p in study(DEVIATIONS).area.parties]
    keys = [f"{a}>{b}" for a in parties for b in parties]
    frame = pd.DataFrame([("all", k, START, n) for k, n in rows], columns=["unit", "key", "month", "n"])
    frame = frame.astype({"month": "datetime64[us]", "n": "int64"})
    return breakdown(frame, keys=keys, units=[], whole_unit="all", complete=MONTHS, policy=policy, series={})[
        "all"
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((1000, 0.30), (1300, 0.20), "more_milder"),
        ((1300, 0.20), (1000, 0.30), "fewer_graver"),
        ((1000, 0.30), (1300, 0.30), "no_sign"),
        ((1000, 0.30), (1000, 0.20), "no_sign"),
        ((1000, 0.20), (1300, 0.30), "no_sign"),
        ((1000, 0.30), (1090, 0.20), "no_sign"),
        ((500, 0.17), (430, 0.22), "no_sign"),
        ((50, 0.30), (60, 0.20), "no_sign"),
        ((1000, NAN), (1300, 0.20), "untold"),
        ((NAN, 0.30), (1300, 0.20), "untold"),
        ((0, 0.0), (1300, 0.20), "untold"),
        ((1000, 0.30), (0, 0.0), "untold"),
    ],
)
def test_what_number_and_severity_may_mean_follows_a_rule(before, after, said: str) -> None:
    assert course.volume_rule(before, after) == said


def test_a_party_is_silent_when_every_count_of_its_row_is_nought() -> None:
    one = pairs(("slutenvard>samverkan", 20), ("samverkan>slutenvard", 3))
    assert course.silence_of_party(one, "slutenvard", START) == "some"
    assert course.silence_of_party(one, "samverkan", START) == "some"
    assert course.silence_of_party(one, "regional_primarvard", START) == "none"


def test_a_party_whose_row_is_not_told_is_neither() -> None:
    one = pairs(("slutenvard>samverkan", 20))
    assert course.silence_of_party(one, "slutenvard", pd.Timestamp("2025-01-01")) == "untold"


def test_a_municipality_without_a_series_is_not_told_of() -> None:
    assert course.silence_of_unit(None, START) == "untold"


def test_silent_parties_are_named_with_caution() -> None:
    own = study(DEVIATIONS)
    text = text_of(course.silent(own.view, pairs(("slutenvard>samverkan", 20)), {}, START).html)
    assert "Regional primärvård" in text.split("Det kan betyda")[0]
    assert "Inga rapporter" in text


@pytest.mark.parametrize("name", ["delay", "handling", "silent", "volume_and_severity", "by_step"])
@pytest.mark.parametrize("unit", ["", "ockero"])
def test_every_part_of_the_page_stands_for_the_area_and_a_municipality(name: str, unit: str) -> None:
    own = study(DEVIATIONS, unit)
    made = getattr(deviations, name)(own)
    text = text_of(made.html)
    assert text.strip()
    assert "nan" not in text.lower().split()
    if unit and name in ("delay", "handling"):
        assert own.words.text("halves/whole_only") in text
        assert made.tables == ()


def test_shares_handled_never_fall_with_the_days() -> None:
    for made in deviations.handling(study(DEVIATIONS)).tables:
        for row in made.rows:
            shares = [cell for cell in row[2:] if cell.endswith("%")]
            numbers = [int(cell.rstrip("%").strip()) for cell in shares]
            assert numbers == sorted(numbers)


def test_why_numbers_of_a_half_year_differ_between_the_sections_is_said() -> None:
    own = study(DEVIATIONS)
    said = text_of(deviations.volume_and_severity(own).html)
    assert own.words.text("deviations/counts_differ") in said
    assert said.count(own.words.text("halves/why", period="2024-01 – 2024-06")) == 1


def test_a_step_that_the_export_does_not_tell_of_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = study(DEVIATIONS)
    rows = own.facts_of_all("deviations")
    empty = rows.assign(feedback_date=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]"))
    monkeypatch.setattr(own, "facts_of_all", lambda *_: empty.drop(columns="action_date"))
    made = deviations.handling(own)
    text = text_of(made.html)
    for step in ("told", "acted"):
        name = own.words.text(f"handling/{step}")
        assert own.words.text("deviations/no_step_of_handling", step=name) in text
    assert len(made.tables) == 2


def test_an_export_without_steps_or_severity_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    own = study(DEVIATIONS)
    rows = own.facts_of_all("deviations").assign(severity=pd.array([pd.NA], dtype="Int64")[0])
    monkeypatch.setattr(own, "facts_of_all", lambda *_: rows.drop(columns="process_step"))
    assert own.words.text("deviations/no_steps") in text_of(deviations.by_step(own).html)
    assert own.words.text("deviations/no_severity") in text_of(deviations.volume_and_severity(own).html)


def test_before_a_half_year_after_the_start_nothing_is_compared() -> None:
    own = study(DEVIATIONS)
    made = course.handling(own.view, {"closed": {}}, Halves(None, None))
    assert own.words.text("halves/no_half_year") in text_of(made.html)


def test_a_party_of_the_view_is_named_in_the_language_of_the_page() -> None:
    own = study(DEVIATIONS, "", "en")
    found = tables(course.silent(own.view, pairs(), {}, START).html)
    assert found.tables[0][1][0] == own.area.parties[0].name["en"]
    assert np.unique([len(row) for row in found.tables[0]]).tolist() == [2]


def test_without_a_half_year_nobody_is_called_silent() -> None:
    own = study(DEVIATIONS)
    assert own.words.text("halves/no_half_year") in text_of(course.silent(own.view, pairs(), {}, None).html)
