"""Records put in order: runs, their devices and dtypes, and the races in which contenders met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pt_kata.bench.record import Record, Results

T = TypeVar("T")

MANUAL, FUSED = "manual", "fused"
PASS_ORDER = ("forward", "backward", "both", "step")
FULLEST = ("both", "step", "forward", "backward")  # what says most about an operation comes first


@dataclass(frozen=True)
class Race:
    """The contenders of one operation at one size in one pass."""

    op: str
    size: str
    shape: str
    pass_: str
    records: Mapping[str, Record]

    @property
    def least(self) -> int:
        """Bytes that the operation must move."""
        return max(one.least for one in self.records.values())


@dataclass(frozen=True)
class Group:
    """What one run measured on one device in one dtype."""

    run: str
    device: str
    dtype: str
    limits: Mapping[str, Any] | None
    records: Sequence[Record]

    @property
    def title(self) -> str:
        return f"{self.device}, {self.dtype}"

    @cached_property
    def races(self) -> list[Race]:
        """All races in the order in which they were run; of a record made twice the later one counts."""
        found: dict[tuple[str, ...], dict[str, Record]] = {}
        for record in self.records:
            found.setdefault(record.case, {})[record.implementation] = record
        return [
            Race(one.op, one.size, one.shape, one.pass_, records)
            for records in found.values()
            for one in [next(iter(records.values()))]
        ]

    @cached_property
    def ops(self) -> list[str]:
        return unique(race.op for race in self.races)

    @cached_property
    def passes(self) -> list[str]:
        """The passes that were timed, forward first."""
        return in_order((race.pass_ for race in self.races), PASS_ORDER)

    def races_of(self, op: str, pass_: str) -> list[Race]:
        """The races of an operation in a pass, small sizes first."""
        return sorted(
            (race for race in self.races if (race.op, race.pass_) == (op, pass_)), key=lambda race: race.least
        )

    def largest(self, pass_: str) -> list[Race]:
        """The race at its largest size of each operation that has this pass."""
        return [races[-1] for op in self.ops if (races := self.races_of(op, pass_))]

    def fullest_pass(self, op: str) -> str:
        """The pass that says most about an operation."""
        return in_order((race.pass_ for race in self.races if race.op == op), FULLEST)[0]

    def fullest(self) -> list[Race]:
        """The race at its largest size of each operation, in the pass that says most about it."""
        return [self.races_of(op, self.fullest_pass(op))[-1] for op in self.ops]


def groups(results: Results, run: str) -> list[Group]:
    """The records of a run by device and dtype, those of the CPU first, and of each device the dtype with most."""
    found = [(one.device, one.dtype) for one in results.records]
    kinds = sorted(unique(found), key=lambda kind: (kind[0] != "cpu", -found.count(kind)))
    return [
        Group(
            run,
            device,
            dtype,
            next((one for one in results.limits if (one.get("device"), one.get("dtype")) == (device, dtype)), None),
            [one for one in results.records if (one.device, one.dtype) == (device, dtype)],
        )
        for device, dtype in kinds
    ]


def contenders(records: Iterable[Record]) -> list[str]:
    """All contenders: fused, others, compiled, yours, and manual last, whom the others are measured by."""
    names = unique(one.implementation for one in records)
    return sorted(names, key=lambda name: {FUSED: 0, "compiled": 2, "yours": 3, MANUAL: 4}.get(name, 1))


def labels(runs: Sequence[Results]) -> list[str]:
    """A name for each run: its own and its machine's, told apart by a number where they are the same."""
    found: list[str] = []
    for run in runs:
        label, number = f"{run.name} ({machine_name(run)})", 1
        while label in found:
            number += 1
            label = f"{run.name} ({machine_name(run)}), {number}"
        found.append(label)
    return found


def machine_name(run: Results) -> str:
    """The machine in a word or two: its GPU where the run used one, else its CPU."""
    gpu = run.machine.get("gpu")
    cpu, cores = run.machine.get("cpu") or "unknown machine", run.machine.get("cores")
    name = f"{cpu}, {cores} cores" if cores else str(cpu)
    on_gpu = any(one.device != "cpu" for one in run.records)
    return f"{name}; {gpu['name']}" if on_gpu and isinstance(gpu, dict) and gpu.get("name") else name


def common_size(races: Sequence[Race]) -> str:
    """The size that most of the races have."""
    sizes = [race.size for race in races]
    return max(unique(sizes), key=sizes.count, default="")


def is_warm(record: Record) -> bool:
    """Whether some of the data was still in the cache when a call began."""
    return record.cache.startswith("warm")


def in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """The different names, those of ``order`` first."""
    return sorted(unique(names), key=lambda name: order.index(name) if name in order else len(order))


def unique(found: Iterable[T]) -> list[T]:
    """The different ones, in the order of their first appearance."""
    return list(dict.fromkeys(found))
