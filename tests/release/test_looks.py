"""What a check may tell: every value of every check by a rule, everything else stops the report."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date
from functools import cache
from math import inf, isnan, nan
from pathlib import Path

import invented_panels
import numpy as np
import pandas as pd
import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st
from invented_series import counts, mean_question, means, question

import analysis.designs
from analysis.area import Policy
from analysis.designs import staggered
from analysis.designs.changepoint import change_point
from analysis.designs.effect import Break, Check, Effect
from analysis.designs.segmented import evaluate
from analysis.errors import DisclosureStop
from analysis.release.looks import (
    REASONS,
    RULES,
    Given,
    _interval_of,
    _points,
    _side,
    released_check,
    released_reason,
    told_interval,
    told_off,
)
from analysis.release.resolution import Resolution

POLICY = Policy()
FRAME = counts(ratio=0.6)
HOWS = {"change", "compared", "others", "lead", "lead_slope", "slope", "odds", "points", "share", "p",
        "number", "count", "counted", "persons", "word", "stated", "dropped"}  # fmt: skip


@cache
def main() -> Effect:
    return evaluate(FRAME, question())


def given(effect: Effect | None = None, **series: pd.DataFrame) -> Given:
    return Given(effect or main(), FRAME, POLICY, **series)


def told(name: str, values: dict, effect: Effect | None = None, **series: pd.DataFrame) -> dict:
    return dict(released_check(Check(name, True, values), given(effect, **series)).values)


def of_source() -> set[str]:
    """The names of all checks that the designs make."""
    names = set()
    for path in Path(analysis.designs.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check":
                names.add(node.args[0].value)
    return names


def test_every_check_that_a_design_makes_has_rules_and_no_other_has() -> None:
    assert set(RULES) == of_source()


def test_every_rule_is_one_of_those_described() -> None:
    assert {how for rules in RULES.values() for how in rules.values()} == HOWS
    assert set(REASONS.values()) == {"change", "p", "stated"}


@cache
def answers() -> tuple[tuple[Effect, pd.DataFrame], ...]:
    """Answers of the designs with as many kinds of checks as there are."""
    comparison = counts(seed=2)
    broken = question(breaks=(Break("coding", date(2024, 1, 1)),), chosen_for_outcome=True,
                      windows=((date(2023, 1, 1), date(2026, 8, 1)), (None, date(2026, 6, 1))))  # fmt: skip
    panel = invented_panels.means(difference=-4)
    return (
        (main(), FRAME),
        (evaluate(means(difference=-4), mean_question()), means(difference=-4)),
        (evaluate(FRAME, broken, comparison=comparison, others=counts(seed=3)), FRAME),
        (evaluate(FRAME, question(kind="share", per=1.0, impact="step_and_slope")), FRAME),
        (staggered.evaluate(panel, invented_panels.question(kind="mean")), panel),
    )


def test_every_value_of_the_checks_that_designs_make_is_told_or_dropped_by_a_rule() -> None:
    seen = set()
    for effect, frame in answers():
        rows = frame.drop_duplicates("period_start")
        for check in effect.checks:
            one = released_check(check, Given(effect, rows, POLICY))
            seen.add(check.name)
            dropped = {key for key in check.values if RULES[check.name][key] == "dropped"}
            assert set(one.values) == set(check.values) - dropped
            assert (one.name, one.passed, one.blocking) == (check.name, check.passed, check.blocking)
            assert (one.table is not None) == (check.name == "window" and check.table is not None)
    largest = change_point(FRAME, question())
    assert set(released_check(largest, given()).values) == set(largest.values)
    assert len(seen) >= 18


def test_a_check_without_rules_stops_the_report() -> None:
    with pytest.raises(DisclosureStop, match="new_check"):
        told("new_check", {})


def test_a_value_without_a_rule_stops_the_report() -> None:
    with pytest.raises(DisclosureStop, match="extra"):
        told("window", {"extra": 1})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("window", {"n": 3.0}), ("window", {"n": "three"}), ("window", {"kind": 3}),
        ("noise_after", {"p": "small"}), ("permutation", {"smallest_p": "small"}),
    ],
)  # fmt: skip
def test_a_value_that_is_not_what_its_rule_is_for_stops_the_report(name: str, values: dict) -> None:
    with pytest.raises(DisclosureStop, match=name):
        told(name, values)


def test_counts_of_months_words_and_settings_are_told_as_they_are() -> None:
    values = {"n": np.int64(3), "n_agree": 2, "n_not_possible": 0, "kind": "stated"}
    assert told("window", values) == values
    assert told("permutation", {"method": "permutation", "smallest_p": 0.0833}) == {
        "method": "permutation", "smallest_p": 0.0833,
    }  # fmt: skip


@pytest.mark.parametrize(("n", "shown"), [(8, 10), (7, None), (0, 0), (43, 45)])
def test_counts_of_persons_are_counts(n: int, shown: float | None) -> None:
    found = told("positivity", {"n": n})["n"]
    assert isnan(found) if shown is None else found == shown


def test_p_and_plain_numbers_have_one_digit() -> None:
    assert told("noise_after", {"ratio": 1.2345, "p": 0.0123}) == {"ratio": 1.2, "p": 0.02}
    assert told("autocorrelation", {"rho": 0.3456, "lags": 12, "p": 0.63}) == {
        "rho": 0.3,
        "lags": 12,
        "p": 0.6,
    }
    assert told("pretrend_bounds", {"breakdown": inf})["breakdown"] == inf
    assert isnan(told("noise_after", {"ratio": nan})["ratio"])


@pytest.mark.parametrize(("n_as_large", "n", "shown"), [(0, 20, 0.05), (11, 20, 0.57), (2, 28, 0.103)])
def test_p_of_the_false_starts_is_what_their_counts_give(n_as_large: int, n: int, shown: float) -> None:
    counted = {"n": n, "n_as_large": n_as_large}
    for p in ((1 + n_as_large) / (1 + n), 0.9):  # never the given one
        assert told("placebo_dates", counted | {"p": p}) == counted | {"p": shown}


def test_shares_are_whole_per_cents_or_what_five_cases_are() -> None:
    assert told("concentration", {"share": 0.4567}) == {"share": 0.46}
    small = Given(main(), FRAME.assign(numerator=FRAME.numerator // 10), POLICY)
    assert released_check(Check("concentration", None, {"share": 0.4567}), small).values == {"share": 0.5}
    none = Given(main(), FRAME.assign(numerator=0.0), POLICY)
    assert isnan(released_check(Check("concentration", None, {"share": 0.4567}), none).values["share"])


def test_differences_of_shares_are_told_like_shares() -> None:
    assert told("other_ends", {"before": 0.1234, "after": 0.2345, "low": -0.0123, "high": 0.1789}) == {
        "before": 0.12, "after": 0.23, "low": -0.02, "high": 0.18,
    }  # fmt: skip


def test_odds_are_ratios_whatever_the_question() -> None:
    frame = means(difference=-4)
    effect = evaluate(frame, mean_question())
    check = Check("adjusted_view", True, {"ratio": 1.0021, "low": 1.0011, "high": 1.0432})
    found = released_check(check, Given(effect, frame, POLICY)).values
    assert found == {"ratio": 1.0025, "low": 1.001, "high": 1.045}


def test_a_clear_interval_of_a_check_stays_clear() -> None:
    found = told("other_model", {"method": "x", "estimate": 0.997, "low": 0.99, "high": 0.9995})
    assert (found["estimate"], found["low"], found["high"]) == (0.995, 0.99, 0.9999)
    unclear = told("other_model", {"method": "x", "estimate": 0.997, "low": 0.99, "high": 1.0005})
    assert (unclear["estimate"], unclear["high"]) == (1.0, 1.01)
    own = told("comparison_moved", {"own": 1.002, "own_low": 1.001, "own_high": 1.2})
    assert own == {"own": 1.005, "own_low": 1.001, "own_high": 1.2}


def test_ends_of_a_span_are_rounded_each_by_itself() -> None:
    found = told(
        "leave_one_month_out", {"n": 2, "n_agree": 2, "estimate_min": 0.5482, "estimate_max": 0.5602}
    )
    assert (found["estimate_min"], found["estimate_max"]) == (0.55, 0.56)


def test_the_months_before_the_start_are_told_in_steps_of_their_own_cases() -> None:
    """Six months of 80 and a ninth of those before: five cases are one per cent, steps of 1.5."""
    values = {"estimate": 0.9729, "low": 0.8466, "high": 1.1180}
    found = told("began_before", {"months": 6, "back": 0} | values)
    assert (found["estimate"], found["low"], found["high"]) == (0.97, 0.835, 1.12)
    longer = told("placebo_start", {"months": 12} | values)
    assert longer["estimate"] == 0.97
    assert isnan(told("began_before", {"months": 60, "back": 0} | values)["estimate"])
    slope = told("bent_before", {"months": 9, "estimate": 1.0035, "low": 0.9773, "high": 1.0284})
    assert (slope["estimate"], slope["low"], slope["high"]) == (1.005, 0.975, 1.03)


def test_few_events_in_those_months_tell_nothing() -> None:
    quiet = FRAME.assign(numerator=np.where(FRAME.index >= 40, 1.0, FRAME.numerator))
    quiet.loc[46:, "numerator"] = 80.0
    check = Check("began_before", False, {"months": 6, "back": 0, "estimate": 0.1, "low": 0.05, "high": 0.2})
    found = released_check(check, Given(main(), quiet, POLICY))
    assert found.passed is False
    assert all(isnan(found.values[name]) for name in ("estimate", "low", "high"))


def test_a_trend_before_is_told_by_the_month() -> None:
    found = told("pre_trend", {"n": 46, "p": 0.2, "trend": 1.0031, "explained": 0.123, "largest": 1.1})
    assert found == {"n": 46, "p": 0.2, "trend": 1.004, "explained": 0.12}


def test_what_is_compared_with_is_told_in_its_own_steps_or_not_at_all() -> None:
    effect = replace(main(), method="quasi_likelihood_integrated_compared")
    values = {"own": 0.5571, "own_low": 0.4947, "own_high": 0.6274, "comparison": 0.9134}
    assert isnan(told("comparison_moved", values, effect)["comparison"])
    assert told("comparison_moved", values, effect, compared=FRAME)["comparison"] == 0.91
    tenth = FRAME.assign(numerator=FRAME.numerator // 10)
    coarse = told("comparison_moved", values, effect, compared=tenth)
    assert coarse["comparison"] == 0.9
    assert coarse["own"] == 0.6
    assert told("comparison_moved", values)["comparison"] == 0.91  # units beside units


def test_what_other_parties_did_is_told_in_their_steps_or_not_at_all() -> None:
    values = {"own": 0.5571, "own_low": 0.4947, "own_high": 0.6274, "others": 1.123, "others_low": 1.05,
              "others_high": 1.2, "estimate": 0.9134, "low": 0.8512, "high": 0.9723}  # fmt: skip
    unknown = told("moved_elsewhere", values)
    assert all(isnan(unknown[n]) for n in ("others", "others_low", "others_high", "estimate", "low", "high"))
    assert unknown["own"] == 0.56
    found = told("moved_elsewhere", values, others=FRAME)
    assert (found["others"], found["estimate"]) == (1.12, 0.91)
    few = told("moved_elsewhere", values, others=FRAME.assign(numerator=0.1))
    assert isnan(few["others"])


def windows(first: object = None, last: object = None) -> Check:
    row = (first, last, 0.5571, 0.4947, 0.6274, 0.5571, 0.4947, 0.6274)
    none = (date(2010, 1, 1), date(2011, 1, 1), *[nan] * 6)
    names = ["first", "last", "estimate", "low", "high", "level", "level_low", "level_high"]
    values = {"kind": "stated", "n": 1, "n_agree": 1, "n_not_possible": 1, "estimate_min": 0.5571,
              "estimate_max": 0.5571, "level_min": 0.5571, "level_max": 0.5571}  # fmt: skip
    return Check("window", True, values, pd.DataFrame([row, none], columns=names))


@pytest.mark.parametrize(
    ("first", "last", "estimate"),
    [
        (None, None, 0.56), (date(2021, 11, 1), date(2026, 8, 1), 0.56), (date(2025, 8, 1), None, 0.52),
        (None, date(2025, 9, 1), 0.55), (date(2025, 9, 1), None, nan), (None, date(2025, 8, 1), nan),
    ],
)  # fmt: skip
def test_another_window_is_told_in_steps_of_its_own_months(first, last, estimate: float) -> None:
    check = windows(first, last)
    one = released_check(check, given())
    assert one.table is not None
    for name in ("estimate", "level"):
        assert one.table[name][0] == estimate or isnan(estimate) == isnan(one.table[name][0]) == True  # noqa: E712
        assert isnan(one.table[name][1])
        assert one.values[f"{name}_min"] == estimate or isnan(estimate)
    assert check.table is not None
    assert check.table.estimate[0] == 0.5571


def test_tables_are_not_told_but_that_of_the_windows() -> None:
    assert windows().table is not None
    for name in ("placebo_dates", "leave_one_out", "pretrend_bounds", "multiverse"):
        assert released_check(Check(name, True, {}, windows().table), given()).table is None
    assert released_check(Check("window", None, {"n": 0}), given()).table is None


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (("few_units", {}), {}),
        (("season_simplified", {"asked": 2, "used": 1}), {"asked": 2, "used": 1}),
        (("mde", {"mde": 0.8765}), {"mde": 0.87}),
        (("mde", {"mde": 1.0005}), {"mde": 1.01}),
        (("mde_above_plausible", {"mde": 0.6543, "plausible": 0.8765}), {"mde": 0.65, "plausible": 0.8765}),
        (("family", {"n": 6, "p": 0.0213, "p_adjusted": 0.0852, "method": "holm"}),
         {"n": 6, "p": 0.02, "p_adjusted": 0.09, "method": "holm"}),
        (("rows_left_out", {"n": 12, "n_rows": 433, "why": "x"}), {"n": 10, "n_rows": 435, "why": "x"}),
        (("units_left_out", {"n": 12, "units": "a"}), {"n": 12, "units": "a"}),
    ],
)  # fmt: skip
def test_reasons_keep_whole_numbers_and_words_and_round_the_rest(reason, shown) -> None:
    assert released_reason(reason, given()) == (reason[0], shown)


def test_a_number_of_a_reason_without_a_rule_stops_the_report() -> None:
    with pytest.raises(DisclosureStop, match="secret"):
        released_reason(("mde", {"secret": 0.5}), given())


@pytest.mark.parametrize(
    ("interval", "shown"),
    [((1.02, 1.001, 1.05), (1.02, 1.001, 1.05)), ((1.02, 1.0, 1.05), (1.02, 1.0, 1.05)),
     ((0.9, 0.8, 0.999), (0.9, 0.8, 0.999)), ((0.9, 0.8, 1.0), (0.9, 0.8, 1.0))],
)  # fmt: skip
def test_an_interval_is_clear_only_when_it_excludes_no_change(interval, shown) -> None:
    assert told_interval(interval, Resolution("ratio", 0.009)) == pytest.approx(shown)


@property_of(st.floats(1e-4, 0.25), st.floats(0.01, 20), st.floats(1.001, 5), st.floats(1.001, 5))
def test_a_told_interval_of_a_ratio_holds_the_true_one_and_agrees_with_it(
    cases, estimate, below, above
) -> None:
    low, high = estimate / below, estimate * above
    told_as = told_interval((estimate, low, high), Resolution("ratio", cases))
    assert 0 < told_as[1] <= low * (1 + 1e-9)
    assert told_as[2] >= high * (1 - 1e-9)
    assert told_as[1] <= told_as[0] <= told_as[2]
    assert told_as[1] < told_as[2]
    if min(abs(low - 1), abs(high - 1)) > 1e-9:  # nearer than that no change is a matter of the last digit
        assert (told_as[1] > 1, told_as[2] < 1) == (low > 1, high < 1)


@property_of(st.floats(1e-4, 0.25), st.floats(-9, 9), st.floats(1e-3, 5), st.floats(1e-3, 5))
def test_a_told_interval_of_a_difference_holds_the_true_one_and_agrees_with_it(
    cases, middle, below, above
) -> None:
    low, high = middle - below, middle + above
    told_as = told_interval((middle, low, high), Resolution("difference", cases, 4.0))
    assert told_as[1] <= low + 1e-9
    assert told_as[2] >= high - 1e-9
    assert told_as[1] <= told_as[0] <= told_as[2]
    assert told_as[1] < told_as[2]
    if min(abs(low), abs(high)) > 1e-9:
        assert (told_as[1] > 0, told_as[2] < 0) == (low > 0, high < 0)


@property_of(st.floats(1e-4, 0.25), st.floats(0.01, 20))
def test_the_smallest_change_is_never_told_smaller(cases: float, mde: float) -> None:
    shown = told_off(mde, Resolution("ratio", cases))
    assert 0 < shown <= mde * (1 + 1e-9) if mde <= 1 else shown >= mde * (1 - 1e-9)


@pytest.mark.parametrize(("end", "shown"), [(0.9991, 0.9999), (0.9989, 0.999), (0.995, 0.999), (0.99, 0.99)])
def test_a_clear_end_that_would_be_no_change_is_told_as_the_finest_amount(end: float, shown: float) -> None:
    assert told_interval((0.9, 0.8, end), Resolution("ratio", 0.01))[2] == shown


def test_an_unknown_value_stops_the_report_also_where_none_is_told() -> None:
    hidden = Given(main(), FRAME, POLICY, is_detailed=False)
    assert released_check(Check("window", True, {"n": 3}, windows().table), hidden).values == {}
    assert released_check(windows(), hidden).table is None
    with pytest.raises(DisclosureStop, match="extra"):
        released_check(Check("window", True, {"extra": 3}), hidden)
    with pytest.raises(DisclosureStop, match="secret"):
        released_reason(("mde", {"secret": 0.5}), hidden)


def test_a_reason_keeps_what_is_no_count_where_no_value_is_told() -> None:
    hidden = Given(main(), FRAME, POLICY, is_detailed=False)
    reason = (
        "x",
        {"n": 3, "months": 6, "p": 0.2, "plausible": 0.5, "check": "window", "mde": 0.87, "kept": 4},
    )
    assert released_reason(reason, hidden)[1] == {
        "months": 6, "plausible": 0.5, "check": "window", "mde": 0.87,
    }  # fmt: skip


# ---- parts of the rules


def test_a_difference_that_is_no_end_of_an_interval_is_told_as_the_nearest() -> None:
    ends = [_points(key, 0.1234, 0.01) for key in ("difference", "difference_low", "difference_high")]
    assert ends == [0.12, 0.12, 0.13]


def test_what_the_series_itself_did_is_told_in_its_own_steps_beside_what_it_is_compared_with() -> None:
    effect = replace(main(), method="quasi_likelihood_integrated_compared")
    values = {"n": 2, "n_agree": 2, "estimate_min": 0.5482, "estimate_max": 0.5602}
    assert told("leave_one_month_out", values, effect)["estimate_min"] == 0.55


def test_before_the_start_the_smaller_of_both_sides_decides() -> None:
    tenth = FRAME.assign(numerator=FRAME.numerator // 10)
    assert given(compared=tenth).before.cases == pytest.approx(10 * given().before.cases, rel=0.2)


@pytest.mark.parametrize(
    ("low", "high", "side"), [(1.0, 1.2, 0), (1.001, 1.2, 1), (0.8, 1.0, 0), (0.8, 0.999, -1), (0.9, 1.1, 0)]
)
def test_an_interval_that_ends_at_no_change_is_on_no_side(low: float, high: float, side: int) -> None:
    assert _side(low, high, 1.0) == side


def test_a_value_of_no_interval_is_on_no_side_and_its_own_estimate() -> None:
    values = {"estimate": 1.3, "low": 1.2, "high": 1.4, "smallest": 0.7}
    assert _interval_of("low", values, 1.0) == (1, 1.3)
    assert _interval_of("smallest", values, 1.0) == (0, 0.7)
