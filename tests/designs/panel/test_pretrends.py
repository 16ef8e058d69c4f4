import numpy as np
import pandas as pd
import pytest

from analysis.designs.panel.pretrends import relative_magnitudes


def course(before, after):
    return pd.Series([*before, *after], index=np.arange(-len(before), len(after), dtype=float))


def test_a_flat_course_before_leaves_the_interval_as_it_is():
    found = relative_magnitudes(course([0.0] * 18, [1.0] * 6), (1.0, 0.5, 1.5))
    assert found.bias == 0
    assert found.breakdown == np.inf
    assert (found.table["low"] == 0.5).all()


def test_the_breakdown_is_where_the_widened_interval_reaches_no_effect():
    found = relative_magnitudes(course([0.0] * 12 + [0.3] * 6, [1.0] * 6), (1.0, 0.5, 1.5))
    assert found.largest == pytest.approx(0.3)
    assert 0.5 - found.breakdown * found.bias == pytest.approx(0.0)


def test_an_interval_that_holds_no_effect_has_broken_down_already():
    assert relative_magnitudes(course([0.0, 0.1, 0.0], [1.0]), (0.5, -0.1, 1.1)).breakdown == 0


@pytest.mark.parametrize(("n", "known"), [(2, False), (3, True)])
def test_three_periods_before_are_needed(n, known):
    assert (relative_magnitudes(course([0.0] * n, [1.0]), (1.0, 0.5, 1.5)) is not None) == known


def test_without_periods_after_the_transition_there_are_no_bounds():
    assert relative_magnitudes(course([0.0] * 6, [1.0]), (1.0, 0.5, 1.5), skip=1) is None
