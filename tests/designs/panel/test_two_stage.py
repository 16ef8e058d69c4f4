import numpy as np
import pytest
from invented_panels import frame, reached

from analysis.designs.panel.two_stage import two_stage
from analysis.errors import DesignError


def rows(effect, noise=0.0, seed=1):
    came = reached()
    values = np.arange(5)[:, None] * 3 + np.arange(48) ** 0.5 + effect * came
    values = values + noise * np.random.default_rng(seed).normal(size=values.shape)
    return frame(values).rename(columns={"period_start": "period"}).assign(treated=came.ravel() > 0)


def test_an_exact_effect_is_found_and_periods_with_everyone_treated_are_left_out():
    found = two_stage(rows(2.0))
    assert found.estimate == pytest.approx(2.0)
    assert found.n_left_out == 5 * 8
    assert found.se == pytest.approx(0.0, abs=1e-9)


def test_gaps_are_no_hindrance():
    assert two_stage(rows(2.0).sample(frac=0.8, random_state=1)).estimate == pytest.approx(2.0)


@pytest.mark.parametrize("treated", [True, False])
def test_treated_and_untreated_rows_are_both_needed(treated):
    with pytest.raises(DesignError, match="both needed"):
        two_stage(rows(0.0).assign(treated=treated))


def test_a_missing_column_is_named():
    with pytest.raises(DesignError, match="lacks value"):
        two_stage(rows(0.0).drop(columns="value"))
