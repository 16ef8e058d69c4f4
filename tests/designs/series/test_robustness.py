"""The course before, the noise and single months must not make an answer."""

import numpy as np
import pytest
from invented_series import START, counts, mean_question, means, question

from analysis.designs.segmented import evaluate
from analysis.designs.series.model import fit_model, with_season
from analysis.designs.series.months import months
from analysis.designs.series.robustness import bent_before, leave_one_month_out, noise_after
from analysis.designs.timeline import ordinal


def looked(check, series, asked):
    rows = months(series, asked)
    asked = with_season(rows, asked)
    fit = fit_model(rows, asked)
    return check(asked, fit) if check is noise_after else check(rows, asked, fit)


def bent(before=60, after=24, seed=1):
    """Rises evenly, and is flat from eight months before the start."""
    series = means(before, after, seed=seed)
    at = 12 * series["period_start"].dt.year + series["period_start"].dt.month - 1 - ordinal(START)
    series["value"] += 0.3 * np.minimum(at + 8, 0)
    return series


def test_a_trend_that_had_bent_already_is_no_effect():
    checks = [looked(bent_before, bent(seed=seed), mean_question()) for seed in range(12)]
    assert sum(check.passed is False for check in checks) >= 8
    assert "improved" not in {evaluate(bent(seed=seed), mean_question()).verdict for seed in range(4)}


def test_a_straight_trend_is_rarely_called_bent():
    checks = [looked(bent_before, means(difference=-2.0, seed=seed), mean_question()) for seed in range(20)]
    assert sum(check.passed is False for check in checks) <= 3


def test_a_short_time_before_cannot_show_a_bend():
    assert looked(bent_before, means(23, 12), mean_question()).passed is None
    assert looked(bent_before, means(24, 12), mean_question()).passed is not None


def test_a_single_last_month_does_not_make_an_answer():
    asked = mean_question(impact="step_and_slope")
    for seed in range(4):
        series = means(36, 12, seed=seed)
        series.loc[47, "value"] -= 6.0
        effect = evaluate(series, asked)
        assert effect.verdict not in ("improved", "worsened")


def test_a_change_that_all_months_share_does_not_hang_on_one():
    check = looked(leave_one_month_out, counts(ratio=0.6), question())
    assert check.passed is True
    assert check.values["n"] in (1, 2)
    assert check.values["estimate_max"] < 0.75


@pytest.mark.parametrize(("factor", "passed"), [(1.0, True), (5.0, False)])
def test_months_that_vary_more_after_the_start_are_seen(factor, passed):
    series = means(46, 14, seed=5)
    after = series["period_start"] >= str(START)
    rng = np.random.default_rng(1)
    series.loc[after, "value"] += (factor - 1) * 0.5 * rng.normal(size=int(after.sum()))
    assert looked(noise_after, series, mean_question()).passed is passed


def test_noise_is_not_compared_with_fewer_than_eight_months_a_side():
    series = means(46, 8)
    check = looked(noise_after, series, mean_question())
    assert check.passed is not None
    assert np.isfinite([check.values["ratio"], check.values["p"]]).all()
