"""Standard streams that are lent to code under test: whoever closes one closes his own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


class Lender:
    """Lends one stream for each, kept as long as that one is open: a logger may hold it for a whole run."""

    def __init__(self) -> None:
        self._lent: dict[int, tuple[TextIO, TextIO]] = {}

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Put streams over the same files in the place of stdout and stderr; those of before are back at the end."""
        before = sys.stdout, sys.stderr
        ours = self._lend(sys.stdout), self._lend(sys.stderr)
        sys.stdout, sys.stderr = ours
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for stream in ours:
                with suppress(ValueError, OSError):
                    stream.flush()

    def _lend(self, stream: TextIO) -> TextIO:
        self._forget_closed()
        found = self._lent.get(id(stream))
        if found and not found[1].closed:
            return found[1]
        try:
            file = os.dup(stream.fileno())
        except (AttributeError, OSError, ValueError):
            return stream
        ours = open(file, "w", buffering=1, encoding=stream.encoding, errors=stream.errors)  # noqa: PTH123, SIM115
        self._lent[id(stream)] = stream, ours
        return ours

    def _forget_closed(self) -> None:
        for key, (stream, ours) in list(self._lent.items()):
            if getattr(stream, "closed", True):
                with suppress(ValueError, OSError):
                    ours.close()
                del self._lent[key]


lent = Lender().lent
