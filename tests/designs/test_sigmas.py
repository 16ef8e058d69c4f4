import numpy as np
import pandas as pd
import pytest
from invented_series import mean_question, question

from analysis.designs.sigmas import counting_noise, laney_sigma, limits_of, possible_range


def piece(values):
    values = np.array(values, float)
    return pd.DataFrame(
        {"numerator": values, "denominator": 100.0, "value": values, "baseline": True},
        index=range(len(values)),
    )


def test_moving_ranges_beyond_their_own_limit_are_left_out_once():
    """Ranges 1 (ten times) and 40 (once): the mean range 50/11 screens 40 out."""
    values = [0, 1] * 5 + [0, 40]
    assert limits_of(piece(values), "xmr").sigma[0] == pytest.approx(2.66 / 3)
    assert limits_of(piece(values), "i").sigma[0] == pytest.approx(1 / 1.128)


def test_counts_and_rates_have_the_noise_of_counts():
    assert limits_of(piece([4, 4]), "c").sigma.tolist() == [2, 2]
    assert limits_of(piece([4, 4]), "u").sigma == pytest.approx([0.02, 0.02])
    assert limits_of(piece([50, 50]), "p").sigma == pytest.approx([0.05, 0.05])


def test_month_without_a_denominator_has_no_noise():
    assert np.isnan(counting_noise(0.5, np.array([0.0, np.nan]), "u")).all()


def test_laney_needs_two_months_and_some_noise():
    assert np.isnan(laney_sigma(np.array([1.0]), 1.0, np.array([1.0])))
    assert np.isnan(laney_sigma(np.zeros(3), 0.0, np.zeros(3)))
    assert laney_sigma(np.array([0.0, 1.128]), 0.0, np.ones(2)) == pytest.approx(1)


def test_what_values_can_be_follows_the_measure():
    assert possible_range("xmr", mean_question()) == (-np.inf, np.inf)
    assert possible_range("u", question()) == (0, np.inf)
    assert possible_range("p", question(kind="share", per=100.0)) == (0, 1)
    assert possible_range("xmr", question(kind="share", per=100.0)) == (0, 100)
