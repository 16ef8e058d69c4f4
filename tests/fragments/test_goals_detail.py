"""A goal in words: levels beside changes, no advice to wait in vain, and no cause where none is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import nan
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.area import Policy
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.mix import judge
from analysis.fragments import goals_detail as detail
from analysis.fragments import goals_told as cells
from analysis.fragments.goals_told import Survey, Told
from analysis.fragments.voices import ItemChange
from analysis.fragments.voices_counts import Response
from analysis.goals import Goal
from analysis.release import distribution, response_rate
from analysis.release.rows import ReleasedRows, ReleasedSpecifications
from analysis.release.sealed import sealed
from analysis.surveys import Round
from analysis.words import LANGUAGES, Words
from homes import goteborg

LEVELS = {"share": (0.651, 0.549), "mean": (1.81, 2.10), "count": (30.2, 43.2)}
MEASURES = {"share": "sip_offered_share", "mean": "uk_days_mean_skr", "count": "deviations_per_1000"}
IDS = {"share": "sip_offered", "mean": "uk_days_skr", "count": "deviations"}
CLEAR = {"share": (1.187, 1.156, 1.219), "mean": (-0.29, -0.39, -0.18), "count": (0.7, 0.6, 0.82)}
NONE = {"share": (1.008, 0.974, 1.043), "mean": (-0.02, -0.2, 0.1), "count": (0.9, 0.7, 1.3)}
BEFORE = Round("npe", "2025", "before", date(2025, 3, 3), date(2025, 4, 30))
AFTER = Round("npe", "2026", "after", date(2026, 9, 7), date(2026, 9, 30))
SURVEY = Survey({"sv": "Enkäten", "en": "The survey"}, BEFORE, AFTER)


def view(language: str = "sv", unit: str = "") -> Any:
    area = goteborg()
    own = area.unit(unit) if unit else area.top
    return SimpleNamespace(
        words=Words(language), area=area, unit=own, party=None, as_of=pd.Timestamp("2026-11-20")
    )


def goal(name: str, kind: str = "measure", group: str = "needs") -> Goal:
    unit = {"sv": "rapporter", "en": "reports"}
    return Goal(name, "E5", group, {"sv": "Mål", "en": "Goal"}, "higher", kind, "x", (), unit, "")


def effect(kind: str = "share", verdict: str = "improved", **changes: Any) -> Effect:
    question = Question(
        id=IDS[kind], measure=MEASURES[kind], kind=kind, better="higher", unit="u",
        start=date(2025, 10, 1), settled=date(2025, 12, 1),
    )  # fmt: skip
    interval = NONE[kind] if verdict == "no_clear_change" else CLEAR[kind]
    actual, expected = LEVELS[kind]
    months = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2025-09-01", "2026-01-01", "2026-02-01"]),
            "used": [True, True, True],
            "expected": [expected, actual - 0.01, actual + 0.01],
            "without": [nan, expected, expected],
        }
    )
    terms = pd.DataFrame(
        {"term": ["step"], "estimate": [interval[0]], "low": [nan], "high": [nan], "p": [nan]}
    )
    scale = "difference" if kind == "mean" else "ratio"
    made = Effect(question, "m", scale, *interval, 45, 11, verdict, terms, months)
    return replace(made, **changes)


def told(one: Effect, name: str = "x", **changes: Any) -> Told:
    answer: Any = SimpleNamespace(effect=one, asked=SimpleNamespace(question=one.question))
    return Told(goal(name), answer, None, **changes)


def models(n: int, clear: int, other: int = 0, passed: bool | None = True) -> ReleasedSpecifications:
    rows = sealed(ReleasedRows, "R5", _cells=pd.DataFrame())
    check = Check("multiverse", passed, {})
    return sealed(ReleasedSpecifications, "R5", check=check, rows=rows, n=n, n_clear=clear, n_other=other)


def ahead(now: float, then: float | None = None) -> ReleasedRows:
    rows = [(0, now), *([(12, then)] if then is not None else [])]
    return sealed(ReleasedRows, "R5", _cells=pd.DataFrame(rows, columns=["more", "mde"]))


def answered(agree: int, rest: int) -> Any:
    return distribution({2: rest, 4: agree}, Policy())


def item(before: Any, after: Any, **changes: Any) -> ItemChange:
    sides = [0.68 if before else nan, 0.69 if after else nan]
    raw = None if before is None or after is None else SimpleNamespace(direction=None)
    verdict, reason = judge(raw, None)  # type: ignore[arg-type]
    made = ItemChange("q", before, after, *sides, -0.01, -0.13, 0.11, verdict, reason)
    return made._replace(**changes)


def surveyed(change: ItemChange | None, survey: Survey | None = SURVEY) -> Told:
    return Told(goal("x", "survey"), None, change, survey=survey)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("share", "65,1 % mot väntade 54,9 %: +10,2 procentenheter; i förhållande till det väntade +18,7 %"),
        ("mean", "1,81 dagar mot väntade 2,10 dagar: −0,29 dagar"),
        ("count", "30,2 mot väntade 43,2: −30 %"),
    ],
)
def test_levels_stand_before_the_change_and_points_only_between_shares(kind: str, said: str) -> None:
    cell = cells.happened(told(effect(kind)), view()).replace("\u00a0", " ")
    assert cell.startswith(said)
    assert ("procentenheter" in cell) == (kind == "share")
    sentence = detail.what(told(effect(kind)), view()).replace("\u00a0", " ")
    assert sentence.startswith("I genomsnitt " + said.split(":", maxsplit=1)[0])


def test_an_effect_that_is_no_step_has_no_levels() -> None:
    one = effect()
    ramp = replace(one, question=replace(one.question, impact="ramp", impact_months=3))
    assert "mot väntade" not in cells.happened(told(ramp), view())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_of_a_survey_and_a_measure_has_words_and_a_next_step(language: str) -> None:
    own = view(language)
    both = item(answered(60, 30), answered(120, 55))
    failed = {"checks": (Check("window", False, {}),)}
    known = [
        surveyed(both._replace(verdict="cannot_be_attributed", reason="no_comparison")),
        surveyed(both._replace(verdict="no_clear_change", reason="mix_only")),
        surveyed(both),
        surveyed(item(None, answered(60, 30))),
        surveyed(item(answered(60, 30), None)),
        surveyed(item(None, None)),
        surveyed(item(None, None, why_before="no_round", why_after="not_delivered"), None),
        surveyed(None, None),
        told(effect(verdict="cannot_be_attributed", **failed)),
        *(
            told(effect(verdict=v))
            for v in ("improved", "worsened", "no_clear_change", "cannot_be_attributed")
        ),
        told(effect(verdict="too_little_data")),
        told(effect(verdict="too_little_data", n_after=2)),
    ]
    states = [one.state for one in known]
    assert states == [
        "differs", "no_clear_change", "no_clear_change", "no_comparison", "no_comparison", "not_shown",
        "not_measured", "not_measured", "against", "improved", "worsened", "no_clear_change",
        "cannot_be_attributed", "too_little_data", "too_little_data",
    ]  # fmt: skip
    for unit in ("", "ockero"):
        own = view(language, unit)
        for one in known:
            told_ = [cells.verdict(one, own), cells.happened(one, own), detail.next_step(one, own)]
            told_ += [detail.what(one, own), detail.sure(one, own), detail.more(one, own)]
            assert all(text.strip() and "{" not in text for text in told_)


def test_no_verdict_and_no_next_step_says_that_the_way_of_working_is_the_cause() -> None:
    own = view()
    differs = surveyed(item(answered(60, 30), answered(120, 55))._replace(verdict="cannot_be_attributed"))
    assert cells.verdict(differs, own) == "Skiljer sig, orsak okänd"
    assert "tillskrivas" not in cells.verdict(told(effect(verdict="cannot_be_attributed", checks=(
        Check("window", False, {}),))), own)  # fmt: skip
    assert "Fortsätt" not in detail.next_step(told(effect()), own)


def test_a_survey_asks_for_others_only_while_somebody_has_not_begun() -> None:
    differs = surveyed(item(answered(60, 30), answered(120, 55))._replace(verdict="cannot_be_attributed"))
    late, early = view(), view()
    early.as_of = pd.Timestamp("2025-01-01")
    assert "har alla börjat" in detail.next_step(differs, late)
    assert "inte har börjat" in detail.next_step(differs, early)


def test_shares_and_their_difference_have_one_source_and_the_interval_holds_it() -> None:
    change = item(answered(65, 30), answered(125, 55))
    assert cells.difference(change, view()) == {"change": "+1 procentenhet", "low": "−13", "high": "+11"}
    narrow = change._replace(high=0.0)
    assert cells.difference(narrow, view())["high"] == "+1"
    assert "utan hänsyn till vilka som svarade" in cells.happened(surveyed(change), view())
    held = change._replace(basis="party")
    assert cells.difference(held, view())["change"] == "−1 procentenhet"
    assert "med samma sammansättning" in cells.happened(surveyed(held), view())


def test_a_survey_tells_its_months_answers_difference_and_interval() -> None:
    said = detail.what(surveyed(item(answered(65, 30), answered(125, 55))), view()).replace("\u00a0", " ")
    assert said.startswith("Tid: mars 2025 – april 2025 och september 2026.")
    assert "68 % (95 svar) före och 69 % (180 svar) efter" in said
    assert "+1 procentenhet (−13 till +11)" in said
    assert cells.measure(surveyed(None), view()) == "Enkäten: rapporter; ska öka"


def test_one_round_alone_is_told_and_is_the_baseline_when_it_is_the_later() -> None:
    later, earlier = surveyed(item(None, answered(60, 30))), surveyed(item(answered(60, 30), None))
    assert cells.happened(later, view()).replace("\u00a0", " ") == "Bara efter: 69 % (90 svar)"
    assert cells.happened(earlier, view()).startswith("Bara före")
    assert "utgångsläge" in detail.next_step(later, view())
    assert "utgångsläge" not in detail.next_step(earlier, view())


def test_a_place_whose_answers_are_too_few_is_not_told_to_measure_again() -> None:
    few = surveyed(item(None, None))
    assert cells.verdict(few, view("sv", "ockero")) == "Kan inte visas"
    assert "hela området" in detail.next_step(few, view("sv", "ockero"))
    none = item(None, None, why_before="no_round", why_after="no_round")
    assert cells.verdict(surveyed(none, None), view()) == "Inte mätt"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_round_that_is_not_told_has_its_own_reason_and_is_never_called_missing(
    language: str,
) -> None:
    own, said = view(language), []
    for why in ("no_round", "not_delivered", "nobody", "few"):
        said.append(detail.what(surveyed(item(None, None, why_before=why, why_after=why)), own))
    assert len(set(said)) == 4
    assert not any(words in text for text in said for words in ("saknas", "missing"))
    if language == "sv":
        assert "Omgången efter är avslutad, men svaren här visas inte" in said[-1]


def test_a_party_whose_answers_are_hidden_is_not_told_to_ask_again() -> None:
    own = view()
    own.party = own.area.parties[0]
    hidden = surveyed(item(answered(60, 30), None, why_after="few"))._replace(is_own=True)
    assert "alla parter tillsammans" in detail.next_step(hidden, own)
    unasked = surveyed(item(answered(60, 30), None, why_after="no_round"))._replace(is_own=True)
    assert "Ställ samma fråga igen" in detail.next_step(unasked, own)


@pytest.mark.parametrize(("then", "waits"), [(1.045, True), (1.0455, False), (1.05, False)])
def test_more_months_are_advised_only_when_they_show_a_smaller_change(then: float, waits: bool) -> None:
    assert np.log(1.045) < 0.9 * np.log(1.0505) < np.log(1.0455)
    one = told(effect(verdict="no_clear_change", mde=1.0505), ahead=ahead(1.0505, then))
    assert detail.next_step(one, view()).startswith("Mät igen" if waits else "Bestäm om arbetssättet")


def test_without_a_figure_for_later_months_the_advice_is_to_decide() -> None:
    one = told(effect(verdict="no_clear_change", mde=1.05), ahead=ahead(1.05))
    assert "en mindre förändring skulle ha betydelse" in detail.next_step(one, view())
    assert "tillsammans med hela områdets" in detail.next_step(one, view("sv", "molndal"))
    few = told(effect(verdict="no_clear_change", mde=1.6), ahead=ahead(1.6))
    assert "antalen är för små" in detail.next_step(few, view("sv", "molndal"))


@pytest.mark.parametrize(("mde", "is_uncertain"), [(1.5, False), (1.51, True), (0.66, True), (0.67, False)])
def test_nothing_is_decided_on_counts_that_would_show_only_a_huge_change(
    mde: float, is_uncertain: bool
) -> None:
    one = told(effect(verdict="no_clear_change", mde=mde), ahead=ahead(mde))
    assert ("Använd inte svaret" in detail.next_step(one, view())) == is_uncertain


def test_a_difference_is_held_against_the_level_expected() -> None:
    small, large = (effect("mean", "no_clear_change", mde=mde) for mde in (-1.05, -1.06))
    assert "Använd inte" not in detail.next_step(told(small, ahead=ahead(-1.05)), view())
    assert "Använd inte" in detail.next_step(told(large, ahead=ahead(-1.06)), view())


def test_what_lies_outside_an_interval_is_told_only_where_it_holds_no_change() -> None:
    said = detail.sure(told(effect(verdict="no_clear_change")), view()).replace("\u00a0", " ")
    assert "mer än 2,6 % (ungefär 1,4 procentenheter) och en ökning med mer än 4,3 %" in said
    weak = effect(verdict="no_clear_change", reasons=(("family", {"n": 6, "method": "holm"}),))
    assert "utanför osäkerheten" not in detail.sure(told(weak), view())
    clear = replace(effect(verdict="no_clear_change"), low=1.001)
    assert "utanför osäkerheten" not in detail.sure(told(clear), view())


@pytest.mark.parametrize(("clear", "key"), [(90, "Stabilt"), (89, "Känsligt")])
def test_an_answer_is_stable_when_nine_models_of_ten_agree(clear: int, key: str) -> None:
    improved = told(effect(), tried=models(100, clear, 3))
    assert cells.stability(improved, view()) == f"{key}: säker förändring i {clear} av 100 modeller"
    assert f"I {clear} av 100 rimliga modeller" in detail.sure(improved, view())
    none = told(
        effect(verdict="no_clear_change"), tried=models(100, 60 - clear // 2, 100 - clear - 60 + clear // 2)
    )
    assert cells.stability(none, view()) == f"{key}: ingen säker förändring i {clear} av 100 modeller"


def test_untold_counts_of_models_give_the_outcome_and_none_gives_a_dash() -> None:
    untold = told(effect(), tried=models(0, 0, passed=False))
    assert cells.stability(untold, view()) == "Pekar inte åt samma håll som svaret"
    assert "För få av de andra rimliga modellerna pekar åt samma håll" in detail.sure(untold, view())
    assert "modell" not in detail.sure(told(effect()), view())
    same = told(effect(), tried=models(0, 0, passed=True))
    assert "pekar åt samma håll som svaret" in detail.sure(same, view())
    assert "Svaret håller" not in detail.sure(same, view())


def test_no_cell_on_stability_is_a_dash() -> None:
    few = told(effect(verdict="too_little_data", n_after=2))
    weak = effect(verdict="no_clear_change", reasons=(("family", {"n": 6, "method": "holm"}),))
    every = [surveyed(None), few, told(effect()), told(weak, tried=models(93, 80))]
    said = [cells.stability(one, view()) for one in every]
    assert "–" not in said
    assert len(set(said)) == len(every)


@pytest.mark.parametrize(("clear", "draws"), [(90, True), (89, False)])
def test_a_sensitive_answer_has_a_next_step_of_its_own(clear: int, draws: bool) -> None:
    one = told(effect(), tried=models(100, clear))
    assert detail.next_step(one, view()).startswith("Inget i svaret" if draws else "Dra ingen slutsats")
    untold = told(effect(), tried=models(0, 0, passed=draws))
    said = detail.next_step(untold, view("sv", "molndal"))
    assert said.startswith("Inget i svaret" if draws else "Dra ingen slutsats")
    assert draws or "Läs svaret för hela området" in said


def test_the_level_before_is_the_mean_of_the_months_shown_and_only_where_all_are() -> None:
    one = effect()
    object.__setattr__(one, "is_detailed", True)
    series = pd.DataFrame(
        {"period_start": pd.to_datetime(["2025-09-01", "2026-01-01"]), "value": [0.55, 0.7]}
    )
    answer: Any = SimpleNamespace(
        effect=one, asked=SimpleNamespace(question=one.question), shown=SimpleNamespace(table=series)
    )
    own = Told(goal("x"), answer, None)
    assert cells.happened(own, view()).replace("\u00a0", " ").startswith("55,0 % före; 65,1 % mot väntade")
    assert "före starten var 55,0" in detail.what(own, view())
    object.__setattr__(one, "is_detailed", False)
    assert "före" not in cells.happened(own, view())
    assert "Enligt modellen ungefär 65" in detail.what(own, view())
    object.__setattr__(one, "is_detailed", True)
    answer.shown.table = series[series.period_start.ge("2026")]
    assert "före" not in cells.happened(own, view())


def test_a_difference_in_a_survey_comes_with_what_its_interval_omits() -> None:
    rates = {"slutenvard": (61, 100), "samverkan": (0, 60)}
    made = {p: response_rate(*n, Policy()) for p, n in rates.items()}
    found = tuple(Response(one, made, True) for one in (BEFORE, AFTER))
    one = surveyed(item(answered(65, 30), answered(125, 55)))._replace(responses=found)
    said = detail.sure(one, view())
    assert "från lägsta till högsta part som svarade, var 60" in said.replace("\u00a0", " ")
    assert "Före svarade ingen från Samverkan" in said
    assert "inte justerat för att frågorna är flera" in said
    assert "justerat" not in detail.sure(surveyed(item(None, None)), view())


def test_other_items_are_told_with_their_own_differences() -> None:
    other = item(answered(65, 30), answered(125, 55))
    one = surveyed(other)._replace(others=(({"sv": "Annan fråga", "en": "Other"}, other),))
    assert "”Annan fråga” +1 procentenhet (−13 till +11)" in detail.what(one, view())
    none = one._replace(others=(({"sv": "Annan fråga", "en": "Other"}, item(None, None)),))
    assert "Annan fråga" not in detail.what(none, view())


def test_one_threshold_is_told_of_an_answer_without_a_clear_change() -> None:
    mde = effect(verdict="no_clear_change", mde=1.05, reasons=(("mde", {"mde": 1.05}),))
    assert "för liten för att säkert synas" not in detail.sure(told(mde), view())
    assert "utanför osäkerheten" in detail.sure(told(mde), view())
    huge = effect(verdict="no_clear_change", mde=1.6, reasons=(("mde", {"mde": 1.6}),))
    assert "Antalen är för små" in detail.sure(told(huge), view())


def test_an_answer_weakened_by_the_number_of_questions_is_neither_stable_nor_sensitive() -> None:
    weak = effect(verdict="no_clear_change", reasons=(("family", {"n": 6, "method": "holm"}),))
    one = told(weak, tried=models(93, 80))
    assert "inte justerade" in cells.stability(one, view())
    assert "Sett för sig är en förändring säker i 80 av 93" in detail.sure(one, view())


def test_a_failed_check_is_told_once() -> None:
    failed = (
        Check("window", False, {}),
        Check("placebo_dates", False, {}),
        Check("other_model", False, {}, blocking=False),
    )
    reasons = (("failed_check", {"check": "window"}),)
    said = detail.sure(told(effect(verdict="cannot_be_attributed", checks=failed, reasons=reasons)), view())
    assert "Kontroller som talar emot: ”Sticker starten ut bland falska startdatum?”" in said
    assert "Håller svaret med ett annat tidsfönster?”." not in said


def test_the_caution_of_a_measure_and_the_reports_with_more_are_named() -> None:
    one = told(effect("count"), "deviations")
    assert "Färre rapporter kan också bero på att färre rapporterar." in detail.what(one, view())
    assert "”Avvikelser i samverkan”" in detail.more(one, view())
    assert "”Röster från personal och patienter”" in detail.more(surveyed(None), view())
