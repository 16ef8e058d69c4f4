"""Further columns of the invented deviations: they change nothing of those that were there."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import demo
from analysis.area import read_area
from analysis.synthetic import deviations_more
from analysis.synthetic.deviations_more import invent_handling
from analysis.synthetic.exports import invent
from analysis.synthetic.grid import NEVER

MORE = demo.settings(read_area("goteborg"))["deviations"]["more"]
ADDED = ("process_step", "likelihood", "risk_score", "investigated_date", "action_date", "feedback_date")
DAYS = ("investigated_day", "action_day", "feedback_day")


@cache
def rows(n: int = 20_000) -> pd.DataFrame:
    return pd.DataFrame({"registered_day": np.arange(n) // 10, "begun_day": np.arange(n) // 10 + 3})


def made(n: int = 20_000) -> pd.DataFrame:
    return invent_handling(rows(n), MORE, np.random.default_rng(5))


def test_shares_are_those_of_the_settings() -> None:
    found = made()
    assert (found.step >= 0).mean() == pytest.approx(MORE["step_stated_share"], abs=0.01)
    for day, share in zip(DAYS, ("investigated_share", "action_share", "feedback_share"), strict=True):
        assert (found[day] != NEVER).mean() == pytest.approx(MORE[share], abs=0.01)
    assert found.likelihood.value_counts(normalize=True).sort_index().tolist() == pytest.approx(
        MORE["likelihood"], abs=0.01
    )
    weights = [step["weight"] for step in MORE["steps"]]
    stated = found.step[found.step >= 0].value_counts(normalize=True).sort_index()
    assert stated.tolist() == pytest.approx(np.divide(weights, sum(weights)).tolist(), abs=0.012)


def test_nothing_is_done_before_it_is_begun() -> None:
    found = made()
    for day in DAYS:
        there = found[day] != NEVER
        assert (found[day][there] >= rows().begun_day[there]).all()


def test_same_numbers_same_columns() -> None:
    pd.testing.assert_frame_equal(made(), made())


def test_an_empty_register_has_no_rows() -> None:
    assert made(0).empty


def test_random_numbers_are_not_those_of_other_parts() -> None:
    own = np.random.SeedSequence(1, spawn_key=deviations_more.STREAM).generate_state(4)
    others = [part.generate_state(4).tolist() for part in np.random.SeedSequence(1).spawn(40)]
    assert own.tolist() not in others


def test_columns_that_were_there_keep_their_values() -> None:
    """Without the section the same deviations are exported, without the further columns."""
    area = read_area("goteborg")
    units = pd.DataFrame(
        [{"unit": u.id, "kind": u.kind, "name": u.name["sv"], "population": u.population} for u in area.units]
    )
    rollout = pd.DataFrame([{"party": "p", "unit": "goteborg", "phase": 3, "start": None}]).iloc[:0]
    given = demo.settings(area) | {"scale": 0.02}
    given["layouts"] = {name: given["layouts"][name] for name in ("discharges", "deviations")}
    bare = dict(given, deviations={k: v for k, v in given["deviations"].items() if k != "more"})
    layout = given["layouts"]["deviations"]
    kept = {k: v for k, v in layout["columns"].items() if k not in ADDED}
    bare["layouts"] = given["layouts"] | {"deviations": layout | {"columns": kept}}
    with_, without = (
        invent(one, units, rollout, seed=1, as_of=date(2024, 6, 30)).frames["deviations"]
        for one in (given, bare)
    )
    assert len(without) > 20
    pd.testing.assert_frame_equal(with_[list(without)], without)


def test_every_step_is_one_that_the_shipped_source_reads() -> None:
    source = read_area("goteborg").folder / "sources" / "medcontrol.toml"
    known = tomllib.loads(source.read_text(encoding="utf-8"))["values"]["process_step"]
    assert {step["name"] for step in MORE["steps"]} <= set(known)
