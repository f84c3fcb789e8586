"""What the pictures of katas have in common besides their theme: failures and notes drawn where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pt_kata.drawing import WIDTH, Theme
from pt_kata.plots.failure import Failure

CHARACTERS = 15  # of the smallest text, in an inch


def failed(axes: Axes, failures: Sequence[Failure], theme: Theme) -> None:
    """Say on a panel that has nothing else to show, or on what it shows, which functions failed and why."""
    wide = axes.get_position().width * WIDTH
    words = "\n".join(fill(one.text, max(20, int(wide * CHARACTERS))) for one in dict.fromkeys(failures))
    axes.text(
        0.5,
        0.5,
        words,
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=7,
        color=theme.yours,
        bbox={"facecolor": theme.paper, "edgecolor": theme.yours, "boxstyle": "round,pad=0.5", "linewidth": 0.8},
        zorder=10,
    )


def empty(axes: Axes, failures: Sequence[Failure], theme: Theme) -> None:
    """A panel for which there is nothing but failures: no axes, and why."""
    axes.set_xticks([])
    axes.set_yticks([])
    failed(axes, failures, theme)


def noted(made: Figure, notes: Sequence[str], theme: Theme) -> None:
    """Write what a reader should know below the picture."""
    if notes:
        words = fill("; ".join(notes), int(WIDTH * CHARACTERS))
        made.supxlabel(words, fontsize=7, color=theme.yours, x=0.01, ha="left")
