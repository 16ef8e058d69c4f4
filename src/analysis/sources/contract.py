"""A table's contract, held by the rows: the whole of it, or the part that one file's columns need."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa_model
import pyarrow as pa

from analysis.errors import InputRefused, Place

ARROW = {
    "datetime64[us]": pa.timestamp("us"),
    "float64": pa.float64(),
    "Int64": pa.int64(),
    "boolean": pa.bool_(),
}
PANDAS_KINDS = {kind: kind for kind in ARROW}


def arrow_kind(column: Any) -> pa.DataType:
    """The Arrow type of a column of a contract."""
    return ARROW.get(_dtype(column), pa.string())


def contract(frame: pd.DataFrame, schema: pa_model.DataFrameSchema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows against the contract.

    Parameters
    ----------
    frame : DataFrame
        Typed columns, index 0, 1, 2 …; optional ones may be absent.
    schema : DataFrameSchema
        The contract.

    Returns
    -------
    frame : DataFrame
        All rows, with the optional columns added.
    broken : DataFrame
        ``index, column, reason`` of each row and rule that it breaks.
    """
    none = pd.DataFrame({"index": pd.Series(dtype="int64"), "column": "", "reason": ""})
    try:
        return schema.validate(frame, lazy=True, inplace=True), none
    except pa_model.errors.SchemaErrors as error:
        cases, whole = error.failure_cases, error.data
    cases = cases[cases["index"].notna()]
    if cases.empty:
        raise InputRefused("the columns do not keep the contract", "Report this", Place(str(schema.name)))
    column = cases["column"].where(cases["schema_context"] == "Column", "")
    reason = cases["check"].astype(str).map(_word)
    broken = pd.DataFrame({"index": cases["index"].astype("int64"), "column": column, "reason": reason})
    return whole, broken.drop_duplicates(ignore_index=True)


def chunk_contract(
    schema: pa_model.DataFrameSchema, present: set[str]
) -> tuple[pa_model.DataFrameSchema, dict[str, pd.Series]]:
    """The contract of the columns that one file fills.

    Types and needed values are held by the reading itself, uniqueness is a matter of the whole file
    (`crossrows`), and an empty column breaks no rule of its own.

    Parameters
    ----------
    schema : DataFrameSchema
        The table's.
    present : set of str
        Columns that the file fills.

    Returns
    -------
    schema : DataFrameSchema
        The part that is left to check, chunk by chunk.
    absent : dict of str to Series
        The other columns, each with one missing value, for rules that name them.
    """
    absent = [name for name in schema.columns if name not in present]
    kinds = {name: PANDAS_KINDS.get(_dtype(schema.columns[name]), "str") for name in absent}
    held = [name for name, c in schema.columns.items() if name in present and not c.checks]
    part = schema.remove_columns([*absent, *held])
    part = part.update_columns({name: {"unique": False} for name, c in part.columns.items() if c.unique})
    part.unique, part.add_missing_columns = None, False
    return part, {name: pd.Series([None], dtype=kind) for name, kind in kinds.items()}


def _word(check: str) -> str:
    if any(sign in check for sign in ("(", "greater", "less", "isin")):
        return "out_of_range"
    return check


def _dtype(column: Any) -> str:
    kind = str(column.dtype)
    return "datetime64[us]" if kind.startswith("datetime64") else kind
