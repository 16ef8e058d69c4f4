"""Files to the store: one result a file, good ones in, bad ones named, never a value shown."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from analysis.area import Area, read_area
from analysis.errors import CannotWrite, InputMissing, InputRefused, UsageError
from analysis.inbox import Result, load, load_new
from analysis.store import Store
from shared import REPOSITORY

HEADER = (
    "Ärendenummer;Registreringsdatum;Händelsedatum;Avslutsdatum;Status;Avvikelsetyp;Allvarlighetsgrad;"
    "Rapporterande part;Mottagande part;Enhet;Kommun;Beskrivning"
)
SECRET = "Förtroligt 19121212-1212"


@pytest.fixture(scope="module")
def area() -> Area:
    return read_area("goteborg", REPOSITORY)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def content(*ids: str, unit: str = "Göteborg") -> str:
    rest = f"2025-02-05;2025-02-03;;Ny;SIP uteblev;2;Slutenvård;Samverkan;Avd 3;{unit};{SECRET}"
    return "\r\n".join([HEADER, *(f"{i};{rest}" for i in ids)])


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one(path: Path, area: Area, home: Path, *, dry_run: bool = False) -> Result:
    [result] = load([path], area, home, source=None, dry_run=dry_run)
    assert SECRET not in result.line() + str(result.as_dict())
    return result


def test_a_good_file_is_accepted_stored_and_copied(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1", "AV-2"))
    result = one(path, area, home)
    assert (result.outcome, result.read, result.accepted, result.exit_code) == ("accepted", 2, 2, 0)
    assert result.line() == "mars.csv: deviations, 2 of 2 rows accepted"
    [record] = Store(home, "goteborg").records()
    assert (record.file, record.accepted) == ("mars.csv", 2)
    [copy] = (home / "data" / "raw" / "goteborg").iterdir()
    assert copy.name == f"{record.digest[:8]}-mars.csv"
    assert copy.read_bytes() == path.read_bytes()


def test_a_bad_row_is_named_by_reason_line_and_column(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", f";{SECRET};", 1)
    result = one(put(inbox, "mars.csv", text), area, home)
    assert (result.outcome, result.read, result.accepted) == ("quarantined", 3, 2)
    assert result.quarantined == (1,)
    assert result.reasons == ("unknown_unit × 1, first in line 2, column “Kommun”",)
    assert result.line() == (
        "mars.csv: deviations, 2 of 3 rows accepted"
        " (kept out: unknown_unit × 1, first in line 2, column “Kommun”)"
    )


def test_a_refused_file_says_why_and_leaves_nothing(inbox: Path, home: Path, area: Area) -> None:
    result = one(put(inbox, "mars.csv", content("AV-1", "AV-2", unit=SECRET)), area, home)
    assert (result.outcome, result.exit_code, result.accepted) == ("refused", 65, 0)
    assert result.line().startswith(
        "mars.csv: refused. mars.csv, line 2, column “Kommun”: 2 of 2 rows are bad"
    )
    assert list(home.iterdir()) == []


def test_a_refused_file_does_not_keep_the_others_out(inbox: Path, home: Path, area: Area) -> None:
    put(inbox, "a.csv", content("AV-1", unit="Oz"))
    put(inbox, "b.csv", content("AV-2"))
    results = load([inbox], area, home, source=None)
    assert [(r.file, r.outcome) for r in results] == [("a.csv", "refused"), ("b.csv", "accepted")]
    assert [r.file for r in Store(home, "goteborg").records()] == ["b.csv"]


def test_a_dry_run_says_the_same_and_writes_nothing(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    dry = one(path, area, home, dry_run=True)
    assert list(home.iterdir()) == []
    assert dry == one(path, area, home)


def test_loading_twice_changes_nothing(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    first, before = one(path, area, home), sorted(home.rglob("*"))
    assert one(path, area, home) == first
    assert sorted(home.rglob("*")) == before


def test_what_is_said_to_machines_has_a_fixed_form(inbox: Path, home: Path, area: Area) -> None:
    result = one(put(inbox, "mars.csv", content("AV-1")), area, home)
    assert result.as_dict() == {
        "file": "mars.csv",
        "table": "deviations",
        "outcome": "accepted",
        "read": 1,
        "accepted": 1,
        "quarantined": [],
        "reasons": [],
    }


def test_a_folder_gives_its_exports_in_order_of_name_and_nothing_else(
    inbox: Path, home: Path, area: Area
) -> None:
    for n, name in enumerate(["b.csv", "a.TXT", "deep/c.csv", "notes.docx", ".hidden.csv"]):
        put((inbox / name).parent, Path(name).name, content(f"AV-{n}"))
    assert [r.file for r in load([inbox], area, home, source=None)] == ["a.TXT", "b.csv", "c.csv"]


def test_an_archive_gives_its_exports(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    with tarfile.open(inbox / "all.tar.gz", "w:gz") as tar:
        tar.add(path, "folder/mars.csv")
    assert one(inbox / "all.tar.gz", area, home).outcome == "accepted"


def test_an_archive_that_is_none_is_refused(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "all.tar.gz", "no archive")
    with pytest.raises(InputRefused, match=r"all\.tar\.gz: the archive cannot be unpacked"):
        load([path], area, home, source=None)


def test_an_archive_that_writes_outside_its_folder_is_refused(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    with tarfile.open(inbox / "all.tar.gz", "w:gz") as tar:
        tar.add(path, "mars.csv")
        member = tarfile.TarInfo("../escaped.csv")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(InputRefused):
        load([inbox / "all.tar.gz"], area, home, source=None)


def test_a_path_that_does_not_exist_is_exit_code_66_before_anything_is_loaded(
    inbox: Path, home: Path, area: Area
) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    with pytest.raises(InputMissing) as caught:
        load([path, inbox / "gone.csv"], area, home, source=None)
    assert caught.value.exit_code == 66
    assert Store(home, "goteborg").records() == []


def test_an_unknown_source_is_a_mistake_of_the_command_line(inbox: Path, home: Path, area: Area) -> None:
    with pytest.raises(UsageError):
        load([put(inbox, "mars.csv", content("AV-1"))], area, home, source="sap")


def test_a_home_that_cannot_be_written_is_exit_code_74(inbox: Path, home: Path, area: Area) -> None:
    put(home, "data", "a file where a folder must be")
    with pytest.raises(CannotWrite) as caught:
        load([put(inbox, "mars.csv", content("AV-1"))], area, home, source=None)
    assert caught.value.exit_code == 74


def test_what_lies_in_the_raw_folder_is_loaded_once_and_not_copied(home: Path, area: Area) -> None:
    raw = home / "data" / "raw" / "goteborg"
    put(raw, "mars.csv", content("AV-1"))
    assert [r.outcome for r in load_new(area, home)] == ["accepted"]
    assert load_new(area, home) == []
    put(raw, "april.csv", content("AV-2"))
    assert [r.file for r in load_new(area, home)] == ["april.csv"]
    assert sorted(p.name for p in raw.iterdir()) == ["april.csv", "mars.csv"]


def test_copies_of_loaded_files_are_not_new(inbox: Path, home: Path, area: Area) -> None:
    one(put(inbox, "mars.csv", content("AV-1")), area, home)
    assert load_new(area, home) == []


def test_a_refused_file_in_the_raw_folder_is_said_again_each_time(home: Path, area: Area) -> None:
    put(home / "data" / "raw" / "goteborg", "mars.csv", content("AV-1", unit="Oz"))
    assert [r.outcome for r in load_new(area, home) + load_new(area, home)] == ["refused", "refused"]


def test_without_a_raw_folder_nothing_is_new(home: Path, area: Area) -> None:
    assert load_new(area, home) == []
