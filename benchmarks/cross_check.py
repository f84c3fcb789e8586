"""Whether our clock agrees with those of others: three fused operators, three sizes, in turns within one run.

    PYTHONPATH=. python -m benchmarks.cross_check [--device cpu|cuda] [--json FILE]

On the CPU the other clock is ``torch.utils.benchmark.Timer`` with the same number of threads, on CUDA
``triton.testing.do_bench``. The exit code is 1 where two medians are more than 10 % apart.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import torch
from torch.utils.benchmark import Timer

from pt_kata.bench.clock import Run, Samples, clock_of
from pt_kata.bench.machine import cache_of, machine
from pt_kata.bench.pair import SIZES, Case
from pt_kata.bench.pairs import every

OPS = ("softmax", "layer_norm", "cross_entropy")
ROUNDS = 30
ALLOWED = 0.1


def others_median(run: Run, device: str, number: int) -> float:
    """Seconds of one call by the other clock."""
    if device == "cpu":
        timer = Timer("run()", globals={"run": run}, num_threads=torch.get_num_threads())
        return float(timer.timeit(number).median)
    from triton.testing import do_bench

    return float(do_bench(run, return_mode="median")) / 1e3


def compare(device: str) -> Iterator[dict[str, object]]:
    """Both medians of each operator at each size."""
    clock = clock_of(device)
    rounds = ROUNDS if device == "cpu" else 3
    for pair in (pair for pair in every() if pair.op in OPS):
        for size in SIZES:
            case = Case(pair, size, pair.fitted(size, "forward", 4, cache_of(device)), "forward", device)
            run = pair.bind(pair.fused, case.draw_inputs(0))
            run()
            ours, theirs = Samples(clock.number(run)), []
            for turn in range(rounds):
                for is_ours in (True, False) if turn % 2 == 0 else (False, True):
                    if not is_ours:
                        theirs.append(others_median(run, device, ours.number))
                    for _ in range((1 if device == "cpu" else ROUNDS) if is_ours else 0):
                        clock.sample(run, ours)
            found = {"ours": median(ours.seconds), "theirs": median(theirs)}
            yield {"op": pair.op, "size": size, "shape": case.shape, **found, "ratio": found["ours"] / found["theirs"]}


def main() -> None:
    """Compare and print; keep all if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit("--device cuda: torch sees no CUDA device here; leave the option out for the CPU")
    found = []
    for one in compare(options.device):
        found.append(one)
        print(
            "{op:<14} {size:<7} {shape:>12}  ours {ours:.3e} s  theirs {theirs:.3e} s  ratio {ratio:.3f}".format(**one)
        )
    if options.json:
        data = {"device": options.device, "machine": machine(), "compared": found}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if any(abs(float(str(one["ratio"])) - 1) > ALLOWED for one in found):
        sys.exit("some are more than 10 % apart")


if __name__ == "__main__":
    main()
