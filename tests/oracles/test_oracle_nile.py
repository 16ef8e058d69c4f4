"""Flow of the Nile 1871-1970 (R strucchange): one break, its date and interval."""

from __future__ import annotations

import pytest
import statsmodels.api as sm

from analysis.designs.changepoint import one_break

FIRST_YEAR = 1871


@pytest.fixture(scope="module")
def found():
    return one_break(sm.datasets.nile.load_pandas().data["volume"])


def test_break_and_means_are_reproduced(found):
    assert found.n_breaks == 1
    assert found.last_before == 28
    assert FIRST_YEAR + found.last_before - 1 == 1898
    assert found.mean_before == pytest.approx(1097.75, abs=1e-6)
    assert found.mean_after == pytest.approx(849.9722222, abs=1e-6)


def test_interval_of_the_date_is_reproduced(found):
    assert [FIRST_YEAR + place - 1 for place in (found.low, found.high)] == pytest.approx([1895, 1902], abs=1)
