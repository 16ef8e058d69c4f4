"""Notebooks run in a room of their own; one that ends badly gives a problem, no data, and no page."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import analysis
from analysis.area import REPOSITORY
from analysis.errors import AnalysisError, DisclosureStop, SettingsError, UsageError
from analysis.report import execute as module
from analysis.report import plan
from analysis.report.execute import Built, Execution, Page, build, execute
from analysis.report.plan import Job

SOURCE = Path(analysis.__file__).parent
PARAMETERS = 'area = ""\nunit = ""\nlanguage = ""\nas_of = ""\nhome = ""'
CANARY = "19121212-1212"
JOB = Job("goteborg", "tiny", "harryda", "sv")
PAGE = Page("Titel", (), {}, "../index.html", "")
PLANTED = {
    "SECRET": CANARY,
    "ANALYSIS_HOME": "/nowhere",
    "ANALYSIS_LEDGER": "/nowhere/ledger",
    "PYTHONPATH": "/nowhere",
    "LC_ALL": "tr_TR.UTF-8",
}
PASSED_ON = {"ANALYSIS_PROTECTED": "/somewhere/protected", "XDG_DATA_HOME": "/somewhere/data"}
ALLOWED = {
    *("PATH", "HOME", "LD_LIBRARY_PATH", "LANG", "TZ", "PYTHONHASHSEED", "MPLBACKEND", "PYTHONWARNINGS"),
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TMPDIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    *("JE_ARROW_MALLOC_CONF", "JUPYTER_DEFAULT_PROVISIONER_NAME"),
    *(
        "MPLCONFIGDIR",
        "ANALYSIS_LEDGER",
        "ANALYSIS_PROTECTED",
        "ANALYSIS_INPUTS",
        "ANALYSIS_ONCE",
        "XDG_DATA_HOME",
    ),
    *("JPY_PARENT_PID", "PYDEVD_USE_FRAME_EVAL", "PYDEVD_DISABLE_FILE_VALIDATION"),  # set by jupyter itself
    *("TERM", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "PAGER", "GIT_PAGER", "LC_CTYPE"),  # ditto
}
SLEEPER = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n"


@pytest.fixture(autouse=True)
def _notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_text(
        '[[reports]]\narea = "goteborg"\nnotebook = "tiny"\nunits = "all"\n', encoding="utf-8"
    )


def write(folder: Path, *cells: str, parameters: str = PARAMETERS) -> nbformat.NotebookNode:
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
    return notebook


def built(folder: Path, job: Job = JOB, as_of: str = "2026-10-31") -> Built:
    return build(job, PAGE, str(folder), as_of, str(folder / "protected"))


def executed(folder: Path) -> Execution:
    return execute(JOB, str(folder), "2026-10-31", folder / "kept" / "tiny.ipynb")


def texts(done: Execution) -> list[str]:
    return [o.data["text/plain"] for c in done.executed.cells for o in c.get("outputs", ())]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be counted does not."""
    asked = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return state not in ("",) and not state.startswith("Z")


def is_gone_soon(pid: int) -> bool:
    until = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def test_a_notebook_runs_in_a_private_room_without_the_callers_variables_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))  # longer than a socket's address may be
    for name, value in (PLANTED | PASSED_ON).items():
        monkeypatch.setenv(name, value)
    for name in ("papermill", "nbclient", "analysis.release.ledger"):  # what they load sets variables
        importlib.import_module(name)
    before, cwd = dict(os.environ), Path.cwd()
    write(
        tmp_path,
        "import json, os\njson.dumps([dict(os.environ), os.getcwd(), os.stat('.').st_mode, as_of, language])",
        f"{SLEEPER}child.pid",
        "import os\n(os.getpid(), os.getpgid(0), os.getsid(0))",
        "from analysis.release import fragment\nfragment('<p>35</p>', 'R1', 'sv')",
    )
    done = executed(tmp_path)
    whole, child, session, _ = texts(done)
    seen, room, mode, *values = json.loads(ast.literal_eval(whole))
    assert values == ["2026-10-31", "sv"]
    assert (Path(room).parent, mode & 0o777, Path(room).exists()) == (deep, 0o700, False)
    assert set(seen) <= ALLOWED, set(seen) - ALLOWED
    assert CANARY not in seen.values()
    assert {k: seen[k] for k in PASSED_ON} == PASSED_ON
    assert seen["ANALYSIS_LEDGER"] == f"{room}/ledger"
    assert (seen["TZ"], seen["LANG"], seen["PYTHONHASHSEED"]) == ("UTC", "C.UTF-8", "0")
    assert (dict(os.environ), Path.cwd()) == (before, cwd)
    pid, group, leader = ast.literal_eval(session)
    assert pid == group == leader != os.getsid(0)
    assert is_gone_soon(int(child))
    assert is_gone_soon(pid)
    assert len(done.ledger) == 1
    assert [c.source for c in done.source.cells] == [c.source for c in write(tmp_path).cells] + [
        c.source for c in done.executed.cells[3:]
    ]


def test_a_cell_may_not_take_for_ever_and_its_children_end_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CELL_SECONDS", 1)
    told = tmp_path / "pid"
    write(tmp_path, f"{SLEEPER}open({str(told)!r}, 'w').write(str(child.pid)) and None\nchild.wait()")
    assert built(tmp_path) == Built(JOB, problem="a cell took longer than 1 s. Find out what it waits for.")
    assert is_gone_soon(int(told.read_text()))


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


def failure(folder: Path, index: int, name: str) -> AnalysisError:
    """What is said when the cell at `index` of the executed notebook failed."""
    source = write(folder, "first()", "second()")
    error = SimpleNamespace(cell_index=index, ename=name, evalue=CANARY, traceback=[CANARY])
    return module._failure(JOB, source, error, folder / "runs/harryda/tiny.sv.ipynb")


@pytest.mark.parametrize(("index", "number"), [(1, 1), (2, 1), (3, 2), (4, 3)])
def test_a_failed_cell_is_named_as_the_reader_of_the_notebook_counts(
    tmp_path: Path, index: int, number: int
) -> None:
    said = failure(tmp_path, index, "KeyError")
    assert said.what == f"tiny: KeyError in code cell {number}"
    assert said.remedy == f"The whole text is in {tmp_path}/runs/harryda"
    assert type(said) is AnalysisError


@pytest.mark.parametrize("name", ["SettingsError", "InputRefused", "UsageError", "ValueError"])
def test_no_error_in_a_notebook_speaks_for_itself_since_its_text_may_hold_data(
    tmp_path: Path, name: str
) -> None:
    said = str(failure(tmp_path, 3, name))
    assert name in said
    assert CANARY not in said


def test_a_stop_of_the_gate_in_a_cell_is_a_stop_of_the_run(tmp_path: Path) -> None:
    said = failure(tmp_path, 3, "DisclosureStop")
    assert (type(said), said.exit_code) == (DisclosureStop, 65)


@pytest.mark.parametrize(
    ("error", "stops"), [(DisclosureStop("a", "B"), True), (SettingsError("a", "B"), False)]
)
def test_only_a_stop_of_the_gate_is_no_problem_of_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: AnalysisError, stops: bool
) -> None:
    def failing(*_: object) -> None:
        raise error

    write(tmp_path)
    monkeypatch.setattr(module, "execute", failing)
    if stops:
        with pytest.raises(DisclosureStop):
            built(tmp_path)
    else:
        assert built(tmp_path) == Built(JOB, problem="a. B.")


@pytest.mark.parametrize("name", ["area", "unit", "language", "as_of", "home"])
def test_a_parameter_that_the_notebook_lacks_is_a_usage_error(tmp_path: Path, name: str) -> None:
    lines = [line for line in PARAMETERS.splitlines() if not line.startswith(name)]
    write(tmp_path, "1 / 0", parameters="\n".join(lines))
    with pytest.raises(UsageError, match=f"no parameter “{name}”"):
        executed(tmp_path)
    assert not (tmp_path / "kept/tiny.ipynb").exists()
    assert f"no parameter “{name}”" in built(tmp_path).problem


def test_the_name_of_a_parameter_is_an_identifier() -> None:
    module._check_names({"area": {}}, {"area": "x"})
    wrong: tuple[dict[str, object], ...] = ({}, {"import os;x": {}})
    for known in wrong:
        with pytest.raises(UsageError, match="has no parameter"):
            module._check_names(known, {"import os;x": "1"})


EVIL = ["../../../evil", "{unit}", "a/b", "a\\b", "", "A", "å", "a.b", "http://a", "a\n"]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("part", ["area", "notebook", "unit", "language"])
def test_the_names_of_a_report_are_codes(tmp_path: Path, part: str, name: str) -> None:
    write(tmp_path)
    parts = {"area": "goteborg", "notebook": "tiny", "unit": "harryda", "language": "sv", part: name}
    done = built(tmp_path, Job(**parts))
    assert done.problem.startswith("the name of a report holds something else")
    assert not (tmp_path / "protected").exists()


@pytest.mark.parametrize(
    "job",
    [
        Job("goteborg", "02-deviations", "harryda", "sv"),
        Job("goteborg", "tiny", "nowhere", "sv"),
        Job("goteborg", "tiny", "harryda", "fi"),
        Job("nowhere", "tiny", "harryda", "sv"),
    ],
    ids=["notebook", "unit", "language", "area"],
)
def test_a_report_that_is_not_in_the_plan_is_not_executed(tmp_path: Path, job: Job) -> None:
    write(tmp_path)
    done = built(tmp_path, job)
    assert done.problem.startswith(("the plan has no such report", "there is no area"))
    assert not (tmp_path / "protected").exists()


def test_the_as_of_day_is_a_date(tmp_path: Path) -> None:
    write(tmp_path)
    assert "is not a date" in built(tmp_path, as_of="{unit}").problem


def test_a_planned_report_with_a_key_is_let_through(tmp_path: Path) -> None:
    write(tmp_path)
    module._check_job(Job("goteborg", "tiny", "harryda", "sv", key="abc"), str(tmp_path), "2026-10-31")


def test_the_executed_notebook_is_kept_inside_the_protected_folder(tmp_path: Path) -> None:
    inside = tmp_path / "protected"
    assert module._kept(str(inside), JOB) == inside / "harryda/tiny.sv.ipynb"
    with pytest.raises(UsageError, match="outside the protected folder"):
        module._kept(str(inside), Job("goteborg", "tiny", "../../../evil", "sv"))
    inside.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (inside / "harryda").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="outside the protected folder"):
        module._kept(str(inside), JOB)


def papermill_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """The paths that papermill is given, as it reads them."""
    import papermill

    given: list[tuple[Any, Any]] = []

    def remember(source: str, kept: str, *, parameters: dict[str, str], **_: object) -> Any:
        given.append((source.format(**parameters), kept.format(**parameters)))
        return SimpleNamespace(cells=[], metadata={})

    monkeypatch.setattr(papermill, "execute_notebook", remember)
    return given


def test_braces_in_the_name_of_a_folder_are_only_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "{unit}{0}"
    folder.mkdir()
    monkeypatch.setattr(plan, "NOTEBOOKS", folder)
    write(folder)
    given = papermill_of(monkeypatch)
    executed(folder)
    assert given == [(str(folder / "tiny.ipynb"), str(folder / "kept/tiny.ipynb"))]


def test_no_address_but_a_local_path_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from papermill import iorw

    write(tmp_path)
    papermill_of(monkeypatch)
    iorw.papermill_io.register("http://", iorw.HttpHandler)
    iorw.papermill_io.register("s3://", iorw.S3Handler)
    executed(tmp_path)
    for address in (
        "http://a/b.ipynb",
        "https://a/b.ipynb",
        "s3://a/b.ipynb",
        "gs://a/b.ipynb",
        "hdfs://a.ipynb",
    ):
        assert type(iorw.papermill_io.get_handler(address)) is iorw.LocalHandler
        with pytest.raises(FileNotFoundError):
            iorw.papermill_io.read(address)


def test_what_is_left_of_a_kernels_group_is_killed_and_forgotten() -> None:
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as child:
        module._KERNELS.add(child.pid)
        module.end_kernels()
        assert child.wait() == -signal.SIGKILL
    assert set() == module._KERNELS
    module._KERNELS.add(child.pid)
    module.end_kernels()
    assert set() == module._KERNELS


def code_of_notebooks() -> dict[str, str]:
    found = {}
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name] = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    return found


def code_of_the_program() -> dict[str, str]:
    return {p.relative_to(SOURCE).as_posix(): p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py")}


def imports(code: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(code)))
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    return {n.split(".")[0] for n in names + [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]}


def test_only_the_runner_calls_papermill() -> None:
    callers = {
        name
        for name, code in (code_of_the_program() | code_of_notebooks()).items()
        if "papermill" in imports(code)
    }
    assert callers == {"report/execute.py"}


def test_nothing_that_can_run_code_is_read_from_a_file() -> None:
    for name, code in (code_of_the_program() | code_of_notebooks()).items():
        assert imports(code).isdisjoint(
            {"pickle", "dill", "joblib", "shelve", "marshal", "yaml", "cloudpickle"}
        ), name
        assert not re.search(r"read_pickle|to_pickle|allow_pickle|yaml\.|joblib\.|pickle\.", code), name


@pytest.mark.parametrize("error", [UsageError("a", "b"), SettingsError("å", "b"), DisclosureStop("a", "b")])
def test_errors_of_ours_come_back_from_another_process(error: UsageError) -> None:
    import pickle

    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.exit_code) == (type(error), str(error), error.exit_code)
