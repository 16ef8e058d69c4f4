"""Pseudonyms: one a person, none without the key, and a key that cannot end up in a repository."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError, CannotWrite, SettingsError
from analysis.sources.identifiers import identity_hits
from analysis.sources.pseudonyms import (
    Key,
    canonical,
    default_key_path,
    make_key,
    not_canonical,
    pseudonymise,
    read_key,
)
from fictitious import number

DAY = date(2025, 6, 30)
KEY = Key(bytes(range(32)), "test")
OTHER = Key(bytes(range(1, 33)), "other")
on_posix = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")


def made(*texts: str | None, key: Key = KEY, day: date = DAY) -> list[str | None]:
    return pseudonymise(pa.array(texts, pa.string()), key, day=day).to_pylist()


@given(st.dates(date(1926, 1, 1), DAY), st.integers(0, 999))
def test_all_ways_of_writing_a_number_give_one_pseudonym(born: date, serial: int) -> None:
    twelve = number(born, serial)
    ten, last = twelve[2:], twelve[8:]
    forms = [twelve, ten, f"{ten[:6]}-{last}", f"{twelve[:8]}-{last}", f" {twelve[:8]} – {last} "]
    forms += [str(int(ten))] if len(str(int(ten))) >= 7 else []
    assert len(set(made(*forms))) == 1


SPELLINGS = [
    "{0}{1}{2}.0",
    "{0}{1}{2},00",
    "'{0}{1}{2}",
    "’{0}{1}-{2}",
    "{0}{1}/{2}",
    "{0}{1}_{2}",
    "{0}{1}.{2}",
    "{0}{1}:{2}",
    "0{0}{1}{2}",
    "{0[0]}{0[1]} {1} {2}",
]


@given(st.dates(date(1926, 1, 1), DAY), st.integers(0, 999), st.sampled_from(SPELLINGS))
def test_every_spelling_that_is_detected_gives_the_same_pseudonym(born: date, serial: int, form: str) -> None:
    twelve = number(born, serial)
    spelled = form.format(twelve[:2], twelve[2:8], twelve[8:])
    dashed = f"{twelve[:4]}-{twelve[4:6]}-{twelve[6:8]}-{twelve[8:]}"
    assert made(spelled) == made(twelve) == made(dashed) == made(" ".join(twelve))


def test_what_is_detected_but_has_no_one_form_is_left_for_a_closer_look() -> None:
    twelve = number(date(1943, 4, 4), 211)
    texts = pa.array([twelve, f"pat {twelve}", f"{twelve}07", f"{twelve[:8]}-{twelve[8:]}", "VT1", None])
    left = not_canonical(texts, DAY)
    assert left.to_pylist() == ["", f"pat {twelve}", f"{twelve}07", "", "VT1", None]
    assert identity_hits(left).tolist() == [False, True, False, False, False, False]


def test_a_pseudonym_of_ours_stays() -> None:
    assert made("p_0123456789abcdef", " p_0123456789abcdef ") == ["p_0123456789abcdef"] * 2
    assert made("p_0123456789ABCDEF", "p_0123456789abcde")[0] != "p_0123456789ABCDEF"


@given(st.dates(date(1900, 1, 1), DAY), st.integers(0, 999))
def test_a_pseudonym_holds_nothing_of_the_number(born: date, serial: int) -> None:
    twelve = number(born, serial)
    [pseudonym] = made(twelve)
    assert pseudonym is not None
    assert re.fullmatch("p_[0-9a-f]{16}", pseudonym)
    assert twelve not in pseudonym
    assert twelve[2:] not in pseudonym


@pytest.mark.parametrize(
    ("text", "day", "twelve"),
    [
        ("121212-1212", date(2012, 12, 11), "191212121212"),
        ("121212-1212", date(2012, 12, 12), "201212121212"),
        ("121212+1212", date(2025, 1, 1), "191212121212"),
        ("121212+1212", date(2011, 12, 31), "181212121212"),
        ("121212+1212", date(2012, 1, 1), "191212121212"),
        ("121272-1212", date(2012, 12, 12), "201212721212"),
        ("000229-0000", date(2025, 1, 1), "200002290000"),
        ("18930401-2389", date(2025, 1, 1), "189304012389"),
    ],
)
def test_the_century_follows_from_the_plus_sign_and_the_reference_day(
    text: str, day: date, twelve: str
) -> None:
    assert canonical(text, day) == twelve


def test_a_mistyped_number_is_still_one_person() -> None:
    assert canonical("19121212-1213", DAY) == canonical("191212121213", DAY) == "191212121213"


@pytest.mark.parametrize("text", ["PID07000", "VT500100", "123456789", "251312-1212", "1", ""])
def test_other_ids_are_taken_as_they_are_written(text: str) -> None:
    assert canonical(text, DAY) == text
    assert made(text) == made(f" {text}\N{ZERO WIDTH SPACE}")


def test_reserve_numbers_are_written_one_way() -> None:
    assert canonical("19930829x802", DAY) == canonical("19930829-X802", DAY) == "19930829X802"


def test_another_key_gives_another_pseudonym_and_the_same_key_the_same() -> None:
    assert made("191212121212") == made("191212121212")
    assert made("191212121212") != made("191212121212", key=OTHER)


def test_nulls_stay_null_and_order_is_kept_in_every_kind_of_array() -> None:
    texts = pa.array(["PID1", None, "PID2", "PID1"])
    expected = made("PID1", None, "PID2", "PID1")
    assert expected[1] is None
    assert expected[0] == expected[3] != expected[2]
    for array in (texts, texts.dictionary_encode(), pa.chunked_array([texts[:1], texts[1:]])):
        assert pseudonymise(array, KEY, day=DAY).to_pylist() == expected
    assert pseudonymise(pa.chunked_array([], pa.string()), KEY, day=DAY).to_pylist() == []


def test_a_new_key_is_read_back_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pseudonym.key"
    key = make_key(path)
    assert read_key(path) == key
    assert re.fullmatch("[0-9a-f]{8}", key.id)
    with pytest.raises(SettingsError, match="exists already"):
        make_key(path)
    assert read_key(path) == key


@on_posix
def test_a_key_for_a_dry_run_is_not_written_but_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    assert make_key(path, keep=False) != make_key(path, keep=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".git").mkdir()
    with pytest.raises(SettingsError, match="inside a Git tree"):
        make_key(path, keep=False)


def test_a_new_key_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def short(path: Path) -> None:
    path.write_bytes(bytes(31))


def in_git(path: Path) -> None:
    (path.parent / ".git").mkdir()


def in_worktree(path: Path) -> None:
    (path.parent.parent / ".git").write_text("gitdir: elsewhere")


@pytest.mark.parametrize("spoil", [missing, folder, short, in_git, in_worktree])
def test_a_key_that_is_not_safe_is_refused_with_a_remedy(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "keys" / "key"
    key = make_key(path)
    spoil(path)
    with pytest.raises(SettingsError) as refused:
        read_key(path)
    assert refused.value.remedy
    assert refused.value.where is not None
    assert key.secret.hex() not in str(refused.value)


@on_posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="others"):
        read_key(path)


def test_exactly_32_bytes_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(32))
    path.chmod(0o600)
    assert read_key(path).secret == bytes(32)


def test_a_link_from_outside_into_a_repository_is_followed(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    make_key(repository / "key")
    (repository / ".git").mkdir()
    (tmp_path / "link").symlink_to(repository / "key")
    with pytest.raises(SettingsError, match="Git"):
        read_key(tmp_path / "link")
    with pytest.raises(SettingsError, match="Git"):
        make_key(repository / "other")


def test_a_key_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError) as refused:
        make_key(tmp_path / "file" / "key")
    assert isinstance(refused.value, (CannotWrite, SettingsError))


def test_the_secret_is_not_shown() -> None:
    assert repr(KEY) == "Key(id='test')"


def test_the_default_place_is_the_users_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_key_path() == tmp_path / "analysis" / "pseudonym.key"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_key_path() == tmp_path / ".config" / "analysis" / "pseudonym.key"
