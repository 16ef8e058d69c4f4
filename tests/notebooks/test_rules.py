"""The anatomy of a report notebook, and that each rule notices a notebook that breaks it."""

from __future__ import annotations

import ast
import re
import tokenize
import tomllib
from collections.abc import Callable
from copy import deepcopy
from io import StringIO
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from analysis.area import REPOSITORY
from analysis.params import NAMES, NEEDED
from analysis.words import LANGUAGES

EVERY = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
EXPLORING = [path for path in EVERY if path.stem.startswith("explore-")]  # never planned, never published
NOTEBOOKS = [path for path in EVERY if path not in EXPLORING]
MOST_CODE_CELLS, MOST_CELL_LINES, MOST_CODE_LINES = 15, 8, 80
LEAST_TEXT = 0.8
MOST_BYTES = 20 * 1024
EVERYWHERE = {
    "sv": ("Underlag", "Begränsningar", "Så gjordes rapporten"),
    "en": ("The data", "Limitations", "How the report was made"),
}
OF_ANSWERS = {"sv": ("Svar i korthet", "Känslighet"), "en": ("Answers in brief", "Sensitivity")}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While)


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [c for c in notebook.cells if c.cell_type == "code"]


def texts(notebook: NotebookNode, language: str) -> list[NotebookNode]:
    return [c for c in notebook.cells if c.cell_type == "markdown" and f"lang-{language}" in tags(c)]


def headings(cells: list[NotebookNode], level: int) -> list[str]:
    marks = "#" * level
    return [found for cell in cells for found in re.findall(rf"^{marks} (.+)$", cell.source, re.MULTILINE)]


def lines(cell: NotebookNode) -> int:
    return len([line for line in cell.source.splitlines() if line.strip()])


def is_valid(notebook: NotebookNode) -> None:
    assert notebook.nbformat == 4
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    nbformat.validate(notebook)


def has_the_kernel_of_the_environment(notebook: NotebookNode) -> None:
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "analysis"}


def begins_with_one_title_in_each_language(notebook: NotebookNode) -> None:
    for at, language in enumerate(LANGUAGES):
        assert len(headings(texts(notebook, language), 1)) == 1
        assert headings([notebook.cells[at]], 1)


def speaks_both_languages_in_pairs(notebook: NotebookNode) -> None:
    markdown = [c for c in notebook.cells if c.cell_type == "markdown"]
    assert [c.cell_type for c in notebook.cells if c.cell_type not in ("markdown", "code")] == []
    assert all(len(tags(c) & {f"lang-{x}" for x in LANGUAGES}) == 1 for c in markdown)
    places = [i for i, c in enumerate(notebook.cells) if c.cell_type == "markdown"]
    for first, second in zip(places[::2], places[1::2], strict=True):
        sv, en = notebook.cells[first], notebook.cells[second]
        assert second == first + 1
        assert (tags(sv), tags(en)) == ({"lang-sv"}, {"lang-en"})
        assert [len(headings([sv], n)) for n in (1, 2, 3)] == [len(headings([en], n)) for n in (1, 2, 3)]


def answers_questions(notebook: NotebookNode) -> bool:
    return any("study.summary()" in c.source for c in code(notebook))


def has_its_headings(notebook: NotebookNode) -> None:
    for language in LANGUAGES:
        found = headings(texts(notebook, language), 2)
        assert [found.count(h) for h in EVERYWHERE[language]] == [1, 1, 1]
        assert tuple(found[-3:]) == EVERYWHERE[language] or not answers_questions(notebook)
        assert tuple(found[-2:]) == EVERYWHERE[language][-2:]
        if answers_questions(notebook):
            assert [h for h in found if h in OF_ANSWERS[language]] == list(OF_ANSWERS[language])


def sets_every_parameter_with_a_comment(notebook: NotebookNode) -> None:
    (cell,) = [c for c in code(notebook) if "parameters" in tags(c)]
    assert cell is code(notebook)[0]
    set_ = ast.parse(cell.source).body
    assert all(isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant) for s in set_)
    assert all(type(s.value.value) is str for s in set_)
    assert tuple(s.targets[0].id for s in set_) in (NEEDED, NAMES)
    tokens = tokenize.generate_tokens(StringIO(cell.source).readline)
    assert {t.start[0] for t in tokens if t.type == tokenize.COMMENT} == set(range(1, len(set_) + 1))


def reads_its_parameters_strictly(notebook: NotebookNode) -> None:
    setup = code(notebook)[1]
    calls = [ast.unparse(n) for n in ast.walk(ast.parse(setup.source)) if isinstance(n, ast.Call)]
    assert "params.read(globals())" in calls


def is_thin(notebook: NotebookNode) -> None:
    cells = code(notebook)
    assert len(cells) <= MOST_CODE_CELLS
    assert max(lines(c) for c in cells) <= MOST_CELL_LINES
    assert sum(lines(c) for c in cells) <= MOST_CODE_LINES


def defines_nothing(notebook: NotebookNode) -> None:
    statements = [s for c in code(notebook) for s in ast.parse(c.source).body]
    assert [s for s in statements if isinstance(s, DEFINITIONS)] == []


def types_no_number(notebook: NotebookNode) -> None:
    nodes = [n for c in code(notebook)[1:] for n in ast.walk(ast.parse(c.source))]
    assert [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, int | float)] == []


def says_what_it_does(notebook: NotebookNode) -> None:
    for language in LANGUAGES:
        assert len(texts(notebook, language)) >= LEAST_TEXT * len(code(notebook))


def is_stripped(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        assert cell.execution_count is None
        assert not cell.outputs
        assert set(cell.metadata) <= {"tags"}


def marks_its_facts(notebook: NotebookNode) -> None:
    marked = [c.source for c in code(notebook) if "facts" in tags(c)]
    assert marked == (["study.summary()"] if answers_questions(notebook) else [])


def ends_with_its_provenance(notebook: NotebookNode) -> None:
    assert notebook.cells[-1].cell_type == "code"
    assert notebook.cells[-1].source == "study.provenance()"


RULES: tuple[Callable[[NotebookNode], None], ...] = (
    is_valid,
    has_the_kernel_of_the_environment,
    begins_with_one_title_in_each_language,
    speaks_both_languages_in_pairs,
    has_its_headings,
    sets_every_parameter_with_a_comment,
    reads_its_parameters_strictly,
    is_thin,
    defines_nothing,
    types_no_number,
    says_what_it_does,
    is_stripped,
    marks_its_facts,
    ends_with_its_provenance,
)


OF_REPORTS = (has_its_headings, ends_with_its_provenance)  # rules that an exploring notebook need not keep


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def changed(change: Callable[[NotebookNode], object]) -> NotebookNode:
    notebook = deepcopy(read(REPOSITORY / "notebooks" / "02-deviations.ipynb"))
    change(notebook)
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.__name__)
def test_notebook(rule: Callable[[NotebookNode], None], path: Path) -> None:
    rule(read(path))


@pytest.mark.parametrize("path", EXPLORING, ids=lambda p: p.stem)
@pytest.mark.parametrize("rule", [r for r in RULES if r not in OF_REPORTS], ids=lambda r: r.__name__)
def test_exploring_notebook(rule: Callable[[NotebookNode], None], path: Path) -> None:
    rule(read(path))


@pytest.mark.parametrize("path", EXPLORING, ids=lambda p: p.stem)
def test_exploring_notebook_is_never_planned_and_says_that_it_is_no_report(path: Path) -> None:
    notebook = read(path)
    assert notebook.metadata.analysis == {"planned": False}
    said = {"sv": ("ingen rapport", "publiceras"), "en": ("no report", "published")}
    for language in LANGUAGES:
        assert all(word in texts(notebook, language)[0].source for word in said[language])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_report_notebook_has_no_mark(path: Path) -> None:
    assert "analysis" not in read(path).metadata


@pytest.mark.parametrize("path", EVERY, ids=lambda p: p.stem)
def test_notebook_is_small_and_written_as_nbformat_writes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= MOST_BYTES
    assert text == nbformat.writes(read(path), indent=1) + "\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_asks_under_its_own_name(path: Path) -> None:
    assert f'Study("{path.stem}", params.read(globals()))' in code(read(path))[1].source


def test_names_are_a_number_and_a_slug_and_every_planned_notebook_is_there() -> None:
    stems = [p.stem for p in EVERY]
    assert all(re.fullmatch(r"\d\d-[a-z]+(-[a-z]+)*|explore-[a-z-]+", stem) for stem in stems)
    plan = tomllib.loads((REPOSITORY / "reports" / "plan.toml").read_text(encoding="utf-8"))
    assert {row["notebook"] for row in plan["reports"]} <= set(stems)


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.id == name)


def replaced(name: str, old: str, new: str) -> Callable[[NotebookNode], object]:
    def change(notebook: NotebookNode) -> None:
        assert old in cell(notebook, name).source
        cell(notebook, name).source = cell(notebook, name).source.replace(old, new)

    return change


def retagged(name: str, *new: str) -> Callable[[NotebookNode], object]:
    return lambda notebook: cell(notebook, name).metadata.update(tags=list(new))


def inserted(at: int, *new: NotebookNode) -> Callable[[NotebookNode], object]:
    def change(notebook: NotebookNode) -> None:
        notebook.cells[at:at] = new

    return change


def shown(name: str, **more: object) -> Callable[[NotebookNode], object]:
    return lambda notebook: cell(notebook, name).update(**more)


SV = new_markdown_cell("# Till", metadata={"tags": ["lang-sv"]})
OUTPUT = new_output("execute_result", data={"text/plain": "1"}, execution_count=3)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (is_valid, lambda n: n.cells[0].update(cell_type="words")),
        (is_valid, lambda n: n.cells.append(deepcopy(n.cells[0]))),
        (has_the_kernel_of_the_environment, lambda n: n.metadata.kernelspec.update(name="ir")),
        (has_the_kernel_of_the_environment, lambda n: n.metadata.update(papermill={"parameters": {}})),
        (begins_with_one_title_in_each_language, inserted(2, SV)),
        (begins_with_one_title_in_each_language, replaced("title-en", "# ", "## ")),
        (begins_with_one_title_in_each_language, inserted(0, new_code_cell("import analysis"))),
        (speaks_both_languages_in_pairs, lambda n: n.cells.remove(cell(n, "limitations-en"))),
        (speaks_both_languages_in_pairs, retagged("limitations-en", "lang-sv")),
        (speaks_both_languages_in_pairs, retagged("limitations-en")),
        (speaks_both_languages_in_pairs, replaced("limitations-sv", "## ", "### ")),
        (has_its_headings, replaced("sensitivity-sv", "Känslighet", "Annat")),
        (has_its_headings, replaced("coverage-en", "The data", "Data")),
        (sets_every_parameter_with_a_comment, retagged("parameters")),
        (sets_every_parameter_with_a_comment, replaced("parameters", 'unit = ""', "unit = None")),
        (sets_every_parameter_with_a_comment, replaced("parameters", "language =", "tongue =")),
        (sets_every_parameter_with_a_comment, replaced("parameters", "  # sv or en", "")),
        (sets_every_parameter_with_a_comment, replaced("parameters", '"goteborg"', '"gote" + "borg"')),
        (reads_its_parameters_strictly, replaced("setup", "params.read(globals())", "None")),
        (is_thin, inserted(3, *[new_code_cell("study")] * 12)),
        (is_thin, replaced("summary", "study", "study\n" * 9)),
        (is_thin, inserted(3, *[new_code_cell("study\n" * 8)] * 10)),
        (defines_nothing, replaced("summary", "study.summary()", "def f():\n    return 1")),
        (defines_nothing, replaced("summary", "study.summary()", "for x in []:\n    x")),
        (types_no_number, replaced("summary", "study.summary()", "study.summary(); print(35.2)")),
        (says_what_it_does, lambda n: n.update(cells=[c for c in n.cells if "## V" not in c.source])),
        (says_what_it_does, inserted(5, *[new_code_cell("study")] * 4)),
        (is_stripped, shown("coverage", outputs=[OUTPUT])),
        (is_stripped, shown("coverage", execution_count=3)),
        (is_stripped, shown("summary", outputs=[OUTPUT])),
        (is_stripped, shown("summary", metadata={"tags": ["facts"], "execution": {}})),
        (marks_its_facts, retagged("summary")),
        (marks_its_facts, retagged("coverage", "facts")),
        (marks_its_facts, replaced("summary", "study.summary()", "study.coverage()")),
        (ends_with_its_provenance, lambda n: n.cells.pop()),
        (ends_with_its_provenance, inserted(99, new_code_cell("study.summary()"))),
    ],
)  # fmt: skip
def test_rule_notices(rule: Callable[[NotebookNode], None], change: Callable[[NotebookNode], object]) -> None:
    rule(read(NOTEBOOKS[0]))
    with pytest.raises((AssertionError, ValueError, nbformat.ValidationError)):
        rule(changed(change))


def test_every_rule_is_seen_to_fail() -> None:
    mark = next(m for m in test_rule_notices.pytestmark if m.name == "parametrize")
    assert {rule for rule, _ in mark.args[1]} == set(RULES)
