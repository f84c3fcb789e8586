"""One cell of the matrix: the untouched katas, the project's own tests, the solutions, with the Python that runs this.

    python -m scripts.cell [--record CELL | --stubs] [ARGUMENTS FOR THE PROJECT'S OWN TESTS]

Own tests that fail are run once more, alone: some are about seconds, and a machine that is busy fails them. With
--record, what came of it goes to docs/versions/CELL.json, and docs/versions.md is made anew of all these files.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pt_kata.bench.machine import machine
from scripts.versions_page import PAGE, RECORDS, page, read

ROOT = Path(__file__).parent.parent
COUNT = re.compile(r"(\d+) (todo|passed|failed|skipped|errors?|broken|crashed|xfailed|xpassed|deselected)\b")
SAME = {"errors": "error"}


def counts(printed: str) -> dict[str, int]:
    """How many tests ended how, from the last line of pytest."""
    last = next((line for line in reversed(printed.splitlines()) if COUNT.search(line)), "")
    return {SAME.get(kind, kind): int(number) for number, kind in COUNT.findall(last)}


def run(*arguments: str) -> dict[str, Any]:
    """Run pytest in a process of its own, show what it prints, and return counts, exit status and seconds."""
    command = [sys.executable, "-m", "pytest", "--color=no", *arguments]
    print("$ pytest", *arguments, flush=True)
    begin, printed = time.monotonic(), ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            printed += line
    return {**counts(printed), "exit": process.returncode, "seconds": round(time.monotonic() - begin)}


def untouched(ended: Mapping[str, int]) -> bool:
    """Whether every test of the stubs is todo: nothing passes, nothing fails."""
    return ended["exit"] == 1 and ended.keys() == {"todo", "exit", "seconds"}


def green(ended: Mapping[str, int]) -> bool:
    """Whether pytest ran to its end with no failure, and anything passed."""
    return ended["exit"] == 0 and bool(ended.get("passed"))


def own_tests(arguments: list[str]) -> dict[str, Any]:
    """Run the project's own tests, and those that fail once more, alone."""
    with tempfile.TemporaryDirectory() as folder:
        cache = f"cache_dir={folder}"
        first = run("-q", "-o", cache, *arguments)
        if first["exit"] != 1:
            return first
        again = run("-q", "-o", cache, "--lf", "--last-failed-no-failures", "none")
    return {**first, "again": again}


def run_cell(arguments: list[str]) -> dict[str, Any]:
    """Run all three parts, the short ones first, and tell whether all is well."""
    stubs = run("katas/", "-q")
    solutions = run("katas/", "--solutions", "-q")
    tests = own_tests(arguments)
    passed = untouched(stubs) and green(solutions) and green(tests.get("again", tests))
    return {"passed": passed, "stubs": stubs, "solutions": solutions, "tests": tests}


def surroundings() -> dict[str, Any]:
    """Date, commit, versions and machine."""
    here = machine()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _git("rev-parse", "--short=10", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/versions*")),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy", "pytest")},
        **{name: here[name] for name in ("os", "cpu", "cores")},
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    """Run the cell and end with 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", metavar="CELL")
    parser.add_argument("--stubs", action="store_true", help="the untouched katas, and nothing else")
    options, arguments = parser.parse_known_args()
    os.environ.pop("PYTEST_ADDOPTS", None)  # what is recorded depends on nothing outside
    if options.stubs:
        sys.exit(None if untouched(run("katas/", "-q")) else "an untouched stub is not todo")
    where = surroundings()
    ended = run_cell(arguments)
    if options.record:
        RECORDS.mkdir(exist_ok=True)
        text = json.dumps({"cell": options.record, **where, "arguments": arguments, **ended}, indent=2)
        (RECORDS / f"{options.record}.json").write_text(text + "\n", encoding="utf-8")
        PAGE.write_text(page(read()), encoding="utf-8")
    print(f"{'passed' if ended['passed'] else 'FAILED'}: Python {where['python']}, torch {where['torch']}")
    sys.exit(not ended["passed"])


if __name__ == "__main__":
    main()
