"""Charts in a fragment: the drawing in its box, and what every drawing is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.charts import Chart
from analysis.charts.frame import Words as Frame
from analysis.charts.style import Tone
from analysis.tables_html import scroll_box

if TYPE_CHECKING:
    from analysis.designs.effect import Question
    from analysis.fragments.kit import Piece
    from analysis.view import View
    from analysis.words import Words

TONES: dict[str, Tone] = {"improved": "improved", "worsened": "worsened"}
KEYED: tuple[Tone, ...] = ("improved", "worsened", "unattributed")


def figure(chart: Chart) -> Piece:
    """A chart, in a box that scrolls where the page is narrow."""
    return f'<figure class="figure">{scroll_box(chart.html, label=chart.title)}</figure>', ()


def frame(view: View, title: str, subtitle: str, *, line: str = "", mark: str = "") -> Frame:
    """The words around a drawing: the finding, what it is about, where the data come from.

    Parameters
    ----------
    view : View
        What may be told.
    title, subtitle : str
        The finding, and what it is about.
    line : str
        Stands above the line at no change, or at the start.
    mark : str
        What a marker is.

    Returns
    -------
    Words
        With what the tones are, for charts that explain those they draw.
    """
    w = view.words
    source = w.text("banner/invented_data") if view.is_invented else view.area.source_line.get(w.language, "")
    return Frame(
        title=title,
        subtitle=subtitle,
        source=source,
        observed=mark,
        start_label=line,
        transition_label="",
        tones={tone: w.text(f"rollout/tone/{tone}") for tone in KEYED} | {"plain": w.text("chart/plain_row")},
    )


def counted_in(question: Question, words: Words) -> str:
    """What a change of a measure is counted in: its own unit, or per cent.

    Parameters
    ----------
    question : Question
        Whose measure it is.
    words : Words
        Of the page's language.

    Returns
    -------
    str
        A word, since the numbers of an axis have no unit but the sign of per cent.
    """
    return words.text(f"measure/{question.measure}/unit" if question.kind == "mean" else "chart/per_cent")


def tone(verdict: str) -> Tone:
    """The tone of a verdict: clear and attributed, clear and not to be attributed, or neither."""
    return "unattributed" if verdict == "cannot_be_attributed" else TONES.get(verdict, "plain")
