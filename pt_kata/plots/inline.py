"""Pictures in the terminal itself, where it can show them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def theme() -> str:
    """The theme that suits where the picture is looked at first: a terminal is dark unless it says that it is not."""
    return "dark" if protocol() and not _is_light() else "light"


def protocol() -> str:
    """How this terminal takes pictures: ``kitty``, ``iterm``, ``sixel``, or not at all."""
    if not sys.stdout.isatty():
        return ""
    return ""


def show(path: Path) -> None:
    """Show a PNG, or do nothing where the terminal can't."""


def _is_light() -> bool:
    """Whether the terminal says that its background is light: COLORFGBG is "foreground;background"."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
