"""The picture of broadcasting: what its numbers are, for right answers and for wrong ones."""

from __future__ import annotations

import importlib
import math
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pt_kata.drawing import THEMES, Theme, pixels
from pt_kata.plots.broadcasting.data import Axis, Data, Loss, Refusal, Rule
from pt_kata.plots.broadcasting.draw import draw
from pt_kata.plots.broadcasting.run import run
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure

REFERENCE = importlib.import_module("solutions.tensors.broadcasting")
NAMES = [
    "broadcast_shape",
    "outer_sum",
    "add_channel_bias",
    "mean_squared_error",
    "standardize_columns",
    "normalize_rows",
    "one_hot",
    "pairwise_distances",
]


def found(shapes: str = "", **wrong: Callable[..., Any]) -> Data:
    """What is drawn of the reference with these functions in place of its own."""
    module = types.ModuleType("made.up")
    vars(module).update({name: getattr(REFERENCE, name) for name in NAMES} | wrong)
    return run(Code(module, Path(__file__)), {"shapes": shapes} if shapes else {})


def fails(data: Data) -> list[Failure]:
    """All failures on the picture."""
    every = [data.rule.found, data.sum.table.found, data.loss.found, *(table.found for table in data.tables)]
    return [one for one in every if isinstance(one, Failure)]


def raises(*_: object) -> None:
    """A function with a bug."""
    raise TypeError("a bug")


def in_place(first: Tensor, second: Tensor) -> Tensor:
    """A sum that is written to the first vector."""
    return first.unsqueeze_(1).mul_(2) + second


# The rule


def test_axes_meet_from_the_right() -> None:
    """The last two axes meet; the shorter shape has no axis on the left."""
    axes = found().rule.axes
    assert axes == (Axis(-4, 8, None), Axis(-3, 1, 7), Axis(-2, 6, 1), Axis(-1, 1, 5))
    assert [axis.stretched for axis in axes] == [(False, True), (True, False), (False, True), (True, False)]
    assert [axis.size for axis in axes] == [8, 7, 6, 5]


@pytest.mark.parametrize(
    ("first", "second", "size", "stretched"),
    [
        (3, 3, 3, (False, False)),
        (1, 1, 1, (False, False)),
        (None, 1, 1, (False, False)),
        (0, 1, 0, (False, True)),
        (None, 0, 0, (True, False)),
        (2, 3, None, (False, False)),
        (0, 3, None, (False, False)),
    ],
)
def test_an_axis_is_stretched_where_one_size_is_1(
    first: int | None, second: int | None, size: int | None, stretched: tuple[bool, bool]
) -> None:
    """Sizes that differ clash unless one of them is 1; a size of 0 is a size like any other."""
    axis = Axis(-1, first, second)
    assert (axis.size, axis.stretched, axis.clashes) == (size, stretched, size is None)


def test_the_rule_is_asked_for_any_two_shapes() -> None:
    """The shape is that which the function returned, beside torch's."""
    rule = found(shapes="3,1 4").rule
    assert (rule.first, rule.second) == ((3, 1), (4,))
    assert rule.found == rule.truth == (3, 4)
    assert rule.agrees


def test_a_single_number_has_no_axes() -> None:
    """An empty text stands for the shape ()."""
    rule = found(shapes=" 2").rule
    assert (rule.first, rule.second, rule.found) == ((), (2,), (2,))
    assert found(shapes=" ").rule.axes == ()


def test_a_wrong_shape_is_drawn_beside_the_right_one() -> None:
    """The picture has the learner's shape, and it does not agree."""
    rule = found(shapes="2,0 1", broadcast_shape=lambda first, second: (2, 1)).rule
    assert (rule.found, rule.truth) == ((2, 1), (2, 0))
    assert not rule.agrees


def test_a_refusal_is_right_where_torch_refuses() -> None:
    """Its message is kept, and names the axis."""
    rule = found(shapes="5,3 5").rule
    assert isinstance(rule.found, Refusal)
    assert "axis -1: 3 against 5" in rule.found.message
    assert rule.truth is None
    assert rule.unnamed == ()
    assert rule.agrees


def test_a_refusal_that_names_no_axis_does_not_agree() -> None:
    """What its message lacks is said."""

    def refuse(*_: object) -> None:
        raise ValueError("no")

    rule = found(shapes="2,3 4,5", broadcast_shape=refuse).rule
    assert rule.unnamed == ("axis -2: 2 against 4", "axis -1: 3 against 5")
    assert not rule.agrees
    assert not found(broadcast_shape=refuse).rule.agrees


def test_a_shape_where_torch_refuses_does_not_agree() -> None:
    """The larger size is no answer to a clash."""
    assert not Rule((2,), (3,), (3,), None).agrees


@pytest.mark.parametrize("answer", [None, [8, 7, 6, 5], (8, "7"), torch.zeros(2), tuple(range(99))])
def test_an_answer_that_is_no_shape_is_a_failure(answer: object) -> None:
    """Only a tuple of a few numbers can be drawn as a shape."""
    rule = found(broadcast_shape=lambda first, second: answer).rule
    assert isinstance(rule.found, Failure)
    assert rule.found.words.startswith("returns ")


def test_sizes_beyond_any_memory_are_drawn() -> None:
    """Sizes are numbers; no tensor of them is made."""
    rule = found(shapes=f"{10**30},1 7").rule
    assert rule.found == (10**30, 7)


# Sums


def test_the_sum_is_that_of_the_learner() -> None:
    """Tens and ones tell which row met which column."""
    both = found(shapes="3,1 2").sum
    assert both.is_yours
    assert both.first == ((10.0,), (20.0,), (30.0,))
    assert both.second == ((1.0, 2.0),)
    assert both.table.found == both.table.truth == ((11.0, 12.0), (21.0, 22.0), (31.0, 32.0))
    assert both.table.wrong == frozenset()


def test_wrong_sums_are_told_from_right_ones() -> None:
    """A product has other numbers almost everywhere; one entry of a table is one wrong place."""

    def one_off(first: Tensor, second: Tensor) -> Tensor:
        table = first[:, None] + second
        table[2, 1] = math.nan
        return table

    assert found(outer_sum=one_off).sum.table.wrong == {(2, 1)}
    assert len(found(outer_sum=lambda first, second: first[:, None] * second).sum.table.wrong) == 12


def test_a_function_that_writes_to_its_inputs_does_not_change_what_was_asked() -> None:
    """The numbers that are added stand as they were."""
    both = found(outer_sum=in_place).sum
    assert both.first == ((10.0,), (20.0,), (30.0,))
    assert len(both.table.wrong) == 12


@pytest.mark.parametrize(("shapes", "drawn"), [("2,3 3", "2,3 3"), (" 3", " 3"), ("1,1,4,1 5", "1,1,4,1 5")])
def test_other_small_sums_are_torchs(shapes: str, drawn: str) -> None:
    """The kata has no function for them, and the picture says whose they are."""
    both = found(shapes=shapes).sum
    assert both.table.name == "torch"
    assert not both.is_yours
    assert " ".join(",".join(map(str, shape)) for shape in both.shapes) == drawn


@pytest.mark.parametrize("shapes", ["8,1,6,1 7,1,5", "0,1 4", "3 4", "9,1 4", "3,1 9"])
def test_what_is_too_large_or_does_not_fit_is_shown_on_small_vectors(shapes: str) -> None:
    """Then the sum is that of (3, 1) and (4,)."""
    assert found(shapes=shapes).sum.shapes == ((3, 1), (4,))


# The loss


def test_the_loss_of_each_target_and_of_every_pair() -> None:
    """Four differences, one of them 4, against sixteen."""
    loss = found().loss
    assert (loss.own, loss.every) == (4.0, 9.5)
    assert loss.found == 4.0
    assert loss.verdict == "its own target"
    assert [loss.squares[place][place] for place in range(4)] == [0.0, 0.0, 0.0, 16.0]


@pytest.mark.parametrize(
    ("function", "number", "verdict"),
    [
        (lambda p, t: (p - t).square().mean(), 9.5, "every target"),
        (lambda p, t: (p - t).square().sum() / len(t), 38.0, "neither"),
        (lambda p, t: torch.tensor(math.inf), math.inf, "neither"),
    ],
)
def test_the_loss_says_which_pairs_it_is_of(
    function: Callable[[Tensor, Tensor], Tensor], number: float, verdict: str
) -> None:
    """The number is the learner's."""
    loss = found(mean_squared_error=function).loss
    assert (loss.found, loss.verdict) == (number, verdict)


def test_a_loss_with_an_axis_is_a_failure() -> None:
    """A loss is one number."""
    loss = found(mean_squared_error=lambda p, t: (p.squeeze(1) - t).square()).loss
    assert loss.found == Failure("mean_squared_error", "returns shape (4,), wanted ()")
    assert loss.verdict == ""


# Square tables


def test_the_reference_makes_all_tables_right() -> None:
    """Nothing on its picture is wrong."""
    data = found()
    assert [table.name for table in data.tables] == ["add_channel_bias", *NAMES[4:]]
    assert not fails(data)
    assert not any(table.wrong for table in data.tables)
    assert data.notes == ()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("add_channel_bias", lambda images, bias: images + bias),
        ("add_channel_bias", lambda images, bias: images + bias[:, None]),
        ("add_channel_bias", lambda images, bias: images + bias[:, None, None, None]),
        ("standardize_columns", lambda x: (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True)),
        ("standardize_columns", lambda x: (x - x.mean(0)) / x.std(0).clamp(min=1e-9)),
        ("normalize_rows", lambda counts: counts / counts.sum(1).clamp(min=1)),
        ("one_hot", lambda labels, classes: (labels == torch.arange(classes)[:, None]).float()),
        ("pairwise_distances", lambda first, second: (first[:, None] - second).square().sum(-1)),
    ],
)
def test_a_wrong_axis_shows_on_a_square_table(name: str, function: Callable[..., Tensor]) -> None:
    """The tables are such that the usual mistakes change them, and only their own."""
    data = found(**{name: function})
    assert [table.name for table in data.tables if table.wrong] == [name]


# Drawing

BROKEN: dict[str, dict[str, Callable[..., Any]]] = {
    "right": {},
    "all raise": dict.fromkeys(NAMES, raises),
    "all return None": dict.fromkeys(NAMES, lambda *_: None),
    "wrong shapes": {name: lambda *_: torch.zeros(2, 5) for name in NAMES[1:]},
    "NaN": {name: lambda *arguments, name=name: getattr(REFERENCE, name)(*arguments) * math.nan for name in NAMES[1:]},
    "not to be read": {name: lambda *_: torch.zeros(3, 3, device="meta") for name in NAMES},
    "in place": {"outer_sum": in_place},
}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("broken", BROKEN)
def test_whatever_the_functions_do_is_drawn(broken: str, theme: Theme) -> None:
    """A picture is made of it, without a warning."""
    assert pixels(lambda theme: draw(found(**BROKEN[broken]), theme), theme).width == 1000


@pytest.mark.parametrize(
    "shapes", [" ", " 3", "5,3 5", "0,1 4", "8,1 8", "2,1,2,1,2,1,2,1 3,1,3,1,3,1,3", f"{10**30},1 {10**20}"]
)
def test_any_two_shapes_are_drawn(shapes: str) -> None:
    """Scalars, clashes, empty axes, many axes and huge ones too."""
    assert pixels(lambda theme: draw(found(shapes=shapes), theme), THEMES[0]).width == 1000


def test_every_failure_is_named() -> None:
    """Each function that raises has a place on the picture."""
    assert {one.name for one in fails(found(**BROKEN["all raise"]))} == set(NAMES)


def test_values_that_are_not_finite_are_noted() -> None:
    """The note says how many."""
    assert found(**BROKEN["NaN"]).notes[0] == "outer_sum gives NaN in 12 of 12 values"


def test_a_loss_without_a_number_is_no_verdict() -> None:
    """A failure is neither right nor wrong."""
    assert Loss((1.0,), (2.0,), Failure("mean_squared_error", "not written yet")).verdict == ""
