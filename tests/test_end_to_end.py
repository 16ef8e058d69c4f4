"""From files to pages with the installed command: nothing is stood in for."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from analysis.area import REPOSITORY
from analysis.report.render import as_kept
from homes import command, contents, own_settings, small_exports

CHOICE = ("02-deviations", "--unit", "goteborg", "--language", "sv")
FILE = "goteborg/02-deviations.sv.html"
CANARY = "19121212-1212"


@pytest.fixture(scope="module", name="home")
def home_with_real_dates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports loaded as real ones, and roll-out dates that are said to be real."""
    home = tmp_path_factory.mktemp("home")
    rollout = own_settings(home) / "rollout.csv"
    rollout.write_text(rollout.read_text(encoding="utf-8").replace(",yes,", ",no,"), encoding="utf-8")
    loaded = command("load", *small_exports(), "--home", home)
    assert (loaded.code, loaded.err) == (0, "")
    assert loaded.out.count("rows accepted") == len(small_exports())
    return home


@pytest.fixture(scope="module", name="first")
def first_report(home: Path) -> dict[str, object]:
    done = command("report", *CHOICE, "--home", home, "--json", env={"SECRET": CANARY})
    assert (done.code, done.err) == (0, "")
    return done.json


class Outline(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module", name="page")
def first_page(home: Path, first: dict[str, object]) -> Outline:
    del first
    return Outline((home / "reports/goteborg/current" / FILE).read_text(encoding="utf-8"))


def test_the_exports_became_a_page_with_an_answer(page: Outline, first: dict[str, object]) -> None:
    assert [r["state"] for r in first["reports"]] == ["built"]  # type: ignore[attr-defined]
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert {"svg", "table", "h2"} <= set(page.tags)
    text = " ".join(page.words)
    assert "Har de rapporterade avvikelserna i samverkan minskat?" in text
    assert "Påhittade" not in text


def test_every_link_leads_to_a_file_of_the_set_or_the_page_itself(home: Path, page: Outline) -> None:
    folder = (home / "reports/goteborg/current").resolve()
    here = [x for x in page.links if not x.startswith(("#", "data:"))]
    assert "../index.html" in here
    missing = [x for x in here if not ((folder / FILE).parent / x.split("#")[0]).resolve().is_file()]
    assert set(missing) <= {"02-deviations.en.html"}, missing


def test_no_folder_person_or_secret_is_in_the_set(home: Path, first: dict[str, object]) -> None:
    del first
    published = b"".join(contents(home / "reports/goteborg/current").values())
    stays = next(file for file in small_exports() if file.name == "utskrivningar-2026.csv")
    rows = stays.read_text(encoding="utf-8-sig").splitlines()
    people = {row.split(";")[1] for row in rows[1:50]}
    assert CANARY.encode() not in published
    assert str(home).encode() not in published
    assert not [p for p in people if p.encode() in published]


def test_executed_notebooks_stay_in_the_protected_folder(home: Path, first: dict[str, object]) -> None:
    del first
    assert [p.relative_to(home) for p in home.rglob("*.ipynb")] == [
        Path("protected/goteborg/runs/goteborg/02-deviations.sv.ipynb")
    ]
    for folder in ("protected", "protected/goteborg", "protected/goteborg/runs"):
        assert (home / folder).stat().st_mode & 0o777 == 0o700
    assert {p.suffix for p in (home / "reports").rglob("*") if p.is_file()} <= {
        ".html", ".json", ".csv", ".xlsx", ".pdf", ".pptx", ".zip", ".parquet", "",
    }  # fmt: skip


def test_the_same_again_is_unchanged_from_another_folder_and_locale(
    home: Path, first: dict[str, object], tmp_path: Path
) -> None:
    before = contents(home / "reports/goteborg/current")
    again = command(
        "report",
        *CHOICE,
        "--home",
        home,
        "--json",
        cwd=tmp_path,
        env={"TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    )
    assert [r["state"] for r in again.json["reports"]] == ["unchanged"]
    assert again.json["run"] == first["run"]
    assert contents(home / "reports/goteborg/current") == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("report", "nothing"), 2),
        (("report", "--unit", "nowhere"), 2),
        (("publish",), 2),
        (("load", "/no/such/file.csv"), 66),
        (("load", str(REPOSITORY / "pyproject.toml")), 65),
        (("report", "--area", "england"), 66),
    ],
)
def test_mistakes_have_their_codes_and_change_nothing(
    home: Path, first: dict[str, object], arguments: tuple[str, ...], code: int
) -> None:
    del first
    before = contents(home / "reports/goteborg/current")
    said = command(*arguments, "--home", home)
    assert said.code == code
    assert "Traceback" not in said.out + said.err
    assert contents(home / "reports/goteborg/current") == before


@pytest.fixture(name="tree")
def copied_program(tmp_path: Path) -> Path:
    """The repository copied, so that its notebooks may be broken."""
    tree = tmp_path / "tree"
    for part in ("src", "notebooks", "reports/plan.toml", "data/areas", "requirements.lock"):
        source, target = REPOSITORY / part, tree / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target)
    return tree


def break_notebook(path: Path, cell: str) -> None:
    """Only the title, the parameters and a cell that ends badly are left."""
    notebook = nbformat.read(path, as_version=4)
    kept = [c for c in notebook.cells if c.id.startswith("title") or c.id == "parameters"]
    notebook.cells = [*kept, *([new_code_cell(cell, id="bad")] if cell else [])]
    nbformat.write(notebook, path)


def test_one_failing_notebook_leaves_its_last_good_page_beside_the_new_ones(home: Path, tree: Path) -> None:
    both = tuple(f"{tree}/notebooks/{n}.ipynb" for n in ("02-deviations", "03-discharge-outcomes"))
    for path in both:
        break_notebook(Path(path), "")
    first = from_tree(tree, home)
    assert (first[0], {r["state"] for r in first[1]["reports"]}) == (0, {"built"})
    current = home / "reports/goteborg/current"
    good = (current / FILE).read_bytes()
    break_notebook(Path(both[0]), f"raise ValueError('{CANARY}')")
    break_notebook(Path(both[1]), "harmless = 1 + 1")
    code, said, err = from_tree(tree, home)
    assert code == 3
    assert {r["notebook"]: r["state"] for r in said["reports"]} == {
        "02-deviations": "kept",
        "03-discharge-outcomes": "built",
    }
    assert (current / FILE).read_text(encoding="utf-8") == as_kept(good.decode(), "sv", "2026-11-20")
    assert re.search(
        r"02-deviations\.sv\.html: 02-deviations: ValueError in code cell \d+\. The whole text is in ", err
    )
    assert CANARY not in err + json.dumps(said) + str(contents(current))
    assert "Kunde inte göras om" in (current / "index.html").read_text(encoding="utf-8")


def from_tree(tree: Path, home: Path) -> tuple[int, dict[str, list[dict[str, str]]], str]:
    import subprocess

    both = ["02-deviations", "03-discharge-outcomes", "--unit", "goteborg", "--language", "sv"]
    whole = [sys.executable, "-m", "analysis.cli", "report", *both]
    done = subprocess.run(
        [*whole, "--home", str(home), "--json"],
        env=os.environ | {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stderr
