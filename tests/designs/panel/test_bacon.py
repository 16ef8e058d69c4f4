import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.designs.panel.bacon import decompose


def panel(starts, seed=0, periods=8):
    values = np.random.default_rng(seed).normal(size=(len(starts), periods))
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i}" for i in range(len(starts))], periods),
            "period": np.tile(np.arange(periods), len(starts)),
            "value": values.ravel(),
            "start": np.repeat(np.array(starts, float), periods),
        }
    )


@given(st.lists(st.sampled_from([0, 2, 3, 5, 6, np.inf]), min_size=3, max_size=8), st.integers(0, 999))
@settings(max_examples=25, deadline=None)
def test_the_parts_add_up_to_the_two_way_estimate(starts, seed):
    if len({s for s in starts if 0 < s < np.inf}) == 0 or len(set(starts)) < 2:
        return
    found = decompose(panel(starts, seed))
    assert found.table["weight"].sum() == pytest.approx(1.0)
    assert found.table["weight"] @ found.table["estimate"] == pytest.approx(found.estimate)


def test_a_single_start_rests_on_no_forbidden_comparison():
    assert set(decompose(panel([3, 3, np.inf])).table["kind"]) == {"treated_vs_untreated"}
