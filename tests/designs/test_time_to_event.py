from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import START, question
from numpy.testing import assert_allclose

from analysis.designs.effect import Shock
from analysis.designs.time_to_event import curves, evaluate, monthly_series
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError


def stays(before=30, after=12, *, n=60, faster=1.0, seed=1) -> pd.DataFrame:
    """Hours from ready to discharge (1), death (2) or transfer (3), in five municipalities."""
    rng = np.random.default_rng(seed)
    parts = []
    for place in range(-before, after):
        at = ordinal(START) + place
        season = np.exp(0.3 * np.sin(2 * np.pi * at / 12))
        rate = season * (faster if place >= 0 else 1.0) / 24
        home, death, other = rng.exponential([[1 / rate], [400], [300]], (3, n))
        time = np.minimum(np.minimum(home, death), other)
        event = np.where(time == home, 1, np.where(time == death, 2, 3))
        parts.append(
            pd.DataFrame(
                {"period_start": pd.Timestamp(month_of(at)), "time": time, "event": event,
                 "municipality": rng.choice(list("abcde"), n)}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def asked(**changes):
    return question(**({"kind": "mean", "per": 100.0, "better": "higher"} | changes))


@pytest.fixture(scope="module")
def unchanged():
    return stays()


@pytest.fixture(scope="module")
def effect(unchanged):
    return evaluate(unchanged, asked())


def test_a_share_without_cut_off_is_the_plain_share(unchanged):
    series = monthly_series(unchanged, asked())
    home = unchanged.assign(home=(unchanged["event"] == 1) & (unchanged["time"] <= 24))
    shares = home.groupby("period_start")["home"].mean().to_numpy()
    assert_allclose(series["value"], 100 * shares)
    assert_allclose(series["numerator"] / series["denominator"], shares)
    assert_allclose(series["denominator"], 60)
    assert_allclose(series["variance"], shares * (1 - shares) / 60)
    assert series["complete"].all()


def test_a_restricted_mean_without_cut_off_is_the_mean_wait(unchanged):
    series = monthly_series(unchanged, asked(per=1.0), quantity="restricted_mean", horizon=72.0)
    means = unchanged.assign(time=unchanged["time"].clip(upper=72)).groupby("period_start")["time"].mean()
    assert_allclose(series["value"], means)


def test_without_a_change_none_is_said(effect):
    assert effect.verdict == "no_clear_change"
    assert effect.method == "time_to_event_share_within"
    assert effect.scale == "difference"
    assert (effect.n_before, effect.n_after) == (30, 12)
    assert effect.checks[0].name == "adjusted_view"


def test_a_faster_discharge_is_found_and_the_adjusted_view_agrees():
    found = evaluate(stays(faster=1.8), asked())
    truth = 100 * (np.exp(-24 / 24) - np.exp(-1.8)) * 0.9  # roughly: few die or move on first
    assert found.low < truth < found.high
    assert found.low > 0
    view = found.checks[0]
    assert view.passed
    assert not view.blocking
    assert view.values["low"] < 1.8 < view.values["high"]
    assert view.values["n_strata"] == 60


def test_a_shorter_wait_is_an_improvement_when_lower_is_better():
    found = evaluate(
        stays(faster=2.0, n=30), asked(per=1.0, better="lower"), quantity="restricted_mean", horizon=72.0
    )
    assert found.method == "time_to_event_restricted_mean"
    assert found.high < 0
    assert found.checks[0].passed


def test_a_share_may_be_asked_for_as_a_ratio():
    found = evaluate(stays(faster=2.0, n=30), asked(kind="share"))
    assert found.scale == "ratio"
    assert found.low > 1


def test_months_mostly_cut_off_are_not_complete(unchanged):
    last = unchanged["period_start"] == unchanged["period_start"].max()
    for cut, complete in ((12, True), (13, False)):
        rows = unchanged.copy()
        at = rows.index[last][:cut]
        rows.loc[at, ["time", "event"]] = [5.0, 0]
        series = monthly_series(rows, asked())
        assert series["cut_off"].iloc[-1] == pytest.approx(cut / 60)
        assert series["complete"].iloc[-1] == complete


def test_somebody_waiting_past_the_horizon_is_not_cut_off(unchanged):
    rows = unchanged.assign(event=np.where(unchanged["time"] >= 24, 0, unchanged["event"]))
    series = monthly_series(rows, asked())
    assert (series["cut_off"] == 0).all()
    assert series["complete"].all()


def test_months_with_few_stays_are_not_complete(unchanged):
    for kept, complete in ((9, False), (10, True)):
        last = unchanged["period_start"] == unchanged["period_start"].max()
        rows = pd.concat([unchanged[~last], unchanged[last].head(kept)])
        assert monthly_series(rows, asked())["complete"].iloc[-1] == complete


def test_what_is_left_out_is_told(unchanged):
    rows = unchanged.copy()
    last = rows["period_start"] == rows["period_start"].max()
    first = rows["period_start"] == rows["period_start"].min()
    rows.loc[rows.index[last][:30], ["time", "event"]] = [1.0, 0]
    rows = rows.drop(rows.index[first][5:])
    rows.loc[100:102, "time"] = np.nan
    reasons = dict(evaluate(rows, asked()).reasons)
    assert reasons["rows_left_out"] == {"n": 3, "n_rows": len(rows), "why": "missing_time"}
    assert reasons["months_cut_off"] == {"n": 1, "limit": 0.2}
    assert reasons["months_with_few_persons"] == {"n": 1, "needed": 10}


@pytest.mark.parametrize("event", [0, 2])
def test_without_any_discharge_there_is_no_answer(unchanged, event):
    found = evaluate(unchanged.assign(event=event), asked())
    assert found.verdict == "too_little_data"
    assert found.reasons == (("no_events", {"n": len(unchanged)}),)
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_an_empty_side_is_told():
    found = evaluate(stays(after=0), asked())
    assert found.verdict == "too_little_data"
    assert found.reasons[0][0] == "start_outside_data"
    assert found.checks[0].passed is None


def test_curves_of_one_process_are_alike_whatever_the_season():
    season = stays(before=36, after=5, n=400)
    found = curves(season, asked())
    at_a_day = found[(found["event"] == 1) & (found["time"] <= 24)].groupby("period")["incidence"].last()
    assert_allclose(at_a_day["before"], at_a_day["after"], atol=0.03)
    assert found.groupby("period")["n"].first().to_dict() == {"before": 15 * 400, "after": 5 * 400}


def test_curves_add_up_to_everybody(unchanged):
    found = curves(unchanged, asked())
    total = found.groupby(["period", "time"]).agg(sum=("incidence", "sum"), waiting=("waiting", "first"))
    assert_allclose(total["sum"] + total["waiting"], 1)
    assert set(found["event"]) == {1, 2, 3}


def test_months_of_transition_and_shocks_are_not_drawn(unchanged):
    shock = Shock("s", date(2025, 11, 1), date(2025, 12, 1))
    found = curves(unchanged, asked(settled=date(2025, 10, 1), shocks=(shock,)))
    assert found.groupby("period")["n"].first()["after"] == 9 * 60


def test_without_a_common_calendar_month_there_are_no_curves():
    assert curves(stays(before=3, after=3), asked()).empty


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"event": 7}, "unknown event codes"),
        ({"event": np.nan, "time": 1.0}, None),
        ({"time": -1.0}, "before they are ready"),
    ],
)
def test_impossible_stays_are_refused(unchanged, changes, message):
    rows = unchanged.assign(**changes)
    if message is None:
        assert monthly_series(rows, asked()).empty
    else:
        with pytest.raises(DesignError, match=message):
            monthly_series(rows, asked())


def test_what_cannot_be_asked_is_refused(unchanged):
    with pytest.raises(DesignError, match="lack event"):
        evaluate(unchanged.drop(columns="event"), asked())
    with pytest.raises(DesignError, match="unknown quantity"):
        evaluate(unchanged, asked(), quantity="median")
    with pytest.raises(DesignError, match="is a count"):
        evaluate(unchanged, asked(kind="count"))
    with pytest.raises(DesignError, match="is a share"):
        evaluate(unchanged, asked(kind="share"), quantity="restricted_mean")
    with pytest.raises(DesignError, match="horizon"):
        evaluate(unchanged, asked(), horizon=0.0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("quantity", ["share_within", "restricted_mean"])
@pytest.mark.parametrize("hours", [0.0, 1.0, 24.0, "within", "after"])
def test_times_without_spread_are_answered_without_a_warning(unchanged, hours, quantity):
    time = {"within": unchanged["time"] % 1.0, "after": unchanged["time"] + 24.5}.get(hours, hours)
    found = evaluate(unchanged.assign(time=time, event=1), asked(per=1.0), quantity=quantity)
    assert found.verdict in ("too_little_data", "no_clear_change")
    assert found.checks == () or found.checks[0].passed is None or hours == "after"


def renamed(frame, share: float):
    """From START, this share of the waits above a day ends after 20 hours as no longer ready."""
    draw = np.random.default_rng(9).random(len(frame))
    late = (frame["period_start"] >= pd.Timestamp(START)) & (frame["time"] > 24) & (draw < share)
    return frame.assign(time=frame["time"].where(~late, 20.0), event=frame["event"].where(~late, 3))


def mean_wait(frame, **changes):
    return evaluate(
        frame, asked(per=1.0, **({"better": "lower"} | changes)), quantity="restricted_mean", horizon=72.0
    )


def test_long_waits_renamed_to_no_longer_ready_are_no_improvement(unchanged):
    found = mean_wait(renamed(unchanged, 0.6))
    assert found.high < 0
    ends = next(check for check in found.checks if check.name == "other_ends")
    assert (ends.passed, ends.blocking) == (False, True)
    assert ends.values["after"] - ends.values["before"] > 0.1
    assert 0 < ends.values["low"] < ends.values["high"]
    assert found.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "other_ends"}) in found.reasons


def test_faster_discharge_leaves_fewer_other_ends_and_passes():
    ends = mean_wait(stays(faster=2.0)).checks[1]
    assert (ends.name, ends.passed) == ("other_ends", True)
    assert ends.values["after"] < ends.values["before"]


def test_other_ends_that_never_or_cannot_be_told_are_passed_or_none(unchanged):
    never = mean_wait(unchanged.assign(event=1)).checks[1]
    assert (never.passed, never.values) == (True, {"before": 0.0, "after": 0.0, "low": 0.0, "high": 0.0})
    assert mean_wait(stays(after=3)).checks[1].passed is None


def test_other_ends_are_not_looked_at_where_they_compete(effect):
    assert [check.name for check in effect.checks if check.name == "other_ends"] == []
