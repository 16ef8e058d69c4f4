"""The charts of an answer, drawn from released points and model results, with words made from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.charts import Chart, interrupted, run
from analysis.charts.style import Tone
from analysis.release import curves
from analysis.sentences import finding, headline

if TYPE_CHECKING:
    from analysis.study import Answer, Study

FEWEST_POINTS = 4
ZERO_BASED = ("count", "mean")


def charts(answer: Answer, study: Study) -> list[Chart]:
    """The interrupted series and the run chart of an answer.

    Parameters
    ----------
    answer : Answer
        Question, released series, effect and run chart.
    study : Study
        Words, unit and area.

    Returns
    -------
    list of Chart
        Empty when fewer than four points may be shown; no run chart where months may not be shown,
        since its rules are for months.
    """
    points = _within(answer)[["period_start", "period_end", "value"]]
    points = points.assign(period_end=points.period_end + pd.Timedelta(days=1))
    if points.value.notna().sum() < FEWEST_POINTS:
        return []
    first = _interrupted(answer, study, points)
    monthly = answer.shown.level == "month" and answer.effect.verdict != "too_little_data"
    return [first, _run(answer, study, points)] if monthly else [first]


def _within(answer: Answer) -> pd.DataFrame:
    """The released periods in the question's window."""
    table, q = answer.shown.table, answer.asked.question
    first = pd.Timestamp(q.first or table.period_start.min())
    last = pd.Timestamp(q.last or table.period_start.max())
    return table[table.period_start.between(first, last)].reset_index(drop=True)


def _had_trend(answer: Answer) -> bool:
    """Whether the series clearly rose or fell before the start."""
    terms = answer.effect.table.set_index("term")
    if "trend" not in terms.index:  # units beside units are not modelled with a trend
        return False
    trend = terms.loc["trend"]
    nothing = 1.0 if answer.effect.scale == "ratio" else 0.0
    return bool(trend.low > nothing or trend.high < nothing)


def _unit(answer: Answer, study: Study) -> str:
    """Whom a chart is about: the report's unit, or the units that are asked about together."""
    starts = answer.asked.question.starts
    name = study.unit.name[study.words.language]
    return f"{study.words.text('finding/units', n=len(starts))}, {name}" if starts else name


def _common(answer: Answer, study: Study) -> dict[str, str]:
    w, q = study.words, answer.asked.question
    source = study.area.source_line.get(w.language, "")
    invented = "_invented" if answer.asked.invented_start else ""
    return {
        "source": w.text("banner/invented_data") if study.store.invented() else source,
        "observed": w.text("chart/observed"),
        "start_label": w.text(f"chart/start{invented}", month=w.month(q.start)),
        "transition_label": w.text("chart/transition") if q.settled > q.start else "",
    }


def _interrupted(answer: Answer, study: Study, points: pd.DataFrame) -> Chart:
    w, effect, q = study.words, answer.effect, answer.asked.question
    free = effect.verdict != "too_little_data"
    told = free and effect.verdict != "cannot_be_attributed"  # no large figure for what is disowned
    title = headline(effect, w)
    level = w.text(f"chart/level/{answer.shown.level}")
    subtitle = w.text("chart/subtitle", name=w.name(q), unit=study.unit.name[w.language], level=level)
    interval = {"low": w.change(effect.low, q), "high": w.change(effect.high, q)} if free else {}
    text = interrupted.InterruptedText(
        title=title,
        subtitle=subtitle,
        expected_without=w.text("chart/expected_without"),
        estimated=w.text("chart/estimated"),
        effect=w.change(effect.estimate, q) if told else "",
        interval=w.text("chart/interval", **interval) if told else "",
        tone=_tone(effect.verdict),
        **_common(answer, study),
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
    )
    return Chart(svg, _alt(answer, study, title, " ".join(finding(effect, w))), title)


def _run(answer: Answer, study: Study, points: pd.DataFrame) -> Chart:
    w, q, judged = study.words, answer.asked.question, answer.runs
    key = f"signal_{judged.direction}" if judged.signal and judged.direction else "none"
    title = w.text(f"chart/run_title_{key}", name=w.name(q, short=True))
    note = w.text(
        "chart/run_note",
        longest=judged.runs.longest_run,
        longest_limit=judged.runs.longest_run_max,
        crossings=judged.runs.crossings,
        crossings_limit=judged.runs.crossings_min,
    )
    subtitle = w.text("chart/run_subtitle", unit=_unit(answer, study))
    text = run.RunText(
        title=title,
        subtitle=f"{subtitle} {w.text('chart/run_trend')}" if _had_trend(answer) else subtitle,
        median=w.text("chart/median", value=w.value(judged.centre, q.kind)),
        signal=w.text("chart/run_signal" if judged.signal else "chart/run_no_signal"),
        **_common(answer, study),
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
    return Chart(svg, _alt(answer, study, title, note), title)


def _tone(verdict: str) -> Tone:
    return "improved" if verdict == "improved" else "worsened" if verdict == "worsened" else "plain"


def _signal(answer: Answer) -> Tone:
    direction = answer.runs.direction
    if not answer.runs.signal or direction is None:
        return "plain"
    return "improved" if direction == answer.asked.question.better else "worsened"


def _alt(answer: Answer, study: Study, title: str, note: str) -> str:
    w, table = study.words, _within(answer)
    return w.text(
        "chart/alt",
        title=title,
        name=w.name(answer.asked.question),
        first=w.month(table.period_start.min()),
        last=w.month(table.period_end.max()),
        level=w.text(f"chart/level/{answer.shown.level}").lower(),
        finding=note,
    )
