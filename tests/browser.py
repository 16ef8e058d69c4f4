"""Opens a page from disk in Debian's chromium and tells what it asked the network for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass
class Visit:
    """An open page, the requests that left the disk, and what its console complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.context.close()

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session", name="browser")
def running_browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        pytest.skip("no chromium: install it, or name it in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


def open_page(browser: Any, path: Path, *, width: int = 1200, height: int = 900) -> Visit:
    """Open a page from disk; use it as a context manager to close it."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    visit = Visit(page)
    page.on("request", lambda it: None if it.url.startswith(LOCAL) else visit.requests.append(it.url))
    page.on("console", lambda it: visit.errors.append(it.text) if it.type == "error" else None)
    page.on("pageerror", lambda it: visit.errors.append(str(it)))
    page.goto(path.resolve().as_uri(), wait_until="load")
    return visit


def axe_source() -> str | None:
    """The axe-core that a package brings along, as JavaScript text; None where it is not installed."""
    try:
        import axe_playwright_python
    except ImportError:
        return None
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def axe_violations(visit: Visit) -> list[str]:
    """What axe-core finds wrong, one line each; skips where axe-core is not installed."""
    source = axe_source()
    if source is None:
        pytest.skip("axe-playwright-python is not installed")
    visit.page.evaluate(f"() => {{ {source} }}")
    found = visit.page.evaluate("() => axe.run()")["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]
    ]
