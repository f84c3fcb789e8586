from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import tensor

from pt_kata import diagnosis
from pt_kata.catalog import load
from pt_kata.diagnosis import (
    Diagnosis,
    Diagnostician,
    Suspect,
    diagnose,
    same_ending,
    same_offence,
    same_place,
    same_value,
    suspects,
)
from pt_kata.progress import Result
from pt_kata.trial import Ending

NAN, INF = math.nan, math.inf
TESTS = {"double": "test_double_of_one", "quadruple": "test_quadruple", "Doubler": "test_doubler"}
RIGHT = "def double(x): return 2 * x\n"
TRIPLED = '''

@mistake("Doubler", caught_by="test_doubler")
class Tripled(Doubler):
    """Thrice the number.

    The factor is three. Three is not two.

    Try:
        >>> Doubler().double(1.0)
        3.0
    """

    def double(self, number):
        """Return thrice the number."""
        return 3 * number
'''
SQUARED = TRIPLED.replace("Tripled", "Squared").replace("return 3 *", "return number *").replace("Thrice", "Square of")
CLASS = "class Doubler:\n    def double(self, number):\n        return "


class Clinic:
    """Diagnoses learner's files for the tiny workspace."""

    def __init__(self, root: Path) -> None:
        self.kata = load(root).katas[0]

    def suspect(self, task: str, *, forbidden: bool = False) -> Suspect:
        """Suspect ``task`` after its first test failed."""
        return Suspect(task, frozenset({TESTS[task]}), forbidden)

    def diagnoses(self, text: str, task: str, *, forbidden: bool = False, **options: Any) -> list[Diagnosis]:
        """Diagnose ``task`` in a learner's file of ``text``."""
        self.kata.stub.write_text(text)
        doctor = Diagnostician(self.kata, self.kata.stub, seed=1, **options)
        return diagnose(doctor, [self.suspect(task, forbidden=forbidden)])

    def named(self, text: str, task: str, *, forbidden: bool = False, **options: Any) -> list[str]:
        """Give the names of the mistakes found."""
        found = self.diagnoses(text, task, forbidden=forbidden, **options)
        return [mistake.name for one in found for mistake in one.mistakes]

    def add(self, text: str) -> None:
        """Add a known mistake."""
        self.kata.mistakes.write_text(self.kata.mistakes.read_text() + text)


@pytest.fixture
def clinic(tiny: Path) -> Clinic:
    """Give the tiny workspace with what diagnoses it."""
    return Clinic(tiny)


@pytest.mark.parametrize(
    ("text", "task", "name"),
    [
        ("def double(x):\n    return x.clone()", "double", "one_copy"),
        ("def double(x):\n    y = x ** 2\n    return y", "double", "squared"),
        (RIGHT + "def quadruple(x):\n    return x * 2", "quadruple", "doubled_once"),
        ("double = lambda x: x", "double", "one_copy"),
        (CLASS + "+number", "Doubler", "Unchanged"),
        ("def double(x): return 7 * x\ndef quadruple(x): return double(x)", "quadruple", "doubled_once"),
    ],
)
def test_a_known_mistake_is_named_however_it_is_written(clinic: Clinic, text: str, task: str, name: str) -> None:
    """What the code does counts, not how it reads, and the learner's other functions are out of the way."""
    assert clinic.named(text, task) == [name]


def test_what_the_guard_stops_is_compared_with_such_mistakes_only(clinic: Clinic) -> None:
    """A wrong value is never taken for something forbidden, nor the other way round."""
    text = "def double(x):\n    return x.add(x)"
    assert clinic.named(text, "double", forbidden=True) == ["added"]
    assert clinic.named(text, "double") == []


@pytest.mark.parametrize(
    "body",
    [
        "7 * x",
        "x * torch.tensor([1.0] + [2.0] * (len(x) - 1))",  # one copy in the first test only
        "x.double()",
        "x[None]",
        "x.tolist()",
        "None",
        "x + 1e-2",
        "x if len(x) == 1 else x * float('nan')",
        "x / 0 * 0",
        "undefined",
        "torch.nothing(x)",
    ],
)
def test_an_unknown_wrong_answer_says_nothing(clinic: Clinic, body: str) -> None:
    """A wrong name is worse than no name."""
    assert clinic.diagnoses(f"import torch\ndef double(x):\n    return {body}", "double") == []


def test_a_right_answer_says_nothing(clinic: Clinic) -> None:
    """A failure that does not repeat has no name."""
    assert clinic.diagnoses(RIGHT, "double") == []


def test_two_mistakes_that_fit_equally_are_both_offered(clinic: Clinic) -> None:
    """The only test of the class can't tell three times three from a square."""
    clinic.add(TRIPLED + SQUARED)
    (found,) = clinic.diagnoses(CLASS + "9.0", "Doubler")
    assert [mistake.name for mistake in found.mistakes] == ["Tripled", "Squared"]
    assert "and these fit it equally:\n- thrice the number." in found.text
    assert "\n- square of the number." in found.text


def test_the_text_names_explains_and_gives_something_to_try(clinic: Clinic) -> None:
    """The experiment imports what it needs and keeps its answer to itself."""
    (found,) = clinic.diagnoses("def double(x): return 1 * x", "double")
    assert found.text.splitlines() == [
        "double makes a known mistake: one copy only.",
        "  The factor is one. That changes nothing.",
        "  Try it in a Python prompt:",
        "    >>> import torch",
        "    >>> from katas.small.doubling import *",
        "    >>> double(torch.tensor([3.0]))",
    ]


def test_a_right_function_with_a_wrong_helper(clinic: Clinic) -> None:
    """The helper's line is given, and no mistake of its own is said of the function."""
    text = "def double(x):\n    return 1 * x\n\n\ndef quadruple(x):\n    return double(double(x))\n"
    found, of_helper = clinic.diagnoses(text, "quadruple")
    assert found.mistakes == ()
    assert found.text == ("quadruple is fine; it fails because double does. Go to double first: doubling.py:1")
    assert [mistake.name for mistake in of_helper.mistakes] == ["one_copy"]
    assert (of_helper.task, of_helper.below) == ("double", "quadruple")


def test_a_wrong_function_with_a_wrong_helper(clinic: Clinic) -> None:
    """The function's own mistake is named."""
    text = "def double(x):\n    return 1 * x\n\n\ndef quadruple(x):\n    return double(x)\n"
    assert clinic.named(text, "quadruple") == ["doubled_once"]


def test_no_function_is_called_fine_where_a_failing_test_was_left_out(clinic: Clinic) -> None:
    """Slow tests are not run again, and what they would say is not known."""
    text = "def double(x):\n    return 1 * x\n\n\ndef quadruple(x):\n    return double(double(x))\n"
    clinic.kata.stub.write_text(text)
    doctor = Diagnostician(clinic.kata, clinic.kata.stub, seed=1, costs={"test_doubler": 9.0}, seconds=1.0)
    suspect = Suspect("quadruple", frozenset({"test_quadruple", "test_doubler"}))
    blame, *_ = doctor.diagnose(suspect)
    assert blame.text.startswith("quadruple fails here because double does.")


def test_slow_tests_are_left_out(clinic: Clinic) -> None:
    """Once time is up the quick ones must do; the mistakes that they can't tell apart are all offered."""
    costs: Mapping[str, float] = {"test_double_of_anything": 9.0, "test_quadruple": 9.0}
    assert clinic.named("def double(x): return 1 * x", "double", costs=costs) == ["one_copy", "squared"]


@pytest.mark.parametrize(
    "text",
    [
        "def quadruple(x): return 4 * x",
        "",
        "def double(x:",
        "1 / 0",
        "raise SystemExit",
        "import gone\ndef double(x): return x",
        "def double(x): raise NotImplementedError",
        "def double(x): raise SystemExit",
        "def double(): return 1",
        "double = 3",
        "class double: pass",
    ],
)
def test_a_file_that_can_not_be_tried_breaks_nothing(clinic: Clinic, text: str) -> None:
    """The run has said already what is wrong with it."""
    assert clinic.diagnoses(text, "double") == []


def test_what_the_code_prints_is_not_printed_again(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    """The mistake is named all the same."""
    text = "print('loaded')\ndef double(x):\n    print(x)\n    return x"
    assert clinic.named(text, "double") == ["one_copy"]
    assert "tensor" not in capsys.readouterr().out


def test_a_loop_without_end_is_stopped(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner's function may loop, and a known mistake too."""
    monkeypatch.setattr(diagnosis, "LIMIT", 0.1)
    monkeypatch.setattr(diagnosis, "ENDLESS", 0.3)
    assert clinic.diagnoses("def double(x):\n    while True: pass", "double") == []
    clinic.add(
        '\n\n@mistake("Doubler", caught_by="t")\nclass Loop:\n    """Loop."""\n\n'
        "    def double(self, number):\n        while True: pass\n"
    )
    assert clinic.named(CLASS + "number", "Doubler") == ["Unchanged"]


def test_a_mistake_that_is_noise_is_known_by_where_it_is_wrong(clinic: Clinic) -> None:
    """Its values are rounding errors, which no two ways of writing it share; an exact fit comes first."""
    clinic.add(SQUARED.replace('caught_by="test_doubler"', 'caught_by="test_doubler", noise=True'))
    assert clinic.named(CLASS + "number + 0.5", "Doubler") == ["Squared"]
    assert clinic.named(CLASS + "number", "Doubler") == ["Unchanged"]


def test_a_suspect_is_a_task_with_all_its_failing_tests() -> None:
    """Methods count for their class; a failure outside any function has no suspect."""
    ended = [
        ("t_a", "Doubler.double", False),
        ("t_b[0-1]", "double", True),
        ("t_c", "Doubler", False),
        ("t_d", "", False),
    ]
    results = [
        Result("small/doubling", f"test.py::{test}", "failed", function, 1, "", forbidden=forbidden, case=test)
        for test, function, forbidden in ended
    ]
    assert suspects(results) == [
        Suspect("Doubler", frozenset({"t_a", "t_c"})),
        Suspect("double", frozenset({"t_b[0-1]"}), forbidden=True),
    ]


class Thing:
    """Some object."""

    def __repr__(self) -> str:
        return "Thing()"


ALIKE = [
    (tensor([1.0, NAN, INF, -INF]), tensor([1.0, NAN, INF, -INF])),
    (tensor([1.0, 1e-6]), tensor([1.0, 0.0])),
    (tensor([1.0, 2.0]), tensor([1.0001, 2.0])),
    (tensor([]), tensor([])),
    (tensor(1.0, requires_grad=True), tensor(1.0)),
    (tensor([True]), tensor([True])),
    (tensor([1 + 2j]), tensor([1 + 2j])),
    (1.0, 1.0 + 1e-7),
    (NAN, NAN),
    (INF, INF),
    ({"a": tensor([1.0])}, {"a": tensor([1.0])}),
    ([1, (2.0, None)], [1, (2.0, None)]),
    (Thing(), Thing()),
    (torch.float32, torch.float32),
    ("text", "text"),
    ({1, 2}, {2, 1}),
]
DIFFERENT = [
    (tensor([1.0, NAN]), tensor([1.0, 2.0])),
    (tensor([INF]), tensor([-INF])),
    (tensor([INF, 1.0]), tensor([3e38, 1.0])),
    (tensor([1.0]), tensor([1.01])),
    (tensor([1.0]), tensor([1.0], dtype=torch.float64)),
    (tensor([1.0], dtype=torch.float64), tensor([1.001], dtype=torch.float64)),
    (tensor([1.0]), tensor(1.0)),
    (tensor([[1.0, 2.0]]), tensor([[1.0], [2.0]])),
    (tensor([1]), tensor([2])),
    (tensor([True]), tensor([False])),
    (tensor([1 + 2j]), tensor([1 - 2j])),
    (tensor([1.0]), [1.0]),
    (1.0, 1),
    (True, 1),
    (NAN, 0.0),
    (1j, 2j),
    ({1}, {2}),
    ("text", "test"),
    (None, 0),
    ([1, 2], [1]),
    ([1, 2], (1, 2)),
    ({"a": 1}, {"b": 1}),
    ({"a": tensor([1.0])}, {"a": tensor([2.0])}),
    (Thing(), Exception("other")),
    (torch.float32, torch.float64),
    (float, int),
]


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=str)
def test_values_that_are_alike(one: object, other: object) -> None:
    """Up to rounding, and for objects that can't be compared up to their type."""
    assert same_value(one, other)
    assert same_value(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_values_that_differ(one: object, other: object) -> None:
    """In type, structure, shape, dtype or number."""
    assert not same_value(one, other)
    assert not same_value(other, one)


def test_the_same_class_loaded_twice_is_the_same() -> None:
    """Every hybrid executes the reference afresh, so that its classes differ by identity."""
    twin = type("Thing", (), {})
    assert same_value(Thing(), twin())
    assert not same_value(Thing(), type("Other", (), {})())


def test_endings_are_compared_by_lines_fault_and_value() -> None:
    """For some mistakes the value, or the line, does not count; two that passed are alike."""
    one = Ending("failed", (3, 9), "values", 1.0)
    assert same_ending(one, Ending("failed", (3, 9), "values", 1.0, message="other words"))
    assert not same_ending(one, Ending("failed", (3, 8), "values", 1.0))
    assert not same_ending(one, Ending("failed", (3, 9), "shape", 1.0))
    assert not same_ending(one, Ending("failed", (3, 9), "values", 2.0))
    assert same_place(one, Ending("failed", (3, 9), "values", 2.0))
    assert not same_place(one, Ending("failed", (3, 8), "values", 1.0))
    assert not same_place(one, Ending("passed"))
    stopped = Ending("failed", (5,), "forbidden: too easy")
    assert same_offence(stopped, Ending("failed", (3,), "forbidden: too easy"))
    assert same_offence(stopped, Ending("passed"))
    assert same_offence(stopped, one)
    assert not same_offence(stopped, Ending("failed", (5,), "forbidden: too slow"))
    assert same_ending(Ending("passed"), Ending("passed"))


def test_a_mistake_that_never_ends_is_named(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two loops without end are alike, wherever in the learner's code they were stopped."""
    monkeypatch.setattr(diagnosis, "LIMIT", 0.1)
    monkeypatch.setattr(diagnosis, "ENDLESS", 0.3)
    clinic.add(
        '\n\n@mistake("Doubler", caught_by="t")\nclass Loop:\n    """Loop."""\n\n'
        "    def double(self, number):\n        while True: pass\n"
    )
    assert clinic.named(
        "class Doubler:\n    def double(self, number):\n        for i in iter(int, 1): i", "Doubler"
    ) == ["Loop"]
