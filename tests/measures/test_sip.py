"""SIP: an offer of those in need, a summons within three calendar days, the cases that need a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deliveries import delivery, pairs, series_of, snapshot_of, stay, stays
from exports import Row

OFFERED, CALLED, CASES = "sip_offered_share", "sip_called_within_3d_share", "sip_cases_per_1000"
LEFT = ("2025-03-10 08:00", "2025-03-12 15:00")


def row(name: str, **more: Any) -> Row:
    return stay(name, *LEFT) | more


def case(name: str, day: str = "2025-03-10", **more: Any) -> Row:
    return {"sip_id": name, "person_id": f"p {name}", "unit": "a", "registered_date": day} | more


def test_without_word_of_needs_all_stays_that_tell_of_an_offer_are_the_base(tmp_path: Path) -> None:
    rows = [row("s1", is_sip_offered=True), row("s2", is_sip_offered=False), row("s3", is_sip_offered=None)]
    assert pairs(series_of(snapshot_of(tmp_path, stays(*rows)), OFFERED)) == {"2025-03": (1, 2)}


def test_where_needs_are_known_only_those_of_both_authorities_count(tmp_path: Path) -> None:
    both, one = {"needs_region": True, "needs_municipality": True}, {"needs_region": False}
    rows = [
        row("s1", is_sip_offered=True, **both),
        row("s2", is_sip_offered=False, **both),
        row("s3", is_sip_offered=True, **one),
        row("s4", is_sip_offered=False, needs_region=True, needs_municipality=False),
    ]
    assert pairs(series_of(snapshot_of(tmp_path, stays(*rows)), OFFERED)) == {"2025-03": (1, 2)}


@pytest.mark.parametrize(
    ("day", "n"), [("2025-03-05", 1), ("2025-03-10", 1), ("2025-03-13", 1), ("2025-03-14", 0), (None, 0)]
)
def test_a_summons_counts_up_to_the_third_calendar_day_and_before_the_notice(
    tmp_path: Path, day: str | None, n: int
) -> None:
    rows = [row("s1", is_sip_offered=True, sip_call_date=day), row("s2", is_sip_offered=False)]
    assert pairs(series_of(snapshot_of(tmp_path, stays(*rows)), CALLED)) == {"2025-03": (n, 1)}


def test_a_summons_without_word_of_an_offer_is_in_the_base(tmp_path: Path) -> None:
    rows = [row("s1", is_sip_offered=None, sip_call_date="2025-03-11")]
    assert pairs(series_of(snapshot_of(tmp_path, stays(*rows)), CALLED)) == {"2025-03": (1, 1)}


def test_a_month_without_offers_has_no_share(tmp_path: Path) -> None:
    series = series_of(snapshot_of(tmp_path, stays(row("s1", is_sip_offered=None))), OFFERED)
    assert series.value.isna().tolist() == [True]
    assert series.complete.tolist() == [False]


def test_cases_in_need_are_counted_whether_they_say_so_or_were_offered_a_plan(tmp_path: Path) -> None:
    cases = delivery(
        "sip",
        [
            case("c1", is_needed=True, is_offered=False),
            case("c2", is_offered=True),
            case("c3", is_needed=False, is_offered=False),
            case("c4"),
        ],
    )
    snapshot = snapshot_of(tmp_path, stays(row("s1"), row("s2")), cases)
    assert pairs(series_of(snapshot, CASES)) == {"2025-03": (2, 2)}
