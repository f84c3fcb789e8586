"""The small table of a race, and the sentence below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import Any

from rich.table import Table

from pt_kata.bench.record import Record

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
NOISY = 0.1  # IQR / median
UNREADABLE = 0.5
LAUNCH = 20e-6  # seconds for each operator, below which its start counts
BYTES = ((1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
ENOUGH = 20  # samples
NEAR = 1.25  # times more or less


def table(races: Sequence[Sequence[Record]]) -> Table:
    """One line per contender: time, ratio to the version by hand, share of the limit, memory, operators."""
    found = Table(box=None, pad_edge=False, header_style="dim")
    found.add_column("")
    for name in ("time", "spread", "speed-up", "of the limit", "peak memory", "operators"):
        found.add_column(name, justify="right")
    for records in races:
        found.add_row(f"{records[0].op} {records[0].shape}", style="dim")
        manual = next((one for one in records if one.implementation == "manual"), None)
        for one in records:
            found.add_row(*_line(one, manual), style="bold" if one.implementation == "yours" else "")
    return found


def _line(one: Record, manual: Record | None) -> tuple[str, ...]:
    ratio = f"{median(manual.seconds) / median(one.seconds):.2f} x" if manual else ""
    calls = "-" if one.aten_calls is None else str(one.aten_calls)
    words = (time(median(one.seconds)), f"{spread(one):.0%}", ratio, share(one), memory(one), calls)
    return f"  {one.implementation}", *words


def heading(record: Record) -> str:
    """What the table below is about."""
    passes = {"both": "forward and backward", "step": "one step"}.get(record.pass_, record.pass_)
    threads = f", {record.threads} threads" if record.device == "cpu" else ""
    return f"{record.dtype} on {record.device}{threads}, {passes}; the speed-up is against manual"


def machine(limits: Mapping[str, Any]) -> str:
    """What this machine can do at most, as it was measured."""
    copy, fresh, flops = (f"{limits[name] / 1e9:.3g}" for name in ("copy", "fresh", "flops"))
    return (
        f"This machine in {limits['dtype']}: {copy} GB/s from memory to memory, {fresh} GB/s into new memory, as large "
        f"results and temporaries are; {flops} GFLOP/s in a matrix product. The limit is of the first and the last."
    )


def time(seconds: float) -> str:
    """Seconds, in the unit that gives them one to three digits."""
    scale, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"


def spread(record: Record) -> float:
    """The distance of the quartiles, relative to the median."""
    low, middle, high = quantiles(record.seconds, n=4)
    return (high - low) / middle


def share(record: Record) -> str:
    """How near the contender comes to the limit, or a dash where the cache hides it."""
    if record.share is None:
        return "-"
    return f"{record.share:.0%}{' !' if record.share > 1 else ''}"


def memory(record: Record) -> str:
    """The peak beyond the inputs."""
    if record.peak is None:
        return "-"
    scale, unit = next((one for one in BYTES if record.peak >= one[0]), BYTES[-1])
    return f"{record.peak / scale:.3g} {unit}"


def why(records: Sequence[Record], note: str = "") -> str:
    """One sentence on where the difference is from, and the pair's own."""
    by_name = {one.implementation: one for one in records}
    fused, manual = by_name.get("fused"), by_name.get("manual")
    if not fused or not manual or fused.moved is None or manual.moved is None or not manual.predicted:
        return note
    least = fused.least_read + fused.least_written
    measured = median(manual.seconds) / median(fused.seconds)
    sentence = (
        f"By hand {_operators(manual)} {manual.moved / least:.1f} times the bytes that must be moved, "
        f"fused {_operators(fused)} {fused.moved / least:.1f} times: the bytes alone predict that fused is "
        f"{manual.predicted:.1f} times as fast, measured is {measured:.1f}; {_verdict(manual, fused, measured)}."
    )
    return " ".join(part for part in (sentence, note) if part)


def remarks(races: Sequence[Sequence[Record]]) -> list[str]:
    """What a reader must know before believing the numbers, each remark once."""
    every = [one for records in races for one in records]
    cached = [f"{records[0].op}: {records[0].no_share}" for records in races if records[0].no_share]
    lines = [f"No share of the limit where the cache hides it ({'; '.join(cached)})."] if cached else []
    if any(one.share and one.share > 1 for one in every):
        lines.append(
            "! More than 100 % of the limit: the cache helped, or too much work is counted, or the limit came out low."
        )
    if noisy := [f"{one.op} {one.implementation}" for one in every if spread(one) > NOISY]:
        lines.append(f"Unsteady, the quartiles more than 10 % of the median apart: {', '.join(noisy)}.")
    fewest = min(len(one.seconds) for one in every)
    if fewest < ENOUGH:
        lines.append(f"Down to {fewest} samples of each, to save time; `pytest benchmarks/` takes {ENOUGH}.")
    return lines


def _operators(record: Record) -> str:
    return "1 operator moves" if record.aten_calls == 1 else f"{record.aten_calls} operators move"


def _verdict(manual: Record, fused: Record, measured: float) -> str:
    predicted = manual.predicted or 1.0
    if max(spread(manual), spread(fused)) > UNREADABLE:
        return "but the times jump too much to conclude anything, so close other programs and try again"
    if median(manual.seconds) < LAUNCH * (manual.aten_calls or 1):
        return (
            f"at this size it is the start of each operator that counts, {manual.aten_calls} against {fused.aten_calls}"
        )
    if measured > predicted * NEAR:
        taken = f"{_mib(manual)} MiB of memory are taken and given back by hand, {_mib(fused)} fused"
        return f"more than bytes is saved ({taken})"
    if measured < predicted / NEAR:
        return "less, because some temporaries stay in the cache or the arithmetic counts"
    return "so memory explains it"


def _mib(record: Record) -> str:
    return f"{(record.taken or 0) / 2**20:.3g}"
