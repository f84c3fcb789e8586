"""A pair: one operation as PyTorch's fused operator and by hand, and what it must move and compute at least."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]
Inputs = tuple[Any, ...]
Dims = tuple[int, ...]

PASSES = ("forward", "backward", "both")
SIZES = ("small", "medium", "large")
COLD = 4  # times the last-level cache: from here on nothing of the last round is left in it


@dataclass(frozen=True)
class Traffic:
    """Elements that an operation must at least read from memory and write to it, whatever their width."""

    read: int
    written: int

    @property
    def elements(self) -> int:
        return self.read + self.written

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.read + other.read, self.written + other.written)


def called(function: Function, inputs: Inputs) -> Callable[[], Any]:
    """The call that is timed: ``function`` on ``inputs``."""
    return partial(function, *inputs)


def compiled(function: Function) -> Function:
    """``function`` compiled for the very shapes that it is called with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the compiler's own imports use what torch deprecates
        import torch._functorch.config

        torch._functorch.config.donated_buffer = False  # as torch asks for where a graph is gone through twice
        made: Function = torch.compile(function, dynamic=False)
    return made


@dataclass(frozen=True, eq=False)
class Pair:
    """One race.

    Attributes:
        op: its name, unique among all pairs.
        topic: the file of ``benchmarks/`` that it belongs to.
        fused: PyTorch's operator, on the inputs.
        inputs: makes them: ``inputs(dims, draw)``, where ``draw(*shape)`` gives standard normal numbers of the dtype
            and on the device of the race; those that a gradient is taken of say ``.requires_grad_()``.
        dims: the sizes ``small`` (bound by the launch), ``medium`` and ``large`` (bound by memory). A first entry of
            0 is replaced by as many rows as it takes to be ``COLD`` times as large as the cache.
        forward: the least traffic of the forward pass, from ``dims``.
        backward: the same for backward; None where there is no gradient.
        flops: floating-point operations of the forward pass, from ``dims``; backward is taken as twice that.
        manual: the version by hand; None where a kata's reference is it.
        kata: the kata whose function is the manual version, and which the learner's own is taken from.
        function: the name of that function or class.
        adapt: makes a contender out of a kata's function, where its signature is another than that of ``fused``.
        others: further contenders by name.
        bind: makes the call that is timed out of a contender and its inputs.
        dtypes: what the contenders work in; "bfloat16" is timed on CUDA only.
        devices: where it can be raced.
        timed: the passes that are timed, where not all of them make sense.
        is_compiled: whether ``torch.compile`` of the manual version is a contender.
        compiled: makes that contender out of the manual version.
        is_counted: whether operators and memory can be counted; False for what computes outside of torch.
        why: a sentence where something about the pair needs one.
        source: where formula and traffic are from.
    """

    op: str
    topic: str
    fused: Function
    inputs: Callable[[Dims, Callable[..., Tensor]], Inputs]
    dims: Mapping[str, Dims]
    forward: Callable[..., Traffic]
    backward: Callable[..., Traffic] | None
    flops: Callable[..., int]
    source: str
    manual: Function | None = None
    kata: str = ""
    function: str = ""
    adapt: Callable[[Function], Function] = field(default=lambda function: function)
    others: Mapping[str, Function] = field(default_factory=dict)
    bind: Callable[[Function, Inputs], Callable[[], Any]] = called
    dtypes: Sequence[str] = ("float32", "bfloat16")
    devices: Sequence[str] = ("cpu", "cuda")
    timed: Sequence[str] = ()
    is_compiled: bool = True
    compiled: Callable[[Function], Function] = compiled
    is_counted: bool = True
    why: str = ""

    @property
    def passes(self) -> tuple[str, ...]:
        """What can be timed: ``step`` for what has no gradient, else forward, backward and both."""
        return tuple(self.timed) or (PASSES if self.backward else ("step",))

    def traffic(self, pass_: str, dims: Dims) -> Traffic:
        """The least traffic of a pass, in elements."""
        found = Traffic(0, 0)
        if pass_ != "backward":
            found += self.forward(*dims)
        if self.backward and pass_ in ("backward", "both"):
            found += self.backward(*dims)
        return found

    def work(self, pass_: str, dims: Dims) -> int:
        """Floating-point operations of a pass."""
        return {"backward": 2, "both": 3}.get(pass_, 1) * self.flops(*dims)

    def fitted(self, size: str, pass_: str, itemsize: int, cache: int) -> Dims:
        """The dims of a size for this machine, whose last-level cache has ``cache`` bytes."""
        dims = self.dims[size]
        if dims[0]:
            return dims
        few, many = (self.traffic(pass_, (rows, *dims[1:])).elements * itemsize for rows in (64, 128))
        rows = -(-COLD * cache * 64 // (many - few))
        return (-(-rows // 64) * 64, *dims[1:])


@dataclass(frozen=True)
class Case:
    """One pair at one size, dtype, device and pass: what the contenders race in."""

    pair: Pair
    size: str
    dims: Dims
    pass_: str
    device: str = "cpu"
    dtype: str = "float32"

    @property
    def itemsize(self) -> int:
        return int(getattr(torch, self.dtype).itemsize)

    @property
    def least(self) -> Traffic:
        """The bytes that must be moved at least."""
        least = self.pair.traffic(self.pass_, self.dims)
        return Traffic(least.read * self.itemsize, least.written * self.itemsize)

    @property
    def flops(self) -> int:
        return self.pair.work(self.pass_, self.dims)

    @property
    def shape(self) -> str:
        return "x".join(map(str, self.dims))

    @property
    def id(self) -> str:
        return f"{self.pair.op}-{self.size}-{self.dtype}-{self.device}-{self.pass_}"

    def draw_inputs(self, seed: int, dtype: torch.dtype | None = None) -> Inputs:
        """Fresh inputs; the same seed gives the same numbers, rounded to ``dtype`` or to the case's own."""
        generator = torch.Generator(self.device).manual_seed(seed)
        own: torch.dtype = getattr(torch, self.dtype)

        def draw(*shape: int) -> Tensor:
            # Rounded to the case's dtype first, so that the check in float64 judges the arithmetic and not the inputs.
            numbers = torch.randn(shape, generator=generator, device=self.device).to(own)
            return numbers.to(dtype or own)

        draw.generator = generator  # type: ignore[attr-defined]
        return self.pair.inputs(self.dims, draw)


def differentiable(inputs: Inputs) -> list[Tensor]:
    """The inputs that a gradient is taken of."""
    return [one for one in inputs if isinstance(one, Tensor) and one.requires_grad]


def elements(dims: Dims) -> int:
    """How many elements a tensor of this shape has."""
    return prod(dims)
