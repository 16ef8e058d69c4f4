"""From the store to series: what every measure has in common, and a second calculation in plain pandas."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import demo
from analysis.area import Area, read_area
from analysis.errors import CannotWrite, InputMissing
from analysis.measures import FAMILIES, indicators, measures
from analysis.measures.indicators import Snapshot, build_snapshot, snapshot_folder
from analysis.measures.opened import Opened
from analysis.sources.delivery import read_delivery
from analysis.store import Store
from analysis.tables import table
from deliveries import (
    AREA,
    add,
    delivery,
    measurement,
    pairs,
    report,
    series_of,
    snapshot_of,
    stay,
    stays,
)
from exports import EXPORTS
from shared import REPOSITORY

PAYMENT = "uk_days_mean_payment"
MARCH = stays(stay("s1", "2025-03-10", "2025-03-11"), stay("s2", "2025-03-10", "2025-03-13", unit="b"))
MAY = stays(stay("s3", "2025-05-10", "2025-05-11"))


def test_every_family_has_measures_and_no_name_is_used_twice() -> None:
    assert {m.name for m in measures().values()} == set(measures())
    assert len(measures()) == 14
    assert len(FAMILIES) == 8


@pytest.mark.parametrize("name", sorted(measures()))
def test_every_measure_says_where_its_definition_stands_and_uses_tables_that_exist(name: str) -> None:
    measure = measures()[name]
    assert measure.source
    assert table(measure.table)
    assert table(measure.denominator_table or measure.table)


def test_a_unit_is_part_of_everything_above_it(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, MARCH)
    found = {unit: pairs(series_of(snapshot, PAYMENT, unit=unit)) for unit in ("a", "b", "whole")}
    assert found == {"a": {"2025-03": (1, 1)}, "b": {"2025-03": (3, 1)}, "whole": {"2025-03": (4, 2)}}


def test_a_month_without_a_delivery_is_absent_and_one_inside_a_delivery_is_zero(tmp_path: Path) -> None:
    gap = snapshot_of(tmp_path / "two", MARCH, MAY)
    assert list(series_of(gap, PAYMENT).index) == ["2025-03", "2025-05"]
    whole = snapshot_of(tmp_path / "one", delivery("episodes", [*rows(MARCH), *rows(MAY)]))
    series = series_of(whole, PAYMENT)
    assert pairs(series) == {"2025-03": (4, 2), "2025-04": (0, 0), "2025-05": (1, 1)}
    assert series.value.isna().tolist() == [False, True, False]
    assert series.complete.tolist() == [True, False, True]


def rows(given: Any) -> list[dict[str, Any]]:
    return given.frame.to_dict("records")


def test_a_month_is_complete_on_its_last_day(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, MARCH)
    assert series_of(snapshot, PAYMENT, as_of="2025-03-30").complete.tolist() == [False]
    assert series_of(snapshot, PAYMENT, as_of="2025-03-31").complete.tolist() == [True]


def test_months_come_in_order_and_a_year_has_twelve(tmp_path: Path) -> None:
    year = delivery(
        "episodes", [stay(f"s{m}", f"2025-{m:02d}-10", f"2025-{m:02d}-11") for m in range(12, 0, -1)]
    )
    assert list(series_of(snapshot_of(tmp_path, year), PAYMENT).index) == [
        f"2025-{m:02d}" for m in range(1, 13)
    ]


def test_a_unit_or_party_that_has_nothing_has_an_empty_series(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, MAY)
    assert series_of(snapshot, PAYMENT, unit="b").empty
    assert series_of(snapshot, PAYMENT, party="p").empty


def test_without_a_delivery_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no export has been loaded") as caught:
        build_snapshot(Store(tmp_path, "small"), AREA, tmp_path / "snapshot")
    assert caught.value.exit_code == 66


def test_a_state_of_the_store_is_measured_once(tmp_path: Path) -> None:
    first = snapshot_of(tmp_path, MARCH)
    written = first.series.stat().st_mtime_ns
    assert snapshot_of(tmp_path, MARCH) == first
    assert first.series.stat().st_mtime_ns == written
    assert snapshot_of(tmp_path, MAY) != first


def test_the_order_of_loading_does_not_change_a_byte(tmp_path: Path) -> None:
    one, other = snapshot_of(tmp_path / "1", MARCH, MAY), snapshot_of(tmp_path / "2", MAY, MARCH)
    assert one.series.read_bytes() == other.series.read_bytes()
    assert one.persons.read_bytes() == other.persons.read_bytes()
    assert one.facts("episodes").read_bytes() == other.facts("episodes").read_bytes()


def test_a_measurement_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    store = Store(tmp_path, "small")
    add(store, MARCH)
    folder = snapshot_folder(tmp_path, "small", store.digest())
    with monkeypatch.context() as disk:
        disk.setattr(pd.DataFrame, "to_parquet", full)
        with pytest.raises(CannotWrite) as caught:
            build_snapshot(store, AREA, folder)
    assert caught.value.exit_code == 74
    assert os.listdir(folder.parent) == []
    assert build_snapshot(store, AREA, folder).series.is_file()


@pytest.mark.parametrize("rules", ["coverage", "stays"])
def test_other_rules_make_another_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: str
) -> None:
    before = snapshot_folder(tmp_path, "small", "d")
    (tmp_path / "other.py").write_text("# other rules", encoding="utf-8")
    monkeypatch.setattr(getattr(indicators, rules), "__file__", str(tmp_path / "other.py"))
    indicators._version.cache_clear()
    after = snapshot_folder(tmp_path, "small", "d")
    indicators._version.cache_clear()
    assert after != before


# Months that were not delivered.


def many(unit: str, *months: str, n: int = 12) -> list[dict[str, Any]]:
    return [stay(f"{unit}{m}{i}", f"{m}-10", f"{m}-11", unit=unit) for m in months for i in range(n)]


def test_a_zero_that_is_not_believed_is_absent_for_the_unit_and_all_above(tmp_path: Path) -> None:
    given = [*many("a", "2025-01", "2025-03"), *many("b", "2025-01", "2025-02", "2025-03")]
    snapshot = snapshot_of(tmp_path, stays(*given))
    found = {unit: list(series_of(snapshot, PAYMENT, unit=unit).index) for unit in ("a", "b", "whole")}
    assert found["a"] == found["whole"] == ["2025-01", "2025-03"]
    assert found["b"] == ["2025-01", "2025-02", "2025-03"]


def test_a_zero_in_a_stated_period_is_a_zero(tmp_path: Path) -> None:
    period = {"first_day": date(2025, 1, 1), "last_day": date(2025, 4, 30)}
    snapshot = snapshot_of(tmp_path, stays(*many("a", "2025-01", "2025-03"), **period))
    expected = {"2025-01": (12, 12), "2025-02": (0, 0), "2025-03": (12, 12), "2025-04": (0, 0)}
    assert pairs(series_of(snapshot, PAYMENT, unit="a")) == expected


def test_a_unit_that_a_delivery_does_not_state_is_absent_and_so_is_all_above(tmp_path: Path) -> None:
    january = stays(*many("a", "2025-01"), units=("a",))
    february = stays(*many("a", "2025-02"), *many("b", "2025-02"))
    snapshot = snapshot_of(tmp_path, january, february)
    found = {unit: list(series_of(snapshot, PAYMENT, unit=unit).index) for unit in ("a", "b", "whole")}
    assert found == {"a": ["2025-01", "2025-02"], "b": ["2025-02"], "whole": ["2025-02"]}


@pytest.mark.parametrize(
    ("stated", "is_complete"),
    [
        ({"first_day": date(2025, 3, 1), "last_day": date(2025, 3, 30)}, False),
        ({"first_day": date(2025, 3, 1), "last_day": date(2025, 3, 31)}, True),
        ({"first_day": date(2025, 3, 2), "last_day": date(2025, 3, 31)}, False),
        ({"extracted": date(2025, 3, 31)}, False),
        ({"extracted": date(2025, 4, 1)}, True),
        ({}, True),
    ],
)
def test_a_month_that_was_not_delivered_to_its_ends_is_not_complete(
    tmp_path: Path, stated: dict[str, date], is_complete: bool
) -> None:
    series = series_of(snapshot_of(tmp_path, stays(*many("a", "2025-03"), **stated)), PAYMENT)
    assert series.complete.to_dict() == {"2025-03": is_complete}


def test_a_month_is_followed_up_for_the_units_whose_later_months_were_delivered(tmp_path: Path) -> None:
    first = stays(*many("a", "2025-01"), *many("b", "2025-01"))
    later = stays(*many("a", "2025-02", "2025-03", "2025-04"), units=("a",))
    snapshot = snapshot_of(tmp_path, first, later)
    complete = {
        unit: bool(series_of(snapshot, "unplanned_readmission_30d", unit=unit).complete["2025-01"])
        for unit in ("a", "b", "whole")
    }
    assert complete == {"a": True, "b": False, "whole": False}


def test_a_folder_that_is_not_among_the_snapshots_loses_no_neighbour(tmp_path: Path) -> None:
    store, others = Store(tmp_path / "home", "small"), [tmp_path / "work" / n for n in "abc"]
    for each in others:
        each.mkdir(parents=True)
    add(store, MARCH)
    build_snapshot(store, AREA, tmp_path / "work" / "snapshot")
    assert all(each.is_dir() for each in others)


@pytest.mark.parametrize("source", sorted(EXPORTS))
def test_a_store_with_any_one_export_can_be_measured(source: str, goteborg: Area, tmp_path: Path) -> None:
    path, store = tmp_path / "export.csv", Store(tmp_path, goteborg.id)
    path.write_text(EXPORTS[source], encoding="utf-8")
    (folder := store.folder / f".incoming.{os.getpid()}").mkdir(parents=True)
    store.add(read_delivery(path, goteborg, folder))
    snapshot = build_snapshot(store, goteborg, snapshot_folder(tmp_path, goteborg.id, store.digest()))
    for name in measures():
        series_of(snapshot, name)


def test_only_the_newest_two_snapshots_are_kept(tmp_path: Path) -> None:
    june = stays(stay("s4", "2025-06-10", "2025-06-11"))
    made = [snapshot_of(tmp_path, each).folder for each in (MARCH, MAY, june)]
    assert sorted(p.name for p in made[0].parent.iterdir()) == sorted(p.name for p in made[1:])


# The persons behind a measure.

SKR = "uk_days_mean_skr"
Behind = dict[tuple[str, str], tuple[float, float]]


def persons_of(snapshot: Snapshot, name: str, unit: str = "whole", party: str = "all") -> Behind:
    """By level and first month: persons of the numerator and of the base."""
    every = Opened(snapshot.folder).persons(measures()[name])
    assert every is not None
    assert list(every) == ["unit", "party", "level", "period_start", "persons", "base_persons"]
    found = every[every.unit.eq(unit) & every.party.eq(party)]
    starts = found.period_start.dt.strftime("%Y-%m")
    return dict(
        zip(
            zip(found.level, starts, strict=True),
            zip(found.persons, found.base_persons, strict=True),
            strict=True,
        )
    )


def test_a_person_counts_once_a_period_however_many_stays(tmp_path: Path) -> None:
    given = [
        stay("s1", "2025-03-10", "2025-03-11", person="x"),
        stay("s2", "2025-03-20", "2025-03-22", person="x"),
        stay("s3", "2025-02-10", "2025-02-10", person="x"),
        stay("s4", "2025-06-10", "2025-06-12", person="y", unit="b"),
        stay("s5", "2025-07-10", "2025-07-12", person="x", unit="b"),
    ]
    snapshot = snapshot_of(tmp_path, stays(*given))
    assert persons_of(snapshot, PAYMENT, "a") == {
        ("month", "2025-02"): (0, 1),
        ("month", "2025-03"): (1, 1),
        ("quarter", "2025-01"): (1, 1),
        ("half_year", "2025-01"): (1, 1),
    }
    assert persons_of(snapshot, SKR, "a")["month", "2025-02"] == (0, 0)
    assert persons_of(snapshot, PAYMENT, "whole") == {
        ("month", "2025-02"): (0, 1),
        ("month", "2025-03"): (1, 1),
        ("month", "2025-06"): (1, 1),
        ("month", "2025-07"): (1, 1),
        ("quarter", "2025-01"): (1, 1),
        ("quarter", "2025-04"): (1, 1),
        ("quarter", "2025-07"): (1, 1),
        ("half_year", "2025-01"): (2, 2),
        ("half_year", "2025-07"): (1, 1),
    }


def test_the_same_person_in_two_units_is_one_in_what_they_are_part_of(tmp_path: Path) -> None:
    given = [stay(f"s{u}", "2025-03-10", "2025-03-11", person="x", unit=u) for u in "ab"]
    snapshot = snapshot_of(tmp_path, stays(*given))
    assert {u: persons_of(snapshot, PAYMENT, u)["month", "2025-03"] for u in ("a", "b", "whole")} == {
        "a": (1, 1), "b": (1, 1), "whole": (1, 1),
    }  # fmt: skip


def test_a_part_whose_table_names_no_persons_has_no_number_of_them(tmp_path: Path) -> None:
    reports = delivery("deviations", [report("d1", "2025-03-10")])
    snapshot = snapshot_of(tmp_path, MARCH, reports)
    (persons, base), *_ = persons_of(snapshot, "deviations_per_1000").values()
    assert pd.isna(persons)
    assert base == 2


def test_a_measure_without_persons_has_none_and_a_unit_without_rows_has_no_rows(tmp_path: Path) -> None:
    months = delivery("measurements", [measurement("2025-03-01", 40.0)])
    snapshot = snapshot_of(tmp_path, MARCH, months)
    assert Opened(snapshot.folder).persons(measures()["delayed_beds"]) is None
    assert persons_of(snapshot, PAYMENT, "nowhere") == {}
    assert persons_of(snapshot, PAYMENT, party="p") == {}


def test_a_store_without_persons_can_be_measured(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, delivery("measurements", [measurement("2025-03-01", 40.0)]))
    assert snapshot.persons.is_file()
    assert Opened(snapshot.folder).persons(measures()[PAYMENT]) is None


def test_there_are_never_more_persons_than_cases(demo_snapshot: Snapshot, goteborg: Area) -> None:
    for name in set(measures()) - {"delayed_beds", "deviations_per_1000"}:
        behind = persons_of(demo_snapshot, name, goteborg.top.id)
        for month, (n, d) in pairs(series_of(demo_snapshot, name, unit=goteborg.top.id)).items():
            persons, base = behind["month", month]
            assert (persons > 0, base > 0) == (n > 0, d > 0)
            assert persons <= n
            assert base <= d


# The demonstration, measured once more in plain pandas from the exported files.

HEADERS = {
    "Vårdtillfälle": "id",
    "Patient-id": "person",
    "Kommun": "town",
    "Inskriven": "admitted",
    "Utskrivningsklar": "ready",
    "Utskriven": "left",
    "Utskriven till": "to",
    "Planerat UK": "planned",
    "Antal flyttade planerat UK": "moves",
    "SIP erbjuden": "offered",
    "SIP-kallelse": "called",
    "Ärendenummer": "id",
    "Händelsedatum": "happened",
}


@pytest.fixture(scope="module")
def goteborg() -> Area:
    return read_area("goteborg", REPOSITORY)


@pytest.fixture(scope="module")
def small_demo(goteborg: Area) -> dict[str, Any]:
    settings = demo.settings(goteborg)
    return settings | {"scale": 0.02, "period": settings["period"] | {"months": 24}}


@pytest.fixture(scope="module")
def demo_snapshot(
    goteborg: Area, small_demo: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Snapshot:
    home = tmp_path_factory.mktemp("demo")
    demo.load(goteborg, home, seed=1, demo=small_demo)
    store = Store(home, goteborg.id)
    return build_snapshot(store, goteborg, snapshot_folder(home, goteborg.id, store.digest()))


@pytest.fixture(scope="module")
def by_hand(
    goteborg: Area, small_demo: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[tuple[str, str], tuple[float, float]]]:
    """Measure to (unit, month) to numerator and denominator."""
    files = demo.exports(goteborg, tmp_path_factory.mktemp("exports"), seed=1, demo=small_demo)
    left, reported = read_all(files, "utskrivningar", "utf-8-sig"), read_all(files, "avvikelser", "cp1252")
    codes = {spelling: u.id for u in goteborg.units for spelling in u.spellings}
    left["unit"], reported["unit"] = left.town.map(codes), reported.town.map(codes)
    left["month"], reported["month"] = left.left.str[:7], reported.happened.str[:7]
    numbers = stay_numbers(left)
    sums = {
        name: total(numbers.assign(n=n, d=d), left.month.unique())
        for name, (n, d) in stay_measures(numbers).items()
    }
    months = sorted(set(spanned(reported)) & set(spanned(left)))
    both = pd.concat([reported.assign(n=1.0, d=0.0), left.assign(n=0.0, d=1.0)])
    sums["deviations_per_1000"] = total(both[both.month.isin(months)], months)
    return sums


def read_all(files: list[Path], stem: str, encoding: str) -> pd.DataFrame:
    parts = [
        pd.read_csv(f, sep=";", dtype=str, encoding=encoding, keep_default_na=False).assign(file=f.name)
        for f in files
        if f.name.startswith(stem)
    ]
    return pd.concat(parts, ignore_index=True).rename(columns=HEADERS)


def spanned(rows: pd.DataFrame) -> list[str]:
    """Every month from a file's first to its last."""
    spans = rows.groupby("file").month.agg(["min", "max"])
    months = [
        m for a, b in spans.itertuples(index=False) for m in pd.period_range(a, b, freq="M").astype(str)
    ]
    return sorted(set(months))


def stay_numbers(left: pd.DataFrame) -> pd.DataFrame:
    at = {c: pd.to_datetime(left[c]) for c in ("admitted", "ready", "left")}
    ordered = left.assign(**at).sort_values(["person", "admitted", "id"])
    following = ordered.groupby("person").admitted.shift(-1)
    day = {c: ordered[c].dt.normalize() for c in ("ready", "left")}
    return ordered.assign(
        days=(day["left"] - day["ready"]).dt.days,
        hours=(ordered.left - ordered.ready) / pd.Timedelta(hours=1),
        gap=(following.dt.normalize() - day["left"]).dt.days,
        stayed=(day["left"] - ordered.admitted.dt.normalize()).dt.days,
        moves=pd.to_numeric(ordered.moves).where(ordered.planned != "", 0),
        offered=ordered.offered == "Ja",
        in_time=(pd.to_datetime(ordered.called.replace("", None)) - day["ready"]).dt.days <= 3,
        home=ordered.to.isin(["Ordinärt boende", "Korttidsboende", "Särskilt boende"]),
        alive=ordered.to != "Avliden",
    )


def stay_measures(s: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    return {
        "uk_days_mean_skr": (s.days, s.days >= 1),
        "uk_days_mean_payment": (s.days, s.days >= 0),
        "home_within_24h_clock": (s.home & (s.hours <= 24), s.home),
        "home_within_24h_date": (s.home & (s.days <= 1), s.home),
        "unplanned_readmission_30d": (s.alive & s.gap.between(0, 30), s.alive),
        "los_days_mean": (s.stayed, s.stayed >= 0),
        "care_days_mean": (s.stayed + 1, s.stayed >= 0),
        "planned_date_moved_share": (s.moves >= 1, s.planned != ""),
        "planned_date_moves_mean": (s.moves, s.planned != ""),
        "sip_offered_share": (s.offered, s.offered | ~s.offered),
        "sip_called_within_3d_share": (s.in_time, s.offered | (s.called != "")),
    }


def total(rows: pd.DataFrame, months: Any) -> dict[tuple[str, str], tuple[float, float]]:
    """Sums by unit and month, the whole area among the units, zero where a month has none."""
    whole = pd.concat([rows, rows.assign(unit="goteborgsomradet")])
    sums = whole.groupby(["unit", "month"])[["n", "d"]].sum().astype(float)
    grid = pd.MultiIndex.from_product([sorted(whole.unit.unique()), sorted(months)])
    full = sums.reindex(grid, fill_value=0.0)
    return dict(zip(full.index, full.itertuples(index=False, name=None), strict=True))


@pytest.mark.parametrize("name", sorted(set(measures()) - {"delayed_beds", "sip_cases_per_1000"}))
def test_every_unit_and_month_of_the_demonstration_is_what_pandas_finds(
    name: str, demo_snapshot: Snapshot, by_hand: dict[str, Any], goteborg: Area
) -> None:
    found = {
        (unit.id, month): pair
        for unit in goteborg.units
        for month, pair in pairs(series_of(demo_snapshot, name, unit=unit.id)).items()
    }
    assert found == by_hand[name]
    assert len(found) == 6 * 24
    assert sum(n for n, _ in found.values()) > 0
