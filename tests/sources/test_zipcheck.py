"""A package is checked before any library opens it: whole, of the right kind, and no trap."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputRefused
from analysis.sources import zipcheck
from analysis.sources.zipcheck import Package, check_package, package_sheets
from shared import BAD_INPUT, needs_shared
from workbooks import parts_of, sheet_xml, write_container, write_package, write_xlsx, xls_stream

ROWS = [["Id", "Unit"], ["19121212-1212", "Ward 3"]]


def refused(path: Path) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        check_package(path, "delivery.xlsx")
    return error.value


def outcome(path: Path) -> Package | InputRefused:
    try:
        return check_package(path, "delivery.xlsx")
    except InputRefused as error:
        return error


def parts(**more: str | bytes) -> dict[str, str | bytes]:
    return parts_of({"Data": sheet_xml(ROWS)}) | {f"xl/{k.replace('_', '.')}": v for k, v in more.items()}


def test_a_plain_workbook_passes_and_its_sheets_are_known(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts_of({"Öppna": sheet_xml(ROWS), "B & C": sheet_xml([])}))
    package = check_package(path, "a.xlsx")
    assert [name for name, _ in package.sheets] == ["Öppna", "B & C"] == package_sheets(path, "a.xlsx")
    assert [package.facts[part].last_column for _, part in package.sheets] == [2, 0]


def test_stored_parts_pass_like_compressed_ones(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(), zipfile.ZIP_STORED)
    assert not check_package(path, "a.xlsx").is_1904


def test_other_compression_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(), zipfile.ZIP_LZMA)
    assert refused(path).reason == "file_type"


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_workbook_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert refused(path).reason == "truncated"


def test_a_flipped_bit_in_a_part_is_noticed(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(), zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"Ward 3")] ^= 1
    path.write_bytes(data)
    assert refused(path).reason == "truncated"


def test_a_part_that_is_called_otherwise_in_the_directory_is_noticed(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    data = path.read_bytes()
    at = data.rindex(b"xl/styles.xml")
    path.write_bytes(data[:at] + b"xl/stylez.xml" + data[at + 13 :])
    assert refused(path).reason == "truncated"


def test_a_part_that_expands_far_beyond_its_size_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(notes_xml=b"<a>" + b" " * (2 << 20) + b"</a>"))
    assert refused(path).reason == "bomb"


def test_a_small_part_may_compress_well(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(notes_xml=b"<a>" + b" " * (900 << 10) + b"</a>"))
    check_package(path, "a.xlsx")


def test_a_sheet_of_equal_rows_is_no_bomb(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", sheet_xml([["Id", "Unit"], *[["A", "B"]] * 40_000]))
    assert len(next(iter(check_package(path, "a.xlsx").facts.values())).rows) == 40_001


def test_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    size = sum(m.file_size for m in zipfile.ZipFile(path).infolist())
    monkeypatch.setattr(zipcheck, "MOST_BYTES", size)
    check_package(path, "a.xlsx")
    monkeypatch.setattr(zipcheck, "MOST_BYTES", size - 1)
    assert refused(path).reason == "bomb"


def test_too_many_parts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    monkeypatch.setattr(zipcheck, "MOST_MEMBERS", len(parts()))
    check_package(path, "a.xlsx")
    monkeypatch.setattr(zipcheck, "MOST_MEMBERS", len(parts()) - 1)
    assert refused(path).reason == "bomb"


def test_a_part_larger_than_the_directory_says_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(notes_xml=b"<a>" + bytes(range(32, 60)) * 9000 + b"</a>"))
    member = zipfile.ZipFile(path).getinfo("xl/notes.xml")
    with zipfile.ZipFile(path) as package:
        shown = package.read(member)[:100]
    data = path.read_bytes()
    old = struct.pack("<III", member.CRC, member.compress_size, member.file_size)
    new = struct.pack("<III", zlib.crc32(shown), member.compress_size, len(shown))
    path.write_bytes(data.replace(old, new))
    assert refused(path).reason == "bomb"


@pytest.mark.parametrize("declaration", ["<!DOCTYPE a [<!ENTITY b 'c'>]>", "<!ENTITY b 'c'>", "<!DOCTYPE a>"])
@pytest.mark.parametrize("ahead", [0, 1, 65_530, 65_536, 200_000])
def test_entities_are_refused_wherever_they_are_declared(
    tmp_path: Path, declaration: str, ahead: int
) -> None:
    noise = "".join(chr(33 + (n * n) % 27) for n in range(ahead))
    path = write_package(tmp_path / "a.xlsx", parts(notes_xml=f"<a>{noise}{declaration}</a>"))
    assert refused(path).reason == "bomb"


def test_entities_cannot_hide_in_another_encoding(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts(notes_xml="<!DOCTYPE a><a/>".encode("utf-16")))
    assert refused(path).reason == "file_type"


def test_macros_are_refused(tmp_path: Path) -> None:
    assert refused(write_package(tmp_path / "a.xlsx", parts(vbaProject_bin=b"x"))).reason == "file_type"


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", {"readme.txt": "hello"})
    assert refused(path).reason == "file_type"


def test_a_text_document_is_refused(tmp_path: Path) -> None:
    document = parts() | {"xl/workbook.xml": "<document/>"}
    assert refused(write_package(tmp_path / "a.xlsx", document)).reason == "file_type"


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"Id;Unit\r\n1;2\r\n")
    assert refused(path).reason == "file_type"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_named_twice_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/Workbook.xml", "<workbook/>")
    assert refused(path).reason == "file_type"


def test_parts_under_a_password_are_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refused(path).reason == "encrypted"


def test_a_password_protected_workbook_is_refused(tmp_path: Path) -> None:
    path = write_container(tmp_path / "a.xlsx", b"secret", "EncryptedPackage")
    assert refused(path).reason == "encrypted"


def test_an_old_workbook_is_not_a_package(tmp_path: Path) -> None:
    assert refused(write_container(tmp_path / "a.xlsx", xls_stream(ROWS))).reason == "file_type"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_refused_or_without_effect_and_shows_no_value(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = write_package(tmp_path / "a.xlsx", parts())
    content = bytearray(path.read_bytes())
    whole = check_package(path, "a.xlsx").sheets
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    found = outcome(path)
    if isinstance(found, InputRefused):
        assert found.reason in {"truncated", "file_type", "bomb", "encrypted"}
        assert "1212" not in str(found)
    else:
        assert len(found.sheets) == len(whole)


@needs_shared
@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("xlsx_truncated.xlsx", "truncated"),
        ("xlsx_billion_laughs.xlsx", "bomb"),
        ("xlsx_password.xlsx", "encrypted"),
        ("inj_ole_stub.xls", "file_type"),
        ("inj_html_as.xls", "file_type"),
    ],
)
def test_known_bad_packages_are_refused(file: str, reason: str) -> None:
    assert refused(BAD_INPUT / "files" / file).reason == reason
