"""The explorer's page: what it asks is answered in messages, and none of it is ever state that is saved."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from analysis import params
from analysis.explore import explorer as explorer_module
from analysis.explore.begin import begin
from analysis.explore.explorer import Explorer
from analysis.explore.selection import Selection
from analysis.words import LANGUAGES, Words
from tinyrows import small_explorer, small_home

pytest.importorskip("anywidget", reason="the extra “explore” is not installed")

from analysis.explore import widget

SCRIPT = widget.static("pictures.js", "explorer.js")


@pytest.fixture(name="explorer", scope="module")
def own_explorer() -> Explorer:
    return Explorer("goteborg", str(small_home()), "sv")


@pytest.fixture(autouse=True)
def _begin_anew(explorer: Explorer) -> None:
    explorer.select(Selection())


def asked(explorer: Explorer, kind: str, **more: Any) -> dict[str, Any]:
    """The answer as it comes to the page: JSON, in which there is no NaN."""
    given = widget.answer(explorer, {"kind": kind, "id": "v:1"} | more)
    assert given["id"] == "v:1"
    return json.loads(json.dumps(given, allow_nan=False))


def as_sent(selection: Selection) -> dict[str, Any]:
    return asdict(selection) | {"filters": {dim: list(ids) for dim, ids in selection.filters.items()}}


def test_a_summary_brings_the_selection_its_bookmark_and_its_code(explorer: Explorer) -> None:
    chosen = Selection(filters={"unit": ("molndal",)}, first="2025-01")
    given = asked(explorer, "summary", selection=as_sent(chosen))
    assert (given["kind"], given["payload"]["n"]) == ("summary", len(explorer.frame(chosen)))
    assert given["selection"] == as_sent(chosen)
    assert given["bookmark"] == chosen.bookmark()
    assert given["code"] == chosen.code()
    assert explorer.selection == chosen


def test_a_summary_without_a_selection_is_of_what_the_explorer_has(explorer: Explorer) -> None:
    explorer.select("deviations?unit=harryda")
    assert asked(explorer, "summary")["selection"]["filters"] == {"unit": ["harryda"]}


def test_a_bookmark_opens_its_selection(explorer: Explorer) -> None:
    given = asked(explorer, "open", bookmark="episodes?unit=molndal")
    assert given["selection"]["table"] == "episodes"
    assert explorer.selection.bookmark() == "episodes?unit=molndal"


@pytest.mark.parametrize("kind", ["open", "summary"])
def test_what_cannot_be_chosen_is_an_error_that_says_what_to_do_and_changes_nothing(
    explorer: Explorer, kind: str
) -> None:
    wrong = as_sent(Selection()) | {"filters": {"unit": ["atlantis"]}}
    given = asked(explorer, kind, bookmark="deviations?unit=atlantis", selection=wrong)
    assert (given["kind"], given["of"]) == ("error", kind)
    assert "atlantis" in given["text"]
    assert explorer.selection == Selection()


def test_the_list_comes_page_by_page_with_the_names_of_its_columns(explorer: Explorer) -> None:
    first = asked(explorer, "rows", offset=0, limit=25, sort="newest")
    second = asked(explorer, "rows", offset=25, limit=25, sort="newest")
    assert len(first["rows"]) == len(second["rows"]) == 25
    assert not {row["key"] for row in first["rows"]} & {row["key"] for row in second["rows"]}
    assert all(len(row["cells"]) == len(first["columns"]) for row in first["rows"])


def test_no_message_brings_more_rows_than_a_page_can_show(explorer: Explorer) -> None:
    given = asked(explorer, "rows", offset=-5, limit=10**9, sort="newest")
    assert len(given["rows"]) == widget.MOST_ROWS < len(explorer.frame())


def test_a_single_report_comes_with_its_fields_and_its_text_as_it_is(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = asked(explorer, "rows", offset=0, limit=1, sort="newest")["rows"][0]["key"]
    monkeypatch.setattr(explorer.texts("deviations").__class__, "of", lambda *_: {"description": "<b>=1+1"})
    row = asked(explorer, "row", key=key)["row"]
    assert row["key"] == key
    assert [text["text"] for text in row["texts"]] == ["<b>=1+1"]
    assert {field["label"] for field in row["fields"]} >= {"Kommun", "Registrerad"}


def test_themes_come_with_reports_that_can_be_opened(explorer: Explorer) -> None:
    given = asked(explorer, "themes")
    assert given["text"]
    for theme in given["themes"]:
        assert all(asked(explorer, "row", key=one["key"])["kind"] == "row" for one in theme["typical"])


def test_a_question_that_nobody_knows_is_an_error(explorer: Explorer) -> None:
    given = asked(explorer, "files", path="secret.txt")
    assert (given["kind"], given["of"]) == ("error", "files")


def test_a_bug_is_told_without_anything_of_the_data(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Anna Andersson")

    monkeypatch.setattr(explorer_module, "summarise", fail)
    given = asked(explorer, "summary")
    assert (given["kind"], "Andersson" in given["text"]) == ("error", False)
    written = explorer.store.zones.protected / "bug.txt"
    assert "Anna Andersson" in written.read_text()


def test_the_state_that_a_notebook_may_save_holds_only_the_program_and_its_words(explorer: Explorer) -> None:
    page = widget.Page(explorer)
    sent: list[Any] = []
    page.send = sent.append  # type: ignore[method-assign]
    before = page.get_state()
    for question in ({"kind": "summary"}, {"kind": "rows", "offset": 0, "limit": 25, "sort": "newest"}):
        page._handle_custom_msg({"id": 1} | question, [])
    assert [message["kind"] for message in sent] == ["summary", "rows"]
    after = page.get_state()
    assert after == before
    own = {name: value for name, value in after.items() if not name.startswith("_")}
    assert own.pop("labels") == widget.labels(Words("sv"))
    assert {k: own[k] for k in ("language", "table")} == {"language": "sv", "table": "deviations"}
    keys = [row["key"] for row in sent[1]["rows"]]
    assert not [key for key in keys if key in json.dumps(after, default=str)]


def test_a_notebook_keeps_of_the_page_no_more_than_that_it_was_there(explorer: Explorer) -> None:
    data, *_ = explorer._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert data["text/plain"] == "Page()"


def test_without_its_package_the_explorer_says_what_to_install(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_module, "find_spec", lambda _: None)
    assert "analysis[explore]" in explorer._repr_mimebundle_()["text/plain"]
    assert importlib.util.find_spec("anywidget") is not None


def test_the_page_sets_data_as_text_and_fetches_nothing() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch\(|XMLHttp|import "
    )
    assert re.findall(forbidden, SCRIPT) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", SCRIPT + widget.static("explorer.css")) == []
    assert "url(" not in widget.static("explorer.css")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_on_the_page_is_there_in_both_languages(language: str) -> None:
    known = widget.labels(Words(language))
    named = set(re.findall(r'text\("(\w+)"', SCRIPT))
    assert named - set(known) == set()
    assert {f"table_{table}" for table in ("deviations", "episodes", "measurements")} <= set(known)
    said = re.findall(r'"(\w+)"|`(\w+)_\$', SCRIPT)
    spoken = {word for word, _ in said} | {stem for _, stem in said if stem}
    assert [key for key in known if key not in spoken and key.split("_")[0] not in spoken] == [
        "not_installed"
    ]


def test_it_begins_with_the_unit_and_the_months_of_the_notebooks_parameters() -> None:
    given = {"area": "goteborg", "unit": "molndal", "language": "en", "as_of": "2025-12-31"}
    explorer = begin(params.check(given | {"home": str(small_home())}))
    assert explorer.selection.bookmark() == "deviations?unit=molndal&to=2025-12"
    assert len(explorer.frame()) < len(small_explorer().table("deviations"))
