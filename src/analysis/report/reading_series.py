"""What stands in the files of released series: in Parquet, and in the stand-alone page with its script.

The page's script is the program's own, byte for byte, and is taken out before words are read; any other
script is refused. Of the page's figures every text and number is read.
"""

from __future__ import annotations

import re
from io import BytesIO

from analysis.errors import DisclosureStop, Place
from analysis.report.reading import Read, leaves, markup, tidy, unreadable
from analysis.report.series import parquet_bytes
from analysis.report.standalone import KEYS, hash_of, script

DATA = re.compile(r'<script type="application/json" id="data">([^<>]*)</script>')


def read_parquet(name: str, content: bytes) -> Read:
    """Read a Parquet file, which must be as our own writer makes it of what is read.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        Its bytes.

    Returns
    -------
    Read
        Names of columns, and all values as texts.

    Raises
    ------
    DisclosureStop
        If it cannot be read, or holds anything beside its table: then nobody can say what.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(BytesIO(content))
        bare = pa.Table.from_arrays(table.columns, names=table.column_names)  # without any remark
        is_whole = parquet_bytes(bare) == content
    except (pa.ArrowException, OSError, ValueError):
        raise unreadable(name) from None
    if not is_whole:
        raise unreadable(name)
    values = {str(value) for column in table.columns for value in column.unique().to_pylist()}
    found = tidy({*table.column_names, *values})
    return Read(name, found, found)


def read_explored(name: str, text: str) -> Read:
    """Read the stand-alone page.

    Parameters
    ----------
    name : str
        Its name within the set.
    text : str
        The page.

    Returns
    -------
    Read
        What a reader meets, and all that its figures say.

    Raises
    ------
    DisclosureStop
        If it has another script than ours, or its figures cannot be read.
    """
    own, figures = f"<script>{script()}</script>", DATA.findall(text)
    if text.count(own) != 1 or len(figures) != 1:
        what = "the stand-alone page has not the script and the figures that the program gives it"
        raise DisclosureStop(what, "Mend the code that writes it", Place(name))
    try:
        told = tidy(leaves(figures[0])) - KEYS
    except (ValueError, RecursionError):
        raise unreadable(name) from None
    rest = markup(name, DATA.sub("", text.replace(own, "").replace(hash_of(script()), "")))
    return Read(name, rest.texts | told, rest.runs | told, rest.marks)
