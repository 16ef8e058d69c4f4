"""The last look at a drawing: nothing but what was given gets into the picture."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from analysis.charts import style
from analysis.charts.axes import read_periods, value_scale
from analysis.charts.frame import Frame, Words
from analysis.charts.seen import refuse_unknown, require_released
from analysis.errors import DisclosureStop
from analysis.release import drawn
from analysis.release.lines import CURVES

WORDS = Words(title="T", subtitle="S", source="Q", observed="O", start_label="A", transition_label="")
VALUES = [10.0, 20.0, np.nan, 40.0]
TABLE = pd.DataFrame({"period_start": pd.date_range("2025-01-01", periods=4, freq="MS"), "value": VALUES})
POINTS = drawn.ReleasedPoints(TABLE, drawn.SEAL)
LINES = drawn.ReleasedCurves(
    TABLE.assign(**dict.fromkeys(CURVES, TABLE.index + 11.0)).drop(columns="value"), drawn.SEAL
)
RAW = 17.0


@pytest.fixture(name="frame")
def a_frame():
    with style.drawing():
        rows = read_periods(TABLE)
        scale = value_scale([np.array(VALUES)], zero=True, percent=False, language="sv")
        period = (date(2025, 3, 1), date(2025, 3, 1))
        yield Frame(WORDS, rows, scale, period=period, column=0, key=(), language="sv")


def marks(axes: Axes, y: float) -> None:
    axes.plot([20100, 20130], [10.0, y], "o")


LEAKS = {
    "line": lambda axes, y: axes.plot([20100, 20130], [10.0, y]),
    "marks": marks,
    "scatter": lambda axes, y: axes.scatter([20100, 20130], [10.0, y]),
    "bar": lambda axes, y: axes.bar([20100, 20130], [10.0, y]),
    "floating bar": lambda axes, y: axes.bar([20100], [40.0 - y], bottom=y),
    "band": lambda axes, y: axes.fill_between([20100, 20130], [10.0, 10.0], [10.0, y]),
    "level": lambda axes, y: axes.axhline(y),
    "stretch": lambda axes, y: axes.hlines(y, 20100, 20130),
}
leak = pytest.mark.parametrize("draw", LEAKS.values(), ids=LEAKS)


@leak
@pytest.mark.parametrize("value", [10.0, 20.0, 40.0])
def test_values_that_were_given_are_drawn(frame: Frame, draw, value: float) -> None:
    draw(frame.axes, value)
    assert frame.svg(POINTS).startswith("<svg ")


@leak
def test_a_value_that_was_not_given_stops_the_report(frame: Frame, draw) -> None:
    draw(frame.axes, RAW)
    with pytest.raises(DisclosureStop, match="value"):
        frame.svg(POINTS)


@leak
def test_a_value_of_the_curves_is_given_only_with_the_curves(frame: Frame, draw) -> None:
    draw(frame.axes, 12.0)
    with pytest.raises(DisclosureStop, match="value"):
        frame.svg(POINTS)
    assert frame.svg(POINTS, LINES)


def test_bands_may_be_cut_off_at_the_ends_of_the_scale(frame: Frame) -> None:
    frame.axes.plot([20100, 20130], [frame.scale.low, frame.scale.high])
    assert (frame.scale.low, frame.scale.high) == pytest.approx((0.0, 41.6))
    assert frame.svg(POINTS)


def test_ends_that_somebody_else_sets_allow_nothing(frame: Frame) -> None:
    frame.axes.set_ylim(RAW, 50.0)
    frame.axes.plot([20100, 20130], [10.0, RAW])
    with pytest.raises(DisclosureStop):
        frame.svg(POINTS)


@pytest.mark.parametrize(
    ("median", "known"), [(20.0, True), (15.0, True), (25.0, True), (17.0, False), (11.0, False)]
)
def test_a_median_is_a_value_or_midway_between_two(frame: Frame, median: float, known: bool) -> None:
    frame.axes.axhline(median)
    if known:
        assert frame.svg(POINTS, LINES, median=median)
        return
    with pytest.raises(DisclosureStop, match="median"):
        frame.svg(POINTS, LINES, median=median)


def test_a_median_of_no_points_stops_the_report(frame: Frame) -> None:
    for nothing in ((), (LINES,)):
        with pytest.raises(DisclosureStop, match="median"):
            frame.svg(*nothing, median=12.0)


def test_midway_between_two_is_nothing_but_a_median(frame: Frame) -> None:
    frame.axes.axhline(15.0)
    with pytest.raises(DisclosureStop):
        frame.svg(POINTS)


def test_a_hidden_value_is_a_gap_and_nought_is_not_given(frame: Frame) -> None:
    frame.axes.plot(read_periods(TABLE)["x"], VALUES)
    assert frame.svg(POINTS)


def test_nothing_given_allows_nothing_but_the_ends(frame: Frame) -> None:
    frame.axes.plot([20100], [10.0])
    with pytest.raises(DisclosureStop):
        frame.svg()


def test_an_empty_plot_shows_nothing(frame: Frame) -> None:
    assert frame.svg()


def a_picture(frame: Frame) -> None:
    frame.axes.imshow(np.zeros((2, 2)))


OTHERS = {
    "text": lambda frame: frame.axes.text(20100, 10.0, "Anna"),
    "note": lambda frame: frame.axes.annotate("Anna", (20100, 10.0)),
    "title": lambda frame: frame.axes.set_title("Anna"),
    "left title": lambda frame: frame.axes.set_title("Anna", loc="left"),
    "right title": lambda frame: frame.axes.set_title("Anna", loc="right"),
    "label": lambda frame: frame.axes.set_ylabel("Anna"),
    "x label": lambda frame: frame.axes.set_xlabel("Anna"),
    "axis": lambda frame: frame.axes.set_axis_on(),
    "legend": lambda frame: frame.axes.legend([Line2D([], [])], ["Anna"]),
    "picture": a_picture,
    "table": lambda frame: frame.axes.table([["Anna"]]),
    "inset": lambda frame: frame.axes.inset_axes((0, 0, 1, 1)),
    "mesh": lambda frame: frame.axes.pcolormesh(np.zeros((2, 2))),
    "circle": lambda frame: frame.axes.add_patch(Circle((20100, 17.0), 1.0)),
    "artist": lambda frame: frame.axes.add_artist(QuadMesh(np.zeros((2, 2, 2)))),
    "figure text": lambda frame: frame.figure.text(0, 0, "Anna"),
    "figure title": lambda frame: frame.figure.suptitle("Anna"),
    "figure x label": lambda frame: frame.figure.supxlabel("Anna"),
    "figure y label": lambda frame: frame.figure.supylabel("Anna"),
    "figure picture": lambda frame: frame.figure.figimage(np.zeros((2, 2))),
    "figure legend": lambda frame: frame.figure.legend([Line2D([], [])], ["Anna"]),
    "figure line": lambda frame: frame.figure.add_artist(Line2D([0, 1], [0, 0.37])),
    "figure lines": lambda frame: frame.figure.lines.append(Line2D([0, 1], [0, 0.37])),
    "figure patches": lambda frame: frame.figure.patches.append(Circle((0, 0), 1.0)),
    "second plot": lambda frame: frame.figure.add_axes((0, 0, 1, 1)),
    "part of the figure": lambda frame: frame.figure.subfigures(1, 1),
}  # fmt: skip


@pytest.mark.parametrize("draw", OTHERS.values(), ids=OTHERS)
def test_whatever_else_is_put_into_the_picture_stops_the_report(frame: Frame, draw) -> None:
    draw(frame)
    with pytest.raises(DisclosureStop):
        frame.svg(POINTS)


@pytest.mark.parametrize("thing", [TABLE, [10.0], None, object()])
def test_only_released_things_are_given(frame: Frame, thing: object) -> None:
    assert require_released(POINTS, LINES) == (POINTS, LINES)
    with pytest.raises(DisclosureStop):
        require_released(POINTS, thing)
    with pytest.raises(DisclosureStop):
        frame.svg(POINTS, thing)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(st.floats(-1000, 1000))
def test_any_other_value_is_found(value: float) -> None:
    rows, scale = (
        read_periods(TABLE),
        value_scale([np.array(VALUES)], zero=True, percent=False, language="sv"),
    )
    period = (date(2025, 3, 1), date(2025, 3, 1))
    frame = Frame(WORDS, rows, scale, period=period, column=0, key=(), language="sv")
    frame.axes.plot([20100], [value])
    if min(abs(value - one) for one in (0.0, 10.0, 20.0, 40.0)) > 1e-9:
        with pytest.raises(DisclosureStop):
            frame.svg(POINTS)


def test_a_picture_says_nothing_of_when_by_whom_or_from_what_it_was_made(frame: Frame) -> None:
    frame.axes.plot([20100], [10.0], gid="19121212-1212", label="Anna")
    svg = frame.svg(POINTS)
    for word in (
        "metadata",
        "matplotlib",
        "Matplotlib",
        "date",
        "19121212",
        "Anna",
        "<title",
        "<desc",
        "<!--",
    ):
        assert word not in svg


@leak
def test_a_value_of_the_settings_may_be_drawn_when_it_is_stated(frame: Frame, draw) -> None:
    draw(frame.axes, RAW)
    assert frame.svg(POINTS, stated=[RAW]).startswith("<svg ")


@leak
def test_what_is_stated_excuses_no_other_value(frame: Frame, draw) -> None:
    draw(frame.axes, RAW)
    with pytest.raises(DisclosureStop, match="value"):
        frame.svg(POINTS, stated=[RAW + 1])


@pytest.mark.parametrize(("value", "may_be"), [(20.0, True), (RAW, False)])
def test_where_values_lie_along_the_other_axis_these_are_looked_at(
    frame: Frame, value: float, may_be: bool
) -> None:
    frame.axes.plot([10.0, value], [1.0, 2.0])
    look = partial(refuse_unknown, frame.figure, frame.made, [POINTS], (0.0, 50.0), axis="x")
    if may_be:
        look()
    else:
        with pytest.raises(DisclosureStop, match="a value that has not passed"):
            look()
