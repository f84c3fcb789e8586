"""The panels of the digits: which are taken for which, and what the misread ones look like."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from pt_kata.drawing import Theme
from pt_kata.plots.mlp_training.data import PASSES, Digits

COLUMNS, LINES = 3, 3  # of misread digits
TILE = 1.25  # height of a digit and its words, in widths of a tile
SIZE = 0.72  # of a digit


def draw_confusion(axes: Axes, digits: Digits, theme: Theme) -> None:
    """How often each digit is read as which: the diagonal is right."""
    share = f"{digits.share:.1%}".replace("%", " %")
    axes.set_title(
        f"{digits.right} of {digits.total} unseen digits right:\n{share} ({PASSES * 100:.0f} % are asked for)"
    )
    counts = np.array(digits.confusion)
    wrong = np.where(np.eye(10, dtype=bool), 0, counts)
    colors = LinearSegmentedColormap.from_list("wrong", [theme.paper, theme.yours])
    axes.imshow(wrong, cmap=colors, vmin=0, vmax=max(4, int(wrong.max())))
    for (digit, answer), count in np.ndenumerate(counts):
        if count:
            right = digit == answer
            color, weight = (theme.truth, "normal") if right else (theme.ink, "bold")
            axes.text(answer, digit, str(count), ha="center", va="center", fontsize=6.5, color=color, weight=weight)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.tick_params(labelsize=7, length=0)
    axes.spines[["top", "right"]].set_visible(True)
    axes.set_xlabel("read as", labelpad=1)
    axes.set_ylabel("is", labelpad=1)


def draw_misread(axes: Axes, digits: Digits, theme: Theme) -> None:
    """The misread digits, the surest first, as many as there is room for."""
    shown = digits.misread[: COLUMNS * LINES]
    axes.set_title(_title(len(digits.misread), len(shown)))
    axes.set_axis_off()
    colors = LinearSegmentedColormap.from_list("pixels", [theme.paper, theme.ink])
    for place, one in enumerate(shown):
        line, column = divmod(place, COLUMNS)
        left, top = column + (1 - SIZE) / 2, line * TILE
        extent = (left, left + SIZE, top + SIZE, top)
        axes.imshow(
            np.array(one.image).reshape(8, 8), cmap=colors, vmin=0, vmax=16, extent=extent, interpolation="nearest"
        )
        words = one.text.replace(", ", ",\n")
        axes.text(column + 0.5, top + SIZE + 0.06, words, ha="center", va="top", fontsize=7, linespacing=1.0)
    axes.set_xlim(0, COLUMNS)
    axes.set_ylim(LINES * TILE, 0)
    axes.set_aspect("equal")


def _title(every: int, shown: int) -> str:
    if not every:
        return "none was misread"
    return f"{every} misread" + (f", {shown} of them:" if shown < every else ", the surest first:")
