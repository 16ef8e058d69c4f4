"""The ledger of a run: what is entered is found again, whatever else Jupyter does to an output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.release import ledger
from analysis.release.ledger import FACTS, LEDGER, MARK, digest, enter, read, whole_text

BUNDLE = {"text/html": "<p>a\nb</p>", MARK: {"rule": "R1", "tables": [["a", 1.5]]}, FACTS: [{"low": None}]}


@pytest.mark.parametrize("kind", ["text/html", MARK, FACTS])
def test_every_published_part_is_covered(kind: str) -> None:
    without = {k: v for k, v in BUNDLE.items() if k != kind}
    assert len({digest(BUNDLE), digest(without), digest(BUNDLE | {kind: "other"})}) == 3


def test_what_is_never_published_is_not_covered() -> None:
    assert digest(BUNDLE | {"text/plain": "Released()"}) == digest(BUNDLE)


def test_neither_the_order_of_parts_nor_the_way_through_a_file_matters() -> None:
    assert digest(dict(reversed(BUNDLE.items()))) == digest(BUNDLE) == digest(json.loads(json.dumps(BUNDLE)))


@given(st.text())
def test_how_a_text_is_split_into_lines_does_not_matter(text: str) -> None:
    assert digest({"text/html": text.splitlines(keepends=True)}) == digest({"text/html": text})


@given(st.text(), st.text())
def test_two_texts_have_one_digest_only_when_they_are_the_same(one: str, other: str) -> None:
    assert (digest({"text/html": one}) == digest({"text/html": other})) == (one == other)


def test_only_a_list_of_texts_is_put_together() -> None:
    assert whole_text(["a\n", "b"]) == "a\nb"
    assert whole_text([["a"], "b"]) == [["a"], "b"]
    assert whole_text("ab") == "ab"
    assert whole_text([]) == ""
    assert whole_text({"a": 1}) == {"a": 1}


def test_what_is_entered_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER, str(path))
    other = {"text/html": "c"}
    enter(BUNDLE)
    enter(other)
    enter(BUNDLE)
    assert read(path) == {digest(BUNDLE), digest(other)}


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_ledger_nothing_is_entered(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(LEDGER, raising=False)
    if value is not None:
        monkeypatch.setenv(LEDGER, value)
    enter(BUNDLE)
    assert list(tmp_path.iterdir()) == []
    assert ledger.read(tmp_path / "ledger") == frozenset()
