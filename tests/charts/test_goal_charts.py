"""Charts of goals and of steps: only released rows, every number as the language writes it."""

from __future__ import annotations

from math import nan
from typing import Any

import pandas as pd
import pytest

from analysis.charts import forest, steps
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
    assert all(word in svg for row in NAMES for word in row)
    assert ">Bättre<" in svg
    assert ">Annat<" in svg
    assert ">Sämre<" not in svg
    assert "." not in "".join(part.split("<")[0] for part in svg.split(">")[1:] if "%" in part.split("<")[0])


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
