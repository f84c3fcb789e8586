"""pt_kata: learn PyTorch from the inside, one assertion at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext pt_kata``: katas in a notebook."""
    from pt_kata.notebook.magic import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext pt_kata``."""
    from pt_kata.notebook.magic import unload

    unload(shell)
