import numpy as np
import pytest
from invented_series import START, frame, question

from analysis.designs.control import control_chart
from analysis.designs.rebase import proposed_rebase
from analysis.designs.timeline import month_of, ordinal

AT = ordinal(START)
LOWER = [20, 22] * 6


def chart(after, *, before=24, rebased=()):
    values = [*([40, 60] * before)[:before], *after]
    at = np.arange(AT - before, AT - before + len(values))
    return control_chart(frame(at, values, np.full(len(at), 100.0)), question(), kind="u", rebased=rebased)


def reason(after, change=START, **changes):
    (found,) = proposed_rebase(chart(after, **changes), [(change, "new register")])
    assert found.proposed == (found.reason == "sustained_signal")
    return found.reason


def test_documented_sustained_change_is_proposed_with_both_levels():
    (found,) = proposed_rebase(chart(LOWER), [(START, "new register")])
    assert found.proposed
    assert (found.first, found.name) == (START, "new register")
    assert (found.n_before, found.n_after) == (24, 12)
    assert (found.centre_before, found.centre_after) == pytest.approx((500, 210))


def test_nothing_is_proposed_without_a_documented_change():
    assert proposed_rebase(chart(LOWER), []) == ()


def test_chart_itself_is_never_changed():
    one = chart(LOWER)
    proposed_rebase(one, [(START, "new register")])
    assert len(one.parts) == 1


@pytest.mark.parametrize(
    ("after", "changes", "code"),
    [
        (LOWER[:11], {}, "few_points"),
        (LOWER, {"before": 11}, "few_points"),
        ([40, 60] * 6, {}, "no_sustained_signal"),
        ([*LOWER, *LOWER, 70, 70], {}, "no_sustained_signal"),
        (LOWER, {"change": month_of(AT + 100)}, "outside_data"),
        (LOWER, {"change": month_of(AT - 100)}, "outside_data"),
        (LOWER, {"rebased": (START,)}, "already_rebased"),
        ([], {}, "outside_data"),
    ],
)
def test_reason_is_told_when_nothing_is_proposed(after, changes, code):
    assert reason(after, **changes) == code


def test_each_change_is_judged_up_to_the_next_one():
    first, second = proposed_rebase(
        chart([*LOWER, *[8, 9] * 6]), [(month_of(AT + 12), "second"), (START, "first")]
    )
    assert (first.name, first.n_after, first.proposed) == ("first", 12, True)
    assert (second.name, second.n_after) == ("second", 12)
