"""How many have left by fixed days: steps of released shares, and the numbers still there below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from matplotlib.axes import Axes

from analysis.charts import style
from analysis.charts.labels import LINE, Label, lines, spread
from analysis.charts.seen import require_released
from analysis.charts.sheet import EDGE, Sheet, SheetText
from analysis.release import ReleasedSurvival

HIGH = 170.0  # of the plot
LEFT, RIGHT = 96.0, 92.0  # points for the names at the left and the labels at the right
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
LOOKS = ((style.BEFORE, "o", (0, (4, 2))), (style.AFTER, "D", "-"))


@dataclass(frozen=True, kw_only=True)
class CurveText(SheetText):
    """The words of the chart.

    Parameters
    ----------
    names : (str, ...)
        Of the curves, in order.
    days : str
        What the horizontal axis is.
    left : str
        What the numbers below are.
    hidden : str
        The mark of a number that is not told.
    """

    names: tuple[str, ...]
    days: str
    left: str
    hidden: str


def draw(curves: Sequence[ReleasedSurvival], *, text: CurveText, language: str) -> str:
    """The share that has left by each fixed day, a curve a period.

    Parameters
    ----------
    curves : sequence of ReleasedSurvival
        One or two, of the same days; a hidden day is passed over, the steps go on to the next that is told.
    text : CurveText
        The words.
    language : str
        "sv" or "en".

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released curves is given, or drawn.
    """
    require_released(*curves)
    with style.drawing():
        names = [style.wrap(name, LEFT - 4, style.SMALL) for name in text.names]
        feet = [12.0 * sum(map(len, names[:at])) for at in range(len(names) + 1)]
        sheet = Sheet(text, HIGH + 46 + 12 + feet[len(curves)])
        left, right, top = EDGE + LEFT, style.WIDTH - EDGE - RIGHT, sheet.top + 6
        last = len(curves[0].days) - 1
        axes = sheet.axes(left, top, right, top + HIGH)
        axes.set_xlim(0, last)
        axes.set_ylim(0, 1)
        places = [left + at / last * (right - left) for at in range(last + 1)]
        _scales(sheet, (left, right, top), language)
        for x, day in zip(places, curves[0].days, strict=True):
            sheet.text(x, top + HIGH + 13, style.write_number(day.day, 0, language), align="center")
        sheet.text((left + right) / 2, top + HIGH + 26, text.days, size=style.SMALL, align="center")
        sheet.text(EDGE, top + HIGH + 40, text.left, size=style.SMALL)
        ends = [_steps(axes, curve, LOOKS[at]) for at, curve in enumerate(curves)]
        for at, curve in enumerate(curves):
            _numbers(sheet, top + HIGH + 52 + feet[at], curve, places, (names[at], text.hidden, language))
        _labels(sheet, right, ends, text.names)
        return sheet.svg(*curves, ends=(0.0, 1.0))


def _scales(sheet: Sheet, sides: tuple[float, float, float], language: str) -> None:
    """The lines of the value axis and their labels."""
    left, right, top = sides
    for tick in TICKS:
        y = top + HIGH * (1 - tick)
        sheet.rule([left, right], [y, y], lw=0.8, color=style.GRID, zorder=-1)
        sheet.text(left - 8, y + 3.2, style.write_number(tick, 0, language, percent=True), align="right")


def _steps(axes: Axes, curve: ReleasedSurvival, look: tuple[str, str, object]) -> tuple[float, float]:
    """Draw the steps of what is told; gives the last share and the first."""
    color, shape, line = look
    told = [(at, round(1 - day.share, 2)) for at, day in enumerate(curve.days) if not isnan(day.share)]
    if not told:
        return 0.0, 0.0
    xs, ys = zip(*told, strict=True)
    axes.step(xs, ys, where="post", color=color, lw=1.8, ls=line, zorder=3)
    mark = style.Mark(color, shape, 4.8)
    axes.plot(xs, ys, clip_on=False, zorder=4, **mark.look)
    return float(ys[-1]), float(ys[0])


def _numbers(
    sheet: Sheet,
    y: float,
    curve: ReleasedSurvival,
    places: Sequence[float],
    words: tuple[Sequence[str], str, str],
) -> None:
    """How many are still there after each day, in a line."""
    name, hidden, language = words
    for number, line in enumerate(name):
        sheet.text(EDGE, y + 12 * number, line, size=style.SMALL, color=style.INK)
    for x, day in zip(places, curve.days, strict=True):
        left = hidden if isnan(day.at_risk) else style.write_number(day.at_risk, 0, language)
        sheet.text(x, y, left, size=style.SMALL, align="center", color=style.INK)


def _labels(sheet: Sheet, right: float, ends: Sequence[tuple[float, float]], names: Sequence[str]) -> None:
    """The names of the curves beside their ends, apart; below is the one that ends, or begins, lower."""
    top = sheet.top + 6
    order = sorted(range(len(names)), key=lambda at: ends[at], reverse=True)
    labels = [
        Label(
            lines([(names[at], style.TEXT, style.STRONG)], RIGHT - 14),
            LOOKS[at][0],
            top + HIGH * (1 - ends[at][0]),
        )
        for at in order
    ]
    for label, middle in zip(labels, spread(labels, sheet.top, sheet.bottom), strict=True):
        y = middle - label.height / 2
        for line, size, weight in label.lines:
            y += size * LINE
            sheet.text(right + 12, y - size * 0.33, line, size=size, weight=weight, color=label.color)
