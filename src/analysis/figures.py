"""The charts of an answer, drawn from released points and model results, with words made from the numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from analysis.charts import Chart, interrupted, run
from analysis.charts.style import Tone
from analysis.payment import references_of
from analysis.release import ReleasedPoints, curves, drawn_points
from analysis.sentences import finding, headline
from analysis.view import Answer, View

FEWEST_POINTS = 4
ZERO_BASED = ("count",)


def charts(answer: Answer, view: View) -> list[Chart]:
    """The interrupted series and the run chart of an answer.

    Parameters
    ----------
    answer : Answer
        Question, released series, effect and run chart.
    view : View
        Words, unit and area.

    Returns
    -------
    list of Chart
        Empty when fewer than four points may be shown; no run chart where months may not be shown,
        since its rules are for months.
    """
    points = _points(answer)
    if points.table.value.notna().sum() < FEWEST_POINTS:
        return []
    first = _interrupted(answer, view, points)
    monthly = answer.shown.level == "month" and answer.effect.verdict != "too_little_data"
    return [first, _run(answer, view, points)] if monthly else [first]


def _points(answer: Answer) -> ReleasedPoints:
    """The released periods in the question's window."""
    question = answer.asked.question
    return drawn_points(answer.shown, first=question.first, last=question.last)


def _had_trend(answer: Answer) -> bool:
    """Whether the series clearly rose or fell before the start."""
    terms = answer.effect.table.set_index("term")
    if "trend" not in terms.index:  # units beside units are not modelled with a trend
        return False
    trend = terms.loc["trend"]
    nothing = 1.0 if answer.effect.scale == "ratio" else 0.0
    return bool(trend.low > nothing or trend.high < nothing)


def _unit(answer: Answer, view: View) -> str:
    """Whom a chart is about: the report's unit, or the units that are asked about together."""
    starts = answer.asked.question.starts
    name = view.unit.name[view.words.language]
    return f"{view.words.text('finding/units', n=len(starts))}, {name}" if starts else name


def _common(answer: Answer, view: View) -> dict[str, Any]:
    w, q = view.words, answer.asked.question
    source = view.area.source_line.get(w.language, "")
    invented = "_invented" if answer.asked.invented_start else ""
    return {
        "source": w.text("banner/invented_data") if view.is_invented else source,
        "observed": w.text("chart/observed"),
        "start_label": w.text(f"chart/start{invented}", month=w.month(q.start)),
        "transition_label": w.text("chart/transition") if q.settled > q.start else "",
        "cut": w.text("chart/cut"),
    }


def _interrupted(answer: Answer, view: View, points: ReleasedPoints) -> Chart:
    w, effect, q = view.words, answer.effect, answer.asked.question
    free = effect.verdict != "too_little_data"
    told = free and effect.verdict != "cannot_be_attributed"  # no large figure for what is disowned
    title, level = headline(effect, w), w.text(f"chart/level/{answer.shown.level}")
    subtitle = w.text("chart/subtitle", name=w.name(q), unit=view.unit.name[w.language], level=level)
    estimate, low, high = w.interval(effect.estimate, effect.low, effect.high, q) if told else ("", "", "")
    references = _references(answer, view)
    text = interrupted.InterruptedText(
        title=title,
        subtitle=f"{subtitle}. {w.text('chart/smoothed')}" if free else subtitle,
        expected_without=w.text("chart/expected_without"),
        estimated=w.text("chart/estimated"),
        effect=estimate,
        interval=w.text("chart/interval", low=low, high=high) if told else "",
        tone=_tone(effect.verdict),
        **_common(answer, view),
    )
    svg = interrupted.draw(
        points,
        curves(effect) if free else None,
        start=q.start,
        settled=q.settled,
        text=text,
        language=w.language,
        zero=q.kind in ZERO_BASED,
        percent=q.kind == "share",
        references={label: value for label, (value, _) in references.items()},
    )
    said = [*finding(effect, w), *(sentence for _, sentence in references.values())]
    return Chart(svg, _alt(answer, view, title, " ".join(said)), title)


def _references(answer: Answer, view: View) -> dict[str, tuple[float, str]]:
    """The published values of the measure, by their label: each with a sentence."""
    w, kind = view.words, answer.asked.question.kind
    known = [one for one in references_of(view.area) if one.measure == answer.asked.measure.name]
    told = [(one.text[w.language], one.value) for one in known]
    return {
        f"{text}: {w.value(value, kind)}": (
            value, w.text("outcomes/reference", text=text, value=w.value(value, kind))
        )
        for text, value in told
    }  # fmt: skip


def _run(answer: Answer, view: View, points: ReleasedPoints) -> Chart:
    w, q, judged = view.words, answer.asked.question, answer.runs
    key = f"signal_{judged.direction}" if judged.signal and judged.direction else "none"
    title = w.text(f"chart/run_title_{key}", name=w.name(q, short=True))
    note = w.text(
        "chart/run_note",
        longest=judged.runs.longest_run,
        longest_limit=judged.runs.longest_run_max,
        crossings=judged.runs.crossings,
        crossings_limit=judged.runs.crossings_min,
    )
    subtitle = w.text("chart/run_subtitle", unit=_unit(answer, view))
    text = run.RunText(
        title=title,
        subtitle=f"{subtitle} {w.text('chart/run_trend')}" if _had_trend(answer) else subtitle,
        median=w.text("chart/median", value=w.value(judged.centre, q.kind)),
        signal=w.text("chart/run_signal" if judged.signal else "chart/run_no_signal"),
        **_common(answer, view),
    )
    svg = run.draw(
        points,
        median=judged.centre,
        start=q.start,
        settled=q.settled,
        signal=_signal(answer),
        text=text,
        language=w.language,
        zero=q.kind in ZERO_BASED,
        percent=q.kind == "share",
    )
    return Chart(svg, _alt(answer, view, title, note), title)


def _tone(verdict: str) -> Tone:
    return "improved" if verdict == "improved" else "worsened" if verdict == "worsened" else "plain"


def _signal(answer: Answer) -> Tone:
    direction = answer.runs.direction
    if not answer.runs.signal or direction is None:
        return "plain"
    return "improved" if direction == answer.asked.question.better else "worsened"


def _alt(answer: Answer, view: View, title: str, note: str) -> str:
    w, table = view.words, _points(answer).table
    return w.text(
        "chart/alt",
        title=title,
        name=w.name(answer.asked.question),
        first=w.month(table.period_start.min()),
        last=w.month(table.period_end.max() - timedelta(days=1)),
        level=w.text(f"chart/level/{answer.shown.level}").lower(),
        finding=note,
    )
