import numpy as np
import pytest
from invented_series import START, frame, question

from analysis.designs.control import control_chart
from analysis.designs.icons import assurance, point_types, variation
from analysis.designs.timeline import ordinal


def chart(after, *, kind="c", before=None, **changes):
    values = [*(before or [36, 35, 37] * 8), *after]
    at = np.arange(ordinal(START) - 24, ordinal(START) - 24 + len(values))
    return control_chart(frame(at, values, np.full(len(at), 100.0)), question(**changes), kind=kind)


@pytest.mark.parametrize(
    ("last", "better", "code"),
    [
        (60, "lower", "special_cause_concern"),
        (60, "higher", "special_cause_improvement"),
        (10, "lower", "special_cause_improvement"),
        (10, "higher", "special_cause_concern"),
        (54, "lower", "common_cause"),
    ],
)
def test_variation_is_that_of_the_latest_month(last, better, code):
    assert variation(chart([36, last], better=better)) == code


def test_earlier_special_cause_does_not_colour_the_latest_month():
    found = chart([60, 36])
    assert variation(found) == "common_cause"
    assert point_types(found).iloc[-2] == "special_cause_concern"


def test_neutral_measure_has_neither_improvement_nor_concern():
    assert variation(chart([60]), neutral=True) == "special_cause_neutral"


@pytest.mark.parametrize(
    ("target", "lower", "higher"),
    [
        (17.9, "consistent_fail", "consistent_pass"),
        (18, "inconsistent", "inconsistent"),
        (54, "inconsistent", "inconsistent"),
        (54.1, "consistent_pass", "consistent_fail"),
        (float("nan"), "none", "none"),
    ],
)
def test_assurance_holds_the_target_against_the_limits(target, lower, higher):
    found = {better: chart([36], better=better, before=[36] * 24) for better in ("lower", "higher")}
    assert (assurance(found["lower"], target), assurance(found["higher"], target)) == (lower, higher)


def test_chart_without_limits_has_no_icons():
    refused = chart([], before=[36] * 11)
    assert refused.refused
    assert (variation(refused), assurance(refused, 30)) == ("none", "none")
    assert point_types(refused).isna().all()


def test_baseline_that_does_not_vary_has_no_icons():
    flat = chart([60], kind="xmr", before=[36] * 24)
    assert (variation(flat), assurance(flat, 30)) == ("none", "none")


def test_run_chart_has_no_assurance():
    assert assurance(chart([36], kind="run"), 30) == "none"
