"""Which functions of the learner may race: the green ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pt_kata.catalog import load
from pt_kata.check import Request, check_one
from pt_kata.runner.launch import launcher
from pt_kata.store import Store
from pt_kata.stubs import is_blank

BLANK = "an untouched stub"


def reasons(root: Path, katas: Iterable[str]) -> dict[tuple[str, str], str]:
    """Why a function can't race, by kata and function; empty for one whose tests are all green."""
    catalog = load(root)
    found: dict[tuple[str, str], str] = {}
    asked = [kata for kata in catalog.katas if kata.id in set(katas)]
    begun = [kata for kata in asked if not is_blank(kata)]
    found |= {(kata.id, task.name): BLANK for kata in asked if kata not in begun for task in kata.tasks}
    if begun:
        with launcher(folder=root) as starting:
            for kata in begun:
                outcomes = check_one(starting, Store(root), kata, Request()).verdict.tasks
                found |= {(kata.id, task.name): _reason(outcomes.get(task.name, "todo")) for task in kata.tasks}
    return found


def _reason(outcome: str) -> str:
    if outcome == "passed":
        return ""
    return "not written yet" if outcome == "todo" else f"its tests are not green ({outcome})"
