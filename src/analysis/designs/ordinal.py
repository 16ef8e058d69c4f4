"""Change of survey answers between waves, without letting a change of who answers pass for one.

Answers are anonymous: the same person cannot be followed, and waves are compared as independent sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs import segmented
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import FitError
from analysis.designs.persons.weakened import weakened
from analysis.designs.persons.wins import Contrast, stratified_agree, stratified_net
from analysis.designs.standardise import standardised_series
from analysis.designs.verdict import Reason, clear_direction, decide
from analysis.errors import DesignError

FEWEST_ANSWERS = 10
WAVES_FOR_SERIES = 8
LOWEST_RATE = 0.50
LARGEST_RATE_CHANGE = 0.10
SMALLEST_COMMON = 0.50
COLUMNS = ("wave", "group", "answer")
TABLE = ["term", "estimate", "low", "high", "p"]
EMPTY_FIT = ("expected", "expected_low", "expected_high", "without", "without_low", "without_high")


@dataclass(frozen=True)
class AnswerScale:
    """An answer scale: its lowest and highest level, and the levels that count as agreeing."""

    lowest: int = 1
    highest: int = 5
    agree: tuple[int, ...] = (4, 5)


@dataclass(frozen=True)
class _Sides:
    """Counts of answers, group by level, on both sides, in the groups that can be compared."""

    earlier: NDArray[np.int64]
    later: NDArray[np.int64]
    crude: tuple[NDArray[np.int64], NDArray[np.int64]]
    groups_lost: int
    answers_lost: int


LIKERT = AnswerScale()


def evaluate(
    answers: pd.DataFrame,
    question: Question,
    *,
    asked: pd.DataFrame | None = None,
    scale: AnswerScale = LIKERT,
) -> Effect:
    """Answer a question about survey answers before and after.

    Parameters
    ----------
    answers : DataFrame, one row an answer
        Columns ``wave`` (date of the wave), ``group`` (profession, unit), ``answer`` (whole number).
    question : Question
        Kind "mean". Waves before ``start`` and from ``settled`` are compared.
    asked : DataFrame, optional
        Columns ``wave`` and ``asked`` (people asked), one row or several a wave; without it the response
        rate is unknown.
    scale : AnswerScale
        The levels of the answer.

    Returns
    -------
    Effect
        With fewer than 8 waves on a side, method "win_probability": ``estimate`` is the chance that a random
        later answer is higher than a random earlier one of the same group, less the chance that it is lower
        (a difference; groups weigh as in all waves together). It is never more than
        "cannot_be_attributed": reason ``two_waves`` or ``few_waves`` (n_before, n_after, needed). With 8 or
        more, method "ordinal_segmented": the months' mean answer in one mix of groups, through
        `analysis.designs.segmented.evaluate`. Table: ``net``, ``win_probability``, ``agree`` (difference in
        shares), ``crude`` (net without regard to groups); without intervals in the second case, since they
        would take waves to be alike. ``n_before, n_after`` count waves. Checks: ``mix_change``,
        ``response_rate``. Reasons: ``few_answers`` (n_before, n_after, needed), ``zero_variance`` (n),
        ``numerator_above_denominator`` (n, first), ``rows_left_out`` (n, n_rows, why),
        ``waves_left_out`` (n, needed), ``groups_left_out`` (n_groups, n_answers, needed), ``not_paired``.

    Raises
    ------
    DesignError
        If columns are missing, answers lie outside the scale, or the question's kind is not "mean".

    References
    ----------
    Mann & Whitney 1947; van Elteren 1960; docs/methods.md.
    """
    known, remarks = _known(answers, question, scale)
    table = waves(answers, question, asked=asked, scale=scale)
    used = known[known["wave"].isin(table.loc[table["used"], "wave"])]
    sides = _sides(used, scale)
    n_before, n_after = (int((table["used"] & (table["side"] == one)).sum()) for one in ("before", "after"))
    remarks += [*_left_out(table, sides), ("not_paired", {})]
    reason = _refused(used, table, sides)
    empty = _empty(question, table, n_before, n_after)
    if reason is not None:
        return replace(empty, reasons=(reason, *remarks))
    contrasts = _contrasts(sides, scale)
    checks = [_mix_change(contrasts, sides), _response_rate(table)]
    if min(n_before, n_after) >= WAVES_FOR_SERIES:
        return _as_series(used, empty, contrasts, checks, remarks)
    return _as_two_sides(empty, contrasts, checks, remarks)


def waves(
    answers: pd.DataFrame,
    question: Question,
    *,
    asked: pd.DataFrame | None = None,
    scale: AnswerScale = LIKERT,
) -> pd.DataFrame:
    """What each wave holds.

    Parameters
    ----------
    answers, question, asked, scale
        As in `evaluate`.

    Returns
    -------
    DataFrame, one row a wave
        ``wave``, ``side`` ("before", "transition", "after"), ``used`` (not in the transition, 10 answers or
        more), ``n`` answers, ``asked`` and ``rate`` (NaN when unknown), ``mean``, ``agree`` (share), and a
        share a level: ``level_1`` and so on. A wave with fewer than 10 answers has no shares.

    Raises
    ------
    DesignError
        As `evaluate`.
    """
    known, _ = _known(answers, question, scale)
    by_wave = known.groupby("wave")["answer"]
    table = by_wave.agg(n="size", mean="mean").reset_index()
    table["side"] = _side(table["wave"], question)
    table["used"] = (table["side"] != "transition") & (table["n"] >= FEWEST_ANSWERS)
    table["asked"] = table["wave"].map(_asked(asked)).astype(float)
    table["rate"] = table["n"] / table["asked"]
    table["agree"] = by_wave.apply(lambda values: values.isin(scale.agree).mean()).to_numpy()
    for level in range(scale.lowest, scale.highest + 1):
        table[f"level_{level}"] = by_wave.apply(lambda values, at=level: (values == at).mean()).to_numpy()
    shares = ["mean", "agree", *[name for name in table if name.startswith("level_")]]
    table.loc[table["n"] < FEWEST_ANSWERS, shares] = np.nan
    return table


def _known(
    answers: pd.DataFrame, question: Question, scale: AnswerScale
) -> tuple[pd.DataFrame, list[Reason]]:
    """Answers with wave and group within the window, and how many lack one."""
    missing = [name for name in COLUMNS if name not in answers.columns]
    if missing:
        raise DesignError(f"the answers lack {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    if question.kind != "mean":
        raise DesignError(
            f"question “{question.id}” is a {question.kind}, not a mean", "set its kind to mean"
        )
    rows = answers[list(COLUMNS)].assign(
        wave=pd.to_datetime(answers["wave"]), answer=pd.to_numeric(answers["answer"], errors="coerce")
    )
    lost = rows.isna().any(axis=1)
    levels = range(scale.lowest, scale.highest + 1)
    if not rows.loc[rows["answer"].notna(), "answer"].isin(levels).all():
        raise DesignError(
            f"answers lie outside {scale.lowest} to {scale.highest}", "leave out codes such as “don't know”"
        )
    rows["side"] = _side(rows["wave"], question)
    known = rows[~lost & _inside(rows["wave"], question)]
    values: dict[str, float | int | str] = {
        "n": int(lost.sum()),
        "n_rows": len(rows),
        "why": "missing_answer",
    }
    return known.reset_index(drop=True), [("rows_left_out", values)] if values["n"] else []


def _inside(wave: pd.Series, question: Question) -> pd.Series:
    """Which waves lie in the question's window of months."""
    first = question.first or date(1, 1, 1)
    last = question.last or date(9999, 1, 1)
    month = wave.dt.year * 12 + wave.dt.month
    return month.between(first.year * 12 + first.month, last.year * 12 + last.month)


def _side(wave: pd.Series, question: Question) -> NDArray[np.str_]:
    """Before, in the transition or after."""
    late = wave >= pd.Timestamp(question.settled)
    return np.where(wave < pd.Timestamp(question.start), "before", np.where(late, "after", "transition"))


def _asked(asked: pd.DataFrame | None) -> pd.Series:
    """People asked, by wave."""
    if asked is None:
        return pd.Series(dtype=float)
    missing = [name for name in ("wave", "asked") if name not in asked.columns]
    if missing:
        raise DesignError(f"the people asked lack {', '.join(missing)}", "give wave and asked")
    return asked.assign(wave=pd.to_datetime(asked["wave"])).groupby("wave")["asked"].sum()


def _sides(used: pd.DataFrame, scale: AnswerScale) -> _Sides:
    """The counts on both sides; groups with fewer than 10 answers on a side are left out."""
    levels = list(range(scale.lowest, scale.highest + 1))
    counts = {
        side: pd.crosstab(rows["group"], rows["answer"]).reindex(columns=levels, fill_value=0)
        for side, rows in (
            ("before", used[used["side"] == "before"]),
            ("after", used[used["side"] == "after"]),
        )
    }
    groups = counts["before"].index.union(counts["after"].index)
    earlier, later = (
        counts[side].reindex(groups, fill_value=0).to_numpy(np.int64) for side in ("before", "after")
    )
    kept = np.minimum(earlier.sum(axis=1), later.sum(axis=1)) >= FEWEST_ANSWERS
    lost = int((earlier + later)[~kept].sum())
    crude = (earlier.sum(axis=0), later.sum(axis=0))
    return _Sides(earlier[kept], later[kept], crude, int((~kept).sum()), lost)


def _left_out(table: pd.DataFrame, sides: _Sides) -> list[Reason]:
    """Waves and groups that are not used."""
    few = int(((table["side"] != "transition") & ~table["used"]).sum())
    reasons: list[Reason] = []
    if few:
        reasons.append(("waves_left_out", {"n": few, "needed": FEWEST_ANSWERS}))
    if sides.groups_lost:
        lost = {"n_groups": sides.groups_lost, "n_answers": sides.answers_lost, "needed": FEWEST_ANSWERS}
        reasons.append(("groups_left_out", lost))
    return reasons


def _refused(used: pd.DataFrame, table: pd.DataFrame, sides: _Sides) -> Reason | None:
    """Why there can be no answer, or None."""
    wrong = table[table["rate"] > 1]
    if len(wrong):
        first = wrong["wave"].iloc[0].date().isoformat()
        return "numerator_above_denominator", {"n": len(wrong), "first": first}
    if not len(sides.earlier):
        n_before, n_after = (int((used["side"] == side).sum()) for side in ("before", "after"))
        return "few_answers", {"n_before": n_before, "n_after": n_after, "needed": FEWEST_ANSWERS}
    if (((sides.earlier + sides.later) > 0).sum(axis=1) < 2).all():
        return "zero_variance", {"n": len(used)}
    return None


def _contrasts(sides: _Sides, scale: AnswerScale) -> dict[str, Contrast]:
    """The comparisons, in one mix of groups and without regard to groups."""
    weights = (sides.earlier + sides.later).sum(axis=1).astype(float)
    agree = np.isin(np.arange(scale.lowest, scale.highest + 1), scale.agree)
    net = stratified_net(sides.earlier, sides.later, weights)
    chance = Contrast((1 + net.estimate) / 2, net.se / 2, (1 + net.low) / 2, (1 + net.high) / 2, net.p)
    crude = stratified_net(sides.crude[0][None], sides.crude[1][None], np.ones(1))
    shares = stratified_agree(sides.earlier, sides.later, weights, agree)
    return {"net": net, "win_probability": chance, "agree": shares, "crude": crude}


def _mix_change(contrasts: dict[str, Contrast], sides: _Sides) -> Check:
    """Whether what is clear without regard to groups remains so within them."""
    crude, net = contrasts["crude"], contrasts["net"]
    was, now = (clear_direction((one.estimate, one.low, one.high), "difference") for one in (crude, net))
    compared = int(sides.earlier.sum() + sides.later.sum())
    common = compared / (compared + sides.answers_lost)
    values: dict[str, float | int | str] = {
        "crude": crude.estimate, "crude_low": crude.low, "crude_high": crude.high,
        "stratified": net.estimate, "stratified_low": net.low, "stratified_high": net.high,
        "n_groups": len(sides.earlier), "n_answers": compared, "share_compared": common,
    }  # fmt: skip
    return Check("mix_change", bool((was is None or was == now) and common >= SMALLEST_COMMON), values)


def _response_rate(table: pd.DataFrame) -> Check:
    """Whether enough, and on both sides as many, of those asked have answered."""
    used = table[table["used"]]
    before, after = (
        float(rows["n"].sum() / rows["asked"].sum(skipna=False))
        for rows in (used[used["side"] == "before"], used[used["side"] == "after"])
    )
    lowest = float(used["rate"].min())
    values = {"before": before, "after": after, "lowest": lowest, "needed": LOWEST_RATE}
    if np.isnan(before) or np.isnan(after):
        return Check("response_rate", None, values)
    passed = lowest >= LOWEST_RATE and abs(after - before) <= LARGEST_RATE_CHANGE
    return Check("response_rate", bool(passed), values)


def _empty(question: Question, table: pd.DataFrame, n_before: int, n_after: int) -> Effect:
    """The effect before anything is found."""
    fit = table[["wave", "mean", "used"]].set_axis(["period_start", "value", "used"], axis=1)
    fit["value"] *= question.per
    return Effect(
        question=question, method="win_probability", scale="difference", estimate=np.nan, low=np.nan,
        high=np.nan, n_before=n_before, n_after=n_after, verdict="too_little_data",
        table=pd.DataFrame(columns=TABLE), fit=fit.assign(**dict.fromkeys(EMPTY_FIT, np.nan)),
    )  # fmt: skip


def _rows_of(contrasts: dict[str, Contrast]) -> pd.DataFrame:
    """The comparisons as rows of the effect's table."""
    rows = [(name, one.estimate, one.low, one.high, one.p) for name, one in contrasts.items()]
    return pd.DataFrame(rows, columns=TABLE)


def _as_two_sides(
    empty: Effect, contrasts: dict[str, Contrast], checks: list[Check], remarks: list[Reason]
) -> Effect:
    """Too few waves to see how much they differ without any change: never an attribution."""
    net, question = contrasts["net"], empty.question
    interval = (net.estimate, net.low, net.high)
    verdict, reasons = decide(interval, scale="difference", better=question.better, checks=checks)
    code = "two_waves" if empty.n_before == empty.n_after == 1 else "few_waves"
    counts = {"n_before": empty.n_before, "n_after": empty.n_after, "needed": WAVES_FOR_SERIES}
    return replace(
        empty, estimate=net.estimate, low=net.low, high=net.high, p=net.p,
        verdict="cannot_be_attributed" if verdict in ("improved", "worsened") else verdict,
        table=_rows_of(contrasts), checks=tuple(checks), reasons=((code, counts), *reasons, *remarks),
    )  # fmt: skip


def _as_series(
    used: pd.DataFrame,
    empty: Effect,
    contrasts: dict[str, Contrast],
    checks: list[Check],
    remarks: list[Reason],
) -> Effect:
    """Enough waves for an interrupted time series of the mean answer in one mix of groups."""
    question = empty.question
    months = used["wave"].dt.to_period("M").dt.to_timestamp()
    persons = used.assign(period_start=months, outcome=used["answer"], group=used["group"].astype(str))
    try:
        series = standardised_series(persons, question, ["group"])
    except FitError as failure:
        return replace(empty, reasons=((failure.code, {"n": len(used)}), *remarks))
    effect = replace(segmented.evaluate(series, question), method="ordinal_segmented")
    rows = _rows_of(contrasts)
    rows[["low", "high", "p"]] = np.nan
    if not effect.table.empty:
        effect = replace(effect, table=pd.concat([effect.table, rows], ignore_index=True))
    return weakened(effect, checks if effect.checks else [], remarks)
