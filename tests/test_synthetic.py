"""The invented area keeps what it promises: anchors, orderings, exact shares, known effects."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame, Series

from analysis.errors import CannotWrite, SettingsError
from analysis.synthetic import Exports, invent, true_effects, without_effects, write
from analysis.synthetic.draws import days_between, pick, uk_days
from analysis.synthetic.grid import build_grid

DEMO = tomllib.loads(
    (Path(__file__).parents[1] / "data/areas/goteborg/demo.toml").read_text(encoding="utf-8")
)
AS_OF = date(2026, 10, 31)
BEFORE, AFTER = ("2022-01-01", "2025-09-30"), ("2025-10-01", "2026-08-15")
DISCHARGE_HEADERS = (
    "Vårdtillfälle;Patient-id;Sjukhus;Avdelning;Kommun;Inskriven;Planerat UK;Antal flyttade planerat UK;"
    "Utskrivningsklar;Utskriven;Vårdtid (dagar);SIP erbjuden;SIP-kallelse;Utskriven till;"
    "Återinskriven 30 d;Kommentar"
)
DEVIATION_HEADERS = (
    "Ärendenummer;Registreringsdatum;Händelsedatum;Avslutsdatum;Status;Avvikelsetyp;Allvarlighetsgrad;"
    "Rapporterande part;Mottagande part;Enhet;Kommun;Processteg;Sannolikhet;Riskpoäng;Utredningsdatum;"
    "Åtgärdsdatum;Återkopplingsdatum;Beskrivning"
)
UNITS = DataFrame(
    [
        ("area", "area", "Området", np.nan),
        ("a", "municipality", "Astad", 608993),
        ("b", "municipality", "Bköping", 153000),
        ("c", "municipality", "Cö", 12771),
        ("h", "hospital", "Sjukhuset", np.nan),
    ],
    columns=["unit", "kind", "name", "population"],
)


def rollout(*rows: tuple[str, str, int, date]) -> DataFrame:
    return DataFrame(rows, columns=["party", "unit", "phase", "start"])


ALL_AT_ONCE = rollout(*((party, "area", 3, date(2025, 10, 1)) for party in "PQRST"))


def smaller(demo: Mapping[str, Any], **period: Any) -> dict[str, Any]:
    return {**demo, "scale": 0.1, "period": {**demo["period"], **period}}


@pytest.fixture(scope="module")
def exports() -> Exports:
    return invent(DEMO, UNITS, ALL_AT_ONCE, seed=20260101, as_of=AS_OF)


@pytest.fixture(scope="module")
def null_exports() -> Exports:
    return invent(without_effects(DEMO), UNITS, ALL_AT_ONCE, seed=20260101, as_of=AS_OF)


def stays_of(exports: Exports) -> DataFrame:
    """The discharges as an analyst would compute on them."""
    raw = exports.frames["discharges"]
    at = {name: pd.to_datetime(raw[name]) for name in ("Inskriven", "Utskrivningsklar", "Utskriven")}
    left, ready = at["Utskriven"], at["Utskrivningsklar"]
    stays = DataFrame(
        {"person": raw["Patient-id"], "admitted": at["Inskriven"], "ready": ready, "left": left}
    )
    stays["uk_days"] = (left.dt.normalize() - ready.dt.normalize()).dt.days
    stays["in_24h"] = (left - ready) <= pd.Timedelta(hours=24)
    stays["alive"] = raw["Utskriven till"] != "Avliden"
    ordered = stays.sort_values(["person", "admitted"])
    following = ordered["admitted"].shift(-1).where(ordered["person"] == ordered["person"].shift(-1))
    stays["gap"] = (following.dt.normalize() - ordered["left"].dt.normalize()).dt.days
    return stays


@pytest.fixture(scope="module")
def stays(exports: Exports) -> DataFrame:
    return stays_of(exports)


def within(stays: DataFrame, window: tuple[str, str]) -> DataFrame:
    return stays[stays["left"].between(window[0], window[1] + " 23:59")]


def observed(stays: DataFrame) -> dict[str, Series]:
    return {
        "uk_days_mean_skr": stays.loc[stays["uk_days"] >= 1, "uk_days"],
        "uk_days_mean_payment": stays["uk_days"],
        "home_within_24h_clock": stays["in_24h"],
        "home_within_24h_date": stays["uk_days"] <= 1,
        "unplanned_readmission_30d": stays.loc[stays["alive"], "gap"] <= 30,
    }


def digests(files: list[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_headers_are_those_of_the_good_exports(exports: Exports) -> None:
    assert ";".join(exports.frames["discharges"].columns) == DISCHARGE_HEADERS
    assert ";".join(exports.frames["deviations"].columns) == DEVIATION_HEADERS


@pytest.mark.parametrize(
    ("column", "form"),
    [
        ("Utskriven", r"\d{4}-\d\d-\d\d (09|1[0-8]):[0-5]\d"),
        ("Utskrivningsklar", r"\d{4}-\d\d-\d\d (08|09|1[0-5]):[0-5]\d"),
        ("Inskriven", r"\d{4}-\d\d-\d\d (08|09|1[0-8]):[0-5]\d"),
        ("Planerat UK", r"\d{4}-\d\d-\d\d"),
        ("SIP-kallelse", r"(\d{4}-\d\d-\d\d)?"),
        ("Vårdtid (dagar)", r"\d+,\d"),
        ("Återinskriven 30 d", "Ja|Nej"),
        ("SIP erbjuden", "Ja|Nej"),
        ("Kommentar", ""),
    ],
)
def test_discharge_values_are_swedish_text(exports: Exports, column: str, form: str) -> None:
    assert exports.frames["discharges"][column].str.fullmatch(form).all()


def test_files_are_one_a_year_in_both_encodings(exports: Exports, tmp_path: Path) -> None:
    written = write(exports, tmp_path / "new" / "folder")
    files = [f for f in written if f.name.startswith(("avvikelser", "utskrivningar"))]
    years = range(2022, 2027)
    assert [f.name for f in files] == sorted(
        f"{s}-{y}.csv" for s in ("avvikelser", "utskrivningar") for y in years
    )
    for file in files:
        raw = file.read_bytes()
        assert raw.count(b"\n") == raw.count(b"\r\n") > 1
        assert raw.startswith(b"\xef\xbb\xbf") == file.name.startswith("utskrivningar")
    text = "".join(f.read_bytes().decode("cp1252") for f in files if f.name.startswith("avvikelser"))
    assert "Ärendenummer" in text
    assert text.count("\r\n") == len(exports.frames["deviations"]) + len(years)


def test_same_seed_gives_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    demo = smaller(DEMO, months=6)
    made = [
        digests(
            write(invent(demo, UNITS, ALL_AT_ONCE, seed=seed, as_of=date(2022, 6, 30)), tmp_path / str(at))
        )
        for at, seed in enumerate((1, 1, 2))
    ]
    assert made[0] == made[1]
    assert all(made[0][name] != made[2][name] for name in made[0])


def test_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    small = invent(smaller(DEMO, months=2), UNITS, ALL_AT_ONCE, seed=1, as_of=AS_OF)
    with pytest.raises(CannotWrite, match="cannot be written"):
        write(small, tmp_path / "file")


def test_later_as_of_only_adds_and_closes() -> None:
    demo = smaller(DEMO, months=24)
    early, late = (
        invent(demo, UNITS, ALL_AT_ONCE, seed=4, as_of=day) for day in (date(2023, 3, 14), date(2023, 8, 1))
    )
    steady = ["Vårdtillfälle", "Patient-id", "Inskriven", "Utskrivningsklar", "Utskriven", "Utskriven till"]
    pd.testing.assert_frame_equal(
        early.frames["discharges"][steady],
        late.frames["discharges"][steady].head(len(early.frames["discharges"])),
    )
    known = late.frames["deviations"].head(len(early.frames["deviations"]))
    moving = {"Status", "Avslutsdatum", "Utredningsdatum", "Åtgärdsdatum", "Återkopplingsdatum"}
    fixed = [name for name in known if name not in moving]
    pd.testing.assert_frame_equal(early.frames["deviations"][fixed], known[fixed])
    assert (known["Status"] == "Avslutad").sum() > (early.frames["deviations"]["Status"] == "Avslutad").sum()


def test_every_stay_is_in_order(stays: DataFrame) -> None:
    assert (stays["admitted"] < stays["ready"]).all()
    assert (stays["ready"] < stays["left"]).all()


def test_length_of_stay_agrees_with_its_times(exports: Exports, stays: DataFrame) -> None:
    said = exports.frames["discharges"]["Vårdtid (dagar)"].str.replace(",", ".").astype(float)
    assert ((stays["left"] - stays["admitted"]) / pd.Timedelta(days=1) - said).abs().max() <= 0.0501


def test_nobody_is_in_two_stays_at_once(stays: DataFrame) -> None:
    assert stays["gap"].min() >= 1
    assert stays["person"].duplicated().sum() > 10_000


def test_the_dead_do_not_return(stays: DataFrame) -> None:
    assert (~stays["alive"]).sum() > 500
    assert stays.loc[~stays["alive"], "gap"].isna().all()


def test_flag_of_readmission_agrees_with_the_rows(exports: Exports, stays: DataFrame) -> None:
    assert ((exports.frames["discharges"]["Återinskriven 30 d"] == "Ja") == (stays["gap"] <= 30)).all()
    assert (stays["gap"] > 30).sum() > 1_000


def test_planned_date_moves_only_when_moves_are_counted(exports: Exports) -> None:
    rows = exports.frames["discharges"]
    same = rows["Planerat UK"] == rows["Utskrivningsklar"].str[:10]
    assert same[rows["Antal flyttade planerat UK"] == "0"].all()
    assert (rows["Planerat UK"] >= rows["Inskriven"].str[:10]).all()


def test_sip_is_called_only_when_offered_and_only_up_to_the_date(exports: Exports) -> None:
    called = exports.frames["discharges"].loc[exports.frames["discharges"]["SIP-kallelse"] != ""]
    assert (called["SIP erbjuden"] == "Ja").all()
    assert called["SIP-kallelse"].max() <= AS_OF.isoformat()


def test_ids_are_unique_and_nothing_looks_like_an_identity_number(exports: Exports) -> None:
    assert exports.frames["discharges"]["Vårdtillfälle"].is_unique
    assert exports.frames["deviations"]["Ärendenummer"].is_unique
    looks = re.compile(r"(?<!\d)(\d{2})?\d{6}[-+ ]?\d{4}(?!\d)")
    for frame in exports.frames.values():
        for column in frame:
            assert not any(looks.search(value) for value in frame[column].unique()), column


def test_deviations_are_in_order_and_known_on_the_date(exports: Exports) -> None:
    rows = exports.frames["deviations"]
    assert (rows["Händelsedatum"] <= rows["Registreringsdatum"]).all()
    assert rows["Registreringsdatum"].max() <= AS_OF.isoformat()
    closed = rows[rows["Avslutsdatum"] != ""]
    assert (closed["Avslutsdatum"] >= closed["Registreringsdatum"]).all()
    assert closed["Avslutsdatum"].max() <= AS_OF.isoformat()
    assert ((rows["Status"] == "Avslutad") == (rows["Avslutsdatum"] != "")).all()
    assert set(rows["Allvarlighetsgrad"]) == set("1234")


def test_no_party_reports_itself(exports: Exports) -> None:
    rows = exports.frames["deviations"]
    assert (rows["Rapporterande part"] != rows["Mottagande part"]).all()
    assert rows["Mottagande part"].nunique() == len(DEMO["deviations"]["parties"])


def test_registration_delay_has_the_stated_median_and_limit(exports: Exports) -> None:
    rows = exports.frames["deviations"][exports.frames["deviations"]["Händelsedatum"] < "2026-09-01"]
    delay = (pd.to_datetime(rows["Registreringsdatum"]) - pd.to_datetime(rows["Händelsedatum"])).dt.days
    assert delay.max() <= 45
    assert abs(delay.median() - 10) <= 1


def test_volume_and_uk_days_hit_the_public_calibration(stays: DataFrame) -> None:
    before = within(stays, BEFORE)
    assert 1865 <= len(stays) / 58 <= 2352
    assert 15508 <= before["uk_days"].sum() / 3.75 <= 19562
    assert (before["uk_days"] == 0).mean() == pytest.approx(0.67, abs=0.01)
    assert before["in_24h"].mean() == pytest.approx(0.74, abs=0.01)


def test_readmission_timing_hits_the_public_calibration(stays: DataFrame) -> None:
    gap = stays.loc[stays["gap"] <= 30, "gap"]
    assert (gap <= 3).mean() == pytest.approx(0.20, abs=0.02)
    assert (gap <= 7).mean() == pytest.approx(0.38, abs=0.02)


def test_volume_follows_population_and_the_seasons(exports: Exports, stays: DataFrame) -> None:
    share = (exports.frames["discharges"]["Kommun"] == "Cö").mean()
    assert share == pytest.approx(12771 / (608993 + 153000 + 12771), abs=0.002)
    month = within(stays, ("2022-01-01", "2025-12-31"))["left"].dt.month.value_counts()
    assert month[7] < 0.95 * month.mean()
    assert month[1] > month[7]


def test_stated_effects_are_the_computed_ones() -> None:
    computed = {
        measure: {
            key: round(value, 4) if isinstance(value, float) else value for key, value in effect.items()
        }
        for measure, effect in true_effects(DEMO).items()
    }
    assert DEMO["effects"] == computed


@pytest.mark.parametrize(("window", "state"), [(BEFORE, "without"), (AFTER, "with")])
def test_observed_values_are_the_true_ones(stays: DataFrame, window: tuple[str, str], state: str) -> None:
    truth = true_effects(DEMO)
    for measure, values in observed(within(stays, window)).items():
        error = values.std() / np.sqrt(len(values))
        season = 0.02 if measure.startswith("uk_days") else 0
        assert abs(values.mean() - truth[measure][state]) <= 4 * error + season, measure


def test_deviations_fall_by_the_stated_ratio(exports: Exports, null_exports: Exports) -> None:
    def rate(made: Exports) -> tuple[int, float]:
        events = made.frames["deviations"]["Händelsedatum"].between(*AFTER).sum()
        return events, events / len(within(stays_of(made), AFTER))

    (events, with_effect), (null_events, without) = rate(exports), rate(null_exports)
    error = np.sqrt(1 / events + 1 / null_events)
    assert abs(np.log(with_effect / without) - np.log(0.72)) <= 4 * error


def test_deviations_start_at_the_stated_rate(exports: Exports, stays: DataFrame) -> None:
    first = ("2022-01-01", "2022-12-31")
    events = exports.frames["deviations"]["Händelsedatum"].between(*first).sum()
    per_1000 = 1000 * events / len(within(stays, first))
    assert per_1000 == pytest.approx(
        35 * np.exp(0.004 * 5.5), rel=4 * np.hypot(events**-0.5, 0.04 / np.sqrt(12))
    )


def test_null_option_has_no_effect(null_exports: Exports) -> None:
    truth = true_effects(without_effects(DEMO))
    assert {effect["value"] for effect in truth.values()} == {0, 1}
    stays = stays_of(null_exports)
    before, after = observed(within(stays, BEFORE)), observed(within(stays, AFTER))
    for measure in before:
        error = np.hypot(*(part[measure].std() / np.sqrt(len(part[measure])) for part in (before, after)))
        season = 0.02 if measure.startswith("uk_days") else 0
        assert abs(after[measure].mean() - before[measure].mean()) <= 4 * error + season, measure


def test_null_option_leaves_the_settings_alone() -> None:
    assert without_effects(DEMO)["effects"] == true_effects(without_effects(DEMO))
    assert DEMO["implementation"]["deviations_ratio"] == 0.72


def test_exposure_counts_parties_from_their_first_whole_month() -> None:
    plan = rollout(
        ("P", "area", 3, date(2022, 3, 1)),
        ("Q", "a", 3, date(2022, 2, 2)),
        ("Q", "area", 3, date(2022, 5, 1)),
        ("Q", "area", 2, date(2022, 1, 1)),
        ("R", "h", 3, date(2022, 4, 1)),
        ("S", "b", 3, date(2022, 2, 1)),
    )
    grid = build_grid(smaller(DEMO, months=6, burn_in_months=0), UNITS, plan)
    assert (4 * grid.exposure).tolist() == [[0, 0, 2, 3, 3, 3], [0, 1, 2, 3, 4, 4], [0, 0, 1, 2, 3, 3]]


def test_area_without_rollout_has_no_exposure() -> None:
    assert build_grid(DEMO, UNITS, rollout()).exposure.max() == 0


def test_rollout_of_an_unknown_unit_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown units: x"):
        build_grid(DEMO, UNITS, rollout(("P", "x", 3, date(2025, 1, 1))))


def test_area_without_inhabitants_is_refused() -> None:
    with pytest.raises(SettingsError, match="inhabitants"):
        build_grid(DEMO, UNITS[UNITS["kind"] == "area"], rollout())


def test_units_without_names_are_refused() -> None:
    with pytest.raises(SettingsError, match="units lack name"):
        build_grid(DEMO, UNITS.drop(columns="name"), rollout())


def test_layout_with_an_unknown_column_is_refused() -> None:
    layouts = {
        **DEMO["layouts"],
        "deviations": {**DEMO["layouts"]["deviations"], "columns": {"colour": "Färg"}},
    }
    with pytest.raises(SettingsError, match="colour"):
        invent({**smaller(DEMO, months=2), "layouts": layouts}, UNITS, rollout(), seed=1, as_of=AS_OF)


def test_uk_days_have_the_stated_shares_and_mean() -> None:
    n = 200_000
    chance = np.random.default_rng(1).random((3, n))
    days = uk_days(chance, same_day=np.full(n, 0.3), mean=np.full(n, 2.5), one_day=0.55)
    some = days[days > 0]
    assert (days == 0).mean() == pytest.approx(0.3, abs=0.005)
    assert (some == 1).mean() == pytest.approx(0.55, abs=0.006)
    assert some.mean() == pytest.approx(2.5, abs=4 * some.std() / np.sqrt(some.size))


def test_uk_days_with_an_impossible_mean_are_refused() -> None:
    with pytest.raises(SettingsError, match="too low"):
        uk_days(np.zeros((3, 1)), same_day=np.zeros(1), mean=np.array([1.2]), one_day=0.6)


def test_pieces_include_both_ends() -> None:
    drawn = days_between([[1, 3, 0.5], [7, 7, 0.5]], 1000, np.random.default_rng(1))
    assert set(drawn) == {1, 2, 3, 7}


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_are_no_shares_are_refused(weights: list[float]) -> None:
    with pytest.raises(SettingsError, match="cannot be shares"):
        pick(weights, 3, np.random.default_rng(1))
