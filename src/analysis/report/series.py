"""The released series as tidy rows for other programs: one row a unit, question and period.

Figures are those of the tables that the door let through, with the decimals that readers see; a hidden
count is an empty cell beside a column that says so. Each report keeps its rows in a file of its own, so that
a set can tell them also for reports that a run did not make. Codes are the same in all languages.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from analysis.judged import verdict_key
from analysis.protocol import Asked, asked
from analysis.report.around import change_text, month_end
from analysis.report.tabular import cell_of, plain
from analysis.words import Words

if TYPE_CHECKING:
    import pyarrow as pa

    from analysis.area import Area
    from analysis.report.plan import Job

SUFFIX = "series.csv"  # of a report's own rows
TEXT, DAY, WHOLE, NUMBER, FLAG = "text", "day", "whole", "number", "flag"
#: What stands in a row; `period_end` is the period's last day, `start` the first day of the new way.
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("unit", "unit_name", "party", "notebook", "question", "question_text"), TEXT),
    **dict.fromkeys(("measure", "measure_name", "kind", "better"), TEXT),
    **dict.fromkeys(("period_start", "period_end"), DAY),
    "months": WHOLE,
    **dict.fromkeys(("numerator", "denominator", "value"), NUMBER),
    **dict.fromkeys(("numerator_hidden", "denominator_hidden"), FLAG),
    "start": DAY,
    "start_invented": FLAG,
    **dict.fromkeys(("verdict", "verdict_name", "change", "scale"), TEXT),
    **dict.fromkeys(("estimate", "low", "high"), NUMBER),
    **dict.fromkeys(("n_before", "n_after"), WHOLE),
}
OF_A_SET: Mapping[str, str] = {**COLUMNS, "report": TEXT, "as_of": DAY}
ANSWERED = ("estimate", "low", "high", "n_before", "n_after")

Row = dict[str, Any]


def of_report(public: Any, job: Job, area: Area) -> dict[str, bytes]:
    """A report's released series as a file.

    Parameters
    ----------
    public : Public
        What the door let through.
    job : Job
        The report.
    area : Area
        Its area.

    Returns
    -------
    dict of str to bytes
        The file by its suffix; empty where the report shows no series.
    """
    named = {one["name"]: one for one in public.tables}
    facts = {fact["question"]: fact for fact in public.facts if "verdict" in fact}
    words = Words(job.language, {p.id: p.name[job.language] for p in area.parties})
    rows = []
    for one in asked(area, job.notebook, area.unit(job.unit)):
        table = named.get(f"series-{one.question.id}".replace("_", "-"))
        if table:
            same = _asked(one, job, area, words) | _answered(facts.get(one.question.id), one, words)
            mark = words.text("table/hidden", hide=area.policy.hide_up_to)
            rows += [same | _figures(cells, mark) for cells in table["rows"]]
    return {SUFFIX: csv_of(rows, COLUMNS)} if rows else {}


def of_set(files: Mapping[str, bytes], entries: Iterable[Mapping[str, Any]], area: Area) -> list[Row]:
    """The series of a set's reports in one language, each question of a unit once.

    Parameters
    ----------
    files : mapping of str to bytes
        Of the set.
    entries : iterable of mapping
        The manifest's entries of the language.
    area : Area
        Its settings say the order, and which report is a question's own.

    Returns
    -------
    list of mapping
        Rows with the columns `OF_A_SET`.
    """
    own = {question["id"]: question["notebook"] for question in area.questions}
    units, places = [unit.id for unit in area.units], {question: at for at, question in enumerate(own)}
    rows: list[Row] = []
    for entry in entries:
        more = {"report": entry["file"], "as_of": entry["as_of"]}
        name = entry["file"].removesuffix("html") + SUFFIX
        rows += [row | more for row in rows_of(files.get(name, b""), COLUMNS)]
    best: dict[tuple[str, str], tuple[bool, str]] = {}
    for row in rows:
        key, rank = _key(row), (own.get(row["question"]) != row["notebook"], row["report"])
        best[key] = min(best.get(key, rank), rank)
    kept = [row for row in rows if best[_key(row)][1] == row["report"]]
    last = len(places)
    return sorted(
        kept, key=lambda r: (places.get(r["question"], last), r["question"], units.index(r["unit"]))
    )


def _key(row: Row) -> tuple[str, str]:
    """What tells series of a set apart."""
    return row["unit"], row["question"]


def csv_of(rows: Iterable[Row], columns: Mapping[str, str]) -> bytes:
    """Rows as CSV in the form of all our files: semicolons, decimal comma, UTF-8 with a mark.

    Parameters
    ----------
    rows : iterable of mapping
        The rows.
    columns : mapping of str to str
        Name to kind, in order.

    Returns
    -------
    bytes
        The file; names of columns are its first line.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_written(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def rows_of(content: bytes, columns: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a file that `csv_of` wrote."""
    lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    if next(lines, []) != list(columns):
        return  # of an earlier version of the program
    for line in lines:
        yield {name: _read(text, columns[name]) for name, text in zip(columns, line, strict=True)}


def parquet_of(rows: Sequence[Row]) -> bytes:
    """A set's rows as Parquet.

    Parameters
    ----------
    rows : sequence of mapping
        With the columns `OF_A_SET`.

    Returns
    -------
    bytes
        The same for the same rows: nothing of the machine or of the moment is in it.
    """
    import pyarrow as pa

    kinds = {TEXT: pa.string(), DAY: pa.date32(), WHOLE: pa.int32(), NUMBER: pa.float64(), FLAG: pa.bool_()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in OF_A_SET.items()])
    table = {
        name: [_day(row[name]) if kind == DAY else row[name] for row in rows]
        for name, kind in OF_A_SET.items()
    }
    return parquet_bytes(pa.table(table, schema=schema))


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as Parquet without a schema of ours beside: what is in the file is what programs read."""
    import pyarrow.parquet as pq

    out = BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=False)
    return out.getvalue()


def _asked(one: Asked, job: Job, area: Area, words: Words) -> dict[str, Any]:
    """What a series is of."""
    question = one.question
    return {
        "unit": job.unit,
        "unit_name": area.unit(job.unit).name[job.language],
        "party": question.party,
        "notebook": job.notebook,
        "question": question.id,
        "question_text": one.text[job.language],
        "measure": question.measure,
        "measure_name": words.name(question),
        "kind": question.kind,
        "better": question.better,
        "start": question.start.isoformat(),
        "start_invented": one.invented_start,
    }


def _answered(fact: Row | None, one: Asked, words: Words) -> dict[str, Any]:
    """The question's answer, where it has one."""
    scale = "difference" if one.question.kind == "mean" else "ratio"
    if fact is None:
        return dict.fromkeys(("verdict", "verdict_name", "change", "scale"), "") | dict.fromkeys(ANSWERED)
    key = verdict_key(fact["verdict"], fact["n_before"], fact["n_after"])
    return {
        "verdict": fact["verdict"],
        "verdict_name": words.text(f"verdict/{key}"),
        "change": change_text(fact, one.question, words),
        "scale": scale,
        **{name: fact[name] for name in ANSWERED},
    }


def _figures(cells: Sequence[Any], mark: str) -> dict[str, Any]:
    """A line of a table of a series: its period, and the numbers that it shows."""
    since, until = _ends(cell_of(cells[0])[0])
    first, last = date.fromisoformat(f"{since}-01"), month_end(until)
    (above, numerator), (below, denominator), (_, value) = (cell_of(cell) for cell in cells[1:4])
    months = 12 * (last.year - first.year) + last.month - first.month + 1
    return {
        "period_start": first.isoformat(),
        "period_end": last.isoformat(),
        "months": months,
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "numerator_hidden": numerator is None and above == mark,
        "denominator_hidden": denominator is None and below == mark,
    }


def _ends(period: str) -> tuple[str, str]:
    """The first and the last month of a period as tables write it."""
    first, _, last = period.partition(" – ")
    return first, last or first


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}".replace(".", ",")
    return plain(str(value))


def _read(text: str, kind: str) -> Any:
    if kind in (TEXT, DAY):
        return text.removeprefix("'")
    if kind == FLAG:
        return text == "true"
    if not text:
        return None
    return int(text) if kind == WHOLE else float(text.replace(",", "."))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
