"""All questions that an area's reports ask, with the very answers of those reports."""

from __future__ import annotations

from dataclasses import replace

from analysis.protocol import Asked
from analysis.study import Study
from analysis.view import View


def studies(study: Study, unit: str) -> list[Study]:
    """The studies of all notebooks that ask something of a unit, in the order of the settings."""
    named = dict.fromkeys(str(q["notebook"]) for q in study.area.questions if "notebook" in q)
    found = [study.of(notebook, unit) for notebook in named]
    return [one for one in found if one.asked]


def view_of_all(study: Study) -> View:
    """What may be told of a report's unit, with the answers of all reports about it."""
    every = studies(study, study.unit.id)
    asked = tuple(one for other in every for one in other.asked)
    answers = tuple(answer for other in every for answer in other.answers)
    return replace(study.view, asked=asked, answers=answers)


def is_one_series(asked: Asked) -> bool:
    """Whether a question is answered by one series of its own, without others to compare with."""
    return asked.design == "segmented" and not asked.question.comparison
