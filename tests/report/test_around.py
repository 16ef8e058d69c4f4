"""What stands around the pages: the overview tells what was found before what it rests on."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.area import Area
from analysis.report.around import Around
from homes import goteborg, scratch

STORE = SimpleNamespace(
    invented=lambda: True,
    records=lambda: [SimpleNamespace(last_month="2026-10")],
    zones=SimpleNamespace(home=scratch() / "no-home"),
)
CLEAR = {"estimate": 0.7, "low": 0.6, "high": 0.8, "n_before": 45, "n_after": 11, "verdict": "improved"}
NONE = CLEAR | {"estimate": 1.01, "low": 0.97, "high": 1.04, "verdict": "no_clear_change"}
FEW = dict.fromkeys(("estimate", "low", "high")) | {
    "n_before": 45,
    "n_after": 7,
    "verdict": "too_little_data",
}


def entry(notebook: str, unit: str, **answers: dict[str, Any]) -> dict[str, Any]:
    told = [{"question": question} | fact for question, fact in answers.items()]
    file = f"{unit}/{notebook}.sv.html"
    return {"file": file, "unit": unit, "notebook": notebook, "language": "sv", "answers": told}


def index(*entries: dict[str, Any], as_of: str = "2026-11-20", file: str = "index.html") -> str:
    area: Area = goteborg()
    changed = {"since": "", "answers": [], "new": 0}
    return Around(area, STORE, as_of, False).indexes(entries, [], changed)[file].decode()


def said(html: str) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL))


def section(page: str, name: str) -> str:
    start = page.index(f'id="{name}"')
    return said(page[start : page.index("</section>", start)])


TOP = goteborg().top.id


def test_the_overview_tells_what_was_found_then_the_units_then_the_reports_and_last_their_facts() -> None:
    page = index(entry("02-deviations", TOP, deviations=CLEAR))
    places = [page.index(f'id="{name}"') for name in ("findings", "glance", "news", "reports", "about")]
    assert places == sorted(places)


def test_what_was_found_has_size_interval_and_verdict_of_the_main_questions_of_the_whole_area() -> None:
    page = index(
        entry("02-deviations", TOP, deviations=CLEAR),
        entry("03-discharge-outcomes", TOP, uk_days_payment=CLEAR, readmission=NONE),
        entry("02-deviations", "harryda", deviations=CLEAR | {"verdict": "worsened"}),
        entry("08-effect-goals", TOP, deviations=CLEAR),
    )
    found = section(page, "findings")
    assert "1 av 2 mått är bättre än väntat, inget är sämre; orsaken är inte visad" in found
    assert "av de 8 effektmålen mäts 1 här, och av dem är 0 bättre än väntat" in found
    assert "−30\u00a0% (−40\u00a0% till −20\u00a0%)" in found
    assert "+1\u00a0% (−3\u00a0% till +4\u00a0%)" in found
    assert found.count("Bättre än väntat") == 1
    assert "Mått utan säker förändring: 1." in found
    assert "det finns ingen jämförelsegrupp" in found
    assert "rapporten Effektmålen" in found


@pytest.mark.parametrize(
    ("verdict", "title"), [("worsened", "1 är sämre; orsaken"), ("improved", "inget är sämre; orsaken")]
)
def test_the_title_says_whether_anything_is_worse(verdict: str, title: str) -> None:
    assert title in section(
        index(entry("02-deviations", TOP, deviations=CLEAR | {"verdict": verdict})), "findings"
    )


def test_a_title_without_any_change_says_nothing_of_a_cause() -> None:
    found = section(index(entry("02-deviations", TOP, deviations=NONE)), "findings")
    assert "0 av 1 mått är bättre än väntat, inget är sämre" in found
    assert "orsaken" not in found


def test_the_overview_tells_which_answers_hang_on_choices_in_the_model() -> None:
    asked = {"uk_days_skr": CLEAR, "readmission": CLEAR, "home_24h_clock": CLEAR}
    tried = {
        "uk_days_skr": {"n_models": 137, "n_agree": 124},
        "readmission": {"n_models": 93, "n_agree": 72},
    }
    answered = entry("03-discharge-outcomes", TOP, **asked)
    found = section(index(answered, entry("09-sensitivity", TOP, **tried)), "findings")
    assert "Står svaret sig?" in found
    assert "Stabilt: 124 av 137 modeller" in found
    assert "Känsligt: 72 av 93 modeller" in found
    assert "rapporten Känslighet" in found
    assert "Står svaret sig?" not in section(index(answered), "findings")


def test_a_municipality_alone_has_no_finding_of_the_whole_area() -> None:
    page = index(entry("02-deviations", "harryda", deviations=CLEAR))
    assert 'id="findings"' not in page
    assert "Bättre än väntat" in section(page, "glance")


@pytest.mark.parametrize(("n_after", "label"), [(7, "För få månader ännu"), (8, "För lite data")])
def test_months_that_have_not_passed_are_not_called_missing_data(n_after: int, label: str) -> None:
    page = index(entry("02-deviations", TOP, deviations=FEW | {"n_after": n_after}))
    for name in ("findings", "glance"):
        assert label in section(page, name)


@pytest.mark.parametrize(("ends", "starred"), [((1.01, 1.2), True), ((1.0, 1.2), False), ((0.8, 1.0), False)])
def test_an_interval_that_is_clear_by_itself_only_has_a_star(
    ends: tuple[float, float], starred: bool
) -> None:
    fact = NONE | {"estimate": sum(ends) / 2, "low": ends[0], "high": ends[1]}
    found = section(index(entry("02-deviations", TOP, deviations=fact)), "findings")
    assert ("%)*" in found) == starred
    assert ("* Säker för sig" in found) == starred


def test_the_goals_come_first_of_the_reports_and_the_quality_of_data_last() -> None:
    page = index(*(entry(n, TOP) for n in ("01-data-quality", "02-deviations", "08-effect-goals")))
    assert re.findall(r'href="[^"]*/(\d\d)', page) == ["08", "02", "01"]


@pytest.mark.parametrize(
    ("as_of", "age"), [("2026-10-31", "Samma dag som rapportdatum"), ("2026-11-20", "20 dagar före")]
)
def test_data_of_the_report_date_itself_have_no_age(as_of: str, age: str) -> None:
    assert age in index(entry("02-deviations", TOP), as_of=as_of)


def test_a_name_that_stands_first_has_a_capital() -> None:
    told = entry("02-deviations", TOP, deviations=CLEAR) | {"language": "en"}
    page = index(told, file="index.en.html")
    assert '<th scope="col">The Gothenburg area</th>' in page
    assert "<h3>The Gothenburg area</h3>" in page
