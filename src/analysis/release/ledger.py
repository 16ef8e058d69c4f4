"""The run's ledger: the digests of what passed the gate, for the publisher to compare with.

The runner gives each run a private file and names it in the environment; a notebook that is run by hand has
no ledger, and nothing of it is published. The ledger guards against mistakes, such as a table that is shown
by itself. It does not guard against the author of a notebook, who reads the data anyway.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LEDGER = "ANALYSIS_LEDGER"
MARK = "application/vnd.analysis.released+json"
FACTS = "application/vnd.analysis.facts+json"
COVERED = ("text/html", MARK, FACTS)


def digest(bundle: Mapping[str, Any]) -> str:
    """The digest of what may be published of an output; how its text is split into lines does not matter."""
    joined = {kind: whole_text(bundle[kind]) for kind in COVERED if kind in bundle}
    text = json.dumps(joined, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def enter(bundle: Mapping[str, Any]) -> None:
    """Write an output's digest in the ledger, when there is one."""
    path = os.environ.get(LEDGER)
    if path:
        with Path(path).open("a", encoding="ascii") as file:
            file.write(f"{digest(bundle)}\n")


def read(path: Path) -> frozenset[str]:
    """The digests in a ledger; none when there is no ledger."""
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def whole_text(value: Any) -> Any:
    """A notebook's text in one piece, when it is a list of lines; anything else as it is."""
    is_lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if is_lines else value
