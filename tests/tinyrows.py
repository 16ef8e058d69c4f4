"""Rows to explore: a few by hand, and the small invented area's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.area import Area
from analysis.explore.coded import Dim, month_number
from analysis.explore.dims import MONTH
from analysis.explore.explorer import Explorer
from analysis.explore.rows import Rows
from analysis.explore.selection import Selection
from analysis.explore.summary import Ground, summarise
from analysis.words import Words
from homes import goteborg, loaded_home, scratch

EN = Words("en")


def tiny_dim(name: str, values: Sequence[str | None], *, is_ordered: bool = False) -> Dim:
    ids = tuple(sorted({v for v in values if v is not None}))
    codes = np.array([-1 if v is None else ids.index(v) for v in values], np.int32)
    return Dim(name, name, codes, ids, tuple(i.title() for i in ids), is_ordered)


def tiny_rows(months: Sequence[str], table: str = "deviations", **columns: Any) -> Rows:
    """Rows by month and dimension; ``numbers``, ``dates`` and ``waited`` as in `Rows`."""
    month = np.array([month_number(m) for m in months], np.int32)
    more = {name: columns.pop(name) for name in ("numbers", "dates", "waited") if name in columns}
    dims = {n: tiny_dim(n, v, is_ordered=n == "severity") for n, v in columns.items()}
    return Rows(
        table=table,
        path=Path("facts.parquet"),
        dims=dims | {MONTH: tiny_dim(MONTH, list(months), is_ordered=True)},
        month=month,
        day=month * 30,
        key=pa.array([f"K{n}" for n in range(len(months))], pa.string()),
        complete=(int(month.min()), int(month.max())) if len(month) else (0, -1),
        known=pd.Timestamp("2026-11-20"),
        **more,
    )


def told(rows: Rows, bookmark: str, area: Area | None = None) -> dict[str, Any]:
    return summarise(rows, Selection.of(bookmark), Ground(area or goteborg(), EN))


def counts(payload: dict[str, Any], dim: str) -> dict[str, int]:
    found = next(d for d in payload["dims"] if d["id"] == dim)
    return {v["id"]: v["n"] for v in found["values"]}


@cache
def small_home() -> Path:
    folder = scratch() / "explored"
    folder.mkdir()
    return loaded_home(folder)


@cache
def small_explorer(language: str = "sv") -> Explorer:
    return Explorer("goteborg", str(small_home()), language)
