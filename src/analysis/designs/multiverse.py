"""The grid of reasonable specifications: does the answer depend on a choice that could have been another?

The specification stated beforehand stays the answer. The others are shown beside it as a curve; none is ever
picked. A grid that is too large is thinned by rule: first the specifications that differ from the stated one
in one choice, then in two, and so on; of the first group that does not fit, evenly spaced ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.designs.effect import Check, Question
from analysis.designs.fit import FitError
from analysis.designs.series.model import answer, fit_model, scale_of, with_season
from analysis.designs.series.months import months, refusal, within
from analysis.designs.series.other_models import other_fit
from analysis.designs.timeline import month_of, ordinal

MOST = 200
CHOICES = ["baseline", "transition", "season", "model", "left_out", "shocks", "breaks"]
MODEL_AT = CHOICES.index("model")
RESULTS = ["estimate", "low", "high", "p", "reason"]
BASELINES = (36, 24)
SHIFTS = (1, 2, 3, -1, -2, -3)
SHORT = 24
FAR = 3.0
LAGS = 3
ENOUGH_SAME_SIGN = 0.75
ENOUGH_ANSWERS = 4  # of fewer, one alone would be more than a quarter
STATED = "stated"
MAIN = "main"
OTHER_MODELS = {
    "mean": ("reml_ar1", "prais_winsten", "ols_hac"),
    "count": ("quasi_poisson", "reml_ar1_log", "ols_hac_log"),
    "share": ("quasi_poisson", "reml_ar1_log", "ols_hac_log"),
}

Choice = tuple[Any, ...]


@dataclass(frozen=True)
class Months:
    """The months of a specification, those used as bytes, and why they may carry no answer."""

    rows: pd.DataFrame
    used: bytes
    reason: str


@dataclass(frozen=True)
class Specification:
    """A question and months, what makes them the same as others, and why there may be no answer."""

    asked: Question
    rows: pd.DataFrame
    identity: object
    reason: str


@dataclass(frozen=True)
class Multiverse:
    """The answers of all specifications.

    Parameters
    ----------
    table : DataFrame
        One row a specification: ``baseline`` ("stated", "all", "36", "24" months before the start),
        ``transition`` (months by which the settled month is moved), ``season`` ("stated", "fourier1",
        "fourier2", "months", "none"), ``model`` ("main" is the primary one), ``left_out`` (an outlier
        month, or ""), ``shocks`` and ``breaks`` ("with", "without"); ``estimate, low, high, p`` of what is
        judged, ``stated`` (true in the first row only) and ``reason`` (a code where there is no answer).
    scale : {"ratio", "difference"}
        What the estimates are.
    n_possible : int
        Size of the grid before it was thinned and equal specifications were put together.
    """

    table: pd.DataFrame
    scale: str
    n_possible: int

    @property
    def fitted(self) -> pd.DataFrame:
        """The specifications that have an answer."""
        return self.table[self.table["reason"] == ""]

    @property
    def share_same_sign(self) -> float:
        """Share of the answers on the stated one's side of no effect; NaN when that has none."""
        return self._share(self._side())

    @property
    def share_clear(self) -> float:
        """Share of the answers that are clear on the stated one's side; NaN when that has none."""
        nothing = 1.0 if self.scale == "ratio" else 0.0
        clear = (self.fitted["low"] > nothing) | (self.fitted["high"] < nothing)
        return self._share(self._side() & clear)

    @property
    def median(self) -> float:
        """Median of the estimates."""
        return float(self.fitted["estimate"].median())

    def _side(self) -> pd.Series:
        nothing = 1.0 if self.scale == "ratio" else 0.0
        stated = self.table["estimate"].iloc[0]
        return np.sign(self.fitted["estimate"] - nothing) == np.sign(stated - nothing)

    def _share(self, which: pd.Series) -> float:
        return float(which.mean()) if self.table["reason"].iloc[0] == "" else float("nan")


def multiverse(
    series: pd.DataFrame, question: Question, comparison: pd.DataFrame | None = None, *, most: int = MOST
) -> Multiverse:
    """Answer a question under the grid of reasonable specifications.

    Parameters
    ----------
    series : DataFrame, one row a month
        As `analysis.designs.segmented.evaluate` takes it.
    question : Question
        What is asked; its impact shape is the same in all specifications.
    comparison : DataFrame, optional
        As `analysis.designs.segmented.evaluate` takes it.
    most : int
        Largest number of specifications.

    Returns
    -------
    Multiverse
        The stated specification in the first row; those that come to the same months, terms and
        model as an earlier one are left out.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.

    References
    ----------
    Simonsohn, Simmons & Nelson, Nat Hum Behav 2020;4:1208 (specification curve).
    """
    rows = months(series, question, comparison)
    options = _options(rows, question)
    prepared: dict[Choice, Specification] = {}
    known: dict[Choice, Months] = {}
    found: dict[object, Choice] = {}
    for choice in _thinned(options, most):
        data = (*choice[:MODEL_AT], *choice[MODEL_AT + 1 :])
        if data not in prepared:
            prepared[data] = _specified(rows, question, dict(zip(CHOICES, choice, strict=True)), known)
        one, model = prepared[data], str(choice[MODEL_AT])
        if (one.identity, model) not in found:
            found[one.identity, model] = (*choice, *_answer(one, model))
    table = pd.DataFrame(list(found.values()), columns=[*CHOICES, *RESULTS])
    table.insert(len(table.columns) - 1, "stated", np.arange(len(table)) == 0)
    return Multiverse(table, scale_of(question), int(np.prod([len(one) for one in options])))


def as_check(found: Multiverse) -> Check:
    """The grid as a check of the stated answer.

    Parameters
    ----------
    found : Multiverse
        The grid.

    Returns
    -------
    Check
        "multiverse", blocking: not passed when fewer than 75 % of the answers lie on the side of the
        stated one; None when the stated one has no answer, or there are fewer than 4. Values ``n, n_failed,
        n_possible, share_same_sign, share_clear, median, estimate_min, estimate_max``; table as in
        `Multiverse`.
    """
    estimates = found.fitted["estimate"]
    values: dict[str, float | int | str] = {
        "n": len(estimates), "n_failed": len(found.table) - len(estimates), "n_possible": found.n_possible,
        "share_same_sign": found.share_same_sign, "share_clear": found.share_clear, "median": found.median,
        "estimate_min": float(estimates.min()), "estimate_max": float(estimates.max()),
    }  # fmt: skip
    enough = len(estimates) >= ENOUGH_ANSWERS and not np.isnan(found.share_same_sign)
    passed = found.share_same_sign >= ENOUGH_SAME_SIGN if enough else None
    return Check("multiverse", passed, values, found.table)


def _options(rows: pd.DataFrame, question: Question) -> list[tuple[Any, ...]]:
    """The choices there are, the stated one first in each, in the order of `CHOICES`."""
    used = within(rows, question).query("used")
    n_before = int((used["ordinal"] < ordinal(question.start)).sum())
    reach = ordinal(question.start) - int(used["ordinal"].min()) if len(used) else 0
    wider = () if question.first is None else ("all",)
    length = ordinal(question.settled) - ordinal(question.start)
    seasons = ("fourier1", "fourier2", "months", *(("none",) if n_before < SHORT else ()))
    same = question.season if question.season != "fourier" else f"fourier{question.fourier_pairs}"
    models = [
        one for one in OTHER_MODELS[question.kind] if "other_value" not in rows or one != "quasi_poisson"
    ]
    return [
        (STATED, *wider, *(str(n) for n in BASELINES if n < reach)),
        (0, *(shift for shift in SHIFTS if length + shift >= 0)),
        (STATED, *(one for one in seasons if one != same)),
        (MAIN, *models),
        ("", *_outliers(rows, question)),
        ("with", *(["without"] if question.shocks else [])),
        ("with", *(["without"] if question.breaks else [])),
    ]


def _outliers(rows: pd.DataFrame, question: Question) -> list[str]:
    """The months whose residual in the stated model is beyond 3 standard deviations."""
    try:
        fit = fit_model(rows, with_season(rows, question))
    except FitError:
        return []
    size = np.abs(fit.residuals) / max(float(np.sqrt(fit.residuals @ fit.residuals / fit.df)), 1e-300)
    return [month_of(int(place)).isoformat() for place in fit.ordinals[size > FAR]]


def _thinned(options: list[tuple[Any, ...]], most: int) -> Iterator[Choice]:
    """Choices by how many differ from the stated ones; of a step that does not fit, evenly spaced ones."""
    left = most
    for apart in range(len(options) + 1):
        step = [
            tuple(options[at][places[at]] if at in places else options[at][0] for at in range(len(options)))
            for which in itertools.combinations(range(len(options)), apart)
            for taken in itertools.product(*(range(1, len(options[at])) for at in which))
            for places in [dict(zip(which, taken, strict=True))]
        ]
        if len(step) > left:
            step = [step[at] for at in np.linspace(0, len(step) - 1, left).astype(int)] if left else []
        yield from step
        left -= len(step)
        if left <= 0:
            return


def _specified(
    rows: pd.DataFrame, question: Question, choice: Mapping[str, Any], known: dict[Choice, Months]
) -> Specification:
    """The question and the months of one specification; ``known`` keeps the months met so far."""
    asked = replace(question, **_changes(question, choice))
    data = tuple(choice[name] for name in ("baseline", "transition", "left_out", "shocks"))
    if data not in known:
        out = rows["period_start"] == pd.Timestamp(choice["left_out"] or "1000-01-01")
        kept = rows.assign(usable=rows["usable"] & ~out) if choice["left_out"] else rows
        used = within(kept, asked).query("used")["ordinal"].to_numpy()
        reason = refusal(kept, asked)
        known[data] = Months(kept, used.tobytes(), "" if reason is None else reason[0])
    months_of = known[data]
    asked = with_season(months_of.rows, asked)
    season = asked.fourier_pairs if asked.season == "fourier" else asked.season
    identity = months_of.used, asked.settled, season, asked.shocks, asked.breaks
    return Specification(asked, months_of.rows, identity, months_of.reason)


def _changes(question: Question, choice: Mapping[str, Any]) -> dict[str, Any]:
    """What a specification changes in the question."""
    changes: dict[str, Any] = {}
    if choice["baseline"] == "all":
        changes["first"] = None
    elif choice["baseline"] != STATED:
        changes["first"] = month_of(ordinal(question.start) - int(choice["baseline"]))
    if choice["transition"]:
        changes["settled"] = month_of(ordinal(question.settled) + choice["transition"])
    if choice["season"].startswith("fourier"):
        changes |= {"season": "fourier", "fourier_pairs": int(choice["season"][-1])}
    elif choice["season"] != STATED:
        changes["season"] = choice["season"]
    return changes | {name: () for name in ("shocks", "breaks") if choice[name] == "without"}


def _answer(one: Specification, model: str) -> tuple[float, float, float, float, str]:
    """What is judged under one specification with its p, or the code of why there is no answer."""
    nothing = (np.nan, np.nan, np.nan, np.nan)
    if one.reason:
        return *nothing, one.reason
    try:
        fit = fit_model(one.rows, one.asked) if model == MAIN else other_fit(one.rows, one.asked, model)
    except FitError as failure:
        return *nothing, failure.code
    got = answer(one.asked, fit)
    return float(got["estimate"]), float(got["low"]), float(got["high"]), float(got["p"]), ""
