from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pt_kata.catalog import load
from pt_kata.target import BrokenKata, Finder, Target, TargetError, choose, strays


@pytest.fixture(autouse=True)
def _only_this_test_imports_katas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep sys.meta_path and sys.modules as they were."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return


def imported(target: Target, name: str) -> object:
    """Import ``katas.small.<module>`` with ``target`` behind it and give its attribute."""
    module, _, attribute = name.partition(".")
    Finder(target).install()
    return getattr(importlib.import_module(f"katas.small.{module}"), attribute)


def broken(target: Target, name: str) -> str:
    """Call what is imported and give the message of the BrokenKata that it must raise."""
    stand_in = imported(target, name)
    assert callable(stand_in)
    with pytest.raises(BrokenKata) as caught:
        stand_in(1)
    return str(caught.value)


def test_the_learners_code_is_the_default(tiny: Path) -> None:
    """Without an option the stub stands behind the import."""
    target = choose(load(tiny))
    assert target.is_learners
    with pytest.raises(NotImplementedError):
        imported(target, "signs.sign")(1.0)  # type: ignore[operator]


def test_solutions_stand_behind_the_same_import(tiny: Path) -> None:
    """With solutions=True the reference answers."""
    assert imported(choose(load(tiny), solutions=True), "signs.sign")(-2.0) == -1  # type: ignore[operator]


def test_one_module_in_a_folder_is_enough(tiny: Path) -> None:
    """The katas that the folder lacks stay the learner's."""
    target = choose(load(tiny), against=tiny / "wrong")
    assert [target.file(kata).parent.parent.name for kata in target.catalog.katas] == ["wrong", "katas"]
    assert "1 of 2 katas" in target.label


def test_both_options_at_once_are_refused(tiny: Path) -> None:
    """There is only one target."""
    with pytest.raises(TargetError, match="exclude each other"):
        choose(load(tiny), solutions=True, against=tiny)


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("wrnog", "there is no folder .*did you mean 'wrong'"),
        (".", "did you mean .*katas"),
        ("empty", "wanted small/doubling.py, for example"),
        ("near", "did you mean 'smal/doubling.py'"),
    ],
)
def test_a_folder_without_katas_is_refused_with_the_nearest(tiny: Path, folder: str, message: str) -> None:
    """The message says what is missing and what is close."""
    (tiny / "empty").mkdir()
    (tiny / "near" / "smal").mkdir(parents=True)
    (tiny / "near" / "smal" / "doubling.py").touch()
    with pytest.raises(TargetError, match=message):
        choose(load(tiny), against=tiny / folder)


def test_a_misspelt_module_in_a_folder_is_mentioned(tiny: Path) -> None:
    """A stray file that looks like a kata is not passed over in silence."""
    (tiny / "wrong" / "small" / "sings.py").touch()
    (message,) = strays(choose(load(tiny), against=tiny / "wrong"))
    assert "sings.py is no kata's module; did you mean 'signs'?" in message


def test_a_syntax_error_is_shown_with_its_line(tiny: Path) -> None:
    """The message names file and line, and points at the place."""
    (tiny / "katas" / "small" / "signs.py").write_text("x = 1\ndef sign(number:\n    return 1\n")
    message = broken(choose(load(tiny)), "signs.sign")
    assert "signs.py, line 2: SyntaxError" in message
    assert "    def sign(number:\n" in message
    assert message.splitlines()[-1].strip() == "^"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import torhc", "line 1: ModuleNotFoundError on import: No module named 'torhc'"),
        ("\n1 / 0", "line 2: ZeroDivisionError on import"),
        ("exit()", "SystemExit on import"),
    ],
)
def test_an_error_on_import_is_shown_with_its_line(tiny: Path, code: str, message: str) -> None:
    """Whatever stops the import is told in one line."""
    (tiny / "katas" / "small" / "signs.py").write_text(code)
    assert message in broken(choose(load(tiny)), "signs.sign")


def test_a_renamed_function_is_told_with_the_nearest_name(tiny: Path) -> None:
    """The message gives the missing name and the one that is close."""
    path = tiny / "katas" / "small" / "signs.py"
    path.write_text(path.read_text().replace("def sign(", "def sing("))
    message = broken(choose(load(tiny)), "signs.sign")
    assert "signs.py has no 'sign'; did you mean 'sing'?" in message


def test_a_deleted_function_is_told_with_those_that_are_left(tiny: Path) -> None:
    """Where nothing is close the message lists what the file defines."""
    path = tiny / "katas" / "small" / "signs.py"
    path.write_text("def other():\n    pass\n")
    assert "it defines other" in broken(choose(load(tiny)), "signs.sign")


def test_a_missing_file_is_told_with_the_nearest(tiny: Path) -> None:
    """A renamed module is found again by its likeness."""
    path = tiny / "katas" / "small" / "signs.py"
    path.rename(path.with_name("sings.py"))
    assert "signs.py is missing; did you mean 'sings.py'?" in broken(choose(load(tiny)), "signs.sign")


BORROWED = {
    "torch function": "import torch\ndouble = torch.add",
    "import": "from torch.nn.functional import relu as double",
    "partial": "import functools, torch\ndouble = functools.partial(torch.add, alpha=2)",
    "module object": "import torch\ndouble = torch.nn.ReLU()",
    "class": "import torch\ndouble = torch.nn.ReLU",
    "exec": "exec('def double(x): return x + x')",
    "scripted": "import torch\n@torch.jit.script\ndef double(x):\n    return x + x",
}
OWN = {
    "lambda": "double = lambda x: 2 * x",
    "partial": "import functools\ndef twice(x, y):\n    return 2 * x\ndouble = functools.partial(twice, y=1)",
    "decorated": "import torch\n@torch.no_grad()\ndef double(x):\n    return 2 * x",
    "cached": "import functools\n@functools.cache\ndef double(x):\n    return 2 * x",
    "vmap": "import torch\ndouble = torch.vmap(lambda x: 2 * x)",
    "object": "class Twice:\n    def __call__(self, x):\n        return 2 * x\ndouble = Twice()",
    "class": "class double:\n    pass",
}


@pytest.mark.parametrize("code", BORROWED.values(), ids=BORROWED)
def test_a_task_must_be_the_learners_own(tiny: Path, code: str) -> None:
    """Where something is forbidden, a bare torch function in the place of a task is told from one that is written."""
    (tiny / "katas" / "small" / "doubling.py").write_text(code)
    assert "not a function or class of your own" in broken(choose(load(tiny)), "doubling.double")


@pytest.mark.parametrize("code", OWN.values(), ids=OWN)
def test_decorators_and_objects_are_the_learners_own(tiny: Path, code: str) -> None:
    """What is made of the learner's code may have any form."""
    (tiny / "katas" / "small" / "doubling.py").write_text(code)
    assert getattr(type(imported(choose(load(tiny)), "doubling.double")), "message", None) is None


def test_a_kata_without_bans_may_borrow(tiny: Path) -> None:
    """Where nothing is forbidden nothing has to be told apart."""
    (tiny / "katas" / "small" / "signs.py").write_text("import math\nsign = math.copysign")
    assert imported(choose(load(tiny)), "signs.sign")(1, -2.0) == -1  # type: ignore[operator]


def test_a_second_save_within_a_second_is_seen(tiny: Path) -> None:
    """Cached bytecode never answers for a file that has changed."""
    path = tiny / "katas" / "small" / "signs.py"
    for answer in (1, 2):
        path.write_text(f"def sign(number):\n    return {answer}\n")
        assert imported(choose(load(tiny)), "signs.sign")(0) == answer  # type: ignore[operator]


def test_helpers_beside_a_kata_count_as_code_under_test(tiny: Path) -> None:
    """A learner's own module is watched, a test is not."""
    (tiny / "katas" / "small" / "helper.py").touch()
    sources = {Path(source).name for source in choose(load(tiny)).sources()}
    assert sources == {"doubling.py", "signs.py", "helper.py"}
