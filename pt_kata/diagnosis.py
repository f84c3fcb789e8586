"""Names the mistake behind a failure, by what the code does and not by how it reads.

The kata's tests are run again with only the failing function taken from the learner's file. Where they pass, the
function is right and a helper of the same module is to blame: it is the one whose own version brings the failure
back. Where they fail, the same tests run with each known mistake in its place; the mistake that fails the same
tests, on the same lines, with the same values observed, is the learner's.
"""

from __future__ import annotations

import gc
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from pt_kata.catalog import Kata, line_of
from pt_kata.hybrids import Hybrids
from pt_kata.progress import Result
from pt_kata.stand_ins import StandIn, mistakes
from pt_kata.trial import FORBIDDEN, Case, Ending, Trial

TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-3, torch.float16: 1e-2, torch.bfloat16: 3e-2}
SECONDS = 0.06  # for the evidence on one task
LONGEST = 0.4  # a test that took longer is not run again
IN_ALL = 0.25  # after so many seconds no other task of a kata is looked at
WIDTH = 96  # of what a learner reads
ENDLESS = 3.0  # seconds after which a test was stopped, or nearly so: the learner's code may never end
LIMIT = 0.5  # seconds for one test, run again, that looks endless; a mistake gets three times the learner's time
MOST_ITEMS = 100  # of a list are compared

Evidence = list[tuple[Case, Ending]]


@dataclass(frozen=True)
class Suspect:
    """A task of the learner's, the tests that failed in it (cases or whole functions), and whether the guard spoke."""

    task: str
    tests: frozenset[str]
    forbidden: bool = False


def task_of(result: Result) -> str:
    """The task in which a test ended."""
    return result.function.partition(".")[0]


def suspects(failed: Iterable[Result]) -> list[Suspect]:
    """One suspect for each task in which one of the ``failed`` tests ended, in their order."""
    found: dict[str, list[Result]] = {}
    for result in failed:
        if result.function:
            found.setdefault(task_of(result), []).append(result)
    return [
        Suspect(task, frozenset(result.case for result in results), any(result.forbidden for result in results))
        for task, results in found.items()
    ]


@dataclass(frozen=True)
class Diagnosis:
    """What is known of a failing task: the mistakes that fit it equally, or the helper that is to blame."""

    kata: Kata
    task: str
    path: Path
    below: str  # the task below whose first failing test it is shown
    mistakes: tuple[StandIn, ...] = ()
    helper: str = ""
    fine: bool = False

    @property
    def text(self) -> str:
        """For the learner: what it is, why it is wrong, and what to try."""
        if self.helper:
            return self._blame()
        if len(self.mistakes) == 1:
            return f"{self.task} makes a known mistake: {self._explain(self.mistakes[0])}"
        explained = "\n".join(f"- {self._explain(mistake)}" for mistake in self.mistakes)
        return f"{self.task} makes a known mistake, and these fit it equally:\n{explained}"

    def _blame(self) -> str:
        fails = f"{self.task} is fine; it fails because" if self.fine else f"{self.task} fails here because"
        place = f"{self.path.name}:{line_of(self.path, self.helper)}"
        return f"{fails} {self.helper} does. Go to {self.helper} first: {place}"

    def _explain(self, mistake: StandIn) -> str:
        title = mistake.title if mistake.title[1:2].isupper() else mistake.title[:1].lower() + mistake.title[1:]
        setting = [f">>> import {name}" for name in ("math", "torch") if f"{name}." in mistake.experiment]
        lines = (*setting, f">>> from {self.kata.module} import *", *mistake.prompt)
        prompt = "\n".join(f"    {line}" for line in lines)
        why = textwrap.fill(mistake.why, WIDTH, initial_indent="  ", subsequent_indent="  ")
        return f"{title}.\n{why}\n  Try it in a Python prompt:\n{prompt}"


class Diagnostician:
    """Names the mistakes in one learner's file of ``kata``.

    ``costs`` are the seconds that a test is known to take; slow ones are used last, not at all once a run has taken
    ``seconds``, and never where they take longer than ``longest``.
    """

    def __init__(
        self,
        kata: Kata,
        path: Path,
        *,
        seed: int,
        device: str = "cpu",
        costs: Mapping[str, float] | None = None,
        seconds: float = SECONDS,
        longest: float = LONGEST,
    ) -> None:
        self.kata = kata
        self.path = path
        self._trial = cache(lambda guarded: Trial(kata, seed, device, guarded=guarded, limit=ENDLESS))
        self._hybrids = Hybrids(kata)
        self._costs = costs or {}
        self._seconds = seconds
        self._longest = longest
        self._limits: dict[Case, float] = {}
        self._culprits: list[str] = []
        self._endings: dict[str, dict[Case, Ending]] = {}
        self._files = {str(kata.reference), str(kata.mistakes), str(path)}

    def diagnose(self, suspect: Suspect) -> Iterator[Diagnosis]:
        """What is certain about a failing task and, where a helper is to blame, about that helper."""
        evidence = self._evidence(suspect, self._hybrids.learners(self.path, {suspect.task}))
        if any(ending.red for _, ending in evidence):
            self._culprits.append(suspect.task)
            if fitting := self._fitting(suspect, evidence):
                yield Diagnosis(self.kata, suspect.task, self.path, suspect.task, mistakes=fitting)
        elif helper := self._helper(suspect, [case for case, _ in evidence]):
            ran = {name for case, _ in evidence for name in (case.function, str(case))}
            fine = suspect.tests <= ran
            yield Diagnosis(self.kata, suspect.task, self.path, suspect.task, helper=helper, fine=fine)
            if helper not in self._culprits:
                yield from self._of_helper(helper, suspect)

    def known(self, suspect: Suspect, module: ModuleType) -> tuple[StandIn, ...]:
        """The known mistakes that behave as the task does in ``module``."""
        return self._fitting(suspect, self._evidence(suspect, module))

    def _of_helper(self, helper: str, suspect: Suspect) -> Iterator[Diagnosis]:
        for diagnosis in self.diagnose(replace(suspect, task=helper)):
            yield replace(diagnosis, below=suspect.task)

    def _evidence(self, suspect: Suspect, module: ModuleType) -> Evidence:
        """How the tests end with the version of the task in ``module``: those that failed first, then the quick ones.

        Where the failed ones pass, the others are not asked.
        """
        trial = self._trial(suspect.forbidden)
        failed, others = [], []
        for case in sorted(trial.cases(module), key=self._cost):
            if suspect.tests & {case.function, str(case)}:
                failed.append(case)
            elif trial.mentions(case.function, suspect.task):
                others.append(case)
        run = trial.on(module, self._files)
        evidence = self._affordable(run, failed, needed=1)
        if any(ending.red for _, ending in evidence) and not suspect.forbidden:
            evidence += self._affordable(run, others, needed=0)
        telling = [(case, ending) for case, ending in evidence if self._is_telling(case, ending)]
        return sorted(telling, key=lambda pair: not pair[1].red)

    def _affordable(self, run: Callable[..., Ending], cases: Iterable[Case], *, needed: int) -> Evidence:
        """The cases that fit into the time, and at least the ``needed`` first."""
        start = time.process_time()
        found: Evidence = []
        for position, case in enumerate(cases):
            left = start + self._seconds - time.process_time()
            if self._cost(case) < (self._longest if position < needed else left):
                found.append((case, self._timed(run, case)))
        return found

    def _cost(self, case: Case) -> float:
        return self._costs.get(str(case), self._costs.get(case.function, 0.0))

    def _timed(self, run: Callable[..., Ending], case: Case) -> Ending:
        start = time.perf_counter()
        ending = run(case, LIMIT if self._cost(case) > ENDLESS else ENDLESS)
        self._limits[case] = max(LIMIT, 3 * (time.perf_counter() - start))
        return ending

    def _is_telling(self, case: Case, ending: Ending) -> bool:
        """A test of an unwritten method tells nothing; one that was stopped, only where the reference is quick."""
        if not ending.stopped:
            return ending.outcome != "todo"
        self._limits[case] = LIMIT
        return not self._trial(False).on(self._hybrids.reference(), self._files)(case, LIMIT).red

    def _fitting(self, suspect: Suspect, evidence: Evidence) -> tuple[StandIn, ...]:
        """The mistakes that fit exactly; where there is none, those that fit but for what need not count."""
        key = (suspect.task, suspect.forbidden)
        candidates = [mistake for mistake in self._mistakes if (mistake.task, mistake.forbidden) == key]
        exact = tuple(mistake for mistake in candidates if self._fits(mistake, evidence, same_ending))
        if exact:
            return exact
        alike = same_offence if suspect.forbidden else same_place
        loose = [mistake for mistake in candidates if mistake.forbidden or mistake.noise]
        return tuple(mistake for mistake in loose if self._fits(mistake, evidence, alike))

    def _fits(self, mistake: StandIn, evidence: Evidence, alike: Callable[[Ending, Ending], bool]) -> bool:
        known = self._endings.setdefault(mistake.name, {})
        run: Callable[..., Ending] | None = None
        for case, learners in evidence:
            ending = known.get(case)
            if not ending or ending.stopped:  # with another limit it may go on
                run = run or self._trial(mistake.forbidden).on(self._hybrids.standing_in(mistake), self._files)
                ending = known[case] = run(case, self._limits[case])
            if not alike(ending, learners):
                return False
        return True

    @cached_property
    def _mistakes(self) -> tuple[StandIn, ...]:
        return mistakes(self.kata)

    def _helper(self, suspect: Suspect, cases: Sequence[Case]) -> str:
        """The other task whose own version makes the tests of a right function fail, those known to be wrong first."""
        defined = self._hybrids.defined(self.path) - {suspect.task}
        others = [task.name for task in self.kata.tasks if task.name in defined]
        others.sort(key=lambda name: name not in self._culprits)
        return next((helper for helper in others if self._breaks(helper, suspect, cases)), "")

    def _breaks(self, helper: str, suspect: Suspect, cases: Sequence[Case]) -> bool:
        module = self._hybrids.learners(self.path, {suspect.task, helper})
        run = self._trial(suspect.forbidden).on(module, self._files)
        return any(run(case, self._limits[case]).outcome in ("failed", "raised") for case in cases)


def diagnose(diagnostician: Diagnostician, suspects: Iterable[Suspect]) -> list[Diagnosis]:
    """The diagnoses of ``suspects``; a learner's file that can't be taken apart has none."""
    found: list[Diagnosis] = []
    start = time.process_time()
    with _without_collector():
        for suspect in suspects:
            if time.process_time() - start > IN_ALL:
                break
            try:
                found.extend(diagnostician.diagnose(suspect))
            except (Exception, SystemExit):  # the learner's code may raise anything, and has been reported already
                continue
    return found


@contextmanager
def _without_collector() -> Iterator[None]:
    """Stop Python's garbage collector: after hundreds of failures it takes longer than all else."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def same_ending(one: Ending, other: Ending) -> bool:
    """Whether two runs of a test ended alike: on the same lines, with the same fault, and the same value observed."""
    return same_place(one, other) and (not one.red or same_value(one.observed, other.observed))


def same_place(one: Ending, other: Ending) -> bool:
    """Whether two runs of a test both passed, or ended on the same lines with the same fault."""
    return (one.red, one.lines, one.fault) == (other.red, other.lines, other.fault)


def same_offence(one: Ending, other: Ending) -> bool:
    """Whether two runs of a test were stopped by the guard for the same reason, wherever that was, or one was not."""
    stopped = one.fault.startswith(FORBIDDEN) and other.fault.startswith(FORBIDDEN)
    return one.fault == other.fault or not stopped


def same_value(one: Any, other: Any) -> bool:
    """Whether two observed values agree in type, structure, shape, dtype and, up to rounding, in their numbers."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return _same_tensor(one.detach(), other.detach())
    if isinstance(one, float) and isinstance(other, float):
        return _same_tensor(torch.tensor(one), torch.tensor(other))
    if type(one) is not type(other):
        return type(one).__name__ == type(other).__name__ and not isinstance(one, int | float | str)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_value, one[:MOST_ITEMS], other[:MOST_ITEMS]))
    if isinstance(one, int | complex | str | bytes | set | frozenset | torch.dtype | type | None):
        return bool(one == other)
    return True


def _same_tensor(one: Tensor, other: Tensor) -> bool:
    if (one.shape, one.dtype, one.device) != (other.shape, other.dtype, other.device):
        return False
    tolerance = TOLERANCE.get(one.dtype, 0.0)
    one, other = one.to(torch.complex128), other.to(torch.complex128)
    finite = one[one.isfinite()].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(one, other, rtol=tolerance, atol=tolerance * 1e-2 * scale, equal_nan=True)
