"""Goodman-Bacon decomposition on castle: state homicide, R package bacondecomp."""

import numpy as np
import pytest
from oracle import data, expected, needs_oracle

from analysis.designs.panel.bacon import decompose

NAME = "did_bacon_castle"


@needs_oracle(NAME)
def test_the_estimate_and_the_share_of_each_kind_of_comparison():
    rows = data(NAME).rename(columns={"state": "unit", "year": "period", "l_homicide": "value"})
    starts = rows[rows["post"] == 1].groupby("unit")["period"].min()
    got = decompose(rows.assign(start=rows["unit"].map(starts).fillna(np.inf)))
    want = expected(NAME)
    assert got.estimate == pytest.approx(want["twfe"], abs=1e-6)
    assert got.table["weight"] @ got.table["estimate"] == pytest.approx(got.estimate, abs=1e-9)
    for kind, part in want["decomposition"].items():
        chosen = got.table[got.table["kind"] == kind]
        weight = chosen["weight"].sum()
        assert weight == pytest.approx(part["weight"], abs=1e-5)
        mean = chosen["weight"] @ chosen["estimate"] / weight
        assert mean == pytest.approx(part["avg_estimate"], abs=1e-5)
