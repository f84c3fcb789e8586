"""What runs in the process of a kata: pytest with the kata plugin, and a plugin that reports each step at once."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from pt_kata.plugin import KataPlugin, docstring_of
from pt_kata.runner import bounds
from pt_kata.runner.job import Job

LAST_SIGNALS = [
    getattr(signal, name) for name in ("SIGALRM", "SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
]
MOST_LINES = 200  # of a message
MOST_SAID = 20_000  # characters of a message; an exception may carry any text
SETTINGS = Path(__file__).with_name("pytest.ini")


def run(job: Job, events: int, output: int) -> NoReturn:
    """Run the tests of ``job``, and end this process.

    What happens is reported to the file descriptor ``events``, what is printed goes to ``output``.
    """
    gc.disable()
    bounds.lead_a_group()
    reporter = Reporter(job, events, output)
    bounds.redirect(output)
    os.chdir(job.root)
    bounds.fence(job.root, reporter.files)
    if job.device == "cpu":
        bounds.limit_memory(job.limits.memory)
    try:
        pytest.main(arguments(job), plugins=[reporter.plugin, reporter])
    except BaseException as error:
        reporter.send("problem", message=f"{type(error).__name__}: {error}")
    reporter.leave()


def arguments(job: Job) -> list[str]:
    """The command line for pytest."""
    chapter, _, name = job.kata.partition("/")
    test = f"katas/{chapter}/test_{name}.py"  # from the root on, whose path may hold what means something to pytest
    options = ["-c", str(SETTINGS), "--rootdir", str(job.root), "--seed", str(job.seed), "--device", job.device]
    options += ["--solutions"] if job.solutions else []
    options += ["--against", job.against] if job.against else []
    options += [] if job.diagnosis else ["--no-diagnosis"]
    return [*options, *(f"--deselect={nodeid}" for nodeid in job.done), test]


def end_at_once(status: int) -> NoReturn:
    """End the process as ``os._exit`` does, in whose place this stands, after writing down where that was."""
    if _last_words.trace:
        faulthandler.dump_traceback(_last_words.trace)
    _end(status)


_last_words = SimpleNamespace(trace=None)  # no list: the seal would empty it
_end, os._exit = os._exit, end_at_once  # now, because the seal is put on what it finds before a fork


class Reporter:
    """Says what is collected, what begins and how it ended; starts and stops the clock of each test."""

    def __init__(self, job: Job, events: int, output: int) -> None:
        self.plugin = KataPlugin(job.root)
        self.files: set[str] = set()
        self._job = job
        self._events = events
        self._output = output
        self._trace = open(job.trace, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        with suppress(OSError):  # nothing is left where both processes are killed; Windows keeps the name until then
            os.unlink(job.trace)  # noqa: PTH108
        self._before = set(sys.modules)
        self._told: dict[str, Any] = {}
        self._pid = os.getpid()
        self._keep_last_words()

    def send(self, kind: str, **facts: Any) -> None:
        """Write one line; where nobody reads any more, or in a fork of this process, there is nothing left to do."""
        if os.getpid() != self._pid:
            _end(0)
        data = json.dumps({"token": self._job.token, "kind": kind, **facts}).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._events, data) :]
        except OSError:
            _end(bounds.UNHEARD)

    def leave(self) -> NoReturn:
        """End the process, whatever still runs in it."""
        self.send("over", modules=[name for name in sys.modules if name not in self._before])
        _end(0)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        self.files |= self.plugin.sources
        manager = config.pluginmanager
        manager.unregister(name="terminalreporter")
        manager.register(pytest.TerminalReporter(config, open(os.devnull, "w")), "terminalreporter")  # noqa: PTH123, SIM115

    def pytest_collection(self) -> None:
        self._begin("")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._mark()
        self.send("tests", tests=[_test(item) for item in items])
        items.sort(key=lambda item: item.nodeid not in self._job.first)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._begin(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if result := getattr(report, "kata_result", None):
            self._told = {"result": result, **_failure(report, self.files)}

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._mark()
        self.send("end", id=nodeid, **self._told)
        self._told = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.send("problem", message=str(report.longrepr))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.send("problem", message=_cut(f"the tests could not be run: {excinfo.exconly()}"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, None, NoReturn]:
        """Report before and after the diagnosis, and leave before pytest writes a summary that nobody reads."""
        self.send("tested")
        yield
        faulthandler.cancel_dump_traceback_later()
        for nodeid, diagnosis in self.plugin.diagnoses:
            self.send("diagnosis", id=nodeid, text=diagnosis.text)
        self.leave()

    def _begin(self, nodeid: str) -> None:
        self._mark()
        self.send("start", id=nodeid)
        limits = self._job.limits
        # A thread that looks at the running code from outside sees less than a signal does, and comes second.
        seconds = (limits.test if nodeid else limits.collection) + (bounds.GRACE if bounds.CAN_ASK else 0.0)
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._trace)

    def _keep_last_words(self) -> None:
        """Let Python write down where it is when it crashes, gets a signal, or is told to end at once."""
        faulthandler.enable(self._trace)
        for one in LAST_SIGNALS if hasattr(faulthandler, "register") else ():
            faulthandler.register(one, self._trace, chain=True)
        _last_words.trace = self._trace

    def _mark(self) -> None:
        """Divide what is printed within a test from the rest, by a line that only the supervisor knows."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue
        os.write(self._output, self._job.mark)


def _test(item: pytest.Item) -> dict[str, Any]:
    line = (item.location[1] or 0) + 1
    return {"id": item.nodeid, "name": item.name, "docstring": docstring_of(item), "line": line}


def _failure(report: pytest.TestReport, files: set[str]) -> dict[str, Any]:
    """The message of a failed test, the learner's line, and the lines on the way to it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if not crash:
        return {"message": _cut(str(report.longrepr or "")), "traceback": ""}
    entries = getattr(report.longrepr.reprtraceback, "reprentries", [])  # type: ignore[union-attr]
    places = [entry.reprfileloc for entry in entries if getattr(entry, "reprfileloc", None)]
    own = [place for place in places if str(Path(place.path).absolute()) in files]
    place = (own or places or [None])[-1]
    return {
        "message": _cut(crash.message.removeprefix("AssertionError: ")),
        "traceback": _cut(str(report.longrepr)),
        "file": str(Path(place.path).absolute()) if place else crash.path,
        "line": place.lineno if place else crash.lineno,
    }


def _cut(text: str) -> str:
    cut = "\n".join(text[:MOST_SAID].splitlines()[:MOST_LINES])
    return text if len(cut) >= len(text.rstrip()) else f"{cut}\n[... {len(text) - len(cut)} characters more]"
