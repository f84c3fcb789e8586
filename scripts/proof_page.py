"""Writes docs/proof.md from ``pt-kata verify --mutants --json``; with --check only compares what needs no mutants."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from datetime import date
from pathlib import Path
from typing import Any

import torch

PAGE = Path(__file__).parent.parent / "docs" / "proof.md"
COLUMNS = (
    "kata",
    "tests",
    "reference: runs, all green",
    "known mistakes",
    "caught by the test that claims it",
    "named as itself",
    "cheap answers",
    "all fail",
    "mutants",
    "killed",
    "equivalent",
)
HEAD = f"""# The proof

What `pt-kata verify --mutants` found for every kata. [author.md](author.md#prove-it) says how this page is made.

CI runs `pt-kata verify` on every change and compares its counts with these; the mutants were run
when the page was made.

| {" | ".join(COLUMNS)} |
|---|{"--:|" * (len(COLUMNS) - 1)}
"""
LEGEND = """
- **tests**: each is *todo* on the untouched stub, for the stub's own `NotImplementedError`.
- **reference: runs**: every test in three random orders, each with a seed of its own; no run changed the default dtype,
  the grad mode, the number of threads, the deterministic flag, or the seed of a generator that others share.
- **known mistakes**: wrong answers in `mistakes/`. *Caught* means by a failing assertion, in the test that the mistake
  names. *Named as itself* means that the diagnosis, which sees only behaviour, offers this mistake and no other.
- **cheap answers**: made for every function and method: zeros, ones, a constant, NaN, None, the input itself, and the
  right values in another shape, in another dtype, detached, with the input changed, or after a call of a forbidden
  operator; left out where such an answer never differs from the right one.
- **mutants**: the reference with one thing changed by cosmic-ray's operators (those that swap an arithmetic operator
  for a bitwise one, a shift or a matrix product are left out: they end in a `TypeError` nearly everywhere). *Killed*
  by a test of the kata. *Equivalent* ones can't be told from the reference by any test of what the docstring promises;
  each is recorded with the reason in `katas/<chapter>/<kata>.mutants.toml`.
"""


def counts(parts: dict[str, Any]) -> list[int]:
    """The figures of one kata, those of the mutants last."""
    mistakes, cheap = parts["mistakes"]["rows"], parts["cheap answers"]["rows"]
    mutants = parts.get("mutants", {}).get("rows", [])
    return [
        parts["stub"]["total"],
        parts["reference"]["total"] // 2,
        len(mistakes),
        sum(row["caught"] for row in mistakes),
        sum(row["named"] == [row["name"]] for row in mistakes),
        len(cheap),
        sum(bool(row["caught_by"]) for row in cheap),
        len(mutants),
        sum(bool(row["killed_by"]) for row in mutants),
        sum(bool(row["equivalent"]) for row in mutants),
    ]


def page(proof: dict[str, Any]) -> str:
    """The whole page."""
    rows = {kata: counts(parts) for kata, parts in proof["katas"].items()}
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [_line(f"[{kata}](../katas/{kata}.py)", row) for kata, row in sorted(rows.items())]
    killed, equivalent, all_mutants = total[-2], total[-1], total[-3]
    share = f"{killed} of {all_mutants} mutants are killed: {100 * killed / all_mutants:.1f} %"
    rest = f"{equivalent} are equivalent, {all_mutants - killed - equivalent} survive"
    made = (
        f"Made on {date.today()} with Python {platform.python_version()} and torch {torch.__version__.split('+')[0]}."
    )
    return f"{HEAD}{''.join(lines)}{_line('**all**', total)}\n{share}; {rest}. {made}\n{LEGEND}"


def _line(name: str, row: list[int]) -> str:
    return f"| {name} | {' | '.join(map(str, row))} |\n"


def differences(proof: dict[str, Any], text: str) -> list[str]:
    """The katas whose figures in ``text``, mutants apart, are not those of ``proof``."""
    wrong = []
    for kata, parts in proof["katas"].items():
        wanted = " | ".join(map(str, counts(parts)[:-3]))
        if f"{kata}.py) | {wanted} |" not in text:
            wrong.append(f"{PAGE.name}: {kata} is out of date, now {wanted}")
    return wrong


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proof", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    proof = json.loads(options.proof.read_text(encoding="utf-8"))
    if not options.check:
        PAGE.write_text(page(proof), encoding="utf-8")
        return
    if wrong := differences(proof, PAGE.read_text(encoding="utf-8")):
        sys.exit("\n".join([*wrong, "make the page anew: docs/author.md says how"]))


if __name__ == "__main__":
    main()
