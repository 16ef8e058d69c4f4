import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.duration.hazard_regression import PHReg

from analysis.designs.fit import FitError
from analysis.designs.persons.hazards import cox
from analysis.errors import DesignError


def persons(n=400, effect=0.5, seed=1) -> pd.DataFrame:
    """Persons of 20 wards, whose times are ever later observed than time 0.2."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n).astype(float)
    event_at = 0.2 + rng.exponential(np.exp(-effect * x))
    cut_at = 0.2 + rng.exponential(2.0, n)
    return pd.DataFrame(
        {"time": np.ceil(20 * np.minimum(event_at, cut_at)), "event": (event_at <= cut_at).astype(int),
         "x": x, "ward": rng.integers(0, 20, n), "layer": rng.integers(0, 3, n)}
    )  # fmt: skip


def test_a_known_hazard_ratio_lies_in_the_interval():
    row = cox(persons(n=2000), ["x"]).hazard_ratios().iloc[0]
    assert row["low"] < np.exp(0.5) < row["high"]
    assert row["p"] < 0.001


def test_strata_take_away_a_difference_between_layers():
    frame = persons(n=2000, effect=0.0)
    frame["x"] = (frame["layer"] == 2).astype(float)
    frame.loc[frame["layer"] == 2, "time"] *= 3
    frame["x"] = np.where(np.arange(len(frame)) % 4 == 0, 1 - frame["x"], frame["x"])
    assert cox(frame, ["x"]).hazard_ratios()["p"][0] < 0.001
    assert cox(frame, ["x"], strata="layer").hazard_ratios()["p"][0] > 0.001


def test_the_sandwich_agrees_with_the_library_where_that_has_numbers():
    frame = persons()
    frame.loc[frame["time"] <= frame.loc[frame["event"] == 1, "time"].min(), "event"] = 1
    model = PHReg(frame["time"], frame[["x"]], status=frame["event"], ties="breslow")
    library = model.fit(groups=frame["ward"].to_numpy())
    ours = cox(frame.assign(time=frame["time"] + np.linspace(0, 0.4, 400)), ["x"], cluster="ward")
    assert_allclose(np.sqrt(ours.cov[0, 0]), library.bse[0], rtol=0.15)


def test_the_sandwich_has_a_number_when_somebody_is_cut_off_before_any_event():
    frame = persons()
    frame.loc[0, ["time", "event"]] = [0, 0]
    assert np.isfinite(cox(frame, ["x"], strata="layer", cluster="ward").cov).all()


def test_likeness_within_clusters_widens_the_interval():
    frame = pd.concat([persons(n=100).assign(person=range(100))] * 4)
    alone, alike = cox(frame, ["x"]), cox(frame, ["x"], cluster="person")
    assert_allclose(np.sqrt(alike.cov[0, 0] / alone.cov[0, 0]), 2, rtol=0.15)


def test_a_side_without_events_has_no_hazard_ratio():
    frame = persons().assign(event=lambda rows: rows["event"] * (rows["x"] == 1))
    with pytest.raises(FitError):
        cox(frame, ["x"])


def test_terms_that_say_the_same_cannot_be_told_apart():
    with pytest.raises(FitError, match="not_identifiable"):
        cox(persons().assign(again=lambda rows: 2 * rows["x"]), ["x", "again"])


def test_impossible_input_is_refused():
    with pytest.raises(DesignError, match="no events"):
        cox(persons().assign(event=0), ["x"])
    with pytest.raises(DesignError, match="missing values or text"):
        cox(persons().assign(x="much"), ["x"])
    with pytest.raises(DesignError, match="lacks y"):
        cox(persons(), ["y"])
    with pytest.raises(DesignError, match="unknown event codes"):
        cox(persons().assign(event=2), ["x"])
