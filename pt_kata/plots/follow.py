"""Follows the process of a picture: takes its account, and stops it in time."""

from __future__ import annotations

import io
import pickle
import queue
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pt_kata.files import Trouble
from pt_kata.runner.job import Job
from pt_kata.runner.launch import Child, Launcher, reported
from pt_kata.runner.transcript import Transcript

FEWER = 8  # functions that may end the process, one after the other
Progress = Callable[[str, float], None]


class _Plain(pickle.Unpickler):
    """Takes nothing but the plain numbers of a picture: code that is drawn may be anybody's."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("pt_kata.plots.") and module.endswith((".data", ".failure")):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a picture")


def data_of(launcher: Launcher, job: Job, on_progress: Progress = lambda words, share: None) -> Any:
    """What is to be drawn, found out in a process of its own; a function that ends the process is left out of it.

    Raises:
        Trouble: there is nothing to draw, and the message says why.
    """
    launcher.get_ready()
    for _ in range(FEWER):
        attempt = _Attempt(job.without(()), on_progress)
        attempt.follow(launcher)
        if attempt.data is not None:
            return attempt.data
        if attempt.problem or not attempt.running:
            raise Trouble(attempt.problem or f"{job.kata} could not be drawn: {attempt.death}")
        job = replace(job, dead={**job.dead, attempt.running: attempt.death})
    raise Trouble(f"{job.kata} could not be drawn: {FEWER} of its functions ended the process, or did not end")


class _Attempt:
    """One process."""

    def __init__(self, job: Job, on_progress: Progress) -> None:
        self.data: Any = None
        self.problem = ""
        self.running = ""  # the function that is called, nothing while the file is imported
        self.death = ""
        self._job = job
        self._on_progress = on_progress
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._began = time.monotonic()

    def follow(self, launcher: Launcher) -> None:
        """Start the process, and listen until it has reported all or its time is up."""
        child = launcher.launch(self._job)
        transcript = Transcript(child.output, self._job.mark)  # nobody asks for it, but somebody has to read
        threading.Thread(target=self._read, args=(child,), daemon=True).start()
        self._began = time.monotonic()
        try:
            while self._is_going_on():
                pass
        finally:  # an interrupt as well
            child.kill()
        code = child.wait()
        self.death = self.death or f"the process ended with {_ending(code)}"
        transcript.finish()

    def _read(self, child: Child) -> None:
        for event in reported(child, self._job.token):
            self._events.put(event)
        self._events.put({"kind": "over"})

    def _is_going_on(self) -> bool:
        """Take the next event; whether there may be more."""
        seconds = self._job.limits.test if self.running else self._job.limits.collection
        try:
            event = self._events.get(timeout=max(0.0, self._began + seconds - time.monotonic()))
        except queue.Empty:
            self.death = f"did not end in {seconds:g} s"
            return False
        if event["kind"] == "call":
            self.running, self._began = event["name"], time.monotonic()
        elif event["kind"] == "progress":
            self._on_progress(event["words"], event["share"])
        elif event["kind"] == "problem":
            self.problem = event["message"]
        elif event["kind"] == "data":
            self.data = _Plain(io.BytesIO(b64decode(event["data"]))).load()
        return event["kind"] in ("call", "progress")


def _ending(code: int) -> str:
    name = next((one.name for one in signal.Signals if one == -code), "")
    return name or f"exit code {code}"
