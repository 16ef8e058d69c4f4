"""Proof: false alarms and coverage of the primary method in single series, beside the usual methods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from invented_series import frame
from picture import draw
from simulation import (
    DIFFERENCE,
    PRIMARY,
    RUNS,
    Cell,
    drawn,
    every_cell,
    in_two_processes,
    keep,
    margin,
    measured,
    primary,
    side_by_side,
    usual,
)

from analysis.designs.segmented import evaluate
from analysis.designs.series import model
from analysis.designs.series.months import months
from analysis.designs.series.regression import quasi_poisson, reml_ar1
from analysis.designs.series.terms import terms

pytestmark = pytest.mark.proof

MOST_ALARMS, LEAST_COVERAGE, MOST_COVERAGE = 0.06, 0.94, 0.96
CLAIMS = ("improved", "worsened")
JUDGED_SERIES = 300
JUDGED = [Cell("count_60", *length, rho) for length in ((24, 12), (36, 24)) for rho in (0.0, 0.4)]
FALL = 0.7
Key = tuple[str, int, int, float, str]

# Situations in which the interval alone is too narrow: measured false alarms and coverage, 2,000 series each.
# The verdict weakens there: `test_the_verdict_is_careful_where_the_interval_is_not`.
EXCEPTIONS: dict[Key, tuple[float, float]] = {
    ("mean", 24, 12, 0.6, "step"): (0.0725, 0.9275),
    ("count_60", 24, 12, 0.6, "step"): (0.0710, 0.9245),
    ("count_60", 24, 12, 0.6, "step_and_slope"): (0.0750, 0.9305),
    ("count_200", 24, 12, 0.6, "step"): (0.0735, 0.9410),
    ("count_200", 24, 12, 0.6, "step_and_slope"): (0.0835, 0.9360),
    ("count_200", 36, 12, 0.6, "step_and_slope"): (0.0750, 0.9250),
    ("count_200", 36, 24, 0.6, "step"): (0.0730, 0.9270),
    ("share", 24, 12, 0.6, "step_and_slope"): (0.0740, 0.9435),
}

EXAMPLES = [Cell("mean", 24, 12, 0.4), Cell("mean_of_few", 24, 12, 0.4), Cell("count_60", 36, 12, 0.4)]
EXAMPLES += [Cell("count_200", 36, 24, 0.6), Cell("share", 36, 24, 0.2)]
IMPACTS = ["step", "step_and_slope"]


@pytest.mark.parametrize("impact", IMPACTS)
@pytest.mark.parametrize("cell", EXAMPLES, ids=lambda cell: cell.family)
def test_the_short_way_gives_the_answer_of_the_model(cell: Cell, impact: str) -> None:
    data, asked = drawn(cell, 3), cell.asked(impact)
    rows = months(frame(cell.months, *(part[2] for part in data)), asked)
    answer = model.answer(asked, model.fit_model(rows, asked))
    ends = answer[["estimate", "low", "high"]].to_numpy(float)
    short = [part[2] for part in primary(cell, impact, data)]
    assert short == pytest.approx(ends if cell.kind == "mean" else np.log(ends), abs=1e-9)


@pytest.mark.parametrize("impact", IMPACTS)
@pytest.mark.parametrize("cell", EXAMPLES, ids=lambda cell: cell.family)
def test_the_usual_methods_are_those_of_statsmodels(cell: Cell, impact: str) -> None:
    data, at = drawn(cell, 3), cell.months
    top, size, value = (part[1] for part in data)
    matrix = terms(at, cell.asked(impact))
    judged = model.combination(tuple(matrix.columns), int(at[-1]), cell.asked(impact))
    y = value if cell.kind == "mean" else np.log(value)
    ols = sm.OLS(y, matrix.to_numpy())
    hac = {"maxlags": 3, "use_correction": True}
    wanted = {
        "ols": ols.fit(),
        "newey_west": ols.fit(cov_type="HAC", cov_kwds=hac, use_t=True),
        "cluster_z": ols.fit(cov_type="cluster", cov_kwds={"groups": at // 12}, use_t=False),
    }
    found = {name: [part[1] for part in ends] for name, ends in usual(cell, impact, data).items()}
    for name, result in wanted.items():
        test = result.t_test(judged)
        assert found[name] == pytest.approx([test.effect[0], *test.conf_int()[0]], abs=1e-8)
    regressions = {"reml_ar1": (reml_ar1(matrix, y, at), 0.01)}
    if cell.kind != "mean":
        regressions["quasi_poisson"] = (quasi_poisson(matrix, top, size, at), 1e-6)
    for name, (fit, tolerance) in regressions.items():
        (estimate,), (error,) = fit.combine(judged)
        ends = [estimate, estimate - fit.quantile * error, estimate + fit.quantile * error]
        assert found[name] == pytest.approx(ends, abs=tolerance * fit.quantile * error)


@pytest.mark.parametrize("impact", IMPACTS)
@pytest.mark.parametrize("family", ["mean", "mean_of_few"])
def test_the_answer_for_a_mean_moves_with_the_change(family: str, impact: str) -> None:
    cell = Cell(family, 24, 12, 0.4)
    top, size, value = drawn(cell, 5)
    raised = value + DIFFERENCE * (cell.months >= cell.months[cell.before])
    at_null = np.array(primary(cell, impact, (top, size, value)))
    moved = np.array(primary(cell, impact, (raised * size, size, raised)))
    assert moved == pytest.approx(at_null + DIFFERENCE, abs=1e-7)


def beyond(row: Any) -> bool:
    """Whether a situation misses the promise by more than chance."""
    alarms = row.false_alarms > MOST_ALARMS + margin(MOST_ALARMS, row.runs)
    return bool(alarms or row.coverage < LEAST_COVERAGE - margin(LEAST_COVERAGE, row.runs))


def test_intervals_keep_their_promise_but_for_the_exceptions_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = [row for rows in in_two_processes(measured, every_cell()) for row in rows]
    table = side_by_side(pd.DataFrame(found).assign(design="series"))
    keep(table)
    draw()
    ours = table[table["method"] == PRIMARY]
    missed = {
        (r.family, r.before, r.after, r.rho, r.impact): (r.false_alarms, r.coverage)
        for r in ours.itertuples() if beyond(r)
    }  # fmt: skip
    careful = ours[ours["coverage"] > MOST_COVERAGE + margin(MOST_COVERAGE, RUNS)]
    with capsys.disabled():
        print(f"\n{RUNS} series each; share of false alarms")  # noqa: T201
        print(table.groupby(["family", "method"])["false_alarms"].describe()[["min", "mean", "max"]].round(3))  # noqa: T201
        print(f"{len(careful)} of {len(ours)} are conservative (coverage above .96); missed: {missed}")  # noqa: T201
    assert (ours["failed"] == 0).all()
    assert set(missed) <= set(EXCEPTIONS)
    assert all(
        alarms <= EXCEPTIONS[key][0] + margin(MOST_ALARMS, RUNS) for key, (alarms, _) in missed.items()
    )
    assert (ours["bias"].abs() <= (0.05 + 3 / np.sqrt(RUNS)) * ours["sd"]).all()


def judged_as(job: tuple[Cell, str, int]) -> str:
    """The verdict on one series with every check."""
    cell, impact, run = job
    data = (part[run] for part in drawn(cell, JUDGED_SERIES))
    return evaluate(frame(cell.months, *data), cell.asked(impact)).verdict


def shares(cell: Cell, impact: str) -> pd.Series:
    """The share of each verdict."""
    jobs = [(cell, impact, run) for run in range(JUDGED_SERIES)]
    return pd.Series(in_two_processes(judged_as, jobs)).value_counts(normalize=True)


def claimed(found: pd.Series) -> float:
    """The share of verdicts that claim a change."""
    return float(found.reindex(CLAIMS).fillna(0).sum())


@pytest.mark.parametrize("key", EXCEPTIONS, ids=str)
def test_the_verdict_is_careful_where_the_interval_is_not(
    key: Key, capsys: pytest.CaptureFixture[str]
) -> None:
    *where, impact = key
    found = shares(Cell(*where), impact)
    with capsys.disabled():
        print(f"\n{key}: {found.round(3).to_dict()}")  # noqa: T201
    assert claimed(found) <= MOST_ALARMS


@pytest.mark.parametrize("cell", JUDGED, ids=lambda c: f"{c.before}+{c.after}-{c.rho}")
def test_verdicts_are_rarely_wrong(cell: Cell, capsys: pytest.CaptureFixture[str]) -> None:
    null = shares(cell, "step")
    fall = shares(Cell(cell.family, cell.before, cell.after, cell.rho, True, FALL), "step")
    with capsys.disabled():
        print(f"\n{cell}: none {null.round(3).to_dict()}, fall of 30 % {fall.round(3).to_dict()}")  # noqa: T201
    assert claimed(null) <= 0.05
    assert "worsened" not in fall
