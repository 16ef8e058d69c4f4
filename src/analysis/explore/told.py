"""A comparison over time in plain values and in words, with what it is not."""

from __future__ import annotations

from math import isfinite
from typing import Any

from analysis.explore.before_after import FEWEST_CASES, FEWEST_MONTHS, Compared, Side
from analysis.words import Words


def plain(value: float, decimals: int) -> float | None:
    """A number that JSON can hold; None when it is none."""
    return round(float(value), decimals) if isfinite(value) else None


def told_counts(compared: Compared, table: str, words: Words, is_dated: bool) -> dict[str, Any]:
    """How many a month before and after, and the ratio.

    Parameters
    ----------
    compared : Compared
        From `before_after.compare_counts`.
    table : str
        Whose rows are counted.
    words : Words
        Of the reader's language.
    is_dated : bool
        Whether the start is known.

    Returns
    -------
    dict
        Plain values, the sentence and the caution.
    """
    change = words.percent(compared.change - 1, signed=True)
    ends = (words.percent(one - 1, signed=True) for one in (compared.low, compared.high))
    rates = {side: words.number(getattr(compared, side).per_month, 1) for side in ("before", "after")}
    return {
        **_sides(compared, 0),
        "ratio": plain(compared.change, 4),
        "low": plain(compared.low, 4),
        "high": plain(compared.high, 4),
        "text": _sentence(compared, (change, *ends), "rates", rates, words) if is_dated else undated(words),
        "note": words.text(f"explore/caution/{table}"),
    }


def told_means(compared: Compared, kind: str, measure: str, words: Words, is_dated: bool) -> dict[str, Any]:
    """The mean of the months before and after, and the difference.

    Parameters
    ----------
    compared : Compared
        From `before_after.compare_means`.
    kind : str
        "share" for per cent, else the measure's unit.
    measure : str
        Its name; "" where it has no words.
    words : Words
        Of the reader's language.
    is_dated : bool
        Whether the start is known.

    Returns
    -------
    dict
        Plain values and the sentence.
    """
    unit = words.text(f"measure/{measure}/unit") if measure and kind == "mean" else ""

    def shown(value: float, *, signed: bool = False) -> str:
        if kind == "share":
            points = words.number(100 * value, 1, signed=signed)
            return f"{points} {words.text('explore/points')}" if signed else words.percent(value, 1)
        return f"{words.number(value, 2, signed=signed)} {unit}".rstrip()

    scale, places = (100, 1) if kind == "share" else (1, 2)
    ends = tuple(words.number(scale * one, places, signed=True) for one in (compared.low, compared.high))
    rates = {side: shown(getattr(compared, side).per_month) for side in ("before", "after")}
    change = shown(compared.change, signed=True)
    return {
        **_sides(compared, 4),
        "unit": unit,
        "difference": plain(compared.change, 4),
        "low": plain(compared.low, 4),
        "high": plain(compared.high, 4),
        "text": _sentence(compared, (change, *ends), "means", rates, words) if is_dated else undated(words),
    }


def _sides(compared: Compared, decimals: int) -> dict[str, Any]:
    return {"before": _side(compared.before, decimals), "after": _side(compared.after, decimals)}


def _side(side: Side, decimals: int) -> dict[str, Any]:
    return {"months": side.months, "n": plain(side.n, decimals), "per_month": plain(side.per_month, 4)}


def undated(words: Words) -> str:
    """That nothing is compared, since no start is known."""
    return words.text("explore/before_after/no_start")


def _sentence(
    compared: Compared, told: tuple[str, ...], kind: str, rates: dict[str, str], words: Words
) -> str:
    """The comparison in words; without an interval, why there is none."""
    months = {
        "n_before": words.number(compared.before.months),
        "n_after": words.number(compared.after.months),
    }
    if not (compared.before.months and compared.after.months):
        return words.text("explore/before_after/one_side", **months)
    base = words.text(f"explore/before_after/{kind}", **rates, **months)
    if compared.why:
        least = {"months": words.number(FEWEST_MONTHS), "cases": words.number(FEWEST_CASES)}
        return f"{base} {words.text(f'explore/before_after/{compared.why}', **least)}"
    change, low, high = told
    return f"{base} {words.text('explore/before_after/change', change=change, low=low, high=high)}"
