"""A notebook's study: the questions of one unit, their series, answers and what may be shown of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import pandas as pd

from analysis import __version__, access, answering, family_of, limits, once, protocol, release
from analysis.declared import declared, may_open
from analysis.designs import spc
from analysis.designs.effect import Effect
from analysis.errors import SettingsError, UsageError
from analysis.family_of import Family
from analysis.fragments import answers, origin
from analysis.measures import Measure
from analysis.measures.indicators import Snapshot, build_snapshot, snapshot_folder
from analysis.measures.opened import Opened, Rows
from analysis.params import Parameters, parse_day
from analysis.protocol import Asked
from analysis.record import Record
from analysis.registration import adherence
from analysis.release import Released
from analysis.release.ledger import LEDGER
from analysis.showing import Showing
from analysis.store import Store
from analysis.view import Answer, Delivered, View
from analysis.waiting import awaited
from analysis.words import Words


class Study:
    """Everything a report notebook displays; each method gives one fragment that has passed the gate.

    Parameters
    ----------
    notebook : str
        Name of the notebook, without its suffix: its questions are the area's for that name.
    parameters : Parameters
        From `analysis.params.read`.
    """

    def __init__(self, notebook: str, parameters: Parameters) -> None:
        self.notebook = notebook
        self.area, self.unit = parameters.settings()
        self.party = next((p for p in self.area.parties if p.id == parameters.party), None)
        language = parameters.language
        self.words = Words(
            language,
            {p.id: p.name[language] for p in self.area.parties},
            {u.id: u.name[language] for u in self.area.units},
            {e.id: e.name[language] for e in self.area.events},
        )
        whole = _opened(Store(parameters.folder, self.area.id), notebook)
        folder = snapshot_folder(parameters.folder, self.area.id, whole.digest())
        self.snapshot: Snapshot = build_snapshot(whole, self.area, folder)
        self.store = Store(parameters.folder, self.area.id, declared())
        self.as_of = pd.Timestamp(parse_day(parameters.as_of or self.store.issued()))
        self.asked = protocol.asked(self.area, notebook, self.unit)
        protocol.require_real_dates(self.area, self.asked, data_are_invented=self.store.invented())
        self._opened = Opened(self.snapshot.folder)
        self._panels: dict[tuple[str, str], Rows] = {}
        self._alone: dict[tuple[str, str], float] = {}
        self._others: dict[tuple[str, str], Study] = {}
        self.showing = Showing(self.area, self._read, self._opened.persons)
        self.adherence = adherence(self.area, parameters.folder)

    @cached_property
    def records(self) -> list[Record]:
        """The deliveries that the report may open, as they are when it is begun."""
        return self.store.records()

    @cached_property
    def effects(self) -> list[Effect]:
        """The true answers, adjusted for the family that they are members of. Protected: never displayed."""
        return [effect for effect, _, _ in self._answered]

    @cached_property
    def _answered(self) -> list[tuple[Effect, pd.DataFrame, answering.Data]]:
        """The true answers, the series that they are shown with, and what they were made of."""
        gated = [self.showing.until_free(asked) for asked in self.asked]
        data = [self._data(asked) for asked in gated]
        found = [answering.answer(asked, given) for asked, given in zip(gated, data, strict=True)]
        others = [(asked, self._p_alone(asked)) for asked in self.beside]
        effects = family_of.adjusted([effect for effect, _ in found], others, self.unit)
        return [(e, series, given) for e, (_, series), given in zip(effects, found, data, strict=True)]

    @cached_property
    def answers(self) -> list[Answer]:
        """What may be shown of the answers, in the order of the questions."""
        return [self._answer(asked, *one) for asked, one in zip(self.asked, self._answered, strict=True)]

    @cached_property
    def view(self) -> View:
        """All that the report may tell."""
        return View(
            words=self.words,
            area=self.area,
            unit=self.unit,
            as_of=self.as_of,
            is_invented=self.store.invented(),
            store=self.store.digest(),
            asked=tuple(self.asked),
            answers=tuple(self.answers),
            family=self.family,
            adherence=self.adherence,
            delivered=self._delivered(),
            party=self.party,
        )

    @cached_property
    def beside(self) -> list[Asked]:
        """The questions of the same family that only other reports answer."""
        invented = self.store.invented()
        return family_of.beside(self.area, self.asked, self.unit, data_are_invented=invented)

    def of(self, notebook: str, unit: str = "") -> Study:
        """The study of another report on the same data; what both need is read once.

        Parameters
        ----------
        notebook : str
            Whose questions it answers, with the very numbers of that report.
        unit : str
            For whom; "" is the whole area.

        Returns
        -------
        Study
            Of that report.
        """
        key = (notebook, unit)
        if key not in self._others:
            other = copy(self)
            for made in ("effects", "_answered", "answers", "view", "beside"):
                other.__dict__.pop(made, None)
            other.notebook, other.unit, other.party = notebook, self.area.unit(unit), None
            other.asked = protocol.asked(self.area, notebook, other.unit)
            protocol.require_real_dates(self.area, other.asked, data_are_invented=self.store.invented())
            self._others[key] = other
        return self._others[key]

    @property
    def family(self) -> Family:
        """How many questions the answers are adjusted for."""
        return family_of.family(self.asked, self.beside, self.unit)

    def series(self, asked: Asked) -> pd.DataFrame:
        """The true monthly series of a question, up to the as-of day. Protected: reports never show it."""
        if not isinstance(asked, Asked):
            raise UsageError(f"“{asked}” is not a question", "Give one of study.asked")
        return self._data(asked).series

    def months(self, measure: Measure, unit: str) -> pd.DataFrame:
        """The true months of a measure, of all parties of a unit. Protected: reports never show it."""
        return self._read(measure, (self.area.unit(unit).id,), answering.ALL)

    def facts(self, table: str) -> pd.DataFrame:
        """The rows behind the measures, of months that ended by the as-of day. Protected: never displayed."""
        below = [u.id for u in self.area.units if self.unit.id in self.area.ancestors(u.id)]
        rows = self.facts_of_all(table)
        return rows[rows.unit.isin(below)].reset_index(drop=True)

    def facts_of_all(self, table: str) -> pd.DataFrame:
        """The rows of the whole area, since what one page shows hangs on all. Protected: never displayed."""
        known = sorted(
            path.stem.removeprefix("facts_") for path in self.snapshot.folder.glob("facts_*.parquet")
        )
        if table not in known:
            raise UsageError(f"there are no facts “{table}”", f"Give one of: {', '.join(known)}")
        self._refuse_undeclared(table)
        rows = self._opened.facts(table)
        return rows[rows.month + pd.offsets.MonthEnd(0) <= self.as_of].reset_index(drop=True)

    def coverage(self) -> Released:
        """What was delivered, how old it is, how many rows were kept out."""
        return origin.coverage(self.view)

    def summary(self) -> Released:
        """All questions with their effects and verdicts, one row each; the manifest has them, too."""
        protocol.require_some(self.asked, self.area, self.notebook)
        return answers.summary(self.view)

    def sections(self) -> Released:
        """Question by question: verdict, sentences, charts, figures behind them."""
        return answers.sections(self.view)

    def sensitivity(self) -> Released:
        """The checks of every answer, with their tables."""
        return answers.sensitivity(self.view)

    def limitations(self) -> Released:
        """What weakens the answers, from the data and the settings."""
        return limits.limitations(self.view)

    def provenance(self) -> Released:
        """Definitions, methods, data and program."""
        return origin.provenance(self.view, __version__)

    def _delivered(self) -> tuple[Delivered, ...]:
        records = self.records
        tables = {
            name: [r for r in records if r.table == name] for name in sorted({r.table for r in records})
        }
        rows = {
            name: (sum(r.accepted for r in some), sum(r.quarantined for r in some))
            for name, some in tables.items()
        }
        found = []
        for shown in release.quality_rows(rows, self.area.policy).rows:
            of_table = tables[shown.table]
            dated = [r for r in of_table if r.first_month]
            first = min((r.first_month for r in dated), default="")
            last = max((r.last_month for r in dated), default="")
            found.append(Delivered(shown.table, first, last, len(of_table), shown.accepted, shown.kept_out))
        return tuple(found)

    def _known_on(self, measure: Measure) -> pd.Timestamp:
        """The last day that the deliveries behind a measure know of: later months were not yet reported."""
        behind = {measure.table, measure.base_table}
        issued = [[r.issued for r in self.records if r.table == table] for table in behind]
        return min(pd.Timestamp(max(days, default="1900-01-01")) for days in issued)

    def _p_alone(self, asked: Asked) -> float:
        """The p of a question of the family, which every report of a run asks for."""
        key = (asked.question.id, asked.question.unit)
        if key not in self._alone:
            said = (asked.measure.name, asked.party, asked.design, repr(asked.question))
            self._alone[key] = once.number([*self._state, *said], lambda: self._p_of(asked))
        return self._alone[key]

    def _p_of(self, asked: Asked) -> float:
        free = self.showing.until_free(asked)
        return answering.p_alone(free, self._data(free))

    @cached_property
    def _state(self) -> tuple[str, ...]:
        """What an answer rests on beside its question: data, day, settings, and what may be opened.

        Of the tables that any question needs: what else a report declares changes no answer.
        """
        needed = protocol.measures_of(self.area)
        tables = sorted({table for m in needed for table in (m.table, m.base_table)})
        opened = [table for table in tables if may_open(table, self.store.inputs)]
        return (self.snapshot.folder.name, str(self.as_of), repr(opened), repr(self.area))

    def _data(self, asked: Asked) -> answering.Data:
        return answering.gather(asked, self._read)

    def _read(self, measure: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
        """The true monthly series of some units, up to the as-of day."""
        key = (measure.name, party)
        self._refuse_undeclared(measure.table, measure.base_table)
        if key not in self._panels:  # all units at once: a family, or a panel, asks about most of them
            known = min(self.as_of, self._known_on(measure))
            frame = self._opened.panel(measure, party, known)
            ends = frame.period_start + pd.offsets.MonthEnd(0)
            self._panels[key] = Rows(frame[ends <= self.as_of], "unit")
        return self._panels[key].of(units)

    def _refuse_undeclared(self, *tables: str) -> None:
        """The report's key rests on what it declares; what it opens besides would go stale unseen."""
        for table in tables:
            if not may_open(table, self.store.inputs):
                what = f"the report opens “{table}” and does not declare it"
                raise SettingsError(what, f"Add it to the inputs of “{self.notebook}” in reports/plan.toml")

    def _answer(self, asked: Asked, effect: Effect, series: pd.DataFrame, data: answering.Data) -> Answer:
        """What may be shown of an answer."""
        shown, months, last = self.showing.series(asked), data.series, effect.question.last
        told = self._told(asked, effect, series, data)
        if protocol.is_changed(self.area, asked.question.id, self.adherence.changed):
            told = release.with_reason(told, "protocol_changed")
        if last and not asked.question.last and (months.period_start[months.complete] > str(last)).any():
            has_whole = (shown.table.period_start > str(last)).any()
            why = "later_months" if has_whole else "later_period"
            told = release.with_reason(told, why, last=last.isoformat())
        day = awaited(told, shown.level, asked.measure.lag_days, self.as_of)
        told = release.with_reason(told, "waiting", day=day) if day else told
        return Answer(
            asked=replace(asked, question=effect.question),
            shown=shown,
            effect=told,
            runs=spc.run_chart(release.points(shown, asked.measure.per), asked.question),
            unfinished=int((~months.complete).sum()),
            first=months.period_start.min().date() if len(months) else None,
        )

    def _told(
        self, asked: Asked, effect: Effect, series: pd.DataFrame, data: answering.Data
    ) -> release.ReleasedEffect:
        """The answer in steps; checks tell numbers only where every month of the series is shown."""
        comparison = data.comparison
        if data.panel is not None and asked.question.comparison:
            comparison = answering.together(data.panel, asked.question.comparison, asked.measure)
        shown = self.showing.series(asked)
        cells = shown.table
        hidden = (cells.numerator_hidden | cells.denominator_hidden | cells.withheld).any()
        return release.released_effect(
            effect,
            series,
            self.area.policy,
            is_detailed=shown.level == "month" and not bool(hidden),
            comparison=comparison,
            others=data.others,
        )


def _opened(store: Store, notebook: str) -> Store:
    """The store, when its data lie where they may; a use by hand is noted (the runner notes its own)."""
    store.zones.refuse_old()
    records = store.records()
    if records and not store.invented():
        store.zones.refuse_git()
    if records and LEDGER not in os.environ:
        rows = sum(record.accepted for record in records)
        access.note(store.zones, f"study {notebook}", [record.digest for record in records], rows=rows)
    return store
