"""An area that is not shipped: its own municipalities, parties, headers and delimiters; all invented.

Three good exports of twelve rows, to be edited by the test that needs a fault.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.area import Area, Category, Party, Unit
from analysis.sources import Delivery, Reading
from analysis.sources.delivery import read_delivery
from analysis.sources.statement import Statement
from deliveries import AREA
from workbooks import sheet_xml, write_xlsx

TODAY = pd.Timestamp("2026-03-01")
MUNICIPALITIES = ("Björkvik", "Ängsholm", "Östanå")
PARTIES = ("Lasarettet", "Hemsjukvården", "Omsorgen")
KINDS = ("Fallolycka", "Fel läkemedel", "Ingen överrapportering")

INCIDENTS = """\
# An invented layout.
table = "deviations"
format = "delimited"
delimiter = ","
[columns]
deviation_id = ["Löpnr"]
reported_date = ["Anmäld"]
occurred_date = ["Skedde"]
closed_date = ["Klar"]
status = ["Läge"]
category = ["Sort"]
severity = ["Grad"]
reporting_party = ["Från"]
receiving_party = ["Till"]
place = ["Vårdenhet"]
unit = ["Ort"]
[dropped]
text = ["Vad hände"]
"""
STAYS = """\
# An invented layout.
table = "episodes"
format = "delimited"
[columns]
episode_id = ["Tillfälle"]
person_id = ["Individ"]
unit = ["Hemort"]
ward = ["Enhet"]
admitted_at = ["In"]
uk_at = ["Färdigbehandlad"]
discharged_at = ["Ut"]
los_days = ["Dygn"]
planned_uk_moves_n = ["Ändringar"]
is_sip_offered = ["Plan erbjuden"]
sip_call_date = ["Plan kallad"]
discharged_to = ["Utskrivs till"]
[dropped]
note = ["Notering"]
[values.discharged_to]
"Hemmet" = "ordinary_housing"
"Boende" = "residential_care"
"""
ANSWERS = r"""
# An invented layout.
table = "answers"
format = "delimited"
delimiter = "\t"
missing = ["Kan inte svara"]
melt = { item = "item", value = "value" }
[constants]
survey = "trygghet"
[columns]
respondent_id = ["Enkätnr"]
answered_date = ["Ifylld"]
party = ["Arbetsgivare"]
unit = ["Arbetsort"]
[items]
"Jag vet min uppgift" = "task"
"Jag litar på planen" = "trust"
[dropped]
text = ["Övrigt"]
"""
DELIMITERS = {"incidents": ",", "stays": ";", "answers": "\t"}
Row = list[str]


@dataclass(frozen=True)
class Sheet:
    """A table of text cells under a header."""

    source: str
    header: Row
    rows: list[Row]

    def put(self, column: str, **values: str) -> Sheet:
        """With other cells in this column: ``r3="x"`` is data row 3."""
        at, rows = self.header.index(column), [list(r) for r in self.rows]
        for name, value in values.items():
            rows[int(name[1:]) - 1][at] = value
        return replace(self, rows=rows)

    def fill(self, column: str, values: Iterable[str]) -> Sheet:
        """With these cells in the column, from the first row on."""
        return self.put(column, **{f"r{n}": value for n, value in enumerate(values, 1)})

    def column(self, name: str) -> Row:
        """The column's cells."""
        return [row[self.header.index(name)] for row in self.rows]

    def renamed(self, column: str, name: str) -> Sheet:
        """With another header for this column."""
        return replace(self, header=[name if h == column else h for h in self.header])

    def without(self, column: str) -> Sheet:
        """Without this column."""
        at = self.header.index(column)
        cut = [[c for n, c in enumerate(row) if n != at] for row in [self.header, *self.rows]]
        return replace(self, header=cut[0], rows=cut[1:])

    def add(self, *rows: Row) -> Sheet:
        """With these rows at the end."""
        return replace(self, rows=[*self.rows, *rows])

    def only(self, numbers: Iterable[int]) -> Sheet:
        """The data rows with these numbers, from 1."""
        return replace(self, rows=[self.rows[n - 1] for n in numbers])

    def text(self, *, delimiter: str = "", end: str = "\r\n") -> str:
        """As delimited text."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=delimiter or DELIMITERS[self.source], lineterminator=end)
        writer.writerows([self.header, *self.rows])
        return out.getvalue()

    def csv(self, path: Path) -> Path:
        """As a CSV file with a byte order mark."""
        path.write_bytes(self.text().encode("utf-8-sig"))
        return path

    def xlsx(self, path: Path) -> Path:
        """As a workbook of text cells."""
        return write_xlsx(path, sheet_xml([self.header, *self.rows]))


def area_in(folder: Path) -> Area:
    """The area, with its mappings in a folder."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    for name, mapping in (("incidents", INCIDENTS), ("stays", STAYS), ("answers", ANSWERS)):
        (folder / "sources" / f"{name}.toml").write_text(mapping, encoding="utf-8")
    units = [Unit("coast", "area", "", {"sv": "Kusten", "en": "the Coast"}, None, ("Kusten",))]
    units += [
        Unit(f"m{n}", "municipality", "coast", {"sv": name, "en": name}, 9000, (name, f"{name}s stad"))
        for n, name in enumerate(MUNICIPALITIES, 1)
    ]
    return replace(
        AREA,
        id="coast",
        folder=folder,
        time_zone="Europe/Helsinki",
        units=tuple(units),
        parties=tuple(Party(f"p{n}", {"sv": p, "en": p}, (p,)) for n, p in enumerate(PARTIES, 1)),
        categories=tuple(Category(f"c{n}", {"sv": k, "en": k}, (k,)) for n, k in enumerate(KINDS, 1)),
    )


def incidents(n: int = 12) -> Sheet:
    """Deviations."""
    header = ["Löpnr", "Anmäld", "Skedde", "Klar", "Läge", "Sort", "Grad", "Från", "Till", "Vårdenhet"]
    rows = [
        [
            f"H{4100 + i}",
            f"2025-05-{i % 20 + 5:02}",
            f"2025-05-{i % 20 + 2:02}",
            "",
            "Öppen",
            KINDS[i % 3],
            str(i % 4 + 1),
            PARTIES[i % 3],
            PARTIES[(i + 1) % 3],
            f"Sal {i}",
            MUNICIPALITIES[i % 3],
            f"Överlämningen dröjde i fall {i}",
        ]
        for i in range(n)
    ]
    return Sheet("incidents", [*header, "Ort", "Vad hände"], rows)


def stays(n: int = 12) -> Sheet:
    """Hospital stays."""
    header = ["Tillfälle", "Individ", "Hemort", "Enhet", "In", "Färdigbehandlad", "Ut", "Dygn", "Ändringar"]
    rows = [
        [
            f"T-{700 + i}",
            f"anon{i:04}",
            MUNICIPALITIES[i % 3],
            f"Sal {i}",
            f"2025-06-{i % 20 + 1:02} 08:30",
            f"2025-06-{i % 20 + 4:02} 10:00",
            f"2025-06-{i % 20 + 5:02} 14:15",
            "4,2",
            str(i % 3),
            ("Ja", "Nej")[i % 2],
            f"2025-06-{i % 20 + 3:02}" if i % 2 == 0 else "",
            "Hemmet",
            "",
        ]
        for i in range(n)
    ]
    return Sheet("stays", [*header, "Plan erbjuden", "Plan kallad", "Utskrivs till", "Notering"], rows)


def answers(n: int = 12) -> Sheet:
    """Answers to a survey of two items."""
    header = ["Enkätnr", "Ifylld", "Arbetsgivare", "Arbetsort", "Jag vet min uppgift", "Jag litar på planen"]
    rows = [
        [
            f"E{i:03}",
            f"2025-09-{i % 20 + 1:02}",
            PARTIES[i % 3],
            MUNICIPALITIES[i % 3],
            str(i % 5 + 1),
            str((i + 2) % 5 + 1),
            "",
        ]
        for i in range(n)
    ]
    return Sheet("answers", [*header, "Övrigt"], rows)


def load(path: Path, area: Area, source: str = "", **stated: object) -> Delivery:
    """The delivery of a file, in a folder of its own beside it."""
    folder = Path(tempfile.mkdtemp(dir=path.parent))
    statement = Statement(**stated)
    return read_delivery(path, area, folder, Reading(source=source, statement=statement, today=TODAY))


def accepted(delivery: Delivery) -> pd.DataFrame:
    """The rows that wait for the store."""
    return pd.read_parquet(delivery.folder / "rows.parquet")


def found(delivery: Delivery) -> list[tuple[int, str, str]]:
    """Row, column and reason of what was kept out."""
    return [(r.row, r.column, r.reason) for r in delivery.rejects.itertuples()]


def said(delivery: Delivery) -> list[tuple[int, str, str]]:
    """Row, column and reason of what was accepted and spoken of."""
    return [(r.row, r.column, r.reason) for r in delivery.warnings.itertuples()]


def corrections(delivery: Delivery) -> list[Row]:
    """The file for correction: its header and rows."""
    text = (delivery.folder / "correct.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def cells_of(rows: Sequence[Row]) -> list[str]:
    """All cells that are not empty."""
    return [cell for row in rows for cell in row if cell]
