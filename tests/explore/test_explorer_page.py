"""What the analyst sees and can do, with the keyboard alone too; answered by a real explorer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("anywidget", reason="the extra “explore” is not installed")

from analysis.explore import widget
from analysis.explore.explorer import Explorer
from analysis.explore.selection import Selection
from analysis.explore.texts import Texts
from browser import Visit, axe_violations, running_browser  # noqa: F401
from explorer_page import answered, focused, open_explorer
from tinyrows import small_home

pytestmark = [pytest.mark.browser, pytest.mark.proof]

BAD = "<img src=x onerror=\"document.title='broken'\"><b>=HYPERLINK(1)</b>"


@pytest.fixture(name="explorer", scope="module")
def own_explorer() -> Explorer:
    explorer = Explorer("goteborg", str(small_home()), "sv")
    rows = explorer.table("deviations")
    explorer._texts["deviations"] = Texts({"description": pa.array([BAD] * len(rows))}, len(rows))
    return explorer


@pytest.fixture(name="visit")
def own_visit(browser: Any, explorer: Explorer) -> Iterator[Visit]:
    explorer.select(Selection())
    with open_explorer(browser, explorer) as opened:
        yield opened
    assert opened.requests == []
    assert opened.errors == []


def count(visit: Visit) -> int:
    return int(visit.page.inner_text(".xp-count strong").replace("\u00a0", ""))


@pytest.mark.parametrize("table", ["deviations", "episodes"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_wrong(browser: Any, table: str, language: str, tmp_path: Path) -> None:
    explorer = Explorer("goteborg", str(small_home()), language, table)
    with open_explorer(browser, explorer) as visit:
        visit.page.locator("[data-key^='row:']").first.click()
        visit.page.wait_for_selector(".xp-opened h3")
        visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
        assert axe_violations(visit) == []


@pytest.mark.parametrize("width", [700, 1100, 1600])
def test_the_page_is_not_wider_than_its_place(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    assert visit.overflow() <= 0


def test_a_choice_restricts_everything_else_and_its_chip_takes_it_away(
    visit: Visit, explorer: Explorer
) -> None:
    whole = count(visit)
    visit.page.click("[data-key='dim:unit:molndal']")
    answered(visit, 2)
    assert count(visit) == len(explorer.frame(Selection(filters={"unit": ("molndal",)}))) < whole
    assert visit.page.get_attribute("[data-key='dim:unit:molndal']", "aria-pressed") == "true"
    assert focused(visit) == "dim:unit:molndal"
    visit.page.click("[data-key='chip:unit:molndal']")
    answered(visit, 3)
    assert count(visit) == whole


def test_a_cell_of_the_matrix_chooses_both_parties(visit: Visit, explorer: Explorer) -> None:
    cell = visit.page.locator(".xp-cell").first
    n = int(cell.inner_text())
    cell.click()
    answered(visit, 2)
    assert count(visit) == n
    assert set(explorer.selection.filters) == {"by", "about"}


def test_what_grew_most_is_said_for_steps_and_for_pairs_of_parties_and_a_pair_is_chosen(
    visit: Visit, explorer: Explorer
) -> None:
    page, table = visit.page, explorer.summary()["matrix"]
    page.select_option("[data-key='growth']", "pair")
    grown = {
        (by, about): table["after"][at][to] - table["before"][at][to]
        for at, by in enumerate(table["row_ids"])
        for to, about in enumerate(table["column_ids"])
    }
    by, about = max(grown, key=lambda pair: grown[pair])
    most = page.locator(f"[data-key='growth:pair:{by}|{about}']")
    said = page.locator("section:has([data-key='growth']) .xp-finding").inner_text()
    assert (
        most.inner_text() in said if grown[by, about] > 0 else said == explorer.words.text("ui/growth_none")
    )
    page.locator("[data-key^='growth:pair:']").first.click()
    answered(visit, 2)
    assert set(explorer.selection.filters) == {"by", "about"}
    assert page.locator("[data-key^='growth:pair:'][aria-pressed='true']").count() == 1


def test_without_free_texts_the_search_says_so_and_cannot_be_used(browser: Any) -> None:
    bare = Explorer("goteborg", str(small_home()), "sv")
    rows = bare.table("deviations")
    bare._texts["deviations"] = Texts({}, len(rows))
    with open_explorer(browser, bare) as visit:
        assert visit.page.is_disabled("[data-key='search']")
        placeholder = visit.page.get_attribute("[data-key='search']", "placeholder")
        assert placeholder == bare.words.text("ui/no_texts")


def test_quick_choices_end_as_the_last_one_whatever_comes_back_between(
    visit: Visit, explorer: Explorer
) -> None:
    visit.page.evaluate(
        """() => ['molndal', 'harryda', 'partille', 'molndal'].forEach((unit) =>
             document.querySelector(`[data-key='dim:unit:${unit}']`).click())"""
    )
    visit.page.wait_for_selector("[data-key='chip:unit:partille']")
    assert explorer.selection.filters == {"unit": ("harryda", "partille")}
    assert count(visit) == len(explorer.frame())


def test_a_bookmark_opens_and_a_broken_one_says_what_is_wrong(visit: Visit) -> None:
    whole = count(visit)
    for text in ("deviations?unit=atlantis", "what?ever", "deviations?unit=" + "%" * 9, "x" * 9999):
        failed = int(visit.page.get_attribute(".explorer", "data-failed") or 0)
        visit.page.fill("[data-key='bookmark']", text)
        visit.page.press("[data-key='bookmark']", "Enter")
        visit.page.wait_for_selector(f"[data-failed='{failed + 1}']")
        assert visit.page.inner_text(".xp-error").startswith(
            "Bokmärket kan inte öppnas, urvalet är oförändrat."
        )
        assert count(visit) == whole
    visit.page.fill("[data-key='bookmark']", "episodes?unit=molndal")
    visit.page.press("[data-key='bookmark']", "Enter")
    answered(visit, 2)
    assert visit.page.get_attribute("[data-key='table:episodes']", "aria-pressed") == "true"
    assert visit.page.inner_text(".xp-status") == ""


def test_html_and_formulas_in_a_text_are_shown_as_text(visit: Visit) -> None:
    visit.page.locator("[data-key^='row:']").first.click()
    assert visit.page.locator(".xp-text").inner_text() == BAD
    assert visit.page.locator(".explorer img, .explorer b").count() == 0
    assert visit.page.title() == "x"


def test_the_search_shows_what_holds_the_words(visit: Visit) -> None:
    whole = count(visit)
    visit.page.fill("[data-key='search']", "hyperlink")
    answered(visit, 2)
    assert count(visit) == whole
    visit.page.fill("[data-key='search']", "nobodysaysthis")
    answered(visit, 3)
    assert count(visit) == 0
    assert visit.page.locator(".xp-rows").count() == 0


def test_from_a_step_to_a_report_and_a_bookmark_by_the_keyboard_alone(
    visit: Visit, explorer: Explorer
) -> None:
    page, key = visit.page, visit.page.keyboard
    page.evaluate("document.activeElement.blur()")
    for _ in range(200):  # to the list of steps
        key.press("Tab")
        if focused(visit).startswith("dim:process_step:"):
            break
    key.press("ArrowDown")
    step = focused(visit).removeprefix("dim:process_step:")
    key.press("Enter")
    answered(visit, 2)
    assert explorer.selection.filters == {"process_step": (step,)}
    for _ in range(200):  # back to what leads to the list
        key.press("Shift+Tab")
        if focused(visit) == "to-list":
            break
    key.press("Enter")
    assert focused(visit) == "list"
    for _ in range(9):
        key.press("Tab")
        if focused(visit).startswith("row:"):
            break
    key.press("ArrowDown")
    row = focused(visit)
    key.press("Enter")
    page.wait_for_selector(".xp-opened h3")
    assert focused(visit) == "opened"
    assert page.inner_text(".xp-opened h3") == row.removeprefix("row:")
    key.press("Escape")
    assert focused(visit) == row
    for _ in range(200):
        key.press("Shift+Tab")
        if focused(visit) == "bookmark":
            break
    assert page.input_value("[data-key='bookmark']") == f"deviations?process_step={step}"


def test_an_answer_that_never_comes_is_told(browser: Any, explorer: Explorer) -> None:
    explorer.select(Selection())

    def silent_on_rows(question: Mapping[str, Any]) -> dict[str, Any]:
        is_lost = question["kind"] == "row"
        return {"kind": "lost", "id": 0} if is_lost else widget.answer(explorer, question)

    with open_explorer(browser, explorer, answer=silent_on_rows) as visit:
        visit.page.locator("[data-key^='row:']").first.click()
        visit.page.wait_for_selector(".xp-status:not(:empty)")
        assert visit.page.inner_text(".xp-status") == explorer.words.text("ui/busy")
