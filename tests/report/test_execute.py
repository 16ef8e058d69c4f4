"""Notebooks that end badly: each gives a problem in one sentence, no data, and no page."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.errors import SettingsError, UsageError
from analysis.report import execute as module
from analysis.report import plan
from analysis.report.execute import Built, Page, build, execute
from analysis.report.plan import Job

PARAMETERS = 'area = ""\nunit = ""\nlanguage = ""\nas_of = ""\nhome = ""'
CANARY = "19121212-1212"
JOB = Job("goteborg", "tiny", "harryda", "sv")
PAGE = Page("Titel", (), {}, "../index.html", "")
PLANTED = {"SECRET": CANARY, "ANALYSIS_HOME": "/nowhere", "PYTHONPATH": "/nowhere", "LC_ALL": "tr_TR.UTF-8"}
ALLOWED = {
    *("PATH", "HOME", "LD_LIBRARY_PATH", "LANG", "TZ", "PYTHONHASHSEED", "MPLBACKEND", "PYTHONWARNINGS"),
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TMPDIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    "MPLCONFIGDIR",
    *("JPY_PARENT_PID", "PYDEVD_USE_FRAME_EVAL", "PYDEVD_DISABLE_FILE_VALIDATION"),  # set by jupyter itself
    *("TERM", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "PAGER", "GIT_PAGER", "LC_CTYPE"),  # ditto
}


@pytest.fixture(autouse=True)
def _notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "NOTEBOOKS", tmp_path)


def write(folder: Path, *cells: str, parameters: str = PARAMETERS) -> None:
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Rubrik", metadata={"tags": ["lang-sv"]}),
            new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *(new_code_cell(c) for c in cells),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, folder / "tiny.ipynb")


def built(folder: Path) -> Built:
    return build(JOB, PAGE, str(folder), "2026-10-31", str(folder / "protected"))


def kept(folder: Path) -> nbformat.NotebookNode:
    return nbformat.read(folder / "protected/harryda/tiny.sv.ipynb", as_version=4)


def test_a_whole_notebook_gives_a_page_and_no_caller_variable_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    write(tmp_path, "import json, os\njson.dumps([dict(os.environ), os.getcwd(), as_of, language])")
    done = built(tmp_path)
    assert done.problem == ""
    assert "<h1" in done.html
    assert CANARY not in done.html
    seen, cwd, *values = json.loads(eval(kept(tmp_path).cells[-1].outputs[0].data["text/plain"]))
    assert values == ["2026-10-31", "sv"]
    assert set(seen) <= ALLOWED, set(seen) - ALLOWED
    assert CANARY not in seen.values()
    assert (seen["TZ"], seen["LANG"], seen["PYTHONHASHSEED"]) == ("UTC", "C.UTF-8", "0")
    assert not Path(cwd).exists()
    assert dict(os.environ) == before


def test_an_unexpected_error_is_named_without_its_text(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, f"raise KeyError('{CANARY}')")
    done = built(tmp_path)
    assert done.html == ""
    assert "KeyError" in done.problem
    assert str(tmp_path / "protected") in done.problem
    assert CANARY not in done.problem
    assert CANARY in str(kept(tmp_path))
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err
    assert "Traceback" not in said.out + said.err


def test_an_error_of_ours_speaks_for_itself(tmp_path: Path) -> None:
    write(tmp_path, "from analysis.errors import SettingsError\nraise SettingsError('it is so', 'Mend it')")
    assert built(tmp_path).problem == "it is so. Mend it."


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os; os._exit(1)", "the kernel died"),
        ("raise SystemExit(0)", "ended before its last cell"),
    ],
)
def test_a_notebook_that_ends_itself_is_no_report(tmp_path: Path, cell: str, said: str) -> None:
    write(tmp_path, cell, "1 + 1")
    done = built(tmp_path)
    assert said in done.problem
    assert done.html == ""


def test_a_cell_may_not_take_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELL_SECONDS", 1)
    write(tmp_path, "import time; time.sleep(60)")
    assert built(tmp_path) == Built(JOB, problem="a cell took longer than 1 s")


@pytest.mark.parametrize("name", ["area", "unit", "language", "as_of", "home"])
def test_a_parameter_that_the_notebook_lacks_is_a_usage_error(tmp_path: Path, name: str) -> None:
    lines = [line for line in PARAMETERS.splitlines() if not line.startswith(name)]
    write(tmp_path, "1 / 0", parameters="\n".join(lines))
    with pytest.raises(UsageError, match=f"no parameter “{name}”"):
        execute(JOB, str(tmp_path), "2026-10-31", tmp_path / "kept.ipynb")
    assert not (tmp_path / "kept.ipynb").exists()
    assert f"no parameter “{name}”" in built(tmp_path).problem


@pytest.mark.parametrize("error", [UsageError("a", "b"), SettingsError("å", "b")])
def test_errors_of_ours_come_back_from_another_process(error: UsageError) -> None:
    import pickle

    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.exit_code) == (type(error), str(error), error.exit_code)
