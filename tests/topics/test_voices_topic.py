"""Voices: rounds, mixes, silent parties and counts, on made answers beside a real study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.study import Study
from analysis.topics import voices
from demo_home import column, study, tables, text_of

COLUMNS = (*voices.NEEDED, "theme", "text_class", "forvaltning", "role")
Rows = list[tuple[str, str, str, int]]  # round, party, profession, answer
Given = Callable[[pd.DataFrame], Study]


def answers(rows: Rows, *, item: str = "clear_steps", survey: str = "tydlighet") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["round", "party", "profession", "value"])
    frame = frame.assign(survey=survey, item=item, unit="goteborg", month=pd.Timestamp("2025-04-01"))
    frame["respondent_id"] = [f"r{at}" for at in range(len(frame))]
    return frame.reindex(columns=COLUMNS)


def people(own: str, party: str, profession: str, agree: int, rest: int) -> Rows:
    return [(own, party, profession, 4)] * agree + [(own, party, profession, 2)] * rest


@pytest.fixture(name="given")
def given_rows(monkeypatch: pytest.MonkeyPatch) -> Given:
    def give(rows: pd.DataFrame) -> Study:
        monkeypatch.setattr(voices, "facts", lambda *_: rows)
        return study("06-voices")

    return give


ONLY_MIX = [
    *people("2025", "slutenvard", "Läkare", 20, 180), *people("2025", "samverkan", "Samordnare", 80, 20),
    *people("2026", "slutenvard", "Läkare", 10, 90), *people("2026", "samverkan", "Samordnare", 160, 40),
]  # fmt: skip


def test_a_change_of_who_answers_is_no_change_of_what_they_answer(given: Given) -> None:
    found = voices.item_change(given(answers(ONLY_MIX)), "clear_steps")
    assert (found.share_before, found.share_after) == (0.33, 0.57)
    assert (found.change, found.verdict, found.reason) == (0.0, "no_clear_change", "mix")
    assert (found.basis, found.groups) == ("party_profession", 2)
    assert (found.held_before, found.held_after) == (300.0, 300.0)


def test_a_difference_within_the_groups_is_seen_but_never_attributed(given: Given) -> None:
    rows = [
        *people("2025", "slutenvard", "Läkare", 40, 160), *people("2025", "samverkan", "Samordnare", 40, 60),
        *people("2026", "slutenvard", "Läkare", 90, 110), *people("2026", "samverkan", "Samordnare", 70, 30),
    ]  # fmt: skip
    found = voices.item_change(given(answers(rows)), "clear_steps")
    assert found.low > 0
    assert (found.verdict, found.reason) == ("cannot_be_attributed", "no_comparison")


def test_the_page_tells_how_many_groups_and_answers_a_change_rests_on(given: Given) -> None:
    own = given(answers(ONLY_MIX))
    page = voices.staff_clarity(own).html
    cells = column(tables(page).tables[0], own.words.text("table/v_basis"))
    assert "2 grupper efter part och yrke (300 och 300 svar)" in cells
    assert own.words.text("voices/groups_note") in text_of(page)


def test_someone_with_two_themes_is_two_answers_of_one_person(given: Given) -> None:
    themes = pd.DataFrame({"theme": ["Samordning", "Kommunikation"] * 10})
    rows = answers(people("2026", "slutenvard", "Läkare", 20, 0)).assign(
        theme=themes.theme, text_class="fact"
    )
    own, stated = given(rows), voices.stated_surveys(study("06-voices"))
    named = tuple(stated.names["theme"])
    apart = voices._counted(own, rows, "theme", named, "")
    assert set(apart.counts.values()) == {10.0}
    one = rows.assign(respondent_id=[f"r{at // 4}" for at in range(20)])  # five persons, four answers each
    assert all(isnan(n) for n in voices._counted(own, one, "theme", named, "").counts.values())


def test_one_group_alone_says_nothing_of_the_mix(given: Given) -> None:
    rows = [*people("2025", "slutenvard", "Läkare", 20, 80), *people("2026", "slutenvard", "Läkare", 80, 20)]
    found = voices.item_change(given(answers(rows)), "clear_steps")
    assert (found.basis, found.verdict, found.reason) == ("", "cannot_be_attributed", "mix_unknown")
    assert (found.groups, isnan(found.held_before), isnan(found.held_after)) == (0, True, True)
    assert found.change == 0.6


NURSES = [
    *people("2025", "regional_primarvard", "Sjuksköterska", 60, 40),
    *people("2026", "regional_primarvard", "Sjuksköterska", 60, 40),
]


def test_a_silent_party_is_left_out_of_the_comparison(given: Given) -> None:
    rows = [row for row in ONLY_MIX if row[:2] != ("2025", "samverkan")]
    found = voices.item_change(given(answers(rows + 9 * NURSES)), "clear_steps")
    assert (found.basis, found.change) == ("party_profession", 0.0)
    assert found.share_after - found.share_before > 0.05


def test_nothing_is_compared_when_more_than_a_fifth_were_silent(given: Given) -> None:
    rows = [row for row in ONLY_MIX if row[:2] != ("2025", "samverkan")]
    rows += people("2026", "samverkan", "Samordnare", 20, 0)
    found = voices.item_change(given(answers(rows + NURSES)), "clear_steps")
    assert (found.basis, found.reason) == ("", "mix_unknown")


@pytest.mark.parametrize(
    "rows", [[], ONLY_MIX[:300], ONLY_MIX[300:], people("2025", "samverkan", "Samordnare", 4, 3)]
)
def test_a_missing_round_or_few_answers_say_so(given: Given, rows: Rows) -> None:
    own = given(answers(rows))
    found = voices.item_change(own, "clear_steps")
    assert (found.verdict, found.reason) == ("too_little_data", "no_round")
    assert isnan(found.change)
    assert isnan(found.low)
    said = text_of(voices.staff_clarity(own).html)
    one_round = not (isnan(found.share_before) and isnan(found.share_after))
    assert ("Bedömning: ingen jämförelse" in said) == one_round
    assert "saknas, eller" not in said


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], ("not_delivered", "not_delivered")),
        (ONLY_MIX[:300], ("", "not_delivered")),
        (people("2025", "samverkan", "Samordnare", 4, 3), ("few", "not_delivered")),
    ],
)
def test_why_a_round_is_not_told_is_known(given: Given, rows: Rows, why: tuple[str, str]) -> None:
    found = voices.item_change(given(answers(rows)), "clear_steps")
    assert (found.why_before, found.why_after) == why
    early = voices.item_change(study("06-voices", as_of="2025-01-31"), "clear_steps")
    assert (early.why_before, early.why_after) == ("no_round", "no_round")


def test_a_silent_party_is_said_to_be_silent_and_not_missing(given: Given) -> None:
    rows = [row for row in ONLY_MIX if row[:2] != ("2025", "samverkan")]
    own = given(answers(rows + NURSES))
    party = replace_party(own, "samverkan")
    found = voices.item_change(party, "clear_steps")
    assert (found.why_before, found.before) == ("nobody", None)
    row = next(r for r in tables(voices.by_parties(own).html).tables[0] if r[0] == "Samverkan")
    assert row[1] == "ingen svarade"


def test_a_raw_difference_and_its_interval_have_the_same_counts(given: Given) -> None:
    rows = [*people("2025", "slutenvard", "Läkare", 64, 28), *people("2026", "slutenvard", "Läkare", 127, 58)]
    page = voices.staff_clarity(given(answers(rows))).html
    found = voices.item_change(given(answers(rows)), "clear_steps")
    assert found.basis == ""
    assert found.change == pytest.approx(found.share_after - found.share_before, abs=0.011)
    assert found.low < found.change < found.high
    raw = next(cell for cell in column(tables(page).tables[0], "Skillnad utan justering") if "till" in cell)
    assert raw.endswith(")")
    assert "grupperna är för små" in text_of(page)


def test_a_round_is_not_told_before_its_month_is_over(given: Given) -> None:
    given(answers(ONLY_MIX))
    early = study("06-voices", as_of="2026-10-20")
    assert voices.item_change(early, "clear_steps").after is None
    assert voices.item_change(study("06-voices", as_of="2026-10-31"), "clear_steps").after is not None


def test_an_unknown_item_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no item"):
        voices.item_change(study("06-voices"), "weather")


def test_a_dimension_without_a_round_is_told_of_the_other_alone() -> None:
    found = voices.item_change(study("06-voices"), "continuity")
    assert found.before is not None
    assert found.after is None
    assert found.verdict == "too_little_data"


def test_every_share_on_the_page_is_of_the_rounded_counts() -> None:
    found = voices.item_change(study("06-voices"), "clear_steps")
    assert found.before
    assert found.after
    for shown, share in ((found.before, found.share_before), (found.after, found.share_after)):
        n = [one.n for one in shown.classes]
        assert all(one % 5 == 0 for one in n)
        assert share == round(sum(n[3:]) / sum(n), 2)


def test_no_page_says_that_anything_improved() -> None:
    for name in ("staff_clarity", "documentation", "participation", "patients"):
        said = text_of(getattr(voices, name)(study("06-voices")).html).lower()
        assert "bättre än väntat" not in said
        assert "sämre än väntat" not in said


def test_response_rates_name_the_silent_and_the_unknown() -> None:
    page = text_of(voices.response_rates(study("06-voices")).html)
    assert "inga svar från Samverkan" in page
    assert "Webbfrågan 2025: hur många som kunde svara är inte känt" in page


def test_the_web_question_is_told_in_rounded_counts_and_never_as_a_total() -> None:
    page = tables(voices.web_question(study("06-voices")).html)
    assert ["Södra Älvsborgs Sjukhus", "590", "48\xa0%"] in page.tables[0]
    assert ["Utbildare", "≤7", "–"] in page.tables[2]
    assert len(page.tables) == 3


def test_words_of_the_data_are_others_unless_the_area_names_them(given: Given) -> None:
    rows = answers(people("2025", "slutenvard", "Läkare", 60, 0), survey="fyra_fragor", item="fraga_1")
    themes: Sequence[str] = ["Samordning", "Kommunikation", "Anna Andersson"]
    rows = rows.assign(theme=np.tile(themes, 20), text_class=np.tile(["fact", "feeling", "opinion"], 20))
    page = text_of(voices.open_answers(given(rows)).html)
    assert "Övriga" in page
    assert "Samordning" in page
    assert "Andersson" not in page


def test_weekly_reports_are_told_in_whole_half_years_only() -> None:
    page = tables(voices.weekly_reports(study("06-voices")).html)
    assert {row[0] for row in page.tables[0][1:]} == {"2025-07 – 2025-12", "2026-01 – 2026-06"}


@pytest.mark.parametrize(
    "name", ["open_answers", "weekly_reports", "web_question", "response_rates", "by_parties"]
)
def test_a_table_that_was_not_delivered_is_one_sentence(given: Given, name: str) -> None:
    empty = pd.DataFrame(columns=[*COLUMNS, "problem", "question", "answered_date"])
    assert text_of(getattr(voices, name)(given(empty)).html).count(".") >= 1


@pytest.mark.parametrize("name", ["open_answers", "weekly_reports", "web_question"])
def test_a_municipality_is_told_of_no_counts_of_its_own(name: str) -> None:
    page = getattr(voices, name)(study("06-voices", unit="harryda"))
    assert page.tables == ()
    assert "hela området" in text_of(page.html)


def test_a_party_is_told_of_its_own_answers_as_beside_the_others() -> None:
    whole = study("06-voices")
    own = replace_party(whole, "slutenvard")
    found = voices.item_change(own, "clear_steps")
    page = tables(voices.by_parties(whole).html)
    row = next(r for r in page.tables[1] if r[0] == "Slutenvård")
    assert row[2] == whole.words.percent(found.share_before)


def replace_party(own: Study, party: str) -> Study:
    other = own.of("06-voices")
    other.party = next(p for p in own.area.parties if p.id == party)
    other.__dict__["view"] = replace(own.view, party=other.party)
    return other
