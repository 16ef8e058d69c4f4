"""Proof: twelve monthly runs of the command; the published files are read as any reader can, and attacked.

The invented area's exports change between the runs: records come late, are withdrawn and corrected. Every
page, CSV file and workbook of every unit in both languages says the same numbers, they are those that the
functions of the fast proof (`test_attack`) give, and the attacker finds no count of 1–7.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from attacker import ANYTHING, HALF_YEAR, Cell, Truth, attack
from changing_area import FAMILIES
from python_calamine import CalamineWorkbook
from test_attack import DEVIATIONS, MEASURES, SETS, Invented, Published, known_sets, losses, meaning, publish

from analysis import demo, params
from analysis.area import Area
from analysis.fragments.deviations import NOT_STATED
from analysis.measures import measures
from analysis.measures.opened import Opened
from analysis.study import Study
from demo_home import tables
from homes import command, goteborg

pytestmark = pytest.mark.proof

SEED = 700
NOTEBOOKS = ("02-deviations", "03-discharge-outcomes")
LATE, GONE, WRONG = 0.01, 0.005, 0.01  # shares of the deviations, spread over the sets
COUNTS = ("series", "kinds", "parties")  # tables of counts
KIND = "Avvikelsetyp"
FIRST = pd.Period("2022-01", "M")


def changed(folder: Path, issue: int) -> None:
    """Make the exports of a set: some deviations come late, some are withdrawn, some change their kind."""
    for path in sorted(folder.glob("avvikelser-*.csv")):
        rows = pd.read_csv(path, sep=";", encoding="cp1252", dtype=str, keep_default_na=False)
        draws = np.random.default_rng([SEED, int(path.stem[-4:])]).random((20_000, 2))[: len(rows)]
        step = (draws[:, 1] * SETS).astype(int)
        fate = np.digitize(draws[:, 0], np.cumsum([LATE, GONE, WRONG]))
        rows.loc[(fate == 2) & (step <= issue), KIND] = "SIP uteblev"
        kept = ~((fate == 0) & (step > issue)) & ~((fate == 1) & (step <= issue))
        rows[kept].to_csv(path, sep=";", index=False, encoding="cp1252", lineterminator="\r\n")


@pytest.fixture(scope="module", name="home")
def twelve_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a copy of each published set, beside what was true then."""
    home = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANALYSIS_PROTECTED", str(home / "zone"))
        for issue, day in enumerate(known_sets()):
            load(home, issue, day)
            done = command("report", *NOTEBOOKS, "--home", home, "--json")
            assert done.code == 0, done.err
            shutil.copytree((home / "reports/goteborg/current").resolve(), home / f"set-{issue}")
            keep_truth(home, home / f"truth-{issue}", day)
    return home


def load(home: Path, issue: int, day: pd.Timestamp) -> None:
    """Load the exports of a day, as they then were."""
    invent = demo.exports

    def exports(area: Area, folder: Path, **stated: Any) -> list[Path]:
        files = invent(area, folder, **stated)
        changed(folder, issue)
        return files

    with patch.object(demo, "exports", exports):
        demo.load(goteborg(), home, seed=SEED, as_of=f"{day:%Y-%m-%d}")


def keep_truth(home: Path, folder: Path, day: pd.Timestamp) -> None:
    """True monthly counts of every unit and measure, and a row a deviation."""
    folder.mkdir()
    given = {"area": "goteborg", "unit": "", "language": "sv", "as_of": "", "home": str(home)}
    study = Study(NOTEBOOKS[0], params.check(given))
    units = [u.id for u in goteborg().members]
    every = Opened(study.snapshot.folder)
    panels = [every.panel(measures()[m], "all", day).assign(measure=m) for m in MEASURES]
    panels = [panel[panel.unit.isin(units)] for panel in panels]
    pd.concat(panels).to_parquet(folder / "panels.parquet")
    columns = ["unit", "month", "category", "reporting_party", "receiving_party", "severity"]
    study.facts("deviations")[columns].to_parquet(folder / "rows.parquet")


def area_of(home: Path) -> Invented:
    """The truth of all sets, in the form that the fast proof has it."""
    months = pd.date_range("2022-01-01", known_sets()[-1], freq="MS")
    units = tuple(u.id for u in goteborg().members)
    folders = [home / f"truth-{issue}" for issue in range(SETS)]
    panels = [pd.read_parquet(f / "panels.parquet") for f in folders]
    counts: dict[Any, Any] = {}
    for name in MEASURES:
        for column in ("numerator", "denominator"):
            sets = [
                p[p.measure == name].pivot(index="unit", columns="period_start", values=column)
                for p in panels
            ]
            full = [
                one.reindex(index=units, columns=months).fillna(0).to_numpy(dtype=np.int64) for one in sets
            ]
            counts[(name, column), ""] = _as_first_known(np.stack(full), months, measures()[name].lag_days)
    rows = pd.concat(
        [_rows(pd.read_parquet(f / "rows.parquet"), n, units, months) for n, f in enumerate(folders)]
    )
    shares = tuple(m for m in MEASURES if measures()[m].kind == "share")
    truth = Truth(goteborg().top.id, units, counts | keyed(rows, months), shares)
    return Invented(truth, months, rows)


def _as_first_known(sets: Any, months: pd.DatetimeIndex, lag_days: int) -> Any:
    """Months that are not complete in a set stand as in the first set in which they are."""
    ends = months + pd.offsets.MonthEnd(0) + pd.Timedelta(days=lag_days)
    for issue in range(SETS - 2, -1, -1):
        early = ends > known_sets()[issue]
        sets[issue][:, early] = sets[issue + 1][:, early]
    return sets


def _rows(rows: pd.DataFrame, issue: int, units: Sequence[str], months: pd.DatetimeIndex) -> pd.DataFrame:
    pair = rows.reporting_party + ">" + rows.receiving_party
    return pd.DataFrame(
        {
            "unit": rows.unit.map({u: n for n, u in enumerate(units)}),
            "month": months.get_indexer(rows.month),
            "kind": "kind:" + rows.category,
            "pair": "pair:" + pair,
            "severity": "severity:" + rows.severity.astype("string").fillna(NOT_STATED).astype(object),
            "since": issue,
            "until": issue + 1,
        }
    )


def keyed(rows: pd.DataFrame, months: pd.DatetimeIndex) -> dict[Any, Any]:
    """Counts by kind, pair of parties and severity, by half-year."""
    part, starts = (DEVIATIONS, "numerator"), np.arange(0, len(months), HALF_YEAR)
    found = {}
    for column in [family for family in FAMILIES if family in rows]:
        for key, some in rows.groupby(column):
            sets = np.zeros((SETS, len(goteborg().members), len(months)), dtype=np.int64)
            np.add.at(sets, (some.since, some.unit, some.month), 1)
            known = _as_first_known(sets, months, measures()[DEVIATIONS].lag_days)
            found[part, str(key)] = np.add.reduceat(known, starts, axis=2)
    return found


# ---- what a reader reads


def readers_cells(folder: Path, issue: int, language: str, area: Invented, kinds: Published) -> None:
    """All counts of a set in one language, from its workbooks; `kinds` knows which are sums of others."""
    asked = {q["id"]: q["measure"] for q in goteborg().questions}
    for unit in (area.truth.whole, *area.truth.units):
        for notebook in NOTEBOOKS:
            sheets = workbook(folder / unit / f"{notebook}.{language}.xlsx")
            same_everywhere(folder / unit / f"{notebook}.{language}", sheets)
            for name, (_, *rows) in sheets.items():
                if name.startswith("series-"):
                    measure = asked[name.removeprefix("series-").replace("-", "_")]
                    _series(rows, (issue, unit, measure), area, kinds)
                elif name == "kinds" or name.startswith("parties-"):
                    _keys(sheets[name], name, (issue, unit, language), area, kinds)


def workbook(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _series(rows: list[list[Any]], whose: tuple[int, str, str], area: Invented, kinds: Published) -> None:
    issue, unit, measure = whose
    for period, *shown in rows:
        first, last = span(period)
        for column, told in zip(("numerator", "denominator"), shown, strict=False):
            if column == "denominator" and (issue, unit, measure, first) in kinds.sums:
                continue
            part = (measure, column)
            low, high = said(told)
            if low == 1 and part != (DEVIATIONS, "numerator"):
                high = ANYTHING  # so few persons, who may have had more stays
            cell = Cell(issue, unit, part, "", first, last, low, high)
            kinds.add(cell, "series", area.truth)


def _keys(
    sheet: list[list[Any]], name: str, whose: tuple[int, str, str], area: Invented, kinds: Published
) -> None:
    issue, unit, language = whose
    part = (DEVIATIONS, "numerator")
    ids = {p.name[language]: p.id for p in (*goteborg().parties, *goteborg().categories)}
    (_, *headings), *rows = sheet
    for heading, *shown in rows:
        for column, told in zip(headings, shown, strict=True):
            is_kind = name == "kinds"
            key = f"kind:{ids[heading]}" if is_kind else f"pair:{ids[heading]}>{ids[column]}"
            start = span(column if is_kind else name.removeprefix("parties-"))[0]
            if (part, key) in area.truth.counts:
                cell = Cell(issue, unit, part, key, start, start + HALF_YEAR - 1, *said(told))
                kinds.add(cell, name.split("-", maxsplit=1)[0], area.truth)
            else:
                assert said(told)[0] <= 0, key


def span(period: str) -> tuple[int, int]:
    ends = [(pd.Period(end, "M") - FIRST).n for end in period.split(" – ")]
    return ends[0], ends[-1]


def said(told: Any) -> tuple[float, float]:
    """What a cell of a workbook says: a number, "≤7" or a dash."""
    if isinstance(told, (int, float)):
        return meaning(float(told), False, goteborg().policy)
    assert told in ("≤7", "–"), told
    return meaning(np.nan, told == "≤7", goteborg().policy)


def same_everywhere(stem: Path, sheets: dict[str, list[list[Any]]]) -> None:
    """The CSV file and the page say what the workbook says."""
    name = str(stem)
    lines = list(
        csv.reader(io.StringIO(Path(f"{name}.csv").read_text("utf-8-sig"), newline=""), delimiter=";")
    )
    in_csv = [list(group) for full, group in groupby(lines, bool) if full][1:]  # the first lines are notes
    in_book = list(sheets.items())[1:]  # the first sheet tells what the others are
    assert len(in_csv) == len(in_book)
    page = tables(Path(f"{name}.html").read_text("utf-8"))
    on_page = dict(zip(page.captions, page.tables, strict=True))
    for (caption, *rows), (title, sheet) in zip(in_csv, in_book, strict=True):
        assert [[plainly(c) for c in row] for row in rows] == [[plainly(c) for c in row] for row in sheet]
        shown = on_page[caption[0]]
        assert len(shown) == len(sheet)
        if not title.startswith(COUNTS):
            continue
        counts = slice(1, 3 if title.startswith("series") else None)
        for row, seen in zip(sheet[1:], shown[1:], strict=True):
            assert [digits(c) for c in row[counts]] == [digits(c) for c in seen[counts]], (name, caption)


def plainly(cell: Any) -> str:
    """A number as its shortest text, a text as it is; a decimal comma is a point."""
    text = str(cell).strip()
    try:
        return f"{float(text.replace(',', '.')):g}"
    except ValueError:
        return text


def digits(cell: Any) -> str:
    """A cell without what only sets it: separators of thousands and kinds of spaces."""
    text = f"{cell:g}" if isinstance(cell, float) and cell < 1e6 else str(cell)
    return re.sub(r"[\s,.\u00a0\u202f]", "", text.removesuffix(".0"))


# ---- the proof


def test_twelve_published_sets_tell_no_count_of_one_to_seven(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    area = area_of(home)
    fast = publish(area)
    read = {language: Published(sums=fast.sums) for language in goteborg().languages}
    for language, published in read.items():
        for issue in range(SETS):
            readers_cells(home / f"set-{issue}", issue, language, area, published)
    one, *others = (published.cells for published in read.values())
    assert all(cells == one for cells in others)
    known = set(fast.cells)
    shown = [cell for cell in one if cell.is_shown]
    found = attack(area.truth, one, seed=SEED)
    with capsys.disabled():
        print(f"\n{len(one)} cells in {SETS} published sets, {len(shown)} shown; {found.asked} of 1-7")  # noqa: T201
        said = f"found exactly {len(found.exact)} (by one told where: {len(found.told)})"
        print(f"{said}; fitting values {np.mean(found.candidates):.1f}")  # noqa: T201
        print(losses(pd.DataFrame(read["sv"].lost)).to_string())  # noqa: T201
    assert [cell for cell in shown if cell not in known] == []
    assert found.exact == []
    assert found.asked > 500
