"""docs/own-notebook.md, followed word for word: the notebook of its cells is made, gated and published."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis import params
from analysis.area import REPOSITORY
from analysis.errors import DisclosureStop
from analysis.release import Released
from analysis.report import keys, plan
from analysis.report import run as run_module
from analysis.report.door import Door
from analysis.report.own_notebooks import set_aside
from analysis.study import Study
from analysis.topics import deviations, own
from homes import Builder, Said, builder_fixture, call, goteborg, home_fixture, in_this_process, loaded_home

__all__ = ["builder_fixture", "home_fixture"]

WALK = (REPOSITORY / "docs" / "own-notebook.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?([\w-]*)\n(.*?)\n^```", WALK, re.MULTILINE | re.DOTALL)
CELLS = [(kind, tag, text) for kind, tag, text in BLOCKS if kind in ("markdown", "python")]
ASKED = next(text for kind, _, text in BLOCKS if kind == "sh").split()[1:]
STOP = next(text for kind, _, text in BLOCKS if kind == "text")
NAME = ASKED[-1]
TITLES = {"sv": "Vem rapporterar avvikelser", "en": "Who reports deviations"}
FILES = [f"{goteborg().top.id}/{NAME}.{language}.html" for language in goteborg().languages]
GIVEN = {"area": "goteborg", "unit": "", "language": "sv", "as_of": ""}
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def notebook(*more: str) -> nbformat.NotebookNode:
    """The cells of the walk; more cells of code stand after its setup."""
    made = {"markdown": new_markdown_cell, "python": new_code_cell}
    cells = [made[kind](text, metadata={"tags": [tag] if tag else []}) for kind, tag, text in CELLS]
    at = next(n for n, (_, _, text) in enumerate(CELLS) if "Study(" in text) + 1
    cells[at:at] = [new_code_cell(text) for text in more]
    return new_notebook(cells=cells, metadata=PYTHON)


def drop(whole: nbformat.NotebookNode, name: str = NAME) -> None:
    nbformat.write(whole, plan.NOTEBOOKS / f"{name}.ipynb")
    keys.notebook_digest.cache_clear()


def page(home: Path, name: str) -> str:
    return (home / "reports/goteborg/current" / name).read_text(encoding="utf-8")


def run(home: Path, *more: str) -> Said:
    return call(*ASKED, "--home", home, "--json", *more)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our notebooks, in a folder where others can be dropped."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for path in plan.NOTEBOOKS.glob("[0-9]*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(plan, "NOTEBOOKS", folder)


@pytest.fixture(scope="module", name="loaded")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded_home(tmp_path_factory.mktemp("own"))


def test_the_walk_names_the_file_that_it_runs_and_every_column_to_count_by() -> None:
    assert f"`notebooks/{NAME}.ipynb`" in WALK
    assert f'Study("{NAME}"' in WALK
    assert all(f"`{column}`" in WALK for column in own.COLUMNS)
    row = tomllib.loads(next(text for kind, _, text in BLOCKS if kind == "toml"))
    assert row["reports"][0]["notebook"] == NAME
    assert max(len(text.splitlines()) for _, _, text in CELLS) <= 8


def test_a_dropped_notebook_is_in_the_set_in_every_language_and_last_in_the_overview_with_its_own_title(
    home: Path, builder: Builder
) -> None:
    drop(notebook())
    top = ("--home", home, "--unit", goteborg().top.id, "--json")
    assert call("report", *top).code == 0
    assert set(FILES) <= set(builder.take_jobs())
    for language, file, index in zip(TITLES, FILES, ("index.html", "index.en.html"), strict=True):
        assert f"<h1>{TITLES[language]} – " in page(home, file)
        links = re.findall(r'href="([\w/.-]+\.html)"[^>]*>([^<]+)', page(home, index))
        assert [link for link in links if link[0].startswith(goteborg().top.id)][-1] == (
            file,
            TITLES[language],
        )


def test_a_notebook_that_is_taken_away_leaves_the_set(home: Path, builder: Builder) -> None:
    drop(notebook())
    assert run(home).json["reports"][0]["state"] == "built"
    (plan.NOTEBOOKS / f"{NAME}.ipynb").unlink()
    assert call("report", "02-deviations", "--unit", "harryda", "--home", home).code == 0
    assert not any(NAME in name for name in json.loads(page(home, "manifest.json"))["files"])
    assert FILES[0] in builder.jobs


def test_every_cell_of_the_walk_shows_what_has_passed_the_gate(loaded: Path) -> None:
    known: dict[str, Any] = {}
    shown = []
    for kind, tag, text in CELLS:
        if kind == "python" and ("=" in text.splitlines()[-1].split("(")[0] or tag):
            exec(text, known)
            known |= {"home": str(loaded)} if tag == "parameters" else {}
        elif kind == "python":
            shown.append(eval(text, known))
    assert [type(one) for one in shown] == [Released] * len(shown)
    assert shown[0].tables[0].headings[0] == "Rapporterande part"
    assert [table.name for table in shown[1].tables] == ["own-los-days-mean"]
    assert 'id="q-deviations"' in shown[2].html


def test_a_cell_that_shows_rows_is_stopped_with_the_sentence_of_the_walk() -> None:
    source = notebook('study.facts("deviations")')
    executed = nbformat.from_dict(source)
    rows = new_output("execute_result", data={"text/html": "<table>", "text/plain": "rows"})
    next(c for c in executed.cells if c.source.startswith("study.facts")).outputs = [rows]
    with pytest.raises(DisclosureStop) as caught:
        Door(frozenset(), "sv", FILES[0].removesuffix(".html")).public(source, executed)
    assert str(caught.value) == STOP


def test_what_is_no_report_is_said_in_a_line_and_stops_no_other(home: Path, builder: Builder) -> None:
    (plan.NOTEBOOKS / "torn.ipynb").write_text("{", encoding="utf-8")
    drop(notebook())
    said = run(home)
    torn = "torn.ipynb: this notebook is no report: it is not a whole notebook. Restore it, or take it away."
    assert (said.code, said.err) == (0, f"analysis: {torn}\n")
    assert builder.take_jobs() == sorted(FILES)
    asked = call("report", "torn", "--home", home)
    assert (asked.code, asked.err) == (2, f"analysis: {torn}\n")
    checked = call("check", "--home", home, "--json")
    found = next(f for f in checked.json["findings"] if "torn.ipynb" in f["what"])
    assert found["severity"] == "note"


def changed(**changes: Any) -> nbformat.NotebookNode:
    whole = notebook()
    whole.cells[2].update(changes.pop("parameters", {}))
    whole.metadata.update(changes)
    return whole


@pytest.mark.parametrize(
    ("name", "whole", "said"),
    [
        ("Untitled", changed(), "no name of a report"),
        ("mine", changed(parameters={"metadata": {}}), "no cell with the tag “parameters”"),
        ("mine", changed(parameters={"source": 'unit = ""'}), "name no area"),
        ("mine", changed(parameters={"source": "area = ("}), "name no area"),
        ("mine", changed(parameters={"source": 'area = "x"'}), "the area “x”, which does not exist"),
        ("mine", changed(kernelspec={"name": "ir", "language": "R"}), "for Python"),
        ("mine", changed(analysis={"planned": False}), ""),
        ("99-mine", changed(), ""),
        ("mine", changed(parameters={"source": 'area = "england"'}), ""),
    ],
)
def test_a_notebook_is_planned_only_when_it_can_be_made_for_the_area(
    name: str, whole: nbformat.NotebookNode, said: str
) -> None:
    drop(whole, name)
    assert name not in {job.notebook for job in plan.jobs(goteborg(), plan.Selection())}
    told = set_aside(plan.NOTEBOOKS, {p.stem for p in plan.NOTEBOOKS.glob("0*")}, {"goteborg", "england"})
    assert [said in str(error) for error in told.values()] == ([True] if said else [])


def test_a_row_of_the_plan_takes_the_notebook_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(notebook())
    row = next(text for kind, _, text in BLOCKS if kind == "toml")
    (tmp_path / "plan.toml").write_text(row, encoding="utf-8")
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    planned = plan.jobs(goteborg(), plan.Selection())
    assert {job.inputs for job in planned} == {("deviations", "episodes")}
    assert {job.unit for job in planned} == {u.id for u in (goteborg().top, *goteborg().members)}


@pytest.fixture(name="as_run")
def runs_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "finished", in_this_process)
    monkeypatch.setattr(run_module, "room", lambda *_, **__: contextlib.nullcontext())


@pytest.mark.proof
def test_the_walk_is_run_by_its_command_and_published_and_rows_stop_it(home: Path, as_run: None) -> None:
    drop(notebook())
    said = run(home)
    assert (said.code, said.err) == (0, "")
    assert [(r["file"], r["state"]) for r in said.json["reports"]] == [(f, "built") for f in FILES]
    swedish, english = (page(home, file) for file in FILES)
    assert ("Rapporterande part" in swedish, "siffror per period" in swedish) == (True, True)
    assert ("Reporting party" in english, 'id="q-deviations"' in english) == (True, True)
    assert "Who reports" not in swedish
    assert FILES[0].replace(".html", ".xlsx") in page(home, "manifest.json")
    before = page(home, "manifest.json")
    drop(notebook('study.facts("deviations")'))
    stopped = run(home)
    assert (stopped.code, stopped.json["error"]) == (65, STOP)
    assert page(home, "manifest.json") == before


@pytest.mark.parametrize("column", own.PAIRS)
def test_what_is_counted_by_a_party_is_the_sum_of_the_pairs_that_it_is_checked_against(
    loaded: Path, column: str
) -> None:
    study = Study("02-deviations", params.read(GIVEN | {"home": str(loaded)}))
    pairs = deviations.families(study, 2)[-1].rows.key.value_counts()
    family = own._family(study, column)
    counted = family.rows.key.value_counts()
    assert {one: int(pairs.reindex(parts).sum()) for one, parts in family.made_of.items()} == {
        one: int(counted.get(one, 0)) for one in family.keys
    }
