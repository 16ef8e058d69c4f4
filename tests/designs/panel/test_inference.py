import numpy as np
import pytest
from invented_panels import means, question

from analysis.designs.panel.inference import judge
from analysis.designs.panel.prepared import prepare

INF = float("inf")


def judged(starts, **more):
    return judge(prepare(means(starts=starts, **more), question(starts)))


def test_five_units_are_judged_by_all_orders():
    found = judged((24, 28, 32, 36, 40), difference=3.0)
    assert (found.method, found.n_orders, found.smallest_p) == ("permutation", 120, 1 / 120)
    assert found.low > 0
    assert found.p == pytest.approx(1 / 120)


@pytest.mark.parametrize(
    ("treated", "others", "method"), [(20, 20, "cluster"), (19, 21, "permutation"), (20, 19, "permutation")]
)
def test_influence_functions_need_twenty_treated_and_forty_units(treated, others, method):
    found = judged((24,) * treated + (INF,) * others, difference=1.0)
    assert found.method == method
    assert found.low <= 1.0 <= found.high
    assert found.low > 0


@pytest.mark.parametrize(("units", "known"), [(19, False), (20, True)])
def test_one_treated_unit_needs_nineteen_others_for_an_interval(units, known):
    found = judged((24, *(INF,) * (units - 1)), difference=5.0)
    assert found.smallest_p == pytest.approx(1 / units)
    assert np.isfinite(found.low) == known


def test_the_estimate_follows_the_effect_exactly():
    starts = (24, 28, 32, 36, 40)
    assert judged(starts, difference=2.0).estimate - judged(starts).estimate == pytest.approx(2.0)
    low, high = (judged(starts, difference=d).low for d in (0.0, 2.0))
    assert high - low == pytest.approx(2.0, rel=1e-6)


def test_false_alarms_and_coverage_hold_with_units_of_unequal_noise():
    alarms, held = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = means(seed=seed, noise=0.0)
        noise = rng.normal(size=(5, 48)) * np.array([0.5, 0.7, 1.0, 1.5, 2.2])[:, None]
        found = judge(prepare(rows.assign(value=rows["value"] + noise.ravel()), question()))
        alarms += found.p <= 0.05
        held += found.low <= 0 <= found.high
    assert alarms <= 7
    assert held == 60 - alarms
