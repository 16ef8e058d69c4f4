"""What would stop or weaken a report: settings, gaps, rows kept out, old data, what nobody stated.

For those who run the program: rows by month and source are shown as they are, so that what `lines` and
`as_dict` give stays with the data and is never published.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import ibis
import pandas as pd

from analysis import protocol
from analysis.area import Area, Policy
from analysis.check_report import (
    HEADINGS,
    Finding,
    Month,
    Report,
    Severity,
    Source,
    State,
    as_dict,
    lines,
    percent,
    with_notes,
)
from analysis.coverage import Coverage, coverage_of, is_area_wide, row_counts, units_seen
from analysis.errors import InputMissing, SettingsError
from analysis.kept_out import corrected_n
from analysis.protocol import Asked
from analysis.registration import adherence
from analysis.stays import left_out
from analysis.store import Record, Store
from analysis.tables import table as table_named

__all__ = ["Finding", "Month", "Report", "Source", "as_dict", "examine", "lines", "with_notes"]

KEPT_OUT_SHARE = 0.05
WARNED_SHARE = 0.05
LEFT_OUT_SHARE = 0.05
OLD_DAYS = 92
NEAR_MONTHS = 12

_LEFT_OUT = {
    "person_conflict": "whose case has several persons",
    "not_admitted": "without an admission",
    "not_discharged": "not discharged yet",
    "not_ready": "without a notice of being ready that stands",
    "order": "whose milestones are out of order",
    "told_before": "which another table tells of, too",
}


def examine(area: Area, home: Path, as_of: date | None = None) -> Report:
    """Look at everything that a report of an area would rest on.

    Parameters
    ----------
    area : Area
        The settings.
    home : Path
        The home folder.
    as_of : date, optional
        The day from which the age of the data is counted; today when left out.

    Returns
    -------
    Report
        Coverage by source and month, and findings, the gravest first.
    """
    as_of = as_of or date.today()
    store = Store(home, area.id)
    records = store.records()
    if not records:
        what = f"no export has been loaded for the area “{area.id}”"
        remedy = "Load some with `analysis load FILE…`, or try `analysis demo`"
        return Report(
            area.id, as_of.isoformat(), (), (Finding("stop", what, remedy, InputMissing.exit_code),)
        )
    asked, stops = _asked(area, invented=all(r.invented for r in records))
    seen = units_seen(store, records, area)
    sources, found = _sources(store, area, asked, as_of, seen)
    findings = [
        *stops,
        *_protocol(area, home),
        *_whole_area(area, records, asked, as_of),
        *_unstated(records, area, seen),
    ]
    findings += [*found, *_left_out(store)]
    order = list(HEADINGS)
    findings.sort(key=lambda f: order.index(f.severity))
    return Report(area.id, as_of.isoformat(), tuple(sources), tuple(dict.fromkeys(findings)))


def _sources(
    store: Store, area: Area, asked: list[Asked], as_of: date, seen: Mapping[str, frozenset[str]]
) -> tuple[list[Source], list[Finding]]:
    """Every source and table, and what is found of each."""
    records, counts = store.records(), _counts(store, area)
    sources: list[Source] = []
    findings: list[Finding] = []
    for group in _by_source(records):
        table = group[0].table
        own = counts[table]
        own = own[own.delivery.isin([r.digest for r in group])]
        found = coverage_of(group, table, area, own, seen)
        corrected = sum(corrected_n(store, r, records, area) for r in group)
        line = _source(group, _months(found, own, area), as_of, corrected)
        sources.append(line)
        findings += [*_of_source(line, group, asked), *_never_seen(line, own, area)]
        findings += _warned(line, group, store.warnings(table))
    return sources, findings


def _unstated(records: list[Record], area: Area, seen: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """What the senders did not state, over all sources."""
    silent = {
        "without a statement of the sender": [r for r in records if not r.sender],
        "without a statement of the period": [r for r in records if not (r.stated_first and r.stated_last)],
        "without a statement of the units; each covers only the units that it has rows of": [
            r for r in records if not (r.units or is_area_wide(seen[r.digest], area))
        ],
    }
    for name, found in silent.items():
        if found:
            whose = "; ".join(sorted({f"{r.source}, {r.table}" for r in found}))
            severity: Severity = "note" if all(r.invented for r in found) else "weaken"
            what = f"{_files(len(found), len(records))} {name} ({whose})"
            yield Finding(severity, what, "Write a .delivery.toml beside the file, and load it again")


def _left_out(store: Store) -> Iterator[Finding]:
    """Messages and clinics' care episodes that give no stay, by reason."""
    folder = store.folder / f".check.{os.getpid()}"
    folder.mkdir(mode=0o700)
    con = ibis.duckdb.connect(threads=2)
    try:
        found = left_out(store, con, folder)
    finally:
        con.disconnect()
        shutil.rmtree(folder, ignore_errors=True)
    for row in found.itertuples():
        is_usual = row.reason in ("not_discharged", "told_before")
        severity: Severity = "weaken" if row.n > LEFT_OUT_SHARE * row.of and not is_usual else "note"
        what = f"{row.table}: {row.n} of {row.of} stays left out, {_LEFT_OUT[row.reason]}"
        remedy = "Nothing need be done" if is_usual else "Ask the sender for the messages that are missing"
        yield Finding(severity, what, remedy)


def _asked(area: Area, *, invented: bool) -> tuple[list[Asked], list[Finding]]:
    """The questions that can be asked, and what stops the others."""
    questions: list[Asked] = []
    stops: dict[str, Finding] = {}
    for notebook in dict.fromkeys(q["notebook"] for q in area.questions if "notebook" in q):
        for unit in (area.top, *area.members):
            try:
                found = protocol.asked(area, notebook, unit)
                questions += found
                protocol.require_real_dates(area, found, data_are_invented=invented)
            except SettingsError as error:
                what = f"{error.where}: {error.what}" if error.where else error.what
                stops.setdefault(what, Finding("stop", what, error.remedy, error.exit_code))
    return questions, list(stops.values())


def _counts(store: Store, area: Area) -> dict[str, pd.DataFrame]:
    """Latest rows by table, unit, month and delivery."""
    con = ibis.duckdb.connect(threads=2)
    try:
        names = sorted({r.table for r in store.records()})
        return {n: row_counts(store.latest(n, con), table_named(n), area.top.id) for n in names}
    finally:
        con.disconnect()


def _by_source(records: Iterable[Record]) -> list[list[Record]]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in sorted(records, key=lambda r: (r.source, r.table)):
        found.setdefault((record.source, record.table), []).append(record)
    return list(found.values())


def _months(found: Coverage, counts: pd.DataFrame, area: Area) -> tuple[Month, ...]:
    """Every month from the first that was delivered to the last."""
    parents = {u.parent for u in area.units}
    parts = [u.id for u in area.units if u.id not in parents]
    any_day = {u: found.months(u) for u in parts}
    whole = {u: found.whole_months(u) for u in parts}
    doubted = found.implausible.groupby("month").unit.agg(tuple).to_dict()
    rows = counts.groupby("month").rows.sum()
    known = sorted(set().union(*any_day.values()) | set(doubted))
    months = pd.date_range(known[0], known[-1], freq="MS") if known else []
    said = []
    for month in months:
        missing = tuple(u for u in parts if month not in any_day[u])
        is_whole = not missing and all(month in whole[u] for u in parts)
        state: State = "delivered" if is_whole else "partial"
        if len(missing) == len(parts):
            state = "no delivery"
        zeros = set(doubted.get(month, ()))
        highest = tuple(u for u in sorted(zeros) if zeros.isdisjoint([*area.ancestors(u)][1:]))
        said.append(Month(f"{month:%Y-%m}", state, int(rows.get(month, 0)), missing, highest))
    return tuple(said)


def _source(records: list[Record], months: tuple[Month, ...], as_of: date, corrected: int) -> Source:
    newest = max(r.issued for r in records)
    return Source(
        source=records[0].source,
        table=records[0].table,
        deliveries=len(records),
        read=sum(r.read for r in records),
        accepted=sum(r.accepted for r in records),
        quarantined=sum(r.quarantined for r in records),
        corrected=corrected,
        newest=newest,
        age_days=(as_of - date.fromisoformat(newest)).days if newest else None,
        months=months,
    )


def _protocol(area: Area, home: Path) -> Iterator[Finding]:
    """Whether the settings are those that were registered before the data."""
    kept = adherence(area, home)
    if kept.state == "unregistered":
        what = "the protocol was not registered before the first data were loaded"
        yield Finding(
            "weaken", what, "Load the data anew into another folder with --home, after the questions"
        )
    if kept.state == "changed":
        what = f"the settings differ from the registered protocol: {', '.join(kept.changed)}"
        yield Finding("weaken", what, "Restore them, or tell why under [[amendments]] in questions.toml")


def _whole_area(area: Area, records: list[Record], asked: list[Asked], as_of: date) -> Iterator[Finding]:
    """What concerns every report of the area."""
    if len({r.invented for r in records}) > 1:
        what = "the store holds real and invented deliveries"
        yield Finding(
            "stop", what, "Give another folder with --home for one of them", SettingsError.exit_code
        )
    elif records[0].invented:
        yield Finding("note", "the data are invented", "Load real exports into another folder with --home")
    if any(q.invented_start for q in asked):
        yield Finding("note", "roll-out dates are invented", "Write the real ones into rollout.csv")
    if _is_undecided(area.policy):
        what = "the disclosure policy is the program's default; nobody is named who decided it"
        yield Finding("weaken", what, "Let the owner of the data decide, and name them in area.toml")
    present = {r.table for r in records}
    for question in {q.measure.name: q for q in asked}.values():
        for table in sorted(_tables(question) - present):
            what = (
                f"nothing has been delivered of “{table}”, which the measure “{question.measure.name}” needs"
            )
            yield Finding("weaken", what, "Load it, or take the question out of questions.toml")
    overdue = sum(bool(r.retain_until) and r.retain_until < as_of.isoformat() for r in records)
    if overdue:
        what = f"{_files(overdue, len(records))} may not be kept any longer"
        yield Finding("note", what, "Remove them with `analysis purge --expired`, or agree on a later day")


def _is_undecided(policy: Policy) -> bool:
    """Whether nobody has decided: no one is named, or the name says that it is the default."""
    is_default = (policy.hide_up_to, policy.round_to) == (Policy().hide_up_to, Policy().round_to)
    said = " ".join(policy.decided_by.values()).casefold()
    return not said.strip() or (is_default and "program's default" in said)


def _of_source(line: Source, records: list[Record], asked: list[Asked]) -> Iterator[Finding]:
    """Gaps, zeros that are not believed, rows kept out, age, and rows outside the period."""
    yield from _gaps(line, asked)
    if line.read and line.open_n / line.read > KEPT_OUT_SHARE:
        what = f"{line.name}: {percent(line.open_n, line.read)} of the rows were kept out"
        yield Finding("weaken", what, "Let the sender correct the rows in quarantine, and load them")
    if line.age_days is not None and line.age_days > OLD_DAYS:
        what = f"{line.name}: the newest delivery is {line.age_days} days old"
        yield Finding("weaken", what, "Ask the sender for a new one")
    outside = [r for r in records if _is_outside(r)]
    if outside:
        what = f"{line.name}: {_files(len(outside), len(records))} with rows outside the period stated"
        yield Finding("weaken", what, "Ask the sender which period the file covers")


def _gaps(line: Source, asked: list[Asked]) -> Iterator[Finding]:
    starts = {d for q in asked if line.table in _tables(q) for d in (q.question.start, q.question.settled)}
    gaps = [m for m in line.months if m.state == "no delivery" and not m.doubted]
    near = [m.month for m in gaps if any(_is_near(m.month, day) for day in starts)]
    far = [m.month for m in gaps if m.month not in near]
    remedy = "Ask the sender for these months, or let them state the period that a file covers"
    if near:
        yield Finding("weaken", f"{line.name}: no delivery for {_spans(near)}, near a start", remedy)
    if far:
        yield Finding("note", f"{line.name}: no delivery for {_spans(far)}", remedy)
    for unit in dict.fromkeys(u for m in line.months for u in m.doubted):
        months = _spans([m.month for m in line.months if unit in m.doubted])
        what = (
            f"{line.name}: “{unit}” has no rows for {months} but many in other months; taken as not delivered"
        )
        yield Finding(
            "weaken", what, "Ask the sender; a true zero is believed once period and units are stated"
        )
    partial = [m.month for m in line.months if m.state == "partial" and not m.doubted]
    if partial:
        what = f"{line.name}: {_spans(partial)} not delivered whole, or not for every unit"
        yield Finding("note", what, "Load the rest when it is there")


def _tables(asked: Asked) -> set[str]:
    return {asked.measure.table, asked.measure.base_table}


def _never_seen(line: Source, counts: pd.DataFrame, area: Area) -> Iterator[Finding]:
    seen = {above for unit in set(counts.unit) if unit in _ids(area) for above in area.ancestors(unit)}
    never = [u.id for u in area.members if u.id not in seen]
    if never and line.months:
        what = f"{line.name}: no row of {', '.join(f'“{u}”' for u in never)}"
        yield Finding("weaken", what, "Ask the sender whether they are in the file, and under which name")
    unknown = set(counts.unit) - _ids(area)
    if unknown:
        what = f"{line.name}: rows of {len(unknown)} units that the area no longer has"
        yield Finding("weaken", what, "Put the units back into units.csv, or load the files again")


def _ids(area: Area) -> set[str]:
    return {u.id for u in area.units}


def _warned(line: Source, records: list[Record], warnings: pd.DataFrame) -> Iterator[Finding]:
    """The share of rows that were accepted with a warning, by reason."""
    own = warnings[warnings.delivery.isin([r.digest for r in records])]
    rows = own[own.row > 0].drop_duplicates(["delivery", "row", "reason"])
    for reason, n in rows.groupby("reason").size().items():
        severity: Severity = "weaken" if n > WARNED_SHARE * line.accepted else "note"
        what = f"{line.name}: {percent(int(n), line.accepted)} of the rows were accepted with “{reason}”"
        yield Finding(severity, what, "Look at warnings.csv in the store, and ask the sender")
    for reason, n in own[own.row == 0].groupby("reason").delivery.nunique().items():
        what = f"{line.name}: {_files(int(n), len(records))} read with “{reason}”"
        yield Finding("note", what, "Tell the sender, if the files can be written otherwise")


def _is_outside(record: Record) -> bool:
    before = record.stated_first and record.first_month and record.first_month < record.stated_first[:7]
    after = record.stated_last and record.last_month > record.stated_last[:7]
    return bool(before or after)


def _is_near(month: str, day: date) -> bool:
    year, number = (int(part) for part in month.split("-"))
    return abs((year - day.year) * 12 + number - day.month) <= NEAR_MONTHS


def _spans(months: list[str]) -> str:
    """Months as text, those that follow each other as one span."""
    numbers = [int(m[:4]) * 12 + int(m[5:]) for m in months]
    starts = [n for n, number in enumerate(numbers) if n == 0 or number != numbers[n - 1] + 1]
    pairs = [(months[a], months[b - 1]) for a, b in zip(starts, [*starts[1:], len(months)], strict=True)]
    return ", ".join(a if a == b else f"{a} – {b}" for a, b in pairs)


def _files(n: int, of: int) -> str:
    if n == of:
        return f"all {of} files" if of > 1 else "the only file"
    return f"{n} of {of} files"
