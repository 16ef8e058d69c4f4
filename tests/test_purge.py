"""Deliveries that may not be kept go with all that was made of them; what stays says what it said before."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import purge as purge_module
from analysis.errors import CannotWrite, SettingsError
from analysis.measures.indicators import snapshot_folder
from analysis.purge import Which, finish, is_expired, newest_day, purge
from analysis.record import Gone, Record, read_gone, write_gone
from analysis.registration import adherence, register
from analysis.store import Store
from deliveries import Made, add, delivery, report, reports
from homes import call, goteborg, small_exports

DAY = date(2025, 3, 1)
BEFORE = Which(before=DAY)


@pytest.fixture(name="store")
def store_of_a_home(tmp_path: Path) -> Store:
    return Store(tmp_path, "small")


def record(**known: Any) -> Record:
    plain = Record("f", "0a", "s", "t", 1, 1, 0, "2025-01", "2025-01", "2025-01-31", invented=False)
    return Record(**vars(plain) | known)


def kept(store: Store) -> list[str]:
    return sorted(r.digest for r in store.records())


def latest(store: Store) -> dict[str, str]:
    import ibis

    con = ibis.duckdb.connect()
    frame = store.latest("deviations", con).to_pandas()
    con.disconnect()
    return dict(zip(frame.deviation_id, frame.closed_date.dt.strftime("%m-%d").fillna(""), strict=True))


# Which.


@pytest.mark.parametrize(
    ("known", "day"),
    [
        ({"last_month": "2025-02"}, date(2025, 2, 28)),
        ({"last_month": "2024-02"}, date(2024, 2, 29)),
        ({"last_month": "2025-12"}, date(2025, 12, 31)),
        ({"last_month": "2025-11"}, date(2025, 11, 30)),
        ({"last_month": "2025-02", "stated_last": "2025-06-30"}, date(2025, 2, 28)),
        ({"last_month": "", "stated_last": "2025-06-15", "issued": "2025-07-01"}, date(2025, 6, 15)),
        ({"last_month": "", "issued": "2025-07-01"}, date(2025, 7, 1)),
        ({"last_month": "", "issued": ""}, None),
    ],
)
def test_the_newest_row_is_as_new_as_its_month_can_be(known: dict[str, str], day: date | None) -> None:
    assert newest_day(record(**known)) == day


def test_before_a_day_means_that_no_row_is_of_that_day_or_later() -> None:
    february = record(last_month="2025-02")
    assert Which(before=date(2025, 3, 1)).is_old(february)
    assert not Which(before=date(2025, 2, 28)).is_old(february)
    assert not Which().is_old(february)
    assert not BEFORE.is_old(record(last_month="", issued=""))


def test_the_day_that_is_stated_is_the_last_that_a_delivery_may_be_kept() -> None:
    until = record(retain_until="2025-03-01")
    assert not is_expired(until, date(2025, 3, 1))
    assert is_expired(until, date(2025, 3, 2))
    assert not is_expired(record(retain_until=""), date(2999, 1, 1))
    assert Which(expired_on=date(2025, 3, 2)).is_expired(until)
    assert not Which(before=date(2025, 3, 2)).is_expired(until)


def test_only_what_is_old_or_expired_goes(store: Store) -> None:
    old = add(store, reports(report("d1", "2025-02-28"))).digest
    new = add(store, reports(report("d2", "2025-03-01"))).digest
    late = add(store, reports(report("d3", "2025-04-01"), retain_until=date(2025, 5, 1))).digest
    assert purge(store, Which(expired_on=date(2025, 5, 1))).deliveries == ()
    assert kept(store) == sorted([old, new, late])
    assert purge(store, Which(expired_on=date(2025, 5, 2))).deliveries == (late,)
    done = purge(store, BEFORE)
    assert (done.deliveries, done.rows, done.exit_code) == ((old,), 1, 0)
    assert kept(store) == [new]


def test_both_ways_of_asking_add_up(store: Store) -> None:
    old = add(store, reports(report("d1", "2025-01-01"))).digest
    late = add(store, reports(report("d3", "2025-04-01"), retain_until=date(2025, 5, 1))).digest
    assert purge(store, Which(DAY, date(2025, 6, 1))).deliveries == tuple(sorted([old, late]))


def test_a_delivery_whose_age_nothing_tells_stays_and_is_counted(store: Store) -> None:
    empty = delivery("deviations", [], [(1, 2, "", "required")])
    add(store, empty)
    add(store, reports(report("d1", "2025-01-01")))
    done = purge(store, BEFORE)
    assert (len(done.deliveries), done.undated) == (1, 1)
    assert any("nothing tells how old" in line for line in done.lines(dry_run=False))
    assert purge(store, Which(expired_on=DAY)).undated == 0
    assert kept(store) == [empty.digest]


def test_rows_that_were_kept_out_are_counted_too(store: Store) -> None:
    add(store, delivery("deviations", [report("d1", "2025-01-01")], [(2, 3, "", "required")]))
    assert purge(store, BEFORE).rows == 2


# What goes with them.


def snapshot_of(store: Store) -> Path:
    return snapshot_folder(store.zones.home, "small", store.digest())


def filled(store: Store) -> str:
    """A store with something of every kind; the digest of the delivery that goes."""
    digest = add(store, reports(report("d1", "2025-01-05"))).digest
    add(store, reports(report("d2", "2025-06-05")))
    for name in ("correct.csv", "correct.csv.delivery.toml", "free_text.parquet"):
        (store.folder / digest / name).write_text("of a person")
    snapshot_of(store).mkdir(parents=True)
    (snapshot_of(store) / "facts_deviations.parquet").write_text("of a person")
    (store.zones.private(store.zones.runs) / "a").mkdir()
    (store.zones.runs / "a/executed.ipynb").write_text("of a person")
    (store.zones.protected / "bug.txt").write_text("of a person")
    return digest


def left(store: Store) -> set[str]:
    return {
        str(p.relative_to(store.zones.protected)) for p in store.zones.protected.rglob("*") if p.is_file()
    }


def test_everything_that_was_made_from_them_goes_and_nothing_else(store: Store) -> None:
    digest = filled(store)
    assert any(".snapshots" in name for name in left(store))
    (store.zones.protected / "access.log").write_text("{}")
    purge(store, BEFORE)
    [stays] = kept(store)
    own = {
        f"store/{stays}/{name}"
        for name in ("delivery.json", "rows.parquet", "quarantine.csv", "warnings.csv")
    }
    assert left(store) == own | {"store/purged.json", "access.log"}
    assert not store.has(digest)
    assert store.record(digest) is None


def test_a_dry_run_says_the_same_and_removes_nothing(store: Store) -> None:
    digest = filled(store)
    before = left(store)
    said = purge(store, BEFORE, dry_run=True)
    assert left(store) == before
    assert store.has(digest)
    assert purge(store, BEFORE) == said


def test_when_nothing_goes_nothing_that_was_made_goes(store: Store) -> None:
    filled(store)
    before = left(store)
    assert purge(store, Which(before=date(2020, 1, 1))).deliveries == ()
    assert left(store) == before


def test_what_is_remembered_of_it_holds_nothing_of_its_rows(store: Store) -> None:
    add(store, reports(report("d1", "2025-01-05"), sender="Somebody", units=("a",)))
    purge(store, BEFORE)
    path = store.folder / "purged.json"
    [row] = json.loads(path.read_text())["deliveries"]
    assert set(row) == {"digest", "source", "table", "issued", "extracted", "corrects", "invented"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Somebody" not in path.read_text()


def copy_of(store: Store, name: str, content: bytes) -> str:
    """A file among the exports, and the digest that its delivery would have."""
    path = store.zones.private(store.zones.raw) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return purge_module.digest_of(path)


def with_digest(made: Made, digest: str) -> Made:
    return Made(**vars(made) | {"digest": digest})


def test_every_copy_of_its_file_goes_whatever_its_name_and_others_stay(store: Store) -> None:
    digest = copy_of(store, "0a0b0c0d-jan.csv", b"january")
    copy_of(store, "deep/as the sender named it.csv", b"january")
    copy_of(store, "other.csv", b"june")
    copy_of(store, "statement.csv", b"x")
    (store.zones.raw / "0a0b0c0d-jan.csv.delivery.toml").write_text("sender = 'x'")
    add(store, with_digest(reports(report("d1", "2025-01-05")), digest))
    done = purge(store, BEFORE)
    assert done.as_dict()["copies"] == 2
    assert {n for n in left(store) if n.startswith("raw/")} == {"raw/other.csv", "raw/statement.csv"}


@pytest.mark.parametrize(("other", "goes"), [(b"january", True), (b"june", False)])
def test_an_archive_goes_with_its_files_and_one_that_holds_others_stops_the_purge(
    store: Store, other: bytes, goes: bool
) -> None:
    digest = copy_of(store, "a.csv", b"january")
    copy_of(store, "b.csv", other)
    with tarfile.open(store.zones.raw / "both.tar.gz", "w:gz") as tar:
        for name in ("a.csv", "b.csv"):
            tar.add(store.zones.raw / name, name)
            (store.zones.raw / name).unlink()
    add(store, with_digest(reports(report("d1", "2025-01-05")), digest))
    if goes:
        assert purge(store, BEFORE).deliveries == (digest,)
    else:
        with pytest.raises(SettingsError, match="together with files that stay"):
            purge(store, BEFORE)
        assert kept(store) == [digest]
    assert (store.zones.raw / "both.tar.gz").exists() is not goes


# What stays says what it said before.


def test_a_correction_keeps_its_place_when_what_it_corrects_has_gone(store: Store) -> None:
    first = add(store, reports(report("d1", "2025-01-05"), extracted=date(2025, 6, 30)))
    mended = reports(report("d2", "2025-04-05", closed="2025-04-06"), corrects=first.digest)
    add(store, mended)
    add(store, reports(report("d2", "2025-04-05", closed="2025-04-30"), extracted=date(2025, 5, 31)))
    before = latest(store)["d2"], store.records()
    assert before[0] == "04-06"
    assert purge(store, BEFORE).deliveries == (first.digest,)
    assert latest(store)["d2"] == "04-06"
    assert store.records() == [r for r in before[1] if r.digest != first.digest]
    again = add(store, reports(report("d3", "2025-04-05"), corrects=first.digest))
    assert [r.issued for r in store.records() if r.digest == again.digest] == ["2025-06-30"]


def test_a_delivery_that_corrects_one_that_stays_stays_with_it(store: Store) -> None:
    long = add(store, reports(report("d1", "2025-01-05"), report("d9", "2025-06-05")))
    mend = add(store, reports(report("d1", "2025-01-05", closed="2025-01-09"), corrects=long.digest))
    done = purge(store, BEFORE)
    assert (done.deliveries, done.held, done.overdue, done.exit_code) == ((), (mend.digest,), (), 0)
    assert latest(store)["d1"] == "01-09"
    assert "1 stay, since their rows correct deliveries that stay" in done.lines(dry_run=False)
    assert not (store.folder / "purged.json").exists()


def test_one_that_may_not_be_kept_but_must_stay_is_said_with_an_exit_code(store: Store) -> None:
    long = add(store, reports(report("d1", "2025-01-05"), report("d9", "2025-06-05")))
    until = date(2025, 2, 1)
    mend = add(
        store,
        reports(report("d1", "2025-01-05", closed="2025-01-09"), corrects=long.digest, retain_until=until),
    )
    done = purge(store, Which(expired_on=date(2026, 1, 1)))
    assert (done.held, done.overdue, done.exit_code) == ((mend.digest,), (mend.digest,), 65)
    assert "may not be kept any longer" in "\n".join(done.lines(dry_run=False))
    assert purge(store, Which(date(2025, 8, 1), date(2026, 1, 1))).exit_code == 0
    assert kept(store) == []


def test_one_that_repeats_or_is_replaced_itself_may_go(store: Store) -> None:
    add(store, reports(report("d1", "2025-01-05"), report("d9", "2025-06-05"), extracted=date(2025, 6, 30)))
    same = add(store, reports(report("d1", "2025-01-05"), extracted=date(2025, 7, 1)))
    before = add(store, reports(report("d1", "2025-01-05", closed="2025-01-07"), extracted=date(2025, 2, 1)))
    assert purge(store, BEFORE).deliveries == tuple(sorted([same.digest, before.digest]))
    assert latest(store) == {"d1": "", "d9": ""}


def test_of_a_chain_the_last_word_and_what_it_rests_on_stay(store: Store) -> None:
    add(store, reports(report("d1", "2025-01-05"), report("d9", "2025-06-05"), extracted=date(2025, 6, 30)))
    middle = add(store, reports(report("d1", "2025-01-05", closed="2025-01-07"), extracted=date(2025, 7, 1)))
    last = add(store, reports(report("d1", "2025-01-05", closed="2025-01-09"), extracted=date(2025, 7, 2)))
    done = purge(store, BEFORE)
    assert (done.held, done.deliveries) == ((last.digest,), (middle.digest,))
    assert latest(store)["d1"] == "01-09"


DAYS = st.sampled_from(["2025-01-05", "2025-02-05", "2025-05-05"])
PLAN = st.lists(
    st.tuples(st.lists(st.tuples(st.sampled_from("abc"), DAYS), min_size=1, max_size=3), st.integers(1, 28)),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(PLAN)
def test_no_row_of_what_stays_changes_by_a_purge(tmp_path_factory: pytest.TempPathFactory, plan: Any) -> None:
    store = Store(tmp_path_factory.mktemp("home"), "small")
    for n, (rows, day) in enumerate(plan):
        named = {name: report(name, when, closed=f"2025-06-{n + 1:02}") for name, when in rows}
        add(store, reports(*named.values(), extracted=date(2025, 7, day)))
    before, keys = latest(store), set()
    purge(store, BEFORE)
    for _, path in store.rows("deviations"):
        keys |= set(pd.read_parquet(path).deviation_id)
    now = latest(store) if keys else {}
    assert now == {name: closed for name, closed in before.items() if name in keys}
    shutil.rmtree(store.zones.home)


# A purge that is killed.


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", range(6))
def test_a_purge_that_is_killed_leaves_a_store_that_loads_and_is_finished_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    digest = filled(store)
    copy_of(store, "a.csv", b"january")
    done: list[str] = []

    def counted(name: str, real: Any) -> Any:
        def act(*given: Any, **more: Any) -> Any:
            if len(done) == step:
                raise Killed
            done.append(name)
            return real(*given, **more)

        return act

    for name in ("remove_export", "write_gone"):
        monkeypatch.setattr(purge_module, name, counted(name, getattr(purge_module, name)))
    monkeypatch.setattr(purge_module.shutil, "rmtree", counted("rmtree", shutil.rmtree))
    monkeypatch.setattr(purge_module, "_copies", lambda *_: (store.zones.raw / "a.csv",))
    with pytest.raises(Killed):
        purge(store, BEFORE)
    monkeypatch.undo()
    is_gone = "write_gone" in done
    assert store.has(digest) is not is_gone
    assert digest in kept(store) or is_gone
    assert set(latest(store)) == ({"d2"} if is_gone else {"d1", "d2"})
    purge(store, BEFORE)
    assert not [name for name in left(store) if digest in name or ".snapshots" in name or "runs" in name]
    assert not store.gone().unfinished


def test_finishing_what_is_finished_removes_nothing(store: Store) -> None:
    filled(store)
    purge(store, BEFORE)
    snapshot_of(store).mkdir(parents=True)
    (snapshot_of(store) / "series.parquet").touch()
    before = left(store)
    finish(store)
    assert left(store) == before


def test_what_cannot_be_removed_is_told_and_the_store_has_it_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = filled(store)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(purge_module.shutil, "rmtree", refuse)
    with pytest.raises(CannotWrite, match=r"not everything could be removed \(Permission denied\)"):
        purge(store, BEFORE)
    assert not store.has(digest)
    monkeypatch.undo()
    monkeypatch.setattr(purge_module, "write_gone", refuse)
    with pytest.raises(CannotWrite):
        purge(store, Which(before=date(2026, 1, 1)))


# Loading again.


def test_a_purged_file_that_is_loaded_again_is_there_again(store: Store) -> None:
    made = reports(report("d1", "2025-01-05"))
    add(store, made)
    purge(store, BEFORE)
    assert kept(store) == []
    add(store, made)
    assert kept(store) == [made.digest]
    assert store.gone().records == ()


def test_a_list_that_is_damaged_is_not_taken_for_an_empty_one(store: Store) -> None:
    store.zones.private(store.folder)
    for text in ("", "[]", "{}", '{"deliveries": [{}], "unfinished": false}'):
        (store.folder / "purged.json").write_text(text)
        with pytest.raises(SettingsError, match="list of purged deliveries"):
            store.records()


def test_what_is_written_down_is_read_back(tmp_path: Path) -> None:
    one = record(digest="0b", corrects="0c", extracted="2025-02-01")
    write_gone(Gone((one,), unfinished=True), tmp_path)
    found = read_gone(tmp_path)
    assert (found.unfinished, found.digests) == (True, {"0b"})
    assert found.records[0] == record(
        digest="0b",
        corrects="0c",
        extracted="2025-02-01",
        file="",
        read=0,
        accepted=0,
        first_month="",
        last_month="",
    )
    assert found.without("0b").records == ()
    assert found.without("0c") == found
    assert read_gone(tmp_path / "nowhere") == Gone()


def test_a_protocol_is_not_registered_after_data_that_were_purged(tmp_path: Path) -> None:
    store = Store(tmp_path, "goteborg")
    add(store, reports(report("d1", "2025-01-05")))
    purge(store, BEFORE)
    register(goteborg(), tmp_path)
    assert adherence(goteborg(), tmp_path).state == "unregistered"


# The command.


def test_the_command_says_what_went_and_that_published_sets_stay(tmp_path: Path) -> None:
    call("load", small_exports()[0], "--home", tmp_path)
    [one] = Store(tmp_path, "goteborg").records()
    dry = call("purge", "--before", "2100-01-01", "--dry-run", "--home", tmp_path)
    assert (dry.code, dry.err) == (0, "")
    assert dry.out == (
        f"1 deliveries with {one.read} rows would be removed\n  {one.digest}\n"
        f"Published sets stay as they are: {tmp_path}/reports/goteborg\n"
    )
    said = call("purge", "--before", "2100-01-01", "--home", tmp_path, "--json")
    assert said.json == {
        "deliveries": [one.digest], "rows": one.read, "copies": 1, "held": [], "overdue": [], "undated": 0,
    }  # fmt: skip
    assert list(Store(tmp_path, "goteborg").zones.raw.iterdir()) == []
    log = (Store(tmp_path, "goteborg").zones.protected / "access.log").read_text().splitlines()
    assert [json.loads(line)["command"] for line in log] == ["load", "purge --dry-run", "purge"]
    assert json.loads(log[2])["deliveries"] == [one.digest]
    assert call("purge", "--expired", "--home", tmp_path).out.startswith("0 deliveries with 0 rows removed\n")


def test_the_next_command_finishes_a_purge(tmp_path: Path) -> None:
    call("load", small_exports()[0], "--home", tmp_path)
    store = Store(tmp_path, "goteborg")
    [one] = store.records()
    write_gone(Gone((one,), unfinished=True), store.folder)
    call("load", small_exports()[-1], "--home", tmp_path)
    assert not (store.folder / one.digest).exists()
    assert not store.gone().unfinished


def test_check_tells_of_deliveries_past_their_day(tmp_path: Path) -> None:
    export = Path(shutil.copy(small_exports()[0], tmp_path / "a.csv"))
    Path(f"{export}.delivery.toml").write_text("retain_until = 2026-11-01\n")
    said = call("load", export, "--home", tmp_path)
    assert said.code == 0, said
    assert "purge --expired" not in call("check", "--home", tmp_path, "--as-of", "2026-11-01").out
    assert "purge --expired" in call("check", "--home", tmp_path, "--as-of", "2026-11-02").out
