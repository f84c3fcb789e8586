"""The gate on what no clock is needed for: ATen calls and bytes allocated, of fused and manual, at the small size.

    python -m benchmarks.counts            compares with benchmarks/counts.json; exit code 1 where something differs
    python -m benchmarks.counts --write    makes that file anew, for the version of torch that is installed

A change of the manual version, or of torch, that costs an operator or a temporary more shows here, on any machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from pt_kata.bench import counts
from pt_kata.bench.contenders import contenders
from pt_kata.bench.pair import Case, Pair
from pt_kata.bench.pairs import every
from pt_kata.bench.race import prepared

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".json")
SEED = 0
Counts = dict[str, dict[str, int]]


def version() -> str:
    """Torch's version without what it was built for: other versions have other operators."""
    return torch.__version__.partition("+")[0]


def counted() -> Counts:
    """The counts of every pair, by op, pass and implementation; on one thread, as some buffers are for each thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {key: found for pair in every() if pair.is_counted for key, found in _of_pair(pair)}
    finally:
        torch.set_num_threads(threads)


def _of_pair(pair: Pair) -> Iterator[tuple[str, dict[str, int]]]:
    field, _ = contenders(pair, ROOT, {}, ("fused", "manual"))
    for pass_ in pair.passes:
        case = Case(pair, "small", pair.dims["small"], pass_)
        for one in field:
            run = prepared(case, one, case.draw_inputs(SEED), SEED)
            run()
            operators, memory = counts.operators(run), counts.memory(run, "cpu")
            yield f"{pair.op} {pass_} {one.name}", {"aten_calls": operators.calls, "bytes_allocated": memory.taken}


def differences(found: Counts, kept: Counts) -> list[str]:
    """What is not as it was kept, one line each."""
    lines = [f"{key}: not in {FILE.name}" for key in found.keys() - kept.keys()]
    lines += [f"{key}: in {FILE.name}, but no longer raced" for key in kept.keys() - found.keys()]
    for key in found.keys() & kept.keys():
        for name, value in found[key].items():
            if value != kept[key][name]:
                lines.append(f"{key}: {name} is {value}, was {kept[key][name]}")
    return sorted(lines)


def main() -> None:
    """Compare, or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="make the file anew")
    is_writing = parser.parse_args().write
    found = counted()
    if is_writing:
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items())
        FILE.write_text(f'{{"torch": "{version()}", "counts": {{\n{lines}\n}}}}\n', encoding="utf-8")
        return
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    if kept["torch"] != version():
        sys.exit(f"{FILE.name} is for torch {kept['torch']}, here is {version()}; nothing was compared")
    if lines := differences(found, kept["counts"]):
        sys.exit("\n".join([*lines, "If that is meant, run python -m benchmarks.counts --write and commit the file."]))
    print(f"{len(found)} counts are as they were")


if __name__ == "__main__":
    main()
