"""Draw the pictures in README.md: docs/terminal.svg, a run of pytest, and docs/watch.svg, the screen of pt-kata watch.

    python -m scripts.terminal_picture

Both are real runs on the first kata: its first function is the reference's, the second has the mistake below, the
rest is untouched.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

from pt_kata.catalog import load

ROOT = Path(__file__).parent.parent
WIDTH = 100
KATA = "tensors/broadcasting"
CLEARED = "\x1b[2J\x1b[H"
MISTAKE = "    return first + second[:, None]\n"


def body_of(path: Path, name: str) -> tuple[int, int]:
    """Return the first and last line of the body of function ``name``, without its docstring; counted from 1."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    node = next(node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name)
    return node.body[1].lineno, node.end_lineno or 0


def replace_body(path: Path, name: str, body: str) -> None:
    """Write ``body`` in place of the body of function ``name``."""
    first, last = body_of(path, name)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[: first - 1], body, *lines[last:]]), encoding="utf-8")


def half_done(workspace: Path) -> None:
    """Make a workspace in which the first function is right, the second is not, and the others are still stubs."""
    for tree in ("katas", "solutions", "mistakes"):
        shutil.copytree(ROOT / tree, workspace / tree, ignore=shutil.ignore_patterns("__pycache__"))
    learners = workspace / "katas" / f"{KATA}.py"
    shutil.copy(workspace / "solutions" / f"{KATA}.py", learners)
    _, second, *others = [task.name for task in load(ROOT).katas[0].tasks]
    replace_body(learners, second, MISTAKE)
    for name in others:
        replace_body(learners, name, "    raise NotImplementedError\n")


def run(workspace: Path) -> str:
    """Return what the terminal shows, with its colours."""
    command = ["pytest", "katas/", "-q", "--color=yes", "-x", "--seed", "7", "-p", "no:randomly"]
    environment = {**os.environ, "COLUMNS": str(WIDTH)}
    command = [sys.executable, "-m", *command, "-p", "no:cacheprovider"]
    return subprocess.run(command, capture_output=True, text=True, cwd=workspace, env=environment, check=False).stdout


def watch(workspace: Path) -> str:
    """Return the screen of the watch after its first verdict, diagnosis and all."""
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    command = ["-m", "pt_kata", "watch"]
    terminal = pexpect.spawn(
        sys.executable, command, cwd=workspace, env=environment, dimensions=(60, WIDTH), encoding="utf-8", timeout=60
    )
    terminal.expect_exact("diagnosis")
    screen = str(terminal.before).rpartition(CLEARED)[2] + str(terminal.after)
    terminal.expect_exact("q quit")
    terminal.close(force=True)
    return screen + str(terminal.before) + str(terminal.after)


def draw(command: str, output: str, path: Path) -> None:
    """Write the picture, without the fonts that the template would fetch from the network."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(Text.from_ansi(f"$ {command}\n{output.replace(chr(13), '').rstrip()}"))
    picture = console.export_svg(title="pt_kata", unique_id="pt-kata")
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        half_done(Path(folder))
        draw("pytest katas/ -x -q", run(Path(folder)), ROOT / "docs" / "terminal.svg")
        draw("pt-kata watch", watch(Path(folder)), ROOT / "docs" / "watch.svg")
