"""Files to the store: one result a file, good ones in, bad ones named, never a value shown."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import os
import shutil
import stat
import subprocess
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.area import Area, read_area
from analysis.errors import CannotWrite, InputMissing, UsageError
from analysis.history import Changes
from analysis.inbox import Result, add_invented, load, load_new
from analysis.measures.indicators import build_snapshot, snapshot_folder
from analysis.sources import Reading
from analysis.sources.pseudonyms import make_key
from analysis.sources.statement import Statement
from analysis.store import Store
from deliveries import pairs, series_of
from exports import EXPORTS
from fictitious import number
from shared import REPOSITORY
from workbooks import sheet_xml, write_xlsx

HEADER = (
    "Ärendenummer;Registreringsdatum;Händelsedatum;Avslutsdatum;Status;Avvikelsetyp;Allvarlighetsgrad;"
    "Rapporterande part;Mottagande part;Enhet;Kommun;Beskrivning"
)
SECRET = "Förtroligt om en granne"
UNKNOWN = (
    "unknown_code × 1 (kept out), first in line 2, column “Kommun”: the code or name is not known. "
    "Write one of: Göteborgsområdet, Göteborg, Härryda, Mölndal, Partille, Öckerö."
)
PERSON = number(date(1912, 12, 12), 121)
TODAY = Reading(today=pd.Timestamp("2025-06-30"))


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


def row(deviation: str, **cells: str) -> str:
    given = {"unit": "Göteborg", "receiver": "Samverkan", "text": SECRET, "occurred": "2025-02-03"} | cells
    return (
        f"{deviation};2025-02-05;{given['occurred']};;Ny;SIP uteblev;2;Slutenvård;{given['receiver']};Avd 3;"
        f"{given['unit']};{given['text']}"
    )


def content(*ids: str, **cells: str) -> str:
    return "\r\n".join([HEADER, *(row(i, **cells) for i in ids), ""])


def put(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def loaded(*paths: Path, area: Area, home: Path, reading: Reading = TODAY, **more: Any) -> list[Result]:
    results = list(load(paths, area, home, reading, **more))
    said = "".join(str(r.lines()) + str(r.as_dict()) for r in results)
    assert SECRET not in said
    assert PERSON not in said
    return results


def one(path: Path, area: Area, home: Path, reading: Reading = TODAY, **more: Any) -> Result:
    [result] = loaded(path, area=area, home=home, reading=reading, **more)
    return result


def files(folder: Path) -> list[str]:
    found = (p for p in folder.rglob("*") if p.is_file() and p.name != "protocol.json")
    return sorted(str(p.relative_to(folder)) for p in found)


def state(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def raw(home: Path) -> Path:
    return Store(home, "goteborg").zones.raw


def rows_of(home: Path, table: str = "deviations") -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for _, path in Store(home, "goteborg").rows(table)])


def sidecar(path: Path, text: str) -> Path:
    return put(path.parent, path.name + ".delivery.toml", text)


# Outcomes.


def test_a_good_file_is_accepted_and_stored(inbox: Path, home: Path, area: Area) -> None:
    result = one(put(inbox, "mars.csv", content("AV-1", "AV-2")), area, home)
    assert (result.outcome, result.read, result.accepted, result.exit_code) == ("accepted", 2, 2, 0)
    assert (result.table, result.source, result.correct) == ("deviations", "medcontrol", "")
    assert result.lines() == ["mars.csv: deviations (medcontrol), 2 of 2 rows accepted"]
    [record] = Store(home, "goteborg").records()
    assert (record.file, record.accepted, record.invented) == ("mars.csv", 2, False)
    assert rows_of(home).deviation_id.tolist() == ["AV-1", "AV-2"]


def test_a_row_that_is_odd_is_accepted_with_a_warning(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(";Samverkan;", ";Slutenvård;", 1)
    result = one(put(inbox, "mars.csv", text), area, home)
    assert (result.outcome, result.read, result.accepted) == ("warned", 3, 3)
    assert (result.quarantined, result.warned, result.correct) == ((), (1,), "")
    assert result.reasons == (
        "same_party × 1 (accepted), first in line 2: reported by the party that it is about. "
        "Check the parties.",
    )
    assert Store(home, "goteborg").warnings().reason.tolist() == ["same_party"]


def test_a_remark_on_the_whole_file_is_a_warning_of_no_row(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1").replace(";", ","))
    result = one(path, area, home)
    assert (result.outcome, result.warned) == ("warned", ())
    assert result.reasons == (
        "delimiter × 1 (accepted): the fields are separated by another sign than the source's usual one. "
        "Check that the export has its usual settings.",
    )


def test_a_bad_row_is_named_by_reason_line_and_column(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", f";{SECRET};", 1)
    result = one(put(inbox, "mars.csv", text), area, home)
    assert (result.outcome, result.read, result.accepted, result.exit_code) == ("quarantined", 3, 2, 0)
    assert result.quarantined == (1,)
    assert result.reasons == (UNKNOWN,)
    assert result.lines() == [
        "mars.csv: deviations (medcontrol), 2 of 3 rows accepted",
        f"  {UNKNOWN}",
        f"  The rows kept out, for the sender to correct: {result.correct}",
    ]


def test_the_rows_kept_out_can_be_corrected_and_loaded(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", ";Götebrog;", 1)
    correct = Path(one(put(inbox, "mars.csv", text), area, home).correct)
    assert correct.parent.parent == Store(home, "goteborg").folder
    corrected = put(inbox, "rättad.csv", correct.read_bytes().replace(b"brog", b"borg"))
    result = one(corrected, area, home)
    assert (result.read, result.accepted) == (1, 1)
    assert sorted(rows_of(home).deviation_id) == ["AV-1", "AV-2", "AV-3"]


def test_an_identity_number_in_a_free_text_keeps_the_row_out(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(SECRET, f"om {PERSON}", 1)
    result = one(put(inbox, "mars.csv", text), area, home)
    assert (result.outcome, result.quarantined) == ("quarantined", (1,))
    assert result.reasons == (
        "identifier × 1 (kept out), first in line 2, column “Beskrivning”: there is an identity number "
        "where none may stand. Remove it, or replace it by a pseudonym.",
    )


def test_a_refused_file_says_why_and_leaves_no_file_behind(inbox: Path, home: Path, area: Area) -> None:
    result = one(put(inbox, "mars.csv", content("AV-1", "AV-2", unit=SECRET)), area, home)
    assert (result.outcome, result.exit_code, result.accepted) == ("refused", 65, 0)
    [line] = result.lines()
    assert line.startswith(
        "mars.csv: refused. too_many_bad_rows: mars.csv, line 2, column “Kommun”: 2 of 2 rows are bad"
    )
    assert files(home) == []
    assert list(home.rglob(".incoming*")) == []


@pytest.mark.parametrize(
    "case",
    [
        ("tom.csv", b"", "empty"),
        ("mars.csv", b"%PDF-1.7 ...", "file_type"),
        ("mars.xlsx", b"PK\x03\x04 no package", "truncated"),
        ("mars.csv", "Färg;Form\r\nRöd;Rund\r\n", "missing_column"),
        ("mars.csv", content("AV-1", "AV-2").encode("utf-16-le"), "encoding"),
        ("mars.toml", "a = 1", "config"),
    ],
)
def test_a_refused_file_says_its_reason_in_one_word_first(
    inbox: Path, home: Path, area: Area, case: tuple[str, str | bytes, str]
) -> None:
    name, text, reason = case
    result = one(put(inbox, name, text), area, home)
    assert (result.file, result.outcome, result.table, result.exit_code) == (name, "refused", "", 65)
    assert result.reasons[0].startswith(f"{reason}: {name}")
    assert files(home) == []


def test_what_is_said_to_machines_has_a_fixed_form(inbox: Path, home: Path, area: Area) -> None:
    text = content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", ";Oz;", 1)
    result = one(put(inbox, "mars.csv", text), area, home)
    [record] = Store(home, "goteborg").records()
    assert result.as_dict() == {
        "file": "mars.csv",
        "table": "deviations",
        "source": "medcontrol",
        "outcome": "quarantined",
        "read": 3,
        "accepted": 2,
        "quarantined": [1],
        "warned": [],
        "reasons": [UNKNOWN],
        "correct": str(Store(home, "goteborg").folder / record.digest / "correct.csv"),
        "unchanged": False,
        "changes": {"new": 2, "changed": 0, "same": 0, "older": 0},
    }


@pytest.mark.parametrize("suffix", ["", ".delivery.toml"])
def test_a_name_that_holds_an_identity_number_is_not_repeated(
    inbox: Path, home: Path, area: Area, suffix: str
) -> None:
    path = put(inbox, f"{PERSON}.csv", content("AV-1") if suffix else b"")
    if suffix:
        put(inbox, path.name + suffix, "sender = 1")
    result = one(path, area, home)
    assert (result.file, result.outcome) == ("(name not shown)", "refused")
    assert result.reasons[0].startswith("identifier: ")
    assert files(home) == []


# Several files, folders and archives.


def test_a_refused_file_does_not_keep_the_others_out(inbox: Path, home: Path, area: Area) -> None:
    put(inbox, "a.csv", content("AV-1", unit="Oz"))
    put(inbox, "b.csv", content("AV-2"))
    results = loaded(inbox, area=area, home=home)
    assert [(r.file, r.outcome) for r in results] == [("a.csv", "refused"), ("b.csv", "accepted")]
    assert [r.file for r in Store(home, "goteborg").records()] == ["b.csv"]


def test_each_result_is_there_as_soon_as_it_is_known(inbox: Path, home: Path, area: Area) -> None:
    put(inbox, "a.csv", content("AV-1"))
    put(inbox, "b.csv", content("AV-2"))
    results = load([inbox], area, home, TODAY)
    assert next(results).file == "a.csv"
    assert [r.file for r in Store(home, "goteborg").records()] == ["a.csv"]
    assert next(results).file == "b.csv"


def test_a_folder_gives_its_exports_in_order_of_name_and_nothing_else(
    inbox: Path, home: Path, area: Area
) -> None:
    for n, name in enumerate(["b.csv", "a.TXT", "deep/c.csv", "notes.docx", ".hidden.csv"]):
        put((inbox / name).parent, Path(name).name, content(f"AV-{n}"))
    (inbox / "folder.csv").mkdir()
    assert [r.file for r in loaded(inbox, area=area, home=home)] == ["a.TXT", "b.csv", "c.csv"]


def archive(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["all.tar.gz", "all.tgz", "ALL.TAR.GZ"])
@pytest.mark.parametrize("in_folder", [False, True])
def test_an_archive_gives_its_exports_also_inside_a_folder(
    inbox: Path, home: Path, area: Area, name: str, in_folder: bool
) -> None:
    members = {"x/april.csv": content("AV-2").encode(), "x/mars.csv": content("AV-1").encode()}
    path = archive(inbox / name, **members, **{"x/mars.csv.delivery.toml": b'sender = "S"'})
    results = loaded(inbox if in_folder else path, area=area, home=home)
    assert [(r.file, r.outcome) for r in results] == [("april.csv", "accepted"), ("mars.csv", "accepted")]
    assert sorted(r.sender for r in Store(home, "goteborg").records()) == ["", "S"]


def broken_archive(kind: str, folder: Path) -> Path:
    path = folder / "all.tar.gz"
    whole = archive(path, **{"mars.csv": content(*(f"AV-{n}" for n in range(500))).encode()}).read_bytes()
    if kind == "none":
        return put(folder, path.name, "no archive")
    if kind == "cut off":
        return put(folder, path.name, whole[: len(whole) // 2])
    if kind == "flipped":
        at = len(whole) // 2
        return put(
            folder, path.name, whole[:at] + bytes(b ^ 0xFF for b in whole[at : at + 40]) + whole[at + 40 :]
        )
    if kind == "escaping":
        return archive(path, **{"../escaped.csv": content("AV-1").encode()})
    if kind == "empty":
        return archive(path)
    return archive(path, **{"notes.docx": b"x"})


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("none", "truncated"),
        ("cut off", "truncated"),
        ("flipped", "truncated"),
        ("escaping", "truncated"),
        ("empty", "empty"),
        ("no export", "empty"),
    ],
)
def test_a_broken_archive_is_refused_and_keeps_nothing_else_out(
    inbox: Path, home: Path, area: Area, kind: str, reason: str
) -> None:
    bad = broken_archive(kind, inbox)
    good = put(inbox, "mars.csv", content("AV-1"))
    refused, accepted = loaded(bad, good, area=area, home=home)
    assert (refused.outcome, refused.exit_code, accepted.outcome) == ("refused", 65, "accepted")
    assert refused.reasons[0].startswith(f"{reason}: all.tar.gz: the archive ")
    assert not list(inbox.parent.rglob("escaped.csv"))
    assert [r.file for r in Store(home, "goteborg").records()] == ["mars.csv"]


def test_an_archive_that_grows_beyond_measure_is_refused_before_it_is_unpacked(
    inbox: Path, home: Path, area: Area
) -> None:
    path = archive(inbox / "all.tar.gz", **{"mars.csv": bytes(11 << 20)})
    assert one(path, area, home).reasons == (
        "bomb: all.tar.gz: the archive expands to more than 10 MB. Deliver the files themselves.",
    )


def test_a_packed_export_is_read_and_kept_as_it_came(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv.gz", gzip.compress(content("AV-1").encode()))
    result = one(path, area, home)
    assert (result.outcome, result.accepted) == ("accepted", 1)
    [kept] = raw(home).iterdir()
    assert kept.read_bytes() == path.read_bytes()
    assert load_new(area, home) == []


def test_a_workbook_gives_the_rows_of_its_text(inbox: Path, home: Path, area: Area) -> None:
    cells = [line.split(";") for line in content("AV-1", "AV-2").splitlines()]
    result = one(write_xlsx(inbox / "mars.xlsx", sheet_xml(cells)), area, home)
    assert (result.read, result.accepted, result.table) == (2, 2, "deviations")
    assert rows_of(home).deviation_id.tolist() == ["AV-1", "AV-2"]


def test_a_path_that_does_not_exist_is_exit_code_66_before_anything_is_loaded(
    inbox: Path, home: Path, area: Area
) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    with pytest.raises(InputMissing) as caught:
        loaded(path, inbox / "gone.csv", area=area, home=home)
    assert caught.value.exit_code == 66
    assert Store(home, "goteborg").records() == []


def test_a_folder_without_an_export_is_said(inbox: Path, home: Path, area: Area) -> None:
    put(inbox, "notes.docx", "x")
    with pytest.raises(InputMissing, match="there is no export"):
        loaded(inbox, area=area, home=home)


def test_a_path_that_is_no_file_does_not_keep_the_others_out(inbox: Path, home: Path, area: Area) -> None:
    os.mkfifo(inbox / "pipe.csv")
    good = put(inbox, "mars.csv", content("AV-1"))
    bad, accepted = loaded(inbox / "pipe.csv", good, area=area, home=home)
    assert (bad.outcome, bad.exit_code, accepted.outcome) == ("refused", 66, "accepted")


def test_an_unknown_source_is_a_mistake_of_the_command_line(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    with pytest.raises(UsageError):
        loaded(path, area=area, home=home, reading=Reading(source="sap"))


# What the sender states.


def test_the_statement_beside_a_file_goes_with_it(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    said = sidecar(
        path,
        'sender = "Regionen"\nfirst_day = 2025-02-01\nlast_day = 2025-03-31\nextracted = 2025-04-02\n'
        'units = ["Göteborgs Stad", "harryda"]\nrows = 1\ndecision = "D 1"\nretain_until = 2030-01-01\n'
        f'sha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"\n',
    )
    assert one(path, area, home).outcome == "accepted"
    [record] = Store(home, "goteborg").records()
    assert (record.sender, record.decision, record.retain_until) == ("Regionen", "D 1", "2030-01-01")
    assert (record.stated_first, record.stated_last) == ("2025-02-01", "2025-03-31")
    assert (record.extracted, record.issued) == ("2025-04-02", "2025-04-02")
    assert record.units == ("goteborg", "harryda")
    kept = raw(home) / f"{record.digest[:8]}-mars.csv.delivery.toml"
    assert kept.read_bytes() == said.read_bytes()


def test_flags_go_before_the_statement_beside_the_file(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    sidecar(path, 'sender = "Regionen"\ndecision = "D 1"')
    flags = Statement(sender="Kommunen", units=("goteborg",))
    one(path, area, home, Reading(statement=flags, today=TODAY.today))
    [record] = Store(home, "goteborg").records()
    assert (record.sender, record.decision, record.units) == ("Kommunen", "D 1", ("goteborg",))


def test_the_day_of_extraction_is_the_last_day_that_rows_may_know_of(
    inbox: Path, home: Path, area: Area
) -> None:
    path = put(inbox, "mars.csv", content("AV-1", "AV-2"))
    sidecar(path, "extracted = 2025-02-04")
    result = one(path, area, home)
    assert (result.outcome, result.exit_code) == ("refused", 65)
    assert "“date_out_of_range”" in result.reasons[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("rows = 2", "truncated: mars.csv: the sender states 2 rows, but the file has 1"),
        (f'sha256 = "{"0" * 64}"', "truncated: mars.csv: the file's SHA-256 digest is not the one"),
        ("sender = 1", "config: mars.csv.delivery.toml, column “sender”: the value is not a text"),
        ("colour = 1", "config: mars.csv.delivery.toml, column “colour”: the key is not known"),
        ("sender = =", "config: mars.csv.delivery.toml, line 1: the file is not valid TOML"),
        ('units = ["Oz"]', "config: mars.csv.delivery.toml, column “units”: one of the units is not known"),
        (
            "first_day = 2025-02-01\nlast_day = 2025-01-31",
            "config: mars.csv.delivery.toml, column “first_day”: the period ends before it begins",
        ),
    ],
)
def test_a_statement_that_is_wrong_refuses_its_file_and_no_other(
    inbox: Path, home: Path, area: Area, statement: str, said: str
) -> None:
    sidecar(put(inbox, "mars.csv", content("AV-1")), statement)
    put(inbox, "z.csv", content("AV-2"))
    bad, good = loaded(inbox, area=area, home=home)
    assert (bad.outcome, bad.exit_code, good.outcome) == ("refused", 65, "accepted")
    assert bad.reasons[0].startswith(said)
    assert [r.file for r in Store(home, "goteborg").records()] == ["z.csv"]


def test_a_file_loaded_again_with_a_statement_is_restated(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    one(path, area, home)
    sidecar(path, 'sender = "Regionen"')
    one(path, area, home)
    assert [r.sender for r in Store(home, "goteborg").records()] == ["Regionen"]


# Copies.


def test_the_file_is_kept_as_it_came_for_its_owner_only(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    one(path, area, home)
    [record] = Store(home, "goteborg").records()
    [copy] = raw(home).iterdir()
    assert copy.name == f"{record.digest[:8]}-mars.csv"
    assert copy.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(raw(home).stat().st_mode) == 0o700
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    kept = set(files(Store(home, "goteborg").folder / record.digest))
    assert kept == {"delivery.json", "rows.parquet", "places.parquet", "quarantine.csv", "warnings.csv"}


def test_a_dry_run_says_the_same_and_writes_nothing(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", ";Oz;", 1))
    dry = one(path, area, home, dry_run=True)
    assert files(home) == []
    wet = one(path, area, home)
    assert dry.as_dict() | {"correct": wet.correct} == wet.as_dict()
    assert dry.correct == ""


def test_loading_twice_changes_nothing(inbox: Path, home: Path, area: Area) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    first, before = one(path, area, home), state(home)
    again = one(path, area, home)
    assert again == dataclasses.replace(first, unchanged=True, changes=Changes(same=1))
    assert again.lines()[0].endswith("rows accepted, unchanged since it was loaded before")
    assert state(home) == before


def test_the_same_bytes_under_another_name_are_the_same_delivery(inbox: Path, home: Path, area: Area) -> None:
    one(put(inbox, "mars.csv", content("AV-1")), area, home)
    again = one(put(inbox, "kopia.csv", content("AV-1")), area, home)
    assert (again.file, again.outcome) == ("kopia.csv", "accepted")
    assert [r.file for r in Store(home, "goteborg").records()] == ["mars.csv"]


@pytest.mark.parametrize("place", ["protected", "protected/goteborg/raw"])
def test_a_home_that_cannot_be_written_is_exit_code_74_and_nothing_is_stored(
    inbox: Path, home: Path, area: Area, place: str
) -> None:
    put((home / place).parent, Path(place).name, "a file where a folder must be")
    with pytest.raises(CannotWrite) as caught:
        one(put(inbox, "mars.csv", content("AV-1")), area, home)
    assert caught.value.exit_code == 74
    assert Store(home, "goteborg").records() == []
    assert files(home) == [place]


def test_real_files_are_not_mixed_with_invented_ones_and_no_copy_of_them_is_kept(
    inbox: Path, home: Path, area: Area
) -> None:
    add_invented(put(inbox, "påhittad.csv", content("AV-9")), area, home, date(2025, 6, 30))
    path, before = put(inbox, "mars.csv", content("AV-1")), state(home)
    for dry_run in (True, False):
        result = one(path, area, home, dry_run=dry_run)
        assert (result.outcome, result.exit_code) == ("refused", 78)
        assert "must not be mixed" in result.reasons[0]
    assert state(home) == before
    assert not raw(home).exists()


# Pseudonyms.

STAYS = EXPORTS["samsa"]


def with_persons(*persons: str) -> str:
    text = STAYS
    for n, person in enumerate(persons, 1):
        text = text.replace(f";PID{n};", f";{person};")
    return text


OTHER = number(date(1940, 5, 6), 234)


def test_ids_that_are_identity_numbers_refuse_the_file(inbox: Path, home: Path, area: Area) -> None:
    result = one(put(inbox, "mars.csv", with_persons(PERSON, OTHER)), area, home)
    assert (result.outcome, result.exit_code) == ("refused", 65)
    assert result.reasons[0].startswith("identifier: mars.csv, line 1, column “Patient-id”: ")
    assert "--pseudonymise" in result.reasons[0]
    assert files(home) == []


def test_with_a_key_the_persons_are_replaced_and_no_raw_copy_is_kept(
    inbox: Path, home: Path, area: Area, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "key")
    path = put(inbox, "mars.csv", with_persons(PERSON, OTHER))
    result = one(path, area, home, Reading(key=key, today=TODAY.today))
    assert (result.outcome, result.accepted) == ("accepted", 2)
    persons = rows_of(home, "episodes").person_id
    assert persons.str.fullmatch(r"p_[0-9a-f]{16}").all()
    assert persons.nunique() == 2
    assert [r.key_id for r in Store(home, "goteborg").records()] == [key.id]
    assert not raw(home).exists()
    everything = b"".join(state(home).values())
    for said in (PERSON, PERSON[2:], OTHER):
        assert said.encode() not in everything


def test_the_same_person_has_the_same_pseudonym_in_every_delivery(
    inbox: Path, home: Path, area: Area, tmp_path: Path
) -> None:
    reading = Reading(key=make_key(tmp_path / "key"), today=TODAY.today)
    short = f"{PERSON[2:8]}-{PERSON[8:]}".replace("-", "+")  # a hundred years old, as it is then written
    for n, text in enumerate(
        (with_persons(PERSON, OTHER), with_persons(short, OTHER).replace(";5,0;", ";5;"))
    ):
        assert one(put(inbox, f"{n}.csv", text), area, home, reading).accepted == 2
    assert rows_of(home, "episodes").person_id.nunique() == 2


def test_pseudonyms_of_two_keys_are_never_mixed(inbox: Path, home: Path, area: Area, tmp_path: Path) -> None:
    one(
        put(inbox, "1.csv", with_persons(PERSON, OTHER)),
        area,
        home,
        Reading(key=make_key(tmp_path / "key"), today=TODAY.today),
    )
    before = state(home)
    other = Reading(key=make_key(tmp_path / "another"), today=TODAY.today)
    result = one(put(inbox, "2.csv", with_persons(OTHER, PERSON)), area, home, other)
    assert (result.outcome, result.exit_code) == ("refused", 78)
    assert "two keys must not be mixed" in result.reasons[0]
    assert state(home) == before


# What lies in the raw folder.


def test_what_lies_in_the_raw_folder_is_loaded_once_and_not_copied(home: Path, area: Area) -> None:
    put(raw(home), "mars.csv", content("AV-1"))
    put(raw(home) / "2025", "maj.csv", content("AV-3"))
    assert [r.outcome for r in load_new(area, home)] == ["accepted", "accepted"]
    assert load_new(area, home) == []
    put(raw(home), "april.csv", content("AV-2"))
    assert [r.file for r in load_new(area, home)] == ["april.csv"]
    assert files(raw(home)) == ["2025/maj.csv", "april.csv", "mars.csv"]


def test_the_statement_in_the_raw_folder_goes_with_the_file(home: Path, area: Area) -> None:
    sidecar(put(raw(home), "mars.csv", content("AV-1")), 'sender = "Regionen"')
    load_new(area, home)
    assert [r.sender for r in Store(home, "goteborg").records()] == ["Regionen"]


def test_copies_of_loaded_files_are_not_new(inbox: Path, home: Path, area: Area) -> None:
    one(put(inbox, "mars.csv", content("AV-1")), area, home)
    assert load_new(area, home) == []


def test_a_refused_file_in_the_raw_folder_is_said_again_each_time(home: Path, area: Area) -> None:
    put(raw(home), "mars.csv", content("AV-1", unit="Oz"))
    assert [r.outcome for r in load_new(area, home) + load_new(area, home)] == ["refused", "refused"]


def test_a_folder_or_a_dead_link_named_like_an_export_is_none(home: Path, area: Area) -> None:
    (raw(home) / "mars.csv").mkdir(parents=True)
    (raw(home) / "april.csv").symlink_to(home / "gone.csv")
    assert load_new(area, home) == []


def test_without_a_raw_folder_nothing_is_new(home: Path, area: Area) -> None:
    assert load_new(area, home) == []


# Every source at once.


def test_one_export_of_every_source_is_known_by_its_headers(inbox: Path, home: Path, area: Area) -> None:
    for name, text in EXPORTS.items():
        put(inbox, f"{name}.csv", text)
    results = loaded(inbox, area=area, home=home, reading=Reading(today=pd.Timestamp("2026-11-22")))
    assert {r.file: (r.source, r.read - r.accepted) for r in results} == {
        f"{name}.csv": (name, 0) for name in EXPORTS
    }
    assert len(Store(home, "goteborg").records()) == len(EXPORTS)


def test_messages_and_clinics_are_measured_as_stays(inbox: Path, home: Path, area: Area) -> None:
    for name in ("samsa-meddelanden", "samsa-klinik"):
        put(inbox, f"{name}.csv", EXPORTS[name].replace("PID1", "PID7" if name == "samsa-klinik" else "PID1"))
    assert [r.accepted for r in loaded(inbox, area=area, home=home)] == [2, 8]
    store = Store(home, "goteborg")
    found = build_snapshot(store, area, snapshot_folder(home, "goteborg", store.digest()))
    by_unit = {
        unit: pairs(series_of(found, "uk_days_mean_payment", unit=unit)) for unit in ("partille", "goteborg")
    }
    # Ready 5 February, withdrawn on the 6th (1 day), ready again on the 9th, left on the 11th (2 days).
    assert by_unit["partille"] == {"2025-02": (3, 1)}
    # Two clinics, one stay: ready in the second on 7 February, left on the 8th.
    assert by_unit["goteborg"] == {"2025-02": (1, 1)}


def test_the_same_stay_from_three_systems_is_measured_once(inbox: Path, home: Path, area: Area) -> None:
    for name in ("samsa", "samsa-meddelanden", "samsa-klinik"):
        put(inbox, f"{name}.csv", EXPORTS[name])
    loaded(inbox, area=area, home=home)
    store = Store(home, "goteborg")
    found = build_snapshot(store, area, snapshot_folder(home, "goteborg", store.digest()))
    assert pairs(series_of(found, "uk_days_mean_payment", unit="goteborg")) == {"2025-02": (1, 1)}
    assert pairs(series_of(found, "uk_days_mean_payment", unit="partille")) == {}
    # The second stay of the export: one day, and two that were withdrawn.
    assert pairs(series_of(found, "uk_days_mean_payment", unit="ockero")) == {"2025-02": (3, 1)}
    # Rows of two municipalities of five say nothing of the others, nor of the whole.
    assert pairs(series_of(found, "uk_days_mean_payment", unit="goteborgsomradet")) == {}


# A file whose reading has changed.


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with settings of one's own."""
    shutil.copytree(REPOSITORY / "data" / "areas", tmp_path / "own" / "data" / "areas")
    return tmp_path / "own"


def with_spelling(own: Path, word: str) -> Area:
    path = own / "data/areas/goteborg/units.csv"
    text = path.read_text(encoding="utf-8")
    assert "Göteborgs Stad" in text
    path.write_text(text.replace("Göteborgs Stad", f"Göteborgs Stad|{word}", 1), encoding="utf-8")
    return read_area("goteborg", own)


def test_a_file_is_read_anew_when_the_area_knows_more_words(inbox: Path, home: Path, own: Path) -> None:
    area = read_area("goteborg", own)
    path = put(inbox, "mars.csv", content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", ";Oz;", 1))
    assert one(path, area, home).accepted == 2
    [before] = Store(home, "goteborg").records()
    again = one(path, with_spelling(own, "Oz"), home)
    assert (again.accepted, again.unchanged) == (3, False)
    assert again.changes == Changes(new=1, same=2)
    assert len(rows_of(home)) == 3
    [record] = Store(home, "goteborg").records()
    assert (record.accepted, record.digest) == (3, before.digest)
    kept = [p.name for p in Store(home, "goteborg").folder.iterdir() if p.is_dir()]
    assert kept == [record.digest]
    assert not (Store(home, "goteborg").folder / record.digest / "correct.csv").exists()


def test_what_lies_in_the_raw_folder_is_read_anew_with_what_was_stated(
    inbox: Path, home: Path, own: Path
) -> None:
    area = read_area("goteborg", own)
    path = put(inbox, "mars.csv", content("AV-1", "AV-2", "AV-3").replace(";Göteborg;", ";Oz;", 1))
    flags = Statement(sender="Kommunen", extracted=date(2025, 4, 2))
    one(path, area, home, Reading(statement=flags))
    assert load_new(area, home) == []
    area = with_spelling(own, "Oz")
    assert [r.accepted for r in load_new(area, home)] == [3]
    assert load_new(area, home) == []
    [record] = Store(home, "goteborg").records()
    assert (record.sender, record.extracted, record.accepted) == ("Kommunen", "2025-04-02", 3)


def test_a_file_loaded_again_with_a_key_leaves_no_id_behind(
    inbox: Path, home: Path, area: Area, tmp_path: Path
) -> None:
    path = put(inbox, "mars.csv", STAYS)
    sidecar(path, 'sender = "Regionen"')
    one(path, area, home)
    assert len(list(raw(home).iterdir())) == 2
    key = make_key(tmp_path / "key")
    assert not one(path, area, home, Reading(key=key, today=TODAY.today)).unchanged
    assert list(raw(home).iterdir()) == []
    assert rows_of(home, "episodes").person_id.str.fullmatch(r"p_[0-9a-f]{16}").all()
    assert b"PID1" not in b"".join(state(home).values())
    back = one(path, area, home)
    assert (back.outcome, back.exit_code) == ("refused", 78)


# Corrections, and deliveries whose order is not known.


def test_a_correction_wins_over_what_it_corrects_though_its_rows_know_of_no_later_day(
    inbox: Path, home: Path, area: Area
) -> None:
    january = put(inbox, "jan.csv", content("AV-5"))
    sidecar(january, "extracted = 2025-02-06")
    one(january, area, home)
    february = put(
        inbox, "feb.csv", content("AV-5", "AV-6", "AV-7").replace(";2;", ";4;").replace("Göteborg", "Oz", 1)
    )
    sidecar(february, 'extracted = 2025-03-05\nsender = "Regionen"\nunits = ["goteborg"]')
    correct = Path(one(february, area, home).correct)
    said = (correct.parent / "correct.csv.delivery.toml").read_text(encoding="utf-8")
    assert f'corrects = "{correct.parent.name}"' in said
    assert 'sender = "Regionen"\nunits = ["goteborg"]' in said
    correct.write_text(correct.read_text(encoding="utf-8").replace("Oz", "Göteborg"), encoding="utf-8")
    result = one(correct, area, home)
    assert (result.accepted, result.changes) == (1, Changes(changed=1))
    assert "  Rows: 0 new, 1 changed, 0 the same as before, 0 older than what is there" in result.lines()
    latest = Store(home, "goteborg").versions("deviations").drop_duplicates("deviation_id", keep="last")
    assert dict(zip(latest.deviation_id, latest.severity.astype(str).str[0], strict=True))["AV-5"] == "4"


def test_two_contents_of_one_day_are_said_when_no_one_states_which_is_newer(
    inbox: Path, home: Path, area: Area
) -> None:
    one(put(inbox, "1.csv", content("AV-1", "AV-2")), area, home)
    text = content("AV-1", "AV-2").replace(";2;", ";4;")
    again = one(put(inbox, "2.csv", text), area, home)
    assert again.outcome == "accepted"  # the file as such is good
    assert again.reasons[0].startswith("order_unknown × 2 (accepted)")
    assert "--extracted" in again.reasons[0]
    assert again.changes.changed + again.changes.older == 2
    stated = Reading(statement=Statement(extracted=date(2025, 2, 6)))
    later = one(put(inbox, "3.csv", text.replace(";4;", ";3;")), area, home, stated)
    assert (later.outcome, later.changes) == ("accepted", Changes(changed=2))


# Names, and files that bring trouble.


@pytest.mark.parametrize(
    "name", [os.fsdecode("m\xe5rs.csv".encode("latin-1")), "å" * 120 + ".csv", "a\nb.csv"]
)
def test_any_name_that_a_file_system_allows_is_read(inbox: Path, home: Path, area: Area, name: str) -> None:
    path = put(inbox, name, content("AV-1"))
    result = one(path, area, home)
    assert (result.outcome, result.accepted) == ("accepted", 1)
    assert result.file.isprintable()
    assert len(result.file.encode()) <= 200
    assert load_new(area, home) == []
    assert one(path, area, home).unchanged
    kept = Store(home, "goteborg").folder / Store(home, "goteborg").records()[0].digest
    assert not (kept / "named").exists()


def test_a_bug_that_one_file_brings_to_light_does_not_stop_the_others(
    inbox: Path, home: Path, area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [put(inbox, f"{n}.csv", content(f"AV-{n}")) for n in (1, 2)]
    kept, calls = Store.add, iter([True, False])

    def add(self: Store, *args: Any, **more: Any) -> Any:
        if next(calls):
            raise RuntimeError(SECRET)
        return kept(self, *args, **more)

    monkeypatch.setattr(Store, "add", add)
    bad, good = loaded(*paths, area=area, home=home)
    assert (bad.outcome, bad.exit_code, good.outcome) == ("refused", 70, "accepted")
    assert [p.name[9:] for p in raw(home).iterdir()] == ["2.csv"]
    bug = Store(home, "goteborg").zones.protected / "bug.txt"
    assert SECRET in bug.read_text(encoding="utf-8")
    assert stat.S_IMODE(bug.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["sender", "decision"])
def test_an_identity_number_in_a_statement_refuses_the_file(
    inbox: Path, home: Path, area: Area, key: str
) -> None:
    path = put(inbox, "mars.csv", content("AV-1"))
    sidecar(path, f'{key} = "{PERSON}"')
    assert one(path, area, home).reasons[0].startswith(f"identifier: mars.csv.delivery.toml, column “{key}”")
    sidecar(path, f'{PERSON} = "x"')
    assert one(path, area, home).outcome == "refused"


def test_an_archive_or_a_path_named_by_an_identity_number_is_not_repeated(
    inbox: Path, home: Path, area: Area
) -> None:
    path = archive(inbox / f"{PERSON}.tar.gz", **{"a.csv": content("AV-1").encode()})
    assert one(path, area, home).file == "(name not shown)"
    with pytest.raises(InputMissing) as caught:
        one(inbox / PERSON / "mars.csv", area, home)
    assert PERSON not in str(caught.value)


def test_what_a_dead_load_left_is_removed_by_the_next_though_it_is_refused(
    inbox: Path, home: Path, area: Area
) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = [
        put(Store(home, "goteborg").folder / f".incoming.{dead.pid}", "original", SECRET),
        put(raw(home), f".incoming-copy.{dead.pid}", SECRET),
    ]
    one(put(inbox, "mars.csv", b""), area, home)
    assert not left[0].exists()
    one(put(inbox, "april.csv", content("AV-1")), area, home)
    assert not left[1].exists()


def test_folders_and_copies_are_closed_to_others(inbox: Path, home: Path, area: Area) -> None:
    raw(home).mkdir(parents=True, mode=0o755)
    path = put(inbox, "mars.csv", content("AV-1"))
    sidecar(path, 'sender = "S"')
    before = os.umask(0)
    try:
        one(path, area, home)
    finally:
        os.umask(before)
    assert stat.S_IMODE(raw(home).stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in raw(home).iterdir()} == {0o600}
