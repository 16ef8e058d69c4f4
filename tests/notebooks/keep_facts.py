"""Run the notebooks on the invented area and keep what their `facts` cells give: ``make facts``.

Look at the difference before it is committed: these numbers are what a run is compared with from then on.
The notebooks themselves stay without outputs.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from analysis import demo
from analysis.area import read_area

FOLDER = Path(__file__).resolve().parent / "facts"
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
MIME = "application/vnd.analysis.facts+json"


def keep_facts(path: Path) -> None:
    """Execute a copy of one notebook and write its facts down; one that answers no question has none."""
    notebook = nbformat.read(path, as_version=4)
    if not any("facts" in c.metadata.get("tags", []) for c in notebook.cells):
        return
    NotebookClient(notebook, timeout=600).execute()
    (cell,) = [c for c in notebook.cells if "facts" in c.metadata.get("tags", [])]
    (facts,) = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
    (FOLDER / f"{path.stem}.json").write_text(as_text(facts), encoding="utf-8")


def as_text(facts: object) -> str:
    """JSON as it is kept, so that a difference is easy to read."""
    return json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="an-") as home:
        demo.load(read_area("goteborg"), Path(home), seed=demo.SEED)
        os.environ["ANALYSIS_HOME"] = home
        for found in sorted(NOTEBOOKS.glob("*.ipynb")):
            keep_facts(found)
