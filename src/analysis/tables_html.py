"""Small accessible HTML: a table with a caption and scoped headings, a chip with a verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from analysis.designs.effect import Verdict

Formatter = Callable[[Any], str]


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
        f'<th scope="col"{_class(name in right)}>{_text(headings.get(name, name))}</th>' for name in names
    )
    columns = [
        [
            _cell(value, formatters.get(name, str), missing, name == row_header, name in right)
            for value in column
        ]
        for name, column in ((name, frame[name].tolist()) for name in names)
    ]
    rows = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    table = f"<table>\n<caption>{_text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
    return scroll_box(f"{table}<tbody>\n{rows}\n</tbody>\n</table>", label=caption)


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
    text = _text(missing if absent else formatter(value))
    if heads_row:
        return f'<th scope="row"{_class(right)}>{text}</th>'
    return f"<td{_class(right)}>{text}</td>"


def _class(right: bool) -> str:
    return ' class="num"' if right else ""


def _is_number(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _text(value: object) -> str:
    return escape(str(value), quote=True)
