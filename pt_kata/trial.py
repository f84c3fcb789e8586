"""A kata's tests, run in this process against any module: what diagnosis and the author's proof are made of.

The test file is executed afresh for each module, with that module behind ``katas.<chapter>.<kata>``; its tests get
the fixture ``draw`` and their parameters, and the guard watches, as under pytest.
"""

from __future__ import annotations

import ast
import itertools
import re
import signal
import threading
import warnings
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from types import CodeType, ModuleType, TracebackType
from typing import Any, Literal

import pytest

from pt_kata import frames, stand_ins
from pt_kata.calls import Recorder
from pt_kata.catalog import Kata
from pt_kata.draw import Draw
from pt_kata.guard import Forbidden, Guard
from pt_kata.hybrids import defines, installed
from pt_kata.world import seeded_world

Parametrization = tuple[list[str], list[tuple[Any, ...]]]
FORBIDDEN = "forbidden"
DIGITS = re.compile(r"\d+|0x[0-9a-f]+")


@dataclass(frozen=True)
class Case:
    """One test: a function and the position of its arguments in each of its parametrizations."""

    function: str
    picks: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.function + (f"[{'-'.join(map(str, self.picks))}]" if self.picks else "")


@dataclass(frozen=True)
class Ending:
    """How one test ended: ``failed`` by an assertion, ``raised`` in the code under test, ``crashed`` in the test.

    ``lines`` are those of the test file on the way to the failure, ``fault`` what was wrong, without names and
    numbers, ``observed`` the value that was found wrong, and ``changed`` the global switches that it left changed.
    """

    outcome: Literal["passed", "failed", "raised", "crashed", "todo"]
    lines: tuple[int, ...] = ()
    fault: str = ""
    observed: object = None
    message: str = ""
    changed: tuple[str, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped because it took too long."""
        return self.fault.startswith(OutOfTime.__name__)

    @property
    def red(self) -> bool:
        return self.outcome != "passed"


class Trial:
    """The tests of one kata, with fixed seeds.

    Without ``guarded`` nothing that the kata forbids is noticed, and a test takes a quarter of the time. A test that
    takes longer than ``limit`` seconds is stopped, where the platform has a timer.
    """

    def __init__(self, kata: Kata, seed: int, device: str = "cpu", *, guarded: bool = True, limit: float = 0.0) -> None:
        self.kata = kata
        self._seed = seed
        self._device = device
        self._guarded = guarded
        self._limit = limit
        self._tree = stand_ins.parse(kata.test)
        self._code: CodeType = compile(self._tree, str(kata.test), "exec", dont_inherit=True)

    def cases(self, module: ModuleType) -> list[Case]:
        """All tests in file order."""
        tests = self._tests(module)
        return [
            Case(name, picks)
            for name, test in tests.items()
            for picks in itertools.product(*(range(len(values)) for _, values in _parametrizations(test)))
        ]

    def mentions(self, function: str, task: str) -> bool:
        """Whether the test ``function`` names ``task``, itself or through what else of the test file it names."""
        return task in self._reach(function, set())

    def on(self, module: ModuleType, files: Collection[str]) -> Callable[..., Ending]:
        """What runs one test against ``module``, whose code lies in ``files``; call it with a case, and a limit."""
        tests, files = self._tests(module), set(files)
        return lambda case, limit=self._limit: self._run(case, tests[case.function], files, limit)

    def run(self, module: ModuleType, cases: Iterable[Case], files: Collection[str]) -> Iterator[tuple[Case, Ending]]:
        """Run ``cases`` against ``module``; yields each ending as it is known."""
        run = self.on(module, files)
        for case in cases:
            yield case, run(case)

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        """The names that each top-level definition of the test file uses."""
        used: dict[str, set[str]] = {}
        for statement in self._tree.body:
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            for name in defines(statement):
                used[name] = used.get(name, set()) | names
        return used

    def _reach(self, name: str, seen: set[str]) -> set[str]:
        for inner in self._names.get(name, set()) - seen:
            seen.add(inner)
            self._reach(inner, seen)
        return seen

    def _tests(self, module: ModuleType) -> dict[str, Any]:
        namespace: dict[str, Any] = {"__name__": f"test_{self.kata.name}", "__file__": str(self.kata.test)}
        with installed(self.kata.module, module):
            exec(self._code, namespace)
        return {name: value for name, value in namespace.items() if name.startswith("test_") and callable(value)}

    def _run(self, case: Case, test: Any, files: set[str], limit: float) -> Ending:
        seed = seed_of(self._seed, case.function, _indices(test, case))
        guard = Guard(self.kata.bans if self._guarded else (), files)
        recorder = Recorder(files, guard.codes, guard.refuse_code) if self._guarded else nullcontext()
        try:
            with _silence(), seeded_world(seed, watched=self._guarded) as before:
                with recorder, guard.watch(), guard.insist(), _at_most(limit):
                    test(**self._arguments(case, test, seed))
                changed = before.changes() if self._guarded else ()
        except pytest.skip.Exception:
            return Ending("passed")
        except (Exception, pytest.fail.Exception, SystemExit, OutOfTime) as error:
            return self._ending(error, files)
        return Ending("passed", changed=changed)

    def _arguments(self, case: Case, test: Any, seed: int) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for (names, values), pick in zip(_parametrizations(test), case.picks, strict=True):
            arguments.update(zip(names, values[pick], strict=True))
        if "draw" in test.__code__.co_varnames[: test.__code__.co_argcount]:
            arguments["draw"] = Draw(seed, self._device)
        return arguments

    def _ending(self, error: BaseException, files: set[str]) -> Ending:
        lines = tuple(_lines(error.__traceback__, str(self.kata.test)))
        if frames.is_stub(error, files):
            return Ending("todo", lines)
        fault, observed = _fault(error, files)
        return Ending(_outcome(error, files), lines, fault, observed, message=str(error))


class OutOfTime(BaseException):
    """A test took longer than its limit; no Exception, so that code under test doesn't swallow it."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise OutOfTime(f"stopped after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    remaining, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, remaining)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _silence() -> Iterator[None]:
    """Show neither what is printed nor what is warned of: the run under pytest has shown it."""
    out = StringIO()
    with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(out):
        warnings.simplefilter("ignore")
        yield


def seed_of(seed: int, function: str, indices: Mapping[str, int]) -> int:
    """The seed of one test in a run: ``indices`` are pytest's, one for each parameter."""
    return zlib.crc32(f"{seed} {function} {sorted(indices.items())}".encode())


def case_of(name: str, test: Any, indices: Mapping[str, int]) -> Case:
    """The case that pytest's ``indices`` stand for: the inverse of ``_indices``."""
    position, picks = next(iter(indices.values()), 0), []
    for _, values in reversed(_parametrizations(test)):
        position, pick = divmod(position, len(values))
        picks.append(pick)
    return Case(name, tuple(reversed(picks)))


def _indices(test: Any, case: Case) -> dict[str, int]:
    """What pytest says of every parameter since its version 8: which of the test's cases this is."""
    parametrizations, position = _parametrizations(test), 0
    for (_, values), pick in zip(parametrizations, case.picks, strict=True):
        position = position * len(values) + pick
    return {name: position for names, _ in parametrizations for name in names}


def _outcome(error: BaseException, files: set[str]) -> Literal["failed", "raised", "crashed"]:
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return "failed"
    if isinstance(error, OutOfTime):
        return "raised"
    return "raised" if any(True for file in files for _ in _lines(error.__traceback__, file)) else "crashed"


def _fault(error: BaseException, files: set[str]) -> tuple[str, object]:
    if isinstance(error, Forbidden):
        return f"{FORBIDDEN}: {str(error).splitlines()[-1].strip()}", None
    if hasattr(error, "fault"):
        return error.fault, getattr(error, "observed", None)
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return "assertion", None
    if frames.raised_by(error, files):
        return type(error).__name__, None
    return DIGITS.sub("#", f"{type(error).__name__}: {error}").partition("\n")[0], None


def _lines(traceback: TracebackType | None, file: str) -> Iterator[int]:
    while traceback:
        if traceback.tb_frame.f_code.co_filename == file:
            yield traceback.tb_lineno
        traceback = traceback.tb_next


def _parametrizations(test: Any) -> list[Parametrization]:
    """The argument names and values of each ``pytest.mark.parametrize`` on ``test``."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return [_parametrization(*mark.args, **mark.kwargs) for mark in marks]


def _parametrization(names: str | list[str], values: Iterable[Any], **_: object) -> Parametrization:
    split = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)
    bare = isinstance(names, str) and "," not in names  # only then each value stands for itself, says pytest
    return split, [_row(value, bare) for value in values]


def _row(value: Any, bare: bool) -> tuple[Any, ...]:
    if isinstance(value, type(pytest.param())):
        return tuple(value.values)
    return (value,) if bare else tuple(value)
