"""The one door: released fragments and the repository's text go through; anything else stops the run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from analysis.errors import AnalysisError, DisclosureStop
from analysis.release.ledger import FACTS, MARK, digest
from analysis.release.sealed import ReleasedTable, Shown, fragment
from analysis.report.door import Door, Public

SECRET = "Kanariefågel"
HTML = "<p>Släppt siffra 35</p>"
TABLE = ReleasedTable("t", "Tabell", ("År", "Antal"), (("2025", Shown("35", 35.0)),))
FACT = {
    "question": "deviations",
    "verdict": "improved",
    "estimate": 0.8,
    "low": None,
    "high": 1,
    "n_before": 10,
    "n_after": 12,
}


def released(html: str = HTML, language: str = "sv", kind: str = "display_data", **more: Any) -> NotebookNode:
    """What a notebook shows of a released fragment, with the words that Jupyter adds."""
    bundle = fragment(html, "R1", language, **more)._repr_mimebundle_()
    return new_output(kind, data={**bundle, "text/plain": "Released()"})


def of(*cells: NotebookNode) -> NotebookNode:
    return new_notebook(cells=list(cells))


def through(
    source: NotebookNode,
    executed: NotebookNode | None = None,
    *,
    language: str = "sv",
    but: tuple[NotebookNode, ...] = (),
) -> Public:
    """Past the door, with everything in the ledger that a fragment of ours made, `but` for some."""
    executed = executed or source
    outputs = [o for c in executed.cells for o in c.get("outputs", ())]
    entered = {digest(o.data) for o in outputs if "data" in o and MARK in o.data}
    door = Door(frozenset(entered - {digest(o.data) for o in but}), language, "02-deviations")
    return door.public(source, executed)


def stopped(executed: NotebookNode, number: int, what: str, **settings: Any) -> None:
    with pytest.raises(DisclosureStop, match=re.escape(what)) as caught:
        through(bare(executed), executed, **settings)
    said = str(caught.value)
    assert said.startswith(f"02-deviations: code cell {number} ")
    assert SECRET not in said
    assert caught.value.exit_code == 65


def bare(executed: NotebookNode) -> NotebookNode:
    """The repository's notebook that a run was made of."""
    source = nbformat.from_dict(executed)
    source.cells = [c for c in source.cells if not set(c.metadata.get("tags", ())) & {"injected-parameters"}]
    for cell in source.cells:
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs = []
    return source


def run_of(*outputs: NotebookNode) -> NotebookNode:
    """A run: text, parameters, those that papermill adds, a good cell, and a third one with the outputs."""
    return of(
        new_markdown_cell("# Rubrik\n\nText ur källan"),
        new_code_cell("unit = 'a'", metadata={"tags": ["parameters"]}),
        new_code_cell("unit = 'b'", metadata={"tags": ["injected-parameters"]}),
        new_code_cell("good()", outputs=[released()]),
        new_raw_cell("raw"),
        new_code_cell("shown()", outputs=list(outputs)),
    )


def htmls(public: Public) -> list[str]:
    return [o.data["text/html"] for c in public.notebook.cells for o in c.get("outputs", ())]


@pytest.mark.parametrize("kind", ["display_data", "execute_result"])
def test_a_released_fragment_goes_through_unchanged(kind: str) -> None:
    svg = '<svg viewBox="0 0 1 1"><path d="M0 0&amp;"/></svg>\n<p>'
    executed = run_of(released(svg, kind=kind))
    assert htmls(through(bare(executed), executed)) == [HTML, svg]


def test_the_public_notebook_is_new_valid_and_holds_text_and_fragments_only() -> None:
    executed = run_of(released())
    executed.metadata = {"papermill": {"parameters": SECRET}, "widgets": {"state": SECRET}, "title": SECRET}
    executed.cells[3].metadata = {"note": SECRET}
    executed.cells[3].execution_count = 7
    executed.cells[3].outputs[0].metadata = {"note": SECRET}
    executed.cells[3].outputs[0].data["text/plain"] = SECRET
    executed.cells[2].source = f"unit = '{SECRET}'"
    public = through(bare(executed), executed)
    nbformat.validate(public.notebook)
    assert SECRET not in nbformat.writes(public.notebook)
    assert dict(public.notebook.metadata) == {}
    assert [c.cell_type for c in public.notebook.cells] == ["markdown", "code", "code"]
    assert [c.source for c in public.notebook.cells] == ["# Rubrik\n\nText ur källan", "", ""]
    assert [dict(o.data) for c in public.notebook.cells[1:] for o in c.outputs] == [{"text/html": HTML}] * 2


def test_text_split_into_lines_as_files_have_it_is_put_together() -> None:
    output = released("a\nb")
    output.data["text/html"] = ["a\n", "b"]
    executed = run_of(output)
    assert htmls(through(bare(executed), executed)) == [HTML, "a\nb"]


PRINTED = "printed, warned or failed"
UNKNOWN = "neither text nor a released fragment"
UNPASSED = "has not passed the gate"
BY_HAND = {"language": "sv", "rule": "R1", "tables": []}
LOUD: dict[str, tuple[NotebookNode, str]] = {
    "printed": (new_output("stream", name="stdout", text=SECRET), PRINTED),
    "warned": (new_output("stream", name="stderr", text=SECRET), PRINTED),
    "traceback": (new_output("error", ename=SECRET, evalue=SECRET, traceback=[SECRET]), PRINTED),
    "text": (new_output("execute_result", data={"text/plain": SECRET}), UNPASSED),
    "frame": (new_output("execute_result", data={"text/html": f"<b>{SECRET}</b>"}), UNPASSED),
    "nothing": (new_output("display_data", data={}), UNPASSED),
    "markdown": (new_output("display_data", data={"text/markdown": SECRET}), UNKNOWN),
    "picture": (new_output("display_data", data={"image/png": SECRET, "text/plain": "x"}), UNKNOWN),
    "script": (new_output("display_data", data={"application/javascript": SECRET}), UNKNOWN),
    "widget": (
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": SECRET}}),
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("output", "what"), LOUD.values(), ids=LOUD.keys())
def test_anything_that_has_not_passed_the_gate_stops_the_run_and_the_cell_is_named(
    output: NotebookNode, what: str
) -> None:
    stopped(run_of(output), 3, what)
    stopped(run_of(released(), output), 3, what)


def test_a_mark_made_by_hand_is_no_pass() -> None:
    output = new_output("display_data", data={"text/html": SECRET, MARK: BY_HAND})
    stopped(run_of(output), 3, UNPASSED, but=(output,))


def test_a_fragment_that_is_not_in_this_runs_ledger_stops_the_run() -> None:
    output = released(SECRET)
    stopped(run_of(output), 3, UNPASSED, but=(output,))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update({"text/html": data["text/html"] + SECRET}),
        lambda data: data[MARK]["tables"].append({"caption": SECRET}),
        lambda data: data[MARK].update(rule=SECRET),
        lambda data: data.update({FACTS: [dict(FACT, question=SECRET)]}),
    ],
    ids=["text", "table", "rule", "facts"],
)
def test_a_fragment_changed_after_it_passed_stops_the_run(change: Callable[[Any], object]) -> None:
    executed = run_of(released("<p>a</p>"))
    source, passed = bare(executed), frozenset(digest(c.outputs[0].data) for c in executed.cells[3::2])
    assert Door(passed, "sv", "n").public(source, executed)
    change(executed.cells[5].outputs[0].data)
    with pytest.raises(DisclosureStop, match=UNPASSED):
        Door(passed, "sv", "n").public(source, executed)


def test_a_released_fragment_beside_an_unknown_kind_of_the_same_stops_the_run() -> None:
    output = released()
    output.data["image/svg+xml"] = SECRET
    stopped(run_of(output), 3, UNKNOWN)


def test_a_fragment_in_another_language_stops_the_run() -> None:
    stopped(run_of(released("<p>English</p>", "en")), 3, "another language")


def test_the_first_cell_is_number_one_and_the_runners_parameters_do_not_count() -> None:
    printed = new_output("stream", name="stdout", text=SECRET)
    executed = run_of()
    executed.cells[1].outputs = [printed]
    stopped(executed, 1, PRINTED)
    executed = run_of()
    executed.cells[3].outputs = [printed]
    stopped(executed, 2, PRINTED)


def test_parameters_of_the_runner_that_show_something_stop_the_run_even_when_it_is_released() -> None:
    executed = run_of()
    executed.cells[2].outputs = [released()]
    stopped(executed, 1, "followed by parameters that show something")


@pytest.mark.parametrize("at", [0, 3])
def test_attachments_stop_the_run(at: int) -> None:
    executed = run_of()
    executed.cells[at]["attachments"] = {"a.png": {"image/png": SECRET}}
    stopped(executed, 0 if at == 0 else 2, "attachments")


def test_text_comes_from_the_repository_and_a_run_with_another_is_refused() -> None:
    executed = run_of()
    source = bare(executed)
    executed.cells[0].source += SECRET
    with pytest.raises(AnalysisError, match="not a run of the notebook") as caught:
        through(source, executed)
    assert SECRET not in str(caught.value)
    assert not isinstance(caught.value, DisclosureStop)


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells.append(new_markdown_cell("extra")),
        lambda cells: cells.pop(),
        lambda cells: cells.insert(0, new_code_cell("# Rubrik\n\nText ur källan")) or cells.pop(1),
    ],
    ids=["one more", "one less", "another kind"],
)
def test_a_run_with_other_cells_is_refused(change: Callable[[Any], object]) -> None:
    executed = run_of()
    source = bare(executed)
    change(executed.cells)
    with pytest.raises(AnalysisError, match="not a run of the notebook"):
        through(source, executed)


@pytest.mark.parametrize("tag", ["injected-parameters", "papermill-error-cell-tag"])
def test_a_notebook_may_not_hide_a_cell_by_the_runners_marks(tag: str) -> None:
    hidden = of(new_markdown_cell("a"), new_code_cell("x", metadata={"tags": [tag]}))
    with pytest.raises(AnalysisError, match="not a run of the notebook"):
        through(hidden)


def test_text_of_the_other_language_is_left_out() -> None:
    notebook = of(
        new_markdown_cell("för alla"),
        new_markdown_cell("på svenska", metadata={"tags": ["lang-sv"]}),
        new_markdown_cell("in English", metadata={"tags": ["lang-en"]}),
    )
    swedish, english = (through(notebook, language=x).notebook.cells for x in ("sv", "en"))
    assert [c.source for c in swedish] == ["för alla", "på svenska"]
    assert [c.source for c in english] == ["för alla", "in English"]


def test_tables_and_answers_come_with_the_fragments_in_order() -> None:
    second = ReleasedTable("u", "Andra", (), ())
    executed = run_of(released(tables=(TABLE, second), facts=(FACT,)), released("b", tables=(TABLE,)))
    public = through(bare(executed), executed)
    assert [t["name"] for t in public.tables] == ["t", "u", "t"]
    assert public.tables[0] == TABLE.as_dict()
    assert public.facts == (FACT,)
    assert through(of(new_markdown_cell("a"))) == Public(through(of(new_markdown_cell("a"))).notebook, (), ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"estimate": SECRET},
        {"n_after": True},
        {"low": [1]},
        {"verdict": SECRET},
        {"more": 1},
    ],
    ids=str,
)
def test_an_answer_that_holds_something_else_stops_the_run(wrong: dict[str, Any]) -> None:
    executed = run_of(released(facts=(FACT | wrong,)))
    with pytest.raises(DisclosureStop, match="something else than answers") as caught:
        through(bare(executed), executed)
    assert SECRET not in str(caught.value)


MODELS = {"question": "deviations", "n_models": 137, "n_agree": 124}


@pytest.mark.parametrize("counts", [(137, 124), (137, 137), (137, 0), (0, 0)], ids=str)
def test_how_an_answer_stands_other_models_may_be_told_beside_it(counts: tuple[int, int]) -> None:
    fact = MODELS | dict(zip(("n_models", "n_agree"), counts, strict=True))
    executed = run_of(released(facts=(FACT, fact)))
    assert through(bare(executed), executed).facts == (FACT, fact)


@pytest.mark.parametrize(
    "wrong", [{"n_agree": 138}, {"n_agree": -1}, {"n_models": 137.5}, {"n_agree": True}, {"more": 1}], ids=str
)
def test_models_that_are_no_counts_stop_the_run(wrong: dict[str, Any]) -> None:
    executed = run_of(released(facts=(MODELS | wrong,)))
    with pytest.raises(DisclosureStop, match="something else than answers"):
        through(bare(executed), executed)


def test_an_answer_that_lacks_something_stops_the_run() -> None:
    executed = run_of(released(facts=({k: v for k, v in FACT.items() if k != "low"},)))
    with pytest.raises(DisclosureStop, match="something else than answers"):
        through(bare(executed), executed)


def test_text_with_other_tags_than_languages_is_for_every_page() -> None:
    source = of(new_markdown_cell("Anmärkning", metadata={"tags": ["note"]}))
    assert [cell.source for cell in through(source).notebook.cells] == ["Anmärkning"]
