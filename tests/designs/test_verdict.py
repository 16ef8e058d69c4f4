import pytest

from analysis.designs.effect import Check
from analysis.designs.verdict import clear_direction, decide

NAN = float("nan")
GOOD, BAD, UNMADE = (Check("a", passed) for passed in (True, False, None))
TOLD = Check("told", False, blocking=False)


@pytest.mark.parametrize(
    ("interval", "better", "checks", "verdict"),
    [
        ((NAN, NAN, NAN), "lower", (), "too_little_data"),
        ((0.8, 0.6, NAN), "lower", (), "too_little_data"),
        ((0.9, 0.8, 1.1), "lower", (), "no_clear_change"),
        ((0.9, 0.8, 1.0), "lower", (), "no_clear_change"),
        ((0.9, 0.8, 1.1), "lower", (BAD,), "no_clear_change"),
        ((0.8, 0.7, 0.9), "lower", (BAD, GOOD), "cannot_be_attributed"),
        ((0.8, 0.7, 0.9), "lower", (UNMADE,), "cannot_be_attributed"),
        ((0.8, 0.7, 0.9), "lower", (TOLD,), "improved"),
        ((0.8, 0.7, 0.9), "lower", (GOOD, UNMADE), "improved"),
        ((0.8, 0.7, 0.9), "higher", (GOOD,), "worsened"),
        ((1.2, 1.1, 1.3), "lower", (GOOD,), "worsened"),
        ((1.2, 1.1, 1.3), "higher", (GOOD,), "improved"),
    ],
)
def test_rules_for_ratios(interval, better, checks, verdict):
    assert decide(interval, scale="ratio", better=better, checks=checks)[0] == verdict


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [((-2, -3, -1), "improved"), ((2, 1, 3), "worsened"), ((0.5, 0, 1), "no_clear_change")],
)
def test_no_effect_is_zero_for_differences(interval, verdict):
    assert decide(interval, scale="difference", better="lower")[0] == verdict


def test_each_failed_and_each_unmade_check_is_a_reason():
    reasons = decide((0.8, 0.7, 0.9), scale="ratio", better="lower", checks=(BAD, Check("b", False), UNMADE))[
        1
    ]
    assert reasons == (
        ("failed_check", {"check": "a"}),
        ("failed_check", {"check": "b"}),
        ("check_not_possible", {"check": "a"}),
    )


def test_without_any_check_made_the_reason_says_so():
    assert decide((2, 1.5, 3), scale="ratio", better="lower", checks=(UNMADE,))[1] == (
        ("no_check_possible", {}),
    )


def test_direction_is_clear_only_when_the_whole_interval_points_one_way():
    assert clear_direction((0.9, 0.8, 0.99), "ratio") == "lower"
    assert clear_direction((0.9, 0.8, 1.01), "ratio") is None
    assert clear_direction((NAN, NAN, NAN), "ratio") is None


def test_autocorrelation_alone_does_not_stand_for_the_checks_that_could_not_be_made():
    checks = (Check("began_before", None), Check("window", None), Check("autocorrelation", True))
    verdict, reasons = decide((0.5, 0.4, 0.6), scale="ratio", better="lower", checks=checks)
    assert verdict == "cannot_be_attributed"
    assert reasons == (("no_check_possible", {}),)
