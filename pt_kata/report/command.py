"""``pt-kata report``: from result files to the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pt_kata.files import Trouble
from pt_kata.report.page import write
from pt_kata.report.reading import newest, read


def report(root: Path | None, files: Sequence[Path], out: Path | None) -> list[Path]:
    """Write the page of ``files``, or of the newest result of the workspace ``root``, and return what was written.

    Raises:
        Trouble: there is no result, one is broken, or the folder can't be written.
    """
    if not (files or root):
        raise Trouble(
            "there is no katas/curriculum.toml in this folder or above it, so there are no results to look for. "
            "Go to your workspace, or name the files: `pt-kata report FILE`."
        )
    chosen = list(files) or [newest(root or Path())]
    return write([read(path) for path in chosen], out or (root or Path.cwd()) / ".pt_kata" / "report")
