"""``pt-kata init``: a workspace in an empty folder, made whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from pt_kata.files import Trouble, shown
from pt_kata.workspaces.fresh import INSTALLED, Fresh, fresh

KEPT = {"README.md", ".gitignore", ".vscode"}  # of no harm where the folder has its own


def init(folder: Path) -> list[str]:
    """Make ``folder`` a workspace; returns the names in it that were there before and were left as they are.

    Raises:
        Trouble: something is in the way, or the folder can't be written; nothing was changed.
    """
    new = fresh()
    tops = dict.fromkeys(PurePosixPath(path).parts[0] for path in (*new.files, INSTALLED))
    taken = [name for name in tops if os.path.lexists(folder / name)]
    _refuse(folder, taken)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".pt_kata-", dir=folder) as draft:
            _write(Path(draft), new)
            _move(Path(draft), folder, [name for name in tops if name not in taken])
    except OSError as error:
        what = shown(Path(error.filename or folder))
        raise Trouble(f"{what}: {error.strerror}. There is no workspace now; name another folder.") from None
    return taken


def _refuse(folder: Path, taken: Iterable[str]) -> None:
    """End with a word on what is in the way."""
    if (folder / "katas" / "curriculum.toml").is_file():
        raise Trouble(f"{shown(folder)} is a workspace already; `pt-kata update` brings it to the installed version")
    if in_the_way := [name for name in taken if name not in KEPT]:
        names = " and ".join([", ".join(in_the_way[:-1]), in_the_way[-1]] if len(in_the_way) > 1 else in_the_way)
        raise Trouble(
            f"{shown(folder)} has {names} already, and nothing is written over. Name an empty or a new folder: "
            "pt-kata init my-katas"
        )


def _write(draft: Path, new: Fresh) -> None:
    for name, content in {**new.files, INSTALLED: new.packed()}.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _move(draft: Path, folder: Path, names: Iterable[str]) -> None:
    """Move what was written to its place; all of it goes back where one part can't be moved."""
    moved: list[str] = []
    try:
        for name in names:
            (draft / name).rename(folder / name)
            moved.append(name)
    except OSError:
        for name in moved:
            (folder / name).rename(draft / name)
        raise
