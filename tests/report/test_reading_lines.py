"""What stands side by side on a page is one text: places and widths decide."""

from __future__ import annotations

import re

import pytest

from analysis.report.reading_lines import DRAWN, Font, seen_lines

FONTS = {b"f0": Font({b"\0\1": "1", b"\0\2": "2"}, {b"\0\1": 500.0, b"\0\2": 500.0})}


def lines(drawn: str) -> list[str]:
    found = seen_lines(
        re.finditer(DRAWN, drawn.encode()), FONTS, lambda string: bytes.fromhex(string[1:-1].decode())
    )
    return [line for line in found if line]


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
