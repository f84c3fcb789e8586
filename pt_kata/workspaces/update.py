"""``pt-kata update``: a workspace as the installed version has it, with everything kept that the learner wrote.

Three states of each file decide: ``base``, as it was put into the workspace, ``mine``, as it is now, and ``new``, as
the installed version has it. What is replaced is kept, with a record of it, so that an update can be taken back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pt_kata.catalog import load
from pt_kata.content import home
from pt_kata.files import Trouble, shown, stamp, unused, write_whole
from pt_kata.store import FOLDER
from pt_kata.stubs import blank
from pt_kata.workspaces.fresh import INSTALLED, Fresh, fresh, installed
from pt_kata.workspaces.merge import merged, same

UPDATES = f"{FOLDER}/updates"
RECORD = "update.json"
BEFORE, NEW, UNDONE = "before", "new", "-undone"
Action = Literal["added", "replaced", "merged", "removed", "left"]
BOTH_CHANGED = "you and the new version changed the same lines"
YOURS = "you have changed it, and the new version does not have it any more"
UNKNOWN = "it differs, and nothing tells whether you changed it"
NO_FILE = "it is not a file"


@dataclass(frozen=True)
class Step:
    """What is to be done with one file; ``content`` is what it becomes, or, where it is left, the new version of it."""

    path: str
    action: Action
    content: bytes | None = None
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What an update does; ``remembered`` is what the next one compares with."""

    root: Path
    old: str
    new: str
    steps: tuple[Step, ...]
    remembered: Fresh

    @property
    def changes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action != "left")


@dataclass
class Taken:
    """An update that was taken back: what is as before, and what the learner has changed since and was left."""

    old: str
    new: str
    restored: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    folder: Path = Path()


def plan(root: Path) -> Plan:
    """What has to be done to bring the workspace ``root`` to the installed version; nothing is changed yet.

    Raises:
        Trouble: it is the repository of pt_kata itself, what it was made from is damaged, or a file can't be read.
    """
    if root.resolve() == home().resolve():
        raise Trouble(f"{shown(root)} is the repository of pt_kata itself, not a workspace: `git pull` updates it")
    base, new = _base(root), fresh()
    paths = dict.fromkeys((*new.files, *base.files))
    try:
        every = (_step(root, path, base.files.get(path), new.files.get(path)) for path in paths)
        steps = tuple(step for step in every if step)
    except OSError as error:
        raise Trouble(f"{shown(Path(error.filename or root))}: {error.strerror}; nothing was changed") from None
    # A file that was left keeps its base, so that the next update merges what this one could not.
    left = {step.path: base.files[step.path] for step in steps if step.action == "left" and step.path in base.files}
    return Plan(root, base.version, new.version, steps, replace(new, files=new.files | left))


def carry_out(wanted: Plan) -> Path | None:
    """Do what was planned, after keeping all that it replaces; returns the folder that has it, and what was left.

    Raises:
        Trouble: a file can't be kept or written; what was replaced by then is in the folder that it names.
    """
    root, memory = wanted.root, wanted.root / INSTALLED
    packed = wanted.remembered.packed()
    is_idle = not wanted.changes and _read(memory) == packed
    if is_idle and not wanted.steps:
        return None
    folder = unused(root / UPDATES / stamp())
    try:
        for step in wanted.steps:
            if step.action == "left" and step.content is not None:
                _keep_content(step.content, folder / NEW / step.path)
        if is_idle:
            return folder  # without a record: there is nothing to take back
        for step in (*wanted.changes, Step(INSTALLED, "replaced")):
            _keep(root / step.path, folder / BEFORE / step.path)
        _keep_content(_record(wanted), folder / RECORD)
        for step in wanted.changes:
            _put(root / step.path, step.content)
        _put(memory, packed)
    except OSError as error:
        raise Trouble(
            f"{shown(Path(error.filename or folder))}: {error.strerror}. What the update had replaced by then is in "
            f"{shown(folder)}; mend that and type pt-kata update again, or pt-kata update --undo."
        ) from None
    return folder


def undo(root: Path) -> Taken:
    """Take back the last update that was not taken back; files changed since are left.

    Raises:
        Trouble: there is none, its record is damaged, or a file can't be written.
    """
    folder = next(_not_undone(root), None)
    if not folder:
        raise Trouble(f"there is no update to take back in {shown(root / UPDATES)}")
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        taken = Taken(record["from"], record["to"])
        for path, digest in record["files"].items():
            known = (digest, _digest(_read(folder / BEFORE / path)))
            is_mine = path != INSTALLED and _digest(_read(root / path)) not in known
            (taken.left if is_mine else taken.restored).append(path)
        for path in taken.restored:
            _put(root / path, _read(folder / BEFORE / path))
        taken.folder = unused(folder.with_name(f"{folder.name}{UNDONE}"))
        folder.rename(taken.folder)
    except OSError as error:
        raise Trouble(
            f"{shown(Path(error.filename or folder))}: {error.strerror}; type it again when that is mended"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Trouble(
            f"{shown(folder / RECORD)} is damaged; the files as they were are in {shown(folder / BEFORE)}"
        ) from None
    return taken


def _base(root: Path) -> Fresh:
    """What the workspace was made from; where that is unknown, the blank stubs of its own reference at least."""
    known = installed(root)
    if known.files:
        return known
    stubs = {}
    for kata in load(root).katas:
        with suppress(ValueError):
            stubs[kata.stub.relative_to(root).as_posix()] = blank(kata).encode()
    return Fresh("", stubs)


def _step(root: Path, path: str, base: bytes | None, new: bytes | None) -> Step | None:
    """What to do with one file, or None where it stays as it is."""
    file = root / path
    if os.path.lexists(file) and not file.is_file():
        return None if same(base, new) else Step(path, "left", new, NO_FILE)
    mine = _read(file)
    if same(mine, new):
        return None
    if mine is None:
        is_needed = base is None or path.startswith(("katas/", "solutions/"))
        return Step(path, "added", new) if is_needed else None
    if same(mine, base):
        return Step(path, "replaced" if new is not None else "removed", new)
    if base is not None and same(base, new):
        return None
    return _both_changed(path, mine, base, new)


def _both_changed(path: str, mine: bytes, base: bytes | None, new: bytes | None) -> Step | None:
    if base is None or new is None:
        return Step(path, "left", new, YOURS if new is None else UNKNOWN)
    result = merged(mine, base, new, is_python=path.endswith(".py"))
    if result is None:
        return Step(path, "left", new, BOTH_CHANGED)
    return None if same(result, mine) else Step(path, "merged", result)


def _record(wanted: Plan) -> bytes:
    files = {step.path: _digest(step.content) for step in wanted.changes}
    files[INSTALLED] = _digest(wanted.remembered.packed())
    return json.dumps({"from": wanted.old, "to": wanted.new, "files": files}, indent=1).encode()


def _digest(content: bytes | None) -> str:
    return "" if content is None else sha256(content).hexdigest()


def _not_undone(root: Path) -> Iterator[Path]:
    folders = (root / UPDATES).iterdir() if (root / UPDATES).is_dir() else ()
    for folder in sorted(folders, reverse=True):
        if (folder / RECORD).is_file() and UNDONE not in folder.name:
            yield folder


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _keep(path: Path, copy: Path) -> None:
    content = _read(path)
    if content is not None:
        _keep_content(content, copy)


def _keep_content(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _put(path: Path, content: bytes | None) -> None:
    """Write the file, or remove it where there is to be none."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        _keep_content(content, path)
