"""How far the learner is, from the saved progress and the files as they are now; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pt_kata.catalog import Catalog, Kata, Task, line_of
from pt_kata.files import shown
from pt_kata.store import Record, digest
from pt_kata.stubs import is_blank

WORDS = {"changed": "changed since it was last checked", "new": "not checked yet", "missing": "the file is missing"}


@dataclass(frozen=True)
class Standing:
    """One kata and what was saved of it.

    ``state`` is the record's while the record is about the files as they are now. Otherwise it is ``todo`` (the blank
    stub), ``changed``, ``new`` (begun and never checked), ``missing`` (no file) or ``broken`` (its data can't be read).
    """

    kata: Kata
    record: Record
    state: str

    @property
    def words(self) -> str:
        return WORDS.get(self.state, self.state)

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def shown(self) -> Record:
        """The record as far as there is something to show: a blank stub has no results."""
        return Record() if self.state in ("todo", "missing") else self.record

    def outcome(self, task: Task) -> str:
        """``passed``, ``failed``, ... as it was when last checked; ``todo`` for what was not."""
        return self.shown.tasks.get(task.name, "todo")

    @property
    def solved(self) -> int:
        """How many tasks were green when last checked."""
        return sum(self.outcome(task) == "passed" for task in self.kata.tasks)

    @property
    def next_task(self) -> Task | None:
        """The first task that is not green, or the first of all; nothing when there are none."""
        tasks = self.kata.tasks
        return next((task for task in tasks if self.outcome(task) != "passed"), tasks[0] if tasks else None)

    @property
    def place(self) -> str:
        """Where to go on: ``path:line`` of the next task in the learner's file."""
        path = shown(self.kata.stub)
        task = self.next_task if self.kata.stub.is_file() else None
        return f"{path}:{line_of(self.kata.stub, task.name)}" if task else path


def standing(kata: Kata, records: Mapping[str, Record]) -> Standing:
    """Where one kata stands."""
    record = records.get(kata.id, Record())
    return Standing(kata, record, _state(kata, record))


def next_up(catalog: Catalog, records: Mapping[str, Record]) -> Standing | None:
    """The first kata that is not done; nothing when all are."""
    return first_open(standing(kata, records) for kata in catalog.katas)


def first_open(standings: Iterable[Standing]) -> Standing | None:
    """The first of ``standings`` that is not done."""
    return next((one for one in standings if not one.is_done), None)


def _state(kata: Kata, record: Record) -> str:
    if kata.problem:
        return "broken"
    if not kata.stub.is_file():
        return "missing"
    if record.checked and digest(kata) == record.digest:
        return record.state
    if is_blank(kata):
        return "todo"
    return "changed" if record.checked else "new"
