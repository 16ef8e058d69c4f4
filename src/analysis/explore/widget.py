"""The explorer's page in JupyterLab: it asks in messages, and each is answered from the kernel.

No value of any row is state of the widget, since state is saved with the notebook: what the page shows
travels as messages only, and texts of reports only for the part of the list that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from analysis.errors import AnalysisError, UsageError, bug_report
from analysis.explore.selection import Selection
from analysis.words import Words

if TYPE_CHECKING:
    from analysis.explore.explorer import Explorer

MOST_ROWS = 200


def static(*names: str) -> str:
    """The page's own files, one after the other: a notebook's page is one module."""
    folder = files("analysis.explore") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class Page(anywidget.AnyWidget):
    """What the analyst sees; its state is the language, the words and the name of the first table.

    Parameters
    ----------
    explorer : Explorer
        Who answers what the page asks.
    """

    _esm = static("pictures.js", "explorer.js")
    _css = static("explorer.css")
    language = traitlets.Unicode().tag(sync=True)
    table = traitlets.Unicode().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)

    def __init__(self, explorer: Explorer) -> None:
        words = explorer.words
        super().__init__(language=words.language, table=explorer.selection.table, labels=labels(words))
        self._explorer = explorer
        self.on_msg(self._answer)

    def _answer(self, _: object, question: Mapping[str, Any], __: object) -> None:
        self.send(answer(self._explorer, question))

    def __repr__(self) -> str:
        return "Page()"


def labels(words: Words) -> dict[str, str]:
    """The words that stand on the page."""
    return {key: words.text(f"ui/{key}") for key in words.texts["ui"]} | {
        "zone": words.text("explore/protected")
    }


def answer(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one message of the page.

    Parameters
    ----------
    explorer : Explorer
        Whose rows are asked for; its selection follows what the page asks.
    question : mapping
        ``kind`` (summary, open, rows, row or themes), ``id``, and what that kind needs.

    Returns
    -------
    dict
        ``kind`` and ``id`` of the question with its answer; or kind "error" with the kind that it was
        ``of`` and a text that says what to do.
    """
    kind, number = question.get("kind"), question.get("id")
    try:
        if kind not in _ANSWERS:
            raise UsageError(f"the page asks for “{kind}”", "Run the explorer's cell again")
        return {"kind": kind, "id": number} | _ANSWERS[kind](explorer, question)
    except AnalysisError as error:
        text = str(error)
    except Exception:  # noqa: BLE001 - the page must not wait for ever; nothing of the data is shown
        zones = explorer.store.zones
        place = bug_report(zones.private(zones.protected))
        text = f"This is a bug in the program; the whole text is in {place}."
    return {"kind": "error", "of": kind, "id": number, "text": text}


def _summary(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    given = question.get("selection")
    if given is not None:
        filters = {dim: tuple(ids) for dim, ids in given["filters"].items()}
        explorer.select(Selection(given["table"], filters, given["first"], given["last"], given["text"]))
    return _shown(explorer)


def _open(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    explorer.select(question["bookmark"])
    return _shown(explorer)


def _shown(explorer: Explorer) -> dict[str, Any]:
    chosen = explorer.selection
    filters = {dim: list(ids) for dim, ids in chosen.filters.items()}
    plain = {"table": chosen.table, "filters": filters, "first": chosen.first, "last": chosen.last}
    return {
        "payload": explorer.summary(),
        "selection": plain | {"text": chosen.text},
        "bookmark": chosen.bookmark(),
        "code": chosen.code(),
        "has_texts": bool(explorer.texts(chosen.table).columns),
    }


def _rows(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    offset, limit = max(0, int(question["offset"])), min(MOST_ROWS, int(question["limit"]))
    found = explorer.rows(offset, limit, question["sort"])
    return {"rows": found, "columns": explorer.columns(), "offset": offset}


def _row(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    return {"row": explorer.row(question["key"])}


def _themes(explorer: Explorer, question: Mapping[str, Any]) -> dict[str, Any]:
    del question
    return explorer.themes()


_ANSWERS: dict[Any, Callable[[Explorer, Mapping[str, Any]], dict[str, Any]]] = {
    "summary": _summary,
    "open": _open,
    "rows": _rows,
    "row": _row,
    "themes": _themes,
}
