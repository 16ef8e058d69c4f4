"""Warm kernels: ordinary Jupyter kernels, forked from a preloaded parent instead of started anew.

A fork costs a tenth of a second where a start with its imports costs three. Whoever runs notebooks asks for a
kernel as always: a kernel provisioner hands out the *seed* that was planted for it, a forked process that
waits to be told what kernel to be, and starts an ordinary kernel where there is none, or where the kernel's
environment is not the one that the modules were loaded in.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from analysis.leftovers import is_alive
from analysis.report.environment import relevant

LAUNCHER = "ipykernel_launcher"
STEP = 0.05  # seconds between two looks at a kernel that is to end

_PLANTED: list[connection.Connection] = []


@dataclass(frozen=True)
class Wanted:
    """The kernel that a seed is to become."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str


def plant(seed: connection.Connection) -> None:
    """Keep a seed for the next kernel that this process asks for.

    Parameters
    ----------
    seed : Connection
        To a process that runs `grow`.
    """
    _PLANTED.append(seed)


def grow(asked: connection.Connection, memory: int = 0) -> None:
    """Wait to be told what kernel to be, and be it; the work of a seed's process.

    Parameters
    ----------
    asked : Connection
        To whoever wants a kernel; when it closes, the kernel ends with all that it has started.
    memory : int
        Bytes of address space that it may take; 0 is no limit.
    """
    os.setsid()
    import numpy

    from analysis.report import preload

    asked.send((os.getpid(), preload.ENVIRONMENT))
    try:
        wanted: Wanted = asked.recv()
    except EOFError:
        return
    threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
    os.environ.clear()
    os.environ.update(wanted.environment)
    time.tzset()
    os.chdir(wanted.folder)
    limit_memory(memory)
    numpy.random.seed()  # every fork has a copy of one state
    sys.argv = [_launcher_file(), *wanted.arguments]
    from ipykernel import kernelapp

    handle = f"--IPKernelApp.parent_handle={os.getppid()}"
    kernelapp.launch_new_instance([*wanted.arguments, handle])


def limit_memory(memory: int) -> None:
    """Let a memory that is used up be an error of this process, and not the end of others.

    Parameters
    ----------
    memory : int
        Bytes of address space; 0 is no limit.
    """
    if memory and sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (memory, most))


def _launcher_file() -> str:
    """What a kernel that is started has as the name of its program."""
    found = importlib.util.find_spec(LAUNCHER)
    return str(found.origin) if found else LAUNCHER


def _end_with(asked: connection.Connection) -> None:
    """End with the one that asked for the kernel, and with the run, however they end."""
    above = parent_process()
    connection.wait([asked, *([above.sentinel] if above else [])])
    os.killpg(0, signal.SIGKILL)


class Forked:
    """A kernel that is no child of ours, as jupyter sees a process.

    Parameters
    ----------
    seed : Connection
        To the kernel: it ends when this is closed.
    pid : int
        Of the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, seed: connection.Connection, pid: int) -> None:
        self.seed, self.pid = seed, pid

    def poll(self) -> int | None:
        """None while it runs; the one it is forked from takes note of its end, so it leaves no zombie."""
        return None if is_alive(self.pid) else 1

    def wait(self) -> int:
        """Until it has ended."""
        while self.poll() is None:
            time.sleep(STEP)
        self.seed.close()
        return 1

    def send_signal(self, signum: int) -> None:
        """Like `os.kill`."""
        os.kill(self.pid, signum)

    def kill(self) -> None:
        """Like `Popen.kill`."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Like `Popen.terminate`."""
        self.send_signal(signal.SIGTERM)


class WarmProvisioner(LocalProvisioner):
    """Makes the planted seed a kernel; without one it starts a kernel as always."""

    async def launch_kernel(self, cmd: Sequence[str], **named: Any) -> Any:
        """Make the seed a kernel.

        Parameters
        ----------
        cmd : sequence of str
            The command that would start one.
        **named
            Environment and folder, as jupyter gives them.

        Returns
        -------
        dict
            How to reach it.
        """
        seed, environment = _seed_for(cmd, named), named["env"]
        if seed is None:
            return await super().launch_kernel(list(cmd), **named)
        at = cmd.index(LAUNCHER)
        folder = str(named.get("cwd") or os.getcwd())
        seed.connection.send(Wanted(tuple(cmd[at + 1 :]), dict(environment), folder))
        self.process: Any = Forked(seed.connection, seed.pid)
        self.pid = self.pgid = seed.pid
        self.cwd = folder
        return self.connection_info


@dataclass(frozen=True)
class _Seed:
    connection: connection.Connection
    pid: int


def _seed_for(cmd: Sequence[str], named: Mapping[str, Any]) -> _Seed | None:
    """The planted seed, when it was loaded in an environment like that of the kernel that is asked for."""
    if LAUNCHER not in cmd or not _PLANTED:
        return None
    planted = _PLANTED.pop()
    try:
        pid, loaded_in = planted.recv()
    except (EOFError, OSError):
        return None
    if relevant(named["env"]) != loaded_in:
        planted.close()
        return None
    return _Seed(planted, pid)
