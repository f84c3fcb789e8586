from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pt_kata import checks
from pt_kata.calls import Recorder
from pt_kata.catalog import Ban
from pt_kata.checks import (
    assert_close,
    assert_equal,
    assert_no_copy,
    assert_no_loop,
    assert_no_tensor_above,
    assert_own_memory,
    assert_raises,
    assert_shares_memory,
    fail,
    gradients,
    unchanged,
)
from pt_kata.guard import Forbidden, Guard

X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def message_of(check: Callable[[], object]) -> str:
    """Return the message of the failure that ``check`` must raise."""
    with pytest.raises(AssertionError) as caught:
        check()
    return str(caught.value)


@pytest.mark.parametrize(
    ("actual", "wanted"),
    [
        (X, X.clone()),
        (X, [[1.0, 2.0], [3.0, 4.0]]),
        (torch.tensor(2.0), 2.0),
        (2.0, 2.0),
        ((1.0, X), (1.0, X)),
        ((1.0, [2.0, 3.0]), (1.0, [2.0, 3.0])),
        ({"a": X}, {"a": X}),
        (torch.tensor([torch.inf]), torch.tensor([torch.inf])),
        (torch.tensor([True]), torch.tensor([True])),
        (torch.zeros(0, 3), torch.zeros(0, 3)),
    ],
)
def test_equal_values_pass(actual: object, wanted: object) -> None:
    """Equal structures, shapes, dtypes and values are close."""
    assert_close(actual, wanted)


@pytest.mark.parametrize(
    ("actual", "wanted", "fault"),
    [
        (None, X, "gave None: is a return missing?"),
        (X[0], X, "wrong shape"),
        (X.reshape(1, 2, 2), X, "wrong shape"),
        (torch.tensor([2.0]), 2.0, "wrong shape"),
        (X.double(), X, "wrong dtype"),
        (X + 1, X, "wrong values"),
        (X * torch.nan, X, "wrong values"),
        (2.0, torch.tensor(2.0), "wrong type"),
        ([1.0, 2.0], torch.tensor([1.0, 2.0]), "wrong type"),
        ("2.0", 2.0, "wrong type"),
        ((X,), (X, X), "wrong structure"),
        (X, (X, X), "wrong structure"),
        ({"b": X}, {"a": X}, "wrong keys"),
        ((X, X + 1), (X, X), "[1] gave the wrong values"),
        (torch.tensor([-torch.inf]), torch.tensor([torch.inf]), "wrong values"),
        (torch.zeros(1, device="meta"), torch.zeros(1), "wrong device"),
    ],
)
def test_each_difference_is_named(actual: object, wanted: object, fault: str) -> None:
    """A wrong structure, type, shape, dtype, device or value is told from the others."""
    assert fault in message_of(lambda: assert_close(actual, wanted))


def test_the_message_gives_the_first_index_and_the_largest_error() -> None:
    """Where it is off first, how often, and by how much at most."""
    off = X.clone()
    off[0, 1], off[1, 0] = 2.5, 7.0
    message = message_of(lambda: assert_close(off, X, "The reason."))
    assert "first off at [0, 1]: 2.5, wanted 2" in message
    assert "2 of 4 values are off" in message
    assert "error 4;" in message
    assert "why       The reason." in message


def test_the_message_shows_shape_dtype_and_device() -> None:
    """What came back and what was wanted are described in full."""
    message = message_of(lambda: assert_close(X.double(), X))
    assert "returned  float64 (2, 2) on cpu" in message
    assert "wanted    float32 (2, 2) on cpu" in message


def test_a_given_dtype_overrules_that_of_the_oracle() -> None:
    """A float64 oracle may check a float32 result."""
    assert_close(X, X.double(), dtype=torch.float32)
    assert "wrong dtype" in message_of(lambda: assert_close(X.double(), X.double(), dtype=torch.float32))


def test_the_tolerance_is_that_of_the_dtype() -> None:
    """1e-6 passes in float32 and fails in float64."""
    assert_close(torch.tensor([1.000001]), torch.tensor([1.0]))
    message_of(lambda: assert_close(torch.tensor([1.000001]).double(), torch.tensor([1.0]).double()))


def test_equal_means_equal_type() -> None:
    """An int is not a float, a list is not a tuple, True is not 1."""
    assert_equal((2, 3), (2, 3))
    for actual, wanted in [(2.0, 2), ([2], (2,)), (1, True), (3, 2)]:
        assert "wrong answer" in message_of(lambda a=actual, w=wanted: assert_equal(a, w))  # type: ignore[misc]


def test_gradients_of_one_and_of_several_inputs() -> None:
    """One input gives a tensor, several give a tuple."""
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    assert gradients(x * y, x) == 3
    assert gradients(x * y, [x, y]) == (3, 2)


def test_a_detached_result_is_explained() -> None:
    """The message says that the graph was cut."""
    x = torch.tensor(2.0, requires_grad=True)
    assert "without a gradient" in message_of(lambda: gradients(x.detach() * 2, x))
    assert "must return a tensor" in message_of(lambda: gradients(2.0, x))


def test_an_unused_input_is_explained() -> None:
    """The message says that the result does not depend on it."""
    x, y = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    assert "does not depend on an input" in message_of(lambda: gradients(x.sum(), y))


def refuse(number: float) -> float:
    """Raise for a negative number."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number


def test_raises_returns_the_exception() -> None:
    """The right exception with the right words passes."""
    assert str(assert_raises(ValueError, refuse, -1.0, mentions=["-1.0"])) == "-1.0 is negative"


def test_raises_tells_three_faults_apart() -> None:
    """Nothing raised, another exception raised, and a message without the words."""
    assert "accepted an input" in message_of(lambda: assert_raises(ValueError, refuse, 1.0))
    assert "wrong exception" in message_of(lambda: assert_raises(KeyError, refuse, -1.0))
    assert "missing   axis" in message_of(lambda: assert_raises(ValueError, refuse, -1.0, mentions=["axis"]))


def test_a_stub_is_not_a_wrong_exception() -> None:
    """NotImplementedError passes through every check that calls code."""

    def stub(*_: object) -> None:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        assert_raises(RuntimeError, stub)  # of which NotImplementedError is a kind
    with pytest.raises(NotImplementedError):
        assert_no_loop(stub, [X], [X])


def test_memory_checks_look_at_the_storage() -> None:
    """A view shares its storage, a clone has its own."""
    assert_shares_memory(X.t(), X)
    assert_own_memory(X.clone(), X)
    assert "returned a copy" in message_of(lambda: assert_shares_memory(X.clone(), X))
    assert "returned a view" in message_of(lambda: assert_own_memory(X.view(4), X))


def test_unchanged_sees_a_write() -> None:
    """Writing to a tensor fails, also when the values end as they were."""
    x = X.clone()
    with unchanged(x=x):
        x + 1
    for change in (lambda: x.add_(1), lambda: x.mul_(1)):
        with pytest.raises(AssertionError, match="changed its input x in place"), unchanged(x=x):
            change()


def test_a_loop_over_the_rows_is_seen() -> None:
    """The number of operators must not grow with the data."""

    def loop(x: Tensor) -> Tensor:
        return torch.stack([row.sum() for row in x])

    small, large = torch.ones(2, 2), torch.ones(20, 2)
    assert_no_loop(lambda x: x.sum(1), [small], [large])
    assert "loops over its data" in message_of(lambda: assert_no_loop(loop, [small], [large]))


def test_operations_are_counted() -> None:
    """Every ATen operator counts once."""
    assert checks.operations(lambda x: (x + 1).exp(), X) == 2


VIEWS: dict[str, Callable[[Tensor], object]] = {
    "view": lambda x: x.view(-1),
    "transpose": lambda x: x.t(),
    "expand": lambda x: x[:, :, None].expand(-1, -1, 1000),
    "as_strided": lambda x: x.as_strided((2, 2), (1, 1)),
    "contiguous of what is": lambda x: x.contiguous(),
    "to the same dtype": lambda x: x.to(torch.float32),
    "detach": lambda x: x.detach(),
    "one number": lambda x: x * 0 if x.numel() == 1 else x.view(4)[0] + 1,
    "vmap of a view": lambda x: torch.vmap(lambda row: row[:1])(x),
}
COPIES: dict[str, Callable[[Tensor], object]] = {
    "clone": lambda x: x.clone(),
    "reshape": lambda x: x.t().reshape(-1),
    "contiguous": lambda x: x.t().contiguous(),
    "arithmetic": lambda x: x + 0,
    "index": lambda x: x[torch.tensor([0, 1])],
    "there and back": lambda x: x.copy_(x.t().clone()).view(-1),
    "into memory that is there": lambda x: x[:, 0].copy_(x[:, 1]),
    "one by one": lambda x: x[0].copy_(x[1]),
    "through a list": lambda x: torch.tensor(x.tolist()),
    "out": lambda x: torch.exp(x, out=torch.empty(0)),
    "resize": lambda x: torch.empty(0).resize_(8),
    "double": lambda x: x.double(),
    "vmap": lambda x: torch.vmap(lambda row: row.clone())(x),
    "unbind and stack": lambda x: torch.stack(x.unbind(1)),
}


@pytest.mark.parametrize("function", VIEWS.values(), ids=VIEWS)
def test_views_copy_nothing(function: Callable[[Tensor], object]) -> None:
    """A view of any shape is free, and the result comes back."""
    assert isinstance(assert_no_copy(function, X), Tensor)


@pytest.mark.parametrize("function", COPIES.values(), ids=COPIES)
def test_each_copy_is_seen(function: Callable[[Tensor], object]) -> None:
    """New memory and writing over old memory are both found, also where the result is a view again."""
    assert "copies.\n" in message_of(lambda: assert_no_copy(function, X.clone()))


def test_the_message_names_operator_size_and_line() -> None:
    """Which operator made how large a tensor on which line, and what was allowed."""

    def pairs(x: Tensor) -> Tensor:
        return (x[:, None] - x).square().sum(2)

    x = torch.ones(5, 3)
    with Recorder({__file__}):
        message = message_of(lambda: assert_no_tensor_above(25, pairs, x, why="Because."))
    line = pairs.__code__.co_firstlineno + 1
    assert message.splitlines()[1:] == [
        f"  found     sub made (5, 5, 3), 75 elements, test_checks.py, line {line}",
        "  besides   1 more",
        "  wanted    no tensor of more than 25 elements",
        "  why       Because.",
    ]


def test_the_largest_tensor_is_that_of_the_storage() -> None:
    """An expanded tensor has few elements in memory; a small view of a large tensor keeps all of it."""
    assert_no_tensor_above(4, lambda: torch.ones(1, 4).expand(1000, 4))
    assert "1000 elements" in message_of(lambda: assert_no_tensor_above(4, lambda: torch.ones(1000)[:2]))


def test_allocations_are_seen_through_autograd() -> None:
    """In forward and backward of an autograd.Function, and in the backward of torch's own operators."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
            return x.sum()

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, upstream: Tensor) -> Tensor:
            return upstream * torch.ones(50, 2).sum(0)

    x = torch.ones(2, requires_grad=True)
    assert_no_tensor_above(2, lambda: Square.apply(x))
    assert "100 elements" in message_of(lambda: assert_no_tensor_above(2, lambda: gradients(Square.apply(x), x)))
    outer = torch.ones(30)
    assert "outside your file" in message_of(
        lambda: assert_no_tensor_above(40, gradients, (x[:, None].expand(2, 30) @ outer), x)
    )


def test_what_is_counted_is_not_forbidden() -> None:
    """The check looks at storages and sizes; the guard does not take that for the learner's doing."""
    bans = [Ban(frozenset({"untyped_storage", "shape", "numel", "itemsize"}), "Look, don't ask.")]
    guard = Guard(bans, {__file__})
    with guard.watch(), guard.insist():
        assert_no_copy(lambda x: x.view(-1), X)
    bans = [Ban(frozenset({"view"}), "Think.")]
    with pytest.raises(Forbidden), Guard(bans, {__file__}).watch():
        assert_no_copy(lambda x: x.view(-1), X)


def test_fail_has_the_form_of_the_others() -> None:
    """A free failure takes details and a reason."""
    message = message_of(lambda: fail("Too large.", "Because.", kept=3))
    assert message.splitlines() == ["Too large.", "  kept      3", "  why       Because."]
