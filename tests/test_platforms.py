"""What other platforms lack is not needed; tried here by taking it away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WITHOUT = """
import os, signal, subprocess, sys, tempfile, socket, psutil, torch  # they have their own ways
for name in ("resource",):
    sys.modules[name] = None
for name in ("SIGALRM", "SIGHUP", "SIGCHLD", "SIGCONT", "SIGUSR1", "SIGUSR2", "setitimer", "alarm"):
    delattr(signal, name)
for name in ("fork", "killpg", "getpgid", "setsid", "getsid", "sched_getaffinity"):
    delattr(os, name)
"""


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that lacks what Windows lacks."""
    line = [sys.executable, "-c", WITHOUT + code]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


def test_all_modules_can_be_imported(tiny: Path) -> None:
    """Those that only run where there is a fork are left out."""
    done = run(
        tiny,
        "del signal.SIGKILL\nimport pt_kata.plugin, pt_kata.cli, pt_kata.running, pt_kata.runner.child, pt_kata.lock",
    )
    assert done.returncode == 0, done.stderr


def test_katas_are_checked_by_workers(tiny: Path) -> None:
    """The command finds out by itself that there is no fork."""
    code = """
sys.platform = "darwin"
from pt_kata.cli import main
main(["check", "doubling", "--solutions"], prog_name="pt-kata")
"""
    done = run(tiny, code)
    assert done.returncode == 0, done.stderr
    assert "4/4    done" in done.stdout
