"""From a question to its answer: what it is read from, and that the quick p is that of the whole answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
from invented_panels import counts as panel_counts
from invented_panels import question as panel_question
from invented_series import counts, question

from analysis.answering import Data, answer, gather, p_alone, together
from analysis.measures import Measure, measures
from analysis.protocol import Asked

DELAYED, DEVIATIONS = measures()["delayed_beds"], measures()["deviations_per_1000"]


def asked(
    measure: Measure = DEVIATIONS, party: str = "all", design: str = "segmented", **changes: object
) -> Asked:
    one = replace(question(measure=measure.name), unit="u", party=party, **changes)
    return Asked(one, measure, party, {"sv": "?", "en": "?"}, False, design)


def panel(_: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
    """Every unit the same; a party has a quarter."""
    share = 1.0 if party == "all" else 0.25
    one = counts()
    return pd.concat([one.assign(unit=u, numerator=one.numerator * share) for u in units], ignore_index=True)


def test_a_question_about_everyone_is_read_from_one_series() -> None:
    data = gather(asked(), panel)
    assert (data.others, data.comparison, data.panel) == (None, None, None)
    assert "unit" not in data.series


def test_others_are_all_parties_but_the_one_asked_about() -> None:
    data = gather(asked(party="nhs"), panel)
    assert data.others is not None
    np.testing.assert_allclose(data.others.numerator, 3 * data.series.numerator)
    np.testing.assert_allclose(data.others.denominator, data.series.denominator)
    assert "moved_elsewhere" in {c.name for c in answer(asked(party="nhs"), data)[0].checks}


def test_a_series_is_compared_with_its_units_together() -> None:
    one = asked(comparison=("a", "b"))
    data = gather(one, panel)
    assert data.comparison is not None
    np.testing.assert_allclose(data.comparison.numerator, 2 * data.series.numerator)
    assert answer(one, data)[0].method.endswith("_compared")


@pytest.mark.parametrize(("measure", "times"), [(DELAYED, 1), (DEVIATIONS, 3)])
def test_a_shared_base_is_not_added_up(measure: Measure, times: int) -> None:
    rows = panel(measure, ("a", "b", "c"), "all")
    whole, one = together(rows, ("a", "b", "c"), measure), counts()
    np.testing.assert_allclose(whole.numerator, 3 * one.numerator)
    np.testing.assert_allclose(whole.denominator, times * one.denominator)
    np.testing.assert_allclose(whole.value, measure.per * whole.numerator / whole.denominator)


def test_months_that_a_unit_lacks_are_not_shown_and_incomplete_ones_stay_so() -> None:
    rows = panel(DELAYED, ("a", "b"), "all")
    months = sorted(rows.period_start.unique())
    rows = rows[~((rows.unit == "a") & (rows.period_start == months[3]))]
    rows.loc[(rows.unit == "b") & (rows.period_start == months[5]), "complete"] = False
    whole = together(rows, ("a", "b", "never_reported"), DELAYED).set_index("period_start")
    assert months[3] not in whole.index
    assert not whole.complete[months[5]]
    assert whole.complete[months[4]]


def of_units() -> tuple[Asked, Data]:
    rows = panel_counts(ratio=0.6, mean=400.0)
    one = replace(panel_question(kind="count", better="lower", per=1000.0), measure=DEVIATIONS.name)
    treated = Asked(one, DEVIATIONS, "all", {"sv": "?", "en": "?"}, False, "staggered")
    return treated, Data(together(rows, [u for u, _ in one.starts], DEVIATIONS), panel=rows)


def test_the_quick_p_is_that_of_the_answer() -> None:
    for one, data in ((asked(), gather(asked(), panel)), of_units()):
        assert p_alone(one, data) == pytest.approx(answer(one, data)[0].p)


def test_there_is_no_p_where_there_is_no_answer() -> None:
    short = counts(3, 3)
    assert isnan(p_alone(asked(), Data(short)))
    one, data = of_units()
    assert data.panel is not None
    assert isnan(p_alone(one, Data(data.series, panel=data.panel[data.panel.unit == "A"])))


def test_units_are_drawn_on_the_scale_of_their_sum_where_they_share_a_base() -> None:
    one, data = of_units()
    assert data.panel is not None
    same = replace(one, measure=replace(DEVIATIONS, is_shared_base=True))
    rows = data.panel.assign(denominator=1000.0)
    rows = rows.assign(value=rows.numerator)
    shared = Data(together(rows, [u for u, _ in one.question.starts], same.measure), panel=rows)
    effect, series = answer(same, shared)
    shown = series.set_index("period_start").value
    fit = effect.fit.set_index("period_start").value
    np.testing.assert_allclose(fit, shown.reindex(fit.index))


def test_units_left_out_of_the_answer_are_left_out_of_what_is_shown() -> None:
    one, data = of_units()
    assert data.panel is not None
    rows = data.panel.copy()
    rows.loc[(rows.unit == "B") & (rows.index % 3 > 0), "complete"] = False
    effect, series = answer(one, Data(data.series, panel=rows))
    gone = [said for code, said in effect.reasons if code == "units_left_out"]
    assert [said["treated"] for said in gone] == [1]
    kept = [u for u, _ in one.question.starts if u != "B"]
    pd.testing.assert_frame_equal(series, together(rows, kept, DEVIATIONS))
