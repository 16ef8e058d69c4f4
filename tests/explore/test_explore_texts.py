"""Free texts beside their rows, the search in them, and their recurring themes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.explore.explorer import SHORT, Explorer, shortened
from analysis.explore.texts import Texts, read_texts
from analysis.explore.themes import FEWEST, MOST, find_themes, sampled
from analysis.store import Store
from homes import loaded_home
from tinyrows import small_explorer

CALLS = ["Kallelsen till mötet saknades", "Ingen kallelse skickades till mötet", "Kallelse till möte uteblev"]
PILLS = ["Läkemedelslistan var fel", "Fel läkemedel i listan", "Läkemedel saknades i dosetten"]


def written(*texts: str | None) -> Texts:
    return Texts({"description": pa.array(texts, pa.string())}, len(texts))


def test_a_search_finds_rows_with_all_words_whatever_their_case() -> None:
    texts = written("SIP uteblev på grund av ÖVERFÖRING", "sip hölls", None, "överföring saknas")
    assert texts.search("sip").tolist() == [True, True, False, False]
    assert texts.search("överföring SIP").tolist() == [True, False, False, False]
    assert texts.search("finns inte").tolist() == [False] * 4


def test_all_columns_of_texts_are_searched() -> None:
    columns = {"description": pa.array(["a", None, None]), "handling": pa.array(["b", "a b", None])}
    texts = Texts(columns, 3)
    assert texts.search("a b").tolist() == [True, True, False]
    assert texts.whole.to_pylist() == ["a\nb", "a b", ""]


def test_letters_that_look_alike_are_found_however_they_are_stored() -> None:
    assert written("a\u030angest").search("ångest").tolist() == [True]


@pytest.mark.parametrize("text", ["=1+1", "<b>", "a.*b", "%", "(", "\\", '"'])
def test_signs_mean_nothing_but_themselves(text: str) -> None:
    assert written(f"x {text} y", "xyab").search(text).tolist() == [True, False]


def test_an_area_without_texts_finds_nothing() -> None:
    assert Texts({}, 3).search("a").tolist() == [False] * 3
    assert Texts({}, 3).of(1) == {}
    assert Texts({}, 3).whole.to_pylist() == [""] * 3


def test_texts_lie_beside_their_own_rows() -> None:
    explorer = small_explorer()
    rows, texts = explorer.table("deviations"), explorer.texts("deviations")
    assert list(texts.columns) == ["description"]
    assert texts.n == len(rows)
    files = [path.parent / "free_text.parquet" for _, path in explorer.store.rows("deviations")]
    kept = pa.concat_tables([pq.read_table(file) for file in files]).to_pandas()
    expected = kept.set_index("deviation_id").description[rows.key.to_pylist()]
    assert texts.columns["description"].to_pylist() == expected.tolist()


def test_names_of_staff_are_not_read_and_the_newest_text_counts(tmp_path: Path) -> None:
    home = loaded_home(tmp_path)
    store = Store(home, "goteborg")
    *_, (_, older), (_, newer) = store.rows("deviations")
    for path, text in ((older, "old"), (newer, "new")):
        kept = {"deviation_id": ["K"], "description": [text], "handler": ["A Person"], "row": [1]}
        pq.write_table(pa.table(kept), path.parent / "free_text.parquet")
    texts = read_texts(store, "deviations", pa.array(["K", "unknown"]))
    assert texts.of(0) == {"description": "new"}
    assert texts.of(1) == {}


def test_themes_are_found_with_words_that_can_be_read() -> None:
    texts = [text for _ in range(6) for text in (*CALLS, *PILLS)]
    themes = find_themes(texts, "swedish")
    assert sum(theme.n for theme in themes) == len(texts)
    assert sum(theme.share for theme in themes) == pytest.approx(1)
    said = " ".join(theme.label for theme in themes)
    assert "kallelse" in said
    assert "läkemedel" in said
    assert "till" not in said.split()


def test_the_typical_texts_of_a_theme_are_its_own_and_say_different_things_first() -> None:
    texts = [text for _ in range(6) for text in (*CALLS, *PILLS)]
    for theme in find_themes(texts, "swedish"):
        kinds = {texts[at] in CALLS for at in theme.typical}
        assert len(kinds) == 1
        assert len(theme.typical) == 3
    many = find_themes([f"{text}, rad {n}." for n, text in enumerate(texts)], "swedish")
    assert [theme.label for theme in many] == [theme.label for theme in find_themes(texts, "swedish")]


def test_the_same_texts_give_the_same_themes() -> None:
    texts = [f"{a} {b}" for a in CALLS for b in PILLS for _ in range(4)]
    assert find_themes(texts, "swedish") == find_themes(list(texts), "swedish")


def test_too_few_texts_or_no_words_give_no_themes() -> None:
    assert find_themes(CALLS * 6, "swedish") == []  # 18
    assert find_themes(["12 34 !"] * FEWEST, "swedish") == []
    assert find_themes(["och att det"] * FEWEST, "swedish") == []
    assert find_themes(["Samma ord"] * FEWEST, "swedish") == []


def test_many_texts_are_taken_evenly() -> None:
    places = sampled(3 * MOST)
    assert (len(places), places[0], places[-1]) == (MOST, 0, 3 * MOST - 1)
    assert np.unique(np.diff(places)).tolist() in ([2, 3, 4], [2, 3], [3], [3, 4])
    assert sampled(5).tolist() == [0, 1, 2, 3, 4]


def test_themes_of_a_selection_name_reports_that_can_be_opened() -> None:
    explorer: Explorer = small_explorer()
    found = explorer.themes()
    assert found["n"] == len(explorer.table("deviations"))
    assert "Teman i" in found["text"]
    typical = found["themes"][0]["typical"]
    assert len(typical) == 3
    assert explorer.row(typical[0]["key"])["texts"][0]["text"] == typical[0]["text"]


def test_a_long_text_is_shortened_to_one_line() -> None:
    assert shortened("a\n b") == "a b"
    assert len(shortened("ord " * 100)) <= SHORT
    assert shortened("ord " * 100).endswith("…")
