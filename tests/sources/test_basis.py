"""What a file is read by: the digest changes with it, and with nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from analysis.area import Area, read_area
from analysis.sources.basis import Basis
from shared import REPOSITORY


@pytest.fixture(scope="module")
def area() -> Area:
    return read_area("goteborg", REPOSITORY)


def test_the_same_settings_give_the_same_digest(area: Area) -> None:
    asked = ("medcontrol", "deviations", "", "")
    assert Basis(area).digest(*asked) == Basis(read_area("goteborg", REPOSITORY)).digest(*asked)


def test_source_key_and_day_change_it(area: Area) -> None:
    basis = Basis(area)
    asked = [
        ("medcontrol", "", ""),
        ("samsa", "", ""),
        ("medcontrol", "k", ""),
        ("medcontrol", "", "2025-01-01"),
    ]
    found = {basis.digest(source, "deviations", key, day) for source, key, day in asked}
    assert len(found | {basis.digest("medcontrol", "episodes", "", "")}) == 5
    assert (basis.knows("samsa"), basis.knows("sap")) == (True, False)


def test_words_of_the_area_change_it_and_its_population_does_not(area: Area) -> None:
    asked = ("medcontrol", "deviations", "", "")
    before, first = Basis(area).digest(*asked), area.units[0]
    told = dataclasses.replace(first, spellings=(*first.spellings, "Oz"))
    more = dataclasses.replace(first, population=7)
    assert Basis(dataclasses.replace(area, units=(told, *area.units[1:]))).digest(*asked) != before
    assert Basis(dataclasses.replace(area, units=(more, *area.units[1:]))).digest(*asked) == before
