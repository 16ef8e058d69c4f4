"""Where things lie, that only their owner may read them, and that no data of people lie in a Git tree."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from analysis import zones as zones_module
from analysis.area import read_area
from analysis.errors import CannotWrite, SettingsError, UsageError
from analysis.report import run as run_module
from analysis.store import Store
from analysis.zones import Zones, git_tree, make_private
from homes import as_if_real, call, loaded_home, own_settings, small_exports

posix = pytest.mark.skipif(os.name != "posix", reason="rights of this kind are of POSIX systems")


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANALYSIS_PROTECTED", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "share"))


@pytest.fixture(name="checkout")
def checkout_folder(tmp_path: Path) -> Path:
    (tmp_path / "repo/.git").mkdir(parents=True)
    return tmp_path / "repo"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_outside_git_the_protected_zone_lies_in_the_home_folder(tmp_path: Path) -> None:
    zones = Zones(tmp_path, "small")
    assert zones.protected == tmp_path / "protected/small"
    assert (zones.store, zones.raw, zones.runs) == tuple(
        zones.protected / name for name in ("store", "raw", "runs")
    )
    assert zones.reports == tmp_path / "reports/small"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", [".", "a/b"])
def test_inside_git_it_lies_outside_in_the_users_data_named_for_the_home(
    checkout: Path, tmp_path: Path, below: str
) -> None:
    home = checkout / below
    protected = Zones(home, "small").protected
    assert protected.parents[2] == tmp_path / "share"
    assert protected.parents[1].name == "analysis"
    name, _, digest = protected.parent.name.rpartition("-")
    assert (name, len(digest), protected.name) == (home.resolve().name, 8, "small")
    assert git_tree(protected) is None
    assert Zones(home, "small").reports == home / "reports/small"


def test_two_homes_of_one_name_share_nothing_and_one_home_is_always_itself(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "repo/.git").mkdir(parents=True)
    one, other = (Zones(tmp_path / name / "repo", "small").protected for name in ("a", "b"))
    assert one != other
    assert Zones(tmp_path / "a/../a/repo", "small").protected == one


def test_a_linked_working_tree_has_a_file_for_git_and_counts(tmp_path: Path) -> None:
    assert git_tree(tmp_path / "x/y") is None
    (tmp_path / "x").mkdir()
    (tmp_path / "x/.git").write_text("gitdir: elsewhere")
    assert git_tree(tmp_path / "x/y") == tmp_path / "x"
    assert git_tree(tmp_path / "x") == tmp_path / "x"


def test_a_home_that_is_a_link_into_a_checkout_counts_as_the_checkout(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout)
    assert Zones(tmp_path / "link", "small").protected == Zones(checkout, "small").protected


def test_the_setting_goes_before_everything(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(tmp_path / "safe"))
    assert Zones(checkout, "small").protected == tmp_path / "safe/small"
    assert Zones(tmp_path, "other").protected == tmp_path / "safe/other"
    monkeypatch.setenv("ANALYSIS_PROTECTED", "")
    assert Zones(tmp_path, "small").protected == tmp_path / "protected/small"


@pytest.mark.parametrize(
    ("system", "variable", "expected"),
    [
        ("linux", "", ".local/share"),
        ("linux", "relative/folder", ".local/share"),
        ("darwin", "", "Library/Application Support"),
        ("win32", "", "AppData/Local"),
    ],
)
def test_without_a_variable_the_systems_own_place_is_taken(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, system: str, variable: str, expected: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", variable)
    monkeypatch.setattr(sys, "platform", system)
    assert Zones(checkout, "small").protected.is_relative_to(Path.home() / expected / "analysis")


def test_a_user_without_a_home_is_told_what_to_set(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError

    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(SettingsError, match="ANALYSIS_PROTECTED"):
        _ = Zones(checkout, "small").protected


@pytest.mark.parametrize("name", ["", "../../evil", "a/b", "{unit}", "Göteborg", ".git", "a\n", "-a"])
def test_a_name_that_is_none_of_an_area_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Zones(tmp_path, name)


# Rights.


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_each_folder_of_ours_is_closed_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    zones = Zones(tmp_path, "small")
    before = os.umask(umask)
    try:
        assert zones.private(zones.store) == zones.store
    finally:
        os.umask(before)
    for folder in (tmp_path / "protected", zones.protected, zones.store):
        assert mode(folder) == 0o700


@posix
def test_in_the_users_data_only_our_own_folders_are_closed(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir(mode=0o755)
    zones = Zones(checkout, "small")
    zones.private(zones.protected)
    assert mode(tmp_path / "share") == 0o755
    assert {mode(f) for f in (zones.protected, zones.protected.parent, tmp_path / "share/analysis")} == {
        0o700
    }


@posix
def test_a_folder_that_the_user_names_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "safe").mkdir(mode=0o755)
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(tmp_path / "safe"))
    zones = Zones(tmp_path, "small")
    zones.private(zones.store)
    assert mode(tmp_path / "safe") == 0o755
    assert (mode(zones.protected), mode(zones.store)) == (0o700, 0o700)


@posix
@pytest.mark.parametrize(("found", "left"), [(0o755, 0o700), (0o710, 0o700), (0o701, 0o700), (0o700, 0o700)])
def test_a_folder_that_others_may_read_is_closed(tmp_path: Path, found: int, left: int) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(found)
    make_private(tmp_path / "a")
    assert mode(tmp_path / "a") == left


@posix
def test_a_folder_that_even_its_owner_may_not_write_stays_so(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o500)
    make_private(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o500


@posix
@pytest.mark.parametrize("fails", [True, False])
def test_a_folder_that_cannot_be_closed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o755)

    def chmod(*_: object) -> None:
        if fails:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", chmod)
    with pytest.raises(SettingsError, match="others may read") as told:
        make_private(tmp_path / "a")
    assert told.value.exit_code == 78


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "protected").write_text("a file")
    with pytest.raises(CannotWrite, match="cannot be written") as told:
        Zones(tmp_path, "small").private(Zones(tmp_path, "small").store)
    assert told.value.exit_code == 74


def test_rights_of_other_systems_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o755)
    monkeypatch.setattr(zones_module.os, "name", "nt")
    make_private(tmp_path / "a")
    monkeypatch.undo()
    assert mode(tmp_path / "a") == 0o755


# Git, and earlier versions.


def test_real_data_are_refused_inside_a_git_tree_and_nowhere_else(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Zones(checkout, "small").refuse_git()
    Zones(tmp_path, "small").refuse_git()
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(checkout / "safe"))
    with pytest.raises(SettingsError, match="Set ANALYSIS_PROTECTED to a folder outside") as told:
        Zones(tmp_path, "small").refuse_git()
    assert told.value.exit_code == 78


@pytest.mark.parametrize(
    ("file", "now"), [("data/store/small/0a/delivery.json", "store"), ("data/raw/small/a.csv", "raw")]
)
def test_what_an_earlier_version_has_kept_elsewhere_is_told_with_where_it_belongs(
    tmp_path: Path, file: str, now: str
) -> None:
    zones = Zones(tmp_path, "small")
    zones.refuse_old()
    (tmp_path / file).parent.mkdir(parents=True)
    zones.refuse_old()
    (tmp_path / file).parent.joinpath(".lock").touch()
    zones.refuse_old()
    (tmp_path / file).touch()
    with pytest.raises(SettingsError, match="earlier version") as told:
        zones.refuse_old()
    assert str(zones.protected / now) in str(told.value)
    Zones(tmp_path, "other").refuse_old()


# The commands.


def of_a_checkout(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The zone is set to a folder inside the working tree."""
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(checkout / "safe"))
    return Zones(checkout, "goteborg").store


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_real_exports_are_not_loaded_into_a_git_tree(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    store = of_a_checkout(checkout, monkeypatch)
    said = call("load", small_exports()[0], "--home", checkout, *more)
    assert (said.code, said.out) == (78, "")
    assert "Git working tree" in said.err
    assert not list(store.rglob("*.parquet"))


@pytest.mark.parametrize("command", ["check", "report"])
@pytest.mark.parametrize("real", [True, False])
def test_real_deliveries_in_a_git_tree_stop_a_command_and_invented_ones_do_not(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, real: bool
) -> None:
    home = loaded_home(tmp_path)
    if real:
        as_if_real(home)
    store = of_a_checkout(checkout, monkeypatch)
    shutil.copytree(home / "protected/goteborg/store", store)
    monkeypatch.setattr(run_module, "run", lambda *_: run_module.Run(tmp_path, "", ()))
    said = call(command, "--home", checkout)
    assert ("Git working tree" in said.err) is real
    assert (said.code == 78) is real


def test_a_checkout_as_home_keeps_its_data_outside_and_its_reports_inside(checkout: Path) -> None:
    assert call("load", small_exports()[0], "--home", checkout).code == 0
    assert [p.name for p in checkout.iterdir()] == [".git"]
    assert len(Store(checkout, "goteborg").records()) == 1
    where = call("where", "--home", checkout, "--json").json
    assert where["store"] == str(Store(checkout, "goteborg").folder)
    assert where["reports"] == str(checkout / "reports/goteborg")
    assert f"store: {where['store']}\n" in call("where", "--home", checkout).out


@pytest.mark.parametrize(
    "arguments", [["load", "FILE"], ["check"], ["report"], ["demo"], ["map", "FILE"], ["purge", "--expired"]]
)
def test_each_command_stops_when_an_earlier_version_has_left_data(
    tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "data/store/goteborg/0a").mkdir(parents=True)
    (tmp_path / "data/store/goteborg/0a/delivery.json").write_text("{}")
    given = [small_exports()[0] if a == "FILE" else a for a in arguments]
    said = call(*given, "--home", tmp_path)
    assert (said.code, said.out) == (78, "")
    assert f"Move the folder to {tmp_path}/protected/goteborg/store" in said.err


@posix
def test_free_text_that_is_kept_is_for_its_owner_only_and_nowhere_else(tmp_path: Path) -> None:
    settings = own_settings(tmp_path) / "area.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("keep = false", "keep = true"))
    area = read_area("goteborg", tmp_path)
    assert area.keeps_free_text
    export = tmp_path / "given" / small_exports()[0].name
    export.parent.mkdir()
    shutil.copy(small_exports()[0], export)
    words = export.read_bytes().splitlines()[1].rpartition(b";")[2]
    assert len(words.split()) > 3
    said = call("load", export, "--home", tmp_path)
    assert said.code == 0, said
    protected = Zones(tmp_path, "goteborg").protected
    assert len(list(protected.rglob("free_text.parquet"))) == 1
    for path in protected.rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    inside = {protected, *protected.rglob("*"), export}
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and p not in inside]
    assert [p for p in outside if words in p.read_bytes()] == []
