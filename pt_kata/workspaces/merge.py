"""Three-way merge: what two sides made of one text, in one text. Git does it."""

from __future__ import annotations

import ast
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory


def same(one: bytes | None, other: bytes | None) -> bool:
    """Whether two contents are the same but for their line ends."""
    return one == other or (one is not None and other is not None and _unix(one) == _unix(other))


def merged(mine: bytes, base: bytes, theirs: bytes, *, is_python: bool) -> bytes | None:
    """``mine`` with what changed from ``base`` to ``theirs``, in the line ends of ``mine``.

    None where both changed the same lines, where the result would be no valid Python although ``mine`` was, or where
    there is no git.
    """
    result = _by_git(*map(_unix, (mine, base, theirs)))
    if result is None or (is_python and _is_valid(mine) and not _is_valid(result)):
        return None
    return result.replace(b"\n", b"\r\n") if b"\r\n" in mine else result


def _by_git(*contents: bytes) -> bytes | None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("mine", "base", "theirs")]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        with suppress(FileNotFoundError):
            done = subprocess.run(["git", "merge-file", "--stdout", *paths], capture_output=True, check=False)
            return done.stdout if done.returncode == 0 else None  # otherwise the number of conflicts, or an error
    return None


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _is_valid(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
