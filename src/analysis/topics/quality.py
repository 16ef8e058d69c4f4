"""What the reports rest on: months delivered, rows kept out, definitions that cannot be computed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow.parquet as pq

from analysis import release
from analysis.coverage import Coverage, coverage_of, units_seen
from analysis.declared import STAYS
from analysis.fragments import quality as fragments
from analysis.fragments.quality import OCCASIONAL, Definition
from analysis.measures import Measure
from analysis.protocol import measures_of
from analysis.release import Released, ReleasedStates, State
from analysis.study import Study
from analysis.tables import table as table_named
from analysis.topics import deviations

DEVIATIONS = "02-deviations"
# What the sources for this work ask for, the table it comes from, and the columns that it cannot do without.
WANTED = (
    ("planning_24h", "episodes", ("planning_started_at",)),
    ("admission_notice_24h", "episodes", ("admission_notice_at",)),
    ("named_contact", "episodes", ("named_care_contact_at",)),
    ("readmission_unplanned", "episodes", ("is_unplanned",)),
    ("uk_65plus", "episodes", ("age",)),
    ("case_mix", "episodes", ("age", "sex", "cfs")),
    ("sip_needed", "episodes", ("needs_region", "needs_municipality")),
)


def months(study: Study) -> Released:
    """Month by month what was delivered of each table, and which months each measure has in full."""
    delivered = _delivered(study)
    tables = {name: _states_of(study, name) for name in delivered if name not in OCCASIONAL}
    of_measures = {m.name: _followed(study, m) for m in measures_of(study.area)}
    dated = {name: _dated(study, name) for name in delivered if name in OCCASIONAL}
    empty = _released_dates({name: _empty(study, name, known) for name, known in tables.items()})
    return fragments.months(study.view, _released(tables, of_measures), _released_dates(dated), empty)


def kept_out(study: Study) -> Released:
    """Rows accepted and kept out, by reason."""
    counts = {name: _rows_of(study, name) for name in _delivered(study)}
    reasons = {name: _reasons(study, name) for name, (_, out) in counts.items() if out}
    return fragments.kept_out(study.view, release.quality_rows(counts, study.area.policy, reasons))


def definitions(study: Study) -> Released:
    """What cannot be computed of what is delivered, and the column that is missing."""
    found = [Definition(name, table, _missing(study, table, columns)) for name, table, columns in WANTED]
    measured = [(m.name, [t for t in _needed(m) if not _columns(study, t)]) for m in measures_of(study.area)]
    return fragments.definitions(study.view, found, {name: lacks for name, lacks in measured if lacks})


def late(study: Study) -> Released:
    """How long the last months wait, and how late deviations are reported."""
    waits = {m.name: (m.lag_days, *_ends(study, m)) for m in measures_of(study.area)}
    return fragments.late(study.view, waits)


def delay(study: Study) -> Released:
    """From the event to the report, as the report on deviations tells it."""
    return deviations.delay(study.of(DEVIATIONS, study.unit.id))


def breaks(study: Study) -> Released:
    """Changes of definition and registration, and other events within the time of the data."""
    return fragments.breaks(study.view, study.area.events)


def rules(study: Study) -> Released:
    """The disclosure policy in force, and whether the protocol was kept to."""
    return fragments.rules(study.view)


def _needed(measure: Measure) -> tuple[str, ...]:
    return tuple(dict.fromkeys((measure.table, measure.base_table)))


def _delivered(study: Study) -> list[str]:
    return sorted({r.table for r in study.records})


def _released(
    tables: Mapping[str, Mapping[pd.Timestamp, State]],
    of_measures: Mapping[str, Mapping[pd.Timestamp, State]],
) -> ReleasedStates | None:
    """Both as they may be told; None when there is no month at all."""
    known = [month for states in (*tables.values(), *of_measures.values()) for month in states]
    if not known:
        return None
    every = list(pd.date_range(min(known), max(known), freq="MS"))
    rows = [(name, "table", _filled(states, every)) for name, states in tables.items()]
    rows += [(name, "measure", states) for name, states in of_measures.items()]
    return release.states(every, rows)


def _rows_of(study: Study, name: str) -> tuple[int, int]:
    """The rows of a table that were accepted, and those kept out."""
    mine = [r for r in study.records if r.table == name]
    return sum(r.accepted for r in mine), sum(r.quarantined for r in mine)


def _released_dates(dated: Mapping[str, set[pd.Timestamp]]) -> ReleasedStates | None:
    """The months that each table is about, as they may be told; None when there is none at all."""
    known = sorted(month for own in dated.values() for month in own)
    if not known:
        return None
    every = list(pd.date_range(known[0], known[-1], freq="MS"))
    return release.states(
        every, [(name, "table", dict.fromkeys(sorted(own), "followed")) for name, own in dated.items()]
    )


def _dated(study: Study, name: str) -> set[pd.Timestamp]:
    """The months that the rows of a table are about, up to the as-of day."""
    path, column = study.snapshot.facts(name), table_named(name).covered
    if not path.is_file() or column not in pq.read_schema(path).names:
        return set()
    days = pd.to_datetime(pd.read_parquet(path, columns=[column])[column].dropna())
    months = days[days <= study.as_of].dt.to_period("M").dt.to_timestamp()
    return set(months.astype("datetime64[us]"))


def _empty(study: Study, name: str, states: Mapping[pd.Timestamp, State]) -> set[pd.Timestamp]:
    """The whole months of a table that no row of the whole area is about; none where rows have no month."""
    there = _dated(study, name)
    return {month for month, state in states.items() if there and state == "followed" and month not in there}


def _states_of(study: Study, name: str) -> Mapping[pd.Timestamp, State]:
    """The months of a table up to the as-of day: whole ones and those of which a part was delivered."""
    covered = _coverage(study, name)
    whole, some = covered.whole_months(study.unit.id), covered.months(study.unit.id)
    ended = {m for m in some if m + pd.offsets.MonthEnd(0) <= study.as_of}
    return {month: "followed" if month in whole else "partly" for month in ended}


def _coverage(study: Study, name: str) -> Coverage:
    records = [r for r in study.records if r.table == name]
    counts = _counts(study, name)
    return coverage_of(records, name, study.area, counts, units_seen(study.store, records, study.area))


def _counts(study: Study, name: str) -> pd.DataFrame:
    """Rows by unit and month of the column that coverage goes by."""
    path, column = study.snapshot.facts("episodes" if name in STAYS else name), table_named(name).covered
    there = set(pq.read_schema(path).names) if path.is_file() else set()
    if not {"unit", column} <= there:
        return pd.DataFrame({"unit": [], "month": [], "rows": []}).astype({"rows": "int64"})
    rows = pd.read_parquet(path, columns=["unit", column]).dropna(subset=[column])
    month = rows[column].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    named = rows.assign(unit=rows.unit.fillna(study.area.top.id), month=month)
    return named.groupby(["unit", "month"], as_index=False).size().rename(columns={"size": "rows"})


def _filled(states: Mapping[pd.Timestamp, State], every: list[pd.Timestamp]) -> Mapping[pd.Timestamp, State]:
    """A month between others, or after them, of which nothing came is missing."""
    if not states:
        return dict.fromkeys(every, "missing")
    return {month: states.get(month, "missing") for month in every if month >= min(states)}


def _followed(study: Study, measure: Measure) -> Mapping[pd.Timestamp, State]:
    """The months of a measure: those that are reported and followed up in full, and those that wait."""
    rows = study.months(measure, study.unit.id)
    return {
        row.period_start: "followed" if row.complete else "delivered" for row in rows.itertuples(index=False)
    }


def _ends(study: Study, measure: Measure) -> tuple[pd.Timestamp | None, int]:
    """The last complete month of a measure, and how many after it wait."""
    rows = study.months(measure, study.unit.id)
    done = rows.period_start[rows.complete]
    last = done.max() if len(done) else None
    waiting = rows.period_start[~rows.complete]
    return last, int((waiting > last).sum()) if last is not None else len(waiting)


def _reasons(study: Study, name: str) -> Mapping[str, int]:
    """How many rows each reason kept out; a row with several counts once, by the first."""
    found = study.store.quarantine(name).drop_duplicates(["delivery", "row"])
    return {str(why): int(n) for why, n in found.reason.value_counts().sort_index().items()}


def _columns(study: Study, table: str) -> set[str]:
    """The columns of a table that hold something; empty where the table was not delivered."""
    path = study.snapshot.facts(table)
    if not path.is_file():
        return set()
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    some = set(names)
    for at, column in enumerate(names):
        groups = [file.metadata.row_group(n).column(at) for n in range(file.metadata.num_row_groups)]
        known = [g.statistics for g in groups if g.statistics is not None and g.statistics.has_null_count]
        if (
            groups
            and len(known) == len(groups)
            and sum(s.null_count for s in known) == file.metadata.num_rows
        ):
            some.discard(column)
    return some


def _missing(study: Study, table: str, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    """The columns that a definition lacks; None when the table itself was not delivered."""
    there = _columns(study, table)
    return tuple(column for column in columns if column not in there) if there else None
