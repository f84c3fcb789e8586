"""``reset``, ``undo`` and ``again``: katas as blank stubs, and back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import click

from pt_kata import again
from pt_kata.backups import BackupError, Backups, Change, reset, undo
from pt_kata.catalog import Kata
from pt_kata.files import shown
from pt_kata.screen import Screen
from pt_kata.store import Record, Store
from pt_kata.stubs import is_blank


def reset_all(screen: Screen, store: Store, katas: Sequence[Kata]) -> bool:
    """Make ``katas`` blank; returns whether that went well for all."""
    return _each(screen, store, katas, reset, "is blank again", lambda kata, record: replace(record, hints={}))


def undo_all(screen: Screen, store: Store, asked: Sequence[Kata], katas: Sequence[Kata]) -> bool:
    """Bring back the katas that were asked for, or, of all ``katas``, those that the last command replaced."""
    backups = Backups(store.folder)
    chosen = asked or backups.last_replaced(katas)
    if not chosen:
        raise BackupError(f"there is nothing to undo: no backup in {shown(backups.root)}")
    return _each(screen, store, chosen, undo, "is back", _not_recalled)


def bring_back(screen: Screen, store: Store, katas: Sequence[Kata], *, yes: bool) -> bool:
    """List when each green kata comes back; those that are due come back at once, if the learner says yes."""
    today = datetime.now(UTC).date()
    again.set_right(store, today)
    turns = again.turns(katas, store.read(), today)
    _list(screen, turns, today)
    due = [turn.kata for turn in turns if turn.is_due(today)]
    if not due or not (yes or _agreed(screen, len(due))):
        return True
    return _each(screen, store, due, reset, "is blank again", lambda kata, record: again.recalled(record))


def _each(
    screen: Screen,
    store: Store,
    katas: Sequence[Kata],
    act: Callable[[Kata, Backups], Change],
    done: str,
    remember: Callable[[Kata, Record], Record],
) -> bool:
    """Do ``act`` to every kata, whatever happens to the others, and say what was done."""
    backups = Backups(store.folder)
    went_well = True
    for kata in katas:
        try:
            change = act(kata, backups)
        except BackupError as error:
            went_well = False
            click.echo(f"Error: {error}", err=True)
        else:
            _tell(screen, change, done)
            if kata.id in store.read():
                store.update(kata.id, partial(remember, kata))
    return went_well


def _tell(screen: Screen, change: Change, done: str) -> None:
    kata = (change.kata.id, "bold")
    if not change.changed:
        screen.say(kata, f" {done.replace(' again', '')} already; it was left alone.")
    elif change.backup:
        screen.say(kata, f" {done}; what was there is kept in ", (shown(change.backup), "cyan"))
    else:
        screen.say(kata, f" {done}; its file was missing.")


def _not_recalled(kata: Kata, record: Record) -> Record:
    """What was solved before counts as solved before, when ``again`` is undone."""
    return record if is_blank(kata) else replace(record, recalled=False)


def _list(screen: Screen, turns: Sequence[again.Turn], today: date) -> None:
    days = " and ".join([", ".join(map(str, again.DAYS[:-1])), str(again.DAYS[-1])])
    screen.say(f"A green kata comes back as a blank stub {days} days after it turned green.")
    if not turns:
        screen.say("None has turned green yet.")
    width = max((len(turn.kata.id) for turn in turns), default=0)
    for turn in turns:
        screen.say((f"{turn.kata.id:<{width}}  ", "bold"), _when(turn, today), first="  ")


def _when(turn: again.Turn, today: date) -> tuple[str, str]:
    if turn.waiting:
        return "waits to be green again", "yellow"
    if not turn.on:
        return f"green {turn.times} times: it stays", "green"
    if turn.is_due(today):
        return "due", "cyan"
    days = (turn.on - today).days
    return f"on {turn.on}, in {days} day{'s' if days > 1 else ''}", "dim"


def _agreed(screen: Screen, count: int) -> bool:
    screen.say()
    if not _can_ask():
        screen.say(("pt-kata again --yes", "bold"), " brings back those that are due.")
        return False
    katas = "the kata" if count == 1 else f"the {count} katas"
    return click.confirm(f"Bring back {katas} now? What you wrote is kept in a backup.", default=False)


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
