"""What ``pt-kata plot`` does between its arguments and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pt_kata.catalog import Kata
from pt_kata.check import Request, check_one
from pt_kata.files import shown
from pt_kata.plots import inline
from pt_kata.plots.follow import Progress as Say
from pt_kata.plots.picture import Wanted, folder_of
from pt_kata.runner.launch import One, launcher
from pt_kata.runner.supervise import Stop
from pt_kata.runner.verdict import Verdict
from pt_kata.screen import Screen
from pt_kata.standing import standing
from pt_kata.store import Store

PATIENCE = 5.0  # seconds to wait for the tests when the picture is there
Outcomes = Callable[[], Mapping[str, str] | None]


def plot(
    root: Path, kata: Kata, request: Request, options: Mapping[str, str], theme: str, out: Path | None, screen: Screen
) -> None:
    """Draw what the functions of ``kata`` do, write it, show it where the terminal can, and say what is not green."""
    wanted = Wanted(kata, request, options)
    with closing(One(root, "pt_kata.plots.child")) as starting, _outcomes(root, wanted) as outcomes:
        import_module("pt_kata.drawing")  # while the other process imports torch
        with progress() as say:
            data = wanted.data(starting, say)
        show(screen, wanted, data, outcomes, theme, out or folder_of(root))


def show(screen: Screen, wanted: Wanted, data: Any, outcomes: Outcomes, theme: str, folder: Path) -> None:
    """Draw ``data``, write it, show it, and say how the functions stand."""
    paths = wanted.write(data, folder, theme or inline.theme())
    inline.show(paths[0])
    for path in paths:
        screen.say(shown(path))
    screen.say((f"drawn from {wanted.request.target}", "dim"))
    found = outcomes()
    if found is None:
        words = f"its tests take longer than the picture; `pt-kata check {wanted.kata.id}` says how it stands"
        screen.say((words, "yellow"))
    elif red := [f"{name} ({outcome})" for name, outcome in found.items() if outcome != "passed"]:
        screen.say((f"not green yet, drawn as far as it goes: {', '.join(red)}", "yellow"))


@contextmanager
def _outcomes(root: Path, wanted: Wanted) -> Iterator[Outcomes]:
    """How each function stands: as last checked or, if that is not known, by its tests, which run meanwhile."""
    store, kata = Store(root), wanted.kata
    known = standing(kata, store.read())
    if wanted.request.solutions or (wanted.request.is_learners and known.state not in ("changed", "new")):
        yield lambda: {} if wanted.request.solutions else {task.name: known.outcome(task) for task in kata.tasks}
        return
    stop = Stop()
    with launcher(folder=root) as starting, ThreadPoolExecutor(1) as pool:
        checking = pool.submit(check_one, starting, store, kata, wanted.request, stop=stop)
        try:
            yield lambda: by_function(checking.result().verdict) if wait([checking], PATIENCE).done else None
        finally:
            stop.now()


def by_function(verdict: Verdict) -> Mapping[str, str]:
    """The outcome of each function; that of the kata where a test failed and ended in none of them."""
    is_elsewhere = not verdict.passed and set(verdict.tasks.values()) == {"passed"}
    return {verdict.kata.id: "failed"} if is_elsewhere else verdict.tasks


@contextmanager
def progress() -> Iterator[Say]:
    """Show how far a long run is; nothing where the output goes elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("running your functions", total=None)
        yield lambda words, share: bar.update(task, description=words, completed=share, total=1.0)
