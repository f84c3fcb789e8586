"""A learner who tries everything to get a softmax past the guard; each function is one attempt on a (3, 4) tensor."""

# ruff: noqa: D103  # the names say it
from __future__ import annotations

import asyncio
import contextlib
import functools
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType
from typing import Any

import numpy as np
import torch
import torch._decomp
import torch._refs
import torch.nn.functional as F  # noqa: N812
import torch.utils._python_dispatch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

quiet = torch._C.DisableTorchFunction
softer = functools.partial(torch.softmax, dim=1)


def function(x: Tensor) -> Any:
    return F.softmax(x, 1)


def method(x: Tensor) -> Any:
    return x.softmax(1)


def module(x: Tensor) -> Any:
    return torch.nn.Softmax(1)(x)


def by_string(x: Tensor) -> Any:
    return getattr(torch, "".join(["soft", "max"]))(x, 1)


def partial(x: Tensor) -> Any:
    return softer(x)


def mapped(x: Tensor) -> Any:
    return list(map(functools.partial(torch.softmax, dim=0), x))


def out_variant(x: Tensor) -> Any:
    return torch.softmax(x, 1, out=torch.empty_like(x))


def aten(x: Tensor) -> Any:
    return torch.ops.aten.softmax.int(x, 1)


def aten_below(x: Tensor) -> Any:
    return torch.ops.aten._softmax.default(x, 1, False)


def variable_functions(x: Tensor) -> Any:
    return torch._C._VariableFunctions.softmax(x, 1)


def special(x: Tensor) -> Any:
    return torch.special.softmax(x, 1)


def sparse(x: Tensor) -> Any:
    return torch.sparse.softmax(x.to_sparse(), 1)


def refs(x: Tensor) -> Any:
    return torch._refs.softmax(x, 1)


def refs_functional(x: Tensor) -> Any:
    return torch._refs.nn.functional.softmax(x, 1)


def decomposition(x: Tensor) -> Any:
    return torch._decomp.decompositions._softmax(x, 1, False)


def decomposition_table(x: Tensor) -> Any:
    return torch._decomp.decomposition_table[torch.ops.aten._softmax.default](x, 1, False)


def attention(x: Tensor) -> Any:
    # Values of another width than the keys, for which torch has no fused kernel.
    return F.scaled_dot_product_attention(x[None], torch.eye(4)[None], torch.eye(4, 5)[None], scale=1.0)


def scipy(x: Tensor) -> Any:
    import scipy.special

    return scipy.special.softmax(x.tolist(), axis=1)


def fake_subclass(x: Tensor) -> Any:
    class Quiet(torch.Tensor):
        __torch_function__ = torch._C._disabled_torch_function_impl

    return torch.Tensor._make_subclass(Quiet, x).softmax(1)


def vmap(x: Tensor) -> Any:
    return torch.vmap(functools.partial(torch.softmax, dim=0))(x)


def jacrev(x: Tensor) -> Any:
    return torch.func.jacrev(functools.partial(torch.softmax, dim=1))(x)


def grad_of(x: Tensor) -> Any:
    return torch.func.grad(lambda t: F.softmax(t, 1)[0, 0])(x)


def functional_call(x: Tensor) -> Any:
    return torch.func.functional_call(torch.nn.Softmax(1), {}, (x,))


def checkpoint(x: Tensor) -> Any:
    from torch.utils.checkpoint import checkpoint

    return checkpoint(torch.nn.Softmax(1), x, use_reentrant=False)


def no_grad(x: Tensor) -> Any:
    with torch.no_grad():
        return x.softmax(1)


def inference_mode(x: Tensor) -> Any:
    with torch.inference_mode():
        return x.softmax(1)


class _Through(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


class _Below(TorchDispatchMode):  # type: ignore[no-untyped-call, misc]
    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or the first operator imports the compiler

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return torch.softmax(args[0], 1) if func is torch.ops.aten.exp.default else func(*args, **(kwargs or {}))


def nested_function_mode(x: Tensor) -> Any:
    with _Through():
        return x.softmax(1)


def nested_dispatch_mode(x: Tensor) -> Any:
    with _Below():  # type: ignore[no-untyped-call]
        return x.exp()


def functions_disabled(x: Tensor) -> Any:
    with torch._C.DisableTorchFunction():
        return x.softmax(1)


def functions_disabled_under_another_name(x: Tensor) -> Any:
    with quiet():
        return torch._C._nn.gelu(x)


def dispatch_disabled(x: Tensor) -> Any:
    with torch._C._DisableTorchDispatch():
        return x.softmax(1)


def both_disabled(x: Tensor) -> Any:
    with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
        return x * 2


def modes_disabled(x: Tensor) -> Any:
    with torch.utils._python_dispatch._disable_current_modes():
        return x * 2


def mode_popped(x: Tensor) -> Any:
    torch._C._pop_torch_function_stack()


def profile_replaced(x: Tensor) -> Any:
    sys.setprofile(None)


def compiled(x: Tensor) -> Any:
    return torch.compile(lambda t: t.exp(), backend="eager")(x)


def scripted(x: Tensor) -> Any:
    return torch.jit.script(F.softmax)(x, 1)


def traced(x: Tensor) -> Any:
    return torch.jit.trace(lambda t: t * 2, x)(x)


@torch.library.custom_op("sneaky::soft", mutates_args=())
def _soft(x: Tensor) -> Tensor:
    return softer(x)


def custom_operator(x: Tensor) -> Any:
    return torch.ops.sneaky.soft(x)


def control_flow(x: Tensor) -> Any:
    return torch.cond(torch.tensor(True), softer, softer, (x,))


def redispatched(x: Tensor) -> Any:
    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
    return torch.ops.aten._softmax.default.redispatch(keys, x, 1, False)


def in_a_thread(x: Tensor) -> Any:
    thread = threading.Thread(target=torch.softmax, args=(x, 1))
    thread.start()
    thread.join()


def in_a_pool(x: Tensor) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.softmax, x, 1).result()


def in_a_pool_by_lambda(x: Tensor) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return next(pool.map(lambda row: row.softmax(0), x))


def in_a_thread_of_a_thread(x: Tensor) -> Any:
    thread = threading.Thread(target=in_a_thread, args=(x,))
    thread.start()
    thread.join()


def in_a_raw_thread(x: Tensor) -> Any:
    import _thread

    _thread.start_new_thread(torch.softmax, (x, 1))


def in_a_process(x: Tensor) -> Any:
    multiprocessing.get_context("spawn").Process(target=torch.softmax, args=(x, 1)).start()


def in_a_command(x: Tensor) -> Any:
    subprocess.run(["true"], check=True)


def in_a_fork(x: Tensor) -> Any:
    if not os.fork():
        os._exit(0)


class _Cheat(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:  # type: ignore[override]
        return upstream.softmax(0)


def in_backward(x: Tensor) -> Any:
    return torch.autograd.grad(_Cheat.apply(x.requires_grad_()).sum(), x)


class _CheatAgain(_Cheat):
    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:  # type: ignore[override]
        return next(map(functools.partial(torch.softmax, dim=0), [upstream]))


def mapped_in_backward(x: Tensor) -> Any:
    _CheatAgain.apply(x.requires_grad_()).sum().backward()


class _Deep(torch.autograd.Function):
    """Its backward calls backward, and so on; from a depth of 60 autograd goes on in threads of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, depth: int, at_the_bottom: Callable[[Tensor], Any]) -> Tensor:
        ctx.depth, ctx.at_the_bottom = depth, at_the_bottom
        return x.clone()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:  # type: ignore[override]
        if ctx.depth:
            with torch.enable_grad():
                deeper(upstream.detach().requires_grad_(), ctx.depth - 1, ctx.at_the_bottom)
        else:
            ctx.at_the_bottom(upstream + 0)
        return upstream, None, None


def deeper(x: Tensor, depth: int, at_the_bottom: Callable[[Tensor], Any]) -> None:
    _Deep.apply(x, depth, at_the_bottom).sum().backward()


def in_a_thread_of_autograd(x: Tensor) -> Any:
    deeper(x[0].requires_grad_(), 70, functools.partial(torch.softmax, dim=0))


def refs_in_a_thread_of_autograd(x: Tensor) -> Any:
    deeper(x[0].requires_grad_(), 70, lambda upstream: torch._refs.softmax(upstream, 0))


def thread_in_a_thread_of_autograd(x: Tensor) -> Any:
    deeper(x[0].requires_grad_(), 70, lambda upstream: in_a_thread(upstream[None]))


def in_a_coroutine(x: Tensor) -> Any:
    return asyncio.run(asyncio.to_thread(torch.softmax, x, 1))


def in_a_hook(x: Tensor) -> Any:
    y = x.clone().requires_grad_()
    y.register_hook(functools.partial(torch.softmax, dim=0))
    y.sum().backward()  # type: ignore[no-untyped-call]


def swallowed(x: Tensor) -> Any:
    with contextlib.suppress(BaseException):
        return x.softmax(1)


ATTEMPTS: dict[str, Callable[[Tensor], Any]] = {
    name: value
    for name, value in list(globals().items())
    if getattr(value, "__module__", "") == __name__ and isinstance(value, FunctionType) and name != "deeper"
}


class Inherited(torch.nn.Softmax):
    """What a test calls runs in torch's file, for a class of the learner's."""


class Delayed(_Cheat):
    """A ban on this class alone holds for what it inherits."""


def _helper(x: Tensor) -> Tensor:
    return x.softmax(1)


renamed = _helper


def decorated(x: Tensor) -> Tensor:  # replaced in the tests by what a decorator would make of it
    return x * 2


def calls_decorated(x: Tensor) -> Any:
    return decorated(x)


def honest(x: Tensor) -> Any:
    """A right answer, that looks at what it does on the way."""
    _ = repr(x), str(x.requires_grad), float(x[0, 0]), np.sqrt(x.shape[1]), x.tolist()
    z = x - x.amax(1, keepdim=True)
    z.requires_grad_().register_hook(lambda upstream: upstream * 2)
    with torch.no_grad(), ThreadPoolExecutor(1) as pool:
        pool.submit(torch.exp, x).result()
    return z.exp() / z.exp().sum(1, keepdim=True)


def apply(f: Callable[[Tensor], Any], x: Tensor) -> Any:
    return f(x)


def through_numpy(x: Tensor) -> Any:
    return torch.tensor(np.exp(x.numpy()))


TO_NUMPY: dict[str, Callable[[Tensor], Any]] = {
    "method": lambda x: x.numpy(),
    "asarray": lambda x: np.asarray(x),
    "ufunc": lambda x: np.exp(x),
    "__array__": lambda x: x.__array__(),
    "from_dlpack": lambda x: np.from_dlpack(x),
    "to_dlpack": lambda x: torch.utils.dlpack.to_dlpack(x),
    "from_numpy": lambda x: torch.from_numpy(np.zeros(3)),
    "tensor": lambda x: torch.tensor(np.zeros(3)),
    "as_tensor": lambda x: torch.as_tensor(np.zeros(3)),
    "frombuffer": lambda x: torch.frombuffer(bytearray(8), dtype=torch.float32),
    "arithmetic": lambda x: x + np.zeros(4),
}


def numpy_for_sizes(x: Tensor) -> Any:
    return x * np.sqrt(x.shape[1]) + float(np.prod(x.shape))
