"""Result files: the newest of them, read and looked through before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from pt_kata.bench.record import BANDWIDTHS, LeftOut, Record, Results, load
from pt_kata.files import Trouble

RATES = (*BANDWIDTHS, "flops")


def newest(root: Path) -> list[Path]:
    """The newest result of a workspace, if there is any."""
    found = (root / ".pt_kata" / "bench").glob("*.json")
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))[-1:]


def read(path: Path) -> Results:
    """A result file whose numbers are numbers.

    Raises:
        Trouble: it can't be read, or something in it is not what it should be.
    """
    found = load(path)
    fault = _fault(found)
    if fault:
        raise Trouble(f"{path} is broken: {fault}. Run the benchmark again, or leave this file out.")
    return found


def _fault(found: Results) -> str:
    if not (isinstance(found.machine, dict) and isinstance(found.limits, list) and isinstance(found.notes, list)):
        return "machine must be an object, limits and notes lists"
    for number, one in enumerate(found.limits, 1):
        if not (isinstance(one, dict) and all(_is_positive(one.get(name)) for name in RATES)):
            return f"limit {number} lacks a positive number for one of {', '.join(RATES)}"
    for text in (found.started, found.options, found.name, *found.notes):
        if not isinstance(text, str):
            return f"{str(text)[:60]!r} is not text"
    parts = [("record", one) for one in found.records] + [("left-out contender", one) for one in found.left_out]
    return next((fault for what, each in parts if (fault := _fault_of(what, each))), "")


def _fault_of(what: str, one: Record | LeftOut) -> str:
    for field in fields(one):
        value = getattr(one, field.name)
        if not KINDS[str(field.type)](value):
            return f"{field.name} of the {what} {one.op!r}, {one.implementation!r}, is {str(value)[:60]!r}"
    if isinstance(one, Record) and not one.seconds:
        return f"the record {one.op!r}, {one.implementation!r}, has no sample"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_positive(value: object) -> bool:
    return _is_number(value) and value != 0


def _is_count(value: object) -> bool:
    return _is_number(value) and isinstance(value, int)


KINDS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": _is_count,
    "float": _is_number,
    "int | None": lambda value: value is None or _is_count(value),
    "float | None": lambda value: value is None or _is_number(value),
    "list[float]": lambda value: isinstance(value, list) and all(map(_is_positive, value)),
}
