from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.calls import Recorder
from pt_kata.catalog import Ban, load
from pt_kata.guard import Forbidden, Guard, canonical
from tests.conftest import REPOSITORY

HERE = {__file__}
X = torch.randn(3, 4)
T = torch.tensor([0, 1, 2])
FUSED = [Ban(frozenset({"log_softmax", "softmax", "logsumexp", "cross_entropy", "nll_loss"}), "Build it.")]

ALIASES: dict[str, Callable[[], Tensor]] = {
    "function": lambda: F.cross_entropy(X, T),
    "torch function": lambda: torch.log_softmax(X, 1),
    "method": lambda: X.log_softmax(1),
    "unbound method": lambda: torch.Tensor.softmax(X, 1),
    "negative log-likelihood": lambda: torch.nn.NLLLoss()(X, T),
    "softmax module": lambda: torch.nn.Softmax(1)(X),
    "softmin": lambda: F.softmin(X, 1),
    "margin loss": lambda: F.multi_margin_loss(X, T),
    "cumulative": lambda: X.logcumsumexp(1),
    "pairwise": lambda: torch.logaddexp(X[:, 0], X[:, 1]),
    "module": lambda: torch.nn.CrossEntropyLoss()(X, T),
    "nn.LogSoftmax": lambda: torch.nn.LogSoftmax(1)(X),
    "aten composite": lambda: torch.ops.aten.cross_entropy_loss(X, T),
    "aten overload": lambda: torch.ops.aten._log_softmax.default(X, 1, False),
    "torch._C": lambda: torch._C._nn.cross_entropy_loss(X, T),
    "torch._C._VariableFunctions": lambda: torch._C._VariableFunctions.logsumexp(X, 1),
    "torch.special": lambda: torch.special.logsumexp(X, 1),
    "torch.special.log_softmax": lambda: torch.special.log_softmax(X, 1),
    "private": lambda: torch._softmax(X, 1, False),
    "torch.masked": lambda: torch.masked.log_softmax(X, 1),
    "distribution": lambda: torch.distributions.Categorical(logits=X).log_prob(T),
    "inside a composite": lambda: F.gumbel_softmax(X),
    "vmap": lambda: torch.vmap(lambda row: row.logsumexp(0))(X),
}


@pytest.mark.parametrize("alias", ALIASES.values(), ids=ALIASES)
def test_every_alias_is_refused(alias: Callable[[], Tensor]) -> None:
    """Function, method, module, torch.ops and torch._C lead to the same refusal, with the bans of the real kata."""
    kata = load(REPOSITORY).by_id("losses/cross_entropy")
    assert kata
    with pytest.raises(Forbidden, match="forbids here"), Guard(kata.bans, HERE).watch():
        alias()


def test_an_alias_compiled_before_is_refused() -> None:
    """The ATen operator below a scripted function is seen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer torch calls TorchScript deprecated
        scripted = torch.jit.script(F.log_softmax)
    guard = Guard(FUSED, HERE)
    with pytest.raises(Forbidden), guard.watch(), guard.insist():
        scripted(X, 1)


def test_a_test_may_use_the_operator_as_its_oracle() -> None:
    """Code outside the files under test is free."""
    with Guard(FUSED, {"elsewhere.py"}).watch():
        F.cross_entropy(X, T)


def test_the_backward_of_an_oracle_is_free_and_that_of_the_learner_is_not() -> None:
    """An autograd.Function under test is watched in its backward as well."""

    class Cheat(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, upstream: Tensor) -> Tensor:
            return upstream.softmax(0)

    x = torch.randn(3, requires_grad=True)
    with pytest.raises(Forbidden), Guard(FUSED, HERE).watch():
        Cheat.apply(x).sum().backward()


def test_the_message_names_function_line_and_reason() -> None:
    """What was called, where, and why the kata wants it built by hand."""
    line = test_the_message_names_function_line_and_reason.__code__.co_firstlineno + 5
    with pytest.raises(Forbidden) as caught, Guard(FUSED, HERE).watch():
        X.log_softmax(1)
    assert str(caught.value).splitlines() == [
        "test_the_message_names_function_line_and_reason called log_softmax, which this kata forbids here.",
        f"  where     test_guard.py, line {line - 1}",
        "  why       Build it.",
    ]


def test_a_swallowed_refusal_is_remembered() -> None:
    """Code that catches the exception is found out all the same."""
    guard = Guard(FUSED, HERE)
    with pytest.raises(Forbidden), guard.watch(), guard.insist(), contextlib.suppress(Exception):
        X.softmax(1)


def narrow() -> None:
    """Use an operator that only this function must not use."""
    X.view(12)


def test_a_ban_may_name_functions() -> None:
    """Elsewhere the operator is allowed."""
    bans = [Ban(frozenset({"view"}), "Decide, don't try.", frozenset({"narrow"}))]
    with Guard(bans, HERE).watch():
        X.view(12)
        with pytest.raises(Forbidden):
            narrow()


def test_a_star_forbids_every_operator() -> None:
    """Even making a tensor is refused."""
    with pytest.raises(Forbidden), Guard([Ban(frozenset({"*"}), "Plain Python.")], HERE).watch():
        torch.empty(3)


def test_a_python_function_without_tensors_is_refused() -> None:
    """torch.broadcast_shapes is recognized by its code, also under another name."""
    alias = torch.broadcast_shapes

    def ask() -> object:
        return alias((3, 1), (4,))

    guard = Guard([Ban(frozenset({"torch.broadcast_shapes"}), "Find the rule.")], HERE)
    with pytest.raises(Forbidden), Recorder(HERE, guard.codes, guard.refuse_code), guard.watch():
        ask()


def test_the_recorder_may_look_at_what_the_learner_may_not() -> None:
    """Reading the arguments of a call for its message is not the learner's doing."""

    def ask(x: Tensor) -> Tensor:
        return x

    guard = Guard([Ban(frozenset({"tolist"}), "Stay in torch.")], HERE)
    with Recorder(HERE) as recorder, guard.watch():
        ask(X[0])
    assert "ask(x=float32 (4,)" in recorder.calls[-1].text


def test_a_kata_without_bans_is_not_watched() -> None:
    """No mode is entered, so nothing slows down."""
    with Guard([], HERE).watch():
        assert not torch.overrides._get_current_function_mode_stack()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("_log_softmax.default", "log_softmax"),
        ("add_", "add"),
        ("nll_loss_forward", "nll_loss"),
        ("special_logsumexp", "logsumexp"),
        ("__matmul__", "matmul"),
        ("_cdist_forward", "cdist"),
    ],
)
def test_spellings_of_an_operator_are_one_name(name: str, wanted: str) -> None:
    """Underscores, overloads and suffixes do not matter."""
    assert canonical(name) == wanted
