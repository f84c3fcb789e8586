"""What runs in the process of a picture: the learner's functions, and a plain account of what they did."""

from __future__ import annotations

import json
import os
import pickle
import time
from base64 import b64encode
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from pt_kata.catalog import load as load_catalog
from pt_kata.plots.code import load
from pt_kata.runner import bounds
from pt_kata.runner.job import Job
from pt_kata.target import Finder, choose

_end = os._exit
SAYING = 0.05  # seconds between two words on the progress


def run(job: Job, events: int, output: int) -> NoReturn:
    """Call the functions of a kata for its picture, report what is to be drawn, and end this process."""
    bounds.lead_a_group()
    reporter = Reporter(job, events)
    bounds.redirect(output)
    os.chdir(job.root)
    try:
        reporter.send("data", data=b64encode(pickle.dumps(_data(job, reporter))).decode())
    except BaseException as error:
        reporter.send("problem", message=f"{type(error).__name__}: {error}")
    _end(0)


def _data(job: Job, reporter: Reporter) -> object:
    catalog = load_catalog(job.root)
    kata = next(one for one in catalog.katas if one.id == job.kata)
    drawing = import_module(f"pt_kata.plots.{kata.name}.run")
    target = choose(catalog, solutions=job.solutions, against=Path(job.against) if job.against else None)
    bounds.fence(job.root, target.sources())
    bounds.limit_memory(job.limits.memory)
    Finder(target).install()
    reporter.call("")
    code = load(kata.module, target.file(kata), dead=job.dead, tell=reporter.call, progress=reporter.progress)
    return drawing.run(code, job.options)


class Reporter:
    """Says which function is called and how far a long run is."""

    def __init__(self, job: Job, events: int) -> None:
        self._token = job.token
        self._events = events
        self._said = 0.0

    def send(self, kind: str, **facts: Any) -> None:
        """Write one line."""
        data = json.dumps({"token": self._token, "kind": kind, **facts}).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._events, data) :]
        except OSError:
            _end(bounds.UNHEARD)

    def call(self, name: str) -> None:
        """The function ``name`` is called now; nothing stands for the import of the file."""
        self.send("call", name=name)

    def progress(self, words: str, share: float) -> None:
        """So much of a long run is over."""
        if time.monotonic() - self._said > SAYING:
            self._said = time.monotonic()
            self.send("progress", words=words, share=share)
