"""nbval runs the notebooks on the invented area, loaded once into a folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


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
