import numpy as np
import pytest
from invented_panels import frame, means, names, question, reached

from analysis.designs.panel.inference import judge
from analysis.designs.panel.prepared import prepare
from analysis.designs.panel.trend_before import detrended, trend_before

INF = float("inf")
FEW, MANY = (24,) * 4 + (INF,) * 8, (24,) * 25 + (INF,) * 25


def trend(rows, asked):
    panel = prepare(rows, asked)
    return trend_before(panel, judge(panel))


@pytest.mark.parametrize("starts", [FEW, MANY, (20, 24, 30, 36, 40), (24, 24, 30, INF, INF, INF)])
def test_a_trend_without_noise_is_found_exactly_beside_an_effect(starts):
    drift = 0.1 * np.arange(len(starts))[::-1] * np.where(np.isfinite(starts), 1, 0)
    values = 20 + drift[:, None] * np.arange(48) + 2 * reached(starts)
    values = values + 1e-9 * np.random.default_rng(1).normal(size=values.shape)
    found = trend(frame(values, names(len(starts))), question(starts))
    assert found.slope == pytest.approx(_by_hand(np.array(starts), drift), abs=1e-6)


def _by_hand(starts, drift):
    """Slopes of each cohort less the mean of those later, by size and squares of the months before."""
    gaps, weights = [], []
    for start in np.unique(starts)[:-1]:
        gaps.append(drift[starts == start].mean() - drift[starts > start].mean())
        weights.append((starts == start).sum() * ((np.arange(start) - (start - 1) / 2) ** 2).sum())
    return float(np.average(gaps, weights=weights))


def test_the_common_course_and_the_levels_of_the_units_are_no_trend():
    values = 20 + 5 * np.arange(12)[:, None] + (np.arange(48) ** 2 / 100)
    values = values + 1e-6 * np.random.default_rng(1).normal(size=values.shape)
    assert abs(trend(frame(values, names(12)), question(FEW)).slope) < 1e-6


@pytest.mark.parametrize("starts", [FEW, MANY])
def test_a_clear_trend_has_a_small_p_and_none_a_large_one(starts):
    rows = means(starts=starts)
    assert trend(rows, question(starts)).p > 0.05
    treated = rows["unit"].isin(rows["unit"].unique()[: sum(np.isfinite(starts))])
    moved = rows.assign(value=rows["value"] + 0.2 * np.tile(np.arange(48), len(starts)) * treated)
    assert trend(moved, question(starts)).p < 0.05


def test_the_reach_is_from_the_middle_before_to_the_middle_after():
    found = trend(means(starts=FEW), question(FEW))
    assert found.reach == 35.5 - 11.5
    assert found.n == 24


def test_what_comes_after_the_start_does_not_move_the_trend():
    rows = means(starts=FEW)
    later = rows.assign(value=rows["value"] + 7 * np.tile(np.arange(48) >= 24, 12))
    assert trend(rows, question(FEW)).slope == pytest.approx(trend(later, question(FEW)).slope)


def test_detrended_rows_have_no_level_and_no_trend():
    left = detrended(np.random.default_rng(1).normal(size=(3, 20)) + np.arange(20))
    assert np.allclose(left.sum(axis=1), 0)
    assert np.allclose(left @ np.arange(20), 0)
