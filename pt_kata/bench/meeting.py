"""A whole run of races: what is raced in which order, under which conditions, and what is kept of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import torch

from pt_kata.bench import pairs
from pt_kata.bench.clock import Budget, Clock, clock_of
from pt_kata.bench.contenders import COMPILED, Contender, Reasons, checked, contenders, names
from pt_kata.bench.limit import Limits, measure
from pt_kata.bench.machine import cache_of, gpu, keep_freed_memory, machine
from pt_kata.bench.pair import SIZES, Case, Pair
from pt_kata.bench.race import Conditions, measured_again, race
from pt_kata.bench.record import LeftOut, Record, Results
from pt_kata.catalog import nearest
from pt_kata.files import Trouble, stamp, unused

FULL = Budget(rounds=20, seconds=0.5, most=240.0, ceiling=60)
QUICK = Budget(rounds=20, seconds=0.4, most=0.5, fewest=4, ceiling=60)
SAVING = 5.0  # seconds between two saves
MEASURING = 60.0  # seconds until the limits are measured again
NO_CUDA = "The CUDA half was not run: torch sees no CUDA device here."
NOT_COMPILED = "--quick leaves torch.compile out; the run without it has it."
ONE_SIZE = "--quick runs the medium size only, and both passes together."


@dataclass(frozen=True)
class Options:
    """What is asked for; an empty choice means everything, 0 threads as many as torch takes by itself."""

    ops: Sequence[str] = ()
    sizes: Sequence[str] = ()
    devices: Sequence[str] = ()
    quick: bool = False
    threads: int = 0

    @property
    def budget(self) -> Budget:
        return QUICK if self.quick else FULL

    @property
    def words(self) -> str:
        """The options as they are typed."""
        given = {"--op": self.ops, "--size": self.sizes, "--device": self.devices}
        typed = [f"{name} {value}" for name, values in given.items() for value in values]
        typed += [f"--threads {self.threads}"] if self.threads else []
        return " ".join([*typed, *(["--quick"] if self.quick else [])])

    def notes(self) -> list[str]:
        """What this run leaves out, in words."""
        found = [NOT_COMPILED, *([] if self.sizes else [ONE_SIZE])] if self.quick else []
        is_asked = not self.devices or "cuda" in self.devices
        return found + ([NO_CUDA] if is_asked and not torch.cuda.is_available() else [])


@dataclass(frozen=True)
class Heat:
    """The races of one pair at one size, device and dtype: the same contenders, and one check of them.

    A size that grows with the cache is made to fit the pass ``fits``, or the first one.
    """

    pair: Pair
    size: str
    device: str
    dtype: str
    fits: str = ""

    def cases(self, quick: bool) -> list[Case]:
        passes = self.pair.passes[-1:] if quick else self.pair.passes
        itemsize = getattr(torch, self.dtype).itemsize
        dims = self.pair.fitted(self.size, self.fits or self.pair.passes[0], itemsize, cache_of(self.device))
        return [Case(self.pair, self.size, dims, one, self.device, self.dtype) for one in passes]


def choose(options: Options) -> list[Heat]:
    """The heats that are asked for, pair by pair.

    Raises:
        Trouble: there is no such op, size or device.
    """
    every = list(pairs.every())
    _expect("op", options.ops, [pair.op for pair in every])
    _expect("size", options.sizes, SIZES)
    _expect("device", options.devices, ("cpu", "cuda"))
    if "cuda" in options.devices and not torch.cuda.is_available():
        raise Trouble("--device cuda: torch sees no CUDA device here; leave the option out for the CPU")
    devices = options.devices or ("cpu", *(["cuda"] if torch.cuda.is_available() else []))
    sizes = options.sizes or (("medium",) if options.quick else SIZES)
    asked = [pair for pair in every if not options.ops or pair.op in options.ops]
    return [
        Heat(pair, size, device, dtype)
        for pair in asked
        for device in devices
        if device in pair.devices
        for dtype in pair.dtypes
        if device == "cuda" or dtype != "bfloat16"
        for size in sizes
    ]


def _expect(option: str, given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            near = nearest(name, list(known))
            raise Trouble(f"--{option} {name}: there is none{near}. Known: {', '.join(known)}")


@dataclass
class Meeting:
    """Runs races one after the other, and keeps the results in a file as they come.

    Attributes:
        root: the workspace.
        path: the file of the results.
        reasons: why a function of the learner does not race; see ``yours.reasons``.
        options, seed: what is asked for, and what the inputs are drawn with.
        budget: for each race.
        on_step: told what is being done.
    """

    root: Path
    path: Path
    reasons: Reasons
    options: Options
    seed: int
    budget: Budget
    on_step: Callable[[str], None] = lambda words: None
    is_compiling: bool = field(init=False)
    results: Results = field(init=False)
    _clocks: dict[str, Clock] = field(default_factory=dict)
    _limits: dict[tuple[str, str], Limits] = field(default_factory=dict)
    _known: dict[Heat, dict[str, Contender | None]] = field(default_factory=dict)
    _measured: dict[tuple[str, str], float] = field(default_factory=dict)
    _saved: float = 0.0

    def __post_init__(self) -> None:
        keep_freed_memory()
        torch.set_num_threads(self.options.threads or torch.get_num_threads())
        torch.backends.cudnn.allow_tf32 = False  # float32 is to mean the same in all contenders
        self.is_compiling = not self.options.quick
        started = datetime.now(UTC).isoformat(timespec="seconds")
        notes, words = self.options.notes(), self.options.words
        self.results = Results(started, machine(), notes=notes, options=words, name=self.path.stem)

    def race(self, heat: Heat, case: Case) -> list[Record]:
        """Race the contenders of ``heat`` in ``case``; those that are wrong or absent are noted as left out."""
        conditions = Conditions(self._clock(heat.device), self.limits(heat.device, heat.dtype), self.budget)
        entered = self.enter(heat, names(heat.pair))
        if not entered or entered[0].name != "fused":
            words = "there is no fused operator to race against: it was left out"
            absent = [LeftOut(case.pair.op, one.name, words, case.id) for one in entered]
            self.results.left_out += [one for one in absent if one not in self.results.left_out]
            return []
        self.on_step(case.id)
        records = race(case, entered, conditions, self.seed)
        self.results.records += records
        self.save(later=True)
        return records

    def enter(self, heat: Heat, wanted: Sequence[str]) -> list[Contender]:
        """Check those of ``wanted`` that have not been yet against float64; returns all that may race."""
        case, known = heat.cases(quick=False)[-1], self._known.setdefault(heat, {})
        new = [name for name in wanted if name not in known and (self.is_compiling or name != COMPILED)]
        if new:
            field, absent = contenders(heat.pair, self.root, self.reasons, new)
            good, bad = checked(case, field, self.seed, lambda name: self.on_step(f"{case.id}: {_check(name)}"))
            self.results.left_out += [one for one in (*absent, *bad) if one not in self.results.left_out]
            known |= dict.fromkeys(new) | {one.name: one for one in good}
        return [one for name in names(heat.pair) if (one := known.get(name))]

    def forget(self) -> None:
        """Let go of the contenders of all heats so far, and of what was compiled for them."""
        self._known.clear()
        if self.is_compiling:
            torch.compiler.reset()

    def limits(self, device: str, dtype: str) -> Limits:
        """What the machine can do: the best of what was measured so far, now and again during the run."""
        known, age = self._limits.get((device, dtype)), time.monotonic() - self._measured.get((device, dtype), -inf)
        if known is None or age > MEASURING:
            self.on_step(f"measuring the limits of {device} in {dtype}")
            now = measure(device, dtype, self._clock(device), Budget(rounds=10, seconds=0.5, most=2.0, fewest=4))
            self._limits[device, dtype] = known = now.best(known) if known else now
            self._measured[device, dtype] = time.monotonic()
            self.results.limits = [one.as_data() for one in self._limits.values()]
        return known

    def _clock(self, device: str) -> Clock:
        return self._clocks.get(device) or self._clocks.setdefault(device, clock_of(device))

    def save(self, *, later: bool = False) -> None:
        """Write the results; with ``later`` only when the last time is some seconds ago."""
        now = time.monotonic()
        if not later or now - self._saved > SAVING:
            self.results.save(self.path)
            self._saved = now

    def finish(self) -> None:
        """Everything that was asked for has been run; all of it is held against the best limits of the run."""
        limits = self._limits
        self.results.records = [measured_again(one, limits[one.device, one.dtype]) for one in self.results.records]
        self.results.is_complete = True
        self.results.machine["gpu_at_the_end"] = gpu()


def _check(name: str) -> str:
    return "compiling" if name == COMPILED else f"checking {name}"


def any_seed() -> int:
    """A seed for the inputs of a run, kept in its records."""
    return random.SystemRandom().randrange(10**6)


def results_path(root: Path) -> Path:
    """A file for the results of a run that begins now."""
    return unused(root / ".pt_kata" / "bench" / f"{stamp()}.json")


def expected_seconds(heat: Heat, options: Options) -> float:
    """About how long a heat takes: its checks, its compilations, its samples."""
    budget, seconds = options.budget, 0.0
    for case in heat.cases(options.quick):
        guess = (case.least.elements / 2e10 + case.flops / 1e11) * 8 * len(names(heat.pair))
        seconds += min(max(budget.seconds, guess * budget.rounds), budget.most) + guess + 0.3
    return seconds + (0.0 if options.quick or not heat.pair.is_compiled else 3.0)


class Estimate:
    """How much longer it will take, from how long the first part took against what was expected of it."""

    def __init__(self, expected: Sequence[float]) -> None:
        self._expected = list(expected)
        self._start = time.monotonic()
        self.done = 0

    @property
    def total(self) -> int:
        return len(self._expected)

    def step(self) -> None:
        """Another one of the expected parts is over."""
        self.done += 1

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds until the end, if the rest is as much slower than expected as what is over."""
        over, rest = sum(self._expected[: self.done]), sum(self._expected[self.done :])
        return rest * (self.elapsed / over if over > 0 else 1.0)

    @property
    def words(self) -> str:
        return f"{self.done} of {self.total} done in {duration(self.elapsed)}, about {duration(self.left)} left"


def duration(seconds: float) -> str:
    """A time as one says it."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def katas_of(heats: Iterable[Heat]) -> set[str]:
    """The katas whose functions take part."""
    return {heat.pair.kata for heat in heats if heat.pair.kata}


def run(meeting: Meeting, heats: Sequence[Heat], estimate: Estimate) -> Iterator[list[Record]]:
    """Race all of ``heats``; what is measured is kept, whatever stops it."""
    try:
        for heat in heats:
            for case in heat.cases(meeting.options.quick):
                yield meeting.race(heat, case)
            meeting.forget()
            estimate.step()
        meeting.finish()
    finally:
        meeting.save()
