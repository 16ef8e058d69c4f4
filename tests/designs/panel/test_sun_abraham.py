import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.designs.panel.sun_abraham import sun_abraham
from analysis.errors import DesignError

STARTS = (4.0, 4.0, 6.0, 8.0)


def panel(starts=STARTS, effect=0.0):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(len(starts), 10)) + effect * (np.arange(10) >= np.array(starts)[:, None])
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i}" for i in range(len(starts))], 10),
            "period": np.tile(np.arange(10), len(starts)),
            "value": values.ravel(),
            "start": np.repeat(starts, 10),
        }
    )


def test_it_equals_the_saturated_regression_with_the_last_cohort_as_comparison():
    rows = panel().query("period < 8")
    treated = rows["start"] < 8
    since = (rows["period"] - rows["start"]).where(treated)
    cells = pd.Series(rows["start"].astype(str) + "/" + since.astype(str), rows.index).where(
        treated & (since != -1)
    )
    parts = [
        pd.get_dummies(rows[name], drop_first=drop, dtype=float)
        for name, drop in (("unit", False), ("period", True))
    ]
    matrix = pd.concat([*parts, pd.get_dummies(cells, dtype=float)], axis=1)
    fitted = sm.OLS(rows["value"], matrix).fit().params
    post = cells[since >= 0].dropna()
    assert sun_abraham(panel()).estimate == pytest.approx(post.map(fitted).mean())


def test_periods_after_the_start_can_be_left_out():
    rows = panel((4.0, np.inf, np.inf))
    late = sun_abraham(rows, skip=2)
    table = late.table.set_index("at")["estimate"]
    assert late.estimate == pytest.approx(table.loc[2:].mean())


def test_when_all_start_at_once_nobody_remains():
    with pytest.raises(DesignError, match="at once"):
        sun_abraham(panel((4.0, 4.0)))
