"""Both charts, as a page gets them."""

import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import matplotlib
import numpy as np
import pandas as pd
import pytest

from analysis.charts import Chart, interrupted, run, style
from analysis.errors import DisclosureStop
from analysis.release import drawn
from analysis.release.lines import CURVES

SVG = "{http://www.w3.org/2000/svg}"
START, SETTLED = date(2025, 10, 1), date(2026, 1, 1)
SHARED = {
    "title": "Avvikelserna var 33\xa0% färre än väntat",
    "subtitle": "Avvikelser per 1\xa0000 utskrivningar",
    "source": "Källa: syntetiska data.",
    "observed": "Observerad månad",
    "start_label": "Genomförande startar",
    "transition_label": "Införande",
}
INTERRUPTED = interrupted.InterruptedText(
    **SHARED,
    expected_without="Väntat utan förändring",
    estimated="Skattat utfall",
    effect="−33\xa0%",
    interval="95\xa0% KI 21–43\xa0%",
    tone="improved",
)
RUN = run.RunText(**SHARED, median="Median före 36,0", signal="Varaktig förbättring")


def monthly(first="2021-11-01", number=58, level=36.0):
    starts = pd.date_range(first, periods=number, freq="MS")
    season = 1 + 0.05 * np.cos(2 * np.pi * starts.month / 12)
    step = np.where(starts >= pd.Timestamp(SETTLED), 0.67, 1.0)
    return pd.DataFrame({"period_start": starts, "value": level * season * step})


def fitted(points):
    after = pd.to_datetime(points["period_start"]) >= pd.Timestamp(SETTLED)
    fit = points.assign(used=True, expected=36.0 * np.where(after, 0.67, 1.0))
    fit["without"] = np.where(after, 36.0, np.nan)
    for course in ("expected", "without"):
        fit[f"{course}_low"], fit[f"{course}_high"] = fit[course] * 0.9, fit[course] * 1.1
    return fit


def released_points(table):
    """Points that have passed the gate, whatever they are: only the tests of charts may do so."""
    return drawn.ReleasedPoints(table, drawn.SEAL)


def released_curves(table):
    """Lines that have passed the gate, whatever they are."""
    return drawn.ReleasedCurves(table[["period_start", *CURVES]], drawn.SEAL)


def centre(shown):
    """The median of the values before the start."""
    return shown.table[pd.to_datetime(shown.table["period_start"]) < str(START)]["value"].median()


def draw_interrupted(points=None, text=INTERRUPTED, fit=True, language="sv", **options):
    points = monthly() if points is None else points
    curves = fitted(points) if fit is True else fit
    curves = None if curves is None else released_curves(curves)
    return interrupted.draw(
        released_points(points), curves, start=START, settled=SETTLED, text=text, language=language, **options
    )


def draw_run(points=None, text=RUN, signal="improved", language="sv", **options):
    points = monthly() if points is None else points
    shown = released_points(points)
    return run.draw(
        shown,
        median=options.pop("median", centre(shown)),
        start=START,
        settled=SETTLED,
        signal=signal,
        text=text,
        language=language,
        **options,
    )


CHARTS = {"interrupted": (draw_interrupted, INTERRUPTED), "run": (draw_run, RUN)}
both = pytest.mark.parametrize(("draw", "text"), CHARTS.values(), ids=CHARTS)


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]


def markers(svg):
    """The numbers of drawn values: before and in the transition, after; without those of the key."""
    color = re.compile(r"fill: (#\w+)")
    styles = [use.get("style") for use in ET.fromstring(svg).iter(f"{SVG}use")]
    fills = [color.search(look)[1].upper() for look in styles if "stroke: #ffffff" in look]
    before, after = fills.count(style.BEFORE), sum(fill != style.BEFORE for fill in fills)
    return before - 1, max(after - 1, 0)


@both
def test_chart_is_one_svg_element_that_needs_nothing_from_elsewhere(draw, text):
    svg = draw()
    root = ET.fromstring(svg)
    assert svg.startswith("<svg ")
    assert root.tag == f"{SVG}svg"
    assert root.get("width") == "496.8pt"
    assert root.get("viewBox").startswith("0 0 496.8 ")
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not {"metadata", "style", "script", "image"} & {e.tag.removeprefix(SVG) for e in root.iter()}


def test_same_data_give_same_bytes_in_every_process():
    seeds = ("1", "77")
    runs = [
        subprocess.Popen(
            [sys.executable, __file__], stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in seeds
    ]
    here = (draw_interrupted() + draw_run()).encode()
    assert [process.communicate()[0] for process in runs] == [here, here]


@both
def test_settings_of_the_session_neither_reach_the_chart_nor_are_changed(draw, text):
    plain = draw()
    with matplotlib.rc_context({"font.family": "serif", "lines.solid_capstyle": "round", "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        assert draw() == plain
        assert dict(matplotlib.rcParams) == before


def test_ids_of_two_charts_on_one_page_do_not_meet():
    charts = [draw_interrupted(), draw_run(), draw_interrupted(monthly(level=50.0))]
    ids = [found for svg in charts for found in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) > 0
    for svg in charts:
        targets = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
        assert targets == set(re.findall(r'\bid="([^"]+)"', svg))


@both
def test_dollar_underscore_and_angle_bracket_are_plain_letters(draw, text):
    words = {"title": "_$a_1$ <b> & $", "source": "_k", "start_label": "$x^2$"}
    shown = texts(draw(text=replace(text, **words)))
    assert set(words.values()) <= set(shown)


@both
def test_empty_words_draw_no_text(draw, text):
    shown = texts(draw(text=replace(text, title="", source="", observed="", start_label="")))
    assert "" not in shown
    assert None not in shown


@both
def test_value_not_released_and_month_without_row_are_not_drawn(draw, text):
    points = monthly()
    assert markers(draw(points)) == (50, 8)
    points.loc[[3, 55], "value"] = np.nan
    assert markers(draw(points.drop(index=20))) == (48, 7)


@both
def test_nullable_numbers_and_plain_dates_are_read(draw, text):
    points = monthly().astype({"value": "Float64"})
    points["period_start"] = points["period_start"].dt.date
    points.loc[4, "value"] = pd.NA
    assert markers(draw(points)) == (49, 8)


@both
def test_order_of_rows_does_not_matter(draw, text):
    assert draw(monthly().iloc[::-1]) == draw()


def test_run_line_breaks_where_a_month_is_missing():
    def pieces(svg):
        lines = [
            p.get("d") for p in ET.fromstring(svg).iter(f"{SVG}path") if style.BEFORE.lower() in str(p.attrib)
        ]
        return max(line.count("M") for line in lines)

    points = monthly()
    assert pieces(draw_run(points)) == 1
    points.loc[10, "value"] = np.nan
    assert pieces(draw_run(points.drop(index=20))) == 3


def test_fitted_course_is_an_unbroken_line():
    root = ET.fromstring(draw_interrupted())
    ink = [p.get("d") for p in root.iter(f"{SVG}path") if "stroke: #1b2430" in p.get("style", "")]
    assert [(line.count("M"), line.count("L")) for line in ink] == [(1, 46)]


def test_fit_of_one_month_after_is_drawn_as_long_as_the_month():
    svg = draw_interrupted(monthly(number=51))
    blue = [
        p.get("d")
        for p in ET.fromstring(svg).iter(f"{SVG}path")
        if "stroke: #0b5fa5; stroke-width: 1.9" in p.get("style", "")
    ]
    assert [line.count("L") for line in blue] == [1]


def test_too_little_data_draws_values_alone():
    shown = texts(draw_interrupted(monthly("2025-08-01", 6), fit=None))
    assert INTERRUPTED.effect not in shown
    assert INTERRUPTED.title in shown
    assert markers(draw_interrupted(monthly("2025-08-01", 6), fit=None)) == (6, 0)


@both
@pytest.mark.parametrize("number", [0, 1])
def test_no_or_one_value_is_drawn_without_error(draw, text, number):
    ET.fromstring(draw(monthly(number=number)))


@both
def test_series_without_any_released_value_is_drawn_without_error(draw, text):
    ET.fromstring(draw(monthly().assign(value=np.nan)))


def test_fit_without_answer_after_the_change_has_no_effect_label():
    fit = fitted(monthly()).assign(without=np.nan)
    assert INTERRUPTED.effect not in texts(draw_interrupted(fit=fit))


def test_a_run_chart_of_something_that_has_not_passed_the_gate_is_not_drawn():
    options = {"median": 36.0, "start": START, "settled": SETTLED, "signal": "plain", "text": RUN}
    with pytest.raises(DisclosureStop):
        run.draw(monthly(), language="sv", **options)


@pytest.mark.parametrize("of", ["points", "fit"])
def test_a_series_of_something_that_has_not_passed_the_gate_is_not_drawn(of):
    points, fit = released_points(monthly()), released_curves(fitted(monthly()))
    given = {"points": (points.table, fit), "fit": (points, fit.table)}[of]
    with pytest.raises(DisclosureStop):
        interrupted.draw(*given, start=START, settled=SETTLED, text=INTERRUPTED, language="sv")


def test_median_of_something_else_is_not_drawn():
    with pytest.raises(DisclosureStop, match="median"):
        draw_run(median=36.123456)


def test_median_that_does_not_exist_is_not_drawn():
    dashes = "stroke-dasharray: 7.5"
    assert dashes in draw_run()
    assert dashes not in draw_run(median=float("nan"))


@pytest.mark.parametrize(("tone", "color"), [("improved", style.AFTER), ("worsened", style.WORSE)])
@both
def test_direction_is_told_by_shape_as_well_as_colour(draw, text, tone, color):
    options = {"signal": tone} if text is RUN else {"text": replace(INTERRUPTED, tone=tone)}
    svg = draw(**options)
    shapes = {path.get("d") for path in ET.fromstring(svg).iter(f"{SVG}path") if path.get("id")}
    assert f"fill: {color.lower()}" in svg
    assert len(shapes) >= 2


def test_axis_is_written_in_the_language():
    large = monthly(level=2600.0)
    swedish, english = texts(draw_run(large)), texts(draw_run(large, language="en"))
    assert {"1\xa0000", "juli", "2026"} <= set(swedish)
    assert {"1,000", "Jul", "2026"} <= set(english)
    shares = texts(draw_run(monthly(level=0.11), percent=True))
    assert {"5\xa0%", "0\xa0%"} <= set(shares)
    changes = texts(draw_run(monthly().assign(value=lambda rows: rows["value"] / 36 - 1)))
    assert {"−0,2", "0,0"} <= set(changes)


def test_quarter_lies_at_the_middle_of_its_period():
    quarters = monthly()[::3].assign(period_end=lambda q: q["period_start"] + pd.DateOffset(months=3))
    assert draw_run(quarters) == draw_run(quarters.drop(columns="period_end"))
    first = next(ET.fromstring(draw_run(quarters)).iter(f"{SVG}use"))
    month = next(ET.fromstring(draw_run(monthly()[:58])).iter(f"{SVG}use"))
    assert float(first.get("x")) > float(month.get("x"))


@both
def test_no_text_leaves_the_picture_and_no_two_texts_meet(draw, text):
    long = "Antalet utskrivningsklara vårddygn ökade efter lagändringen om samverkan vid utskrivning "
    svg = draw(text=replace(text, title=long * 2, subtitle=long * 2, source=long * 3, start_label=long))
    assert_boxes_are_apart(svg)
    assert sum(shown in long * 3 and len(shown) > 60 for shown in texts(svg)) >= 6


@pytest.mark.parametrize("effect", [1.0, 0.98, 0.7, 1.3, 0.0])
def test_labels_at_the_right_do_not_meet_however_near_the_courses_are(effect):
    fit = fitted(monthly())
    fit["expected"] = fit["without"].fillna(36.0) * np.where(fit["without"].notna(), effect, 1.0)
    text = replace(INTERRUPTED, interval="95\xa0% konfidensintervall från 12 till 24 procentenheter")
    assert_boxes_are_apart(draw_interrupted(fit=fit, text=text))


def assert_boxes_are_apart(svg):
    root = ET.fromstring(svg)
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    boxes = []
    for element in root.iter(f"{SVG}text"):
        size = float(re.search(r"font-size: ([\d.]+)", element.get("style"))[1])
        weight = style.STRONG if "font-weight: 600" in element.get("style") else style.REGULAR
        wide = style.text_width(element.text, size, weight)
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[
            re.search(r"text-anchor: (\w+)", element.get("style"))[1]
        ]
        left, base = float(element.get("x")) - share * wide, float(element.get("y"))
        boxes.append((left, base - 0.72 * size, left + wide, base + 0.2 * size, element.text))
    assert all(b[0] >= 0 and b[1] >= 0 and b[2] <= width and b[3] <= height for b in boxes)
    for place, a in enumerate(boxes):
        for b in boxes[place + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def lowest(svg):
    """The heights of the lowest value's marker and of the axis, from the top."""
    root = ET.fromstring(svg)
    axis = [p.get("d") for p in root.iter(f"{SVG}path") if style.RULE.lower() in p.get("style", "")][-1]
    marks = [float(use.get("y")) for use in root.iter(f"{SVG}use") if "stroke: #ffffff" in use.get("style")]
    ground = float(axis.split()[2])
    return max(mark for mark in marks if mark < ground + 1), ground  # those of the key lie below


@both
def test_a_picture_has_no_ground_so_that_a_shadow_below_is_seen(draw, text):
    grounds = [p for p in ET.fromstring(draw()).iter(f"{SVG}path") if "fill: #ffffff" in p.get("style", "")]
    assert grounds == []


@pytest.mark.parametrize("zero", [True, False])
@both
def test_no_point_lies_on_the_axis_that_does_not_begin_at_zero(draw, text, zero):
    points = (
        monthly().assign(value=[0.72, *[0.8] * 57]).assign(value=lambda rows: rows["value"] - zero * 0.72)
    )
    fit = {"fit": None} if draw is draw_interrupted else {"median": float("nan")}
    mark, axis = lowest(draw(points, zero=zero, percent=True, **fit))
    assert mark == pytest.approx(axis, abs=0.2) if zero else mark < axis - 4


@both
def test_an_axis_that_does_not_begin_at_zero_says_so(draw, text):
    told = replace(text, cut="Axeln börjar inte vid noll.")
    assert any("börjar inte" in line for line in texts(draw(text=told, zero=False)))
    assert not any("börjar inte" in line for line in texts(draw(text=told, zero=True)))


@both
def test_drawing_takes_less_than_half_a_second(draw, text):
    draw()
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        draw()
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.5


def test_chart_on_a_page_is_one_image_with_its_alternative_text():
    html = Chart(svg=draw_run(), alt='Fell from "36" to <24> & stayed', title="Fell").html
    root = ET.fromstring(html)
    assert root.attrib == {
        "class": "figure",
        "role": "img",
        "aria-label": 'Fell from "36" to <24> & stayed',
    }
    assert (root[0].get("aria-hidden"), root[0].get("focusable")) == ("true", "false")


if __name__ == "__main__":
    sys.stdout.buffer.write((draw_interrupted() + draw_run()).encode())
