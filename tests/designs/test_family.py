from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_series import question

from analysis.designs.effect import Effect
from analysis.designs.family import adjust, benjamini_hochberg, holm
from analysis.errors import DesignError

CLEAR = ("improved", "worsened", "cannot_be_attributed")
VERDICTS = ("improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data")


@pytest.fixture(autouse=True, scope="module")
def _no_collection() -> Iterator[None]:
    """statsmodels' multipletests collects garbage in every call, a tenth of a second in a large process."""
    with patch("gc.collect"):
        yield


def effect(p: float, verdict: str = "improved", **asked) -> Effect:
    empty = pd.DataFrame()
    return Effect(question(**asked), "m", "ratio", 0.8, 0.7, 0.9, 30, 12, verdict, empty, empty, p=p)


def secondary(p: float, goal: str = "a", verdict: str = "improved") -> Effect:
    return effect(p, verdict, primary=False, goal=goal)


def test_no_answer_does_not_count_among_the_tests():
    assert holm([0.01, np.nan, 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert benjamini_hochberg([np.nan]) == pytest.approx([np.nan], nan_ok=True)
    assert len(holm([])) == 0


@pytest.mark.parametrize("p", [-0.01, 1.01, np.inf])
def test_impossible_p_is_refused(p):
    with pytest.raises(DesignError):
        holm([0.1, p])


def test_each_evaluation_has_families_of_its_own():
    first, second = adjust([effect(0.03, evaluation="a"), effect(0.04, evaluation="b")])
    assert (first.verdict, second.verdict) == ("improved", "improved")


def test_primaries_of_all_goals_are_one_family():
    first, second = adjust([effect(0.03, goal="a"), effect(0.04, goal="b")])
    assert (first.verdict, second.verdict) == ("no_clear_change", "no_clear_change")
    values = {"n": 2, "p": 0.03, "p_adjusted": pytest.approx(0.06), "method": "holm"}
    assert first.reasons == (("family", values),)


def test_secondary_questions_are_a_family_within_their_goal():
    found = adjust([secondary(0.04), secondary(0.9), secondary(0.04, "b")])
    assert [one.verdict for one in found] == ["no_clear_change", "no_clear_change", "improved"]
    assert found[0].reasons[0][1]["method"] == "benjamini_hochberg"
    assert found[0].reasons[0][1]["n"] == 2


@pytest.mark.parametrize(("p", "verdict"), [(0.025, "improved"), (0.0251, "no_clear_change")])
def test_boundary_is_five_in_a_hundred_after_adjustment(p, verdict):
    assert adjust([effect(p), effect(0.5)])[0].verdict == verdict


def test_change_without_a_p_is_weakened_and_others_stay():
    change, none = adjust([effect(np.nan), effect(np.nan, "too_little_data")])
    assert change.verdict == "no_clear_change"
    assert np.isnan(change.reasons[0][1]["p_adjusted"])
    assert none.verdict == "too_little_data"
    assert none.reasons == ()


def test_reasons_that_were_there_stay():
    before = replace(effect(0.5), reasons=(("season_simplified", {}),))
    assert [code for code, _ in adjust([before])[0].reasons] == ["season_simplified", "family"]


@pytest.mark.parametrize(
    "reason", [("failed_check", {"check": "window"}), ("beyond_plausible", {"plausible": 0.9})]
)
def test_answer_that_is_not_clear_among_all_is_not_clear_whatever_the_checks_say(reason):
    told = (("season_simplified", {}), reason, ("check_not_possible", {"check": "pre_trend"}))
    against = replace(effect(0.04, "cannot_be_attributed"), reasons=told)
    weakened, _ = adjust([against, effect(0.5)])
    assert weakened.verdict == "no_clear_change"
    assert [code for code, _ in weakened.reasons] == ["season_simplified", "family"]
    kept, _ = adjust([replace(against, p=0.02), effect(0.5)])
    assert (kept.verdict, kept.reasons) == ("cannot_be_attributed", told)


def test_no_weaker_answer_differs_than_one_that_falls():
    found = [secondary(p, verdict=v) for p, v in ((0.01, "improved"), (0.04, "cannot_be_attributed"))]
    judged = adjust([*found, *[secondary(0.9, verdict="no_clear_change")] * 8])
    assert {one.verdict for one in judged} == {"no_clear_change"}


@pytest.mark.parametrize("check", ["comparison_changed_as_much", "moved_elsewhere"])
def test_comparison_that_changed_as_much_is_said_before_whether_anything_is_clear(check):
    told = (("failed_check", {"check": check}),)
    found = adjust([replace(effect(0.5, "cannot_be_attributed"), reasons=told)])
    assert (found[0].verdict, found[0].reasons) == ("cannot_be_attributed", told)


P = st.one_of(st.floats(0, 1), st.just(float("nan")))
MEMBER = st.tuples(P, st.sampled_from(VERDICTS), st.booleans(), st.sampled_from("abc"))


@given(st.lists(MEMBER, max_size=12))
def test_nothing_is_ever_strengthened(members):
    before = [effect(p, verdict, primary=primary, goal=goal) for p, verdict, primary, goal in members]
    after = adjust(before)
    assert len(after) == len(before)
    for one, other in zip(before, after, strict=True):
        assert other.verdict == one.verdict or (one.verdict in CLEAR and other.verdict == "no_clear_change")
        assert (other.estimate, other.low, other.high) == (one.estimate, one.low, one.high)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_p_is_never_below_the_raw_one_and_holm_never_below_bh(p):
    assert (benjamini_hochberg(p) >= np.array(p) - 1e-12).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_secondary_questions_alone_in_their_goals_are_one_family():
    found = adjust([secondary(0.04, goal) for goal in "abc"] + [secondary(0.5, "d"), secondary(0.6, "d")])
    assert [one.verdict for one in found[:3]] == ["improved"] * 3
    found = adjust([secondary(0.04, "a"), secondary(0.9, "b"), secondary(0.01, "d"), secondary(0.6, "d")])
    assert [one.verdict for one in found[:3]] == ["no_clear_change", "no_clear_change", "improved"]
    assert found[0].reasons[0][1]["n"] == 2


def test_sibling_without_a_p_leaves_a_question_alone():
    found = adjust([secondary(0.04, "a"), secondary(np.nan, "a", "too_little_data"), secondary(0.9, "b")])
    assert found[0].verdict == "no_clear_change"


def test_two_primaries_of_one_goal_both_count():
    found = adjust([effect(0.03, goal="a"), effect(0.04, goal="a")])
    assert [one.verdict for one in found] == ["no_clear_change"] * 2


@pytest.mark.parametrize("p", [-1e-9, 1.5])
def test_impossible_p_is_told_with_its_question(p):
    with pytest.raises(DesignError, match="falls"):
        adjust([effect(0.5), effect(p, id="falls")])
