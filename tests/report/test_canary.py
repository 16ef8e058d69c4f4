"""Secrets in every corner of an executed notebook: none is published, and the loud ones stop the run."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.errors import DisclosureStop
from analysis.report import execute as module
from analysis.report import plan
from analysis.report.door import Door
from analysis.report.execute import Built, Execution, Page, build, execute
from analysis.report.plan import Job
from analysis.report.reading import read

SECRET = "Kanariefågel 19121212-1212"
PARAMETERS = f'area = ""\nunit = ""\nlanguage = ""\nas_of = ""\nhome = ""\nmore = "{SECRET}"'
ALL = ("csv", "xlsx", "pdf", "pptx")
JOB = Job("goteborg", "canary", "harryda", "sv", formats=ALL)
PAGE = Page("Titel", ("Påhittat",), {"a": "b"}, "../index.html", "")
MARK = "application/vnd.analysis.released+json"
RELEASED = f"""import io, logging, subprocess, sys, warnings
import pandas
from IPython.display import HTML, JSON, Image, Javascript, Markdown, display
from matplotlib.figure import Figure
from analysis.release.sealed import ReleasedTable, Shown, fragment
table = ReleasedTable("t", "Tabell", ("År", "Antal"), (("2025", Shown("35", 35.0)),))
secret = {SECRET!r}
fragment("<p>Släppt siffra 35</p>", "R1", "sv", (table,))"""
QUIET = (
    f"whole = {SECRET!r}  # {SECRET}",
    "with open(f'{secret}.txt', 'w') as file:\n    file.write(secret) and None",
    "display(fragment('<p>Två</p>', 'R1', 'sv'), metadata={'note': secret})",
)
PICTURE = """figure = Figure()
figure.suptitle(secret)
file = io.BytesIO()
figure.savefig(file, format="png")
Image(file.getvalue(), alt=secret)"""
LOUD = {
    "parameter": "more",
    "injected parameter": "home",
    "standard output": "print(secret)",
    "standard error": "print(secret, file=sys.stderr)",
    "warning": "warnings.simplefilter('always')\nwarnings.warn(secret)",
    "log": "logging.getLogger().warning(secret)",
    "head of a frame": "pandas.DataFrame({'name': [secret]}).head()",
    "title of a figure": PICTURE,
    "raw HTML": "HTML(f'<b>{secret}</b>')",
    "markdown": "Markdown(secret)",
    "script": "Javascript(f'x = \"{secret}\"')",
    "JSON": "JSON({'a': secret})",
    "widget": "display({'application/vnd.jupyter.widget-view+json': {'model_id': secret}}, raw=True)",
    "mark made by hand": (
        f"display({{'text/html': secret, '{MARK}': "
        "{'rule': 'R1', 'language': 'sv', 'tables': []}}, raw=True)"
    ),
    "other language": "fragment(secret, 'R1', 'en')",
    "later change": "shown = display(fragment('<p>a</p>', 'R1', 'sv'), display_id='x')\nshown.update(secret)",
}
FIRST = 2 + len(QUIET) + 1  # after the parameters, the released one and the quiet ones


def notebook_of(*cells: str) -> NotebookNode:
    hidden = {"note": SECRET}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Rubrik", metadata=hidden),
            new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            *(new_code_cell(c, metadata=hidden) for c in (RELEASED, *QUIET, *cells)),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": SECRET, "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


@pytest.fixture(scope="module", name="home")
def home_named_for_the_secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("canary") / SECRET
    home.mkdir()
    (home / "plan.toml").write_text(
        f'[[reports]]\narea = "goteborg"\nnotebook = "canary"\nunits = "all"\nformats = {list(ALL)}\n'
    )
    return home


@pytest.fixture(autouse=True)
def _planned(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "NOTEBOOKS", home)
    monkeypatch.setattr(plan, "PLAN", home / "plan.toml")


def built(home: Path, *cells: str) -> Built:
    nbformat.write(notebook_of(*cells), home / "canary.ipynb")
    return build(JOB, PAGE, str(home), "2026-10-31", str(home / "protected"))


def kept(home: Path) -> str:
    return (home / "protected/harryda/canary.sv.ipynb").read_text(encoding="utf-8")


def published(done: Built) -> str:
    with ZipFile(BytesIO(done.downloads["xlsx"])) as workbook:
        parts = [workbook.read(name) for name in workbook.namelist()]
    along = [piece for one in ("pdf", "pptx") for piece in read(f"a.{one}", done.downloads[one]).pieces]
    texts = [done.html, repr(done.facts), *(b.decode() for b in (done.downloads["csv"], *parts))]
    return "".join([*texts, *along])


def test_quiet_secrets_stay_behind_and_the_page_is_published(home: Path) -> None:
    done = built(home)
    assert done.problem == ""
    assert kept(home).count(SECRET) >= 7
    assert SECRET not in published(done)
    assert "Kanarie" not in published(done)
    assert ("Släppt siffra 35" in done.html, "<p>Två</p>" in done.html) == (True, True)
    assert set(done.downloads) == set(ALL)
    assert [p.name for p in home.rglob("*.txt")] == []


@pytest.fixture(scope="module", name="run")
def run_of_the_loud_ones(home: Path) -> Execution:
    nbformat.write(notebook_of(*LOUD.values()), home / "canary.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "NOTEBOOKS", home)
        return execute(JOB, str(home), "2026-10-31", home / "protected/loud.ipynb")


@pytest.mark.parametrize("name", LOUD)
def test_a_loud_secret_stops_the_run_and_its_cell_is_named(run: Execution, name: str) -> None:
    number = FIRST + list(LOUD).index(name)
    executed = nbformat.from_dict(run.executed)
    loud = executed.cells[number + 1]  # after the title, and the cell that papermill adds
    assert loud.source == LOUD[name]
    assert "Kanarie" in str(loud.outputs) or name == "title of a figure"
    for other in executed.cells:
        if other is not loud and "outputs" in other and other.source in LOUD.values():
            other.outputs = []
    with pytest.raises(DisclosureStop) as caught:
        Door(run.ledger, "sv", "canary").public(run.source, executed)
    assert str(caught.value).startswith(f"canary: code cell {number} ")
    assert "Kanarie" not in str(caught.value)
    assert caught.value.exit_code == 65
    loud.outputs = []
    assert Door(run.ledger, "sv", "canary").public(run.source, executed)


def test_the_state_of_widgets_stays_behind(run: Execution) -> None:
    executed = nbformat.from_dict(run.executed)
    executed.metadata["widgets"] = {"state": SECRET}
    for cell in executed.cells:
        if cell.source in LOUD.values():
            cell.outputs = []
    public = Door(run.ledger, "sv", "canary").public(run.source, executed)
    assert "Kanarie" not in nbformat.writes(public.notebook)


def test_a_loud_secret_stops_the_build_itself(
    home: Path, run: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "execute", lambda *_: run)
    with pytest.raises(DisclosureStop, match=f"harryda/canary.sv: code cell {FIRST} shows"):
        build(JOB, PAGE, str(home), "2026-10-31", str(home / "protected"))


def test_a_traceback_stays_behind_and_its_cell_is_named(home: Path) -> None:
    done = built(home, "{}[secret]")
    assert (done.html, done.facts, dict(done.downloads)) == ("", (), {})
    assert done.problem.startswith(f"canary: KeyError in code cell {FIRST}. ")
    assert "Kanarie" not in done.problem.removesuffix(f" in {home}/protected/harryda.")
    assert SECRET in kept(home).split('"evalue"')[1]
