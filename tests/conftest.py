"""A tiny workspace of two katas, copied for each test of the engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pt_kata.catalog import Kata, load

pytest_plugins = ["pytester"]
collect_ignore = ["workspace"]

TINY = Path(__file__).parent / "workspace"
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Give a copy of the tiny workspace."""
    return shutil.copytree(TINY, tmp_path / "tiny")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give what a learner has, in a folder of its own that is the current one."""
    for tree in ("katas", "solutions"):
        shutil.copytree(REPOSITORY / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def written(tiny: Path) -> Callable[..., Kata]:
    """Give what writes the files of the kata small/signs anew: its reference, tests and known mistakes."""

    def write(reference: str = "", tests: str = "", mistakes: str = "") -> Kata:
        for folder, text in (
            ("solutions/small/", reference),
            ("katas/small/test_", tests),
            ("mistakes/small/", mistakes),
        ):
            if text:
                (tiny / f"{folder}signs.py").write_text(text)
        return load(tiny).katas[1]

    return write


class Kit:
    """The tiny workspace in the folder of pytester, and pytest run inside this process."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = shutil.copytree(TINY, pytester.path, dirs_exist_ok=True)

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest in file order; the arguments come first."""
        return self.pytester.runpytest_inprocess(*args, "-p", "no:randomly", "-p", "no:cacheprovider")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first ``old`` in a file of the workspace, which must be there."""
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def solve(self, path: str = "small/doubling.py") -> None:
        """Put the reference in place of a stub."""
        shutil.copy(self.root / "solutions" / path, self.root / "katas" / path)


@pytest.fixture
def kit(pytester: pytest.Pytester) -> Kit:
    """Give the tiny workspace, ready to run pytest in."""
    return Kit(pytester)
