"""The family of a report's answers: all questions asked of the same data, whichever notebook asks them.

The whole area: in each evaluation, Holm over the primary questions of all notebooks, and Benjamini-Hochberg
within each goal's other questions. A member (a municipality): every question is secondary, and those of all
members are one family.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis import protocol
from analysis.area import Area, Unit
from analysis.designs.effect import Effect, Question
from analysis.designs.family import adjust
from analysis.designs.series.model import scale_of
from analysis.errors import SettingsError
from analysis.protocol import Asked


@dataclass(frozen=True)
class Family:
    """How many questions there are.

    Parameters
    ----------
    n : int
        Questions in all.
    primary : int
        Those that are the one primary question of their goal; 0 for members.
    units : int
        The units asked about.
    evaluations : int
        Evaluations that are adjusted by themselves; 1 for members.
    is_one_primary_each : bool
        Whether every evaluation has one primary question, which is then not adjusted.
    """

    n: int
    primary: int
    units: int
    evaluations: int = 1
    is_one_primary_each: bool = False


def beside(area: Area, own: Sequence[Asked], unit: Unit, *, data_are_invented: bool) -> list[Asked]:
    """The questions of the same family that a report does not answer itself.

    Parameters
    ----------
    area : Area
        The settings.
    own : sequence of Asked
        The report's own questions, which are left out: those of one notebook, or of several.
    unit : Unit
        Its unit.
    data_are_invented : bool
        Whether invented roll-out dates are allowed.

    Returns
    -------
    list of Asked
        Of all notebooks; for a member also of the other members. Those that cannot be asked (a date is
        missing) are left out.
    """
    units = area.members if unit.parent else (unit,)
    notebooks = dict.fromkeys(q["notebook"] for q in area.questions if "notebook" in q)
    answered = {_name(a) for a in own}
    found = [a for n in notebooks for u in units for a in _possible(area, n, u) if _name(a) not in answered]
    return [a for a in found if data_are_invented or not a.invented_start]


def family(own: Sequence[Asked], others: Sequence[Asked], unit: Unit) -> Family:
    """The size of a report's family."""
    everyone = [*own, *others]
    units = len({a.question.unit for a in everyone})
    if unit.parent:
        return Family(len(everyone), 0, units)
    primary = [a.question.evaluation for a in everyone if a.question.primary]
    evaluations = {a.question.evaluation for a in everyone}
    single = len(primary) == len(set(primary)) == len(evaluations)
    return Family(len(everyone), len(primary), units, len(evaluations), single)


def adjusted(
    effects: Sequence[Effect], others: Sequence[tuple[Asked, float]], unit: Unit
) -> tuple[Effect, ...]:
    """Weaken the verdicts that do not survive their family.

    Parameters
    ----------
    effects : sequence of Effect
        The report's own.
    others : sequence of (Asked, float)
        The family's other questions with their p.
    unit : Unit
        The report's unit.

    Returns
    -------
    tuple of Effect
        The report's own, with their own questions.
    """
    everyone = [*effects, *(_bare(asked, p) for asked, p in others)]
    if unit.parent:
        everyone = [replace(e, question=_secondary(e.question)) for e in everyone]
    judged = adjust(everyone)[: len(effects)]
    return tuple(replace(e, question=own.question) for e, own in zip(judged, effects, strict=True))


def _secondary(question: Question) -> Question:
    return replace(question, primary=False, goal="", evaluation="")


def _name(asked: Asked) -> tuple[str, str]:
    """What tells a question from all others."""
    return asked.question.id, asked.question.unit


def _possible(area: Area, notebook: str, unit: Unit) -> Iterator[Asked]:
    try:
        yield from protocol.asked(area, notebook, unit)
    except SettingsError:
        return


def _bare(asked: Asked, p: float) -> Effect:
    """An answer of which only the p is known."""
    nothing, none = float("nan"), pd.DataFrame()
    numbers = (nothing, nothing, nothing, 0, 0)
    question, scale = asked.question, scale_of(asked.question)
    return Effect(question, "p_alone", scale, *numbers, "no_clear_change", none, none, p=p)
