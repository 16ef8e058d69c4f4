"""Free text is dropped, unless the area keeps it; then it lies apart, without rows that are kept out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.area import read_area
from analysis.errors import SettingsError
from analysis.sources.freetext import FILE
from elsewhere import answers, area_in, incidents, load
from fictitious import number
from homes import own_settings


def test_it_is_dropped_by_default(tmp_path: Path) -> None:
    delivery = load(incidents().csv(tmp_path / "x.csv"), area_in(tmp_path / "area"))
    assert not (delivery.folder / FILE).exists()
    assert "text" not in pd.read_parquet(delivery.folder / "rows.parquet")


def test_kept_text_lies_beside_the_rows_under_their_key(tmp_path: Path) -> None:
    sheet = incidents()
    delivery = load(sheet.csv(tmp_path / "x.csv"), replace(area_in(tmp_path / "area"), keeps_free_text=True))
    kept = pd.read_parquet(delivery.folder / FILE)
    assert kept.deviation_id.tolist() == sheet.column("Löpnr")
    assert kept.text.tolist() == sheet.column("Vad hände")
    assert "text" not in pd.read_parquet(delivery.folder / "rows.parquet")


def test_a_survey_keeps_one_text_a_respondent(tmp_path: Path) -> None:
    delivery = load(
        answers().csv(tmp_path / "x.csv"), replace(area_in(tmp_path / "area"), keeps_free_text=True)
    )
    assert len(pd.read_parquet(delivery.folder / FILE)) == 12


def test_texts_of_rows_kept_out_never_come(tmp_path: Path) -> None:
    sheet = (
        incidents().put("Vad hände", r3=f"Pat {number(date(1912, 12, 12), 121)} ringde").put("Sort", r4="?!")
    )
    conflict = sheet.add([*sheet.rows[5][:4], "Annat", *sheet.rows[5][5:]])
    area = replace(area_in(tmp_path / "area"), keeps_free_text=True)
    delivery = load(conflict.csv(tmp_path / "x.csv"), area)
    kept = pd.read_parquet(delivery.folder / FILE)
    assert delivery.quarantined == [3, 4, 6, 13]
    assert sorted(kept.row) == [1, 2, 5, 7, 8, 9, 10, 11, 12]


def test_the_setting_is_true_or_false(tmp_path: Path) -> None:
    settings = own_settings(tmp_path) / "area.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("keep = false", 'keep = "yes"'), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match="neither true nor false"):
        read_area("goteborg", tmp_path)
