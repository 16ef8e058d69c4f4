"""Charts as SVG: one look, no words of their own, the same bytes for the same data."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Chart:
    """A drawn chart with the words that stand for it.

    Parameters
    ----------
    svg : str
        The drawing, ready to stand inside a page.
    alt : str
        What the chart shows, computed from the same numbers, for those who do not see it.
    title : str
        The finding, as drawn in the chart.
    """

    svg: str
    alt: str
    title: str

    @property
    def html(self) -> str:
        """The drawing as one image with its alternative text; its parts are hidden from screen readers."""
        hidden = self.svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
        return f'<div class="figure" role="img" aria-label="{escape(self.alt)}">{hidden}</div>'

    def _repr_html_(self) -> str:
        return self.html
