"""Logistic regression of a yes/no outcome, also for persons that are alike within clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.designs.fit import FitError
from analysis.designs.persons.adjustment import (
    Adjustment,
    complete,
    design,
    exposed_terms,
    logistic_fit,
    quiet,
    refuse_unlike,
)
from analysis.designs.persons.survival import Vector, Z
from analysis.errors import DesignError


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic model; coefficients are log odds ratios, in the order of ``names``.

    Parameters
    ----------
    names : tuple of str
        Terms; "const" and the exposure first.
    coef, cov : ndarray
        Coefficients and covariance (the sandwich over clusters when fitted with them).
    deviance : float
        NaN when fitted with clusters.
    working_correlation : float
        Between two persons of a cluster; NaN without clusters.
    n, n_clusters, n_left_out : int
        Persons used, clusters (persons when there are none), persons left out for missing values.
    """

    names: tuple[str, ...]
    coef: Vector
    cov: Vector
    deviance: float
    working_correlation: float
    n: int
    n_clusters: int
    n_left_out: int

    def odds_ratios(self) -> pd.DataFrame:
        """One row a term: ``term, coef, se, ratio, low, high``."""
        error = np.sqrt(np.diag(self.cov))
        ends = {"low": np.exp(self.coef - Z * error), "high": np.exp(self.coef + Z * error)}
        estimates = {"term": self.names, "coef": self.coef, "se": error, "ratio": np.exp(self.coef)}
        return pd.DataFrame(estimates | ends)


def logistic(persons: pd.DataFrame, asked: Adjustment) -> Logistic:
    """Logistic regression of the outcome on exposure and covariates.

    Parameters
    ----------
    persons : DataFrame, one row a person
        The columns that ``asked`` names; the outcome is 0 or 1.
    asked : Adjustment
        ``cluster`` is not used.

    Returns
    -------
    Logistic
        By maximum likelihood.

    Raises
    ------
    DesignError
        As `g_computation`.
    FitError
        If there is separation, or terms cannot be told apart.

    References
    ----------
    R stats::glm, family binomial.
    """
    rows, names, matrix, outcome, left_out = _for_logistic(persons, asked)
    result = logistic_fit(matrix, outcome)
    coef, cov = np.asarray(result.params), np.asarray(result.cov_params())
    n = len(rows)
    return Logistic(names, coef, cov, float(result.deviance), np.nan, n, n, left_out)


def gee_logistic(persons: pd.DataFrame, asked: Adjustment) -> Logistic:
    """Logistic regression for persons (or visits) that are alike within clusters.

    The sandwich over clusters is too small with fewer than about 40 of them.

    Parameters
    ----------
    persons : DataFrame, one row an observation
        The columns that ``asked`` names; the outcome is 0 or 1.
    asked : Adjustment
        With a ``cluster``.

    Returns
    -------
    Logistic
        By generalised estimating equations, exchangeable working correlation, scale 1.

    Raises
    ------
    DesignError
        As `g_computation`, or when there are fewer than two clusters.
    FitError
        If it does not converge or there is separation.

    References
    ----------
    Liang & Zeger 1986; R gee::gee.
    """
    rows, names, matrix, outcome, left_out = _for_logistic(persons, asked)
    clusters = rows[asked.cluster].nunique() if asked.cluster else 0
    if clusters < 2:
        raise DesignError("there are fewer than two clusters", "name the column of clusters")
    logistic_fit(matrix, outcome)  # refuses separation, which the equations below do not notice
    working = sm.cov_struct.Exchangeable()
    groups = pd.factorize(rows[asked.cluster])[0]
    with quiet():
        model = sm.GEE(outcome, matrix, groups=groups, family=sm.families.Binomial(), cov_struct=working)
        result = model.fit(maxiter=100, scale=1.0)
    if not result.converged or not np.isfinite(result.params).all():
        raise FitError("did_not_converge")
    coef, cov = np.asarray(result.params), np.asarray(result.cov_robust)
    return Logistic(names, coef, cov, np.nan, float(working.dep_params), len(rows), clusters, left_out)


def _for_logistic(
    persons: pd.DataFrame, asked: Adjustment
) -> tuple[pd.DataFrame, tuple[str, ...], Vector, Vector, int]:
    """Rows with an outcome, the terms' names, their matrix, the outcome, how many are left out."""
    rows, left_out = complete(persons, asked)
    lost = rows[asked.outcome].isna()
    rows = rows[~lost]
    refuse_unlike(rows, asked)
    covariates = design(rows, asked)
    matrix = exposed_terms(rows[asked.exposure].to_numpy(float), covariates, asked)
    products = [f"{asked.exposure}×{name}" for name in asked.with_exposure]
    names = ("const", asked.exposure, *covariates.columns, *products)
    return rows, names, matrix, rows[asked.outcome].to_numpy(float), left_out + int(lost.sum())
