"""Single keys from the terminal, as they are typed, without Enter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END = "\x04"  # Ctrl-D, and what a closed terminal sends


@contextmanager
def typed() -> Iterator[Callable[[], str] | None]:
    """Give a function that waits for the next key; nothing where no one can type.

    Ctrl-C stays what it is. The terminal is as before afterwards.
    """
    if not (sys.stdin and sys.stdin.isatty()):
        yield None
    elif sys.platform == "win32":
        import msvcrt

        yield msvcrt.getwch
    else:
        import termios
        import tty

        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd)
        tty.setcbreak(fd)
        try:
            yield lambda: os.read(fd, 1).decode(errors="replace") or END  # not sys.stdin, whose lock outlives a thread
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
