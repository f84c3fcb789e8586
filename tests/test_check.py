"""``pt-kata check``: what it prints, saves and exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pt_kata
from pt_kata.store import Store

SCHEMA = json.loads((Path(pt_kata.__file__).parent / "check.schema.json").read_text())


def check(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pt-kata check in a process of its own."""
    line = [sys.executable, "-m", "pt_kata", "check", *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, env=variables, check=False)


def data(folder: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    """Give the JSON, which follows its schema."""
    done = check(folder, *arguments, "--json", **environment)
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert done.returncode == (0 if found["passed"] else 1), done.stderr
    assert "Traceback" not in done.stderr
    return found


def outcomes(kata: dict[str, Any]) -> list[str]:
    """Give the outcomes of a kata's tests, in file order."""
    return [test["outcome"] for test in kata["tests"]]


def test_an_untouched_workspace_is_todo(tiny: Path) -> None:
    """Every test of every kata, in the order of the curriculum and of the files."""
    found = data(tiny)
    assert [kata["id"] for kata in found["katas"]] == ["small/doubling", "small/signs"]
    assert [kata["state"] for kata in found["katas"]] == ["todo", "todo"]
    assert outcomes(found["katas"][0]) == ["todo"] * 4
    test = found["katas"][0]["tests"][0]
    assert test["id"] == "katas/small/test_doubling.py::test_double_of_one"
    assert (test["docstring"], test["function"]) == ("Twice one is two.", "double")
    assert test["message"] == "double is not written yet"
    assert (found["target"], found["device"], found["notes"]) == ("your code in katas/", "cpu", [])


@pytest.mark.parametrize("kind", ["fork", "spare"])
def test_a_wrong_answer_has_its_line_message_and_diagnosis(tiny: Path, kind: str) -> None:
    """Whatever way the process was started."""
    found = data(tiny, "doubling", "--against", "wrong", PT_KATA_RUNNER=kind)
    test = found["katas"][0]["tests"][1]
    assert test["outcome"] == "failed"
    assert test["message"].startswith("double gave the wrong values.\n  called    double(x=float32")
    assert Path(test["file"]) == tiny / "wrong/small/doubling.py"
    assert Path(test["file"]).read_text().splitlines()[test["line"] - 1].strip() == "return 1 * x"
    assert "in double" in test["traceback"]
    first = found["katas"][0]["tests"][0]
    assert first["diagnosis"].startswith("double makes a known mistake:")
    assert found["target"] == "wrong"


def test_the_reference_is_green_and_saves_nothing(tiny: Path) -> None:
    """What is not the learner's own is no progress."""
    found = data(tiny, "--solutions")
    assert found["passed"]
    assert [kata["state"] for kata in found["katas"]] == ["done", "done"]
    assert found["target"] == "the reference in solutions/"
    assert not (tiny / ".pt_kata").exists()


def test_the_learners_own_results_are_saved_and_listed(tiny: Path) -> None:
    """The list shows them without running anything, until the file changes."""

    def states() -> list[str]:
        line = [sys.executable, "-m", "pt_kata", "list", "--json"]
        done = subprocess.run(line, cwd=tiny, capture_output=True, text=True, check=True)
        return [kata["state"] for kata in json.loads(done.stdout)["katas"]]

    stub = tiny / "katas/small/doubling.py"
    stub.write_text((tiny / "solutions/small/doubling.py").read_text())
    assert states() == ["new", "todo"]
    data(tiny)
    assert states() == ["done", "todo"]
    stub.write_text(stub.read_text() + "\n")
    assert states() == ["changed", "todo"]


def test_the_first_red_test_is_printed_in_full_and_the_rest_as_bars(tiny: Path) -> None:
    """In plain lines when it goes into a pipe."""
    done = check(tiny, "--against", "wrong")
    assert done.returncode == 1
    assert done.stdout.count("gave the wrong values") == 1
    assert "wrong/small/doubling.py:9\n      return 1 * x\n" in done.stdout
    assert "small/doubling  ░░░░░░░░░░░░░░░░░░░░    0/4    failed (4 failed)" in done.stdout
    assert "0 of 2 katas are green: wrong" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr == ""


def test_with_verbose_every_red_test_is_printed(tiny: Path) -> None:
    """With the lines on the way to its failure."""
    done = check(tiny, "doubling", "--against", "wrong", "-v")
    assert done.stdout.count("double gave the wrong values.") >= 2
    assert "in test_double_of_anything" in done.stdout


def test_a_seed_repeats_a_run(tiny: Path) -> None:
    """It is printed, and in the JSON."""
    one, other = (data(tiny, "doubling", "--against", "wrong", "--seed", "5")["katas"][0] for _ in range(2))
    assert one["seed"] == 5
    assert [test["message"] for test in one["tests"]] == [test["message"] for test in other["tests"]]
    words = "to repeat: pt-kata check small/doubling --against wrong --seed 5"
    assert words in check(tiny, "doubling", "--against", "wrong", "--seed", "5").stdout


def test_the_limit_of_a_test_can_be_set(tiny: Path) -> None:
    """In seconds; the message names it."""
    (tiny / "katas/small/signs.py").write_text("def sign(number):\n    while True: pass\n")
    kata = data(tiny, "signs", "--limit", "0.5")["katas"][0]
    assert outcomes(kata) == ["timeout", "timeout"]
    assert "stopped after 0.5 s: does this loop end?" in kata["tests"][0]["message"]
    assert (kata["tests"][0]["function"], kata["tests"][0]["line"]) == ("sign", 2)


def test_katas_are_run_at_the_same_time(tiny: Path) -> None:
    """On a machine with more than one core two that sleep take no longer than one."""
    for name in ("doubling", "signs"):
        reference = (tiny / f"solutions/small/{name}.py").read_text()
        (tiny / f"katas/small/{name}.py").write_text(f"import time\ntime.sleep(2)\n{reference}")
    found = data(tiny)
    if (os.cpu_count() or 1) > 1:
        assert all(2 < kata["seconds"] < 3.9 for kata in found["katas"])


def test_a_broken_kata_is_told_and_the_others_run(tiny: Path) -> None:
    """A kata without its tests is a problem of that kata."""
    (tiny / "katas/small/test_doubling.py").unlink()
    found = data(tiny)
    assert "test_doubling.py is missing" in found["katas"][0]["problem"]
    assert found["katas"][0]["state"] == "broken"
    assert outcomes(found["katas"][1]) == ["todo", "todo"]


def test_nothing_of_a_file_that_can_not_be_loaded_is_green(tiny: Path) -> None:
    """No test ended in any of its functions, and that is no merit of theirs."""
    (tiny / "katas/small/doubling.py").write_text("def double(:\n")
    check(tiny, "doubling")
    tasks = Store(tiny).read()["small/doubling"].tasks
    assert set(tasks.values()) == {"error"}


def test_progress_that_was_set_aside_is_told(tiny: Path) -> None:
    """In the notes, and below what is printed."""
    (tiny / ".pt_kata").mkdir()
    (tiny / ".pt_kata/progress.json").write_text("{")
    assert "was set aside" in data(tiny, "signs")["notes"][0]
    (tiny / ".pt_kata/progress.json").write_text("{")
    assert "was set aside" in check(tiny, "signs").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["sings"], 2, "there is no kata 'sings'; did you mean 'signs'?"),
        (["--against", "wrnog"], 1, "Error: --against"),
        (["--against", "wrong", "--solutions"], 1, "--solutions and --against exclude each other"),
        (["--device", "cuda"], 1, "torch sees no CUDA device"),
        (["--device", "gpu"], 2, "'gpu' is not one of"),
    ],
)
def test_what_can_not_be_run_is_said(tiny: Path, arguments: list[str], code: int, words: str) -> None:
    """Without a traceback."""
    done = check(tiny, *arguments)
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_broken_torch_is_told_with_what_to_do(tiny: Path, tmp_path: Path) -> None:
    """The process can't start; the message names the error and the command that looks into it."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/torch.py").write_text("raise ImportError('libtorch is missing')\n")
    done = check(tiny, "signs", PYTHONPATH=str(tmp_path / "broken"))
    assert done.returncode == 1
    assert (
        "the katas can't be run: ImportError: libtorch is missing. `pt-kata doctor` says what is missing."
        in done.stderr
    )


def test_files_in_the_working_folder_are_not_taken_for_libraries(tiny: Path) -> None:
    """A learner may call a file torch.py."""
    for name in ("torch", "pytest", "json", "numpy"):
        (tiny / f"{name}.py").write_text("raise ImportError('the wrong one')\n")
    line = [sys.executable, "-P", "-m", "pt_kata", "check", "signs", "--solutions"]
    done = subprocess.run(line, cwd=tiny, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
