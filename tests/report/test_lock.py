"""One run at a time, and no lock outlives its holder."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.errors import AnotherRun, CannotWrite
from analysis.report.lock import only_run

HOLD = """
import subprocess, sys
from pathlib import Path
from analysis.report.lock import only_run
with only_run(Path(sys.argv[1])):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(name="holder")
def process_that_holds_the_lock(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


def test_a_second_run_is_told_at_once(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(AnotherRun, match="another run is working") as caught, only_run(tmp_path):
        pass
    assert caught.value.exit_code == 75
    assert holder.poll() is None


def test_a_killed_run_leaves_no_lock_even_while_its_child_lives(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_run(tmp_path):
        pass


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path):
        raise ZeroDivisionError
    with only_run(tmp_path):
        pass


def test_one_process_cannot_take_it_twice(tmp_path: Path) -> None:
    with only_run(tmp_path), pytest.raises(AnotherRun), only_run(tmp_path):
        pass


def test_folders_are_made_and_do_not_block_each_other(tmp_path: Path) -> None:
    with only_run(tmp_path / "a" / "b"), only_run(tmp_path / "c"):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file") as caught, only_run(tmp_path / "file" / "folder"):
        pass
    assert caught.value.exit_code == 74
