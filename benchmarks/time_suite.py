"""How long the whole main job takes: every test of every kata on the reference, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("target", ["untouched", "solutions"])
@pytest.mark.timeout(300)
def test_wall_time(benchmark: BenchmarkFixture, target: str) -> None:
    """Wall time of ``pytest katas/``, start of Python and import of torch included, in seconds."""
    options = ["--solutions"] if target == "solutions" else []
    command = [sys.executable, "-m", "pytest", "katas/", "-q", "-p", "no:cacheprovider", *options]

    def run() -> int:
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode

    assert benchmark.pedantic(run, rounds=3, warmup_rounds=1) == (target == "untouched")
