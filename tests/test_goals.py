"""The effect goals of an area: shipped ones are complete, wrong cells are named, and no file means none."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.area import read_area
from analysis.errors import SettingsError
from analysis.goals import COLUMNS, read_goals
from analysis.measures import measures
from homes import goteborg

LINE = "g,E1,needs,Namn,Name,higher,measure,m,p,andel,share,S1:1"


def read(folder: Path, *lines: str, header: str = ",".join(COLUMNS)) -> tuple[object, ...]:
    path = folder / "goals.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_goals(path, ["p"])


def test_an_area_without_the_file_has_no_goals(tmp_path: Path) -> None:
    assert read_goals(tmp_path / "goals.csv", []) == ()
    assert read_area("england").goals == ()


def test_every_goal_of_the_sources_is_there_with_what_measures_it() -> None:
    area = goteborg()
    assert [g.code for g in area.goals] == [*(f"E{n}" for n in range(1, 9)), "P0"]
    primary = {
        q["measure"] for q in area.questions if q.get("primary") and "08-effect-goals" in q.get("also", ())
    }
    measured = [g for g in area.goals if g.kind == "measure"]
    assert {g.what for g in measured} == primary
    assert all(measures()[g.what].better == g.direction for g in measured)


def test_a_goal_concerns_the_parties_that_it_names_or_all(tmp_path: Path) -> None:
    named, of_all = read(tmp_path, LINE, LINE.replace("g,", "h,").replace(",p,", ",,"))
    assert named.concerns("p")
    assert not named.concerns("q")
    assert named.concerns("")
    assert of_all.concerns("q")


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("higher", "up", "direction"),
        ("measure", "form", "kind"),
        ("Namn", "", "name_sv"),
        (",p,", ",q,", "parties"),
        (",m,", ",,", "what"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(tmp_path: Path, old: str, new: str, column: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, LINE.replace("g,", "h,"), LINE.replace(old, new))
    assert f"line 3, column “{column}”" in str(raised.value)


def test_a_goal_twice_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        read(tmp_path, LINE, LINE)
    with pytest.raises(SettingsError, match="column is missing"):
        read(tmp_path, LINE, header=",".join(COLUMNS[:-1]))
