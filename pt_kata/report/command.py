"""``pt-kata report``: from result files and the learner's katas to the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pt_kata.files import Trouble, shown
from pt_kata.report import built
from pt_kata.report.page import write
from pt_kata.report.reading import newest, read


def report(root: Path | None, files: Sequence[Path], out: Path | None) -> list[Path]:
    """Write the page of ``files``, or of the workspace ``root``, and return what was written.

    That of a workspace shows what the learner built, and the newest result.

    Raises:
        Trouble: there is nothing to show, a result is broken, or the folder can't be written.
    """
    folder = out or (root or Path.cwd()) / ".pt_kata" / "report"
    if files:
        return write([read(path) for path in files], folder)
    if not root:
        raise Trouble(
            "there is no katas/curriculum.toml in this folder or above it, so there are no results to look for. "
            "Go to your workspace, or name the files: `pt-kata report FILE`."
        )
    found, katas = newest(root), built.charts(root)
    if not (found or katas):
        raise Trouble(
            f"there is nothing to show yet: no kata is begun, and {shown(root / '.pt_kata' / 'bench')} has no result. "
            "`pt-kata bench --quick` makes one in about a minute; `pt-kata report FILE` shows one that lies elsewhere."
        )
    return write([read(path) for path in found], folder, katas)
