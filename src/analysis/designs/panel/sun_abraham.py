"""Interaction-weighted event study (Sun and Abraham) on a balanced panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.designs.panel.group_time import Aggregate, aggregate, att_gt
from analysis.errors import DesignError


def sun_abraham(frame: pd.DataFrame, *, skip: int = 0) -> Aggregate:
    """Effect by time since the start, as cohort effects weighted by cohort size.

    In a balanced panel without covariates the saturated regression (unit and period effects, cohort by
    time since the start, the period before the start left out) equals cohort means against the
    comparison cohort, which is how it is computed here.

    Parameters
    ----------
    frame : DataFrame
        As `analysis.designs.panel.group_time.balanced` takes it. Without units never treated the last
        cohort is the comparison, and the periods from its start on are left out.
    skip : int
        Periods from each start on that the overall estimate leaves out.

    Returns
    -------
    Aggregate
        ``estimate``: mean over treated unit-periods; ``table``: one row a time since the start.

    Raises
    ------
    DesignError
        If nobody can be compared with.

    References
    ----------
    Sun and Abraham 2021, J Econometrics 225:175.
    """
    rows = frame
    if not np.isinf(frame["start"]).any():
        last = frame["start"].max()
        rows = frame[frame["period"] < last].assign(start=frame["start"].where(frame["start"] < last, np.inf))
    if rows.empty or np.isinf(rows["start"]).all():
        raise DesignError("all units start at once, nobody remains to compare with", "give comparison units")
    found = att_gt(rows, control="never", base="universal")
    late = found.cells["period"] >= found.cells["cohort"] + skip
    simple = aggregate(replace(found, cells=found.cells.assign(post=late)), "simple")
    return Aggregate(simple.estimate, simple.se, aggregate(found, "dynamic").table)
