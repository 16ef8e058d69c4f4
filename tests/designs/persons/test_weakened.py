from dataclasses import replace

import numpy as np
import pytest
from invented_series import counts, question

from analysis.designs.effect import Check
from analysis.designs.persons.weakened import weakened, without_answer
from analysis.designs.segmented import evaluate


@pytest.fixture(scope="module")
def effect():
    return evaluate(counts(ratio=0.5), question())


@pytest.mark.parametrize("verdict", ["improved", "worsened", "cannot_be_attributed"])
def test_a_blocking_check_that_failed_takes_the_attribution_away(effect, verdict):
    found = weakened(replace(effect, verdict=verdict), [Check("mix", False)])
    assert found.verdict == "cannot_be_attributed"
    assert found.reasons[0] == ("failed_check", {"check": "mix"})
    assert found.checks[0].name == "mix"


@pytest.mark.parametrize("verdict", ["no_clear_change", "too_little_data"])
def test_a_verdict_without_a_change_stays(effect, verdict):
    found = weakened(replace(effect, verdict=verdict), [Check("mix", False)])
    assert found.verdict == verdict
    assert ("failed_check", {"check": "mix"}) not in found.reasons


@pytest.mark.parametrize("check", [Check("a", True), Check("b", None), Check("c", False, blocking=False)])
def test_other_checks_and_remarks_leave_the_verdict(effect, check):
    found = weakened(effect, [check], [("told", {"n": 1})])
    assert found.verdict == effect.verdict
    assert found.reasons == (*effect.reasons, ("told", {"n": 1}))


def test_without_an_answer_no_number_is_left(effect):
    found = without_answer(effect, ("no_events", {"n": 3}))
    assert found.verdict == "too_little_data"
    assert np.isnan([found.estimate, found.low, found.high, found.p, found.mde]).all()
    assert found.table.empty
    assert found.fit["expected"].isna().all()
    assert found.reasons == (("no_events", {"n": 3}),)
