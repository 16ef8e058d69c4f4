"""Every reason word is explained in both languages, with a remedy, and without a cell's value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import analysis.sources.reasons as reasons_module
from analysis.area import Area
from analysis.result import result_of
from analysis.sources import typed
from analysis.sources.corrections import _said as said_in_swedish
from analysis.sources.identifiers import contact_hits, identity_hits
from analysis.sources.mapping import named_source, read_sources
from analysis.sources.reasons import Explainer, Explanation, explain, listed, texts
from analysis.tables import NAMES, table
from analysis.tables.dictionary import rules
from elsewhere import area_in, corrections, incidents, load, stays
from shared import REPOSITORY

FOLDER = Path(reasons_module.__file__).parent
FILES = [*sorted(FOLDER.glob("*.py")), *sorted(FOLDER.parent.glob("*.py"))]
#: Names of variables whose literals are reason words.
NAMED = {"wrong", "odd", "kinds", "reason", "_RULES"}
ENGLISH = set(
    re.findall(
        r"[a-z]+",
        """the and of is are was were not with without row rows file files column header date day value code
        known unknown check correct write same which that this has have nothing needs again it its""",
    )
)


def words(node: ast.AST) -> Iterator[str]:
    """The texts in an expression that look like reason words."""
    for part in ast.walk(node):
        text = part.value if isinstance(part, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(r"[a-z]+(_[a-z]+)*", text):
            yield text


def keys(node: ast.AST) -> Iterator[str]:
    """The keys of the innermost dictionaries in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Dict):
            for key, value in zip(part.keys, part.values, strict=True):
                if key is not None and not isinstance(value, ast.Dict):
                    yield from words(key)


def targets(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def in_call(node: ast.Call) -> Iterator[str]:
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    for keyword in node.keywords:
        if keyword.arg == "reason":
            yield from words(keyword.value)
        if called == "settle":
            yield from keys(keyword.value)
    if called in ("reject", "warn", "tell") and node.args:
        yield from words(node.args[0])
    if called == "_refused_archive" and isinstance(node.args[-1], ast.Constant):
        yield from words(node.args[-1])
    if called == "settle":
        for arg in node.args[2:]:
            yield from keys(arg)
            if isinstance(arg, ast.Constant):
                yield from words(arg)


def in_loop(node: ast.For) -> Iterator[str]:
    yield from keys(node.iter)
    for part in node.iter.elts if isinstance(node.iter, ast.Tuple) else []:
        yield from words(part.elts[0] if isinstance(part, ast.Tuple) else part)


def in_assignment(node: ast.Assign | ast.AugAssign | ast.AnnAssign, named: set[str]) -> Iterator[str]:
    aims = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {name for aim in aims for name in targets(aim)}
    if node.value is not None and names & named:
        yield from keys(node.value)
        if isinstance(node.value, ast.IfExp):
            yield from (*words(node.value.body), *words(node.value.orelse))


def produced(tree: ast.AST, named: set[str]) -> Iterator[str]:
    """The reason words that a module can produce."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from in_call(node)
        elif isinstance(node, ast.For) and "reason" in targets(node.target):
            yield from in_loop(node)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            yield from in_assignment(node, named)
        elif isinstance(node, ast.FunctionDef):
            yield from in_function(node, named)


def in_function(node: ast.FunctionDef, named: set[str]) -> Iterator[str]:
    """What it returns as a word, and the literals that a loop over reasons goes through by a name."""
    loops = [part for part in ast.walk(node) if isinstance(part, ast.For)]
    through = {n for loop in loops if "reason" in targets(loop.target) for n in targets(loop.iter)} - named
    for part in ast.walk(node):
        if isinstance(part, ast.Assign | ast.AugAssign) and through:
            yield from in_assignment(part, through)
        if isinstance(part, ast.Return) and node.name == "_word":
            yield from words(part)


def all_rules() -> list[tuple[str, str, str, str]]:
    return [(name, *rule) for name in NAMES for rule in rules(table(name))]


IN_SOURCE = {w for file in FILES for w in produced(ast.parse(file.read_text("utf-8")), NAMED)}
IN_TABLES = {reason for _, reason, _, _ in all_rules()}
EVERY = sorted(IN_SOURCE | IN_TABLES)
BOTH = ("en", "sv")


def everything_said() -> list[tuple[str, str]]:
    """Language and text of all that the file of texts holds."""
    found: list[tuple[str, str]] = []

    def collect(entry: dict[str, object], language: str) -> None:
        for key, value in entry.items():
            at = key if key in BOTH else language
            if isinstance(value, dict):
                collect(value, at)
            elif value:
                found.append((at, str(value)))

    collect(texts(), "")
    return found


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_in(tmp_path_factory.mktemp("coast"))


@pytest.fixture(scope="module")
def known(coast: Area) -> Explainer:
    return Explainer("deviations", named_source(read_sources(coast), incidents().source), coast)


def test_the_search_finds_reasons_however_they_are_written() -> None:
    some = {
        "ragged", "footer", "bomb", "merged_cells", "superseded", "overlap", "possible_double_report",
        "time_ambiguous", "date_format", "unknown_code", "out_of_range", "empty_column", "renamed_column",
        "config", "encoding", "identifier_text", "number_format", "excel_serial", "code_normalised",
    }  # fmt: skip
    assert some <= IN_SOURCE


def test_no_reason_is_explained_that_nothing_produces() -> None:
    assert set(texts()["reasons"]) - set(EVERY) <= {"order_unknown"}


@pytest.mark.parametrize("reason", EVERY)
@pytest.mark.parametrize("language", BOTH)
def test_every_reason_is_explained_in_both_languages(reason: str, language: str) -> None:
    entry = texts()["reasons"][reason][language]
    assert set(entry) == {"what", "remedy"}
    assert explain(reason, language=language) == Explanation(**entry)


@pytest.mark.parametrize(("name", "reason", "english", "fate"), all_rules())
def test_a_rule_of_a_table_is_explained_in_its_own_words(
    name: str, reason: str, english: str, fate: str
) -> None:
    said = {at: explain(reason, name, at, is_kept_out=fate == "quarantine") for at in BOTH}
    assert english[1:] in said["en"].what
    assert texts()["rules"][name][reasons_module.FATES[fate]][reason]["sv"][1:] in said["sv"].what
    assert all(one.remedy for one in said.values())


def test_no_rule_is_explained_that_no_table_has() -> None:
    have = {(name, reasons_module.FATES[fate], reason) for name, reason, _, fate in all_rules()}
    written = texts()["rules"].items()
    assert have == {(name, fate, r) for name, fates in written for fate, rs in fates.items() for r in rs}


@pytest.mark.parametrize(("language", "text"), everything_said())
def test_texts_are_short_sentences_without_a_final_stop(language: str, text: str) -> None:
    assert language in BOTH
    assert 3 <= len(text) <= 130
    assert text == " ".join(text.split())
    assert text[-1] not in ".:;,!"


@pytest.mark.parametrize("text", [t for language, t in everything_said() if language == "sv"])
def test_swedish_is_without_english_words(text: str) -> None:
    assert not set(re.findall(r"[a-zåäö]+", text.casefold())) & ENGLISH


def test_the_same_reason_is_told_apart_by_whether_the_row_is_accepted() -> None:
    assert explain("order", "episodes") == Explanation(
        "“admitted ≤ ready ≤ discharged” does not hold", "Correct the dates"
    )
    accepted = explain("order", "episodes", is_kept_out=False)
    assert str(accepted) == "admission notice or planning dated before the admission. Check the dates."


def test_a_rule_over_several_columns_does_not_explain_one_cell(known: Explainer) -> None:
    assert "severity × likelihood" in known.explain("out_of_range").what.replace("Severity", "severity")
    assert known.explain("out_of_range", "Okänd rubrik").what == explain("out_of_range").what


def test_a_word_without_an_entry_stands_for_itself() -> None:
    assert str(explain("brand_new")) == "brand_new."


def test_the_limit_of_dates_is_the_day_of_extraction_or_today() -> None:
    english, swedish = (explain("date_out_of_range", language=at).what for at in BOTH)
    assert "the day when the export was taken out" in english
    assert "today" in english
    assert "dagen för uttaget" in swedish
    assert "dagens datum" in swedish
    assert all(str(typed.FIRST_DAY.year) in said for said in (english, swedish))


def test_dates_that_are_planned_may_lie_ahead(coast: Area) -> None:
    stay = Explainer("episodes", named_source(read_sources(coast), stays().source), coast)
    assert "after 2099" in stay.explain("date_out_of_range", "planned_uk_date").what
    assert "taken out" in stay.explain("date_out_of_range", header(stay, "admitted_at")).what
    assert typed.LAST_DAY.year == 2099


def test_no_explanation_is_taken_for_an_identity_number_or_an_address() -> None:
    said = pa.array([text for _, text in everything_said()])
    assert not identity_hits(said).any()
    assert not contact_hits(said).any()


def header(known: Explainer, column: str) -> str:
    assert known.source is not None
    return known.source.columns[column][0]


@pytest.mark.parametrize("column", ["unit", "category", "reporting_party"])
def test_an_unknown_code_names_the_words_of_the_settings(known: Explainer, column: str) -> None:
    assert known.area is not None
    by_role = {
        "unit": [u.spellings[0] for u in known.area.units],
        "category": [c.spellings[0] for c in known.area.categories],
        "reporting_party": [p.spellings[0] for p in known.area.parties],
    }
    said = known.explain("unknown_code", header(known, column), "sv")
    assert said.remedy == f"Skriv något av: {', '.join(by_role[column])}"


def test_a_long_list_of_words_ends(monkeypatch: pytest.MonkeyPatch, known: Explainer) -> None:
    monkeypatch.setattr(reasons_module, "MOST_WORDS", 1)
    assert known.explain("unknown_code", header(known, "unit")).remedy.endswith(" …")


def test_a_value_out_of_range_names_the_limits(known: Explainer) -> None:
    said = known.explain("out_of_range", header(known, "severity"))
    assert str(said) == "the value lies outside what is allowed. Correct the value (allowed: ≥ 1, ≤ 4)."


def test_a_name_that_cannot_be_read_is_not_called_a_code(known: Explainer) -> None:
    assert known.explain("unknown_code", header(known, "place")).what.startswith("the text is no name")


def test_without_source_and_area_the_general_words_are_given(known: Explainer) -> None:
    plain = Explainer("deviations").explain("unknown_code", header(known, "unit"))
    assert plain == explain("unknown_code")
    assert Explainer.of("deviations", "gone", known.area).source is None


def test_the_file_for_correction_explains_in_swedish(tmp_path: Path, coast: Area) -> None:
    sheet = incidents().put("Ort", r2="Nowhere")
    delivery = load(sheet.csv(tmp_path / "a.csv"), coast)
    [cell] = [row[1] for row in corrections(delivery)[1:]]
    units = ", ".join(unit.spellings[0] for unit in coast.units)
    assert cell == f"Ort: okänd kod eller okänt namn – skriv något av: {units}."


def test_columns_with_the_same_fault_are_told_together() -> None:
    rejects = pd.DataFrame(
        [(1, 2, "Ort", "required"), (1, 2, "Typ", "required"), (1, 2, "", "order")],
        columns=["row", "line", "column", "reason"],
    )
    assert said_in_swedish(rejects, Explainer())[1] == (
        "Ort, Typ: ett värde som varje rad måste ha saknas – fyll i det. "
        "Datumen står i en ordning som inte är möjlig – rätta datumen."
    )


def test_the_lines_of_load_explain_and_hold_no_value(tmp_path: Path, coast: Area) -> None:
    sheet = incidents().put("Ort", r2="Nowhere", r3="Nowhere")
    result = result_of(load(sheet.csv(tmp_path / "a.csv"), coast), area=coast)
    [reason] = result.reasons
    start = "unknown_code × 2 (kept out), first in line 3, column “Ort”: the code or name is not known. "
    assert reason.startswith(start + "Write one of: ")
    assert "Nowhere" not in reason
    assert f"  {reason}" in result.lines()


def test_explanations_do_not_depend_on_the_rows(tmp_path: Path, coast: Area) -> None:
    said = set()
    for wrong in ("Nowhere", "Oz", "=1+1"):
        sheet = incidents().put("Ort", r2=wrong)
        said.add(result_of(load(sheet.csv(tmp_path / "a.csv"), coast), area=coast).reasons)
    assert len(said) == 1


def test_the_list_in_the_documentation_is_the_table_of_reasons() -> None:
    text = (REPOSITORY / "docs" / "loading.md").read_text(encoding="utf-8")
    assert listed() in text


def test_every_reason_in_the_list_is_one_row() -> None:
    rows = listed().splitlines()[2:]
    assert pd.Series(rows).is_unique
    assert len(rows) == len(texts()["reasons"])
    assert all(row.count("|") == 4 for row in rows)
