"""Run the notebooks on the invented area and keep the outputs of their `facts` cells: ``make facts``.

Everything else is stripped (nbval wants the execution count where outputs are kept). Look at the
difference before it is committed: these numbers are what nbval compares from then on.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from analysis import demo
from analysis.area import read_area

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def keep_facts(path: Path) -> None:
    """Execute one notebook and write it back with the kept outputs only."""
    notebook = nbformat.read(path, as_version=4)
    kernelspec = notebook.metadata.kernelspec
    NotebookClient(notebook, timeout=600).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kept = "keep_output" in cell.metadata.get("tags", [])
        if not kept:
            cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
    notebook.metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="an-") as home:
        demo.load(read_area("goteborg"), Path(home), seed=demo.SEED)
        os.environ["ANALYSIS_HOME"] = home
        for found in sorted(NOTEBOOKS.glob("*.ipynb")):
            keep_facts(found)
