"""Dates and clock times: clear forms are read, stated forms are read, everything else is kept out."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import SettingsError
from analysis.sources.times import _iso, _iso_by_each, looks_serial, times
from analysis.sources.understand import Understood
from shared import BAD_INPUT, needs_shared

FIRST, LAST = pd.Timestamp("2000-01-01"), pd.Timestamp("2026-06-30")
STOCKHOLM = "Europe/Stockholm"


def read(*texts: str, **settings: Any) -> Understood:
    return times(pa.array(texts, pa.string()), **{"zone": STOCKHOLM, "first": FIRST, "last": LAST} | settings)


def reasons(done: Understood) -> list[str]:
    """The reason of each text; empty when it has none."""
    return [next((r for r, rows in done.wrong.items() if rows[i]), "") for i in range(len(done.values))]


def read_column(file: str, column: str, **settings: Any) -> tuple[pa.Array, Understood]:
    cells = pd.read_csv(BAD_INPUT / "files" / file, sep=";", dtype=str, keep_default_na=False)[column]
    texts = pa.array(cells.str.strip(), pa.string())
    return texts, times(texts, **{"zone": STOCKHOLM, "first": FIRST, "last": LAST} | settings)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2025-02-03", datetime(2025, 2, 3)),
        ("2025-02-03 09:15", datetime(2025, 2, 3, 9, 15)),
        ("2025-02-03T09:15", datetime(2025, 2, 3, 9, 15)),
        ("2025-02-03 09:15:59", datetime(2025, 2, 3, 9, 15, 59)),
        ("2025-02-03 09:15:59.125", datetime(2025, 2, 3, 9, 15, 59, 125000)),
        ("20250203", datetime(2025, 2, 3)),
        ("2025-02-03 09.15", datetime(2025, 2, 3, 9, 15)),
        ("2025-02-03 09.15.59", datetime(2025, 2, 3, 9, 15, 59)),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("2025-02-03 23:59", datetime(2025, 2, 3, 23, 59)),
    ],
)
def test_clear_forms_are_read_whether_or_not_another_text_is_wrong(text: str, meant: datetime) -> None:
    assert read(text).values.to_pylist() == [meant]
    assert read("2025-02-30", text).values.to_pylist() == [None, meant]


UNCLEAR = """03/04/2025|25-03-19|250319|19/3 2025|19 mars 2025|2025-3-19|2025-03|2025|45693|10:15|x2025-02-03
|2025-02-07 24:00|2025-02-15 23:60|2025-02-23 25:10|2025-02-07 10:15:60|2025-02-03  09:15|2025-02-03 09:15\t
|2025-02-03T09:15Z|2025-02-03 09:15+01:00|２０２５-02-03|٢٠٢٥-٠٢-٠٣
|2025-02-29|2025-02-30 10:00|2025-13-01|20250230|2025-00-10""".replace("\n", "").split("|")


@pytest.mark.parametrize("text", UNCLEAR)
def test_unclear_and_impossible_dates_are_kept_out(text: str) -> None:
    assert reasons(read(text, "2025-02-03")) == ["date_format", ""]


@pytest.mark.parametrize("text", ["", "-", "saknas", "0000-00-00", "0000-00-00 00:00", "NaT"])
def test_missing_dates_are_missing_and_not_wrong(text: str) -> None:
    done = read(text)
    assert (done.values.to_pylist(), done.missing.tolist(), done.wrong) == ([None], [True], {})


def test_both_ends_of_the_period_belong_to_it_and_a_last_day_counts_whole() -> None:
    done = read("1999-12-31 23:59:59", "2000-01-01", "2026-06-30 23:59:59.999999", "2026-07-01")
    assert reasons(done) == ["date_out_of_range", "", "", "date_out_of_range"]


def test_a_last_moment_with_a_clock_time_is_exact() -> None:
    done = read("2026-06-30 12:00", "2026-06-30 12:01", last=pd.Timestamp("2026-06-30 12:00"))
    assert reasons(done) == ["", "date_out_of_range"]


@pytest.mark.parametrize(
    "text", ["1900-01-01", "1753-01-01 00:00", "9999-12-31 00:00", "2031-01-02", "2205-02-14", "0001-01-01"]
)
def test_sentinels_are_out_of_range_and_break_nothing(text: str) -> None:
    assert reasons(read(text)) == ["date_out_of_range"]
    assert reasons(read(text, "2025-02-30")) == ["date_out_of_range", "date_format"]


def test_a_stated_form_is_read_beside_iso() -> None:
    done = read("03/04/2025", "19/3/2025 08:30", "2025-04-03", forms=["%d/%m/%Y", "%d/%m/%Y %H:%M"])
    assert done.values.to_pylist() == [
        datetime(2025, 4, 3),
        datetime(2025, 3, 19, 8, 30),
        datetime(2025, 4, 3),
    ]


def test_a_stated_form_that_looks_like_iso_goes_before_iso() -> None:
    assert read("2025-04-03", forms=["%Y-%d-%m"]).values.to_pylist() == [datetime(2025, 3, 4)]
    assert read("2025-02-03", forms=["%Y-%m-%d"]).values.to_pylist() == [datetime(2025, 2, 3)]


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"])
def test_a_stated_offset_becomes_local_time(form: str) -> None:
    done = read("2025-02-03T09:15:00Z", "2025-07-03T09:15:00Z", forms=[form])
    assert done.values.to_pylist() == [datetime(2025, 2, 3, 10, 15), datetime(2025, 7, 3, 11, 15)]


def test_a_stated_form_takes_no_foreign_digits_and_no_impossible_date() -> None:
    done = read("٠٣/٠٤/٢٠٢٥", "31/02/2025", "31/12/9999", forms=["%d/%m/%Y"])
    assert reasons(done) == ["date_format", "date_format", "date_out_of_range"]


@pytest.mark.parametrize("form", ["mixed", "ISO8601", "", "%Q", "%", "%d %d"])
def test_what_is_no_form_is_refused_as_a_setting(form: str) -> None:
    with pytest.raises(SettingsError, match="is no date form"):
        read("2025-02-03", forms=[form])


@pytest.mark.parametrize("day", ["2025-03-30", "2026-03-29", "2024-03-31"])
def test_the_hour_that_spring_skips_does_not_exist(day: str) -> None:
    done = read(day, f"{day} 01:59", f"{day} 02:00", f"{day} 02:59:59", f"{day} 03:00", "2025-03-31 02:30")
    assert reasons(done) == ["", "", "time_nonexistent", "time_nonexistent", "", ""]
    assert done.odd == {}


@pytest.mark.parametrize("day", ["2025-10-26", "2024-10-27"])
def test_the_hour_that_autumn_repeats_is_accepted_and_said(day: str) -> None:
    done = read(day, f"{day} 01:59", f"{day} 02:00", f"{day} 02:59:59", f"{day} 03:00", "2025-10-27 02:30")
    assert done.wrong == {}
    assert done.odd["time_ambiguous"].tolist() == [False, False, True, True, False, False]


def test_the_zone_is_a_parameter() -> None:
    assert reasons(read("2025-03-30 02:30", "2025-03-09 02:30", zone="America/New_York")) == [
        "",
        "time_nonexistent",
    ]
    assert read("2025-03-30 02:30", "2025-10-26 02:30", zone="UTC").wrong == {}
    assert reasons(read("2025-09-07 00:30", zone="America/Santiago")) == ["time_nonexistent"]


def test_rules_of_summer_time_hold_for_years_to_come() -> None:
    assert reasons(read("2050-03-27 02:30", last=pd.Timestamp("2099-12-31"))) == ["time_nonexistent"]


def test_day_numbers_of_a_spreadsheet_are_read_to_the_minute_and_said() -> None:
    done = read("45693", "45735.354166666664", "45735,5", "45693,99999", serial=True)
    assert done.values.to_pylist() == [
        datetime(2025, 2, 5),
        datetime(2025, 3, 19, 8, 30),
        datetime(2025, 3, 19, 12, 0),
        datetime(2025, 2, 6),
    ]
    assert done.odd["excel_serial"].all()


def test_in_a_column_of_day_numbers_anything_else_is_wrong() -> None:
    done = read("45693", "2025-02-05", "-", "1", "20250205", "45693 ", "4.5e4", serial=True)
    wrong = ["", "date_format", "", "date_out_of_range", "date_format", "date_format", "date_format"]
    assert reasons(done) == wrong
    assert done.odd["excel_serial"].tolist() == [True] + [False] * 6


@pytest.mark.parametrize(
    ("texts", "serial"),
    [
        (["45693", "45702,5"], True),
        (["45693", "", "saknas"], True),
        (["45693", "2025-02-03"], False),
        (["45693", "7"], False),
        (["250319"], False),
        (["20250319"], False),
        (["", "-"], False),
        ([], False),
    ],
)
def test_a_column_is_day_numbers_only_if_all_of_it_is_and_fits_the_period(
    texts: list[str], serial: bool
) -> None:
    assert looks_serial(pa.array(texts, pa.string()), first=FIRST, last=LAST) is serial


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2026, 6, 30, 23, 59)).map(
    lambda t: t.replace(second=0, microsecond=0)
)
FORMS = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H.%M"]


@given(moment=MOMENTS, form=st.sampled_from([*FORMS, "%d/%m %Y kl %H:%M", "%y%m%d%H%M"]))
def test_a_local_time_written_in_any_accepted_form_reads_back(moment: datetime, form: str) -> None:
    done = read(moment.strftime(form), forms=[] if form in FORMS else [form])
    assert done.values.to_pylist() == [moment] or list(done.wrong) == ["time_nonexistent"]


CHANGES = ["2000-03-26", "2000-10-29", "2021-03-28", "2021-10-31", "2025-03-30", "2025-10-26"]


@given(day=st.sampled_from(CHANGES), minute=st.integers(1, 24 * 60 - 1))
def test_skipped_and_repeated_times_are_those_that_the_zone_names(day: str, minute: int) -> None:
    moment = datetime.fromisoformat(day) + timedelta(minutes=minute)
    early, late = (moment.replace(tzinfo=ZoneInfo(STOCKHOLM), fold=fold) for fold in (0, 1))
    exists = early.astimezone(UTC).astimezone(early.tzinfo).replace(tzinfo=None) == moment
    done = read(f"{moment:%Y-%m-%d %H:%M}")
    assert ("time_nonexistent" in done.wrong) == (not exists)
    assert ("time_ambiguous" in done.odd) == (exists and early.utcoffset() != late.utcoffset())


@given(moment=MOMENTS)
def test_a_day_number_reads_back(moment: datetime) -> None:
    days = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    done = read(repr(days), serial=True)
    assert done.values.to_pylist() == [moment] or list(done.wrong) == ["time_nonexistent"]


SHAPED = st.builds(
    "{:04}-{:02}-{:02}{}".format,
    st.integers(1, 9999),
    st.integers(0, 14),
    st.integers(0, 33),
    st.sampled_from(["", " 00:00", "T23:59", " 24:00", " 10:60", " 10:15:30", " 10:15:30.5", " 10:15:60"]),
)


@given(text=SHAPED)
def test_the_fast_way_and_the_way_around_impossible_dates_agree(text: str) -> None:
    texts = pa.array([text])
    assert _iso(texts).tolist() == _iso_by_each(texts).tolist()
    assert _iso(pa.array([text, "2025-02-30"])).tolist() == [*_iso(texts).tolist(), None]


def test_a_million_texts_take_a_fraction_of_a_second() -> None:
    moments = pa.array(pd.date_range("2020-01-01", periods=1_000_000, freq="min"))
    texts = pc.strftime(moments, "%Y-%m-%d %H:%M")
    start = time.process_time()
    done = read_array(texts)
    assert time.process_time() - start < 1.0
    assert done.values.null_count == 2 * 60


def read_array(texts: pa.Array) -> Understood:
    return times(texts, zone=STOCKHOLM, first=FIRST, last=LAST)


@needs_shared
@pytest.mark.parametrize(
    ("file", "column", "rows", "reason"),
    [
        ("date_day_month_ambiguous.csv", "Händelsedatum", [1, 2], "date_format"),
        ("date_future.csv", "Registreringsdatum", [1, 2], "date_out_of_range"),
        ("date_sentinels.csv", "Inskriven", [1], "date_out_of_range"),
        ("date_sentinels.csv", "Utskriven", [2], "date_out_of_range"),
        ("date_sentinels.csv", "Utskrivningsklar", [3], "date_out_of_range"),
        ("time_24_00.csv", "Utskrivningsklar", [1, 2, 3], "date_format"),
        ("time_dst_nonexistent.csv", "Utskrivningsklar", [1], "time_nonexistent"),
    ],
)
def test_known_bad_dates_are_kept_out(file: str, column: str, rows: list[int], reason: str) -> None:
    _, done = read_column(file, column)
    assert {r: [i + 1 for i in m.nonzero()[0]] for r, m in done.wrong.items()} == {reason: rows}


@needs_shared
def test_known_odd_dates_are_accepted() -> None:
    _, done = read_column("time_dst_ambiguous.csv", "Utskrivningsklar")
    assert (done.wrong, done.odd["time_ambiguous"].nonzero()[0].tolist()) == ({}, [0])
    texts, _ = read_column("date_excel_serial.csv", "Registreringsdatum")
    assert looks_serial(texts, first=FIRST, last=LAST)


@needs_shared
@pytest.mark.parametrize("file", ["good_leap_day.csv", "good_dst_neighbours.csv", "na_spellings.csv"])
def test_known_good_dates_are_accepted_without_a_word(file: str) -> None:
    for column in dates_of(file):
        _, done = read_column(file, column)
        assert (done.wrong, done.odd) == ({}, {})


def dates_of(file: str) -> list[str]:
    header = pd.read_csv(BAD_INPUT / "files" / file, sep=";", dtype=str, nrows=0).columns
    return [h for h in header if h.endswith("datum") or h in {"Inskriven", "Utskriven", "SIP-kallelse"}]
