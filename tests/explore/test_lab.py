"""`analysis explore`: JupyterLab on this machine only, in the protected zone; it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from analysis.errors import CannotWrite, InputMissing, SettingsError, UsageError
from analysis.explore import lab
from analysis.zones import Zones
from homes import goteborg

ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="rights and signals of POSIX")


@dataclass
class Loaded:
    """Stands in for a store."""

    zones: Zones
    n: int = 1
    is_invented: bool = True

    def records(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(digest="d" * 32)] * self.n

    def invented(self) -> bool:
        return self.is_invented


@pytest.fixture(name="zones")
def own_zones(tmp_path: Path) -> Zones:
    return Zones(tmp_path, "goteborg")


def folders(zones: Zones) -> tuple[Path, Path]:
    return zones.private(zones.protected / "explore"), zones.private(zones.protected / "jupyter")


def test_nothing_is_opened_when_nothing_is_loaded(zones: Zones) -> None:
    with pytest.raises(InputMissing, match="analysis demo"):
        lab.refuse(Loaded(zones, n=0), "127.0.0.1")  # type: ignore[arg-type]


@pytest.mark.parametrize("ip", lab.HERE)
def test_data_of_people_are_opened_on_this_machine(
    zones: Zones, ip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: False)
    lab.refuse(Loaded(zones, is_invented=False), ip)  # type: ignore[arg-type]


@pytest.mark.parametrize("ip", ["0.0.0.0", "", "*", "192.168.1.2", "::", "example.org"])
def test_data_of_people_are_never_opened_to_others(
    zones: Zones, ip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: False)
    with pytest.raises(UsageError, match="Leave --ip out"):
        lab.refuse(Loaded(zones, is_invented=False), ip)  # type: ignore[arg-type]
    lab.refuse(Loaded(zones, is_invented=True), ip)  # type: ignore[arg-type]


def test_data_of_people_are_never_opened_as_root(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: True)
    with pytest.raises(SettingsError, match="the user who owns"):
        lab.refuse(Loaded(zones, is_invented=False), "127.0.0.1")  # type: ignore[arg-type]
    lab.refuse(Loaded(zones), "127.0.0.1")  # type: ignore[arg-type]


@pytest.mark.parametrize("absent", lab.NEEDED)
def test_what_is_not_installed_is_named_with_what_brings_it(
    zones: Zones, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None if name == absent else object())
    with pytest.raises(SettingsError, match=rf"{absent}.*analysis\[explore\]"):
        lab.refuse(Loaded(zones), "127.0.0.1")  # type: ignore[arg-type]


def test_the_notebook_is_copied_for_the_area_and_only_its_owner_may_read_it(zones: Zones) -> None:
    folder, kept = folders(zones)
    assert "is new" in lab.put_notebook(goteborg(), folder, kept)
    copy = nbformat.read(folder / lab.NOTEBOOK.name, as_version=4)
    (cell,) = [c for c in copy.cells if "parameters" in c.metadata.get("tags", [])]
    assert 'area = "goteborg"' in cell.source
    assert 'language = "sv"' in cell.source
    tags = {tag for one in copy.cells for tag in one.metadata.get("tags", [])}
    assert ("lang-sv" in tags, "lang-en" in tags) == (True, False)
    assert [stat(folder), stat(folder / lab.NOTEBOOK.name)] == [0o700, 0o600]


def stat(path: Path) -> int:
    return path.stat().st_mode & 0o777


def change(path: Path, how: Callable[[dict[str, Any]], object]) -> None:
    notebook = json.loads(path.read_text())
    how(notebook)
    path.write_text(json.dumps(notebook))


def test_a_copy_that_was_only_run_is_renewed_with_the_program(
    zones: Zones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept = folders(zones)
    lab.put_notebook(goteborg(), folder, kept)
    copy = folder / lab.NOTEBOOK.name
    change(copy, lambda n: n["cells"][-1].update(execution_count=7, outputs=[]))
    assert "up to date" in lab.put_notebook(goteborg(), folder, kept)
    newer = tmp_path / lab.NOTEBOOK.name
    newer.write_text(lab.NOTEBOOK.read_text())
    change(newer, lambda n: n["cells"][-1].update(source=["explorer.newer"]))
    monkeypatch.setattr(lab, "NOTEBOOK", newer)
    assert "renewed" in lab.put_notebook(goteborg(), folder, kept)
    assert "explorer.newer" in copy.read_text()


@pytest.mark.parametrize("text", [None, "not JSON", "[]", "{}"])
def test_a_copy_that_the_analyst_has_changed_is_kept_whatever_it_is(zones: Zones, text: str | None) -> None:
    folder, kept = folders(zones)
    lab.put_notebook(goteborg(), folder, kept)
    copy = folder / lab.NOTEBOOK.name
    if text is None:
        change(copy, lambda n: n["cells"][-1].update(source=["my = 1"]))
    else:
        copy.write_text(text)
    before = copy.read_bytes()
    assert "is kept" in lab.put_notebook(goteborg(), folder, kept)
    assert copy.read_bytes() == before


def test_a_notebook_that_cannot_be_copied_says_why(zones: Zones) -> None:
    folder, kept = folders(zones)
    (kept / f"{lab.NOTEBOOK.stem}.digest").mkdir()
    with pytest.raises(CannotWrite, match="cannot be copied"):
        lab.put_notebook(goteborg(), folder, kept)


def test_the_server_has_a_token_no_network_and_one_folder(tmp_path: Path) -> None:
    command = lab.command_of(tmp_path, port=8901, browser=False, ip="127.0.0.1")
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=8901",
        "--ServerApp.open_browser=False",
        f"--ServerApp.root_dir={tmp_path}",
        "--ServerApp.allow_remote_access=False",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    } <= set(command)
    assert not [part for part in command if "Provider" in part or "password" in part]


@pytest.mark.parametrize("is_root", [True, False])
def test_root_is_let_in_only_where_it_is(
    tmp_path: Path, is_root: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: is_root)
    command = lab.command_of(tmp_path, port=8888, browser=True, ip="127.0.0.1")
    assert ("--allow-root" in command) == is_root


def test_nobodys_own_settings_are_read_and_what_is_kept_is_private(
    zones: Zones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept = folders(zones)
    for name in ("JUPYTER_TOKEN", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, "mine")
    found = lab.environment(goteborg(), tmp_path, kept, zones)
    assert "mine" not in found.values()
    assert found["JUPYTER_NO_CONFIG"] == "1"
    assert (found["ANALYSIS_HOME"], found["ANALYSIS_AREA"]) == (str(tmp_path.resolve()), "goteborg")
    private = [Path(found[name]) for name in lab._FOLDERS]
    assert [stat(folder) for folder in private] == [0o700] * len(private)
    assert all(folder.is_relative_to(zones.protected) for folder in private)


def test_settings_that_keep_it_from_the_network_never_replace_the_analysts(zones: Zones) -> None:
    _, kept = folders(zones)
    lab.put_settings(kept)
    (news,) = kept.rglob("notification.jupyterlab-settings")
    assert json.loads(news.read_text()) == {"fetchNews": "false", "checkForUpdates": False}
    news.write_text("{}")
    lab.put_settings(kept)
    assert news.read_text() == "{}"


@pytest.mark.parametrize(("code", "exit_code"), [(0, 0), (1, 78)])
def test_a_use_is_logged_and_a_server_that_fails_is_told(
    zones: Zones, tmp_path: Path, code: int, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "Store", lambda *_: Loaded(zones))
    monkeypatch.setattr(lab, "_run", lambda *_: code)

    def launch() -> int:
        return lab.launch(goteborg(), tmp_path, zones, port=8888, browser=False, ip="127.0.0.1")

    if code:
        with pytest.raises(SettingsError, match="ended with the code 1"):
            launch()
    else:
        assert launch() == 0
    (line,) = map(json.loads, (zones.protected / "access.log").read_text().splitlines())
    assert (line["command"], line["exit"], line["deliveries"]) == ("explore", exit_code, ["d" * 32])


STARTS = """
import sys
from analysis.explore import lab
sys.exit(lab._run([sys.executable, "-c", {child!r}], {{"PATH": ""}}))
"""
CHILD = "import os, time, signal; {before}; open({mark!r}, 'w').write(str(os.getpid())); time.sleep(60)"


@ON_POSIX
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_no_process(tmp_path: Path, stop: signal.Signals) -> None:
    mark = tmp_path / "mark"
    child = CHILD.format(before="pass", mark=str(mark))
    # a suite that runs in the background of a shell has its interrupts ignored, and so have its children
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    terminated = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))"
    signals = f"import signal; {heard}; {terminated}"
    text = STARTS.format(child=child).replace("sys.exit(lab", f"{signals}\nsys.exit(lab")
    ours = subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not (mark.is_file() and mark.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    ours.send_signal(stop)
    assert ours.wait(60) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@ON_POSIX
def test_one_that_does_not_end_by_itself_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "SECONDS_TO_END", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    command = [sys.executable, "-c", f"{deaf}; time.sleep(60)"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert server.stdout is not None
    server.stdout.readline()
    lab._end(server)
    assert server.returncode == -signal.SIGKILL
    server.stdout.close()
