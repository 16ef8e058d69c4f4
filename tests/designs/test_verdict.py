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


def named(**passed):
    return tuple(Check(name, value) for name, value in passed.items())


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        (named(began_before=None, placebo_dates=True, window=True), "improved"),
        (named(began_before=None, placebo_dates=True, window=None), "cannot_be_attributed"),
        (named(began_before=None, placebo_dates=None, window=True), "cannot_be_attributed"),
        (named(began_before=True, placebo_dates=None, window=None), "improved"),
        (named(began_before=None, definition_break=True, autocorrelation=True), "cannot_be_attributed"),
        (
            named(placebo_dates=None, comparison_changed_as_much=True, noise_after=True),
            "cannot_be_attributed",
        ),
    ],
)
def test_checks_that_are_always_made_do_not_stand_for_those_that_could_not_be(checks, verdict):
    assert decide((0.8, 0.7, 0.9), scale="ratio", better="lower", checks=checks)[0] == verdict


@pytest.mark.parametrize(
    ("interval", "scale", "plausible", "verdict"),
    [
        ((0.3, 0.2, 0.4), "ratio", 0.5, "cannot_be_attributed"),
        ((0.3, 0.2, 0.6), "ratio", 0.5, "improved"),
        ((2.0, 1.8, 2.2), "ratio", 0.7, "cannot_be_attributed"),
        ((-8.0, -9.0, -7.0), "difference", -0.5, "cannot_be_attributed"),
        ((-0.4, -0.6, -0.2), "difference", -0.5, "improved"),
    ],
)
def test_an_effect_larger_than_anybody_thought_possible_is_doubted(interval, scale, plausible, verdict):
    found, reasons = decide(interval, scale=scale, better="lower", plausible=plausible)
    assert found == verdict
    assert (reasons == (("beyond_plausible", {"plausible": plausible}),)) == (verdict != "improved")


@pytest.mark.parametrize(
    ("mde", "plausible", "verdict", "code"),
    [
        (0.8, 0.7, "no_clear_change", "mde"),
        (0.6, 0.7, "too_little_data", "mde_above_plausible"),
        (0.8, NAN, "no_clear_change", "mde"),
        (0.95, NAN, "no_clear_change", None),
        (NAN, 0.7, "no_clear_change", None),
    ],
)
def test_no_clear_change_says_what_could_have_been_found(mde, plausible, verdict, code):
    found = decide((0.95, 0.85, 1.06), scale="ratio", better="lower", mde=mde, plausible=plausible)
    assert (found[0], found[1][0][0] if found[1] else None) == (verdict, code)


@pytest.mark.parametrize("name", ["comparison_changed_as_much", "moved_elsewhere"])
def test_a_change_that_is_none_of_its_own_cannot_be_attributed(name):
    checks = (Check(name, False), Check("other", False), Check("unmade", None))
    found = decide((0.95, 0.85, 1.06), scale="ratio", better="lower", checks=checks, mde=0.8)
    reasons = [code for code, _ in found[1]]
    assert (found[0], reasons) == (
        "cannot_be_attributed", ["failed_check", "failed_check", "check_not_possible"],
    )  # fmt: skip
