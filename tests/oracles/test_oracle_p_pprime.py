"""Seen within four hours (Mohammed & Laney): P, P' and I charts of very large denominators."""

from __future__ import annotations

import numpy as np
import pytest
from invented_series import frame, question
from oracle import data, expected, needs_oracle

from analysis.designs.control import ControlChart, chart_kind, control_chart
from analysis.designs.timeline import month_of

NAME = "spc_p_pprime_nhs_4h"
FIRST = 12 * 2020


def asked():
    """The twenty weeks are taken for months: only their order matters."""
    start = month_of(FIRST + 20)
    return question(kind="share", better="higher", per=1.0, start=start, settled=start)


def series():
    weeks = data(NAME)
    return frame(FIRST + np.arange(20), weeks["r"], weeks["n"])


def chart(kind: str) -> ControlChart:
    return control_chart(series(), asked(), kind=kind)


@pytest.mark.parametrize(("kind", "name"), [("p", "p"), ("p_prime", "pprime")])
@needs_oracle(NAME)
def test_limits_and_points_outside_are_reproduced(kind, name):
    wanted, found = expected(NAME), chart(kind)
    first, last = found.frame.iloc[0], found.frame.iloc[-1]
    numbers = {"LCL_first": first["low"], "UCL_first": first["high"], "CL": first["centre"]}
    if kind == "p_prime":
        numbers |= {"LCL_last": last["low"], "UCL_last": last["high"], "sigma_z": found.parts[0].sigma_z}
    keys = {key: key if key in ("CL", "sigma_z") else f"{name}_{key}" for key in numbers}
    assert numbers == pytest.approx({key: wanted[keys[key]] for key in numbers}, rel=1e-7)
    assert found.frame["outside"].sum() == wanted[f"{name}_points_outside"]


@needs_oracle(NAME)
def test_individuals_are_reproduced():
    wanted, found = expected(NAME), chart("i").frame.iloc[0]
    numbers = (found["centre"], found["low"], found["high"])
    assert numbers == pytest.approx((wanted["i_CL"], wanted["i_LCL"], wanted["i_UCL"]), rel=1e-7)


@needs_oracle(NAME)
def test_runs_are_reproduced():
    runs = chart("p_prime").parts[0].runs
    assert {
        "n_useful": runs.useful, "longest_run": runs.longest_run, "longest_run_max": runs.longest_run_max,
        "n_crossings": runs.crossings, "n_crossings_min": runs.crossings_min, "signal": runs.signal,
    } == expected(NAME)["runs"]  # fmt: skip


@needs_oracle(NAME)
def test_laney_is_chosen_for_such_data():
    kind, (code, numbers) = chart_kind(series(), asked())
    assert (kind, code) == ("p_prime", "overdispersed")
    assert numbers["sigma_z"] == pytest.approx(expected(NAME)["sigma_z"], rel=1e-7)
