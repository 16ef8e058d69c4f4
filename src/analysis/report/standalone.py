"""The stand-alone page: a set's released series on one page that anyone can open, and the series as files.

The page needs no program and no network. Its script is one file of ours, named in the page's policy by its
hash; its figures are rows of `analysis.report.series`, and it shows no others.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import CannotWrite, InputMissing, Place
from analysis.protocol import section_id
from analysis.report import series
from analysis.report.around import BESIDE, STAR
from analysis.report.publish import MANIFEST, current_manifest, sha256
from analysis.words import Words

if TYPE_CHECKING:
    from analysis.report.around import Around

TEMPLATE = Path(__file__).parent / "template"
DAYS, PARTS = ("days_n", "stays_n", "days_mean"), ("numerator", "denominator", "value")
OF_A_SERIES = ("verdict", "verdict_name", "change")
#: What the page's figures call things.
KEYS = frozenset(
    {
        *OF_A_SERIES, *("measures", "units", "series", "said", "decimal", "thousands", "percent", "hidden"),
        *("missing", "unit", "measure", "period", "id", "name", "question", "report", "kind", "better"),
        *("heads", "months", "start", "invented", "href", "older", "points"),
    }
)  # fmt: skip
PLAIN = ("lead", "choose", "measure", "units", "period", "from", "to", "reset", "copy", "bookmark", "by_hand")
HEADS = ("chart", "answer", "answer_note", "figures", "report", "start", "script_needed")
SAID = (
    "lower", "higher", "status", "no_units", "no_figures", "left_out", "broken", "copied", "not_copied",
    "alt", "start", "start_invented", "invented", "point", "read", "older", "unlike",
)  # fmt: skip


def page_name(language: str) -> str:
    """The name of the stand-alone page within a set."""
    return BESIDE["explore"].format(language=language)


def script() -> str:
    """The page's script, as it stands in every page."""
    return (TEMPLATE / "explore.js").read_text("utf-8")


def hash_of(text: str) -> str:
    """As a page's policy names a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def taken_along(
    files: Mapping[str, bytes], entries: Iterable[Mapping[str, Any]], around: Around
) -> dict[str, bytes]:
    """A set's series as files for other programs, and its stand-alone page, in every language.

    Parameters
    ----------
    files : mapping of str to bytes
        The reports' files of the set.
    entries : iterable of mapping
        The manifest's entries.
    around : Around
        What stands around pages.

    Returns
    -------
    dict of str to bytes
        File name to content; empty where no report shows a series.
    """
    made: dict[str, bytes] = {}
    for language in around.area.languages:
        own = [entry for entry in entries if entry["language"] == language and not entry.get("party")]
        rows = series.of_set(files, own, around.area)
        if rows:
            contents = {
                "explore": page(rows, language, around),
                "series_csv": series.csv_of(rows, series.OF_A_SET),
                "series_parquet": series.parquet_of(rows),
            }
            made |= {BESIDE[key].format(language=language): content for key, content in contents.items()}
    return made


def page(rows: Sequence[series.Row], language: str, around: Around) -> bytes:
    """The stand-alone page.

    Parameters
    ----------
    rows : sequence of mapping
        From `series.of_set`.
    language : str
        Of the page and of the rows.
    around : Around
        What stands around pages.

    Returns
    -------
    bytes
        The page; the same for the same rows.
    """
    w = Words(language)
    banners, meta = around.outside(language)
    policy = around.area.policy
    rounding = w.text("table/rounding", hide=policy.hide_up_to, round=policy.round_to)
    text = _template().render(
        **_frame(language, around, banners, w),
        meta=meta,
        say={key: w.text(f"explore_page/{key}") for key in (*PLAIN, *HEADS)},
        answer_heads=[w.text(f"table/{key}") for key in ("unit", "verdict", "effect", "months")]
        + [w.text("explore_page/start"), w.text("explore_page/report")],
        notes=_notes(rows, around, banners, w),
        rounding=rounding,
        data=_embedded(_data(rows, around, w)),
        script=_as_is(script()),
        script_hash=hash_of(script()),
    )
    return text.encode()


def find(reports: Path, language: str) -> tuple[Path, bytes]:
    """The stand-alone page of the published set.

    Parameters
    ----------
    reports : Path
        ``reports/<area>``.
    language : str
        Of the page.

    Returns
    -------
    (Path, bytes)
        Where it stands, and its content, which fits the manifest.

    Raises
    ------
    InputMissing
        If there is no whole set, or it has no such page.
    """
    manifest, name = current_manifest(reports), page_name(language)
    if not manifest:
        what = "there is no published set that is whole"
        raise InputMissing(what, "Run `analysis report`", Place(str(reports / "current" / MANIFEST)))
    path = reports / "current" / name
    digest = manifest["files"].get(name)
    content = path.read_bytes() if digest else b""
    if not digest or sha256(content) != digest:
        what = "the published set has no page to explore: its reports show no series in this language"
        raise InputMissing(what, "Run `analysis report` for reports that answer a question", Place(str(path)))
    return path, content


def copy(name: str, content: bytes, target: Path) -> Path:
    """Write the page elsewhere, whole or not at all.

    Parameters
    ----------
    name : str
        Of the page within the set.
    content : bytes
        The page.
    target : Path
        The file, which is replaced if it is there; or a folder.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CannotWrite
        If it cannot be written.
    """
    if target.is_dir():
        target = target / name
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except OSError as error:
        what, remedy = f"the page cannot be written ({error.strerror})", "Name a folder that may be written"
        raise CannotWrite(what, remedy, Place(str(target))) from None
    finally:
        beside.unlink(missing_ok=True)
    return target


def _frame(language: str, around: Around, banners: Sequence[str], w: Words) -> dict[str, Any]:
    """What every page has: style, banners, the ways to the overview and to the other language."""
    from analysis.charts.style import font_face_css
    from analysis.report.render import LABELS, Banner, Links

    others = [one for one in around.area.languages if one != language]
    own = ((TEMPLATE / name).read_text("utf-8") for name in ("page.css", "explore.css"))
    return {
        "language": language,
        "labels": LABELS[language],
        "title": w.text("explore_page/title", area=around.area.name[language]),
        "css": _as_is("\n".join([font_face_css(), *own]).replace("</", r"<\/")),
        "banners": [Banner(text) for text in banners],
        "links": Links(around.overview(language), page_name(others[0]) if others else ""),
    }


def _notes(rows: Sequence[series.Row], around: Around, banners: Sequence[str], w: Words) -> Mapping[str, str]:
    """Where real data come from, and what the star of an answer means; empty where there is none."""
    is_starred = any(row["change"].endswith(STAR) for row in rows)
    is_invented = w.text("banner/invented_data") in banners
    return {
        "source": "" if is_invented else around.area.source_line.get(w.language, ""),
        "star": w.text("table/weakened_note") if is_starred else "",
    }


def _data(rows: Sequence[series.Row], around: Around, w: Words) -> dict[str, Any]:
    """What the script reads: measures, units, series with their points, and its texts."""
    names = {row["unit"]: row["unit_name"] for row in rows}
    known = [unit.id for unit in around.area.units if unit.id in names]
    groups: dict[tuple[str, str], list[series.Row]] = {}
    for row in rows:
        groups.setdefault((row["question"], row["unit"]), []).append(row)
    measures = {row["question"]: _measure(row, around, w) for row in rows}
    return {
        "measures": list(measures.values()),
        "units": [{"id": unit, "name": names[unit][:1].upper() + names[unit][1:]} for unit in known],
        "series": [
            _series(own[0], [_point(row) for row in own], around, w.language) for own in groups.values()
        ],
        "said": {key: w.text(f"explore_page/said/{key}") for key in SAID},
        "decimal": w.number(0.5, 1)[1],
        "thousands": w.number(1000)[1],
        "percent": w.percent(0).lstrip("0"),
        "hidden": w.text("table/hidden", hide=around.area.policy.hide_up_to),
        "missing": w.text("table/no_value"),
        "unit": w.text("table/unit"),
        "measure": w.text("explore_page/measure"),
        "period": w.text("table/period_start"),
    }


def _measure(row: series.Row, around: Around, w: Words) -> dict[str, Any]:
    heads = DAYS if "days_mean" in row["measure"] else PARTS
    return {
        "id": row["question"],
        "name": row["measure_name"],
        "question": row["question_text"],
        "report": around.title(row["notebook"], w.language),
        "kind": row["kind"],
        "better": row["better"],
        "heads": [w.text(f"table/{head}") for head in heads],
    }


def _series(row: series.Row, points: list[Any], around: Around, language: str) -> dict[str, Any]:
    told = {name: row[name] for name in OF_A_SERIES}
    n = (row["n_before"], row["n_after"])
    older = "" if row["as_of"] == around.as_of else around.day(row["as_of"], language)
    return told | {
        "measure": row["question"],
        "unit": row["unit"],
        "months": "" if None in n else f"{n[0]}/{n[1]}",
        "start": row["start"][:7],
        "invented": row["start_invented"],
        "href": f"{row['report']}#{section_id(row['question'])}",
        "older": older,
        "points": points,
    }


def _point(row: series.Row) -> list[Any]:
    """A period: its first month, its months, the figures, and which counts are hidden (1, 2, both 3)."""
    hidden = row["numerator_hidden"] + 2 * row["denominator_hidden"]
    figures = [_short(row[name]) for name in PARTS]
    return [row["period_start"][:7], row["months"], *figures, hidden]


def _short(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number


def _embedded(data: Any) -> Any:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _as_is(text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e"))


def _as_is(text: str) -> Any:
    """A text that is markup, style or script already: our own."""
    from markupsafe import Markup

    return Markup(text)


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(TEMPLATE)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return made.get_template("explore.html.j2")
