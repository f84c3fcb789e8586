"""One heat: the contenders of a pair at one size are checked, then timed in turns, then counted."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from pt_kata.bench import counts
from pt_kata.bench.clock import Budget, Clock, Run, Samples, interleave
from pt_kata.bench.contenders import COMPILED, Contender, upstream
from pt_kata.bench.limit import Limits
from pt_kata.bench.pair import Case, Inputs, Traffic, differentiable
from pt_kata.bench.record import Record

PARTS = 4
SHORT = 1.0  # seconds


@dataclass(frozen=True)
class Conditions:
    """What all heats of a device and a dtype share."""

    clock: Clock
    limits: Limits
    budget: Budget


def race(case: Case, field: list[Contender], conditions: Conditions, seed: int) -> list[Record]:
    """Time and count the contenders, which have been checked."""
    runs, samples = _sampled(case, field, conditions, seed)
    moved = {name: None if name == COMPILED else _moved(case, run) for name, run in runs.items()}
    return [_record(case, one, runs[one.name], samples[one.name], moved, conditions, seed) for one in field]


def _sampled(
    case: Case, field: list[Contender], conditions: Conditions, seed: int
) -> tuple[dict[str, Run], dict[str, Samples]]:
    """Samples in several parts, each with inputs of its own where that costs little.

    Where in memory a tensor comes to lie makes calls faster or slower by a tenth and more, as long as it lies there.
    """
    budget, start = conditions.budget.part(PARTS), time.monotonic()
    runs = _prepared(case, field, seed)
    samples = interleave(runs, conditions.clock, budget)
    is_short = time.monotonic() - start < SHORT
    for part in range(1, PARTS):
        runs = _prepared(case, field, seed + part) if is_short else runs
        samples = interleave(runs, conditions.clock, budget, samples)
    return runs, samples


def _prepared(case: Case, field: list[Contender], seed: int) -> dict[str, Run]:
    inputs = case.draw_inputs(seed)
    return {one.name: prepared(case, one, inputs, seed) for one in field}


def prepared(case: Case, one: Contender, inputs: Inputs, seed: int) -> Run:
    """The call that is timed for a pass.

    Gradients are returned, not added up in ``.grad``, so that nothing has to be cleared between two calls.
    """
    call = case.pair.bind(one.function, inputs)
    if case.pass_ in ("forward", "step"):
        return call
    asked = differentiable(inputs)
    outputs = tree_leaves(call())
    incoming = upstream(outputs, seed)
    if case.pass_ == "backward":
        return partial(torch.autograd.grad, outputs, asked, incoming, retain_graph=True)
    return lambda: torch.autograd.grad(tree_leaves(call()), asked, incoming)


def _moved(case: Case, run: Run) -> counts.Operators | None:
    return counts.operators(run) if case.pair.is_counted else None


def _record(
    case: Case,
    one: Contender,
    run: Run,
    samples: Samples,
    operators: dict[str, counts.Operators | None],
    conditions: Conditions,
    seed: int,
) -> Record:
    own, fused = operators[one.name], operators["fused"]
    memory = counts.memory(run, case.device) if case.pair.is_counted else None
    calls = own.calls if own else counts.compiled_operators(run) if case.pair.is_counted else None
    return Record(
        op=case.pair.op,
        topic=case.pair.topic,
        size=case.size,
        shape=case.shape,
        device=case.device,
        dtype=case.dtype,
        pass_=case.pass_,
        implementation=one.name,
        threads=torch.get_num_threads(),
        timer=conditions.clock.name,
        number=samples.number,
        seconds=samples.seconds,
        latency=samples.latency,
        least_read=case.least.read,
        least_written=case.least.written,
        moved=own.moved if own else None,
        gb_per_second=case.least.elements / median(samples.seconds) / 1e9,
        flops=case.flops,
        predicted=own.moved / fused.moved if own and fused and fused.moved else None,
        peak=memory.peak if memory else None,
        taken=memory.taken if memory else None,
        aten_calls=calls,
        launches=counts.launches(run, case.device),
        error=one.error,
        seed=seed,
        **against_limit(case.device, case.least, case.flops, median(samples.seconds), conditions.limits),
    )


def against_limit(device: str, least: Traffic, flops: int, seconds: float, limits: Limits) -> dict[str, Any]:
    """The roofline's time, and the share of it; no share where the data may still be in the cache.

    Args:
        device: where it ran.
        least: the bytes that must be moved.
        flops: the operations.
        seconds: the time that it took.
        limits: what the machine can do.
    """
    cold = limits.is_cold(least)
    mix, bandwidth = limits.bandwidth(least)
    limit = limits.seconds(least, flops)
    by_flops = flops / limits.flops >= least.elements / bandwidth
    size, cache = (f"{count / 2**20:.3g} MiB" for count in (least.elements, limits.cache))
    no_share = "" if cold or by_flops else f"its {size} are less than 4 times the cache of {cache}"
    flushed = "flushed before each call" if device != "cpu" else ""
    return {
        "cache": flushed or ("cold: more than 4 times the cache" if cold else "warm: some of it stays in the cache"),
        "limit": limit,
        "mix": "flops" if by_flops else mix,
        "share": None if no_share else limit / seconds,
        "no_share": no_share,
    }


def measured_again(record: Record, limits: Limits) -> Record:
    """A record against limits that were measured after it."""
    least = Traffic(record.least_read, record.least_written)
    return replace(record, **against_limit(record.device, least, record.flops, record.median, limits))
