"""What ``init`` and ``update`` say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pt_kata.catalog import load
from pt_kata.files import shown
from pt_kata.screen import Screen, style_of
from pt_kata.workspaces.fresh import INSTALLED
from pt_kata.workspaces.update import NEW, Plan, Step, Taken


def made(screen: Screen, folder: Path, left: Sequence[str]) -> None:
    """A workspace was made."""
    screen.say("A workspace with ", (f"{len(load(folder).katas)} katas", "bold"), f" is in {_named(folder)}.")
    for name in left:
        screen.say(f"{name} was there already and was left as it is.", first="  ")
    screen.say()
    screen.say("Next:")
    name = f'"{shown(folder)}"' if " " in shown(folder) else shown(folder)
    steps = [] if folder == Path.cwd() else [f"cd {name}"]
    for step in (*steps, "pytest katas/", "pt-kata watch"):
        screen.say((step, "bold"), first="  ")


def planned(screen: Screen, plan: Plan) -> None:
    """What an update would do."""
    _heading(screen, plan)
    _steps(screen, plan.steps, "")
    if plan.steps:
        screen.say()
        screen.say("Nothing was changed yet; ", ("pt-kata update", "bold"), " does it.")


def done(screen: Screen, plan: Plan, folder: Path | None) -> None:
    """What an update did."""
    _heading(screen, plan)
    _steps(screen, plan.steps, f"{shown(folder / NEW)}/" if folder else "")
    if folder and plan.changes:
        screen.say()
        kept, undo = (shown(folder), "cyan"), ("pt-kata update --undo", "bold")
        screen.say("What was there before is kept in ", kept, "; ", undo, " brings it back.")


def taken_back(screen: Screen, taken: Taken) -> None:
    """What was undone."""
    files = [path for path in taken.restored if path != INSTALLED]
    words = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    screen.say(f"The update {_versions(taken.old, taken.new)} is taken back: ", (words, "bold"), " as before it.")
    for path in taken.left:
        why = f"you have changed it since; as it was before the update it is in {shown(taken.folder)}"
        _step(screen, Step(path, "left", why=why))


def _heading(screen: Screen, plan: Plan) -> None:
    if not plan.changes:
        screen.say(f"This workspace is as pt_kata {plan.new} has it, but for what you wrote.")
        return
    screen.say((f"An update {_versions(plan.old, plan.new)}", "bold"), f", in {_named(plan.root)}:")


def _steps(screen: Screen, steps: Sequence[Step], new: str) -> None:
    for step in steps:
        _step(screen, step, new)


def _step(screen: Screen, step: Step, new: str = "") -> None:
    screen.say((step.path, "bold"), first=f"  {step.action:<8}  ")
    beside = f"; the new version is in {new}{step.path}" if new and step.content is not None else ""
    if step.action == "left":
        screen.say((f"{step.why}{beside}", "yellow"), first=f"  {'':<8}  ")
    elif step.action == "merged":
        screen.say(
            ("your lines are as they were; what is new stands around them", style_of("done")), first=f"  {'':<8}  "
        )


def _versions(old: str, new: str) -> str:
    return f"within {new}" if old == new else f"from {old or 'an unknown version'} to {new}"


def _named(folder: Path) -> str:
    return "this folder" if folder == Path.cwd() else shown(folder)
