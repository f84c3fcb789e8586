"""The fork server: a process that has everything imported, and splits off a child for each job.

    python -P -m pt_kata.runner.server FD

Over the socket ``FD`` come requests of one line, ``{"job": ...}`` with three file descriptors (for events, for what
is printed, for the status) or ``{"also": [module, ...]}``. To the status go two lines: the child's process id and, when
it has ended, its exit status. The server ends, and its children with it, when the other end of the socket is closed.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
import time
import warnings
from contextlib import suppress
from importlib import import_module

from pt_kata.runner import bounds, warm
from pt_kata.runner.job import Job

MOST_BYTES = 1 << 20
FDS = 3


class Server:
    """Answers the requests that come over ``connection``."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._children: dict[int, int] = {}  # process id to the file descriptor for its status
        self._wakeup, self._alarm = socket.socketpair()
        self._alarm.setblocking(False)

    def serve(self) -> None:
        """Fork, reap and import until the connection is closed."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._alarm.fileno(), warn_on_full_buffer=False)
        bounds.adopt_orphans()
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ, self._answer)
            selector.register(self._wakeup, selectors.EVENT_READ, self._reap)
            while all(key.data() for key, _ in selector.select()):
                pass
        for pid in self._children:
            bounds.stop_group(pid)
        for _ in range(2):  # those of a group are nobody's children only when it has ended
            bounds.stop_strays(())
            time.sleep(0.05)

    def _answer(self) -> bool:
        text, fds = _receive(self._connection)
        if text:
            request = json.loads(text)
            if "job" in request:
                self._fork(Job.from_json(request["job"]), fds)
            else:
                warm.also(request["also"])
        return bool(text)

    def _fork(self, job: Job, fds: list[int]) -> None:
        events, output, status = fds
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of threads: numpy's and torch's take care of themselves
            pid = os.fork()
        if not pid:
            self._become(job, events, output, status)
        self._children[pid] = status
        _write(status, pid)
        os.close(events)
        os.close(output)

    def _become(self, job: Job, events: int, output: int, status: int) -> None:
        """In the child: let go of all that belongs to the server, and run the job."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in (status, *self._children.values()):
            os.close(fd)
        for end in (self._connection, self._wakeup, self._alarm):
            end.close()
        import_module(job.runs).run(job, events, output)

    def _reap(self) -> bool:
        with suppress(BlockingIOError):
            self._wakeup.recv(MOST_BYTES)
        for pid, status in bounds.ended():
            if (fd := self._children.pop(pid, None)) is not None:
                bounds.stop_group(pid)
                _write(fd, status)
                os.close(fd)
        bounds.stop_strays(self._children)
        return True


def _receive(connection: socket.socket) -> tuple[str, list[int]]:
    """One request and its file descriptors; nothing when the connection is closed."""
    data, fds, _, _ = socket.recv_fds(connection, MOST_BYTES, FDS)
    return data.decode(), fds


def _write(fd: int, number: int) -> None:
    with suppress(OSError):  # the one who asked may have gone
        os.write(fd, f"{number}\n".encode())


def main() -> None:
    """Get warm, say so, and serve."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm.up()
    bounds.redirect(os.open(os.devnull, os.O_WRONLY))
    connection.send(b"ready")
    Server(connection).serve()


if __name__ == "__main__":
    main()
