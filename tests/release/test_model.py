"""Results of models: when they are free, and what is left of them when they are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from invented_series import START, counts, mean_question, means, question

from analysis.area import Policy
from analysis.designs.effect import Break, Effect, Shock
from analysis.designs.segmented import evaluate
from analysis.errors import DisclosureStop
from analysis.release.lines import CURVES
from analysis.release.model import ReleasedEffect, model_is_free, released_effect, with_reason

POLICY = Policy()
FRAME = counts(ratio=0.6)
EFFECT = evaluate(FRAME, question())
MODEL = counts(20, 12)
PLAIN = {kind: evaluate(MODEL, question(kind=kind)) for kind in ("count", "share", "mean")}


def told(effect: Effect = EFFECT, frame: pd.DataFrame = FRAME, **series: pd.DataFrame) -> ReleasedEffect:
    return released_effect(effect, frame, POLICY, is_detailed=True, **series)


def with_few(kind: str, before: float, after: float) -> pd.DataFrame:
    """A series whose smallest part (base, events or non-events) sums to so many on each side."""
    few = pd.Series(0.0, index=MODEL.index)
    few[[3, 25]] = before, after
    if kind == "mean":
        return MODEL.assign(denominator=few, numerator=900.0)
    if kind == "count":
        return MODEL.assign(numerator=few)
    return MODEL.assign(numerator=MODEL.denominator - few)


@pytest.mark.parametrize(
    ("n_before", "n_after", "free"),
    [(8, 12, True), (12, 8, True), (8, 11, False), (11, 8, False), (7, 40, False), (40, 7, False)],
)
def test_a_model_is_free_with_eight_months_a_side_and_twenty_in_all(
    n_before: int, n_after: int, free: bool
) -> None:
    effect = replace(EFFECT, n_before=n_before, n_after=n_after)
    assert model_is_free(effect, FRAME, POLICY) is free


def test_a_model_without_an_estimate_is_not_free() -> None:
    assert model_is_free(EFFECT, FRAME, POLICY)
    assert not model_is_free(replace(EFFECT, estimate=nan), FRAME, POLICY)


@pytest.mark.parametrize("kind", ["count", "share", "mean"])
@pytest.mark.parametrize(
    ("before", "after", "free"),
    [(20, 20, True), (19, 20, False), (20, 19, False), (0, 900, False), (900, 0, False)],
)
def test_a_model_needs_four_times_the_rounding_on_each_side(
    kind: str, before: float, after: float, free: bool
) -> None:
    assert model_is_free(PLAIN[kind], with_few(kind, before, after), POLICY) is free


@pytest.mark.parametrize(("before", "free"), [(20, True), (19, False)])
def test_a_model_of_a_share_also_needs_as_many_events(before: float, free: bool) -> None:
    assert model_is_free(PLAIN["share"], with_few("count", before, 20), POLICY) is free


def test_the_areas_own_limit_decides_over_a_model() -> None:
    hiding, coarse = Policy(hide_up_to=30, round_to=5), Policy(hide_up_to=10, round_to=10)
    assert not model_is_free(PLAIN["count"], with_few("count", 30, 31), hiding)
    assert model_is_free(PLAIN["count"], with_few("count", 31, 31), hiding)
    assert not model_is_free(PLAIN["count"], with_few("count", 39, 40), coarse)
    assert model_is_free(PLAIN["count"], with_few("count", 40, 40), coarse)


def test_months_that_are_not_used_do_not_free_a_model() -> None:
    left_out = MODEL.assign(complete=[i not in (3, 25) for i in range(len(MODEL))])
    effect = evaluate(left_out, question())
    assert effect.n_before + effect.n_after == len(MODEL) - 2
    assert not model_is_free(effect, with_few("count", 900, 900), POLICY)


@pytest.mark.parametrize(
    ("frame", "asked", "free"),
    [
        (counts(8, 12, ratio=0.6), question(), True),
        (counts(8, 8, ratio=0.6), question(), False),
        (means(8, 12), mean_question(), True),
        (counts(7, 30), question(), False),
        (counts(mean=0.05), question(), False),
    ],
)
def test_answers_of_twenty_months_are_free_and_no_refusal_is(frame, asked, free: bool) -> None:
    assert model_is_free(evaluate(frame, asked), frame, POLICY) is free


def test_only_the_gate_makes_a_released_answer() -> None:
    known = {name: getattr(EFFECT, name) for name in EFFECT.__dataclass_fields__}
    with pytest.raises(DisclosureStop):
        ReleasedEffect(**known)
    with pytest.raises(DisclosureStop):
        ReleasedEffect(**known, seal=object())
    assert isinstance(told(), ReleasedEffect)
    with pytest.raises(DisclosureStop):
        replace(told(), reasons=())
    assert "seal" not in vars(told())


def test_a_released_answer_takes_a_reason_in_words_and_nothing_else() -> None:
    one = told()
    other = with_reason(one, "later_months", last="2026-06-01")
    assert isinstance(other, ReleasedEffect)
    assert other.reasons == (*one.reasons, ("later_months", {"last": "2026-06-01"}))
    assert (other.estimate, other.is_detailed) == (one.estimate, True)
    with pytest.raises(DisclosureStop):
        with_reason(one, "later_months", last=7)  # type: ignore[arg-type]
    with pytest.raises(DisclosureStop):
        with_reason(EFFECT, "later_months")  # type: ignore[arg-type]


def test_an_answer_beside_a_series_that_is_not_told_in_full_has_no_value_of_a_check_and_no_p() -> None:
    family = ("family", {"n": 6, "p": 0.02, "method": "holm"})
    reasons = (family, ("mde", {"mde": 0.8765}), ("collapsed", {"months": 3}))
    effect = replace(EFFECT, p=0.03, reasons=reasons)
    one, full = released_effect(effect, FRAME, POLICY), told(effect)
    assert (one.is_detailed, full.is_detailed) == (False, True)
    assert [(c.name, c.passed, c.blocking) for c in one.checks] == [
        (c.name, c.passed, c.blocking) for c in full.checks
    ]
    assert all(c.values == {} and c.table is None for c in one.checks)
    assert any(c.values for c in full.checks)
    assert isnan(one.p)
    assert one.table.p.isna().all()
    assert (one.estimate, one.low, one.high, one.mde) == pytest.approx(
        (full.estimate, full.low, full.high, full.mde), nan_ok=True
    )
    assert one.reasons == (
        ("family", {"method": "holm"}),
        ("mde", {"mde": 0.87}),
        ("collapsed", {"months": 3}),
    )


def test_an_answer_is_told_in_steps_of_what_five_cases_would_change() -> None:
    after = FRAME[FRAME.period_start >= str(START)].numerator.sum()
    assert 500 < after < 1000
    assert (EFFECT.estimate, EFFECT.low, EFFECT.high) == pytest.approx((0.5571, 0.4947, 0.6274), abs=1e-4)
    assert (told().estimate, told().low, told().high) == (0.56, 0.49, 0.63)


def test_what_is_no_number_of_the_model_stays() -> None:
    one = told()
    for name in ("question", "method", "scale", "n_before", "n_after", "verdict"):
        assert getattr(one, name) == getattr(EFFECT, name)
    assert [code for code, _ in one.reasons] == [code for code, _ in EFFECT.reasons]
    assert [(c.name, c.passed, c.blocking) for c in one.checks] == [
        (c.name, c.passed, c.blocking) for c in EFFECT.checks
    ]


def test_p_has_one_digit_and_the_smallest_change_is_a_multiple() -> None:
    effect = replace(EFFECT, p=0.0321, mde=0.8315)
    assert (told(effect).p, told(effect).mde) == (0.03, 0.83)
    assert told(replace(effect, mde=0.998)).mde == 0.99
    assert told(replace(effect, mde=1.002)).mde == 1.01
    assert isnan(told(replace(effect, mde=nan)).mde)


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        ((0.997, 0.994, 0.9995), (0.995, 0.99, 0.9999)),
        ((1.003, 1.002, 1.006), (1.005, 1.001, 1.01)),
        ((0.997, 0.994, 1.0005), (1.0, 0.99, 1.01)),
    ],
)
def test_a_clear_answer_never_reads_as_none(interval, shown) -> None:
    effect = replace(EFFECT, **dict(zip(("estimate", "low", "high"), interval, strict=True)))
    one = told(effect)
    assert (one.estimate, one.low, one.high) == shown


def test_only_terms_that_are_read_have_numbers_and_only_events_have_names() -> None:
    extra = pd.DataFrame(
        [
            ("law", 1.2, 1.1, 1.3, 0.01),
            ("coding", 1.2, 1.1, 1.3, 0.01),
            ("cohort 2025-01", 0.8, 0.7, 0.9, 0.01),
        ],
        columns=["term", "estimate", "low", "high", "p"],
    )
    asked = replace(
        EFFECT.question,
        shocks=(Shock("law", date(2023, 1, 1), date(2023, 2, 1)),),
        breaks=(Break("coding", date(2024, 1, 1)),),
    )
    effect = replace(EFFECT, table=pd.concat([EFFECT.table, extra]), question=asked)
    table = told(effect).table.set_index("term")
    assert list(table.index) == ["trend", "step", "law", "coding"]
    assert table.loc[["law", "coding"]].isna().all().all()
    assert table.loc["step", "estimate"] == told().estimate
    assert table.loc["trend"].notna().all()


def test_a_change_a_month_is_told_finer_by_how_far_a_month_can_move_it() -> None:
    """Five cases in the last of 46 months move the trend by 6/46 of what they move the level; after, 6/12."""
    frame = counts(ratio=0.6)
    effect = evaluate(frame, question(impact="step_and_slope"))
    table = released_effect(effect, frame, POLICY).table.set_index("term")
    for term, step in (("trend", 0.002), ("slope", 0.01)):
        known = (table.loc[term, "estimate"] - 1) / (step / 2)
        assert known == pytest.approx(round(known), abs=1e-6)
        assert (
            abs(table.loc[term, "estimate"] - effect.table.set_index("term").loc[term, "estimate"])
            <= step / 2
        )
    assert set(table.index) == {"trend", "step", "slope", "end"}


def test_a_clear_trend_stays_clear() -> None:
    trend = pd.DataFrame({"term": ["trend"], "estimate": 1.0004, "low": 1.0002, "high": 1.0006, "p": 0.001})
    table = told(replace(EFFECT, table=trend)).table
    assert table.low[0] > 1


@pytest.mark.parametrize("few", [19, 20])
def test_an_answer_of_few_is_withheld_with_all_its_numbers(few: int) -> None:
    one = released_effect(PLAIN["count"], with_few("count", few, 900), POLICY)
    if few >= 4 * POLICY.round_to:
        assert one.estimate == one.estimate
        return
    assert (one.verdict, one.reasons) == ("too_little_data", (("few_units", {}),))
    assert np.isnan([one.estimate, one.low, one.high, one.p, one.mde]).all()
    assert one.table.empty
    assert one.checks == ()
    assert list(one.fit) == ["period_start", "used", *CURVES]
    assert one.fit[list(CURVES)].isna().all().all()
    assert one.fit.used.equals(PLAIN["count"].fit.used)


def test_an_answer_compared_with_few_is_withheld_too() -> None:
    assert told(comparison=FRAME).estimate == told().estimate
    assert told(comparison=FRAME.assign(numerator=0.1)).verdict == "too_little_data"


def test_an_answer_is_as_fine_as_the_smaller_of_the_two_compared() -> None:
    tenth = FRAME.assign(numerator=(FRAME.numerator / 10).round())
    known = (told(comparison=tenth).estimate - 1) / 0.2
    assert known == pytest.approx(round(known))


def test_a_question_without_an_answer_keeps_its_reasons_and_no_values() -> None:
    effect = evaluate(counts(5, 12), question())
    assert effect.reasons
    one = told(effect, counts(5, 12))
    assert (one.verdict, one.reasons) == ("too_little_data", effect.reasons)
    assert list(one.fit) == ["period_start", "used", *CURVES]


def test_an_unknown_value_of_a_check_stops_the_report() -> None:
    check = replace(EFFECT.checks[0], values={"secret": 3})
    with pytest.raises(DisclosureStop, match="secret"):
        told(replace(EFFECT, checks=(check,)))
    with pytest.raises(DisclosureStop, match="secret"):
        told(replace(EFFECT, reasons=(("mde", {"secret": 0.5}),)))
