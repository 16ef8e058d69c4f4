"""A report opens what it declares, and nothing else."""

from __future__ import annotations

import pytest

from analysis.declared import SETTING, declared, may_open, tables_of
from analysis.errors import SettingsError
from analysis.store import Store
from demo_home import DEVIATIONS, demo_home, study


def test_stays_are_put_together_from_three_tables() -> None:
    assert tables_of(["episodes", "deviations"]) == {"episodes", "messages", "care_episodes", "deviations"}
    assert tables_of([]) == frozenset()


def test_who_declares_nothing_may_open_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert declared() == ()
    assert may_open("answers", ())
    monkeypatch.setenv(SETTING, "deviations,episodes")
    assert declared() == ("deviations", "episodes")
    assert not may_open("answers", declared())


def test_a_part_of_a_store_knows_the_deliveries_of_its_tables_only() -> None:
    whole, part = Store(demo_home(), "goteborg"), Store(demo_home(), "goteborg", ("episodes",))
    assert {r.table for r in part.records()} == {"episodes"}
    assert len(whole.records()) > len(part.records())
    assert whole.digest() != part.digest() == Store(demo_home(), "goteborg", ["episodes"]).digest()


def test_a_study_refuses_a_table_that_its_report_does_not_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "deviations,episodes")
    own = study.__wrapped__(DEVIATIONS)
    assert len(own.facts("deviations"))
    with pytest.raises(SettingsError, match="opens “answers” and does not declare it"):
        own.facts("answers")
    monkeypatch.setenv(SETTING, "episodes")
    with pytest.raises(SettingsError, match=r"opens “deviations”.*inputs of “02-deviations”"):
        _ = study.__wrapped__(DEVIATIONS).answers
