"""What staff and patients say: surveys in rounds, coded open answers, weekly reports and a web question.

Answers 1 to 5 come from a logistic variable cut at four places: its middle moves with the profession (so that
another mix of professions looks like an effect) and, after the change, with the stated true effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame, concat

from analysis.synthetic.draws import Floats, Ints, pick, shares
from analysis.synthetic.grid import Grid

Settings = Mapping[str, Any]
LAYOUTS = ("staff_survey", "patient_survey", "web_question", "open_answers", "weekly_reports")


def invent_voices(
    demo: Settings, grid: Grid, discharges: DataFrame, rng: Generator, as_of: date
) -> dict[str, DataFrame]:
    """Exports of the surveys and forms as text.

    Parameters
    ----------
    demo : mapping
        The area's demo settings; without a section ``voices`` there is nothing.
    grid : Grid
        Days and municipalities; answers lie within its exported period.
    discharges : DataFrame
        Not used: those who answer are not followed in the care.
    rng : Generator
        Where chance comes from.
    as_of : date
        The day on which the exports are taken out.

    Returns
    -------
    dict of str to DataFrame
        By layout, columns as text.
    """
    del discharges
    if "voices" not in demo:
        return {}
    own, sources = demo["voices"], rng.spawn(len(LAYOUTS))
    made = (_staff, _patients, _web, _open, _weekly)
    frames = {
        name: make(own, grid, random) for name, make, random in zip(LAYOUTS, made, sources, strict=True)
    }
    last = min(np.datetime64(as_of, "D"), grid.days[-1])
    return {name: _known(frame, grid.days[grid.kept_day], last) for name, frame in frames.items()}


def _known(frame: DataFrame, first: np.datetime64, last: np.datetime64) -> DataFrame:
    """The rows from the first day to the last; an answer that came later is not there yet."""
    dated = "week_start" if "week_start" in frame else "answered_date"
    rows = frame[frame[dated].between(str(first), str(last))].reset_index(drop=True)
    if dated == "week_start":
        late = rows["answered_date"] > str(last)
        rows.loc[late, ["answer", "answered_date"]] = ""
    return rows


def _staff(own: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """One row a respondent: a column an item."""
    staff, parts = own["staff"], []
    for row in staff["rounds"]:
        for party, answers_n in row["answers"].items():
            who = _picked(row["professions"][party], answers_n, rng)
            frame = DataFrame({"answered_date": _days(row, answers_n, rng), "profession": who})
            frame["unit"] = _picked(_by_population(grid), answers_n, rng)
            place = np.array([staff["place"][one] for one in who])
            for item, about in staff["items"].items():
                middle = about["at"] + about["of_place"] * place + row["is_after"] * about["effect"]
                frame[item] = _likert(middle, staff["cuts"], staff["unanswered"], rng)
            parts.append(frame.assign(party=staff["parties"][party], round=row["round"]))
    return _numbered(concat(parts, ignore_index=True), "E")


def _patients(own: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """One row a patient: three items a dimension share what the patient thinks of it."""
    patients, parts = own["patients"], []
    for row in patients["rounds"]:
        n = row["answers"]
        frame = DataFrame(
            {"answered_date": _days(row, n, rng), "unit": _picked(_by_population(grid), n, rng)}
        )
        for about in patients["dimensions"]:
            thinks = rng.logistic(about["at"] + row["is_after"] * about["effect"], patients["common"], n)
            for item in about["items"]:
                asked = item not in row["not_asked"]
                values = _likert(thinks, patients["cuts"], patients["unanswered"], rng)
                frame[item] = values if asked else ""
        parts.append(frame.assign(round=row["round"]))
    return _numbered(concat(parts, ignore_index=True), "P")


def _web(own: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """As many respondents of each administration, profession and role as there were, paired by chance."""
    del grid
    web = own["web"]
    columns = {
        name: rng.permutation(np.repeat(list(web[name]), list(web[name].values())))
        for name in ("forvaltning", "profession", "role")
    }
    n = sum(web["role"].values())
    worked = np.where(rng.random(n) < web["worked_share"], "Ja", "Nej")
    frame = DataFrame({"answered_date": _days(web, n, rng), **columns, "worked_in_millennium": worked})
    return _numbered(frame, "W")


def _open(own: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """One row a respondent, question and theme."""
    asked, parts = own["open"], []
    for row in asked["rounds"]:
        n = row["answers"]
        frame = DataFrame({"answered_date": _days(row, n, rng), "party": _picked(asked["parties"], n, rng)})
        frame["unit"] = _picked(_by_population(grid), n, rng)
        frame["item"] = [f"fraga_{at}" for at in rng.integers(1, asked["questions_n"], n, endpoint=True)]
        frame["theme"] = _picked(row["themes"], n, rng)
        frame["text_class"] = _picked(asked["classes"], n, rng)
        parts.append(frame.assign(round=row["round"], survey=asked["survey"]))
    return _numbered(concat(parts, ignore_index=True), "F")


def _weekly(own: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """One row a report; its texts are the settings' own."""
    weekly = own["weekly"]
    first, last = (np.datetime64(weekly[end], "D") for end in ("first", "last"))
    mondays = np.arange(first, last + 1, 7)
    week = np.repeat(np.arange(mondays.size), rng.poisson(weekly["per_week"], mondays.size))
    frame = DataFrame({"week_start": mondays[week].astype(str)})
    n, since = len(frame), week / max(mondays.size - 1, 1)
    frame["party"] = _picked(weekly["parties"], n, rng)
    frame["unit"] = _picked(_by_population(grid), n, rng)
    frame["place"] = [f"Verksamhet {at}" for at in rng.integers(1, weekly["places_n"], n, endpoint=True)]
    frame["process_step"] = rng.choice(weekly["steps"], n)
    chance = rng.random((3, n))
    problem = chance[0] < weekly["problem_share"] * (1 - weekly["fewer_problems"] * since)
    question = chance[1] < weekly["question_share"]
    answered = question & (chance[2] < weekly["answered_share"])
    texts = weekly["texts"]
    for name, there in (("problem", problem), ("question", question), ("answer", answered)):
        frame[name] = np.where(there, texts[name], "")
    days = mondays[week] + rng.integers(1, weekly["answer_days"], n, endpoint=True)
    frame["answered_date"] = np.where(answered, days.astype(str), "")
    frame["report_id"] = [f"V{at:06d}" for at in range(100_001, 100_001 + n)]
    return frame


def _likert(middle: Floats, cuts: Sequence[float], unanswered: float, rng: Generator) -> NDArray[np.object_]:
    """Answers 1 to 5 as text, some left empty."""
    latent = middle + rng.logistic(0, 1, middle.size)
    answers = (1 + np.searchsorted(np.asarray(cuts, dtype=float), latent)).astype(str).astype(object)
    answers[rng.random(middle.size) < unanswered] = ""
    return answers


def _days(row: Settings, n: int, rng: Generator) -> NDArray[np.str_]:
    """Days of a round as text, every day alike."""
    first, last = (np.datetime64(row[end], "D") for end in ("first", "last"))
    return (first + rng.integers(0, int((last - first).astype(int)), n, endpoint=True)).astype(str)


def _picked(weights: Mapping[str, float], n: int, rng: Generator) -> NDArray[np.object_]:
    """Names drawn with their weights."""
    at: Ints = pick(list(weights.values()), n, rng)
    return np.asarray(list(weights), dtype=object)[at]


def _by_population(grid: Grid) -> dict[str, float]:
    return dict(zip(grid.municipalities, shares(list(grid.population)), strict=True))


def _numbered(frame: DataFrame, letter: str) -> DataFrame:
    """The respondents in order of their day, numbered; ids are used once."""
    ordered = frame.sort_values("answered_date", kind="stable", ignore_index=True)
    return ordered.assign(respondent_id=[f"{letter}{at:06d}" for at in range(100_001, 100_001 + len(frame))])
