"""What holds a process in which any code may run: its own group, a limit of memory, and a fence around the katas."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Collection, Container, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from pt_kata.content import home

FENCED = ("katas", "solutions", "mistakes", ".pt_kata")
OPENING = "open"
CHANGING = frozenset(
    {
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.truncate",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.chmod",
        "shutil.rmtree",
    }
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
LARGEST_FILE = 1 << 30  # bytes
SET_CHILD_SUBREAPER = 36  # of prctl(2)
CAN_ASK = hasattr(signal, "SIGCONT")  # whether a process can be told to write down where it is
GRACE = 1.0  # seconds between the two that stop a test: the supervisor, and the watchdog in the process itself
UNHEARD = 74  # the exit code of a process that can't report any more
KILLED = -9  # the exit code of a process that was killed
SPARE = 1 << 29  # bytes that are left for the report when the limit is reached


def lead_a_group() -> None:
    """Make this process the first of a new group, so that what it starts can be stopped together with it."""
    if hasattr(os, "setsid") and os.getsid(0) != os.getpid():
        os.setsid()


def redirect(output: int) -> None:
    """Send what is printed to the file descriptor ``output``; there is nothing to read."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)


def limit_memory(extra: int) -> None:
    """Refuse memory beyond what is in use now and ``extra`` bytes, where the platform can; no core, no huge files.

    The limit is on address space, of which torch's libraries take much before any tensor is made. Elsewhere the
    supervisor, which watches the memory in use, has to do.
    """
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        soft = pages * resource.getpagesize() + extra
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        hard = soft + SPARE if most == resource.RLIM_INFINITY else most
        resource.setrlimit(resource.RLIMIT_AS, (min(soft, hard), hard))


def fence(root: Path, files: Collection[str]) -> None:
    """Refuse code in ``files`` to write in the folders of the workspace that hold code, tests and progress.

    It can't be taken down again. Processes that the code starts, and C code, are not held by it.
    """
    folders = tuple({f"{(place / name).resolve()}{os.sep}" for place in (root, home()) for name in FENCED})
    # The code that is tested may replace these.
    realpath, decode, look, here = os.path.realpath, os.fsdecode, sys._getframe, threading.get_ident
    main = here()

    def is_inside(path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and (realpath(decode(path)) + os.sep).startswith(folders)

    def is_learners() -> bool:
        """Whether code of ``files`` is on the stack, or this is a thread that nobody but such code can have started."""
        frame: FrameType | None = look(1)
        while frame and frame.f_code.co_filename not in files:
            frame = frame.f_back
        return frame is not None or here() != main

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == OPENING:
            _, mode, flags = arguments
            writes = flags & WRITING if mode is None else not set("wax+").isdisjoint(mode)
            touched = arguments[:1] if writes else ()
        else:
            touched = arguments[:2] if event in CHANGING else ()
        for path in touched:
            if is_inside(path) and is_learners():
                raise PermissionError(f"a kata's code may not change {decode(path)} while it is being tested")

    sys.addaudithook(hook)


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent has ended, where the platform can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def ended() -> Iterator[tuple[int, int]]:
    """The process id and exit code of each child that has ended; a code below 0 is the signal that ended it."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def population() -> int:
    """How many processes there are on this machine: quick to ask, many times a second."""
    return len(psutil.pids())


def members(pid: int) -> int:
    """How many processes are in the group that ``pid`` leads: quick to ask, also when there are thousands."""
    return sum(_group(one) == pid for one in psutil.pids()) if hasattr(os, "getpgid") else 0


def descendants(pid: int) -> int:
    """How many processes ``pid`` has started, and those have, in whatever group."""
    with suppress(psutil.Error):
        return len(psutil.Process(pid).children(recursive=True))
    return 0


def memory(pid: int) -> int:
    """How many bytes of memory a process has in use."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _group(pid: int) -> int:
    with suppress(ProcessLookupError, PermissionError):
        return os.getpgid(pid)
    return 0


def abort(pid: int) -> None:
    """Let a process write down where it is and end; it may have stopped itself."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGABRT)
        if CAN_ASK:
            os.kill(pid, signal.SIGCONT)


def stop_group(pid: int) -> None:
    """Kill the process group that ``pid`` leads."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def stop_strays(known: Container[int]) -> None:
    """Kill the children of this process that are not ``known``: what a job left behind in a group of its own."""
    for process in psutil.Process().children():
        if process.pid not in known:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def stop_tree(pid: int) -> None:
    """Kill a process with all that it started, and the group that it leads."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                one.kill()
    stop_group(pid)
