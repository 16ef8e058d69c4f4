"""The store: whole deliveries or none, nothing overwritten, and the order of loading does not matter."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import CannotWrite, SettingsError
from analysis.sources import Delivery
from analysis.sources.reader import Reject
from analysis.store import Store
from deliveries import Row, delivery, report, reports, series_of, snapshot_of, stay, stays

JANUARY = stays(stay("s1", "2025-01-07", "2025-01-08"), stay("s2", "2025-01-09", "2025-01-31 10:00"))
FEBRUARY = stays(stay("s3", "2025-02-07", "2025-02-28 23:59"))


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and content."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def versions(*deliveries: Delivery, home: Path) -> dict[str, str]:
    """Id to status, after all deliveries."""
    facts = pd.read_parquet(snapshot_of(home, *deliveries).facts("deviations"))
    return dict(zip(facts.deviation_id, facts.status, strict=True))


def opened(day: str, status: str, deviation: str = "d1") -> Row:
    return report(deviation, "2025-01-02", reported=day) | {"status": status}


def test_a_record_tells_what_a_delivery_is_and_no_value_of_any_row(tmp_path: Path) -> None:
    bad = Reject(3, 4, "Kommun", "unknown_unit")
    rows = [stay("s1", "2025-01-07", "2025-01-08"), stay("s2", "2025-02-09", "2025-03-31 10:00")]
    record = Store(tmp_path, "small").add(delivery("episodes", rows, [bad]))
    assert (record.table, record.source, record.file) == ("episodes", "test", "episodes.csv")
    assert (record.read, record.accepted, record.quarantined) == (3, 2, 1)
    assert (record.first_month, record.last_month, record.issued) == ("2025-01", "2025-03", "2025-03-31")
    assert not record.invented
    assert "s1" not in str(record)


def test_rows_that_were_kept_out_are_kept_by_row_line_column_and_reason(tmp_path: Path) -> None:
    bad = [Reject(2, 3, "Kommun", "unknown_unit"), Reject(2, 3, "", "order")]
    store = Store(tmp_path, "small")
    record = store.add(delivery("episodes", [stay("s1", "2025-01-07", "2025-01-08")], bad))
    text = (store.folder / record.digest / "quarantine.csv").read_text(encoding="utf-8")
    assert text == "row,line,column,reason\n2,3,Kommun,unknown_unit\n2,3,,order\n"


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    store.add(JANUARY)
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
    first, before, digest = store.add(JANUARY), tree(tmp_path), store.digest()
    assert store.add(JANUARY) == first
    assert store.add(dataclasses.replace(JANUARY, file="same-bytes-other-name.csv")) == first
    assert tree(tmp_path) == before
    assert store.digest() == digest


def test_the_digest_changes_when_a_delivery_comes_and_when_it_goes(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    digests = [store.digest()]
    for each in (JANUARY, FEBRUARY):
        store.add(each)
        digests.append(store.digest())
    assert len(set(digests)) == 3


def test_the_order_of_loading_does_not_matter(tmp_path: Path) -> None:
    found = []
    deliveries = (JANUARY, FEBRUARY, reports(opened("2025-01-05", "Ny")))
    for n, order in enumerate(itertools.permutations(deliveries)):
        store = Store(tmp_path / str(n), "small")
        for each in order:
            store.add(each)
        found.append((store.digest(), store.records(), store.issued()))
    assert all(each == found[0] for each in found)


def test_records_come_oldest_first_by_date_of_issue(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    for each in (FEBRUARY, JANUARY):
        store.add(each)
    assert [r.issued for r in store.records()] == ["2025-01-31", "2025-02-28"]
    assert store.issued() == "2025-02-28"


def test_the_store_knows_that_it_holds_something_invented(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    assert not store.invented()
    store.add(JANUARY, invented=True)
    assert store.invented()


@pytest.mark.parametrize("invented", [False, True])
def test_real_and_invented_deliveries_are_never_mixed(tmp_path: Path, invented: bool) -> None:
    store = Store(tmp_path, "small")
    store.add(JANUARY, invented=invented)
    with pytest.raises(SettingsError, match="must not be mixed"):
        store.add(FEBRUARY, invented=not invented)
    assert len(store.records()) == 1


def test_areas_do_not_see_each_other(tmp_path: Path) -> None:
    Store(tmp_path, "small").add(JANUARY)
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
            store.add(JANUARY)
    assert caught.value.exit_code == 74
    assert list(store.folder.iterdir()) == []
    assert store.add(JANUARY).accepted == 2


@pytest.mark.parametrize("step", ["to_parquet", "write_text", "rename"])
def test_a_write_that_is_cut_off_leaves_no_half_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """As kill -9 would: nothing runs after the step that is cut off."""

    def cut(*_: object, **__: object) -> None:
        raise SystemExit

    store = Store(tmp_path, "small")
    store.add(FEBRUARY)
    before = (store.records(), store.digest())
    with monkeypatch.context() as power:
        power.setattr(pd.DataFrame if step == "to_parquet" else Path, step, cut)
        with pytest.raises(SystemExit):
            store.add(JANUARY)
    assert (store.records(), store.digest()) == before
    assert not store.has(JANUARY.digest)
    assert store.add(JANUARY).accepted == 2
    assert len(store.records()) == 2


def test_a_folder_without_its_record_is_no_delivery_and_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path, "small")
    (store.folder / JANUARY.digest).mkdir(parents=True)
    assert store.records() == []
    store.add(JANUARY)
    assert [r.digest for r in store.records()] == [JANUARY.digest]
