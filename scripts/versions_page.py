"""Writes docs/versions.md from docs/versions/*.json, which scripts.cell leaves there; with --check only compares."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).parent.parent / "docs" / "versions"
PAGE = RECORDS.with_suffix(".md")
PYTHONS = {"py311": "3.11", "py312": "3.12", "py313": "3.13", "py314": "3.14"}
TORCHES = {"torch26": "2.6, the oldest", "torch213": "2.13, the pinned", "torchnew": "the newest"}
NO_BUILD = {"py314-torch26"}  # torch 2.6 has no build for Python 3.14
CELLS = tuple(f"{py}-{torch}" for py in PYTHONS for torch in TORCHES if f"{py}-{torch}" not in NO_BUILD)
VERSIONS = ("Python", "torch", "NumPy", "pytest")
COLUMNS = ("cell", "outcome", "date", "commit", *VERSIONS, "stubs", "reference", "own tests", "time")
HEAD = """# Versions

What pt_kata was run with. Each cell is an environment of tox: it runs the untouched katas (every test must be *todo*:
nothing passes, nothing fails), the reference, and the project's own tests, with every warning an error but those that
`pyproject.toml` lists with their reasons. What differs between the versions is told in the lessons, under
*What changed in PyTorch*, and held by `tests/test_versions.py`.

```text
tox -m matrix                  every cell whose Python is on this machine
tox -e py313-torchnew          one of them
```

Each run leaves its record in `docs/versions/`, and this page is made of these. A cell that was never run says so.

"""
LEGEND = """
- **own tests**: *skipped* are those that need a GPU or another machine; `pytest -rs` has the reasons. *Marked* are
  those that may fail there (`xfail`); the mark has the reason. *N again*: so many failed at first, were run once more,
  alone, and are counted with that second outcome.
- **commit**: with a `+`, files of the project had been changed since it.
"""


def cell(record: dict[str, Any] | None) -> str:
    """One cell of the table at the top."""
    if record is None:
        return "not run"
    return f"{'passed' if record['passed'] else '**failed**'}, {record['torch']}"


def row(record: dict[str, Any]) -> str:
    """One line of the table of all runs."""
    tests = record["tests"]
    final = tests.get("again", {"failed": 0})
    failed = final.get("failed", 0) + final.get("error", 0)
    passed = tests.get("passed", 0) + final.get("passed", 0)
    own = f"{passed} passed, {failed} failed, {tests.get('skipped', 0)} skipped"
    if marked := tests.get("xfailed", 0) + tests.get("xpassed", 0):
        own += f", {marked} marked"
    if "again" in tests:
        own += f" ({tests['failed'] + tests.get('error', 0)} again)"
    values = (
        f"`{record['cell']}`",
        "passed" if record["passed"] else "**failed**",
        record["date"],
        record["commit"] + "+" * record["changed"],
        record["python"],
        record["torch"],
        record["numpy"],
        record["pytest"],
        f"{record['stubs'].get('todo', 0)} todo",
        f"{record['solutions'].get('passed', 0)} passed, {record['solutions'].get('failed', 0)} failed",
        own,
        f"{sum(record[part]['seconds'] for part in ('stubs', 'solutions', 'tests')) + final.get('seconds', 0)} s",
    )
    return f"| {' | '.join(values)} |"


def page(records: dict[str, dict[str, Any]]) -> str:
    """The whole page."""
    lines = [f"| Python | {' | '.join(f'torch {name}' for name in TORCHES.values())} |", "|---|---|---|---|"]
    for py, name in PYTHONS.items():
        names = [f"{py}-{torch}" for torch in TORCHES]
        found = ["there is no such build" if key in NO_BUILD else cell(records.get(key)) for key in names]
        lines.append(f"| {name} | {' | '.join(found)} |")
    lines += ["", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [row(records[key]) for key in CELLS if key in records]
    machines = sorted({f"{record['cpu']}, {record['cores']} cores, {record['os']}" for record in records.values()})
    return f"{HEAD}{chr(10).join(lines)}\n{LEGEND}- **machine**: {'; '.join(machines) or 'none'}.\n"


def read() -> dict[str, dict[str, Any]]:
    """All records, by the name of the cell."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RECORDS.glob("*.json")}
    if strange := found.keys() - set(CELLS):
        sys.exit(f"{RECORDS}: there is no cell named {', '.join(sorted(strange))}; the cells are {', '.join(CELLS)}")
    return found


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = page(read())
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"docs/{PAGE.name} is not made of docs/versions/*.json; run python -m scripts.versions_page")


if __name__ == "__main__":
    main()
