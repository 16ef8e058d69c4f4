"""A file from outside: copied once, whole and unchanged, and known by what it holds, not by its name."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import CannotWrite, InputMissing, InputRefused
from analysis.sources import intake
from analysis.sources.intake import OLE, TEXT, ZIP, Taken, digest_of, take

SECRET = "19121212-1212"
CSV = f"id;n\n{SECRET};1\n".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ours = tmp_path / "ours"
    ours.mkdir()
    return ours


def given_file(folder: Path, content: bytes, name: str = "export.csv") -> Path:
    path = folder.parent / name
    path.write_bytes(content)
    return path


def taken(folder: Path, content: bytes, name: str = "export.csv") -> Taken:
    return take(given_file(folder, content, name), folder)


def refused(folder: Path, content: bytes, name: str = "export.csv") -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        taken(folder, content, name)
    error = caught.value
    assert error.exit_code == 65
    assert error.where is not None
    assert error.where.file == name
    assert SECRET not in str(error)
    return error


def test_the_copy_has_the_bytes_and_the_name_that_was_sent(folder: Path) -> None:
    copy = taken(folder, CSV)
    assert copy.path.parent == folder
    assert copy.path.read_bytes() == CSV
    assert (copy.name, copy.kind) == ("export.csv", TEXT)


def test_the_digest_is_that_of_the_bytes_and_the_second_is_made_on_demand(folder: Path) -> None:
    path = given_file(folder, CSV)
    plain, both = take(path, folder), take(path, folder, sha256=True)
    assert plain.digest == both.digest == digest_of(path)
    assert plain.digest == hashlib.blake2b(CSV, digest_size=16).hexdigest()
    assert (plain.sha256, both.sha256) == ("", hashlib.sha256(CSV).hexdigest())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=60), block=st.integers(1, 70))
def test_no_block_size_changes_copy_or_digest(folder: Path, content: bytes, block: int) -> None:
    content = b"id;n\n" + content
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "BLOCK", block)
        copy = taken(folder, content)
    assert copy.path.read_bytes() == content
    assert copy.digest == hashlib.blake2b(content, digest_size=16).hexdigest()


def test_a_file_that_is_not_there_is_missing(folder: Path) -> None:
    with pytest.raises(InputMissing, match="there is no such file") as caught:
        take(folder / "none.csv", folder)
    assert caught.value.exit_code == 66


def test_a_folder_is_no_file(folder: Path) -> None:
    with pytest.raises(InputMissing, match="not a file"):
        take(folder, folder)


def test_a_pipe_is_no_file_and_is_not_waited_for(folder: Path) -> None:
    pipe = folder.parent / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(InputMissing, match="not a file"):
        take(pipe, folder)


@pytest.mark.parametrize("name", ["is_file", "open"])
def test_a_file_that_may_not_be_read_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def no_right(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = given_file(folder, CSV)
    monkeypatch.setattr(Path, name, no_right)
    with pytest.raises(InputMissing, match="may not be read"):
        take(path, folder)


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.toml", "a.json", "a.ini", "a.CFG"])
def test_a_file_of_settings_is_no_export(folder: Path, name: str) -> None:
    assert refused(folder, b"a: 1", name).reason == "config"


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 9])
def test_a_file_without_content_is_empty(folder: Path, content: bytes) -> None:
    assert refused(folder, content).reason == "empty"


@pytest.mark.parametrize("size", [7, len(CSV) + 1], ids=["shorter", "longer"])
def test_a_file_that_changes_while_it_is_copied_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = given_file(folder, CSV)
    blocks = intake._blocks

    def interrupted(handle: BinaryIO) -> Iterator[bytes]:
        for block in blocks(handle):
            os.truncate(path, size)
            yield block

    monkeypatch.setattr(intake, "_blocks", interrupted)
    with pytest.raises(InputRefused, match="changed while it was read") as caught:
        take(path, folder)
    assert caught.value.reason == "changed"


@pytest.mark.parametrize("successor", [CSV, None], ids=["another in its place", "taken away"])
def test_a_file_that_is_replaced_while_it_is_copied_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, successor: bytes | None
) -> None:
    path = given_file(folder, CSV)
    blocks = intake._blocks

    def interrupted(handle: BinaryIO) -> Iterator[bytes]:
        path.rename(path.with_name("old.csv"))
        if successor is not None:
            path.write_bytes(successor)
        yield from blocks(handle)

    monkeypatch.setattr(intake, "_blocks", interrupted)
    with pytest.raises(InputRefused, match="changed while it was read"):
        take(path, folder)


@pytest.mark.parametrize("name", ["export.csv", "export.csv.gz"])
def test_a_full_disk_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / ("expanded" if name.endswith("gz") else "original")).symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match="No space left") as caught:
        taken(folder, gzip.compress(CSV, mtime=0) if name.endswith("gz") else CSV, name)
    assert caught.value.exit_code == 74


def test_a_workbook_is_known_by_its_content(folder: Path) -> None:
    path = folder.parent / "export.csv"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a", "b")
    assert take(path, folder).kind == ZIP


def test_an_old_workbook_is_known_by_its_content(folder: Path) -> None:
    assert taken(folder, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "export.csv").kind == OLE


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_refused_unopened(folder: Path, protocol: int) -> None:
    error = refused(folder, pickle.dumps([SECRET], protocol))
    assert (error.reason, "pickle" in error.what) == ("file_type", True)


def test_a_parquet_file_is_refused(folder: Path) -> None:
    path = folder.parent / "other"
    pq.write_table(pa.table({"id": [SECRET]}), path)
    assert refused(folder, path.read_bytes()).reason == "file_type"


@pytest.mark.parametrize(
    "start",
    [
        b"%PDF-1.7\n",
        b"SQLite format 3\0",
        b"PK\x05\x06" + bytes(18),
        b"\x89PNG\r\n",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a",
        b"BZh9",
        b"<html>",
        b"\r\n <HTML lang=sv>",
        b"\xef\xbb\xbf<!DOCTYPE html>",
        b"<?xml version='1.0'?>",
        b"<table><tr>",
        b"<meta charset=utf-8><table>",
        b"<!-- made by a system --><table>",
        b"{\\rtf1",
    ],
)
@pytest.mark.parametrize("name", ["export.csv", "export.xls"])
def test_another_kind_of_file_is_refused_whatever_its_name_says(
    folder: Path, start: bytes, name: str
) -> None:
    assert refused(folder, start + SECRET.encode(), name).reason == "file_type"


def test_letters_that_only_resemble_markup_are_text(folder: Path) -> None:
    assert taken(folder, b"<5 days;n\n1;2\n").kind == TEXT


def test_an_archive_of_text_is_expanded_and_hashed_as_it_was_sent(folder: Path) -> None:
    packed = gzip.compress(CSV, mtime=0)
    copy = taken(folder, packed, "export.csv.gz")
    assert copy.path.read_bytes() == CSV
    assert (copy.kind, copy.name) == (TEXT, "export.csv.gz")
    assert copy.digest == hashlib.blake2b(packed, digest_size=16).hexdigest()


def test_an_archive_in_parts_is_expanded_whole(folder: Path) -> None:
    assert (
        taken(folder, gzip.compress(CSV, mtime=0) + gzip.compress(b"x;2\n")).path.read_bytes()
        == CSV + b"x;2\n"
    )


@pytest.mark.parametrize("kept", [3, 10, 11, -9, -8, -1])
def test_an_archive_that_is_cut_off_is_refused(folder: Path, kept: int) -> None:
    assert refused(folder, gzip.compress(CSV, mtime=0)[:kept], "a.gz").reason == "truncated"


@pytest.mark.parametrize("at", [12, -8, -1], ids=["data", "checksum", "length"])
def test_an_archive_with_a_damaged_byte_is_refused(folder: Path, at: int) -> None:
    packed = bytearray(gzip.compress(CSV * 50, mtime=0))
    packed[at] ^= 0xFF
    assert refused(folder, bytes(packed), "a.gz").reason == "truncated"


@pytest.mark.parametrize(("size", "reads"), [(5000, True), (5001, False), (50_000, False)])
def test_an_archive_may_grow_to_the_limit_and_not_beyond(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int, reads: bool
) -> None:
    monkeypatch.setattr(intake, "FREE_BYTES", 5000)
    monkeypatch.setattr(intake, "BLOCK", 1000)
    packed = gzip.compress(b"a" * size, mtime=0)
    if reads:
        assert taken(folder, packed).path.stat().st_size == size
    else:
        assert refused(folder, packed, "a.gz").reason == "bomb"
        assert (folder / "expanded").stat().st_size < 20_000


@pytest.mark.parametrize(("packed_size", "reads"), [(300, True), (299, False)])
def test_an_archive_may_grow_a_hundredfold_and_not_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, packed_size: int, reads: bool
) -> None:
    monkeypatch.setattr(intake, "FREE_BYTES", 0)
    packed = gzip.compress(b"id\n" * 10_000, mtime=0).ljust(packed_size, b"\0")
    if reads:
        assert taken(folder, packed).kind == TEXT
    else:
        assert refused(folder, packed).reason == "bomb"


def test_no_archive_grows_beyond_the_most_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_BYTES", len(CSV) - 1)
    assert refused(folder, gzip.compress(CSV, mtime=0)).reason == "bomb"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (b"", "empty"),
        (gzip.compress(CSV, mtime=0), "file_type"),
        (b"PK\x03\x04" + bytes(30), "file_type"),
        (b"%PDF-1.7", "file_type"),
    ],
)
def test_an_archive_of_anything_but_text_is_refused(folder: Path, inside: bytes, reason: str) -> None:
    assert refused(folder, gzip.compress(inside, mtime=0), "a.gz").reason == reason


def test_zeros_behind_an_archive_do_not_matter_and_other_bytes_do(folder: Path) -> None:
    assert taken(folder, gzip.compress(CSV, mtime=0) + bytes(512)).path.read_bytes() == CSV
    assert refused(folder, gzip.compress(CSV, mtime=0) + SECRET.encode(), "a.gz").reason == "truncated"
