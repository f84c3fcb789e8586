"""Follows the process of a job: collects what it reports and prints, stops it in time, and clears up after it."""

from __future__ import annotations

import os
import queue
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.runner import bounds
from pt_kata.runner.job import Job
from pt_kata.runner.launch import Child, Launcher, RunnerError, reported
from pt_kata.runner.transcript import Transcript
from pt_kata.runner.verdict import Outcome, TestVerdict, Verdict, expected, function_at, last_line

PATIENCE = 0.0 if bounds.CAN_ASK else bounds.GRACE  # seconds to be behind Python's watchdog where we can only kill
LAST_WORDS = 0.5  # seconds in which Python can write down where it is
LOST = 3.0  # seconds after which a process that was killed has ended, or nobody will say so
LOOK = 0.02  # seconds between two looks at time, memory and processes
MOST_WORDS = 1 << 18  # bytes of a process's last words; where its threads were takes a few thousand
MOST_DEATHS = 20  # of a kata's process, before the tests that are left are given up
OUTCOMES: dict[str, Outcome] = {"passed": "passed", "failed": "failed", "todo": "todo", "broken": "error"}
DEATHS: dict[int, str] = {
    signal.SIGSEGV: "a segmentation fault: C code touched memory that isn't its own, or a recursion went too deep",
    signal.SIGABRT: "an abort: C code or os.abort gave up",
    -bounds.KILLED: "killed from outside: was the memory of this machine used up?",
}


class Stop:
    """A way to end runs from another thread; it holds for those yet to come as well."""

    def __init__(self) -> None:
        self.is_set = False
        self._children: list[Child] = []

    def now(self) -> None:
        """Kill what runs."""
        self.is_set = True
        for child in self._children:
            child.kill()

    @contextmanager
    def holds_for(self, child: Child) -> Iterator[None]:
        """Kill this process as well, should it be time while it runs."""
        self._children.append(child)
        if self.is_set:
            child.kill()
        try:
            yield
        finally:
            self._children.remove(child)


class Listener:
    """Hears of each test as it ends, and of the whole kata before its diagnosis is there."""

    def on_test(self, verdict: Verdict, test: TestVerdict) -> None:
        """A test has ended."""

    def on_tested(self, verdict: Verdict) -> None:
        """All tests have ended."""


def run(
    launcher: Launcher, kata: Kata, file: Path, job: Job, listener: Listener | None = None, stop: Stop | None = None
) -> Verdict:
    """Run the tests of ``kata`` as ``job`` says, and return the verdict on ``file``.

    A test that ends its process is an error or a timeout, and the others go on in a new one. After ``stop.now()``
    the verdict has only what was known by then.
    """
    verdict = Verdict(kata, file, job.seed, problem=kata.problem)
    listener, stop = listener or Listener(), stop or Stop()
    if not kata.problem:
        launcher.get_ready()
    start = time.monotonic()
    for _ in range(0 if kata.problem else MOST_DEATHS):
        if stop.is_set:
            break
        attempt = _Attempt(job, verdict, start, listener, stop)
        is_complete = attempt.follow(launcher)
        if attempt.is_lost:
            launcher.restart()
        if is_complete:
            break
        job = job.without(tuple(test.id for test in verdict.tests if test.is_known))
    else:
        for test in verdict.unknown():
            test.settle("error", f"not run: the process had ended {MOST_DEATHS} times before this test")
    verdict.seconds = time.monotonic() - start
    return verdict


class _Attempt:
    """One process for the tests that have no outcome yet; ``start`` is when the first one was started."""

    def __init__(self, job: Job, verdict: Verdict, start: float, listener: Listener, stop: Stop) -> None:
        self._job = job
        self._verdict = verdict
        self._start = start
        self._end = self._test_end = start + job.limits.kata
        self._listener = listener
        self._stop = stop
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._started: list[str] = []
        self._running: str | None = None  # "" while the tests are collected
        self._progress = 0  # how many tests have ended
        self._is_over = False
        self._excess = ""
        self._asked = 0.0  # when the process was told to end
        self._others = bounds.population()
        self.is_lost = False  # whether nobody could say how the process ended

    def follow(self, launcher: Launcher) -> bool:
        """Start the process and listen to it until it has ended; returns whether nothing is left to run."""
        handle, trace = tempfile.mkstemp(prefix="pt_kata-")
        try:
            child = launcher.launch(replace(self._job, trace=trace))
            self._transcript = Transcript(child.output, self._job.mark)
            for listen in (self._read_events, self._await_end):
                threading.Thread(target=listen, args=(child,), daemon=True).start()
            with self._stop.holds_for(child):
                code = self._listen(child)
            self._transcript.finish()
            os.lseek(handle, 0, os.SEEK_SET)
            return self._conclude(code, os.read(handle, MOST_WORDS).decode(errors="replace"))
        finally:
            os.close(handle)
            Path(trace).unlink(missing_ok=True)

    def _read_events(self, child: Child) -> None:
        for event in reported(child, self._job.token):
            self._events.put(event)
        self._events.put({"kind": "silent"})

    def _await_end(self, child: Child) -> None:
        self._events.put({"kind": "exit", "code": child.wait()})

    def _listen(self, child: Child) -> int:
        """Take events until the process has ended and all it had to say was heard; returns its exit code."""
        code, is_silent = None, False
        while code is None or not is_silent:
            try:
                event = self._events.get(timeout=LOOK)
            except queue.Empty:
                if code is not None:  # what it left behind keeps the line open
                    break
                self._look_at(child)
                self.is_lost = bool(self._asked) and time.monotonic() > self._asked + LOST
                if self.is_lost:
                    break
                continue
            if event["kind"] == "exit":
                code = event["code"]
                child.kill()
            elif event["kind"] == "silent":
                is_silent = True
                self._asked = self._asked or time.monotonic()  # it has ended, or is about to
            else:
                getattr(self, f"_on_{event['kind']}")(event)
            if time.monotonic() > self._end + bounds.GRACE:  # one short test after the other
                child.kill()
        return bounds.KILLED if code is None else code

    def _look_at(self, child: Child) -> None:
        """Stop a process that starts too many others, takes too much memory, or too long."""
        limits = self._job.limits
        if bounds.population() > self._others + limits.processes and self._is_crowd(child.pid):
            child.kill()
            self._excess = f"it had started more than {limits.processes} processes"
        elif bounds.memory(child.pid) > limits.memory + bounds.SPARE:
            self._excess = f"it took more than {limits.memory >> 20} MiB of memory"
        if self._excess or time.monotonic() > min(self._end, self._test_end):
            self._end_it(child)

    def _is_crowd(self, pid: int) -> bool:
        most = self._job.limits.processes
        return bounds.members(pid) > most or bounds.descendants(pid) > most

    def _end_it(self, child: Child) -> None:
        """Ask the process for its last words, and kill it when it has had the time for them."""
        now = time.monotonic()
        if not self._asked:
            self._asked = now
            child.abort()
        elif now > self._asked + LAST_WORDS:
            child.kill()

    def _on_start(self, event: dict[str, Any]) -> None:
        self._running = event["id"]
        self._started.append(event["id"])
        limits = self._job.limits
        self._test_end = time.monotonic() + (limits.test if self._running else limits.collection) + PATIENCE

    def _on_tests(self, event: dict[str, Any]) -> None:
        self._running, self._test_end = None, self._end
        if not self._verdict.tests:
            self._verdict.tests = [TestVerdict(**test) for test in event["tests"]]
            self._expect()

    def _on_end(self, event: dict[str, Any]) -> None:
        self._running, self._test_end = None, self._end
        test, result = self._verdict.test(event["id"]), event.get("result")
        if test and result and not test.is_known:  # a fork of the process may report once more
            test.function, test.seconds, test.traceback = result["function"], result["seconds"], event["traceback"]
            test.file, test.line = event.get("file", test.file), event.get("line", test.line)
            self._settle(test, OUTCOMES[result["outcome"]], event["message"])

    def _on_problem(self, event: dict[str, Any]) -> None:
        self._verdict.problem = event["message"]

    def _on_tested(self, event: dict[str, Any]) -> None:
        self._is_over = True
        self._verdict.seconds = time.monotonic() - self._start
        if not any(self._verdict.unknown()):
            self._listener.on_tested(self._verdict)

    def _on_diagnosis(self, event: dict[str, Any]) -> None:
        if test := self._verdict.test(event["id"]):
            test.diagnosis = "\n".join(filter(None, [test.diagnosis, event["text"]]))

    def _on_over(self, event: dict[str, Any]) -> None:
        self._is_over = True
        self._verdict.modules = tuple(event["modules"])

    def _expect(self) -> None:
        """Add the tests of the test file that were not collected."""
        found = {test.name.partition("[")[0] for test in self._verdict.tests}
        self._verdict.tests += [test for test in expected(self._verdict.kata) if test.name not in found]

    def _settle(self, test: TestVerdict, outcome: Outcome, message: str) -> None:
        test.settle(outcome, message)
        self._progress += 1
        if test.id in self._started:
            test.printed = self._transcript.part(2 * self._started.index(test.id) + 1)
        self._listener.on_test(self._verdict, test)

    def _conclude(self, code: int, trace: str) -> bool:
        """Give an outcome to the test that ended the process, and to all that can't be run; whether that is all."""
        verdict = self._verdict
        verdict.printed = verdict.printed or self._transcript.part(1)
        if self._stop.is_set:
            return True
        if self._is_over and not (self._progress and any(verdict.unknown())):
            if not self._started:
                self._tell_refusal()
            self._expect()
            for test in verdict.unknown():
                self._settle(test, "error", verdict.problem or "this test was not collected; is its file changed?")
            return True
        if self._is_over:  # pytest itself has given up, for want of memory perhaps
            return False
        running = verdict.test(self._running) if self._running else None
        if running:
            self._settle_last(running, *self._death(code, trace), trace)
        is_hopeless = self._running == "" or not verdict.tests or time.monotonic() > self._end
        if is_hopeless or not (running or self._progress):
            self._give_up(code, trace)
        return not any(verdict.unknown())

    def _tell_refusal(self) -> None:
        """Say why pytest did not begin: for want of this kata's tests, or of something that all katas want."""
        why = self._transcript.part(0).strip().removeprefix("ERROR: ") or "pytest did not start"
        if self._verdict.kata.test.is_file():
            raise RunnerError(why)
        self._verdict.problem = why

    def _give_up(self, code: int, trace: str) -> None:
        """Give the tests that are left the outcome of the process."""
        outcome, message = self._death(code, trace)
        self._expect()
        for test in self._verdict.unknown():
            if self._running == "":
                self._settle_last(test, outcome, message, trace)
            else:
                self._settle(test, outcome, f"not run: {message}")

    def _settle_last(self, test: TestVerdict, outcome: Outcome, message: str, trace: str) -> None:
        """Settle a test that the process ended in, with the learner's line on which that was."""
        if line := last_line(trace, self._verdict.file):
            test.file, test.line = str(self._verdict.file), line
            test.function = function_at(self._verdict.file, line)
            place = f"{self._verdict.file.name}, line {line}" + (f", in {test.function}" if test.function else "")
            message = f"{message}\n  where     {place}"
        self._settle(test, outcome, message)

    def _death(self, code: int, trace: str) -> tuple[Outcome, str]:
        """Why the process ended: the outcome for the test, and what to tell the learner."""
        limits = self._job.limits
        if self._excess:
            return "error", f"stopped: {self._excess}"
        if time.monotonic() > self._end:
            return "timeout", f"stopped after {limits.kata:g} s, the limit for a whole kata: does this loop end?"
        if trace.startswith("Timeout") or time.monotonic() > self._test_end:
            seconds = limits.test if self._running else limits.collection
            return "timeout", f"stopped after {seconds:g} s{self._while()}: does this loop end?"
        if code == bounds.UNHEARD:
            return (
                "error",
                f"the process could not report any more{self._while()}: does the code close files it never opened?",
            )
        if code >= 0:
            return "error", f"the process ended with exit code {code}{self._while()}: does the code call os._exit?"
        name = next((one.name for one in signal.Signals if one == -code), f"signal {-code}")
        why = DEATHS.get(-code, "did the code send it?")
        return "error", f"the process ended with {name}{self._while()}: {why}"

    def _while(self) -> str:
        return f" while {self._verdict.file.name} was imported" if self._running == "" else ""
