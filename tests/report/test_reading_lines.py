"""What stands side by side on a page is one text: places and widths decide."""

from __future__ import annotations

import re

import pytest

from analysis.report.reading_lines import DRAWN, Drawn, Font, seen_lines

FONTS = {b"f0": Font({b"\0\1": "1", b"\0\2": "2"}, {b"\0\1": 500.0, b"\0\2": 500.0})}


def lines(drawn: str) -> list[str]:
    texts = map(Drawn.of, re.finditer(DRAWN, drawn.encode()))
    return [line for line in seen_lines(texts, FONTS) if line]


@pytest.mark.parametrize(
    ("at", "said"),
    [("5", ["12"]), ("6.9", ["12"]), ("7.1", ["1", "2"]), ("3.1", ["12"]), ("2.9", ["1", "2"])],
)
def test_a_text_goes_on_where_the_one_before_ended_give_or_take_a_fifth_of_its_size(
    at: str, said: list[str]
) -> None:
    assert lines(f"1 0 0 1 0 0 cm /f0 10 Tf <0001> Tj 1 0 0 1 {at} 0 cm <0002> Tj") == said


@pytest.mark.parametrize(("at", "said"), [("30", ["112"]), ("10", ["11", "2"])])
def test_what_moves_letters_apart_counts(at: str, said: list[str]) -> None:
    assert lines(f"1 0 0 1 0 0 cm /f0 10 Tf [<0001> -2000 <0001>] TJ 1 0 0 1 {at} 0 cm <0002> Tj") == said


def test_a_text_on_another_line_is_another_text() -> None:
    assert lines("1 0 0 1 0 0 cm /f0 10 Tf <0001> Tj 1 0 0 1 5 12 cm <0002> Tj") == ["1", "2"]


TOGETHER = b"1 0 0 1 0 0 cm/c0 cs 0.5 1 0 scn\nBT 0 Tr/f0 10 Tf 1 0 0 -1 0 0 Tm<0001>Tj"


def test_what_our_writer_sets_together_is_found_together() -> None:
    (found,) = re.finditer(DRAWN, TOGETHER)
    assert Drawn.of(found) == (b"1 0 0 1 0 0", b"f0", b"10", b"<0001>Tj")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/c0", b"/c1912"),
        (b"0.5 1 0", b"191212121212"),
        (b"scn\n", b"scn\nW "),
        (b"0 Tr", b"19 Tr"),
        (b"1 0 0 -1 0 0 Tm", b"1 0 0 -1 7 0 Tm"),
    ],
)
def test_what_stands_otherwise_is_found_one_by_one_and_the_rest_of_it_is_not_taken(
    old: bytes, new: bytes
) -> None:
    found = [Drawn.of(one) for one in re.finditer(DRAWN, TOGETHER.replace(old, new))]
    assert found == [(b"1 0 0 1 0 0", b"", b"", b""), (b"", b"f0", b"10", b""), (b"", b"", b"", b"<0001>Tj")]


@pytest.mark.parametrize(
    "drawn",
    [
        b"[<0001> 191212121212] TJ",
        b"[<0001> 1.19121212121] TJ",
        b"[<0001> /f0] TJ",
        b"<0001> Tjx",
        b"1 0 0 1 0 191212121212 cm",
        b"/f0 191212121212 Tf",
        b"/f0 10 Tfx",
    ],
)
def test_what_holds_a_long_number_or_goes_on_draws_nothing(drawn: bytes) -> None:
    assert not re.search(DRAWN, drawn)
