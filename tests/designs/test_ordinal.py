from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_series import mean_question

from analysis.designs.ordinal import AnswerScale, evaluate, waves
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError
from shared import SHARED, needs_shared

START = date(2025, 9, 1)
HAPPY, NEUTRAL = (0.02, 0.08, 0.2, 0.4, 0.3), (0.1, 0.2, 0.4, 0.2, 0.1)


def wave(when, shares, *, seed=1) -> pd.DataFrame:
    """One wave; `shares` gives each group its number of answers and chances of 1 to 5."""
    rng = np.random.default_rng(seed)
    return pd.concat(
        [pd.DataFrame({"wave": pd.Timestamp(when), "group": group, "answer": rng.choice(5, n, p=chances) + 1})
         for group, (n, chances) in shares.items()]
    )  # fmt: skip


def two(before, after) -> pd.DataFrame:
    """A wave in spring and one in autumn."""
    return pd.concat([wave("2025-04-01", before), wave("2025-10-01", after, seed=2)], ignore_index=True)


def asked(**changes):
    return mean_question(**({"better": "higher"} | changes))


def check(effect, name):
    return next(one for one in effect.checks if one.name == name)


def test_two_waves_never_attribute_however_large_the_change():
    found = evaluate(two({"nurses": (200, NEUTRAL)}, {"nurses": (200, HAPPY)}), asked())
    assert found.verdict == "cannot_be_attributed"
    assert found.reasons[0] == ("two_waves", {"n_before": 1, "n_after": 1, "needed": 8})
    assert ("not_paired", {}) in found.reasons
    assert (found.method, found.scale) == ("win_probability", "difference")
    table = found.table.set_index("term")
    assert table.loc["win_probability", "estimate"] == pytest.approx((1 + found.estimate) / 2)
    assert table.loc["agree", "low"] < 0.4 < table.loc["agree", "high"]
    assert (found.n_before, found.n_after) == (1, 1)


def test_two_waves_of_one_mood_show_no_clear_change():
    found = evaluate(two({"nurses": (200, HAPPY)}, {"nurses": (150, HAPPY)}), asked())
    assert found.verdict == "no_clear_change"
    assert found.low < 0 < found.high


def test_a_change_of_who_answers_is_not_sold_as_an_effect():
    answers = two(
        {"nurses": (300, NEUTRAL), "doctors": (60, HAPPY)}, {"nurses": (60, NEUTRAL), "doctors": (300, HAPPY)}
    )
    found = evaluate(answers, asked())
    assert found.verdict == "no_clear_change"
    mix = check(found, "mix_change")
    assert mix.passed is False
    assert mix.values["crude_low"] > 0.2
    assert mix.values["stratified"] == found.estimate
    assert mix.values["n_groups"] == 2


def test_small_groups_are_left_out_and_counted():
    for n, lost in ((9, True), (10, False)):
        answers = two(
            {"nurses": (100, HAPPY), "cooks": (n, HAPPY)}, {"nurses": (100, HAPPY), "cooks": (40, HAPPY)}
        )
        reasons = dict(evaluate(answers, asked()).reasons)
        assert ("groups_left_out" in reasons) == lost
        if lost:
            assert reasons["groups_left_out"] == {"n_groups": 1, "n_answers": 49, "needed": 10}


def test_a_comparison_of_the_lesser_part_of_the_answers_fails_the_check():
    answers = two(
        {"nurses": (40, NEUTRAL), "doctors": (100, NEUTRAL)}, {"nurses": (40, HAPPY), "cooks": (100, HAPPY)}
    )
    found = evaluate(answers, asked())
    mix = check(found, "mix_change")
    assert mix.values["share_compared"] == pytest.approx(80 / 280)
    assert mix.passed is False
    assert ("failed_check", {"check": "mix_change"}) in found.reasons


def test_groups_that_never_meet_have_no_answer():
    found = evaluate(two({"nurses": (50, HAPPY)}, {"doctors": (50, HAPPY)}), asked())
    assert found.verdict == "too_little_data"
    assert found.reasons[0] == ("few_answers", {"n_before": 50, "n_after": 50, "needed": 10})
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_a_wave_of_nine_answers_is_refused_and_not_shown():
    answers = two({"nurses": (9, HAPPY)}, {"nurses": (50, HAPPY)})
    found = evaluate(answers, asked())
    assert found.reasons[0][0] == "few_answers"
    assert dict(found.reasons)["waves_left_out"] == {"n": 1, "needed": 10}
    table = waves(answers, asked())
    assert table.loc[0, ["mean", "agree", "level_5"]].isna().all()
    assert table.loc[1, [f"level_{level}" for level in range(1, 6)]].sum() == pytest.approx(1)


def test_an_empty_side_is_refused():
    found = evaluate(wave("2025-04-01", {"nurses": (50, HAPPY)}), asked())
    assert found.reasons[0] == ("few_answers", {"n_before": 50, "n_after": 0, "needed": 10})


def test_answers_that_never_vary_are_refused():
    found = evaluate(two({"nurses": (50, HAPPY)}, {"nurses": (50, HAPPY)}).assign(answer=5), asked())
    assert found.reasons[0] == ("zero_variance", {"n": 100})


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [(200, 200, True), (200, 201, False), (200, 160, False), (180, 200, True), (125, 150, False)],
)
def test_response_must_be_half_and_alike_on_both_sides(before, after, passed):
    answers = two({"nurses": (100, NEUTRAL)}, {"nurses": (100, HAPPY)})
    people = pd.DataFrame({"wave": ["2025-04-01", "2025-10-01"], "asked": [before, after]})
    assert check(evaluate(answers, asked(), asked=people), "response_rate").passed is passed


def test_an_unknown_response_rate_is_told():
    found = evaluate(two({"nurses": (100, NEUTRAL)}, {"nurses": (100, HAPPY)}), asked())
    assert check(found, "response_rate").passed is None
    assert ("check_not_possible", {"check": "response_rate"}) in found.reasons


def test_more_answers_than_people_asked_are_refused():
    people = pd.DataFrame({"wave": ["2025-04-01", "2025-10-01"], "asked": [99, 200]})
    found = evaluate(two({"nurses": (100, HAPPY)}, {"nurses": (100, HAPPY)}), asked(), asked=people)
    assert found.reasons[0] == ("numerator_above_denominator", {"n": 1, "first": "2025-04-01"})
    assert found.verdict == "too_little_data"


def many(before, after, *, better=0.0) -> pd.DataFrame:
    """A wave a month of nurses and doctors."""
    chances = np.array(NEUTRAL) * np.exp(better * np.arange(5))
    late = tuple(chances / chances.sum())
    return pd.concat(
        [wave(month_of(ordinal(START) + at),
              {"nurses": (60, late if at >= 0 else NEUTRAL), "doctors": (30, late if at >= 0 else NEUTRAL)},
              seed=at + 100) for at in range(-before, after)],
        ignore_index=True,
    )  # fmt: skip


def test_eight_waves_a_side_are_a_series_and_seven_are_not():
    found = evaluate(many(14, 8, better=0.8), asked())
    assert found.method == "ordinal_segmented"
    assert found.low > 0
    assert (found.n_before, found.n_after) == (14, 8)
    terms = found.table.set_index("term")
    assert terms.loc["win_probability", "estimate"] > 0.6
    assert np.isnan(terms.loc["win_probability", "low"])
    assert found.checks[0].name == "mix_change"
    fewer = evaluate(many(14, 7, better=0.8), asked())
    assert fewer.method == "win_probability"
    assert fewer.verdict == "cannot_be_attributed"
    assert fewer.reasons[0] == ("few_waves", {"n_before": 14, "n_after": 7, "needed": 8})


def test_waves_of_the_transition_and_outside_the_window_are_not_used():
    answers = many(6, 6)
    table = waves(answers, asked(settled=date(2025, 11, 1), first=date(2025, 5, 1)))
    assert table["side"].tolist() == ["before"] * 4 + ["transition"] * 2 + ["after"] * 4
    assert table["used"].sum() == 8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["higher", "lower"]))
def test_fewer_than_eight_waves_are_never_an_improvement_or_a_worsening(seed, better):
    rng = np.random.default_rng(seed)
    chances = [tuple(rng.dirichlet(np.ones(5))) for _ in range(4)]
    answers = two(
        {"nurses": (40, chances[0]), "doctors": (30, chances[1])},
        {"nurses": (30, chances[2]), "doctors": (40, chances[3])},
    )
    found = evaluate(answers, asked(better=better))
    assert found.verdict in ("no_clear_change", "cannot_be_attributed")


def test_missing_answers_are_counted_and_impossible_ones_refused():
    answers = two({"nurses": (50, HAPPY)}, {"nurses": (50, HAPPY)}).astype({"answer": float})
    answers.loc[0, "answer"] = np.nan
    reasons = dict(evaluate(answers, asked()).reasons)
    assert reasons["rows_left_out"] == {"n": 1, "n_rows": 100, "why": "missing_answer"}
    for wrong in (0, 6, 2.5):
        with pytest.raises(DesignError, match="outside 1 to 5"):
            evaluate(answers.assign(answer=wrong), asked())
    with pytest.raises(DesignError, match="lack group"):
        evaluate(answers.drop(columns="group"), asked())
    with pytest.raises(DesignError, match="is a count"):
        evaluate(answers, asked(kind="count"))
    with pytest.raises(DesignError, match="lack asked"):
        evaluate(answers, asked(), asked=pd.DataFrame({"wave": []}))


@needs_shared
def test_the_shift_of_real_patient_answers_when_a_trust_leaves_is_a_change_of_mix():
    path = SHARED / "realdata" / "nhs_fft_comments" / "fft_comments.csv.gz"
    comments = pd.read_csv(path).dropna(subset=["date"]).drop_duplicates("respondent_id")
    answers = pd.DataFrame(
        {
            "wave": pd.to_datetime(comments["date"]).dt.to_period("M").dt.to_timestamp(),
            "group": comments["trust"],
            "answer": comments["fft_score"].where(comments["fft_score"] <= 5),
        }
    )
    june = date(2022, 6, 1)
    found = evaluate(
        answers, asked(start=june, settled=june, better="lower"), scale=AnswerScale(agree=(1, 2))
    )
    mix = check(found, "mix_change")
    assert mix.values["crude_high"] < 0  # all answers together seem better from June
    assert found.low < 0 < found.high  # those of the trust that stays do not
    assert mix.passed is False
    assert found.verdict == "no_clear_change"
    assert dict(found.reasons)["groups_left_out"]["n_groups"] == 1
