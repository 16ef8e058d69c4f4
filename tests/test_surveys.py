"""What an area states of its surveys: read whole, refused where it contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis import surveys
from analysis.area import Area, read_area
from analysis.errors import SettingsError

ROUND = '[[rounds]]\nsurvey = "s"\nfirst_day = 2025-01-01\nlast_day = 2025-01-31\n'


@pytest.fixture(name="area")
def an_area(tmp_path: Path) -> Area:
    return replace(read_area("goteborg"), folder=tmp_path)


def written(area: Area, text: str) -> Area:
    (area.folder / surveys.FILE).write_text(text, encoding="utf-8")
    return area


def test_the_shipped_surveys_have_a_round_before_and_one_after() -> None:
    known = surveys.read(read_area("goteborg"))
    for survey in ("tydlighet", "npe"):
        before, after = known.of(survey, "before"), known.of(survey, "after")
        assert before
        assert after
        assert before.last_day < date(2025, 10, 1) < after.first_day


def test_the_documents_own_numbers_are_there() -> None:
    rounds = {r.survey: r for r in surveys.read(read_area("goteborg")).rounds}
    assert (rounds["intervjuer"].answered, rounds["intervjuer"].asked_n) == (47, 75)
    web = rounds["webbfraga"]
    assert (web.first_day, web.last_day, web.asked_n) == (date(2025, 1, 27), date(2025, 2, 10), None)


def test_invented_rounds_are_left_out_for_real_data() -> None:
    known = surveys.read(read_area("goteborg"), data_are_invented=False)
    assert {r.survey for r in known.rounds} == {"webbfraga", "intervjuer"}
    assert known.of("tydlighet", "before") is None


def test_an_area_without_the_file_has_no_surveys(area: Area) -> None:
    assert surveys.read(area) == surveys.Surveys()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rounds = 'x", "not valid TOML"),
        ("round = 1", "“round” is not a setting"),
        ('[[rounds]]\nsurvey = "s"', "“first_day” is not set"),
        (ROUND + 'colour = "red"', "“colour” is not a setting"),
        (ROUND + 'period = "during"', "the period “during” is not known"),
        (ROUND.replace("2025-01-31", "2024-12-31"), "are no period"),
        (ROUND + "asked = { polisen = 3 }", "“polisen” is not a setting"),
        (ROUND + "asked = { slutenvard = -1 }", "not a whole number"),
        (ROUND + "asked = { slutenvard = 1.5 }", "not a whole number"),
        (ROUND + "asked = { all = 3 }\nanswered = 4", "more answered “s” than were asked"),
        (ROUND + ROUND, "stated twice"),
        (ROUND + 'period = "before"\nround = "1"\n' + ROUND + 'period = "before"', "stated twice"),
        ('[[items]]\nid = "a"\nsurvey = "s"\nname = { sv = "A" }', "not given in every language"),
        ('[names.theme]\n"x" = { en = "X" }', "not given in every language"),
        ('[names.colour]\n"x" = { sv = "X", en = "X" }', "“colour” is not a setting"),
        ('[[dimensions]]\nid = "d"\nsurvey = "s"\nname = { sv = "D", en = "D" }\nweights = { a = 0.5 }',
         "sum to one"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_file(area: Area, text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as caught:
        surveys.read(written(area, text))
    assert surveys.FILE in str(caught.value)
    assert caught.value.exit_code == 78


def test_answered_may_be_as_many_as_asked(area: Area) -> None:
    (own,) = surveys.read(written(area, ROUND + "asked = { all = 3 }\nanswered = 3")).rounds
    assert (own.answered, own.asked_n, own.period) == (3, 3, "")
