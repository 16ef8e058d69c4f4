"""Whole sets by the installed command: the same bytes everywhere, pages that a browser cannot fault."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

import pytest

from analysis.area import REPOSITORY
from analysis.report.plan import Selection, jobs
from browser import axe_violations, open_page, running_browser
from homes import command, contents, goteborg

__all__ = ["running_browser"]

pytestmark = pytest.mark.proof

PLACES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "sv_SE.UTF-8", "PYTHONHASHSEED": "1"},
)
OVERVIEWS = {"index.html", "index.en.html", "explore.sv.html", "explore.en.html"}
SHARED = Path(os.environ.get("ANALYSIS_SHARED", REPOSITORY.parent / "shared"))
ENGLAND = SHARED / "realdata/england_dtoc/raw_xls_105_files.tar.gz"


VERDICTS = {
    "national": "cannot_be_attributed",
    "national_nhs": "cannot_be_attributed",
    "national_social_care": "cannot_be_attributed",
    "care_act_total": "no_clear_change",
    "care_act_nhs": "cannot_be_attributed",
    "care_act_social_care": "cannot_be_attributed",
    "cqc_reviews": "cannot_be_attributed",
    "greater_manchester": "cannot_be_attributed",
}


@pytest.fixture(scope="module", name="homes")
def two_homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The whole demonstration, from scratch, in two places that have nothing in common."""
    homes = []
    for number, place in enumerate(PLACES):
        home = tmp_path_factory.mktemp("a" * (1 + 20 * number))
        done = command("demo", "--home", home, "--force", "--json", cwd=home, env=place)
        assert (done.code, done.err) == (0, "")
        assert {r["state"] for r in done.json["reports"]} == {"built"}
        homes.append(home)
    return homes


def pages(home: Path, area: str = "goteborg") -> list[Path]:
    return sorted((home / "reports" / area / "current").resolve().rglob("*.html"))


def test_the_set_has_every_report_of_the_plan_and_two_overviews(homes: list[Path]) -> None:
    wanted = {job.file for job in jobs(goteborg(), Selection())} | OVERVIEWS
    made = contents(homes[0] / "reports/goteborg/current")
    assert {name for name in made if name.endswith(".html")} == wanted
    assert {name.split(".")[-1] for name in made} == {"html", "csv", "xlsx", "json", "parquet"}


def test_two_places_give_the_same_bytes(homes: list[Path]) -> None:
    one, other = (contents(h / "reports/goteborg/current") for h in homes)
    assert one.keys() == other.keys()
    assert [n for n in one if one[n] != other[n]] == []
    first, second = (os.readlink(h / "reports/goteborg/current") for h in homes)
    assert first == second


def assert_good_page(browser: Any, path: Path) -> None:
    with open_page(browser, path) as visit:
        assert visit.requests == [], path
        assert visit.errors == [], path
        assert axe_violations(visit) == [], path
    with open_page(browser, path, width=390, height=844) as visit:
        assert visit.overflow() <= 0, path


def test_a_browser_finds_nothing_wrong_with_any_page(homes: list[Path], browser: Any) -> None:
    assert len(pages(homes[0])) == len(jobs(goteborg(), Selection())) + len(OVERVIEWS)
    for path in pages(homes[0]):
        assert_good_page(browser, path)


@pytest.fixture(scope="module", name="england")
def england_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    if not ENGLAND.is_file():
        pytest.skip("the published workbooks are not beside the checkout")
    home = tmp_path_factory.mktemp("england")
    loaded = command("load", ENGLAND, "--area", "england", "--home", home)
    assert (loaded.code, loaded.err) == (0, "")
    done = command("report", "--area", "england", "--home", home, "--json")
    assert (done.code, done.err) == (0, "")
    return home, done.json


@pytest.mark.shared
def test_the_english_question_is_answered_as_the_analysis_by_hand_answered_it(
    england: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import params
    from analysis.study import Study

    home, said = england
    assert {r["state"] for r in said["reports"]} == {"built"}
    assert all(r["verdicts"] == VERDICTS for r in said["reports"])
    given = {"area": "england", "unit": "", "language": "en", "as_of": "", "home": str(home)}
    national = Study("03-discharge-outcomes", params.check(given)).effects[0]
    change = {r.term: 100 * (r.estimate - 1) for r in national.table.itertuples()}
    with capsys.disabled():
        print("\nEngland, per cent:", {k: round(v, 2) for k, v in change.items()})  # noqa: T201
        print(national.verdict, national.reasons)  # noqa: T201
    assert national.verdict == "cannot_be_attributed"
    assert -17 <= change["step"] <= -5.6
    assert -3.2 <= change["slope"] <= -2.5
    assert 1.2 <= change["trend"] <= 1.6


@pytest.mark.shared
def test_the_english_page_names_the_window_that_matters(
    england: tuple[Path, dict[str, Any]], browser: Any
) -> None:
    home, _ = england
    text = (home / "reports/england/current/england/03-discharge-outcomes.en.html").read_text("utf-8")
    assert "Does the answer hold in another window of time" in text
    named = "The level change at the start is −10.4% to −3.2% in them."
    assert named in html.unescape(text)
    assert "2011-04 – 2019-03" in text
    for path in pages(home, "england"):
        assert_good_page(browser, path)
