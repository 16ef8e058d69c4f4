"""What is said of columns as such, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.cells import Chunk, Export
from analysis.sources.columnwords import Nameless, as_sent, harmless, own_columns, say_headers
from analysis.sources.mapping import OURS, Places

OWN = [*OURS, "Ort"]


def chunk(*columns: list[str], as_dictionary: bool = False) -> Chunk:
    arrays = [pa.array(c, pa.string()) for c in columns]
    if as_dictionary:
        arrays = [a.dictionary_encode() for a in arrays]
    n = len(columns[0])
    return Chunk(
        pa.table(arrays, [str(n) for n in range(len(columns))]), np.arange(1, n + 1), np.arange(2, n + 2)
    )


def sent(cell: str, header: list[str] = OWN, *, as_dictionary: bool = False) -> str:
    columns = [[cell]] * len(header)
    return as_sent(chunk(*columns, as_dictionary=as_dictionary), header).table.column(0)[0].as_py()


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("cell", ["", "text", "1=1", "'text", "' =1", "5-3", "å"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(alphabet="='+-@\t\n＝a 1", max_size=6))
def test_a_cell_comes_back_as_it_was_sent(cell: str) -> None:
    assert sent(harmless(cell)) == cell


def test_only_files_of_ours_have_apostrophes_of_ours() -> None:
    assert sent("'=1", ["Ort", "Kommun", "Text"]) == "'=1"
    assert sent("'=1", as_dictionary=True) == "=1"


def test_our_own_columns_are_known_wherever_they_stand() -> None:
    assert own_columns(["Ort", OURS[1], "x", OURS[0]]) == [1, 3]
    assert own_columns(["Ort"]) == []


def places(**found: list[int]) -> Places:
    nothing: dict[str, list[int]] = {"dropped": [], "extra": [], "unnamed": [], "renamed": []}
    return Places({}, {}, **(nothing | found))


def export(*header: str) -> Export:
    return Export("f.csv", list(header), 3, iter(()))


def said(of: Export) -> list[tuple[object, ...]]:
    return [tuple(row) for row in of.findings.warnings[["row", "line", "column", "reason"]].to_numpy()]


def test_renamed_and_unknown_headers_are_said_once_at_the_header() -> None:
    file = export("ORT", "Nytt", "Sort")
    say_headers(file, places(renamed=[0], extra=[1]))
    assert said(file) == [(0, 3, "Nytt", "extra_column"), (0, 3, "ORT", "renamed_column")]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [(["", " ", "\u00a0"], "empty_column"), (["", "x"], "extra_column"), (["x", ""], "extra_column")],
)
@pytest.mark.parametrize("as_dictionary", [False, True])
def test_a_column_without_a_header_is_empty_or_unknown(
    cells: list[str], reason: str, as_dictionary: bool
) -> None:
    file = export("Ort", "")
    nameless = Nameless(file, places(unnamed=[1]))
    given = chunk(["a"] * len(cells), cells, as_dictionary=as_dictionary)
    assert nameless.look(given) is given
    nameless.say()
    assert said(file) == [(0, 3, "column 2", reason)]


def test_a_column_without_a_header_may_fill_late() -> None:
    file = export("Ort", "")
    nameless = Nameless(file, places(unnamed=[1]))
    for cells in ([""], ["x"], [""]):
        nameless.look(chunk(["a"], cells))
    nameless.say()
    assert [reason for *_, reason in said(file)] == ["extra_column"]
