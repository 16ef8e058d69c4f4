"""Charts in a fragment: the drawing in its box, and what every drawing is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.charts import Chart
from analysis.charts.frame import Words as Frame
from analysis.charts.style import Tone
from analysis.tables_html import scroll_box

if TYPE_CHECKING:
    from analysis.fragments.kit import Piece
    from analysis.view import View

TONES: dict[str, Tone] = {"improved": "improved", "worsened": "worsened"}


def figure(chart: Chart) -> Piece:
    """A chart, in a box that scrolls where the page is narrow."""
    return f'<figure class="figure">{scroll_box(chart.html, label=chart.title)}</figure>', ()


def frame(view: View, title: str, subtitle: str, *, line: str = "", mark: str = "") -> Frame:
    """The words around a drawing: the finding, what it is about, where the data come from."""
    w = view.words
    source = w.text("banner/invented_data") if view.is_invented else view.area.source_line.get(w.language, "")
    return Frame(
        title=title, subtitle=subtitle, source=source, observed=mark, start_label=line, transition_label=""
    )


def tone(verdict: str) -> Tone:
    """The tone of a verdict: only what is clear and attributed has a colour."""
    return TONES.get(verdict, "plain")
