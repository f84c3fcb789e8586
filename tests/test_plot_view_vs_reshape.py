"""The picture of views and copies: how what comes back walks over a storage, for right answers and for wrong ones."""

from __future__ import annotations

import importlib
import math
import types
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pt_kata.drawing import THEMES, Theme, pixels
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.view_vs_reshape.data import PLACES, Band, Data, Refusal, Walk
from pt_kata.plots.view_vs_reshape.draw import draw
from pt_kata.plots.view_vs_reshape.run import run

REFERENCE = importlib.import_module("solutions.tensors.view_vs_reshape")
NAMES = [
    "contiguous_strides",
    "shares_memory",
    "three_views",
    "join_embeddings",
    "flatten_transpose",
    "sliding_windows",
    "can_view",
]
WIDE, TALL, DEEP, JOINED, TURNED, FLAT, WINDOWS = range(7)


def found(**wrong: Callable[..., Any]) -> Data:
    """What is drawn of the reference with these functions in place of its own."""
    module = types.ModuleType("made.up")
    vars(module).update({name: getattr(REFERENCE, name) for name in NAMES} | wrong)
    return run(Code(module, Path(__file__)), {})


def walk(data: Data, place: int) -> Walk:
    """How the tensor of a band walks."""
    one = data.bands[place].found
    assert isinstance(one, Walk)
    return one


def raises(*_: object) -> None:
    """A function with a bug."""
    raise TypeError("a bug")


# Walks


def test_the_reference_makes_views_where_it_should() -> None:
    """Sizes, strides and offset are read off the tensors; only the flat transpose is a copy."""
    data = found()
    read = [
        (one.sizes, one.strides, one.offset, one.is_view)
        for one in (band.found for band in data.bands)
        if isinstance(one, Walk)
    ]
    assert read == [
        ((2, 9), (9, 1), 0, True),
        ((9, 2), (2, 1), 0, True),
        ((3, 3, 2), (6, 2, 1), 0, True),
        ((3, 6), (6, 1), 0, True),
        ((18,), (1,), 0, False),
        ((4, 3), (4, 2), 1, True),
    ]
    assert isinstance(data.bands[TURNED].found, Refusal)


def test_the_reference_has_no_fault() -> None:
    """All of its bands and answers are right, and there is nothing to note."""
    data = found()
    assert [band.fault for band in data.bands] == [""] * 7
    assert not any(answer.is_wrong for answer in data.answers)
    assert data.notes == ()


@pytest.mark.parametrize("place", [WIDE, TALL, DEEP, JOINED, WINDOWS])
def test_each_index_stands_over_the_number_that_it_reads(place: int) -> None:
    """The number at a place is the place, so that walk and numbers can be compared."""
    one = walk(found(), place)
    assert tuple(map(one.place, one.indices)) == one.numbers
    assert one.indices == tuple(product(*map(range, one.sizes)))
    assert set(one.cells) == set(one.numbers)
    assert all(place == cell for place, cell in one.cells.items())


def test_a_copy_shows_the_storage_of_its_own() -> None:
    """Column after column lies there, each number at the next place."""
    one = walk(found(), FLAT)
    assert one.stored == (0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 16, 5, 11, 17)
    assert list(one.cells.values()) == list(range(PLACES))


def test_a_copy_with_gaps_is_drawn_without_them() -> None:
    """Its places are counted, and its numbers come in the order of its storage."""
    one = Walk((2, 2), (1, 10), 5, False, (1.0, 3.0, 2.0, 4.0))
    assert one.cells == {5: 0, 6: 1, 15: 2, 16: 3}
    assert one.stored == (1.0, 2.0, 3.0, 4.0)


def test_windows_overlap_and_views_do_not() -> None:
    """The places 5, 9 and 13 are read by two windows each."""
    data = found()
    one = walk(data, WINDOWS)
    assert one.overlaps
    assert {place: len(readers) for place, readers in one.readers.items() if len(readers) > 1} == {5: 2, 9: 2, 13: 2}
    assert one.readers[5] == [(0, 2), (1, 0)]
    assert not any(walk(data, place).overlaps for place in (WIDE, TALL, DEEP, JOINED, FLAT))


def test_an_arrow_goes_from_the_first_element_to_the_next() -> None:
    """It is as long as the stride; along an axis of size 1 there is none."""
    one = walk(found(), WINDOWS)
    assert (one.step(0), one.step(1)) == ((1, 5), (1, 3))
    assert Walk((1, 2), (99, 1), 0, True, (0.0, 1.0)).step(0) is None


# Wrong answers


def test_a_wrong_order_shows_in_strides_and_numbers() -> None:
    """A transposed view has the right shape and reads other numbers."""

    def turned(numbers: Tensor) -> tuple[Tensor, ...]:
        return numbers.view(2, 9), numbers.view(2, 9).T, numbers.view(3, 3, 2)

    data = found(three_views=turned)
    assert walk(data, TALL).strides == (1, 9)
    assert [band.call for band in data.bands if band.fault] == ["three_views(numbers)[1]"]
    assert data.bands[TALL].fault == "reads 0 9 1 10 2 …, wanted 0 1 2 3 4 …"


def test_a_difference_is_shown_where_it_is() -> None:
    """The ninth number is the first that differs here."""
    band = found(three_views=lambda x: (x[:9].expand(2, 9), x.view(9, 2), x.view(3, 3, 2))).bands[WIDE]
    assert band.fault == "reads … 7 8 0 1 2 …, wanted … 7 8 9 10 11 …"


def test_a_copy_of_right_numbers_is_told_from_a_view() -> None:
    """It has a storage of its own, though there is a view."""
    band = found(join_embeddings=lambda x: x.reshape(3, 6).clone()).bands[JOINED]
    assert isinstance(band.found, Walk)
    assert not band.found.is_view
    assert band.fault == "a copy, though there is a view"


def test_a_copy_in_silence_is_a_fault() -> None:
    """The transposed batch has no view to give."""
    data = found(join_embeddings=lambda x: x.flatten(1))
    assert data.bands[JOINED].fault == ""
    assert data.bands[TURNED].fault == "a copy, where there is no view and an error was asked for"


def test_a_view_where_a_copy_is_due_is_a_fault() -> None:
    """Both are said: whose storage it is, and the order."""
    band = found(flatten_transpose=lambda matrix: matrix.view(-1)).bands[FLAT]
    assert band.fault.startswith("a view: writing to it changes the input; reads 0 1 2")


def test_another_error_than_the_one_asked_for_is_a_failure() -> None:
    """Only a RuntimeError refuses, and a stub's NotImplementedError is no such refusal."""

    def missing(*_: object) -> None:
        raise NotImplementedError

    assert found(join_embeddings=raises).bands[TURNED].found == Failure(
        "join_embeddings", "raises TypeError: a bug", raises.__code__.co_firstlineno + 2
    )
    assert found(join_embeddings=missing).bands[TURNED].found == Failure("join_embeddings", "not written yet")


def test_a_refusal_where_there_is_a_view_is_a_failure() -> None:
    """The plain batch has a view."""

    def refuse(*_: object) -> None:
        raise RuntimeError("no")

    data = found(join_embeddings=refuse)
    assert isinstance(data.bands[JOINED].found, Failure)
    assert data.bands[TURNED].fault == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "returns a NoneType, wanted a tuple of 3 tensors"),
        ((1, 2), "returns a tuple, wanted a tuple of 3 tensors"),
        ((torch.zeros(9, 2),) * 3, "returns shape (9, 2), wanted (2, 9)"),
        ((torch.zeros(2, 9).double(),) * 3, "returns torch.float64, wanted torch.float32"),
        ((None,) * 3, "returns None, wanted a tensor"),
    ],
)
def test_what_is_no_tensor_of_the_shape_is_a_failure(answer: object, words: str) -> None:
    """The words say what came back."""
    assert found(three_views=lambda numbers: answer).bands[WIDE].found == Failure("three_views", words)


def test_a_walk_beyond_the_numbers_is_a_failure() -> None:
    """A storage that was made larger has places that the picture does not."""

    def longer(matrix: Tensor) -> Tensor:
        matrix.untyped_storage().resize_(4 * 40)
        return matrix.as_strided((PLACES,), (2,))

    assert found(flatten_transpose=longer).bands[FLAT].found == Failure(
        "flatten_transpose", "reads beyond the 18 numbers"
    )


def test_a_function_that_writes_to_its_input_is_noted() -> None:
    """What the others get is not changed by it."""

    def write(matrix: Tensor) -> Tensor:
        return matrix.mul_(2).T.reshape(-1)

    data = found(flatten_transpose=write)
    assert data.notes == ("flatten_transpose changes its input",)
    assert data.bands[FLAT].fault.startswith("reads 0 12 24")
    assert data.bands[WINDOWS].fault == ""


# Answers


def test_answers_stand_beside_torchs() -> None:
    """Every function that returns no tensor is asked."""
    answers = found().answers
    assert [(one.found, one.truth) for one in answers[:4]] == [
        ("(6, 2, 1)", "(6, 2, 1)"),
        ("(3, 3, 1)", "(3, 3, 1)"),
        ("True", "True"),
        ("False", "False"),
    ]
    assert [one.truth for one in answers[4:]] == ["True", "False", "False", "True", "True"]


@pytest.mark.parametrize(
    ("name", "function", "wrong"),
    [
        ("contiguous_strides", lambda shape: tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape))), 1),
        ("shares_memory", lambda a, b: a.data_ptr() == b.data_ptr(), 1),
        ("can_view", lambda sizes, strides, shape: math.prod(sizes) == math.prod(shape), 2),
        ("can_view", lambda sizes, strides, shape: strides == REFERENCE.contiguous_strides(sizes), 2),
    ],
)
def test_usual_mistakes_give_wrong_answers(name: str, function: Callable[..., Any], wrong: int) -> None:
    """The questions are such that they tell them from right answers."""
    questions = [answer.question for answer in found(**{name: function}).answers if answer.is_wrong]
    assert len(questions) == wrong
    assert all(question.startswith(name) for question in questions)


def test_a_long_answer_is_cut() -> None:
    """And one that raises is a failure, neither right nor wrong."""
    answers = found(contiguous_strides=lambda shape: list(range(99)), shares_memory=raises).answers
    assert answers[0].found == "[0, 1, 2, 3, 4, 5, 6, 7…"
    assert answers[0].is_wrong
    assert isinstance(answers[2].found, Failure)
    assert not answers[2].is_wrong


# Drawing

BROKEN: dict[str, dict[str, Callable[..., Any]]] = {
    "right": {},
    "all raise": dict.fromkeys(NAMES, raises),
    "all return None": dict.fromkeys(NAMES, lambda *_: None),
    "copies": {
        "three_views": lambda numbers: REFERENCE.three_views(numbers.clone()),
        "join_embeddings": lambda batch: batch.reshape(3, 6).clone(),
        "sliding_windows": lambda x, width, step: x.contiguous().unfold(0, width, step),
    },
    "overlaps": {
        "three_views": lambda x: (x[:9].expand(2, 9), x.as_strided((9, 2), (1, 1)), x.as_strided((3, 3, 2), (0, 0, 0))),
        "join_embeddings": lambda batch: batch.as_strided((3, 6), (0, 1)),
        "flatten_transpose": lambda matrix: matrix[0, :1].expand(PLACES),
    },
    "NaN": {
        "three_views": lambda numbers: REFERENCE.three_views(numbers.mul_(math.nan)),
        "flatten_transpose": lambda matrix: REFERENCE.flatten_transpose(matrix) / 0,
        "sliding_windows": lambda *_: torch.full((4, 3), math.inf),
    },
    "not to be read": {name: lambda *_: torch.zeros(3, 6, device="meta") for name in NAMES},
}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("broken", BROKEN)
def test_whatever_the_functions_do_is_drawn(broken: str, theme: Theme) -> None:
    """A picture is made of it, without a warning."""
    assert pixels(lambda theme: draw(found(**BROKEN[broken]), theme), theme).width == 1000


def test_every_failure_is_named() -> None:
    """Each function that raises has a place on the picture."""
    data = found(**BROKEN["all raise"])
    every = [*(band.found for band in data.bands), *(answer.found for answer in data.answers)]
    assert {one.name for one in every if isinstance(one, Failure)} == set(NAMES)


def test_a_failure_is_no_fault() -> None:
    """Its words say what happened."""
    assert Band("call", Failure("three_views", "not written yet"), None).fault == ""
