from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pt_kata.catalog import CatalogError, Kata
from pt_kata.hybrids import Hybrids, installed
from pt_kata.stand_ins import mistakes

REFERENCE = '''
"""Lengths and areas."""

from __future__ import annotations

from dataclasses import dataclass

import torch

UNIT = 1


def square(x): return x * x


def length(x, y): return (square(x) + square(y)) ** 0.5


class Shape:
    def area(self): return 0
    def __add__(self, other): return self.area() + (other.area() if isinstance(other, Shape) else other)
    __radd__ = __add__


class Box(Shape):
    def __init__(self, side): self.side = side
    def area(self): return square(self.side)


class Tower(Box):
    pass


@dataclass
class Point:
    x: int = 3
    y: int = 4
    def distance(self): return length(self.x, self.y)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * square(x) * grad
'''

Made = Callable[..., Any]


@pytest.fixture
def kata(written: Callable[..., Kata]) -> Kata:
    """Give a kata whose tasks build on each other."""
    return written(REFERENCE)


@pytest.fixture
def learned(kata: Kata, tmp_path: Path) -> Callable[[str, Collection[str]], ModuleType]:
    """Give what makes a module of the reference and some tasks of a learner's text."""

    def make(text: str, tasks: Collection[str]) -> ModuleType:
        path = tmp_path / "learners.py"
        path.write_text(text)
        return Hybrids(kata).learners(path, tasks)

    return make


def standing_in(kata: Kata, text: str) -> ModuleType:
    """Put the only mistake in ``text`` in the place of its task."""
    kata.mistakes.write_text(text)
    (mistake,) = mistakes(kata)
    return Hybrids(kata).standing_in(mistake)


def test_each_reference_is_a_module_of_its_own(kata: Kata) -> None:
    """What one test does to it is not seen by the next."""
    hybrids = Hybrids(kata)
    first, second = hybrids.reference(), hybrids.reference()
    first.square = None  # type: ignore[attr-defined]
    assert second.length(3, 4) == 5.0
    assert second.Point().distance() == 5.0


def test_a_changed_text_is_a_module_as_well(kata: Kata) -> None:
    """Mutants of the reference are made of text."""
    assert Hybrids(kata).of_source(REFERENCE.replace("x * x", "x * 2")).square(3) == 6


def test_others_call_the_learners_version(learned: Made) -> None:
    """The reference's functions, methods and autograd functions find the learner's helper."""
    module = learned("def square(x): return 2 * x", {"square"})
    assert module.length(3, 5) == 4.0
    assert module.Box(3).area() == 6
    assert module.Point(2, 6).distance() == 4.0


def test_the_learners_version_calls_the_reference(learned: Made) -> None:
    """A wrong helper of the learner's is out of the way."""
    text = "def square(x): return 0\ndef length(x, y): return square(x) + square(y)"
    assert learned(text, {"length"}).length(3, 4) == 25
    assert learned(text, {"length", "square"}).length(3, 4) == 0


def test_private_helpers_and_constants_come_along(learned: Made) -> None:
    """What is no task stays the learner's own, also under a name that the reference has."""
    text = "UNIT = 10\ndef _scaled(x): return UNIT * x\ndef square(x): return _scaled(x)"
    module = learned(text, {"square"})
    assert module.square(3) == 30
    assert module.UNIT == 1


@pytest.mark.parametrize(
    "text",
    [
        "square = lambda x: 7",
        "def _seven(x): return 7\nsquare = _seven",
        "square: object = lambda x: 7",
        "from functools import partial\nsquare = partial(max, 7)",
        "if True:\n    def square(x): return 7",
    ],
)
def test_a_task_may_be_bound_in_any_way(learned: Made, text: str) -> None:
    """By an assignment, a lambda, or inside an if."""
    assert learned(text, {"square"}).square(2) == 7


@pytest.mark.parametrize("text", ["square = lambda x: 7", "square: object = lambda x: 7", "def square(x): return 7"])
def test_a_task_that_is_not_wanted_is_the_references(learned: Made, text: str) -> None:
    """However the learner's file binds it."""
    assert learned(f"{text}\ndef length(x, y): return square(x)", {"length"}).length(3, 4) == 9


def test_heirs_inherit_from_the_learners_class(learned: Made) -> None:
    """Subclasses in the same module, near and far, get the new base."""
    module = learned(
        "class Shape:\n    def area(self): return 5\n    def double(self): return 2 * self.area()", {"Shape"}
    )
    assert module.Box(3).double() == 18
    assert module.Tower(3).double() == 18
    assert issubclass(module.Tower, module.Shape)


def test_a_learners_subclass_inherits_from_the_reference(learned: Made) -> None:
    """Only the class that is tried is the learner's."""
    module = learned("class Shape: pass\nclass Box(Shape):\n    def area(self): return 1", {"Box"})
    assert module.Box() + module.Tower() == 2
    assert sum([module.Box(), module.Shape()]) == 1


def test_what_is_set_on_a_class_after_it_goes_with_it(learned: Made) -> None:
    """``X.__radd__ = X.__add__`` below the class is the learner's if X is, and changes no reference."""
    text = "class Shape:\n    def __add__(self, other): return 99\nShape.__radd__ = Shape.__add__\n"
    assert 1 + learned(text, {"Shape"}).Shape() == 99
    assert 1 + learned(text + "def square(x): return x", {"square"}).Shape() == 1


def test_an_autograd_function_is_a_class_like_others(learned: Made) -> None:
    """Forward and backward are the learner's, the helper in them is the reference's."""
    import torch

    text = REFERENCE[REFERENCE.index("class Cube") :].replace("3 *", "5 *")
    module = learned("import torch\ndef square(x): return 0 * x\n" + text, {"Cube"})
    x = torch.tensor(2.0, requires_grad=True)
    module.Cube.apply(x).backward()
    assert x.grad == 20


def test_a_file_that_lacks_the_task_can_not_be_taken_apart(kata: Kata, learned: Made, tmp_path: Path) -> None:
    """What it does define is known beforehand."""
    with pytest.raises(AttributeError, match="square"):
        learned("def length(x, y): return 1\narea = 2", {"square"})
    assert Hybrids(kata).defined(tmp_path / "learners.py") == {"length"}


def test_a_broken_file_is_an_error_of_the_catalogue(learned: Made) -> None:
    """The message names the file."""
    with pytest.raises(CatalogError, match=r"learners\.py is not valid Python"):
        learned("def square(x:", {"square"})


def test_a_stand_in_means_itself_by_the_name_of_its_task(kata: Kata) -> None:
    """A recursion stays in the mistake; under another name the reference is found."""
    module = standing_in(
        kata,
        "from solutions.small.signs import square, length\nfrom solutions.small.signs import square as right\n"
        "@mistake('square', caught_by='t')\ndef wrong(x):\n    'Wrong.'\n"
        "    return square(x - 1) + 100 if x > 1 else right(x)\n",
    )
    assert module.square(3) == 201
    assert module.length(1, 1) == 2**0.5


def test_a_stand_in_that_inherits_from_its_task_keeps_its_base(kata: Kata) -> None:
    """The heirs in the module get the stand-in as base, and the stand-in does not become its own."""
    module = standing_in(
        kata,
        "from solutions.small.signs import Shape\n@mistake('Shape', caught_by='t')\nclass Wrong(Shape):\n    'Wrong.'\n"
        "    def name(self): return super().area()\n",
    )
    assert module.Tower(2).name() == 0
    assert module.Tower(2) + module.Shape() == 4


def test_sys_modules_is_as_before(kata: Kata, learned: Made) -> None:
    """After a module is made, after one fails to load, and for the packages above it."""
    before = dict(sys.modules)
    standing_in(
        kata, "from solutions.small.signs import square\n@mistake('square', caught_by='t')\ndef w(x):\n    'W.'\n"
    )
    with pytest.raises(ZeroDivisionError):
        learned("1 / 0", {"square"})
    assert sys.modules == before


def test_an_installed_module_hides_what_was_there() -> None:
    """An import finds it while entered, and the old one afterwards."""
    import json

    module = ModuleType("json")
    with installed("json", module), installed("not.a.package", module):
        assert sys.modules["json"] is sys.modules["not.a.package"] is module
    assert sys.modules["json"] is json
    assert not {"not", "not.a", "not.a.package"} & sys.modules.keys()
