"""Runs the tests of katas, several at once, and saves what came of it."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from pt_kata.catalog import Kata
from pt_kata.runner.job import Job, Limits, memory_for_one
from pt_kata.runner.launch import Launcher
from pt_kata.runner.supervise import Listener, Stop, run
from pt_kata.runner.verdict import SCHEMA, Verdict
from pt_kata.store import Record, Store, StoreError, digest


@dataclass(frozen=True)
class Request:
    """Whose code is to be tested, where its tensors live, with which seed and within which limits.

    ``seconds`` are for one test, ``longest`` for all of a kata; without it they follow from those of one test.
    """

    solutions: bool = False
    against: Path | None = None
    device: str = "cpu"
    seed: int | None = None
    seconds: float = Limits.test
    longest: float | None = None

    @property
    def is_learners(self) -> bool:
        return not self.solutions and not self.against

    @property
    def target(self) -> str:
        """What is tested, in words."""
        return "the reference in solutions/" if self.solutions else str(self.against or "your code in katas/")

    @property
    def options(self) -> str:
        """The options that ask for the same target on the same device, each with a space behind it."""
        target = "--solutions " if self.solutions else f"--against {self.against} " if self.against else ""
        return target + (f"--device {self.device} " if self.device != "cpu" else "")

    def file(self, kata: Kata) -> Path:
        """The file that stands behind the kata's module; the learner's where the folder asked for has none."""
        if self.solutions:
            return kata.reference
        other = self.against.absolute() / kata.chapter / f"{kata.name}.py" if self.against else kata.stub
        return other if other.is_file() else kata.stub

    def job(self, kata: Kata, first: Sequence[str] = ()) -> Job:
        seed = random.SystemRandom().randrange(10**6) if self.seed is None else self.seed
        memory = memory_for_one(psutil.virtual_memory().total)
        longest = self.longest or max(3 * self.seconds, Limits.kata)
        limits = Limits(test=self.seconds, kata=longest, memory=memory)
        against = str(self.against.absolute()) if self.against else ""
        return Job(kata.root, kata.id, seed, self.solutions, against, self.device, limits=limits, first=tuple(first))


@dataclass(frozen=True)
class Checked:
    """A verdict, and what the store says of the kata with it."""

    verdict: Verdict
    record: Record


def cores() -> int:
    """How many katas are worth running at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_one(
    launcher: Launcher,
    store: Store,
    kata: Kata,
    request: Request,
    listener: Listener | None = None,
    stop: Stop | None = None,
    first: Sequence[str] = (),
) -> Checked:
    """Run one kata's tests, those of ``first`` first; the learner's own result is saved, unless the run was stopped."""
    stop = stop or Stop()
    state = digest(kata)  # taken first: what is saved while the tests run has not been tested
    verdict = run(launcher, kata, request.file(kata), request.job(kata, first), listener, stop)
    is_saved = request.is_learners and not stop.is_set
    record = judged(Record(), verdict)
    if is_saved:
        try:
            record = store.update(kata.id, lambda old: judged(old, verdict, state))
        except StoreError as error:
            store.notes.append(f"This result is not saved: {error}")
    return Checked(verdict, record)


def judged(record: Record, verdict: Verdict, digest: str = "") -> Record:
    """The record of a kata after ``verdict``."""
    counts = verdict.counts + Counter({"error": 1} if verdict.problem else {})
    now, total = datetime.now(UTC), len(verdict.tests)
    return record.judged(digest=digest, total=total, counts=counts, tasks=verdict.tasks, now=now)


def check_all(
    launcher: Launcher, store: Store, katas: Sequence[Kata], request: Request, listener: Listener
) -> Iterator[Checked]:
    """Run the tests of ``katas`` on all cores; yields each as it is done."""
    stop = Stop()
    with ThreadPoolExecutor(cores()) as pool:
        waiting = [pool.submit(check_one, launcher, store, kata, request, listener, stop) for kata in katas]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            stop.now()
            for future in waiting:
                future.cancel()


def as_data(checked: Sequence[Checked], request: Request, notes: Sequence[str], version: str) -> dict[str, Any]:
    """The document of ``pt-kata check --json``, described by ``check.schema.json``."""
    return {
        "schema": SCHEMA,
        "pt_kata": version,
        "target": request.target,
        "device": request.device,
        "passed": all(one.verdict.passed for one in checked),
        "notes": list(notes),
        "katas": [{**one.verdict.to_json(), "state": one.record.state} for one in checked],
    }
