"""``pt-kata watch`` in a terminal: files are saved, keys are typed, the screen is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

DOUBLE = "def double(x):\n    return 2 * x\n"
REST = "def quadruple(x):\n    return 4 * x\nclass Doubler:\n    def double(self, number):\n        return 2 * number\n"
SIGNS = "def sign(number):\n    return (number > 0) - (number < 0)\n"
PATIENCE = 30.0  # seconds; a verdict takes a tenth of one

Watching = Callable[..., pexpect.spawn]


@pytest.fixture
def watching(tiny: Path) -> Iterator[Watching]:
    """Give what starts ``pt-kata watch`` in the tiny workspace, in a terminal of its own."""
    started: list[pexpect.spawn] = []

    def start(*arguments: str, size: tuple[int, int] = (40, 100), **environment: str) -> pexpect.spawn:
        line = ["-m", "pt_kata", "watch", *arguments]
        variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(size[1]), **environment}
        terminal = pexpect.spawn(
            sys.executable, line, cwd=tiny, env=variables, dimensions=size, timeout=PATIENCE, encoding="utf-8"
        )
        started.append(terminal)
        return terminal

    yield start
    for terminal in started:
        terminal.close(force=True)


def doubling(tiny: Path, text: str = DOUBLE + REST) -> None:
    """Save the learner's file of small/doubling."""
    (tiny / "katas/small/doubling.py").write_text(text)


def progress(tiny: Path) -> dict[str, dict[str, int]]:
    """Give the saved counts of each kata."""
    data = json.loads((tiny / ".pt_kata/progress.json").read_text())
    return {name: record["counts"] for name, record in data["katas"].items()}


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_from_the_first_stub_to_the_last_green_kata(tiny: Path, watching: Watching) -> None:
    """Each save has its verdict; a green kata leads on to the next, and can be compared with the reference."""
    terminal = watching()
    terminal.expect_exact("katas/small/doubling.py:7")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, DOUBLE.replace("2", "3") + REST)
    terminal.expect_exact("double gave the wrong values")
    terminal.expect("small/doubling.*2/4.*failed")
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")
    terminal.expect_exact("Return -1, 0 or 1.")
    terminal.expect("small/signs.*0/2.*todo")
    terminal.send("d")
    terminal.expect_exact("the reference")
    (tiny / "katas/small/signs.py").write_text(SIGNS)
    terminal.expect_exact("All katas are green.")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert progress(tiny) == {"small/doubling": {"passed": 4}, "small/signs": {"passed": 2}}


def test_keys_open_the_other_pages(tiny: Path, watching: Watching) -> None:
    """Hint, list, lesson; next goes on although this kata isn't green, again runs it again."""
    terminal = watching("signs")
    terminal.expect_exact("Return -1, 0 or 1.")
    for key, words in (
        ("l", "0 of 2 done"),
        ("s", "You write, from"),
        ("h", "pt-kata hint small/signs --function sign"),
    ):
        terminal.send(key)
        terminal.expect_exact(words)
        terminal.expect_exact("q quit")
    terminal.send("d")
    terminal.expect_exact("small/signs is not green")
    terminal.send("n")
    terminal.expect_exact("katas/small/doubling.py:7")
    terminal.send("x")
    terminal.send("r")
    terminal.expect_exact("katas/small/doubling.py:7")
    terminal.send("\x04")
    terminal.expect(pexpect.EOF)


def test_the_kata_whose_file_is_saved_is_run(tiny: Path, watching: Watching) -> None:
    """Also when it is another one than before, and when its tests or a file beside it change."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    (tiny / "katas/small/signs.py").write_text("def sign(number):\n    return 7\n")
    terminal.expect("small/signs.*failed")
    tests = tiny / "katas/small/test_signs.py"
    tests.write_text(tests.read_text().replace("A positive number has the sign 1.", "A changed sentence."))
    terminal.expect_exact("A changed sentence.")
    (tiny / "katas/small/helper.py").write_text("SEVEN = 7\n")
    terminal.expect("small/signs.*failed")


def test_a_failure_stands_before_what_is_not_written_yet(tiny: Path, watching: Watching) -> None:
    """Also when it comes from a later test, or from a function that was green."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect("0/4 +todo")
    rest = "def quadruple(x):\n    raise NotImplementedError\n" + REST.partition("4 * x\n")[2]
    doubling(tiny, DOUBLE + rest.replace("2 * number", "3 * number"))
    terminal.expect_exact("return 3 * number")
    terminal.expect("2/4 +failed")
    doubling(tiny, DOUBLE.replace("return 2 * x", "while True: pass") + rest)
    terminal.expect_exact("stopped after 10 s: does this loop end?")


def test_without_a_fork_a_worker_waits_for_each_save(tiny: Path, watching: Watching) -> None:
    """The loop is the same."""
    terminal = watching("doubling", PT_KATA_RUNNER="spare")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, DOUBLE.replace("2", "3") + REST)
    terminal.expect_exact("return 3 * x")
    doubling(tiny, "def double(x):\n    import os; os._exit(3)\n" + REST)
    terminal.expect_exact("exit code 3")
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")


def test_what_the_code_prints_is_shown(tiny: Path, watching: Watching) -> None:
    """Below the test in which it was printed, without what would move the cursor."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, "def double(x):\n    print('x \\x1b[2Jis', x.shape)\n    return 3 * x\n" + REST)
    terminal.expect_exact("printed")
    terminal.expect_exact("is torch.Size([1])")
    doubling(tiny, "def double(x):\n    raise ValueError('x \\x1b[2J y \\x07 z')\n" + REST)
    terminal.expect_exact("ValueError: x  y  z")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    import os; os._exit(0)\n", "exit code 0"),
        ("    import ctypes; ctypes.string_at(0)\n", "SIGSEGV"),
        ("    import os, signal; os.kill(os.getppid(), signal.SIGKILL)\n", "double"),
        ("    raise SystemExit(0)\n", "SystemExit"),
        ("    import sys; sys.stdin.close(); sys.stdout.close(); return 3 * x\n", "wrong values"),
    ],
)
def test_it_lives_on(tiny: Path, watching: Watching, body: str, words: str) -> None:
    """Whatever the learner's code does to its process, the next save has its verdict."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, "def double(x):\n" + body + REST)
    terminal.expect_exact(words)
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")
    assert progress(tiny)["small/doubling"] == {"passed": 4}


def test_a_save_ends_the_run_before(tiny: Path, watching: Watching) -> None:
    """Nobody waits ten seconds for an endless loop that is mended already."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, "def double(x):\n    while True: pass\n" + REST)
    time.sleep(0.5)
    start = time.monotonic()
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")
    assert time.monotonic() - start < 9  # the loop has ten seconds


def test_saves_of_every_kind(tiny: Path, watching: Watching) -> None:
    """Half-written, twice within milliseconds, by a rename, removed and made again: the last content is judged."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, "def double(x):\n    return 2 *")
    terminal.expect_exact("SyntaxError")
    doubling(tiny, DOUBLE.replace("2", "3") + REST)
    doubling(tiny, DOUBLE.replace("2", "4") + REST)
    terminal.expect_exact("return 4 * x")
    draft = tiny / "katas/small/.doubling.py.draft"
    draft.write_text(DOUBLE.replace("2", "5") + REST)
    draft.replace(tiny / "katas/small/doubling.py")
    terminal.expect_exact("return 5 * x")
    (tiny / "katas/small/doubling.py").unlink()
    terminal.expect(r"is\s+missing")
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")


def test_a_file_removed_while_it_runs(tiny: Path, watching: Watching) -> None:
    """And put back: the verdict is that on what is there at the end."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect_exact("Return 2x.")
    doubling(tiny, "import time\ntime.sleep(0.5)\n" + DOUBLE + REST)
    time.sleep(0.2)
    (tiny / "katas/small/doubling.py").unlink()
    terminal.expect(r"is\s+missing")
    doubling(tiny)
    terminal.expect_exact("✓ small/doubling is green.")


def test_a_clock_set_back_is_no_matter(tiny: Path, watching: Watching) -> None:
    """A file that is older than the one before has its verdict all the same."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    path = tiny / "katas/small/doubling.py"
    draft = tiny / "draft.py"
    draft.write_text(DOUBLE.replace("2", "3") + REST)
    os.utime(draft, (1, 1))
    draft.replace(path)
    terminal.expect_exact("return 3 * x")


def test_two_at_once_lose_nothing(tiny: Path, watching: Watching) -> None:
    """Both see the save, and the verdicts of both are kept."""
    one, other = watching("doubling"), watching("signs")
    one.expect_exact("Return 2x.")
    other.expect_exact("Return -1, 0 or 1.")
    doubling(tiny)
    one.expect_exact("✓ small/doubling is green.")
    other.expect_exact("✓ small/doubling is green.")
    (tiny / "katas/small/signs.py").write_text(SIGNS)
    one.expect_exact("All katas are green.")
    other.expect_exact("All katas are green.")
    assert progress(tiny) == {"small/doubling": {"passed": 4}, "small/signs": {"passed": 2}}


def test_progress_that_the_code_has_forged_is_not_shown(tiny: Path, watching: Watching) -> None:
    """It is set aside, and what was known is kept."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect_exact("Return 2x.")
    terminal.expect("0/4 +todo")
    wait_for(tiny / ".pt_kata/progress.json")
    forge = "import subprocess\nsubprocess.run('echo {} > .pt_kata/progress.json', shell=True)\n"
    doubling(tiny, forge + DOUBLE.replace("2", "3") + REST)
    terminal.expect(r"was\s+set\s+aside")
    assert progress(tiny)["small/doubling"] == {"failed": 2, "passed": 2}


def test_a_broken_curriculum_is_told_and_mended(tiny: Path, watching: Watching) -> None:
    """The data of a kata can change while it is watched."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect_exact("Return 2x.")
    data = tiny / "katas/small/doubling.toml"
    before = data.read_text()
    data.write_text("title = 3\n")
    terminal.expect(r"title\s+is\s+3")
    data.write_text(before)
    terminal.expect_exact("Return 2x.")


@pytest.mark.parametrize("size", [(10, 30), (50, 200)])
def test_terminals_of_any_size(watching: Watching, size: tuple[int, int]) -> None:
    """Nothing is cut off, and the keys are named at the end."""
    terminal = watching("doubling", size=size)
    terminal.expect_exact("doubling")
    terminal.expect("q\\s+quit")


def test_without_colours(watching: Watching) -> None:
    """NO_COLOR is respected."""
    terminal = watching("doubling", NO_COLOR="1")
    terminal.expect_exact("q quit")
    assert "\x1b[3" not in terminal.before


def test_the_terminal_is_as_before_afterwards(watching: Watching) -> None:
    """Also after Ctrl-C."""
    import termios

    terminal = watching("doubling")
    before = termios.tcgetattr(terminal.child_fd)
    terminal.expect_exact("q quit")
    assert termios.tcgetattr(terminal.child_fd) != before
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    assert "Traceback" not in terminal.before


def test_in_a_pipe_each_verdict_is_printed_once(tiny: Path) -> None:
    """There are no keys, no colours and no cleared screens."""
    line = [sys.executable, "-m", "pt_kata", "watch", "doubling"]
    with subprocess.Popen(line, cwd=tiny, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout
        text = ""
        while "4    todo" not in text:
            text += watch.stdout.readline()
        doubling(tiny)
        while "0/2    todo" not in text:
            text += watch.stdout.readline()
        watch.terminate()
    assert "\x1b" not in text
    assert text.count("Return 2x.") == 1
    assert "4/4    done" in text


def test_outside_of_a_workspace(tmp_path: Path) -> None:
    """The same message as for every command."""
    line = [sys.executable, "-m", "pt_kata", "watch"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no katas/curriculum.toml" in done.stderr


def test_a_kata_folder_that_vanishes_is_no_end(tiny: Path, watching: Watching) -> None:
    """A learner who switches branches sees the katas go and come."""
    terminal = watching("doubling")
    terminal.expect_exact("Return 2x.")
    shutil.move(tiny / "katas/small", tiny / "small")
    time.sleep(0.5)
    shutil.move(tiny / "small", tiny / "katas/small")
    time.sleep(0.5)
    doubling(tiny, DOUBLE.replace("2", "3") + REST)
    terminal.expect_exact("return 3 * x")
