"""The terms of a model, month by month."""

from datetime import date

import numpy as np
import pytest
from invented_series import START, question

from analysis.designs.effect import Break, Shock
from analysis.designs.series.terms import in_shock, profile, terms
from analysis.designs.timeline import month_of, ordinal

AT = np.arange(ordinal(START) - 4, ordinal(START) + 6)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        ({"impact": "step_and_slope"}, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        ({"impact": "delayed_step", "impact_months": 3}, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]),
        ({"impact": "ramp", "impact_months": 4}, [0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]),
        ({"start": date(2025, 7, 1)}, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        ({"start": date(2025, 7, 1), "transition": "ramp"}, [0, 0, 1 / 3, 2 / 3, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_the_shape_of_the_change(changes, expected):
    assert profile(AT, question(**changes)) == pytest.approx(expected)


def test_time_is_centred_where_all_work_in_the_new_way():
    found = terms(AT, question(impact="step_and_slope", season="none"))
    assert list(found) == ["const", "trend", "step", "slope"]
    assert found["trend"].tolist() == list(range(-4, 6))
    assert found["slope"].tolist() == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]


def test_the_season_by_months_leaves_january_as_the_base():
    names = [name for name in terms(AT, question(season="months")) if name.startswith("month")]
    assert names == [f"month{m}" for m in range(2, 13)]


def test_the_season_by_pairs_comes_back_after_a_year():
    year = np.arange(AT[0], AT[0] + 13)
    found = terms(year, question(fourier_pairs=3)).filter(regex="sin|cos")
    assert found.shape[1] == 6
    assert found.iloc[0].to_numpy() == pytest.approx(found.iloc[12].to_numpy())


def test_a_break_lasts_and_a_shock_passes():
    shock = Shock("strike", month_of(int(AT[1])), month_of(int(AT[2])))
    asked = question(shocks=(shock,), breaks=(Break("definition", month_of(int(AT[3]))),))
    found = terms(AT, asked, asked.shocks)
    assert found["strike"].tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert found["definition"].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert in_shock(AT, shock).sum() == 2


@pytest.mark.parametrize("first", [date(2000, 1, 1), date(2040, 1, 1)])
def test_a_break_outside_the_months_has_no_term(first):
    assert "definition" not in terms(AT, question(breaks=(Break("definition", first),)))


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 12, 31), date(1999, 1, 1)])
def test_months_are_whole_numbers_and_come_back(day):
    assert month_of(ordinal(day)) == day.replace(day=1)
    assert ordinal(date(day.year + 1, day.month, 1)) - ordinal(day) == 12
