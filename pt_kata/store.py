"""The saved progress: one small file in the workspace, which outlives whatever the learner's code does to it.

That code runs in other processes and can truncate, forge or delete the file. So the file carries a checksum, is
replaced in one step, and is set aside, never deleted, when it can't be what this module wrote.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.files import Trouble, stamp, unused, write_whole
from pt_kata.lock import locked

FOLDER = ".pt_kata"
VERSION = 1
LARGEST = 8 << 20  # bytes; a kata's entry takes about one thousand


class StoreError(Trouble):
    """The progress can't be read or saved; the message names the path and says what to do."""


class _Unreadable(Exception):
    """The file is not what this module wrote; the message says why."""


@dataclass(frozen=True)
class Record:
    """What is known of one kata.

    ``digest`` stands for the files that the verdict is about. ``counts`` has the tests per outcome (passed, todo,
    failed, error, timeout), ``tasks`` the worst outcome per task, ``checked`` the time of the verdict (UTC), ``green``
    the dates on which the kata turned green, ``recalled`` whether ``again`` has brought it back since, ``hints`` how
    many hints of each task were shown.
    """

    digest: str = ""
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    tasks: Mapping[str, str] = field(default_factory=dict, hash=False)
    checked: str = ""
    green: tuple[str, ...] = ()
    recalled: bool = False
    hints: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def passed(self) -> int:
        return self.counts.get("passed", 0)

    @property
    def state(self) -> str:
        """``todo``, ``begun``, ``failed``, ``broken`` or ``done``; empty when it was never checked."""
        if not self.checked:
            return ""
        if self.counts.get("error") or not self.total:
            return "broken"
        if self.counts.get("failed") or self.counts.get("timeout"):
            return "failed"
        return "done" if self.passed >= self.total else "begun" if self.passed else "todo"

    def judged(
        self, *, digest: str, total: int, counts: Mapping[str, int], tasks: Mapping[str, str], now: datetime
    ) -> Record:
        """The record after a run at ``now``, which must know its time zone."""
        now = now.astimezone(UTC)
        checked = now.isoformat(timespec="seconds")
        after = replace(self, digest=digest, total=total, counts=dict(counts), tasks=dict(tasks), checked=checked)
        if after.state != "done" or (self.green and not self.recalled):
            return after
        return replace(after, green=(*self.green, now.date().isoformat()), recalled=False)


class Store:
    """The records of a workspace; ``notes`` tells the learner what had to be set aside."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        self.path = self.folder / "progress.json"
        self.notes: list[str] = []
        self._known: dict[str, Record] = {}

    def read(self) -> dict[str, Record]:
        """The records by kata id, of unknown katas as well."""
        try:
            self._known = self._load()
        except _Unreadable:
            self._set_aside_and_go_on()
        return dict(self._known)

    def update(self, kata_id: str, change: Callable[[Record], Record]) -> Record:
        """Change the record of one kata and save it; nothing that other processes save meanwhile is lost.

        Raises:
            StoreError: The file can't be written.
        """
        with self._own():
            try:
                self._known = self._load()
            except _Unreadable as why:
                self._set_aside(why)
            record = change(self._known.get(kata_id, Record()))
            records = {**self._known, kata_id: record}
            if records != self._known or not self.path.exists():
                write_whole(self.path, _encoded(records))
            self._known = records
        return record

    def _load(self) -> dict[str, Record]:
        """What the file says; where there is none, what it last said to this process."""
        with _told(self.path):
            if not os.path.lexists(self.path):
                return self._known
            if not self.path.is_file():
                raise _Unreadable("it is not a file")
            if self.path.stat().st_size > LARGEST:
                raise _Unreadable(f"it is larger than {LARGEST} bytes")
            return _decoded(self.path.read_bytes())

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Be the only process that changes the file."""
        with _told(self.path):
            self.folder.mkdir(exist_ok=True)
            with locked(self.folder / "progress.lock"):
                yield

    def _set_aside_and_go_on(self) -> None:
        """Set an unreadable file aside, unless another process has mended it meanwhile."""
        try:
            with self._own():
                try:
                    self._known = self._load()
                except _Unreadable as why:
                    self._set_aside(why)
        except StoreError as error:
            self.notes.append(f"{error}; the saved progress is not shown")

    def _set_aside(self, why: _Unreadable) -> None:
        kept = unused(self.folder / f"progress-{stamp()}.json")
        self.path.rename(kept)
        rest = "the progress known before is kept" if self._known else "the progress starts anew"
        self.notes.append(f"{self.path} was set aside as {kept.name}, because {why}; {rest}.")


def digest(kata: Kata) -> str:
    """What the verdict on ``kata`` depends on: its file, its tests and its data, a missing file counting as empty."""
    total = hashlib.sha256()
    for path in (kata.stub, kata.test, kata.stub.with_suffix(".toml")):
        total.update(hashlib.sha256(_content(path)).digest())
    return total.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system refuses into a sentence."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise StoreError(f"{path.parent} is not a folder; move it away, the progress is saved in there") from None
    except OSError as error:
        advice = "make it writable, and see that the disk has room"
        raise StoreError(
            f"{error.filename or path} can't be read or saved: {error.strerror or error}; {advice}"
        ) from None


def _encoded(records: Mapping[str, Record]) -> bytes:
    katas = {name: asdict(record) for name, record in records.items()}
    return json.dumps({"version": VERSION, "katas": katas, "sum": _sum(katas)}, indent=1).encode() + b"\n"


def _decoded(content: bytes) -> dict[str, Record]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise _Unreadable("it is not valid JSON") from None
    version, katas = (data.get("version"), data.get("katas")) if isinstance(data, dict) else (None, None)
    if type(version) is int and version > VERSION:
        raise _Unreadable(f"a newer pt_kata wrote it (version {version}; this one knows {VERSION})")
    if type(version) is not int or version < 1 or not isinstance(katas, dict):
        raise _Unreadable("it is not a record of progress")
    if data.get("sum") != _sum(katas):
        raise _Unreadable("its checksum is wrong: something else has written to it")
    return {name: _record(entry) for name, entry in katas.items()}


def _sum(katas: Mapping[str, Any]) -> str:
    rest = json.dumps({"version": VERSION, "katas": katas}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(rest.encode()).hexdigest()


def _record(entry: Any) -> Record:
    names = {item.name for item in fields(Record)}
    if not isinstance(entry, dict) or set(entry) != names or not all(KINDS[name](entry[name]) for name in names):
        raise _Unreadable("a kata's entry has the wrong form")
    return Record(**{**entry, "green": tuple(entry["green"])})


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(name.isidentifier() and _is_count(value[name]) for name in value)


def _is_outcomes(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) and item.isidentifier() for item in value.values())


def _is_time(value: Any) -> bool:
    try:
        return value == "" or datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_dates(value: Any) -> bool:
    try:
        return isinstance(value, list) and all(date.fromisoformat(item) for item in value)
    except (TypeError, ValueError):
        return False


KINDS: dict[str, Callable[[Any], bool]] = {
    "digest": lambda value: isinstance(value, str),
    "total": _is_count,
    "counts": _is_counts,
    "tasks": _is_outcomes,
    "checked": _is_time,
    "green": _is_dates,
    "recalled": lambda value: isinstance(value, bool),
    "hints": _is_counts,
}
