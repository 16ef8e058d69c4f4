"""What makes persons differ: the adjustment asked for, and its terms as numbers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.designs.fit import FitError
from analysis.designs.persons.survival import Vector
from analysis.errors import DesignError

HUGE_ERROR = 10.0  # of a log odds ratio, for a covariate of standard deviation 1: separation


@dataclass(frozen=True)
class Adjustment:
    """What is asked of persons, and what makes them differ.

    Parameters
    ----------
    outcome : str
        Column; 0 or 1 when ``kind`` is "share".
    exposure : str
        Column with 0 and 1.
    covariates : tuple of str
        Columns; text, true/false and categories become a term for each level but the first.
    kind : {"mean", "share"}
        Least squares or logistic regression of the outcome.
    squares : tuple of str
        Numeric covariates that also have a squared term.
    with_exposure : tuple of str
        Numeric covariates on which the effect of exposure depends.
    cluster : str
        Column of groups whose persons are alike; empty when there is none.
    """

    outcome: str
    exposure: str
    covariates: tuple[str, ...]
    kind: Literal["mean", "share"] = "mean"
    squares: tuple[str, ...] = ()
    with_exposure: tuple[str, ...] = ()
    cluster: str = ""


def design(rows: pd.DataFrame, asked: Adjustment) -> pd.DataFrame:
    """The covariates as numeric terms.

    Parameters
    ----------
    rows : DataFrame
        Without missing covariates.
    asked : Adjustment
        Covariates and their squares.

    Returns
    -------
    DataFrame, one row a person
        A column for each number, its square if asked for, and each level but the first of the rest.
    """
    columns: dict[str, Vector] = {}
    for name in asked.covariates:
        values = rows[name]
        if is_number(values):
            columns[name] = values.to_numpy(float)
            if name in asked.squares:
                columns[f"{name}²"] = columns[name] ** 2
            continue
        codes, levels = pd.factorize(values, sort=True)
        columns |= {f"{name}={level}": (codes == at) * 1.0 for at, level in enumerate(levels) if at}
    return pd.DataFrame(columns, index=rows.index)


def is_number(values: pd.Series) -> bool:
    """Whether a covariate is a number, not text, true/false or a category."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def has_all(columns: pd.DataFrame) -> pd.Series:
    """Which rows have a value in every column; an infinite number is none."""
    infinite = [np.isinf(columns[name]) for name in columns if is_number(columns[name])]
    return columns.notna().all(axis=1) & ~np.logical_or.reduce([np.zeros(len(columns), bool), *infinite])


def complete(persons: pd.DataFrame, asked: Adjustment) -> tuple[pd.DataFrame, int]:
    """Rows with exposure, covariates and cluster, and how many lack one."""
    needed = [asked.exposure, *asked.covariates, *([asked.cluster] if asked.cluster else [])]
    missing = [name for name in (asked.outcome, *needed) if name not in persons.columns]
    if missing:
        raise DesignError(f"the persons lack {', '.join(missing)}", "give these columns")
    whole = has_all(persons[needed])
    return persons[whole].reset_index(drop=True), int((~whole).sum())


def refuse_unlike(known: pd.DataFrame, asked: Adjustment) -> None:
    """Raise for what no data can mend."""
    if set(known[asked.exposure].unique()) != {0, 1}:
        raise DesignError(f"“{asked.exposure}” does not hold both 0 and 1", "give persons on either side")
    if asked.kind == "share" and not known[asked.outcome].isin([0, 1]).all():
        raise DesignError(f"“{asked.outcome}” holds other values than 0 and 1", "give 0 or 1 a person")


def exposed_terms(exposure: Vector, covariates: pd.DataFrame, asked: Adjustment) -> Vector:
    """Constant, exposure, covariates, and covariates times exposure."""
    products = covariates[list(asked.with_exposure)].to_numpy() * exposure[:, None]
    return np.column_stack([np.ones(len(exposure)), exposure, covariates.to_numpy(), products])


def logistic_fit(matrix: Vector, outcome: Vector) -> sm.genmod.generalized_linear_model.GLMResults:
    """The maximum likelihood fit, or `FitError` when there is separation."""
    refuse_collinear(matrix)
    with quiet():
        result = sm.GLM(outcome, matrix, family=sm.families.Binomial()).fit()
    error, spread = np.asarray(result.bse)[1:], matrix.std(axis=0)[1:]
    if not result.converged or not np.isfinite(error).all() or (error * spread > HUGE_ERROR).any():
        raise FitError("not_identifiable")
    return result


def refuse_collinear(matrix: Vector) -> None:
    """Raise `FitError` when the terms cannot be told apart, or are too large to be worked with."""
    with np.errstate(over="ignore"):
        size = np.linalg.norm(matrix, axis=0)
    if (
        not np.isfinite(size).all()
        or (size == 0).any()
        or np.linalg.matrix_rank(matrix / size) < matrix.shape[1]
    ):
        raise FitError("not_identifiable")


@contextmanager
def quiet() -> Iterator[None]:
    """Without the library's warnings: what they tell is judged from the result."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            yield
        except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
            raise FitError("did_not_converge") from error
