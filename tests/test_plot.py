"""Pictures of a kata: its functions called whatever they do, in a process of their own, and ``pt-kata plot``."""

from __future__ import annotations

import pickle
import shutil
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from pt_kata.catalog import load
from pt_kata.check import Request
from pt_kata.cli import main
from pt_kata.files import Trouble
from pt_kata.plots import command, drawn
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.follow import _Plain, data_of
from pt_kata.plots.picture import Wanted
from pt_kata.runner.job import Job, Limits
from pt_kata.runner.launch import Launcher, launcher
from tests.conftest import REPOSITORY

KATA = "approximation/relu_approximation"
SHORT = Limits(test=3.0, collection=20.0, memory=1 << 30)


# Code


def code(**functions: Callable[..., Any]) -> Code:
    """A module of these functions."""
    module = types.ModuleType("katas.made.up")
    vars(module).update(functions)
    return Code(module, Path(__file__))


def raises(error: BaseException) -> Callable[..., Any]:
    """Give a function that raises."""

    def function(*_: object) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (raises(NotImplementedError()), "not written yet"),
        (raises(ValueError("of no use")), "raises ValueError: of no use"),
        (raises(SystemExit(3)), "raises SystemExit: 3"),
        (raises(ValueError("\ud800")), "raises ValueError: ?"),
        (raises(KeyboardInterrupt()), "raises KeyboardInterrupt"),
        (lambda *_: None, "returns None, wanted a tensor"),
        (lambda *_: 3, "returns an int, wanted a tensor"),
        (lambda *_: torch.zeros(3, 1), "returns shape (3, 1), wanted (3,)"),
        (lambda *_: torch.zeros(3, dtype=torch.complex64), "returns complex numbers"),
        (lambda *_: torch.zeros(3, device="meta"), "returns a tensor without data"),
    ],
)
def test_whatever_a_function_does_can_be_drawn(function: Callable[..., Any], words: str) -> None:
    """A failure says in few words what happened."""
    found = code(relu=function).tensor("relu", (3,), torch.zeros(3))
    assert isinstance(found, Failure)
    assert found.words == words
    assert found.name == "relu"


def test_a_failure_knows_the_learners_line() -> None:
    """It is the last line of the learner's file that the exception came through."""
    found = code(relu=raises(ValueError("no"))).call("relu")
    assert found.line == raises.__code__.co_firstlineno + 4
    assert found.text == f"relu (line {found.line}): raises ValueError: no"


def test_what_is_not_finite_is_noted_once() -> None:
    """The tensor is drawn all the same."""
    of = code(relu=lambda x: torch.tensor([1.0, float("nan"), float("inf")], requires_grad=True))
    for _ in range(2):
        found = of.tensor("relu", (3,), torch.zeros(3))
    assert not found.requires_grad
    assert of.notes == ["relu gives NaN in 1 of 3 values", "relu gives infinity in 1 of 3 values"]


def test_a_function_that_ended_the_process_is_not_called_again() -> None:
    """Its failure is the one that was found then."""
    of = Code(types.ModuleType("m"), Path(__file__), dead={"relu": "did not end in 5 s"})
    assert of.call("relu") == Failure("relu", "did not end in 5 s")


# The process


@pytest.fixture(scope="module")
def starting() -> Iterator[Launcher]:
    """Give a launcher for all tests of this file."""
    with launcher(folder=REPOSITORY) as found:
        yield found


@pytest.fixture
def drawn_with(tmp_path: Path, starting: Launcher) -> Callable[[str, str], Any]:
    """Give what runs the kata with one line of the reference replaced."""

    def run(old: str, new: str) -> Any:
        text = (REPOSITORY / f"solutions/{KATA}.py").read_text()
        assert old in text
        path = tmp_path / f"{KATA}.py"
        path.parent.mkdir()
        path.write_text(text.replace(old, new, 1))
        job = Job(REPOSITORY, KATA, 1, against=str(tmp_path), runs="pt_kata.plots.child", limits=SHORT)
        return data_of(starting, job)

    return run


def failures(data: Any) -> Iterator[Failure]:
    """All failures in what is to be drawn."""
    if isinstance(data, Failure):
        yield data
    elif is_dataclass(data):
        for field in fields(data):
            yield from failures(getattr(data, field.name))
    elif isinstance(data, list | tuple):
        for each in data:
            yield from failures(each)
    elif isinstance(data, dict):
        yield from failures(list(data.values()))


RETURN = "    return bias + hinge_basis(x, knots[:-1]) @ weights"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("    while True: pass", "did not end in 3 s"),
        ("    import os; os._exit(7)", "the process ended with exit code 7"),
        ("    import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the process ended with SIGSEGV"),
        ("    return [0] * 10**10", "raises MemoryError"),
        ("    import sys; sys.exit()", "raises SystemExit"),
    ],
)
def test_a_function_that_ends_the_process_is_told_and_the_rest_is_drawn(
    drawn_with: Callable[[str, str], Any], line: str, words: str
) -> None:
    """Only that function fails."""
    found = set(failures(drawn_with(RETURN, line)))
    assert {failure.name for failure in found} == {"piecewise_linear"}
    assert {failure.words for failure in found} == {words}


def test_prints_go_nowhere(drawn_with: Callable[[str, str], Any], capfd: pytest.CaptureFixture[str]) -> None:
    """Not into the picture, not on the screen, and never so many that something waits."""
    assert not list(failures(drawn_with(RETURN, f"    print('x' * 10**6)\n{RETURN}")))
    assert capfd.readouterr().out == ""


def test_a_file_that_can_not_be_imported_fails_in_all_functions(drawn_with: Callable[[str, str], Any]) -> None:
    """There is a picture, and it says what Python says."""
    found = list(failures(drawn_with("import torch\n", "import torch\n1 / 0\n")))
    assert found
    assert all("ZeroDivisionError" in failure.words for failure in found)


def test_only_plain_numbers_are_taken_from_the_process() -> None:
    """Anything else could be made to run code."""
    import io

    with pytest.raises(pickle.UnpicklingError, match="is no part of a picture"):
        _Plain(io.BytesIO(pickle.dumps(Path("x")))).load()
    failure = Failure("relu", "no")
    assert _Plain(io.BytesIO(pickle.dumps([failure, 1.5]))).load() == [failure, 1.5]


# The command


def plot(*arguments: str) -> Result:
    """Run ``pt-kata plot`` in this process."""
    return CliRunner().invoke(main, ["plot", *arguments])


def test_every_kata_has_a_picture() -> None:
    """Of each one in the curriculum."""
    assert {kata.name for kata in load(REPOSITORY).katas} == set(drawn())


def test_the_reference_is_drawn_into_a_file(workspace: Path) -> None:
    """Its path is printed, and whose code it is."""
    done = plot("relu_approximation", "--solutions")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == f".pt_kata/plots/{KATA}.png"
    assert "drawn from the reference in solutions/" in lines
    with Image.open(workspace / lines[0]) as picture:
        assert picture.width >= 800


def test_a_stub_is_drawn_and_said_to_be_todo(workspace: Path) -> None:
    """No function of it is green."""
    done = plot("relu_approximation")
    assert done.exit_code == 0, done.output
    assert "not green yet, drawn as far as it goes: relu (todo), hinge_basis (todo)" in done.output
    assert (workspace / ".pt_kata/plots" / f"{KATA}.png").is_file()


def test_code_that_was_changed_is_tested_meanwhile(workspace: Path) -> None:
    """So that what is said of it is true."""
    text = (workspace / f"solutions/{KATA}.py").read_text()
    (workspace / f"katas/{KATA}.py").write_text(text.replace("torch.where(x > 0, x, 0.0)", "torch.where(x > 0, x, x)"))
    done = plot("relu_approximation", "--theme", "dark", "--out", "there")
    assert done.exit_code == 0, done.output
    assert f"there/{KATA}.png" in done.output
    assert "relu (failed)" in done.output
    assert "interpolation_weights" not in done.output


@pytest.mark.usefixtures("workspace")
def test_tests_that_take_too_long_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is there, and where to ask is said."""
    monkeypatch.setattr(command, "PATIENCE", 0.0)
    monkeypatch.setattr(command, "check_one", lambda *_, **__: time.sleep(5))
    done = plot("relu_approximation", "--against", "solutions")
    assert done.exit_code == 0, done.output
    assert f"`pt-kata check {KATA}` says how it stands" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["broadcasting", "--shapes", "3,x", "4"], "'3,x' is no shape"),
        (["broadcasting", "--shapes", "3,-1", "4"], "'3,-1' is no shape"),
        (["relu_approximation", "--shapes", "3", "4"], "--shapes is for tensors/broadcasting"),
        (["broadcastin"], "there is no kata 'broadcastin'"),
    ],
)
def test_what_is_wrongly_asked_is_said_in_one_sentence(workspace: Path, arguments: list[str], words: str) -> None:
    """Nothing is written."""
    done = plot(*arguments)
    assert done.exit_code == 2, done.output
    assert words in done.output
    assert not (workspace / ".pt_kata/plots").exists()


def test_a_kata_without_a_picture_says_which_have_one(tiny: Path) -> None:
    """A kata that somebody adds has none at first."""
    with pytest.raises(Trouble, match="small/doubling has no picture; these have one: broadcasting"):
        Wanted(load(tiny).katas[0], Request())


def test_check_draws_if_it_is_asked_to(workspace: Path) -> None:
    """After the verdict, with the path."""
    done = CliRunner().invoke(main, ["check", "relu_approximation", "--solutions", "--plot"])
    assert done.exit_code == 0, done.output
    assert f".pt_kata/plots/{KATA}.png" in done.output
    assert CliRunner().invoke(main, ["check", "--plot", "--json"]).exit_code == 2


@pytest.mark.timeout(120)
def test_the_report_shows_what_was_built(workspace: Path) -> None:
    """The kata that is begun, and no other; no result of a race is needed."""
    shutil.copy(workspace / f"solutions/{KATA}.py", workspace / f"katas/{KATA}.py")
    done = CliRunner().invoke(main, ["report"])
    assert done.exit_code == 0, done.output
    page = (workspace / ".pt_kata/report/index.html").read_text()
    assert "What you built" in page
    assert "Functions made of ReLUs" in page
    assert "Broadcasting" not in page
    assert page.count("data:image/png") == 2
    assert "<td>not checked</td>" in page
