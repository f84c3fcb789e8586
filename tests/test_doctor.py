from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from packaging.requirements import Requirement

import pt_kata.doctor
from pt_kata.cli import main
from pt_kata.doctor import Finding, _package, examine


@pytest.fixture
def inside(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into the tiny workspace, where torch is taken for granted, because it takes long to import."""
    monkeypatch.chdir(tiny)
    monkeypatch.setattr(pt_kata.doctor, "ASK_TORCH", "print('a fast one')")
    return tiny


def invoke() -> Result:
    """Run pt-kata doctor in this process."""
    return CliRunner().invoke(main, ["doctor"])


def problems(root: Path | None) -> list[Finding]:
    """Give what is to be mended."""
    return [finding for finding in examine(root) if finding.is_problem]


def test_where_all_is_there_nothing_is_missing(inside: Path) -> None:
    """One line for each thing, and exit code 0."""
    done = invoke()
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert all(line.startswith("ok  ") for line in lines[:-2])
    assert lines[-1] == "Nothing is missing."
    for name in ("Python", "torch", "rich", "scikit-learn", "import torch", "CUDA  a fast one", "2 katas in", "runs"):
        assert name in done.output


def test_torch_is_really_asked() -> None:
    """The line on CUDA comes from torch."""
    names = [finding.name for finding in pt_kata.doctor._torch() if not finding.is_problem]
    assert names == ["import torch", "CUDA"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_such_torch", "fails: ModuleNotFoundError: No module named 'no_such_torch'"),
        ("import os; os._exit(9)", "fails: it ended with 9"),
        ("import os; os.abort()", "fails: it ended with -6"),
    ],
)
def test_a_broken_torch_is_told_with_what_mends_it(
    inside: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    """It may bring its process down, which is not the doctor's."""
    monkeypatch.setattr(pt_kata.doctor, "ASK_TORCH", code)
    done = invoke()
    assert done.exit_code == 1
    assert f"problem  import torch  {told}" in done.output
    assert "-m pip install --force-reinstall torch" in done.output
    assert done.output.endswith("1 to mend\n")


def test_a_torch_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor does not wait for ever."""
    monkeypatch.setattr(pt_kata.doctor, "ASK_TORCH", "while True: pass")
    monkeypatch.setattr(pt_kata.doctor, "PATIENCE", 0.2)
    (finding,) = pt_kata.doctor._torch()
    assert "took more than 0.2 s" in finding.text


@pytest.mark.parametrize(
    ("line", "told", "mend"),
    [
        ("click>=99", r"[\d.]+ is outside of >=99", 'pip install "click>=99"'),
        ("no-such-thing-as-this>=1", "is not installed", 'pip install "no-such-thing-as-this>=1"'),
        ("click>=8.1", r"8\.[\d.]+", ""),
    ],
)
def test_a_package_is_compared_with_its_range(line: str, told: str, mend: str) -> None:
    """The command installs what the range asks for."""
    finding = _package(Requirement(line))
    assert re.fullmatch(told, finding.text)
    assert finding.mend.endswith(mend)
    assert bool(finding.mend) == bool(mend)


def test_the_ranges_are_the_packages_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from its metadata; what only developers need is left out."""
    needed = ["click>=99", 'pytest>=1; extra == "dev"', 'nothing-of-this-name; python_version < "3"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needed)
    found = list(pt_kata.doctor._packages())
    assert [(finding.name, finding.is_problem) for finding in found] == [("Python", False), ("click", True)]


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version that is wanted."""
    monkeypatch.setattr(pt_kata.doctor.platform, "python_version", lambda: "3.9.1")
    finding = next(pt_kata.doctor._packages())
    assert (finding.name, finding.text, ">=3.11" in finding.mend) == ("Python", "3.9.1", True)


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own metadata are missing then."""
    monkeypatch.setattr(pt_kata.doctor, "PACKAGE", "no-such-package")
    (finding,) = pt_kata.doctor._packages()
    assert "pip install -e ." in finding.mend


def spoil_curriculum(root: Path) -> None:
    """Write what is no TOML."""
    (root / "katas" / "curriculum.toml").write_text("no")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "test": (lambda root: (root / "katas/small/test_signs.py").unlink(), "git checkout -- katas/small/test_signs.py"),
    "data": (lambda root: (root / "katas/small/signs.toml").write_text("x"), "katas/small/signs.toml"),
    "stub": (lambda root: (root / "katas/small/signs.py").unlink(), "pt-kata reset small/signs"),
    "reference": (
        lambda root: (root / "solutions/small/signs.py").unlink(),
        "git checkout -- solutions/small/signs.py",
    ),
    "curriculum": (spoil_curriculum, "git checkout -- katas/curriculum.toml"),
    "progress": (lambda root: (root / ".pt_kata").write_text(""), "move it away; the progress is saved in there"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_workspace_is_told_with_what_mends_it(inside: Path, damage: str) -> None:
    """Exactly what was damaged."""
    spoil, mend = DAMAGE[damage]
    spoil(inside)
    (finding,) = problems(inside)
    assert mend in finding.mend


def test_a_damaged_progress_file_is_told(inside: Path) -> None:
    """It is set aside on the way, so that the next look finds nothing."""
    (inside / ".pt_kata").mkdir()
    (inside / ".pt_kata" / "progress.json").write_text("no")
    (finding,) = problems(inside)
    assert "was set aside" in finding.text
    assert problems(inside) == []


def test_a_folder_that_can_not_be_written_is_told(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress could not be saved there."""
    monkeypatch.setattr(pt_kata.doctor.os, "access", lambda path, mode: False)
    (finding,) = problems(inside)
    assert finding.mend == f"chmod u+rwx {inside}"


def test_outside_a_workspace_the_rest_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor says where to go."""
    monkeypatch.setattr(pt_kata.doctor, "ASK_TORCH", "")
    (finding,) = problems(None)
    assert "cd into the folder" in finding.mend
