"""Which months are used, and what is refused before anything is fitted."""

from datetime import date

import pytest
from invented_series import counts, mean_question, means, question

from analysis.designs.effect import Break, Shock
from analysis.designs.series.months import months, refusal, within
from analysis.errors import DesignError

DAY = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"settled": date(2025, 1, 1)}, "settled before it starts"),
        ({"impact": "ramp"}, "a ramp of 0 months"),
        ({"impact": "delayed_step", "impact_months": -6}, "-6 months"),
        ({"fourier_pairs": -1}, "negative"),
        ({"per": 0.0}, "base of none"),
        ({"breaks": (Break("step", DAY),)}, "named “step”"),
        ({"shocks": (Shock("sin1", DAY, DAY),)}, "named “sin1”"),
        ({"shocks": (Shock("a", DAY, DAY),), "breaks": (Break("a", DAY),)}, "named “a”"),
        ({"plausible": 1.0}, "plausible"),
        ({"plausible": -0.2}, "plausible"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(changes, says):
    with pytest.raises(DesignError, match=says):
        months(counts(), question(**changes))


def test_no_effect_is_zero_for_a_mean():
    with pytest.raises(DesignError, match="plausible"):
        months(means(), mean_question(plausible=0.0))
    assert len(months(means(), mean_question(plausible=-0.2)))


def wrong(column, value):
    series = counts().astype({"complete": object, "numerator": object})
    series.loc[3, column] = value
    return series


@pytest.mark.parametrize(
    ("series", "says"),
    [
        (wrong("numerator", "many"), "row 4 of the series has no number in numerator"),
        (wrong("complete", "False"), "complete holds something else"),
        (counts().assign(period_start="no day"), "row 1 of the series has no date"),
        (counts().drop(columns="complete"), "lacks complete"),
    ],
)
def test_a_series_that_says_nothing_is_refused_with_its_row(series, says):
    with pytest.raises(DesignError, match=says):
        months(series, question())


def test_a_mean_of_none_is_not_used():
    series = means()
    series.loc[5, "denominator"] = 0.0
    rows = months(series, mean_question())
    assert not rows.loc[5, "usable"]
    assert rows["usable"].sum() == len(series) - 1


def test_the_months_of_a_transition_are_left_out_or_used_as_a_ramp():
    rows = months(counts(), question(start=date(2025, 6, 1)))
    assert within(rows, question(start=date(2025, 6, 1)))["used"].sum() == len(rows) - 3
    ramped = question(start=date(2025, 6, 1), transition="ramp")
    window = within(rows, ramped)
    assert window["used"].all()
    assert window["after"].sum() == 12 + 3


def test_a_delayed_step_needs_months_after_its_delay():
    asked = question(impact="delayed_step", impact_months=6)
    assert refusal(months(counts(after=13), asked), asked)[0] == "too_few_points"
    assert refusal(months(counts(after=14), asked), asked) is None
