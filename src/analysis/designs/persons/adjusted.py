"""Persons with and without an exposure, made alike in what else tells them apart.

Standardisation over a case mix (g-computation) and inverse probability weighting. Persons are taken as
independent but for the cluster; a before/after question is answered by `analysis.designs.standardise`.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    refuse_collinear,
    refuse_unlike,
)
from analysis.designs.persons.survival import Codes, Vector, Z

EXTREME = 0.01  # a chance of exposure nearer to 0 or 1 leaves nobody to compare with


@dataclass(frozen=True)
class Standardised:
    """Mean outcome of one and the same mix, had nobody and had everybody been exposed.

    Parameters
    ----------
    observed : float
        Mean prediction with exposure as it was.
    unexposed, exposed : float
        Mean prediction with exposure 0 and 1 for all.
    difference, se, low, high : float
        Exposed minus unexposed; bootstrap error and 95 % interval, NaN without draws.
    n_fitted, n_mix, n_left_out : int
        Persons behind the model, in the mix, and left out for missing exposure, covariate or cluster.
    """

    observed: float
    unexposed: float
    exposed: float
    difference: float
    se: float
    low: float
    high: float
    n_fitted: int
    n_mix: int
    n_left_out: int


@dataclass(frozen=True)
class Weighted:
    """A difference of weighted means.

    Parameters
    ----------
    difference, se, low, high : float
        Exposed minus unexposed; sandwich error and 95 % interval.
    largest_weight, effective_n : float
        Signs of few persons carrying the answer.
    n, n_left_out, n_extreme : int
        Persons used; left out for missing values; with a chance of exposure below 1 % or above 99 %.
    """

    difference: float
    se: float
    low: float
    high: float
    largest_weight: float
    effective_n: float
    n: int
    n_left_out: int
    n_extreme: int


def g_computation(
    persons: pd.DataFrame, asked: Adjustment, *, draws: int = 500, seed: int = 1
) -> Standardised:
    """Standardise over the mix of all persons, also those whose outcome is not known.

    Parameters
    ----------
    persons : DataFrame, one row a person
        The columns that ``asked`` names.
    asked : Adjustment
        Outcome, exposure, covariates.
    draws : int
        Bootstrap samples (of clusters, if there are any), 0 for none.
    seed : int
        Of the samples.

    Returns
    -------
    Standardised
        The two means and their difference; interval difference ± 1.96 bootstrap standard deviations.

    Raises
    ------
    DesignError
        If columns are missing, the exposure or a share's outcome is not 0 or 1, or a side is empty.
    FitError
        If the terms cannot be told apart or the model does not converge.

    References
    ----------
    Hernan & Robins, Causal Inference: What If, chapter 13.
    """
    rows, left_out = complete(persons, asked)
    known = rows[asked.outcome].notna().to_numpy()
    refuse_unlike(rows[known], asked)
    exposure, covariates = rows[asked.exposure].to_numpy(float), design(rows, asked)
    sides = [exposed_terms(side, covariates, asked) for side in (exposure, 0 * exposure, 0 * exposure + 1)]
    outcome = rows[asked.outcome].to_numpy(float)
    refuse_collinear(sides[0][known])
    everybody = np.arange(len(rows))
    means = _standardised_means(sides, outcome, everybody, asked)
    samples = _samples(rows, asked, draws, np.random.default_rng(seed))
    drawn = [_standardised_means(sides, outcome, sample, asked) for sample in samples]
    error = float(np.std([one[2] - one[1] for one in drawn], ddof=1)) if draws > 1 else np.nan
    difference = means[2] - means[1]
    return Standardised(
        *means, difference, error, difference - Z * error, difference + Z * error,
        int(known.sum()), len(rows), left_out,
    )  # fmt: skip


def inverse_probability_weighting(persons: pd.DataFrame, asked: Adjustment) -> Weighted:
    """Compare persons weighted by one over the chance of the exposure that they had.

    Parameters
    ----------
    persons : DataFrame, one row a person
        The columns that ``asked`` names.
    asked : Adjustment
        ``kind`` is not used: means of shares are shares.

    Returns
    -------
    Weighted
        The difference with its sandwich error, and signs of poor overlap.

    Raises
    ------
    DesignError
        As `g_computation`.
    FitError
        If the covariates tell exposed and unexposed apart, so that nobody can be compared.

    References
    ----------
    Hernan & Robins, Causal Inference: What If, chapter 12; unstabilised weights.
    """
    rows, left_out = complete(persons, asked)
    lost = rows[asked.outcome].isna()
    rows = rows[~lost]
    refuse_unlike(rows, asked)
    exposure = rows[asked.exposure].to_numpy(float)
    matrix = sm.add_constant(design(rows, asked).to_numpy(), has_constant="add")
    chance = np.asarray(logistic_fit(matrix, exposure).fittedvalues)
    weights = np.where(exposure == 1, 1 / chance, 1 / (1 - chance))
    model = sm.WLS(rows[asked.outcome].to_numpy(float), sm.add_constant(exposure), weights=weights)
    groups = pd.factorize(rows[asked.cluster])[0] if asked.cluster else np.arange(len(rows))
    result = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    difference, error = float(result.params[1]), float(result.bse[1])
    return Weighted(
        difference, error, difference - Z * error, difference + Z * error, float(weights.max()),
        float(weights.sum() ** 2 / (weights**2).sum()), len(rows), left_out + int(lost.sum()),
        int(((chance < EXTREME) | (chance > 1 - EXTREME)).sum()),
    )  # fmt: skip


def _standardised_means(
    sides: list[Vector], outcome: Vector, sample: Codes, asked: Adjustment
) -> tuple[float, float, float]:
    """Mean prediction as it was, unexposed, exposed; the model fitted to those with an outcome."""
    y = outcome[sample]
    known = np.isfinite(y)
    matrix = sides[0][sample][known]
    if asked.kind == "mean":
        coef = np.linalg.lstsq(matrix, y[known], rcond=None)[0]
        found = [float((side[sample] @ coef).mean()) for side in sides]
    else:
        with quiet():
            result = sm.GLM(y[known], matrix, family=sm.families.Binomial()).fit()
        if not result.converged:
            raise FitError("did_not_converge")
        found = [float(result.predict(side[sample]).mean()) for side in sides]
    return found[0], found[1], found[2]


def _samples(rows: pd.DataFrame, asked: Adjustment, draws: int, rng: np.random.Generator) -> Iterator[Codes]:
    """Rows of each bootstrap sample: persons, or whole clusters, drawn with replacement."""
    groups = pd.factorize(rows[asked.cluster])[0] if asked.cluster else np.arange(len(rows))
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    for _ in range(draws):
        drawn = rng.integers(0, len(members), len(members))
        yield np.concatenate([members[one] for one in drawn])
