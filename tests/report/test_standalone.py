"""The stand-alone page: released figures on one page without program or network, and how it is scanned."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import CannotWrite, DisclosureStop, InputMissing
from analysis.report import series, standalone
from analysis.report.publish import publish, whole_set
from analysis.report.reading import read
from analysis.report.scan import Secrets, scan, words_of
from homes import goteborg
from released_series import HIDDEN, AroundWithoutData, released_set

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
NOTHING = Secrets(ids=(), names=(), texts=(), addresses=frozenset())
BOTH = pytest.mark.parametrize("language", ["sv", "en"])
PERSON = "19850301-1239"


@pytest.fixture(name="made", scope="module")
def taken_along() -> dict[str, bytes]:
    whole = released_set()
    return standalone.taken_along(whole.files, whole.entries, whole.around)


def page(made: dict[str, bytes], language: str = "sv") -> str:
    return made[f"explore.{language}.html"].decode()


def data(text: str) -> Any:
    return json.loads(DATA.findall(text)[0])


def scanned(files: dict[str, bytes]) -> None:
    scan(files, NOTHING, words_of(goteborg()))


class RealAround(AroundWithoutData):
    """Around pages of data that are not invented."""

    def outside(self, language: str) -> tuple[tuple[str, ...], dict[str, str]]:
        return (), super().outside(language)[1]


def with_figures(text: str, change: Any) -> bytes:
    """The page with its figures changed."""
    whole = data(text)
    change(whole)
    return DATA.sub(
        lambda _: f'<script type="application/json" id="data">{json.dumps(whole)}</script>', text
    ).encode()


def test_every_language_has_a_page_and_its_series(made: dict[str, bytes]) -> None:
    kinds = ("explore.{}.html", "series.{}.csv", "series.{}.parquet")
    assert set(made) == {kind.format(language) for kind in kinds for language in ("sv", "en")}


def test_the_page_fetches_nothing_and_runs_only_our_script(made: dict[str, bytes]) -> None:
    text = page(made)
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    digest = base64.b64encode(hashlib.sha256(standalone.script().encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"script-src 'sha256-{digest}'" in policy
    assert text.count(f"<script>{standalone.script()}</script>") == 1
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


@BOTH
def test_every_figure_on_the_page_is_of_the_released_rows(made: dict[str, bytes], language: str) -> None:
    rows = list(series.rows_of(made[f"series.{language}.csv"], series.OF_A_SET))
    known = {
        (
            r["question"],
            r["unit"],
            r["period_start"][:7],
            r["months"],
            r["numerator"],
            r["denominator"],
            r["value"],
        )
        for r in rows
    }
    told = {
        (one["measure"], one["unit"], *point[:5])
        for one in data(page(made, language))["series"]
        for point in one["points"]
    }
    assert told == known


def test_a_hidden_count_is_a_mark_on_the_page_and_in_no_sum(made: dict[str, bytes]) -> None:
    whole = data(page(made))
    hidden = [p for one in whole["series"] for p in one["points"] if p[5]]
    assert whole["hidden"] == HIDDEN
    assert hidden
    assert all(point[2] is None and point[4] is None for point in hidden)
    assert (
        "reduce((sum, one) => sum + one.points.length" in standalone.script()
    )  # counts lines, and nothing else
    assert standalone.script().count("sum") == 2


def test_an_answer_has_its_verdict_interval_start_and_the_way_to_its_report(made: dict[str, bytes]) -> None:
    one = data(page(made))["series"][0]
    assert (one["verdict"], one["verdict_name"], one["months"]) == ("improved", "Bättre än väntat", "45/10")
    assert (one["start"], one["invented"], one["older"]) == ("2025-10", True, "")
    assert one["href"] == "goteborgsomradet/02-deviations.sv.html#q-deviations"


def test_figures_of_an_older_report_say_their_day() -> None:
    whole = released_set()
    entries = [e | {"as_of": "2026-05-20"} for e in whole.entries]
    made = standalone.taken_along(whole.files, entries, whole.around)
    assert {one["older"] for one in data(page(made))["series"]} == {"2026-05-20"}
    assert {one["older"] for one in data(page(made, "en"))["series"]} == {"20 May 2026"}


def test_numbers_are_written_as_the_language_does(made: dict[str, bytes]) -> None:
    sv, en = (data(page(made, one)) for one in ("sv", "en"))
    assert (sv["decimal"], sv["thousands"], sv["percent"]) == (",", "\u00a0", "\u00a0%")
    assert (en["decimal"], en["thousands"], en["percent"]) == (".", ",", "%")


def test_the_page_says_that_data_are_invented_and_how_counts_are_hidden(made: dict[str, bytes]) -> None:
    assert "Påhittade data." in page(made)
    assert "”≤7” är 1–7" in page(made)
    assert 'href="index.html"' in page(made)
    assert 'href="explore.en.html"' in page(made)


def test_a_star_is_explained_and_real_data_have_their_source(made: dict[str, bytes]) -> None:
    whole = released_set()
    rows = series.of_set(whole.files, [e for e in whole.entries if e["language"] == "sv"], goteborg())
    starred = standalone.page([row | {"change": "−3\u00a0% *"} for row in rows], "sv", whole.around).decode()
    star, source = "* Säker för sig, men inte när", "Källa: SAMSA"
    assert (star in starred, star in page(made)) == (True, False)
    assert source not in page(made)  # invented
    real = standalone.page(rows, "sv", RealAround(*vars(whole.around).values())).decode()
    assert source in real


def test_no_text_of_the_figures_can_end_its_element(made: dict[str, bytes]) -> None:
    whole = released_set()
    rows = series.of_set(whole.files, [e for e in whole.entries if e["language"] == "sv"], goteborg())
    odd = [row | {"measure_name": "</script><b>&amp;"} for row in rows]
    text = standalone.page(odd, "sv", whole.around).decode()
    assert data(text)["measures"][0]["name"] == "</script><b>&amp;"
    assert text.count("</script>") == 2


def test_the_script_sets_texts_and_never_markup() -> None:
    for risk in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
    ):
        assert risk not in standalone.script()


def test_the_same_rows_give_the_same_bytes(made: dict[str, bytes]) -> None:
    whole = released_set()
    assert standalone.taken_along(dict(reversed(whole.files.items())), whole.entries, whole.around) == made


def test_the_page_is_small(made: dict[str, bytes]) -> None:
    assert max(map(len, made.values())) < 300_000


def test_the_final_scan_reads_all_that_is_taken_along(made: dict[str, bytes]) -> None:
    scanned(made | released_set().files)
    told = read("explore.sv.html", made["explore.sv.html"])
    assert {"Öckerö", "Harryda", "Härryda", "40", "2024-01"} & told.texts == {"Härryda", "40", "2024-01"}


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole["units"][0].update(name=f"Mölndal {PERSON}"),
        lambda whole: whole["series"][0].update(change=PERSON),
        lambda whole: whole["series"][0]["points"].append([PERSON, 1, 1, 1, 1, 0]),
        lambda whole: whole.update({PERSON: 1}),
    ],
)
def test_a_number_of_a_person_among_the_figures_stops_all(made: dict[str, bytes], change: Any) -> None:
    with pytest.raises(DisclosureStop, match="an identity number"):
        scanned({"explore.sv.html": with_figures(page(made), change)})


def test_a_word_that_nobody_knows_among_the_figures_stops_all(made: dict[str, bytes]) -> None:
    planted = with_figures(page(made), lambda whole: whole["measures"][0].update(name="Kanariefågel"))
    with pytest.raises(DisclosureStop, match="a word that neither"):
        scanned({"explore.sv.html": planted})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"use strict";', '"use strict"; '),
        ("</body>", "<script>1</script></body>"),
        ("</body>", '<SCRIPT src="a.js"></SCRIPT></body>'),
        ("</body>", "<svg><svg:script>1</svg:script></svg></body>"),
        ("</body>", '<script type="application/json" id="data">{}</script></body>'),
        ('id="data">{', 'id="data">{,'),
    ],
)
def test_another_script_than_ours_is_refused(made: dict[str, bytes], old: str, new: str) -> None:
    with pytest.raises(DisclosureStop):
        read("explore.sv.html", page(made).replace(old, new, 1).encode())


@pytest.mark.parametrize("name", ["goteborg/explore.sv.html", "index.html", "a.svg", "explore.sv.svg"])
def test_no_other_file_may_have_our_script(made: dict[str, bytes], name: str) -> None:
    with pytest.raises(DisclosureStop, match="has a script"):
        read(name, made["explore.sv.html"])


@pytest.mark.parametrize("text", ['<a href="javascript:void(0)">Data</a>', '<p onclick="x">Data</p>'])
def test_nothing_else_that_runs_is_let_through(text: str) -> None:
    with pytest.raises(DisclosureStop):
        scanned({"a.html": text.encode()})


def parquet(rows: list[series.Row], **options: Any) -> bytes:
    table = pq.read_table(io.BytesIO(series.parquet_of(rows)))
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(options.pop("metadata", None)), out, **options)
    return out.getvalue()


def rows_of_set() -> list[series.Row]:
    whole = released_set()
    return series.of_set(whole.files, [e for e in whole.entries if e["language"] == "sv"], goteborg())


@pytest.mark.parametrize(
    "content",
    [
        lambda: parquet(rows_of_set(), compression="zstd"),  # with a schema of Arrow's beside
        lambda: parquet(rows_of_set(), metadata={"who": "Kanariefågel"}, compression="zstd"),
        lambda: parquet(rows_of_set(), compression="snappy", store_schema=False),
        lambda: series.parquet_of(rows_of_set()) + b"Kanarie",
        lambda: series.parquet_of(rows_of_set())[:-9],
        lambda: b"PAR1 PAR1",
    ],
)
def test_parquet_that_holds_anything_beside_its_table_is_refused(content: Any) -> None:
    with pytest.raises(DisclosureStop, match="cannot be read whole"):
        read("series.sv.parquet", content())


def test_a_number_of_a_person_in_parquet_stops_all() -> None:
    planted = [row | {"unit_name": PERSON} for row in rows_of_set()]
    with pytest.raises(DisclosureStop, match="an identity number"):
        scanned({"series.sv.parquet": series.parquet_of(planted)})
    named = pa.table({PERSON: [1]})
    with pytest.raises(DisclosureStop, match="an identity number"):
        scanned({"series.sv.parquet": series.parquet_bytes(named)})


def test_the_page_of_a_set_is_found_and_fits_the_manifest(made: dict[str, bytes], tmp_path: Path) -> None:
    publish(tmp_path, whole_set(made, {"reports": []}))
    path, content = standalone.find(tmp_path, "en")
    assert path == tmp_path / "current" / "explore.en.html"
    assert content == made["explore.en.html"]


def test_a_page_that_is_not_there_or_not_as_published_is_refused(
    made: dict[str, bytes], tmp_path: Path
) -> None:
    with pytest.raises(InputMissing, match="no published set"):
        standalone.find(tmp_path, "sv")
    publish(tmp_path, whole_set({"index.html": b"x"}, {"reports": []}))
    with pytest.raises(InputMissing, match="no page to explore"):
        standalone.find(tmp_path, "sv")
    publish(tmp_path, whole_set(made, {"reports": []}))
    (tmp_path / "current" / "explore.sv.html").write_bytes(b"changed")
    with pytest.raises(InputMissing, match="no published set that is whole"):
        standalone.find(tmp_path, "sv")


def test_a_copy_is_the_page_whole_in_a_file_or_in_a_folder(tmp_path: Path) -> None:
    assert standalone.copy("explore.sv.html", b"page", tmp_path / "own.html").read_bytes() == b"page"
    assert standalone.copy("explore.sv.html", b"page", tmp_path) == tmp_path / "explore.sv.html"
    with pytest.raises(CannotWrite):
        standalone.copy("explore.sv.html", b"page", tmp_path / "nowhere" / "own.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["explore.sv.html", "own.html"]
