import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_panels import counts, frame, means, month, names, question, reached

from analysis.designs.effect import Question, Shock
from analysis.designs.staggered import evaluate
from shared import ENGLAND, needs_shared

INF = float("inf")


def by_term(effect):
    return effect.table.set_index("term")


def reasons(effect):
    return dict(effect.reasons)


def test_a_clear_effect_is_found_with_its_course():
    effect = evaluate(means(difference=3.0), question())
    assert effect.verdict == "improved"
    assert effect.low < 3.0 < effect.high
    assert effect.low > 0
    table = by_term(effect)
    assert {"att", "e-12", "e-1", "e0", "e11", "cohort 2024-01", "cohort 2025-01"} <= set(table.index)
    assert table.loc["att", "estimate"] == effect.estimate
    assert table.loc["e5", "estimate"] == pytest.approx(3.0, abs=1.5)


def test_counts_are_answered_as_a_ratio():
    effect = evaluate(counts(ratio=0.6, mean=400.0), question(kind="count", better="lower", per=1000.0))
    assert effect.scale == "ratio"
    assert effect.verdict == "improved"
    assert effect.estimate == pytest.approx(0.6, abs=0.05)
    assert effect.low < effect.estimate < effect.high < 1


def test_no_effect_gives_no_clear_change():
    assert evaluate(means(), question()).verdict == "no_clear_change"


def test_the_fit_shows_what_was_expected_without_the_change():
    effect = evaluate(means(difference=3.0), question())
    fit = effect.fit.set_index("period_start")
    after = fit.loc[pd.Timestamp(month(39))]
    assert after["value"] - after["without"] == pytest.approx(3.0 * 4 / 5, abs=1.0)
    assert after["without_low"] < after["without"] < after["without_high"]
    assert np.isnan(fit.loc[pd.Timestamp(month(23)), "without"])
    assert np.isfinite(fit.loc[pd.Timestamp(month(23)), "expected"])
    assert np.isnan(fit.loc[pd.Timestamp(month(40)), "without"])  # nobody is left to compare with


def test_a_shock_that_struck_the_treated_units_alone_is_not_taken_for_the_change():
    starts = (24,) * 6 + (INF,) * 14
    rows = means(starts=starts)
    struck = rows["unit"].isin(rows["unit"].unique()[:6])
    struck &= rows["period_start"].between(pd.Timestamp(month(30)), pd.Timestamp(month(40)))
    rows["value"] += 9.0 * struck
    assert evaluate(rows, question(starts)).estimate > 3
    shock = Shock("strike", month(30), month(40))
    effect = evaluate(rows, question(starts, shocks=(shock,)))
    assert abs(effect.estimate) < 0.5
    assert reasons(effect)["periods_left_out"]["n"] == 11
    assert not effect.fit["period_start"].between(pd.Timestamp(month(30)), pd.Timestamp(month(40))).any()


def test_a_transition_is_neither_used_nor_drawn():
    starts = (24,) * 6 + (INF,) * 14
    effect = evaluate(means(starts=starts), question(starts, settled=month(27)))
    fit = effect.fit
    assert fit.loc[24:26, "used"].tolist() == [False] * 3
    assert fit.loc[24:26, "expected"].isna().all()
    assert (effect.n_before, effect.n_after) == (24, 21)


def test_a_comparison_that_changed_as_much_is_the_reason():
    starts = (24,) * 8 + (INF,) * 12
    rows = means(starts=starts)
    rows.loc[rows["period_start"] >= pd.Timestamp(month(24)), "value"] -= 6
    effect = evaluate(rows, question(starts, better="lower"))
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "comparison_changed_as_much"}) in effect.reasons


def test_a_jump_of_those_compared_with_is_not_the_treated_units_change():
    starts = (24,) * 4 + (INF,) * 8
    rows = means(starts=starts)
    others = rows["unit"].isin(rows["unit"].unique()[4:])
    rows["value"] += 3.0 * (others & (rows["period_start"] >= pd.Timestamp(month(24))))
    effect = evaluate(rows, question(starts, better="lower"))
    assert effect.high < 0
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "comparison_moved"}) in effect.reasons


def test_a_trend_of_the_treated_units_own_is_not_the_change():
    starts = (24,) * 4 + (INF,) * 8
    rows = means(starts=starts, noise=0.5)
    treated = rows["unit"].isin(rows["unit"].unique()[:4])
    rows["value"] -= 0.08 * np.tile(np.arange(48), 12) * treated
    effect = evaluate(rows, question(starts, better="lower"))
    assert effect.high < 0
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "pre_trend"}) in effect.reasons


def test_a_treated_unit_noisier_than_the_others_is_not_judged_by_exchanging_it():
    starts = (24, *(INF,) * 24)
    noise = np.random.default_rng(8).normal(size=(25, 48))
    noise[0] *= 5
    rows = frame(20 + noise + 6 * reached(starts), names(25))
    effect = evaluate(rows, question(starts))
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "noise_alike"}) in effect.reasons


@pytest.mark.parametrize("kind", ["mean", "count"])
@pytest.mark.parametrize(
    "starts", [(24, 28, 32, 36, 40), (24,) * 4 + (INF,) * 8, (24, *(INF,) * 24), (24,) * 25 + (INF,) * 20]
)
def test_every_reason_and_check_holds_plain_numbers_and_texts(starts, kind):
    rows = means(starts=starts) if kind == "mean" else counts(starts=starts)
    gone = (rows["unit"] == rows["unit"].unique()[-1]) & (rows.groupby("unit").cumcount() % 2 == 0)
    rows.loc[gone, "complete"] = False
    shock = Shock("strike", month(6), month(7))
    effect = evaluate(rows, question(starts, kind=kind, shocks=(shock,)))
    assert "units_left_out" in reasons(effect)
    told = [numbers for _, numbers in effect.reasons] + [dict(check.values) for check in effect.checks]
    assert json.loads(json.dumps(told)) is not None
    assert {type(value) for numbers in told for value in numbers.values()} <= {int, float, str}
    assert {type(check.passed) for check in effect.checks} <= {bool, type(None)}


def test_units_chosen_for_their_figures_cannot_be_credited():
    effect = evaluate(means(difference=3.0), question(chosen_for_outcome=True))
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "chosen_for_outcome"}) in effect.reasons


def test_an_effect_that_began_a_year_before_cannot_be_attributed():
    early = 4 * reached((12, 16, 20, 24, 28)) + 4 * reached()
    rows = frame(20 + np.random.default_rng(1).normal(size=(5, 48)) + early)
    effect = evaluate(rows, question())
    assert effect.estimate > 0
    assert ("failed_check", {"check": "placebo_start"}) in effect.reasons
    assert effect.verdict == "cannot_be_attributed"


def test_too_few_units_for_an_interval_give_no_number():
    starts = (24, INF, INF, INF)
    effect = evaluate(means(starts=starts, difference=9.0), question(starts))
    assert effect.verdict == "too_little_data"
    assert np.isnan([effect.estimate, effect.low, effect.p]).all()
    assert effect.reasons[0] == ("too_few_orders", {"orders": 4, "smallest_p": 0.25, "units": 4})
    assert len(effect.fit) == 48
    assert effect.method == "group_time_permutation"


@pytest.mark.parametrize(
    ("rows", "asked", "code"),
    [
        (means(), question((24,) * 5), "no_comparison"),
        (means().query("unit == 'A'"), question(), "one_unit"),
        (means(), question((60,) * 5), "start_outside_data"),
        (counts().assign(numerator=0.0), question(kind="count"), "all_zero"),
        (counts().assign(numerator=1.0), question(kind="count"), "few_events"),
        (frame(np.ones((5, 48))), question(), "zero_variance"),
        (means().head(0), question(), "too_few_points"),
    ],
)
def test_data_that_cannot_answer_are_refused_with_the_reason(rows, asked, code):
    effect = evaluate(rows, asked)
    assert effect.verdict == "too_little_data"
    assert effect.reasons[0][0] == code
    assert effect.method == "group_time"
    json.dumps([numbers for _, numbers in effect.reasons])
    assert np.isnan([effect.estimate, effect.low, effect.high, effect.p]).all()
    assert effect.table.empty


def test_another_shape_than_a_step_is_answered_by_the_average_and_says_so():
    effect = evaluate(means(difference=3.0), question(impact="ramp", impact_months=3))
    assert reasons(effect)["average_effect"] == {"impact": "ramp"}


def test_many_units_are_judged_by_influence_functions():
    starts = (24,) * 12 + (30,) * 12 + (INF,) * 20
    effect = evaluate(means(starts=starts, difference=1.0), question(starts))
    assert effect.method == "group_time_cluster"
    assert effect.verdict == "improved"
    assert effect.low < 1.0 < effect.high
    assert by_term(effect).loc["e-3", "p"] > 0.001


def delayed_days():
    """Days delayed per day in English areas; the lookup of areas."""
    rows = pd.read_csv(ENGLAND / "dtoc_la_month_responsible_org.csv.gz")
    areas = pd.read_csv(ENGLAND / "la_lookup.csv").query("residual_area == 0").set_index("la_name")
    days = rows.groupby(["la_name", "month"], as_index=False)["delayed_days"].sum()
    days = days[days["la_name"].isin(areas.index)]
    at = pd.to_datetime(days["month"] + "-01")
    return pd.DataFrame(
        {
            "unit": days["la_name"],
            "period_start": at,
            "numerator": days["delayed_days"].astype(float),
            "denominator": at.dt.days_in_month.astype(float),
            "value": days["delayed_days"] / at.dt.days_in_month,
            "complete": True,
        }
    ), areas


def english(started, others, window, **more):
    start, settled, first, last = window
    return Question(
        id="q", measure="delayed days", kind="count", better="lower", unit="areas",
        start=start, settled=settled, first=first, last=last,
        starts=tuple((unit, start) for unit in started), comparison=tuple(others), **more,
    )  # fmt: skip


@needs_shared
def test_areas_reviewed_in_july_2017_fell_but_so_did_the_rest():
    rows, areas = delayed_days()
    reviewed = areas.index[areas["cqc_system_review"] == "wave1_2017-07"]
    window = (date(2017, 7, 1), date(2017, 10, 1), date(2016, 7, 1), date(2018, 9, 1))
    asked = english(
        reviewed, areas.index[areas["cqc_system_review"] == "none"], window, chosen_for_outcome=True
    )
    for weights in ("size", "events"):
        effect = evaluate(rows, asked, weights=weights)
        assert 0.78 < effect.estimate < 1.09
        assert effect.low < 1 < effect.high
        assert effect.verdict == "cannot_be_attributed"
        failed = [numbers["check"] for code, numbers in effect.reasons if code == "failed_check"]
        assert failed == ["comparison_changed_as_much", "chosen_for_outcome"]
        own = effect.checks[0].values
        assert own["own"] == pytest.approx(0.72, abs=0.03)
        assert own["comparison"] == pytest.approx(0.79, abs=0.03)


@needs_shared
def test_greater_manchester_rose_more_than_the_rest_but_had_begun_the_quarter_before():
    rows, areas = delayed_days()
    inside = areas["greater_manchester"] == 1
    window = (date(2016, 4, 1), date(2016, 4, 1), date(2015, 4, 1), date(2017, 3, 1))
    asked = english(areas.index[inside], areas.index[~inside], window)
    by_days = evaluate(rows, asked)
    assert by_days.estimate == pytest.approx(1.23, abs=0.02)
    assert 1 < by_days.low < 1.05
    assert 1.4 < by_days.high < 1.6
    assert by_days.verdict == "cannot_be_attributed"
    before = by_days.check("began_before")
    assert before.passed is False
    assert before.values["estimate"] == pytest.approx(1.26, abs=0.03)
    by_areas = evaluate(rows, asked, weights="size")
    assert 1.03 < by_areas.estimate < 1.46
    assert by_areas.low < 1
    assert by_areas.verdict == "cannot_be_attributed"
