"""Two rounds of a survey: a change of who answers is no change of what they answer, and never an effect."""

from __future__ import annotations

import pytest

from analysis.designs.mix import Change, Shares, change, judge

UP, DOWN, FLAT = Change(0.2, 0.1, 0.3), Change(-0.2, -0.3, -0.1), Change(0.02, -0.05, 0.09)


def test_one_group_is_the_raw_difference() -> None:
    assert change(Shares([40], [60]), Shares([60], [40]), step=1).estimate == 0.20


def test_another_mix_of_groups_that_answer_the_same_is_no_change() -> None:
    before = Shares([20, 160], [180, 40])  # a tenth and four fifths agree
    after = Shares([5, 320], [45, 80])
    raw = change(Shares([180], [220]), Shares([325], [125]), step=1)
    assert raw.direction == "higher"
    assert change(before, after, step=1).estimate == 0.0
    assert judge(raw, change(before, after, step=1)) == ("no_clear_change", "mix")


def test_groups_weigh_as_before() -> None:
    before, after = Shares([100, 10], [200, 90]), Shares([150, 10], [150, 90])
    assert change(before, after, step=1).estimate == pytest.approx(0.75 * (0.5 - 1 / 3), abs=0.0051)


def test_rounded_counts_give_a_wider_interval_and_the_same_estimate() -> None:
    before, after = Shares([20, 15], [15, 20]), Shares([25, 20], [10, 15])
    exact, rounded = (change(before, after, step=step) for step in (1, 5))
    assert rounded.estimate == exact.estimate
    assert rounded.low <= exact.low < exact.high <= rounded.high


def test_the_interval_is_rounded_outwards_to_whole_per_cent() -> None:
    told = change(Shares([47], [53]), Shares([61], [39]), step=5)
    assert all(round(100 * end, 6) == round(100 * end) for end in told)
    assert told.low < told.estimate < told.high


def test_the_interval_covers_what_is_true_nearly_always_though_counts_are_rounded() -> None:
    import numpy as np

    rng, hits = np.random.default_rng(1), 0
    for _ in range(400):
        agree = rng.binomial([[80, 40], [60, 70]], [[0.4, 0.7], [0.5, 0.8]])
        rest = np.array([[80, 40], [60, 70]]) - agree
        shown = [5 * np.round(side / 5) for side in (agree, rest)]
        told = change(*(Shares(shown[0][at], shown[1][at]) for at in (0, 1)), step=5)
        hits += told.low <= 0.1 <= told.high
    assert hits >= 375


@pytest.mark.parametrize(
    ("raw", "held", "verdict", "reason"),
    [
        (None, None, "too_little_data", "no_round"),
        (FLAT, None, "no_clear_change", "interval"),
        (UP, None, "cannot_be_attributed", "mix_unknown"),
        (FLAT, FLAT, "no_clear_change", "interval"),
        (UP, FLAT, "no_clear_change", "mix"),
        (UP, DOWN, "cannot_be_attributed", "mix_reversed"),
        (UP, UP, "cannot_be_attributed", "no_comparison"),
        (FLAT, UP, "no_clear_change", "mix_only"),
    ],
)
def test_two_rounds_never_say_better_or_worse(
    raw: Change | None, held: Change | None, verdict: str, reason: str
) -> None:
    assert judge(raw, held) == (verdict, reason)


def test_an_interval_that_ends_at_zero_is_not_clear() -> None:
    assert Change(0.04, 0.0, 0.08).direction is None


def test_a_sum_of_rounded_counts_has_the_variance_of_each() -> None:
    once = change(Shares([45], [55]), Shares([60], [40]), step=20)
    summed = change(Shares([45], [55], (2, 3)), Shares([60], [40], (2, 3)), step=20)
    assert summed.estimate == once.estimate
    assert summed.low < once.low < once.high < summed.high
