"""The plan's jobs, and keys that change when, and only when, the page would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.area import read_area
from analysis.errors import SettingsError, UsageError
from analysis.report import plan
from analysis.report.plan import Job, Selection, jobs, with_key
from homes import goteborg, own_settings

JOB = Job("goteborg", "02-deviations", "harryda", "sv")


@pytest.fixture(autouse=True)
def _no_remembered_files() -> Iterator[None]:
    plan._notebook.cache_clear()
    plan._program.cache_clear()
    yield
    plan._notebook.cache_clear()
    plan._program.cache_clear()


@pytest.fixture(name="notebooks")
def own_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(plan.NOTEBOOKS, tmp_path / "notebooks"))
    monkeypatch.setattr(plan, "NOTEBOOKS", folder)
    return folder


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(plan, "PLAN", path)


def row(**values: str) -> str:
    return "[[reports]]\n" + "".join(f'{k} = "{v}"\n' for k, v in values.items())


def key(job: Job = JOB, *, store: str = "s", as_of: str = "2026-01-01") -> str:
    return with_key(job, goteborg(), store=store, as_of=as_of).key


def test_all_is_the_area_and_each_member_in_each_language() -> None:
    planned = jobs(goteborg(), Selection())
    units = [goteborg().top.id, *(u.id for u in goteborg().members)]
    assert {j.unit for j in planned} == set(units)
    notebooks = {j.notebook for j in planned}
    assert notebooks == {p.stem for p in plan.NOTEBOOKS.glob("[0-9]*.ipynb")}
    of_units = [j for j in planned if not j.party]
    assert len(of_units) == 2 * ((len(notebooks) - 1) * len(units) + 1)  # the roll-out is of the area only
    assert len(planned) == len({j.file for j in planned})


def test_parties_have_pages_of_the_whole_area_in_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = row(area="goteborg", notebook="02-deviations", units="area") + "parties = true\n"
    written(tmp_path, monkeypatch, text)
    area = goteborg()
    swedish = jobs(area, Selection(languages=("sv",)))
    assert [j.party for j in swedish] == ["", *(p.id for p in area.parties)]
    assert {j.unit for j in swedish} == {area.top.id}
    assert swedish[1].file == "party-slutenvard/02-deviations.sv.html"
    assert jobs(area, Selection(parties=("slutenvard",), languages=("sv",))) == [swedish[1]]
    assert jobs(area, Selection(units=(area.top.id,), languages=("sv",))) == [swedish[0]]
    with pytest.raises(UsageError, match="no party “x”"):
        jobs(area, Selection(parties=("x",)))


def test_parties_is_true_or_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = row(area="goteborg", notebook="02-deviations", units="area", parties="yes")
    written(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match="neither true nor false"):
        jobs(goteborg(), Selection())


def test_area_is_the_area_only() -> None:
    assert {j.unit for j in jobs(read_area("england"), Selection())} == {"england"}


def test_every_question_is_asked_by_a_notebook_of_the_plan() -> None:
    for area in (goteborg(), read_area("england")):
        asked = {q["notebook"] for q in area.questions}
        assert asked <= {j.notebook for j in jobs(area, Selection())}


def test_a_selection_narrows_by_all_that_it_names() -> None:
    selection = Selection(("02-deviations",), ("harryda", "molndal"), ("en",))
    files = [j.file for j in jobs(goteborg(), selection)]
    assert files == ["harryda/02-deviations.en.html", "molndal/02-deviations.en.html"]


@pytest.mark.parametrize(
    "selection",
    [Selection(("99-nothing",)), Selection((), ("stockholm",)), Selection((), (), ("fi",))],
    ids=["report", "unit", "language"],
)
def test_what_the_plan_does_not_have_is_refused_with_the_choices(selection: Selection) -> None:
    with pytest.raises(UsageError, match="Use one of: ") as caught:
        jobs(goteborg(), selection)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[reports", "cannot be read"),
        ("", "no report for"),
        (row(area="england", notebook="02-deviations", units="all"), "no report for"),
        (row(area="goteborg", units="all"), "no notebook"),
        (row(area="goteborg", notebook="99-nothing", units="all"), "no notebook “99-nothing”"),
        (row(area="goteborg", notebook="02-deviations", units="al"), "“al” is not a choice"),
        (row(area="goteborg", notebook="02-deviations"), "“” is not a choice"),
    ],
)
def test_a_bad_plan_is_said_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    written(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match=said) as caught:
        jobs(goteborg(), Selection())
    assert "plan.toml" in str(caught.value)


def test_a_missing_plan_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    with pytest.raises(SettingsError, match=r"plan\.toml"):
        jobs(goteborg(), Selection())


def test_a_key_changes_with_everything_that_the_page_depends_on() -> None:
    keys = {
        key(),
        key(store="t"),
        key(as_of="2026-01-02"),
        key(replace(JOB, unit="molndal")),
        key(replace(JOB, language="en")),
        key(replace(JOB, notebook="03-discharge-outcomes")),
    }
    assert len(keys) == 6
    assert key() in keys


def test_a_key_changes_with_any_setting_of_the_area(tmp_path: Path) -> None:
    folder = own_settings(tmp_path)
    keys = {with_key(JOB, read_area("goteborg", tmp_path), store="s", as_of="d").key}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.write_bytes(path.read_bytes() + b"\n")
        keys.add(with_key(JOB, read_area("goteborg", tmp_path), store="s", as_of="d").key)
    assert len(keys) == 1 + len(goteborg().files())


def test_the_same_settings_elsewhere_give_the_same_key(tmp_path: Path) -> None:
    own_settings(tmp_path)
    assert with_key(JOB, read_area("goteborg", tmp_path), store="s", as_of="2026-01-01").key == key()


def test_a_key_changes_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(plan, "_program", lambda: "another version")
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
    plan._notebook.cache_clear()
    assert (key() != before) is changes
    assert key(replace(JOB, notebook="03-discharge-outcomes")) == other


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": [{}]}', "\x00"])
def test_a_broken_notebook_is_said_with_its_file(notebooks: Path, text: str) -> None:
    (notebooks / "02-deviations.ipynb").write_text(text)
    with pytest.raises(SettingsError, match=r"02-deviations\.ipynb: this is not a notebook"):
        key()
