from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from invented_panels import counts, frame, means, month, question

from analysis.designs.effect import Shock
from analysis.designs.panel.grid import Refused
from analysis.designs.panel.prepared import prepare
from analysis.designs.timeline import month_of
from analysis.errors import DesignError

INF = float("inf")


def refused(rows, asked, **more):
    with pytest.raises(Refused) as caught:
        prepare(rows, asked, **more)
    return caught.value.reason


def test_a_clean_panel_stays_as_it_is():
    found = prepare(means(), question())
    assert found.outcome.shape == (5, 48)
    assert found.remarks == ()
    assert found.length == 1
    np.testing.assert_array_equal(found.cohorts.starts - found.cohorts.clock[0], [24, 28, 32, 36, 40])


def test_the_window_of_the_question_is_kept():
    found = prepare(means(), question(first=month(12), last=month(45)))
    assert found.outcome.shape == (5, 34)


def test_the_transition_of_the_question_is_every_units():
    found = prepare(means(), question(settled=month(27)))
    assert (found.cohorts.settled - found.cohorts.starts == 3).all()


def test_a_delayed_step_prolongs_the_transition():
    found = prepare(means(), question(impact="delayed_step", impact_months=2))
    assert (found.cohorts.settled - found.cohorts.starts == 2).all()


def test_a_month_missing_everywhere_is_left_out_and_told():
    rows = means()
    found = prepare(rows[rows["period_start"] != pd.Timestamp(month(10))], question())
    assert found.outcome.shape == (5, 47)
    assert found.remarks == (("periods_left_out", {"n": 1, "kept": 47, "why": "gaps"}),)


@pytest.mark.parametrize(("first", "last", "n"), [(6, 9, 4), (-3, 1, 2), (30, 30, 1), (47, 60, 1)])
def test_the_months_of_a_shock_are_left_out_for_all_and_told(first, last, n):
    shock = Shock("strike", month(first), month(last))
    found = prepare(means(), question(shocks=(shock,)))
    kept = [place for place in range(48) if not first <= place <= last]
    assert found.outcome.shape == (5, 48 - n)
    assert [month_of(int(at)) for at in found.months] == [month(place) for place in kept]
    told = {"n": n, "kept": 48 - n, "why": "shock", "names": "strike"}
    assert found.remarks == (("periods_left_out", told),)


def test_overlapping_shocks_are_counted_once():
    shocks = (Shock("a", month(6), month(9)), Shock("b", month(8), month(10)))
    assert prepare(means(), question(shocks=shocks)).remarks[0][1]["n"] == 5


def test_a_shock_outside_the_data_changes_nothing():
    found = prepare(means(), question(shocks=(Shock("strike", month(60), month(62)),)))
    assert found.outcome.shape == (5, 48)
    assert found.remarks == ()


def test_a_shock_over_all_months_leaves_nothing_to_answer_from():
    asked = question(shocks=(Shock("strike", month(0), month(47)),))
    assert refused(means(), asked)[0] == "too_few_points"


def test_a_unit_with_many_gaps_is_left_out_and_told():
    rows = means()
    rows.loc[(rows["unit"] == "E") & (rows.index % 2 == 0), "complete"] = False
    found = prepare(rows, question())
    assert "E" not in found.units
    assert found.remarks[0] == ("units_left_out", {"n": 1, "treated": 1, "why": "gaps", "units": "E"})


def test_a_unit_without_data_is_told():
    found = prepare(means().query("unit != 'B'"), question())
    assert found.remarks[0][1]["why"] == "no_data"


def test_a_unit_started_before_the_data_is_left_out():
    found = prepare(means(), question((0, 28, 32, 36, 40)))
    assert found.units == ("B", "C", "D", "E")
    assert found.remarks[0][1]["why"] == "started_before_data"


def test_a_unit_that_starts_after_the_data_is_compared_with():
    found = prepare(means(), question((24, 28, 32, 36, 60)))
    assert found.is_treated.tolist() == [True] * 4 + [False]


@pytest.mark.parametrize("start", [0, -5, 48, 60])
def test_a_start_outside_the_data_is_refused(start):
    assert refused(means(starts=(start, INF)), question((start, INF)))[0] == "start_outside_data"


def test_all_at_once_without_comparison_is_refused():
    assert refused(means(), question((24,) * 5))[0] == "no_comparison"


def test_one_unit_is_refused():
    assert refused(means().query("unit == 'A'"), question())[0] == "one_unit"


@pytest.mark.parametrize(("start", "fine"), [(5, False), (6, True), (42, True), (43, False)])
def test_six_months_on_either_side_are_needed(start, fine):
    asked, rows = question((start, INF, INF)), means(starts=(start, INF, INF))
    if fine:
        assert prepare(rows, asked).outcome.shape == (3, 48)
    else:
        code, values = refused(rows, asked)
        assert code == "too_few_points"
        assert min(values["n_before"], values["n_after"]) == 5


def test_no_data_at_all_is_refused():
    assert refused(means().head(0), question())[0] == "too_few_points"
    assert refused(means().assign(complete=False), question())[0] == "too_few_points"


def test_values_that_do_not_vary_are_refused():
    rows = frame(np.arange(5)[:, None] + np.arange(48)[None] * 1.0)
    assert refused(rows, question())[0] == "zero_variance"


def test_only_zeros_are_refused():
    rows = counts().assign(numerator=0.0)
    assert refused(rows, question(kind="count"))[0] == "all_zero"


def test_a_numerator_above_its_denominator_is_refused():
    rows = counts()
    rows.loc[3, "numerator"] = rows.loc[3, "denominator"] + 1
    code, values = refused(rows, question(kind="share"))
    assert code == "numerator_above_denominator"
    assert values["first"] == month(3).isoformat()


@pytest.mark.parametrize(("events", "length"), [(5, 1), (4, 3)])
def test_fewer_than_five_events_in_a_month_lengthen_the_periods(events, length):
    rows = counts()
    rows.loc[7, "numerator"] = events
    found = prepare(rows, question(kind="count"))
    assert found.length == length
    assert ([code for code, _ in found.remarks] == ["collapsed"]) == (length == 3)
    assert np.isfinite(found.outcome).all()


def test_few_events_even_in_longer_periods_are_refused():
    rows = counts()
    rows.loc[(rows["unit"] == "C") & (rows["period_start"] >= pd.Timestamp(month(40))), "numerator"] = 0
    code, values = refused(rows, question(kind="count"))
    assert code == "few_events"
    assert values["unit"] == "C"
    assert values["needed"] == 5


def test_a_comparison_unit_with_few_events_before_is_left_out():
    starts = (24, 24, INF, INF, INF)
    rows = counts(starts=starts)
    rows.loc[(rows["unit"] == "E"), "numerator"] = 1
    found = prepare(rows, question(starts, kind="count"))
    assert found.length == 1
    assert found.remarks[-1][1] == {
        "n": 1,
        "treated": 0,
        "why": "few_events",
        "units": "E",
    }


def test_a_small_unit_that_starts_is_left_out_by_what_it_had_before_any_start():
    rows = counts()
    rows.loc[(rows["unit"] == "E") & (rows["period_start"] < pd.Timestamp(month(24))), "numerator"] = 1
    found = prepare(rows, question(kind="count"))
    assert list(found.units) == ["A", "B", "C", "D"]
    assert found.remarks[-1][1] == {"n": 1, "treated": 1, "why": "few_events", "units": "E"}


def test_with_three_small_units_of_five_nothing_is_answered():
    rows = counts()
    rows.loc[rows["unit"].isin(["C", "D", "E"]), "numerator"] = 1
    assert refused(rows, question(kind="count"))[0] == "few_events"


def test_a_unit_that_starts_within_a_longer_period_has_a_transition_there():
    starts = (24, 25, 30, INF)
    rows = counts(starts=starts)
    rows.loc[7, "numerator"] = 1
    found = prepare(rows, question(starts, kind="count"))
    starts, settled = found.cohorts.starts[found.codes[:3]], found.cohorts.settled[found.codes[:3]]
    assert found.length == 3
    assert (settled - starts).tolist() == [1, 1, 0]  # the first two begin in one period


def test_counts_are_weighted_by_events_before_the_start_unless_asked_otherwise():
    rows = counts()
    rows.loc[rows["period_start"] >= pd.Timestamp(month(24)), "denominator"] *= 3
    size = np.linspace(600, 1400, 5)
    by_size = prepare(rows, question(kind="count"), weights="size").weights
    np.testing.assert_allclose(by_size, size / size.mean())
    assert (prepare(rows, question(kind="count"), weights="equal").weights == 1).all()
    assert (prepare(means(), question()).weights == 1).all()
    events = prepare(rows, question(kind="count")).weights
    assert events.mean() == pytest.approx(1.0)
    assert np.ptp(events / size) > 0


@pytest.mark.parametrize(
    ("rows", "asked", "says"),
    [
        (means().drop(columns="unit"), question(), "lacks unit"),
        (pd.concat([means(), means().head(1)]), question(), "twice"),
        (means(), replace(question(), starts=()), "no unit that starts"),
        (means(), replace(question(), comparison=("A",)), "names a unit twice"),
        (means(), replace(question(), settled=month(20)), "settled before"),
    ],
)
def test_what_no_data_can_mend_raises(rows, asked, says):
    with pytest.raises(DesignError, match=says):
        prepare(rows, asked)
