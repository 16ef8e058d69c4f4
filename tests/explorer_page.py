"""The explorer's page without JupyterLab: a bare page in a browser, answered by a real explorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analysis.explore import widget
from analysis.explore.explorer import Explorer
from browser import LOCAL, Visit

START = """async ({script, style, state}) => {
  document.head.append(Object.assign(document.createElement('style'), {textContent: style}));
  const address = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
  const {default: page} = await import(address);
  const hearing = [];
  page.render({
    el: document.querySelector('main'),
    model: {
      get: (name) => state[name],
      on: (_, hear) => hearing.push(hear),
      off: () => {},
      send: (question) => window.ask(question).then((answer) => hearing.forEach((hear) => hear(answer))),
    },
  });
}"""

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


def open_explorer(
    browser: Any, explorer: Explorer, *, width: int = 1300, answer: Answer | None = None
) -> Visit:
    """A page that shows an explorer; it is ready when its list is there."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    visit = Visit(page)
    page.on("request", lambda it: None if it.url.startswith(LOCAL) else visit.requests.append(it.url))
    page.on("console", lambda it: visit.errors.append(it.text) if it.type == "error" else None)
    page.on("pageerror", lambda it: visit.errors.append(str(it)))
    page.expose_function("ask", answer or (lambda question: widget.answer(explorer, question)))
    language = explorer.words.language
    page.set_content(
        f"<!doctype html><html lang={language}><title>x</title><main><h1>x</h1><h2>y</h2></main>"
    )
    state = {
        "language": language,
        "table": explorer.selection.table,
        "labels": widget.labels(explorer.words),
    }
    script, style = widget.static("pictures.js", "explorer.js"), widget.static("explorer.css")
    page.evaluate(START, {"script": script, "style": style, "state": state})
    page.wait_for_selector("[data-listed='1']", timeout=120_000)
    return visit


def focused(visit: Visit) -> str:
    """Which control has the keyboard."""
    return visit.page.evaluate("document.activeElement.dataset.key ?? ''")


def answered(visit: Visit, n: int) -> None:
    """Wait until the page has shown so many answers and their lists."""
    visit.page.wait_for_selector(f"[data-answered='{n}'][data-listed='{n}']", timeout=60_000)
