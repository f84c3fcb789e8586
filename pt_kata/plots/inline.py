"""Pictures in the terminal itself, where it can show them."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from functools import cache
from pathlib import Path

from rich.console import Console

WIDTH = 80  # columns


def theme() -> str:
    """The theme that suits where the picture is looked at first: a terminal is dark unless it says that it is not."""
    return "dark" if protocol() and not _is_light() else "light"


@cache
def protocol() -> str:
    """How this terminal takes pictures: ``iterm``, ``sixel``, ``kitty``, or nothing where it does not.

    iTerm is known by its name, the others are asked, and have a tenth of a second for the answer.
    """
    if not (sys.stdout.isatty() and sys.stdin.isatty()) or os.environ.get("TERM") == "dumb":
        return ""
    if os.environ.get("TERM_PROGRAM") == "iTerm.app":
        return "iterm"
    from textual_image import renderable  # asks the terminal as it is imported

    return {renderable.SixelImage: "sixel", renderable.TGPImage: "kitty"}.get(renderable.Image, "")


def show(path: Path) -> None:
    """Show a PNG, or do nothing where the terminal can't."""
    found = protocol()
    if found == "iterm":
        content = b64encode(path.read_bytes()).decode()
        sys.stdout.write(f"\033]1337;File=inline=1;width={WIDTH}:{content}\a\n")
        sys.stdout.flush()
    elif found:
        from textual_image.renderable import Image

        console = Console()
        console.print(Image(path, width=min(WIDTH, console.width)))


def _is_light() -> bool:
    """Whether the terminal says that its background is light: COLORFGBG is "foreground;background"."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
