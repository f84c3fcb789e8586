"""Where a document goes: the standard output, a file, or a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import click

from pt_kata.files import Trouble, shown, write_whole


@dataclass(frozen=True)
class Destination:
    """A file, or the standard output where there is none; ``is_stream`` is a pipe or a terminal with a name."""

    path: Path | None = None
    is_stream: bool = False

    @classmethod
    def of(cls, out: str | None, name: str) -> Self:
        """The file ``out``; in a folder, or where it ends in a slash, it is called ``name``.

        It is settled before any test runs, because what is tested may change files and links.

        Raises:
            Trouble: nothing can be written there.
        """
        if out is None:
            return cls()
        is_folder = out.endswith(("/", os.sep)) or Path(out).is_dir()
        path = (Path(out) / name if is_folder else Path(out)).absolute()
        if path.exists() and not (path.is_file() or path.is_dir()):
            return cls(path, is_stream=True)
        try:
            if is_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            path = path.resolve()
        except OSError as error:
            raise _trouble(path.parent, error.strerror) from None
        if path.is_dir():
            raise _trouble(path, "it is a folder")
        if not path.parent.is_dir():
            raise _trouble(path, f"there is no folder {shown(path.parent)}")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise _trouble(path, f"the folder {shown(path.parent)} can't be written to")
        return cls(path)

    def write(self, text: str) -> None:
        """Write all of it, or nothing.

        Raises:
            Trouble: it can't be written.
        """
        if not self.path:
            click.echo(text.encode(), nl=False)  # bytes, whatever the terminal's encoding is
            return
        try:
            if self.is_stream:
                self.path.write_text(text, encoding="utf-8")
                return
            if self.path.is_symlink():  # was none when the tests began
                self.path.unlink()
            write_whole(self.path, text.encode())
        except OSError as error:
            raise _trouble(self.path, error.strerror) from None


def _trouble(path: Path, why: str | None) -> Trouble:
    return Trouble(f"--out: {shown(path)} can't be written ({why}); name a file, or a folder with a / at its end")
