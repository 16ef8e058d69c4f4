"""The order of deliveries: by day, then digest; a correction comes right after what it corrects."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.history import lineages, ordered, tied
from analysis.record import Record


def record(digest: str, issued: str, corrects: str = "", extracted: str = "", table: str = "t") -> Record:
    known = Record("f.csv", digest, "s", table, 1, 1, 0, "", "", extracted or issued, False)
    return Record(**vars(known) | {"corrects": corrects, "extracted": extracted})


def order(*records: Record) -> str:
    return "".join(r.digest for r in ordered(records))


def test_a_correction_comes_right_after_what_it_corrects_and_has_its_day() -> None:
    records = [record("a", "2025-03-05"), record("b", "2025-01-05", corrects="z"), record("z", "2025-02-05")]
    assert order(*records) == "zba"
    assert [r.issued for r in ordered(records)] == ["2025-02-05", "2025-02-05", "2025-03-05"]


def test_a_correction_of_a_correction_comes_after_both() -> None:
    assert order(record("a", "01", corrects="b"), record("b", "01", corrects="c"), record("c", "02")) == "cba"


def test_a_correction_that_was_taken_out_later_stands_for_itself() -> None:
    parent, other = record("a", "2025-02-05"), record("b", "2025-03-05")
    assert order(parent, other, record("0", "", corrects="a", extracted="2025-04-01")) == "ab0"


def test_what_corrects_nothing_that_is_there_or_another_table_stands_for_itself() -> None:
    assert order(record("a", "01", corrects="gone"), record("b", "02")) == "ab"
    assert order(record("a", "01", corrects="b", table="t"), record("b", "02", table="u")) == "ab"


def test_deliveries_that_correct_each_other_do_not_go_on_for_ever() -> None:
    assert sorted(order(record("a", "01", corrects="b"), record("b", "01", corrects="a"))) == ["a", "b"]


def test_deliveries_of_one_day_are_tied_but_not_with_their_corrections() -> None:
    lines = lineages(
        [record("a", "01"), record("b", "01"), record("c", "00", corrects="a"), record("d", "02")]
    )
    assert tied("a", lines) == {"b"}
    assert tied("c", lines) == {"b"}
    assert tied("d", lines) == set()


@given(st.lists(st.tuples(st.sampled_from("123"), st.integers(-1, 5)), max_size=6), st.randoms())
def test_the_order_of_loading_does_not_matter(plan: list[tuple[str, int]], chance: object) -> None:
    records = [record(f"{n}", day, corrects=f"{of}") for n, (day, of) in enumerate(plan)]
    mixed = list(records)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert ordered(mixed) == ordered(records)
