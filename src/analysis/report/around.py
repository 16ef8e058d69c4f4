"""What stands around the pages of a set: titles, banners, footers, and the overview of its reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analysis.area import Area
from analysis.errors import SettingsError
from analysis.protocol import Asked, asked, section_id
from analysis.report import own_notebooks, plan
from analysis.report.execute import Page
from analysis.report.plan import Job
from analysis.store import Store
from analysis.words import Words

Entry = Mapping[str, Any]
FIRST, LAST = "08-effect-goals", "01-data-quality"  # of a unit's reports
TRIED = "09-sensitivity"
#: Files about a whole set, by the keys of their labels.
BESIDE = {
    "explore": "explore.{language}.html",
    "series_csv": "series.{language}.csv",
    "series_parquet": "series.{language}.parquet",
}
STAR = "*"  # clear by itself, but not when adjusted
UNCLEAR = ("no_clear_change", "cannot_be_attributed", "too_little_data")


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
        others = [x for x in self.area.languages if x != job.language]
        return Page(
            title=f"{_title(job.notebook, w)} – {self._whose(job.unit, job.party, job.language)}",
            banners=self._banners(w),
            meta=self._footer(w, job.inputs),
            overview=f"../{_index_name(self.area, job.language)}",
            other_language=f"{job.notebook}.{others[0]}.html" if others else "",
        )

    def indexes(
        self,
        entries: Iterable[Entry],
        failed: Iterable[Job],
        changed: Mapping[str, Any],
        beside: Collection[str] = (),
    ) -> dict[str, bytes]:
        """The overview in every language.

        Parameters
        ----------
        entries : iterable of mapping
            The manifest's entries: reports with a page.
        failed : iterable of Job
            Reports without one.
        changed : mapping
            From `analysis.report.changes.changes`.
        beside : collection of str
            Files of the set that are about all of it; those of `BESIDE` are linked to.

        Returns
        -------
        dict of str to bytes
            File name to page.
        """
        entries, failed = list(entries), list(failed)
        return {
            _index_name(self.area, x): self._index(x, (entries, failed, changed), beside)
            for x in self.area.languages
        }

    def _index(
        self, language: str, told: tuple[list[Entry], list[Job], Mapping[str, Any]], beside: Collection[str]
    ) -> bytes:
        from analysis.charts.style import font_face_css
        from analysis.report.render import Banner, Overview, render_index

        w, (entries, failed, changed) = self._words(language), told
        others = [x for x in self.area.languages if x != language]
        names = {key: name.format(language=language) for key, name in BESIDE.items()}
        own = [e for e in self._in_order(entries) if e["language"] == language]
        rows = [self._row(e, w) for e in own]
        rows += [self._failed_row(job, w) for job in failed if job.language == language]
        return render_index(
            language=language,
            title=w.text("report/index", area=self.area.name[language]),
            banners=[Banner(text) for text in self._banners(w)],
            meta=self._footer(w),
            overview=Overview(
                tuple(rows),
                self._glance(own, w),
                self._news(own, changed, w),
                _index_name(self.area, others[0]) if others else "",
                self._findings(own, w),
                {key: name for key, name in names.items() if name in beside},
            ),
            font_css=font_face_css(),
        ).encode()

    def outside(self, language: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """The banners and the footer of a page about the whole set."""
        w = self._words(language)
        return self._banners(w), self._footer(w)

    def overview(self, language: str) -> str:
        """The name of the overview in a language."""
        return _index_name(self.area, language)

    def title(self, notebook: str, language: str) -> str:
        """A report's title, whomever it is for."""
        return _title(notebook, self._words(language))

    def day(self, day: str, language: str) -> str:
        """A day as readers write it."""
        return self._words(language).day(date.fromisoformat(day))

    def _words(self, language: str) -> Words:
        return Words(language, {p.id: p.name[language] for p in self.area.parties})

    def _banners(self, w: Words) -> tuple[str, ...]:
        data = (w.text("banner/invented_data"),) if self.store.invented() else ()
        return data + ((w.text("banner/invented_start"),) if self.invented_start else ())

    def _footer(self, w: Words, inputs: Sequence[str] = ()) -> dict[str, str]:
        own = Store(self.store.zones.home, self.area.id, inputs)
        month = max(r.last_month for r in own.records() or self.store.records())
        last = min(date.fromisoformat(self.as_of), month_end(month))
        age = (date.fromisoformat(self.as_of) - last).days
        return {
            w.text("report/as_of"): w.day(last),
            w.text("report/issued"): w.day(date.fromisoformat(self.as_of)),
            w.text("report/age"): w.text("report/age_days" if age else "report/age_none", days=age),
            w.text("report/questions"): w.day(self.area.questions_stated_on),
            w.text("report/disclosure"): w.policy(self.area.policy),
            w.text("report/run"): own.digest()[:12],
        }

    def _in_order(self, entries: list[Entry]) -> list[Entry]:
        """Units in the order of the settings, then parties; the goals first, data quality, own ones last."""
        units = {u.id: n for n, u in enumerate(self.area.units)}
        parties = {p.id: n for n, p in enumerate(self.area.parties, start=1)}
        places, w = {FIRST: -1, LAST: 1}, self._words(self.area.languages[0])
        return sorted(
            entries,
            key=lambda e: (
                parties.get(e.get("party", ""), 0),
                units[e["unit"]],
                not _is_ours(e["notebook"], w),
                places.get(e["notebook"], 0),
                e["notebook"],
            ),
        )

    def _whose(self, unit: str, party: str, language: str) -> str:
        """The name of the party, or of the unit, that a report is for."""
        named = [p.name for p in self.area.parties if p.id == party] or [self.area.unit(unit).name]
        return named[0][language]

    def _glance(self, entries: list[Entry], w: Words) -> Any:
        """Every primary question's verdict for every unit; a question's others stand in the reports."""
        from analysis.report.render import Glance

        pages = {(e["unit"], e["notebook"]): e for e in entries if not e.get("party")}
        units = [u for u in self.area.units if any(unit == u.id for unit, _ in pages)]
        primary = [q for q in self.area.questions if q.get("primary", True)]
        rows = {}
        for question in primary:
            cells = []
            for unit in units:
                entry = pages.get((unit.id, question["notebook"]), {})
                fact = _fact(entry, question["id"])
                cells.append(_chip_of(entry, fact, w) if fact else None)
            if any(cells):
                rows[question["text"][w.language]] = tuple(cells)
        return Glance(tuple(_capital(u.name[w.language]) for u in units), rows)

    def _findings(self, entries: list[Entry], w: Words) -> Any:
        """What was found for the whole area, question by question; None where there is no answer."""
        from analysis.report.render import Findings

        top = self.area.top
        pages = {e["notebook"]: e for e in entries if e["unit"] == top.id and not e.get("party")}
        rows, found, alone, stands = {}, [], True, {}
        for notebook, entry in pages.items():
            for one in _asked(self.area, notebook):
                question, fact = one.question, _fact(entry, one.question.id)
                own = _is_own(entry, question.id, self.area)
                if fact and own and question.primary:
                    text = one.text[w.language]
                    rows[text] = (change_text(fact, question, w), _chip_of(entry, fact, w))
                    found.append((question.measure, fact["verdict"]))
                    stands[text] = _stands(_fact(pages.get(TRIED, {}), question.id), w)
                    alone = alone and not (question.comparison or question.starts)
        if not rows:
            return None
        heads: tuple[str, ...] = tuple(w.text(f"table/{c}") for c in ("question", "effect", "verdict"))
        starred = any(change.endswith(STAR) for change, _ in rows.values())
        notes = [w.text("report/found_note"), *([w.text("table/weakened_note")] if starred else [])]
        if any(stands.values()):
            heads += (w.text("report/stands"),)
            notes.append(_stands_note(w))
        title = _found([verdict for _, verdict in found], alone, w)
        return Findings(title, self._lead(found, alone, pages, w), heads, rows, tuple(notes), stands)

    def _lead(
        self, found: Sequence[tuple[str, str]], alone: bool, pages: Mapping[str, Entry], w: Words
    ) -> tuple[str, ...]:
        """What no number says: how much is clear, of what it is not proof, and where the goals stand."""
        known = [verdict for _, verdict in found]
        counted = [w.text(f"report/found_{v}", n=w.number(known.count(v))) for v in UNCLEAR if v in known]
        cause = [w.text("report/found_alone")] if alone and {"improved", "worsened"} & {*known} else []
        wanted = [g.what for g in self.area.goals if g.is_effect_goal]
        here = [verdict for measure, verdict in found if measure in wanted]
        shown = {"n": w.number(len(here)), "of": w.number(len(wanted))}
        goals = [w.text("report/found_of_goals", **shown, better=w.number(here.count("improved")))]
        there = [w.text("report/found_goals", report=w.text(f"report/{FIRST}"))] if FIRST in pages else []
        return (*cause, *counted, *(goals if here else []), *there)

    def _news(self, entries: list[Entry], changed: Mapping[str, Any], w: Words) -> tuple[str, ...]:
        """What differs from the last set, in sentences."""
        if not changed["since"]:
            return (w.text("report/first_set"),)
        since = w.day(date.fromisoformat(changed["since"]))
        asked = {q["id"]: q["text"][w.language] for q in self.area.questions}
        known = {e["file"]: e for e in entries if not e.get("party")}
        told = [a for a in changed["answers"] if a["file"] in known and a["question"] in asked]
        told = [a for a in told if _is_own(known[a["file"]], a["question"], self.area)]
        lead = w.text("report/changed" if told else "report/nothing_changed", since=since, n=len(told))
        lines = [
            w.text(
                "report/changed_answer",
                unit=_capital(self._whose(known[a["file"]]["unit"], "", w.language)),
                question=asked[a["question"]],
                before=w.text(f"verdict/{a['before']}").lower(),
                after=w.text(f"verdict/{a['after']}").lower(),
            )
            for a in told
        ]
        return (lead, *lines)

    def _row(self, entry: Entry, w: Words) -> Any:
        from analysis.report.render import IndexRow

        return IndexRow(
            unit=_capital(self._whose(entry["unit"], entry.get("party", ""), w.language)),
            report=_title(entry["notebook"], w),
            href=entry["file"],
            state="failed" if entry.get("kept") else "built",
            kept_from=w.day(date.fromisoformat(entry["as_of"])) if entry.get("kept") else "",
        )

    def _failed_row(self, job: Job, w: Words) -> Any:
        from analysis.report.render import IndexRow

        name = _capital(self._whose(job.unit, job.party, w.language))
        report, note = _title(job.notebook, w), w.text("report/failed")
        return IndexRow(name, report, href="", state="failed", note=note)


def _is_ours(notebook: str, w: Words) -> bool:
    """Whether a notebook is one of the program's; else it is an analyst's own."""
    return w.has(f"report/{notebook}")


def _title(notebook: str, w: Words) -> str:
    """A report's title: of ours as the program says it, of an own one its first heading."""
    if _is_ours(notebook, w):
        return w.text(f"report/{notebook}")
    return own_notebooks.title(plan.NOTEBOOKS / f"{notebook}.ipynb", w.language)


def _fact(entry: Entry, question: str) -> Entry:
    """What the manifest has of a question's answer on a page."""
    return next((a for a in entry.get("answers", []) if a["question"] == question), {})


def _chip_of(entry: Entry, fact: Entry, w: Words) -> Any:
    from analysis.judged import verdict_key
    from analysis.report.render import Chip

    key = verdict_key(fact["verdict"], fact["n_before"], fact["n_after"])
    return Chip(_link(entry, fact["question"]), fact["verdict"], w.text(f"verdict/{key}"))


def _is_weakened(fact: Entry, question: Any) -> bool:
    """Whether an answer is clear by itself, but not when adjusted."""
    nothing = 0.0 if question.kind == "mean" else 1.0
    ends = (fact["low"], fact["high"])
    return fact["verdict"] == "no_clear_change" and None not in ends and not ends[0] <= nothing <= ends[1]


def change_text(fact: Entry, question: Any, w: Words) -> str:
    """The change with its interval, as the report has it."""
    ends = (fact["estimate"], fact["low"], fact["high"])
    if None in ends:
        return w.text("table/no_value")
    estimate, low, high = w.interval(ends[0], ends[1], ends[2], question)
    said = w.text("table/interval", estimate=estimate, low=low, high=high)
    return said + STAR if _is_weakened(fact, question) else said


def _asked(area: Area, notebook: str) -> Sequence[Asked]:
    """The questions of a notebook for the whole area; none where the settings no longer allow them."""
    try:
        return asked(area, notebook, area.top)
    except SettingsError:
        return ()


def _stands(fact: Entry, w: Words) -> str:
    """In how many models an answer is the same; "" where that is not told."""
    from analysis.judged import is_stable

    if "n_models" not in fact:
        return ""
    key = "stable" if is_stable(fact["n_agree"], fact["n_models"]) else "sensitive"
    shown = {"n": w.number(fact["n_models"]), "agree": w.number(fact["n_agree"])}
    return w.text(f"report/stands_{key}", **shown)


def _stands_note(w: Words) -> str:
    from analysis.judged import STABLE

    return w.text("report/stands_note", limit=w.percent(STABLE), report=w.text(f"report/{TRIED}"))


def _found(verdicts: list[str], alone: bool, w: Words) -> str:
    """How many of the measures are better than expected, how many worse, and that this is no cause shown."""
    better, worse = (verdicts.count(v) for v in ("improved", "worsened"))
    shown = {"better": w.number(better), "n": w.number(len(verdicts)), "worse": w.number(worse)}
    key = "report/found_worse" if worse else "report/found"
    return w.text(f"{key}_alone_title" if alone and better + worse else key, **shown)


def _link(entry: Entry, question: str) -> str:
    """To a question's section on its page."""
    return f"{entry['file']}#{section_id(question)}" if entry else ""


def _is_own(entry: Entry, question: str, area: Area) -> bool:
    """Whether the report is the one that asks the question, and not one that repeats its answer."""
    return any(q["id"] == question and q["notebook"] == entry["notebook"] for q in area.questions)


def _capital(name: str) -> str:
    """A name that stands first: "The Gothenburg area"."""
    return name[:1].upper() + name[1:]


def month_end(month: str) -> date:
    """The last day of a month written YYYY-MM."""
    year, number = (int(part) for part in month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _index_name(area: Area, language: str) -> str:
    return "index.html" if language == area.languages[0] else f"index.{language}.html"
