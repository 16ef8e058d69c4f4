"""What may not be committed: results of notebooks, files of the protected zone, numbers of people.

The pre-commit hook looks at what is staged, a test at everything that is tracked. Once committed, history
keeps it. Nothing here shows what was found, only where. Names of people cannot be found this way.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from analysis.sources.identifiers import contact_hits, identity_hits

NOTEBOOK_KEYS, CELL_KEYS = {"analysis", "kernelspec", "language_info"}, {"tags"}
PROTECTED = re.compile(
    r"(^|/)(protected|data/raw|data/store)/|(^|/)(access\.log|bug\.txt|delivery\.json|quarantine\.csv"
    r"|correct\.csv)$|\.(parquet|pickle|pkl|duckdb|xls|xlsx|xlsm)$"
)
#: Tests are full of invented numbers that look right, and this file quotes what is allowed elsewhere.
INVENTED = re.compile(r"^(tests/|\.githooks/tracked\.py$)")
#: Lines that only look so: file, a piece of the line, why.
ALLOWED = (
    (
        "src/analysis/sources/idcolumns.py",
        "180319-0007",
        "a case number, as an example of what is let through",
    ),
    (
        "src/analysis/sources/identifiers.py",
        "20250319-0500",
        "a time stamp, as an example of what is let through",
    ),
    ("src/analysis/sources/times.py", "03/04/2025", "a date, as an example of what is not guessed"),
)


def faults(name: str, content: bytes) -> list[str]:
    """What is wrong with a tracked file.

    Parameters
    ----------
    name : str
        Its path in the repository.
    content : bytes
        What is to be committed.

    Returns
    -------
    list of str
        One sentence each, never what was found.
    """
    found = [f"{name}: belongs to the protected zone"] if PROTECTED.search(name) else []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if name.endswith(".ipynb"):
        found += [f"{name}: {what}" for what in notebook_faults(text)]
    if not INVENTED.search(name):
        found += [
            f"{name}:{line}: looks like a number or contact of a person" for line in personal(name, text)
        ]
    return found


def notebook_faults(text: str) -> Iterator[str]:
    """What a run has left in a notebook."""
    try:
        notebook: dict[str, Any] = json.loads(text)
        cells = notebook["cells"]
    except (ValueError, KeyError, TypeError):
        yield "is no notebook"
        return
    if set(notebook.get("metadata", {})) - NOTEBOOK_KEYS:
        yield "has metadata of a run"
    for number, cell in enumerate(cells, 1):
        if cell.get("outputs"):
            yield f"cell {number} has outputs"
        if cell.get("execution_count") is not None:
            yield f"cell {number} has an execution count"
        if cell.get("attachments"):
            yield f"cell {number} has attachments"
        if set(cell.get("metadata", {})) - CELL_KEYS:
            yield f"cell {number} has metadata of a run"


def personal(name: str, text: str) -> list[int]:
    """The lines that hold an identity number, a phone number, a mail or street address."""
    allowed = [piece for file, piece, _ in ALLOWED if file == name]
    lines = [name, *text.splitlines()]
    for piece in allowed:
        lines = [line.replace(piece, "") for line in lines]
    texts = pa.array(lines)
    hits = identity_hits(texts) | contact_hits(texts)
    return [int(number) for number in hits.nonzero()[0]]


def git(*arguments: str) -> bytes:
    """What Git answers."""
    return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout


def main() -> int:
    """Look at what is staged, and refuse the commit when something is wrong with it."""
    names = (
        git("diff", "--cached", "--name-only", "--no-renames", "--diff-filter=ACMT", "-z")
        .decode()
        .split("\0")
    )
    found = [fault for name in names if name for fault in faults(name, git("show", f":{name}"))]
    for fault in found:
        print(f"not committed: {fault}", file=sys.stderr)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
