"""What staff and patients say: surveys before and after, open answers, weekly reports, the web question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import isnan

import pandas as pd

from analysis import npe, release, surveys
from analysis.area import Unit
from analysis.designs.mix import Change, judge
from analysis.errors import UsageError
from analysis.fragments import voices as fragments
from analysis.fragments import voices_counts as counts
from analysis.fragments.voices import PERIODS, ItemChange, agreeing
from analysis.release import Released, ReleasedDistribution
from analysis.release.nested import Cells, bounds
from analysis.study import Study
from analysis.surveys import EVERYBODY, Dimension, Item, Period, Round, Surveys
from analysis.tables.answers import TEXT_CLASSES
from analysis.topics import mixes
from analysis.topics.crossed import counts_of, crossed

NEEDED = ("respondent_id", "survey", "round", "item", "value", "party", "profession", "unit", "month")
STAFF, WEB = "tydlighet", "webbfraga"
BACKGROUND = ("forvaltning", "profession", "role")


def item_change(study: Study, item: str) -> ItemChange:
    """How an item, or a dimension of the patient survey, was answered before and after.

    Parameters
    ----------
    study : Study
        For whom: its unit, and its party if it has one.
    item : str
        An item or a dimension of the area's ``surveys.toml``.

    Returns
    -------
    ItemChange
        Of released counts; a round that is missing, not finished or too small is None, with why.
    """
    stated = stated_surveys(study)
    asked = stated.asked(item)
    if asked is None:
        raise UsageError(f"there is no item “{item}”", "State it in the area's surveys.toml")
    whole = {p: _answers_of_all(study, asked, stated.of(asked.survey, p)) for p in PERIODS}
    shown = {p: _distribution(study, whole[p]) for p in PERIODS}
    rows = {p: _of_party(study, _in_unit(study, whole[p])) for p in PERIODS}
    why = {p: _untold(study, stated.of(asked.survey, p), whole[p], shown[p]) for p in PERIODS}
    found = _change(study, item, rows, shown)
    return found._replace(why_before=why["before"], why_after=why["after"])


def _untold(
    study: Study, own: Round | None, whole: pd.DataFrame, shown: ReleasedDistribution | None
) -> fragments.Untold:
    """Why a round is not told; that nobody of a party answered stands beside the response rates too."""
    if own is None or not has_ended(study, own):
        return "no_round"
    if whole.empty:
        return "not_delivered"
    if study.party is not None and not whole.party.eq(study.party.id).any():
        return "nobody"
    return "" if shown is not None and shown.classes else "few"


def stated_surveys(study: Study) -> Surveys:
    """The area's surveys; invented rounds only with invented data."""
    return surveys.read(study.area, data_are_invented=study.store.invented())


def _change(
    study: Study,
    item: str,
    rows: Mapping[Period, pd.DataFrame],
    shown: Mapping[Period, ReleasedDistribution | None],
) -> ItemChange:
    sides = {p: agreeing(one) for p, one in shown.items() if one is not None and one.classes}
    shares = [_share(sides.get(period)) for period in PERIODS]
    is_told = len(sides) == len(PERIODS)
    raw = mixes.raw(study, shown) if is_told else None
    held = mixes.held(study, rows, sides) if is_told else mixes.Held()
    verdict, reason = judge(raw, held.change)
    told = held.change or raw or Change(release.HIDDEN, release.HIDDEN, release.HIDDEN)
    return ItemChange(
        item=item,
        before=shown["before"],
        after=shown["after"],
        share_before=shares[0],
        share_after=shares[1],
        change=told.estimate,
        low=told.low,
        high=told.high,
        verdict=verdict,
        reason=reason,
        basis=held.basis,
        groups=held.groups,
        held_before=held.before,
        held_after=held.after,
    )


def _share(sides: tuple[float, float] | None) -> float:
    return round(sides[0] / sum(sides), 2) if sides else release.HIDDEN


def _distribution(study: Study, rows: pd.DataFrame) -> ReleasedDistribution | None:
    """Of everybody whom the page is for (R13), a part as it is told beside the others. May be None."""
    if study.party is not None:
        return _by_party(study, _in_unit(study, rows)).get(study.party.id)
    if study.unit.parent:
        members = {u.id: m.id for m in study.area.members for u in study.area.units if _is_in(study, u, m)}
        return crossed(rows, rows.unit.map(members), study.area.policy).get(study.unit.id)
    return release.distribution(counts_of(rows), study.area.policy) if len(rows) else None


def _by_party(study: Study, rows: pd.DataFrame) -> Mapping[str, ReleasedDistribution]:
    """By party, beside the answers of everybody: parties are crossings (R13); small ones are put together."""
    return crossed(rows, rows.party, study.area.policy)


def _of_party(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """On a party's page, its answers."""
    return rows if study.party is None else rows[rows.party.eq(study.party.id)]


def _is_in(study: Study, unit: Unit, member: Unit) -> bool:
    return member.id in study.area.ancestors(unit.id)


def _in_unit(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """Of the study's unit; who names none is of the whole area only."""
    if not study.unit.parent:
        return rows
    return rows[rows.unit.isin([u.id for u in study.area.units if _is_in(study, u, study.unit)])]


def _answers_of_all(study: Study, asked: Item | Dimension, own: Round | None) -> pd.DataFrame:
    """One row a respondent's answer (1-5) in a round that has ended."""
    rows = facts(study, "answers", NEEDED)
    if own is None or not has_ended(study, own):
        return rows.iloc[:0]
    of_round = rows[rows.survey.eq(asked.survey) & rows["round"].fillna("").eq(own.round)]
    if isinstance(asked, Dimension):
        return _of_dimension(of_round, asked)
    return of_round[of_round.item.eq(asked.id) & of_round.value.notna()]


def has_ended(study: Study, own: Round) -> bool:
    """Whether the month of a round's last day is over: no answers are to come."""
    return pd.Timestamp(own.last_day) + pd.offsets.MonthEnd(0) <= study.as_of


def _of_dimension(rows: pd.DataFrame, asked: Dimension) -> pd.DataFrame:
    """A respondent's score of 0 to 100 in five classes of the same width, as one answer."""
    scores = npe.dimension_scores(rows, asked.weights)
    one = rows.drop_duplicates("respondent_id").set_index("respondent_id")
    answers = (scores // 20 + 1).clip(upper=5).astype(int)
    return one.loc[scores.index].assign(value=answers, item=asked.id).reset_index()


def facts(study: Study, table: str, columns: Sequence[str]) -> pd.DataFrame:
    """The protected rows of a table, none where none was delivered."""
    if not study.snapshot.facts(table).is_file():
        return pd.DataFrame(columns=list(columns))
    return study.facts_of_all(table)


def staff_clarity(study: Study) -> Released:
    """Whether responsibilities and steps are clear to staff, before and after."""
    return _items(study, "clear_responsibility", "clear_steps", section="clarity")


def documentation(study: Study) -> Released:
    """Whether staff document the right information and understand why."""
    return _items(study, "documents_rightly", "understands_why", section="documentation")


def participation(study: Study) -> Released:
    """Whether staff find that the individual takes part."""
    return _items(study, "individual_takes_part", section="participation")


def patients(study: Study) -> Released:
    """What patients say of taking part, continuity and information, before and after; of no single party."""
    if study.party is not None:
        return counts.only_whole_area(study.view)
    names = ("participation", "continuity", "received_information")
    return _items(study, *names, section="patients", about="positive")


def _items(study: Study, *names: str, section: str, about: fragments.About = "agree") -> Released:
    stated = stated_surveys(study)
    known = [name for name in names if stated.asked(name)]
    changes = [item_change(study, name) for name in known]
    return fragments.items(study.view, changes, stated, section=section, about=about)


def by_parties(study: Study) -> Released:
    """The staff survey by party, in both rounds."""
    stated, tables = stated_surveys(study), []
    for item in (one for one in stated.items if one.survey == STAFF):
        rows = {p: _in_unit(study, _answers_of_all(study, item, stated.of(STAFF, p))) for p in PERIODS}
        by_party = [_by_party(study, rows[p]) for p in PERIODS]
        silent = [_silent(study, rows[p]) for p in PERIODS]
        tables.append(fragments.PartyAnswers(item.id, *by_party, *silent))
    return fragments.parties(study.view, tables, stated)


def _silent(study: Study, rows: pd.DataFrame) -> frozenset[str]:
    """The parties of which nobody in the whole area answered; a municipality's are not told."""
    if study.unit.parent or rows.empty:
        return frozenset()
    return frozenset(p.id for p in study.area.parties if not rows.party.eq(p.id).any())


def response_rates(study: Study) -> Released:
    """Who was asked and who answered, of the whole area."""
    return counts.responses(study.view, responses(study), stated_surveys(study))


def responses(study: Study) -> list[counts.Response]:
    """How many were asked and answered in each round that has ended, of the whole area."""
    rows = facts(study, "answers", NEEDED)
    return [_response(study, own, rows) for own in stated_surveys(study).rounds if has_ended(study, own)]


def _response(study: Study, own: Round, rows: pd.DataFrame) -> counts.Response:
    mine = rows[rows.survey.eq(own.survey) & rows["round"].fillna("").eq(own.round)]
    persons = mine.drop_duplicates("respondent_id")
    answered = (
        dict.fromkeys(own.asked, 0) | persons.party.value_counts().to_dict() | {EVERYBODY: len(persons)}
    )
    if own.answered is not None:
        answered = {EVERYBODY: own.answered}
    asked = {**own.asked, EVERYBODY: own.asked_n or 0}
    whom = [p.id for p in study.area.parties if p.id in own.asked] or [EVERYBODY]
    policy = study.area.policy
    numbers = {one: release.response_rate(answered.get(one, 0), asked[one], policy) for one in whom}
    return counts.Response(own, numbers, own.answered is not None or len(mine) > 0)


def open_answers(study: Study) -> Released:
    """What open answers are about and how they are coded, in counts only."""
    if study.unit.parent:
        return counts.only_whole_area(study.view)
    stated = stated_surveys(study)
    found = [one for own in stated.rounds if has_ended(study, own) for one in _coded(study, own, stated)]
    return counts.kinds(study.view, found, stated, caption="caption_open", name="open")


def _coded(study: Study, own: Round, stated: Surveys) -> list[counts.Counted]:
    """A round's open answers by theme and by class."""
    rows = facts(study, "answers", (*NEEDED, "theme", "text_class"))
    of_round = rows.survey.eq(own.survey) & rows["round"].fillna("").eq(own.round)
    mine = rows[of_round & (rows.theme.notna() | rows.text_class.notna())]
    columns = {"theme": tuple(stated.names.get("theme", {})), "text_class": TEXT_CLASSES}
    families = [_counted(study, mine, c, values, own.round) for c, values in columns.items()]
    return _vague(study, mine, families) if len(mine) else []


def web_question(study: Study) -> Released:
    """Who answered the web question, by administration, profession and role."""
    if study.unit.parent:
        return counts.only_whole_area(study.view)
    stated, rows = stated_surveys(study), facts(study, "answers", (*NEEDED, *BACKGROUND))
    mine = rows[rows.survey.eq(WEB)]
    mine = mine.drop_duplicates("respondent_id")
    families = [_counted(study, mine, c, tuple(stated.names.get(c, {})), "") for c in BACKGROUND]
    found = _vague(study, mine, families) if len(mine) else []
    return counts.kinds(study.view, found, stated, caption="caption_web", name="web")


def _counted(
    study: Study, rows: pd.DataFrame, column: str, values: Sequence[str], own: str
) -> counts.Counted:
    """Answers by value, which make up all of them; those of no named value stand together, last."""
    known = rows[column].where(rows[column].isin(values), "")
    named = [v for v in values if v in set(known)]
    shown = [*named, *([""] if "" in set(known) else [])]
    return counts.Counted(column, own, {v: _number(study, rows[known.eq(v)]) for v in shown})


def _number(study: Study, rows: pd.DataFrame) -> float:
    """How many answers, as it may be told: the fewer of answers and respondents decide."""
    return release.of_persons(len(rows), rows.respondent_id.nunique(), study.area.policy)


def _vague(study: Study, rows: pd.DataFrame, found: Sequence[counts.Counted]) -> list[counts.Counted]:
    """The counts that may stand beside each other and their total (R11); those of the others are not told."""
    policy = study.area.policy
    kept: list[counts.Counted] = []
    total = _number(study, rows)
    for one in found:
        cells = Cells()
        families = [[total], *([*c.counts.values()] for c in (*kept, one))]
        places = [[cells.add(bounds(n, isnan(n), policy)) for n in family] for family in families]
        for left, right in combinations(places, 2):
            cells.agree(left, right)
        if cells.are_vague():
            kept.append(one)
    return [one if one in kept else one._replace(counts={}) for one in found]


def weekly_reports(study: Study) -> Released:
    """Problems and questions that the activities sent in, by whole half-year and party."""
    if study.unit.parent:
        return counts.only_whole_area(study.view)
    rows = facts(study, "weekly_reports", ("party", "month", "problem", "question", "answered_date"))
    parties = [p.id for p in study.area.parties if study.party in (None, p)]
    found = [_half_year(study, rows, start, p) for start in _whole_half_years(rows) for p in parties]
    return counts.weekly(study.view, found)


def _whole_half_years(rows: pd.DataFrame) -> list[pd.Timestamp]:
    """First days of the half-years that the reports cover, with a month for the answers to come."""
    if rows.empty:
        return []
    first, last = rows.month.min(), rows.month.max()
    starts = pd.date_range(first - pd.DateOffset(months=6), last, freq="MS")
    return [s for s in starts if s.month in (1, 7) and s >= first and s + pd.DateOffset(months=6) <= last]


def _half_year(study: Study, rows: pd.DataFrame, start: pd.Timestamp, party: str) -> counts.HalfYear:
    end, policy = start + pd.DateOffset(months=6), study.area.policy
    own = rows[rows.party.eq(party) & rows.month.ge(start) & rows.month.lt(end)]
    asked = own[own.question.notna()]
    until = end + pd.DateOffset(months=1)
    answered = int((asked.answered_date < until).sum())
    share = release.ratio(answered, len(asked), "share", policy)
    problems = release.count(int(own.problem.notna().sum()), policy)
    return counts.HalfYear(start, party, problems, release.count(len(asked), policy), share)
