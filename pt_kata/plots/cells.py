"""Boxes with something in them, which tensors, shapes and storages are drawn as."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import TextWrapper

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from pt_kata.drawing import Theme
from pt_kata.plots.failure import Failure

HATCH = "////"
SIZE = 7.0  # points of the text in a box
LETTERS = 17  # of this size, in an inch


@dataclass(frozen=True)
class Look:
    """What a box looks like; nothing stands for the paper and for ink."""

    face: str | tuple[float, float, float] = ""
    edge: str = ""
    text: str = ""
    hatch: str = ""
    line: str = "-"
    width: float = 0.6
    size: float = SIZE
    weight: str = "normal"


def box(
    axes: Axes, place: tuple[float, float], text: str, look: Look, theme: Theme, size: tuple[float, float] = (1.0, 1.0)
) -> None:
    """Draw a box of this size, its upper left corner at ``place``, on axes whose y runs down."""
    (x, y), (width, height) = place, size
    face = look.face or theme.paper
    if look.hatch:
        lines = tint(theme.ink, theme)
        axes.add_patch(Rectangle(place, width, height, facecolor=face, edgecolor=lines, hatch=look.hatch, linewidth=0))
    frame = Rectangle(place, width, height, edgecolor=look.edge or theme.ink, linewidth=look.width)
    frame.set(facecolor="none" if look.hatch else face, linestyle=look.line)
    axes.add_patch(frame)
    around = {"facecolor": face, "edgecolor": "none", "boxstyle": "round,pad=0.12"} if look.hatch else None
    axes.text(
        x + width / 2,
        y + height / 2,
        text,
        ha="center",
        va="center_baseline",
        color=look.text or theme.ink,
        fontsize=look.size,
        fontweight=look.weight,
        bbox=around,
    )


def canvas(axes: Axes, width: float, height: float) -> None:
    """Make ``axes`` a sheet without ticks whose y runs down."""
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")


def tint(color: str, theme: Theme, share: float = 0.25) -> tuple[float, float, float]:
    """So much of a color on paper."""
    red, green, blue = (
        paper + share * (strong - paper) for strong, paper in zip(to_rgb(color), to_rgb(theme.paper), strict=True)
    )
    return red, green, blue


def short(value: float) -> str:
    """A number in at most five signs or so."""
    if not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "NaN")
    if value == round(value) and abs(value) < 1e5:
        return f"{round(value)}"
    return f"{value:.2f}" if 0.005 <= abs(value) < 100 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def why(failure: Failure, inches: float, lines: int) -> str:
    """The words of a failure whose function is named beside, in so many lines."""
    place = f"line {failure.line} " if failure.line else ""
    wrapper = TextWrapper(max(8, int(inches * LETTERS)), max_lines=lines, placeholder="…", break_long_words=True)
    return wrapper.fill(f"{place}{failure.words}")
