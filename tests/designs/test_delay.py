from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import START, frame, question

from analysis.designs.delay import corrected, cut, delay, delay_changed, reporting_delay
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

AS_OF = date(2026, 8, 31)


def reports(
    seed: int = 1, *, rate: float = 60, later: float | None = None, months: int = 40, spread: float = 0.0
):
    """Reports to August 2026: each month half of what is left comes, from START the share `later` of it."""
    rng = np.random.default_rng(seed)
    last, rows = ordinal(AS_OF), []
    for month in range(last - months + 1, last + 1):
        p = 0.5 if later is None or month < ordinal(START) else later
        p = float(np.clip(rng.beta(p * spread, (1 - p) * spread), 0.05, 0.95)) if spread else p
        lags = np.minimum(rng.geometric(p, rng.poisson(rate)) - 1, 12)
        rows += [(month_of(month), month_of(month + int(lag))) for lag in lags]
    return pd.DataFrame(rows, columns=["period_start", "registered"])


def series(told: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The series as it is known at the cut-off date, and what it comes to."""
    whole = told.groupby("period_start").size()
    seen = told[told["registered"] <= AS_OF].groupby("period_start").size().reindex(whole.index, fill_value=0)
    at = np.array([ordinal(month) for month in whole.index])
    return frame(at, seen.to_numpy(float), np.full(len(at), 1000.0)), whole


def test_triangle_hides_what_the_cut_off_date_hides():
    counts = delay(reports(), AS_OF).counts
    assert counts.shape == (40, 13)
    assert np.isfinite(counts.iloc[-1]).sum() == 1
    assert np.isfinite(counts.iloc[-12]).sum() == 12
    assert np.isfinite(counts.iloc[-13]).all()


def test_month_that_the_cut_off_date_cuts_in_two_is_not_looked_at():
    assert delay(reports(), date(2026, 8, 30)).counts.index[-1] == pd.Timestamp("2026-07-01")
    assert delay(reports(), date(2026, 8, 31)).counts.index[-1] == pd.Timestamp("2026-08-01")


def test_completeness_grows_with_the_time_since():
    table = delay(reports(rate=500), AS_OF).completeness
    assert table["share"].is_monotonic_increasing
    assert table["share"].head(3).tolist() == pytest.approx([0.5, 0.75, 0.875], abs=0.02)
    assert table["share"].iloc[-1] == 1
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_correction_is_never_below_what_is_there_and_mostly_holds_the_truth():
    held = []
    for seed in range(40):
        known, whole = series(reports(seed))
        told = corrected(known, delay(reports(seed), AS_OF))
        assert (told["corrected_low"] >= told["numerator"]).all()
        assert (told["corrected_low"] <= told["corrected"]).all()
        assert (told["corrected"] <= told["corrected_high"]).all()
        recent = told.tail(3)
        held += list(
            whole.tail(3).between(recent["corrected_low"].to_numpy(), recent["corrected_high"].to_numpy())
        )
    assert np.mean(held) >= 0.9


def test_months_that_wander_get_wider_intervals():
    even, uneven = (
        corrected(series(told)[0], delay(told, AS_OF)) for told in (reports(), reports(spread=20))
    )
    widths = [(one["corrected_high"] / one["corrected_low"]).iloc[-1] for one in (even, uneven)]
    assert widths[1] > 1.3 * widths[0]


def test_months_less_whole_than_asked_are_cut():
    found = delay(reports(rate=500), AS_OF)
    known, _ = series(reports(rate=500))
    assert (~cut(known, found)["complete"]).sum() == 4
    assert (~cut(known, found, least=0.9)["complete"]).sum() == 3
    assert (~cut(known, found, least=1.0)["complete"]).sum() >= 10
    assert cut(known, found).drop(columns="complete").equals(known.drop(columns="complete"))
    known.loc[5, "complete"] = False
    assert not cut(known, found)["complete"].iloc[5]


@pytest.mark.parametrize("least", [0.0, 1.1])
def test_impossible_completeness_is_refused(least):
    with pytest.raises(DesignError):
        cut(series(reports())[0], delay(reports(), AS_OF), least=least)


def test_check_shows_what_is_cut_beside_what_it_comes_to():
    known, _ = series(reports(rate=500))
    check = reporting_delay(known, delay(reports(rate=500), AS_OF))
    assert (check.name, check.passed, check.blocking) == ("reporting_delay", None, False)
    assert check.values["cut"] == 4
    assert check.values["completeness"] == pytest.approx(0.5, abs=0.02)
    assert check.values["months"] == len(check.table)
    assert {"numerator", "corrected", "cut"} <= set(check.table.columns)


def test_longer_delay_from_the_start_blocks():
    check = delay_changed(delay(reports(later=0.3), AS_OF), question())
    assert (check.passed, check.blocking) == (False, True)
    assert check.values["odds_ratio"] > 1.5
    assert check.values["after"] < check.values["before"]


def test_same_delay_passes_in_most_series():
    passed = [delay_changed(delay(reports(seed, spread=20), AS_OF), question()).passed for seed in range(40)]
    assert np.mean(passed) >= 0.9


def test_delay_that_cannot_be_compared_is_told_so():
    late = question(start=date(2026, 7, 1), settled=date(2026, 7, 1))
    check = delay_changed(delay(reports(), AS_OF), late)
    assert check.passed is None
    assert np.isnan(check.values["p"])


@pytest.mark.parametrize(
    ("told", "code"), [(reports(months=7), "too_few_points"), (reports(rate=0.8), "few_events")]
)
def test_too_little_gives_a_reason_and_cuts_what_is_not_known(told, code):
    found = delay(told, AS_OF)
    assert found.reason == code
    assert found.completeness["share"].isna().all()
    known, _ = series(reports())
    assert (~cut(known, found)["complete"]).sum() == 12
    assert corrected(known, found)["corrected"].tail(3).isna().all()
    assert set(corrected(known, found)["reason"].tail(3)) == {"completeness_not_known"}
    assert delay_changed(found, question()).passed is None or code == "few_events"


def test_reports_that_cannot_be_are_counted_and_left_out():
    told = reports()
    odd = pd.DataFrame({
        "period_start": [date(2025, 1, 1)] * 3, "registered": [date(2024, 12, 1), None, date(2027, 1, 1)],
    })  # fmt: skip
    before = delay(told, AS_OF)
    after = delay(pd.concat([told, odd], ignore_index=True), AS_OF)
    assert after.n_left_out == before.n_left_out + 3
    assert after.counts.equals(before.counts)


def test_no_reports_at_all_give_a_reason():
    found = delay(pd.DataFrame({"period_start": [], "registered": []}), AS_OF)
    assert found.reason == "too_few_points"
    assert delay_changed(found, question()).passed is None


def test_everything_registered_at_once_is_complete():
    told = reports()
    told["registered"] = told["period_start"]
    found = delay(told, AS_OF)
    assert (found.completeness["share"] == 1).all()
    known, _ = series(told)
    assert cut(known, found)["complete"].all()
    assert corrected(known, found)["corrected"].tolist() == known["numerator"].tolist()
    assert delay_changed(found, question()).passed is None


def test_missing_columns_and_impossible_settings_are_refused():
    with pytest.raises(DesignError):
        delay(reports().drop(columns="registered"), AS_OF)
    with pytest.raises(DesignError):
        delay(reports(), AS_OF, longest=0)
    with pytest.raises(DesignError):
        corrected(pd.DataFrame({"period_start": []}), delay(reports(), AS_OF))


@pytest.mark.parametrize(("share_known", "reason"), [(0.5, ""), (0.04, "too_early")])
def test_month_in_which_nothing_is_seen_yet_is_not_sure_to_stay_empty(share_known, reason):
    found = delay(reports(rate=500), AS_OF)
    found.completeness.loc[0, "share"] = share_known
    known, _ = series(reports(rate=500))
    known.loc[len(known) - 1, "numerator"] = 0.0
    last = corrected(known, found).iloc[-1]
    assert last["reason"] == reason
    if reason:
        assert np.isnan(last[["corrected", "corrected_low", "corrected_high"]].astype(float)).all()
    else:
        assert (last["corrected"], last["corrected_low"]) == (0, 0)
        assert last["corrected_high"] == pytest.approx(3.69 * found.dispersion / 0.5, rel=0.001)


def test_empty_months_beyond_the_longest_delay_stay_empty():
    known, _ = series(reports())
    known.loc[0, "numerator"] = 0.0
    first = corrected(known, delay(reports(), AS_OF)).iloc[0]
    assert first[["corrected", "corrected_low", "corrected_high"]].tolist() == [0, 0, 0]
    assert first["reason"] == ""
