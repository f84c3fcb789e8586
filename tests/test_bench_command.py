"""``pt-kata bench``, its table and its sentences, and ``pytest benchmarks/``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pt_kata.bench import table
from pt_kata.bench.record import Record, load
from pt_kata.cli import main
from tests.conftest import REPOSITORY

FIELDS: dict[str, Any] = {
    "op": "silu",
    "topic": "activations",
    "size": "large",
    "shape": "1000",
    "device": "cpu",
    "dtype": "float32",
    "pass_": "both",
    "threads": 2,
    "timer": "time.perf_counter",
    "cache": "cold",
    "number": 1,
    "latency": [],
    "least_read": 600 << 20,
    "least_written": 400 << 20,
    "gb_per_second": 10.0,
    "flops": 10,
    "limit": 0.05,
    "mix": "copy",
    "no_share": "",
    "peak": 3 << 20,
    "taken": 1 << 30,
    "launches": None,
    "error": 1e-7,
    "seed": 1,
}


def record(name: str, mean: float, passes: float, calls: int, **others: Any) -> Record:
    """A record of so many passes over the least bytes."""
    own = {"implementation": name, "seconds": [mean] * 20, "share": 0.05 / mean, "aten_calls": calls}
    moved = {"moved": int(passes * (1000 << 20)), "predicted": passes / 2}
    return Record(**FIELDS | own | moved | others)


def test_the_sentence_names_passes_operators_and_both_speed_ups() -> None:
    """By hand 5 passes against 2: 2.5 times predicted, 2.4 measured."""
    words = table.why([record("fused", 0.1, 2.0, 1), record("manual", 0.24, 5.0, 7)], "Note.")
    assert words == (
        "By hand 7 operators move 5.0 times the bytes that must be moved, fused 1 operator moves 2.0 times: the bytes "
        "alone predict that fused is 2.5 times as fast, measured is 2.4; so memory explains it. Note."
    )


@pytest.mark.parametrize(
    ("manual", "words"),
    [
        ({"seconds": [0.24] * 20}, "so memory explains it"),
        ({"seconds": [0.5] * 20}, "more than bytes is saved (1.00 GiB of memory are taken"),
        ({"seconds": [0.15] * 20}, "less, because some temporaries stay in the cache"),
        ({"seconds": [5e-5] * 20}, "it is the start of each operator that counts, 7 against 1"),
        ({"seconds": [0.1, 0.5] * 10}, "the times jump too much to conclude anything"),
    ],
)
def test_the_verdict_fits_what_was_measured(manual: dict[str, Any], words: str) -> None:
    """Memory, something else, the launch, or nothing that can be said."""
    assert words in table.why([record("fused", 0.1, 2.0, 1), record("manual", 0.24, 5.0, 7, **manual)])


def test_remarks_tell_what_weakens_the_numbers() -> None:
    """A hidden share, one above all, an unsteady time, few samples."""
    every = [
        record("fused", 0.01, 2.0, 1),
        record("manual", 0.24, 5.0, 7, seconds=[0.1, 0.2, 0.3]),
        record("yours", 0.24, 5.0, 7, share=None, no_share="its 1 MiB are less"),
    ]
    lines = " ".join(table.remarks([[every[2]], every[:2]]))
    assert "silu: its 1 MiB are less" in lines
    assert "More than 100 % of the limit" in lines
    assert "Unsteady, the quartiles more than 10 % of the median apart: silu manual." in lines
    assert "Down to 3 samples" in lines
    assert table.remarks([[record("fused", 0.1, 2.0, 1)]]) == []


def pt_kata(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "pt_kata", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.timeout(300)
def test_a_kata_is_raced_in_a_short_time_and_prints_one_table(workspace: Path) -> None:
    """The green function takes part, the untouched one is said to be left out, the results are kept."""
    text = (workspace / "solutions/losses/cross_entropy.py").read_text()
    begun = text[: text.index("def negative_log_likelihood")]
    rest = (workspace / "katas/losses/cross_entropy.py").read_text()
    stub = workspace / "katas/losses/cross_entropy.py"
    stub.write_text(begun + rest[rest.index("def negative_log_likelihood") :])
    ended = pt_kata(workspace, "bench", "losses/cross_entropy")
    assert ended.returncode == 0, ended.stderr
    for words in ("log_softmax", "fused", "manual", "yours", "of the limit", "peak memory", "By hand"):
        assert words in ended.stdout
    assert "cross_entropy: yours left out: losses/cross_entropy, cross_entropy: " in ended.stdout
    (file,) = (workspace / ".pt_kata/bench").glob("*.json")
    found = load(file)
    raced = {(one.op, one.implementation) for one in found.records}
    for op in ("log_softmax", "logsumexp"):  # a machine that is slow at that moment says so
        is_slow = f"{op}: yours left out: losses/cross_entropy, {op}: a call takes more than" in ended.stdout
        assert is_slow or (op, "yours") in raced
    assert ("cross_entropy", "manual") in raced
    assert ("cross_entropy", "yours") not in raced


@pytest.mark.timeout(300)
def test_a_function_that_is_right_but_slow_does_not_hold_up_the_race(workspace: Path) -> None:
    """It passes the tests on small tensors; at the size of the race one call would take minutes."""
    text = (workspace / "solutions/approximation/relu_approximation.py").read_text()
    slow = "    import time\n\n    time.sleep(x.numel() * 1e-4)\n    return"
    head, sign, tail = text.partition("    return")
    assert sign
    (workspace / "katas/approximation/relu_approximation.py").write_text(head + slow + tail)
    start = time.monotonic()
    ended = pt_kata(workspace, "bench", "relu_approximation")
    assert ended.returncode == 0, ended.stderr
    assert time.monotonic() - start < 60
    assert "relu: yours left out: approximation/relu_approximation, relu: a call takes more than" in ended.stdout


def test_a_kata_without_a_fused_counterpart_says_which_have_one(workspace: Path) -> None:
    """Instead of an empty table."""
    result = CliRunner().invoke(main, ["bench", "training/mlp_training"])
    assert result.exit_code == 1
    assert "training/mlp_training has no function that PyTorch has fused" in result.output
    assert "Try: losses/cross_entropy" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["losses/cross_entropy", "--quick"], "with a KATA only --compile and one --device"),
        (["--compile"], "--compile is for one KATA"),
        (["--op", "sofmax"], "did you mean 'softmax'?"),
        (["losses/cross_entropy", "--device", "gpu"], "gpu"),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: list[str], words: str, workspace: Path) -> None:
    """Before anything is run."""
    result = CliRunner().invoke(main, ["bench", *arguments])
    assert result.exit_code
    assert words in result.output


@pytest.mark.timeout(300)
def test_ctrl_c_keeps_what_is_measured(workspace: Path) -> None:
    """The file has the first races, says that it is not complete, and its name is printed."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "pt_kata", "bench", "--quick", "--device", "cpu"]
    running = subprocess.Popen(
        command, cwd=workspace, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    folder, deadline = workspace / ".pt_kata/bench", time.monotonic() + 120
    while time.monotonic() < deadline and not list(folder.glob("*.json")):
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    (file,) = folder.glob("*.json")
    found = load(file)
    assert found.records
    assert not found.is_complete
    assert "Stopped after" in said
    assert file.name in said


@pytest.mark.timeout(300)
def test_pytest_benchmarks_measures_and_says_what_it_left_out(tmp_path: Path) -> None:
    """pytest-benchmark's own JSON holds the same samples and fields, and can be reported on as well."""
    file, results = tmp_path / "benchmark.json", tmp_path / "results.json"
    options = [
        "--quick",
        "--op",
        "mse_loss",
        f"--benchmark-json={file}",
        "--results",
        str(results),
        "-p",
        "no:randomly",
    ]
    command = [sys.executable, "-m", "pytest", "benchmarks/bench_losses.py", *options]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    ended = subprocess.run(command, cwd=REPOSITORY, env=alone, capture_output=True, text=True, check=False, timeout=280)
    assert ended.returncode == 0, ended.stdout
    assert "left out: yours, tensors/broadcasting, mean_squared_error: an untouched stub (mse_loss)" in ended.stdout
    assert "--quick leaves torch.compile out" in ended.stdout
    ours, theirs = load(results), load(file)
    assert ours.records == theirs.records
    assert ours.is_complete
    data = json.loads(file.read_text())["benchmarks"]
    assert [one["extra_info"]["implementation"] for one in data] == ["fused", "manual"]
    for one, record in zip(data, ours.records, strict=True):
        assert one["stats"]["data"] == pytest.approx(record.seconds)
    assert data[0]["speed_up"] == pytest.approx(data[1]["stats"]["median"] / data[0]["stats"]["median"])
