import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.designs.fit import FitError
from analysis.designs.persons.adjustment import (
    Adjustment,
    complete,
    design,
    exposed_terms,
    logistic_fit,
    quiet,
    refuse_collinear,
)

ROWS = pd.DataFrame(
    {"y": [0.0, 1.0, np.nan], "x": [0, 1, 1], "age": [1.0, 2.0, 3.0], "sex": ["f", "m", "f"],
     "alone": [True, False, True], "ward": pd.Categorical([2, 1, 2])}
)  # fmt: skip


def test_levels_become_terms_but_the_first_and_numbers_may_be_squared():
    asked = Adjustment("y", "x", ("age", "sex", "alone", "ward"), squares=("age",))
    terms = design(ROWS, asked)
    assert terms.columns.tolist() == ["age", "age²", "sex=m", "alone=True", "ward=2"]
    assert terms.to_numpy().tolist() == [[1, 1, 0, 1, 1], [2, 4, 1, 0, 0], [3, 9, 0, 1, 1]]


def test_the_exposure_may_have_an_effect_that_depends_on_a_covariate():
    asked = Adjustment("y", "x", ("age",), with_exposure=("age",))
    matrix = exposed_terms(np.array([0.0, 1.0, 1.0]), design(ROWS, asked), asked)
    assert matrix.tolist() == [[1, 0, 1, 0], [1, 1, 2, 2], [1, 1, 3, 3]]


def test_rows_that_lack_exposure_or_covariate_are_left_out_but_not_those_without_outcome():
    rows, left_out = complete(ROWS.assign(age=[np.nan, 2.0, 3.0]), Adjustment("y", "x", ("age",)))
    assert (len(rows), left_out) == (2, 1)


def test_an_infinite_covariate_is_a_missing_one():
    rows, left_out = complete(ROWS.assign(age=[np.inf, 2.0, -np.inf]), Adjustment("y", "x", ("age", "alone")))
    assert (len(rows), left_out) == (1, 2)


@pytest.mark.parametrize("far", [np.inf, np.nan, 1e300])
def test_terms_that_are_no_usable_numbers_are_refused(far):
    with pytest.raises(FitError, match="not_identifiable"):
        refuse_collinear(np.array([[1.0, far], [1.0, 2.0], [1.0, 3.0]]))


def test_separation_is_refused():
    matrix = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20)])
    with pytest.raises(FitError, match="not_identifiable"):
        logistic_fit(matrix, matrix[:, 1])
    outcome = np.tile([0.0, 1.0], 20)
    assert_allclose(logistic_fit(matrix, outcome).params, 0, atol=1e-12)


def test_what_the_library_cannot_do_is_told_as_non_convergence():
    with pytest.raises(FitError, match="did_not_converge"), quiet():
        np.linalg.inv(np.zeros((2, 2)))
