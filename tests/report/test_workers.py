"""A process a report: nothing hangs, nothing is left running, one bad notebook is not the others' end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from analysis.errors import DisclosureStop
from analysis.report import plan, workers
from analysis.report.execute import Built, Page
from analysis.report.plan import Job
from analysis.report.quota import GIB, Quota
from analysis.report.workers import Call, finished, room

PARAMETERS = 'area = ""\nunit = ""\nlanguage = ""\nas_of = ""\nhome = ""'
PAGE = Page("Titel", (), {}, "../index.html", "")
FINE = "from analysis.release import fragment\nfragment('<p>35</p>', 'R1', 'sv')"
QUOTA = Quota(60, 120, 8 * GIB)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture(name="call")
def call_fixture(tmp_path: Path) -> Call:
    """A report whose notebook `write` makes, in a home of its own that names its notebooks and plan."""
    (tmp_path / "protected").mkdir()
    job = Job("goteborg", "tiny", "harryda", "sv")
    return Call(job, PAGE, str(tmp_path), "2026-10-31", str(tmp_path / "protected"))


def write(call: Call, *cells: str) -> None:
    """The notebook of a call."""
    tagged = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[tagged, *map(new_code_cell, cells)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, Path(call.home) / f"{call.job.notebook}.ipynb")


def build_there(job: Job, page: Page, home: str, as_of: str, protected: str) -> Built:
    """In the worker: the notebooks and the plan are those of the home."""
    from analysis.report.execute import build

    plan.NOTEBOOKS, plan.PLAN = Path(home), Path(home) / "plan.toml"
    names = sorted(path.stem for path in Path(home).glob("*.ipynb"))
    rows = [f'[[reports]]\narea = "goteborg"\nnotebook = "{n}"\nunits = "all"\n' for n in names]
    plan.PLAN.write_text("".join(rows), encoding="utf-8")
    return build(job, page, home, as_of, protected)


@pytest.fixture(autouse=True)
def _in_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is a fork of a parent that knows nothing of this test, so its work is named in its place."""
    monkeypatch.setattr(workers, "_work", work_there)


def work_there(call: Call, answer: object, kernel: object, terms: workers.Terms) -> None:
    workers.build = build_there
    WORK(call, answer, kernel, terms)


WORK = workers._work


def made(calls: Sequence[Call], quota: Quota = QUOTA, *, cold: bool = False, number: int = 2) -> list[Built]:
    log = Path(calls[0].protected) / "workers.log"
    log.touch()
    with room(number, quota, log, cold=cold) as place:
        assert place.is_warm is not cold
        return list(finished(calls, place))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def is_gone(pid: int) -> bool:
    until = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(pid)


def noting(call: Call, what: str) -> tuple[Path, str]:
    """A file, and lines that write an expression into it."""
    path = Path(call.home) / "noted"
    return path, f"import os, subprocess, sys\nopen({str(path)!r}, 'a').write(str({what}) + '\\n') and None"


def test_a_kernel_is_forked_from_a_parent_that_has_loaded_everything(call: Call) -> None:
    path, lines = noting(call, "[os.getpid() == os.getpgid(0) == os.getsid(0), 'pandas' in sys.modules]")
    write(call, lines, FINE)
    (warm,) = made([call])
    assert path.read_text() == "[True, True]\n"
    (cold,) = made([call], cold=True)
    assert path.read_text() == "[True, True]\n[True, False]\n"
    assert warm.html == cold.html
    assert "35" in warm.html


def test_reports_of_a_run_share_a_private_folder_that_is_gone_with_it(call: Call) -> None:
    path, lines = noting(call, "(os.environ['ANALYSIS_ONCE'], os.stat(os.environ['ANALYSIS_ONCE']).st_mode)")
    other = replace(call, job=replace(call.job, notebook="other"))
    write(call, lines, FINE)
    write(other, lines, FINE)
    assert all(one.html for one in made([call, other]))
    one, same = path.read_text().splitlines()
    folder, mode = literal_eval(one)
    assert one == same
    assert mode & 0o777 == 0o700
    assert Path(folder).parent == Path(call.protected)
    assert not Path(folder).exists()


def test_what_a_killed_run_shared_is_removed_by_the_next(call: Call) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    numbers = (gone.pid, os.getpid(), os.getppid())  # in a container the next run may have the same
    left, same, other = (Path(call.protected) / f".once.{pid}" for pid in numbers)
    for folder in (left, same, other):
        folder.mkdir()
        (folder / "kept").write_text("0x1p-1")
    path, lines = noting(call, "os.listdir(os.environ['ANALYSIS_ONCE'])")
    write(call, lines, FINE)
    assert made([call])[0].html
    assert path.read_text() == "[]\n"
    assert (left.exists(), same.exists(), other.exists()) == (False, False, True)


def test_one_bad_notebook_is_not_the_others_end(call: Call) -> None:
    other = replace(call, job=replace(call.job, notebook="other"))
    write(call, "1 / 0")
    write(other, FINE)
    found = {one.job.notebook: one for one in made([call, other])}
    assert "ZeroDivisionError in code cell 2" in found["tiny"].problem
    assert found["other"].html


HANGS = {
    "python": "while True: pass",
    "child": "child.wait()",
    "c_with_the_lock": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "deaf": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "fork": "import os\nos.fork()\nwhile True: pass",
}
SLOW = [
    pytest.param(cell, id=name, marks=pytest.mark.proof) for name, cell in HANGS.items() if name != "child"
]


@pytest.mark.parametrize("cell", [pytest.param(HANGS["child"], id="child"), *SLOW])
def test_what_takes_too_long_is_ended_with_all_that_it_has_started(call: Call, cell: str) -> None:
    path, lines = noting(call, "child.pid")
    write(call, "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])", lines, cell)
    began = time.monotonic()
    (done,) = made([call], replace(QUOTA, report_seconds=6))
    assert time.monotonic() - began < 30
    assert done.problem.startswith("it took longer than 0.1 min")
    assert is_gone(int(path.read_text()))


@pytest.mark.proof
def test_a_run_that_takes_too_long_ends_those_that_wait(call: Call) -> None:
    write(call, "import time; time.sleep(1000)")
    done = made([call, replace(call, as_of="2026-09-30")], replace(QUOTA, run_seconds=6), number=1)
    assert [bool(one.problem) for one in done] == [True, True]
    assert not any(one.was_killed for one in done)


def test_a_killed_kernel_is_tried_once_more(call: Call) -> None:
    path, lines = noting(call, "os.getpid()")
    write(call, lines, "import signal\nos.kill(os.getpid(), signal.SIGKILL)")
    (done,) = made([call])
    assert done.was_killed
    assert "the kernel died" in done.problem
    assert len(path.read_text().splitlines()) == 2


ENDS = {
    "exit": ("import os; os._exit(1)", "the kernel died"),
    "exit_well": ("import os; os._exit(0)", "the kernel died"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "the kernel died"),
    "system_exit": ("raise SystemExit(0)", "ended before its last cell"),
    "raise": ("1 / 0", "ZeroDivisionError in code cell 2"),
    "input": ("input()", "StdinNotImplementedError in code cell 2"),
    "recursion": ("def f(): return f()\nf()", "RecursionError in code cell 2"),
}


@pytest.mark.proof
@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize(("cell", "said"), ENDS.values(), ids=ENDS)
def test_however_a_notebook_ends_badly_there_is_a_sentence_and_no_page(
    call: Call, cell: str, said: str, cold: bool
) -> None:
    write(call, cell, "1 + 1")
    (done,) = made([call], cold=cold)
    assert said in done.problem
    assert (done.html, done.facts, done.downloads) == ("", (), {})


def test_a_notebook_without_parameters_says_so(call: Call) -> None:
    write(call, FINE)
    path = Path(call.home) / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[0]
    nbformat.write(notebook, path)
    (done,) = made([call])
    assert "the notebook has no parameter" in done.problem


@pytest.mark.proof
def test_a_killed_worker_is_tried_once_more_and_may_do_better(call: Call) -> None:
    path, lines = noting(call, "os.getpid()")
    first = f"n = len(open({str(path)!r}).readlines())\n"
    kill = "ours = open('/proc/self/environ', 'rb')\nimport signal\n"
    named = "[int(p) for p in os.listdir('/proc') if p.isdigit() and is_worker(int(p))]"
    find = (
        "def is_worker(pid):\n    try:\n"
        f"        return pid != os.getpid() and {call.home!r} in os.readlink(f'/proc/{{pid}}/fd/1')\n"
        "    except OSError:\n        return False\n"
    )
    write(call, lines, f"{first}{kill}{find}if n == 1:\n    for pid in {named}: os.kill(pid, 9)", FINE)
    (done,) = made([call])
    assert len(path.read_text().splitlines()) == 2
    assert done.html


def test_memory_has_a_limit_that_only_the_notebook_feels(call: Call) -> None:
    other = replace(call, job=replace(call.job, notebook="other"))
    write(call, "b'x' * (3 << 30) and None")
    write(other, FINE)
    found = {one.job.notebook: one for one in made([call, other], replace(QUOTA, memory=3 * GIB))}
    assert found["tiny"].problem.startswith("tiny: code cell 2 needed more memory than a notebook may have")
    assert "memory_gib" in found["tiny"].problem
    assert found["other"].html


def test_a_stop_of_the_gate_ends_the_others(call: Call) -> None:
    other = replace(call, job=replace(call.job, notebook="other"))
    path, lines = noting(call, "os.getpid()")
    write(call, "print(1)")
    write(other, lines, "import time; time.sleep(1000)")
    with pytest.raises(DisclosureStop):
        made([other, call])
    assert is_gone(int(path.read_text()))


@pytest.mark.proof
def test_where_the_parent_is_not_safe_everything_is_started_anew(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_warm_context", lambda _: None)
    write(call, FINE)
    log = Path(call.protected) / "workers.log"
    log.touch()
    with room(1, QUOTA, log) as place:
        assert not place.is_warm
        assert [one.html != "" for one in finished([call], place)] == [True]


def test_what_a_notebook_prints_past_jupyter_goes_to_the_protected_log(
    call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    waits = "import time\ntime.sleep(0.5)"  # what comes from below Python comes a moment later
    write(call, f"import os\n_ = os.system('echo 19121212-1212 >/proc/self/fd/1')\n{waits}", FINE)
    with pytest.raises(DisclosureStop, match="printed"):
        made([call])
    assert "19121212" not in "".join(capfd.readouterr())


@pytest.mark.proof
def test_nothing_is_left_of_a_run(call: Call) -> None:
    before = set(os.listdir("/proc"))
    write(call, FINE)
    made([call])
    time.sleep(0.5)
    left = [p for p in set(os.listdir("/proc")) - before if p.isdigit() and is_running(int(p))]
    names = [Path(f"/proc/{p}/cmdline").read_bytes().replace(b"\0", b" ").decode() for p in left]
    mine = [n for n in names if str(Path(call.home).name) in n or "ipykernel" in n]
    assert mine == []
    assert signal.getsignal(signal.SIGTERM) is not None
