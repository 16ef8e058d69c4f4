"""The plan's command for a run that ended badly. It is told fixed words and counts, nothing of the data."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress

SECONDS = 30


def notify(command: Sequence[str], text: str, say: Callable[[str], None], *, seconds: int = SECONDS) -> None:
    """Run a command without a shell, with a text as its input; its failure is said in one line.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    text : str
        From `analysis.run_record.Record.notice`.
    say : callable
        Says a line to the people.
    seconds : int
        How long it may take; then it and what it has started are ended.
    """
    try:
        code = _run(command, text, seconds)
    except subprocess.TimeoutExpired:
        say(f"The notification took longer than {seconds} s and was ended.")
    except (OSError, ValueError) as error:
        say(f"The notification's command cannot be started ({type(error).__name__}).")
    else:
        if code:
            say(f"The notification did not succeed: its command ended with {code}.")


def _run(command: Sequence[str], text: str, seconds: int) -> int:
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.communicate(text.encode(), timeout=seconds)
    except BaseException:
        if os.name == "posix":
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        raise
    return process.returncode
