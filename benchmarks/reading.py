"""How much reading an export costs: `analysis load` against the bare library call, in CPU seconds and memory.

    python benchmarks/reading.py [--rounds 3] [--rows 1000000 5000000] [--sheet-rows 200000]

Each measured process runs alone and anew; the two commands take turns. CPU is user + system of the whole
process, imports included. Results are written down in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

BLOCK = 200_000
UNITS = ["Göteborg", "Härryda", "Mölndal", "Partille", "Öckerö"]
HOMES = ["Ordinärt boende", "Korttidsboende", "Särskilt boende"]
DAY = 24 * 60


def discharges(rows: int) -> Iterator[pd.DataFrame]:
    """Clean stays in the layout of the source `samsa`: a third of the persons come more than once."""
    rng = np.random.default_rng(3)
    for start in range(0, rows, BLOCK):
        n = min(BLOCK, rows - start)
        number = np.arange(start, start + n)
        day = (number * 1700) // rows
        admitted = np.datetime64("2021-01-01", "m") + day * DAY + rng.integers(6 * 60, 22 * 60, n)
        ready = np.datetime64("2021-01-01", "m") + (day + rng.integers(2, 12, n)) * DAY + 12 * 60
        ready = ready + rng.integers(0, 4 * 60, n)
        gone = ready + rng.integers(60, 5 * 60, n)
        person = number % (rows * 7 // 10)  # three in ten come again, years later
        yield pd.DataFrame(
            {
                "Vårdtillfälle": [f"VT{i:09d}" for i in number],
                "Patient-id": [f"PID{i:08d}" for i in person],
                "Sjukhus": "SU Sahlgrenska",
                "Avdelning": [f"Avd {i}" for i in rng.integers(1, 60, n)],
                "Kommun": rng.choice(UNITS, n),
                "Inskriven": pd.Series(admitted).dt.strftime("%Y-%m-%d %H:%M"),
                "Planerat UK": pd.Series(ready).dt.strftime("%Y-%m-%d"),
                "Antal flyttade planerat UK": rng.integers(0, 4, n),
                "Utskrivningsklar": pd.Series(ready).dt.strftime("%Y-%m-%d %H:%M"),
                "Utskriven": pd.Series(gone).dt.strftime("%Y-%m-%d %H:%M"),
                "Vårdtid (dagar)": [
                    f"{x:.1f}".replace(".", ",") for x in (gone - admitted) / (DAY * np.timedelta64(1, "m"))
                ],
                "SIP erbjuden": rng.choice(["Ja", "Nej"], n),
                "SIP-kallelse": "",
                "Utskriven till": rng.choice(HOMES, n),
                "Återinskriven 30 d": "Nej",
                "Kommentar": "",
            }
        )


def write_csv(path: Path, rows: int) -> Path:
    """The stays as the source system would export them."""
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        for n, frame in enumerate(discharges(rows)):
            frame.to_csv(handle, sep=";", index=False, header=n == 0, lineterminator="\r\n")
    return path


def write_xlsx(path: Path, rows: int) -> Path:
    """The stays as a workbook: texts and numbers, one sheet, no library."""
    frame = pd.concat(discharges(rows))
    columns = [
        [_cell(v, f"{letter}{n}") for n, v in enumerate([name, *frame[name].tolist()], 1)]
        for letter, name in zip(ascii_uppercase, frame.columns, strict=False)
    ]
    body = "".join(
        f'<row r="{n}">{"".join(cells)}</row>' for n, cells in enumerate(zip(*columns, strict=True), 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def _cell(value: object, at: str) -> str:
    if value == "":
        return ""
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value}</v></c>'


def measured(*command: str) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of a process that must end well."""
    process = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        sys.exit(f"{' '.join(command[:4])} … ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(name: str, file: Path, bare: str, rounds: int) -> None:
    """Take turns between the bare call and the whole load into an empty store."""
    times: dict[str, list[tuple[float, float]]] = {"bare": [], "load": []}
    for _ in range(rounds):
        times["bare"].append(measured(sys.executable, "-c", bare.format(file=str(file))))
        home = Path(tempfile.mkdtemp(dir=file.parent))
        command = ("-m", "analysis.cli", "load", str(file), "--source", "samsa", "--home", str(home))
        times["load"].append(measured(sys.executable, *command))
        shutil.rmtree(home)
    cpu = {k: [c for c, _ in v] for k, v in times.items()}
    memory = {k: max(m for _, m in v) for k, v in times.items()}
    ratios = [b / a for a, b in zip(cpu["bare"], cpu["load"], strict=True)]
    shown = [f"{min(v):.2f}–{max(v):.2f}" for v in cpu.values()]
    print(  # noqa: T201
        f"| {name} | {file.stat().st_size >> 20} | {shown[0]} | {shown[1]} | {statistics.median(ratios):.2f}"
        f" | {memory['bare']:.0f} | {memory['load']:.0f} |",
        flush=True,
    )


def main() -> None:
    """Make the files, measure, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 5_000_000])
    parser.add_argument("--sheet-rows", type=int, nargs="*", default=[200_000])
    options = parser.parse_args()
    print("| what | MB | bare, CPU s | load, CPU s | ratio (median) | bare, MB | load, MB |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            file = write_csv(Path(folder) / "utskrivningar.csv", rows)
            bare = "import pandas; pandas.read_csv({file!r}, sep=';')"
            compare(f"{rows:,} rows, CSV", file, bare, options.rounds)
            file.unlink()
        for rows in options.sheet_rows:
            file = write_xlsx(Path(folder) / "utskrivningar.xlsx", rows)
            bare = "import python_calamine as c; c.CalamineWorkbook.from_path({file!r}).get_sheet_by_index(0).to_python()"
            compare(f"{rows:,} rows, XLSX", file, bare, options.rounds)


if __name__ == "__main__":
    main()
