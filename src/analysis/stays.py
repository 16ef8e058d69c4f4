"""Episodes from all that is delivered of stays: whole ones, messages of a case, clinics' care episodes.

Source: domain dossier 1.1 (a patient may stop being ready for discharge, UK: a stay then has several UK
intervals), 1.3 (vårdtillfälle, vårdtid) and 2.6. Folding is pure: frames in, frames out, in the columns
of the table ``episodes``; the order of the rows they are given does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from analysis.store import Store
from analysis.tables import table

# Two messages of the same minute are taken in this order. A withdrawal comes before a notice: the
# patient is then ready, and the stay is kept.
COURSE = (
    "admitted",
    "admission_notice",
    "planning",
    "planned_uk_change",
    "uk_withdrawn",
    "uk",
    "sip_call",
    "discharge_information",
    "interruption",
    "administrative",
    "discharged",
)
EVENT = ["case_id", "message_type", "sent_at", "planned_uk_date"]


def latest_episodes(store: Store, con: Any, folder: Path) -> Any:
    """The latest version of every stay, whichever of the three tables it was delivered in.

    One person is in one stay at a time: where two tables tell of the same stay (same id and person), or of
    stays that overlap, that of the first in ``STAYS`` counts. What is left out is in `left_out`. A stay
    that begins on the day on which another ends does not overlap it where the days have no clock times.

    Parameters
    ----------
    store : Store
        With deliveries of at least one of ``STAYS``.
    con : ibis backend
        Where to compute.
    folder : Path
        For the folded rows.

    Returns
    -------
    ibis table
        The columns of the table ``episodes``, and ``delivery``.
    """
    import ibis

    present = {r.table for r in store.records()}
    kinds = _kinds(con, folder)
    found: Any = _in_full(store.latest("episodes", con), kinds) if "episodes" in present else None
    for name, fold in _FINER.items():
        if name not in present:
            continue
        folded = fold(store.latest(name, con).drop("delivery").to_pandas())
        path = folder / f"folded_{name}.parquet"
        folded.to_parquet(path, index=False)
        more = con.read_parquet(str(path)).mutate(delivery=ibis.literal(name))
        found = more if found is None else found.union(_only_new(more, found).select(found.columns))
    return found


def left_out(store: Store, con: Any, folder: Path) -> DataFrame:
    """What was delivered of stays and is no stay of `latest_episodes`, counted by reason.

    Parameters
    ----------
    store : Store
        The deliveries; there may be none of stays.
    con : ibis backend
        Where to compute.
    folder : Path
        For the folded rows.

    Returns
    -------
    DataFrame
        ``table, reason, n, of``: cases of messages by the reasons of `unfolded`; care episodes of clinics,
        merged, that were never ready (``not_ready``) or in another order; stays of either that an
        earlier table of ``STAYS`` tells of, too (``told_before``). `of` is how many there are in all.
    """
    present = {r.table for r in store.records()}
    counted: list[tuple[str, str, int, int]] = []
    taken = (
        latest_episodes(store, con, folder).delivery.value_counts(name="n") if present & set(_FINER) else None
    )
    kept = dict(taken.to_pandas().itertuples(index=False)) if taken is not None else {}
    for name, fold in _FINER.items():
        if name not in present:
            continue
        rows = store.latest(name, con).drop("delivery").to_pandas()
        why = _WHY_NOT[name](rows).reason.value_counts().to_dict()
        n = len(fold(rows))
        why["told_before"] = n - kept.get(name, 0)
        of = n + sum(why.values()) - why["told_before"]
        counted += [(name, reason, number, of) for reason, number in sorted(why.items()) if number]
    return DataFrame(counted, columns=["table", "reason", "n", "of"])


def _kinds(con: Any, folder: Path) -> Mapping[str, Any]:
    """The columns of the table and their types in the engine."""
    path = folder / "folded_none.parquet"
    _shaped(DataFrame(), "episodes").to_parquet(path, index=False)
    return con.read_parquet(str(path)).schema()


def _in_full(known: Any, kinds: Mapping[str, Any]) -> Any:
    """In all columns of the table: those that deliveries of an older program lack are empty."""
    import ibis

    cells = {c: known[c] if c in known.columns else ibis.null() for c in kinds}
    return known.select("delivery", **{c: cell.cast(kinds[c]) for c, cell in cells.items()})


def _only_new(more: Any, known: Any) -> Any:
    """Stays of persons who are in no known stay at the time."""
    other = known.select(person="person_id", stay="episode_id", begins="admitted_at", ends="discharged_at")
    same = [more.episode_id == other.stay, more.person_id == other.person]
    new = more.anti_join(other, same)
    busy = other.view()
    overlaps = _is_before(new.admitted_at, busy.ends) & _is_before(busy.begins, new.discharged_at)
    at_once = [new.person_id == busy.person, overlaps | (new.admitted_at == busy.begins)]
    return new.anti_join(busy, at_once)


def _is_before(first: Any, last: Any) -> Any:
    """Earlier, or in the same minute; the same day alone, without clock times, is not before."""
    return (first < last) | ((first == last) & (first != first.truncate("D")))


def fold_messages(messages: DataFrame) -> DataFrame:
    """One episode a case, from its message log.

    Parameters
    ----------
    messages : DataFrame, one row a message
        Rows of the table ``messages``. The same message to several receivers, or delivered twice,
        counts once.

    Returns
    -------
    DataFrame, one row a stay
        The cases that are episodes already: admitted, ready and discharged, in that order. The others
        are in `unfolded`. A case that is admitted again after its discharge begins another stay, named
        for the case with ``#2``; a case of several persons is none. ``uk_at`` is the notice of the last
        UK interval, the one that stood;
        ``uk_days_withdrawn`` the calendar days from notice to withdrawal of those before it;
        ``planned_uk_moves_n`` the changes after the first planned date.
    """
    cases = _cases(messages)
    return _as_episodes(cases[_why_not(cases).eq("")])


def unfolded(messages: DataFrame) -> DataFrame:
    """The cases that are not episodes, with the reason.

    Parameters
    ----------
    messages : DataFrame, one row a message
        As for `fold_messages`.

    Returns
    -------
    DataFrame, one row a case
        ``episode_id`` and ``reason``: ``person_conflict`` (several persons), ``not_admitted``,
        ``not_discharged`` (perhaps not yet), ``not_ready`` (no UK notice stands) or ``order``.
    """
    cases = _cases(messages)
    found = DataFrame({"episode_id": cases.episode_id, "reason": _why_not(cases)})
    return found[found.reason.ne("")].reset_index(drop=True)


def merge_clinics(episodes: DataFrame, *, gap_days: int = 0) -> DataFrame:
    """One stay from a person's consecutive care episodes.

    Parameters
    ----------
    episodes : DataFrame, one row a clinic's care episode
        Rows of the table ``care_episodes`` or ``episodes``.
    gap_days : int
        The next care episode belongs to the stay when it begins at most so many calendar days after
        the last day of those before; 0 is the same day, so that going home and coming back on one day
        makes one stay.

    Returns
    -------
    DataFrame, one row a stay
        Named by its first care episode: first admitted, last discharged, last notice of being ready
        (UK), length of stay in calendar days. Stays without a notice are no episodes and are left out.
    """
    merged = _clinics(episodes, gap_days)
    return _as_episodes(merged[_why_unmerged(merged).eq("")])


def _unmerged(episodes: DataFrame) -> DataFrame:
    """The stays of clinics that are no episodes, with the reason."""
    merged = _clinics(episodes, 0)
    found = DataFrame({"episode_id": merged.episode_id, "reason": _why_unmerged(merged)})
    return found[found.reason.ne("")].reset_index(drop=True)


def _why_unmerged(merged: DataFrame) -> Series:
    why = Series("", index=merged.index, dtype="str").mask(merged.admitted_at > merged.uk_at, "order")
    return why.mask(merged.uk_at.isna(), "not_ready")


def _clinics(episodes: DataFrame, gap_days: int) -> DataFrame:
    """Every stay of a person, ready or not."""
    rows = _shaped(episodes, "care_episodes")
    rows = rows.sort_values(["person_id", "admitted_at", "discharged_at", "episode_id"], kind="stable")
    until = rows.groupby("person_id").discharged_at.cummax().dt.normalize()
    until = until.groupby(rows.person_id).shift()
    begins = until.isna() | ((rows.admitted_at.dt.normalize() - until).dt.days > gap_days)
    return _merge(rows.assign(stay=begins.cumsum()))


def _merge(rows: DataFrame) -> DataFrame:
    """The stays; what is said of a part holds for the whole."""
    columns = rows.columns.drop("stay")
    ended = rows.sort_values(["stay", "discharged_at"], kind="stable")
    stays = ended.groupby("stay")[list(columns)].last()
    by_stay = rows.groupby("stay")
    for name in ("episode_id", "admitted_at", "age", "sex", "admission_notice_at", "planning_started_at"):
        stays[name] = by_stay[name].first()
    stays["named_care_contact_at"] = by_stay.named_care_contact_at.min()
    stays["sip_call_date"] = by_stay.sip_call_date.min()
    start, end = (ended.drop_duplicates("stay", keep=k).set_index("stay") for k in ("first", "last"))
    stays["is_unplanned"] = start.is_unplanned
    for name in ("discharged_to", "is_readmitted"):
        stays[name] = end[name]
    for name in ("planned_uk_moves_n", "uk_withdrawn_n", "uk_days_withdrawn"):
        stays[name] = by_stay[name].sum(min_count=1).astype("Int64")
    for name in ("is_compulsory_care", "needs_region", "needs_municipality", "is_sip_offered"):
        stays[name] = by_stay[name].max()
    stays["los_days"] = _calendar_days(stays.admitted_at, stays.discharged_at).astype(float)
    return stays.reset_index(drop=True)


def _cases(messages: DataFrame) -> DataFrame:
    """Everything the log says of each case, complete or not."""
    rows = _shaped(messages, "messages")
    persons = rows.groupby("case_id").person_id.nunique()
    rows = _by_stay(rows.assign(persons_n=rows.case_id.map(persons)).drop_duplicates(EVENT))
    by_case = rows.groupby("case_id")
    said = ["unit", "hospital", "ward", "care_type", "discharged_to"]
    found = (
        by_case[said].last().assign(person_id=by_case.person_id.first(), persons_n=by_case.persons_n.first())
    )
    found = found.assign(
        admitted_at=_sent(rows, "admitted").first(),
        admission_notice_at=_sent(rows, "admission_notice").first(),
        planning_started_at=_sent(rows, "planning").first(),
        sip_call_date=_sent(rows, "sip_call").first().dt.normalize(),
        discharged_at=_sent(rows, "discharged").last(),
    )
    found = found.join(_planned(rows)).join(_ready(rows.join(found.discharged_at, on="case_id")))
    found["los_days"] = _calendar_days(found.admitted_at, found.discharged_at).astype(float)
    return found.reset_index(names="episode_id")


def _by_stay(rows: DataFrame) -> DataFrame:
    """In order, each stay of a case under its own id: a case may be admitted again after a discharge."""
    place = rows.message_type.map({kind: n for n, kind in enumerate(COURSE)})
    is_admitted = rows.message_type.eq("admitted")
    begun = rows.sent_at.where(is_admitted).groupby(rows.case_id).transform("min")
    is_again = is_admitted & (rows.sent_at > begun)
    place = place.mask(is_again, len(COURSE))  # the discharge of the same minute comes first
    order = ["case_id", "sent_at", "_place", "planned_uk_date"]
    rows = rows.assign(_place=place).sort_values(order, kind="stable", ignore_index=True)
    ended = rows.message_type.eq("discharged").groupby(rows.case_id).cumsum()
    admitted = rows.message_type.eq("admitted")
    before = ended[admitted].groupby(rows.case_id).shift()
    begins = (ended[admitted] > before.fillna(np.inf)).reindex(rows.index, fill_value=False)
    number = begins.groupby(rows.case_id).cumsum() + 1
    named = rows.case_id + "#" + number.astype("str")
    return rows.assign(case_id=rows.case_id.mask(number > 1, named).astype("str"))


def _sent(rows: DataFrame, kind: str) -> pd.api.typing.SeriesGroupBy:
    """When the messages of a kind were sent, by case."""
    return rows[rows.message_type.eq(kind)].groupby("case_id").sent_at


def _planned(rows: DataFrame) -> DataFrame:
    """The last planned date, and how often it was changed after the first."""
    dated = rows[rows.planned_uk_date.notna()]
    before = dated.groupby("case_id").planned_uk_date.shift()
    moved = before.notna() & before.ne(dated.planned_uk_date)
    by_case = dated.assign(moved=moved).groupby("case_id")
    last = by_case.planned_uk_date.last().dt.normalize()
    return DataFrame({"planned_uk_date": last, "planned_uk_moves_n": by_case.moved.sum().astype("Int64")})


def _ready(rows: DataFrame) -> DataFrame:
    """The UK interval that stood, and those that were withdrawn.

    A repeated notice or withdrawal says nothing new, nor does a withdrawal after the discharge.
    """
    uk = rows[rows.message_type.isin(("uk", "uk_withdrawn"))]
    uk = uk[uk.message_type.eq("uk") | ~(uk.sent_at > uk.discharged_at)]
    before = uk.groupby("case_id").message_type.shift().fillna("uk_withdrawn")
    uk = uk[uk.message_type.ne(before)]
    withdrawn_at = uk.groupby("case_id").sent_at.shift(-1)
    notices = uk.assign(withdrawn_at=withdrawn_at)[uk.message_type.eq("uk")]
    stood = notices[notices.withdrawn_at.isna()].set_index("case_id").sent_at
    days = _calendar_days(notices.sent_at, notices.withdrawn_at)
    ended = notices.assign(days=days, n=notices.withdrawn_at.notna()).groupby("case_id")
    counts = ended[["n", "days"]].sum().astype("Int64")
    return counts.set_axis(["uk_withdrawn_n", "uk_days_withdrawn"], axis=1).assign(uk_at=stood)


def _why_not(cases: DataFrame) -> Series:
    """Why a case is no episode; "" when it is one."""
    why = Series("", index=cases.index, dtype="str")
    in_order = (cases.admitted_at <= cases.uk_at) & (cases.uk_at <= cases.discharged_at)
    why = why.mask(~in_order, "order").mask(cases.uk_at.isna(), "not_ready")
    why = why.mask(cases.discharged_at.isna(), "not_discharged")
    return why.mask(cases.admitted_at.isna(), "not_admitted").mask(cases.persons_n > 1, "person_conflict")


def _calendar_days(first: Series, last: Series) -> Series:
    """From the one date to the other, as vårdtid counts: the same day is 0."""
    return (last.dt.normalize() - first.dt.normalize()).dt.days


def _as_episodes(found: DataFrame) -> DataFrame:
    """In the columns and types of the table, in a stable order."""
    return _shaped(found, "episodes").sort_values("episode_id", kind="stable", ignore_index=True)


def _shaped(found: DataFrame, name: str) -> DataFrame:
    """All columns of a table in its types; those that are absent are empty."""
    columns = {}
    for column, schema in table(name).model.to_schema().columns.items():
        kind = str(schema.dtype)
        kind = "datetime64[us]" if kind.startswith("datetime64") else kind
        kind = "str" if kind.startswith("str") else kind
        cells = found[column] if column in found else Series(pd.NA, index=found.index, dtype="object")
        columns[column] = cells.astype(kind)
    return DataFrame(columns, index=found.index)


_FINER: dict[str, Callable[[DataFrame], DataFrame]] = {
    "messages": fold_messages,
    "care_episodes": merge_clinics,
}
_WHY_NOT: dict[str, Callable[[DataFrame], DataFrame]] = {
    "messages": unfolded,
    "care_episodes": _unmerged,
}
