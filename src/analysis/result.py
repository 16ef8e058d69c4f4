"""What became of a file, for people and for programs: counts and reasons, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.area import Area
from analysis.errors import AnalysisError
from analysis.history import Changes
from analysis.sources import Delivery
from analysis.sources.reasons import Explainer

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN_ORDER = "order_unknown"


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    file: str
    outcome: str
    table: str = ""
    source: str = ""
    read: int = 0
    accepted: int = 0
    quarantined: tuple[int, ...] = ()
    warned: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    correct: str = ""
    unchanged: bool = False
    changes: Changes = field(default_factory=Changes)
    exit_code: int = 0
    digest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "file": self.file,
            "table": self.table,
            "source": self.source,
            "outcome": self.outcome,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": list(self.quarantined),
            "warned": list(self.warned),
            "reasons": list(self.reasons),
            "correct": self.correct,
            "unchanged": self.unchanged,
            "changes": self.changes.as_dict(),
        }

    def lines(self) -> list[str]:
        """For people."""
        if self.outcome == "refused":
            return [f"{self.file}: refused. {self.reasons[0]}"]
        lines = [f"{self.file}: {self.table} ({self.source}), {self.accepted} of {self.read} rows accepted"]
        told = self.changes
        if self.unchanged:
            lines[0] += ", unchanged since it was loaded before"
        elif told.new < self.accepted:
            lines.append(
                f"  Rows: {told.new} new, {told.changed} changed, {told.same} the same as before, "
                f"{told.older} older than what is there"
            )
        lines += [f"  {reason}" for reason in self.reasons]
        if self.correct:
            lines.append(f"  The rows kept out, for the sender to correct: {self.correct}")
        return lines


def refused(name: str, error: AnalysisError) -> Result:
    """The reason in one word, then what, where and the remedy; a name that may not be shown is not."""
    shown = error.where.file if error.where and error.where.file.startswith("(") else name
    reason = getattr(error, "reason", "")
    said = f"{reason}: {error}" if reason else str(error)
    return Result(shown, "refused", reasons=(said,), exit_code=error.exit_code)


def result_of(delivery: Delivery, folder: Path | None = None, area: Area | None = None) -> Result:
    """What to say of a delivery that was accepted.

    Parameters
    ----------
    delivery : Delivery
        The delivery.
    folder : Path, optional
        Where it lies in the store.
    area : Area, optional
        Whose settings say what a column may hold.

    Returns
    -------
    Result
        Counts, and the reasons with how often and where first.
    """
    bad, explainer = tuple(delivery.quarantined), Explainer.of(delivery.table, delivery.source, area)
    warned = tuple(sorted({row for row in delivery.warnings["row"].tolist() if row}))
    correct = folder / "correct.csv" if folder else None
    of_the_file = delivery.warnings["reason"].ne(UNKNOWN_ORDER)  # the other is about the store
    outcome = "quarantined" if bad else "warned" if of_the_file.any() else "accepted"
    return Result(
        file=delivery.file,
        outcome=outcome,
        table=delivery.table,
        source=delivery.source,
        read=delivery.read,
        accepted=delivery.accepted,
        quarantined=bad,
        warned=warned,
        reasons=(
            *_said(delivery.rejects, "kept out", explainer),
            *_said(delivery.warnings, "accepted", explainer),
        ),
        correct=str(correct) if correct and correct.is_file() else "",
        digest=delivery.digest,
    )


def _said(found: pd.DataFrame, fate: str, explainer: Explainer) -> Iterator[str]:
    for reason, rows in found.groupby("reason", sort=True):
        first = rows.sort_values("line").iloc[0]
        where = f", first in line {first.line}" if first.line else ""
        column = f", column “{first.column}”" if first.column else ""
        said = explainer.explain(str(reason), first.column, is_kept_out=fate == "kept out")
        yield f"{reason} × {len(rows)} ({fate}){where}{column}: {said}"


def counted(reasons: tuple[str, ...], changes: Changes) -> tuple[str, ...]:
    """The reasons, with how many rows it is whose order to the store's is not known."""
    once, often = f"{UNKNOWN_ORDER} × 1 ", f"{UNKNOWN_ORDER} × {changes.untold} "
    return tuple(
        often + r.removeprefix(once) if changes.untold and r.startswith(once) else r for r in reasons
    )
