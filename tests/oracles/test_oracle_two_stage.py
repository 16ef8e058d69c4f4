"""Two-stage difference-in-differences on df_het (pyfixest's package), R package did2s."""

import pandas as pd
import pytest
from oracle import packaged

from analysis.designs.panel.two_stage import two_stage


def test_effect_and_error_with_46500_rows():
    rows = pd.read_csv(packaged("pyfixest", "pyfixest/did/data/df_het.csv"))
    got = two_stage(
        pd.DataFrame(
            {
                "unit": rows["state"],
                "period": rows["year"],
                "value": rows["dep_var"],
                "treated": rows["treat"],
                "cluster": rows["state"],
            }
        )
    )
    assert got.n == 46_500
    assert got.estimate == pytest.approx(2.152215, abs=2e-5)
    assert got.se == pytest.approx(0.047607, abs=5e-5)
