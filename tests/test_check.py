"""What would stop or weaken a report: each fault is found, and said with a remedy."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.area import Area, Policy, Start
from analysis.check import Finding, Report, as_dict, examine, lines
from analysis.registration import register
from analysis.store import Store
from deliveries import AREA, Made, Row, add, delivery, measurement, measurements, report, reports, stay, stays

TODAY = date(2025, 7, 1)
QUESTION = {
    "id": "q1",
    "notebook": "01",
    "measure": "uk_days_mean_payment",
    "start": date(2025, 4, 1),
    "text": {"sv": "?", "en": "?"},
}
DECIDED = Policy(decided_by={"sv": "ägaren", "en": "the owner"})
ASKING = replace(AREA, policy=DECIDED, questions=(QUESTION,))
STATED = {"sender": "S", "first_day": date(2025, 1, 1), "last_day": date(2025, 6, 30)}
WHOLE = STATED | {"units": ("whole",)}
MONTHS = tuple(f"2025-{m:02d}" for m in range(1, 7))


def month_rows(*months: str, n: int = 1, unit: str = "a") -> list[Row]:
    return [stay(f"{unit}{m}{i}", f"{m}-10", f"{m}-11", unit=unit) for m in months for i in range(n)]


EVERY = [*month_rows(*MONTHS), *month_rows(*MONTHS, unit="b")]


def looked_at(home: Path, *deliveries: Made, area: Area = ASKING, invented: bool = False) -> Report:
    if deliveries:
        register(area, home)
    for each in deliveries:
        add(Store(home, "small"), each, invented=invented)
    return examine(area, home, TODAY)


def told(found: Report, severity: str) -> list[str]:
    return [f.what for f in found.findings if f.severity == severity]


def one(found: Report, severity: str, words: str) -> str:
    [what] = [w for w in told(found, severity) if words in w]
    return what


def test_a_whole_stated_delivery_of_everything_has_nothing_to_say(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED))
    assert found.findings == ()
    assert found.exit_code == 0
    assert lines(found)[-1] == "Nothing stops a report."


def test_every_month_of_a_source_is_told(tmp_path: Path) -> None:
    [source] = looked_at(tmp_path, stays(*EVERY, **STATED)).sources
    assert (source.name, source.deliveries, source.read, source.accepted) == ("test, episodes", 1, 12, 12)
    assert (source.newest, source.age_days) == ("2025-06-11", 20)
    assert [(m.month, m.state, m.rows) for m in source.months] == [(m, "delivered", 2) for m in MONTHS]


def test_nothing_delivered_is_a_stop_of_exit_code_66(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert "no export has been loaded" in one(found, "stop", "")
    assert found.exit_code == 66
    assert "Nothing stops" not in "\n".join(lines(found))


def test_a_protocol_that_was_not_registered_or_was_changed_weakens(tmp_path: Path) -> None:
    add(Store(tmp_path / "late", "small"), stays(*EVERY, **STATED))
    late = examine(ASKING, tmp_path / "late", TODAY)
    assert "protocol was not registered" in one(late, "weaken", "protocol")
    looked_at(tmp_path / "kept", stays(*EVERY, **STATED))
    other = replace(ASKING, questions=(QUESTION | {"impact": "step_and_slope"},))
    changed = examine(other, tmp_path / "kept", TODAY)
    assert one(changed, "weaken", "protocol").endswith("protocol: q1")
    [remedy] = [f.remedy for f in changed.findings if "protocol" in f.what]
    assert "amendments" in remedy


def started(*starts: Start) -> Area:
    return replace(ASKING, starts=starts, questions=(QUESTION | {"start": "rollout"},))


STARTS = [Start(p, u, 3, date(2025, 4, 1), False) for p in ("p", "q") for u in ("a", "b")]


def test_real_data_with_an_invented_start_are_a_stop_of_exit_code_78(tmp_path: Path) -> None:
    area = started(*STARTS[:3], replace(STARTS[3], invented=True))
    found = looked_at(tmp_path, stays(*EVERY, **STATED), area=area)
    assert "“Q” in “Btown” is invented" in one(found, "stop", "")
    assert found.exit_code == 78


def test_invented_data_with_an_invented_start_are_noted(tmp_path: Path) -> None:
    area = started(*(replace(s, invented=True) for s in STARTS))
    found = looked_at(tmp_path, stays(*EVERY, **STATED), area=area, invented=True)
    assert told(found, "note") == ["the data are invented", "roll-out dates are invented"]
    assert found.exit_code == 0


@pytest.mark.parametrize("absent", ["row", "date"])
def test_a_missing_start_is_a_stop_that_says_whose(tmp_path: Path, absent: str) -> None:
    last = [replace(STARTS[3], start=None)] if absent == "date" else []
    found = looked_at(tmp_path, stays(*EVERY, **STATED), area=started(*STARTS[:3], *last))
    assert "“Q” in “Btown” in phase 3 is missing" in one(found, "stop", "")
    assert found.exit_code == 78


def test_real_and_invented_deliveries_together_are_a_stop(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, stays(*EVERY, **STATED))
    first = store.folder / store.records()[0].digest / "delivery.json"
    first.write_text(first.read_text().replace('"invented": false', '"invented": true'))
    add(store, reports(report("d1", "2025-01-02")), invented=True)
    first.write_text(first.read_text().replace('"invented": true', '"invented": false'))
    found = examine(ASKING, tmp_path, TODAY)
    assert one(found, "stop", "") == "the store holds real and invented deliveries"
    assert found.exit_code == 78


@pytest.mark.parametrize(("start", "severity"), [(date(2025, 4, 1), "weaken"), (date(2027, 4, 1), "note")])
def test_a_gap_weakens_near_a_start_and_is_noted_elsewhere(
    tmp_path: Path, start: date, severity: str
) -> None:
    area = replace(ASKING, questions=(QUESTION | {"start": start},))
    parts = (
        stays(*month_rows("2025-01"), **WHOLE | {"last_day": date(2025, 1, 31)}),
        stays(*month_rows("2025-04", "2025-06"), **WHOLE | {"first_day": date(2025, 4, 1)}),
    )
    found = looked_at(tmp_path, *parts, area=area)
    assert "2025-02 – 2025-03" in one(found, severity, "no delivery for")
    [source] = found.sources
    assert [m.state for m in source.months] == ["delivered", *["no delivery"] * 2, *["delivered"] * 3]
    row = next(line for line in lines(found) if line.startswith("  2025"))
    assert row.split() == ["2025", "1", "–", "–", "1", "0", "1"]


def test_a_zero_that_is_not_believed_names_the_unit_and_the_months(tmp_path: Path) -> None:
    rows = [*month_rows("2025-01", "2025-04", n=10), *month_rows(*MONTHS[:4], unit="b")]
    found = looked_at(tmp_path, stays(*rows, sender="S"))
    assert "“a” has no rows for 2025-02 – 2025-03" in one(found, "weaken", "taken as not delivered")
    assert [m.doubted for m in found.sources[0].months] == [(), ("a",), ("a",), ()]
    assert [m.state for m in found.sources[0].months] == ["delivered", "partial", "partial", "delivered"]


def test_a_month_that_was_not_delivered_to_its_end_is_noted(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED | {"last_day": date(2025, 6, 20)}))
    assert one(found, "note", "") == "test, episodes: 2025-06 not delivered whole, or not for every unit"


@pytest.mark.parametrize(("good", "is_said"), [(19, False), (18, True)])
def test_more_than_a_twentieth_kept_out_weakens(tmp_path: Path, good: int, is_said: bool) -> None:
    rows = [*EVERY, *month_rows("2025-05", n=7, unit="b")][-good:]
    found = looked_at(tmp_path, delivery("episodes", rows, [(1, 2, "A", "order")], **STATED))
    assert any("were kept out" in w for w in told(found, "weaken")) is is_said


@pytest.mark.parametrize(("day", "is_said"), [(date(2025, 9, 11), False), (date(2025, 9, 12), True)])
def test_data_older_than_a_quarter_weaken(tmp_path: Path, day: date, is_said: bool) -> None:
    looked_at(tmp_path, stays(*EVERY, **STATED))
    found = examine(ASKING, tmp_path, day)
    assert any("days old" in w for w in told(found, "weaken")) is is_said


DEFAULT = Policy(decided_by={"en": "the program's default; the owner of the data has taken no decision"})


@pytest.mark.parametrize(
    ("policy", "is_said"),
    [(Policy(), True), (DEFAULT, True), (DECIDED, False), (replace(DECIDED, hide_up_to=9), False)],
)
def test_a_policy_that_nobody_decided_weakens(tmp_path: Path, policy: Policy, is_said: bool) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED), area=replace(ASKING, policy=policy))
    assert any("disclosure policy" in w for w in told(found, "weaken")) is is_said


def test_files_that_state_neither_sender_nor_period_weaken_real_data_only(tmp_path: Path) -> None:
    for invented, severity in ((False, "weaken"), (True, "note")):
        found = looked_at(tmp_path / severity, stays(*EVERY), stays(*EVERY, **STATED), invented=invented)
        for name in ("sender", "period"):
            one(found, severity, f"1 of 2 files without a statement of the {name} (test, episodes)")


def test_what_nobody_stated_is_told_once_for_all_sources(tmp_path: Path) -> None:
    other = measurements(measurement("2025-03", 3), measurement("2025-03", 3, unit="b"), source="utdata")
    found = looked_at(tmp_path, stays(*EVERY), other)
    assert one(found, "weaken", "of the sender").startswith("all 2 files")
    assert "(test, episodes; utdata, measurements)" in one(found, "weaken", "of the period")


def test_files_of_few_units_that_state_none_are_told(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*month_rows(*MONTHS), **STATED), stays(*EVERY, **STATED))
    assert one(found, "weaken", "of the units").startswith("1 of 2 files without")
    stated = looked_at(tmp_path / "stated", stays(*month_rows(*MONTHS), **STATED, units=("a",)))
    assert not any("of the units" in w for w in told(stated, "weaken"))
    assert {m.missing for m in stated.sources[0].months} == {("b",)}


def test_rows_kept_out_that_a_later_delivery_brings_no_longer_count(tmp_path: Path) -> None:
    first = delivery("episodes", EVERY, [(n, n + 1, "A", "order") for n in (50, 51)], **STATED)
    store = Store(tmp_path, "small")
    record = add(store, first)
    correct = store.folder / record.digest / "correct.csv"
    correct.write_text("(rad);(skäl);episode_id\r\n50;order;late\r\n51;order; x \r\n", encoding="utf-8-sig")
    assert "14.3 % of the rows were kept out" in one(examine(ASKING, tmp_path, TODAY), "weaken", "kept out")
    add(
        store,
        stays(stay("late", "2025-06-10", "2025-06-11"), stay("x", "2025-06-10", "2025-06-11"), **STATED),
    )
    found = examine(ASKING, tmp_path, TODAY)
    assert not any("kept out" in w for w in told(found, "weaken"))
    assert (found.sources[0].quarantined, found.sources[0].corrected) == (2, 2)
    assert "(0.0 % kept out)" in "\n".join(lines(found))


def test_a_row_that_only_an_older_delivery_has_still_counts_as_kept_out(tmp_path: Path) -> None:
    old = stays(stay("late", "2025-01-10", "2025-01-11"), **STATED, extracted=date(2025, 1, 12))
    kept_out = delivery("episodes", EVERY, [(50, 51, "A", "order")], **STATED, extracted=date(2025, 7, 1))
    store = Store(tmp_path, "small")
    add(store, old)
    correct = store.folder / add(store, kept_out).digest / "correct.csv"
    correct.write_text("(rad);(skäl);episode_id\r\n50;order;late\r\n", encoding="utf-8-sig")
    assert examine(ASKING, tmp_path, TODAY).sources[0].corrected == 0


def test_cases_that_give_no_stay_are_told_by_reason(tmp_path: Path) -> None:
    course = (
        ("admitted", "2025-03-01 10:00"),
        ("uk", "2025-03-02 10:00"),
        ("discharged", "2025-03-03 10:00"),
    )
    rows = [
        {"case_id": case, "person_id": case, "unit": "a", "message_type": kind, "sent_at": at}
        for case, kinds in (("c1", (0, 1, 2)), ("c2", (0, 2)), ("c3", (0,)))
        for kind, at in (course[n] for n in kinds)
    ]
    found = looked_at(tmp_path, delivery("messages", rows, **STATED))
    text = "without a notice of being ready that stands"
    assert one(found, "weaken", "messages: 1 of 3") == f"messages: 1 of 3 stays left out, {text}"
    assert one(found, "note", "left out") == "messages: 1 of 3 stays left out, not discharged yet"
    assert not list(Store(tmp_path, "small").folder.glob(".check*"))


def test_the_age_counts_to_today_unless_a_day_is_given(tmp_path: Path) -> None:
    add(Store(tmp_path, "small"), stays(*EVERY, **STATED))
    assert examine(ASKING, tmp_path).as_of == date.today().isoformat()


def test_one_delivery_is_not_several(tmp_path: Path) -> None:
    text = "\n".join(lines(looked_at(tmp_path, stays(*EVERY, **STATED))))
    assert "1 delivery, 12 of 12 rows" in text
    assert "2 deliveries, " in "\n".join(lines(looked_at(tmp_path, stays(*EVERY))))


def test_a_unit_that_was_never_seen_weakens(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*month_rows(*MONTHS), **STATED))
    assert one(found, "weaken", "no row") == "test, episodes: no row of “b”"


def test_rows_with_warnings_are_told_by_reason_with_their_share(tmp_path: Path) -> None:
    warnings = [(1, 2, "A", "overlap"), (1, 2, "B", "overlap"), (0, 0, "", "sheets")]
    found = looked_at(tmp_path, delivery("episodes", EVERY, warnings=warnings, **STATED))
    assert "8.3 % of the rows were accepted with “overlap”" in one(found, "weaken", "")
    assert "the only file read with “sheets”" in one(found, "note", "")


def test_rows_outside_the_period_stated_weaken(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED | {"last_day": date(2025, 5, 31)}))
    assert "rows outside the period stated" in one(found, "weaken", "")


def test_a_measure_whose_table_was_not_delivered_weakens(tmp_path: Path) -> None:
    area = replace(ASKING, questions=(QUESTION | {"measure": "deviations_per_1000"},))
    found = looked_at(tmp_path, stays(*EVERY, **STATED), area=area)
    assert "nothing has been delivered of “deviations”" in one(found, "weaken", "")


@pytest.mark.parametrize(("last", "is_said"), [(TODAY, False), (date(2025, 6, 30), True)])
def test_a_delivery_that_may_not_be_kept_longer_is_noted(tmp_path: Path, last: date, is_said: bool) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED, retain_until=last))
    assert any("may not be kept" in w for w in told(found, "note")) is is_said


def test_sources_are_told_apart(tmp_path: Path) -> None:
    both = stays(*EVERY, **STATED), measurements(measurement("2025-03", 3), source="utdata", **STATED)
    found = looked_at(tmp_path, *both)
    assert [(s.source, s.table) for s in found.sources] == [("test", "episodes"), ("utdata", "measurements")]


def test_the_gravest_comes_first_and_every_finding_has_a_remedy(tmp_path: Path) -> None:
    area = replace(started(*STARTS[:3]), policy=Policy())
    found = looked_at(tmp_path, stays(*EVERY[:6]), area=area)
    order = [f.severity for f in found.findings]
    assert order == sorted(order, key=["stop", "weaken", "note"].index)
    for finding in found.findings:
        assert finding.remedy
        assert not finding.remedy.endswith(".")
        assert not finding.what.endswith(".")


def test_the_report_can_be_written_as_json_and_holds_no_value_of_a_row(tmp_path: Path) -> None:
    found = looked_at(tmp_path, stays(*EVERY, **STATED))
    given: dict[str, Any] = json.loads(json.dumps(as_dict(found)))
    assert given["exit_code"] == 0
    assert given["sources"][0]["months"][0] == {
        "month": "2025-01", "state": "delivered", "rows": 2, "missing": [], "doubted": []
    }  # fmt: skip
    text = json.dumps(given) + "\n".join(lines(found))
    assert "a2025-01" not in text
    assert "person of" not in text


def test_a_table_without_a_period_is_told_without_months() -> None:
    found = Report("small", "2025-07-01", (), (Finding("note", "x", "y"),))
    assert lines(found) == ["small, 2025-07-01", "", "Note:", "- x. y.", "", "Nothing stops a report."]
