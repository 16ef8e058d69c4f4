"""What only the whole file shows: a key twice, stays that overlap, events reported from both sides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from analysis.sources.cells import Findings
from analysis.sources.staging import Staging
from analysis.tables import Table

MEMORY = "256MB"


def check_whole_file(
    staging: Staging, table: Table, findings: Findings, versions: pd.DataFrame | None = None
) -> None:
    """Apply the rules that span rows; rows that break one are taken out of the staging again.

    Parameters
    ----------
    staging : Staging
        Accepted rows, closed.
    table : Table
        Their table, for its key.
    findings : Findings
        Gets ``conflict`` (same key, other content), ``duplicate`` (same key and content: one is kept),
        ``superseded`` (the file has a newer version), and the warnings of the table's own rules.
    versions : DataFrame, optional
        ``row, version`` where the file says which row is newer.
    """
    if not staging.rows_n:
        return
    with _connected(staging) as con:
        for reason, rows in _same_key(con, table, versions).items():
            tell = findings.reject if reason == "conflict" else findings.warn
            tell(reason, rows.row, rows.line)
            staging.drop(rows.row)
            _view(con, staging)
        for reason, rule in _RULES.get(table.name, {}).items():
            found = rule(con)
            findings.warn(reason, found.row, found.line)


def _connected(staging: Staging) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(staging.folder / "spill"),
                                 "max_temp_directory_size": "8GB", "threads": 2})  # fmt: skip
    _view(con, staging)
    return con


def _view(con: duckdb.DuckDBPyConnection, staging: Staging) -> None:
    files = f"{_file(staging.rows)} positional join {_file(staging.places)}"
    con.execute(f"create or replace view t as select * from {files}")


def _file(path: Path) -> str:
    return "read_parquet('" + str(path).replace("'", "''") + "')"


def _same_key(con: Any, table: Table, versions: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Rows whose key stands twice: older versions, other content, copies of an earlier row."""
    key = ", ".join(f'"{name}"' for name in table.key)
    twice = f"select hash({key}) from t group by 1 having count(*) > 1"
    if con.execute(f"{twice} limit 1").fetchone() is None:
        return {}
    content = ", ".join(f'"{name}"' for name in table.model.to_schema().columns if name not in table.key)
    found = con.execute(f"""
        select row, line, hash({key}) as key, hash({content}) as content from t
        where hash({key}) in ({twice}) order by row""").df()
    if versions is None:
        found["version"] = 0
    else:
        found = found.merge(versions, on="row", how="left").fillna({"version": 0})
    newest = found.groupby("key").version.transform("max")
    old, new = found[found.version < newest], found[found.version == newest]
    conflicts = new[new.groupby("key").content.transform("nunique") > 1]
    copies = new[new.duplicated("key") & ~new.row.isin(conflicts.row)]
    old = old[~old.row.isin(conflicts.row)]
    kinds = {"superseded": old, "conflict": conflicts, "duplicate": copies}
    return {reason: rows.drop_duplicates("row")[["row", "line"]] for reason, rows in kinds.items()}


def _overlaps(con: Any) -> pd.DataFrame:
    """Stays of one person at the same time; in order of admission, some neighbours overlap if any do."""
    order = "partition by person order by admitted_at, discharged_at, row rows between"
    stays = "select row, line, hash(person_id) as person, admitted_at, discharged_at from t"
    persons = f"""
        select person from (select person, admitted_at < lag(discharged_at)
            over (partition by person order by admitted_at, discharged_at, row) as is_inside from ({stays}))
        where is_inside"""
    return con.execute(f"""
        select distinct row, line from (select row, line, admitted_at
                < max(discharged_at) over ({order} unbounded preceding and 1 preceding) as is_inside,
            discharged_at > min(admitted_at) over ({order} 1 following and unbounded following) as holds
            from ({stays}) where person in ({persons}))
        where is_inside or holds order by row""").df()


def _double_reports(con: Any) -> pd.DataFrame:
    """Reports of the same day, place, kind and pair of parties, made by each of the two about the other."""
    same = """occurred_date, unit, coalesce(place, ''), category,
              least(reporting_party, receiving_party), greatest(reporting_party, receiving_party)"""
    return con.execute(f"""
        select row, line from t where reporting_party <> receiving_party and hash({same}) in (
            select hash({same}) from t group by 1 having count(distinct reporting_party) > 1)
        order by row""").df()


_RULES: dict[str, dict[str, Callable[[Any], pd.DataFrame]]] = {
    "episodes": {"overlap": _overlaps},
    "deviations": {"possible_double_report": _double_reports},
}
