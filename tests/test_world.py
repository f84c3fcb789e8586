from __future__ import annotations

import gc
import io
import os
import random
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from pt_kata.operators import OperatorMode
from pt_kata.world import World, kept, seeded_world

LEFT_ON: list[torch.inference_mode] = []


class OperatorModeLeft(OperatorMode):
    """Another mode that nobody leaves."""

    def on_operator(self, name: str) -> None:
        """Take no notice."""


class Mode(TorchFunctionMode):
    """A mode that somebody entered and never left."""


def hooked(module: object, inputs: object, output: object) -> None:
    """Do nothing after a module ran."""


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "default_dtype"),
        (lambda: torch.set_grad_enabled(False), "grad_mode"),
        (lambda: LEFT_ON.append(torch.inference_mode()) or LEFT_ON[-1].__enter__(), "inference_mode"),
        (lambda: torch.set_num_threads(2), "threads"),
        (lambda: torch.use_deterministic_algorithms(True), "deterministic"),
        (lambda: torch.set_anomaly_enabled(True, check_nan=False), "anomaly_mode"),
        (lambda: torch.set_default_device("meta"), "default_device"),
        (lambda: Mode().__enter__(), "modes"),
        (lambda: OperatorModeLeft().__enter__(), "modes"),
        (lambda: saved_tensors_hooks(abs, abs).__enter__(), "saved_tensors_hooks"),
        (lambda: torch.nn.modules.module.register_module_forward_hook(hooked), "module_hooks"),
        (lambda: torch.set_float32_matmul_precision("medium"), "matmul_precision"),
        (lambda: torch.set_autocast_enabled("cpu", True), "autocast"),
        (lambda: torch.set_printoptions(precision=2), "print_options"),
        (lambda: numpy.seterr(all="raise"), "numpy_errors"),
        (lambda: numpy.set_printoptions(precision=2), "numpy_print_options"),
        (lambda: sys.setrecursionlimit(12345), "recursion_limit"),
        (lambda: sys.setswitchinterval(0.1), "switch_interval"),
        (lambda: sys.set_int_max_str_digits(5000), "int_digits"),
        (lambda: os.chdir("/"), "folder"),
        (lambda: sys.path.insert(0, "elsewhere"), "sys.path"),
        (lambda: setattr(sys, "path", []), "sys.path"),
        (lambda: sys.meta_path.clear(), "sys.meta_path"),
        (lambda: sys.argv.append("-x"), "sys.argv"),
        (lambda: os.environ.update(HOME="elsewhere"), "environment"),
        (lambda: os.environ.pop("PATH"), "environment"),
        (lambda: warnings.simplefilter("ignore", SyntaxWarning), "warning_filters"),
        (lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN), "signal_handlers"),
        (lambda: setattr(sys, "stdout", io.StringIO()), "streams"),
        (lambda: setattr(sys, "excepthook", print), "python_hooks"),
        (lambda: sys.settrace(lambda *_: None), "trace"),
        (lambda: threading.settrace(lambda *_: None), "thread_trace"),
        (lambda: threading.setprofile(lambda *_: None), "thread_profile"),
        (lambda: gc.disable(), "collector"),
        (lambda: gc.set_threshold(1, 1, 1), "collector_thresholds"),
        (lambda: gc.callbacks.append(print), "gc.callbacks"),
        (lambda: torch.manual_seed(12345), "torch_seed"),
        (lambda: numpy.random.seed(12345), "numpy_state"),
    ],
)
def test_a_change_is_named_and_a_switch_put_back(change: Callable[[], object], name: str) -> None:
    """Whatever is left behind inside is told, and the switches are as before outside."""
    before = World.now()
    with seeded_world(1) as world:
        change()
        changed = world.changes()
    left = {"torch_seed", "numpy_state", *before.changes()}
    assert name in changed
    assert len(changed) <= 3
    assert left == {"torch_seed", "numpy_state"}


def test_drawing_is_no_change() -> None:
    """A draw from torch's generator leaves no trace that a test could mind."""
    with seeded_world(1) as world:
        torch.rand(3)
        assert world.changes() == ()


def test_switches_are_put_back_after_an_error() -> None:
    """Code under test may raise with gradients turned off."""

    def harm() -> None:
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float16)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), seeded_world(1):
        harm()
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() is torch.float32


def test_every_generator_starts_from_the_seed() -> None:
    """Python's, numpy's and torch's repeat with the same seed only."""

    def drawn(seed: int) -> tuple[float, float, float]:
        with seeded_world(seed):
            return random.random(), float(numpy.random.rand()), float(torch.rand(1))

    assert drawn(3) == drawn(3)
    assert all(one != other for one, other in zip(drawn(3), drawn(4), strict=True))


def test_inside_there_is_one_thread() -> None:
    """Small tensors gain nothing from a second one."""
    with seeded_world(1):
        assert torch.get_num_threads() == 1


def test_a_flushed_number_is_not_flushed_afterwards() -> None:
    """The switch that torch doesn't show is put back as well."""
    with kept():
        torch.set_flush_denormal(True)
    assert (torch.tensor(1e-310, dtype=torch.float64) * 1).item() > 0


def test_an_alarm_is_stopped() -> None:
    """A signal that somebody asked for would end the process in the middle of a later test."""
    running = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        with kept():
            signal.setitimer(signal.ITIMER_REAL, 1000)
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, *running)


def test_a_folder_that_is_gone_is_left(tmp_path: Path) -> None:
    """Whoever works in a folder and deletes it is brought back to the one before."""
    before = Path.cwd()
    (tmp_path / "gone").mkdir()
    with kept():
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
    assert Path.cwd() == before


def test_the_compiler_is_not_imported() -> None:
    """It takes two seconds, and putting back what was not touched must not need it."""
    code = "import sys; from pt_kata.world import seeded_world\nwith seeded_world(1): pass\n"
    code += "print('torch._dynamo' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
