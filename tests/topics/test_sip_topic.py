"""SIP cases on the page: who cannot express a wish is apart, and what is not there is said in a sentence."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.fragments import sip as fragments
from analysis.release import Released
from analysis.topics import sip
from demo_home import study, tables, text_of

SIP = "04-sip"
ALL = (sip.steps, sip.summons, sip.meetings, sip.short_term, sip.not_told)


def cases(**columns: list[object]) -> pd.DataFrame:
    """Cases as the topic reads them; what is not given is empty."""
    n = len(next(iter(columns.values())))
    empty = {name: [None] * n for name in ("consent", "drawn_up_date")}
    frame = pd.DataFrame(
        {"is_offered": [False] * n, "called": [False] * n, "held": [False] * n} | empty | columns
    )
    return frame


def test_each_case_has_the_status_of_the_farthest_step_that_it_reached() -> None:
    rows = cases(
        is_offered=[False, True, True, True, False, True, True, True],
        consent=[None, None, "no", "cannot_express", "cannot_express", "yes", "relative", "yes"],
        called=[False] * 5 + [True] * 3,
        held=[False] * 6 + [True] * 2,
        drawn_up_date=[None] * 7 + [pd.Timestamp(2025, 3, 1)],
    )
    expected = ["not_offered", "offered", "declined", "cannot", "cannot", "called", "held", "drawn_up"]
    assert sip.FAMILIES["status"](rows).tolist() == expected


@pytest.mark.parametrize(
    ("day", "key"),
    [("2025-03-09", "early"), ("2025-03-10", "in_time"), ("2025-03-13", "in_time"), ("2025-03-14", "late")],
)
def test_a_summons_is_timed_from_the_notice_in_calendar_days(day: str, key: str) -> None:
    rows = cases(called=[True], called_at=[pd.Timestamp(day)], uk_at=[pd.Timestamp("2025-03-10 15:00")])
    assert sip.FAMILIES["summons"](rows).tolist() == [key]


def test_a_summons_of_a_stay_that_is_not_there_has_no_known_time() -> None:
    rows = cases(called=[True, False], called_at=[pd.Timestamp("2025-03-09"), pd.NaT], uk_at=[pd.NaT, pd.NaT])
    assert sip.FAMILIES["summons"](rows).tolist() == ["unknown", "none"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_part_of_the_page_is_released(language: str) -> None:
    own = study(SIP, "", language)
    for part in ALL:
        shown = part(own)
        assert isinstance(shown, Released)
        assert shown.language == language
    assert sip.steps(own).html.count("<svg") == 1


def test_the_steps_become_fewer_and_the_halves_are_those_before_and_after() -> None:
    own = study(SIP)
    (table,) = tables(sip.steps(own).html).tables
    assert [head for head in table[0] if "2024" in head]
    assert [head for head in table[0] if "2026" in head]
    names = ["needed", "offered", "called", "held", "drawn_up"]
    rows = {row[0]: row[1] for row in table[1:]}
    counts = [int(rows[own.words.text(f"sip/part/status/{n}")].replace("\u00a0", "")) for n in names]
    assert counts == sorted(counts, reverse=True)


def test_a_municipality_is_told_what_is_shown_for_the_whole_area_only() -> None:
    own = study(SIP, "ockero")
    said = own.words.text("sip/whole_only")
    assert all(said in text_of(part(own).html) for part in (sip.summons, sip.meetings, sip.short_term))


def test_without_a_delivery_of_cases_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip, "_cases", lambda _: None)
    own = study(SIP)
    assert own.words.text("sip/missing") in sip.steps(own).html
    assert own.words.text("sip/missing") in sip.summons(own).html


def test_the_share_of_all_discharges_stands_beside_that_of_those_in_need() -> None:
    own = study(SIP)
    said = text_of(sip.steps(own).html)
    assert "där räknas alla utskrivningar i nämnaren" in said
    assert "Ärendena med behov motsvarade" in said
    assert own.words.text("sip/counts_differ") in said
    assert own.words.text("halves/why", period="2024-01 – 2024-06") in said


def test_where_the_discharges_tell_the_need_the_question_is_of_those_in_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = study(SIP)
    assert sip._base(own).of_all
    told = own.facts_of_all("episodes").assign(needs_region=True)
    monkeypatch.setattr(own, "facts_of_all", lambda *_: told)
    assert not sip._base(own).of_all


def test_a_base_that_is_not_told_has_no_sentence() -> None:
    own, shown = study(SIP), sip._shown(study(SIP), "status")
    assert shown is not None
    base = sip._base(own)
    for one in (base._replace(of_all=False), base._replace(offered=None, needed=None)):
        assert fragments._beside(own.view, shown, one) == []
    assert len(fragments._beside(own.view, shown, base)) == 2
    early = shown._replace(pair=(None, shown.pair[1]))
    assert fragments._beside(own.view, early, base) == []


def test_without_a_share_the_steps_are_one_sentence() -> None:
    own, shown = study(SIP), sip._shown(study(SIP), "status")
    assert shown is not None
    hidden = shown.rows.table.assign(share_before=float("nan"), share_after=float("nan"))
    none = shown._replace(rows=SimpleNamespace(table=hidden))
    made = fragments.steps(own.view, none, sip._base(own))
    assert text_of(made.html).strip() == own.words.text("sip/no_share")


def test_the_first_column_is_headed_by_what_its_rows_are() -> None:
    own = study(SIP)
    heads = [
        table[0][0]
        for part in (sip.steps, sip.summons, sip.meetings)
        for table in tables(part(own).html).tables
    ]
    assert heads == [
        own.words.text(f"sip/head/{name}") for name in ("status", "summons", "caller", "timing", "system")
    ]


@pytest.mark.parametrize(
    ("step", "n", "said"),
    [("needed", 40.0, "alla"), ("late", 0.0, "ingen"), ("late", 10.0, ""), ("late", float("nan"), "")],
)
def test_a_share_that_the_count_itself_tells_is_no_dash(step: str, n: float, said: str) -> None:
    assert fragments._all_or_none(step, n, study(SIP).words) == said
