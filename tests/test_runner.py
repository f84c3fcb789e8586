"""Any code in a kata's file: the verdict on it is right and in time, and nothing else is harmed."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pt_kata.catalog import load
from pt_kata.runner.job import Job, Limits
from pt_kata.runner.launch import Launcher, launcher
from pt_kata.runner.supervise import Stop, run
from pt_kata.runner.verdict import Verdict
from tests.conftest import TINY

QUICK = Limits(test=1.5, collection=4.0, kata=8.0, memory=1 << 30, processes=24)
RIGHT = "    return 2 * x\n"
WRONG = "    return 3 * x\n"
REST = """

def quadruple(x):
    return 4 * x


class Doubler:
    def double(self, number):
        return 2 * number
"""

Check = Callable[..., Verdict]


@pytest.fixture(scope="module")
def forks() -> Iterator[Launcher]:
    """Give a fork server for all tests of this file; that it outlives them is part of what is tested."""
    with launcher(folder=TINY, kind="fork") as found:
        yield found


@pytest.fixture(scope="module")
def spares() -> Iterator[Launcher]:
    """Give what starts a worker ahead."""
    with launcher(folder=TINY, kind="spare") as found:
        yield found


@pytest.fixture
def check(tiny: Path, forks: Launcher) -> Check:
    """Give what writes the learner's file and runs its tests."""
    return lambda text, **options: judge(tiny, options.pop("by", forks), text, **options)


def judge(root: Path, by: Launcher, text: str | bytes, *, limits: Limits = QUICK, stop: Stop | None = None) -> Verdict:
    """Write the kata small/doubling and run its tests."""
    kata = load(root).katas[0]
    kata.stub.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run(by, kata, kata.stub, Job(root, kata.id, 7, limits=limits), stop=stop)


def function(body: str = "", last: str = RIGHT, head: str = "") -> str:
    """Give a module whose ``double`` begins with ``body``; all else is right."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import torch\n{head}\n\ndef double(x):\n{lines}{last}{REST}"


def outcomes(verdict: Verdict) -> list[str]:
    """Give the outcomes of the four tests: two of double, one of quadruple, one of Doubler."""
    return [test.outcome for test in verdict.tests]


# What ends or hangs the process: (code, outcome, words of the message).
FATAL = {
    "an endless loop": ("while True: pass", "timeout", "stopped after 1.5 s: does this loop end?"),
    "an endless loop in C": ("import itertools\nsum(itertools.repeat(0))", "timeout", "stopped after 1.5 s"),
    "an endless wait": ("import threading\nthreading.Event().wait()", "timeout", "stopped after 1.5 s"),
    "a deadlock": ("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", "timeout", "stopped"),
    "deaf to signals": (
        "import signal\nfor one in (signal.SIGTERM, signal.SIGALRM, signal.SIGINT):\n"
        "    signal.signal(one, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
        "stopped after 1.5 s",
    ),
    "a stopped clock": (
        "import faulthandler\nfaulthandler.cancel_dump_traceback_later()\nwhile True: pass",
        "timeout",
        "",
    ),
    "a catch-all loop": ("while True:\n    try:\n        x + 1\n    except BaseException: pass", "timeout", "stopped"),
    "os._exit": ("import os\nos._exit(0)", "error", "the process ended with exit code 0"),
    "os.abort": ("import os\nos.abort()", "error", "the process ended with SIGABRT"),
    "a segmentation fault": ("import ctypes\nctypes.string_at(0)", "error", "SIGSEGV: a segmentation fault"),
    "stopping itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "timeout", "stopped after 1.5 s"),
    "killing itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "error", "SIGKILL"),
    "an alarm": ("import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(1)", "error", "SIGALRM"),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_ends_the_process_is_the_verdict_on_its_test_alone(check: Check, name: str) -> None:
    """The message says what happened and on which line; the tests of other functions still run."""
    body, outcome, message = FATAL[name]
    verdict = check(function(body))
    assert outcomes(verdict) == [outcome, outcome, "passed", "passed"], verdict.tests
    first = verdict.tests[0]
    assert message in first.message
    if name != "killing itself":
        assert (first.function, Path(first.file).name) == ("double", "doubling.py")
        assert f"doubling.py, line {first.line}, in double" in first.message
        assert 4 < first.line <= 6 + body.count("\n")
    assert verdict.problem == ""


def test_deep_recursion_in_c_is_the_verdict_on_its_test_alone(check: Check) -> None:
    """It ends the process up to Python 3.11; from 3.12 on the interpreter counts such calls, whatever limit is set."""
    verdict = check(
        function(
            "import sys\nsys.setrecursionlimit(10**8)\none = other = ()\n"
            "for _ in range(10**6): one, other = (one,), (other,)\none == other"
        )
    )
    fatal = sys.version_info < (3, 12)
    outcome = "error" if fatal else "failed"
    assert outcomes(verdict) == [outcome, outcome, "passed", "passed"], verdict.tests
    first = verdict.tests[0]
    assert ("SIGSEGV" if fatal else "RecursionError") in first.message
    assert (first.function, Path(first.file).name, first.line) == ("double", "doubling.py", 9)
    assert verdict.problem == ""


@pytest.mark.parametrize(
    "body",
    ["import os\nwhile True: os.fork()", "import os\nos.system('f() { f | f & }; f; sleep 9')"],
    ids=["by fork", "by a shell"],
)
def test_a_fork_bomb_is_held(check: Check, body: str) -> None:
    """It is stopped as a whole before it takes the machine, by how many they are and not by the time."""
    limits = replace(QUICK, collection=25.0, kata=30.0)
    verdict = check(f"{body}\n{function()}", limits=limits)
    assert outcomes(verdict) == ["error"] * 4
    assert "it had started more than 24 processes" in verdict.tests[0].message
    assert verdict.seconds < limits.kata
    gone = time.monotonic() + 4.0
    while len(left := psutil.Process().children(recursive=True)) > 4 and time.monotonic() < gone:
        time.sleep(0.1)
    assert len(left) <= 4


@pytest.mark.parametrize("name", ["an endless loop", "os._exit", "a segmentation fault"])
def test_what_ends_the_process_on_import_is_the_verdict_on_all(check: Check, name: str) -> None:
    """No test could run, and the message says that it was on import."""
    body, outcome, _ = FATAL[name]
    verdict = check(f"{body}\n{function()}")
    assert outcomes(verdict) == [outcome] * len(verdict.tests)
    assert len(verdict.tests) == 4
    assert "while doubling.py was imported" in verdict.tests[0].message
    assert "doubling.py, line" in verdict.tests[0].message


# What harms no test: (before the functions, inside double).
HARMLESS = {
    "reading stdin is tried": ("", "try:\n    input()\nexcept (EOFError, OSError): pass"),
    "a thread left behind": ("", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"),
    "a busy thread left behind": (
        "import threading\ndef spin():\n    while True: pass",
        "threading.Thread(target=spin).start()",
    ),
    "a child left behind": ("import subprocess\nsubprocess.Popen(['sleep', '61.5'])", ""),
    "a daemon left behind": ("import subprocess\nsubprocess.Popen(['sleep', '62.5'], start_new_session=True)", ""),
    "an exit handler that hangs": ("import atexit, time\natexit.register(time.sleep, 60)", ""),
    "an exit handler that lies": ("import atexit, os\natexit.register(os._exit, 0)", ""),
    "signal handlers": ("import signal\nsignal.signal(signal.SIGALRM, lambda *_: 1 / 0)", "signal.raise_signal"),
    "prints without a newline": ("", "print('x' * 100, end='', flush=True)"),
    "invalid UTF-8": ("", "import os\nos.write(1, b'\\xff\\xfe\\x00 not text')"),
    "a lone surrogate": ("", "print('\\ud800')"),
    "a closed stdout": ("", "import sys\nsys.stdout.close()"),
    "a replaced stdout": ("", "import sys\nsys.stdout = None"),
    "another folder": ("import os\nos.chdir('/')", "os.chdir('/tmp')"),
    "files in the working folder": ("", "open('torch.py', 'w').write('1 / 0')\nopen('pytest.py', 'w').write('1 / 0')"),
    "the default dtype": ("torch.set_default_dtype(torch.float64)", "torch.set_default_dtype(torch.float16)"),
    "no gradients": ("torch.set_grad_enabled(False)", "torch.set_grad_enabled(False)"),
    "seeds": ("torch.manual_seed(0)", "torch.manual_seed(0)"),
    "threads of torch": ("torch.set_num_threads(4)", "torch.set_num_threads(2)"),
    "anomaly mode": ("torch.autograd.set_detect_anomaly(True)", "torch.autograd.set_detect_anomaly(True)"),
    "a recursion limit": ("import sys\nsys.setrecursionlimit(10**6)", ""),
    "torch.equal replaced": ("torch.equal = lambda *_: False", "torch.equal = lambda *_: False"),
    "torch.allclose replaced": ("torch.allclose = lambda *_: False", "torch.allclose = lambda *_: False"),
    "assert_close replaced": ("torch.testing.assert_close = None", "torch.testing.assert_close = None"),
    "the check replaced": ("import pt_kata.checks\npt_kata.checks.assert_close = None", ""),
    "builtins replaced": ("import builtins\nbuiltins.len = lambda _: 3", "builtins.sorted = None"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_harms_no_test_leaves_a_right_answer_green(check: Check, name: str) -> None:
    """And it is over at once, with nothing left behind."""
    head, body = HARMLESS[name]
    verdict = check(function(body, head=head))
    assert outcomes(verdict) == ["passed"] * 4, [test.message for test in verdict.tests]
    assert verdict.seconds < QUICK.kata
    assert not any(set(process.cmdline()) & {"61.5", "62.5"} for process in living())


@pytest.mark.parametrize("name", HARMLESS)
def test_what_harms_no_test_makes_no_wrong_answer_green(check: Check, name: str) -> None:
    """The other functions stay green; what a busy thread slows down has the time for it."""
    head, body = HARMLESS[name]
    assert outcomes(check(function(body, WRONG, head), limits=replace(QUICK, test=15.0, kata=60.0))) == [
        "failed",
        "failed",
        "passed",
        "passed",
    ]


def living() -> Iterator[psutil.Process]:
    """Give the processes of this machine that can be asked for their command line."""
    for process in psutil.process_iter():
        try:
            process.cmdline()
            yield process
        except psutil.Error:
            continue


# What is wrong by itself: (code, words of the message).
FAILING = {
    "SystemExit": ("raise SystemExit(0)", "SystemExit"),
    "sys.exit": ("import sys\nsys.exit()", "SystemExit"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "endless recursion": ("return double(x)", "RecursionError"),
    "reading stdin": ("input()", "EOFError"),
    "100 GB of torch": ("torch.empty(25 * 2**30)", "memory"),
    "100 GB of Python": ("bytearray(100 * 2**30)", "emory"),
    "memory eaten slowly": ("eaten = []\nwhile True: eaten.append(bytearray(2**20))", "emory"),
    "a huge file": ("import os\nos.truncate(os.open('huge', os.O_RDWR | os.O_CREAT), 2**40)", "File too large"),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_fails_says_so(check: Check, name: str) -> None:
    """The other functions stay green; a machine that hands out memory slowly has the time for it."""
    body, message = FAILING[name]
    verdict = check(function(body), limits=replace(QUICK, test=15.0, kata=60.0))
    assert outcomes(verdict) == ["failed", "failed", "passed", "passed"], [test.message for test in verdict.tests]
    assert message in verdict.tests[0].message
    assert verdict.seconds < 60.0


def test_a_gigabyte_of_prints_is_cut(check: Check) -> None:
    """Both ends are kept, with what was left out between them; the verdict is that on the code."""
    body = "print('the beginning')\nfor _ in range(64): print('x' * 2**24)\nprint('the end')"
    verdict = check(function(body), limits=Limits(test=10.0, memory=1 << 30))
    assert outcomes(verdict) == ["passed"] * 4
    printed = verdict.tests[0].printed
    assert printed.startswith("the beginning\n")
    assert printed.endswith("the end\n")
    assert "1.1 GB not shown" in printed
    assert len(printed) < 50_000


def test_each_test_has_what_was_printed_in_it(check: Check) -> None:
    """By Python, by C, to both streams, without a newline; what the import printed stands apart."""
    verdict = check(
        function("import os, sys\nprint('one')\nos.write(2, b'two')\nprint('three', end='')", head="print('hello')")
    )
    assert verdict.printed == "hello\n"
    assert [test.printed for test in verdict.tests] == ["one\ntwothree", "one\ntwothree", "", ""]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the name of an open file")
def test_nothing_is_left_if_all_is_killed(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file for the last words has no name any more while the tests run."""
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    verdict = check(function(f"import os\nprint(os.listdir({str(folder)!r}))"))
    assert [test.printed for test in verdict.tests] == ["[]\n", "[]\n", "", ""]


def test_what_was_printed_before_the_end_is_told(check: Check) -> None:
    """A learner looks for the fault by printing."""
    verdict = check(function("print('so far', flush=False)\nimport os\nos._exit(3)"))
    assert verdict.tests[0].printed == "so far\n"
    assert "exit code 3" in verdict.tests[0].message


LYING_JSON = "json.dumps = lambda o, *a, **k: real(o, *a, **k).replace('failed', 'passed').replace('todo', 'passed')"
FORGED = {  # (before the functions, inside double)
    "json": (f"import json\nreal = json.dumps\n{LYING_JSON}", ""),
    "json in the function": ("import json\nreal = json.dumps", LYING_JSON),
    "the encoder": ("import json\njson.JSONEncoder.encode = lambda self, o: '{}'", ""),
    "os.write": (
        "import os\nreal = os.write\n"
        "os.write = lambda fd, data: real(fd, data.replace(b'failed', b'passed')) * 0 + len(data)",
        "",
    ),
    "dataclasses": (
        "import dataclasses\ndataclasses.asdict.__code__ = (lambda obj, *, dict_factory=dict:"
        " {**vars(obj), 'outcome': 'passed'}).__code__",
        "",
    ),
    "the reporter": (
        "import pt_kata.runner.child as child\n"
        "child.Reporter.send = lambda *a, **k: None\nchild._failure = lambda *a: {'message': '', 'traceback': ''}",
        "",
    ),
    "what it prints": (
        "import os, threading\ndef steal():\n    fd = os.open('/proc/self/fd/1', os.O_RDONLY)\n    seen = b''\n"
        "    while True:\n        seen += os.read(fd, 4096)\n        for token in seen.split(bytes(1)):\n"
        '            event = b\'\\n{"token": "\' + token + b\'", "kind": "over", "modules": []}\\n{\'\n'
        "            for other in range(3, 40):\n                try: os.write(other, event)\n"
        "                except OSError: pass\nthreading.Thread(target=steal, daemon=True).start()",
        "",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_report_can_not_be_forged(check: Check, name: str) -> None:
    """A wrong answer never passes, whatever is done to what carries the verdict."""
    head, body = FORGED[name]
    verdict = check(function(body, WRONG, head))
    assert not verdict.passed
    assert "passed" not in outcomes(verdict)[:2]


def test_a_message_of_any_size_is_cut(check: Check) -> None:
    """An exception may carry megabytes."""
    verdict = check(function("raise ValueError('x' * 10**7)"), limits=Limits(memory=1 << 30))
    assert outcomes(verdict) == ["failed", "failed", "passed", "passed"]
    assert verdict.tests[0].message.startswith("ValueError: xxx")
    assert "characters more]" in verdict.tests[0].message
    assert len(verdict.tests[0].message) < 30_000


def test_a_kata_has_a_limit_as_well(check: Check) -> None:
    """What is left when it is over has not run, and is told as such."""
    limits = Limits(test=1.0, kata=1.8, memory=1 << 30)
    verdict = check(function("while True: pass"), limits=limits)
    assert outcomes(verdict) == ["timeout"] * 4
    assert "stopped after 1 s" in verdict.tests[0].message
    assert "stopped after 1.8 s, the limit for a whole kata" in verdict.tests[1].message
    assert verdict.tests[3].message.startswith("not run: stopped after 1.8 s")
    assert verdict.seconds < 6


@pytest.mark.parametrize("path", ["katas/small/doubling.py", "katas/small/test_signs.py", "solutions/small/signs.py"])
@pytest.mark.parametrize(
    "change", ["open(path, 'w')", "os.remove(path)", "os.rename(path, 'gone')", "os.open(path, os.O_TRUNC | os.O_RDWR)"]
)
def test_the_learners_code_can_not_change_files_of_the_workspace(
    check: Check, tiny: Path, path: str, change: str
) -> None:
    """Neither its own nor another kata's, nor by a relative path."""
    (tiny / "solutions" / "small" / "signs.py").touch()
    before = (tiny / "katas/small/test_signs.py").read_bytes()
    text = function(f"import os\npath = {path!r}\n{change}")
    verdict = check(text)
    assert outcomes(verdict) == ["failed", "failed", "passed", "passed"]
    assert "a kata's code may not change" in verdict.tests[0].message
    assert (tiny / "katas/small/doubling.py").read_text() == text
    assert (tiny / "katas/small/test_signs.py").read_bytes() == before


def test_folders_are_fenced_as_well(check: Check, tiny: Path) -> None:
    """A slip in a path takes no kata away, nor from a thread."""
    for line in ("shutil.rmtree('solutions')", "os.rename('katas', 'gone')", "shutil.rmtree('katas/small')"):
        verdict = check(function(f"import os, shutil\n{line}"))
        assert outcomes(verdict) == ["failed", "failed", "passed", "passed"]
    start = "thread = threading.Thread(target=open, args=('katas/small/signs.py', 'w'))"
    thread = f"import threading\n{start}\nthread.start()\nthread.join()"
    assert outcomes(check(function(head=thread))) == ["passed"] * 4
    assert sorted(path.name for path in (tiny / "katas/small").glob("*.py")) == [
        "doubling.py", "signs.py", "test_doubling.py", "test_signs.py",
    ]  # fmt: skip
    assert (tiny / "katas/small/signs.py").read_text()
    assert (tiny / "solutions/small/signs.py").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"def double(x:\n", "line 1: SyntaxError"),
        (b"def double(x):\n\treturn 2 * x\n        return x\n", "TabError"),
        (b"", "has no 'double'"),
        (b"\xff\xfe\x00garbage", "doubling.py"),
        (b"def double(x):\n    return 2 *", "SyntaxError"),
        (b"raise ValueError('on import')", "line 1: ValueError on import: on import"),
        (b"import sys; sys.exit(0)", "SystemExit"),
        (b"import pytest; pytest.skip(allow_module_level=True)", "doubling.py"),
    ],
)
def test_a_file_that_can_not_be_loaded_is_an_error_with_its_line(check: Check, text: bytes, message: str) -> None:
    """For every test of the kata."""
    verdict = check(text)
    assert set(outcomes(verdict)) == {"error"}
    assert len(verdict.tests) == 4
    assert message in verdict.tests[0].message


@pytest.mark.parametrize(
    "text",
    [
        function().replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + function().encode(),
        function().replace("    ", "\t").encode(),
        function().encode("utf-16"),
    ],
    ids=["CRLF", "BOM", "tabs", "UTF-16"],
)
def test_files_of_any_editor(check: Check, text: bytes) -> None:
    """What Python reads is judged; what it can't read is an error."""
    is_readable = not text.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert set(outcomes(check(text))) == ({"passed"} if is_readable else {"error"})


@pytest.mark.parametrize("name", ["a [b] c", "a::b", "ä ü", "-x"])
def test_a_workspace_of_any_name(tiny: Path, forks: Launcher, name: str) -> None:
    """What means something to pytest in an argument means nothing in a path."""
    root = tiny.rename(tiny.with_name(name))
    assert outcomes(judge(root, forks, function())) == ["passed"] * 4


def test_missing_files(check: Check, tiny: Path) -> None:
    """The learner's file, or the tests: the message names what is missing."""
    kata = load(tiny).katas[0]
    kata.stub.unlink()
    with launcher(folder=tiny, kind="fork") as by:
        verdict = run(by, kata, kata.stub, Job(tiny, kata.id, 7))
        assert "doubling.py is missing" in verdict.tests[0].message
        kata.test.unlink()
        verdict = run(by, kata, kata.stub, Job(tiny, kata.id, 7))
        assert not verdict.passed
        assert verdict.problem
    kata = load(tiny).katas[0]
    assert "test_doubling.py is missing" in run(by, kata, kata.stub, Job(tiny, kata.id, 7)).problem


def test_a_broken_test_file_is_told(check: Check, tiny: Path) -> None:
    """It isn't the learner's fault."""
    (tiny / "katas/small/test_doubling.py").write_text("def test_x(:\n")
    verdict = check(function())
    assert not verdict.passed
    assert "SyntaxError" in verdict.problem


def test_the_server_is_started_anew_when_it_was_killed(check: Check, tiny: Path) -> None:
    """The code that did it is an error; the next run is as good as any."""
    with launcher(folder=tiny, kind="fork") as by:
        verdict = check(
            function("import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1)"), by=by
        )
        assert verdict.tests[0].outcome in ("error", "passed")
        assert outcomes(check(function(), by=by)) == ["passed"] * 4


def test_the_server_is_started_anew_when_it_does_not_answer(check: Check, tiny: Path) -> None:
    """The code that stopped it is judged, after some patience; the next run is as good as any."""
    with launcher(folder=tiny, kind="fork") as by:
        head = "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)"
        assert outcomes(check(function(head=head), by=by)) == ["passed"] * 4
        assert outcomes(check(function(), by=by)) == ["passed"] * 4


def test_a_fork_that_goes_on_reports_nothing(check: Check) -> None:
    """Each test has one verdict, whoever gets to the end of it first."""
    verdict = check(function(head="import os\nos.fork()"))
    assert outcomes(verdict) == ["passed"] * 4
    verdict = check(function(head="import os\nif os.fork(): import time; time.sleep(0.5)", last=WRONG))
    assert outcomes(verdict) == ["failed", "failed", "passed", "passed"]


def test_a_run_can_be_stopped(check: Check) -> None:
    """At once, from another thread."""
    import threading

    stop = Stop()
    threading.Timer(0.5, stop.now).start()
    start = time.monotonic()
    verdict = check(function("while True: pass"), stop=stop, limits=Limits())
    assert time.monotonic() - start < 5  # the limit is 10
    assert not verdict.passed


SPARE_CASES = ["an endless loop", "os._exit", "a segmentation fault"]


@pytest.mark.parametrize("name", SPARE_CASES)
def test_a_worker_gives_the_same_verdicts(check: Check, spares: Launcher, name: str) -> None:
    """Where there is no fork, a worker that was started ahead does the same."""
    body, outcome, message = FATAL[name]
    verdict = check(function(body), by=spares, limits=Limits(test=1.5, kata=20.0))
    assert outcomes(verdict) == [outcome, outcome, "passed", "passed"]
    assert message in verdict.tests[0].message


def test_a_worker_that_is_right_and_prints(check: Check, spares: Launcher) -> None:
    """It runs in a process of its own each time."""
    head = "print('hello')\nimport os\nprint(os.getpid())"
    one, other = (check(function("print('in')", head=head), by=spares) for _ in range(2))
    assert outcomes(one) == outcomes(other) == ["passed"] * 4
    assert one.printed != other.printed
    assert one.tests[0].printed == "in\n"
    assert str(os.getpid()) not in one.printed
