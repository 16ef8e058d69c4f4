"""C. difficile infections (qicharts2): run chart, C chart, U chart, I chart."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from invented_series import frame, question
from oracle import data, expected, needs_oracle

from analysis.designs.control import ControlChart, control_chart
from analysis.designs.timeline import ordinal

NAME = "spc_runs_c_u_cdi"
INTERVENTION, LATER = date(2014, 11, 1), date(2015, 11, 1)


def series(*, days: bool = True) -> pd.DataFrame:
    cdi = data(NAME)
    at = [ordinal(month) for month in pd.to_datetime(cdi["month"])]
    return frame(at, cdi["n"], cdi["days"] if days else pd.Series(1.0, cdi.index))


def chart(kind: str, start: date = INTERVENTION, *, rebased: tuple[date, ...] = ()) -> ControlChart:
    rate = kind == "u"
    asked = question(start=start, settled=start, per=10_000.0 if rate else 1.0)
    return control_chart(series(days=rate), asked, kind=kind, rebased=rebased)


@pytest.mark.parametrize(
    ("part", "how", "at"),
    [
        ("run_all", {"start": LATER}, 0),
        ("run_freeze24", {}, 0),
        ("run_part_pre", {"rebased": (INTERVENTION,)}, 0),
        ("run_part_post", {"rebased": (INTERVENTION,)}, 1),
    ],
)
@needs_oracle(NAME)
def test_runs_of_the_whole_the_frozen_and_the_split_chart_are_reproduced(part, how, at):
    found = chart("run", **how).parts[at]
    runs = found.runs
    assert {
        "median": found.centre, "n_useful": runs.useful, "longest_run": runs.longest_run,
        "longest_run_max": runs.longest_run_max, "n_crossings": runs.crossings,
        "n_crossings_min": runs.crossings_min, "signal": runs.signal,
    } == expected(NAME)[part]  # fmt: skip


@pytest.mark.parametrize(("kind", "first"), [("c", ""), ("u", "_first")])
@pytest.mark.parametrize(("part", "row"), [("pre", 0), ("post", 24)])
@needs_oracle(NAME)
def test_limits_of_counts_and_rates_are_reproduced(kind, first, part, row):
    found = chart(kind, rebased=(INTERVENTION,)).frame.iloc[row]
    numbers = {"CL": found["centre"], f"LCL{first}": found["low"], f"UCL{first}": found["high"]}
    assert numbers == pytest.approx(expected(NAME)[f"{kind}_{part}"], rel=1e-6)


@needs_oracle(NAME)
def test_six_months_lie_outside_the_frozen_limits():
    found = chart("u")
    assert found.frame["outside"].sum() == expected(NAME)["u_freeze24_points_outside_3sigma"]
    assert found.signal


@needs_oracle(NAME)
def test_individuals_are_reproduced():
    found = chart("i", LATER).frame.iloc[0]
    numbers = {"CL": found["centre"], "LCL": found["low"], "UCL": found["high"]}
    assert numbers == pytest.approx(expected(NAME)["i_chart"], rel=1e-6)


@needs_oracle(NAME)
def test_both_periods_show_only_random_variation():
    found = chart("c", rebased=(INTERVENTION,))
    assert not found.frame["outside"].any()
    assert not found.signal
