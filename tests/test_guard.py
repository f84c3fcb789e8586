from __future__ import annotations

import contextlib
import gc
import importlib
import math
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bans import canonical
from pt_kata.calls import Recorder
from pt_kata.catalog import Ban, load
from pt_kata.guard import Forbidden, Guard
from tests import sneaky
from tests.conftest import REPOSITORY

HERE = {__file__}
SNEAKY = {str(sneaky.__file__)}
SOFTMAX = [Ban(frozenset({"softmax"}), "Build it.")]
X = torch.randn(3, 4)
T = torch.tensor([0, 1, 2])
FUSED = [Ban(frozenset({"log_softmax", "softmax", "logsumexp", "cross_entropy", "nll_loss"}), "Build it.")]
DANGEROUS = {"compiled", "control_flow", "in_a_fork", "in_a_process", "mode_popped", "profile_replaced", "traced"}

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
    "fused attention": lambda: F.scaled_dot_product_attention(X[None], X[None], X[None]),
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


def under_guard(bans: Sequence[Ban], code: Callable[[], object]) -> object:
    """Run ``code`` as the plugin runs a test of the learner in tests/sneaky.py."""
    guard = Guard(bans, SNEAKY)
    with Recorder(SNEAKY, guard.codes, guard.refuse_code), guard.watch(), guard.insist():
        return code()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("attempt", sneaky.ATTEMPTS.values(), ids=sneaky.ATTEMPTS)
def test_no_attempt_gets_past(attempt: Callable[[Tensor], object]) -> None:
    """Aliases, autograd, torch.func, modes, threads and processes: each is seen, or refused because it is not."""
    x = torch.randn(3, 4)
    with pytest.raises(Forbidden, match=r"forbids here|can't see"):
        under_guard(SOFTMAX, lambda: attempt(x))
    gc.collect()  # a checkpoint that was refused leaves its hooks on the tensors of all others until it is collected


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (sneaky.compiled, "called torch.compile, where the guard of this kata can't see"),
        (sneaky.in_a_raw_thread, "called start_new_thread, where the guard of this kata can't see"),
        (sneaky.in_a_thread, "in_a_thread called softmax, which this kata forbids here."),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_the_guard_is_blind_it_says_so(attempt: Callable[[Tensor], object], words: str) -> None:
    """The refusal tells what is forbidden from what can't be seen."""
    with pytest.raises(Forbidden) as caught:
        under_guard(SOFTMAX, lambda: attempt(torch.randn(3, 4)))
    assert words in str(caught.value)


@pytest.mark.parametrize("compiler", [torch.jit.script, partial(torch.compile, backend="eager")])
def test_a_function_compiled_before_is_refused(monkeypatch: pytest.MonkeyPatch, compiler: Callable[..., Any]) -> None:
    """A decorator compiled it when the file was read: the function that calls it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkeypatch.setattr(sneaky, "decorated", compiler(sneaky.decorated))
        with pytest.raises(Forbidden, match="called decorated, where the guard"):
            under_guard(SOFTMAX, lambda: sneaky.calls_decorated(X))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tracing_is_refused_also_once_the_compiler_is_loaded() -> None:
    """The compiler, when it is imported, wraps torch.jit.trace."""
    importlib.import_module("torch._dynamo")
    with pytest.raises(Forbidden, match=r"called torch\.jit\.trace, where"):
        under_guard(SOFTMAX, lambda: sneaky.traced(torch.randn(3, 4)))


def test_an_honest_answer_passes() -> None:
    """Printing, reading a number, a thread and a hook of one's own are free, also where item and tolist are not."""
    x = torch.randn(3, 4)
    wanted = torch.softmax(x, 1)
    found = under_guard(SOFTMAX, lambda: sneaky.honest(x))
    assert isinstance(found, Tensor)
    assert torch.allclose(found, wanted)
    bans = [Ban(frozenset({"item", "masked_select", "abs"}), "Stay in torch.")]
    under_guard(bans, lambda: sneaky.honest(torch.randn(3, 4)))


@pytest.mark.parametrize("attempt", sneaky.ATTEMPTS.values(), ids=sneaky.ATTEMPTS)
def test_a_ban_on_another_function_does_not_count(attempt: Callable[[Tensor], object]) -> None:
    """What one task must not do, another one may, be it visible or not."""
    if attempt.__name__ in DANGEROUS:
        pytest.skip("would do what it says")
    bans = [Ban(frozenset({"softmax"}), "Build it.", frozenset({"another"}))]
    guard = Guard(bans, SNEAKY)
    with warnings.catch_warnings(), guard.watch():
        warnings.simplefilter("ignore")
        attempt(torch.randn(3, 4))
    assert not guard.violation


def test_an_inherited_method_is_the_learners_doing() -> None:
    """A class of the learner's that inherits the fused operator has no line of its own: the class is named."""
    with pytest.raises(Forbidden, match=r"Inherited called softmax[^\n]*\n  where     sneaky.py, line \d+"):
        under_guard(SOFTMAX, lambda: sneaky.Inherited(1)(X))


def test_a_ban_on_a_class_holds_for_the_backward_that_it_inherits() -> None:
    """The class is known from ctx, although the method belongs to another one."""
    bans = [Ban(frozenset({"softmax"}), "Build it.", frozenset({"Delayed"}))]
    x = torch.randn(3, requires_grad=True)
    with pytest.raises(Forbidden):
        under_guard(bans, lambda: sneaky.Delayed.apply(x).sum().backward())
    under_guard(bans, lambda: sneaky._Cheat.apply(x).sum().backward())


def test_a_function_of_the_test_is_free_also_when_the_learner_calls_it() -> None:
    """A callback may use what the learner may not; one that is the operator itself is the learner's call."""
    under_guard(SOFTMAX, lambda: sneaky.apply(lambda x: x.softmax(1), X))
    with pytest.raises(Forbidden):
        under_guard(SOFTMAX, lambda: sneaky.apply(partial(torch.softmax, dim=1), X))


def test_a_ban_on_a_function_holds_under_its_other_name() -> None:
    """A task that is bound to a helper is still that task."""
    bans = [Ban(frozenset({"softmax"}), "Build it.", frozenset({"renamed"}))]
    with pytest.raises(Forbidden):
        under_guard(bans, lambda: sneaky.renamed(X))


def test_backward_in_another_thread_is_watched() -> None:
    """The test may call backward in a thread of its own: the learner's backward is on the stack there."""
    x = torch.randn(3, requires_grad=True)

    def backward() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(sneaky._Cheat.apply(x).sum().backward).result()

    with pytest.raises(Forbidden, match=r"_Cheat\.backward called softmax"):
        under_guard(SOFTMAX, backward)


def test_autograds_own_threads_are_left_as_they_were() -> None:
    """They live on after a test; what was set up there for one guard says nothing to the next test."""

    def deep(at_the_bottom: Callable[[Tensor], object]) -> None:
        sneaky.deeper(torch.randn(3, requires_grad=True), 70, at_the_bottom)

    under_guard(SOFTMAX, lambda: deep(torch.exp))
    under_guard([], lambda: deep(lambda x: torch._refs.softmax(x, 0)))
    with pytest.raises(Forbidden):
        under_guard(SOFTMAX, lambda: deep(partial(torch.softmax, dim=0)))


def test_an_oracle_in_a_thread_is_free() -> None:
    """A thread that the test starts belongs to the test; after the guard no thread is watched."""

    def oracle() -> object:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.softmax, X, 1).result()

    before = threading.getprofile()
    under_guard(SOFTMAX, oracle)
    assert threading.getprofile() is before


@pytest.mark.parametrize("convert", sneaky.TO_NUMPY.values(), ids=sneaky.TO_NUMPY)
def test_numpy_stands_for_every_way_there_and_back(convert: Callable[[Tensor], object]) -> None:
    """A kata that forbids numpy refuses each conversion, and says that the guard can't see out there."""
    with pytest.raises(Forbidden, match="outside torch the guard can't see"):
        under_guard([Ban(frozenset({"numpy"}), "Stay in torch.")], lambda: convert(X))


def test_only_numpy_is_said_to_be_out_of_sight() -> None:
    """A ban may list numpy beside other names."""
    bans = [Ban(frozenset({"numpy", "softmax"}), "Stay in torch.")]
    with pytest.raises(Forbidden, match=r"called softmax, which this kata forbids here\.\n"):
        under_guard(bans, lambda: sneaky.method(X))


def test_numpy_may_compute_with_sizes() -> None:
    """Only tensors must not leave torch; and without that ban they may."""
    under_guard([Ban(frozenset({"numpy"}), "Stay in torch.")], lambda: sneaky.numpy_for_sizes(X))
    under_guard(SOFTMAX, lambda: sneaky.through_numpy(X))


def test_a_name_may_be_a_pattern() -> None:
    """``soft*`` is softmax and softplus."""
    bans = [Ban(frozenset({"soft*"}), "Build it.")]
    for operation in (torch.softmax, F.softplus):
        with pytest.raises(Forbidden), Guard(bans, HERE).watch():
            operation(X, 1)
    with Guard(bans, HERE).watch():
        X.sigmoid()


def test_a_c_function_without_tensors_is_refused() -> None:
    """A dotted name may also be that of a function written in C; its namesakes are free."""

    def ask() -> object:
        return [3].index(3), math.dist((1.0,), (2.0,))

    guard = Guard([Ban(frozenset({"math.dist", "index"}), "Build it.")], HERE)
    with pytest.raises(Forbidden, match=r"called math\.dist"), Recorder(HERE, guard.codes, guard.refuse_code):
        ask()


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
