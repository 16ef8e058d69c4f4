"""What changed between the published set and the one before it, for its readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]
COMPARED = ("file", "as_of", "answers")


def changes(old: Mapping[str, Any], entries: Sequence[Entry], as_of: str) -> dict[str, Any]:
    """The verdicts that differ from the last set's.

    Parameters
    ----------
    old : mapping
        The manifest of the last set; empty when there is none.
    entries : sequence of mapping
        The reports of the new set.
    as_of : str
        The day of the new set's data.

    Returns
    -------
    dict
        ``since`` (the day of the last set's data, "" for the first set), ``answers`` (file, question, before,
        after) and ``new`` (how many reports there were none of). When nothing differs, what the last set
        said: a set that is made once more stays the same.
    """
    before = {str(e["file"]): e for e in old.get("reports", [])}
    if not before:
        return {"since": "", "answers": [], "new": 0}
    if "changed" in old and _told(old["reports"]) == _told(entries) and old.get("as_of") == as_of:
        return dict(old["changed"])
    answers = []
    for entry in entries:
        was = _verdicts(before.get(str(entry["file"]), {}))
        for question, verdict in _verdicts(entry).items():
            if was.get(question, verdict) != verdict:
                told = {"question": question, "before": was[question], "after": verdict}
                answers.append({"file": entry["file"]} | told)
    new = sum(str(e["file"]) not in before for e in entries)
    return {"since": old.get("as_of", ""), "answers": answers, "new": new}


def _told(entries: Sequence[Entry]) -> list[list[Any]]:
    ordered = sorted(entries, key=lambda e: str(e["file"]))
    return [[entry.get(name) for name in COMPARED] for entry in ordered]


def _verdicts(entry: Entry) -> dict[str, str]:
    return {a["question"]: a["verdict"] for a in entry.get("answers", []) if "verdict" in a}
