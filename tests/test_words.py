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
import analysis.release.model
import analysis.study
from analysis.area import Policy
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.segmented import evaluate
from analysis.designs.timeline import ordinal
from analysis.errors import UsageError
from analysis.judged import outcome, status, verdict_key
from analysis.release import released_effect, with_reason
from analysis.release.looks import RULES, Given, released_reason
from analysis.sentences import check_sentence, detectable, finding, headline, reasons, verdict_words
from analysis.words import HARD_SPACE, LANGUAGES, Words

SV, EN = Words("sv"), Words("en")
BOTH = pytest.mark.parametrize("words", [SV, EN], ids=LANGUAGES)
MEASURES = {"count": "deviations_per_1000", "share": "home_within_24h_clock", "mean": "uk_days_mean_skr"}
VERDICTS = ("improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data")
LEVEL_TEXTS = {"count": ("71.6", "84.6"), "share": ("31.6", "41.6"), "mean": ("2.31", "3.14")}
NUMBER = re.compile(r"\d[\d\u00a0]*(?:[.,]\d+)*")
GOOD_WORDS = re.compile(r"förbättr|bättre|improv|better", re.IGNORECASE)
LEVELS = {"count": (71.62, 84.58), "share": (0.3162, 0.4158), "mean": (2.314, 3.138)}

REASONS = {
    "too_few_points": {"n_before": 7, "n_after": 1, "needed": 8},
    "start_outside_data": {"start": "2025-09-01", "first": "2024-01-01", "last": "2025-01-01"},
    "zero_variance": {"n": 40},
    "all_zero": {"n": 40},
    "few_events": {"needed": 10},
    "few_units": {},
    "numerator_above_denominator": {"n": 2, "first": "2024-05-01"},
    "not_identifiable": {"n": 40},
    "did_not_converge": {"n": 40},
    "season_simplified": {"asked": 2, "used": 1, "n_before": 13},
    "no_check_possible": {},
    "check_not_possible": {"check": "window"},
    "failed_check": {"check": "began_before"},
    "mde": {"mde": 0.8765},
    "mde_above_plausible": {"mde": 0.6543, "plausible": 0.8765},
    "family": {"n": 6, "p": 0.0213, "p_adjusted": 0.0852, "method": "holm"},
    "too_few_orders": {"orders": 12, "smallest_p": 0.0833, "units": 4},
    "no_comparison": {"units": 5},
    "one_unit": {"units": 1},
    "no_treated_unit": {"units": 4},
    "units_left_out": {"n": 3, "treated": 1, "why": "gaps", "units": "a, b, c"},
    "periods_left_out": {"n": np.int64(2), "kept": np.int64(46), "why": "shock", "names": "law"},
    "collapsed": {"months": 3, "needed": 5},
    "average_effect": {"impact": "ramp"},
    "protocol_changed": {},
    "waiting": {"day": "2026-12-14"},
    "beyond_plausible": {"plausible": 0.8765},
    "may_have_begun_before": {},
    "later_months": {"last": "2026-06-01"},
    "later_period": {"last": "2026-06-01"},
}
UNSAID = {"numerator_above_denominator", "family", "units_left_out", "periods_left_out"}
VARIANTS = {
    "other",
    "mde_large",
    "few_events_units",
    "units_left_out_none",
    *(f"{code}_unsaid" for code in UNSAID),
}
# The designs behind the reports; the words of the others come with the pages that show them.
REPORTED = (
    "changepoint", "family", "fit", "multiverse", "panel/grid", "panel/lead_checks", "panel/prepared",
    "panel/staggered_checks", "segmented", "series/attribution", "series/autocorrelation", "series/checks",
    "series/integrated", "series/model", "series/months", "series/noise", "series/robustness", "staggered",
    "verdict",
)  # fmt: skip

AFTER_DESIGNS = (analysis.release.model.__file__, analysis.study.__file__)


def sources() -> Iterator[ast.AST]:
    """The designs, the gate that withholds what they answer, and the study that adds to it."""
    designs = Path(analysis.designs.__path__[0])
    known = [*(designs / f"{name}.py" for name in REPORTED), *map(Path, AFTER_DESIGNS)]
    for path in known:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def reason_codes() -> set[str]:
    """The codes in the source: in a pair with numbers, in a FitError, in the naming of checks."""
    found = set()
    for node in sources():
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_numbers(node.elts[1]):
            found.add(constant(node.elts[0]))
        if isinstance(node, ast.Call) and _called(node) in ("FitError", "_named", "Refused", "noted"):
            found.add(constant(node.args[0]))
        if isinstance(node, ast.Call) and _called(node) == "with_reason":
            found.add(constant(node.args[1]))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            pair = node.args[0]
            found.add(constant(pair.elts[0]) if isinstance(pair, ast.Tuple) else None)
    return found - {None}


def _is_numbers(node: ast.AST) -> bool:
    return isinstance(node, ast.Dict) or getattr(node, "id", "") == "values"


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


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
    with_change, without = LEVELS[kind]
    shift = np.array([-0.1, 0.1])  # months after the start, whose mean is LEVELS
    months = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2025-09-01", "2026-06-01", "2026-07-01", "2026-08-01"]),
            "used": [True, True, True, False],
            "expected": [0.777, *(with_change + shift), 0.888],
            "without": [nan, *(without + shift), 0.999],
        }
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
    amounts += [amount.rstrip("0").rstrip(".") for amount in amounts]
    if q.impact == "step" and effect.verdict != "too_little_data":
        amounts += [LEVEL_TEXTS[q.kind][0], LEVEL_TEXTS[q.kind][1]]
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


def test_per_cent_stands_behind_a_hard_space_in_swedish_and_behind_none_in_english() -> None:
    assert (SV.percent(0.123, 1), EN.percent(0.123, 1)) == ("12,3\u00a0%", "12.3%")
    assert (SV.percent(1), EN.percent(1)) == ("100\u00a0%", "100%")
    assert SV.percent(-0.5, signed=True) == "\u221250\u00a0%"
    assert SV.percent(nan) == "–"


def test_months_and_days_are_named_in_the_language() -> None:
    assert (SV.month(date(2025, 10, 1)), EN.month(datetime(2025, 10, 1))) == ("oktober 2025", "October 2025")
    assert (SV.day(date(2025, 3, 9)), EN.day(date(2025, 3, 9))) == ("2025-03-09", "9 March 2025")


def test_change_of_a_ratio_is_in_per_cent_and_of_a_mean_in_its_unit() -> None:
    ratio, mean = asked("count"), asked("mean")
    assert SV.change(0.757, ratio) == "\u221224,3\u00a0%"
    assert SV.change(1.243, ratio) == "+24,3\u00a0%"
    assert EN.change(0.757, ratio, signed=False) == "24.3%"
    assert SV.change(-0.3, mean) == "\u22120,3\u00a0dagar"
    assert EN.change(0.3, mean, signed=False) == "0.3\u00a0days"
    assert SV.change(nan, ratio) == SV.change(nan, mean) == "–"


@pytest.mark.parametrize(
    ("kind", "value", "sv", "en"),
    [
        ("count", 1.0004, "+0,04\u00a0%", "+0.04%"),
        ("count", 1.0006, "+0,1\u00a0%", "+0.1%"),
        ("count", 0.9996, "\u22120,04\u00a0%", "\u22120.04%"),
        ("share", 1.00004, "+0,004\u00a0%", "+0.004%"),
        ("count", 1.000001, "0,000\u00a0%", "0.000%"),
        ("count", 1.0, "0\u00a0%", "0%"),
        ("count", 1.001, "+0,1\u00a0%", "+0.1%"),
        ("mean", -0.004, "\u22120,004\u00a0dagar", "\u22120.004\u00a0days"),
        ("mean", 0.0004, "+0,0004\u00a0dagar", "+0.0004\u00a0days"),
        ("mean", 0.006, "+0,01\u00a0dagar", "+0.01\u00a0days"),
        ("mean", 0.0, "0\u00a0dagar", "0\u00a0days"),
    ],
)
def test_a_small_change_has_more_decimals_so_that_it_is_not_shown_as_none(
    kind: str, value: float, sv: str, en: str
) -> None:
    assert (SV.change(value, asked(kind)), EN.change(value, asked(kind))) == (sv, en)
    assert SV.change(value, asked(kind), signed=False) == sv.lstrip("+\u2212")


@pytest.mark.parametrize(
    ("kind", "values", "sv"),
    [
        ("share", (0.97, 0.955, 0.985), ("−3,0", "−4,5", "−1,5")),
        ("share", (0.97, 0.95, 0.99), ("−3", "−5", "−1")),
        ("mean", (-0.3, -0.25, -0.356), ("−0,30", "−0,25", "−0,36")),
        ("mean", (-0.001, -0.02, 0.01), ("0,00", "−0,02", "+0,01")),  # may be none, and is written as none
        ("mean", (-0.003, -0.004, -0.002), ("−0,003", "−0,004", "−0,002")),  # is not none
        ("mean", (-0.44, -0.96, -0.004), ("−0,440", "−0,960", "−0,004")),  # an end that is not none
        ("mean", (-0.44, -0.96, 0.004), ("−0,44", "−0,96", "0,00")),
        ("share", (1.05, 1.0004, 1.1), ("+5,00", "+0,04", "+10,00")),
        ("mean", (float("nan"), -0.02, 0.01), ("–", "−0,02", "+0,01")),
    ],
)
def test_an_interval_has_the_same_decimals_throughout(
    kind: str, values: tuple[float, float, float], sv: tuple[str, ...]
) -> None:
    unit = "\u00a0%" if kind == "share" else "\u00a0dagar"
    wanted = tuple(one if one == "–" else one + unit for one in sv)
    assert SV.interval(*values, asked(kind)) == wanted


def test_an_estimate_of_nothing_is_at_the_level_that_was_expected() -> None:
    effect = fabricated("no_clear_change", estimate=1.0, low=0.97, high=1.03)
    assert "på samma nivå som hade väntats" in finding(effect, SV)[0]
    assert "at the same level as would have been expected" in finding(effect, EN)[0]


def test_levels_are_written_by_their_kind() -> None:
    assert (SV.level(71.62, asked("count")), EN.level(1071.62, asked("count"))) == ("71,6", "1,071.6")
    assert (SV.level(0.3162, asked("share")), EN.level(0.3162, asked("share"))) == ("31,6\u00a0%", "31.6%")
    assert SV.level(2.314, asked("mean")) == "2,31\u00a0dagar"
    assert EN.level(2.314, asked("mean")) == "2.31\u00a0days"


@pytest.mark.parametrize("short", [False, True])
def test_name_of_a_measure_names_the_party_that_is_asked_about(short: bool) -> None:
    known, one = Words("en", {"social_care": "Social care"}), replace(asked(), party="social_care")
    plain = EN.name(asked(), short=short)
    assert known.name(one, short=short) == f"{plain}, social care"
    assert known.name(asked(), short=short) == plain
    assert asked().party == "all"


def test_headline_of_a_question_about_a_party_names_it() -> None:
    known = Words("sv", {"nhs": "NHS"})
    for verdict in VERDICTS:
        effect = fabricated(verdict, question=replace(asked(), party="nhs"))
        assert headline(effect, known).startswith(f"{SV.name(asked(), short=True)}, NHS:")
        assert ", NHS" not in headline(fabricated(verdict), known)


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
    assert set(LEVEL_TEXTS[kind]) <= figures_in(text, words)
    assert words.month(date(2025, 10, 1)) in text
    assert words.month(date(2025, 11, 1)) in text


@BOTH
@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("kind", ["count", "share", "mean"])
def test_levels_are_the_means_of_the_used_months_after_the_start(
    words: Words, verdict: str, kind: str
) -> None:
    effect = fabricated(verdict, kind)
    expected, without = (words.level(v, effect.question) for v in LEVELS[kind])
    said = words.text("finding/levels", expected=expected, without=without)
    assert (said in finding(effect, words)) == (verdict != "too_little_data")


@BOTH
@pytest.mark.parametrize("verdict", VERDICTS)
def test_levels_are_not_told_when_the_slope_may_change_too(words: Words, verdict: str) -> None:
    lead = words.text("finding/levels").split("{")[0]
    assert not any(s.startswith(lead) for s in finding(fabricated(verdict, "count", "step_and_slope"), words))


@BOTH
@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
def test_too_little_data_has_no_months_no_transition_and_no_size(words: Words, impact: str) -> None:
    effect = fabricated("too_little_data", "mean", impact, reasons=(("few_units", {}),))
    assert finding(effect, words) == [words.text("reason/few_units"), words.text("finding/too_little_data")]


@BOTH
@pytest.mark.parametrize("verdict", VERDICTS)
def test_caution_of_a_measure_is_told_last_whatever_the_verdict(words: Words, verdict: str) -> None:
    caution = words.text(f"measure/{MEASURES['count']}/caution")
    assert finding(fabricated(verdict), words)[-1] == caution
    assert caution not in finding(fabricated(verdict, "mean"), words)


@BOTH
@pytest.mark.parametrize("verdict", ["improved", "worsened"])
def test_size_in_the_last_month_is_said_to_be_that(words: Words, verdict: str) -> None:
    july = words.month(date(2026, 7, 1))
    assert july in headline(fabricated(verdict, impact="step_and_slope"), words)
    assert july not in headline(fabricated(verdict), words)


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
    text = finding(fabricated("improved", question=asked(settled=settled)), words)[3]
    assert words.month(date(2025, 10, 1)) in text
    assert last is None or words.month(last) in text


@BOTH
@pytest.mark.parametrize("kind", ["count", "share", "mean"])
@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
def test_a_change_of_unknown_cause_never_reads_as_an_improvement(
    words: Words, kind: str, impact: str
) -> None:
    failed = (("failed_check", {"check": "began_before"}),)
    effect = fabricated("cannot_be_attributed", kind, impact, reasons=failed)
    said = words.text("verdict/cannot_be_attributed")
    assert not GOOD_WORDS.search(written(effect, words) + said)
    unknown = r"orsak(en är)? okänd" if words is SV else "cause (is )?unknown"
    assert re.search(unknown, headline(effect, words))
    assert re.search(unknown, said)
    assert words.text("check/began_before/name").rstrip("?") in written(effect, words)


@BOTH
@pytest.mark.parametrize("verdict", ["no_clear_change", "too_little_data", "cannot_be_attributed"])
@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
def test_headline_without_a_clear_answer_has_no_size_and_no_direction(
    words: Words, verdict: str, impact: str
) -> None:
    title = headline(fabricated(verdict, impact=impact), words)
    assert figures_in(title.replace(words.name(asked(), short=True), ""), words) == set()
    assert not GOOD_WORDS.search(title)
    assert words.text("headline/lower") not in title
    assert words.text("headline/higher") not in title


@BOTH
@pytest.mark.parametrize("verdict", ["improved", "worsened", "cannot_be_attributed"])
def test_a_change_is_never_told_without_what_it_cannot_tell_apart(words: Words, verdict: str) -> None:
    assert finding(fabricated(verdict), words)[-2] == words.text("finding/attribution")
    assert finding(fabricated(verdict, "mean"), words)[-1] == words.text("finding/attribution")


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
    other = {"lower": "higher", "higher": "lower"}[key]
    for verdict in ("improved", "worsened", "cannot_be_attributed"):
        effect = fabricated(verdict, kind, estimate=estimate)
        titled = headline(effect, words) if verdict != "cannot_be_attributed" else ""
        for text in filter(None, (titled, finding(effect, words)[0])):
            assert words.text(f"headline/{key}") in text
            assert words.text(f"headline/{other}") not in text


def test_list_of_reasons_is_that_of_the_source() -> None:
    assert reason_codes() | {"later_months", "later_period"} == set(REASONS)


@BOTH
def test_every_reason_has_a_sentence(words: Words) -> None:
    assert set(words.texts["reason"]) == set(REASONS) | VARIANTS
    effect = fabricated("too_little_data", reasons=tuple(REASONS.items()))
    for sentence in reasons(effect, words):
        assert sentence.endswith(".")
        assert not re.search(r"[{}]", sentence)


@BOTH
def test_a_reason_and_a_check_without_words_are_told_by_their_code(words: Words) -> None:
    effect = fabricated("too_little_data", reasons=(("unheard_of", {"n": 3}),))
    assert reasons(effect, words) == [words.text("reason/other", code="unheard_of")]
    said = check_sentence(Check("unheard_of", False, {"n": 3}), effect, words)
    assert said == words.text("reason/other", code="unheard_of")
    failed = fabricated("cannot_be_attributed", reasons=(("failed_check", {"check": "unheard_of"}),))
    assert "unheard_of" in reasons(failed, words)[0]


COMPARISON = {
    "own": 0.72, "own_low": 0.65, "own_high": 0.79, "comparison": 0.79, "estimate": 0.92, "low": 0.78,
    "high": 1.09,
}  # fmt: skip
OF_UNITS = {
    "method": "group_time_permutation",
    "question": replace(question(), starts=(("a", START), ("b", START)), measure=MEASURES["count"]),
}


@BOTH
def test_a_comparison_that_changed_as_much_is_told_with_both_sizes(words: Words) -> None:
    check = Check("comparison_changed_as_much", False, COMPARISON)
    effect = fabricated(
        "cannot_be_attributed",
        checks=(check,),
        reasons=(("failed_check", {"check": check.name}),),
        **OF_UNITS,
    )
    text = written(effect, words)
    assert {"28", "21", "8"} <= figures_in(text, words)
    assert headline(effect, words) == words.text(
        f"headline/{check.name}", name=words.name(effect.question, short=True)
    )
    assert words.text("finding/attribution_compared") in text
    assert words.text("finding/attribution") not in text


@BOTH
@pytest.mark.parametrize("method", ["quasi_likelihood_compared", "group_time_cluster"])
def test_only_an_answer_without_comparison_is_said_to_lack_one(words: Words, method: str) -> None:
    effect = fabricated("improved", **(OF_UNITS | {"method": method}))
    assert words.text("finding/attribution_compared") in finding(effect, words)
    assert words.text("finding/attribution") in finding(fabricated("improved"), words)


@BOTH
def test_what_may_have_moved_between_the_parties_is_told_with_all_sizes(words: Words) -> None:
    values = {"own": 0.892, "others": 1.067, "estimate": 0.951, "low": 0.88, "high": 1.03}
    check = Check("moved_elsewhere", False, values)
    effect = fabricated(
        "cannot_be_attributed", checks=(check,), reasons=(("failed_check", {"check": check.name}),)
    )
    assert {"10.8", "6.7", "4.9", "12", "3"} <= figures_in(reasons(effect, words)[0], words)


@BOTH
def test_an_answer_weakened_by_its_family_is_not_said_to_cover_no_change(words: Words) -> None:
    effect = fabricated("no_clear_change", reasons=(("family", REASONS["family"]),))
    text = " ".join(finding(effect, words))
    assert words.text("finding/no_clear_change") not in text
    assert words.text("finding/not_nothing") in text
    assert {"6", "0.021", "0.085"} <= figures_in(reasons(effect, words)[0], words)
    assert words.text("kind/holm") in text


@BOTH
@pytest.mark.parametrize(
    ("kind", "mde", "said"),
    [("count", 0.91, "10"), ("count", 1.041, "5"), ("count", 0.953, "5"), ("mean", -0.135, "0.14")],
)
def test_smallest_change_that_would_have_been_found_is_a_change(
    words: Words, kind: str, mde: float, said: str
) -> None:
    effect = fabricated("no_clear_change", kind, reasons=(("mde", {"mde": mde}),))
    assert figures_in(reasons(effect, words)[0], words) == {said}
    assert reasons(effect, words)[0].startswith(words.text("reason/mde").split("{")[0])


@BOTH
@pytest.mark.parametrize(
    ("kind", "mde", "is_large"),
    [
        ("count", 1.5, False), ("count", 1.51, True), ("count", 0.67, False), ("count", 0.66, True),
        ("mean", 1.569, False), ("mean", -1.5691, True), ("mean", 1.57, True),
    ],
)  # fmt: skip
def test_counts_that_show_only_a_change_of_more_than_half_are_said_to_be_too_small(
    words: Words, kind: str, mde: float, is_large: bool
) -> None:
    effect = fabricated("no_clear_change", kind, reasons=(("mde", {"mde": mde}),))
    key = "reason/mde_large" if is_large else "reason/mde"
    assert reasons(effect, words)[0].startswith(words.text(key).split("{")[0])


@BOTH
@pytest.mark.parametrize(
    ("impact", "key"), [("ramp", "changed_last"), ("delayed_step", "changed"), ("step", "changed")]
)
def test_every_stated_shape_has_its_sentence_and_headline(words: Words, impact: str, key: str) -> None:
    effect = fabricated("improved", impact=impact)
    assert not re.search(r"[{}]", written(effect, words))
    july = words.month(date(2026, 7, 1))
    assert (july in headline(effect, words)) == (key == "changed_last")


def with_values(name: str) -> dict[str, float | int | str]:
    """Values for every field of a check's sentences."""
    numbers = {"n": 3, "n_agree": 1, "n_same": 2, "units": 20, "treated": 5, "months": 12, "orders": 999}
    texts = {"unit": "a", "name": "law", "first": "2018-01-01", "method": "permutation"}
    if name == "change_point":
        texts |= {"date": "2018-01-01", "low": "2017-01-01", "high": "2019-01-01"}
    shares = {"share": 0.31, "share_same_sign": 0.8, "share_clear": 0.6, "p": 0.03, "smallest_p": 0.001}
    sizes = {
        "sun_abraham": 0.9,
        "two_stage": 0.91,
        "two_way": 0.93,
        "largest": 1.1,
        "breakdown": float("inf"),
        "trend": 1.01,
        "explained": -0.2,
        "ratio": 1.2,
        "limit": 1.5,
        "rho_treated": 0.3,
        "rho_others": nan,
    }
    return COMPARISON | {"estimate_min": 0.8, "estimate_max": 0.9} | numbers | shares | sizes | texts


@BOTH
def test_every_sentence_of_the_newer_checks_is_filled(words: Words) -> None:
    from string import Formatter

    older = {"began_before", "placebo_dates", "window", "other_model", "autocorrelation"}
    for name in set(words.texts["check"]) - older:
        shown = with_values(name) | {"others": 1.1, "n_breaks": 1, "start_inside": 1}
        for passed in (True, False, None):
            key = f"check/{name}/{str(passed).lower()}"
            if words.has(key):
                said = check_sentence(Check(name, passed, shown), fabricated("improved"), words)
                assert said.endswith(".")
                assert not re.search(r"[{}]|nan|inf\b", said)
        fields = {f for text in words.texts["check"][name].values() for _, f, _, _ in Formatter().parse(text)}
        assert fields - {None} <= set(shown)


@BOTH
def test_the_largest_change_is_told_beside_the_start(words: Words) -> None:
    values = {
        "date": "2018-01-01",
        "low": "2017-01-01",
        "high": "2019-01-01",
        "n_breaks": 1,
        "start_inside": 0,
    }
    effect = fabricated("improved")
    said = check_sentence(Check("change_point", None, values), effect, words)
    assert words.month(date(2018, 1, 1)) in said
    none = check_sentence(Check("change_point", None, values | {"n_breaks": 0}), effect, words)
    assert none == words.text("check/change_point/none_unclear")
    missing = Check("change_point", None, {"reason": "too_few_points", "n": 3})
    assert check_sentence(missing, effect, words) == words.text("check/change_point/none")


def test_checks_that_only_inform_are_not_said_to_have_failed() -> None:
    for effect in (fabricated("improved"), fabricated("no_clear_change")):
        assert status(Check("permutation", None, {}, blocking=False), effect) == "informs"
        assert status(Check("other_model", False, {}, blocking=False), effect) == "weaker"
        assert status(Check("window", False, {}), effect) == "false"
        assert status(Check("window", None, {}), effect) == "none"
        assert status(Check("window", True, {}), effect) == "true"


FAMILY = (("family", REASONS["family"]),)


@pytest.mark.parametrize(
    ("verdict", "reason", "passed", "said"),
    [
        ("improved", (), True, "true"), ("improved", (), False, "false"), ("improved", (), None, "none"),
        ("no_clear_change", (), False, "true"), ("no_clear_change", (), True, "weaker"),
        ("no_clear_change", (), None, "none"), ("no_clear_change", FAMILY, True, "true"),
        ("no_clear_change", FAMILY, False, "false"), ("cannot_be_attributed", (), False, "false"),
    ],
)  # fmt: skip
def test_a_start_like_false_ones_supports_the_answer_that_no_change_is_clear(
    verdict: str, reason: tuple, passed: bool | None, said: str
) -> None:
    check = Check("placebo_dates", passed, {"n": 20, "n_as_large": 11, "p": 0.57})
    effect = fabricated(verdict, reasons=reason)
    assert status(check, effect) == said
    agrees = passed is False and said == "true"
    for words in (SV, EN):
        start = words.text("check/placebo_dates/false_alike").split("{")[0]
        assert check_sentence(check, effect, words).startswith(start) == agrees


@pytest.mark.parametrize(
    ("verdict", "high", "said"),
    [("improved", 0.97, "true"), ("improved", 1.02, "weaker"), ("no_clear_change", 1.02, "true")],
)
def test_a_shorter_time_in_which_the_change_is_not_clear_is_weaker_support(
    verdict: str, high: float, said: str
) -> None:
    table = pd.DataFrame([{"estimate": 0.92, "low": 0.77, "high": high}])
    check = Check("window", True, {"kind": "shorter", "estimate_min": 0.92}, table)
    assert status(check, fabricated(verdict)) == said


@BOTH
@pytest.mark.parametrize(
    ("n_before", "n_after", "key"),
    [
        (8, 7, "too_few_months"), (8, 8, "too_little_data"), (7, 7, "too_little_data"),
        (45, 0, "too_few_months"),
    ],
)  # fmt: skip
def test_a_verdict_says_when_only_months_after_the_start_are_too_few(
    words: Words, n_before: int, n_after: int, key: str
) -> None:
    effect = fabricated("too_little_data", n_before=n_before, n_after=n_after)
    assert verdict_words(effect, words) == words.text(f"verdict/{key}")
    name = words.name(effect.question, short=True)
    assert headline(effect, words) == words.text(f"headline/{key}", name=name)
    for verdict in VERDICTS[:-1]:
        assert verdict_key(verdict, n_before, n_after) == verdict


@pytest.mark.parametrize(("ratio", "same"), [(1.0, True), (1.1, False), (0.9, False)])
def test_a_spread_that_is_the_same_is_not_told_in_times(ratio: float, same: bool) -> None:
    check = Check("noise_after", True, {"ratio": ratio, "p": 0.4})
    said = check_sentence(check, fabricated("improved"), SV)
    assert ("lika stor som före" in said) == same


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


def test_a_change_that_no_check_could_try_is_attributed_to_nothing() -> None:
    effect = evaluate(counts(8, 12, ratio=0.2), question(measure=MEASURES["count"]))
    assert effect.verdict == "cannot_be_attributed"
    assert SV.text("reason/no_check_possible") in finding(effect, SV)


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
    assert len(effect.checks) >= 5
    for check in effect.checks:
        sentence = check_sentence(replace(check, passed=passed), effect, words)
        assert sentence.endswith(".")
        assert not re.search(r"[{}]|nan|True|False", sentence)
        assert words.has(f"check/{check.name}/name")
        assert words.has(f"status/{outcome(check)}")


@BOTH
@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("kind", ["stated", "shorter"])
def test_sentence_of_the_windows_tells_stated_ones_from_a_shorter_time_before(
    words: Words, kind: str, passed: bool
) -> None:
    values = {
        "kind": kind, "n": 3, "n_agree": 2, "n_not_possible": 1,
        "estimate_min": 0.9182, "estimate_max": 0.9363, "level_min": 0.7716, "level_max": 1.1938,
    }  # fmt: skip
    sentence = check_sentence(Check("window", passed, values), fabricated("improved"), words)
    told = {"stated": {"2", "3", "8.2", "6.4", "22.8", "19.4"}, "shorter": {"8.2"}}[kind]
    assert figures_in(sentence, words) == told
    key = f"check/window/{str(passed).lower()}{'_shorter' if kind == 'shorter' else ''}"
    assert sentence.split("(")[0].split("2")[0] == words.text(key).split("{")[0].split("(")[0]


@BOTH
@pytest.mark.parametrize("kind", ["stated", "shorter"])
def test_windows_that_could_not_be_tried_have_one_sentence(words: Words, kind: str) -> None:
    values = {"kind": kind, "n": 0, "estimate_min": nan, "level_min": nan}
    said = check_sentence(Check("window", None, values), fabricated("improved"), words)
    assert said == words.text("check/window/none")


@BOTH
def test_sentence_of_the_false_dates_tells_p_and_its_limit(words: Words) -> None:
    values = {"n": 23, "n_as_large": 4, "p": 0.208}
    sentence = check_sentence(Check("placebo_dates", False, values), fabricated("improved"), words)
    assert figures_in(sentence, words) == {"23", "4", "0.208", "0.10"}


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


def test_levels_of_an_answer_are_told_from_its_model() -> None:
    effect = evaluate(counts(ratio=0.5, mean=80), question(measure=MEASURES["count"]))
    after = effect.fit[effect.fit.used & (effect.fit.period_start >= str(START))]
    expected, without = (SV.number(after[k].mean(), 1) for k in ("expected", "without"))
    assert after.expected.mean() < 0.7 * after.without.mean()
    assert finding(effect, SV)[1] == SV.text("finding/levels", expected=expected, without=without)


@BOTH
@pytest.mark.parametrize(
    ("series", "asked_of"),
    [(counts(ratio=0.6), question()), (means(difference=-4), mean_question()), (counts(mean=3), question())],
)
def test_a_released_answer_is_told_without_gaps_and_from_its_lines(
    words: Words, series: pd.DataFrame, asked_of: Question
) -> None:
    effect = evaluate(series, replace(asked_of, measure=MEASURES[asked_of.kind]))
    told = released_effect(effect, series, Policy(), is_detailed=True)
    text = written(told, words) + " ".join(check_sentence(c, told, words) for c in told.checks)
    assert not re.search(r"[{}]|nan|True|False", text)
    after = told.fit[told.fit.used & (told.fit.period_start >= str(START))]
    levels = {name: words.level(after[name].mean(), told.question) for name in ("expected", "without")}
    assert words.text("finding/levels", **levels) in finding(told, words)
    assert (after.expected.mean() < after.without.mean()) == (
        told.estimate < (1 if told.scale == "ratio" else 0)
    )


def undetailed() -> Effect:
    series = counts(ratio=0.6)
    return released_effect(evaluate(series, question(measure=MEASURES["count"])), series, Policy())


@BOTH
@pytest.mark.parametrize("passed", [True, False, None])
@pytest.mark.parametrize("name", RULES)
def test_every_check_can_be_told_without_its_numbers(words: Words, name: str, passed: bool | None) -> None:
    check = Check(name, passed, {})
    said = check_sentence(check, undetailed(), words)
    assert figures_in(said, words) == set()
    informs = status(check, undetailed()) == "informs"
    assert said == words.text(f"finding/unsaid_{'informs' if informs else outcome(check)}")


@BOTH
@pytest.mark.parametrize("name", RULES)
def test_a_failed_check_can_decide_without_its_numbers(words: Words, name: str) -> None:
    failed = (("failed_check", {"check": name}),)
    effect = fabricated("cannot_be_attributed", checks=(Check(name, False, {}),), reasons=failed)
    said = reasons(effect, words)[0]
    assert not re.search(r"[{}]", said)
    if words.has(f"check/{name}/name") and name != "chosen_for_outcome":
        question_asked = words.text(f"check/{name}/name").rstrip("?")
        assert said == words.text("reason/failed_check", check=question_asked)


@BOTH
@pytest.mark.parametrize("code", REASONS)
def test_every_reason_can_be_told_without_the_numbers_of_checks(words: Words, code: str) -> None:
    series = counts(ratio=0.6)
    effect = fabricated("too_little_data")
    given = Given(evaluate(series, question()), series, Policy(), is_detailed=False)
    reason = released_reason((code, REASONS[code]), given)
    said = reasons(replace(effect, reasons=(reason,)), words)[0]
    assert said.endswith(".")
    assert not re.search(r"[{}]|nan", said)
    assert said != words.text("reason/other", code=code)
    if code in UNSAID:
        assert figures_in(said, words) == set()


def test_months_that_wait_for_more_cases_are_named() -> None:
    told = with_reason(undetailed(), "later_months", last="2026-06-01")
    assert reasons(told, SV)[-1].startswith("Månaderna efter juni 2026 ")
    assert reasons(told, EN)[-1].startswith("The months after June 2026 ")


def test_an_answer_that_waits_for_months_says_from_which_day_it_can_come() -> None:
    told = with_reason(undetailed(), "waiting", day="2026-12-14")
    assert reasons(told, SV)[-1].endswith("tidigast 2026-12-14.")
    assert "14 December 2026" in reasons(told, EN)[-1]


@pytest.mark.parametrize(
    ("value", "said"), [(0.6, "0.6"), (0.64, "0.64"), (0.646, "0.65"), (2.0, "2"), (0.0, "0"), (nan, "–")]
)
def test_a_figure_has_no_more_decimals_than_the_number(value: float, said: str) -> None:
    assert EN.figure(value, 2) == said


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0312, "=\u00a00.031"), (0.0010, "=\u00a00.001"), (0.00099, "<\u00a00.001"),
        (1.0, "=\u00a01"), (0.9, "=\u00a00.9"), (0.03, "=\u00a00.03"), (nan, "=\u00a0–"),
    ],
)  # fmt: skip
def test_p_is_a_number_with_three_decimals_at_most_or_below_the_least_of_them(p: float, said: str) -> None:
    assert EN.p(p) == said
    assert SV.p(p) == said.replace(".", ",")


@pytest.mark.parametrize(
    ("kind", "mde", "interval", "said"),
    [
        ("count", 0.72, (1.0, 0.73, 1.37), "−28% or +39%"),
        ("count", 1 / 0.72, (1.0, 0.73, 1.37), "−28% or +38.9%"),
        ("count", 0.72, (1.0, 0.71, 1.41), "–"),
        ("mean", -0.3, (0.1, -0.19, 0.4), "−0.3\u00a0days or +0.3\u00a0days"),
        ("mean", -0.3, (0.1, -0.21, 0.4), "–"),
        ("count", nan, (1.0, 0.73, 1.37), "–"),
    ],
)
def test_smallest_change_is_told_both_ways_unless_the_interval_is_wider(
    kind: str, mde: float, interval: tuple[float, float, float], said: str
) -> None:
    estimate, low, high = interval
    effect = fabricated("no_clear_change", kind, estimate=estimate, low=low, high=high, mde=mde)
    assert detectable(effect, EN) == said


INTERVAL = {"estimate": 0.92, "low": 0.77, "high": 1.19}
CLEAR = {"estimate": 0.92, "low": 0.87, "high": 0.97}


@BOTH
@pytest.mark.parametrize(
    ("check", "key"),
    [
        (Check("began_before", None, {"months": 6, "back": 0} | INTERVAL), "none_unsure"),
        (Check("began_before", None, {"months": 6, "back": 0} | dict.fromkeys(INTERVAL, nan)), "none"),
        (Check("began_before", False, {"months": 6, "back": 1} | CLEAR), "false_back"),
        (Check("began_before", False, {"months": 6, "back": 0} | CLEAR), "false"),
        (Check("other_model", True, {"method": "m"} | INTERVAL), "true_neither"),
        (Check("other_model", True, {"method": "m"} | CLEAR), "true"),
        (Check("leave_one_month_out", True, {"n": 1, "n_agree": 1, "estimate_min": 0.9}), "true_one"),
        (Check("leave_one_month_out", None, {"n": 1, "n_agree": 1, "estimate_min": 0.9}), "none"),
        (Check("pre_trend", True, {"trend": 1.01, "p": 0.2, "explained": -0.3}), "true_away"),
        (Check("pre_trend", True, {"trend": 1.01, "p": 0.2, "explained": 0.3}), "true"),
        (Check("pre_trend", None, {"trend": 1.01, "p": 0.2, "explained": 0.8}), "none_unsure"),
    ],
)
def test_values_of_a_check_choose_its_sentence(words: Words, check: Check, key: str) -> None:
    said = check_sentence(check, fabricated("improved"), words)
    template = re.escape(words.text(f"check/{check.name}/{key}"))
    assert re.fullmatch(re.sub(r"\\{\w+\\}", ".+", template), said)


@BOTH
@pytest.mark.parametrize(("high", "key"), [(0.97, "true_shorter_clear"), (1.02, "true_shorter_unclear")])
def test_a_shorter_time_before_tells_whether_the_change_is_clear_there(
    words: Words, high: float, key: str
) -> None:
    table = pd.DataFrame([INTERVAL | {"high": high}])
    check = Check("window", True, {"kind": "shorter", "estimate_min": 0.92}, table)
    said = check_sentence(check, fabricated("improved"), words)
    assert said == words.text(f"check/window/{key}", estimate_min=words.change(0.92, asked()))


@BOTH
@pytest.mark.parametrize(
    ("name", "values", "figures"),
    [
        ("placebo_dates", {"n": 23, "n_as_large": 4, "p": 0.208}, {"23", "4", "0.208"}),
        ("placebo_start", {"months": 12} | CLEAR, {"12", "8", "13", "3"}),
        ("began_before", {"months": 6, "back": 1} | CLEAR, {"6", "8", "13", "3"}),
        (
            "leave_one_out",
            {"n": 9, "n_same": 7, "estimate_min": 0.9, "estimate_max": 1.2, "unit": "a"},
            {"9", "7", "10", "20"},
        ),
    ],
)
def test_reason_of_a_failed_check_tells_its_numbers(
    words: Words, name: str, values: dict[str, float], figures: set[str]
) -> None:
    failed = (("failed_check", {"check": name}),)
    effect = fabricated("cannot_be_attributed", checks=(Check(name, False, values),), reasons=failed)
    assert figures <= figures_in(reasons(effect, words)[0], words)


@BOTH
def test_sizes_beside_a_comparison_come_after_the_levels_and_are_told_once(words: Words) -> None:
    check = Check("comparison_changed_as_much", True, COMPARISON)
    told = finding(fabricated("improved", checks=(check,)), words)
    lead = [words.text(f"finding/{key}").split("{")[0] for key in ("levels", "beside")]
    places = [next(n for n, said in enumerate(told) if said.startswith(one)) for one in lead]
    assert places == [1, 2]
    decided = fabricated(
        "cannot_be_attributed",
        checks=(replace(check, passed=False),),
        reasons=(("failed_check", {"check": check.name}),),
    )
    assert not any(said.startswith(lead[1]) for said in finding(decided, words))


@BOTH
def test_short_name_tells_the_start_where_an_area_has_several_evaluations(words: Words) -> None:
    one = replace(asked(), evaluation="care_act")
    assert words.name(one, short=True).endswith(words.month(date(2025, 10, 1)))
    assert words.name(one) == words.name(asked())


@BOTH
def test_units_left_out_that_nothing_is_asked_about_are_said_so(words: Words) -> None:
    values = REASONS["units_left_out"] | {"treated": 0}
    said = reasons(fabricated("improved", reasons=(("units_left_out", values),)), words)[0]
    assert "0" not in said
