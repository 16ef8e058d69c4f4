"""Released series for other programs: tidy rows of what reports show, and nothing else."""

from __future__ import annotations

import csv
import io
from datetime import date
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from analysis.report import series
from analysis.report.standalone import taken_along
from homes import goteborg
from released_series import ReleasedSet, job_of, public_of, released_set

JOB = job_of("02-deviations", "molndal", "sv")


def rows_of(public: Any = None) -> list[series.Row]:
    made = series.of_report(public or public_of(JOB), JOB, goteborg())
    return list(series.rows_of(made[series.SUFFIX], series.COLUMNS))


def set_rows(language: str = "sv") -> list[series.Row]:
    made = released_set()
    return series.of_set(made.files, [e for e in made.entries if e["language"] == language], goteborg())


def public(*rows: list[Any], facts: tuple[dict[str, Any], ...] = ()) -> Any:
    return SimpleNamespace(tables=[{"name": "series-deviations", "rows": rows}], facts=facts)


def test_a_row_says_unit_measure_period_figures_and_answer() -> None:
    row = rows_of()[0]
    assert list(row) == list(series.COLUMNS)
    assert (row["unit"], row["unit_name"], row["notebook"]) == ("molndal", "Mölndal", "02-deviations")
    assert row["measure_name"] == "Rapporterade avvikelser i samverkan per 1\u00a0000 utskrivningar"
    assert (row["kind"], row["better"]) == ("count", "lower")
    assert (row["start"], row["start_invented"]) == ("2025-10-01", True)
    assert (row["verdict"], row["verdict_name"]) == ("improved", "Bättre än väntat")
    assert (row["scale"], row["estimate"], row["low"], row["high"]) == ("ratio", 0.7, 0.6, 0.82)
    assert row["change"] == "−30\u00a0% (−40\u00a0% till −18\u00a0%)"


@pytest.mark.parametrize(
    ("told", "first", "last", "months"),
    [
        ("2024-02", "2024-02-01", "2024-02-29", 1),
        ("2024-10 – 2024-12", "2024-10-01", "2024-12-31", 3),
        ("2024-07 – 2024-12", "2024-07-01", "2024-12-31", 6),
        ("2024-11 – 2025-01", "2024-11-01", "2025-01-31", 3),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(told: str, first: str, last: str, months: int) -> None:
    row = rows_of(public([told, ["75", 75.0], ["2 095", 2095.0], ["35,8", 35.8]]))[0]
    assert (row["period_start"], row["period_end"], row["months"]) == (first, last, months)


def test_a_number_has_the_decimals_that_readers_see_and_no_more() -> None:
    row = rows_of(public(["2024-01", ["75", 75.0], ["2\u00a0095", 2095.0], ["35,8", 35.7995226]]))[0]
    assert (row["numerator"], row["denominator"], row["value"]) == (75, 2095, 35.8)


def test_a_hidden_count_is_empty_and_said_to_be_hidden_and_what_is_not_told_is_only_empty() -> None:
    told = rows_of(public(["2024-01", ["≤7", None], ["–", None], ["–", None]]))[0]
    assert (told["numerator"], told["denominator"], told["value"]) == (None, None, None)
    assert (told["numerator_hidden"], told["denominator_hidden"]) == (True, False)


def test_a_question_without_an_answer_still_has_its_series() -> None:
    row = rows_of(public(["2024-01", ["75", 75.0], ["2 095", 2095.0], ["35,8", 35.8]]))[0]
    assert (row["verdict"], row["change"], row["estimate"], row["n_before"]) == ("", "", None, None)


def test_an_answer_that_may_not_be_told_has_no_numbers() -> None:
    silent = {"question": "deviations", "verdict": "too_little_data", "n_before": 45, "n_after": 3}
    fact = silent | dict.fromkeys(("estimate", "low", "high"))
    row = rows_of(public(["2024-01", ["75", 75.0], ["2 095", 2095.0], ["35,8", 35.8]], facts=(fact,)))[0]
    assert (row["verdict_name"], row["change"], row["estimate"]) == ("För få månader ännu", "–", None)


def test_a_report_without_series_has_no_file() -> None:
    other = SimpleNamespace(tables=[{"name": "kinds", "rows": [["A", ["5", 5.0]]]}], facts=())
    assert series.of_report(other, JOB, goteborg()) == {}


def test_what_is_written_is_read_again() -> None:
    rows = rows_of()
    again = series.csv_of(rows, series.COLUMNS)
    assert list(series.rows_of(again, series.COLUMNS)) == rows
    assert any(row["numerator_hidden"] for row in rows)


def test_a_file_of_an_earlier_version_has_no_rows() -> None:
    assert list(series.rows_of("\ufeffunit;value\r\nmolndal;3\r\n".encode(), series.COLUMNS)) == []
    assert list(series.rows_of(b"", series.COLUMNS)) == []


def test_every_figure_of_a_set_is_one_that_a_report_shows() -> None:
    made = released_set()
    for row in set_rows():
        name = f"series-{row['question']}".replace("_", "-")
        table = next(t for t in made.tables[row["report"]] if t["name"] == name)
        period = row["period_start"][:7]
        line = next(line for line in table["rows"] if line[0].startswith(period))
        for column, (text, _) in zip(("numerator", "denominator", "value"), line[1:], strict=True):
            number = row[column]
            assert (number is None) == (text in ("≤7", "–"))
            if number is not None and column != "value":
                assert text.replace("\u00a0", "") == f"{number:.0f}"


def test_a_set_has_each_question_of_a_unit_once_in_the_order_of_the_settings() -> None:
    rows = set_rows()
    keys = list(dict.fromkeys((row["question"], row["unit"]) for row in rows))
    asked = [q["id"] for q in goteborg().questions if q["notebook"] in ("02-deviations", "04-sip")]
    assert keys == [(q, unit) for q in asked for unit in ("goteborgsomradet", "harryda", "molndal")]
    assert len({(r["question"], r["unit"], r["period_start"]) for r in rows}) == len(rows)


def test_the_report_that_asks_a_question_goes_before_one_that_repeats_it() -> None:
    made = released_set()
    own = [e for e in made.entries if e["language"] == "sv" and e["unit"] == "molndal"]
    repeated = {"file": "molndal/00-again.sv.html", "as_of": "2026-11-20"}
    (name,) = [n for n in made.files if n == "molndal/02-deviations.sv.series.csv"]
    again = [row | {"notebook": "00-again"} for row in series.rows_of(made.files[name], series.COLUMNS)]
    files = made.files | {"molndal/00-again.sv.series.csv": series.csv_of(again, series.COLUMNS)}
    assert series.of_set(files, [repeated, *own], goteborg()) == series.of_set(made.files, own, goteborg())


def test_series_of_reports_that_a_run_did_not_make_stay_with_the_day_that_they_are_from() -> None:
    made = ReleasedSet(released_set().around)
    made.add("02-deviations", "molndal", "sv", as_of="2026-05-20")
    rows = series.of_set(made.files, made.entries, goteborg())
    assert {(row["report"], row["as_of"]) for row in rows} == {(JOB.file, "2026-05-20")}


def test_codes_and_figures_are_the_same_in_both_languages() -> None:
    worded = {"unit_name", "question_text", "measure_name", "verdict_name", "change", "report"}
    bare = [
        [{k: v for k, v in row.items() if k not in worded} for row in set_rows(one)] for one in ("sv", "en")
    ]
    assert bare[0] == bare[1]
    assert set_rows("en")[0]["verdict_name"] == "Better than expected"


def test_csv_and_parquet_hold_the_same_rows_and_parquet_has_types() -> None:
    rows = set_rows()
    table = pq.read_table(io.BytesIO(series.parquet_of(rows)))
    first = table.to_pylist()[0]
    assert table.column_names == list(series.OF_A_SET)
    assert (first["period_start"], first["as_of"]) == (date(2024, 1, 1), date(2026, 11, 20))
    assert (first["months"], first["numerator_hidden"]) == (1, False)
    again = csv.DictReader(
        io.StringIO(series.csv_of(rows, series.OF_A_SET).decode("utf-8-sig")), delimiter=";"
    )
    told = [(r["unit"], r["period_start"], r["value"].replace(",", ".")) for r in again]
    whole = [
        (r["unit"], str(r["period_start"]), "" if r["value"] is None else f"{r['value']:.15g}")
        for r in table.to_pylist()
    ]
    assert told == whole


def test_the_same_rows_give_the_same_bytes_without_any_metadata() -> None:
    rows = set_rows()
    content = series.parquet_of(rows)
    assert content == series.parquet_of(list(rows))
    read = pq.ParquetFile(io.BytesIO(content))
    assert read.schema_arrow.metadata is None
    assert read.metadata.metadata is None


def test_a_set_without_series_takes_nothing_along() -> None:
    made = released_set()
    assert taken_along({}, made.entries, made.around) == {}
    assert taken_along(made.files, [], made.around) == {}
