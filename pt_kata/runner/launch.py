"""Starts the process of a job warm: as a fork of a server or, where that isn't safe, from a worker started ahead."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from pt_kata.files import Trouble
from pt_kata.runner import bounds
from pt_kata.runner.job import Job

ANSWERING = 20.0  # seconds in which a server forks, though it may be importing something
STARTING = 120.0  # seconds in which torch must have been imported
READY = b"ready"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NOT_INHERITED = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONSTARTUP")


class RunnerError(Trouble):
    """The process that runs katas can't be started; the message says why, and what to do."""


class Child(Protocol):
    """The process of one job; who reads ``events`` and ``output`` closes them."""

    pid: int
    events: int
    output: int

    def wait(self) -> int:
        """Wait for its end; returns the exit code, below 0 for a signal."""

    def kill(self) -> None:
        """Stop it and what it started."""

    def abort(self) -> None:
        """Let it write down where it is, and end."""


def reported(child: Child, token: str) -> Iterator[dict[str, Any]]:
    """What the job's own process says, as long as it does; whoever else writes there does not know ``token``."""
    with os.fdopen(child.events, "rb") as lines:
        for line in lines:
            with suppress(ValueError, AttributeError):  # not written by the reporter
                event = json.loads(line)
                if event.get("token") == token:
                    yield event


class Launcher(Protocol):
    """What starts the process of a job."""

    def get_ready(self) -> None:
        """Wait until torch is imported."""

    def launch(self, job: Job) -> Child:
        """Start the job, at once when ready."""

    def warm(self, modules: Iterable[str]) -> None:
        """Import what a run turned out to need, for the next ones."""

    def restart(self) -> None:
        """Begin anew, because nothing comes from the process that starts the others."""

    def close(self) -> None:
        """Stop all processes."""


@contextmanager
def launcher(*, folder: Path, at_once: int = 1, kind: str = "") -> Iterator[Launcher]:
    """Give the launcher for this platform, or of a given ``kind``: ``fork`` or ``spare``.

    ``at_once`` is how many jobs will run at the same time; ``PT_KATA_RUNNER`` in the environment sets the kind too.
    """
    kind = kind or os.environ.get("PT_KATA_RUNNER", "") or ("fork" if sys.platform == "linux" else "spare")
    if kind not in ("fork", "spare"):
        raise RunnerError(f"PT_KATA_RUNNER is {kind!r}; wanted fork or spare")
    found = Forks(folder) if kind == "fork" else Spares(folder, at_once)
    try:
        yield found
    finally:
        found.close()


class Forks:
    """Jobs as forks of one server, which is started at once and anew when it has died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._start()

    def get_ready(self) -> None:
        with self._lock:
            self._get_ready()

    def launch(self, job: Job) -> Child:
        with self._lock:
            self._get_ready()
            try:
                return self._ask(job)
            except (ConnectionError, EOFError):
                self._begin_anew()
                return self._ask(job)

    def warm(self, modules: Iterable[str]) -> None:
        with self._lock:
            if self._is_ready:
                self._connection.send(json.dumps({"also": list(modules)}).encode())

    def restart(self) -> None:
        with self._lock:
            self._begin_anew()

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _begin_anew(self) -> None:
        self._stop()
        self._start()
        self._get_ready()

    def _start(self) -> None:
        self._is_ready = False
        self._connection, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            fd = other.fileno()
            self._server = _python("server", str(fd), folder=self._folder, pass_fds=(fd,), stdout=subprocess.DEVNULL)

    def _get_ready(self) -> None:
        if self._is_ready:
            return
        self._connection.settimeout(STARTING)
        try:
            self._is_ready = self._connection.recv(len(READY)) == READY
        except OSError:
            self._is_ready = False
        if not self._is_ready:
            self._server.kill()
            raise RunnerError(_why_not(self._server.communicate()[1]))
        self._connection.settimeout(None)

    def _ask(self, job: Job) -> Child:
        # A socket for the events: unlike a pipe's, its other end can't be opened through /proc.
        pipes = [tuple(end.detach() for end in socket.socketpair()), os.pipe(), os.pipe()]
        request = json.dumps({"job": job.to_json()}).encode()
        try:
            socket.send_fds(self._connection, [request], [writing for _, writing in pipes])
        finally:
            for _, writing in pipes:
                os.close(writing)
        return _Fork(*(reading for reading, _ in pipes))

    def _stop(self) -> None:
        self._connection.close()
        bounds.stop_tree(self._server.pid)
        self._server.wait()
        if self._server.stderr:
            self._server.stderr.close()


class _Fork:
    """A child of the server."""

    def __init__(self, events: int, output: int, status: int) -> None:
        self.events = events
        self.output = output
        self._status = os.fdopen(status, encoding="ascii")
        answers, _, _ = select.select([status], [], [], ANSWERING)
        pid = self._status.readline() if answers else ""
        if not pid:
            raise EOFError("the server does not answer")
        self.pid = int(pid)

    def wait(self) -> int:
        with self._status:
            return int(self._status.readline() or bounds.KILLED)

    def kill(self) -> None:
        bounds.stop_group(self.pid)

    def abort(self) -> None:
        bounds.abort(self.pid)


class Spares:
    """Jobs in workers that were started ahead; each runs one job, and another takes its place."""

    def __init__(self, folder: Path, at_once: int, *imports: str) -> None:
        self._folder = folder
        self._command = "worker", *imports
        self._lock = threading.Lock()
        self._waiting = deque(self._spare() for _ in range(at_once))

    def get_ready(self) -> None:
        with self._lock:
            for worker in self._waiting:
                worker.get_ready()

    def launch(self, job: Job) -> Child:
        with self._lock:
            worker = self._waiting.popleft()
            self._waiting.append(self._spare())
            worker.begin(job)
            return worker

    def warm(self, modules: Iterable[str]) -> None:
        """A worker that waits already can't know; the next ones are no slower for it."""

    def restart(self) -> None:
        """Nothing to do: every worker is by itself."""

    def close(self) -> None:
        for worker in self._waiting:
            worker.dismiss()

    def _spare(self) -> _Worker:
        return _Worker(_python(*self._command, folder=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE))


class One(Spares):
    """Jobs in workers that import no more than ``module``; only the first is started ahead."""

    def __init__(self, folder: Path, module: str) -> None:
        super().__init__(folder, 1, module)

    def launch(self, job: Job) -> Child:
        with self._lock:
            worker = self._waiting.popleft() if self._waiting else self._spare()
            worker.begin(job)
            return worker


class _Worker:
    """A worker, which gets one job."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._process = process
        self.pid = process.pid
        with process.stdout, process.stderr:
            self.events, self.output = os.dup(process.stdout.fileno()), os.dup(process.stderr.fileno())
        self._jobs = process.stdin
        self._is_ready = False

    def get_ready(self) -> None:
        self._is_ready = self._is_ready or os.read(self.events, len(READY) + 1).strip() == READY
        if not self._is_ready:
            self._process.kill()
            with os.fdopen(os.dup(self.output), "rb") as errors:
                raise RunnerError(_why_not(errors.read()))

    def begin(self, job: Job) -> None:
        self.get_ready()
        self._jobs.write(job.to_json().encode() + b"\n")
        self._jobs.close()

    def dismiss(self) -> None:
        """End it without a job."""
        self.kill()
        self.wait()
        self._jobs.close()
        os.close(self.events)
        os.close(self.output)

    def wait(self) -> int:
        return self._process.wait()

    def kill(self) -> None:
        bounds.stop_tree(self.pid)

    def abort(self) -> None:
        bounds.abort(self.pid)


def _python(module: str, *arguments: str, folder: Path, **options: object) -> subprocess.Popen[bytes]:
    """Start ``pt_kata.runner.<module>``, where no file of the learner's can stand in for a library."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment |= {**dict.fromkeys(ONE_THREAD, "1"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    command = [sys.executable, "-P", "-m", f"pt_kata.runner.{module}", *arguments]
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        command, env=environment, cwd=folder, start_new_session=True, stderr=subprocess.PIPE, bufsize=0,
        **{"stdin": subprocess.DEVNULL, **options},
    )  # fmt: skip


def _why_not(errors: bytes) -> str:
    last = errors.decode(errors="replace").strip().rpartition("\n")[2]
    return f"the katas can't be run: {last or 'the process ended at once'}. `pt-kata doctor` says what is missing."
