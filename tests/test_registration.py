"""The protocol is registered before the first data are opened; later changes are found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from analysis.area import Event
from analysis.errors import CannotWrite, SettingsError
from analysis.registration import adherence, register
from homes import goteborg

FILE = "protected/goteborg/store/protocol.json"


def changed(area, **settings):
    first, *others = area.questions
    return replace(area, questions=(first | settings, *others))


def test_what_was_registered_and_not_changed_is_followed(tmp_path):
    register(goteborg(), tmp_path)
    found = adherence(goteborg(), tmp_path)
    assert (found.state, found.changed) == ("followed", ())
    assert found.digest == found.registered
    assert found.stated_on == str(goteborg().questions_stated_on)


def test_a_question_changed_afterwards_is_named(tmp_path):
    register(goteborg(), tmp_path)
    found = adherence(changed(goteborg(), impact="step_and_slope"), tmp_path)
    assert (found.state, found.changed) == ("changed", ("deviations",))
    assert found.digest != found.registered


def test_a_question_added_or_taken_away_is_named(tmp_path):
    area = goteborg()
    register(replace(area, questions=area.questions[:-1]), tmp_path)
    assert adherence(area, tmp_path).changed == (area.questions[-1]["id"],)
    assert adherence(replace(area, questions=area.questions[1:-1]), tmp_path).changed == ("deviations",)


def test_a_moved_roll_out_date_and_a_new_shock_are_changes(tmp_path):
    area = goteborg()
    register(area, tmp_path)
    moved = replace(area, starts=(replace(area.starts[0], start=date(2025, 9, 1)), *area.starts[1:]))
    day = date(2025, 9, 1)
    shocked = replace(area, events=(*area.events, Event("strike", day, day, {"en": "Strike"}, shock=True)))
    told = replace(area, events=(*area.events, Event("visit", day, day, {"en": "Visit"}, shock=False)))
    assert adherence(moved, tmp_path).changed == ("rollout",)
    assert adherence(shocked, tmp_path).changed == ("events",)
    assert adherence(told, tmp_path).state == "followed"


def test_the_order_of_the_questions_does_not_matter(tmp_path):
    area = goteborg()
    register(area, tmp_path)
    assert adherence(replace(area, questions=area.questions[::-1]), tmp_path).state == "followed"


def test_it_is_registered_once_and_kept(tmp_path):
    register(goteborg(), tmp_path)
    before = (tmp_path / FILE).read_bytes()
    register(changed(goteborg(), impact="ramp"), tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_after_data_were_loaded_it_is_too_late(tmp_path):
    (tmp_path / FILE).parent.joinpath("0123").mkdir(parents=True)
    (tmp_path / FILE).parent.joinpath("0123/delivery.json").write_text("{}")
    register(goteborg(), tmp_path)
    assert not (tmp_path / FILE).exists()
    assert adherence(goteborg(), tmp_path).state == "unregistered"


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"parts": 1, "protocol": ""})])
def test_a_damaged_registration_is_not_taken_for_a_missing_one(tmp_path, text):
    register(goteborg(), tmp_path)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError, match="damaged"):
        adherence(goteborg(), tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "protected").write_text("a file where the folder should be")
    with pytest.raises(CannotWrite, match="cannot be written"):
        register(goteborg(), tmp_path)
