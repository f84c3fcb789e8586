"""What the katas need: is it there, and if not, which command mends it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pt_kata.catalog import CatalogError, Kata, load
from pt_kata.files import Trouble
from pt_kata.standing import standing
from pt_kata.store import FOLDER, Store
from pt_kata.stubs import blank
from pt_kata.workspaces.fresh import INSTALLED, version_of

PACKAGE = "pt_kata"
PATIENCE = 120  # seconds for importing torch from a cold disk
ASK_TORCH = """
import torch
gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
assert (torch.ones(2) + 1).sum() == 4
print(", ".join(gpus))
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; where it is a problem, ``mend`` says what to type or do."""

    name: str
    text: str
    mend: str = ""

    @property
    def is_problem(self) -> bool:
        return bool(self.mend)


def examine(root: Path | None) -> Iterator[Finding]:
    """Look at Python, the packages, torch, the workspace (``root``, if there is one) and how katas are run."""
    yield from _packages()
    yield from _torch()
    yield from _workspace(root) if root else [_no_workspace()]
    yield _runner()


def _packages() -> Iterator[Finding]:
    try:
        about = importlib.metadata.metadata(PACKAGE)
        needed = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(PACKAGE, "is not installed", "pip install -e . (in the folder of the project)")
        return
    yield _python(SpecifierSet(about["Requires-Python"]))
    for line in needed:
        requirement = Requirement(line)
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement)


def _python(wanted: SpecifierSet) -> Finding:
    version = platform.python_version()
    fits = wanted.contains(version, prereleases=True)
    return Finding("Python", version, "" if fits else f"install Python {wanted} and make the environment anew")


def _package(requirement: Requirement) -> Finding:
    mend = f'{_pip()} install "{requirement.name}{requirement.specifier}"'
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(requirement.name, "is not installed", mend)
    if requirement.specifier.contains(version, prereleases=True):
        return Finding(requirement.name, version)
    return Finding(requirement.name, f"{version} is outside of {requirement.specifier}", mend)


def _torch() -> Iterator[Finding]:
    """Whether torch computes, in a process of its own, which it may bring down."""
    command = [sys.executable, "-c", ASK_TORCH]
    again = f"{_pip()} install --force-reinstall torch"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        yield Finding("import torch", f"took more than {PATIENCE} s", again)
        return
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        yield Finding("import torch", f"fails: {why}", again)
        return
    yield Finding("import torch", "works")
    yield Finding("CUDA", done.stdout.strip() or "no GPU in sight; the katas need none")


def _workspace(root: Path) -> Iterator[Finding]:
    try:
        katas = load(root).katas
    except CatalogError as error:
        yield Finding("curriculum", str(error), _bring_back(root, "katas/curriculum.toml"))
        return
    problems = [problem for kata in katas for problem in _kata(kata)]
    yield from problems
    if not problems:
        yield Finding("katas", f"{len(katas)} katas in {root}")
    yield from _made_by(root)
    yield _progress(root, katas)


def _kata(kata: Kata) -> Iterator[Finding]:
    folder = f"katas/{kata.chapter}"
    if kata.problem:
        files = (f"{folder}/test_{kata.name}.py", f"{folder}/{kata.name}.toml")
        yield Finding(kata.id, kata.problem, _bring_back(kata.root, *files))
    if not kata.stub.is_file():
        yield Finding(kata.id, f"{kata.stub} is missing", f"pt-kata reset {kata.id}")
    try:
        blank(kata)
    except ValueError as error:
        yield Finding(kata.id, str(error), _bring_back(kata.root, f"solutions/{kata.id}.py"))


def _made_by(root: Path) -> Iterator[Finding]:
    """Which version a workspace is of, where it isn't the repository itself."""
    try:
        made_by = version_of(root)
    except Trouble as error:
        yield Finding("workspace", str(error), "the sentence says how")
        return
    if made_by:
        is_current = made_by == importlib.metadata.version(PACKAGE)
        yield Finding("workspace", f"as pt_kata {made_by} made it", "" if is_current else "pt-kata update")


def _bring_back(root: Path, *files: str) -> str:
    """What to type to have files of a kata that are not the learner's as they were."""
    if (root / INSTALLED).is_file():
        return f"delete {' and '.join(files)}, then: pt-kata update"
    return f"git checkout -- {' '.join(files)}"


def _progress(root: Path, katas: tuple[Kata, ...]) -> Finding:
    store = Store(root)
    folder = root / FOLDER
    nearest = folder if folder.exists() else root
    if folder.exists() and not folder.is_dir():
        return Finding("progress", f"{folder} is not a folder", "move it away; the progress is saved in there")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("progress", f"{nearest} can't be written to", f"chmod u+rwx {nearest}")
    records = store.read()
    if store.notes:
        return Finding("progress", store.notes[0], "pt-kata check")
    done = sum(standing(kata, records).is_done for kata in katas)
    return Finding("progress", f"{done} of {len(katas)} katas done, saved in {store.path}")


def _no_workspace() -> Finding:
    mend = "cd into the folder that holds katas/, or make a workspace: pt-kata init my-katas"
    return Finding("katas", "no katas/curriculum.toml here or above", mend)


def _runner() -> Finding:
    ways = {"linux": "forks of one process that has imported torch"}
    return Finding("runs", ways.get(sys.platform, "processes that are started ahead; forks aren't safe on this system"))


def _pip() -> str:
    return f"{Path(sys.executable).name} -m pip"
