"""The look of every chart: the closed palette, the font Inter, numbers as readers write them, clean SVG."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

import matplotlib
from babel import Locale
from babel.numbers import format_decimal, format_percent
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.textpath import TextToPath

INK = "#1B2430"
MUTED = "#515B68"
RULE = "#C5CCD4"
GRID = "#E6E9ED"
BAND = "#F2F4F7"
BEFORE = "#6B7480"
AFTER = "#0B5FA5"
WORSE = "#BB3701"
UNATTRIBUTED = "#5A3577"
PAPER = "#FFFFFF"

WIDTH = 6.9 * 72  # points; every measure of the charts is in points
TITLE, TEXT, SMALL, SOURCE, BIG = 11.5, 9.0, 8.0, 7.5, 15.0
REGULAR, STRONG = 400, 600

Tone = Literal["improved", "worsened", "unattributed", "plain"]


@dataclass(frozen=True)
class Mark:
    """A marker: never told apart by colour alone."""

    color: str
    shape: str
    size: float

    @property
    def look(self) -> dict[str, Any]:
        """As matplotlib wants it, with a thin rim of paper."""
        rim = {"markeredgecolor": PAPER, "markeredgewidth": 0.7}
        return {
            "marker": self.shape,
            "markersize": self.size,
            "markerfacecolor": self.color,
            "ls": "none",
            **rim,
        }


ORDINARY = Mark(BEFORE, "o", 4.8)
MARKS: dict[Tone, Mark] = {
    "improved": Mark(AFTER, "D", 4.9),
    "worsened": Mark(WORSE, "^", 6.2),
    "unattributed": Mark(UNATTRIBUTED, "s", 4.9),
    "plain": ORDINARY,
}
LINES: dict[Tone, str] = {
    "improved": AFTER, "worsened": WORSE, "unattributed": UNATTRIBUTED, "plain": INK
}  # fmt: skip

_FONT_FILES = {REGULAR: "Inter-Regular.ttf", STRONG: "Inter-SemiBold.ttf"}
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def _font_path(weight: int) -> Path:
    return Path(str(files("analysis.charts") / "fonts" / _FONT_FILES[weight]))


@cache
def _registered(weight: int) -> Path:
    """The font file, known to matplotlib from the first use on."""
    path = _font_path(weight)
    font_manager.fontManager.addfont(path)
    return path


def font(size: float, weight: int = REGULAR) -> font_manager.FontProperties:
    """Inter at a size in points, read from our own file whatever the machine has installed.

    Parameters
    ----------
    size : float
        Points.
    weight : {400, 600}
        Regular or semi-bold.

    Returns
    -------
    FontProperties
        With the family "Inter", which the page embeds.
    """
    return font_manager.FontProperties(family="Inter", weight=weight, size=size, fname=_registered(weight))


@cache
def font_face_css() -> str:
    """The fonts of the charts as style rules for a page, so that nothing is fetched.

    Returns
    -------
    str
        One ``@font-face`` rule a weight, the file inside as a data URI.
    """
    rule = (
        '@font-face{{font-family:"Inter";font-style:normal;font-weight:{weight};'
        'src:url(data:font/ttf;base64,{data}) format("truetype")}}'
    )
    return "\n".join(
        rule.format(weight=weight, data=base64.b64encode(_font_path(weight).read_bytes()).decode())
        for weight in _FONT_FILES
    )


@lru_cache(4096)
def text_width(text: str, size: float = TEXT, weight: int = REGULAR) -> float:
    """How wide a line of text is.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Points.
    weight : {400, 600}
        Regular or semi-bold.

    Returns
    -------
    float
        Points.
    """
    width, _, _ = TextToPath().get_text_width_height_descent(text, font(size, weight), False)
    return float(width)


def wrap(text: str, width: float, size: float = TEXT, weight: int = REGULAR) -> list[str]:
    """Break a text into lines no wider than `width`; a longer word is broken too, nothing is cut off.

    Parameters
    ----------
    text : str
        Broken at ordinary spaces only: a no-break space holds.
    width : float
        Points.
    size : float
        Points.
    weight : {400, 600}
        Regular or semi-bold.

    Returns
    -------
    list of str
        No lines for an empty text.
    """
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size, weight) <= width:
            lines[-1] = joined
        elif word:
            lines += _pieces(word, width, size, weight)
    return lines


def _pieces(word: str, width: float, size: float, weight: int) -> list[str]:
    """A word in as few pieces as the width allows; most often one."""
    if text_width(word, size, weight) <= width:
        return [word]
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, weight) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def write_number(value: float, decimals: int, language: str, *, percent: bool = False) -> str:
    """A number as readers of the language write it, with a real minus sign.

    Parameters
    ----------
    value : float
        A share (0-1) when `percent`.
    decimals : int
        Decimals shown.
    language : str
        "sv" or "en".
    percent : bool
        Write a share as a percentage.

    Returns
    -------
    str
        For example "1\N{NO-BREAK SPACE}000", "−0,5" or "20\N{NO-BREAK SPACE}%".
    """
    locale = Locale.parse(language)
    write = format_percent if percent else format_decimal
    pattern = (locale.percent_formats if percent else locale.decimal_formats)[None].pattern
    shown = re.sub(r"0(\.#+)?(?=\D*$)", f"0.{'0' * decimals}" if decimals else "0", pattern.split(";")[0])
    rounded = round(value, decimals + 2 * percent) + 0.0  # no minus before a zero
    return write(rounded, format=shown, locale=locale).replace("-", "−")


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with matplotlib's defaults and ours, whatever the session has set, and leave that as it was."""
    ours: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "analysis", "path.simplify": False}
    settings: dict[Any, Any] = {
        name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name
    }
    with matplotlib.rc_context(settings | ours):
        yield


def to_svg(figure: Figure) -> str:
    """The figure as SVG to put inside a page; call within `drawing`.

    Parameters
    ----------
    figure : Figure
        A figure of its own, not one of pyplot's.

    Returns
    -------
    str
        One ``<svg>`` element with real text, no prolog, no style rules, no metadata, and ids that
        only this drawing has.
    """
    out = io.StringIO()
    silent = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    FigureCanvasSVG(figure).print_svg(out, metadata=silent)
    root = ET.fromstring(out.getvalue())
    _simplify(root)
    _round(root)
    _rename_ids(root, hashlib.sha256(ET.tostring(root)).hexdigest()[:10])
    root.set("xmlns", _SVG[1:-1])
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    return ET.tostring(root, encoding="unicode")


def _simplify(element: ET.Element) -> None:
    """Drop what a page does not need: metadata, style rules (they would reach the page), blanks."""
    for child in list(element):
        if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
            element.remove(child)
        else:
            _simplify(child)
    element.tag = element.tag.removeprefix(_SVG)
    if element.tag != "text":
        element.text = None
    element.tail = None
    if (style := element.get("style")) is not None:
        element.set("style", style.replace("'Inter'", "Inter, sans-serif"))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]


def _round(root: ET.Element) -> None:
    """Coordinates to a tenth of a point: finer ones would give values away that are not shown."""
    for element in root.iter():
        for name in ("d", "x", "y", "transform"):
            if (value := element.get(name)) is not None:
                element.set(name, _LONG_NUMBER.sub(lambda m: f"{float(m[0]):.1f}", value))


def _rename_ids(root: ET.Element, digest: str) -> None:
    """Keep only ids that are pointed at, named after the drawing and numbered in order."""
    names: dict[str, str] = {}
    digest = "f".join(digest[at : at + 3] for at in range(0, len(digest), 3))  # never a long run of digits

    def name(old: str) -> str:
        return names.setdefault(old, f"c{digest}-{len(names)}")

    for element in root.iter():
        if (target := element.attrib.pop(f"{_XLINK}href", None)) is not None:
            element.set("href", "#" + name(target.removeprefix("#")))
        for key, value in element.attrib.items():
            element.set(key, _REFERENCE.sub(lambda found: f"url(#{name(found[1])})", value))
    for element in root.iter():
        if (old := element.attrib.pop("id", None)) in names:
            element.set("id", names[old])
