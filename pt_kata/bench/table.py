"""The small table of a race, and the sentence below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from pt_kata import units
from pt_kata.bench.record import ENOUGH, NOISY, Record, pass_words

UNREADABLE = 0.5
LAUNCH = 20e-6  # seconds for each operator, below which its start counts
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
    speed_up = units.factor(manual.median / one.median) if manual else ""
    cost = units.size(one.peak), units.count(one.aten_calls)
    return f"  {one.implementation}", units.seconds(one.median), units.percent(one.spread), speed_up, share(one), *cost


def heading(record: Record) -> str:
    """What the table below is about."""
    threads = f", {record.threads} threads" if record.device == "cpu" else ""
    return f"{record.dtype} on {record.device}{threads}, {pass_words(record.pass_)}; the speed-up is against manual"


def machine(limits: Mapping[str, Any]) -> str:
    """What this machine can do at most, as it was measured."""
    copy, fresh, flops = (f"{limits[name] / 1e9:.3g}" for name in ("copy", "fresh", "flops"))
    return (
        f"This machine in {limits['dtype']}: {copy} GB/s from memory to memory, {fresh} GB/s into new memory, as large "
        f"results and temporaries are; {flops} GFLOP/s in a matrix product. The limit is of the first and the last."
    )


def share(record: Record) -> str:
    """How near the contender comes to the limit, or a dash where the cache hides it."""
    return f"{units.percent(record.share)}{' !' if (record.share or 0) > 1 else ''}"


def why(records: Sequence[Record], note: str = "") -> str:
    """One sentence on where the difference is from, and the pair's own."""
    by_name = {one.implementation: one for one in records}
    fused, manual = by_name.get("fused"), by_name.get("manual")
    if not fused or not manual or fused.moved is None or manual.moved is None or not manual.predicted:
        return note
    measured = manual.median / fused.median
    sentence = (
        f"By hand {_operators(manual)} {manual.moved / fused.least:.1f} times the bytes that must be moved, "
        f"fused {_operators(fused)} {fused.moved / fused.least:.1f} times: the bytes alone predict that fused is "
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
    if noisy := [f"{one.op} {one.implementation}" for one in every if one.spread > NOISY]:
        lines.append(f"Unsteady, the quartiles more than 10 % of the median apart: {', '.join(noisy)}.")
    fewest = min(len(one.seconds) for one in every)
    if fewest < ENOUGH:
        lines.append(f"Down to {fewest} samples of each, to save time; `pytest benchmarks/` takes {ENOUGH}.")
    return lines


def _operators(record: Record) -> str:
    return "1 operator moves" if record.aten_calls == 1 else f"{record.aten_calls} operators move"


def _verdict(manual: Record, fused: Record, measured: float) -> str:
    predicted = manual.predicted or 1.0
    if max(manual.spread, fused.spread) > UNREADABLE:
        return "but the times jump too much to conclude anything, so close other programs and try again"
    if manual.median < LAUNCH * (manual.aten_calls or 1):
        return (
            f"at this size it is the start of each operator that counts, {manual.aten_calls} against {fused.aten_calls}"
        )
    if measured > predicted * NEAR:
        taken = units.size(manual.taken), units.size(fused.taken)
        return f"more than bytes is saved ({taken[0]} of memory are taken and given back by hand, {taken[1]} fused)"
    if measured < predicted / NEAR:
        return "less, because some temporaries stay in the cache or the arithmetic counts"
    return "so memory explains it"
