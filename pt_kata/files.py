"""Files: written in one step, never over one another, and named as the learner sees them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path


class Trouble(Exception):
    """Something that the learner can mend; the message says what happened, where, and what to do."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads ``path`` sees the old content or the new, never a part."""
    path = path.resolve()
    draft = path.with_name(f".{path.name}-{os.getpid()}-{time.time_ns()}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def stamp() -> str:
    """The date and time in UTC, as a part of a file's name."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")


def unused(path: Path) -> Path:
    """``path``, or the first of ``path-2``, ``path-3``, ... that does not exist."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def shown(path: Path) -> str:
    """``path`` as it is shortest to type from the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
