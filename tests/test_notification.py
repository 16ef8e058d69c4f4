"""The notification: without a shell, in its time, and whatever becomes of it is one line."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from analysis.notification import SECONDS, notify


def said(*command: str, text: str = "area: a\n", seconds: int = SECONDS) -> list[str]:
    lines: list[str] = []
    notify(command, text, lines.append, seconds=seconds)
    return lines


def test_the_command_gets_the_text_as_its_input_and_its_arguments_as_they_are(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read() + sys.argv[2])"
    assert said(sys.executable, "-c", code, str(tmp_path / "got"), "$(date) %h; x") == []
    assert (tmp_path / "got").read_text() == "area: a\n$(date) %h; x"


def test_what_it_prints_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert said(sys.executable, "-c", "import sys; print('x'); print('x', file=sys.stderr)") == []
    assert capfd.readouterr() == ("", "")


def test_its_failure_is_one_line() -> None:
    assert said(sys.executable, "-c", "raise SystemExit(5)") == [
        "The notification did not succeed: its command ended with 5."
    ]
    assert said("/nowhere/mail-us") == ["The notification's command cannot be started (FileNotFoundError)."]
    assert said("a\0b") == ["The notification's command cannot be started (ValueError)."]


def test_one_that_does_not_read_its_input_is_no_failure() -> None:
    assert said(sys.executable, "-c", "import os; os.close(0)", text="x" * 200_000) == []


def test_one_that_hangs_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    child = f"import time; time.sleep(2); open({str(tmp_path / 'late')!r}, 'w')"
    code = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    )
    begun = time.monotonic()
    assert said(sys.executable, "-c", code, seconds=1) == [
        "The notification took longer than 1 s and was ended."
    ]
    assert time.monotonic() - begun < 20
    time.sleep(2)
    assert not (tmp_path / "late").exists()
