"""The stand-alone page in a browser without network: figures, keyboard, bookmarks, looks, speed, copying."""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.report import series
from analysis.report.standalone import taken_along
from analysis.report.tabular import csv_bytes
from browser import Visit, axe_violations, open_page, running_browser
from released_series import released_set

__all__ = ["running_browser"]

pytestmark = [pytest.mark.proof, pytest.mark.browser]

SECONDS_A_CHANGE = 0.1
TASK = "#m=sip_offered&u=harryda,molndal&f=2024-07&t=2025-06"


@pytest.fixture(name="folder", scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explore")
    whole = released_set()
    for name, content in taken_along(whole.files, whole.entries, whole.around).items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(name="visit")
def open_visit(browser: Any, folder: Path) -> Iterator[Visit]:
    with open_page(browser, folder / "explore.sv.html") as visit:
        yield visit
        assert (visit.requests, visit.errors) == ([], [])


def go(visit: Visit, fragment: str) -> None:
    visit.page.evaluate("it => { location.hash = it; }", fragment)
    visit.page.wait_for_timeout(100)


def figures(visit: Visit) -> dict[str, list[list[str]]]:
    """The table of figures: by unit, its lines."""
    found = {}
    for body in visit.page.locator("#rows tbody").all():
        rows = [line.locator("th, td").all_inner_texts() for line in body.locator("tr").all()]
        found[rows[0][0]] = rows[1:]
    return found


def test_the_figures_on_the_page_are_those_of_the_report_and_its_files(visit: Visit) -> None:
    go(visit, "#m=deviations&u=molndal&f=2024-01&t=2025-12")
    shown = figures(visit)["Mölndal"]
    whole = released_set()
    (table,) = [t for t in whole.tables["molndal/02-deviations.sv.html"] if t["name"] == "series-deviations"]
    assert shown == [[cell if isinstance(cell, str) else cell[0] for cell in line] for line in table["rows"]]
    lines = list(csv.reader(io.StringIO(csv_bytes([table]).decode("utf-8-sig")), delimiter=";"))[2:]
    bare = [[text.replace("\u00a0", "").replace(",0", "") for text in line] for line in shown]
    assert bare == lines


def test_the_selection_is_copied_as_the_figures_that_are_seen(visit: Visit) -> None:
    go(visit, "#m=deviations&u=molndal&f=2024-01&t=2025-12")
    visit.page.evaluate(
        "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }"
    )
    visit.page.click("#copy")
    lines = list(csv.reader(io.StringIO(visit.page.evaluate("window.copied")), delimiter=";"))
    assert lines[0] == ["Enhet", "Mått", "Period", "Antal", "Underlag (n)", "Värde"]
    told = [line[2:] for line in lines[1:]]
    seen = [[text.replace("\u00a0", "").replace(",0", "") if n else text for n, text in enumerate(line)]
            for line in figures(visit)["Mölndal"]]  # fmt: skip
    assert told == seen
    assert "rader: 8" in visit.page.inner_text("#status")


def test_where_a_browser_may_not_copy_the_text_stands_marked_on_the_page(visit: Visit) -> None:
    visit.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    visit.page.click("#copy")
    visit.page.wait_for_selector("#csv:visible")
    assert visit.page.evaluate("document.activeElement.id") == "csv"
    assert visit.page.input_value("#csv").startswith("Enhet;Mått;Period")


def test_a_keyboard_alone_is_enough(visit: Visit) -> None:
    """Choose a measure, two units and a year; read the table; copy; open the report's answer."""
    press = visit.page.keyboard.press

    def to(identity: str) -> None:
        for _ in range(40):
            press("Tab")
            if visit.page.evaluate("document.activeElement.id") == identity:
                return
        raise AssertionError(identity)

    to("measure")
    visit.page.keyboard.type(visit.page.inner_text('option[value="sip_offered"]')[:12])
    to("unit-goteborgsomradet")
    press("Space")
    to("from")
    visit.page.keyboard.type("2024-07")
    to("to")
    visit.page.keyboard.type("2025-06")
    visit.page.wait_for_timeout(100)
    assert visit.page.evaluate("location.hash") == TASK.replace(",", "%2C")
    assert list(figures(visit)) == ["Härryda", "Mölndal"]
    assert figures(visit)["Mölndal"][0][0] == "2024-07 – 2024-09"
    assert "Perioder i urvalet: 8. Enheter: 2." in visit.page.inner_text("#status")
    to("copy")
    press("Enter")
    for _ in range(10):
        press("Tab")
        if visit.page.evaluate("document.activeElement.tagName") == "A":
            break
    assert visit.page.evaluate("document.activeElement.getAttribute('href')") == (
        "harryda/04-sip.sv.html#q-sip-offered"
    )


def test_a_bookmark_opens_what_was_chosen(browser: Any, folder: Path) -> None:
    with open_page(browser, folder / "explore.sv.html") as visit:
        visit.page.goto((folder / "explore.sv.html").as_uri() + TASK)
        visit.page.reload()
        assert list(figures(visit)) == ["Härryda", "Mölndal"]
        assert visit.page.input_value("#measure") == "sip_offered"
        assert "Adressen" not in visit.page.inner_text("#status")


@pytest.mark.parametrize(
    "broken",
    [
        "#m=nothing&u=molndal&f=2024-01&t=2024-06",
        "#m=deviations&u=x&f=2024-01&t=2024-06",
        "#m=deviations&u=molndal&f=2025-01&t=2024-01",
        "#m=deviations&u=molndal&f=2024-1&t=2024-06",
        "#m=<b>&u=&f=&t=",
        "#m=deviations",
        "#%E0%A4",
    ],
)
def test_a_broken_bookmark_says_so_and_shows_all(visit: Visit, broken: str) -> None:
    go(visit, broken)
    assert "Adressen pekar på något som inte finns" in visit.page.inner_text("#status")
    assert list(figures(visit)) == ["Göteborgsområdet", "Härryda", "Mölndal"]


def test_a_selection_without_units_or_periods_says_so(visit: Visit) -> None:
    go(visit, "#m=deviations&u=&f=2024-01&t=2025-12")
    assert "Ingen enhet är vald" in visit.page.inner_text("#status")
    go(visit, "#m=deviations&u=molndal&f=2024-02&t=2024-03")
    assert "Inga publicerade perioder" in visit.page.inner_text("#status")
    assert visit.page.locator("#chart svg").count() == 0


def test_the_ends_of_the_period_may_be_chosen_in_any_order(visit: Visit) -> None:
    visit.page.select_option("#to", "2024-06")
    visit.page.select_option("#from", "2025-03")
    assert [line[0] for line in figures(visit)["Mölndal"]] == [
        "2024-07 – 2024-09", "2024-10 – 2024-12", "2025-01 – 2025-03",
    ]  # fmt: skip
    assert "f=2024-06&t=2025-03" in visit.page.evaluate("location.hash")


def test_the_skip_link_is_no_bookmark(visit: Visit) -> None:
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_timeout(100)
    assert "Adressen" not in visit.page.inner_text("#status")


def test_a_chart_says_what_it_shows_and_tells_units_apart_by_shape_and_name(visit: Visit) -> None:
    chart = visit.page.locator("#chart svg")
    assert re.match(
        r"Linjediagram: .*Göteborgsområdet, Härryda, Mölndal\. 2024-01 till",
        chart.get_attribute("aria-label"),
    )
    names = visit.page.locator("#chart .name").all_text_contents()
    assert sorted(names) == ["Göteborgsområdet", "Härryda", "Mölndal"]
    assert visit.page.locator("#chart .line").count() == 3
    starts = {
        path.get_attribute("d").split(" ")[1][:14] for path in visit.page.locator("#chart .mark").all()[-3:]
    }
    assert len(starts) == 3
    assert visit.page.locator("#chart .start-label").all_text_contents() == [
        "påhittad start 2025-10", "påhittad start 2025-11",
    ]  # fmt: skip


def test_a_change_is_shown_at_once(visit: Visit) -> None:
    changes = [
        ("#measure", "sip_offered"),
        ("#from", "2024-06"),
        ("#to", "2025-06"),
        ("#measure", "deviations"),
    ] * 4
    timed = """([id, value]) => {
        const one = document.querySelector(id), before = performance.now();
        one.value = value;
        one.dispatchEvent(new Event("change", { bubbles: true }));
        document.body.getBoundingClientRect();
        return performance.now() - before;
    }"""
    took = [visit.page.evaluate(timed, list(change)) / 1000 for change in changes]
    print(f"a change: median {statistics.median(took):.3f} s, worst {max(took):.3f} s")  # noqa: T201
    assert statistics.median(took) < SECONDS_A_CHANGE


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_no_fault_is_found_in_any_look(
    browser: Any, folder: Path, language: str, scheme: Any, width: int
) -> None:
    with open_page(browser, folder / f"explore.{language}.html", width=width) as visit:
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.click("#copy")
        assert axe_violations(visit) == []
        assert visit.overflow() <= 0
        assert visit.requests == []


def test_printed_it_shows_the_choice_and_no_buttons(visit: Visit) -> None:
    visit.page.emulate_media(media="print")
    assert not visit.page.is_visible("#copy")
    assert visit.page.is_visible("#chart svg")
    assert visit.page.is_visible("#measure")


def test_the_rows_on_the_page_are_those_of_the_series_file(visit: Visit, folder: Path) -> None:
    rows = list(series.rows_of((folder / "series.sv.csv").read_bytes(), series.OF_A_SET))
    for measure in dict.fromkeys(row["question"] for row in rows):
        go(visit, f"#m={measure}&u=goteborgsomradet,harryda,molndal&f=2024-01&t=2025-12")
        told = sum(len(lines) for lines in figures(visit).values())
        assert told == sum(row["question"] == measure for row in rows)
