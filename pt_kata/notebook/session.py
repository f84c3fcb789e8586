"""What a notebook keeps from cell to cell: the workspace, the warm process, and the cells of each kata."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pt_kata.catalog import Catalog, CatalogError, Kata, load, nearest
from pt_kata.check import Checked, Request, check_one
from pt_kata.files import Trouble
from pt_kata.notebook.cells import Cell
from pt_kata.notebook.module import Module, assembled
from pt_kata.notebook.places import Places
from pt_kata.plots.follow import Progress
from pt_kata.plots.picture import Wanted
from pt_kata.runner.launch import launcher
from pt_kata.runner.supervise import Stop
from pt_kata.standing import Standing, standing
from pt_kata.store import Record, Store
from pt_kata.stubs import blank
from pt_kata.workspace import find_workspace

NO_WORKSPACE = (
    "there is no katas/curriculum.toml in {folder} or above it: start the notebook in a folder of the workspace, "
    "or go there with %cd"
)


@dataclass(frozen=True)
class Attempt:
    """One check: of the ``module`` that the cells make together, after ``cell`` was run."""

    kata: Kata
    cell: Cell
    module: Module
    request: Request
    checked: Checked

    @property
    def places(self) -> Places:
        return Places(self.module, self.request.file(self.kata), self.cell.label)

    @property
    def own(self) -> list[str]:
        """The tasks of the kata that the cell defines."""
        defined = {name for piece in self.cell.pieces if piece.is_def for name in piece.binds}
        return [task.name for task in self.kata.tasks if task.name in defined]


class Session:
    """The katas of one notebook; nothing that it does changes the learner's files or the saved progress."""

    def __init__(self, start: Path) -> None:
        root = find_workspace(start)
        if not root:
            raise Trouble(NO_WORKSPACE.format(folder=start))
        self.catalog = _catalog(root)
        self._cells: dict[str, list[Cell]] = {}
        self._records: dict[str, Record] = {}
        self._open = ExitStack()
        self._folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="pt_kata-"))).resolve()
        self._launcher = self._open.enter_context(launcher(folder=root))

    def close(self) -> None:
        """End the warm process, and delete the files that were tested."""
        self._open.close()

    def kata(self, name: str) -> Kata:
        """The kata of this id, or of this name.

        Raises:
            Trouble: there is none.
        """
        wanted = name.removeprefix("katas/").removesuffix(".py")
        found = [kata for kata in self.catalog.katas if wanted in (kata.id, kata.name)]
        if not found:
            names = [name for kata in self.catalog.katas for name in (kata.id, kata.name)]
            raise Trouble(f"there is no kata {name!r}{nearest(wanted, names) or '; %kata lists them'}")
        return found[0]

    def standings(self) -> list[Standing]:
        """How far each kata is: in this notebook or, where it has no cell here, in the learner's files."""
        return [self.standing(kata, Store(self.catalog.root).read()) for kata in self.catalog.katas]

    def standing(self, kata: Kata, saved: Mapping[str, Record]) -> Standing:
        """How far one kata is."""
        here = self._records.get(kata.id)
        return Standing(kata, here, here.state) if here else standing(kata, saved)

    def check(self, kata: Kata, cell: Cell) -> Attempt:
        """Run the tests of ``kata`` on what its cells define, ``cell`` being the last of them.

        Raises:
            Trouble: there is no blank stub to complete them with, or the tests can't be run.
            SyntaxError: the cell is not valid Python.
        """
        cells = [one for one in self._cells.get(kata.id, ()) if one.label != cell.label] + [cell]
        module = assembled(blank_stub(kata), cells, [task.name for task in kata.tasks])
        self._cells[kata.id] = cells
        request = self._request(kata, module)
        checked = self._check(kata, request)
        self._records[kata.id] = checked.record
        attempt = Attempt(kata, cell, module, request, checked)
        for test in checked.verdict.tests:
            test.diagnosis = attempt.places.diagnosis(test.diagnosis)
        return attempt

    def picture(self, attempt: Attempt, on_progress: Progress) -> bytes:
        """The picture, as a PNG, of what was checked.

        Raises:
            Trouble: there is none.
        """
        wanted = Wanted(attempt.kata, attempt.request)
        return wanted.png(attempt.places.in_data(wanted.data(self._launcher, on_progress)))

    def _request(self, kata: Kata, module: Module) -> Request:
        request = Request(against=self._folder / kata.name)
        file = self._folder / kata.name / kata.chapter / f"{kata.name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(module.text, encoding="utf-8")
        return request

    def _check(self, kata: Kata, request: Request) -> Checked:
        stop = Stop()
        with ThreadPoolExecutor(1) as pool:  # so that an interrupt reaches the one who waits, not the one who listens
            try:
                return pool.submit(
                    check_one, self._launcher, Store(self.catalog.root), kata, request, stop=stop
                ).result()
            finally:
                stop.now()


def _catalog(root: Path) -> Catalog:
    try:
        return load(root)
    except CatalogError as error:
        raise Trouble(str(error)) from None


def blank_stub(kata: Kata) -> str:
    """The blank stub of a kata.

    Raises:
        Trouble: it can't be made; the message says why.
    """
    try:
        return blank(kata)
    except ValueError as error:
        raise Trouble(str(error)) from None
