"""Nothing that is tracked in Git is a result of a run, or looks like data of people."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis.area import REPOSITORY

HOOKS = REPOSITORY / ".githooks"
NUMBER, PHONE, MAIL = "19121212-1212", "070-174 06 05", "nn@vgregion.example"


def imported() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tracked", HOOKS / "tracked.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tracked = imported()


def notebook(cell: dict[str, Any] | None = None, **whole: Any) -> bytes:
    code = {"cell_type": "code", "source": "1", "metadata": {"tags": ["facts"]}, "outputs": []}
    kernel = {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}}
    given = {"cells": [code | {"execution_count": None} | (cell or {})], "metadata": kernel} | whole
    return json.dumps(given).encode()


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="this is no checkout")
def test_what_is_tracked_holds_nothing_of_a_run_and_of_nobody() -> None:
    names = tracked.git("-C", str(REPOSITORY), "ls-files", "-z").decode().split("\0")[:-1]
    there = [name for name in names if (REPOSITORY / name).is_file()]
    assert len(there) > 100
    assert [fault for name in there for fault in tracked.faults(name, (REPOSITORY / name).read_bytes())] == []


def test_a_notebook_as_it_is_kept_passes() -> None:
    assert tracked.faults("notebooks/a.ipynb", notebook()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (notebook({"outputs": [{"output_type": "stream"}]}), "cell 1 has outputs"),
        (notebook({"execution_count": 1}), "cell 1 has an execution count"),
        (notebook({"execution_count": 0}), "cell 1 has an execution count"),
        (notebook({"attachments": {"a.png": {}}}), "cell 1 has attachments"),
        (notebook({"metadata": {"papermill": {}}}), "cell 1 has metadata of a run"),
        (notebook({"metadata": {"execution": {}}}), "cell 1 has metadata of a run"),
        (notebook(metadata={"papermill": {}}), "has metadata of a run"),
        (notebook(metadata={"widgets": {}}), "has metadata of a run"),
        (b"{}", "is no notebook"),
        (b"[]", "is no notebook"),
        (b"not JSON", "is no notebook"),
        (b"\xff\xfe", "is no notebook"),
    ],
)
def test_a_notebook_with_results_is_refused_in_any_folder(content: bytes, said: str) -> None:
    assert tracked.faults("notebooks/a.ipynb", content) == [f"notebooks/a.ipynb: {said}"]
    assert tracked.faults("tests/deep/a.ipynb", content) == [f"tests/deep/a.ipynb: {said}"]


@pytest.mark.parametrize("secret", [NUMBER, "121212+1212", PHONE, MAIL, "Storgatan 12"])
def test_a_number_or_contact_of_a_person_is_told_by_its_line_and_never_shown(secret: str) -> None:
    found = tracked.faults("docs/a.md", f"one\ntwo {secret}\n".encode())
    assert found == ["docs/a.md:2: looks like a number or contact of a person"]
    assert tracked.faults("docs/a.md", b"one\ntwo\n") == []
    assert tracked.faults("tests/a.py", f"two {secret}".encode()) == []


def test_file_names_are_looked_at_too() -> None:
    assert tracked.faults(f"docs/{NUMBER}.md", b"") == [
        f"docs/{NUMBER}.md:0: looks like a number or contact of a person"
    ]


@pytest.mark.parametrize(("name", "piece", "_why"), tracked.ALLOWED)
def test_what_is_allowed_is_allowed_in_its_file_alone_and_still_needed(
    name: str, piece: str, _why: str
) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert tracked.personal(name, text) == []
    assert tracked.personal("src/other.py", text) != []
    assert piece in text
    assert tracked.personal(name, f"{piece} {NUMBER}") == [1]


@pytest.mark.parametrize(
    "name",
    [
        "protected/goteborg/x.txt",
        "data/store/goteborg/protocol.json",
        "data/raw/goteborg/a.csv",
        "elsewhere/protected/a",
        "access.log",
        "a/bug.txt",
        "a/delivery.json",
        "a/quarantine.csv",
        "a/correct.csv",
        "a/rows.parquet",
        "data/areas/a.xlsx",
    ],
)
def test_files_of_the_protected_zone_are_refused_by_their_names(name: str) -> None:
    assert tracked.faults(name, b"") == [f"{name}: belongs to the protected zone"]


@pytest.mark.parametrize(
    "name", ["data/areas/a/units.csv", "docs/protected.md", "src/store.py", "a/my_access.log.md"]
)
def test_other_files_are_let_through(name: str) -> None:
    assert tracked.faults(name, b"") == []


def commit(folder: Path, name: str, content: bytes) -> subprocess.CompletedProcess[str]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    author = ("-c", "user.name=n", "-c", "user.email=n@n.example")
    subprocess.run(["git", "add", name], cwd=folder, check=True)
    command = ["git", *author, "commit", "-q", "-m", name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("git") is None or sys.platform == "win32", reason="needs git and a shell")
def test_the_hook_refuses_a_commit_and_lets_a_clean_one_through(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shutil.copytree(HOOKS, tmp_path / ".githooks")
    subprocess.run(["git", "config", "core.hooksPath", ".githooks"], cwd=tmp_path, check=True)
    refused = commit(tmp_path, "a.md", b"")
    assert (refused.returncode, "run make first" in refused.stderr) == (1, True)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    assert commit(tmp_path, "a.md", b"clean").returncode == 0
    refused = commit(tmp_path, "b c.ipynb", notebook({"outputs": [{}]}))
    assert refused.returncode == 1
    assert refused.stderr == "not committed: b c.ipynb: cell 1 has outputs\n"
