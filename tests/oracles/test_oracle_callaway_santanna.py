"""Callaway and Sant'Anna on mpdta: county teen employment, R package did 2.5.1."""

import numpy as np
import pytest
from oracle import data, expected, needs_oracle

from analysis.designs.panel.group_time import aggregate, att_gt

NAME = "did_callaway_santanna_mpdta"
ATT, SE, PRINTED = {"abs": 1e-6}, {"rel": 1e-3}, {"abs": 2e-6}


@pytest.fixture(scope="module")
def found():
    rows = data(NAME).rename(columns={"countyreal": "unit", "year": "period", "lemp": "value"})
    return att_gt(rows.assign(start=rows["first_treat"].where(rows["first_treat"] > 0, np.inf)))


@needs_oracle(NAME)
def test_every_group_time_effect_and_its_analytic_error(found):
    cells = {f"{row.cohort:.0f}_{row.period}": row for row in found.cells.itertuples()}
    want, errors = expected(NAME)["att_gt"], expected(NAME)["att_gt_analytic_se"]
    assert cells.keys() == want.keys()
    for name, cell in cells.items():
        assert cell.estimate == pytest.approx(want[name], **ATT)
        assert cell.se == pytest.approx(errors[name], **SE)


@needs_oracle(NAME)
@pytest.mark.parametrize("kind", ["simple", "group", "dynamic", "calendar"])
def test_overall_effects_with_the_error_of_estimated_weights(found, kind):
    got, want = aggregate(found, kind), expected(NAME)[kind]
    assert got.estimate == pytest.approx(want["att"], **ATT)
    assert got.se == pytest.approx(want["se"], **SE)


@needs_oracle(NAME)
@pytest.mark.parametrize(("kind", "rows"), [("group", "by_group"), ("dynamic", "by_event_time")])
def test_the_rows_of_an_aggregation(found, kind, rows):
    want = expected(NAME)[kind][rows]
    table = aggregate(found, kind).table
    assert [f"{place:.0f}" for place in table["at"]] == list(want)
    for (estimate, se), (want_estimate, want_se) in zip(
        table[["estimate", "se"]].to_numpy(), want.values(), strict=True
    ):
        assert estimate == pytest.approx(want_estimate, **PRINTED)
        assert se == pytest.approx(want_se, **PRINTED)
