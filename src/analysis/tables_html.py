"""Small accessible HTML: a table with a caption and scoped headings, a chip with a verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from analysis.designs.effect import Verdict

Formatter = Callable[[Any], str]

_DAY = r"\d{4}-\d\d(?:-\d\d)?"
_DASH = " – "
#: A month, a day, or from one to another: what must not break at its hyphens.
PERIOD = re.compile(rf"(?<![\d-]){_DAY}(?:{_DASH}{_DAY})?(?![\d-])")
DIGEST = re.compile(r"[0-9a-f]{16,}")
LONG = 14  # letters that fit on a line of a narrow head
_STROKE = re.compile(r"(?<=[^\W\d])/(?=[^\W\d])")


def html_table(
    frame: pd.DataFrame,
    *,
    caption: str,
    row_header: Hashable | None = None,
    headings: Mapping[str, str] | None = None,
    formatters: Mapping[str, Formatter] | None = None,
    numeric: Collection[str] = (),
    missing: str = "–",
) -> str:
    """Table that a screen reader can walk and a narrow screen can scroll.

    Parameters
    ----------
    frame : DataFrame
        What to show, columns in order; its index is not shown.
    caption : str
        What the table shows; also names the scroll box.
    row_header : hashable, optional
        Column whose cells head their rows.
    headings : mapping of str to str, optional
        Column name to the heading that readers see; the name itself where absent.
    formatters : mapping of str to callable, optional
        Column name to a function from value to text; ``str`` where absent. Not asked about missing values.
    numeric : collection of str, optional
        Columns to align as numbers although they hold text (suppressed counts); number columns always are.
    missing : str
        Shown for NaN, None and NaT.

    Returns
    -------
    str
        HTML of a scroll box with the table in it; every text escaped.

    Raises
    ------
    ValueError
        If `row_header` is not a column, or a column name occurs twice.
    """
    names = list(frame.columns)
    if row_header is not None and row_header not in names:
        raise ValueError(f"no column {row_header!r} to head the rows of “{caption}”")
    if len(set(names)) < len(names):
        raise ValueError(f"a column name occurs twice in “{caption}”")
    headings, formatters = headings or {}, formatters or {}
    right = {name for name in names if name in numeric or _is_number(frame[name])}
    head = "".join(
        f'<th scope="col"{_class(_width(said) if name in right else "")}>{_heading(said)}</th>'
        for name, said in ((name, str(headings.get(name, name))) for name in names)
    )
    columns = [
        [
            _cell(value, formatters.get(name, str), missing, name == row_header, name in right)
            for value in column
        ]
        for name, column in ((name, frame[name].tolist()) for name in names)
    ]
    rows = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    table = f"<table>\n<caption>{held(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
    return scroll_box(f"{table}<tbody>\n{rows}\n</tbody>\n</table>", label=caption)


def held(text: object) -> str:
    """A text as HTML, whose days, months and periods stay on one line.

    Parameters
    ----------
    text : object
        Escaped.

    Returns
    -------
    str
        HTML.
    """
    return PERIOD.sub(lambda found: _when(found[0]), _text(text))


def scroll_box(html: str, *, label: str) -> str:
    """Box that scrolls sideways, also by keyboard, when its content is wider than the page.

    Parameters
    ----------
    html : str
        The content, already HTML.
    label : str
        Name of the box for a screen reader.

    Returns
    -------
    str
        HTML.
    """
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{_text(label)}">\n{html}\n</div>'


def verdict_chip(verdict: Verdict, label: str) -> str:
    """Verdict as a word with a sign and a colour.

    Parameters
    ----------
    verdict : str
        One of the five verdicts; chooses sign and colour.
    label : str
        The words that readers see.

    Returns
    -------
    str
        HTML.
    """
    return f'<span class="verdict verdict-{_text(verdict)}">{_text(label)}</span>'


def _cell(value: object, formatter: Formatter, missing: str, heads_row: bool, right: bool) -> str:
    absent = pd.api.types.is_scalar(value) and pd.isna(value)
    said = str(missing if absent else formatter(value))
    kind = "num" if right else _kind(said)
    text = _text(said) if kind else held(said)
    if heads_row:
        return f'<th scope="row"{_class(kind)}>{_STROKE.sub("/<wbr>", text)}</th>'
    return f"<td{_class(kind)}>{text}</td>"


def _kind(said: str) -> str:
    """What a cell is as a whole: a period, which never breaks, a digest, which may anywhere, or neither."""
    return "when" if PERIOD.fullmatch(said) else "digest" if DIGEST.fullmatch(said) else ""


def _width(heading: str) -> str:
    """Of the head of a column of numbers: narrow, unless a word of it is long."""
    return "num wide" if max(map(len, re.split(r"[\s/]", heading))) > LONG else "num"


def _heading(text: object) -> str:
    """The head of a column: a period on two lines, joined words that may break after their stroke."""
    whole = _STROKE.sub("/<wbr>", _text(text))
    return PERIOD.sub(lambda found: _when(found[0].replace(_DASH, f"{_DASH}<br>")), whole)


def _when(period: str) -> str:
    return f'<span class="when">{period}</span>'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _is_number(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _text(value: object) -> str:
    return escape(str(value), quote=True)
