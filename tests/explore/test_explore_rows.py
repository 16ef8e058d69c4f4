"""Rows from the store as coded columns: the latest version, named for the reader, nothing that is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputMissing, UsageError
from analysis.explore import rows as rows_module
from analysis.explore.explorer import Explorer
from analysis.explore.onerow import versions_n
from analysis.explore.rows import Rows, read_rows
from analysis.inbox import load
from analysis.measures.indicators import Snapshot
from analysis.store import Store
from analysis.words import Words
from homes import goteborg
from tinyrows import small_explorer

HEADER = (
    "Ärendenummer;Registreringsdatum;Händelsedatum;Avvikelsetyp;Rapporterande part;Mottagande part;Kommun"
)


def delivered(folder: Path, *lines: str, header: str = HEADER, name: str = "a.csv") -> Explorer:
    """A home with one delivery of deviations, given as lines of the default layout."""
    file = folder / name
    file.write_text("\n".join([header, *lines]), encoding="utf-8")
    results = list(load([file], goteborg(), folder / "home"))
    assert [r.outcome for r in results] == ["accepted"], results
    return Explorer("goteborg", str(folder / "home"), "en")


def test_one_row_is_read_and_counted(tmp_path: Path) -> None:
    line = "A-1;2025-02-03;2025-01-31;SIP uteblev;Slutenvård;Samverkan;Mölndal"
    explorer = delivered(tmp_path, line)
    rows = explorer.table("deviations")
    assert len(rows) == 1
    assert rows.key.to_pylist() == ["A-1"]
    assert rows.month.tolist() == [2025 * 12]
    assert set(rows.dims) == {"by", "about", "unit", "category", "month"}  # what nobody delivered is absent
    assert rows.dims["category"].labels == ("SIP did not take place",)
    payload = explorer.summary()
    assert payload["n"] == 1
    assert payload["timeline"] == []
    assert explorer.frame().deviation_id.tolist() == ["A-1"]
    assert explorer.row("A-1")["texts"] == []


def test_only_the_latest_version_of_a_row_counts_and_its_versions_are_told(tmp_path: Path) -> None:
    delivered(tmp_path, "A-1;2025-02-03;2025-01-31;SIP uteblev;Slutenvård;Samverkan;Mölndal")
    later = "A-1;2025-02-03;2025-01-31;Läkemedel;Slutenvård;Samverkan;Mölndal"
    more = "A-2;2025-03-03;2025-03-01;Läkemedel;Slutenvård;Samverkan;Mölndal"
    explorer = delivered(tmp_path, later, more, name="b.csv")
    assert explorer.table("deviations").dims["category"].ids == ("medication",)
    assert explorer.row("A-1")["versions"] == 2
    assert explorer.row("A-2")["versions"] == 1


def test_free_text_of_real_deliveries_is_kept_only_where_the_area_says_so(tmp_path: Path) -> None:
    line = "A-1;2025-02-03;2025-01-31;SIP uteblev;Slutenvård;Samverkan;Mölndal;Ingen kallade till mötet"
    explorer = delivered(tmp_path, line, header=f"{HEADER};Beskrivning")
    assert explorer.texts("deviations").columns == {}
    assert explorer.rows()[0]["text"] == ""


def test_the_invented_area_keeps_its_texts() -> None:
    assert set(small_explorer().texts("deviations").columns) == {"description"}


def made(monkeypatch: pytest.MonkeyPatch, folder: Path, table: str, frame: pd.DataFrame) -> Rows:
    """Rows read from facts of our own."""
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / f"facts_{table}.parquet")
    monkeypatch.setattr(rows_module, "build_snapshot", lambda *_: Snapshot(folder))
    return read_rows(goteborg(), Store(folder, "goteborg"), table, Words("en"))


def stay(**columns: object) -> dict[str, object]:
    times = {"admitted_at": "2025-01-01 10:00", "uk_at": "2025-01-03", "discharged_at": "2025-01-05 10:00"}
    given = {name: pd.Timestamp(text) for name, text in times.items()}
    flags = {"uk_days": 2, "stay_days": 4, "is_home": True, "is_within_24h_clock": False,
             "is_readmitted_30d": False, "is_alive": True}  # fmt: skip
    named = {"episode_id": "E", "unit": "molndal", "month": pd.Timestamp("2025-01-01")}
    return named | given | flags | columns


def test_ages_are_bands_in_order_and_truths_are_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ages = [0, 17, 18, 64, 65, 79, 80, 110, None]
    truths = [True, False, None, True, True, True, True, True, True]
    pairs = enumerate(zip(ages, truths, strict=True))
    frame = pd.DataFrame(
        [stay(episode_id=f"E{n}", age=age, is_unplanned=truth) for n, (age, truth) in pairs]
    ).astype({"age": "Int64", "is_unplanned": "boolean"})
    rows = made(monkeypatch, tmp_path, "episodes", frame)
    assert rows.dims["age"].codes.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, -1]
    assert rows.dims["age"].labels[-1] == "80 years and older"
    assert rows.dims["unplanned"].codes[:3].tolist() == [1, 0, -1]
    assert rows.dims["unplanned"].labels == ("No", "Yes")
    assert "ward" not in rows.dims
    assert rows.dates["ready"].tolist()[0] == pytest.approx(1 + 14 / 24)


def test_an_outcome_has_no_number_where_the_stay_is_no_base_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = pd.DataFrame([stay(), stay(episode_id="F", is_home=False), stay(episode_id="G", is_alive=False)])
    numbers = made(monkeypatch, tmp_path, "episodes", frame).numbers
    assert np.isnan(numbers["home_within_24h_clock"]).tolist() == [False, True, False]
    assert np.isnan(numbers["unplanned_readmission_30d"]).tolist() == [False, False, True]


def test_measurements_are_named_by_all_parts_of_their_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {
            "indicator": ["delayed_days"] * 2,
            "unit": ["goteborg"] * 2,
            "party": ["all", "slutenvard"],
            "period_start": pd.to_datetime(["2025-01-01"] * 2),
            "period": ["month"] * 2,
            "numerator": [3.0, 2.0],
            "denominator": [31.0, 31.0],
            "month": pd.to_datetime(["2025-01-01"] * 2),
        }
    )
    rows = made(monkeypatch, tmp_path, "measurements", frame)
    assert rows.key[0].as_py() == "delayed_days|goteborg|all|2025-01-01|month"
    assert rows.dims["party"].labels == ("All parties", "Inpatient care")
    assert rows.numbers["numerator"].tolist() == [3, 2]


@pytest.mark.parametrize("table", ["deviations", "episodes", "measurements"])
def test_no_row_at_all_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: str) -> None:
    dates = {"month", "occurred_date", "reported_date", "admitted_at", "discharged_at", "period_start"}
    names = ["deviation_id", "episode_id", "indicator", "unit", "party", "period", "numerator", "denominator"]
    flags = ["uk_days", "stay_days", "is_home", "is_within_24h_clock", "is_readmitted_30d", "is_alive"]
    kinds = dict.fromkeys(sorted(dates), "datetime64[us]") | dict.fromkeys(names[:6], "str")
    kinds |= dict.fromkeys([*names[6:], *flags], "float64")
    rows = made(monkeypatch, tmp_path, table, pd.DataFrame(columns=list(kinds)).astype(kinds))
    assert len(rows) == 0
    assert rows.complete == (0, -1)


def test_months_are_whole_once_late_reports_have_had_their_time() -> None:
    explorer = small_explorer()
    rows = explorer.table("deviations")
    assert rows.known == pd.Timestamp("2026-11-20")
    assert rows.complete == (2022 * 12, 2026 * 12 + 8)  # 45 days after the end of September
    assert explorer.table("episodes").complete[1] == 2026 * 12 + 9


def test_how_long_a_report_has_been_followed_is_told_in_days() -> None:
    explorer = small_explorer()
    rows = explorer.table("deviations")
    reported = pd.to_datetime(explorer.frame()["reported_date"])
    np.testing.assert_allclose(rows.waited, (rows.known - reported).dt.days)


def test_a_table_that_cannot_be_explored_is_refused() -> None:
    with pytest.raises(UsageError, match="no table “answers”"):
        read_rows(goteborg(), small_explorer().store, "answers", Words("sv"))
    with pytest.raises(InputMissing, match="no measurements"):
        read_rows(goteborg(), small_explorer().store, "measurements", Words("sv"))


def test_stays_that_were_put_together_have_no_versions_of_their_own() -> None:
    store = small_explorer().store
    assert versions_n(store, "measurements", {"indicator": "x"}) == 0
