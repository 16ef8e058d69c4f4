"""The table of all series and the stand-alone page are read whole, and hold nothing beside what they show."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import DisclosureStop
from analysis.report.reading_series import read_explored, read_parquet
from analysis.report.series import parquet_bytes
from analysis.report.standalone import script

TABLE = pa.table({"unit": ["Härryda", "Mölndal"], "n": [10, None]})
OWN = f"<script>{script()}</script>"
FIGURES = '<script type="application/json" id="data">{}</script>'
SAYS = FIGURES.format(json.dumps({"name": "Kanariefågel"}))


def written(*, remarks: dict[str, str] | None = None, store_schema: bool = False) -> bytes:
    out = io.BytesIO()
    with pq.ParquetWriter(out, TABLE.schema, compression="zstd", store_schema=store_schema) as writer:
        writer.write_table(TABLE)
        if remarks:
            writer.add_key_value_metadata(remarks)
    return out.getvalue()


def test_a_table_says_its_columns_and_its_values() -> None:
    assert written() == parquet_bytes(TABLE)
    found = read_parquet("series.sv.parquet", written())
    assert {"unit", "n", "Härryda", "Mölndal", "10"} <= found.texts
    assert found.texts == found.runs


@pytest.mark.parametrize(
    "content",
    [
        written(store_schema=True),
        written(remarks={"who": "Kanarie"}),
        parquet_bytes(TABLE) + b"Kanarie",
        b"Kanarie",
        b"",
    ],
)
def test_a_table_that_holds_more_than_its_cells_is_refused(content: bytes) -> None:
    with pytest.raises(DisclosureStop, match=r"^series\.sv\.parquet: a file to be published cannot be read"):
        read_parquet("series.sv.parquet", content)


def test_a_page_says_its_text_and_its_figures() -> None:
    found = read_explored("explore.sv.html", f"<p>Antal</p>{OWN}{SAYS}")
    assert {"Antal", "Kanariefågel"} <= found.texts
    assert found.texts <= found.runs
    assert not any("function" in text for text in found.texts)


@pytest.mark.parametrize(
    "text",
    [SAYS, OWN + OWN + SAYS, OWN, OWN + SAYS + SAYS, "<script>let kanarie</script>" + SAYS, ""],
)
def test_a_page_with_another_script_or_other_figures_is_refused(text: str) -> None:
    with pytest.raises(DisclosureStop, match="has not the script and the figures"):
        read_explored("explore.sv.html", f"<p>Antal</p>{text}")


def test_figures_that_nobody_can_read_are_refused() -> None:
    with pytest.raises(DisclosureStop, match="cannot be read"):
        read_explored("explore.sv.html", OWN + FIGURES.format("{kanarie"))
