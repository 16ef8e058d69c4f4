"""Two-stage difference-in-differences (Gardner): fixed effects from untreated rows, then the effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import DesignError

Floats = NDArray[np.float64]
COLUMNS = ("unit", "period", "value", "treated")


@dataclass(frozen=True)
class TwoStage:
    """The average effect on treated rows.

    Parameters
    ----------
    estimate, se : float
        The effect and its standard error, clustered and corrected for the first stage.
    n, n_left_out : int
        Rows used, and rows left out as their unit or period has no untreated row.
    """

    estimate: float
    se: float
    n: int
    n_left_out: int


def two_stage(frame: pd.DataFrame) -> TwoStage:
    """Average effect on the treated, by two stages.

    Parameters
    ----------
    frame : DataFrame, one row an observation
        Columns ``unit`` and ``period`` (the fixed effects), ``value``, ``treated`` (bool) and, if the rows
        are clustered otherwise than by unit, ``cluster``. The panel need not be balanced.

    Returns
    -------
    TwoStage
        The mean of what treated rows differ from the fixed effects of untreated ones.

    Raises
    ------
    DesignError
        If columns are missing, or no treated or untreated row remains.

    References
    ----------
    Gardner 2021, Two-stage differences in differences; R package did2s.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DesignError(f"the panel lacks {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    rows = _known(frame)
    treated = rows["treated"].to_numpy(bool)
    if not treated.any() or treated.all():
        raise DesignError(
            "treated and untreated rows are both needed", "give units that start later or never"
        )
    matrix = _dummies(rows)
    cluster = pd.factorize(rows["cluster" if "cluster" in rows.columns else "unit"])[0]
    estimate, se = _solve(matrix, rows["value"].to_numpy(float), treated, cluster)
    return TwoStage(estimate, se, len(rows), len(frame) - len(rows))


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows whose unit and period have an untreated row."""
    untreated = frame[~frame["treated"].astype(bool)]
    known = frame["unit"].isin(untreated["unit"]) & frame["period"].isin(untreated["period"])
    return frame[known]


def _dummies(rows: pd.DataFrame) -> sparse.csr_matrix:
    """Unit and period dummies, the first period left out."""
    n = len(rows)
    blocks = []
    for name in ("unit", "period"):
        code, kinds = pd.factorize(rows[name], sort=True)
        blocks.append(sparse.csr_matrix((np.ones(n), (np.arange(n), code)), shape=(n, len(kinds))))
    return sparse.hstack([blocks[0], blocks[1][:, 1:]], format="csr")


def _solve(
    matrix: sparse.csr_matrix, values: Floats, treated: NDArray[np.bool_], cluster: NDArray[np.intp]
) -> tuple[float, float]:
    """Both stages, with the standard error of the joint moment conditions."""
    first = sparse.diags((~treated).astype(float)) @ matrix
    inverse = np.linalg.pinv((first.T @ first).toarray(), hermitian=True)
    left = values - matrix @ (inverse @ (first.T @ values))
    n = int(treated.sum())
    estimate = float(left[treated].mean())
    carried = first @ (inverse @ (matrix.T @ treated.astype(float)))  # first-stage error in the second stage
    score = (treated * (left - estimate) - carried * left) / n
    return estimate, float(np.sqrt((np.bincount(cluster, weights=score) ** 2).sum()))
