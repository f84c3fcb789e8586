"""What the bans of a kata fall on: torch operations by their names, Python and C functions by what they are.

Torch's modes show every operation on a tensor, under its public name and as ATen operators. What they can't show is
recognized as it is called: Python functions without tensors (``torch.broadcast_shapes``), the Python versions of an
operator (``torch._refs``, ``torch._decomp``, SciPy), C functions that take no part in the modes
(``torch.from_numpy``), and the ways out of the guard's sight (``torch.compile``).
"""

from __future__ import annotations

import os
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any

import numpy
import torch

from pt_kata.blame import code_of, compiled
from pt_kata.catalog import Ban

ANYTHING = "*"
NUMPY = "numpy"
TO_AND_FROM_NUMPY = frozenset(
    {"numpy", "array", "array_wrap", "dlpack", "from_dlpack", "to_dlpack", "from_numpy", "frombuffer"}
)
HOOKS = frozenset({"register_hook", "register_post_accumulate_grad_hook"})
RENAMED = {"run_backward": "backward"}
PACKAGES = ("torch", "numpy", "scipy", "sklearn")
FOLDERS = tuple(
    f"{site}{os.sep}{package}{os.sep}"
    for site in {str(Path(str(module.__file__)).parents[1]) for module in (torch, numpy)}
    for package in PACKAGES
)

COMPILED = "A compiled function runs out of the guard's sight; leave the function as Python has it."
LATER = "Autograd calls it later, when the guard can't tell who asked for it; hand over a function of your own."
BRANCHES = "Inside it the guard sees nothing; Python's own if and for will do."
CUSTOM = "Inside an operator that is registered from Python the guard sees nothing; call the Python function itself."
HIDDEN = "It hides what comes next from the guard; the kata can be done without."
ELSEWHERE = "Another process is out of the guard's sight; the kata can be done without."
UNWATCHED = "Such a thread is out of the guard's sight; one of threading.Thread is not."

BLIND_PYTHON = {
    ("torch/__init__.py", "compile"): ("torch.compile", COMPILED),
    ("torch/_dynamo/eval_frame.py", "optimize"): ("torch._dynamo.optimize", COMPILED),
    ("torch/export/__init__.py", "export"): ("torch.export", COMPILED),
    ("torch/jit/_script.py", "script"): ("torch.jit.script", COMPILED),
    ("torch/jit/_serialization.py", "load"): ("torch.jit.load", COMPILED),
    ("torch/jit/_trace.py", "trace"): ("torch.jit.trace", COMPILED),
    ("torch/jit/_trace.py", "trace_module"): ("torch.jit.trace_module", COMPILED),
    ("torch/_higher_order_ops/associative_scan.py", "associative_scan"): ("associative_scan", BRANCHES),
    ("torch/_higher_order_ops/cond.py", "cond"): ("torch.cond", BRANCHES),
    ("torch/_higher_order_ops/map.py", "map"): ("map", BRANCHES),
    ("torch/_higher_order_ops/scan.py", "scan"): ("scan", BRANCHES),
    ("torch/_higher_order_ops/while_loop.py", "while_loop"): ("while_loop", BRANCHES),
    ("torch/_ops.py", "redispatch"): ("redispatch", HIDDEN),
    ("torch/utils/cpp_extension.py", "load"): ("torch.utils.cpp_extension.load", COMPILED),
    ("torch/utils/cpp_extension.py", "load_inline"): ("torch.utils.cpp_extension.load_inline", COMPILED),
    ("torch/utils/_python_dispatch.py", "_disable_current_modes"): ("_disable_current_modes", HIDDEN),
    ("torch/utils/_python_dispatch.py", "_pop_mode"): ("_pop_mode", HIDDEN),
    ("torch/utils/_python_dispatch.py", "_pop_mode_temporarily"): ("_pop_mode_temporarily", HIDDEN),
    ("torch/overrides.py", "_pop_mode"): ("_pop_mode", HIDDEN),
    ("torch/overrides.py", "_pop_mode_temporarily"): ("_pop_mode_temporarily", HIDDEN),
    ("/multiprocessing/process.py", "start"): ("multiprocessing.Process.start", ELSEWHERE),
    ("/subprocess.py", "__init__"): ("subprocess.Popen", ELSEWHERE),
}
BLIND_C = {
    "_pop_torch_dispatch_stack": HIDDEN,
    "_pop_torch_function_stack": HIDDEN,
    "_set_dispatch_mode": HIDDEN,
    "_unset_dispatch_mode": HIDDEN,
    "fork": ELSEWHERE,
    "fork_exec": ELSEWHERE,
    "posix_spawn": ELSEWHERE,
    "redispatch_boxed": HIDDEN,
    "setprofile": HIDDEN,
    "start_joinable_thread": UNWATCHED,
    "start_new_thread": UNWATCHED,
    "system": ELSEWHERE,
}
BLIND_NAMES = {
    "DisableTorchFunction": HIDDEN,
    "_DisableTorchDispatch": HIDDEN,
    "_ExcludeDispatchKeyGuard": HIDDEN,
    "_ForceDispatchKeyGuard": HIDDEN,
    "_IncludeDispatchKeyGuard": HIDDEN,
}
BLIND_TYPES = tuple(getattr(torch._C, name) for name in BLIND_NAMES if hasattr(torch._C, name))


@dataclass(frozen=True)
class Offence:
    """A call that ``bans`` forbid; or, where ``blind`` has the reason, one that leads out of the guard's sight."""

    shown: str
    bans: tuple[Ban, ...]
    blind: str = ""


class Rules:
    """The bans of one kata, asked about everything that is called while its tests run.

    ``harmless`` holds the code objects, and the names of C functions, about which there will be nothing to say.
    """

    def __init__(self, bans: tuple[Ban, ...]) -> None:
        self.bans = bans
        self.harmless: set[CodeType | str] = set()
        self.forbids_numpy = any(NUMPY in ban.names for ban in bans)
        self._by_name: dict[str, tuple[Ban, ...]] = {}
        self._patterns = [(ban, _pattern(ban)) for ban in bans]
        self._functions = dict(_functions(bans))
        self._c_names = {key.__name__ for key in self._functions if not isinstance(key, CodeType)}

    def on(self, name: str) -> tuple[Ban, ...]:
        """The bans that a torch operation of this name falls under, in any of its spellings."""
        found = self._by_name.get(name)
        if found is None:
            plain = canonical(name)
            spellings = {plain, plain.removeprefix("safe_"), plain.removeprefix("sparse_")}
            found = tuple(ban for ban, pattern in self._patterns if any(map(pattern.fullmatch, spellings)))
            self._by_name[name] = found
        return found

    def on_python(self, code: CodeType) -> Offence | None:
        """What a call of a Python function would break."""
        if code in self._functions:
            ban, name = self._functions[code]
            return Offence(name, (ban,))
        offence = self._blind_python(code)
        if not offence and code.co_filename.startswith(FOLDERS):
            offence = self._named(code.co_name, code.co_name)
        if not offence:
            self.harmless.add(code)
        return offence

    def on_c(self, function: Any) -> Offence | None:
        """What a call of a function that is written in C would break."""
        name: str = function.__name__
        if not (name in BLIND_C or name in self._c_names or self._named(name, name)):
            self.harmless.add(name)
            return None
        if name in self._c_names and function in self._functions:
            ban, name = self._functions[function]
            return Offence(name, (ban,))
        if name in BLIND_C and isinstance(function, BuiltinFunctionType):
            return Offence(name, self.bans, BLIND_C[name])
        return self._named(name, name) if _package(function) in PACKAGES else None

    def on_operator(self, operator: Any) -> Offence | None:
        """What an operator that is not torch's own would break, where Python code stands behind it."""
        namespace, name = operator.namespace, operator.overloadpacket.__name__
        behind = (entry for entry in torch.library._impls if entry.startswith(f"{namespace}/{name}/"))
        return Offence(f"torch.ops.{namespace}.{name}", self.bans, CUSTOM) if any(behind) else None

    def in_body(self, code: CodeType, names: dict[str, Any]) -> Offence | None:
        """What the body of a learner's function holds that would take the function out of the guard's sight."""
        for name in (code.co_name, *code.co_names, *code.co_consts):
            if isinstance(name, str) and (reason := BLIND_NAMES.get(name) or blindness(names.get(name))):
                return Offence(name, self.bans, reason)
        self.harmless.add(code)
        return None

    def _blind_python(self, code: CodeType) -> Offence | None:
        for (ending, name), (shown, reason) in BLIND_PYTHON.items():
            if code.co_name == name and code.co_filename.replace(os.sep, "/").endswith(ending):
                return Offence(shown, self.bans, reason)
        return None

    def _named(self, name: str, shown: str) -> Offence | None:
        bans = tuple(ban for ban in self.on(name) if ANYTHING not in ban.names)
        return Offence(shown, bans) if bans else None


@cache
def rules(bans: tuple[Ban, ...]) -> Rules:
    """The rules that follow from ``bans``; the same object each time, as what it has learned stays true."""
    return Rules(bans)


def canonical(name: str) -> str:
    """One name for all spellings: ``_log_softmax.default``, ``log_softmax_`` and ``log_softmax`` are the same."""
    plain = name.partition(".")[0].strip("_").removeprefix("special_").removesuffix("_forward")
    return RENAMED.get(plain, plain)


def is_library(frame: FrameType) -> bool:
    """Whether ``frame`` is code of torch, NumPy, SciPy or scikit-learn."""
    return frame.f_code.co_filename.startswith(FOLDERS)


def blindness(value: object) -> str:
    """Why the guard sees nothing of what ``value`` does when it is called; empty where it does see."""
    if compiled(value):
        return COMPILED
    return HIDDEN if isinstance(value, type) and value in BLIND_TYPES else ""


def _pattern(ban: Ban) -> re.Pattern[str]:
    names = set(ban.names) | (TO_AND_FROM_NUMPY if NUMPY in ban.names else set())
    return re.compile("|".join(translate(name) for name in names if "." not in name) or "(?!)")


def _functions(bans: tuple[Ban, ...]) -> Iterator[tuple[Any, tuple[Ban, str]]]:
    """The functions, as code objects or C functions, whose dotted names ``bans`` list."""
    for ban in bans:
        for name in sorted(name for name in ban.names if "." in name):
            function = pkgutil.resolve_name(name)
            yield code_of(function) or function, (ban, name)


def _package(function: Any) -> str:
    """The package that a C function or method comes from."""
    owner = getattr(function, "__objclass__", None) or getattr(function, "__self__", None)
    kind = owner if isinstance(owner, type) else type(owner)
    modules = (getattr(function, "__module__", None), kind.__module__)
    return next((str(module).partition(".")[0] for module in modules if module not in (None, "builtins")), "")
