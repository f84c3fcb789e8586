"""What bears witness to a test: whether it ran to its end, by the tools that it was written with, on plain values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from pt_kata import streams
from pt_kata.calls import Call, Recorder
from pt_kata.catalog import Kata
from pt_kata.guard import Guard
from pt_kata.lies import Plainness
from pt_kata.seal import Seals

COMPARED = "The test compared two objects, and {name} gave the answer. Leave ==, != and hash as Python made them."
REPLACED = "{what} was replaced while the test ran. The tests judge with it: take that out."
UNSEEN = "The test was no longer watched when it ended: something took Python's profile function. Take that out."


class Untrusted(AssertionError):
    """A test that might have passed by something else than a right answer."""


class Witness:
    """Witness of one test; entered around it, and told of each outermost call into ``files`` that returned."""

    def __init__(self, kata: Kata, files: Collection[str], seals: Seals) -> None:
        self.plain = Plainness(_tasks(kata), files)
        self.passed = False
        self.call: Call | None = None
        self._seals, self._ours = seals, kata.module
        self._mend_some = seals.of_kata(kata.test)
        self._fault = self._compared = ""
        self._replaced: list[str] = []
        self.plain.learn(vars(module) for module in seals.katas())

    def run(self, test: Callable[..., object], arguments: Mapping[str, Any], *, last: bool) -> None:
        """Run the test, and look at the end whether all that it judges with is as it was.

        After the ``last`` test of a kata everything is looked at; until then what tests and checks call by name.
        """
        mend_some, put_back = self._mend_some, self._seals.snapshot(self._ours)
        mend = self._seals.mend_all if last else self._seals.mend
        try:
            with streams.lent():
                test(**arguments)
        finally:
            self._replaced = mend_some() + mend()
            put_back()
        self.passed = True

    def returned(self, call: Call) -> None:
        """Put back what the call replaced, and look at what it gave."""
        try:
            self._mend_some()
            if not self._fault:
                self._look_at(call)
        except Exception as error:
            self._blame(call, f"{call.name} returned something that can't be looked at: {type(error).__name__}.")

    @contextmanager
    def insist(self, recorder: Recorder, guard: Guard) -> Iterator[None]:
        """Fail where the verdict can't be trusted, and say why."""
        try:
            yield
        except AssertionError:
            if not self._fault or guard.violation:
                raise
        if guard.violation:
            return
        if self._replaced:
            self._fault = REPLACED.format(what=_listed(self._replaced))
        elif self._compared and self.passed:
            self._fault = self._compared
        elif recorder.lost and self.passed:
            self._fault = UNSEEN
        if self._fault:
            self.passed = False
            raise Untrusted(self._fault)

    def _look_at(self, call: Call) -> None:
        if self.plain.compares(call.frame.f_code):
            self.call, self._compared = call, COMPARED.format(name=call.name)
        elif fault := self.plain.fault(call.result):
            self._blame(call, f"{call.name} returned an object {fault}.")

    def _blame(self, call: Call, fault: str) -> None:
        self.call, self._fault = call, fault


@cache
def _tasks(kata: Kata) -> frozenset[str]:
    return frozenset(task.name for task in kata.tasks)


def _listed(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return ", ".join(distinct[:3]) + (f" and {len(distinct) - 3} more" if len(distinct) > 3 else "")
