"""The two languages say the same things, and nothing that is said lacks words."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import analysis
from analysis.area import REPOSITORY, area_names, read_area
from analysis.designs.effect import Verdict
from analysis.measures import measures
from analysis.release import LEVELS
from analysis.tables import NAMES as TABLES
from analysis.words import LANGUAGES, Words

SOURCE = Path(analysis.__file__).parent
BOTH = pytest.mark.parametrize("language", LANGUAGES)


UNITLESS = ("deviations_per_1000", "delayed_beds", "sip_cases_per_1000")
CAUTIOUS = {"deviations_per_1000", "sip_offered_share", "los_days_mean", "care_days_mean"}


def flat(node: Mapping, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        here = f"{path}/{key}" if path else key
        if isinstance(value, Mapping):
            yield from flat(value, here)
        else:
            yield here, value


TEXTS = {language: dict(flat(Words(language).texts)) for language in LANGUAGES}
KEY = re.compile(rf"^(?:{'|'.join(Words('sv').texts)})(?:/[\w\x00-]+)+$")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def used_keys() -> set[str]:
    """Keys in the source; a hole in a key is \\0."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        composed = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in composed for part in node.values}
        whole = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in parts]
        found |= {n.value for n in whole if isinstance(n.value, str)}
        found |= {
            "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
            for node in composed
        }
    return {key for key in found if KEY.match(key)}


def matching(key: str, language: str) -> list[str]:
    """The texts that a key with holes may mean; a hole after a part's first letters may be empty."""
    pattern = re.sub(r"(?<=[^/])\0", "[^/]*", re.sub(r"(?<=/)\0", "[^/]+", key))
    return [known for known in TEXTS[language] if re.fullmatch(pattern, known)]


def calls_with_values() -> Iterator[tuple[str, set[str]]]:
    """Every ``text("a/b", name=…)`` in the source with a whole key and no ``**``."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "text" and node.args):
                continue
            names = [k.arg for k in node.keywords]
            if isinstance(node.args[0], ast.Constant) and None not in names:
                yield node.args[0].value, {n for n in names if n}


def test_both_languages_have_the_same_texts() -> None:
    assert list(TEXTS["sv"]) == list(TEXTS["en"])


def test_both_languages_ask_for_the_same_values() -> None:
    assert [key for key in TEXTS["sv"] if fields(TEXTS["sv"][key]) != fields(TEXTS["en"][key])] == []


@BOTH
def test_no_text_is_empty_but_units_of_nothing(language: str) -> None:
    empty = {key for key, text in TEXTS[language].items() if not text.strip()}
    assert empty == {f"measure/{m}/unit" for m in UNITLESS}


@BOTH
def test_every_key_in_the_source_has_a_text(language: str) -> None:
    assert [key for key in sorted(used_keys()) if not matching(key, language)] == []


def test_every_text_is_used() -> None:
    used = {key for pattern in used_keys() for key in matching(pattern, "sv")}
    assert sorted(set(TEXTS["sv"]) - used) == []


def test_keys_are_found_in_the_source() -> None:
    assert {
        "finding/\0",
        "finding/not_nothing",
        "measure/\0/unit",
        "limits/family",
        "banner/invented_data",
    } <= used_keys()


@BOTH
def test_every_call_gives_the_values_that_its_text_asks_for(language: str) -> None:
    calls = [(key, given) for key, given in calls_with_values() if key in TEXTS[language]]
    assert len(calls) > 20
    assert [(key, given) for key, given in calls if fields(TEXTS[language][key]) - given] == []


@BOTH
def test_every_measure_has_its_words(language: str) -> None:
    known = Words(language).texts["measure"]
    assert set(known) == set(measures())
    assert all(
        set(words) - {"caution"} == {"name", "short", "unit", "definition"} for words in known.values()
    )
    assert {name for name, words in known.items() if "caution" in words} == CAUTIOUS


@BOTH
def test_every_verdict_level_and_table_has_its_words(language: str) -> None:
    texts = Words(language).texts
    assert set(texts["verdict"]) == {*get_args(Verdict), "too_few_months"}
    assert set(texts["chart"]["level"]) == set(LEVELS)
    assert set(texts["status"]) == {"true", "false", "weaker", "none", "informs"}
    delivered = {
        tomllib.loads(p.read_text(encoding="utf-8"))["table"]
        for p in (REPOSITORY / "data" / "areas").glob("*/sources/*.toml")
    }
    assert delivered <= set(TABLES)
    assert delivered <= set(texts["table"])


@BOTH
def test_every_notebook_of_the_plan_has_a_title_and_a_file(language: str) -> None:
    plan = tomllib.loads((REPOSITORY / "reports" / "plan.toml").read_text(encoding="utf-8"))
    for row in plan["reports"]:
        assert f"report/{row['notebook']}" in TEXTS[language]
        assert (REPOSITORY / "notebooks" / f"{row['notebook']}.ipynb").is_file()
        assert row["area"] in area_names()


@pytest.mark.parametrize("name", area_names())
def test_an_area_speaks_its_languages(name: str) -> None:
    area = read_area(name)
    assert set(area.languages) <= set(LANGUAGES)
    named = [area.name, area.source_line, area.policy.decided_by]
    named += [x.name for group in (area.units, area.parties, area.events, area.categories) for x in group]
    named += [q["text"] for q in area.questions]
    assert all(text.get(language, "").strip() for text in named for language in area.languages)


def test_swedish_texts_write_decimals_with_a_comma() -> None:
    texts = [*TEXTS["sv"].values()]
    for name in area_names():
        area = read_area(name)
        texts += [e.name["sv"] for e in area.events] + [q["text"]["sv"] for q in area.questions]
    assert [t for t in texts if re.search(r"\d\.\d", t)] == []


@BOTH
def test_a_number_keeps_together_with_its_per_cent_and_its_thousands(language: str) -> None:
    parting = re.compile(r"[\d}] %|\d \d{3}(?!\d)")
    assert [key for key, text in TEXTS[language].items() if parting.search(text)] == []


@BOTH
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    wrong = "“" if language == "sv" else "„"
    assert [t for t in TEXTS[language].values() if '"' in t or wrong in t] == []


def test_labels_of_the_page_exist_in_both_languages() -> None:
    labels = json.loads((SOURCE / "report" / "template" / "labels.json").read_text(encoding="utf-8"))
    assert set(labels) == set(LANGUAGES)
    assert set(labels["sv"]) == set(labels["en"])
    assert all(fields(labels["sv"][key]) == fields(labels["en"][key]) for key in labels["sv"])
