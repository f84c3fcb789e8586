"""The switches of Python, numpy and torch that code can leave changed for whatever runs next."""

from __future__ import annotations

import contextlib
import gc
import operator
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy
import torch
from torch.autograd.graph import disable_saved_tensors_hooks
from torch.utils._python_dispatch import _pop_mode, _push_mode

PYTEST = b"PYTEST_CURRENT_TEST"  # pytest itself changes it all the time
SIGNALS = tuple(getattr(signal, name) for name in dir(signal) if name in {"SIGALRM", "SIGINT", "SIGTERM", "SIGHUP"})
GLOBAL_HOOKS = tuple(
    vars(torch.nn.modules.module)[name] for name in sorted(vars(torch.nn.modules.module)) if name.endswith("_hooks")
)
_left_on = contextlib.ExitStack()  # torch's inference mode ends with the object that began it


class Switch(NamedTuple):
    """One piece of global state: how it stands, and how it is put back."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


def same(one: Any, other: Any) -> bool:
    """Whether two readings are the same; lists and dicts item by item, without asking the items."""
    if type(one) is list and type(other) is list:
        return len(one) == len(other) and all(map(operator.is_, one, other))
    return type(one) is type(other) and bool(one == other)


def _set_inference(mode: bool) -> None:
    _left_on.enter_context(torch.inference_mode(mode))


def _default_device() -> object:
    return getattr(getattr(torch, "_GLOBAL_DEVICE_CONTEXT", None), "device_context", None)


def _set_default_device(context: Any) -> None:
    torch.set_default_device(context.device if context else None)


def _deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def modes() -> list[Any]:
    """The modes of torch that are entered now: first those for functions, then those for operators."""
    functions = [torch._C._get_function_stack_at(i) for i in range(torch._C._len_torch_function_stack())]
    return functions + [torch._C._get_dispatch_stack_at(i) for i in range(torch._C._len_torch_dispatch_stack())]


def set_modes(before: list[Any]) -> None:
    """Leave the modes that were not entered before."""
    kept = {id(mode) for mode in before}
    entered = modes()  # held to the end: torch 2.6 pops an operator mode that nobody else holds as freed memory
    if all(id(mode) in kept for mode in entered):
        return
    if id(_default_device()) not in kept:
        torch.set_default_device(None)
    functions = [torch._C._pop_torch_function_stack() for _ in range(torch._C._len_torch_function_stack())]
    for mode in reversed(functions):
        if id(mode) in kept:
            torch._C._push_on_torch_function_stack(mode)
    operators = [_pop_mode() for _ in range(torch._C._len_torch_dispatch_stack())]
    for mode in reversed(operators):
        if id(mode) in kept:
            _push_mode(mode)


def _saved_tensors_are_hooked() -> bool:
    try:
        with disable_saved_tensors_hooks("asked only whether there are any"):
            return False
    except RuntimeError:
        return True


def _pop_saved_tensors_hooks(were_hooked: bool) -> None:
    while not were_hooked and _saved_tensors_are_hooked():
        torch._C._autograd._pop_saved_tensors_default_hooks()


def _print_options() -> dict[str, object]:
    return dict(vars(torch._tensor_str.PRINT_OPTS))


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""


def _change_folder(path: str) -> None:
    with contextlib.suppress(OSError):
        os.chdir(path)


def _environment() -> dict[Any, Any]:
    found: dict[Any, Any] = os.environ._data.copy()  # type: ignore[attr-defined]
    found.pop(PYTEST, None)
    return found


def _set_environment(before: dict[Any, Any]) -> None:
    """Through ``os.environ``, so that child processes see it as well."""
    now = _environment()
    for name in now.keys() - before.keys():
        del os.environ[os.fsdecode(name)]
    for name, value in before.items():
        if now.get(name) != value:
            os.environ[os.fsdecode(name)] = os.fsdecode(value)


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in SIGNALS]


def _set_handlers(before: Sequence[Any]) -> None:
    for number, handler in zip(SIGNALS, before, strict=True):
        if handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(number, handler)


def _alarm_is_set() -> bool:
    return hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL)[0] > 0


def _stop_alarm(was_set: bool) -> None:
    if not was_set:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _streams() -> list[Any]:
    return [sys.stdin, sys.stdout, sys.stderr]


def _set_streams(before: Sequence[Any]) -> None:
    sys.stdin, sys.stdout, sys.stderr = before


def _hooks_of_python() -> list[Any]:
    return [sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook]


def _set_hooks_of_python(before: Sequence[Any]) -> None:
    sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook = before


def _set_collector(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()


def _list(owner: Any, name: str) -> Switch:
    """A global list, which keeps its identity as well as its items."""
    here = getattr(owner, name)

    def read() -> list[Any]:
        found = getattr(owner, name, None)
        return list(found) if isinstance(found, list) else []

    def write(before: list[Any]) -> None:
        here[:] = before
        setattr(owner, name, here)

    return Switch(f"{owner.__name__}.{name}", read, write)


def _filters() -> list[Any]:
    return list(warnings.filters)


def _set_filters(before: list[Any]) -> None:
    warnings.filters[:] = before  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _global_hooks() -> list[Any]:
    return [item for hooks in GLOBAL_HOOKS if hooks for item in hooks.values()]


def _drop_global_hooks(before: list[Any]) -> None:
    for hooks in GLOBAL_HOOKS:
        for key in [key for key, hook in (hooks or {}).items() if all(hook is not kept for kept in before)]:
            del hooks[key]


def _all() -> Iterator[Switch]:
    yield Switch("default_dtype", torch.get_default_dtype, torch.set_default_dtype)
    yield Switch("inference_mode", torch.is_inference_mode_enabled, _set_inference)
    yield Switch("grad_mode", torch.is_grad_enabled, torch.set_grad_enabled)
    yield Switch("threads", torch.get_num_threads, torch.set_num_threads)
    # Asking for it imports torch's compiler, which takes seconds: done only where the switch was touched.
    yield Switch(
        "deterministic",
        _deterministic,
        lambda before: torch.use_deterministic_algorithms(before[0], warn_only=before[1]),
    )
    yield Switch(
        "anomaly_mode",
        lambda: (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        lambda before: torch.set_anomaly_enabled(*before),
    )
    yield Switch("default_device", _default_device, _set_default_device)
    yield Switch("modes", modes, set_modes)
    yield Switch("saved_tensors_hooks", _saved_tensors_are_hooked, _pop_saved_tensors_hooks)
    yield Switch("module_hooks", _global_hooks, _drop_global_hooks)
    yield Switch("matmul_precision", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision)
    yield Switch(
        "autocast",
        lambda: torch.is_autocast_enabled("cpu"),
        lambda before: torch.set_autocast_enabled("cpu", before),
    )
    yield Switch("print_options", _print_options, lambda before: vars(torch._tensor_str.PRINT_OPTS).update(before))
    yield Switch("numpy_errors", numpy.geterr, lambda before: numpy.seterr(**before))
    yield Switch("numpy_print_options", numpy.get_printoptions, lambda before: numpy.set_printoptions(**before))
    yield Switch("recursion_limit", sys.getrecursionlimit, sys.setrecursionlimit)
    yield Switch("switch_interval", sys.getswitchinterval, sys.setswitchinterval)
    yield Switch("int_digits", sys.get_int_max_str_digits, sys.set_int_max_str_digits)
    yield Switch("folder", _folder, _change_folder)
    yield _list(sys, "path")
    yield _list(sys, "meta_path")
    yield _list(sys, "path_hooks")
    yield _list(sys, "argv")
    yield Switch("environment", _environment, _set_environment)
    yield Switch("warning_filters", _filters, _set_filters)
    yield Switch("signal_handlers", _handlers, _set_handlers)
    yield Switch("alarm", _alarm_is_set, _stop_alarm)
    yield Switch("streams", _streams, _set_streams)
    yield Switch("python_hooks", _hooks_of_python, _set_hooks_of_python)
    yield Switch("trace", lambda: [sys.gettrace()], lambda before: sys.settrace(before[0]))
    yield Switch("thread_trace", lambda: [threading.gettrace()], lambda before: threading.settrace(before[0]))
    yield Switch("thread_profile", lambda: [threading.getprofile()], lambda before: threading.setprofile(before[0]))
    yield Switch("collector", gc.isenabled, _set_collector)
    yield Switch("collector_thresholds", gc.get_threshold, lambda before: gc.set_threshold(*before))
    yield _list(gc, "callbacks")


SWITCHES = tuple(_all())
