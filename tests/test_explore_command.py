"""`analysis explore`: the workbench, or with ``--page`` the page of what is published."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.report import series
from analysis.report import workers as workers_module
from analysis.report.execute import Built
from homes import Builder, Said, builder_fixture, call, contents, goteborg, home_fixture, report
from released_series import public_of

__all__ = ["builder_fixture", "home_fixture"]


@pytest.fixture(name="published")
def published_home(home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set whose reports have released series; notebooks are not executed."""

    def build(job: Any, *around: Any) -> Built:
        built = builder.build(job, *around)
        made = series.of_report(public_of(job), job, goteborg()) if built.html else {}
        return replace(built, downloads=made)

    monkeypatch.setattr(workers_module, "build", build)
    assert report(home).code == 0
    return home


def explore(home: Path, *more: str | Path) -> Said:
    return call("explore", "--home", home, *more)


def current(home: Path) -> Path:
    return home / "reports/goteborg/current"


def test_page_says_where_the_page_of_the_published_set_stands(published: Path) -> None:
    said = explore(published, "--page")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{current(published) / 'explore.sv.html'}\n"
    english = explore(published, "--page", "--language", "en", "--json")
    assert english.json == {"page": str(current(published) / "explore.en.html")}


def test_page_copies_the_published_page_to_a_file_or_a_folder(published: Path, tmp_path: Path) -> None:
    before = contents(published / "reports")
    said = explore(published, "--page", tmp_path / "own.html")
    assert (said.code, said.out) == (0, f"{tmp_path / 'own.html'}\n")
    assert (tmp_path / "own.html").read_bytes() == (current(published) / "explore.sv.html").read_bytes()
    assert explore(published, "--page", tmp_path / "nowhere" / "own.html").code == 74
    assert contents(published / "reports") == before


def test_the_overview_leads_to_the_page_and_to_the_series(published: Path) -> None:
    for language, name in (("sv", "index.html"), ("en", "index.en.html")):
        text = (current(published) / name).read_text("utf-8")
        for file in (f"explore.{language}.html", f"series.{language}.csv", f"series.{language}.parquet"):
            assert f'<a href="{file}">' in text
            assert (current(published) / file).is_file()


def test_series_of_reports_that_are_not_made_again_stay_on_the_page(
    published: Path, builder: Builder
) -> None:
    before = contents(current(published))
    assert call("report", "--home", published, "--unit", "harryda").code == 0
    assert contents(current(published)) == before  # all unchanged: the same set
    assert call("report", "--home", published, "--unit", "molndal").code == 0
    rows = list(series.rows_of((current(published) / "series.sv.csv").read_bytes(), series.OF_A_SET))
    assert {row["unit"] for row in rows} == {"harryda", "molndal"}
    builder.failing["molndal/02-deviations.sv.html"] = "it did not work"
    call("report", "--home", published, "--unit", "molndal", "--force")
    again = (current(published) / "series.sv.csv").read_bytes()
    assert list(series.rows_of(again, series.OF_A_SET)) == rows  # kept, from the last good one


def test_without_a_published_set_there_is_no_page(home: Path) -> None:
    said = explore(home, "--page")
    assert said.code == 66
    assert "there is no published set that is whole" in said.err
    assert "Run `analysis report`" in said.err


def test_a_page_that_was_changed_since_is_not_handed_out(published: Path, tmp_path: Path) -> None:
    (current(published) / "explore.sv.html").write_text("changed")
    assert explore(published, "--page", tmp_path / "own.html").code == 66
    assert not (tmp_path / "own.html").exists()


def test_without_page_the_workbench_is_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def launch(area: Any, *_: Any, **options: Any) -> int:
        asked.update(options, area=area.id)
        return 0

    monkeypatch.setitem(sys.modules, "analysis.explore.lab", SimpleNamespace(launch=launch))
    assert explore(home).code == 0
    assert asked == {"area": "goteborg", "port": 8888, "browser": True, "ip": "127.0.0.1"}
    assert explore(home, "--port", "9000", "--ip", "::1", "--no-browser").code == 0
    assert asked == {"area": "goteborg", "port": 9000, "browser": False, "ip": "::1"}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "many"])
def test_a_port_that_is_none_is_a_usage_error(home: Path, port: str) -> None:
    assert explore(home, "--port", port).code == 2
