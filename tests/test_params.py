"""A notebook's parameters: all of them, nothing else, each of the right kind."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from analysis import params
from analysis.errors import UsageError
from analysis.params import NAMES, NEEDED, Parameters

GOOD = {"area": "goteborg", "unit": "harryda", "language": "sv", "as_of": "2026-10-31", "home": ""}


def refused(given: dict, what: str) -> str:
    with pytest.raises(UsageError, match=re.escape(what)) as caught:
        params.read(given)
    error = caught.value
    assert error.exit_code == 2
    for sentence in (error.what, error.remedy):
        assert sentence
        assert not sentence.endswith(".")
        assert "\n" not in sentence
    assert error.remedy[0].isupper()
    assert str(error) == f"{error.what}. {error.remedy}."
    return error.remedy


def test_names_are_those_of_the_parameters() -> None:
    assert NAMES == ("area", "unit", "language", "as_of", "home", "party")


def test_good_parameters_are_read() -> None:
    read = params.read(GOOD)
    assert read == Parameters(**GOOD)
    area, unit = read.settings()
    assert (area.id, unit.name["sv"]) == ("goteborg", "Härryda")


def test_an_empty_unit_is_the_whole_area() -> None:
    assert params.read(GOOD | {"unit": ""}).settings()[1].id == "goteborgsomradet"


def test_a_party_is_one_of_the_area_and_none_is_all_of_them() -> None:
    assert params.read(GOOD | {"party": "slutenvard"}).party == "slutenvard"
    assert params.read(GOOD).party == ""
    assert "slutenvard, regional_primarvard" in refused(GOOD | {"party": "x"}, "the area has no party “x”")


def test_unknown_parameter_is_refused_with_the_known_ones() -> None:
    assert "area, unit, language, as_of, home" in refused(GOOD | {"units": "x"}, "no parameter “units”")


@pytest.mark.parametrize("name", NEEDED)
def test_missing_parameter_is_refused(name: str) -> None:
    refused({k: v for k, v in GOOD.items() if k != name}, f"the parameter “{name}” is not set")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [None, 1, 1.5, True, ["sv"], {"a": 1}, ("sv",)])
def test_value_that_is_not_text_is_refused(name: str, value: object) -> None:
    assert "quotes" in refused(GOOD | {name: value}, f"“{name}” is {type(value).__name__}, not text")


@pytest.mark.parametrize("language", ["", "no", "SV", "svenska"])
def test_unknown_language_is_refused_with_the_known_ones(language: str) -> None:
    assert "sv, en" in refused(GOOD | {"language": language}, f"no language “{language}”")


@pytest.mark.parametrize("area", ["", "atlantis", "../goteborg", "Goteborg"])
def test_unknown_area_is_refused_with_the_known_ones(area: str) -> None:
    assert "goteborg" in refused(GOOD | {"area": area}, "no area “")


@pytest.mark.parametrize("unit", ["Härryda", "stockholm", "la-102", " "])
def test_unknown_unit_is_refused_with_some_known_ones(unit: str) -> None:
    assert "harryda" in refused(GOOD | {"unit": unit}, f"no unit “{unit}”")


@pytest.mark.parametrize(
    "day",
    ["31/10/2026", "2026-10", "2026-02-30", "20261031", "2026-W01-1", "idag", " 2026-10-31", "2026-1-1"],
)
def test_bad_date_is_refused(day: str) -> None:
    assert "YYYY-MM-DD" in refused(GOOD | {"as_of": day}, f"“{day}” is not a date")


def test_an_empty_date_is_left_to_the_data() -> None:
    assert params.read(GOOD | {"as_of": ""}).as_of == ""
    assert params.parse_day("2024-02-29") == date(2024, 2, 29)


def test_imports_and_what_jupyter_leaves_are_no_parameters() -> None:
    def helper() -> None: ...

    left = {"In": [""], "Out": {}, "exit": helper, "quit": helper, "open": open, "_": 1, "_i1": "x"}
    left |= {"__name__": "__main__", "__doc__": None, "get_ipython": helper}
    modules = {"params": params, "re": re, "Path": Path, "helper": helper, "Parameters": Parameters}
    assert params.read(GOOD | left | modules) == Parameters(**GOOD)


def test_a_date_in_place_of_text_leaves_the_parameter_unset() -> None:
    refused(GOOD | {"as_of": date(2026, 1, 1)}, "the parameter “as_of” is not set")


def test_check_takes_nothing_but_parameters() -> None:
    assert params.check(GOOD) == Parameters(**GOOD)
    with pytest.raises(UsageError):
        params.check(GOOD | {"Path": Path})


def test_home_is_the_given_folder(tmp_path: Path) -> None:
    assert params.check(GOOD | {"home": str(tmp_path)}).folder == tmp_path.resolve()
