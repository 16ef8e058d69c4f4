"""Released series to test with: tables as the door lets them through, and a set's files made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from analysis.protocol import asked
from analysis.report import series
from analysis.report.around import Around
from analysis.report.plan import Job, Selection, jobs
from analysis.store import Store
from analysis.words import Words
from homes import goteborg

UNITS = ("goteborgsomradet", "harryda", "molndal")
NOTEBOOKS = ("02-deviations", "04-sip")
HIDDEN, UNTOLD = "≤7", "–"
NUMBERS = {"estimate": 0.7, "low": 0.6, "high": 0.82, "n_before": 45, "n_after": 10}
QUARTERS = [(year, month) for year in (2024, 2025) for month in (1, 4, 7, 10)]


def job_of(notebook: str, unit: str, language: str) -> Job:
    known = [j for j in jobs(goteborg(), Selection([notebook], [unit], [language])) if not j.party]
    return known[0]


def cells(number: int, kind: str, words: Words) -> list[Any]:
    """A period's count, base and value as a page has them; the third one's count is hidden."""
    count = 40 + 5 * (number % 7)
    value = count / 250 if kind == "share" else count / 2.0
    shown = [[words.number(count), float(count)], [words.number(1200 + 5 * number), 1200.0 + 5 * number]]
    if number == 2:
        shown[0] = [HIDDEN, None]
    told = [words.value(value, kind), value + 0.00001]  # a page shows fewer decimals than the number has
    return [*shown, [UNTOLD, None] if number == 2 else told]


def periods(unit: str) -> list[str]:
    if unit == "goteborgsomradet":
        return [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
    return [f"{year}-{month:02} – {year}-{month + 2:02}" for year, month in QUARTERS]


def public_of(job: Job) -> Any:
    """What the door lets through of a report: a table a question, and the answers."""
    words = Words(job.language, {p.id: p.name[job.language] for p in goteborg().parties})
    own = [one.question for one in asked(goteborg(), job.notebook, goteborg().unit(job.unit))]
    tables = [
        {
            "name": f"series-{q.id}".replace("_", "-"),
            "caption": words.text("table/caption_series", name=words.name(q)),
            "headings": ["Period", "n", "N", "v"],
            "rows": [
                [when, *cells(at + len(q.id), q.kind, words)] if at != 2 else [when, *cells(2, q.kind, words)]
                for at, when in enumerate(periods(job.unit))
            ],
        }
        for q in own
    ]
    facts = [{"question": q.id, "verdict": "improved"} | NUMBERS for q in own]
    return SimpleNamespace(tables=tables, facts=facts)


@dataclass
class ReleasedSet:
    """Reports' series, the manifest's entries, and what stands around pages."""

    around: Around
    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[Mapping[str, Any]] = field(default_factory=list)
    tables: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, notebook: str, unit: str, language: str, as_of: str = "2026-11-20") -> None:
        job = job_of(notebook, unit, language)
        public = public_of(job)
        made = series.of_report(public, job, goteborg())
        self.files |= {job.file.removesuffix("html") + suffix: content for suffix, content in made.items()}
        same = {"language": language, "notebook": notebook, "unit": unit, "party": "", "as_of": as_of}
        self.entries.append({"file": job.file, **same})
        self.tables[job.file] = public.tables


class AroundWithoutData(Around):
    """Has banners and a footer of its own, so that no data need be loaded."""

    def outside(self, language: str) -> tuple[tuple[str, ...], dict[str, str]]:
        w = self._words(language)
        return (w.text("banner/invented_data"),), {w.text("report/issued"): w.day(date(2026, 11, 20))}


@cache
def released_set() -> ReleasedSet:
    """Two notebooks for the whole area and two municipalities, in both languages."""
    store = Store(Path("nowhere"), "goteborg")
    made = ReleasedSet(AroundWithoutData(goteborg(), store, "2026-11-20", invented_start=True))
    for language in ("sv", "en"):
        for notebook in NOTEBOOKS:
            for unit in UNITS:
                made.add(notebook, unit, language)
    return made
