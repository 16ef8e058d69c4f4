"""Cox regression: what makes an event come sooner or later.

Persons are taken as independent, but for a cluster that is named.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from analysis.designs.fit import FitError
from analysis.designs.persons.survival import Codes, Vector, Z, refuse_impossible
from analysis.errors import DesignError

HUGE_ERROR = 10.0  # of a log hazard ratio, for a covariate of standard deviation 1: a side without events
FAR = 1e-4  # squared distance from the maximum of the likelihood, in standard errors


@dataclass(frozen=True)
class Cox:
    """A fitted Cox model; coefficients are log hazard ratios, in the order of ``names``."""

    names: tuple[str, ...]
    coef: Vector
    cov: Vector
    n: int
    events: int

    def hazard_ratios(self) -> pd.DataFrame:
        """One row a term: ``term, coef, se, ratio, low, high, p``."""
        error = np.sqrt(np.diag(self.cov))
        return pd.DataFrame(
            {
                "term": self.names, "coef": self.coef, "se": error, "ratio": np.exp(self.coef),
                "low": np.exp(self.coef - Z * error), "high": np.exp(self.coef + Z * error),
                "p": 2 * stats.norm.sf(np.abs(self.coef / error)),
            }
        )  # fmt: skip


def cox(
    frame: pd.DataFrame, covariates: Sequence[str], *, strata: str | None = None, cluster: str | None = None
) -> Cox:
    """Cox regression with Efron's handling of ties.

    Parameters
    ----------
    frame : DataFrame, one row a person
        ``time``, ``event`` (1 seen, 0 not; for one cause, other causes are 0), numeric covariates.
    covariates : sequence of str
        Columns; rows with missing values must be left out beforehand.
    strata : str, optional
        Column whose values each have a baseline hazard of their own.
    cluster : str, optional
        Column of groups whose persons are alike; the covariance is then the sandwich over them.

    Returns
    -------
    Cox
        Log hazard ratios and their covariance.

    Raises
    ------
    DesignError
        As `refuse_impossible`, when there is no event or a covariate is missing or not a number.
    FitError
        If the likelihood has no maximum (one side without events) or terms cannot be told apart.

    References
    ----------
    Efron 1977; Lin & Wei 1989 for the sandwich; R survival::coxph.
    """
    extra = [name for name in (strata, cluster) if name]
    refuse_impossible(frame, [*covariates, *extra], (0, 1))
    X, event = _matrix(frame, covariates), frame["event"].to_numpy(int)
    if not event.any():
        raise DesignError("there are no events", "a longer observation or another event is needed")
    if np.linalg.matrix_rank(X - X.mean(axis=0)) < X.shape[1]:
        raise FitError("not_identifiable")
    time = frame["time"].to_numpy(float)
    layers = pd.factorize(frame[strata])[0] if strata else np.zeros(len(frame), int)
    coef, cov = _partial_likelihood(time, X, event, layers)
    if cluster:
        scores = pd.DataFrame(_score_residuals(coef, time, X, event, layers))
        total = scores.groupby(pd.factorize(frame[cluster])[0]).sum().to_numpy()
        cov = cov @ total.T @ total @ cov
    return Cox(tuple(covariates), coef, cov, len(frame), int(event.sum()))


def _partial_likelihood(time: Vector, X: Vector, event: Codes, layers: Codes) -> tuple[Vector, Vector]:
    """Coefficients and covariance, or `FitError`."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model = PHReg(time, X, status=event, strata=layers, ties="efron")
            coef = np.asarray(model.fit().params)
            score = np.asarray(model.score(coef))
            cov = np.linalg.inv(-model.hessian(coef))
        except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
            raise FitError("did_not_converge") from error
    finite = np.isfinite(coef).all() and np.isfinite(cov).all() and (np.diag(cov) > 0).all()
    # The distance left to the maximum, in standard errors; a likelihood without maximum has huge errors.
    if not finite or float(score @ cov @ score) > FAR:
        raise FitError("did_not_converge")
    if (np.sqrt(np.diag(cov)) * X.std(axis=0) > HUGE_ERROR).any():
        raise FitError("not_identifiable")
    return coef, cov


def _score_residuals(coef: Vector, time: Vector, X: Vector, event: Codes, layers: Codes) -> Vector:
    """Each person's part of the score; the library's are not numbers for those seen before any event."""
    residuals = np.zeros_like(X)
    for layer in np.unique(layers):
        rows = np.flatnonzero(layers == layer)
        rows = rows[np.argsort(time[rows], kind="stable")]
        t, x, seen = time[rows], X[rows], event[rows] == 1
        if not seen.any():
            continue
        risk = np.exp(x @ coef - (x @ coef).max())
        at, deaths = np.unique(t[seen], return_counts=True)
        first = np.searchsorted(t, at)
        total = risk[::-1].cumsum()[::-1][first]
        mean = (risk[:, None] * x)[::-1].cumsum(axis=0)[::-1][first] / total[:, None]
        hazard = np.concatenate([[0.0], np.cumsum(deaths / total)])
        moved = np.vstack([np.zeros(x.shape[1]), np.cumsum(mean * (deaths / total)[:, None], axis=0)])
        upto = np.searchsorted(at, t, side="right")
        residuals[rows] = -risk[:, None] * (x * hazard[upto][:, None] - moved[upto])
        residuals[rows[seen]] += x[seen] - mean[np.searchsorted(at, t[seen])]
    return residuals


def _matrix(frame: pd.DataFrame, covariates: Sequence[str]) -> Vector:
    """The covariates as numbers."""
    X = frame[list(covariates)].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    if not np.isfinite(X).all():
        raise DesignError("covariates hold missing values or text", "leave rows out, or code text as 0/1")
    return X
