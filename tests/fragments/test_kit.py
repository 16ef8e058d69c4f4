"""What fragments are built of: text whose dates stay whole, names that begin a line, marked intervals."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from analysis.fragments import kit
from analysis.words import Words
from demo_home import text_of

HELD = '<span class="when">2024-01 – 2024-06</span>'


@pytest.mark.parametrize("made", [kit.paragraph, kit.note])
def test_a_period_in_a_sentence_stays_on_one_line_and_the_sentence_is_escaped(made: object) -> None:
    html, tables = made("Under 2024-01 – 2024-06 <b>")  # type: ignore[operator]
    assert f"Under {HELD} &lt;b&gt;" in html
    assert text_of(html).strip() == "Under 2024-01 – 2024-06 <b>"
    assert tables == ()


def test_a_name_that_begins_a_line_has_a_capital_and_keeps_the_rest() -> None:
    assert kit.label("the Gothenburg area") == "The Gothenburg area"
    assert kit.label("NU-sjukvården") == "NU-sjukvården"


@pytest.mark.parametrize(("reasons", "star"), [((), ""), ((("family", {"n": 6}),), "*")])
def test_the_words_of_an_interval_get_the_star_of_its_answer(reasons: tuple, star: str) -> None:
    effect, view = SimpleNamespace(reasons=reasons), SimpleNamespace(words=Words("sv"))
    assert kit.marked("+16 %", effect, view) == f"+16 %{star}"  # type: ignore[arg-type]
