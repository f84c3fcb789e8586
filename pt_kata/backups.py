"""A learner's file is replaced by the blank stub, or by a backup, only after it was itself kept in a dated backup."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pt_kata.catalog import Kata
from pt_kata.files import Trouble, stamp, write_whole
from pt_kata.stubs import blank, is_blank


class BackupError(Trouble):
    """A file can't be kept or replaced; the message names it and says what to do. Nothing was lost."""


@dataclass(frozen=True)
class Change:
    """What was done to one kata; ``backup`` holds its file as it was before, where there was one."""

    kata: Kata
    backup: Path | None
    changed: bool = True


class Backups:
    """The dated folders in ``backups``; this object makes at most one, so that a command is undone whole."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "backups"
        self._mine: Path | None = None

    def keep(self, kata: Kata) -> Path | None:
        """Copy the learner's file, to the byte; nothing where there is no file."""
        content = _content(kata)
        if content is None:
            return None
        path = self._folder() / kata.chapter / kata.stub.name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        return path

    def newest(self, kata: Kata) -> Path | None:
        """The last file kept of ``kata``."""
        files = (folder / kata.chapter / kata.stub.name for folder in self._folders())
        return next((file for file in files if file.is_file()), None)

    def last_replaced(self, katas: Sequence[Kata]) -> list[Kata]:
        """The katas whose files the last command kept."""
        kept = ([kata for kata in katas if self._holds(folder, kata)] for folder in self._folders())
        return next(filter(None, kept), [])

    def _holds(self, folder: Path, kata: Kata) -> bool:
        return (folder / kata.chapter / kata.stub.name).is_file()

    def _folders(self) -> list[Path]:
        """All that was kept, the newest first."""
        return sorted(self.root.iterdir(), key=_age, reverse=True) if self.root.is_dir() else []

    def _folder(self) -> Path:
        """The folder of this command: its name comes after all others, even when the clock was set back."""
        self.root.mkdir(parents=True, exist_ok=True)
        while not self._mine:
            others = ((date, number + 1) for date, number in map(_age, self._folders()))
            date, number = max([(stamp(), 1), *others])
            folder = self.root / (date if number == 1 else f"{date}-{number}")
            with suppress(FileExistsError):  # another process was quicker
                folder.mkdir()
                self._mine = folder
        return self._mine


def reset(kata: Kata, backups: Backups) -> Change:
    """Make the learner's file the blank stub; one that already is blank is left alone."""
    with _told(kata):
        text = blank(kata)
        if is_blank(kata):
            return Change(kata, None, changed=False)
        return _replace(kata, text.encode(), backups)


def undo(kata: Kata, backups: Backups) -> Change:
    """Bring back the newest backup, after keeping what it replaces, so that this can be undone as well."""
    with _told(kata):
        newest = backups.newest(kata)
        if not newest:
            raise BackupError(f"there is no backup of {kata.id}; `pt-kata reset {kata.id}` makes one")
        content = newest.read_bytes()
        if content == _content(kata):
            return Change(kata, newest, changed=False)
        return _replace(kata, content, backups)


def _replace(kata: Kata, content: bytes, backups: Backups) -> Change:
    backup = backups.keep(kata)
    kata.stub.parent.mkdir(parents=True, exist_ok=True)
    write_whole(kata.stub, content)
    return Change(kata, backup)


def _content(kata: Kata) -> bytes | None:
    if not os.path.lexists(kata.stub):
        return None
    if not kata.stub.is_file():
        raise BackupError(f"{kata.stub} is not a file; move it away first")
    return kata.stub.read_bytes()


def _age(folder: Path) -> tuple[str, int]:
    match = re.fullmatch(r"(\d[\dTZ-]*?Z)(?:-(\d{1,9}))?", folder.name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


@contextmanager
def _told(kata: Kata) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise BackupError(str(error)) from None
    except OSError as error:
        raise BackupError(
            f"{error.filename or kata.stub}: {error.strerror or error}; {kata.id} was left as it is"
        ) from None
