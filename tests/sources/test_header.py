"""The header is found among the first lines, and with it what separates the fields."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused, Place
from analysis.sources.header import Header, find_header, folded, refuse_repeated, tidy

SECRET = "19121212-1212"
NAMES = ["Id", "Enhet", "Återinskriven 30 d", "Datum"]


def fit(cells: Iterable[str]) -> float:
    known = {folded(name) for name in NAMES}
    return sum(folded(cell) in known for cell in cells) / len(NAMES)


def find(head: str, declared: str = ";") -> Header:
    return find_header(head, declared, fit, "export.csv")


def refused(head: str, declared: str = ";") -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        find(head, declared)
    error = caught.value
    assert error.exit_code == 65
    assert error.where is not None
    assert error.where.file == "export.csv"
    assert SECRET not in str(error)
    return error


def line(delimiter: str = ";", names: Iterable[str] = NAMES) -> str:
    return delimiter.join(names)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("declared", [";", ",", "\t", ":"])
def test_the_header_that_fits_tells_the_delimiter(delimiter: str, declared: str) -> None:
    assert find(f"{line(delimiter)}\n1{delimiter}2\n", declared) == Header(NAMES, 1, 1, delimiter, True)


def test_the_declared_delimiter_may_be_an_unusual_one() -> None:
    assert find(line(":"), ":").delimiter == ":"


@pytest.mark.parametrize("fits", [True, False])
def test_bars_between_the_fields_are_refused(fits: bool) -> None:
    error = refused(line("|", NAMES if fits else ["a", "b", SECRET]) + "\n1|2|3\n")
    assert (error.reason, error.where.line) == ("delimiter", 1)


def test_an_unknown_header_is_the_first_line_with_text_and_has_its_likeliest_delimiter() -> None:
    header = find("\n\nx,y,z\n1;2,3\n")
    assert (header.cells, header.line, header.delimiter, header.is_first) == (["x", "y", "z"], 3, ",", True)


def test_the_declared_delimiter_wins_where_two_are_as_likely() -> None:
    assert find("a,b;c\n", ";").delimiter == ";"
    assert find("a,b;c\n", ",").delimiter == ","


@pytest.mark.parametrize(("known", "found"), [(2, 3), (1, 1)])
def test_half_of_the_columns_make_a_header_below_other_lines(known: int, found: int) -> None:
    header = find(f"Rapport\nUttag\n{line(names=NAMES[:known])}\n1;2\n")
    assert (header.line, header.is_first) == (found, found == 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_by_any_line_end(end: str) -> None:
    header = find(end.join(["Rapport", "", f"Id;{SECRET}", line(), "1;2;3;4"]))
    assert (header.line, header.last_line, header.is_first) == (4, 4, False)


@pytest.mark.parametrize(("preamble", "found"), [(20, 21), (21, 1)])
def test_the_header_may_stand_below_twenty_lines(preamble: int, found: int) -> None:
    assert find("Rapport\n" * preamble + line() + "\n1;2;3;4\n").line == found


def test_the_first_of_two_equal_headers_is_the_header() -> None:
    assert find(f"{line()}\n1;2;3;4\n{line()}\n").line == 1


@pytest.mark.parametrize("sep", ["sep=;", '"sep=;"', "sep=; ", "\ufeffsep=;"])
def test_the_line_that_a_spreadsheet_puts_first_is_no_header(sep: str) -> None:
    header = find(f"{sep}\n{line()}\n")
    assert (header.line, header.delimiter, header.is_first) == (2, ";", True)


@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_the_stated_delimiter_is_used_for_an_unknown_header(sign: str) -> None:
    header = find(f"sep={sign}\na{sign}b;,;,c\n")
    assert (header.delimiter, header.line) == (sign, 2)


@pytest.mark.parametrize("sign", ['"', "|", "§", "a", "^"])
def test_a_stated_delimiter_that_is_not_read_is_refused(sign: str) -> None:
    assert refused(f"sep={sign}\n{line(sign)}\n").reason == "delimiter"


@pytest.mark.parametrize("head", ["", "\n\n", " \r\n\t", "sep=;\n", "sep=;"])
def test_no_text_at_all_is_an_empty_file(head: str) -> None:
    assert refused(head).reason == "empty"


def test_quotes_around_headers_are_taken_away() -> None:
    assert find('"Id";"Enhet; ""A""";Datum\n').cells == ["Id", 'Enhet; "A"', "Datum"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_header_may_break_over_lines(end: str) -> None:
    header = find(f'Rapport{end}Id;"Återinskriven{end}30 d";Enhet{end}1;2;3{end}')
    assert header.cells == ["Id", "Återinskriven 30 d", "Enhet"]
    assert (header.line, header.last_line) == (2, 3)


def test_a_quote_that_is_never_closed_does_not_take_the_lines_below() -> None:
    header = find(f'"Rapport\n{line()}\n1;2;3;4\n')
    assert (header.cells, header.line, header.last_line) == (NAMES, 2, 2)


def test_a_cell_of_any_length_is_no_obstacle() -> None:
    for cell in ("a" * 200_000, '"' + "a" * 200_000):
        assert find(f"{cell}\n{line()}\n").line == 2


@pytest.mark.parametrize(("columns", "reads"), [(1000, True), (1001, False), (1002, False), (100_000, False)])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_thousand_columns_is_the_most(columns: int, reads: bool, quote: str) -> None:
    head = ";".join(f"{quote}{n}{quote}" for n in range(columns)) + "\n"
    if reads:
        assert len(find(head).cells) == columns
    else:
        error = refused(head)
        assert error.reason == "too_many_columns"
        assert f"{columns} columns" in error.what


@pytest.mark.parametrize(
    "cell",
    [" Id", "Id ", "\u00a0Id", "I\u200bd", "\ufeffId", "I\u00add", "\tId\n"],
)
def test_stray_and_invisible_signs_in_a_header_do_not_show(cell: str) -> None:
    assert tidy(cell) == "Id"


@pytest.mark.parametrize("cell", ["ID", "id:", "Id *", "Ｉｄ", " Id : ", "iD..."])
def test_case_width_and_a_closing_sign_do_not_tell_headers_apart(cell: str) -> None:
    assert folded(cell) == folded("Id")


@given(st.text())
def test_tidying_and_folding_twice_change_nothing_more(cell: str) -> None:
    assert tidy(tidy(cell)) == tidy(cell)
    assert tidy(cell) == tidy(cell).strip()
    assert "\n" not in tidy(cell)


@pytest.mark.parametrize("twice", [[SECRET, SECRET], ["Id", "id:"], ["Enhet", "Enhet\u00a0"]])
def test_columns_with_one_header_are_named_by_position_since_a_header_may_be_missing(
    twice: list[str],
) -> None:
    with pytest.raises(InputRefused) as caught:
        refuse_repeated(["a", twice[0], "b", twice[1]], Place("export.csv", 1))
    assert caught.value.what == "columns 2 and 4 have the same header"
    assert (caught.value.reason, caught.value.where.line) == ("repeated_column", 1)
    assert SECRET not in str(caught.value)


def test_columns_without_a_header_are_no_repetition() -> None:
    refuse_repeated(["a", "", "b", "", " "], Place("export.csv", 1))
