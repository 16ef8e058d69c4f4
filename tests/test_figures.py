"""The charts of an answer: released points, model results where they are free, words from the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis import figures
from analysis.area import Policy
from analysis.charts import Chart, interrupted, run
from analysis.errors import DisclosureStop
from analysis.release import ReleasedCurves, ReleasedPoints, released_effect, series
from analysis.sentences import headline
from analysis.view import Answer, View
from demo_home import DEVIATIONS, DISCHARGES, study

CASES = [(DEVIATIONS, "", 0), *((DISCHARGES, "goteborg", i) for i in range(5))]


@pytest.fixture(name="drawn")
def what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> list:
    """What the charts are given, instead of drawings."""
    calls: list = []
    for module in (interrupted, run):
        monkeypatch.setattr(module, "draw", lambda *a, **k: calls.append((a, k)) or "<svg />")
    return calls


def answer_of(notebook: str, unit: str = "", at: int = 0, language: str = "sv") -> tuple[Answer, View]:
    view = study(notebook, unit, language).view
    return view.answers[at], view


def with_points(answer: Answer, n: int) -> Answer:
    """The answer with so many months that may be shown, and twelve in all."""
    months = pd.DataFrame(
        {
            "period_start": pd.date_range("2025-01-01", periods=12, freq="MS"),
            "numerator": [50.0] * n + [3.0] * (12 - n),
            "denominator": 100.0,
            "complete": True,
        }
    )
    shown = series(months, "count", Policy(), level="month", before=date(2025, 1, 1))
    return replace(answer, shown=shown)


@pytest.mark.parametrize(("notebook", "unit", "at"), CASES)
def test_points_are_the_released_values(drawn: list, notebook: str, unit: str, at: int) -> None:
    answer, own = answer_of(notebook, unit, at)
    charts = figures.charts(answer, own)
    assert len(charts) == len(drawn) == (2 if answer.shown.level == "month" else 1)
    for (points, *_), _ in drawn:
        assert isinstance(points, ReleasedPoints)
        assert points.table.value.equals(answer.shown.table.value)


def test_the_lines_are_those_of_the_released_answer_and_are_said_to_be_smoothed(drawn: list) -> None:
    answer, own = answer_of(DISCHARGES)
    figures.charts(answer, own)
    (_, fit), said = drawn[0]
    assert isinstance(fit, ReleasedCurves)
    assert fit.table.expected.equals(answer.effect.fit.expected)
    assert said["text"].subtitle.endswith(own.words.text("chart/smoothed"))


def test_an_answer_that_has_not_passed_the_gate_is_not_drawn() -> None:
    answer, _ = answer_of(DISCHARGES)
    own = study(DISCHARGES)
    with pytest.raises(DisclosureStop):
        figures.charts(replace(answer, effect=own.effects[0]), own.view)
    with pytest.raises(DisclosureStop):
        figures.charts(replace(answer, shown=answer.shown.table), own.view)


def test_a_chart_is_drawn_of_the_questions_window(drawn: list) -> None:
    answer, own = answer_of(DISCHARGES)
    starts = answer.shown.table.period_start
    first, last = starts.iloc[2].date(), starts.iloc[-3].date()
    asked = replace(answer.asked, question=replace(answer.asked.question, first=first, last=last))
    figures.charts(replace(answer, asked=asked), own)
    table = drawn[0][0][0].table
    assert (table.period_start.min().date(), table.period_start.max().date()) == (first, last)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_alternative_text_holds_title_measure_time_and_finding(language: str) -> None:
    answer, own = answer_of(DISCHARGES, "", 0, language)
    words = own.words
    first, second = figures.charts(answer, own)
    assert isinstance(first, Chart)
    assert first.title == headline(answer.effect, words)
    for chart in (first, second):
        assert chart.alt.startswith(chart.title)
        assert words.name(answer.asked.question) in chart.alt
        assert words.month(answer.shown.table.period_start.min()) in chart.alt
        assert words.month(answer.shown.table.period_end.max()) in chart.alt
        assert not re.search(r"[{}]|\bnan\b", chart.alt)
    assert words.change(answer.effect.low, answer.asked.question) in first.alt
    assert str(answer.runs.runs.longest_run) in second.alt


@pytest.mark.parametrize(("n", "charts"), [(0, 0), (3, 0), (4, 2)])
def test_fewer_than_four_points_make_no_chart(drawn: list, n: int, charts: int) -> None:
    answer, own = answer_of(DISCHARGES)
    assert len(figures.charts(with_points(answer, n), own)) == charts


def test_without_an_answer_there_is_no_curve_no_effect_and_no_run_chart(drawn: list) -> None:
    answer, own = answer_of(DEVIATIONS, "ockero")
    assert answer.effect.verdict == "too_little_data"
    charts = figures.charts(with_points(answer, 5), own)
    (_, fit), said = drawn[0]
    assert len(charts) == 1
    assert fit is None
    assert own.words.text("chart/smoothed") not in said["text"].subtitle
    assert (said["text"].effect, said["text"].interval, said["text"].tone) == ("", "", "plain")


@pytest.mark.parametrize(
    ("verdict", "tone"),
    [
        ("improved", "improved"),
        ("worsened", "worsened"),
        ("no_clear_change", "plain"),
        ("cannot_be_attributed", "plain"),
    ],
)
def test_tone_is_that_of_the_verdict(drawn: list, verdict: str, tone: str) -> None:
    answer, view = answer_of(DISCHARGES)
    own = study(DISCHARGES)
    judged = replace(own.effects[0], verdict=verdict)
    effect = released_effect(judged, own.series(own.asked[0]), own.area.policy, is_detailed=True)
    figures.charts(replace(answer, effect=effect), view)
    assert drawn[0][1]["text"].tone == tone


@pytest.mark.parametrize(
    ("signal", "direction", "better", "tone"),
    [
        (True, "lower", "lower", "improved"),
        (True, "lower", "higher", "worsened"),
        (True, None, "lower", "plain"),
        (False, None, "lower", "plain"),
    ],
)
def test_signal_of_the_run_chart_has_the_tone_of_its_direction(
    drawn: list, signal: bool, direction: str | None, better: str, tone: str
) -> None:
    answer, own = answer_of(DISCHARGES)
    asked = replace(answer.asked, question=replace(answer.asked.question, better=better))
    runs = replace(answer.runs, signal=signal, direction=direction)
    title = figures.charts(replace(answer, asked=asked, runs=runs), own)[1].title
    assert drawn[1][1]["signal"] == tone
    key = f"signal_{direction}" if signal and direction else "none"
    assert title == own.words.text(f"chart/run_title_{key}", name=own.words.name(asked.question, short=True))


def test_transition_is_named_only_when_there_is_one(drawn: list) -> None:
    answer, own = answer_of(DISCHARGES)
    question = answer.asked.question
    figures.charts(answer, own)
    at_once = replace(answer.asked, question=replace(question, settled=question.start))
    figures.charts(replace(answer, asked=at_once), own)
    assert drawn[0][1]["text"].transition_label == own.words.text("chart/transition")
    assert drawn[2][1]["text"].transition_label == ""


def test_invented_data_are_named_in_every_chart(drawn: list) -> None:
    answer, own = answer_of(DISCHARGES)
    figures.charts(answer, own)
    assert {said["text"].source for _, said in drawn} == {own.words.text("banner/invented_data")}


def test_drawings_are_the_same_each_time() -> None:
    answer, own = answer_of(DEVIATIONS)
    assert [c.svg for c in figures.charts(answer, own)] == [c.svg for c in figures.charts(answer, own)]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_published_value_is_a_named_line_in_the_figure_of_its_measure_alone(language: str) -> None:
    own = study(DISCHARGES, "", language)
    with_line = []
    for answer in own.answers:
        chart = figures.charts(answer, own.view)[0]
        named = own.area.id == "goteborg" and "74" in chart.alt and "Jönköping" in chart.alt
        assert ("Jönköping" in chart.svg) == named
        with_line += [answer.asked.measure.name] * named
    assert set(with_line) <= {"home_within_24h_clock"}
    assert with_line
