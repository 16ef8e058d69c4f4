"""The store: whole deliveries or none, nothing overwritten, and the order of loading does not matter."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import CannotWrite, SettingsError
from analysis.record import write_record
from analysis.store import Record, Store
from deliveries import Made, Row, add, delivery, report, reports, series_of, snapshot_of, stay, stays

JANUARY = stays(stay("s1", "2025-01-07", "2025-01-08"), stay("s2", "2025-01-09", "2025-01-31 10:00"))
FEBRUARY = stays(stay("s3", "2025-02-07", "2025-02-28 23:59"))


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and content."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def versions(*deliveries: Made, home: Path) -> dict[str, str]:
    """Id to status, after all deliveries."""
    facts = pd.read_parquet(snapshot_of(home, *deliveries).facts("deviations"))
    return dict(zip(facts.deviation_id, facts.status, strict=True))


def opened(day: str, status: str, deviation: str = "d1") -> Row:
    return report(deviation, "2025-01-02", reported=day) | {"status": status}


def test_a_record_tells_what_a_delivery_is_and_no_value_of_any_row(tmp_path: Path) -> None:
    bad = (3, 4, "Kommun", "unknown_code")
    rows = [stay("s1", "2025-01-07", "2025-01-08"), stay("s2", "2025-02-09", "2025-03-31 10:00")]
    record = add(Store(tmp_path, "small"), delivery("episodes", rows, [bad]))
    assert (record.table, record.source, record.file) == ("episodes", "test", "episodes.csv")
    assert (record.read, record.accepted, record.quarantined) == (3, 2, 1)
    assert (record.first_month, record.last_month, record.issued) == ("2025-01", "2025-03", "2025-03-31")
    assert not record.invented
    assert "s1" not in str(record)


def test_rows_that_were_kept_out_are_kept_by_row_line_column_and_reason(tmp_path: Path) -> None:
    bad = [(2, 3, "Kommun", "unknown_code"), (2, 3, "", "order")]
    store = Store(tmp_path, "small")
    record = add(store, delivery("episodes", [stay("s1", "2025-01-07", "2025-01-08")], bad))
    text = (store.folder / record.digest / "quarantine.csv").read_text(encoding="utf-8")
    assert text == "row,line,column,reason\n2,3,Kommun,unknown_code\n2,3,,order\n"


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, JANUARY)
    [(record, path)] = store.rows("episodes")
    assert record.digest == JANUARY.digest
    pd.testing.assert_frame_equal(pd.read_parquet(path), JANUARY.frame)


def test_an_empty_store_has_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    assert (store.records(), store.rows("episodes"), store.issued()) == ([], [], "")
    assert not store.invented()
    assert not store.has(JANUARY.digest)


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    first, before, digest = add(store, JANUARY), tree(tmp_path), store.digest()
    assert add(store, JANUARY) == first
    assert add(store, dataclasses.replace(JANUARY, file="same-bytes-other-name.csv")) == first
    assert tree(tmp_path) == before
    assert store.digest() == digest


def test_the_digest_changes_when_a_delivery_comes_and_when_it_goes(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    digests = [store.digest()]
    for each in (JANUARY, FEBRUARY):
        add(store, each)
        digests.append(store.digest())
    assert len(set(digests)) == 3


def test_the_order_of_loading_does_not_matter(tmp_path: Path) -> None:
    found = []
    deliveries = (JANUARY, FEBRUARY, reports(opened("2025-01-05", "Ny")))
    for n, order in enumerate(itertools.permutations(deliveries)):
        store = Store(tmp_path / str(n), "small")
        for each in order:
            add(store, each)
        found.append((store.digest(), store.records(), store.issued()))
    assert all(each == found[0] for each in found)


def test_records_come_oldest_first_by_date_of_issue(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    for each in (FEBRUARY, JANUARY):
        add(store, each)
    assert [r.issued for r in store.records()] == ["2025-01-31", "2025-02-28"]
    assert store.issued() == "2025-02-28"


def test_the_store_knows_that_it_holds_something_invented(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    assert not store.invented()
    add(store, JANUARY, invented=True)
    assert store.invented()


def test_what_would_be_refused_can_be_asked_before_anything_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, JANUARY, invented=True)
    (tmp_path / "staged").mkdir()
    february = FEBRUARY.staged(tmp_path / "staged")
    store.refuse_mixture(february, invented=True)
    with pytest.raises(SettingsError, match="must not be mixed"):
        store.refuse_mixture(february)
    assert (tmp_path / "staged" / "rows.parquet").is_file()


@pytest.mark.parametrize("invented", [False, True])
def test_real_and_invented_deliveries_are_never_mixed(tmp_path: Path, invented: bool) -> None:
    store = Store(tmp_path, "small")
    add(store, JANUARY, invented=invented)
    with pytest.raises(SettingsError, match="must not be mixed"):
        add(store, FEBRUARY, invented=not invented)
    assert len(store.records()) == 1


def test_areas_do_not_see_each_other(tmp_path: Path) -> None:
    add(Store(tmp_path, "small"), JANUARY)
    assert Store(tmp_path, "other").records() == []


@pytest.mark.parametrize("turned", [False, True])
def test_a_later_delivery_of_the_same_id_wins_in_any_order_of_loading(tmp_path: Path, turned: bool) -> None:
    older = reports(opened("2025-01-05", "Ny"), opened("2025-01-05", "Ny", "d2"))
    newer = reports(opened("2025-01-05", "Avslutad"), opened("2025-02-05", "Ny", "d3"))
    both = (newer, older) if turned else (older, newer)
    assert versions(*both, home=tmp_path) == {"d1": "Avslutad", "d2": "Ny", "d3": "Ny"}


def test_absence_from_a_later_delivery_is_not_deletion_and_history_is_kept(tmp_path: Path) -> None:
    older, newer = reports(opened("2025-01-05", "Ny")), reports(opened("2025-02-05", "Ny", "d2"))
    assert set(versions(older, newer, home=tmp_path)) == {"d1", "d2"}
    [first, second] = [pd.read_parquet(path) for _, path in Store(tmp_path, "small").rows("deviations")]
    assert first.deviation_id.tolist() == ["d1"]
    assert second.deviation_id.tolist() == ["d2"]


def test_two_deliveries_of_one_date_give_one_version_whatever_the_order(tmp_path: Path) -> None:
    one, other = reports(opened("2025-01-05", "Ny")), reports(opened("2025-01-05", "Avslutad"))
    first = versions(one, other, home=tmp_path / "1")
    assert len(first) == 1
    assert versions(other, one, home=tmp_path / "2") == first


def test_a_stay_delivered_twice_is_counted_once(tmp_path: Path) -> None:
    again = stays(stay("s2", "2025-01-09", "2025-01-31 10:00"), stay("s3", "2025-02-07", "2025-02-28"))
    series = series_of(snapshot_of(tmp_path, JANUARY, again), "uk_days_mean_payment")
    assert series.denominator.to_dict() == {"2025-01": 2, "2025-02": 1}


def test_a_failed_write_is_exit_code_74_and_leaves_no_half_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    store = Store(tmp_path, "small")
    with monkeypatch.context() as disk:
        disk.setattr(Path, "rename", full)
        with pytest.raises(CannotWrite, match="No space left on device") as caught:
            add(store, JANUARY)
    assert caught.value.exit_code == 74
    assert list(store.folder.iterdir()) == []
    assert add(store, JANUARY).accepted == 2


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from analysis.store import Store
from deliveries import add, stay, stays
def die(*_, **__): os._exit(9)
setattr({where}, {step!r}, die)
add(Store(Path({home!r}), "small"), stays(stay("s1", "2025-01-07", "2025-01-08")))
"""


@pytest.mark.parametrize("step", ["Path.write_text", "Path.replace", "os.fsync", "Path.rename"])
def test_a_process_that_is_killed_leaves_no_half_delivery_and_the_next_one_tidies_up(
    tmp_path: Path, step: str
) -> None:
    store = Store(tmp_path, "small")
    add(store, FEBRUARY)
    before = (store.records(), store.digest())
    where, name = step.split(".")
    code = KILLED.format(tests=str(Path(__file__).parent), where=where, step=name, home=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (store.records(), store.digest()) == before
    assert len(list(store.folder.iterdir())) == 2
    assert add(store, JANUARY).accepted == 2
    assert sorted(p.name for p in store.folder.iterdir()) == sorted([JANUARY.digest, FEBRUARY.digest])


def test_the_staging_folder_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    alive = [store.folder / f".another.{process}" for process in (os.getpid(), os.getppid())]
    for folder in alive:
        folder.mkdir(parents=True)
    add(store, JANUARY)
    assert all(folder.is_dir() for folder in alive)


@pytest.mark.parametrize("twice", [False, True])
def test_the_staging_folder_is_gone_afterwards(tmp_path: Path, twice: bool) -> None:
    store = Store(tmp_path, "small")
    for _ in range(1 + twice):
        add(store, JANUARY)
    assert [p.name for p in store.folder.iterdir()] == [JANUARY.digest]


def test_the_store_and_its_deliveries_are_for_their_owner_only(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    store.folder.mkdir(parents=True, mode=0o755)
    add(store, JANUARY)
    for folder in (store.folder, store.folder / JANUARY.digest):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_without_its_record_is_no_delivery_and_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    (store.folder / JANUARY.digest).mkdir(parents=True)
    assert store.records() == []
    add(store, JANUARY)
    assert [r.digest for r in store.records()] == [JANUARY.digest]


# What the sender states.


def test_what_the_sender_states_is_recorded(tmp_path: Path) -> None:
    stated = {"sender": "S", "first_day": date(2025, 1, 1), "last_day": date(2025, 1, 31), "units": ("a",)}
    more = {"extracted": date(2025, 2, 3), "decision": "D", "retain_until": date(2030, 1, 1)}
    made = stays(stay("s1", "2025-01-07", "2025-01-08"), **stated, **more)
    record = add(Store(tmp_path, "small"), dataclasses.replace(made, key_id="0a1b2c3d"))
    assert (record.sender, record.units, record.decision, record.key_id) == ("S", ("a",), "D", "0a1b2c3d")
    assert (record.stated_first, record.stated_last) == ("2025-01-01", "2025-01-31")
    assert (record.extracted, record.issued, record.retain_until) == (
        "2025-02-03",
        "2025-02-03",
        "2030-01-01",
    )
    assert Store(tmp_path, "small").records() == [record]


def test_what_is_not_stated_is_empty_and_the_rows_say_the_day_of_issue(tmp_path: Path) -> None:
    record = add(Store(tmp_path, "small"), JANUARY)
    assert (record.sender, record.extracted, record.stated_first, record.stated_last) == ("", "", "", "")
    assert (record.units, record.warned, record.issued) == ((), 0, "2025-01-31")


def test_a_statement_that_comes_later_is_added_and_one_that_does_not_come_again_is_kept(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, "small")
    first, digest = add(store, JANUARY), store.digest()
    told = dataclasses.replace(JANUARY.statement, sender="S", extracted=date(2025, 2, 3))
    later = add(store, dataclasses.replace(JANUARY, statement=told))
    assert later == dataclasses.replace(first, sender="S", extracted="2025-02-03", issued="2025-02-03")
    assert store.digest() != digest
    assert add(store, JANUARY) == later
    assert store.records() == [later]


def test_a_delivery_without_a_row_has_no_months(tmp_path: Path) -> None:
    record = add(Store(tmp_path, "small"), delivery("episodes", [], [(1, 2, "Kommun", "unknown_code")]))
    assert (record.first_month, record.last_month, record.issued, record.accepted) == ("", "", "", 0)


def test_rows_with_a_warning_are_counted_once_and_remarks_on_the_file_are_not(tmp_path: Path) -> None:
    warnings = [
        (1, 2, "A", "zero_length"),
        (1, 2, "B", "overlap"),
        (2, 3, "", "overlap"),
        (0, 0, "", "sheets"),
    ]
    rows = [stay("s1", "2025-01-07", "2025-01-08"), stay("s2", "2025-01-07", "2025-01-08")]
    store = Store(tmp_path, "small")
    assert add(store, delivery("episodes", rows, warnings=warnings)).warned == 2
    assert sorted(store.warnings().reason) == ["overlap", "overlap", "sheets", "zero_length"]


def test_a_record_of_an_older_program_still_loads(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    record = add(store, JANUARY)
    path = store.folder / record.digest / "delivery.json"
    old = list(json.loads(path.read_text()).items())
    keep = [f.name for f in dataclasses.fields(Record)][:11]
    path.write_text(json.dumps({k: v for k, v in old if k in keep}))
    assert store.records() == [record]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    record = add(store, JANUARY)
    (store.folder / record.digest / "delivery.json").write_text("{")
    with pytest.raises(SettingsError, match="record of a delivery"):
        store.records()


def test_pseudonyms_of_two_keys_are_never_mixed(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, dataclasses.replace(JANUARY, key_id="one"))
    add(store, reports(opened("2025-01-05", "Ny")))
    with pytest.raises(SettingsError, match="two keys"):
        add(store, dataclasses.replace(FEBRUARY, key_id="two"))
    assert add(store, dataclasses.replace(FEBRUARY, key_id="one")).key_id == "one"


def test_quarantine_is_a_table_over_all_deliveries(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    assert store.quarantine().columns.tolist() == ["delivery", "file", "row", "line", "column", "reason"]
    bad = delivery("episodes", [stay("s1", "2025-01-07", "2025-01-08")], [(2, 3, "NA", "order")])
    other = delivery("deviations", [report("d1", "2025-01-02")], [(1, 2, "", "required")])
    for each in (bad, other, JANUARY):
        add(store, each)
    assert len(store.quarantine()) == 2
    [row] = store.quarantine("episodes").to_dict("records")
    assert row == {
        "delivery": bad.digest, "file": "episodes.csv", "row": 2, "line": 3, "column": "NA", "reason": "order"
    }  # fmt: skip


# Versions.


def latest(store: Store, table: str = "deviations") -> pd.DataFrame:
    con = ibis.duckdb.connect()
    try:
        rows = store.latest(table, con).drop("delivery").to_pandas()
    finally:
        con.disconnect()
    return rows.sort_values("deviation_id", ignore_index=True)


def history(store: Store) -> list[tuple[str, int, str]]:
    found = store.versions("deviations")
    return list(zip(found.deviation_id, found.version_n, found.status, strict=True))


def sent(day: str, *rows: Row) -> Made:
    return reports(*rows, extracted=date.fromisoformat(day))


def test_content_that_comes_back_is_a_third_version(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    for day, status in (("2025-03-01", "B"), ("2025-02-01", "A"), ("2025-04-01", "A")):
        add(store, sent(day, opened("2025-01-05", status)))
    assert history(store) == [("d1", 1, "A"), ("d1", 2, "B"), ("d1", 3, "A")]
    found = store.versions("deviations")
    assert found.issued.tolist() == ["2025-02-01", "2025-03-01", "2025-04-01"]
    assert found.replaced.tolist() == ["2025-03-01", "2025-04-01", ""]


def test_the_same_rows_in_other_bytes_add_no_version(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    first = sent("2025-02-01", opened("2025-01-05", "A"))
    add(store, first)
    add(store, sent("2025-03-01", opened("2025-01-05", "A"), opened("2025-01-06", "N", "d2")))
    assert history(store) == [("d1", 1, "A"), ("d2", 1, "N")]
    assert store.versions("deviations").delivery.tolist()[0] == first.digest


def test_a_value_that_becomes_missing_and_one_that_is_filled_in_are_versions(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    for day, closed in (("2025-02-01", None), ("2025-03-01", "2025-02-20"), ("2025-04-01", None)):
        add(store, sent(day, opened("2025-01-05", "A") | {"closed_date": closed}))
    assert [v for _, v, _ in history(store)] == [1, 2, 3]


def test_a_delivery_of_an_older_program_that_lacks_a_column_has_it_empty(tmp_path: Path) -> None:
    older, newer = (
        sent("2025-02-01", opened("2025-01-05", "A")),
        sent("2025-03-01", opened("2025-01-06", "B", "d2")),
    )
    lacking = dataclasses.replace(older, frame=older.frame.drop(columns="severity"))
    store = Store(tmp_path, "small")
    for each in (lacking, newer):
        add(store, each)
    assert latest(store).severity.isna().all()
    assert latest(store).deviation_id.tolist() == ["d1", "d2"]


deliveries_drawn = st.lists(
    st.dictionaries(st.sampled_from(["d1", "d2", "d3", "d4"]), st.sampled_from("ABC"), min_size=1),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(plan=deliveries_drawn, data=st.data())
def test_any_order_twice_or_in_parts_gives_the_same_rows(
    plan: list[dict[str, str]], data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Deliveries of known days; each part of a delivery is of the day of the whole."""
    day = date(2025, 2, 1)
    rows = [
        [(day + timedelta(n)).isoformat(), [opened("2025-01-05", s, d) for d, s in each.items()]]
        for n, each in enumerate(plan)
    ]
    whole = [sent(when, *of) for when, of in rows]
    parts = []
    for when, of in rows:
        cut = data.draw(st.integers(0, len(of)))
        parts += [sent(when, *part) for part in (of[:cut], of[cut:]) if part]
    mixed = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=3))))
    one, other = (Store(tmp_path_factory.mktemp("store"), "small") for _ in range(2))
    for store, these in ((one, whole), (other, mixed)):
        for each in these:
            add(store, each)
    pd.testing.assert_frame_equal(latest(one), latest(other))
    assert history(one) == history(other)
    assert [d["d1"] for d in plan if "d1" in d][-1:] == latest(one).query(
        "deviation_id == 'd1'"
    ).status.tolist()


def test_more_deliveries_than_fit_in_a_byte_are_one_table(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    store.folder.mkdir(parents=True)
    for n in range(130):
        made = sent("2025-02-01", opened("2025-01-05", "A", f"d{n}"))
        (store.folder / ".incoming.0").mkdir()
        made.staged(store.folder / ".incoming.0").folder.rename(store.folder / made.digest)
        record = Record(made.file, made.digest, "test", "deviations", 1, 1, 0, "", "", "2025-02-01", False)
        write_record(record, store.folder / made.digest)
    assert len(latest(store)) == len(store.versions("deviations")) == 130


def test_what_is_stated_now_takes_the_place_of_all_that_was_stated(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    told = dataclasses.replace(JANUARY.statement, sender="S", extracted=date(2025, 2, 3), units=("a",))
    add(store, dataclasses.replace(JANUARY, statement=told))
    less = dataclasses.replace(JANUARY.statement, sender="S")
    record = add(store, dataclasses.replace(JANUARY, statement=less))
    assert (record.sender, record.units, record.extracted, record.issued) == ("S", (), "", "2025-01-31")


def test_pseudonyms_and_own_ids_are_not_mixed_in_a_table_of_persons(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, JANUARY)
    with pytest.raises(SettingsError, match="own ids must not be mixed"):
        add(store, dataclasses.replace(FEBRUARY, key_id="one"))
    add(store, dataclasses.replace(JANUARY, key_id="one"), reading="with a key")
    add(store, dataclasses.replace(FEBRUARY, key_id="one"))
    for again in (FEBRUARY, JANUARY):
        with pytest.raises(SettingsError, match="own ids must not be mixed"):
            add(store, again)
    add(store, reports(opened("2025-01-05", "Ny")))
    assert [r.key_id for r in store.records()] == ["", "one", "one"]


def test_a_delivery_that_was_about_to_be_replaced_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    add(store, JANUARY)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (store.folder / JANUARY.digest).rename(store.folder / f".{JANUARY.digest}.{dead.pid}")
    assert store.records() == []
    store.tidy()
    assert [r.digest for r in store.records()] == [JANUARY.digest]
