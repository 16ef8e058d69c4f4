"""The gate's last look at a drawing: every value that can be read off it is one that was given (R8).

A chart is drawn of released things only. What else finds its way onto the axes (a value, a text, a picture)
stops the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure

from analysis.charts.axes import Floats
from analysis.errors import DisclosureStop
from analysis.release import (
    ReleasedBreakdown,
    ReleasedCurves,
    ReleasedDistribution,
    ReleasedPoints,
    ReleasedRows,
    ReleasedStates,
    ReleasedSurvival,
)

Given = (
    ReleasedPoints
    | ReleasedCurves
    | ReleasedBreakdown
    | ReleasedSurvival
    | ReleasedRows
    | ReleasedStates
    | ReleasedDistribution
)
NOISE = 1e-12
REMEDY = "Draw released points and curves, with the functions of analysis.charts"


def require_released(*given: object) -> tuple[Given, ...]:
    """What was given, if all of it has passed the disclosure gate.

    Parameters
    ----------
    *given : object
        What a chart is to be drawn of.

    Returns
    -------
    tuple of released values
        The same.

    Raises
    ------
    DisclosureStop
        If something else is among it.
    """
    kept = tuple(one for one in given if isinstance(one, Given))
    if len(kept) < len(given):
        raise DisclosureStop("a chart was to be drawn of something that has not passed the gate", REMEDY)
    return kept


def refuse_unknown(
    figure: Figure,
    made: Sequence[Artist],
    given: Sequence[Given],
    ends: tuple[float, float],
    median: float = float("nan"),
    *,
    stated: Sequence[float] = (),
    axis: Literal["x", "y"] = "y",
) -> None:
    """Stop if a figure shows anything else than what was given.

    Parameters
    ----------
    figure : Figure
        The figure, of one plot.
    made : sequence of Artist
        What the frame put around the plot.
    given : sequence of released values
        What may be seen.
    ends : tuple of float
        The ends of the value axis, where bands are cut off.
    median : float
        Of the given points: one of them, or midway between two.
    stated : sequence of float
        Values from the area's settings, which are no data.
    axis : {"x", "y"}
        Which of the axes has the values.

    Raises
    ------
    DisclosureStop
        If a value in the plot is another one, or something is there that holds no values or came otherwise.
    """
    if len(figure.axes) != 1 or list(map(id, figure.artists)) != list(map(id, made)):
        raise DisclosureStop("a chart holds a part that its frame did not make", REMEDY)
    if any(_others(figure, figure.axes[0])):
        raise DisclosureStop("a chart holds a text, a picture or another part that has no values", REMEDY)
    known = np.concatenate([*(one.values for one in require_released(*given)), np.array([*ends, *stated])])
    points = [one.values for one in given if isinstance(one, ReleasedPoints)]
    midway = [np.add.outer(values, values).ravel() / 2 for values in points]
    if _is_strange(np.array([median]), np.concatenate([np.empty(0), *midway])):
        raise DisclosureStop("a chart shows a median of something that has not passed the gate", REMEDY)
    drawn = np.concatenate([np.empty(0), *_values(figure.axes[0], int(axis == "y"))])
    if _is_strange(drawn, np.append(known, median)):
        raise DisclosureStop("a chart shows a value that has not passed the gate", REMEDY)


def _is_strange(drawn: Floats, known: Floats) -> bool:
    """Whether a value is none of the known ones, but for the noise of binary fractions."""
    drawn, known = drawn[np.isfinite(drawn)], np.sort(known[np.isfinite(known)])
    if not known.size:
        return bool(drawn.size)
    after = np.searchsorted(known, drawn).clip(1, max(known.size - 1, 1))
    near = np.minimum(abs(known[after - 1] - drawn), abs(known[after.clip(max=known.size - 1)] - drawn))
    return bool((near > NOISE * np.maximum(abs(drawn), 1.0)).any())


def _others(figure: Figure, axes: Axes) -> Iterator[object]:
    """What is neither a value nor the frame's: texts, titles, pictures, tables, legends, further figures."""
    yield from (
        *figure.texts,
        *figure.images,
        *figure.lines,
        *figure.patches,
        *figure.legends,
        *figure.subfigs,
    )
    yield from (*axes.texts, *axes.images, *axes.tables, *axes.artists, *axes.child_axes)
    yield from (axes.get_legend(), figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel())
    yield from (axes.get_title(loc) for loc in ("left", "center", "right"))
    yield from (axes.get_xlabel(), axes.get_ylabel(), axes.axison)


def _values(axes: Axes, at: int) -> Iterator[Floats]:
    """Every value on the axes: of lines, bars and other patches, marks and bands."""
    for line in axes.lines:
        yield np.asarray(line.get_ydata() if at else line.get_xdata(), float)
    for patch in axes.patches:
        yield np.asarray(patch.get_patch_transform().transform(patch.get_path().vertices))[:, at]
    for collection in axes.collections:
        yield _of_collection(collection, at)


def _of_collection(collection: Collection, at: int) -> Floats:
    """The values of marks, or of bands and bars of lines."""
    if isinstance(collection, PathCollection):
        offsets = np.ma.filled(np.ma.masked_invalid(collection.get_offsets()), np.nan)
        return np.array(offsets, float).reshape(-1, 2)[:, at]
    if isinstance(collection, (PolyCollection, LineCollection)):
        return np.concatenate(
            [np.empty(0), *(np.asarray(path.vertices)[:, at] for path in collection.get_paths())]
        )
    raise DisclosureStop("a chart holds a kind of part that cannot be read", REMEDY)
