"""Published workbooks: totals must agree, and 105 real ones load and add up to what was published."""

from __future__ import annotations

import csv
import gzip
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.area import Area, read_area
from analysis.errors import InputRefused
from analysis.inbox import Result, load
from analysis.measures.indicators import Snapshot, build_snapshot, snapshot_folder
from analysis.sources import crosstab
from analysis.sources.cells import Findings
from analysis.sources.crosstab import read_crosstab
from analysis.sources.delivery import read_delivery
from analysis.sources.intake import OLE, Taken
from analysis.sources.mapping import Source
from analysis.store import Store
from deliveries import AREA, series_of
from shared import BAD_INPUT, ENGLAND, REPOSITORY, needs_shared

SOURCE = Source(
    "test",
    "measurements",
    "crosstab",
    {
        "sheet": "Days",
        "period": {"label": "Period:", "format": "%B %Y"},
        "issued": [{"label": "Revised:"}, {"label": "Published:"}],
        "unit_column": "Code",
        "total_row": {"column": "Name", "value": "All"},
        "total_column": "Total",
        "zero": ["-"],
        "indicator": "delayed_days",
        "parties": {"P": "p", "Q": "q"},
    },
)
HEAD = [["Period:", "February 2020"], ["Published:", "9th April 2020"], ["", ""]]
HEADER = ["Code", "Name", "P", "Q", "Total"]
TOTAL = ["-", "All", 7.0, 3.0, 10.0]
A, B = ["Astad", "A", 7.0, 1.0, 8.0], ["Bköping", "B", "-", 2.0, 2.0]
Read = tuple[pd.DataFrame, Findings, int]


def taken(path: Path, kind: str = OLE) -> Taken:
    return Taken(path, path.name, "", "", kind)


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads a sheet with these rows below the head."""

    def read(*body: list[Any], head: list[list[Any]] = HEAD, header: list[str] = HEADER) -> Read:
        width = max(map(len, [header, *body]))
        rows = [[*row, *[""] * (width - len(row))] for row in [*head, header, *body]]
        monkeypatch.setattr(crosstab, "_sheet", lambda *_: rows)
        return read_crosstab(taken(Path("book.xls")), SOURCE, AREA)

    return read


def refusal(sheet: Any, *body: list[Any], **parts: Any) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        sheet(*body, **parts)
    assert caught.value.where.file == "book.xls"
    assert caught.value.reason
    return caught.value


def test_a_sheet_becomes_one_measurement_a_unit_and_party(sheet: Any) -> None:
    frame, findings, read = sheet(TOTAL, ["", "", "", "", ""], A, B)
    assert (len(findings.rejects), len(findings.warnings), read) == (0, 0, 2)
    assert frame[["unit", "party", "numerator"]].to_numpy().tolist() == [
        ["a", "p", 7.0],
        ["a", "q", 1.0],
        ["b", "p", 0.0],
        ["b", "q", 2.0],
    ]
    assert set(frame.period_start) == {pd.Timestamp("2020-02-01")}
    assert set(frame.denominator) == {29.0}
    assert set(frame.issued_date) == {pd.Timestamp("2020-04-09")}


def test_a_revision_goes_before_the_first_publication(sheet: Any) -> None:
    frame, _, _ = sheet(TOTAL, A, B, head=[*HEAD, ["Revised:", "12th Sep 2020"]])
    assert set(frame.issued_date) == {pd.Timestamp("2020-09-12")}


def test_columns_may_stand_in_another_order_among_others(sheet: Any) -> None:
    header = ["Region", "Name", "Code", "Total", "Q", "P"]
    rows = [["x", name, code, total, q, p] for code, name, p, q, total in (TOTAL, A, B)]
    frame, _, _ = sheet(*rows, header=header)
    assert frame.numerator.tolist() == [7.0, 1.0, 0.0, 2.0]


def test_a_unit_that_the_area_does_not_know_is_kept_out_and_its_count_stays_in_the_check(sheet: Any) -> None:
    frame, findings, read = sheet(TOTAL, A, ["C", "Cdorf", "-", 2.0, 2.0])
    assert set(frame.unit) == {"a"}
    assert findings.rejects.to_numpy().tolist() == [[2, 7, "Code", "unknown_code"]]
    assert read == 2


def test_a_file_of_another_area_is_refused(sheet: Any) -> None:
    error = refusal(sheet, TOTAL, ["X", "A", 7.0, 1.0, 8.0], ["Y", "B", "-", 2.0, 2.0])
    assert "2 of 2 units" in error.what
    assert (error.where.line, error.where.column) == (6, "Code")


def test_a_unit_that_stands_twice_refuses_the_file(sheet: Any) -> None:
    error = refusal(sheet, TOTAL, A, ["Astads stad", "A again", "-", 2.0, 2.0])
    assert "twice" in error.what
    assert error.where.line == 7


@pytest.mark.parametrize(("column", "place"), [("P", 2), ("Q", 3), ("Total", 4)])
@pytest.mark.parametrize("by", [-1.0, 1.0])
def test_a_total_that_is_one_off_refuses_the_file(sheet: Any, column: str, place: int, by: float) -> None:
    tampered = [cell + by if n == place else cell for n, cell in enumerate(TOTAL)]
    error = refusal(sheet, tampered, A, B)
    assert (error.where.line, error.where.column) == (5, column)


def test_parties_that_do_not_add_up_in_a_row_refuse_the_file(sheet: Any) -> None:
    error = refusal(sheet, TOTAL, ["Astad", "A", 7.0, 0.0, 8.0], ["Bköping", "B", "-", 3.0, 2.0])
    assert "parties do not add up" in error.what
    assert error.where.line == 6


@pytest.mark.parametrize("body", [(A, B), (TOTAL, TOTAL, A, B)], ids=["none", "two"])
def test_there_must_be_exactly_one_row_of_totals(sheet: Any, body: tuple[list[Any], ...]) -> None:
    assert "exactly one row of totals" in refusal(sheet, *body).what


@pytest.mark.parametrize("cell", ["", "*", "7", True, -1.0, "n/a"])
def test_a_cell_that_is_no_count_refuses_the_file(sheet: Any, cell: Any) -> None:
    error = refusal(sheet, TOTAL, ["Astad", "A", cell, 1.0, 8.0], B)
    assert (error.where.line, error.where.column) == (6, "P")
    assert "not a count" in error.what


def test_a_count_without_a_unit_refuses_the_file(sheet: Any) -> None:
    error = refusal(sheet, TOTAL, A, ["", "B", "-", 2.0, 2.0])
    assert (error.where.line, error.where.column) == (7, "Code")


@pytest.mark.parametrize("column", HEADER)
def test_a_missing_column_is_named(sheet: Any, column: str) -> None:
    header = ["" if c == column else c for c in HEADER]
    assert refusal(sheet, TOTAL, A, B, header=header).where.column == column


@pytest.mark.parametrize("period", ["", "2020", "Februari 2020"])
def test_a_month_that_cannot_be_read_refuses_the_file(sheet: Any, period: str) -> None:
    assert refusal(sheet, TOTAL, A, B, head=[["Period:", period], HEAD[1]]).where.column == "Period:"


def test_a_date_of_publication_that_cannot_be_read_refuses_the_file(sheet: Any) -> None:
    assert refusal(sheet, TOTAL, A, B, head=[HEAD[0], ["Published:", "soon"]]).where.column == "Published:"


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.xls").write_text("<table><tr><td>1</td></tr></table>", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"page\.xls: the file is not a workbook"):
        read_crosstab(taken(tmp_path / "page.xls"), SOURCE, AREA)


@needs_shared
def test_no_bad_workbook_gets_through_or_brings_the_program_down(tmp_path: Path) -> None:
    england = read_area("england", REPOSITORY)
    books = sorted((BAD_INPUT / "files").glob("*.xls*"))
    assert books
    for book in books:
        with pytest.raises(InputRefused) as caught:
            read_delivery(book, england, tmp_path)
        assert caught.value.where.file == book.name


# The 105 workbooks of NHS England, April 2011 to December 2019.


@pytest.fixture(scope="session")
def england() -> Area:
    return read_area("england", REPOSITORY)


@pytest.fixture(scope="session")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("workbooks")
    with tarfile.open(ENGLAND / "raw_xls_105_files.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    return sorted(folder.rglob("*.xls"))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("england")


@pytest.fixture(scope="session")
def results(workbooks: list[Path], england: Area, home: Path) -> list[Result]:
    return list(load(workbooks, england, home))


@pytest.fixture(scope="session")
def loaded(results: list[Result], england: Area, home: Path) -> pd.DataFrame:
    """Every accepted measurement, with its month written YYYY-MM."""
    assert results
    frames = [pd.read_parquet(path) for _, path in Store(home, england.id).rows("measurements")]
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(month=rows.period_start.dt.strftime("%Y-%m"))


@pytest.fixture(scope="session")
def snapshot(results: list[Result], england: Area, home: Path) -> Snapshot:
    assert results
    store = Store(home, england.id)
    return build_snapshot(store, england, snapshot_folder(home, england.id, store.digest()))


@pytest.fixture(scope="session")
def published() -> dict[str, dict[str, float]]:
    """Month to the published totals, by party and all."""
    names = {"NHS": "nhs", "Social Care": "social_care", "Both": "both", "Total": "all"}
    with (ENGLAND / "dtoc_england_month.csv").open(encoding="utf-8", newline="") as handle:
        return {r["month"]: {p: float(r[c]) for c, p in names.items()} for r in csv.DictReader(handle)}


@needs_shared
def test_all_105_workbooks_load_without_a_row_kept_out(results: list[Result]) -> None:
    assert len(results) == 105
    assert {r.outcome for r in results} == {"accepted"}
    assert sum(r.accepted for r in results) == sum(r.read for r in results) == 16_162


@needs_shared
def test_every_month_adds_up_to_the_published_totals(
    loaded: pd.DataFrame, published: dict[str, dict[str, float]]
) -> None:
    found = loaded.pivot_table(index="month", columns="party", values="numerator", aggfunc="sum")
    found["all"] = loaded.groupby("month").numerator.sum()
    assert found.to_dict("index") == published


@needs_shared
def test_every_authority_month_and_party_is_as_published(loaded: pd.DataFrame) -> None:
    with (ENGLAND / "la_lookup.csv").open(encoding="utf-8", newline="") as handle:
        codes = {r["la_name"]: f"la-{r['la_code'].lower()}" for r in csv.DictReader(handle)}
    parties = {"NHS": "nhs", "Social Care": "social_care", "Both": "both"}
    with gzip.open(ENGLAND / "dtoc_la_month_responsible_org.csv.gz", "rt", encoding="utf-8") as handle:
        expected = {
            (r["month"], codes[r["la_name"]], parties[r["responsible_org"]]): float(r["delayed_days"])
            for r in csv.DictReader(handle)
        }
    keys = zip(loaded.month, loaded.unit, loaded.party, strict=True)
    assert dict(zip(keys, loaded.numerator, strict=True)) == expected
    assert len(loaded) == 48_486


@needs_shared
@pytest.mark.parametrize("party", ["all", "nhs", "social_care", "both"])
def test_the_area_series_is_the_published_total_over_the_days_of_the_month(
    snapshot: Snapshot, published: dict[str, dict[str, float]], party: str
) -> None:
    series = series_of(snapshot, "delayed_beds", unit="england", party=party)
    assert series.numerator.to_dict() == {month: totals[party] for month, totals in published.items()}
    days = [pd.Timestamp(month).days_in_month for month in series.index]
    assert series.value.tolist() == [n / d for n, d in zip(series.numerator, days, strict=True)]


@needs_shared
def test_january_2017_is_the_published_6371_beds_of_which_social_care_is_35_percent(
    snapshot: Snapshot,
) -> None:
    total = series_of(snapshot, "delayed_beds", unit="england").loc["2017-01"]
    social = series_of(snapshot, "delayed_beds", unit="england", party="social_care").loc["2017-01"]
    assert total.numerator == 197_511
    assert round(total.value) == 6371
    assert round(social.numerator / total.numerator, 3) == 0.352


@needs_shared
def test_an_authority_that_ceased_to_exist_has_no_months_of_zero_after_it(snapshot: Snapshot) -> None:
    months = series_of(snapshot, "delayed_beds", unit="la-811").index
    assert (months.min(), months.max(), len(months)) == ("2011-04", "2019-04", 97)


@needs_shared
def test_a_real_workbook_with_a_tampered_cell_is_refused(
    workbooks: list[Path], england: Area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = next(b for b in workbooks if b.name == "Jan_17.xls")
    true_sheet = crosstab._sheet

    def tampered(book: Taken, name: str) -> list[list[Any]]:
        rows = true_sheet(book, name)
        row = next(r for r in rows if "England" in r)
        row[row.index(197_511.0)] = 197_510.0
        return rows

    folder = read_delivery(book, england, tmp_path).folder
    assert pd.read_parquet(folder / "rows.parquet").period_start.iloc[0] == datetime(2017, 1, 1)
    monkeypatch.setattr(crosstab, "_sheet", tampered)
    with pytest.raises(InputRefused) as caught:
        read_delivery(book, england, tmp_path)
    assert (caught.value.where.file, caught.value.where.column) == ("Jan_17.xls", "Total")
