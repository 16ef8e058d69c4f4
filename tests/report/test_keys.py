"""Keys that change when, and only when, the page would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.area import Area, read_area
from analysis.errors import SettingsError
from analysis.report import keys as module
from analysis.report import plan
from analysis.report.keys import Keys
from analysis.report.plan import Job
from analysis.store import Store
from homes import goteborg, loaded_home, own_settings

JOB = Job("goteborg", "02-deviations", "harryda", "sv")
NOWHERE = Path("/nowhere")


@pytest.fixture(autouse=True)
def _no_remembered_files() -> Iterator[None]:
    module.notebook_digest.cache_clear()
    module.program_digest.cache_clear()
    yield
    module.notebook_digest.cache_clear()
    module.program_digest.cache_clear()


@pytest.fixture(name="notebooks")
def own_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(plan.NOTEBOOKS, tmp_path / "notebooks"))
    monkeypatch.setattr(plan, "NOTEBOOKS", folder)
    return folder


def key(job: Job = JOB, *, home: Path = NOWHERE, as_of: str = "2026-01-01", area: Area | None = None) -> str:
    return Keys(area or goteborg(), Store(home, "goteborg"), as_of).of(job).key


def test_a_key_changes_with_everything_that_the_page_depends_on(tmp_path: Path) -> None:
    (tmp_path / "loaded").mkdir()
    keys = {
        key(),
        key(home=loaded_home(tmp_path / "loaded")),
        key(as_of="2026-01-02"),
        key(replace(JOB, formats=("csv", "pdf"))),
        key(replace(JOB, unit="molndal")),
        key(replace(JOB, language="en")),
        key(replace(JOB, notebook="03-discharge-outcomes")),
    }
    assert len(keys) == 7
    assert key() in keys


def test_a_key_changes_with_any_setting_of_the_area(tmp_path: Path) -> None:
    folder = own_settings(tmp_path)
    keys = {key(area=read_area("goteborg", tmp_path))}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.write_bytes(path.read_bytes() + b"\n")
        keys.add(key(area=read_area("goteborg", tmp_path)))
    assert len(keys) == 1 + len(goteborg().files())


def test_the_same_settings_elsewhere_give_the_same_key(tmp_path: Path) -> None:
    own_settings(tmp_path)
    assert key(area=read_area("goteborg", tmp_path)) == key()


def test_a_key_changes_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(module, "program_digest", lambda: "another version")
    assert key() != before


def edit_output(cells: list[dict[str, object]]) -> None:
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [{"output_type": "stream", "text": "x"}], 7


def edit_source(cells: list[dict[str, object]]) -> None:
    cells[-1]["source"] = [*list(str(cells[-1]["source"])), "\n# changed"]


def edit_tags(cells: list[dict[str, object]]) -> None:
    cells[-1]["metadata"] = {"tags": ["lang-sv"]}


@pytest.mark.parametrize(("edit", "changes"), [(edit_output, False), (edit_source, True), (edit_tags, True)])
def test_only_what_a_notebook_says_and_does_changes_the_key(
    notebooks: Path, edit: Callable[[list[dict[str, object]]], None], changes: bool
) -> None:
    before, other = key(), key(replace(JOB, notebook="03-discharge-outcomes"))
    path = notebooks / "02-deviations.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    edit(notebook["cells"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    module.notebook_digest.cache_clear()
    assert (key() != before) is changes
    assert key(replace(JOB, notebook="03-discharge-outcomes")) == other


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": [{}]}', "\x00"])
def test_a_broken_notebook_is_said_with_its_file(notebooks: Path, text: str) -> None:
    (notebooks / "02-deviations.ipynb").write_text(text)
    with pytest.raises(SettingsError, match=r"02-deviations\.ipynb: this is not a notebook"):
        key()


def test_only_the_inputs_that_a_report_declares_change_its_key(tmp_path: Path) -> None:
    home = loaded_home(tmp_path)
    of_stays, of_surveys = (replace(JOB, inputs=inputs) for inputs in (("episodes",), ("answers",)))
    before = key(of_stays, home=home), key(of_surveys, home=home), key(home=home)
    store = Store(home, "goteborg")
    gone = next(r.digest for r in store.records() if r.table == "episodes")
    shutil.rmtree(store.folder / gone)
    after = key(of_stays, home=home), key(of_surveys, home=home), key(home=home)
    assert [a != b for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_a_key_changes_with_the_registered_protocol(tmp_path: Path) -> None:
    home = loaded_home(tmp_path)
    before = key(home=home)
    path = Store(home, "goteborg").folder / "protocol.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert key(home=home) != before


@pytest.mark.parametrize("name", ["lock", "python", "environment"])
def test_a_key_changes_with_what_notebooks_run_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = key()
    if name == "lock":
        monkeypatch.setattr(module, "REPOSITORY", NOWHERE)
        monkeypatch.setattr(module, "files_digest", lambda *_: "other")
    elif name == "python":
        monkeypatch.setattr("sys.version", "3.99")
    else:
        monkeypatch.setattr(module, "FIXED", {"TZ": "Europe/Stockholm"})
    assert key() != before
