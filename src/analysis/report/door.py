"""The one door: a new notebook of the repository's text and the outputs in the run's ledger, nothing else.

The executed notebook is protected. Anything in it that has not passed the gate stops the whole run, since a
notebook that shows it was meant to publish it. What a reader never sees (metadata, state of widgets, code,
parameters) is left behind. The ledger guards against mistakes, not against the author of a notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import nbformat
from nbformat import NotebookNode

from analysis.designs.effect import Verdict
from analysis.errors import AnalysisError, DisclosureStop, Place
from analysis.release.ledger import COVERED, FACTS, MARK, digest, whole_text

PAPERMILL_TAGS = frozenset({"injected-parameters", "papermill-error-cell-tag"})
SHOWN = ("display_data", "execute_result")
LEFT_BEHIND = "text/plain"
MODELS = ("n_models", "n_agree")
NUMBERS = ("estimate", "low", "high", "n_before", "n_after")
REMEDY = "Show what the functions of the study return, and nothing else"


@dataclass(frozen=True)
class Public:
    """What may be published of a notebook: text and fragments, tables to take along, answers in numbers."""

    notebook: NotebookNode
    tables: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Door:
    """What a run lets through.

    Parameters
    ----------
    ledger : frozenset of str
        Digests of the outputs that passed the gate during the run.
    language : str
        Of the page.
    notebook : str
        The notebook's name, for messages.
    """

    ledger: frozenset[str]
    language: str
    notebook: str

    def public(self, source: NotebookNode, executed: NotebookNode) -> Public:
        """New notebook with the static text of `source` and the released outputs of `executed` only.

        Parameters
        ----------
        source : NotebookNode
            The notebook of the repository, read before the run: the only origin of text.
        executed : NotebookNode
            What papermill made of it: the only origin of outputs.

        Returns
        -------
        Public
            Markdown for the language, and cells without code that hold released fragments, in order.

        Raises
        ------
        DisclosureStop
            If a cell shows anything that is not in the ledger, or in another language, or has attachments.
        AnalysisError
            If `executed` is not a run of `source`: cells differ in number, kind or content.
        """
        passed = [(cell, self._outputs(cell, number)) for cell, number in _numbered(executed)]
        own = [(cell, outputs) for cell, outputs in passed if PAPERMILL_TAGS.isdisjoint(_tags(cell))]
        if [_said(cell) for cell in source.cells] != [_said(cell) for cell, _ in own]:
            what = "the executed notebook is not a run of the notebook"
            raise AnalysisError(what, "Execute the notebook again", Place(self.notebook))
        cells: list[NotebookNode] = []
        for static, (_, outputs) in zip(source.cells, own, strict=True):
            name = f"cell-{len(cells)}"
            if static.cell_type == "markdown" and self._is_for(static):
                cells.append(nbformat.v4.new_markdown_cell(static.source, id=name))
            elif outputs:
                cells.append(nbformat.v4.new_code_cell(outputs=[_bare(o) for o in outputs], id=name))
        shown = [output.data for _, outputs in own for output in outputs]
        return Public(
            nbformat.v4.new_notebook(cells=cells),
            tuple(table for data in shown for table in data[MARK]["tables"]),
            tuple(self._fact(row) for data in shown for row in data.get(FACTS, ())),
        )

    def stop(self, number: int, what: str) -> DisclosureStop:
        """The error that stops a run; `number` counts the notebook's own code cells."""
        return DisclosureStop(f"code cell {number} {what}", REMEDY, Place(self.notebook))

    def _outputs(self, cell: NotebookNode, number: int) -> list[NotebookNode]:
        """The cell's outputs when all of them may be published."""
        if cell.get("attachments"):
            raise self.stop(number, "is followed by a text with attachments")
        outputs: list[NotebookNode] = cell.get("outputs", [])
        if outputs and not PAPERMILL_TAGS.isdisjoint(_tags(cell)):
            raise self.stop(number, "is followed by parameters that show something")
        for output in outputs:
            self._check(output, number)
        return outputs

    def _check(self, output: NotebookNode, number: int) -> None:
        if output.output_type not in SHOWN:
            raise self.stop(number, "printed, warned or failed")
        if not output.data.keys() <= {*COVERED, LEFT_BEHIND}:
            raise self.stop(number, "shows something that is neither text nor a released fragment")
        if digest(output.data) not in self.ledger:
            raise self.stop(number, "shows something that has not passed the gate")
        if output.data[MARK]["language"] != self.language:
            raise self.stop(number, "shows something in another language than the page's")

    def _is_for(self, cell: NotebookNode) -> bool:
        languages = [tag for tag in _tags(cell) if tag.startswith("lang-")]
        return not languages or f"lang-{self.language}" in languages

    def _fact(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """An answer as it may stand in the manifest: known keys, numbers and a verdict, nothing else.

        Or how it stands other models: how many there are, and how many agree with it.
        """
        if set(row) == {"question", *MODELS} and _are_counts(*(row[name] for name in MODELS)):
            return {"question": str(row["question"])} | {name: row[name] for name in MODELS}
        numbers = [row.get(name) for name in NUMBERS]
        is_known = set(row) == {"question", "verdict", *NUMBERS} and row["verdict"] in get_args(Verdict)
        if not is_known or not all(n is None or type(n) in (int, float) for n in numbers):
            what = "the notebook's facts hold something else than answers"
            raise DisclosureStop(what, REMEDY, Place(self.notebook))
        answer = {"question": str(row["question"]), "verdict": row["verdict"]}
        return answer | dict(zip(NUMBERS, numbers, strict=True))


def _are_counts(n: Any, agreeing: Any) -> bool:
    """Whether they are a number of models, and how many of these agree."""
    return type(n) is int and type(agreeing) is int and 0 <= agreeing <= n


def _numbered(executed: NotebookNode) -> Iterator[tuple[NotebookNode, int]]:
    """Cells with the number of the latest code cell, as the reader of the repository's notebook counts."""
    number = 0
    for cell in executed.cells:
        number += cell.cell_type == "code" and PAPERMILL_TAGS.isdisjoint(_tags(cell))
        yield cell, number


def _said(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", ()))


def _bare(output: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_output("display_data", data={"text/html": whole_text(output.data["text/html"])})
