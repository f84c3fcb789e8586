"""What a process prints, divided at the marks that its reporter sets, and cut where it is too much."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

MOST = 20_000  # bytes kept at each end of a part
CHUNK = 1 << 20


@dataclass
class Part:
    """What was printed between two marks: its beginning, its end, and how many bytes there were."""

    head: bytes = b""
    tail: bytes = b""
    size: int = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        room = MOST - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[room:])[-MOST:] if room < len(data) else self.tail

    @property
    def text(self) -> str:
        """All of it, or both ends with a line between them that says how much is missing."""
        left_out = self.size - len(self.head) - len(self.tail)
        gap = f"\n[... {_size(left_out)} not shown ...]\n".encode() if left_out else b""
        return (self.head + gap + self.tail).decode("utf-8", "backslashreplace")


class Transcript:
    """Reads the file descriptor ``output`` to its end and closes it, in a thread; ``mark`` divides the parts."""

    def __init__(self, output: int, mark: bytes) -> None:
        self._output = output
        self._mark = mark
        self._parts = [Part()]
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def part(self, position: int, *, patience: float = 0.5) -> str:
        """The part at ``position``, once the mark behind it has been read or ``patience`` seconds are over."""
        with self._grown:
            self._grown.wait_for(lambda: len(self._parts) > position + 1, patience)
            return self._parts[position].text if position < len(self._parts) else ""

    def finish(self, patience: float = 0.5) -> None:
        """Wait for the end, but not for a process that was left behind and may print for ever."""
        self._thread.join(patience)

    def _read(self) -> None:
        rest = b""
        with os.fdopen(self._output, "rb", buffering=0) as output:
            while data := output.read(CHUNK):
                rest = self._divide(rest + data)
        self._add(rest, is_whole=True)

    def _divide(self, data: bytes) -> bytes:
        """Put ``data`` into parts; returns the end, which may be the beginning of a mark."""
        *whole, rest = data.split(self._mark)
        for piece in whole:
            self._add(piece, is_whole=True)
        keep = len(self._mark) - 1 if b"\0" in rest[-len(self._mark) :] else 0
        self._add(rest[: len(rest) - keep], is_whole=False)
        return rest[len(rest) - keep :]

    def _add(self, piece: bytes, *, is_whole: bool) -> None:
        with self._grown:
            self._parts[-1].add(piece)
            if is_whole:
                self._parts.append(Part())
                self._grown.notify_all()


def _size(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
