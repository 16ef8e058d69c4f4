"""Dates and clock times: the forms that are clear, those a mapping states, and Excel's serial numbers.

Nothing is guessed: ``03/04/2025`` and ``25-03-19`` are wrong unless the mapping states their form.
Times are local and without an offset, as the exports give them; the zone tells which clock times its
change to and from summer time skips or repeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.errors import SettingsError
from analysis.sources.understand import Mask, Understood, is_missing, matches, settle, where

ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$"
#: Other spellings that can be read in one way only, and the ISO text they stand for.
CLEAR = (
    (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
    (r"^(\d{4}-\d{2}-\d{2} \d{2})\.(\d{2})$", r"\1:\2"),
    (r"^(\d{4}-\d{2}-\d{2} \d{2})\.(\d{2})\.(\d{2})$", r"\1:\2:\3"),
)
FOREIGN_DIGITS = r"[^\P{Nd}0-9]"
SERIAL = r"^\d{1,6}([.,]\d{1,17})?$"
SERIAL_ORIGIN = np.datetime64("1899-12-30T00:00", "m")
MINUTES_A_DAY = 24 * 60
DAY = np.timedelta64(1, "D")
#: YYYY-MM-DD, with HH:MM, with HH:MM:SS. Arrow casts no other text of these lengths.
ISO_LENGTHS = {10, 16, 19}
SAMPLE = datetime(2025, 12, 11, 10, 9, 8, tzinfo=UTC)

Times = NDArray[np.datetime64]


def times(
    texts: pa.Array,
    *,
    zone: str,
    first: pd.Timestamp,
    last: pd.Timestamp,
    forms: Sequence[str] = (),
    serial: bool = False,
) -> Understood:
    """Dates and clock times of a column, as local time without a zone.

    Parameters
    ----------
    texts : pa.Array
        Unique, trimmed texts without nulls.
    zone : str
        Time zone of the clock times. Midnight counts as a date without a clock time.
    first, last : Timestamp
        Both inclusive; a `last` at midnight means that whole day. Outside is ``date_out_of_range``.
    forms : sequence of str, optional
        Forms that the mapping states, as `datetime.strptime` writes them. An offset (``%z``, a final ``Z``)
        is converted to the zone. A stated form that looks like ISO (``%Y-%d-%m``) is tried before ISO.
    serial : bool, default False
        The column holds Excel's day numbers (1900 system); see `looks_serial`.

    Returns
    -------
    Understood
        Values ``timestamp[us]``. Wrong: ``date_format``, ``date_out_of_range``, ``time_nonexistent``.
        Odd: ``time_ambiguous``, ``excel_serial``.

    Raises
    ------
    SettingsError
        If a stated form is none.
    """
    local = _serials(texts) if serial else _stated(texts, forms, zone)
    inside = _within(local, first, last)
    skipped, repeated = _clock_changes(local, inside, zone)
    wrong = {"date_out_of_range": ~inside, "time_nonexistent": skipped}
    odd = {"time_ambiguous": repeated, "excel_serial": np.full(len(local), serial)}
    values = pa.array(local, pa.timestamp("us"), mask=np.isnat(local))
    missing = is_missing(texts) if values.null_count else np.zeros(len(local), bool)
    return settle(values, missing, "date_format", wrong, odd)


def looks_serial(texts: pa.Array, *, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether all texts that are not missing are Excel day numbers from `first` to `last`."""
    present = ~is_missing(texts)
    return bool(present.any() and _within(_serials(texts), first, last)[present].all())


def _within(local: Times, first: pd.Timestamp, last: pd.Timestamp) -> Mask:
    low, high = (np.datetime64(t.to_datetime64(), "us") for t in (first, last))
    if high == high.astype("datetime64[D]"):
        high = high + DAY - np.timedelta64(1, "us")
    return (local >= low) & (local <= high)


def _stated(texts: pa.Array, forms: Sequence[str], zone: str) -> Times:
    """Local times; NaT where no form fits."""
    before = [form for form in forms if _is_clear(form)]
    after = [form for form in forms if not _is_clear(form)]
    local = np.full(len(texts), np.datetime64("NaT"), "datetime64[us]")
    for form in before:
        _fill(local, texts, partial(_by_form, form=form, zone=zone))
    _fill(local, texts, _iso)
    _fill(local, texts, _clear)
    for form in after:
        _fill(local, texts, partial(_by_form, form=form, zone=zone))
    return local


def _fill(local: Times, texts: pa.Array, read: Callable[[pa.Array], Times]) -> None:
    still = np.isnat(local)
    if still.all():
        local[:] = read(texts)
    elif still.any():
        local[still] = read(texts.filter(pa.array(still)))


def _iso(texts: pa.Array) -> Times:
    if (plain := _all_iso(texts)) is not None:
        return plain
    shaped = where(matches(texts, ISO), texts)
    try:
        return pc.cast(shaped, pa.timestamp("us")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # some date is impossible, and Arrow does not say which
        return _iso_by_each(shaped)


def _all_iso(texts: pa.Array) -> Times | None:
    """The cheap way, when every text has the length of an ISO form and is one."""
    lengths = pc.unique(pc.binary_length(texts)).to_pylist()
    if not set(lengths) <= ISO_LENGTHS:
        return None
    try:
        return pc.cast(texts, pa.timestamp("us")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None


def _iso_by_each(shaped: pa.Array) -> Times:
    """As Arrow's cast, which is faster; an impossible date is NaT."""
    return _microseconds(pd.to_datetime(shaped.to_pandas(), format="ISO8601", errors="coerce"))


def _clear(texts: pa.Array) -> Times:
    for pattern, iso in CLEAR:
        texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=iso)
    return _iso(texts)


def _by_form(texts: pa.Array, form: str, zone: str) -> Times:
    known = where(~matches(texts, FOREIGN_DIGITS), texts).to_pandas()
    if form.endswith("Z") and not form.endswith("%Z"):
        form = form[:-1] + "%z"
    if "%z" not in form:
        return _microseconds(pd.to_datetime(known, format=form, errors="coerce"))
    instants = pd.to_datetime(known, format=form, errors="coerce", utc=True)
    return _microseconds(instants.dt.tz_convert(zone).dt.tz_localize(None))


def _microseconds(series: pd.Series) -> Times:
    return series.to_numpy().astype("datetime64[us]")


@cache
def _is_clear(form: str) -> bool:
    """Whether a stated form writes texts that are read without it too; refuses what is no form."""
    try:
        written = SAMPLE.strftime(form)
        fits = "%" in form and pd.notna(pd.to_datetime(written, format=form))
    except (ValueError, NotImplementedError, re.error):
        fits = False
    if not fits:
        raise SettingsError(f"“{form}” is no date form", "Write it as strptime does, such as %d/%m/%Y")
    return any(matches(pa.array([written]), pattern)[0] for pattern in (ISO, *dict(CLEAR)))


def _serials(texts: pa.Array) -> Times:
    """Days since 1899-12-30, the fraction rounded to the minute; right from 1900-03-01 on."""
    shaped = pc.replace_substring(where(matches(texts, SERIAL), texts), ",", ".")
    days = pc.cast(shaped, pa.float64()).to_numpy(zero_copy_only=False)
    minutes = np.round(np.nan_to_num(days) * MINUTES_A_DAY).astype("timedelta64[m]")
    local = (SERIAL_ORIGIN + minutes).astype("datetime64[us]")
    local[np.isnan(days)] = np.datetime64("NaT")
    return local


def _clock_changes(local: Times, inside: Mask, zone: str) -> tuple[Mask, Mask]:
    """Clock times that the zone skips, and those that it has twice."""
    skipped, repeated = np.zeros(len(local), bool), np.zeros(len(local), bool)
    if not inside.any():
        return skipped, repeated
    days = local.astype("datetime64[D]")
    numbers = days.astype("int64")
    changing = _changing_days(int(numbers[inside].min()), int(numbers[inside].max()), zone)
    suspect = np.zeros(len(local), bool)
    for day in changing:
        suspect |= numbers == day
    at = np.flatnonzero(suspect & inside & (local != days))
    if not at.size:
        return skipped, repeated
    clock = pd.DatetimeIndex(local[at])
    either = clock.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").isna()
    skipped[at] = clock.tz_localize(zone, ambiguous=np.ones(len(at), bool), nonexistent="NaT").isna()
    repeated[at] = either & ~skipped[at]
    return skipped, repeated


@cache
def _changing_days(first: int, last: int, zone: str) -> tuple[int, ...]:
    """The days (since 1970) from `first` to `last` that do not last 24 hours."""
    days = np.arange(first, last + 1, dtype=np.int64)
    start, end = (_midnights(days + n, zone) for n in (0, 1))
    return tuple(days[np.asarray(end - start) != DAY].tolist())


def _midnights(days: NDArray[np.int64], zone: str) -> pd.DatetimeIndex:
    naive = pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[s]"))
    return naive.tz_localize(zone, ambiguous=np.ones(len(days), bool), nonexistent="shift_forward")
