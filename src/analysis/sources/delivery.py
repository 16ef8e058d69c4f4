"""One file from outside, all the way to rows that wait for the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.sources import Delivery, Reading
from analysis.sources.cells import MOST_BAD, Export, Findings, Fit
from analysis.sources.columnwords import Nameless, as_sent, say_headers
from analysis.sources.corrections import KeptOut, write_corrections, write_findings
from analysis.sources.crossrows import check_whole_file
from analysis.sources.freetext import FreeText
from analysis.sources.guard import Guard, refuse_named
from analysis.sources.header import folded
from analysis.sources.intake import TEXT, Taken, take
from analysis.sources.mapping import Source, matching_source, named_source, read_sources
from analysis.sources.oddrows import check_stated_count, without_repeated_headers, without_totals
from analysis.sources.reasons import Explainer
from analysis.sources.staging import Staging
from analysis.sources.statement import check_statement
from analysis.sources.typed import Typing, rows_of_frame
from analysis.sources.versions import Versions
from analysis.tables import Table
from analysis.tables import table as table_named

if TYPE_CHECKING:
    from analysis.sources.encoding import Text

ENDS = ("footer", "total_row")


def read_delivery(path: Path, area: Area, folder: Path, reading: Reading | None = None) -> Delivery:
    """Read one export of an area.

    Parameters
    ----------
    path : Path
        The file.
    area : Area
        Whose export it is.
    folder : Path
        An existing, empty folder for the rows; its content is the delivery's.
    reading : Reading, optional
        Source system, statement of the sender, key for pseudonyms; without it the headers decide.

    Returns
    -------
    Delivery
        Accepted rows (on disk) and what was found; read = accepted + quarantined.

    Raises
    ------
    InputMissing, InputRefused, UsageError
        With file, line and column.
    """
    reading = reading or Reading()
    sources = read_sources(area)
    asked = [named_source(sources, reading.source)] if reading.source else sources
    refuse_named(path.name, (), 0)
    taken = take(path, folder, sha256=bool(reading.statement.sha256))
    file = _File(taken, area, folder, reading)
    if taken.kind != TEXT and (crosstab := next((s for s in asked if s.format == "crosstab"), None)):
        return _crosstab(file, crosstab)
    rows = [s for s in asked if s.format == "delimited"]
    if reading.source and not rows:
        what, remedy = (
            f"“{reading.source}” is delivered as workbooks, and this is text",
            "Name another source",
        )
        raise InputRefused(what, remedy, Place(taken.name), reason="file_type")
    export = _open(taken, rows)
    where = Place(taken.name, export.header_line)
    source = rows[0] if reading.source else matching_source(rows, export.header, where)
    return _delivery(file, export, source)


@dataclass(frozen=True)
class _File:
    """A file and what is known of it from outside."""

    taken: Taken
    area: Area
    folder: Path
    reading: Reading

    @property
    def last(self) -> pd.Timestamp:
        """The day of the delivery: nothing that has happened may lie after it."""
        day = self.reading.statement.extracted or self.reading.today
        return pd.Timestamp(day or pd.Timestamp.now().normalize())

    def delivery(self, source: Source, read: int, findings: Findings) -> Delivery:
        """What was made of it."""
        rejects, warnings = findings.rejects, findings.warnings
        warnings = warnings[~warnings.row.isin(rejects.row)].reset_index(drop=True)
        write_findings(self.folder, rejects, warnings)
        return Delivery(
            file=self.taken.name,
            digest=self.taken.digest,
            source=source.name,
            table=source.table,
            folder=self.folder,
            read=read,
            accepted=read - rejects.row.nunique(),
            rejects=rejects,
            warnings=warnings,
            statement=self.reading.statement,
            key_id=self.reading.key.id if self.reading.key else "",
        )


def _open(taken: Taken, asked: list[Source]) -> Export:
    """The file's header and chunks, by the reader for its kind."""

    def fit(cells: Iterable[str]) -> float:
        header = list(cells)
        return max((s.share_known(header) for s in asked), default=0.0)

    if taken.kind == TEXT:
        from analysis.sources.delimited import open_delimited
        from analysis.sources.encoding import open_text

        text = open_text(taken.path, taken.name)
        export = open_delimited(text, _declared(text, asked, fit), fit)
    else:
        from analysis.sources.workbook import open_workbook, sheet_names

        export = open_workbook(taken.path, taken.name, fit)
        refuse_named(taken.name, (), 0, sheet_names(taken.path, taken.name))
    refuse_named(taken.name, export.header, export.header_line)
    return export


def _declared(text: Text, asked: list[Source], fit: Fit) -> str:
    """The delimiter that the likeliest of the sources states."""
    from analysis.sources.header import find_header

    if len(asked) < 2:
        return asked[0].delimiter if asked else ";"
    cells = find_header(text.head(), ";", fit, text.name).cells
    return max(asked, key=lambda s: (s.share_needed(cells), s.share_known(cells))).delimiter


def _delivery(file: _File, export: Export, source: Source) -> Delivery:
    table = table_named(source.table)
    typing = Typing(export, source, table, file.area, last=file.last)
    guard = Guard(export, typing.places, typing.roles, file.reading.key, day=file.last.date())
    staging, nameless, kept_out = Staging(file.folder), Nameless(export, typing.places), KeptOut()
    versions = Versions(typing.places.version, zone=file.area.time_zone, last=file.last, forms=typing.forms)
    texts = FreeText(file.folder, _free_texts(file.area, source, typing), table.key)
    say_headers(export, typing.places)
    for chunk in export.chunks:
        data = nameless.look(without_repeated_headers(as_sent(chunk, export.header), export))
        seen = guard.look(without_totals(data, export))
        rows = typing.rows(seen)
        staging.write(rows)
        texts.write(seen, rows)
        versions.note(seen)
        kept_out.remember(data, rows.row)
    staging.close()
    nameless.say()
    guard.verdict()
    _check_whole(file, export, staging, table, versions.frame())
    texts.close()
    rejects = export.findings.rejects
    if len(rejects) and file.reading.key is None:  # no copy of what was to be made pseudonymous
        cells = kept_out.cells(rejects.row.tolist(), export, lambda: _open(file.taken, [source]))
        explainer = Explainer(table.name, source, file.area)
        write_corrections(file.folder, export.header, rejects, cells, explainer)
    return file.delivery(source, export.read, export.findings)


def _free_texts(area: Area, source: Source, typing: Typing) -> dict[str, int]:
    """Where the free texts stand that the area keeps: none, unless its settings say so."""
    if not area.keeps_free_text:
        return {}
    header = typing.export.header
    return {source.known[folded(header[at])][1]: at for at in typing.places.dropped}


def _check_whole(file: _File, export: Export, staging: Staging, table: Table, versions: pd.DataFrame) -> None:
    place = Place(file.taken.name)
    ends = export.findings.rejects.query("reason in @ENDS").row.nunique()
    check_stated_count(export, export.read - ends)
    check_statement(file.reading.statement, export.read - ends, file.taken.sha256, place)
    _refuse_if_mostly_bad(export)
    check_whole_file(staging, table, export.findings, versions)
    _refuse_if_mostly_bad(export)
    if not staging.rows_n:
        what, remedy = "no row can be accepted", "See the reasons, and ask the sender for a corrected file"
        raise InputRefused(what, remedy, place, reason="too_many_bad_rows")


def _refuse_if_mostly_bad(export: Export) -> None:
    """Rows with identity numbers are well understood, and totals are no rows: they do not count here."""
    found = export.findings.rejects.query("reason != 'identifier' and reason not in @ENDS")
    rows = found.row.nunique()
    if rows <= MOST_BAD * export.read:
        return
    often = found.reason.mode().iloc[0]
    first = found[found.reason == often].iloc[0]
    what = f"{rows} of {export.read} rows are bad, most often because of “{often}”"
    where = Place(export.file, int(first.line), first.column or None)
    raise InputRefused(what, "Correct the export, or its mapping", where, reason="too_many_bad_rows")


def _crosstab(file: _File, source: Source) -> Delivery:
    from analysis.sources.crosstab import read_crosstab

    frame, findings, read = read_crosstab(file.taken, source, file.area)
    staging = Staging(file.folder)
    staging.write(rows_of_frame(frame, table_named(source.table), file.taken.name))
    staging.close()
    check_statement(file.reading.statement, read, file.taken.sha256, Place(file.taken.name))
    return file.delivery(source, read, findings)
