"""An area is a folder of settings; what is missing or contradicts is named with file, line and column."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from analysis.area import area_names, home_folder, read_area
from analysis.errors import SettingsError, UsageError
from shared import REPOSITORY

AREA_TOML = """
languages = ["sv", "en"]
time_zone = "Europe/Stockholm"
municipality_kind = "municipality"
[name]
sv = "Lilla området"
en = "the small area"
[[parties]]
id = "p"
name = { sv = "Parten", en = "the party" }
spellings = ["Parten", "PARTEN"]
"""
FILES = {
    "area.toml": AREA_TOML,
    "questions.toml": 'stated_on = 2026-01-31\n[[questions]]\nid = "q"\n',
    "units.csv": (
        "unit,kind,parent,name_sv,name_en,population,spellings\n"
        "whole,area,,Allt,All,,\n"
        "a,municipality,whole,Åstad,Atown,1000,Åstad|Åstads stad\n"
        "ward,ward,a,Avd 1,Ward 1,,\n"
    ),
    "rollout.csv": "party,unit,phase,start,invented\np,a,3,2025-10-01,yes\np,whole,4,,no\n",
    "events.csv": (
        "event,first,last,name_sv,name_en,shock\n"
        "pause,2024-11-12,2025-02-28,Paus,Pause,yes\n"
        "law,2025-07-01,,Lag,Law,no\n"
    ),
}
Write = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path) -> Write:
    """Writes the small area, with some files changed or (None) left out, and returns the home folder."""

    def write(**changed: str | bytes | None) -> Path:
        folder = tmp_path / "data" / "areas" / "small"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in (FILES | {k.replace("_", "."): v for k, v in changed.items()}).items():
            if isinstance(text, bytes):
                (folder / name).write_bytes(text)
            elif text is not None:
                (folder / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def refusal(home: Path) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read_area("small", home)
    return caught.value


def test_an_area_is_read_from_its_folder(home: Write) -> None:
    area = read_area("small", home())
    assert (area.id, area.name["en"], area.languages) == ("small", "the small area", ("sv", "en"))
    assert area.top.id == "whole"
    assert [u.id for u in area.members] == ["a"]
    assert area.unit("a").population == 1000
    assert area.unit("a").spellings == ("Åstad", "Åstads stad")
    assert area.parties[0].spellings == ("Parten", "PARTEN")
    assert area.questions_stated_on == date(2026, 1, 31)


def test_an_empty_unit_is_the_whole_area(home: Write) -> None:
    assert read_area("small", home()).unit("").id == "whole"


def test_a_unit_knows_everything_that_it_is_part_of(home: Write) -> None:
    assert list(read_area("small", home()).ancestors("ward")) == ["ward", "a", "whole"]


def test_an_unknown_unit_is_answered_with_the_known_ones(home: Write) -> None:
    with pytest.raises(UsageError, match=r"no unit “c”.*whole, a"):
        read_area("small", home()).unit("c")


def test_roll_out_dates_may_be_missing_and_say_whether_they_are_invented(home: Write) -> None:
    area = read_area("small", home())
    first, second = area.phases
    assert area.starts == (first,)  # the phase that is asked about
    assert (first.party, first.unit, first.phase, first.start) == ("p", "a", 3, date(2025, 10, 1))
    assert first.invented
    assert second.start is None
    assert not second.invented


def test_an_area_without_roll_out_dates_is_fine(home: Write) -> None:
    assert read_area("small", home(rollout_csv="party,unit,phase,start,invented\n")).starts == ()


def test_an_event_of_one_day_needs_no_last_day(home: Write) -> None:
    pause, law = read_area("small", home()).events
    assert (pause.first, pause.last, pause.shock) == (date(2024, 11, 12), date(2025, 2, 28), True)
    assert (law.first, law.last, law.shock) == (date(2025, 7, 1), date(2025, 7, 1), False)


CATEGORY = """
[[categories]]
id = "no_sip"
name = { sv = "SIP uteblev", en = "SIP did not take place" }
spellings = ["SIP uteblev", "Ingen SIP"]
"""


@pytest.mark.parametrize(
    ("given", "first", "last", "month_only"),
    [
        ("2025-07,", date(2025, 7, 1), date(2025, 7, 1), True),
        ("2025-07,2025-09", date(2025, 7, 1), date(2025, 9, 1), True),
        ("2025-07-01,", date(2025, 7, 1), date(2025, 7, 1), False),
    ],
)
def test_an_event_may_be_known_by_its_month_only(
    home: Write, given: str, first: date, last: date, month_only: bool
) -> None:
    text = FILES["events.csv"].replace("2025-07-01,", given)
    event = read_area("small", home(events_csv=text)).events[1]
    assert (event.first, event.last, event.month_only) == (first, last, month_only)


def test_kinds_of_deviations_are_read_and_may_be_missing(home: Write) -> None:
    assert read_area("small", home()).categories == ()
    (one,) = read_area("small", home(area_toml=AREA_TOML + CATEGORY)).categories
    assert (one.id, one.name["en"]) == ("no_sip", "SIP did not take place")
    assert one.spellings == ("SIP uteblev", "Ingen SIP")


@pytest.mark.parametrize("key", ["id", "name"])
def test_a_kind_without_an_id_or_a_name_is_placed(home: Write, key: str) -> None:
    error = refusal(home(area_toml=AREA_TOML + CATEGORY.replace(f"\n{key} =", f"\nnot_{key} =")))
    assert error.where.file.endswith("area.toml")
    assert error.where.column == "categories"


def test_kinds_of_the_shipped_area_are_told_apart() -> None:
    kinds = read_area("goteborg", REPOSITORY).categories
    spellings = [s for c in kinds for s in c.spellings]
    assert len(kinds) == len({c.id for c in kinds}) == 6
    assert len(spellings) == len(set(spellings)) >= 6


def test_counts_up_to_seven_are_hidden_unless_the_area_says_otherwise(home: Write) -> None:
    assert read_area("small", home()).policy.hide_up_to == 7
    own = AREA_TOML + "[disclosure]\nhide_up_to = 10\nround_to = 10\n"
    assert read_area("small", home(area_toml=own)).policy.hide_up_to == 10


@pytest.mark.parametrize(("hide_up_to", "round_to"), [(4, 5), (5, 0), (7, -1)])
def test_a_policy_that_rounds_more_than_it_hides_or_not_at_all_is_refused(
    home: Write, hide_up_to: int, round_to: int
) -> None:
    own = f"{AREA_TOML}[disclosure]\nhide_up_to = {hide_up_to}\nround_to = {round_to}\n"
    assert refusal(home(area_toml=own)).where.column == "disclosure"


def test_levels_are_month_quarter_and_half_year_unless_the_area_says_otherwise(home: Write) -> None:
    default = read_area("small", home()).policy
    assert (default.whole, default.parts, default.detail) == ("month", "quarter", "half_year")
    own = AREA_TOML + '[disclosure.levels]\nwhole = "quarter"\nparts = "half_year"\n'
    policy = read_area("small", home(area_toml=own)).policy
    assert (policy.whole, policy.parts, policy.detail) == ("quarter", "half_year", "half_year")
    assert (policy.hide_up_to, policy.round_to) == (7, 5)


@pytest.mark.parametrize("level", ['"week"', "3", '["month"]', '""'])
def test_another_level_is_refused_with_those_there_are(home: Write, level: str) -> None:
    error = refusal(home(area_toml=f"{AREA_TOML}[disclosure.levels]\ndetail = {level}\n"))
    assert "month, quarter, half_year" in error.remedy
    assert error.where.file.endswith("area.toml")
    assert error.where.column == "disclosure"


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        ("[disclosure]\nhide_upto = 3\n", "hide_up_to, round_to, decided_by, levels"),
        ('[disclosure.levels]\npart = "month"\n', "whole, parts, detail"),
    ],
)
def test_an_unknown_setting_of_the_policy_is_refused(home: Write, settings: str, known: str) -> None:
    error = refusal(home(area_toml=AREA_TOML + settings))
    assert known in error.remedy
    assert error.where.column == "disclosure"


@pytest.mark.parametrize(
    "number", ['hide_up_to = "7"', "round_to = 5.0", "hide_up_to = true", "round_to = []"]
)
def test_numbers_of_the_policy_are_whole(home: Write, number: str) -> None:
    error = refusal(home(area_toml=f"{AREA_TOML}[disclosure]\n{number}\n"))
    assert "whole number" in error.what


def test_levels_that_are_no_table_are_refused(home: Write) -> None:
    error = refusal(home(area_toml=f'{AREA_TOML}[disclosure]\nlevels = "month"\n'))
    assert "disclosure.levels" in error.remedy


@pytest.mark.parametrize(
    ("area", "levels"),
    [("goteborg", ("month", "quarter", "half_year")), ("england", ("month", "month", "month"))],
)
def test_shipped_areas_have_the_levels_that_fit_them(area: str, levels: tuple[str, ...]) -> None:
    policy = read_area(area, REPOSITORY).policy
    assert (policy.whole, policy.parts, policy.detail) == levels


def test_a_file_saved_with_a_byte_order_mark_is_read(home: Write) -> None:
    area = read_area("small", home(units_csv=b"\xef\xbb\xbf" + FILES["units.csv"].encode()))
    assert area.unit("a").name["sv"] == "Åstad"


@pytest.mark.parametrize("name", sorted(set(FILES) - {"area.toml"}))
def test_a_missing_file_is_named(home: Write, name: str) -> None:
    error = refusal(home(**{name.replace(".", "_"): None}))
    assert error.where.file.endswith(f"small/{name}")
    assert "missing" in error.what


def test_a_file_that_a_spreadsheet_saved_in_another_encoding_is_named(home: Write) -> None:
    error = refusal(home(units_csv=FILES["units.csv"].encode("cp1252")))
    assert error.where.file.endswith("units.csv")
    assert "UTF-8" in error.remedy


@pytest.mark.parametrize("key", ["name", "languages", "time_zone", "municipality_kind"])
def test_a_missing_setting_is_named(home: Write, key: str) -> None:
    error = refusal(home(area_toml=AREA_TOML.replace(key, f"not_{key}", 1)))
    assert f"“{key}”" in error.what
    assert error.where.file.endswith("area.toml")


def test_a_party_without_an_id_is_refused(home: Write) -> None:
    assert "“id”" in refusal(home(area_toml=AREA_TOML.replace('id = "p"', ""))).what


def test_settings_that_are_not_toml_are_refused(home: Write) -> None:
    assert "TOML" in refusal(home(area_toml="languages = [")).what


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("rollout.csv", "p,a,3", "z,a,3", (2, "party")),
        ("rollout.csv", "p,a,3", "p,z,3", (2, "unit")),
        ("rollout.csv", "p,a,3", "p,a,three", (2, "phase")),
        ("rollout.csv", "2025-10-01", "1/10/2025", (2, "start")),
        ("rollout.csv", "2025-10-01", "2025-02-30", (2, "start")),
        ("events.csv", "2024-11-12", "autumn", (2, "first")),
        ("events.csv", "2025-02-28", "spring", (2, "last")),
        ("events.csv", "2024-11-12", "2024-13", (2, "first")),
        ("events.csv", "2024-11-12", "2024-11", (2, "last")),
        ("units.csv", "1000", "1 000", (3, "population")),
        ("units.csv", "population", "people", (1, "population")),
    ],
)
def test_a_cell_that_cannot_be_understood_is_placed(
    home: Write, name: str, old: str, new: str, place: tuple[int, str]
) -> None:
    error = refusal(home(**{name.replace(".", "_"): FILES[name].replace(old, new)}))
    assert error.where.file.endswith(name)
    assert (error.where.line, error.where.column) == place


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("ward,ward,a,", "a,ward,a,", "repeat"),
        ("whole,area,,", "whole,area,a,", "parent"),
        ("a,municipality,whole,", "a,municipality,,", "parent"),
        ("ward,ward,a,", "ward,ward,z,", "parent"),
        ("a,municipality,whole,", "a,municipality,ward,", "part of itself"),
    ],
)
def test_units_that_are_no_tree_are_refused(home: Write, old: str, new: str, what: str) -> None:
    assert what in refusal(home(units_csv=FILES["units.csv"].replace(old, new))).what


def test_an_unknown_area_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no area “atlantis”.*england, goteborg"):
        read_area("atlantis", tmp_path)


def test_an_area_of_the_home_folder_goes_before_the_shipped_one(home: Write) -> None:
    folder = home()
    (folder / "data/areas/small").rename(folder / "data/areas/england")
    assert read_area("england", folder).name["en"] == "the small area"


def test_the_home_folder_comes_from_the_argument_then_the_environment_then_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_HOME", str(tmp_path))
    assert home_folder("/") == Path("/")
    assert home_folder() == tmp_path.resolve()
    monkeypatch.delenv("ANALYSIS_HOME")
    assert home_folder() == REPOSITORY


def test_every_shipped_area_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANALYSIS_HOME", raising=False)
    assert {"england", "goteborg"} <= set(area_names())
    for name in area_names():
        area = read_area(name)
        assert len(area.members) >= 5
        assert area.folder / "area.toml" in area.files()


def test_every_shipped_roll_out_date_is_marked_as_invented() -> None:
    starts = read_area("goteborg", REPOSITORY).starts
    assert starts
    assert all(s.invented for s in (*starts, *read_area("goteborg", REPOSITORY).phases))
