"""The questions about England, through a study of the published workbooks, are answered as by hand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from analysis import params
from analysis.designs.effect import Effect
from analysis.sentences import finding, headline
from analysis.study import Answer, Study
from homes import command
from shared import ENGLAND, needs_shared

pytestmark = pytest.mark.proof
WORKBOOKS = ENGLAND / "raw_xls_105_files.tar.gz"
LONGEST = 60.0  # seconds of processor time for all answers; about 5 on an idle core


@pytest.fixture(scope="module", name="own")
def england_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    if not WORKBOOKS.is_file():
        pytest.skip("the published workbooks are not beside the checkout")
    home = tmp_path_factory.mktemp("england")
    loaded = command("load", WORKBOOKS, "--area", "england", "--home", home)
    assert (loaded.code, loaded.err) == (0, "")
    return english(home)


def english(home: Path) -> Study:
    given = {"area": "england", "unit": "", "language": "en", "as_of": "", "home": str(home)}
    return Study("03-discharge-outcomes", params.check(given))


def answer(own: Study, name: str) -> Answer:
    return next(a for a in own.answers if a.asked.question.id == name)


def effect_of(own: Study, name: str) -> Effect:
    """The true answer; what is shown of it is in steps."""
    return next(e for e in own.effects if e.question.id == name)


def failed(effect: Effect) -> set[str]:
    return {str(said["check"]) for code, said in effect.reasons if code == "failed_check"}


def term(effect: Effect, name: str) -> float:
    return float(effect.table.set_index("term").estimate[name])


@needs_shared
def test_all_are_answered_in_seconds(own: Study, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.process_time()
    found = own.answers
    spent = time.process_time() - began
    with capsys.disabled():
        print(f"\n{len(found)} answers in {spent:.1f} s")  # noqa: T201
        for effect in own.effects:
            numbers = [round(v, 3) for v in (effect.estimate, effect.low, effect.high, effect.p)]
            print(effect.question.id, effect.verdict, numbers, sorted(failed(effect)))  # noqa: T201
    assert spent < LONGEST
    assert own.adherence.state == "followed"


@needs_shared
def test_the_national_fall_is_found_and_not_attributed(own: Study) -> None:
    effects = [effect_of(own, n) for n in ("national", "national_nhs", "national_social_care")]
    national, nhs, social_care = effects
    assert {e.verdict for e in effects} == {"cannot_be_attributed"}
    assert 0.83 <= term(national, "step") <= 0.944
    assert 0.968 <= term(national, "slope") <= 0.975
    assert 1.012 <= term(national, "trend") <= 1.016
    assert term(nhs, "slope") == pytest.approx(0.984, abs=0.003)
    assert term(social_care, "slope") == pytest.approx(0.948, abs=0.003)


@needs_shared
def test_the_care_act_moved_days_between_the_parties(own: Study) -> None:
    total, nhs, social_care = (effect_of(own, f"care_act_{n}") for n in ("total", "nhs", "social_care"))
    assert total.verdict == "no_clear_change"
    assert nhs.verdict == "cannot_be_attributed"
    assert "moved_elsewhere" in failed(nhs)
    assert term(nhs, "step") == pytest.approx(0.892, abs=0.01)
    assert term(social_care, "step") == pytest.approx(1.067, abs=0.01)
    assert term(social_care, "slope") == pytest.approx(1.015, abs=0.002)
    assert social_care.verdict == "cannot_be_attributed"
    assert "moved between the parties" in headline(nhs, own.words)


@needs_shared
def test_the_areas_reviewed_fell_and_so_did_the_rest(own: Study) -> None:
    effect = effect_of(own, "cqc_reviews")
    assert effect.verdict == "cannot_be_attributed"
    assert failed(effect) == {"comparison_changed_as_much", "chosen_for_outcome"}
    assert 0.78 < effect.estimate < 1.09
    assert effect.low < 1 < effect.high
    text = " ".join(finding(effect, own.words))
    assert own.words.text("check/chosen_for_outcome/because") in text
    assert "12 areas" in headline(effect, own.words)


@needs_shared
def test_greater_manchester_rose_more_than_the_rest_and_no_cause_is_claimed(own: Study) -> None:
    effect = effect_of(own, "greater_manchester")
    assert effect.verdict == "cannot_be_attributed"
    assert effect.check("began_before").passed is False  # a quarter early, by as much
    assert effect.estimate == pytest.approx(1.23, abs=0.02)
    assert 1.03 < effect.estimate < 1.46
    assert effect.high > effect.low > 0.95
    assert own.words.text("finding/attribution_compared") in finding(effect, own.words)


@needs_shared
def test_what_is_shown_of_units_is_their_sum_on_the_scale_of_the_curves(own: Study) -> None:
    for name in ("cqc_reviews", "greater_manchester"):
        found = answer(own, name)
        shown = found.shown.table.value.mean()
        assert shown == pytest.approx(effect_of(own, name).fit.value.mean(), rel=0.5)
        assert (own.series(found.asked).denominator <= 31).all()
