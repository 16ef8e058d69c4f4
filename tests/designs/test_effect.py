"""Questions say what they mean, and effects what they are."""

from dataclasses import replace
from datetime import date

import pytest
from invented_series import counts, question

from analysis.designs.segmented import evaluate
from analysis.errors import DesignError


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"better": "less"}, "better = 'less'"),
        ({"better": "Lower"}, "better = 'Lower'"),
        ({"kind": "rate"}, "kind = 'rate'"),
        ({"impact": "slope"}, "impact = 'slope'"),
        ({"season": "month"}, "season = 'month'"),
        ({"transition": "drop"}, "transition = 'drop'"),
        ({"start": "2025-09-01"}, "is no date"),
        ({"settled": None}, "is no date"),
        ({"starts": (("a", "2025-09-01"),)}, "is no date"),
    ],
)
def test_a_misspelt_question_is_refused(changes, says):
    with pytest.raises(DesignError, match=says):
        question(**changes)


def test_an_effect_is_told_in_a_line():
    effect = evaluate(counts(ratio=0.6), question())
    assert repr(effect).startswith("<Effect q: improved, ratio 0.")
    assert len(repr(effect)) < 150
    assert effect.check("autocorrelation").passed is True
    assert effect.check("no such check") is None
    assert replace(effect, question=question(start=date(2025, 9, 1))).question == question()
