"""JupyterLab for exploring: on this machine only, in the protected zone, with a token, without a network.

Nobody's own settings of Jupyter are read, so none can open the server to others or take the token away;
what it keeps (settings, history, the trust of notebooks) lies in the protected zone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import access
from analysis.area import REPOSITORY, Area
from analysis.errors import CannotWrite, InputMissing, Place, SettingsError, UsageError
from analysis.store import Store
from analysis.words import LANGUAGES
from analysis.zones import FILE, Zones

NOTEBOOK = REPOSITORY / "notebooks" / "explore-deviations.ipynb"
HERE = ("127.0.0.1", "::1", "localhost")
PORT = 8888
SECONDS_TO_END = 10
NEEDED = ("jupyterlab", "anywidget")
# What JupyterLab would fetch, or would fail to: news, newer versions, language servers.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "lsp-extension/plugin": {"activate": "off"},
}
_FOLDERS = {
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
}


def launch(area: Area, home: Path, zones: Zones, *, port: int, browser: bool, ip: str) -> int:
    """Open the explorer's notebook in a JupyterLab of its own, and wait until it is ended.

    Parameters
    ----------
    area : Area
        The area.
    home : Path
        The home folder.
    zones : Zones
        Where the area's data lie.
    port : int
        Where the server listens; it takes the next free one when that is taken.
    browser : bool
        Whether to open a browser.
    ip : str
        The address that it listens on.

    Returns
    -------
    int
        0 when the server was shut down from its page.

    Raises
    ------
    InputMissing
        If nothing is loaded.
    SettingsError
        If JupyterLab is not installed, does not start, or data of people would be opened as root.
    UsageError
        If data of people would be opened to other machines.
    """
    with access.logged(zones, "explore") as use:
        store = Store(home, area.id)
        use.rows = None
        use.deliveries.update(record.digest for record in store.records())
        refuse(store, ip)
        folder = zones.private(zones.protected / "explore")
        kept = zones.private(zones.protected / "jupyter")
        _say(put_notebook(area, folder, kept))
        put_settings(kept)
        command = command_of(folder, port=port, browser=browser, ip=ip)
        code = _run(command, environment(area, home, kept, zones))
        if code:
            raise SettingsError(f"JupyterLab ended with the code {code}", "Read what it wrote above")
    return 0


def refuse(store: Store, ip: str) -> None:
    """Refuse what would fail, or would open data of people to others.

    Parameters
    ----------
    store : Store
        The area's data.
    ip : str
        The address to listen on.

    Raises
    ------
    InputMissing
        If nothing is loaded.
    SettingsError
        If JupyterLab is not installed, or data of people would be opened as root or in a Git tree.
    UsageError
        If data of people would be opened to other machines.
    """
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        remedy = "Install the extra “explore”: pip install 'analysis[explore]'"
        raise SettingsError(f"the explorer needs {absent[0]}, which is not installed", remedy)
    store.zones.refuse_old()
    if not store.records():
        raise InputMissing("nothing is loaded to explore", "Run `analysis demo`, or load exports")
    if store.invented():
        return
    store.zones.refuse_git()
    if ip not in HERE:
        what = f"data of people are not opened to other machines, as the address “{ip}” would"
        raise UsageError(what, f"Leave --ip out, or use one of: {', '.join(HERE)}")
    if _is_root():
        what = "data of people are not explored as root, who may read and change everything"
        raise SettingsError(what, "Run it as the user who owns the data")


def put_notebook(area: Area, folder: Path, kept: Path) -> str:
    """Copy the explorer's notebook, unless the analyst has changed the copy that is there.

    Parameters
    ----------
    area : Area
        The area that the copy's parameters name.
    folder : Path
        Where analysts work.
    kept : Path
        Where the digest of the last copy is kept.

    Returns
    -------
    str
        What was done, for the analyst.
    """
    path, mark = folder / NOTEBOOK.name, kept / f"{NOTEBOOK.stem}.digest"
    new = _for_area(json.loads(NOTEBOOK.read_text(encoding="utf-8")), area)
    before = mark.read_text(encoding="utf-8") if mark.is_file() else ""
    there = _digest(path)
    if there and there != before:
        return f"{path} has changes of yours and is kept; remove it to get the program's own again."
    if there == _digest_of(new):
        return f"{path} is up to date."
    try:
        for file, text in (
            (path, json.dumps(new, ensure_ascii=False, indent=1) + "\n"),
            (mark, _digest_of(new)),
        ):
            file.write_text(text, encoding="utf-8")
            file.chmod(FILE)
    except OSError as error:
        what = f"the notebook cannot be copied ({error.strerror})"
        raise CannotWrite(what, "Mend the folder's rights, or free some space", Place(str(path))) from None
    return f"{path} is {'renewed' if there else 'new'}."


def put_settings(kept: Path) -> None:
    """JupyterLab's settings that keep it from the network, beside those of the analyst."""
    for name, setting in SETTINGS.items():
        path = kept / _FOLDERS["JUPYTERLAB_SETTINGS_DIR"] / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            path.write_text(json.dumps(setting), encoding="utf-8")
            path.chmod(FILE)


def command_of(folder: Path, *, port: int, browser: bool, ip: str) -> list[str]:
    """The command that starts the server; its token is made anew each time and stands in no argument.

    Parameters
    ----------
    folder : Path
        The only folder that it shows.
    port : int
        Where it listens.
    browser : bool
        Whether to open a browser.
    ip : str
        The address that it listens on.

    Returns
    -------
    list of str
        For a process of its own.
    """
    settings = {
        "ServerApp.ip": ip,
        "ServerApp.port": port,
        "ServerApp.open_browser": browser,
        "ServerApp.root_dir": folder,
        "ServerApp.allow_remote_access": False,
        "LabApp.default_url": f"/lab/tree/{NOTEBOOK.name}",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    given = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "jupyterlab", *given, *(["--allow-root"] if _is_root() else [])]


def environment(area: Area, home: Path, kept: Path, zones: Zones) -> dict[str, str]:
    """The server's environment: nobody's own settings of Jupyter, and private folders.

    Parameters
    ----------
    area : Area
        The area.
    home : Path
        The home folder.
    kept : Path
        Where the server keeps what it keeps.
    zones : Zones
        Of the area.

    Returns
    -------
    dict
        The variables.
    """
    own = {name: str(zones.private(kept / folder)) for name, folder in _FOLDERS.items()}
    given = {name: text for name, text in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    ours = {"ANALYSIS_HOME": str(home.resolve()), "ANALYSIS_AREA": area.id, "JUPYTER_NO_CONFIG": "1"}
    return given | own | ours


def _run(command: list[str], variables: Mapping[str, str]) -> int:
    """The server until it ends; stopped with this process, it ends its kernels and leaves nothing."""
    alone: dict[str, Any] = {"start_new_session": True, "umask": 0o077} if os.name == "posix" else {}
    server = subprocess.Popen(command, env=dict(variables), stdin=subprocess.DEVNULL, **alone)
    try:
        return server.wait()
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and wait; then end it."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(SECONDS_TO_END)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        if os.name == "posix":
            os.killpg(server.pid, signal.SIGKILL)
        server.kill()
        server.wait()


def _for_area(notebook: dict[str, Any], area: Area) -> dict[str, Any]:
    """The notebook with the area and its first language as parameters, its text in that language only."""
    others = {f"lang-{language}" for language in LANGUAGES if language != area.languages[0]}
    notebook["cells"] = [c for c in notebook["cells"] if others.isdisjoint(c["metadata"].get("tags", []))]
    (cell,) = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", [])]
    source = "".join(cell["source"])
    for name, value in (("area", area.id), ("language", area.languages[0])):
        source = re.sub(rf'(?m)^{name} = "[^"]*"', f'{name} = "{value}"', source)
    cell["source"] = source.splitlines(keepends=True)
    return notebook


def _digest(path: Path) -> str:
    """Of the cells of a copy; what running them has added does not count. "" when there is none."""
    try:
        return _digest_of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError):
        return "unreadable"


def _digest_of(notebook: Mapping[str, Any]) -> str:
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
