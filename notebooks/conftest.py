"""nbval runs the notebooks on the invented area, loaded once into a folder of its own.

Notebooks are kept without outputs; what their `facts` cells must give lies in ``tests/notebooks/facts``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

FACTS = Path(__file__).resolve().parents[1] / "tests" / "notebooks" / "facts"
MIME = "application/vnd.analysis.facts+json"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Invent the area's exports and let the kernels find them."""
    if session.config.option.collectonly:
        return
    from analysis import demo
    from analysis.area import read_area

    folder = tempfile.TemporaryDirectory(prefix="an-")
    session.config.add_cleanup(folder.cleanup)
    demo.load(read_area("goteborg"), Path(folder.name), seed=demo.SEED)
    os.environ["ANALYSIS_HOME"] = folder.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Compare what a `facts` cell gave with what is kept."""
    result = yield
    cell = getattr(item, "cell", None)
    if cell is not None and "facts" in cell.metadata.get("tags", []):
        kept = json.loads((FACTS / f"{item.path.stem}.json").read_text(encoding="utf-8"))
        given = [output.data[MIME] for output in item.test_outputs if MIME in output.get("data", {})]
        assert given == [kept], "the facts differ from those kept; look at the difference after `make facts`"
    return result
