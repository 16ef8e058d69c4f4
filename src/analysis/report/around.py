"""What stands around the pages of a set: titles, banners, footers, and the overview of its reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analysis import protocol
from analysis.area import Area, Unit
from analysis.report.execute import Page
from analysis.report.plan import Job
from analysis.store import Store
from analysis.words import Words

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Around:
    """What stands around every page of a set."""

    area: Area
    store: Store
    as_of: str
    invented_start: bool

    def page(self, job: Job) -> Page:
        """What surrounds a report's page.

        Parameters
        ----------
        job : Job
            The report.

        Returns
        -------
        Page
            Its title, banners, footer and links.
        """
        w = self._words(job.language)
        unit = self.area.unit(job.unit).name[job.language]
        others = [x for x in self.area.languages if x != job.language]
        return Page(
            title=f"{w.text(f'report/{job.notebook}')} – {unit}",
            banners=self._banners(w),
            meta=self._footer(w),
            overview=f"../{_index_name(self.area, job.language)}",
            other_language=f"{job.notebook}.{others[0]}.html" if others else "",
        )

    def indexes(self, entries: Iterable[Entry], failed: Iterable[Job]) -> dict[str, bytes]:
        """The overview in every language.

        Parameters
        ----------
        entries : iterable of mapping
            The manifest's entries: reports with a page.
        failed : iterable of Job
            Reports without one.

        Returns
        -------
        dict of str to bytes
            File name to page.
        """
        entries, failed = list(entries), list(failed)
        return {_index_name(self.area, x): self._index(x, entries, failed) for x in self.area.languages}

    def _index(self, language: str, entries: list[Entry], failed: list[Job]) -> bytes:
        from analysis.charts.style import font_face_css
        from analysis.report.render import Banner, render_index

        w = self._words(language)
        others = [x for x in self.area.languages if x != language]
        rows = [self._row(e, w) for e in self._by_unit(entries) if e["language"] == language]
        rows += [self._failed_row(job, w) for job in failed if job.language == language]
        return render_index(
            language=language,
            title=w.text("report/index", area=self.area.name[language]),
            banners=[Banner(text) for text in self._banners(w)],
            meta=self._footer(w),
            rows=rows,
            other_language_href=_index_name(self.area, others[0]) if others else "",
            font_css=font_face_css(),
        ).encode()

    def _words(self, language: str) -> Words:
        return Words(language, {p.id: p.name[language] for p in self.area.parties})

    def _banners(self, w: Words) -> tuple[str, ...]:
        data = (w.text("banner/invented_data"),) if self.store.invented() else ()
        return data + ((w.text("banner/invented_start"),) if self.invented_start else ())

    def _footer(self, w: Words) -> dict[str, str]:
        month = max(r.last_month for r in self.store.records())
        last = min(date.fromisoformat(self.as_of), _month_end(month))
        age = (date.fromisoformat(self.as_of) - last).days
        return {
            w.text("report/as_of"): w.day(last),
            w.text("report/issued"): w.day(date.fromisoformat(self.as_of)),
            w.text("report/age"): w.text("report/age_days", days=age),
            w.text("report/questions"): w.day(self.area.questions_stated_on),
            w.text("report/disclosure"): w.policy(self.area.policy),
            w.text("report/run"): self.store.digest()[:12],
        }

    def _by_unit(self, entries: list[Entry]) -> list[Entry]:
        order = {u.id: n for n, u in enumerate(self.area.units)}
        return sorted(entries, key=lambda e: (order[e["unit"]], e["notebook"]))

    def _row(self, entry: Entry, w: Words) -> Any:
        from analysis.report.render import Chip, IndexRow

        unit: Unit = self.area.unit(entry["unit"])
        asked = protocol.asked(self.area, entry["notebook"], unit)
        names = {q.question.id: w.name(q.question, short=True) for q in asked}
        chips = tuple(
            Chip(names[a["question"]], a["verdict"], w.text(f"verdict/{a['verdict']}"))
            for a in entry.get("answers", [])
            if a["question"] in names
        )
        return IndexRow(
            unit=unit.name[w.language],
            report=w.text(f"report/{entry['notebook']}"),
            href=entry["file"],
            state="failed" if entry.get("kept") else "built",
            kept_from=w.day(date.fromisoformat(entry["as_of"])) if entry.get("kept") else "",
            chips=chips,
        )

    def _failed_row(self, job: Job, w: Words) -> Any:
        from analysis.report.render import IndexRow

        name = self.area.unit(job.unit).name[w.language]
        report, note = w.text(f"report/{job.notebook}"), w.text("report/failed")
        return IndexRow(name, report, href="", state="failed", note=note)


def _month_end(month: str) -> date:
    """The last day of a month written YYYY-MM."""
    year, number = (int(part) for part in month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _index_name(area: Area, language: str) -> str:
    return "index.html" if language == area.languages[0] else f"index.{language}.html"
