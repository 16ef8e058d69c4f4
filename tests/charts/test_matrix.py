"""The grid of who about whom, the bars by kind and the curves: they show released values and nothing else."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from analysis.area import Policy
from analysis.charts import curve, matrix, pareto
from analysis.charts.sheet import Sheet, SheetText
from analysis.errors import DisclosureStop
from analysis.release import at_fixed_days, breakdown

POLICY = Policy()
START = pd.Timestamp("2026-01-01")
MONTHS = list(pd.date_range(START, periods=6, freq="MS"))
NAMES = {"a": "Hemsjukvård", "b": "Bistånd/socialtjänst", "c": "Sjukhus"}
WORDS = {"title": "Rubrik", "subtitle": "Under", "source": "Källa"}
MARKS = {"hidden": "≤7", "withheld": "–"}


def shown(counts: dict[str, int], keys: list[str] | None = None):
    rows = [("all", key, START, n) for key, n in counts.items()]
    frame = pd.DataFrame(rows, columns=["unit", "key", "month", "n"])
    return breakdown(
        frame,
        keys=keys or list(counts),
        units=[],
        whole_unit="all",
        complete=MONTHS,
        policy=POLICY,
        series={},
    )["all"]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def pairs(**counts: int):
    keys = [f"{a}>{b}" for a in NAMES for b in NAMES]
    given = {key.replace("_", ">"): n for key, n in counts.items()}
    return shown({key: given.get(key, 0) for key in keys})


def drawn_matrix(one) -> str:
    text = matrix.MatrixText(**WORDS, **MARKS, rows="Rapporterar", columns="Om")
    return matrix.draw(one, {START: "Första halvåret"}, NAMES, joint=">", text=text, language="sv")


def drawn_bars(one) -> str:
    text = pareto.ParetoText(**WORDS, **MARKS, together="Sammanlagt")
    return pareto.draw(one, START, NAMES, text=text, language="sv")


def leaving(*waits: float):
    return at_fixed_days(waits, POLICY, (0, 1, 2, 5))


def drawn_curves(*curves, name: str = "Före") -> str:
    names = (name, "Efter")[: len(curves)]
    text = curve.CurveText(**WORDS, names=names, days="Dagar", left="Kvar", hidden="–")
    return curve.draw(curves, text=text, language="sv")


def test_grid_writes_every_count_as_it_is_released() -> None:
    found = texts(drawn_matrix(pairs(a_b=43, b_c=12, c_a=30, b_a=3)))
    assert {"45", "10", "30", "≤7", "0", "Första halvåret", "Rapporterar", "Om"} <= set(found)
    assert not {"43", "12", "3"} & set(found)


@pytest.mark.parametrize(
    ("fill", "text"), [("#FFFFFF", "#000000"), ("#0B5FA5", "#FDFDFD"), ("#777777", "#000000")]
)
def test_text_on_a_fill_can_be_read(fill: str, text: str) -> None:
    assert matrix.text_on(fill) == text


def test_grid_of_noughts_alone_is_drawn() -> None:
    assert set("0") <= set(texts(drawn_matrix(pairs())))


def test_bars_stand_in_falling_order_with_their_numbers_and_shares() -> None:
    one = shown({"a": 20, "b": 60, "c": 20})
    rows = pareto.ordered(one, START)
    assert rows.key.tolist() == ["b", "a", "c"]
    assert rows.together.tolist() == pytest.approx([0.6, 0.8, 1.0])
    assert {"60", "20", "60\N{NO-BREAK SPACE}%", "100\N{NO-BREAK SPACE}%", "Sammanlagt"} <= set(
        texts(drawn_bars(one))
    )


def test_no_line_of_a_long_name_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "Upprätta eller uppdatera samordnad individuell plan tillsammans med den enskilde och alla parter"
    for name in (words[:51], words, words * 3):
        monkeypatch.setitem(NAMES, "a", name)
        found = texts(drawn_bars(shown({"a": 20, "b": 60})))
        assert "".join(name.split()) in "".join("".join(found).split())
    few, many = (drawn_curves(leaving(0, 1, 2), name=name) for name in ("Före", words))
    assert "".join(words.split()) in "".join("".join(texts(many)).split())
    assert many.split('height="')[1] > few.split('height="')[1]


@pytest.mark.parametrize("turned", [False, True])
def test_of_curves_that_end_alike_the_name_of_the_one_that_begins_higher_stands_above(turned: bool) -> None:
    low, high = leaving(*[0.0] * 20, *[1.0] * 80), leaving(*[0.0] * 80, *[1.0] * 20)
    svg = drawn_curves(high, low) if turned else drawn_curves(low, high)
    order = re.findall(r"<text[^>]*>(Före|Efter)</text>", svg)[-2:]
    assert order == (["Före", "Efter"] if turned else ["Efter", "Före"])


def test_a_small_kind_is_a_mark_before_none_and_takes_the_shares_away() -> None:
    one = shown({"a": 0, "b": 60, "c": 4})
    rows = pareto.ordered(one, START)
    assert rows.key.tolist() == ["b", "c", "a"]
    assert rows.together.isna().all()
    found = texts(drawn_bars(one))
    assert "≤7" in found
    assert "Sammanlagt" not in found


def test_one_kind_alone_is_all_of_them() -> None:
    assert pareto.ordered(shown({"a": 20}), START).together.tolist() == [1.0]


def test_kinds_that_did_not_happen_have_no_shares() -> None:
    one = shown({"a": 0, "b": 0})
    assert pareto.ordered(one, START).together.isna().all()
    assert drawn_bars(one).startswith("<svg ")


def test_curves_step_at_the_shares_that_are_told_with_the_numbers_left_below() -> None:
    one, other = leaving(*[0] * 50, *[1] * 30, *[4] * 20), leaving(*[0] * 60, *[1] * 20, *[4] * 20)
    found = texts(drawn_curves(one, other))
    assert {"50", "20", "40", "–", "Före", "Efter", "Kvar", "100\N{NO-BREAK SPACE}%"} <= set(found)


def test_curve_without_anything_told_has_only_its_axes() -> None:
    one = leaving(0, 1, 2)
    assert all(math.isnan(day.share) for day in one.days)
    assert drawn_curves(one).startswith("<svg ")


@pytest.mark.parametrize("draw", [drawn_matrix, drawn_bars, drawn_curves])
def test_what_has_not_passed_the_gate_is_refused(draw) -> None:
    with pytest.raises(DisclosureStop):
        draw(pd.DataFrame({"n": [12]}))


@pytest.mark.parametrize(
    ("axis", "value", "stops"), [("x", 60.0, False), ("x", 59.0, True), ("y", 59.0, True)]
)
def test_a_bar_of_another_length_stops_the_report(axis, value: float, stops: bool) -> None:
    one = shown({"a": 60, "b": 20})
    sheet = Sheet(SheetText(**WORDS), 100)
    axes = sheet.axes(10, 20, 90, 90)
    bar = axes.barh if axis == "x" else axes.bar
    bar(60.0 if axis == "x" else 20.0, value, height=0.0) if axis == "x" else bar(20.0, value)
    if stops:
        with pytest.raises(DisclosureStop, match="value"):
            sheet.svg(one, axis=axis, ends=(0.0, 60.0))
    else:
        assert sheet.svg(one, axis=axis, ends=(0.0, 60.0)).startswith("<svg ")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_same_values_make_the_same_bytes(language: str) -> None:
    text = pareto.ParetoText(**WORDS, **MARKS, together="T")
    first, second = (
        pareto.draw(shown({"a": 2000, "b": 500}), START, NAMES, text=text, language=language) for _ in "ab"
    )
    assert first == second
    assert {"sv": "2\N{NO-BREAK SPACE}000", "en": "2,000"}[language] in texts(first)
