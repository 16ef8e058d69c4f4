"""The final scan: one hit in the bytes of any format stops all, and says what kind, never what."""

from __future__ import annotations

import base64
import getpass
import io
import json
import platform
from collections.abc import Callable
from datetime import date
from html import escape
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from analysis.area import read_area
from analysis.charts.style import drawing, font, font_face_css, to_svg
from analysis.errors import DisclosureStop
from analysis.report import scan as scan_module
from analysis.report.render import Banner, IndexRow, Overview, render_index
from analysis.report.scan import Secrets, scan, secrets_of, words_of
from analysis.report.vocabulary import words_in
from analysis.sources.identifiers import identity_hits
from analysis.tables_html import html_table
from analysis.words import Words
from fictitious import number

WORDS = words_of(read_area("goteborg"))
PERSON = number(date(1985, 3, 1), 123)
MACHINE = {"user": "wilmajo", "host": "burk0042.region.example"}


def column(*values: str) -> tuple[pa.ChunkedArray, ...]:
    return (pa.chunked_array([pa.array(values, pa.string())]),)


SECRETS = Secrets(
    ids=column("AV-2024-1001", "VT124908", "p_0123456789abcdef"),
    names=column("Avd 11"),
    texts=column("De rapporterade data och avvikelser har minskat"),
    addresses=frozenset({"https://skr.se/uk"}),
)


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: MACHINE["user"])
    monkeypatch.setattr(platform, "node", lambda: MACHINE["host"])


def in_page(text: str) -> dict[str, bytes]:
    return {"a.html": f"<h1>Avvikelser</h1><p>Data: {escape(text)}</p>".encode()}


def in_attribute(text: str) -> dict[str, bytes]:
    return {"a.html": f'<p aria-label="{escape(text)}">Data</p>'.encode()}


def in_entities(text: str) -> dict[str, bytes]:
    return {"a.html": ("<p>" + "".join(f"&#{ord(c)};" for c in text)).encode()}


def in_split_tags(text: str) -> dict[str, bytes]:
    half = len(text) // 2
    return {"a.html": f"<p>{escape(text[:half])}<b>{escape(text[half:])}</b></p>".encode()}


def in_comment(text: str) -> dict[str, bytes]:
    return {"a.html": f"<p>Data<!-- {escape(text)} --></p>".encode()}


def in_svg(text: str) -> dict[str, bytes]:
    return {"a/b.svg": f"<svg><g><title>{escape(text)}</title></g></svg>".encode()}


def in_metadata(text: str) -> dict[str, bytes]:
    return {"a.svg": f'<svg><metadata><x about="{escape(text)}"/></metadata></svg>'.encode()}


def in_csv(text: str) -> dict[str, bytes]:
    quoted = text.replace('"', '""')
    return {"a.csv": f'\ufeffEnhet;Antal\r\n"{quoted}";12,5\r\n'.encode()}


def in_json_value(text: str) -> dict[str, bytes]:
    return {"manifest.json": json.dumps({"reports": [{"file": text}]}).encode()}


def in_json_key(text: str) -> dict[str, bytes]:
    return {"manifest.json": json.dumps({"reports": {text: 1}}, ensure_ascii=True).encode()}


def book(cell: str = "Antal", sheet: str = "Data", title: str = "Avvikelser", number_: float = 15) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as made:
        made.set_properties({"title": title, "created": pd.Timestamp(1980, 1, 1)})
        page, bold = made.add_worksheet(sheet), made.add_format({"bold": True})
        page.write_string(0, 0, cell, bold)
        page.write_number(1, 0, number_)
        page.freeze_panes(1, 0)
        page.set_column(0, 0, 20)
        made.add_worksheet("Figures" if sheet != "Figures" else "Data")
    return buffer.getvalue()


def in_cell(text: str) -> dict[str, bytes]:
    return {"a.xlsx": book(text)}


def in_property(text: str) -> dict[str, bytes]:
    return {"a.xlsx": book(title=text)}


PLACES = [
    in_page, in_attribute, in_entities, in_split_tags, in_comment, in_svg, in_metadata, in_csv, in_json_value,
    in_json_key, in_cell, in_property,
]  # fmt: skip
FORMATS = [in_page, in_csv, in_json_value, in_cell, in_svg]
IDENTITY, CONTACT = "an identity number", "a phone number, a mail address or a street address"
PATH, HSA, UUID = "the path of a file on a computer", "an HSA id of staff", "an id made by a machine (UUID)"
MACHINE_ADDRESS, WEB, TIME = (
    "the address of a machine",
    "an address of the web",
    "a time of the day beside its date",
)
NAME, ID, PLACE = (
    "the name of a user or of a computer",
    "an id of the deliveries",
    "a name that the deliveries hold",
)
TEXT, WORD = "a free text of the deliveries", "a word that neither the program nor the area's settings know"
HIDDEN = {
    f"{PERSON[2:8]}-{PERSON[8:]}": IDENTITY,
    PERSON: IDENTITY,
    number(date(1985, 3, 1), 124, coordination=True): IDENTITY,
    "19850301-K123": IDENTITY,
    "031-12 34 56": CONTACT,
    "+46 70 123 45 67": CONTACT,
    "0701234567": CONTACT,
    "fornamn.efternamn@exempel.se": CONTACT,
    "Storgatan 12": CONTACT,
    "/home/wilma/data": PATH,
    "12 /x/y": PATH,
    "C:\\Users\\wilma": PATH,
    "d:/x": PATH,
    "\\\\server\\share": PATH,
    "file:/data": PATH,
    "~/data": PATH,
    "~wilma/data": PATH,
    "SE2321000131-E000000012345": HSA,
    "se162321000131-1": HSA,
    "123e4567-e89b-12d3-a456-426614174000": UUID,
    "10.12.0.255": MACHINE_ADDRESS,
    "255.249.199.99": MACHINE_ADDRESS,
    "fe80::1:2:3": MACHINE_ADDRESS,
    "1:2:3:4": MACHINE_ADDRESS,
    "https://data.example/a": WEB,
    "HTTP://x.y": WEB,
    "https://skr.se/uk/a": WEB,
    "www.data.se": WEB,
    "2026-11-22 13:48:09": TIME,
    "2024-01-01T00:01": TIME,
    "2024-01-01 00:00:01": TIME,
    MACHINE["user"]: NAME,
    MACHINE["host"]: NAME,
    "AV-2024-1001": ID,
    "p_0123456789abcdef": ID,
    "Avd 11": PLACE,
    "rapporterade data och avvikelser har": TEXT,
    "Kanariefågel": WORD,
}
CANARIES = (
    "parameter", "injected parameter", "stdout", "stderr", "warning", "frame head", "figure title",
    "raw html", "markdown", "script", "traceback", "metadata",
)  # fmt: skip


def stopped(files: dict[str, bytes], secrets: Secrets = SECRETS, words: frozenset[str] = WORDS) -> str:
    with pytest.raises(DisclosureStop) as caught:
        scan(files, secrets, words)
    assert caught.value.exit_code == 65
    return str(caught.value)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_must_not_be_published_is_found_wherever_it_stands(text: str) -> None:
    kind = HIDDEN[text]
    words = WORDS if kind in (NAME, ID, PLACE, WORD) else WORDS | words_in(text)
    for place in PLACES:
        files = place(text)
        said = stopped(files, words=words)
        assert said.startswith(f"{next(iter(files))}: a file to be published holds ")
        assert kind in said, place
        assert text not in said


def test_words_of_the_program_pass_wherever_they_stand() -> None:
    text = "Rapporterade avvikelser, Härryda 2024"
    for place in PLACES:
        scan(
            place(text), SECRETS, WORDS | words_in(text[: len(text) // 2]) | words_in(text[len(text) // 2 :])
        )


@pytest.mark.parametrize("canary", CANARIES)
def test_every_canary_of_a_notebook_is_found_in_the_bytes_of_every_format(canary: str) -> None:
    for place in FORMATS:
        assert WORD in stopped(place(f"Kanariefågel från {canary}"))


def test_first_file_is_named_with_all_its_kinds() -> None:
    files = {"b.html": b"Kanarie", "c/a.html": f"Kanarie {PERSON} /a/b".encode(), "a.html": b"Data"}
    assert stopped(files).startswith("b.html: a file to be published holds a word that neither")
    del files["b.html"]
    said = f"c/a.html: a file to be published holds {IDENTITY}, {PATH} and {WORD}. "
    assert stopped(files).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "och/eller", "24/7", "a/b/c", "../a/b", "1/2/2024", "Se: 3", "kl 12:30", "12:30:45", "</a/b", "/ab",
        "/xl/a", "/docProps/b", "SE231000131-1", "SE2321000131", "1.2.3", "256.1.1.1", "1.2.3.4.5",
        "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00", "2024-01-01 00:00", "https://skr.se/uk",
        "https://skr.se/uk.", "http://www.w3.org/2000/svg", "data: fil", "12 345 678", "0,123456789",
        "p = 0.031", "AV-2024-1002", "VT12490", "95 % KI 0,71–0,93", "2026–2027", "990b311c0f85",
    ],
)  # fmt: skip
def test_what_is_only_alike_passes(text: str) -> None:
    scan(in_page(text), SECRETS, WORDS | words_in(text))


@pytest.mark.parametrize(
    ("user", "known", "found"),
    [("wilma", False, True), ("will", False, True), ("wil", False, False), ("wi12345", False, False),
     ("wilm4", False, True), ("wilma", True, False), ("WILMA", False, True)],
)  # fmt: skip
def test_name_of_the_user_has_four_letters_and_is_no_word_of_ours(
    monkeypatch: pytest.MonkeyPatch, user: str, known: bool, found: bool
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: user)
    words = WORDS | ({user.casefold()} if known else set())
    text = {"a.csv": f"x-{user.lower()}".encode()}
    said = stopped(text, words=words) if found else ""
    assert ("name of a user" in said) == found
    if known:
        scan(text, SECRETS, words)


@pytest.mark.parametrize(("user", "names"), [("wil", set()), ("wi12345", set()), ("wilma", {"wilma"})])
def test_a_short_name_of_a_user_is_looked_for_nowhere(
    monkeypatch: pytest.MonkeyPatch, user: str, names: set[str]
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: user)
    monkeypatch.setattr(platform, "node", lambda: "")
    assert scan_module._machine(frozenset()) == names


def test_computer_is_known_by_its_whole_name_and_by_the_first_part() -> None:
    for name in ("burk0042", "burk0042.region.example"):
        assert "name of a user" in stopped(in_page(name), words=WORDS | {"burk", "example"})


@pytest.mark.parametrize("error", [OSError, KeyError])
def test_account_without_a_name_hides_nothing(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    scan(in_page("Data"), SECRETS, WORDS)
    assert "name of a user" in stopped(in_page("burk0042"))


def test_name_of_a_file_counts_and_is_not_said() -> None:
    for name in ("Kanarie.html", f"goteborg/{PERSON}.html", "VT124908.csv"):
        said = stopped({name: b"Data", "a.html": b"Kanarie"})
        assert said.startswith("the name of a file to be published holds ")
        assert name not in said
    scan(
        {"goteborg/02-deviations.sv.html": b"Data", "index.en.html": b"", "manifest.json": b"{}"},
        SECRETS,
        WORDS,
    )


def test_tag_may_say_more_than_a_text() -> None:
    scan({"a.html": b'<div style="stroke: #ffabcd" id="kanslighet">Data</div>'}, SECRETS, WORDS)
    assert WORD in stopped({"a.html": b"<p>stroke</p>"})
    assert WORD in stopped({"a.html": b'<p class="kanarie">Data</p>'})
    assert WORD in stopped({"a.html": b"<kanarie>Data</kanarie>"})
    assert WORD in stopped({"a.html": b"<style>p{content:'Kanarie'}</style>"})


def test_coordinates_of_a_chart_are_no_numbers_of_a_person() -> None:
    path = '<svg><path d="M 8503 011.2 L 1234 5 z"/><use x="19850301" y="1"/></svg>'
    scan({"a.svg": path.encode()}, SECRETS, WORDS)
    for value in (PERSON, f"M {PERSON} L 1.0", f"{PERSON[:8]}-{PERSON[8:]}"):
        assert IDENTITY in stopped({"a.svg": f'<svg><path d="{value}"/></svg>'.encode()})


def test_embedded_picture_and_unknown_kind_of_file_stop_like_a_hit() -> None:
    picture = f'<img src="data:image/png;base64,{base64.b64encode(b"x").decode()}">'
    assert "something is embedded" in stopped({"a.html": picture.encode()})
    assert "nobody can read" in stopped({"a.png": b"x"})


@settings(max_examples=60, deadline=None)
@given(
    st.text("abcdefghijklmnopqrstuvwxyzåäöABCÅÄÖéß", min_size=2, max_size=12).filter(
        lambda w: not words_in(w) & WORDS
    ),
    st.sampled_from(PLACES[:3] + PLACES[4:]),
)
def test_no_word_outside_the_vocabulary_gets_out(word: str, place: Callable[[str], dict[str, bytes]]) -> None:
    with pytest.raises(DisclosureStop):
        scan(place(f"Avvikelser {word} 2024"), SECRETS, frozenset(WORDS))


def chart() -> str:
    from matplotlib.figure import Figure

    with drawing():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2, 3], [100000.5, 20, 3000.25], "o--")
        axes.set(xticks=[], yticks=[])
        axes.set_title("Avvikelser", fontproperties=font(9))
        return to_svg(figure)


def page() -> str:
    w = Words("sv")
    table = pd.DataFrame({"Enhet": ["Härryda", "Göteborg"], "Antal": ["1\u00a0235", "≤7"]})
    rows = [IndexRow("Härryda", w.text("report/02-deviations"), "harryda/02-deviations.sv.html")]
    index = render_index(
        language="sv",
        title=w.text("report/index", area="Göteborgsområdet"),
        banners=[Banner(w.text("banner/invented_data"))],
        meta={w.text("report/as_of"): w.day(date(2026, 10, 31)), w.text("report/run"): "990b311c0f85"},
        overview=Overview(tuple(rows), other_language="index.en.html"),
        font_css=font_face_css(),
    )
    shown = html_table(table, caption="Rapporterade avvikelser", row_header="Enhet", numeric=("Antal",))
    return index.replace("</main>", f"{shown}<figure>{chart()}</figure></main>")


def test_real_pages_tables_and_manifest_pass() -> None:
    manifest = {
        "area": "goteborg", "as_of": "2026-10-31", "store": "f20472933f5997f9abc5f892546d753a",
        "reports": [{
            "file": "harryda/02-deviations.sv.html", "notebook": "02-deviations", "unit": "harryda",
            "language": "sv", "key": "a" * 39 + "1", "as_of": "2026-10-31",
            "policy": "a" * 31 + "1", "kept": True,
            "answers": [{"question": "deviations", "estimate": 0.731, "low": 0.6, "high": None,
                         "n_before": 30, "n_after": 12, "verdict": "improved"}],
        }],
        "files": {"index.html": "c" * 63 + "1"},
    }  # fmt: skip
    files = {
        "index.html": page().encode(),
        "manifest.json": json.dumps(manifest).encode(),
        "harryda/02-deviations.sv.csv": "\ufeffEnhet;Antal\r\nHärryda;≤7\r\nGöteborg;12,5\r\n".encode(),
        "harryda/02-deviations.sv.xlsx": book("Härryda", number_=12.5),
    }
    scan(files, SECRETS, WORDS)


def test_scan_and_what_it_needs_are_one_import() -> None:
    store = SimpleNamespace(records=list, folder=None)
    found = secrets_of(store, read_area("goteborg"))  # type: ignore[arg-type]
    assert isinstance(found, Secrets)
    scan({}, found, WORDS)


@pytest.mark.parametrize("digest", ["64200427fa85", "ad3104612829", "1010859799ff"])
def test_the_beginning_of_a_digest_is_no_identity_number(digest: str) -> None:
    assert identity_hits(pa.array([digest])).any()  # it looks like one
    assert scan_module._shapes([f"{digest}", f"sha256 {digest})"])[IDENTITY] == set()


@pytest.mark.parametrize("text", ["191212121212", "a 19121212-1212", "19121212-1212 fa", "19121212-1212f"])
def test_an_identity_number_beside_letters_is_found(text: str) -> None:
    assert scan_module._shapes([text])[IDENTITY] == {text}


@pytest.mark.parametrize("at", [0, None])
def test_bytes_before_or_behind_a_workbook_are_refused(at: int | None) -> None:
    whole = book()
    content = b"Kanarie" + whole if at == 0 else whole + b"Kanarie"
    with pytest.raises(DisclosureStop, match="parts, times or remarks"):
        scan({"a.xlsx": content}, SECRETS, WORDS)


@pytest.mark.parametrize("sign", ["\0", "\x01", "\x7f", "\ufe0f", "\u180e", "\u2066", "\u20dd"])
def test_signs_that_nobody_sees_do_not_hide_a_word(sign: str) -> None:
    for place in (in_page, in_csv, in_json_value):
        assert WORD in stopped(place(sign.join("Kanarie")))
