"""Mappings that are proposed: right or left open, loadable, and without a cell's value."""

from __future__ import annotations

import dataclasses
import shutil
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Area, read_area
from analysis.errors import InputRefused, SettingsError, UsageError
from analysis.sources import Reading
from analysis.sources.delivery import read_delivery
from analysis.sources.mapping import read_source
from analysis.sources.proposal import Proposal
from analysis.sources.propose import propose
from everyday import BY_CELLS, EVERYDAY, LIKE_OURS, named_month
from exports import EXPORTS
from layouts import (
    HELD_OUT,
    HOME,
    KIND,
    LATER,
    OTHER,
    PARTY,
    PERSON,
    TOWN,
    TUNED,
    WRONG_KINDS,
    Layout,
    day,
    numbered,
    pick,
    when,
    written,
)

LAYOUTS = {**TUNED, **HELD_OUT, **LATER, **EVERYDAY, **BY_CELLS}
OTHER_KINDS = {**WRONG_KINDS, **LIKE_OURS}
LOADABLE = (
    "abbreviated",
    "english deviations",
    "verbose",
    "camel",
    "cosmic style",
    "message log",
    "survey wide",
)
SECRETS = st.text("abcdefghij", min_size=6, max_size=9).map(lambda text: f"Qx{text}")


@cache
def goteborg() -> Area:
    return read_area("goteborg")


def proposed(folder: Path, text: str, table: str = "", name: str = "export.csv") -> Proposal:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return propose(path, goteborg(), table)


@cache
def of_layout(name: str) -> Proposal:
    with TemporaryDirectory() as folder:
        return proposed(Path(folder), LAYOUTS[name].text())


def deviations(*columns: tuple) -> Layout:
    """A small export of deviations, with further columns."""
    fixed = [
        ("Avvikelsenr", "deviation_id", numbered("A")),
        ("Händelsedatum", "occurred_date", day(0)),
        ("Rapportdatum", "reported_date", day(2)),
        ("Kategori", "category", KIND),
        ("Anmälande part", "reporting_party", PARTY),
        ("Berörd part", "receiving_party", OTHER),
        ("Hemkommun", "unit", TOWN),
    ]
    replaced = {column for _, column, _ in columns}
    return Layout("deviations", [*(c for c in fixed if c[1] not in replaced), *columns])


def guessed(proposal: Proposal) -> dict[str, str]:
    return {guess.header: guess.column for guess in proposal.columns}


@pytest.mark.parametrize("name", LAYOUTS)
def test_headers_of_many_styles_are_understood_and_the_rest_is_left_open(name: str) -> None:
    layout, proposal = LAYOUTS[name], of_layout(name)
    assert proposal.table == layout.table
    assert guessed(proposal) == layout.meaning


@pytest.mark.parametrize("name", EXPORTS)
def test_a_shipped_layout_needs_no_new_mapping(tmp_path: Path, name: str) -> None:
    proposal = proposed(tmp_path, EXPORTS[name])
    assert proposal.fits == name
    assert f"fits the source {name}; no new mapping is needed" in proposal.lines()
    assert not proposal.of_fate("unknown")


@pytest.mark.parametrize("name", LOADABLE)
def test_a_proposed_mapping_loads_the_file_it_was_made_for(tmp_path: Path, name: str) -> None:
    shutil.copytree(goteborg().folder, tmp_path / "area")
    path = tmp_path / "export.csv"
    path.write_text(LAYOUTS[name].text(), encoding="utf-8")
    proposal = propose(path, goteborg())
    proposal.write(tmp_path / "area" / "sources" / "proposed.toml")
    area = dataclasses.replace(goteborg(), folder=tmp_path / "area")
    (tmp_path / "rows").mkdir()
    done = read_delivery(path, area, tmp_path / "rows", Reading("proposed"))
    assert done.accepted == done.read == 40


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_proposal_is_a_mapping_that_can_be_read(tmp_path: Path, name: str) -> None:
    of_layout(name).write(tmp_path / "new.toml")
    assert read_source(tmp_path / "new.toml").table == LAYOUTS[name].table


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_a_file_of_another_kind_is_told_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused, match="none of the kinds") as refused:
        proposed(tmp_path, Layout("", OTHER_KINDS[name]).text())
    assert refused.value.reason == "missing_column"
    assert "episodes" in refused.value.remedy


def test_what_is_missing_is_named_when_most_of_a_file_fits_one_table(tmp_path: Path) -> None:
    layout = TUNED["english deviations"]
    dates = ("occurred_date", "reported_date", "deviation_id")
    kept = [c for c in layout.columns if c[1] not in dates]
    proposal = proposed(tmp_path, Layout("deviations", kept).text())
    assert (proposal.table, set(proposal.missing)) == ("deviations", set(dates))


def test_a_stated_table_is_tried_whatever_the_headers_say(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, Layout("", WRONG_KINDS["staff"]).text(), "deviations")
    assert proposal.table == "deviations"
    assert "occurred_date" in proposal.missing
    assert "# occurred_date = …  # needed, and not found in the file" in proposal.toml()


def test_a_table_that_is_not_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table"):
        proposed(tmp_path, "a;b\n1;2\n", "stays")


def test_municipalities_are_known_by_their_names_whatever_the_header_says(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, deviations(("Fält 7", "unit", TOWN)).text())
    guess = next(g for g in proposal.columns if g.header == "Fält 7")
    assert (guess.column, guess.kind) == ("unit", "municipality")
    assert guess.why == "the cells say so, not the header"


def test_a_header_that_its_cells_contradict_is_left_open(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, deviations(("Mottagande part", "receiving_party", day(0))).text())
    assert guessed(proposal)["Mottagande part"] == ""


@pytest.mark.parametrize("header", ["Anmälare", "Vem skrev", "Rapporterande part"])
def test_names_of_people_are_no_party(tmp_path: Path, header: str) -> None:
    proposal = proposed(tmp_path, deviations((header, "reporting_party", PERSON)).text())
    assert guessed(proposal)[header] == ""


def test_a_question_of_what_it_is_about_is_answered_by_the_cells(tmp_path: Path) -> None:
    columns = [("Vad gäller det?", "category", KIND), ("Vem gäller det?", "receiving_party", OTHER)]
    assert guessed(proposed(tmp_path, deviations(*columns).text())).items() >= {
        ("Vad gäller det?", "category"),
        ("Vem gäller det?", "receiving_party"),
    }


@pytest.mark.parametrize("form", ["%d/%m %Y", "%d/%m -%y", "%d/%m-%Y"])
def test_dates_as_they_are_written_by_hand_are_read(tmp_path: Path, form: str) -> None:
    columns = [
        ("Hände den", "occurred_date", day(0, form)),
        ("Rapporterad den", "reported_date", day(2, form)),
    ]
    proposal = proposed(tmp_path, deviations(*columns).text())
    assert tomllib.loads(proposal.toml())["dates"] == {"forms": [form]}


def test_dates_that_name_their_months_are_dates_and_no_form_is_stated(tmp_path: Path) -> None:
    columns = [
        ("Hände den", "occurred_date", named_month(0)),
        ("Rapporterad den", "reported_date", named_month(2)),
    ]
    proposal = proposed(tmp_path, deviations(*columns).text())
    assert guessed(proposal)["Hände den"] == "occurred_date"
    assert "dates" not in tomllib.loads(proposal.toml())
    assert "The dates of Hände den, Rapporterad den name their months" in proposal.notes[0]


def test_a_date_and_its_meeting_on_the_same_day_are_in_order(tmp_path: Path) -> None:
    layout = BY_CELLS["db sip"]
    same = [(h, m, day(6) if m == "drawn_up_date" else c) for h, m, c in layout.columns]
    proposal = proposed(tmp_path, Layout("sip", same).text())
    assert guessed(proposal)["MOTE_HALLET_TS"] == "held_at"


@pytest.mark.parametrize("header", ["Organisation Concerned", "Berörd part"])
def test_organisations_with_capitals_are_no_people(tmp_path: Path, header: str) -> None:
    names = pick("City Social Care", "Primary Care Centre", "Kommunal Hemsjukvård")
    proposal = proposed(tmp_path, deviations((header, "receiving_party", names)).text())
    assert guessed(proposal)[header] == "receiving_party"


def test_a_code_in_numbers_is_told_by_its_header_and_its_numbers_are_not_shown(tmp_path: Path) -> None:
    columns = [*TUNED["abbreviated"].columns]
    stays = [("KON_KD", "sex", pick("1", "2")) if m == "sex" else (h, m, c) for h, m, c in columns]
    assert ("KON_KD", "sex") in [(h, m) for h, m, _ in stays]
    proposal = proposed(tmp_path, Layout("episodes", stays).text())
    assert guessed(proposal)["KON_KD"] == "sex"
    assert "sex: 2 further spellings are unknown, and not shown" in proposal.toml()


def test_dates_that_run_the_other_way_are_left_open(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, deviations(("Rapportdatum", "reported_date", day(-9))).text())
    assert guessed(proposal)["Rapportdatum"] == guessed(proposal)["Händelsedatum"] == ""


def test_a_clock_time_without_a_date_is_no_point_in_time(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, deviations(("Händelsetid", "", when(0, "%H:%M"))).text())
    assert guessed(proposal)["Händelsetid"] == ""
    assert guessed(proposal)["Händelsedatum"] == "occurred_date"


def test_unknown_headers_stand_as_comments(tmp_path: Path) -> None:
    text = proposed(tmp_path, deviations(("Kostnadsställe", "", numbered("4"))).text()).toml()
    assert '# unknown headers: decide, or leave them out\n# "Kostnadsställe"' in text
    assert "Kostnadsställe" not in str(tomllib.loads(text))


def test_free_text_is_proposed_to_be_dropped(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, deviations(("Uppgifter", "", written)).text())
    assert tomllib.loads(proposal.toml())["dropped"] == {"text": ["Uppgifter"]}


def test_a_date_form_that_only_one_reading_fits_is_stated(tmp_path: Path) -> None:
    forms = [
        (h, c, day(n, "%d/%m/%Y"))
        for h, c, n in (("Hände", "occurred_date", 0), ("Rapp.dat", "reported_date", 2))
    ]
    proposal = proposed(tmp_path, deviations(*forms).text())
    assert tomllib.loads(proposal.toml())["dates"] == {"forms": ["%d/%m/%Y"]}


def test_a_date_form_that_may_be_either_is_not_stated(tmp_path: Path) -> None:
    either = pick("03/04/2025", "05/06/2025", "07/08/2025")
    columns = [("Händelsedatum", "occurred_date", either), ("Rapportdatum", "reported_date", either)]
    proposal = proposed(tmp_path, deviations(*columns).text())
    assert "dates" not in tomllib.loads(proposal.toml())
    assert "The dates of Händelsedatum may be %d/%m/%Y or %m/%d/%Y" in proposal.notes[0]


def test_an_unclear_date_form_follows_a_clear_one_of_the_same_file(tmp_path: Path) -> None:
    late = pick("03/11/2025", "05/12/2025", "07/12/2025")
    columns = [
        ("Händelsedatum", "occurred_date", day(0, "%d/%m/%Y")),
        ("Rapportdatum", "reported_date", late),
    ]
    proposal = proposed(tmp_path, deviations(*columns).text())
    assert (list(proposal.forms), list(proposal.notes)) == (["%d/%m/%Y"], [])


def test_known_words_of_codes_are_proposed_and_unknown_ones_asked_for(tmp_path: Path) -> None:
    homes = pick("Ordinärt boende", "Korttidsboende", "Villa")
    stays = [*(c for c in TUNED["abbreviated"].columns if c[2] is not HOME), ("UTSKR_TILL", "", homes)]
    text = proposed(tmp_path, Layout("episodes", stays).text()).toml()
    assert tomllib.loads(text)["values"]["discharged_to"]["Korttidsboende"] == "short_term_place"
    assert '# "Villa" = …' in text


def test_unknown_spellings_of_parties_are_for_the_settings_of_the_area(tmp_path: Path) -> None:
    parties = pick("Slutenvård", "Socialtjänsten", "Ambulansen")
    text = proposed(tmp_path, deviations(("Anmälare", "reporting_party", parties)).text()).toml()
    assert '# reporting_party: unknown spellings; add to area.toml or units.csv\n# "Ambulansen" = …' in text


@pytest.mark.parametrize("word", ["Avd 9", "a@b.se", "Villa på landet med en mycket lång beskrivning här"])
def test_words_that_may_be_about_someone_are_counted_and_not_shown(tmp_path: Path, word: str) -> None:
    homes = pick("Ordinärt boende", "Korttidsboende", word)
    stays = [*(c for c in TUNED["abbreviated"].columns if c[2] is not HOME), ("UTSKR_TILL", "", homes)]
    proposal = proposed(tmp_path, Layout("episodes", stays).text())
    assert word not in proposal.toml()
    assert "discharged_to: 1 further spellings are unknown, and not shown" in proposal.toml()


def test_a_rare_word_is_not_shown(tmp_path: Path) -> None:
    homes = lambda n: "Kungsgatan" if n in (3, 4) else HOME(n)  # noqa: E731
    stays = [*(c for c in TUNED["abbreviated"].columns if c[2] is not HOME), ("UTSKR_TILL", "", homes)]
    assert "Kungsgatan" not in proposed(tmp_path, Layout("episodes", stays).text()).toml()


def test_a_person_column_with_identity_numbers_is_said_and_not_shown(tmp_path: Path) -> None:
    numbers = pick("19121212-1212", "20121212-1212", "191212121212")
    stays = [
        ("PAT_ID", "", numbers) if h == "PAT_ID" else (h, m, c) for h, m, c in TUNED["abbreviated"].columns
    ]
    proposal = proposed(tmp_path, Layout("episodes", stays).text())
    guess = next(g for g in proposal.columns if g.header == "PAT_ID")
    assert (guess.column, guess.kind) == ("person_id", "identifier")
    assert "The column PAT_ID holds identity numbers (identifier)." in proposal.notes
    assert "1212" not in proposal.toml() + "".join(proposal.lines()) + str(proposal.as_dict())


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.text("abcdefghij", min_size=6, max_size=9).map(lambda t: f"Qx{t}"),
        min_size=40,
        max_size=40,
        unique=True,
    )
)
def test_no_cell_of_a_column_that_is_not_coded_is_ever_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    secret = lambda n: cells[n]  # noqa: E731
    layout = deviations(
        ("Handläggare", "", secret),
        ("Plats", "place", secret),
        ("Okänt fält", "", secret),
        ("Status", "status", secret),
        ("Anmälare", "reporting_party", secret),
        ("Fritext", "", lambda n: f"{cells[n]} ringde och sade att det var fel igen."),
    )
    proposal = proposed(tmp_path_factory.mktemp("secret"), layout.text())
    said = proposal.toml() + "\n".join(proposal.lines()) + str(proposal.as_dict())
    assert not [cell for cell in cells if cell in said]


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(len(TUNED["verbose"].columns))))
def test_the_order_of_the_columns_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    columns = [TUNED["verbose"].columns[at] for at in order]
    proposal = proposed(tmp_path_factory.mktemp("order"), Layout("episodes", columns).text())
    assert guessed(proposal) == TUNED["verbose"].meaning


def test_a_file_without_a_header_is_refused_and_not_quoted(tmp_path: Path) -> None:
    rows = TUNED["abbreviated"].text().split("\n", 1)[1]
    with pytest.raises(InputRefused, match="no header") as refused:
        proposed(tmp_path, rows)
    assert "V1000" not in str(refused.value)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no rows"):
        proposed(tmp_path, TUNED["abbreviated"].text(rows=0))


def test_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    text = "Utdrag;\nSkapat av systemet;\n" + TUNED["abbreviated"].text()
    assert guessed(proposed(tmp_path, text)) == TUNED["abbreviated"].meaning


def test_a_proposal_never_overwrites_a_mapping(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, TUNED["camel"].text())
    proposal.write(tmp_path / "new.toml")
    before = (tmp_path / "new.toml").read_bytes()
    with pytest.raises(SettingsError, match="exists"):
        proposal.write(tmp_path / "new.toml")
    assert (tmp_path / "new.toml").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.csv", "new.toml"]


def test_the_same_file_gives_the_same_proposal(tmp_path: Path) -> None:
    text = TUNED["verbose"].text()
    assert proposed(tmp_path, text).toml() == proposed(tmp_path, text).toml()
