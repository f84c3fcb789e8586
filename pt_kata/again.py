"""Spaced repetition: a green kata comes back 1, 4 and 16 days after it turned green."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pt_kata.catalog import Kata
from pt_kata.store import Record, Store

DAYS = (1, 4, 16)


@dataclass(frozen=True)
class Turn:
    """When a kata comes back: ``on`` that day, ``waiting`` for its solution since it came back, or never (no day)."""

    kata: Kata
    times: int
    on: date | None = None
    waiting: bool = False

    def is_due(self, today: date) -> bool:
        return bool(self.on and self.on <= today)


def turns(katas: Sequence[Kata], records: Mapping[str, Record], today: date) -> list[Turn]:
    """The turns of all katas that were green at least once, in the order in which they come."""
    found = [_turn(kata, records[kata.id], today) for kata in katas if kata.id in records and records[kata.id].green]
    return sorted(found, key=lambda turn: turn.on or date.max)


def set_right(store: Store, today: date) -> None:
    """Count from today what turned green in the future, by a clock that has been set back since."""
    for kata_id, record in store.read().items():
        if record.green and date.fromisoformat(record.green[-1]) > today:
            store.update(kata_id, lambda record: _not_after(record, today))


def recalled(record: Record) -> Record:
    """The record of a kata that has been brought back: the next green counts, and its hints start from the first."""
    return replace(record, recalled=True, hints={})


def _turn(kata: Kata, record: Record, today: date) -> Turn:
    times = len(record.green)
    if record.recalled or record.state != "done":
        return Turn(kata, times, waiting=True)
    if times > len(DAYS):
        return Turn(kata, times)
    last = min(date.fromisoformat(record.green[-1]), today)
    return Turn(kata, times, on=last + timedelta(DAYS[times - 1]))


def _not_after(record: Record, today: date) -> Record:
    return replace(record, green=tuple(min(day, today.isoformat()) for day in record.green))
