"""Control charts of one monthly series: limits frozen on the months before, and what lies outside them.

Statistical process control is for learning from a process as it runs. A signal says that something is unlike
the months behind the limits; it never says how large an effect is or what caused it, and no verdict is taken
from it.

Measured with 24 months before, 12 after and no change (400 series each): a signal came in .10 (`c`), .15
(`u_prime`) and .17 (`xmr`) of the series; with an autocorrelation of .4 in .30 (`u_prime`) and .45 (`xmr`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question
from analysis.designs.runs import Runs, judge_runs, nelson, shift, trend, two_of_three
from analysis.designs.series.months import Reason, months, within
from analysis.designs.sigmas import (
    RATES,
    ChartKind,
    Limits,
    counting_noise,
    laney_sigma,
    limits_of,
    pooled,
    possible_range,
    rates,
)
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

Vector = NDArray[np.float64]

NEEDED_BASELINE = 12
WISHED_BASELINE = 20
NEEDED_USEFUL = 8
LARGE_DENOMINATOR = 1000
OVERDISPERSED = 1.2
POSSIBLE: Mapping[str, tuple[ChartKind, ...]] = {
    "count": ("run", "xmr", "i", "c", "u", "u_prime"),
    "share": ("run", "xmr", "i", "p", "p_prime"),
    "mean": ("run", "xmr", "i"),
}
MARKS = ("outside", "trend", "two_of_three", "shift")  # the order in which one of them names a point


@dataclass(frozen=True)
class Part:
    """A stretch of months with one centre line.

    Parameters
    ----------
    first, last : date
        Its first and last month.
    n : int
        Months behind the limits.
    centre : float
        The centre line, in the unit of the chart; NaN when the limits rest on too few months.
    sigma_z : float
        How much wider than counting noise the limits are (`u_prime`, `p_prime`); else NaN.
    runs : Runs
        Of all its points about the centre line.
    """

    first: date
    last: date
    n: int
    centre: float
    sigma_z: float
    runs: Runs


@dataclass(frozen=True)
class ControlChart:
    """A control chart, judged.

    Parameters
    ----------
    question : Question
        What is asked.
    kind : str
        The kind of chart, see `control_chart`.
    chosen : tuple of str and mapping
        Why this kind: a code from `chart_kind`, or "stated".
    frame : DataFrame, one row a month of the window
        ``period_start, value, centre, low, high`` in the unit of the chart; ``used``; ``baseline`` (behind
        the limits); ``part``; ``side`` (1 above the centre line, -1 below, 0 on it); ``outside, shift, trend,
        two_of_three`` and ``nelson_2`` to ``nelson_8`` (bool); ``mark``: the first of outside, trend,
        two_of_three and shift that holds, or None. Only ``outside`` counts for ``signal``, the other
        marks are shown.
    parts : tuple of Part
        One, and one more for each date with new limits.
    runs : Runs
        Of the months from the start on, each about the centre line of its part.
    signal : bool
        Whether a month from the start on lies outside the limits, or those months' runs are unlike chance.
        For learning: it is no verdict and no effect.
    remarks : tuple
        Codes with numbers: what weakens the chart, or why it has no limits.
    """

    question: Question
    kind: ChartKind
    chosen: Reason
    frame: pd.DataFrame
    parts: tuple[Part, ...]
    runs: Runs
    signal: bool
    remarks: tuple[Reason, ...]

    @property
    def refused(self) -> bool:
        """Whether the chart has no centre line at all."""
        return all(np.isnan(part.centre) for part in self.parts)


def control_chart(
    series: pd.DataFrame,
    question: Question,
    *,
    kind: ChartKind | None = None,
    rebased: Sequence[date] = (),
) -> ControlChart:
    """Judge every month by limits that rest on the months before the start.

    A month without a usable value is passed over: it ends no run, and the months on both sides of it are
    neighbours for moving ranges. Months of a known shock are shown and judged, but are not behind the limits.
    The transition is judged.

    Parameters
    ----------
    series : DataFrame, one row a month
        As for `analysis.designs.segmented.evaluate`.
    question : Question
        What is asked; ``first`` and ``last`` set the window, ``start`` ends the baseline, ``per`` scales
        rates.
    kind : {"run", "xmr", "i", "c", "u", "u_prime", "p", "p_prime"}, optional
        Run chart (median, no limits); individuals with moving ranges, those of 3.267 mean ranges or more left
        out once, sigma by the factor 2.66 (``xmr``: Making Data Count) or the mean range / 1.128 (``i``:
        qicharts2); counts; rates; rates with Laney's correction; shares; shares with it. None: as
        `chart_kind` says.
    rebased : sequence of date
        Months in which new limits begin, decided by a reader (see `analysis.designs.rebase`).

    Returns
    -------
    ControlChart
        Without limits, with the reason in ``remarks``, when fewer than 12 months lie behind them (20 are
        wished).

    Raises
    ------
    DesignError
        If the series or the question contradict themselves, or the kind of chart does not fit the kind of
        measure.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control. Mohammed & Laney, Qual Saf Health Care
    2006;15:319. NHS England, Making Data Count. Anhøj, qicharts2.
    """
    rows = _rows(series, question)
    chosen: Reason = ("stated", {})
    if kind is None:
        kind, chosen = _choice(rows, question)
    _refuse_unfit(kind, question)
    wrong = above_denominator(rows, question)
    if wrong is not None:
        rows = rows.assign(baseline=False, used=False)
    rows = _in_parts(rows, question, rebased)
    judged = [_part(piece, kind, question) for _, piece in rows.groupby("part")]
    frame = pd.concat([piece for piece, _, _ in judged], ignore_index=True) if judged else _part_frame(rows)
    remarks = (wrong,) if wrong else tuple(remark for _, _, found in judged for remark in found)
    parts = tuple(part for _, part, _ in judged)
    return _judged(ControlChart(question, kind, chosen, frame, parts, judge_runs([], 0.0), False, remarks))


def chart_kind(series: pd.DataFrame, question: Question) -> tuple[ChartKind, Reason]:
    """Which control chart fits the data.

    Parameters
    ----------
    series : DataFrame, one row a month
        As for `control_chart`.
    question : Question
        What is asked.

    Returns
    -------
    kind : str
        ``xmr`` for means, ``u`` for counts, ``p`` for shares; ``u_prime`` or ``p_prime`` when the months
        before the start vary more than counting noise: sigma_z above 1.2, or above 1 with a median
        denominator above 1000.
    reason : tuple of str and mapping
        ``("means", {})``, ``("counting_noise", {"sigma_z", "denominator"})``, ``("overdispersed", ...)`` or
        ``("large_denominators", ...)`` with the same numbers.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question's dates contradict each other.
    """
    return _choice(_rows(series, question), question)


def _rows(series: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months of the window; the transition belongs to the months after."""
    asked = replace(question, settled=question.start, impact="step", transition="left_out")
    months(series, question)  # refuses what contradicts itself in the question as it was asked
    rows = within(months(series, asked), asked)
    used = rows["usable"]
    return rows.assign(used=used, baseline=used & ~rows["after"] & ~rows["shocked"], part=0)


def _in_parts(rows: pd.DataFrame, question: Question, rebased: Sequence[date]) -> pd.DataFrame:
    """The months with the number of their part; a part that begins before the start is frozen there, too."""
    at, start = rows["ordinal"].to_numpy(), ordinal(question.start)
    inside = at[1:] if len(at) else at
    begins = np.array(sorted({ordinal(day) for day in rebased} & set(inside.tolist())), int)
    part = np.searchsorted(begins, at, side="right")
    later = np.append(False, begins >= start)[part]
    return rows.assign(part=part, baseline=rows["used"] & ~rows["shocked"] & ((at < start) | later))


def _choice(rows: pd.DataFrame, question: Question) -> tuple[ChartKind, Reason]:
    """The kind of chart, and why."""
    if question.kind == "mean":
        return "xmr", ("means", {})
    base = rows[rows["baseline"]]
    plain: ChartKind = "u" if question.kind == "count" else "p"
    prime: ChartKind = "u_prime" if question.kind == "count" else "p_prime"
    values, denominators = rates(base, plain)
    sigma_z = laney_sigma(values, pooled(base), counting_noise(pooled(base), denominators, plain))
    numbers = {"sigma_z": sigma_z, "denominator": float(np.median(denominators)) if len(base) else np.nan}
    if sigma_z > OVERDISPERSED:
        return prime, ("overdispersed", numbers)
    if numbers["denominator"] > LARGE_DENOMINATOR and sigma_z > 1:
        return prime, ("large_denominators", numbers)
    return plain, ("counting_noise", numbers)


def _refuse_unfit(kind: str, question: Question) -> None:
    """Raise when the kind of chart is for another kind of measure."""
    fitting = POSSIBLE[question.kind]
    if kind not in fitting:
        raise DesignError(
            f"a chart of kind “{kind}” does not fit a measure of kind “{question.kind}”",
            f"choose one of {', '.join(fitting)}",
        )


def above_denominator(rows: pd.DataFrame, question: Question) -> Reason | None:
    """The reason when a share has a used numerator above its denominator, else None."""
    wrong = rows["used"] & (rows["numerator"] > rows["denominator"])
    if question.kind != "share" or not wrong.any():
        return None
    first = rows.loc[wrong, "period_start"].iloc[0].date().isoformat()
    return "numerator_above_denominator", {"n": int(wrong.sum()), "first": first}


def _part(
    piece: pd.DataFrame, kind: ChartKind, question: Question
) -> tuple[pd.DataFrame, Part, tuple[Reason, ...]]:
    """The rows, the summary and the remarks of one part."""
    first, last = (month_of(int(piece["ordinal"].iloc[end])) for end in (0, -1))
    n = int(piece["baseline"].sum())
    scale = question.per if kind in RATES else 1.0
    values = np.where(piece["used"], rates(piece, kind)[0], np.nan)
    rows = _part_frame(piece).assign(value=scale * values)
    if n < NEEDED_BASELINE:
        short: Reason = "short_baseline", {"first": first.isoformat(), "n": n, "needed": NEEDED_BASELINE}
        return rows, Part(first, last, n, np.nan, np.nan, judge_runs([], 0.0)), (short,)
    limits = limits_of(piece, kind)
    low, high = limits.centre - 3 * limits.sigma, limits.centre + 3 * limits.sigma
    lowest, highest = possible_range(kind, question)
    rows = rows.assign(centre=scale * limits.centre, low=scale * np.maximum(low, lowest))
    rows = rows.assign(high=scale * np.minimum(high, highest), side=np.sign(values - limits.centre))
    flat = _flat(values[piece["baseline"].to_numpy()], limits, kind)
    if flat is None:
        rows = _with_marks(rows, values, limits)
    runs = judge_runs([] if flat else values, limits.centre)
    part = Part(first, last, n, scale * limits.centre, limits.sigma_z, runs)
    return rows, part, _remarks(rows, part, flat)


def _part_frame(piece: pd.DataFrame) -> pd.DataFrame:
    """The columns of the frame, without limits and marks."""
    rows = piece[["period_start", "value", "used", "baseline", "part"]].reset_index(drop=True)
    rows = rows.assign(centre=np.nan, low=np.nan, high=np.nan, side=np.nan)
    flags = pd.concat([pd.DataFrame(columns=list(MARKS)), nelson([], [])], axis=1).columns
    return rows.assign(**dict.fromkeys(flags, False), mark=None)


def _flat(baseline: Vector, limits: Limits, kind: ChartKind) -> Reason | None:
    """The reason when the baseline does not vary, so that limits equal the centre."""
    if kind == "run" or np.nanmax(np.append(limits.sigma, 0.0)) > 0:
        return None
    return ("all_zero" if (baseline == 0).all() else "zero_variance"), {"n": len(baseline)}


def _with_marks(rows: pd.DataFrame, values: Vector, limits: Limits) -> pd.DataFrame:
    """The rows with what each rule says; every rule looks at the used months of the part only."""
    used = rows["used"].to_numpy()
    points = values[used]
    steps = points - limits.centre
    # A run chart has no limits: its distances only tell the side.
    z = np.sign(steps) if np.isnan(limits.sigma).all() else steps / limits.sigma[used]
    marks = pd.DataFrame(
        {"outside": np.abs(z) > 3, "trend": trend(points), "two_of_three": two_of_three(z), "shift": shift(z)}
    )
    if not np.isnan(limits.sigma).all():
        marks = pd.concat([marks, nelson(points, z)], axis=1)
    rows = rows.copy()
    for name in marks:
        rows.loc[used, name] = marks[name].to_numpy()
    first = [
        next((name for name in MARKS if row[name]), None) for row in rows[list(MARKS)].to_dict("records")
    ]
    return rows.assign(mark=pd.Series(first, dtype=object, index=rows.index))


def _remarks(rows: pd.DataFrame, part: Part, flat: Reason | None) -> tuple[Reason, ...]:
    """What weakens a part that has limits."""
    found: list[Reason] = [flat] if flat else []
    if part.n < WISHED_BASELINE:
        found.append(("thin_baseline", {"n": part.n, "wished": WISHED_BASELINE}))
    outside = int((rows["outside"] & rows["baseline"]).sum())
    base = judge_runs(rows.loc[rows["baseline"], "value"].to_numpy(), part.centre)
    if not flat and (outside or base.signal):
        found.append(("unstable_baseline", {"outside": outside, "runs": int(base.signal)}))
    return tuple(found)


def _judged(chart: ControlChart) -> ControlChart:
    """The chart with its runs and signal of the months from the start on."""
    after = chart.frame[chart.frame["period_start"] >= pd.Timestamp(chart.question.start)]
    flat = any(code in ("all_zero", "zero_variance") for code, _ in chart.remarks)
    runs = judge_runs([] if flat else (after["value"] - after["centre"]).to_numpy(float), 0.0)
    remarks = chart.remarks
    if not chart.refused and not flat and runs.useful < NEEDED_USEFUL:
        remarks += (("few_useful_points", {"n": runs.useful, "needed": NEEDED_USEFUL}),)
    unlike = runs.useful >= NEEDED_USEFUL and runs.signal
    return replace(chart, runs=runs, signal=bool(after["outside"].any() or unlike), remarks=remarks)
