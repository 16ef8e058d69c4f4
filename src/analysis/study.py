"""A notebook's study: the questions of one unit, their series, answers and what may be shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from analysis import __version__, answering, family_of, fragments, limits, protocol, release
from analysis.designs import spc
from analysis.designs.effect import Effect
from analysis.errors import UsageError
from analysis.family_of import Family
from analysis.measures import Measure
from analysis.measures.indicators import Snapshot, build_snapshot, read_panel, snapshot_folder
from analysis.params import Parameters, parse_day
from analysis.protocol import Asked
from analysis.registration import adherence
from analysis.release import Released, ReleasedSeries
from analysis.store import Store
from analysis.words import Words


@dataclass(frozen=True)
class Answer:
    """A question with its true series (protected), its released series, its effect and its run chart.

    Of a question about several units, the series is that of all of them together.
    """

    asked: Asked
    series: pd.DataFrame
    shown: ReleasedSeries
    effect: Effect
    runs: spc.RunChart


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
        language = parameters.language
        self.words = Words(
            language,
            {p.id: p.name[language] for p in self.area.parties},
            {u.id: u.name[language] for u in self.area.units},
            {e.id: e.name[language] for e in self.area.events},
        )
        self.store = Store(parameters.folder, self.area.id)
        folder = snapshot_folder(parameters.folder, self.area.id, self.store.digest())
        self.snapshot: Snapshot = build_snapshot(self.store, self.area, folder)
        self.as_of = pd.Timestamp(parse_day(parameters.as_of or self.store.issued()))
        self.asked = protocol.asked(self.area, notebook, self.unit)
        protocol.require_real_dates(self.area, self.asked, data_are_invented=self.store.invented())
        self._panels: dict[tuple[str, str], pd.DataFrame] = {}
        self.adherence = adherence(self.area, parameters.folder)

    @cached_property
    def answers(self) -> list[Answer]:
        """The answers, in the order of the questions, adjusted for the family that they are members of."""
        found = [answering.answer(asked, self._data(asked)) for asked in self.asked]
        others = [(asked, answering.p_alone(asked, self._data(asked))) for asked in self.beside]
        effects = family_of.adjusted([effect for effect, _ in found], others, self.unit)
        return [
            self._answer(asked, effect, series)
            for asked, effect, (_, series) in zip(self.asked, effects, found, strict=True)
        ]

    @cached_property
    def beside(self) -> list[Asked]:
        """The questions of the same family that other reports ask."""
        invented = self.store.invented()
        return family_of.beside(self.area, self.notebook, self.unit, data_are_invented=invented)

    @property
    def family(self) -> Family:
        """How many questions the answers are adjusted for."""
        return family_of.family(self.asked, self.beside, self.unit)

    def series(self, asked: Asked) -> pd.DataFrame:
        """The true monthly series of a question, up to the as-of day. Protected: reports never show it."""
        if not isinstance(asked, Asked):
            raise UsageError(f"“{asked}” is not a question", "Give one of study.asked")
        return self._data(asked).series

    def facts(self, table: str) -> pd.DataFrame:
        """The rows behind the measures, of months that ended by the as-of day. Protected: never displayed."""
        known = sorted(
            path.stem.removeprefix("facts_") for path in self.snapshot.folder.glob("facts_*.parquet")
        )
        if table not in known:
            raise UsageError(f"there are no facts “{table}”", f"Give one of: {', '.join(known)}")
        below = [u.id for u in self.area.units if self.unit.id in self.area.ancestors(u.id)]
        rows = pd.read_parquet(self.snapshot.facts(table), filters=[("unit", "in", below)])
        return rows[rows.month + pd.offsets.MonthEnd(0) <= self.as_of].reset_index(drop=True)

    def coverage(self) -> Released:
        """What was delivered, how old it is, how many rows were kept out."""
        return fragments.coverage(self)

    def summary(self) -> fragments.Facts:
        """All questions with their effects and verdicts, one row each; the runner and nbval read it, too."""
        return fragments.key_facts(self)

    def sections(self) -> Released:
        """Question by question: verdict, sentences, charts, figures behind them."""
        return fragments.sections(self)

    def deviations_by_kind(self) -> Released:
        """Deviations by kind, over the whole period."""
        return fragments.by_kind(self)

    def deviations_between_parties(self) -> Released:
        """Who reports about whom."""
        return fragments.between_parties(self)

    def sensitivity(self) -> Released:
        """The checks of every answer, with their tables."""
        return fragments.sensitivity(self)

    def limitations(self) -> Released:
        """What weakens the answers, from the data and the settings."""
        return limits.limitations(self)

    def provenance(self) -> Released:
        """Definitions, methods, data and program."""
        return fragments.provenance(self, __version__)

    def _known_on(self, measure: Measure) -> pd.Timestamp:
        """The last day that the deliveries behind a measure know of: later months were not yet reported."""
        behind = {measure.table, measure.denominator_table or measure.table}
        issued = [[r.issued for r in self.store.records() if r.table == table] for table in behind]
        return min(pd.Timestamp(max(days, default="1900-01-01")) for days in issued)

    def _data(self, asked: Asked) -> answering.Data:
        return answering.gather(asked, self._read)

    def _read(self, measure: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
        """The true monthly series of some units, up to the as-of day."""
        key = (measure.name, party)
        if key not in self._panels:  # all units at once: a family, or a panel, asks about most of them
            known = min(self.as_of, self._known_on(measure))
            everyone = [unit.id for unit in self.area.units]
            frame = read_panel(self.snapshot.folder, measure, everyone, party, known)
            ends = frame.period_start + pd.offsets.MonthEnd(0)
            self._panels[key] = frame[ends <= self.as_of]
        frame = self._panels[key]
        return frame[frame.unit.isin(list(units))].reset_index(drop=True)

    def _answer(self, asked: Asked, effect: Effect, series: pd.DataFrame) -> Answer:
        """What may be shown of an answer."""
        measure = asked.measure
        shown = release.series(
            series, measure.kind, self.area.policy, per=measure.per, counted_base=not measure.is_shared_base
        )
        known = effect.estimate == effect.estimate
        if known and not release.model_is_free(effect, series, self.area.policy):
            effect = _withheld(effect)
        elif protocol.is_changed(self.area, asked.question.id, self.adherence.changed):
            effect = replace(effect, reasons=(*effect.reasons, ("protocol_changed", {})))
        runs = spc.run_chart(release.points(shown), asked.question)
        return Answer(asked, series, shown, effect, runs)


def _withheld(effect: Effect) -> Effect:
    """An effect whose numbers may not be shown."""
    nothing = float("nan")
    return replace(
        effect,
        estimate=nothing,
        low=nothing,
        high=nothing,
        verdict="too_little_data",
        table=effect.table.iloc[:0],
        checks=(),
        reasons=(("few_units", {}),),
        p=nothing,
        mde=nothing,
    )
