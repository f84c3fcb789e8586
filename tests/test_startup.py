"""The command starts without a warning, also with those that Python hides by default."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    "--help",
    "",
    "--version",
    "list",
    "next",
    "show doubling",
    "hint doubling",
    "doctor",
    "again",
    "undo --help",
    "check --help",
    "check doubling --solutions",
    "watch --help",
    "bench --help",
    "report --help",
    "plot --help",
    "notebook --help",
    "init --help",
    "verify --help",
)


def strict(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where every warning is an error, also those about files that nobody closed."""
    line = [sys.executable, "-W", "error", "-X", "dev", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_nothing_on_stderr(tiny: Path, command: str) -> None:
    """No warning, no file left open, no thread or process left behind."""
    done = strict(tiny, "-m", "pt_kata", *command.split())
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout


def test_a_file_left_open_would_be_seen(tiny: Path) -> None:
    """The test above can fail."""
    assert "ResourceWarning" in strict(tiny, "-c", "open('katas/curriculum.toml')").stderr
