"""From saving a file to knowing: ``pt-kata watch`` against pytest-watcher, on the same kata, in turns.

    PYTHONPATH=. python -m benchmarks.bench_watch [--kata losses/cross_entropy] [--task N] [--saves 20] [--json FILE]

Each runs in a pseudo-terminal of its own, in a copy of the workspace. All of the kata is right but one function, the
first unless ``--task`` names another, which raises an error with the number of the save: the clock stops when the
terminal has the message of that very save.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from pt_kata.catalog import Kata, load

ROOT = Path(__file__).parent.parent
WATCHERS = {
    "pt-kata watch": [sys.executable, "-m", "pt_kata", "watch"],
    "pytest-watcher": [sys.executable, "-m", "pytest_watcher", "--now", "--patterns", "**/*.py"],
}
RUN_ENDS = {"pt-kata watch": r"q quit", "pytest-watcher": r"to show menu"}
PATIENCE = 60.0  # seconds


def workspace(folder: Path) -> Path:
    """Copy what a learner has."""
    for tree in ("katas", "solutions", "mistakes"):
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def save(kata: Kata, task: int, number: int) -> str:
    """Write the kata with one function that raises, and return the words to wait for."""
    words = f"save number {number:04}."
    name = kata.tasks[task].name
    text = kata.reference.read_text(encoding="utf-8")
    kata.stub.write_text(f"{text}\n\ndef {name}(*_):\n    raise RuntimeError({words!r})\n", encoding="utf-8")
    return words


def start(name: str, kata: Kata, task: int) -> pexpect.spawn:
    """Start a watcher and wait until it shows its first verdict."""
    words = save(kata, task, 0)
    command = [*WATCHERS[name], *([kata.id] if "pt_kata" in WATCHERS[name] else [])]
    if "pytest_watcher" in command:
        command += [str(kata.root / "katas"), str(kata.test), "-q", "--no-header"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    watcher = pexpect.spawn(
        command[0], command[1:], cwd=kata.root, env=environment, dimensions=(50, 160), timeout=PATIENCE
    )
    watcher.expect_exact(words)
    return watcher


def settle(name: str, watcher: pexpect.spawn) -> None:
    """Read until the run is over that has just shown its message, diagnosis and all, and nothing comes any more."""
    watcher.expect(RUN_ENDS[name])
    while True:
        try:
            watcher.read_nonblocking(1 << 16, timeout=1.0)
        except pexpect.TIMEOUT:
            return


def latency(name: str, watcher: pexpect.spawn, kata: Kata, task: int, number: int) -> float:
    """Seconds from a save to its message on the screen."""
    settle(name, watcher)
    begin = time.perf_counter()
    words = save(kata, task, number)
    watcher.expect_exact(words)
    return time.perf_counter() - begin


def measure(kata_id: str, task: int, saves: int) -> dict[str, list[float]]:
    """Seconds of each save for each watcher, in turns."""
    found: dict[str, list[float]] = {name: [] for name in WATCHERS}
    with tempfile.TemporaryDirectory() as folder:
        katas, watchers = {}, {}
        for name in WATCHERS:
            katas[name] = load(workspace(Path(folder, name))).by_id(kata_id)
            watchers[name] = start(name, katas[name], task)
        try:
            for number in range(1, saves + 1):
                for name, watcher in watchers.items():
                    found[name].append(latency(name, watcher, katas[name], task, number))
                    print(f"{name:<15} {found[name][-1] * 1000:8.0f} ms", flush=True)
        finally:
            for watcher in watchers.values():
                watcher.close(force=True)
    return found


def main() -> None:
    """Measure, print the medians and their ratio, and keep all if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kata", default="losses/cross_entropy")
    parser.add_argument("--task", type=int, default=0, help="the position of the function that is wrong; -1: the last")
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.kata, options.task, options.saves)
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    ours, theirs = (medians[name] for name in WATCHERS)
    for name, seconds in medians.items():
        print(f"{name:<15} median {seconds * 1000:8.0f} ms of {options.saves} saves")
    print(f"pytest-watcher takes {theirs / ours:.1f} times as long")
    if options.json:
        machine = {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "os": platform.platform(),
        }
        data = {
            "kata": options.kata,
            "task": options.task,
            "seconds": found,
            "ratio": theirs / ours,
            "machine": machine,
        }
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
