"""Regressions whose intervals allow for an unknown autocorrelation: what answers are made of.

All take a matrix of terms, one row a month, and the month's ordinal, so that a
month without a delivery is a gap in time, never a zero. See `docs/methods.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.fit import HUGE_ERROR, Fit, FitError, poisson_glm, refuse_collinear, refuse_exact, sound
from analysis.designs.series.noise import Components, fit_components

Vector = NDArray[np.float64]
Numbers = Sequence[float] | Vector
Ordinals = Sequence[int] | NDArray[np.int64]

LARGEST_SHARE = 0.999
NEGLIGIBLE = 1e-6
LEAST_EXPECTED = 1e-6  # events a month; less means that a term has no finite estimate


@dataclass(frozen=True)
class Response:
    """What is regressed: one value a month on the model's scale, with the variance of its own noise.

    Parameters
    ----------
    z : ndarray
        Means, or log rates linearised at their expected values.
    own : ndarray or None
        Variance of counting or sampling alone, in any unit for means; None when not known.
    counted : bool
        Whether months are weighed by their own noise alone (quasi-likelihood).
    """

    z: Vector
    own: Vector | None
    counted: bool = False


def linearised(terms: pd.DataFrame, numerator: Numbers, denominator: Numbers, *, share: bool) -> Response:
    """Log rates at their expected values under the terms, with the noise of counting.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    numerator, denominator : array of float
        Events, and what they are counted per (above zero).
    share : bool
        Whether the numerator is a part of the denominator.

    Returns
    -------
    Response
        ``log(mu / d) + (y - mu) / mu``, which exists when nothing was counted, too; own variance
        ``1 / mu``, of shares ``(1 - p) / mu``.

    Raises
    ------
    FitError
        If the terms cannot be told apart, the iteration fails or nothing is left unexplained.
    """
    X, y, d = np.asarray(terms, float), np.asarray(numerator, float), np.asarray(denominator, float)
    refuse_collinear(X)
    if (y > 0).all():
        refuse_exact(X, np.log(y / d))
    mu = np.asarray(poisson_glm(X, y, np.log(d)).mu, float)
    if mu.min() < LEAST_EXPECTED:
        raise FitError("did_not_converge")
    spread = 1 - np.minimum(mu / d, LARGEST_SHARE) if share else 1.0
    return Response(np.log(mu / d) + (y - mu) / mu, spread / mu, counted=True)


def averaged(values: Numbers, denominator: Numbers | None) -> Response:
    """Means, with the noise of sampling when what they are means of is known and varies.

    Parameters
    ----------
    values : array of float
        The mean of each month.
    denominator : array of float or None
        What each is a mean of.

    Returns
    -------
    Response
        Own variance in proportion to ``1 / denominator``.
    """
    z = np.asarray(values, float)
    if denominator is None:
        return Response(z, None)
    d = np.asarray(denominator, float)
    known = bool(np.isfinite(d).all() and (d > 0).all() and (d != d[0]).any())
    return Response(z, 1 / d if known else None)


def integrated(terms: pd.DataFrame, response: Response, ordinals: Ordinals) -> Fit:
    """Generalised least squares of a response, integrated over the autocorrelation.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    response : Response
        What is regressed.
    ordinals : array of int
        Months as `timeline.ordinal` gives them, rising.

    Returns
    -------
    Fit
        A mixture of t distributions with ``n - k`` degrees of freedom.

    Raises
    ------
    FitError
        If the terms cannot be told apart or nothing is left unexplained.
    """
    X, when = np.asarray(terms, float), np.asarray(ordinals, np.int64)
    refuse_collinear(X)
    refuse_exact(X, response.z)
    try:
        found = fit_components(X, response.z, response.own, when, by_own=response.counted)
    except np.linalg.LinAlgError as error:
        raise FitError("did_not_converge") from error
    fit = sound(_mixed(tuple(terms.columns), X, response, when, found))
    if response.counted and np.sqrt(np.diag(fit.cov)).max() > HUGE_ERROR:
        raise FitError("did_not_converge")
    return fit


def _mixed(
    names: tuple[str, ...], X: Vector, response: Response, when: NDArray[np.int64], found: Components
) -> Fit:
    """The fit of all components."""
    rest = response.z - X @ (found.weights @ found.coefs)
    if response.own is not None:
        rest = rest / np.sqrt(response.own)
    df = len(rest) - X.shape[1]
    kept = found.weights > NEGLIGIBLE * found.weights.max()
    weights = found.weights[kept] / found.weights[kept].sum()
    return Fit(
        names=names, weights=weights, coefs=found.coefs[kept], covs=found.covs[kept], df=df,
        rho=float(found.weights @ found.lag_one), dispersion=float(rest @ rest) / df,
        residuals=rest, ordinals=when,
    )  # fmt: skip
