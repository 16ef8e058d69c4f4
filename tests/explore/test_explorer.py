"""The explorer: from a selection to its rows, its list and the single row; its use is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import InputMissing, SettingsError, UsageError
from analysis.explore.explorer import LIST, Explorer
from analysis.explore.selection import Selection
from analysis.zones import Zones
from homes import as_if_real, loaded_home
from tinyrows import small_explorer, small_home

SIP = "deviations?process_step=sip_call&from=2025-01"


@pytest.fixture(name="explorer")
def explorer_fixture() -> Explorer:
    explorer = small_explorer()
    explorer.select("deviations")
    return explorer


def uses() -> list[dict[str, object]]:
    log = Zones(small_home(), "goteborg").protected / "access.log"
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_the_frame_has_the_rows_of_the_selection_and_no_free_text(explorer: Explorer) -> None:
    frame = explorer.frame(Selection.of(SIP))
    assert len(frame) == explorer.summary(Selection.of(SIP))["n"] > 0
    assert set(frame.process_step) == {"sip_call"}
    assert frame.occurred_date.min() >= pd.Timestamp("2025-01-01")
    assert frame.columns[0] == "deviation_id"
    assert "description" not in frame


def test_the_code_of_a_selection_gives_the_same_rows(explorer: Explorer) -> None:
    explorer.select(Selection(filters={"unit": ("goteborg",)}, text='kallelse "saknades"'))
    *first, last = explorer.selection.code().splitlines()
    space = {"explorer": explorer}
    exec("\n".join(first), space)
    pd.testing.assert_frame_equal(eval(last, space), explorer.frame())


def test_a_bookmark_opens_what_it_was_made_of(explorer: Explorer) -> None:
    assert explorer.select(SIP).bookmark() == SIP
    assert explorer.selection == Selection.of(SIP)
    with pytest.raises(UsageError, match="“process_step” has no value “dance”"):
        explorer.select("deviations?process_step=dance")
    assert explorer.selection == Selection.of(SIP)
    again = Explorer("goteborg", str(small_home()), bookmark=SIP)
    assert again.selection.bookmark() == SIP


def test_the_list_is_paged_and_begins_with_the_newest(explorer: Explorer) -> None:
    first, second = explorer.rows(0, 10), explorer.rows(10, 10)
    assert not {r["key"] for r in first} & {r["key"] for r in second}
    dates = [r["date"] for r in first + second]
    assert dates == sorted(dates, reverse=True)
    assert explorer.rows(0, 5, "oldest")[0]["date"] <= dates[-1]
    assert explorer.rows(10**6, 10) == []
    assert explorer.rows(-5, -5) == []


def test_the_list_names_things_for_the_reader(explorer: Explorer) -> None:
    heads = [c["label"] for c in explorer.columns()]
    (row,) = explorer.rows(0, 1)
    assert heads[:3] == ["Rapporterande part", "Part som avvikelsen gäller", "Kommun"]
    assert len(row["cells"]) == len(heads)
    assert row["text"]
    english = small_explorer("en")
    assert english.columns()[0]["label"] == "Reporting party"
    assert english.rows(0, 1)[0]["key"] == row["key"]


def test_the_list_can_stand_in_the_order_of_a_column(explorer: Explorer) -> None:
    units = [r["cells"][2] for r in explorer.rows(0, 1000, "unit")]
    assert list(dict.fromkeys(units)) == ["Göteborg", "Härryda", "Mölndal", "Öckerö", "Partille"]  # by id
    with pytest.raises(UsageError, match=r"no order “size”.*newest, oldest, by"):
        explorer.rows(sort="size")


def test_a_single_row_is_told_in_full(explorer: Explorer) -> None:
    key = explorer.rows(0, 1)[0]["key"]
    row = explorer.row(key)
    fields = {f["label"]: f["value"] for f in row["fields"]}
    frame = explorer.frame().set_index("deviation_id").loc[key]
    assert fields["Ärendenummer"] == key
    assert fields["Hände"] == f"{frame.occurred_date:%Y-%m-%d}"
    assert row["texts"][0]["label"] == "Beskrivning"
    assert row["versions"] == 1
    with pytest.raises(UsageError, match="no row “AV-0”"):
        explorer.row("AV-0")


def test_episodes_are_explored_as_well(explorer: Explorer) -> None:
    explorer.select("episodes?unit=molndal")
    row = explorer.row(explorer.rows(0, 1)[0]["key"])
    assert "Vårdtillfälle" in {f["label"] for f in row["fields"]}
    assert row["texts"] == []
    assert explorer.themes()["themes"] == []
    assert set(explorer.frame().unit) == {"molndal"}


def test_a_search_counts_and_lists_the_same_rows(explorer: Explorer) -> None:
    explorer.select("deviations?text=KALLELSE%20saknades")
    n = explorer.summary()["n"]
    rows = explorer.rows(0, 10_000)
    assert 0 < n == len(rows) < len(explorer.table("deviations"))
    assert all("Kallelse saknades" in r["text"] for r in rows)


def test_a_selection_without_rows_is_shown_as_such(explorer: Explorer) -> None:
    explorer.select("deviations?text=zzzz")
    assert explorer.summary()["n"] == 0
    assert explorer.frame().empty
    assert explorer.rows() == []
    assert "minst 20" in explorer.themes()["text"]


def test_a_table_that_nobody_delivered_says_what_to_do(explorer: Explorer) -> None:
    with pytest.raises(InputMissing, match="no measurements have been loaded"):
        explorer.select("measurements")
    assert explorer.selection.table == "deviations"


def test_data_that_have_been_replaced_since_say_what_to_do(tmp_path: Path) -> None:
    explorer = Explorer("goteborg", str(loaded_home(tmp_path)))
    explorer.table("deviations").path.unlink()
    assert explorer.summary()["n"] > 0
    for ask in (explorer.frame, lambda: explorer.row(explorer.rows(0, 1)[0]["key"])):
        with pytest.raises(InputMissing, match="Make the explorer again"):
            ask()


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="analysis load"):
        Explorer("goteborg", str(tmp_path))


def test_every_table_and_every_single_row_that_is_opened_is_written_down(explorer: Explorer) -> None:
    rows = explorer.table("deviations")
    before = len(uses())
    explorer.row(explorer.rows(0, 1)[0]["key"])
    (new,) = uses()[before:]
    assert (new["command"], new["rows"]) == ("explore deviations row", 1)
    opened = next(use for use in uses() if use["command"] == "explore deviations")
    assert opened["rows"] == len(rows)
    assert opened["deliveries"]


def test_real_data_in_a_working_tree_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = as_if_real(loaded_home(tmp_path))
    (home / ".git").mkdir()
    monkeypatch.setenv("ANALYSIS_PROTECTED", str(home / "protected"))
    with pytest.raises(SettingsError, match="Git working tree"):
        Explorer("goteborg", str(home))


def test_outside_a_notebook_the_code_is_said(explorer: Explorer, capsys: pytest.CaptureFixture[str]) -> None:
    explorer.select(SIP)
    explorer.to_cell()
    assert explorer.selection.code() in capsys.readouterr().out


def test_in_a_notebook_the_code_goes_to_a_new_cell(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shell:
        given = ""

        def set_next_input(self, code: str) -> None:
            self.given = code

    shell = Shell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    explorer.to_cell()
    assert shell.given == explorer.selection.code()


def test_it_says_that_it_is_for_the_protected_zone(explorer: Explorer) -> None:
    assert "skyddade zonen" in explorer.caution
    assert set(LIST) == {"deviations", "episodes", "measurements"}
