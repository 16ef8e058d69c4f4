"""Days above the rule of each payment model, and the settings they come from."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.area import read_area
from analysis.errors import SettingsError
from analysis.payment import Model, days_above, payment_of, references_of

LAW = Model("law_default", {"grace_days": 3, "cutoff_hour": 12}, {})
AVERAGE = Model("vgr_average", {"average_days": 3.0, "individual_after_days": 7}, {})


def stays(*rows: tuple[str, str], unit: str = "a") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["uk_at", "discharged_at"]).astype("datetime64[us]")
    return frame.assign(unit=unit, month=frame.discharged_at.dt.to_period("M").dt.to_timestamp())


def lasting(*days: int, unit: str = "a") -> pd.DataFrame:
    first = pd.Timestamp("2025-03-01 10:00")
    return stays(*[(str(first), str(first + pd.Timedelta(days=n))) for n in days], unit=unit)


def written(tmp_path: Path, **files: str):
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return replace(read_area("goteborg"), folder=tmp_path)


@pytest.mark.parametrize(("days", "above"), [(0, 0), (2, 0), (3, 0), (4, 1), (10, 7)])
def test_the_law_counts_days_beyond_three(days: int, above: float) -> None:
    assert days_above(lasting(days), LAW).tolist() == [above]


@pytest.mark.parametrize(("notice", "above"), [("12:00", 2), ("12:01", 1), ("00:00", 2), ("23:55", 1)])
def test_a_notice_after_noon_adds_a_day(notice: str, above: float) -> None:
    assert days_above(stays((f"2025-03-01 {notice}", "2025-03-06 09:00")), LAW).tolist() == [above]


@pytest.mark.parametrize(("days", "above"), [(7, 0), (8, 1), (30, 23)])
def test_who_stays_longer_than_seven_days_is_computed_alone(days: int, above: float) -> None:
    assert days_above(lasting(days, 0, 0, 0), AVERAGE).tolist() == [above, 0, 0, 0]


def test_the_rest_of_a_month_pay_for_what_is_above_the_average() -> None:
    found = days_above(lasting(6, 4, 5), AVERAGE)
    assert found.sum() == pytest.approx(6 + 4 + 5 - 3 * 3.0)
    assert found.tolist() == pytest.approx([6 * 6 / 15, 4 * 6 / 15, 5 * 6 / 15])


def test_an_average_of_three_days_is_paid_for_by_nobody() -> None:
    assert days_above(lasting(3, 3, 3), AVERAGE).sum() == 0


def test_the_long_stay_is_not_in_the_average() -> None:
    assert days_above(lasting(20, 3, 3), AVERAGE).tolist() == [13, 0, 0]


def test_each_municipality_and_month_has_its_own_average() -> None:
    both = pd.concat([lasting(6, 6), lasting(0, 0, unit="b")], ignore_index=True)
    assert days_above(both, AVERAGE).tolist() == pytest.approx([3, 3, 0, 0])


def test_an_empty_table_has_no_days() -> None:
    assert days_above(lasting(), LAW).empty
    assert days_above(lasting(), AVERAGE).empty


def test_the_shipped_settings_have_both_models_and_no_rate_that_was_not_seen() -> None:
    known = payment_of(read_area("goteborg"))
    assert [m.id for m in known.models] == ["vgr_average", "law_default"]
    assert all(m.source["sv"] and m.source["en"] for m in known.models)
    assert (known.rate(2022), known.rate(2023)) == (9300, 10500)
    assert all(math.isnan(known.rate(year)) for year in (2018, 2021, 2024, 2025, 2026))


def test_the_published_share_of_jonkoping_is_a_reference() -> None:
    (one,) = references_of(read_area("goteborg"))
    assert (one.measure, one.value) == ("home_within_24h_clock", 0.74)


def test_an_area_without_the_files_has_nothing(tmp_path: Path) -> None:
    area = written(tmp_path)
    assert payment_of(area).models == ()
    assert math.isnan(payment_of(area).rate(2022))
    assert references_of(area) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[models]]\nid = 'other'", "no payment model"),
        ("[[models]]\nid = 'law_default'\ngrace_days = 3", "cutoff_hour"),
        ("[[models]]\nid = 'law_default'\ngrace_days = -1\ncutoff_hour = 12", "not a number"),
        ("[[models]]\nid = 'law_default'\ngrace_days = true\ncutoff_hour = 12", "not a number"),
        ("[[rates]]\nyear = 2022", "sek"),
        ("[[rates]]\nsek = 1", "year"),
        ("models = [", "not valid TOML"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        payment_of(written(tmp_path, payment=text))


def test_a_reference_without_a_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="text"):
        references_of(written(tmp_path, references="[[references]]\nmeasure = 'm'\nvalue = 0.5"))
