"""What may be shown of an area's series: one denominator told once, answers that move by shown periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.area import read_area
from analysis.measures import Measure, measures
from analysis.protocol import asked
from analysis.showing import Family, Showing

AREA = read_area("goteborg")
PARTS = [unit.id for unit in AREA.members]
FEW, MANY = "deviations_per_1000", "uk_days_mean_payment"
MONTHS = pd.date_range("2022-01-01", "2026-10-01", freq="MS")


def rows(events: float, base: float, *, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = len(MONTHS)
    return pd.DataFrame(
        {
            "period_start": MONTHS,
            "numerator": rng.poisson(events, n).astype(float),
            "denominator": np.full(n, base) + np.arange(n) % 7,
            "complete": True,
        }
    )


def showing(
    events: dict[str, float], *, base: dict[str, float] | None = None, area: object = AREA
) -> Showing:
    """An area whose parts have so many events a month by measure, of 100 (or another base) each."""
    base = base or {}

    def read(measure: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
        assert party == "all"
        parts = {
            unit: rows(events.get(measure.name, 50.0), base.get(measure.name, 100.0), seed=n)
            for n, unit in enumerate(PARTS)
        }
        summed = pd.concat(parts.values()).groupby("period_start", as_index=False)
        whole = summed[["numerator", "denominator"]].sum().assign(complete=True)
        every = [frame.assign(unit=unit) for unit, frame in {AREA.top.id: whole, **parts}.items()]
        found = pd.concat(every)
        return found[found.unit.isin(list(units))].reset_index(drop=True)

    return Showing(area, read, lambda _: None)  # type: ignore[arg-type]


def test_the_whole_is_shown_by_month_and_its_parts_by_quarter() -> None:
    shown = showing({}).of_units(measures()[MANY])
    assert list(shown) == [AREA.top.id, *PARTS]
    assert [one.level for one in shown.values()] == ["month", *["quarter"] * len(PARTS)]


def test_a_denominator_that_is_told_by_quarter_is_not_rounded_anew_for_half_years() -> None:
    own = showing({FEW: 1.5})
    few, many = (own.of_units(measures()[name])[PARTS[0]] for name in (FEW, MANY))
    assert (few.level, many.level) == ("half_year", "quarter")
    assert not few.counted_base
    quarters = many.table.set_index("period_start").denominator
    for row in few.table.itertuples():
        ends = [row.period_start, row.period_start + pd.DateOffset(months=3)]
        assert row.denominator == sum(quarters[day] for day in ends)


def test_a_denominator_of_its_own_is_rounded_by_itself() -> None:
    own = showing({FEW: 1.5}, base=dict.fromkeys(set(measures()) - {FEW}, 90.0))
    few = own.of_units(measures()[FEW])[PARTS[0]]
    assert few.level == "half_year"
    assert few.counted_base
    true = rows(1.5, 100.0, seed=0).set_index("period_start").denominator
    first = few.table.iloc[0]
    assert first.denominator == 5 * round(true[first.period_start : first.period_end].sum() / 5)


def test_no_measure_is_shown_in_shorter_periods_than_the_one_that_tells_its_denominator() -> None:
    own = showing({FEW: 1.5})
    for name in (FEW, MANY):
        assert own._owner(measures()[name]) is own._owner(measures()[MANY])


@pytest.mark.parametrize("unit", ["", PARTS[0]])
def test_an_answer_uses_whole_periods(unit: str) -> None:
    (question,) = asked(AREA, "02-deviations", AREA.unit(unit))
    own = showing({FEW: 50.0})
    last = own.until_free(question).question.last
    assert last == (date(2026, 9, 1) if unit else date(2026, 10, 1))


def test_an_answer_with_nothing_to_show_has_no_month_after_its_start() -> None:
    (question,) = asked(AREA, "02-deviations", AREA.unit(PARTS[0]))
    own = showing({FEW: 0.0})
    last = own.until_free(question).question.last
    assert last is not None
    assert last < question.question.start


def test_a_stated_last_month_is_never_exceeded() -> None:
    (question,) = asked(AREA, "02-deviations", AREA.top)
    stated = replace(question, question=replace(question.question, last=date(2026, 3, 1)))
    assert showing({}).until_free(stated).question.last == date(2026, 3, 1)


def test_levels_are_chosen_before_the_first_start_and_do_not_move_with_the_months() -> None:
    own = showing({FEW: 1.5})
    assert own.before == min(s.start for s in AREA.starts if s.start)
    without = showing({}, area=replace(AREA, starts=()))
    assert without.before is None


def cases(of_a: int) -> pd.DataFrame:
    """The cases behind `showing`: in each month of each part so many are of key a, the others of b."""
    found = [
        pd.DataFrame({"unit": unit, "key": ["a"] * of_a + ["b"] * (int(n) - of_a), "month": month})
        for number, unit in enumerate(PARTS)
        for month, n in rows(50.0, 100.0, seed=number)[["period_start", "numerator"]].itertuples(index=False)
    ]
    return pd.concat(found, ignore_index=True)


def test_counts_that_were_settled_once_are_not_taken_for_those_of_other_rows() -> None:
    own, unit = showing({}), AREA.top.id

    def of_a(n: int) -> list[float]:
        table = own.breakdown([Family(cases(n), ["a", "b"])], unit, measures()[MANY]).table
        return table[table.key == "a"].n.tolist()

    assert (of_a(10), of_a(20), of_a(10)) == ([300.0] * 9, [600.0] * 9, [300.0] * 9)


def test_a_family_is_known_by_its_rows_its_keys_and_their_sums() -> None:
    one = Family(cases(20), ["a", "b"])
    same = Family(cases(20), ["a", "b"])
    others = (
        Family(cases(21), ["a", "b"]),
        Family(cases(20).assign(person="p"), ["a", "b"]),
        Family(cases(20).rename(columns={"month": "day"}), ["a", "b"]),
        Family(cases(20), ["b", "a"]),
        Family(cases(20), ["a", "b"], {"a": ["b"]}),
    )
    assert one.digest() == same.digest()
    assert len({one.digest(), *(other.digest() for other in others)}) == 1 + len(others)
