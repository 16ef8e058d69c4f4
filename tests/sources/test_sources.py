"""One file to one delivery: nothing is lost, nothing leaks, and every refusal can be acted on."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.area import Area, read_area
from analysis.errors import AnalysisError, InputMissing, InputRefused, UsageError
from analysis.sources import Delivery, read_delivery
from shared import BAD_INPUT, REPOSITORY, needs_shared

HEADER = [
    "Ärendenummer",
    "Registreringsdatum",
    "Händelsedatum",
    "Avslutsdatum",
    "Status",
    "Avvikelsetyp",
    "Allvarlighetsgrad",
    "Rapporterande part",
    "Mottagande part",
    "Enhet",
    "Kommun",
    "Beskrivning",
]
SECRET = "Förtroligt 19121212-1212"
Cells = list[str]


@pytest.fixture(scope="module")
def area() -> Area:
    return read_area("goteborg", REPOSITORY)


def row(n: int, **change: str) -> Cells:
    cells = [f"AV-{n}", "2025-02-05", "2025-02-03", "", "Ny", "SIP uteblev", "2"]
    cells += ["Slutenvård", "Samverkan", "Avd 3", "Göteborg", SECRET]
    return [change.get(header, cell) for header, cell in zip(HEADER, cells, strict=True)]


def write(folder: Path, rows: list[Cells], header: Cells = HEADER) -> Path:
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows([header, *rows])
    return path


def refusal(path: Path, area: Area, source: str | None = None) -> AnalysisError:
    with pytest.raises(AnalysisError) as caught:
        read_delivery(path, area, source)
    assert SECRET not in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_a_delivery_knows_what_it_is_and_what_was_accepted(tmp_path: Path, area: Area) -> None:
    delivery = read_delivery(write(tmp_path, [row(1), row(2)]), area)
    assert (delivery.file, delivery.source, delivery.table) == ("export.csv", "medcontrol", "deviations")
    assert (delivery.read, len(delivery.frame), delivery.quarantined) == (2, 2, [])
    assert delivery.frame.unit.tolist() == ["goteborg", "goteborg"]


def test_free_text_never_enters_a_delivery(tmp_path: Path, area: Area) -> None:
    delivery = read_delivery(write(tmp_path, [row(1)]), area)
    assert SECRET not in delivery.frame.to_csv()
    assert "Beskrivning" not in delivery.frame


def test_a_bad_row_is_known_by_line_and_column_and_its_value_by_nobody(tmp_path: Path, area: Area) -> None:
    delivery = read_delivery(write(tmp_path, [row(1), row(2, Kommun=SECRET), row(3)]), area)
    assert [(r.row, r.line, r.column, r.reason) for r in delivery.rejects] == [
        (2, 3, "Kommun", "unknown_unit")
    ]
    assert delivery.quarantined == [2]
    assert SECRET not in str(delivery)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path, area: Area) -> None:
    path = write(tmp_path, [row(1)])
    first = read_delivery(path, area)
    moved = path.rename(tmp_path / "again.csv")
    assert read_delivery(moved, area).digest == first.digest
    write(tmp_path, [row(2)])
    assert read_delivery(path, area).digest != first.digest


def test_a_missing_file_is_exit_code_66(tmp_path: Path, area: Area) -> None:
    error = refusal(tmp_path / "gone.csv", area)
    assert isinstance(error, InputMissing)
    assert error.exit_code == 66
    assert "gone.csv" in str(error)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (";".join(HEADER).encode(), "no rows"),
        (f"Namn;Adress\n{SECRET};{SECRET}\n".encode(), "headers fit none"),
        (";".join(row(1)).encode() + b"\n" + ";".join(row(2)).encode(), "headers fit none"),
        (";".join(HEADER).encode("cp850") + b"\n", "UTF-8"),
        (";".join([*HEADER, "Kommun"]).encode() + b"\n1\n", "same header"),
    ],
    ids=["empty", "header only", "wrong headers", "no header", "undecodable", "duplicate column"],
)
def test_a_file_that_cannot_be_trusted_is_exit_code_65(
    tmp_path: Path, area: Area, content: bytes, what: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    error = refusal(path, area)
    assert isinstance(error, InputRefused)
    assert error.exit_code == 65
    assert what in error.what
    assert error.where.file == "export.csv"


def test_a_missing_column_is_named_with_the_system_that_the_file_looks_like(
    tmp_path: Path, area: Area
) -> None:
    cut = [row(1)[1:], row(2)[1:]]
    error = refusal(write(tmp_path, cut, HEADER[1:]), area)
    assert (error.where.line, error.where.column) == (1, "Ärendenummer")
    assert "medcontrol" in error.what


def test_mostly_bad_rows_refuse_the_file_at_the_first(tmp_path: Path, area: Area) -> None:
    error = refusal(write(tmp_path, [row(1), row(2, Kommun=SECRET), row(3, Kommun=SECRET)]), area)
    assert "2 of 3 rows are bad" in error.what
    assert (error.where.line, error.where.column) == (3, "Kommun")


def test_a_source_may_be_named_and_must_exist(tmp_path: Path, area: Area) -> None:
    path = write(tmp_path, [row(1)])
    assert read_delivery(path, area, "medcontrol").source == "medcontrol"
    error = refusal(path, area, "sap")
    assert isinstance(error, UsageError)
    assert "medcontrol, samsa" in error.remedy


def test_the_wrong_source_refuses_the_file(tmp_path: Path, area: Area) -> None:
    assert isinstance(refusal(write(tmp_path, [row(1)]), area, "samsa"), InputRefused)


# Properties over invented files.

_CHANGES = st.sampled_from(
    [
        {},
        {},
        {},
        {"Kommun": SECRET},
        {"Kommun": ""},
        {"Händelsedatum": "03/04/2025"},
        {"Händelsedatum": "2025-02-06"},
        {"Avslutsdatum": "9999-12-31"},
        {"Avslutsdatum": "-"},
        {"Allvarlighetsgrad": "5"},
        {"Allvarlighetsgrad": SECRET},
        {"Mottagande part": SECRET},
        {"Ärendenummer": "AV-same"},
        {"Beskrivning": f"{SECRET}; two\r\nlines"},
    ]
)
_ROWS = st.lists(st.tuples(_CHANGES, st.sampled_from([0, 0, 0, 0, -1, 1])), min_size=1, max_size=12)
_PROPERTY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _cells(plan: list[tuple[dict[str, str], int]]) -> list[Cells]:
    """Rows with faults; some lack a field or have one too many."""
    rows = [row(n, **change) for n, (change, _) in enumerate(plan)]
    return [r[:-1] if more < 0 else r + [""] * more for r, (_, more) in zip(rows, plan, strict=True)]


def _read(folder: Path, rows: list[Cells], area: Area) -> Delivery | None:
    """The delivery; None when the file is refused, which must not show a value either."""
    path = write(folder, rows)
    try:
        return read_delivery(path, area)
    except InputRefused:
        refusal(path, area)
        return None


@given(plan=_ROWS)
@_PROPERTY
def test_read_is_accepted_plus_quarantined_or_the_file_is_refused(
    plan: list[tuple[dict[str, str], int]], tmp_path: Path, area: Area
) -> None:
    delivery = _read(tmp_path, _cells(plan), area)
    if delivery is None:
        return
    assert delivery.read == len(plan) == len(delivery.frame) + len(delivery.quarantined)
    assert all(1 <= r.row <= len(plan) and r.line > r.row for r in delivery.rejects)
    assert SECRET not in delivery.frame.to_csv() + str(delivery.rejects)


@given(plan=_ROWS, data=st.data())
@_PROPERTY
def test_the_order_of_rows_does_not_matter(
    plan: list[tuple[dict[str, str], int]], data: st.DataObject, tmp_path: Path, area: Area
) -> None:
    rows = _cells(plan)
    first, second = _read(tmp_path, rows, area), _read(tmp_path, data.draw(st.permutations(rows)), area)
    assert (first is None) == (second is None)
    if first is None or second is None:
        return
    accepted = [d.frame.sort_values("deviation_id").to_csv(index=False) for d in (first, second)]
    reasons = [sorted((r.column, r.reason) for r in d.rejects) for d in (first, second)]
    assert accepted[0] == accepted[1]
    assert reasons[0] == reasons[1]


# The research folder's files: those that the area's two systems deliver, where the whole file or row decides.


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "good_deviations.csv",
        "good_discharges.csv",
        "good_cp1252.csv",
        "good_shuffled_columns.csv",
        "good_no_final_newline.csv",
        "good_quoted_newlines.csv",
        "good_sep_line.csv",
        "good_unit_na.csv",
        "good_leap_day.csv",
        "good_dst_neighbours.csv",
        "pii_false_positives.csv",
        "inj_formula.csv",
        "inj_templates.csv",
    ],
)
def test_every_good_export_is_accepted_whole(name: str, area: Area) -> None:
    delivery = read_delivery(BAD_INPUT / "files" / name, area)
    assert delivery.rejects == []
    assert len(delivery.frame) == delivery.read


@needs_shared
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("fmt_short_row.csv", [4]),
        ("fmt_backslash_quotes.csv", [2]),
        ("fmt_total_row.csv", [13]),
        ("fmt_footer.csv", [13]),
        ("date_day_month_ambiguous.csv", [1, 2]),
        ("date_sentinels.csv", [1, 2, 3]),
        ("time_24_00.csv", [1, 2, 3]),
        ("logic_uk_after_discharge.csv", [3]),
        ("logic_closed_before_registered.csv", [3]),
        ("logic_event_after_registered.csv", [3]),
        ("code_homoglyph.csv", [1, 2]),
        ("code_yes_no_bad.csv", [1, 2, 3]),
        ("dup_conflicting_status.csv", [1, 13]),
    ],
)
def test_bad_rows_are_kept_out_and_the_others_are_not(name: str, rows: list[int], area: Area) -> None:
    delivery = read_delivery(BAD_INPUT / "files" / name, area)
    assert delivery.quarantined == rows
    assert len(delivery.frame) == delivery.read - len(rows)


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "size_empty.csv",
        "size_100k_columns.csv",
        "enc_cp850.csv",
        "enc_mixed_utf8_cp1252.csv",
        "enc_utf16_no_bom.csv",
        "fmt_open_quote.csv",
        "fmt_pipe.csv",
        "col_missing_required.csv",
        "col_missing_uk.csv",
        "col_swapped_content.csv",
        "col_wrong_table.csv",
        "num_ids_scientific.csv",
        "inj_pickle.csv",
        "inj_html_as.xls",
        "inj_ole_stub.xls",
        "gz_bomb.csv.gz",
        "xlsx_truncated.xlsx",
        "xlsx_billion_laughs.xlsx",
        "xlsx_password.xlsx",
    ],
)
def test_files_that_cannot_be_trusted_are_refused(name: str, area: Area) -> None:
    error = refusal(BAD_INPUT / "files" / name, area)
    assert error.exit_code == 65
    assert error.where.file == name
