"""One process at a time: a lock on a file, which the system lets go when its holder ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 5.0  # seconds; a lock is held for milliseconds, so whoever holds it longer is stuck
PAUSE = 0.005

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock file ``path``; one that stays taken for ``patience`` seconds is replaced by a fresh one."""
    handle = _acquire(path, patience)
    try:
        yield
    finally:
        os.close(handle)


def _acquire(path: Path, patience: float) -> int:
    deadline = time.monotonic() + patience
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o644)
        if _taken(handle, path):
            return handle
        os.close(handle)
        if time.monotonic() > deadline:
            path.unlink(missing_ok=True)
            deadline = time.monotonic() + patience
        time.sleep(PAUSE)


def _taken(handle: int, path: Path) -> bool:
    """Whether the lock is now ours, and of the file that the others see at ``path``."""
    try:
        _take(handle)
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
