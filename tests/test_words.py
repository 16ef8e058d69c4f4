"""Sentences: numbers as each language writes them, none that the effect does not hold, none too strong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from math import isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_series import START, counts, frame, mean_question, means, question

import analysis.designs
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.model import ordinal
from analysis.designs.segmented import evaluate
from analysis.errors import UsageError
from analysis.words import HARD_SPACE, LANGUAGES, Words, check_sentence, finding, headline, outcome, reasons

SV, EN = Words("sv"), Words("en")
BOTH = pytest.mark.parametrize("words", [SV, EN], ids=LANGUAGES)
MEASURES = {"count": "deviations_per_1000", "share": "home_within_24h_clock", "mean": "uk_days_mean_skr"}
VERDICTS = ("improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data")
NUMBER = re.compile(r"\d[\d\u00a0]*(?:[.,]\d+)*")
GOOD_WORDS = re.compile(r"förbättr|improv", re.IGNORECASE)

REASONS = {
    "too_few_points": {"n_before": 7, "n_after": 1, "needed": 8},
    "start_outside_data": {"start": "2025-09-01", "first": "2024-01-01", "last": "2025-01-01"},
    "zero_variance": {"n": 40},
    "all_zero": {"n": 40},
    "few_events": {"before": 9.0, "after": 3.0, "needed": 10},
    "numerator_above_denominator": {"n": 2, "first": "2024-05-01"},
    "not_identifiable": {"n": 40},
    "did_not_converge": {"n": 40},
    "season_simplified": {"asked": 2, "used": 1, "n_before": 13},
    "no_check_possible": {},
    "check_not_possible": {"check": "window"},
    "failed_check": {"check": "began_before"},
}


def sources() -> Iterator[ast.AST]:
    for path in Path(analysis.designs.__path__[0]).glob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def reason_codes() -> set[str]:
    """The codes in the source: in a pair with numbers, in a FitError, in the naming of checks."""
    found = set()
    for node in sources():
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
            found.add(constant(node.elts[0]))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("FitError", "_named"):
            found.add(constant(node.args[0]))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            pair = node.args[0]
            found.add(constant(pair.elts[0]) if isinstance(pair, ast.Tuple) else None)
    return found - {None}


def check_names() -> set[str | None]:
    calls = [n for n in sources() if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Check"]
    return {constant(call.args[0]) for call in calls}


def asked(kind: str = "count", impact: str = "step", settled: date = date(2025, 12, 1)) -> Question:
    return Question(
        id="q", measure=MEASURES[kind], kind=kind, better="lower", unit="u", start=date(2025, 10, 1),
        settled=settled, impact=impact,
    )  # fmt: skip


def fabricated(verdict: str, kind: str = "count", impact: str = "step", **changes: object) -> Effect:
    """An effect with numbers that occur nowhere else."""
    interval = (-0.417, -0.836, -0.123) if kind == "mean" else (0.5829, 0.4716, 0.6938)
    if verdict == "no_clear_change":
        interval = (-0.417, -0.836, 0.273) if kind == "mean" else (0.9182, 0.7716, 1.1938)
    if verdict == "too_little_data":
        interval = (nan, nan, nan)
    names = ["step", "slope", "end", "trend"]
    terms = pd.DataFrame({"term": names, "estimate": np.array([0.31, 0.62, 0.93, 1.24])})
    terms = terms.assign(low=terms.estimate - 0.117, high=terms.estimate + 0.219, p=0.5)
    months = pd.DataFrame(
        {"period_start": pd.to_datetime(["2026-07-01", "2026-08-01"]), "used": [True, False]}
    )
    effect = Effect(
        asked(kind, impact), "m", "difference" if kind == "mean" else "ratio", *interval, 46, 9, verdict,
        terms, months,
    )  # fmt: skip
    return replace(effect, **changes)


def written(effect: Effect, words: Words) -> str:
    return " ".join([headline(effect, words) + ".", *finding(effect, words)])


def figures_in(text: str, words: Words) -> set[str]:
    """The numbers of a text, with a decimal point and without marks for thousands."""
    found = [n.replace(HARD_SPACE, "") for n in NUMBER.findall(text)]
    return {n.replace(",", ".") if words.language == "sv" else n.replace(",", "") for n in found}


def figures_of(effect: Effect) -> set[str]:
    """Every number that a sentence about the effect may hold."""
    q = effect.question
    shown = [
        effect.estimate,
        effect.low,
        effect.high,
        *effect.table[["estimate", "low", "high"]].to_numpy().flat,
    ]
    amounts = [
        f"{abs(v):.2f}" if q.kind == "mean" else f"{abs(100 * (v - 1)):.1f}" for v in shown if not isnan(v)
    ]
    months = [q.start, q.settled, effect.fit[effect.fit.used].period_start.max()]
    numbers = [v for _, values in effect.reasons for v in values.values() if not isinstance(v, str)]
    years = {str(m.year) for m in months}
    return {*amounts, *years, str(effect.n_before), str(effect.n_after), "95", *(f"{v:.0f}" for v in numbers)}


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "sv", "en"),
    [
        (1234567.891, 2, False, "1\u00a0234\u00a0567,89", "1,234,567.89"),
        (-0.3, 2, False, "\u22120,30", "\u22120.30"),
        (0.3, 1, True, "+0,3", "+0.3"),
        (-0.04, 1, True, "0,0", "0.0"),
        (0.0, 0, True, "0", "0"),
        (2.5, 0, False, "2", "2"),
        (999.96, 1, False, "1\u00a0000,0", "1,000.0"),
        (nan, 1, True, "–", "–"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    value: float, decimals: int, signed: bool, sv: str, en: str
) -> None:
    assert SV.number(value, decimals, signed=signed) == sv
    assert EN.number(value, decimals, signed=signed) == en


@given(st.floats(-1e9, 1e9), st.integers(0, 3), st.booleans())
def test_numbers_never_break_over_a_line_nor_use_a_hyphen(value: float, decimals: int, signed: bool) -> None:
    for words in (SV, EN):
        text = words.number(value, decimals, signed=signed)
        assert not set(text) & set("- \u202f\t")
        back = text.replace("\u2212", "-").replace(HARD_SPACE, "")
        back = back.replace(",", "." if words is SV else "")
        assert float(back) == pytest.approx(value, abs=0.51 * 10**-decimals)


def test_per_cent_stands_behind_a_hard_space() -> None:
    assert (SV.percent(0.123, 1), EN.percent(0.123, 1)) == ("12,3\u00a0%", "12.3\u00a0%")
    assert SV.percent(-0.5, signed=True) == "\u221250\u00a0%"
    assert SV.percent(nan) == "–"


def test_months_and_days_are_named_in_the_language() -> None:
    assert (SV.month(date(2025, 10, 1)), EN.month(datetime(2025, 10, 1))) == ("oktober 2025", "October 2025")
    assert (SV.day(date(2025, 3, 9)), EN.day(date(2025, 3, 9))) == ("2025-03-09", "9 March 2025")


def test_change_of_a_ratio_is_in_per_cent_and_of_a_mean_in_its_unit() -> None:
    ratio, mean = asked("count"), asked("mean")
    assert SV.change(0.757, ratio) == "\u221224,3\u00a0%"
    assert SV.change(1.243, ratio) == "+24,3\u00a0%"
    assert EN.change(0.757, ratio, signed=False) == "24.3\u00a0%"
    assert SV.change(-0.3, mean) == "\u22120,30\u00a0dagar"
    assert EN.change(0.3, mean, signed=False) == "0.30\u00a0days"
    assert SV.change(nan, ratio) == SV.change(nan, mean) == "–"


def test_values_are_written_by_their_kind() -> None:
    assert (SV.value(0.74, "share"), SV.value(34.96, "count"), EN.value(2.1, "mean")) == (
        "74\u00a0%", "35,0", "2.1",
    )  # fmt: skip


def test_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match="Use one of: sv, en"):
        Words("no")


def test_missing_texts_are_known_to_be_missing() -> None:
    assert SV.has("finding/step")
    assert not SV.has("finding/leap")
    assert not SV.has("finding/step/more")
    with pytest.raises(KeyError):
        SV.text("finding/leap")


@BOTH
@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("kind", ["count", "share", "mean"])
@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
def test_no_number_in_the_sentences_is_missing_in_the_effect(
    words: Words, verdict: str, kind: str, impact: str
) -> None:
    effect = fabricated(verdict, kind, impact, reasons=(("season_simplified", REASONS["season_simplified"]),))
    text = written(effect, words).replace(words.name(effect.question, short=True), "")
    assert figures_in(text, words) <= figures_of(effect)
    assert not re.search(r"[{}]|nan|None", text)


@BOTH
@pytest.mark.parametrize("verdict", ["improved", "worsened", "cannot_be_attributed", "no_clear_change"])
@pytest.mark.parametrize("kind", ["count", "share", "mean"])
def test_size_interval_and_n_are_told(words: Words, verdict: str, kind: str) -> None:
    effect = fabricated(verdict, kind)
    text = written(effect, words)
    for value in (effect.low, effect.high):
        assert words.change(value, effect.question) in text
    assert words.change(effect.estimate, effect.question, signed=False) in text
    assert {"46", "9"} <= figures_in(text, words)
    assert words.month(date(2025, 10, 1)) in text
    assert words.month(date(2025, 11, 1)) in text


@BOTH
def test_no_transition_is_told_when_all_start_at_once(words: Words) -> None:
    together = fabricated("improved", question=asked(settled=date(2025, 10, 1)))
    assert len(finding(fabricated("improved"), words)) == len(finding(together, words)) + 1


@BOTH
@pytest.mark.parametrize(
    ("settled", "last"),
    [(date(2025, 11, 1), None), (date(2026, 1, 1), date(2025, 12, 1)), (date(2026, 2, 1), date(2026, 1, 1))],
)
def test_transition_ends_the_month_before_all_have_started(
    words: Words, settled: date, last: date | None
) -> None:
    text = finding(fabricated("improved", question=asked(settled=settled)), words)[2]
    assert words.month(date(2025, 10, 1)) in text
    assert last is None or words.month(last) in text


@BOTH
@pytest.mark.parametrize("kind", ["count", "share", "mean"])
@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
def test_cannot_be_attributed_never_reads_as_an_improvement(words: Words, kind: str, impact: str) -> None:
    failed = (("failed_check", {"check": "began_before"}),)
    effect = fabricated("cannot_be_attributed", kind, impact, reasons=failed)
    said = words.text("verdict/cannot_be_attributed")
    assert not GOOD_WORDS.search(written(effect, words) + said)
    cannot = "kan inte tillskrivas" if words is SV else "cannot be attributed"
    assert cannot in headline(effect, words)
    assert cannot in said.lower()
    assert words.text("check/began_before/name").rstrip("?") in written(effect, words)


@BOTH
@pytest.mark.parametrize("verdict", ["no_clear_change", "too_little_data"])
def test_headline_without_a_clear_answer_has_no_size_and_no_direction(words: Words, verdict: str) -> None:
    title = headline(fabricated(verdict), words)
    assert figures_in(title.replace(words.name(asked(), short=True), ""), words) == set()
    assert not GOOD_WORDS.search(title)
    assert words.text("headline/lower") not in title


@BOTH
@pytest.mark.parametrize("verdict", ["improved", "worsened", "cannot_be_attributed"])
def test_a_change_is_never_told_without_what_it_cannot_tell_apart(words: Words, verdict: str) -> None:
    assert finding(fabricated(verdict), words)[-1] == words.text("finding/attribution")


@BOTH
def test_no_clear_change_is_not_told_as_no_change(words: Words) -> None:
    assert words.text("finding/no_clear_change") in finding(fabricated("no_clear_change"), words)


@BOTH
def test_relative_change_of_a_share_is_told_apart_from_percentage_points(words: Words) -> None:
    relative = words.text("finding/relative")
    assert relative in finding(fabricated("improved", "share"), words)
    assert relative not in finding(fabricated("improved", "count"), words)
    assert relative not in finding(fabricated("too_little_data", "share"), words)


@BOTH
@pytest.mark.parametrize(
    ("kind", "estimate", "key"),
    [("count", 0.8, "lower"), ("count", 1.2, "higher"), ("mean", -1, "lower"), ("mean", 1, "higher")],
)
def test_direction_is_that_of_the_estimate(words: Words, kind: str, estimate: float, key: str) -> None:
    for verdict in ("improved", "worsened", "cannot_be_attributed"):
        title = headline(fabricated(verdict, kind, estimate=estimate), words)
        other = {"lower": "higher", "higher": "lower"}[key]
        assert words.text(f"headline/{key}") in title
        assert words.text(f"headline/{other}") not in title


def test_list_of_reasons_is_that_of_the_source() -> None:
    assert reason_codes() == set(REASONS)


@BOTH
def test_every_reason_has_a_sentence(words: Words) -> None:
    assert set(words.texts["reason"]) == set(REASONS)
    effect = fabricated("too_little_data", reasons=tuple(REASONS.items()))
    for sentence in reasons(effect, words):
        assert sentence.endswith(".")
        assert not re.search(r"[{}]", sentence)


def test_small_counts_of_events_are_not_told() -> None:
    few = (("few_events", REASONS["few_events"]),)
    for words in (SV, EN):
        assert figures_in(reasons(fabricated("too_little_data", reasons=few), words)[0], words) == {"10"}


def silent(series: pd.DataFrame) -> pd.DataFrame:
    return series.assign(numerator=0.0, value=0.0)


def impossible(series: pd.DataFrame) -> pd.DataFrame:
    return series.assign(numerator=series.denominator + 1)


SHARE = question(kind="share", per=1.0, measure=MEASURES["share"])


@BOTH
@pytest.mark.parametrize(
    ("series", "asked_of", "code"),
    [
        (counts(5, 12), question(), "too_few_points"),
        (counts(46, 12), question(start=date(2030, 1, 1), settled=date(2030, 1, 1)), "start_outside_data"),
        (means().assign(value=2.0), mean_question(), "zero_variance"),
        (silent(counts()), question(), "all_zero"),
        (counts(mean=0.05), question(), "few_events"),
        (impossible(counts()), SHARE, "numerator_above_denominator"),
        (counts(13, 12, ratio=0.3), question(), "season_simplified"),
        (counts(13, 12), question(), "season_simplified"),
        (counts(8, 12, ratio=0.2), question(), "no_check_possible"),
        (counts(30, 12, ratio=0.3), question(), "check_not_possible"),
    ],
)
def test_reasons_that_the_designs_give_are_told(
    words: Words, series: pd.DataFrame, asked_of: Question, code: str
) -> None:
    kind = "mean" if asked_of.kind == "mean" else asked_of.kind
    effect = evaluate(series, replace(asked_of, measure=MEASURES[kind]))
    assert code in {c for c, _ in effect.reasons}
    assert set(reasons(effect, words)) <= set(finding(effect, words))


def test_failed_check_is_told() -> None:
    series = counts(ratio=0.5)
    series.loc[40:45, "numerator"] = (series.loc[40:45, "numerator"] * 0.7).round()
    effect = evaluate(series, question(measure=MEASURES["count"]))
    assert effect.verdict == "cannot_be_attributed"
    assert {c for c, _ in effect.reasons} >= {"failed_check"}
    assert set(reasons(effect, SV)) <= set(finding(effect, SV))


@BOTH
def test_checks_of_the_source_are_those_with_words(words: Words) -> None:
    assert check_names() == set(words.texts["check"])


@BOTH
@pytest.mark.parametrize(
    ("series", "asked_of"),
    [(counts(ratio=0.6), question()), (means(difference=-4), mean_question()), (counts(9, 12), question())],
)
@pytest.mark.parametrize("passed", [True, False, None])
def test_every_outcome_of_every_check_has_a_sentence_made_from_its_numbers(
    words: Words, series: pd.DataFrame, asked_of: Question, passed: bool | None
) -> None:
    effect = evaluate(series, replace(asked_of, measure=MEASURES[asked_of.kind]))
    assert len(effect.checks) == 5
    for check in effect.checks:
        sentence = check_sentence(replace(check, passed=passed), effect, words)
        assert sentence.endswith(".")
        assert not re.search(r"[{}]|nan|True|False", sentence)
        assert words.has(f"check/{check.name}/name")
        assert words.has(f"status/{outcome(check)}")


@BOTH
def test_sentence_of_a_check_holds_its_interval(words: Words) -> None:
    values = {"months": 6, "estimate": 0.9182, "low": 0.7716, "high": 1.1938}
    effect = fabricated("improved")
    sentence = check_sentence(Check("began_before", True, values), effect, words)
    assert figures_in(sentence, words) == {"6", "8.2", "22.8", "19.4"}


def test_season_of_a_series_does_not_move_the_last_month_of_the_sentence() -> None:
    at = np.arange(ordinal(START) - 24, ordinal(START) + 12)
    effect = evaluate(
        frame(at, 80 - 20 * (at >= ordinal(START)) + at % 3, np.full(36, 1000)),
        question(measure=MEASURES["count"]),
    )
    assert "augusti 2026" in finding(effect, SV)[0]
