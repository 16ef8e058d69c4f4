"""What the notebooks' `facts` cells must give: kept beside the tests, one file a notebook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.area import REPOSITORY, read_area

FOLDER = Path(__file__).parent / "facts"
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
ANSWERING = [path for path in NOTEBOOKS if "study.summary()" in path.read_text(encoding="utf-8")]
KEYS = {"question", "verdict", "estimate", "low", "high", "n_before", "n_after"}


@pytest.mark.parametrize("path", ANSWERING, ids=lambda p: p.stem)
def test_the_facts_of_a_notebook_are_those_of_its_questions(path: Path) -> None:
    facts = json.loads((FOLDER / f"{path.stem}.json").read_text(encoding="utf-8"))
    asked = {q["id"]: q["notebook"] for q in read_area("goteborg").questions}
    of_goals = path.stem == "08-effect-goals"  # repeats the answers of the others
    assert {asked[fact["question"]] == path.stem or of_goals for fact in facts} == {True}
    assert facts
    assert all(set(fact) == KEYS for fact in facts)


def test_no_facts_are_kept_of_a_notebook_that_is_gone() -> None:
    assert {p.stem for p in FOLDER.iterdir()} == {p.stem for p in ANSWERING}


def test_they_are_written_as_make_facts_writes_them() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
