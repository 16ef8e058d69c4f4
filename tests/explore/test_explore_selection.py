"""A selection and its bookmark: kept, sent, opened again; a broken one says what is wrong and possible."""

from __future__ import annotations

import ast
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.explore.dims import DIMS, TABLES, dims_of
from analysis.explore.selection import Selection

VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
MONTHS = st.sampled_from(["", "2024-01", "2025-10", "2026-12"])


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    table = draw(st.sampled_from(TABLES))
    filters = draw(
        st.dictionaries(st.sampled_from(dims_of(table)), st.lists(VALUES, min_size=1, max_size=3).map(tuple))
    )
    first, last = sorted([draw(MONTHS), draw(MONTHS)])
    return Selection(table, filters, first if last else "", last, draw(st.text(max_size=30)))


def test_a_bookmark_is_short_and_can_be_read() -> None:
    chosen = Selection(filters={"process_step": ("sip_call",), "unit": ("molndal",)}, first="2025-10")
    assert chosen.bookmark() == "deviations?unit=molndal&process_step=sip_call&from=2025-10"


def test_everything_is_the_name_of_the_table_alone() -> None:
    assert Selection("episodes").bookmark() == "episodes"
    assert Selection.of("episodes") == Selection("episodes")


@settings(max_examples=30)
@given(selections())
def test_a_bookmark_gives_the_same_selection_again(chosen: Selection) -> None:
    written = chosen.bookmark()
    assert re.fullmatch(r"[\w.~%,?=&+-]+", written, re.ASCII)
    assert Selection.of(written) == chosen
    assert Selection.of(written).bookmark() == written


@settings(max_examples=30)
@given(selections())
def test_the_code_is_a_cell_that_opens_the_same_selection(chosen: Selection) -> None:
    *_, last = ast.parse(chosen.code()).body
    assert isinstance(last, ast.Expr)
    (inner,) = last.value.args  # type: ignore[attr-defined]
    assert Selection.of(ast.literal_eval(inner.args[0])) == chosen


@pytest.mark.parametrize(
    ("bookmark", "says", "remedy"),
    [
        ("", "no table “”", "deviations, episodes, measurements"),
        ("answers?unit=x", "no table “answers”", "deviations, episodes, measurements"),
        ("deviations?colour=red", "“colour”", "by, about, unit"),
        ("episodes?by=x", "“by”", "hospital"),
        ("deviations?from=2025", "“2025” is not a month", "YYYY-MM"),
        ("deviations?from=2025-13", "“2025-13” is not a month", "YYYY-MM"),
        ("deviations?from=2025-10&to=2025-01", "later than the last", "Change"),
        ("deviations?from=2025-10,2025-11", "several values of “from”", "Give one"),
        ("deviations?unit", "“unit” cannot be read", "name=value"),
        ("deviations?=x", "“=x” cannot be read", "name=value"),
        ("deviations?unit=a b", "cannot be read", "name=value"),
        ("deviations?unit=<b>", "cannot be read", "name=value"),
        ("deviations?unit=a&unit=b", "“unit” twice", "commas"),
        ("deviations?unit=%ff", "is not text", "again"),
        ("deviations?text=" + "a" * 5000, "too long", "again"),
        ("\x00\udcff", "no table", "deviations"),
    ],
)
def test_a_broken_bookmark_says_which_part_and_what_is_possible(
    bookmark: str, says: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Selection.of(bookmark)
    assert says in caught.value.what
    assert remedy in caught.value.remedy


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_garbage_is_never_more_than_a_usage_error(garbage: str) -> None:
    for text in (garbage, "deviations?" + garbage):
        with suppress(UsageError):
            assert Selection.of(text).table


def test_blanks_and_accents_of_a_search_are_made_alike() -> None:
    assert Selection(text="  La\u0308kemedel \n saknas ").text == "Läkemedel saknas"
    assert Selection(text="a\ud800b").text == "a?b"


def test_empty_filters_are_no_filters_and_order_does_not_matter() -> None:
    one = Selection(filters={"unit": ("a",), "by": (), "about": ("b", "b")})
    assert one == Selection(filters={"about": ("b",), "unit": ("a",)})


def test_dimensions_have_names_of_their_own() -> None:
    for table in DIMS:
        names = dims_of(table)
        assert len(set(names)) == len(names)
        assert not {"from", "to", "text"} & set(names)
