"""The proof on the screen, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pt_kata.audit.check import Check
from pt_kata.catalog import Kata

SCHEMA = 1
SHOWN = 40  # problems per kata and part


def show(
    checks: Iterator[Check], katas: Sequence[Kata], parts: Sequence[str], *, quiet: bool = False
) -> Iterator[Check]:
    """Pass the checks on as they come, with a progress bar; then print the table and what does not hold."""
    done = []
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bar, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("proving", total=len(katas) * len(parts))
        for check in checks:
            done.append(check)
            progress.update(task, advance=1, description=f"{check.kata}: {check.part}")
            yield check
    if not quiet:
        _print(done, katas, parts)


def as_data(checks: Sequence[Check]) -> dict[str, Any]:
    """The proof as plain data: ``schema``, ``ok``, and for every kata each part with its counts, problems and rows."""
    katas: dict[str, dict[str, Any]] = {}
    for check in checks:
        katas.setdefault(check.kata, {})[check.part] = {
            key: value for key, value in asdict(check).items() if key not in ("kata", "part")
        }
    return {"schema": SCHEMA, "ok": not any(check.problems for check in checks), "katas": katas}


def _print(checks: Sequence[Check], katas: Sequence[Kata], parts: Sequence[str]) -> None:
    console = Console()
    found = {(check.kata, check.part): check for check in checks}
    table = Table("kata", *parts)
    for kata in katas:
        table.add_row(kata.id, *(_cell(found[kata.id, part]) for part in parts))
    console.print(table)
    for kata in katas:
        for part in parts:
            _print_problems(console, found[kata.id, part])


def _cell(check: Check) -> str:
    color = "red" if check.problems else "green"
    return f"[{color}]{check.passed}/{check.total}[/]"


def _print_problems(console: Console, check: Check) -> None:
    if check.problems:
        console.print(f"\n[bold]{check.kata}[/], {check.part}: {len(check.problems)} problems")
    for problem in check.problems[:SHOWN]:
        console.print(f"  {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    if len(check.problems) > SHOWN:
        console.print(f"  and {len(check.problems) - SHOWN} more; --json lists all")
