"""Stays out of messages and out of clinics' care episodes: one row a stay, in the contract of episodes."""

from __future__ import annotations

import itertools
import time
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stays import fold_messages, latest_episodes, left_out, merge_clinics, unfolded
from analysis.store import Store
from analysis.tables import table
from analysis.tables.messages import TYPES
from deliveries import Made, add, delivery, pairs, series_of, snapshot_of, stay, stays
from exports import Row, frame_of

COURSE = (
    ("admitted", "2025-02-01 10:00"),
    ("admission_notice", "2025-02-01 12:00"),
    ("planning", "2025-02-02 09:00"),
    ("uk", "2025-02-05 09:00"),
    ("sip_call", "2025-02-06 10:00"),
    ("discharged", "2025-02-07 13:00"),
)


def log(*events: tuple[str, ...], case: str = "c1", **more: Any) -> pd.DataFrame:
    """Messages of one case: kind, time and perhaps a planned date."""
    rows = [
        {"case_id": case, "person_id": "p", "unit": "a", "message_type": kind, "sent_at": at}
        | {"planned_uk_date": planned[0] if planned else None}
        | more
        for kind, at, *planned in events
    ]
    return frame_of("messages", rows)


def one(messages: pd.DataFrame) -> dict[str, Any]:
    (episode,) = fold_messages(messages).to_dict("records")
    return episode


def without(kind: str) -> list[tuple[str, str]]:
    return [event for event in COURSE if event[0] != kind]


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def test_a_case_becomes_a_stay_with_its_milestones() -> None:
    stay = one(log(*COURSE))
    assert stay["episode_id"] == "c1"
    assert (stay["person_id"], stay["unit"]) == ("p", "a")
    assert stay["admitted_at"] == at("2025-02-01 10:00")
    assert stay["admission_notice_at"] == at("2025-02-01 12:00")
    assert stay["planning_started_at"] == at("2025-02-02 09:00")
    assert stay["uk_at"] == at("2025-02-05 09:00")
    assert stay["sip_call_date"] == at("2025-02-06")
    assert stay["discharged_at"] == at("2025-02-07 13:00")
    assert stay["los_days"] == 6


def test_a_stay_keeps_the_contract_of_episodes() -> None:
    folded = fold_messages(log(*COURSE))
    assert table("episodes").model.validate(folded, lazy=True).equals(folded)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("admitted", "not_admitted"), ("discharged", "not_discharged"), ("uk", "not_ready")],
)
def test_a_case_that_lacks_an_end_is_no_stay_yet_and_is_named(missing: str, reason: str) -> None:
    messages = log(*without(missing))
    assert fold_messages(messages).empty
    assert unfolded(messages).to_dict("records") == [{"episode_id": "c1", "reason": reason}]


def test_a_notice_after_the_discharge_is_out_of_order() -> None:
    messages = log(*without("uk"), ("uk", "2025-02-07 13:01"))
    assert fold_messages(messages).empty
    assert unfolded(messages).reason.tolist() == ["order"]
    assert len(fold_messages(log(*without("uk"), ("uk", "2025-02-07 13:00")))) == 1


def test_a_withdrawn_notice_counts_its_calendar_days_and_the_last_one_stands() -> None:
    stay = one(
        log(
            *without("uk"),
            ("uk", "2025-02-03 23:00"),
            ("uk_withdrawn", "2025-02-05 01:00"),
            ("uk", "2025-02-05 09:00"),
            ("uk_withdrawn", "2025-02-05 15:00"),
            ("uk", "2025-02-06 08:00"),
        )
    )
    assert stay["uk_at"] == at("2025-02-06 08:00")
    assert (stay["uk_withdrawn_n"], stay["uk_days_withdrawn"]) == (2, 2)


def test_without_a_withdrawal_there_are_none_and_no_days() -> None:
    stay = one(log(*COURSE))
    assert (stay["uk_withdrawn_n"], stay["uk_days_withdrawn"]) == (0, 0)


def test_a_notice_that_is_withdrawn_and_not_given_again_does_not_stand() -> None:
    messages = log(*COURSE, ("uk_withdrawn", "2025-02-06 12:00"))
    assert unfolded(messages).reason.tolist() == ["not_ready"]


def test_a_withdrawal_after_the_discharge_changes_nothing() -> None:
    assert one(log(*COURSE, ("uk_withdrawn", "2025-02-07 13:01")))["uk_at"] == at("2025-02-05 09:00")


def test_a_repeated_notice_is_the_first_one_and_a_withdrawal_of_nothing_is_nothing() -> None:
    stay = one(log(*COURSE, ("uk", "2025-02-06 09:00"), ("uk_withdrawn", "2025-02-02 09:00")))
    assert stay["uk_at"] == at("2025-02-05 09:00")
    assert stay["uk_withdrawn_n"] == 0


def test_withdrawn_and_given_again_in_one_minute_stands() -> None:
    stay = one(log(*COURSE, ("uk_withdrawn", "2025-02-06 09:00"), ("uk", "2025-02-06 09:00")))
    assert stay["uk_at"] == at("2025-02-06 09:00")
    assert (stay["uk_withdrawn_n"], stay["uk_days_withdrawn"]) == (1, 1)


@pytest.mark.parametrize(
    ("planned", "moves", "last"),
    [
        ((), 0, None),
        (("2025-02-05",), 0, "2025-02-05"),
        (("2025-02-05", "2025-02-05"), 0, "2025-02-05"),
        (("2025-02-05", "2025-02-07"), 1, "2025-02-07"),
        (("2025-02-05", "2025-02-07", "2025-02-05"), 2, "2025-02-05"),
    ],
)
def test_moves_are_changes_after_the_first_planned_date(
    planned: tuple[str, ...], moves: int, last: str | None
) -> None:
    changes = [("planned_uk_change", f"2025-02-02 1{n}:00", day) for n, day in enumerate(planned)]
    stay = one(log(*COURSE, *changes))
    if not planned:
        assert pd.isna(stay["planned_uk_moves_n"])
        assert pd.isna(stay["planned_uk_date"])
    else:
        assert (stay["planned_uk_moves_n"], stay["planned_uk_date"]) == (moves, at(last))


def test_the_planned_date_of_the_admission_notice_is_the_first() -> None:
    notice = ("admission_notice", "2025-02-01 12:00", "2025-02-04")
    stay = one(
        log(*without("admission_notice"), notice, ("planned_uk_change", "2025-02-02 10:00", "2025-02-05"))
    )
    assert stay["planned_uk_moves_n"] == 1


def test_the_same_message_to_several_receivers_counts_once() -> None:
    events = (*COURSE, ("planned_uk_change", "2025-02-02 10:00", "2025-02-05"))
    several = pd.concat([log(*events, receiver_party="p"), log(*events, receiver_party="q")])
    assert fold_messages(several).equals(fold_messages(log(*events)))


def test_cases_do_not_touch_each_other() -> None:
    both = pd.concat([log(*COURSE), log(*without("uk"), case="c2"), log(*COURSE, case="c3")])
    assert fold_messages(both).episode_id.tolist() == ["c1", "c3"]
    assert unfolded(both).episode_id.tolist() == ["c2"]


AGAIN = (
    ("admitted", "2025-03-01 10:00"),
    ("uk", "2025-03-02 09:00"),
    ("discharged", "2025-03-04 13:00"),
)


def test_a_case_that_is_admitted_again_after_its_discharge_is_two_stays() -> None:
    first, second = fold_messages(log(*AGAIN, *COURSE)).to_dict("records")
    assert (first["episode_id"], second["episode_id"]) == ("c1", "c1#2")
    assert (first["admitted_at"], first["discharged_at"]) == (at(ADMITTED), at(DISCHARGED))
    assert (second["admitted_at"], second["uk_at"]) == (at("2025-03-01 10:00"), at("2025-03-02 09:00"))
    assert (first["los_days"], second["los_days"]) == (6, 3)
    assert unfolded(log(*COURSE, AGAIN[0])).to_dict("records") == [
        {"episode_id": "c1#2", "reason": "not_discharged"}
    ]


def test_discharged_and_admitted_again_in_one_minute_are_two_stays() -> None:
    again = (("admitted", DISCHARGED), *AGAIN[1:])
    assert fold_messages(log(*COURSE, *again)).los_days.tolist() == [6, 25]
    assert fold_messages(log(*COURSE, ("admitted", "2025-02-03 10:00"))).los_days.tolist() == [6]


def test_a_case_of_several_persons_is_no_stay() -> None:
    other = log(("planning", "2025-02-02 09:00"), person_id="q")
    for both in (pd.concat([log(*COURSE), other]), pd.concat([other, log(*COURSE)])):
        assert fold_messages(both).empty
        assert unfolded(both).to_dict("records") == [{"episode_id": "c1", "reason": "person_conflict"}]


def test_no_messages_give_no_stays() -> None:
    assert fold_messages(log()).empty
    assert unfolded(log()).empty


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(TYPES),
        st.integers(0, 6 * 24).map(lambda h: str(pd.Timestamp("2025-02-01") + pd.Timedelta(hours=h))),
        st.sampled_from([None, "2025-02-05", "2025-02-06"]),
        st.sampled_from(["c1", "c2", "c3"]),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_any_log_in_any_order_twice_gives_each_case_once_as_a_stay_or_a_reason(
    events: list[tuple[str, str, str | None, str]], random: Any
) -> None:
    rows = [
        {"case_id": case, "person_id": case, "unit": "a", "message_type": kind}
        | {"sent_at": sent, "planned_uk_date": planned}
        for kind, sent, planned, case in events
    ]
    messages = frame_of("messages", rows)
    folded, left = fold_messages(messages), unfolded(messages)
    named = [*folded.episode_id, *left.episode_id]
    assert len(set(named)) == len(named)
    assert {name.split("#")[0] for name in named} == set(messages.case_id)
    assert table("episodes").model.validate(folded, lazy=True).equals(folded)
    shuffled = rows + rows
    random.shuffle(shuffled)
    assert fold_messages(frame_of("messages", shuffled)).equals(folded)


def part(episode: str, admitted: str, discharged: str, uk: str | None = None, **more: Any) -> Row:
    return {"episode_id": episode, "person_id": "p", "unit": "a", "clinic": f"clinic of {episode}"} | {
        "admitted_at": admitted,
        "discharged_at": discharged,
        "uk_at": uk,
        **more,
    }


def merged(*parts: Row, gap_days: int = 0) -> pd.DataFrame:
    return merge_clinics(frame_of("care_episodes", parts), gap_days=gap_days)


MOVED = part("e1", "2025-02-01 10:00", "2025-02-03 10:00", discharged_to="other_care")
HOME = part(
    "e2", "2025-02-03 11:00", "2025-02-06 10:00", "2025-02-05 10:00", discharged_to="ordinary_housing"
)


def test_clinics_that_follow_each_other_on_one_day_make_one_stay() -> None:
    (stay,) = merged(MOVED, HOME).to_dict("records")
    assert stay["episode_id"] == "e1"
    assert (stay["admitted_at"], stay["discharged_at"]) == (at("2025-02-01 10:00"), at("2025-02-06 10:00"))
    assert stay["uk_at"] == at("2025-02-05 10:00")
    assert stay["clinic"] == "clinic of e2"
    assert stay["discharged_to"] == "ordinary_housing"
    assert stay["los_days"] == 5


def test_the_last_notice_of_being_ready_counts_even_when_an_earlier_clinic_gave_one() -> None:
    (stay,) = merged(MOVED | {"uk_at": "2025-02-02 10:00"}, HOME).to_dict("records")
    assert stay["uk_at"] == at("2025-02-05 10:00")
    (stay,) = merged(MOVED | {"uk_at": "2025-02-02 10:00"}, HOME | {"uk_at": None}).to_dict("records")
    assert stay["uk_at"] == at("2025-02-02 10:00")


@pytest.mark.parametrize(
    ("next_day", "gap_days", "stays"),
    [("2025-02-06", 0, 1), ("2025-02-07", 0, 2), ("2025-02-07", 1, 1), ("2025-02-08", 1, 2)],
)
def test_the_gap_between_clinics_is_counted_in_calendar_days(
    next_day: str, gap_days: int, stays: int
) -> None:
    again = part("e3", f"{next_day} 23:00", f"{next_day} 23:30", f"{next_day} 23:10")
    assert len(merged(HOME, again, gap_days=gap_days)) == stays


def test_a_care_episode_inside_another_belongs_to_it_and_does_not_shorten_it() -> None:
    inside = part("e0", "2025-02-04", "2025-02-05")
    after = part("e4", "2025-02-06 12:00", "2025-02-07 12:00")
    (stay,) = merged(HOME, inside, after).to_dict("records")
    assert stay["discharged_at"] == at("2025-02-07 12:00")


def test_two_persons_are_never_merged() -> None:
    assert len(merged(HOME, HOME | {"episode_id": "e9", "person_id": "q"})) == 2


def test_a_stay_nobody_was_ready_in_is_no_episode() -> None:
    assert merged(MOVED).empty
    assert merged().empty


def test_what_was_said_in_any_clinic_holds_for_the_stay() -> None:
    first = MOVED | {"is_sip_offered": True, "planned_uk_moves_n": 2, "is_unplanned": True, "age": 80}
    last = HOME | {"is_sip_offered": None, "planned_uk_moves_n": 1, "is_unplanned": False, "age": 81}
    (stay,) = merged(first, last).to_dict("records")
    assert stay["is_sip_offered"] is True
    assert stay["is_unplanned"] is True
    assert (stay["planned_uk_moves_n"], stay["age"]) == (3, 80)
    assert pd.isna(stay["uk_withdrawn_n"])


def test_stays_of_the_table_episodes_can_be_merged_too() -> None:
    whole = frame_of("episodes", [HOME])
    again = merge_clinics(whole)
    assert again.drop(columns="los_days").equals(whole.drop(columns="los_days"))
    assert merge_clinics(again).equals(again)


DAYS = st.lists(st.tuples(st.sampled_from("pq"), st.integers(0, 30), st.integers(0, 6)), max_size=12)


@settings(max_examples=25, deadline=None)
@given(DAYS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_merged_stays_of_a_person_lie_apart_and_cover_every_care_episode(
    days: list[tuple[str, int, int]], gap_days: int, random: Any
) -> None:
    start = np.datetime64("2025-01-01")
    parts = [
        part(f"e{n}", str(start + first), str(start + first + length), str(start + first), person_id=person)
        for n, (person, first, length) in enumerate(days)
    ]
    stays = merged(*parts, gap_days=gap_days)
    for person, own in stays.sort_values("admitted_at").groupby("person_id"):
        pauses = (own.admitted_at - own.discharged_at.shift()).dt.days.dropna()
        assert (pauses > gap_days).all()
        for p, first, length in days:
            inside = own[(own.admitted_at <= start + first) & (own.discharged_at >= start + first + length)]
            assert p != person or len(inside) == 1
    random.shuffle(parts)
    assert merged(*parts, gap_days=gap_days).equals(stays)


def test_a_hundred_thousand_messages_are_folded_within_a_second() -> None:
    many = pd.concat([log(*COURSE)] * 17_000, ignore_index=True)
    many["case_id"] = pd.Series(np.arange(len(many)) // len(COURSE)).astype("str")
    began = time.process_time()
    assert len(fold_messages(many)) == 17_000
    assert time.process_time() - began < 1


# The three tables together, through the store.

ADMITTED, DISCHARGED = "2025-02-01 10:00", "2025-02-07 13:00"


def events(*given: tuple[str, ...], case: str = "c1", person: str = "p", unit: str = "a") -> list[Row]:
    rows = log(*given, case=case, person_id=person, unit=unit).to_dict("records")
    return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in rows]


def messages(*rows: Row, **stated: Any) -> Made:
    return delivery("messages", rows, **stated)


def clinics(*rows: Row, **stated: Any) -> Made:
    return delivery("care_episodes", rows, **stated)


def whole(episode: str, admitted: str, discharged: str, person: str = "p") -> Row:
    return stay(episode, admitted, discharged, person=person, admitted=admitted)


def found_stays(home: Path, *deliveries: Made) -> pd.DataFrame:
    store, folder = Store(home, "small"), home / "work"
    folder.mkdir()
    for each in deliveries:
        add(store, each)
    con = ibis.duckdb.connect()
    try:
        return latest_episodes(store, con, folder).order_by("episode_id").to_pandas()
    finally:
        con.disconnect()


@pytest.mark.parametrize("tables", [t for n in (1, 2, 3) for t in itertools.combinations("emc", n)])
def test_stays_come_from_every_table_that_there_is(tmp_path: Path, tables: tuple[str, ...]) -> None:
    made = {
        "e": stays(whole("x1", "2025-01-01", "2025-01-05", "p1")),
        "m": messages(*events(*COURSE, case="m1", person="p2")),
        "c": clinics(MOVED | {"person_id": "p3"}, HOME | {"person_id": "p3"}),
    }
    found = found_stays(tmp_path, *(made[t] for t in tables))
    ids = {"e": "x1", "m": "m1", "c": MOVED["episode_id"]}
    assert sorted(found.episode_id) == sorted(ids[t] for t in tables)
    assert set(found.columns) == {*table("episodes").model.to_schema().columns, "delivery"}


def test_the_same_stay_in_two_tables_counts_once_as_the_first_says(tmp_path: Path) -> None:
    first = stays(whole("c1", ADMITTED, "2025-02-08 09:00"))
    found = found_stays(tmp_path, messages(*events(*COURSE)), first)
    assert found.discharged_at.tolist() == [at("2025-02-08 09:00")]
    assert found.delivery.tolist() == [first.digest]


@pytest.mark.parametrize(
    ("admitted", "discharged", "counted"),
    [
        ("2025-02-02 10:00", "2025-02-05 10:00", 1),
        ("2025-01-01 10:00", "2025-03-05 10:00", 1),
        ("2025-01-30 10:00", ADMITTED, 1),
        ("2025-01-30 10:00", "2025-02-01 09:59", 2),
        (DISCHARGED, "2025-02-09 10:00", 1),
        ("2025-02-07 13:01", "2025-02-09 10:00", 2),
    ],
)
def test_stays_of_one_person_that_overlap_under_two_ids_count_once(
    tmp_path: Path, admitted: str, discharged: str, counted: int
) -> None:
    known = stays(whole("e1", admitted, discharged))
    found = found_stays(tmp_path, messages(*events(*COURSE)), known)
    assert found.episode_id.tolist() == ["c1", "e1"][2 - counted :]


def test_the_same_number_of_two_persons_is_two_stays(tmp_path: Path) -> None:
    known = stays(whole("c1", ADMITTED, DISCHARGED, "q"))
    assert sorted(found_stays(tmp_path, messages(*events(*COURSE)), known).person_id) == ["p", "q"]


@pytest.mark.parametrize(
    ("admitted", "discharged", "counted"),
    [
        ("2025-02-07", "2025-02-09", 2),
        ("2025-01-30", "2025-02-01", 2),
        ("2025-02-01", "2025-02-01", 1),
        ("2025-02-06", "2025-02-09", 1),
    ],
)
def test_days_that_only_meet_do_not_overlap(
    tmp_path: Path, admitted: str, discharged: str, counted: int
) -> None:
    known = stays(whole("e1", admitted, discharged))
    by_day = clinics(part("k1", "2025-02-01", "2025-02-07", "2025-02-05"))
    assert len(found_stays(tmp_path, known, by_day)) == counted


def test_what_is_no_stay_is_counted_by_reason(tmp_path: Path) -> None:
    log_ = [
        *events(*COURSE),
        *events(*without("uk"), case="c2", person="q"),
        *events(*COURSE, case="c3", person="r"),
        *events(*COURSE, case="c4", person="s"),
        *events(("administrative", "2025-02-02 10:00"), case="c4", person="t"),
    ]
    found_stays(tmp_path, stays(whole("c1", ADMITTED, DISCHARGED)), messages(*log_), clinics(MOVED))
    con = ibis.duckdb.connect()
    told = left_out(Store(tmp_path, "small"), con, tmp_path)
    con.disconnect()
    assert list(told.itertuples(index=False, name=None)) == [
        ("messages", "not_ready", 1, 4),
        ("messages", "person_conflict", 1, 4),
        ("messages", "told_before", 1, 4),
        ("care_episodes", "not_ready", 1, 1),
    ]


def test_without_stays_nothing_is_left_out(tmp_path: Path) -> None:
    add(Store(tmp_path, "small"), stays(whole("c1", ADMITTED, DISCHARGED)))
    con = ibis.duckdb.connect()
    assert left_out(Store(tmp_path, "small"), con, tmp_path).empty
    con.disconnect()


def test_stays_of_two_persons_at_one_time_both_count(tmp_path: Path) -> None:
    known = stays(whole("e1", ADMITTED, DISCHARGED, "q"))
    assert len(found_stays(tmp_path, messages(*events(*COURSE)), known)) == 2


def test_messages_count_before_clinics(tmp_path: Path) -> None:
    found = found_stays(tmp_path, clinics(MOVED, HOME), messages(*events(*COURSE)))
    assert found.episode_id.tolist() == ["c1"]


def test_a_case_whose_messages_come_in_two_deliveries_is_one_stay_in_any_order(tmp_path: Path) -> None:
    begun, ended = messages(*events(*COURSE[:3])), messages(*events(*COURSE[3:]))
    one, other = (
        found_stays(tmp_path / str(n), *order)
        for n, order in enumerate(((begun, ended), (ended, begun)))
        if (tmp_path / str(n)).mkdir() is None
    )
    assert one.equals(other)
    assert one.episode_id.tolist() == ["c1"]
    (tmp_path / "begun").mkdir()
    assert found_stays(tmp_path / "begun", begun).empty


def test_deliveries_of_a_program_that_knew_fewer_columns_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    record = add(store, stays(whole("e1", "2025-01-01", "2025-01-05", "p1")))
    path = store.folder / record.digest / "rows.parquet"
    old = pd.read_parquet(path).drop(columns=["uk_days_withdrawn", "cfs", "admission_notice_at"])
    old.to_parquet(path, index=False)
    snapshot = snapshot_of(tmp_path, messages(*events(*COURSE, case="m1", person="p2")))
    assert pairs(series_of(snapshot, "uk_days_mean_payment", unit="a"))["2025-01"] == (4, 1)


WITHDRAWN = (
    ("admitted", "2025-02-01 10:00"),
    ("uk", "2025-02-03 09:00"),
    ("uk_withdrawn", "2025-02-05 15:00"),
    ("uk", "2025-02-07 10:00"),
    ("discharged", "2025-02-08 09:00"),
)


def test_days_of_a_withdrawn_notice_count_in_the_measures(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, messages(*events(*WITHDRAWN)))
    for name in ("uk_days_mean_payment", "uk_days_mean_skr"):
        assert pairs(series_of(snapshot, name)) == {"2025-02": (2 + 1, 1)}
    assert pairs(series_of(snapshot, "home_within_24h_clock")) == {"2025-02": (0, 0)}


def test_the_same_month_measured_from_three_tables_has_the_same_answer(tmp_path: Path) -> None:
    made = (
        stays(stay("c1", "2025-02-05 09:00", DISCHARGED, person="p", admitted=ADMITTED)),
        messages(*events(*COURSE)),
        clinics(
            part("c1", ADMITTED, "2025-02-03 10:00"),
            part("c2", "2025-02-03 11:00", DISCHARGED, "2025-02-05 09:00"),
        ),
    )
    for n, deliveries in enumerate([*((m,) for m in made), made, made[1:], made[::-1]]):
        snapshot = snapshot_of(tmp_path / str(n), *deliveries)
        assert pairs(series_of(snapshot, "uk_days_mean_payment")) == {"2025-02": (2, 1)}, n


def case_in(month: str, case: str, unit: str = "a") -> list[Row]:
    course = [(kind, sent.replace("2025-02", month)) for kind, sent in COURSE]
    return events(*course, case=case, person=case, unit=unit)


def test_the_months_of_messages_are_months_of_stays(tmp_path: Path) -> None:
    apart = messages(*case_in("2025-01", "c1")), messages(*case_in("2025-03", "c2"))
    found = series_of(snapshot_of(tmp_path / "apart", *apart), "uk_days_mean_payment")
    assert pairs(found) == {"2025-01": (2, 1), "2025-03": (2, 1)}
    together = messages(*case_in("2025-01", "c1"), *case_in("2025-03", "c2"))
    found = series_of(snapshot_of(tmp_path / "together", together), "uk_days_mean_payment")
    assert pairs(found) == {"2025-01": (2, 1), "2025-02": (0, 0), "2025-03": (2, 1)}


def test_a_stated_period_of_messages_is_that_of_the_stays(tmp_path: Path) -> None:
    period = {"first_day": date(2025, 1, 1), "last_day": date(2025, 2, 15)}
    found = series_of(
        snapshot_of(tmp_path, messages(*case_in("2025-01", "c1"), **period)), "uk_days_mean_payment"
    )
    assert pairs(found) == {"2025-01": (2, 1), "2025-02": (0, 0)}
    assert found.complete.tolist() == [True, False]


def test_months_of_one_table_and_of_another_are_all_delivered(tmp_path: Path) -> None:
    home = part("k1", "2025-03-01 10:00", "2025-03-05 10:00", "2025-03-04 10:00", person_id="r")
    found = snapshot_of(
        tmp_path,
        messages(*case_in("2025-01", "c1")),
        stays(whole("e1", "2025-02-01", "2025-02-05", "s")),
        clinics(home),
    )
    expected = {"2025-01": (2, 1), "2025-02": (4, 1), "2025-03": (1, 1)}
    assert pairs(series_of(found, "uk_days_mean_payment")) == expected
