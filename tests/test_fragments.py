"""What a page shows: no person, no small count, no foreign markup; captions, rounding, limitations."""

from __future__ import annotations

import json
import re
from copy import copy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.fragments import answers, deviations
from analysis.limits import limitations
from analysis.measures import measures
from analysis.release import FACTS, breakdown
from analysis.sentences import detectable
from analysis.showing import Family, Showing
from analysis.study import Study
from analysis.words import HARD_SPACE, Words
from demo_home import DEVIATIONS, DISCHARGES, column, released_by, study, tables, text_of

UNITS = ("", "goteborg", "harryda", "ockero")
COUNTS = {"table/accepted", "table/quarantined", "table/numerator", "table/denominator"}
COUNTS |= {"table/days_n", "table/stays_n"}
METHODS = ("coverage", "summary", "sections", "sensitivity", "limitations", "provenance")
OF_DEVIATIONS = ("deviations.by_kind", "deviations.between_parties")
COUNTED = ["unit", "key", "month", "n"]
EVIL = "<script>alert(1)</script>\"'&"


@cache
def page(notebook: str, unit: str = "", language: str = "sv") -> dict[str, str]:
    """Every fragment of a report by its method."""
    own = study(notebook, unit, language)
    names = (*METHODS, *OF_DEVIATIONS) if notebook == DEVIATIONS else METHODS
    return {name: html_of(own, name) for name in names}


def html_of(own: Study, name: str) -> str:
    """A fragment as it stands on the page."""
    return released_by(own, name).html


def whole(notebook: str, unit: str = "", language: str = "sv") -> str:
    return "".join(page(notebook, unit, language).values())


def is_released(cell: str) -> bool:
    if cell in ("0", "≤7", "–"):
        return True
    number = cell.replace(HARD_SPACE, "").replace(",", "")
    return number.isdigit() and int(number) >= 10 and int(number) % 5 == 0


@cache
def lenient(language: str = "sv") -> Study:
    """A study by a policy that hides little: the demonstration at a tenth has few deviations of a kind."""
    own = study(DEVIATIONS, "", language)
    area = replace(own.area, policy=replace(own.area.policy, hide_up_to=3, round_to=1))
    return own_study(
        DEVIATIONS, words=own.words, area=area, showing=Showing(area, own._read, lambda *_: None)
    )


def own_study(notebook: str, /, **changes: object) -> Study:
    """A study of one's own to change, without answers yet."""
    changed = copy(study(notebook))
    for made in ("_answered", "answers", "view"):
        changed.__dict__.pop(made, None)
    changed.__dict__ |= changes
    return changed


@pytest.mark.parametrize(("unit", "language"), [*((unit, "sv") for unit in UNITS), ("", "en")])
@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_no_cell_of_counts_holds_a_small_or_an_exact_count(notebook: str, unit: str, language: str) -> None:
    words, seen = Words(language), 0
    headings = {words.text(key) for key in COUNTS}
    for table in tables(whole(notebook, unit, language)).tables:
        for heading in headings & set(table[0]):
            cells = column(table, heading)
            seen += len(cells)
            assert [c for c in cells if not is_released(c)] == []
    assert seen > 10


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", OF_DEVIATIONS)
def test_no_breakdown_holds_a_small_count(unit: str, name: str) -> None:
    html = page(DEVIATIONS, unit)[name]
    for head, *rows in tables(html).tables:
        assert all(len(row) == len(head) for row in rows)
        assert all(is_released(cell) for row in rows for cell in row[1:])
    assert tables(html).tables or study(DEVIATIONS, unit).words.text("breakdown/too_small") in text_of(html)


def test_parties_are_shown_for_the_last_half_year_and_the_same_a_year_before() -> None:
    own = study(DEVIATIONS)
    pairs = [f"{a.id}>{b.id}" for a in own.area.parties for b in own.area.parties]
    months = pd.date_range("2024-01-01", "2026-09-01", freq="MS")
    counts = pd.DataFrame([(own.area.top.id, p, m, 9) for p in pairs for m in months], columns=COUNTED)
    made = breakdown(
        counts, keys=pairs, units=[], whole_unit=own.area.top.id, complete=months,
        policy=own.area.policy, series={},
    )[own.area.top.id]  # fmt: skip
    found = tables(deviations.between_parties(own.view, made).html)
    assert [caption.split(", ")[1] for caption in found.captions] == [
        "2025-01 – 2025-06",
        "2026-01 – 2026-06",
    ]
    assert all(len(rows) == len(head) == 5 + 1 for head, *rows in [(t[0], *t) for t in found.tables])


def test_small_municipality_has_hidden_counts_and_says_how_they_are_hidden() -> None:
    html = page(DEVIATIONS, "ockero")
    words = study(DEVIATIONS, "ockero").words
    assert words.text("breakdown/too_small") in text_of(html["deviations.between_parties"])
    assert "≤7" in html["sections"]
    assert words.text("table/rounding", hide=7, round=5) in text_of(html["sections"])


def test_no_table_has_a_total_beside_its_parts() -> None:
    for released in (released_by(lenient(), name) for name in OF_DEVIATIONS):
        for table in tables(released.html).tables:
            assert not {"Alla", "Totalt", "Summa"} & {*table[0], *(row[0] for row in table)}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_no_id_of_a_person_a_stay_or_a_report_and_no_ward_is_shown(notebook: str, unit: str) -> None:
    html = whole(notebook, unit)
    own = study(notebook)
    for table, names in (
        ("episodes", ("episode_id", "person_id", "ward")),
        ("deviations", ("deviation_id", "place")),
    ):
        facts = own.facts(table)
        for name in names:
            values = {str(v) for v in facts[name].dropna().unique()}
            assert values
            found = set(re.findall(r"[\wÅÄÖåäö]+(?:[- ]\d+)*(?:-\d+)?", html)) & values
            assert found == set()
    assert not re.search(r"PID\d|VT\d|AV-\d|Avd \d", html)


@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_no_file_folder_or_user_is_named(notebook: str) -> None:
    text = whole(notebook)
    names = {r.file for r in study(notebook).store.records()}
    assert not any(name in text for name in names)
    assert "/tmp" not in text
    assert ".parquet" not in text


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_every_table_has_a_caption_and_scoped_headings(notebook: str, language: str) -> None:
    html = whole(notebook, "", language)
    found = tables(html)
    assert len(found.captions) == len(found.tables) == html.count("<table")
    assert all(caption.strip() for caption in found.captions)
    assert "<th>" not in html
    assert len(re.findall(r'<tr><th scope="row"', html)) == sum(len(t) - 1 for t in found.tables)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_no_text_is_left_unfilled_and_no_number_is_missing(notebook: str, language: str) -> None:
    text = text_of(whole(notebook, "", language))
    assert not re.search(r"\{\w+\}|\bnan\b|\bNaN\b|\bNone\b|\bNaT\b|\bTrue\b|\bFalse\b", text)


def test_headings_of_tables_are_words_not_names_of_columns() -> None:
    names = {"period_start", "numerator", "denominator", "question", "verdict", "category", "reporting"}
    for notebook in (DEVIATIONS, DISCHARGES):
        for table in tables(whole(notebook)).tables:
            assert names.isdisjoint(table[0])


def test_languages_are_not_mixed() -> None:
    sv, en = (text_of(page(DISCHARGES, "", x)["sections"]) for x in ("sv", "en"))
    assert "months" not in sv
    assert "confidence" not in sv
    assert "månader" not in en
    assert "konfidens" not in en


def test_texts_of_the_settings_are_escaped_everywhere() -> None:
    own = own_study(DEVIATIONS)
    names = {"sv": EVIL, "en": EVIL}
    area = replace(
        own.area,
        name=names,
        source_line=names,
        parties=tuple(replace(p, name=names) if p.id == "samverkan" else p for p in own.area.parties),
        events=tuple(replace(e, name=names) for e in own.area.events),
        categories=tuple(replace(c, name=names) for c in own.area.categories),
        policy=replace(own.area.policy, decided_by=names, hide_up_to=3, round_to=1),
    )
    asked = [replace(a, text=names) for a in own.asked]
    unit = replace(own.unit, name=names)
    showing = Showing(area, own._read, lambda *_: None)
    own = own_study(DEVIATIONS, area=area, unit=unit, showing=showing, asked=asked, store=SimpleNamespace(
        records=own.store.records, invented=lambda: False, digest=own.store.digest, inputs=()
    ))  # fmt: skip
    names = (*METHODS, *OF_DEVIATIONS)
    html = "".join(html_of(own, name) for name in names)
    assert "<script" not in html
    assert "alert(1)" in html_of(own, "deviations.by_kind")
    assert "alert(1)" in html_of(own, "limitations")
    assert "onerror" not in html


def test_free_text_of_a_category_never_reaches_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_study(DEVIATIONS)
    rows = own.facts("deviations")
    free = rows.assign(category=rows.category.where(rows.category != "information", "Karl Karlsson, rum 4"))
    monkeypatch.setattr(own, "facts_of_all", lambda *_: free)
    text = text_of(html_of(own, "deviations.by_kind"))
    assert "Karl" not in text
    assert "rum 4" not in text


@pytest.mark.parametrize("language", ["sv", "en"])
def test_kinds_of_deviations_are_those_of_the_area_in_the_language_of_the_page(language: str) -> None:
    own = lenient(language)
    (table,) = tables(html_of(own, "deviations.by_kind")).tables
    names = [c.name[language] for c in own.area.categories]
    assert [row[0] for row in table[1:]] == names
    facts = own.facts("deviations")
    assert set(facts.category) <= {c.id for c in own.area.categories}
    last = facts[facts.month.between("2026-01-01", "2026-06-01")].category.value_counts()
    told = dict(zip([c.id for c in own.area.categories], column(table, "2026-01 – 2026-06"), strict=True))
    large = {kind: str(n) for kind, n in last.items() if n > 3 and told[kind] != "–"}
    assert large
    assert {kind: told[kind] for kind in large} == large


def test_a_kind_that_did_not_happen_is_listed_with_zero() -> None:
    own = study(DEVIATIONS)
    kinds = [c.id for c in own.area.categories]
    rows = own.facts("deviations").assign(category="information")
    family = Family(pd.DataFrame({"unit": rows.unit, "key": rows.category, "month": rows.month}), kinds)
    shown = own.showing.breakdown([family], own.area.top.id, measures()["deviations_per_1000"])
    table = shown.table[~shown.table.withheld]
    assert (table[table.key != "information"].n == 0).all()
    assert set(table.key) == set(kinds)


@pytest.mark.parametrize("notebook", [DEVIATIONS, DISCHARGES])
def test_facts_are_the_answers_as_they_are_shown(notebook: str) -> None:
    own = study(notebook)
    for row, answer in zip(own.summary().facts, own.answers, strict=True):
        effect = answer.effect
        assert row["question"] == answer.asked.question.id
        assert (row["n_before"], row["n_after"], row["verdict"]) == (
            effect.n_before,
            effect.n_after,
            effect.verdict,
        )
        for name in ("estimate", "low", "high"):
            value = getattr(effect, name)
            assert row[name] == (None if pd.isna(value) else round(value, 6))


def test_facts_without_an_answer_have_no_numbers_and_are_valid_json() -> None:
    own = study(DEVIATIONS, "ockero")
    assert own.answers[0].effect.verdict == "too_little_data"
    facts = own.summary()
    assert [facts.facts[0][k] for k in ("estimate", "low", "high")] == [None, None, None]
    assert json.loads(json.dumps(facts._repr_mimebundle_()))[FACTS] == list(facts.facts)


def test_question_without_an_answer_shows_no_estimate() -> None:
    own = study(DEVIATIONS, "ockero")
    (table,) = tables(page(DEVIATIONS, "ockero")["summary"]).tables
    assert table[1][1:3] == ["–", own.words.text("verdict/too_few_months")]
    assert "verdict-too_little_data" in page(DEVIATIONS, "ockero")["sections"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_invented_data_and_dates_are_told_first_among_the_limitations(language: str) -> None:
    words = Words(language)
    items = re.findall(r"<li>(.*?)</li>", page(DEVIATIONS, "", language)["limitations"])
    assert items[:3] == [words.text(f"limits/{k}") for k in ("invented_data", "invented_start", "one_series")]


def test_real_data_with_real_dates_are_not_called_invented() -> None:
    known = study(DEVIATIONS)
    answers = tuple(replace(a, asked=replace(a.asked, invented_start=False)) for a in known.answers)
    text = limitations(replace(known.view, is_invented=False, answers=answers)).html
    real = known
    assert real.words.text("limits/invented_data") not in text
    assert real.words.text("limits/invented_start") not in text
    assert real.words.text("limits/one_series") in text


def test_limitations_follow_the_data() -> None:
    deviations, discharges = (text_of(page(n)["limitations"]) for n in (DEVIATIONS, DISCHARGES))
    w, answer = study(DEVIATIONS).words, study(DEVIATIONS).answers[0]
    name = w.name(answer.asked.question, short=True)
    unfinished = int((~study(DEVIATIONS).series(answer.asked).complete).sum())
    assert answer.unfinished == unfinished > 0
    assert w.text("limits/incomplete", name=name, n=unfinished) in deviations
    assert (answer.shown.level != "month") == (f"{name}: visas" in deviations)
    assert w.text("limits/readmission") in discharges
    assert w.text("limits/readmission") not in deviations
    said = w.text("limits/family", n=10, primary=6)
    assert said in discharges
    assert said in deviations
    assert said in text_of(page(DISCHARGES)["summary"])
    assert "Millennium" in deviations


def test_hidden_periods_are_told() -> None:
    own = study(DEVIATIONS, "ockero")
    hidden = own.answers[0].shown.hidden
    assert hidden
    assert own.words.text(
        "limits/hidden", name=own.words.name(own.answers[0].asked.question, short=True), hidden=hidden
    ) in text_of(page(DEVIATIONS, "ockero")["limitations"])


def test_events_after_the_as_of_day_are_not_told() -> None:
    early = text_of(study(DEVIATIONS, as_of="2024-12-31").limitations().html)
    assert "LGS" in text_of(page(DEVIATIONS)["limitations"])
    assert "LGS" not in early


def items_of(own: Study) -> list[str]:
    return [text_of(i) for i in re.findall(r"<li>(.*?)</li>", own.limitations().html)]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_event_has_its_own_item_with_its_time(language: str) -> None:
    own = study(DEVIATIONS, "", language)
    w, items = own.words, items_of(own)
    events = {e.id: e for e in own.area.events}
    span = f"{w.day(events['millennium'].first)} – {w.day(events['millennium'].last)}"
    for event, when in (
        ("project", {"sv": "mars 2024", "en": "March 2024"}[language]),
        ("decision", {"sv": "2025-03-19", "en": "19 March 2025"}[language]),
        ("millennium", span),
    ):
        assert items.count(w.text("limits/event", event=events[event].name[language], when=when)) == 1
    told = [e for e in events.values() if any(e.name[language] in item for item in items)]
    lead = w.text("limits/event").split("{")[0]
    assert sum(item.startswith(lead) for item in items) == len(told)
    assert w.text("limits/anticipation") in items


def test_an_event_with_a_term_of_its_own_is_told_and_so_is_that_none_has() -> None:
    own, other = study(DEVIATIONS), study(DISCHARGES)
    name = next(e.name["sv"] for e in own.area.events if e.id == "millennium")
    terms = set(own.answers[0].effect.table.term)
    measure = own.words.name(own.asked[0].question, short=True)
    told = own.words.text("limits/shock", event=name, names=measure)
    assert (told in items_of(own)) == ("millennium" in terms)
    assert (own.words.text("limits/no_shock") in items_of(own)) == ("millennium" not in terms)
    assert own.words.text("limits/no_shock") in items_of(other)
    assert told not in items_of(other)


@pytest.mark.parametrize(("days", "told"), [(-1, False), (0, True), (1, True)])
def test_coverage_tells_that_the_questions_came_after_the_data(days: int, told: bool) -> None:
    own = own_study(DEVIATIONS)
    stated = own.asked[0].question.start + timedelta(days=days)
    own.area = replace(own.area, questions_stated_on=stated)
    assert (own.words.text("coverage/stated_after") in text_of(own.coverage().html)) is told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_summary_tells_the_smallest_change_that_would_have_been_found(language: str) -> None:
    own = study(DISCHARGES, "", language)
    (table,) = tables(page(DISCHARGES, "", language)["summary"]).tables
    cells = column(table, own.words.text("table/mde"))
    assert cells == [detectable(a.effect, own.words) for a in own.answers]
    assert all(re.search(r"\d", cell) for cell in cells)


def test_a_municipality_is_told_that_its_questions_are_secondary() -> None:
    own = study(DEVIATIONS, "goteborg")
    said = own.words.text("limits/family_members", n=50, units=5)
    assert said in text_of(page(DEVIATIONS, "goteborg")["limitations"])
    assert said in text_of(page(DEVIATIONS, "goteborg")["summary"])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_summary_says_what_a_verdict_means(language: str) -> None:
    html = page(DISCHARGES, "", language)["summary"]
    assert Words(language).text("table/verdict_note") in text_of(html)


def test_levels_and_caution_are_told_on_the_page() -> None:
    text = text_of(page(DEVIATIONS)["sections"])
    assert re.search(r"Det motsvarar enligt modellen ungefär \d+ mot väntade \d+\.", text)  # by quarter
    assert study(DEVIATIONS).words.text("measure/deviations_per_1000/caution") in text
    assert re.search(r"genomsnitt \d,\d\d\u00a0dagar mot väntade", text_of(page(DISCHARGES)["sections"]))


def test_provenance_names_data_program_method_and_definitions() -> None:
    own = study(DISCHARGES)
    text = text_of(page(DISCHARGES)["provenance"])
    assert own.store.digest() in text
    assert own.words.text("provenance/method_mean") in text
    assert own.words.text("provenance/method_count") in text


@pytest.mark.parametrize(("notebook", "unit"), [(DISCHARGES, "dagar"), (DEVIATIONS, "antal per 1\u00a0000")])
def test_provenance_defines_the_measures_with_unit_and_wanted_direction(notebook: str, unit: str) -> None:
    own = study(notebook)
    _, measures = tables(page(notebook)["provenance"]).tables
    assert measures[0] == ["Mått", "Definition", "Anges i", "Önskad riktning"]
    asked = {answer.asked.measure.name: answer.asked.measure for answer in own.answers}
    assert column(measures, "Definition") == [
        own.words.text(f"measure/{name}/definition", lag=one.lag_days) for name, one in asked.items()
    ]
    assert measures[1][2:] == [unit, "lägre"]


def test_coverage_is_rounded_and_sums_to_what_was_accepted() -> None:
    own = study(DEVIATIONS)
    (table,) = tables(page(DEVIATIONS)["coverage"]).tables
    accepted: dict[str, int] = {}
    for record in own.store.records():
        accepted[record.table] = accepted.get(record.table, 0) + record.accepted
    expected = [own.words.number(5 * round(n / 5)) for _, n in sorted(accepted.items())]
    assert column(table, "Godtagna rader") == expected


def test_every_table_that_was_delivered_is_named_and_has_its_period(monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_study(DEVIATIONS)
    [first, *rest] = [r for r in own.store.records() if r.table not in ("sip", "training")]
    dateless = [replace(first, table="training", first_month="", last_month="") for _ in range(2)]
    dated = replace(first, table="sip", first_month="2025-01", last_month="2025-03")
    extended = [*rest, *dateless, dated, replace(dateless[0], table="sip")]
    monkeypatch.setitem(vars(own), "records", extended)
    (table,) = tables(own.coverage().html).tables
    periods = dict(zip(column(table, "Uppgifter"), column(table, "Period"), strict=True))
    assert periods["SIP-ärenden"] == "2025-01 – 2025-03"
    assert periods["Utbildningar"] == "–"


def test_every_check_of_every_answer_is_shown() -> None:
    checks = [c for a in study(DISCHARGES).answers for c in a.effect.checks]
    shown = [t for t in tables(page(DISCHARGES)["sensitivity"]).tables if t[0][0] == "Kontroll"]
    assert sum(len(t) - 1 for t in shown) == len(checks) >= 25


def test_nothing_to_check_is_told() -> None:
    own = study(DEVIATIONS)
    without = replace(own.view, answers=())
    assert own.words.text("coverage/no_checks") in answers.sensitivity(without).html


def test_behind_the_charts_lie_the_released_figures_only() -> None:
    own = study(DEVIATIONS, "goteborg")
    shown = own.answers[0].shown.table
    table = next(t for t in tables(page(DEVIATIONS, "goteborg")["sections"]).tables if t[0][0] == "Period")
    assert len(table) - 1 == len(shown)
    assert column(table, "Värde") == [own.words.value(v, "count") for v in shown.value]
    marks = [
        "≤7" if hidden else own.words.number(n)
        for n, hidden in shown[["numerator", "numerator_hidden"]].itertuples(index=False)
    ]
    assert column(table, "Antal") == marks
