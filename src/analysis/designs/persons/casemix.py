"""Expected events of each person or stay from a Poisson model of the case mix, and their sums by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.designs.fit import FitError
from analysis.errors import DesignError


@dataclass(frozen=True)
class CaseMix:
    """A fitted case-mix model.

    Parameters
    ----------
    coefficients : Series
        On the log scale: "const", each covariate, and each level but the first of a category ("type2").
    dispersion : float
        Pearson's chi-square over the residual degrees of freedom; above 1 the outcome varies more than
        counts.
    expected : Series
        Expected events of each row, index as the frame; they sum to the observed ones.
    """

    coefficients: pd.Series
    dispersion: float
    expected: pd.Series


def expected_counts(frame: pd.DataFrame, outcome: str, covariates: Sequence[str]) -> CaseMix:
    """Fit events by case mix over all units, so that each unit can be held against what its mix would give.

    Parameters
    ----------
    frame : DataFrame, one row a person or stay
        The outcome (a count, 0 or above) and the covariates; numbers are used as they are, texts, categories
        and booleans as one term for each level but the first.
    outcome : str
        Column of the outcome.
    covariates : sequence of str
        Columns of the covariates; none gives every row the same expectation.

    Returns
    -------
    CaseMix
        The model and what it expects.

    Raises
    ------
    DesignError
        If columns or values are missing, an outcome is negative, or no event is found at all.
    FitError
        If covariates cannot be told apart or the iteration fails.

    References
    ----------
    Indirect standardisation; FunnelPlotR reproduces its README with the same model.
    """
    _refuse_unfit(frame, outcome, covariates)
    X = _terms(frame, covariates)
    if np.linalg.matrix_rank(X.to_numpy()) < X.shape[1]:
        raise FitError("not_identifiable")
    result = sm.GLM(frame[outcome].astype(float), X, family=sm.families.Poisson()).fit()
    if not result.converged:
        raise FitError("did_not_converge")
    return CaseMix(result.params, float(result.pearson_chi2 / result.df_resid), result.fittedvalues)


def by_unit(units: pd.Series, observed: pd.Series, expected: pd.Series) -> pd.DataFrame:
    """Observed and expected events of each unit, as `analysis.designs.funnel.funnel` takes them.

    Parameters
    ----------
    units, observed, expected : Series, one row a person or stay
        The unit's name, its events and its expected events.

    Returns
    -------
    DataFrame, one row a unit
        ``unit, observed, expected``, by the unit's name.

    Raises
    ------
    DesignError
        If a row has no unit.
    """
    if units.isna().any():
        raise DesignError(f"{int(units.isna().sum())} rows have no unit", "name the unit or leave them out")
    rows = pd.DataFrame({"unit": units, "observed": observed, "expected": expected})
    return rows.groupby("unit", as_index=False, observed=True)[["observed", "expected"]].sum()


def _refuse_unfit(frame: pd.DataFrame, outcome: str, covariates: Sequence[str]) -> None:
    """Raise for what no model can mend."""
    wanted = [outcome, *covariates]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise DesignError(f"the rows lack {', '.join(missing)}", "give these columns")
    unknown = int(frame[wanted].isna().any(axis=1).sum())
    if unknown:
        raise DesignError(f"{unknown} rows lack a value that the model needs", "leave them out and say so")
    if (frame[outcome] < 0).any():
        raise DesignError("the outcome holds negative numbers", "give counts of 0 or above")
    if not (frame[outcome] > 0).any():
        raise DesignError("the outcome holds no event", "choose rows with events")


def _terms(frame: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """The matrix of terms with the constant."""
    columns: dict[str, pd.Series] = {"const": pd.Series(1.0, frame.index)}
    for name in covariates:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns[name] = values.astype(float)
            continue
        levels = list(values.cat.categories) if values.dtype == "category" else sorted(values.unique())
        present = [level for level in levels if (values == level).any()]
        columns |= {f"{name}{level}": (values == level).astype(float) for level in present[1:]}
    return pd.DataFrame(columns)
