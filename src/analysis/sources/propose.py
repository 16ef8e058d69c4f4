"""A mapping for an export with unknown headers: what each header says, checked against its cells."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.area import Area
from analysis.errors import InputRefused, Place, UsageError
from analysis.sources.agreement import BY_CELLS, ITEM, Reading, Sample, add_by_others, check_order
from analysis.sources.cellkinds import MONTHS, Cells, fit
from analysis.sources.cells import Export
from analysis.sources.codewords import synonyms, words_of
from analysis.sources.columnwords import as_sent
from analysis.sources.guard import refuse_named
from analysis.sources.header import folded
from analysis.sources.headerwords import Likeness, Vocabulary, plain, vocabulary
from analysis.sources.intake import TEXT, Taken, take
from analysis.sources.mapping import OURS, Source, needed_columns, read_sources
from analysis.sources.proposal import Guess, Proposal, Words
from analysis.tables import NAMES
from analysis.tables import table as table_named

KINDS = tuple(name for name in NAMES if name != "rollout")
SAMPLE = 5000
#: How alike a header must be to a column that its cells allow, and how much better than the next.
LEAST_ALIKE, CLEARLY, CERTAIN = 0.55, 0.03, 0.95
LEAST_NEEDED, LEAST_EXPLAINED = 0.5, 0.6
#: A file without a column that tells its table must still be like this table and no other.
LEAST_EVIDENCE, LEAST_AHEAD = 2.0, 2.0
LEAST_COLUMNS, MANY_COLUMNS = 5, 8
#: Parties are few; a column with more names that nobody knows may be of people.
MOST_PARTIES = 6
#: A date or a number is no header.
VALUE = r"[\W_]*\d[\d\W_]*(T[\d\W_]+Z?)?"


def propose(path: Path, area: Area, table: str = "") -> Proposal:
    """Propose a mapping for an export.

    Parameters
    ----------
    path : Path
        The file.
    area : Area
        Whose export it is.
    table : str, optional
        The table that it holds; without it the headers and cells decide.

    Returns
    -------
    Proposal
        To be checked and saved by a person.

    Raises
    ------
    InputMissing, InputRefused
        If the file cannot be read, or seems to be of another kind altogether.
    UsageError
        If there is no such table.
    """
    if table and table not in KINDS:
        raise UsageError(f"there is no table “{table}”", f"Use one of: {', '.join(KINDS)}")
    sample = _sample(path, area)
    fits = _fitting(sample, table)
    if fits:
        return _proposal(_read_by(fits, sample), sample, fits.name)
    kinds = [table] if table else KINDS
    readings = sorted((_read_as(kind, sample) for kind in kinds), key=lambda r: r.evidence, reverse=True)
    if not table:
        _refuse_other_kinds(readings, sample)
    add_by_others(readings[0], sample)
    return _proposal(readings[0], sample)


def _sample(path: Path, area: Area) -> Sample:
    sources = [s for s in read_sources(area) if s.format == "delimited"]
    with tempfile.TemporaryDirectory() as folder:
        taken = take(path, Path(folder))
        export = _open(taken, vocabulary(), sources)
        chunk = next(iter(export.chunks), None)
        if chunk is None or not chunk.table.num_rows:
            raise InputRefused(
                "the file has no rows", "Ask for one with rows", Place(taken.name), reason="empty"
            )
        rows = as_sent(chunk, export.header).table.slice(0, SAMPLE)
    kept = [at for at, name in enumerate(export.header) if name and name not in OURS]
    header = [export.header[at] for at in kept]
    _refuse_values(header, taken.name, export.header_line)
    return Sample(taken.name, export.header_line, header, rows.select(kept), area, sources)


def _open(taken: Taken, words: Vocabulary, sources: list[Source]) -> Export:
    def alike(cells: Any) -> float:
        named = list(cells)
        if any(re.fullmatch(VALUE, cell) for cell in named):
            return 0.0
        return max([words.knows(named), *(s.share_known(named) for s in sources)])

    if taken.kind == TEXT:
        from analysis.sources.delimited import open_delimited
        from analysis.sources.encoding import open_text

        export = open_delimited(open_text(taken.path, taken.name), ";", alike)
    else:
        from analysis.sources.workbook import open_workbook, sheet_names

        refuse_named(taken.name, (), 0, sheet_names(taken.path, taken.name))
        export = open_workbook(taken.path, taken.name, alike)
    refuse_named(taken.name, export.header, export.header_line)
    return export


def _refuse_values(header: Sequence[str], file: str, line: int) -> None:
    """A first line with dates or numbers is a row of values; it is not shown."""
    if any(re.fullmatch(VALUE, cell) for cell in header):
        what = "the file seems to have no header: some of its first cells are dates or numbers"
        raise InputRefused(what, "Export it with headers", Place(file, line), reason="missing_column")


def _fitting(sample: Sample, table: str) -> Source | None:
    """A mapping of the area that the file already fits."""
    known = [s for s in sample.sources if s.table == (table or s.table)]
    fitting = [
        s for s in known if s.share_needed(sample.header) == 1 and s.share_known(sample.header) >= ITEM
    ]
    return max(fitting, key=lambda s: s.share_known(sample.header), default=None)


def _read_by(source: Source, sample: Sample) -> Reading:
    """The file read by a mapping that the area has."""
    places = source.places(sample.header, Place(sample.file, sample.line))
    goal = {at: column for column, at in places.columns.items()}
    items = {at: item for item, at in places.items.items()}
    why = dict.fromkeys([*goal, *items], f"as in the source {source.name}")
    return Reading(source.table, goal, dict.fromkeys(goal, 1.0), why, items, constants=dict(source.constants))


def _read_as(table: str, sample: Sample) -> Reading:
    """The best reading of the file as one table."""
    about = vocabulary().table(table)
    spellings = _spellings(sample.of_table(table))
    like = Likeness(vocabulary(), table, sample.header, spellings)
    names = list(table_named(table).model.to_schema().columns)
    alike = np.array([[like.of(h, name) for name in names] for h in sample.header])
    score = _scores(table, sample, alike, names)
    reading = _assigned(table, names, alike, score)
    _items(reading, about, sample)
    check_order(reading, about.get("order", []), sample)
    there = {*reading.goal.values()} | ({*about["melt"].values()} if reading.items else set())
    constants = about.get("constants", {})
    reading.constants = {name: value for name, value in constants.items() if name not in there}
    reading.missing = [c for c in needed_columns(table) if c not in there and c not in reading.constants]
    reading.is_likely = all(there & set(group) for group in about["telling"])
    return reading


def _spellings(sources: Sequence[Source]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in sources:
        for column, headers in source.columns.items():
            found.setdefault(column, []).extend(headers)
    return found


def _scores(table: str, sample: Sample, alike: NDArray, names: Sequence[str]) -> NDArray:
    """How good each header is for each column; 0 where it is not."""
    contract = table_named(table)
    schema = contract.model.to_schema().columns
    roles = [(schema[name].metadata or {}).get("role", "") for name in names]
    score = np.zeros(alike.shape)
    for j, (name, role) in enumerate(zip(names, roles, strict=True)):
        known = synonyms(name, schema[name], sample.of_table(table))
        speaks = role in ("unit", "category", "person") or (role == "party" and roles.count("party") == 1)
        for i, cells in enumerate(sample.cells):
            fits = fit(cells, name, schema[name], known, contract.key == (name,))
            if fits is None or (role == "party" and not _may_be_party(sample.header[i], cells)):
                continue
            if alike[i, j] >= LEAST_ALIKE:
                score[i, j] = 0.75 * alike[i, j] + 0.25 * fits - 1e-4 * i
            elif fits == 1.0 and speaks:
                score[i, j] = BY_CELLS + 0.1 * alike[i, j]
    return score


def _may_be_party(header: str, cells: Cells) -> bool:
    """Whether names are parties, and not people: “who” may be either."""
    is_said = vocabulary().ideas(header) & {"party", "unitword"}
    return bool(is_said or cells.in_area["party"] or len(cells.texts) <= MOST_PARTIES)


def _assigned(table: str, names: Sequence[str], alike: NDArray, score: NDArray) -> Reading:
    """Each header to one column at most; what could as well be something else is left open."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = {i: j for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if score[i, j] > 0}
    reading = Reading(table, {}, {}, {})
    for i, j in pairs.items():
        free = [k for k in range(len(names)) if k not in pairs.values()]
        others = [k for k in range(len(score)) if k not in pairs]
        near = max([0.0, *score[i, free], *score[others, j]])
        if alike[i, j] < CERTAIN and near > score[i, j] - CLEARLY:
            reading.why[i] = "two readings are as likely"
            continue
        reading.goal[i], reading.score[i] = names[j], round(float(score[i, j]), 3)
        reading.why[i] = (
            "header and cells" if alike[i, j] >= LEAST_ALIKE else "the cells say so, not the header"
        )
    return reading


def _items(reading: Reading, about: Mapping[str, Any], sample: Sample) -> None:
    """Columns of answers from 1 to 5, one a question."""
    if "melt" not in about or {*about["melt"].values()} & {*reading.goal.values()}:
        return
    known = {folded(h): i for s in sample.of_table(reading.table) for h, i in s.items.items()}
    for at, (header, cells) in enumerate(zip(sample.header, sample.cells, strict=True)):
        if at in reading.goal or not cells.n or not cells.is_scale:
            continue
        is_question = len(plain(header).split()) >= 3 or "question" in vocabulary().ideas(header)
        if folded(header) in known or is_question:
            slug = "_".join(re.findall(r"\w+", header.casefold()))
            reading.items[at] = known.get(folded(header), slug)
            reading.why[at] = "answers from 1 to 5"


def _refuse_other_kinds(readings: Sequence[Reading], sample: Sample) -> None:
    best, second = readings[:2]
    if _is_whole(best, sample) or _is_clear(best, second):
        return
    lacks = f", which needs {', '.join(best.missing)} too" if best.missing else ""
    what = f"the file is of none of the kinds that are read; nearest is {best.table}{lacks}"
    remedy = f"Deliver one of the kinds {', '.join(KINDS)}, or state it with --table"
    raise InputRefused(what, remedy, Place(sample.file, sample.line), reason="missing_column")


def _share_needed(best: Reading) -> float:
    needed = len(needed_columns(best.table)) - len(best.constants)
    return 1 - len(best.missing) / needed


def _is_whole(best: Reading, sample: Sample) -> bool:
    """Whether the columns that tell a table are there, or most headers fit it."""
    if best.is_likely:
        return _share_needed(best) >= LEAST_NEEDED
    return _share_needed(best) > LEAST_NEEDED and best.explained >= LEAST_EXPLAINED * len(sample.header)


def _is_clear(best: Reading, second: Reading) -> bool:
    """Whether many columns fit this table and no other; what is missing is named in the proposal."""
    if best.evidence < LEAST_EVIDENCE or best.evidence - second.evidence < LEAST_AHEAD:
        return False
    least = LEAST_COLUMNS if _share_needed(best) > LEAST_NEEDED else MANY_COLUMNS
    return best.explained >= least


def _proposal(reading: Reading, sample: Sample, fits: str = "") -> Proposal:
    forms, notes = _forms(reading, sample)
    guesses = [_guess(at, header, reading, sample) for at, header in enumerate(sample.header)]
    persons = [g.header for g in guesses if g.kind == "identifier"]
    notes += [f"The column {header} holds identity numbers (identifier)." for header in persons]
    order = list(table_named(reading.table).model.to_schema().columns)
    by_name = next((s for s in sample.sources if s.name == fits), None)
    ours = by_name.settings if by_name else vocabulary().table(reading.table)
    melt = ours.get("melt", {}) if reading.items else {}
    no_answer = sorted({w for s in sample.of_table(reading.table) for w in s.settings.get("missing", [])})
    return Proposal(
        sample.file,
        reading.table,
        guesses,
        reading.missing,
        constants=reading.constants,
        melt=melt,
        no_answer=no_answer,
        forms=forms,
        notes=notes,
        words=_words(reading, sample, order),
        fits=fits,
    )


def _guess(at: int, header: str, reading: Reading, sample: Sample) -> Guess:
    cells, why = sample.cells[at], reading.why.get(at, "no column of this table fits header and cells")
    if at in reading.goal:
        return Guess(header, reading.goal[at], reading.score[at], why, cells.kind, "column")
    if at in reading.items:
        return Guess(header, reading.items[at], ITEM, why, cells.kind, "item")
    known = {
        plain(h)
        for s in sample.of_table(reading.table)
        for headers in s.settings.get("dropped", {}).values()
        for h in headers
    }
    is_written = cells.is_long or vocabulary().ideas(header) & {"text", "people"} or plain(header) in known
    if is_written and cells.kind not in ("date", "clock time", "identifier"):
        return Guess(header, "", 0.0, "free text, or people", cells.kind, "dropped")
    return Guess(header, "", 0.0, why, cells.kind, "unknown")


def _words(reading: Reading, sample: Sample, order: Sequence[str]) -> dict[str, Words]:
    schema = table_named(reading.table).model.to_schema().columns
    at = {column: i for i, column in reading.goal.items()}
    sources = sample.of_table(reading.table)
    found = {c: words_of(sample.cells[at[c]], c, schema[c], sources) for c in order if c in at}
    return {column: words for column, words in found.items() if words.known or words.asked or words.hidden_n}


def _forms(reading: Reading, sample: Sample) -> tuple[list[str], list[str]]:
    """The date forms to state, and what is open; a form that is not certain is not stated."""
    asked: dict[str, set[str]] = {}
    for at, column in reading.goal.items():
        forms = set(sample.cells[at].forms)
        if not str(table_named(reading.table).model.to_schema().columns[column].dtype).startswith("datetime"):
            continue
        if forms and "" not in forms:
            asked[sample.header[at]] = forms & set(MONTHS) or forms
    certain = {form for forms in asked.values() if len(forms) == 1 for form in forms}
    order = {_day_order(form) for form in certain}
    notes = _named_months(reading, sample)
    for header, forms in asked.items():
        alike = {form for form in forms if _day_order(form) in order}
        if len(forms) > 1 and len(alike) == 1:
            certain |= alike
        elif len(forms) > 1:
            either = " or ".join(sorted(forms))
            notes.append(f"The dates of {header} may be {either}: state the right one under [dates] forms.")
    if mixed := [header for header, forms in asked.items() if len(forms & certain) > 1]:
        notes.append(
            f"Day and month do not stand alike in all columns ({', '.join(mixed)}): no form is stated."
        )
        return [], notes
    return sorted(certain), notes


def _named_months(reading: Reading, sample: Sample) -> list[str]:
    named = [sample.header[at] for at in reading.goal if sample.cells[at].numbered_months is not None]
    remedy = "ask for dates as 2025-03-19; no form reads Swedish names of months."
    return [f"The dates of {', '.join(named)} name their months: {remedy}"] if named else []


def _day_order(form: str) -> str:
    return "".join(re.findall(r"%([dmyY])", form)).lower()
