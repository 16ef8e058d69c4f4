"""A study: only its unit's rows, nothing after the as-of day, every fragment through the gate."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from html import escape
from math import isnan
from typing import Any

import pandas as pd
import pytest

from analysis import params, release
from analysis.designs import spc
from analysis.designs.effect import Effect
from analysis.errors import InputMissing, SettingsError, UsageError
from analysis.fragments import answers, origin
from analysis.limits import limitations
from analysis.measures import measures
from analysis.release import FACTS, MARK, Released, model
from analysis.release.ledger import LEDGER
from analysis.store import Store
from analysis.study import Study
from analysis.zones import Zones
from demo_home import DEVIATIONS, DISCHARGES, demo_home, released_by, study
from homes import loaded_home, own_settings

FRAGMENTS = ("coverage", "summary", "sections", "sensitivity", "limitations", "provenance")
OF_DEVIATIONS = ("deviations.by_kind", "deviations.between_parties")
CASES = [(n, f) for n in (DEVIATIONS, DISCHARGES) for f in FRAGMENTS if f != "summary"] + [
    (DEVIATIONS, f) for f in OF_DEVIATIONS
]
GIVEN = {"area": "goteborg", "unit": "", "language": "sv", "as_of": ""}


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(("notebook", "fragment"), CASES)
def test_every_fragment_is_released_in_its_language(notebook: str, fragment: str, language: str) -> None:
    released = released_by(study(notebook, "", language), fragment)
    assert isinstance(released, Released)
    assert released.language == language
    assert released.rule
    bundle = released._repr_mimebundle_()
    assert set(bundle) == {"text/html", MARK}
    assert bundle["text/html"] == released.html
    assert set(bundle[MARK]) == {"rule", "language", "tables"}
    assert (bundle[MARK]["rule"], bundle[MARK]["language"]) == (released.rule, language)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_summary_is_released_with_its_rows(notebook: str, language: str) -> None:
    own = study(notebook, "", language)
    released = own.summary()
    bundle = released._repr_mimebundle_()
    assert set(bundle) == {"text/html", MARK, FACTS}
    assert bundle["text/html"] == answers.summary(own.view).html
    assert (bundle[MARK]["rule"], bundle[MARK]["language"]) == ("R5", language)
    assert bundle[FACTS] == list(released.facts)
    keys = {"question", "estimate", "low", "high", "n_before", "n_after", "verdict"}
    assert all(set(row) == keys for row in released.facts)


def test_an_effect_that_may_not_be_shown_becomes_too_little_data(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = study(DISCHARGES).answers  # made once and shared, so before the gate is closed
    assert "too_little_data" not in {a.effect.verdict for a in shown}
    monkeypatch.setattr(model, "model_is_free", lambda *_: False)
    own = Study(DISCHARGES, params.check(GIVEN | {"home": str(demo_home())}))
    for answer in own.answers:
        effect = answer.effect
        assert effect.verdict == "too_little_data"
        assert all(isnan(x) for x in (effect.estimate, effect.low, effect.high))
        assert (effect.table.empty, effect.checks, effect.reasons) == (True, (), (("few_units", {}),))
    html = "".join(getattr(own, name)().html for name in ("sections", "sensitivity", "limitations"))
    html += own.summary().html
    assert own.words.text("reason/few_units") in html
    assert "% (" not in html
    assert "konfidensintervall" not in html
    for answer in shown:
        ends = [answer.effect.estimate, answer.effect.low, answer.effect.high]
        estimate, low, high = (own.words.change(end, answer.asked.question) for end in ends)
        assert own.words.text("table/interval", estimate=estimate, low=low, high=high) not in html


def test_the_gate_over_models_is_given_the_true_series(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, ...]] = []
    true = release.released_effect
    monkeypatch.setattr(
        release, "released_effect", lambda *args, **kw: given.append(args) or true(*args, **kw)
    )
    own = Study(DISCHARGES, params.check(GIVEN | {"home": str(demo_home())}))
    assert len(own.answers) == 7
    for asked, (effect, series, policy) in zip(own.asked, given, strict=True):
        pd.testing.assert_frame_equal(series, own.series(asked))
        assert effect.question.id == asked.question.id
        assert policy is own.area.policy


@pytest.mark.parametrize("unit", ["", "harryda"])
def test_nothing_that_a_report_is_made_of_holds_data(unit: str) -> None:
    own = study(DISCHARGES, unit)
    for answer, effect in zip(own.view.answers, own.effects, strict=True):
        assert not hasattr(answer, "series")
        assert isinstance(answer.effect, release.ReleasedEffect)
        assert "value" not in answer.effect.fit
        assert "value" in effect.fit
        assert all(c.table is None or c.name == "window" for c in answer.effect.checks)


@pytest.mark.parametrize("unit", ["goteborg", "ockero"])
def test_the_answer_of_a_municipality_rests_on_whole_periods(unit: str) -> None:
    for notebook in (DEVIATIONS, DISCHARGES):
        own = study(notebook, unit)
        for answer, effect in zip(own.answers, own.effects, strict=True):
            last = effect.question.last
            assert last is not None
            if last >= effect.question.start:
                assert last.month % release.LEVELS[answer.shown.level] == 0
            used = effect.fit.period_start[effect.fit.used.astype(bool)]
            assert used.empty or used.max() <= pd.Timestamp(last)


@pytest.mark.parametrize("unit", ["", "goteborg", "harryda", "ockero"])
def test_the_run_chart_judges_the_released_points_only(unit: str) -> None:
    for notebook in (DEVIATIONS, DISCHARGES):
        for answer in study(notebook, unit).answers:
            judged = spc.run_chart(
                release.points(answer.shown, answer.asked.measure.per), answer.asked.question
            )
            assert answer.runs.runs == judged.runs
            assert answer.runs.centre == judged.centre or isnan(judged.centre)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_words_of_a_study_know_the_parties_of_its_area(language: str) -> None:
    own = study(DEVIATIONS, "", language)
    one = replace(own.asked[0].question, party="samverkan")
    assert own.words.name(one).endswith({"sv": ", samverkan", "en": ", collaboration"}[language])


def test_answers_come_in_the_order_of_the_questions() -> None:
    own = study(DISCHARGES)
    stated = [q["id"] for q in own.area.questions if q["notebook"] == DISCHARGES]
    assert [a.asked.question.id for a in own.answers] == stated


def test_facts_of_a_municipality_hold_only_its_rows() -> None:
    whole = study(DISCHARGES).facts("episodes")
    parts = [study(DISCHARGES, unit.id).facts("episodes") for unit in study(DISCHARGES).area.members]
    assert all(part.unit.nunique() == 1 for part in parts)
    assert set(study(DISCHARGES, "molndal").facts("episodes").unit) == {"molndal"}
    assert sum(len(part) for part in parts) == len(whole)


def test_series_of_a_municipality_counts_only_its_rows() -> None:
    own = study(DISCHARGES, "molndal")
    series, facts = own.series(own.asked[0]), own.facts("episodes")
    assert series.numerator.sum() == facts.uk_days.sum()
    assert series.denominator.sum() == (facts.uk_days >= 1).sum()


def test_area_is_the_sum_of_its_municipalities() -> None:
    area = study(DISCHARGES)
    whole = area.series(area.asked[0])
    members = [study(DISCHARGES, u.id) for u in area.area.members]
    parts = pd.concat([own.series(own.asked[0]) for own in members])
    summed = parts.groupby("period_start", as_index=False)[["numerator", "denominator"]].sum()
    pd.testing.assert_frame_equal(summed, whole[["period_start", "numerator", "denominator"]])


@pytest.mark.parametrize("as_of", ["2026-05-30", "2026-05-31", "2026-06-15"])
def test_nothing_reaches_beyond_the_as_of_day(as_of: str) -> None:
    day = pd.Timestamp(as_of)
    for notebook, table in ((DISCHARGES, "episodes"), (DEVIATIONS, "deviations")):
        own = study(notebook, as_of=as_of)
        assert (own.facts(table).month + pd.offsets.MonthEnd(0) <= day).all()
        for answer in own.answers:
            series = own.series(answer.asked)
            assert (series.period_start + pd.offsets.MonthEnd(0) <= day).all()
            assert (answer.shown.table.period_end <= day).all()
            assert answer.effect.fit.period_start.max() <= day


def test_months_are_complete_after_the_lag_of_their_measure() -> None:
    own = study(DEVIATIONS, as_of="2026-06-15")
    complete = own.series(own.asked[0]).set_index("period_start").complete
    assert complete["2026-04-01"]
    assert not complete["2026-05-01"]


def test_an_as_of_day_after_the_data_makes_no_month_complete() -> None:
    """What was not reported by the last delivery does not become so by waiting."""
    for notebook in (DEVIATIONS, DISCHARGES):
        now, later = study(notebook), study(notebook, as_of="2030-01-01")
        assert later.as_of == pd.Timestamp("2030-01-01")
        for one, other in zip(now.answers, later.answers, strict=True):
            series, same = now.series(one.asked), later.series(other.asked)
            assert same.complete.sum() == series.complete.sum()
            pd.testing.assert_frame_equal(same[same.complete], series[series.complete])
            assert one.effect.verdict == other.effect.verdict


def test_completeness_is_judged_by_the_older_of_the_deliveries_behind_a_measure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = Store(demo_home(), "goteborg").records()
    old = [replace(r, issued=min(r.issued, "2026-03-31")) if r.table == "deviations" else r for r in records]
    own = Study(DEVIATIONS, params.check(GIVEN | {"home": str(demo_home())}))
    monkeypatch.setattr(own.store, "records", lambda: old)
    complete = own.series(own.asked[0]).set_index("period_start").complete
    assert complete["2026-01-01"]
    assert not complete["2026-03-01":].any()
    assert own._known_on(measures()["uk_days_mean_skr"]) == pd.Timestamp(
        max(r.issued for r in records if r.table == "episodes")
    )


def test_a_study_before_all_data_says_that_there_is_too_little() -> None:
    own = study(DISCHARGES, as_of="2020-01-01")
    assert {a.effect.verdict for a in own.answers} == {"too_little_data"}
    for name in FRAGMENTS:
        released_by(own, name)


def test_a_series_is_asked_for_by_a_question_and_facts_by_a_table_that_is_there() -> None:
    own = study(DEVIATIONS)
    with pytest.raises(UsageError, match=r"Give one of study\.asked"):
        own.series("deviations")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"Give one of: .*deviations"):
        own.facts("deviation")


def test_a_study_without_deliveries_says_what_is_missing(tmp_path: Any) -> None:
    with pytest.raises(InputMissing, match="no export has been loaded"):
        Study(DEVIATIONS, params.check(GIVEN | {"home": str(tmp_path)}))


def test_invented_dates_on_real_data_stop_a_study(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    home = loaded_home(tmp_path)
    monkeypatch.setattr(Store, "invented", lambda _: False)
    with pytest.raises(SettingsError, match="invented, but the data are real"):
        Study(DEVIATIONS, params.check(GIVEN | {"home": str(home)}))


def test_unit_without_rows_is_told_not_failed() -> None:
    own = study(DEVIATIONS, "ockero", as_of="2022-02-28")
    assert own.answers[0].effect.verdict == "too_little_data"
    for name in (*FRAGMENTS, *OF_DEVIATIONS):
        released_by(own, name)


def changed_study(tmp_path: Any, old: str, new: str) -> Study:
    """A study whose questions were changed after the data were loaded."""
    home = loaded_home(tmp_path)
    path = own_settings(home) / "questions.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return Study(DISCHARGES, params.check(GIVEN | {"home": str(home)}))


def test_a_report_that_follows_its_protocol_says_so_with_the_digest() -> None:
    own = study(DISCHARGES)
    assert own.adherence.state == "followed"
    digest = own.adherence.registered[:12]
    for html in (own.limitations().html, own.provenance().html):
        assert digest in html
        assert own.adherence.registered not in html
    assert not any(code == "protocol_changed" for a in own.answers for code, _ in a.effect.reasons)


def test_a_question_changed_after_the_data_is_told_in_its_answer_and_in_the_report(tmp_path: Any) -> None:
    amendment = (
        '[[amendments]]\ndate = 2026-11-23\nquestions = ["readmission"]\n'
        'why = { sv = "Definitionen <b> ändrades", en = "The definition changed" }\n\n[[questions]]\n'
    )
    own = changed_study(tmp_path, "[[questions]]\n", amendment)
    assert own.adherence.state == "followed"
    path = own.area.folder / "questions.toml"
    before, after = path.read_text(encoding="utf-8").split('id = "readmission"')
    path.write_text(f'{before}id = "readmission"\nfourier_pairs = 1{after}', encoding="utf-8")
    own = Study(DISCHARGES, params.check(GIVEN | {"home": str(own.area.folder.parents[2])}))
    assert own.adherence.changed == ("readmission",)
    told = {a.asked.question.id for a in own.answers for c, _ in a.effect.reasons if c == "protocol_changed"}
    assert told == {"readmission"}
    html = own.limitations().html
    asked = {one.question.id: one.text["sv"] for one in own.asked}
    assert asked["readmission"] in html
    assert "Definitionen &lt;b&gt; ändrades" in html
    assert own.words.text("reason/protocol_changed") in own.sections().html


def test_data_loaded_before_the_protocol_are_told(tmp_path: Any) -> None:
    home = loaded_home(tmp_path)
    (Zones(home, "goteborg").store / "protocol.json").unlink()
    own = Study(DEVIATIONS, params.check(GIVEN | {"home": str(home)}))
    assert own.adherence.state == "unregistered"
    assert own.words.text("protocol/unregistered") in own.limitations().html
    assert own.words.text("protocol/unregistered") in own.provenance().html


@pytest.mark.parametrize("day", ["2020-01-01", "2030-01-01"])
def test_a_protocol_of_data_that_existed_is_said_to_be_of_this_program(
    day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = study(DISCHARGES)
    area = replace(own.area, questions_stated_on=date.fromisoformat(day))
    lead = own.words.text("protocol/followed_known").split(". ")[1]
    html = origin.provenance(replace(own.view, area=area), "1").html
    assert (lead in html) == (day == "2030-01-01")


def test_months_left_out_for_an_event_without_a_term_are_named() -> None:
    own = study(DEVIATIONS)
    (answer,) = own.answers
    shock = answer.asked.question.shocks[0]
    event = next(e for e in own.area.events if e.id == shock.name)
    fit, table = answer.effect.fit, answer.effect.table
    month = pd.Timestamp(shock.first)
    silent = fit.assign(used=fit.used & (fit.period_start != month))
    known = {one.name: getattr(answer.effect, one.name) for one in fields(Effect)}
    without = Effect(**known | {"fit": silent, "table": table[table.term != shock.name]})
    said = own.words.text("limits/shock_left_out", event=event.name["sv"], months=own.words.month(month))
    assert escape(said) not in own.limitations().html
    changed = replace(own.view, answers=(replace(answer, effect=without),))
    assert escape(said) in limitations(changed).html


def test_a_study_by_hand_is_noted_in_the_access_log_without_a_value(tmp_path: Any) -> None:
    home = loaded_home(tmp_path)
    log = Zones(home, "goteborg").protected / "access.log"
    before = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    Study(DEVIATIONS, params.check(GIVEN | {"home": str(home)}))
    (line,) = log.read_text(encoding="utf-8").splitlines()[len(before) :]
    assert json.loads(line)["command"] == f"study {DEVIATIONS}"


def test_a_study_of_a_run_is_noted_by_the_run(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    home = loaded_home(tmp_path)
    log = Zones(home, "goteborg").protected / "access.log"
    before = log.read_bytes() if log.is_file() else b""
    monkeypatch.setenv(LEDGER, str(tmp_path / "ledger"))
    Study(DEVIATIONS, params.check(GIVEN | {"home": str(home)}))
    assert (log.read_bytes() if log.is_file() else b"") == before


def test_real_data_inside_a_git_tree_are_not_opened(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    home = loaded_home(tmp_path)
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(Zones(home, "goteborg").protected.parent))
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(Store, "invented", lambda _: False)
    with pytest.raises(SettingsError, match="Git"):
        Study(DEVIATIONS, params.check(GIVEN | {"home": str(home)}))
