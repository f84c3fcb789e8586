"""``pt-kata bench KATA``: the race of one kata's functions, as good as it gets in a few seconds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from types import FrameType

import torch

from pt_kata.bench.clock import Budget, seconds_of
from pt_kata.bench.contenders import COMPILED, Contender, contenders, names
from pt_kata.bench.meeting import Heat, Meeting, Options, results_path
from pt_kata.bench.pair import Case, Pair
from pt_kata.bench.pairs import every
from pt_kata.bench.race import prepared
from pt_kata.bench.record import LeftOut, Record
from pt_kata.bench.yours import reasons
from pt_kata.catalog import Kata
from pt_kata.files import Trouble

SECONDS = 14.0  # for everything; the command starts, prints and ends in the rest of 20
COMPILING = 4.5  # of them for torch.compile
SAMPLES = 6
CALLS = SAMPLES + 6  # of each contender: inputs drawn, one check, two to warm up, two counts
FEWEST = 4  # samples
OUTSIDE = 2  # times as long for each byte, outside of the cache


class _OutOfTime(BaseException):
    """Not an Exception, so that no handler on the way takes it for a failure of the compiler."""


def races_of(kata: Kata) -> list[Pair]:
    """The pairs that a function of the kata takes part in.

    Raises:
        Trouble: there is none.
    """
    found = [pair for pair in every() if pair.kata == kata.id]
    if not found:
        others = ", ".join(dict.fromkeys(pair.kata for pair in every() if pair.kata))
        raise Trouble(f"{kata.id} has no function that PyTorch has fused, so there is nothing to race. Try: {others}")
    return found


def short_race(
    root: Path, kata: Kata, device: str, seed: int, say: Callable[[str], None], *, patient: bool
) -> tuple[Meeting, list[list[Record]]]:
    """Race the green functions of ``kata``: the records, pair by pair, of the last pass each has.

    The learner's tests run in other processes meanwhile. Each pair is raced at its large size where the time is enough
    for that, else at its medium one; with ``patient`` the compiler may take all the time it needs.
    """
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # so that nothing is compiled during the races
    end = time.monotonic() + SECONDS
    pairs = races_of(kata)
    meeting = Meeting(root, results_path(root), {}, Options(devices=[device]), seed, Budget(), on_step=say)
    with ThreadPoolExecutor(1) as pool:
        checking = pool.submit(reasons, root, [kata.id])
        with _one_thread():
            planned = [_planned(meeting, pair, device, SECONDS / len(pairs)) for pair in pairs]
        compiled = _compile(meeting, planned, None if patient else COMPILING)
        meeting.reasons = checking.result()
    meeting.limits(device, planned[0].dtype)
    end = max(end, time.monotonic() + SECONDS / 2) if patient else end
    found = []
    for position, wanted in enumerate(planned):
        own = max(0.2, (end - time.monotonic()) / (len(planned) - position))
        heat = _affordable(meeting, wanted, own)
        meeting.budget = Budget(rounds=20, seconds=0.0, most=own * SAMPLES / CALLS, fewest=FEWEST)
        meeting.is_compiling = patient or heat in compiled
        found.append(meeting.race(heat, heat.cases(quick=True)[0]))
        meeting.save()
        if heat.pair.is_compiled and not meeting.is_compiling:
            words = f"no time to compile in a short race; `pt-kata bench {kata.id} --compile` waits for it"
            meeting.results.left_out.append(LeftOut(heat.pair.op, COMPILED, words))
    meeting.finish()
    meeting.save()
    return meeting, found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Several would wait for each other while another process has one of the cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _planned(meeting: Meeting, pair: Pair, device: str, seconds: float) -> Heat:
    """The pair at its large size, if ``seconds`` are enough for that, to judge by the medium one."""
    large, medium = (Heat(pair, size, device, pair.dtypes[0], pair.passes[-1]) for size in ("large", "medium"))
    big, case = (heat.cases(quick=True)[0] for heat in (large, medium))
    growth = big.least.elements / case.least.elements
    return large if _turn(meeting, medium, seconds) * growth * CALLS * OUTSIDE <= seconds else medium


def _affordable(meeting: Meeting, planned: Heat, seconds: float) -> Heat:
    """What was planned, or the medium size where that takes too long; the learner's function must be quick enough."""
    medium = replace(planned, size="medium")
    for heat in dict.fromkeys((planned, medium)):
        if _turn(meeting, heat, seconds) * CALLS <= seconds:
            return heat
    if _turn(meeting, medium, seconds) == inf:
        words = f"a call takes more than {seconds:.1f} s at this size, too long for a short race"
        meeting.reasons = {**meeting.reasons, (medium.pair.kata, medium.pair.function): words}
    return medium


def _turn(meeting: Meeting, heat: Heat, longest: float) -> float:
    """About how many seconds a call of every contender takes; inf if more than ``longest``."""
    case, spent = heat.cases(quick=True)[0], 0.0
    field, _ = contenders(heat.pair, meeting.root, meeting.reasons, ("fused", "manual", "yours"))
    try:
        with _within(longest):
            for one in field:
                spent += _once(case, one, meeting.seed)
    except _OutOfTime:
        return inf
    return spent * len(names(heat.pair)) / len(field)


def _once(case: Case, one: Contender, seed: int) -> float:
    """Seconds of one call; none for one that fails, which the check before the race will tell."""
    with suppress(Exception):
        run = prepared(case, one, case.draw_inputs(seed), seed)
        run()
        return seconds_of(run)
    return 0.0


def _compile(meeting: Meeting, heats: Sequence[Heat], seconds: float | None) -> list[Heat]:
    """Compile for one heat after the other; returns those for which the time was enough."""
    done: list[Heat] = []
    try:
        with _within(seconds):
            for heat in heats:
                meeting.enter(heat, [COMPILED])
                done.append(heat)
    except _OutOfTime:
        pass
    return done


@contextmanager
def _within(seconds: float | None) -> Iterator[None]:
    """Stop what runs after ``seconds``, on systems that have a timer for it."""
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
