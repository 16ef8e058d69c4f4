"""What `analysis check` tells: sources by month, findings, and the text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from analysis.errors import AnalysisError

Severity = Literal["stop", "weaken", "note"]
State = Literal["delivered", "partial", "no delivery"]
HEADINGS = {"stop": "Stops a report", "weaken": "Weakens a report", "note": "Note"}


@dataclass(frozen=True)
class Finding:
    """Something that stops a report, weakens it, or is worth knowing; with what to do about it."""

    severity: Severity
    what: str
    remedy: str
    exit_code: int = 0


@dataclass(frozen=True)
class Month:
    """A month of a source: rows, and which units were not delivered (`doubted`: a zero not believed)."""

    month: str
    state: State
    rows: int
    missing: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What a source system has delivered of a table.

    Of the rows ``quarantined``, a later delivery has since brought those ``corrected``.
    """

    source: str
    table: str
    deliveries: int
    read: int
    accepted: int
    quarantined: int
    corrected: int
    newest: str
    age_days: int | None
    months: tuple[Month, ...]

    @property
    def open_n(self) -> int:
        """Rows kept out that no later delivery has brought."""
        return self.quarantined - self.corrected

    @property
    def name(self) -> str:
        """Source and table, for people."""
        return f"{self.source}, {self.table}"


@dataclass(frozen=True)
class Report:
    """What was delivered, and what was found."""

    area: str
    as_of: str
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 unless something stops a report: 66 nothing delivered, 78 settings."""
        return max((f.exit_code for f in self.findings if f.severity == "stop"), default=0)


def with_notes(report: Report, errors: Iterable[AnalysisError]) -> Report:
    """The report with what stops nothing and is worth knowing, such as a notebook that is no report."""
    found = [Finding("note", f"{e.where}: {e.what}" if e.where else e.what, e.remedy) for e in errors]
    return replace(report, findings=(*report.findings, *found))


def lines(report: Report) -> list[str]:
    """The report for a terminal.

    Parameters
    ----------
    report : Report
        From `examine`.

    Returns
    -------
    list of str
        Lines of plain text.
    """
    said = [f"{report.area}, {report.as_of}"]
    for s in report.sources:
        age = f", newest {s.newest}, {s.age_days} days old" if s.newest else ""
        out = f"{percent(s.open_n, s.read)} kept out"
        files = f"{s.deliveries} {'delivery' if s.deliveries == 1 else 'deliveries'}"
        said += [
            "",
            f"{s.name}: {files}, {s.accepted} of {s.read} rows accepted ({out}){age}",
        ]
        said += _calendar(s.months)
    if report.sources:
        said += ["", "Rows a month; * not whole, ? not all units delivered, – no delivery."]
    for severity, heading in HEADINGS.items():
        found = [f for f in report.findings if f.severity == severity]
        said += ["", f"{heading}:", *(f"- {f.what}. {f.remedy}." for f in found)] if found else []
    if not report.exit_code:
        said += ["", "Nothing stops a report."]
    return said


def as_dict(report: Report) -> dict[str, Any]:
    """The report for ``--json``."""
    return asdict(report) | {"exit_code": report.exit_code}


def _calendar(months: tuple[Month, ...]) -> list[str]:
    """A line a year, a cell a month."""
    if not months:
        return ["  no period is known"]
    cells = {m.month: _cell(m) for m in months}
    width = max(4, *(len(cell) for cell in cells.values())) + 2
    years = sorted({m.month[:4] for m in months})
    numbers = [f"{n:02d}" for n in range(1, 13)]
    rows = [("    ", numbers), *((y, [cells.get(f"{y}-{n}", "") for n in numbers]) for y in years)]
    return [f"  {year}{''.join(cell.rjust(width) for cell in row)}".rstrip() for year, row in rows]


def _cell(month: Month) -> str:
    if month.state == "no delivery":
        return "?" if month.doubted else "–"
    return f"{month.rows}{'?' if month.missing else '*' if month.state == 'partial' else ''}"


def percent(n: int, of: int) -> str:
    """A share for people."""
    return f"{100 * n / of:.1f} %" if of else "0.0 %"
