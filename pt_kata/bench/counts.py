"""What a call costs that a clock does not show: operators, bytes moved and allocated, kernels launched, peak memory.

All of it is counted in passes of their own, which nobody times.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils._pytree import tree_leaves

from pt_kata.bench.clock import Run
from pt_kata.operators import OperatorMode

RESERVING = frozenset(
    {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_", "set_", "_local_scalar_dense"}
    | {"_unsafe_view"}  # what matmul makes of its result: a view that is not declared as one
)
WRITING_ONLY = frozenset(
    {"zeros", "ones", "full", "arange", "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full"}
    | {"zero_", "fill_", "scalar_tensor"}
)
PICKING = frozenset({"gather", "index", "index_select", "embedding", "nll_loss_forward", "take"})
PATCHING = frozenset({"scatter_", "scatter_add_", "index_put_", "_index_put_impl_", "index_add_"})
SHAPED_LIKE = frozenset({"nll_loss_backward"})  # of the tensor that they get they need the shape alone


@dataclass(frozen=True)
class Operators:
    """What the dispatcher saw: how many operators that compute, and the bytes that went into and out of them."""

    calls: int
    read: int
    written: int
    names: tuple[str, ...]

    @property
    def moved(self) -> int:
        return self.read + self.written


@dataclass(frozen=True)
class Memory:
    """Bytes beyond those that were there before the call: at the worst moment, and all that were ever taken."""

    peak: int
    taken: int


class _Counter(OperatorMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: list[str] = []
        self.read = self.written = 0
        self._name = ""

    def on_operator(self, name: str) -> None:
        self._name = name

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        name = self._name
        result = func(*args, **kwargs)
        if name not in RESERVING and not func.is_view and func.namespace != "profiler":
            self.names.append(name)
            self._count(name, _tensors((args, kwargs)), _tensors(result) or _changed(func, args, kwargs))
        return result

    def _count(self, name: str, given: list[Tensor], made: list[Tensor]) -> None:
        sizes, written = list(map(_bytes, given)), sum(map(_bytes, made))
        if name in PATCHING:
            written = min(sizes[0], sizes[-1])
            self.read += sum(sizes[1:]) + written
        elif name in PICKING:
            self.read += sum(sizes) - max(sizes) + min(max(sizes), written)
        elif name in SHAPED_LIKE:
            self.read += sum(sizes) - max(sizes)
        elif name not in WRITING_ONLY:
            self.read += sum(sizes)
        self.written += written


def operators(run: Run) -> Operators:
    """Count the operators of an eager call, those of its backward pass included.

    An operator reads each operand once and writes each result once; what an expanded tensor repeats is read once.
    Views and reserved memory cost nothing. Of what is picked from (``gather``) only the picked part is read, of what is
    patched (``scatter_add_``) only the patches are read and written.
    """
    counter = _Counter()
    with counter:
        run()
    return Operators(len(counter.names), counter.read, counter.written, tuple(counter.names))


def memory(run: Run, device: str) -> Memory:
    """The memory that a call takes on ``device``, the temporaries inside operators included."""
    if device != "cpu":
        return _cuda_memory(run)
    changes = [event["args"]["Bytes"] for event in _trace(run) if event["args"].get("Device Type") == 0]
    peak = now = 0
    for change in changes:
        now += change
        peak = max(peak, now)
    return Memory(peak, sum(change for change in changes if change > 0))


def launches(run: Run, device: str) -> int | None:
    """How many kernels the call starts on a GPU; None on the CPU, where there is nothing to launch."""
    if device == "cpu":
        return None
    with _quiet(), profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as found:
        run()
        torch.cuda.synchronize()
    return sum("LaunchKernel" in event.name for event in found.events())


def compiled_operators(run: Run) -> int:
    """How many ATen operators a compiled call still makes; its own kernels are none."""
    with _quiet(), profile(activities=[ProfilerActivity.CPU]) as found:
        run()
    events = [event for event in found.events() if event.name.startswith("aten::")]
    parents = {id(event.cpu_parent) for event in events}
    leaves = [event.name.removeprefix("aten::") for event in events if id(event) not in parents]
    return sum(name not in RESERVING and not _is_view(name) for name in leaves)


def _is_view(name: str) -> bool:
    packet = getattr(torch.ops.aten, name, None)
    return packet is not None and any(getattr(packet, overload).is_view for overload in packet.overloads())


def _cuda_memory(run: Run) -> Memory:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_stats()
    run()
    torch.cuda.synchronize()
    after = torch.cuda.memory_stats()
    peak = after["allocated_bytes.all.peak"] - before["allocated_bytes.all.current"]
    return Memory(peak, after["allocated_bytes.all.allocated"] - before["allocated_bytes.all.allocated"])


def _trace(run: Run) -> list[dict[str, Any]]:
    """The memory events of a call, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "trace.json")
        with _quiet():
            with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
                run()
            found.export_chrome_trace(str(file))
        events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
    return sorted((event for event in events if event.get("name") == "[memory]"), key=lambda event: event["ts"])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the profiler's C++ writes to standard error from the screen."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _changed(func: Any, args: Any, kwargs: dict[str, Any]) -> list[Tensor]:
    """What an operator without a result writes to; fused optimizers write to the gradients only to scale them."""
    declared = func._schema.arguments
    given = {argument.name: value for argument, value in zip(declared, args, strict=False)} | kwargs
    spared = "grads" if given.get("grad_scale") is None else ""
    changed = [argument.name for argument in declared if argument.is_write and argument.name != spared]
    return _tensors([given.get(name) for name in changed])


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def _bytes(tensor: Tensor) -> int:
    """The bytes that a tensor's elements lie in: those of an axis with stride 0 once."""
    sizes = [size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride != 0 or size == 0]
    return torch.Size(sizes).numel() * tensor.itemsize
