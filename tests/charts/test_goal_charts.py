"""Charts of goals and of steps: only released rows, every number as the language writes it."""

from __future__ import annotations

import re
from dataclasses import replace
from math import nan
from typing import Any

import pandas as pd
import pytest

from analysis.charts import forest, steps, style
from analysis.charts.board import Axis, Board, Row
from analysis.errors import DisclosureStop
from analysis.release.rows import ReleasedRows
from analysis.release.sealed import sealed

COMMON = {"title": "Fynd", "subtitle": "Mått", "source": "Källa", "observed": "", "transition_label": ""}
FOREST = forest.ForestText(
    **COMMON, start_label="som väntat", improved="Bättre", worsened="Sämre", plain="Annat"
)
STEPS = steps.StepsText(**COMMON, start_label="", before="förr", after="nu")
NAMES = [("E5 Mål", "Bättre än väntat", "+10 %"), ("E6 Mål", "För lite data", "–")]


def rows(**columns: list[Any]) -> ReleasedRows:
    return sealed(ReleasedRows, "R5", _cells=pd.DataFrame(columns))


def results(*estimates: float) -> ReleasedRows:
    values = list(estimates)
    return rows(estimate=values, low=[v - 0.05 for v in values], high=[v + 0.05 for v in values])


def shares(before: float, after: float) -> ReleasedRows:
    return rows(name=["offered"], share_before=[before], share_after=[after])


def test_the_forest_tells_names_verdicts_and_numbers_and_explains_the_marks_it_draws() -> None:
    svg = forest.draw(results(0.1, nan), NAMES, ["improved", "plain"], FOREST, language="sv")
    assert all(word in svg for name, verdict, _ in NAMES for word in (name, verdict))
    assert ">+10\N{NO-BREAK SPACE}%<" in svg
    assert ">Bättre<" in svg
    assert ">Annat<" in svg
    assert ">Sämre<" not in svg
    assert "." not in "".join(part.split("<")[0] for part in svg.split(">")[1:] if "%" in part.split("<")[0])


def test_the_forest_tells_a_change_as_it_is_drawn_and_in_its_own_unit_with_a_word() -> None:
    names = [("E6 Mål", "Bättre", "−0,3 dagar"), ("E7 Mål", "Annat", "")]
    told = replace(FOREST, own="egen enhet:", unattributed="Oklart varför")
    svg = forest.draw(results(0.14, -0.02), names, ["unattributed", "plain"], told, language="sv")
    assert svg.count("egen enhet:") == 1
    assert ">egen enhet: −0,3 dagar<" in svg
    assert {">+14\N{NO-BREAK SPACE}%<", ">−2\N{NO-BREAK SPACE}%<", ">Oklart varför<"} <= set(
        re.findall(">[^<]+<", svg)
    )
    assert "dagar" not in forest.draw(results(0.14, -0.02), names, ["plain"] * 2, FOREST, language="sv")


def test_the_small_line_at_the_right_stands_beside_the_plot() -> None:
    wide = "ett mycket långt mått i en egen enhet"
    with style.drawing():
        axis = Axis((0.0, 1.0), ((0.0, "0"), (1.0, "1")))
        short, long = (Board(FOREST, [Row("A", "1", below=below)], axis) for below in ("", wide))
    assert short.right - long.right > style.text_width(wide, style.SMALL) - style.text_width("1") - 1


def test_a_forest_without_a_number_still_has_its_rows() -> None:
    svg = forest.draw(results(nan, nan), NAMES, ["plain", "plain"], FOREST, language="en")
    assert "E6 Mål" in svg


@pytest.mark.parametrize(("language", "said"), [("sv", "40\u00a0% → 50\u00a0%"), ("en", "40% → 50%")])
def test_steps_write_both_shares(language: str, said: str) -> None:
    svg = steps.draw(shares(0.4, 0.5), {"offered": "Erbjuden"}, STEPS, language=language)
    assert said in svg
    assert ">förr<" in svg
    assert ">nu<" in svg


def test_steps_without_a_before_draw_one_mark_and_name_one_period() -> None:
    svg = steps.draw(shares(nan, 0.5), {"offered": "Erbjuden"}, STEPS, language="sv")
    assert "→" not in svg
    assert ">förr<" not in svg


def test_a_plain_frame_is_refused() -> None:
    frame = results(0.1, 0.2).table
    with pytest.raises(DisclosureStop):
        forest.draw(frame, NAMES, ["plain", "plain"], FOREST, language="sv")
    with pytest.raises(DisclosureStop):
        steps.draw(frame, {"offered": "x"}, STEPS, language="sv")
