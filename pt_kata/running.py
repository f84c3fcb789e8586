"""What ``check`` and ``watch`` do between their arguments and their exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pt_kata import outcome
from pt_kata.catalog import Catalog, Kata
from pt_kata.check import Checked, Request, as_data, check_all, cores
from pt_kata.files import Trouble
from pt_kata.graders import Grader
from pt_kata.graders.text import Places
from pt_kata.runner.launch import launcher
from pt_kata.runner.supervise import Listener
from pt_kata.runner.verdict import TestVerdict, Verdict
from pt_kata.screen import Screen
from pt_kata.store import Store
from pt_kata.watch import Watch


def check(
    catalog: Catalog, katas: Sequence[Kata], request: Request, *, as_json: bool, verbose: bool, is_drawn: bool = False
) -> bool:
    """Run the tests of ``katas``, print what came of it, and draw what they do; returns whether all passed."""
    store = Store(catalog.root)
    checked = _run(catalog, store, katas, request)
    if as_json:
        data = as_data(checked, request, store.notes, version("pt_kata"))
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    else:
        _print(Screen(), checked, request, store.notes, verbose=verbose)
    if is_drawn:
        _draw(Screen(), catalog, checked, request)
    return all(one.verdict.passed for one in checked)


def grade(catalog: Catalog, katas: Sequence[Kata], request: Request, grader: Grader) -> bool:
    """Run the tests of ``katas`` and write the document that a grader wants; returns whether that is a success."""
    store = Store(catalog.root)
    request = replace(request, longest=grader.longest)
    verdicts = [one.verdict for one in _run(catalog, store, katas, request)]
    grader.destination.write(grader.document(verdicts, Places.of(catalog.root, request.against)))
    sys.stderr.write("".join(f"{note}\n" for note in store.notes))
    return grader.is_success(verdicts)


def watch(catalog: Catalog, kata: Kata | None, page: Callable[[list[str]], None]) -> None:
    """Run katas as their files are saved, until the learner quits."""
    with launcher(folder=catalog.root) as starting:
        Watch(catalog, starting, Store(catalog.root), Screen(), page).go(kata)


def _run(catalog: Catalog, store: Store, katas: Sequence[Kata], request: Request) -> list[Checked]:
    """Run the tests of ``katas``; what came of it is in their order."""
    if not katas:
        raise Trouble("there is no kata in katas/curriculum.toml")
    with launcher(folder=catalog.root, at_once=min(cores(), len(katas))) as starting, _progress(len(katas)) as listener:
        found = {one.verdict.kata: one for one in check_all(starting, store, katas, request, listener)}
    return [found[kata] for kata in katas]


def _print(screen: Screen, checked: list[Checked], request: Request, notes: Sequence[str], *, verbose: bool) -> None:
    red = [one for one in checked if not one.verdict.passed]
    for one in red if verbose else red[:1]:
        outcome.everything(screen, one.verdict) if verbose else outcome.first_red(screen, one.verdict)
    if red:
        screen.say()
    width = max(len(one.verdict.kata.id) for one in checked)
    for one in checked:
        outcome.standing(screen, one.verdict, one.record.state, width)
    if len(checked) > 1:
        screen.say()
        screen.say((f"{len(checked) - len(red)} of {len(checked)} katas are green", "bold"), f": {request.target}")
    if red and len(checked) == 1:
        again = f"pt-kata check {checked[0].verdict.kata.id} {request.options}--seed {checked[0].verdict.seed}"
        screen.say((f"to repeat: {again}", "dim"))
    for note in notes:
        screen.say((note, "yellow"))


def _draw(screen: Screen, catalog: Catalog, checked: Sequence[Checked], request: Request) -> None:
    """Draw the katas that have a picture."""
    from pt_kata.plots import drawn
    from pt_kata.plots.command import by_function, progress, show
    from pt_kata.plots.picture import Wanted, folder_of

    with launcher(folder=catalog.root) as starting:
        for one in checked:
            screen.say()
            if one.verdict.kata.name not in drawn():
                screen.say((f"{one.verdict.kata.id} has no picture", "dim"))
                continue
            wanted = Wanted(one.verdict.kata, request)
            with progress() as say:
                data = wanted.data(starting, say)
            show(screen, wanted, data, partial(by_function, one.verdict), "", folder_of(catalog.root))


@contextmanager
def _progress(katas: int) -> Iterator[Listener]:
    """Show on the terminal how far the tests are; nothing where the output goes elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield _Counter(progress, katas)


class _Counter(Listener):
    """Counts the tests that have ended, of those that are known so far."""

    def __init__(self, progress: Progress, katas: int) -> None:
        self._progress = progress
        self._task = progress.add_task("importing torch", total=None)
        self._found: dict[str, int] = {}
        self._katas = katas

    def on_test(self, verdict: Verdict, test: TestVerdict) -> None:
        self._found[verdict.kata.id] = len(verdict.tests)
        known = len(self._found)
        whole = sum(self._found.values()) * self._katas // known
        words = f"tests of {known} of {self._katas} katas"
        self._progress.update(self._task, description=words, total=whole, advance=1)
