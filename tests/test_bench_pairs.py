from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from pt_kata.bench import counts, pairs
from pt_kata.bench.contenders import Contender, checked, contenders, names
from pt_kata.bench.pair import COLD, SIZES, Case, Function, Inputs, Pair, differentiable
from pt_kata.bench.pairs import optimizers
from pt_kata.bench.race import prepared

ROOT = Path(__file__).parent.parent
PAIRS = list(pairs.every())
OFF = 1.001
BESIDES = 1.2  # times the least: what one kernel moves besides, such as the mean of each row, or indices
BEYOND = {("relu", "backward"): 1.5}  # a bit for each number is needed, and the whole result is read

every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.op)


def named(op: str) -> Pair:
    """The pair of this name."""
    return next(pair for pair in PAIRS if pair.op == op)


def small(pair: Pair, dtype: str = "") -> Case:
    """The pair at its smallest."""
    return Case(pair, "small", pair.dims["small"], pair.passes[0], dtype=dtype or pair.dtypes[0])


def entered(pair: Pair, *wanted: str) -> list[Contender]:
    """Those that are wanted, none of the learner's."""
    return contenders(pair, ROOT, {}, wanted)[0]


def refused(pair: Pair, function: Function, seed: int = 1) -> str:
    """Why a contender is refused; empty if it may race."""
    good, bad = checked(small(pair), [Contender("other", function)], seed)
    assert len(good) + len(bad) == 1
    return bad[0].reason if bad else ""


class WrongGradient(torch.autograd.Function):
    """Gives x, and a gradient that is 0.1 % too long."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        return upstream * OFF


@dataclass(frozen=True)
class Wrong:
    """A contender whose results, or whose gradient of one input, are 0.1 % off."""

    function: Function
    argument: int | None = None

    def bound(self, pair: Pair, inputs: Inputs) -> Callable[[], Any]:
        if self.argument is None:
            call = pair.bind(self.function, inputs)
            return lambda: tree_map(lambda result: result * OFF, call())
        given = list(inputs)
        given[self.argument] = WrongGradient.apply(given[self.argument])
        return pair.bind(self.function, tuple(given))


def with_wrong(pair: Pair) -> Pair:
    """The pair, which then takes contenders of the class Wrong too."""

    def bind(function: Function, inputs: Inputs) -> Callable[[], Any]:
        return function.bound(pair, inputs) if isinstance(function, Wrong) else pair.bind(function, inputs)

    return replace(pair, bind=bind)


def manual(pair: Pair) -> Function:
    """The version by hand."""
    return entered(pair, "manual")[0].function


def test_names_are_unique() -> None:
    """A pair is chosen by its name, so no two share one."""
    ops = [pair.op for pair in PAIRS]
    assert len(ops) == len(set(ops)) >= 25


@pytest.mark.parametrize("topic", pairs.TOPICS)
def test_the_topic_of_a_pair_is_its_module(topic: str) -> None:
    """The pairs of a module say its name as their topic."""
    found = pairs.of_topic(topic)
    assert found
    assert {pair.topic for pair in found} == {topic}


@every_pair
def test_each_size_has_dims_and_the_same_axes(pair: Pair) -> None:
    """Small, medium and large have as many axes each, and only the first may be left to be filled."""
    assert tuple(pair.dims) == SIZES
    assert len({len(dims) for dims in pair.dims.values()}) == 1
    assert all(all(dims[1:]) for dims in pair.dims.values())
    assert pair.source


@every_pair
def test_all_contenders_agree_with_float64(pair: Pair) -> None:
    """Whatever takes part but the compiled version is right, on numbers that nobody has seen before."""
    wanted = [name for name in names(pair) if name not in ("compiled", "yours")]
    for _ in range(2):
        seed = secrets.randbits(31)
        good, bad = checked(small(pair), entered(pair, *wanted), seed)
        assert not bad
        assert [one.name for one in good] == wanted


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "bfloat16" in pair.dtypes], ids=lambda pair: pair.op)
def test_the_version_by_hand_agrees_in_bfloat16(pair: Pair) -> None:
    """What is raced in bfloat16 on a GPU is right in bfloat16 on the CPU."""
    good, bad = checked(small(pair, "bfloat16"), entered(pair, "manual"), secrets.randbits(31))
    assert not bad
    assert good[0].error > 0


@every_pair
def test_wrong_results_are_refused(pair: Pair) -> None:
    """Results that are 0.1 % off don't race."""
    assert not refused(with_wrong(pair), manual(pair))
    assert refused(with_wrong(pair), Wrong(manual(pair))).startswith("it is wrong")


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.backward], ids=lambda pair: pair.op)
def test_one_wrong_gradient_is_refused(pair: Pair) -> None:
    """A gradient that is 0.1 % off doesn't race, whichever input it is of."""
    inputs = small(pair).draw_inputs(1)
    asked = {id(one) for one in differentiable(inputs)}
    assert asked
    for argument in (index for index, one in enumerate(inputs) if id(one) in asked):
        assert refused(with_wrong(pair), Wrong(manual(pair), argument)).startswith("it is wrong")


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.is_counted], ids=lambda pair: pair.op)
def test_the_least_traffic_is_what_one_kernel_moves_and_never_more(pair: Pair) -> None:
    """The limit stands on it: too many bytes would put it where no operator can get."""
    for pass_ in pair.passes:
        case = replace(small(pair), pass_=pass_)
        (fused,) = entered(pair, "fused")
        found = counts.operators(prepared(case, fused, case.draw_inputs(1), 1))
        assert found.moved >= case.least.elements, pass_
        if found.calls == 1:
            assert found.moved <= BEYOND.get((pair.op, pass_), BESIDES) * case.least.elements, pass_


@every_pair
def test_flops_and_traffic_are_whole_numbers(pair: Pair) -> None:
    """All counts are ints above 0; nothing is estimated."""
    for dims in (pair.fitted(size, pair.passes[0], 4, 1 << 20) for size in SIZES):
        for pass_ in pair.passes:
            least = pair.traffic(pass_, dims)
            assert type(least.read) is type(least.written) is type(pair.work(pass_, dims)) is int
            assert least.read > 0 <= least.written
            assert pair.work(pass_, dims) > 0


@pytest.mark.parametrize("cache", [1 << 20, 32 << 20, 256 << 20])
@pytest.mark.parametrize("itemsize", [2, 4])
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair.dims["large"][0]], ids=lambda pair: pair.op)
def test_what_is_filled_is_four_times_the_cache(pair: Pair, itemsize: int, cache: int) -> None:
    """The large size reaches 4 times the cache, and is larger by no more than 64 rows and what does not grow."""
    pass_ = pair.passes[0]
    dims = pair.fitted("large", pass_, itemsize, cache)
    fewer = pair.traffic(pass_, (dims[0] - 64, *dims[1:])).elements * itemsize
    fixed = pair.traffic(pass_, (0, *dims[1:])).elements * itemsize
    assert pair.traffic(pass_, dims).elements * itemsize >= COLD * cache
    assert fewer < COLD * cache + fixed


@pytest.mark.parametrize("pair", pairs.of_topic("optimizers"), ids=lambda pair: pair.op)
def test_contenders_share_no_state(pair: Pair) -> None:
    """A step changes the parameters of its own contender, not the inputs."""
    case = small(pair)
    inputs, untouched = case.draw_inputs(1), case.draw_inputs(1)
    for one in entered(pair, "fused", "manual"):
        found = pair.bind(one.function, inputs)()
        assert not any(torch.equal(*both) for both in zip(found, untouched[0], strict=True))
    for kept, before in zip(inputs, untouched, strict=True):
        assert all(torch.equal(*both) for both in zip(kept, before, strict=True))


@pytest.mark.parametrize("name", ["fused", "manual"])
@pytest.mark.parametrize("pair", pairs.of_topic("optimizers"), ids=lambda pair: pair.op)
def test_many_steps_stay_among_ordinary_numbers(pair: Pair, name: str) -> None:
    """After hundreds of steps nothing is infinite, and nothing has shrunk to where arithmetic is slow."""
    (one,) = entered(pair, name)
    step = pair.bind(one.function, Case(pair, "small", (16, 2), "step").draw_inputs(1))
    found = [step() for _ in range(500)][-1]
    assert all(torch.isfinite(tensor).all() for tensor in found)
    assert all(tensor.abs().max() > 1e-3 for tensor in found)


WRONG_STEPS = {
    "without momentum": ("sgd_momentum", lambda params: torch.optim.SGD(params, lr=optimizers.RATE)),
    "damped": ("sgd_momentum", lambda params: torch.optim.SGD(params, optimizers.RATE, 0.9, dampening=0.1)),
    "nesterov": ("sgd_momentum", lambda params: torch.optim.SGD(params, optimizers.RATE, 0.9, nesterov=True)),
    "another momentum": ("sgd_momentum", lambda params: torch.optim.SGD(params, optimizers.RATE, 0.91)),
    "another beta": ("adam", lambda params: torch.optim.Adam(params, optimizers.RATE, (0.9, 0.998))),
    "the largest square": ("adam", lambda params: torch.optim.Adam(params, optimizers.RATE, amsgrad=True)),
    "a large eps": ("adam", lambda params: torch.optim.Adam(params, optimizers.RATE, eps=1e-3)),
    "no decay": ("adamw", lambda params: torch.optim.Adam(params, optimizers.RATE)),
    "decay in the gradient": ("adamw", lambda params: torch.optim.Adam(params, optimizers.RATE, weight_decay=0.01)),
}


@pytest.mark.parametrize("wrong", WRONG_STEPS)
def test_a_wrong_step_is_refused(wrong: str) -> None:
    """One step from the same start shows which rule it follows."""
    op, make = WRONG_STEPS[wrong]
    assert refused(named(op), lambda params: make(params).step).startswith("it is wrong")


def test_another_norm_is_refused() -> None:
    """Gradients that are clipped to a length of 1.001 don't race."""
    clip = partial(torch.nn.utils.clip_grad_norm_, max_norm=OFF)
    assert refused(named("clip_grad_norm"), clip).startswith("it is wrong")


def test_a_fused_step_is_one_operator_and_foreach_a_few() -> None:
    """What the profiler is told is no operator; what an operator on lists writes is counted for all of them."""
    pair = named("sgd_momentum")
    case = small(pair)
    amount = 4 * case.dims[0] * case.dims[1]
    found = {
        one.name: counts.operators(prepared(case, one, case.draw_inputs(1), 1))
        for one in entered(pair, "fused", "foreach", "loop")
    }
    assert found["fused"].names == ("_fused_sgd_",)
    assert (found["fused"].read, found["fused"].written) == (3 * amount, 2 * amount)
    assert found["foreach"].calls == 3
    assert found["foreach"].moved == found["loop"].moved == 8 * amount


def test_by_hand_square_times_keeps_less() -> None:
    """The node written by hand takes less memory than the operators that it replaces."""
    pair = named("square_times")
    case = Case(pair, "small", (1 << 16,), "both")
    fused, by_hand = (
        counts.memory(prepared(case, one, case.draw_inputs(1), 1), "cpu") for one in entered(pair, "fused", "manual")
    )
    assert by_hand.peak <= fused.peak - 4 * case.dims[0]


def test_embedding_picks_every_row_once() -> None:
    """The traffic of the table is known only if no row is read twice."""
    bags, table = small(named("embedding_bag")).draw_inputs(1)
    assert sorted(bags.flatten().tolist()) == list(range(len(table)))


def test_without_the_micrograd_package_the_race_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out, and said, where it can't be imported."""
    monkeypatch.setitem(sys.modules, "micrograd.nn", None)
    pair = named("micrograd_step")
    good, bad = checked(small(pair), entered(pair, "fused", "micrograd package", "manual"), 1)
    assert [one.name for one in good] == ["fused", "manual"]
    assert [one.implementation for one in bad] == ["micrograd package"]
    assert "ModuleNotFoundError" in bad[0].reason


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated")  # torch, of its own compiler
@pytest.mark.parametrize("op", ["silu", "sgd_momentum"])
def test_the_compiled_version_agrees_with_float64(op: str) -> None:
    """One pair with gradients and one step go through torch.compile."""
    pair = named(op)
    case = replace(small(pair), dims=(64, 2)[: len(pair.dims["small"])])
    good, bad = checked(case, entered(pair, "compiled"), secrets.randbits(31))
    assert not bad
    assert [one.name for one in good] == ["compiled"]
