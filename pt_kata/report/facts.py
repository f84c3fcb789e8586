"""The tables that no picture belongs to: the machine, its limits, every record, and who was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from pt_kata import units
from pt_kata.bench.record import BANDWIDTHS, Record, Results, pass_words
from pt_kata.report.remarks import of_record
from pt_kata.report.runs import Group, contenders
from pt_kata.report.tables import Table

NAMES = {
    "cpu": "CPU",
    "memory_bytes": "memory",
    "cache_bytes": "last-level cache",
    "cache_is_assumed": "cache size is assumed",
    "threads": "threads of torch",
    "os": "operating system",
    "python": "Python",
    "torch": "PyTorch",
    "cuda_allocator": "CUDA allocator",
    "gpu": "GPU",
    "l2_bytes": "L2 cache",
    "cuda": "CUDA",
    "sm_clock": "SM clock",
}


def machine(run: Results) -> Table:
    """Everything that is known of the machine."""
    options = [("options", run.options)] if run.options else []
    rows = [("started", run.started), *options, *_described(run.machine)]
    return Table("The machine", ("What", "Value"), rows, words=2)


def _described(found: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        name = before + NAMES.get(key, key.removesuffix("_bytes").replace("_", " "))
        if isinstance(value, Mapping):
            yield from _described(value, f"{name}, ")
        else:
            yield name, _value(key, value)


def _value(key: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return units.size(value) if key.endswith("_bytes") and isinstance(value, int) else str(value)


def limits(run: Results) -> Table:
    """What the machine can do at most."""
    head = ("Device", "Numbers", "Copy", "Add", "Add in place", "Sum", "Copy into new memory", "Peak", "Cache")
    rows = [
        (
            str(one.get("device")),
            str(one.get("dtype")),
            *(units.rate(one[name], "B/s") for name in BANDWIDTHS),
            units.rate(one["flops"], "FLOP/s"),
            units.size(one.get("cache")),
        )
        for one in run.limits
    ]
    return Table("The limits, measured in this run", head, rows, words=2)


def left_out(run: Results) -> Table:
    """Who did not race, and why."""
    rows = [(one.op, one.implementation, one.case or "all", one.reason) for one in run.left_out]
    return Table("Left out", ("Operation", "Contender", "Case", "Why"), rows, words=4)


def records(group: Group) -> Table:
    """Every record."""
    found = [race.records[name] for race in group.races for name in contenders(race.records.values())]
    has_latency = any(one.latency for one in found)
    has_launches = any(one.launches is not None for one in found)
    head = ["Operation", "Size", "Shape", "Pass", "Contender", "Median time", "IQR / median", "Samples"]
    head += ["With launch"] if has_latency else []
    head += ["Least bytes", "Least bytes / time", "Bytes moved", "Limit", "Share of the limit", "Peak memory"]
    head += ["Operators"] + (["Kernels"] if has_launches else []) + ["Error", "Remarks"]
    rows = [_row(one, has_latency, has_launches) for one in found]
    return Table(f"Every record: {group.title}", head, rows, words=5, closing=1)


def _row(one: Record, has_latency: bool, has_launches: bool) -> list[str]:
    latency = units.seconds(median(one.latency) if one.latency else None)
    return [
        one.op,
        one.size,
        one.shape,
        pass_words(one.pass_),
        one.implementation,
        units.seconds(one.median),
        units.percent(one.spread),
        f"{len(one.seconds)} of {one.number}" if one.number > 1 else str(len(one.seconds)),
        *([latency] if has_latency else []),
        units.size(one.least),
        units.rate(one.least / one.median, "B/s"),
        units.size(one.moved),
        units.seconds(one.limit),
        units.percent(one.share),
        units.size(one.peak),
        units.count(one.aten_calls),
        *([units.count(one.launches)] if has_launches else []),
        f"{one.error:.1e}",
        "; ".join([*of_record(one), *([f"no share: {one.no_share}"] if one.no_share else [])]),
    ]
