"""A notebook's study: the questions of one unit, their series, answers and what may be shown of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from analysis import __version__, fragments, limits, protocol, release
from analysis.designs import segmented, spc
from analysis.designs.effect import Effect
from analysis.measures import Measure
from analysis.measures.indicators import Snapshot, build_snapshot, read_series, snapshot_folder
from analysis.params import Parameters, parse_day
from analysis.protocol import Asked
from analysis.release import Released, ReleasedSeries
from analysis.store import Store
from analysis.words import Words


@dataclass(frozen=True)
class Answer:
    """A question with its true series (protected), its released series, its effect and its run chart."""

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
        self.words = Words(language, {p.id: p.name[language] for p in self.area.parties})
        self.store = Store(parameters.folder, self.area.id)
        folder = snapshot_folder(parameters.folder, self.area.id, self.store.digest())
        self.snapshot: Snapshot = build_snapshot(self.store, self.area, folder)
        self.as_of = pd.Timestamp(parse_day(parameters.as_of or self.store.issued()))
        self.asked = protocol.asked(self.area, notebook, self.unit)
        protocol.require_real_dates(self.area, self.asked, data_are_invented=self.store.invented())

    @cached_property
    def answers(self) -> list[Answer]:
        """The answers, in the order of the questions."""
        return [self._answer(asked) for asked in self.asked]

    def series(self, asked: Asked) -> pd.DataFrame:
        """The true monthly series of a question, up to the as-of day. Protected: reports never show it."""
        known = min(self.as_of, self._known_on(asked.measure))
        frame = read_series(self.snapshot.folder, asked.measure, self.unit.id, asked.party, known)
        ends = frame.period_start + pd.offsets.MonthEnd(0)
        return frame[ends <= self.as_of].reset_index(drop=True)

    def facts(self, table: str) -> pd.DataFrame:
        """The rows behind the measures, of months that ended by the as-of day. Protected: never displayed."""
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

    def _answer(self, asked: Asked) -> Answer:
        series = self.series(asked)
        measure = asked.measure
        shown = release.series(
            series, measure.kind, self.area.policy, per=measure.per, counted_base=not measure.is_shared_base
        )
        effect = segmented.evaluate(series, asked.question)
        if effect.verdict != "too_little_data" and not release.model_is_free(
            effect, series, self.area.policy
        ):
            effect = _withheld(effect)
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
    )
