"""Pictures of rows: they show what was released, say it in words, and refuse everything else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import nan
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from invented_series import counts, question

from analysis.area import Policy
from analysis.charts import detectable, funnel, grid, intervals, style, timeline
from analysis.charts.board import Axis, Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.designs.segmented import evaluate
from analysis.errors import DisclosureStop
from analysis.release import detectable as detectable_rows
from analysis.release import funnel_rows, released_effect, series, side_by_side, states
from analysis.release.rows import ReleasedRows
from analysis.release.sealed import sealed

POLICY = Policy()
HALF = pd.Timestamp(2026, 1, 1)
WORDS = Words(
    title="Fynd", subtitle="Vad", source="Källa", observed="Start", start_label="ingen", transition_label=""
)
MONTHS = list(pd.date_range("2025-01-01", periods=20, freq="MS"))


def texts(svg: str) -> list[str]:
    return [str(node.text) for node in ET.fromstring(svg).iter() if node.tag.endswith("text")]


def told() -> object:
    rows = counts(ratio=0.6)
    return released_effect(evaluate(rows, question()), rows, POLICY, is_detailed=True)


def test_intervals_write_names_numbers_and_the_line_at_no_change() -> None:
    rows = side_by_side({"a": told(), "b": told()})
    drawn = [Row("Alla", is_heading=True), Row("A", "−40 %", tone="improved"), Row("B", "−40 %")]
    svg = intervals.draw(rows, drawn, WORDS, nothing=1.0, percent=True, language="sv")
    assert {"Fynd", "Alla", "A", "B", "−40 %", "ingen", "Källa"} <= set(texts(svg))
    assert style.AFTER.lower() in svg.lower()


def limits(**columns: list[float]) -> ReleasedRows:
    return sealed(ReleasedRows, "R5", _cells=pd.DataFrame(columns))


def plot_and_lines(svg: str, color: str) -> tuple[list[float], list[list[float]]]:
    """The sides of the plot, and from where to where each line of a colour goes."""
    paths = [(str(p.get("style")), str(p.get("d"))) for p in ET.fromstring(svg).iter() if p.get("d")]
    ends = {
        look: [float(x) for x in re.findall(r"[ML] (\S+)", d)]
        for look, d in paths
        if style.RULE.lower() in look
    }
    lines = [
        [float(x) for x in re.findall(r"[ML] (\S+)", d)]
        for look, d in paths
        if f"stroke: {color.lower()}" in look
    ]
    return next(iter(ends.values())), lines


@pytest.mark.parametrize(
    ("low", "high"), [(0.9, 1.1), (0.5, 1.0), (1.0, 2.0), (0.6, 1.4), (0.1, 9.0), (0.95, 1.06)]
)
def test_no_interval_ends_at_or_beyond_the_end_of_the_axis(low: float, high: float) -> None:
    rows = limits(estimate=[1.005, 1.0], low=[low, 0.99], high=[high, 1.02])
    names = [Row("A", "1"), Row("B", "2")]
    svg = intervals.draw(rows, names, WORDS, nothing=1.0, percent=True, language="sv")
    (left, right), lines = plot_and_lines(svg, style.INK)
    assert len(lines) == 2
    assert all(left + 2 < begin < end < right - 2 for begin, end in lines)


def test_intervals_explain_the_tones_they_draw_and_no_others() -> None:
    words = replace(WORDS, tones={"improved": "bättre", "unattributed": "oklart varför", "plain": "inget"})
    rows = limits(estimate=[1.1, 1.0, nan], low=[1.05, 0.9, nan], high=[1.2, 1.1, nan])
    names = [Row("A", tone="unattributed"), Row("B"), Row("C", tone="improved")]
    svg = intervals.draw(rows, names, words, nothing=1.0, percent=True, language="sv")
    assert {"oklart varför", "inget"} <= set(texts(svg))
    assert "bättre" not in texts(svg)
    assert style.UNATTRIBUTED.lower() in svg


def test_labels_of_ticks_stand_apart_and_one_stands_at_the_line() -> None:
    axis = value_axis(np.array([-0.31, 0.04]), nothing=0.0, percent=False, language="sv", line=0.0)
    with style.drawing():
        shown = {}
        for said in ("", "−0,21 dagar (−0,34 dagar till −0,08 dagar), mer om detta"):
            board = Board(WORDS, [Row("ett ganska långt namn på en rad", said)], axis)
            shown[said] = board._ticks()
            places = [board.x(value) for value, _ in shown[said]]
            widths = [style.text_width(label, style.SMALL) for _, label in shown[said]]
            assert all(b - a > wide + 5 for a, b, wide in zip(places, places[1:], widths, strict=False))
    many, few = (len(known) for known in shown.values())
    assert len(axis.ticks) == many > few
    assert all((0.0, "0,0") in known for known in shown.values())


def test_intervals_need_a_row_a_name() -> None:
    with pytest.raises(ValueError, match="zip"):
        intervals.draw(side_by_side({"a": told()}), [], WORDS, nothing=1.0, percent=True, language="sv")


@pytest.mark.parametrize("draw", [intervals.draw, detectable.draw, funnel.draw, grid.draw])
def test_nothing_but_what_passed_the_gate_is_drawn(draw) -> None:
    more = {
        intervals.draw: {"nothing": 1.0, "percent": True}, funnel.draw: {"percent": True, "key": ["", ""]},
        detectable.draw: {"nothing": 1.0, "percent": True, "key": []}, grid.draw: {"key": {}},
    }[draw]  # fmt: skip
    frame = pd.DataFrame({"estimate": [1.0], "low": [0.5], "high": [2.0]})
    with pytest.raises((DisclosureStop, AttributeError)):
        draw([frame] if draw is detectable.draw else frame, [Row("A")], WORDS, language="sv", **more)


def test_a_board_that_shows_another_value_stops() -> None:
    rows = side_by_side({"a": told()})
    with style.drawing():
        board = Board(WORDS, [Row("A")], value_axis(rows.values, nothing=1.0, percent=True, language="sv"))
        board.mark(0, 0.7131313, style.ORDINARY)
        with pytest.raises(DisclosureStop):
            board.svg(rows)


def test_the_smallest_effects_are_marked_from_now_on() -> None:
    rows = counts()
    effect = evaluate(rows, question())
    answer = released_effect(effect, rows, POLICY, is_detailed=True)
    found = detectable_rows({6: 0.85, 12: 0.88}, answer, effect, rows, POLICY)
    svg = detectable.draw(
        [found], [Row("A", "−20 %")], WORDS, nothing=1.0, percent=True, language="en", key=["now", "6", "12"]
    )
    assert {"now", "6", "12", "A"} <= set(texts(svg))


def test_no_mark_of_now_or_later_hides_another_where_nothing_changes() -> None:
    same = sealed(ReleasedRows, "R5", _cells=pd.DataFrame({"more": [0.0, 6.0, 12.0, 24.0], "mde": [0.8] * 4}))
    svg = detectable.draw(
        [same, same], [Row("A"), Row("B")], WORDS, nothing=1.0, percent=True, language="sv", key=["n"] * 4
    )
    places = [(float(x), float(y)) for x, y in re.findall(r'<use [^>]*x="(\S+)" y="(\S+)"', svg)]
    column = sorted(y for x, y in places if abs(x - places[0][0]) < 0.1)
    assert len(column) == 8
    assert min(b - a for a, b in pairwise(column)) >= max(mark.size for mark in detectable.LATER)


@pytest.mark.parametrize(("last", "n"), [(230.0, 1), (200.0, 0)])
def test_a_funnel_tells_who_is_beyond_by_shape_and_colour(last: float, n: int) -> None:
    months = pd.date_range(HALF, periods=6, freq="MS")
    shown = {
        name: series(
            pd.DataFrame({"period_start": months, "numerator": of, "denominator": 400.0, "complete": True}),
            "share", POLICY, level="quarter",
        )
        for name, of in zip("abcde", (200.0, 200.0, 200.0, 200.0, last), strict=True)
    }  # fmt: skip
    rows, _ = funnel_rows(shown, HALF, 1.0)
    names = [Row(name) for name in "abcde"]
    svg = funnel.draw(rows, names, WORDS, percent=True, language="sv", key=["inom", "utanför"])
    assert ("utanför" in texts(svg)) is bool(n)
    assert "inom" in texts(svg)
    marks = re.findall(rf"<use [^>]*fill: {style.WORSE}", svg, re.IGNORECASE)
    assert len(marks) == 2 * n  # and the key


def test_a_timeline_leaves_out_who_has_no_date() -> None:
    rows = [Row("Kommun", is_heading=True), Row("Part 1", "oktober 2025"), Row("Part 2", "inget datum")]
    svg = timeline.draw(rows, [date(2025, 10, 1), None], WORDS, language="sv")
    assert {"Kommun", "Part 1", "Part 2", "inget datum"} <= set(texts(svg))
    assert len(re.findall(rf"<use [^>]*fill: {style.AFTER}", svg, re.IGNORECASE)) == 2  # one start, the key


def test_a_start_stands_at_the_tick_of_its_month() -> None:
    svg = timeline.draw([Row("Part 1", "oktober")], [date(2025, 10, 1)], WORDS, language="sv")
    root = ET.fromstring(svg)
    label = next(node for node in root.iter() if node.text == "okt")
    marks = [float(str(node.get("x"))) for node in root.iter() if node.tag.endswith("use")]
    assert float(str(label.get("x"))) == pytest.approx(max(marks), abs=0.2)


def test_a_grid_tells_states_apart_by_more_than_colour() -> None:
    known = (
        dict.fromkeys(MONTHS[:10], "followed")
        | dict.fromkeys(MONTHS[12:], "partly")
        | {MONTHS[10]: "missing"}
    )
    found = states(MONTHS, [("sip", "table", known)])
    key = {"followed": "hel", "partly": "delvis", "delivered": "väntar", "missing": "saknas"}
    svg = grid.draw(found, [Row("Tabeller", is_heading=True), Row("SIP")], WORDS, language="sv", key=key)
    assert {"hel", "delvis", "saknas", "SIP"} <= set(texts(svg))
    assert "väntar" not in texts(svg)


def test_an_axis_of_ratios_is_written_as_changes_and_holds_its_line() -> None:
    axis = value_axis(np.array([0.6, nan, 0.9]), nothing=1.0, percent=True, language="sv", line=1.0)
    assert axis.ends[0] <= 0.6
    assert axis.ends[1] >= 1.0
    assert "−40\N{NO-BREAK SPACE}%" in dict(axis.ticks).values()


def test_a_long_name_is_broken_and_the_picture_grows() -> None:
    with style.drawing():
        short, long = (
            Board(WORDS, [Row(name)], Axis((0.0, 1.0), ((0.0, "0"),)))
            for name in ("A", "ett ganska långt namn " * 6)
        )
    assert long.height > short.height
