"""What changed since the last set: verdicts that differ, told again when a set is made once more."""

from __future__ import annotations

from typing import Any

from analysis.report.changes import changes


def entry(file: str = "a/1.sv.html", **verdicts: str) -> dict[str, Any]:
    answers = [{"question": q, "verdict": v} for q, v in verdicts.items()]
    return {"file": file, "as_of": "2026-01-01", "answers": answers}


def manifest(*entries: dict[str, Any], as_of: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"reports": list(entries), "as_of": as_of} | more


def test_the_first_set_has_none_before_it() -> None:
    assert changes({}, [entry(x="improved")], "2026-01-01") == {"since": "", "answers": [], "new": 0}


def test_a_verdict_that_differs_is_told_with_both() -> None:
    found = changes(
        manifest(entry(x="improved", y="worsened")), [entry(x="too_little_data", y="worsened")], "2026-02-01"
    )
    assert found["since"] == "2026-01-01"
    assert found["answers"] == [
        {"file": "a/1.sv.html", "question": "x", "before": "improved", "after": "too_little_data"}
    ]


def test_a_new_question_and_a_new_report_are_no_changed_verdicts() -> None:
    found = changes(
        manifest(entry(x="improved")),
        [entry(x="improved", y="worsened"), entry("b", x="worsened")],
        "2026-02-01",
    )
    assert (found["answers"], found["new"]) == ([], 1)


def test_the_same_set_once_more_tells_what_it_told() -> None:
    told = {"since": "2025-12-01", "answers": [], "new": 3}
    old = manifest(entry("a", x="improved"), entry("b"), changed=told)
    assert changes(old, [entry("b"), entry("a", x="improved")], "2026-01-01") == told


def test_the_same_answers_of_later_data_are_a_new_set_without_changes() -> None:
    old = manifest(entry(x="improved"), changed={"since": "2025-12-01", "answers": [], "new": 3})
    found = changes(old, [entry(x="improved") | {"as_of": "2026-02-01"}], "2026-02-01")
    assert found == {"since": "2026-01-01", "answers": [], "new": 0}


def test_how_an_answer_stands_other_models_is_no_verdict() -> None:
    models = {"question": "x", "n_models": 9, "n_agree": 8}
    was, now = entry(x="improved"), entry(x="improved")
    was["answers"].append(models)
    now["answers"].append(models | {"n_agree": 2})
    assert changes(manifest(was), [now], "2026-02-01")["answers"] == []
