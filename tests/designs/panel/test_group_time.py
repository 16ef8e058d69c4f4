import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.designs.panel.group_time import aggregate, att_gt, balanced
from analysis.errors import DesignError

STARTS = (3.0, 5.0, np.inf, np.inf)


def panel(effect=0.0, seed=0, starts=STARTS, periods=8, noise=0.0):
    rng = np.random.default_rng(seed)
    rows = [
        (f"u{i}", t, 2 * i + t**2 + effect * (t >= start) + noise * rng.normal(), start)
        for i, start in enumerate(starts)
        for t in range(periods)
    ]
    return pd.DataFrame(rows, columns=["unit", "period", "value", "start"])


@pytest.mark.parametrize("base", ["varying", "universal", "all_before"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_an_exact_effect_is_found_in_every_treated_cell_and_none_before(base, control):
    cells = att_gt(panel(1.5), base=base, control=control).cells
    np.testing.assert_allclose(cells["estimate"], 1.5 * cells["post"], atol=1e-9)


@given(st.floats(-5, 5), st.floats(0.1, 10))
@settings(max_examples=15, deadline=None)
def test_effects_follow_shifts_and_scale_of_the_outcome(shift, scale):
    rows = panel(1.0, noise=1.0)
    one, other = (
        aggregate(att_gt(r), "simple") for r in (rows, rows.assign(value=shift + scale * rows["value"]))
    )
    assert other.estimate == pytest.approx(scale * one.estimate, abs=1e-9)
    assert other.se == pytest.approx(scale * one.se, abs=1e-9)


def test_all_before_is_less_noisy_than_the_last_period_alone():
    found = {base: [] for base in ("varying", "all_before")}
    for seed in range(25):
        for base, estimates in found.items():
            estimates.append(aggregate(att_gt(panel(seed=seed, noise=1.0), base=base), "simple").estimate)
    assert np.std(found["all_before"]) < np.std(found["varying"])


def test_weights_of_one_equal_no_weights():
    rows = panel(noise=1.0)
    one, other = (aggregate(att_gt(r), "group") for r in (rows, rows.assign(weight=3.0)))
    assert one.estimate == pytest.approx(other.estimate)
    assert one.se == pytest.approx(other.se)


def test_a_cohort_treated_from_the_first_period_is_left_out():
    assert set(att_gt(panel(starts=(0.0, 3.0, np.inf))).cells["cohort"]) == {3.0}


def test_without_anyone_to_compare_with_it_is_refused():
    with pytest.raises(DesignError, match="compared"):
        att_gt(panel(starts=(3.0, 3.0)), control="not_yet")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda r: r.drop(columns="start"), "lacks start"),
        (lambda r: pd.concat([r, r.head(1)]), "twice"),
        (lambda r: r.iloc[1:], "gaps"),
        (lambda r: r.assign(value=r["value"].where(r.index != 3)), "gaps"),
        (lambda r: r.assign(start=np.where(r.index == 0, 4.0, r["start"])), "more than one start"),
    ],
)
def test_a_panel_that_is_none_is_refused(broken, says):
    with pytest.raises(DesignError, match=says):
        balanced(broken(panel()))
