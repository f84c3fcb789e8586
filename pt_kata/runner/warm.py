"""What a process imports before there is anything to run, so that the run need not wait for it."""

from __future__ import annotations

import gc
import importlib
import os
import tempfile
import warnings
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

PACKAGES = ("torch", "numpy", "scipy", "sklearn", "sympy")  # what the tests of katas import


def up() -> None:
    """Import torch, pytest and the plugin, run one empty test, so that pytest has its own plugins, and seal it all."""
    import pytest
    import torch

    import pt_kata.runner.child as child
    from pt_kata.seal import judges

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        test = Path(folder, "test_nothing.py")
        test.write_text("def test_nothing(): assert True\n", encoding="utf-8")
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            pytest.main(["-c", str(child.SETTINGS), "--rootdir", folder, str(test)])
    judges()
    settle()


def also(names: Iterable[str]) -> None:
    """Import what an earlier run turned out to need, so far as it is one of the packages that tests use."""
    for name in names:
        if name.partition(".")[0] in PACKAGES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    importlib.import_module(name)
                except Exception:  # made by that run, or not meant to be imported; it is a saving of time, no more
                    continue
    settle()


def settle() -> None:
    """Keep the garbage collector off all that is loaded, so that a fork shares it."""
    gc.collect()
    gc.freeze()
