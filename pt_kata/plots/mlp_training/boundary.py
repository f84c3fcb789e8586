"""The panels of the plane: what the network says of each place, the rule, and the points."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.lines import Line2D

from pt_kata.drawing import Theme
from pt_kata.plots.mlp_training.data import Points, Rows, Training
from pt_kata.plots.panels import empty

LEVELS = 10
PALE = 0.5  # of the colour of a point
MARKERS = ("^", "o")  # of label 0 and 1


def marks(theme: Theme) -> list[Line2D]:
    """What the legend says of these panels."""
    points = [
        Line2D([], [], color=color, linestyle="", marker=marker, markersize=4, label=f"label {label}")
        for label, (marker, color) in enumerate(zip(MARKERS, theme.others, strict=False))
    ]
    ring = Line2D([], [], color=theme.ink, linestyle="", marker="o", markersize=4, markerfacecolor="none")
    ring.set_markeredgewidth(0.7)
    ring.set_label("kept apart")
    return [
        *points,
        ring,
        Line2D([], [], color=theme.yours, linewidth=1.4, label="boundary: 50 %"),
        Line2D([], [], color=theme.truth, linewidth=1, linestyle="--", label="the true rule"),
    ]


def draw_final(axes: Axes, training: Training, theme: Theme) -> None:
    """The plane as the network has it in the end, with the points."""
    axes.set_title(ending(training))
    if training.problem_failures or not training.final:
        empty(axes, training.problem_failures or training.failures, theme)
        return
    draw_plane(axes, training, training.final, theme)
    draw_points(axes, training.points, theme)
    axes.set_xlabel("x1", labelpad=1)
    axes.set_ylabel("x2", labelpad=0)
    axes.tick_params(labelsize=7)


def ending(training: Training) -> str:
    """Which weights the network has after the training."""
    if not training.final:
        return "decision boundary"
    if training.is_by_hand:
        return f"after {training.stopped} epochs"
    if training.held is None:
        return "after fit: weights of no epoch"
    words = "untrained" if training.held == 0 else f"weights of epoch {training.held}"
    best = "" if training.held == training.best or not training.best else f", not {training.best}"
    return f"after fit: {words}{best}"


def draw_small(axes: Axes, training: Training, number: int, theme: Theme) -> None:
    """The plane at one epoch."""
    one = training.boundaries[number]
    axes.set_title(when(one.epoch), fontsize=7, pad=2)
    draw_plane(axes, training, one.chances, theme)
    axes.set_xticks([])
    axes.set_yticks([])


def when(epoch: int) -> str:
    """The words for an epoch."""
    return f"epoch {epoch}" if epoch else "untrained"


def draw_plane(axes: Axes, training: Training, chances: Rows, theme: Theme) -> None:
    """The probabilities as shades, the boundary and the rule as lines."""
    shown = np.ma.masked_invalid(np.array(chances))
    axes.set_aspect("equal")
    axes.set_xlim(training.across[0], training.across[-1])
    axes.set_ylim(training.up[0], training.up[-1])
    axes.axhline(0, color=theme.truth, linewidth=1, linestyle="--", zorder=3)
    axes.axvline(0, color=theme.truth, linewidth=1, linestyle="--", zorder=3)
    if not shown.count():
        box = {"facecolor": theme.paper, "edgecolor": "none", "pad": 1}
        axes.text(0.15, 0.75, "NaN", transform=axes.transAxes, bbox=box, zorder=5, fontsize=7, color=theme.yours)
        return
    colors = _colors(theme)
    levels = np.linspace(0, 1, LEVELS + 1)
    axes.contourf(training.across, training.up, shown, levels, cmap=colors, vmin=0, vmax=1, zorder=0)
    if shown.min() < 0.5 < shown.max():
        axes.contour(training.across, training.up, shown, [0.5], colors=[theme.yours], linewidths=1.4, zorder=4)


def _colors(theme: Theme) -> LinearSegmentedColormap:
    """From label 0 to label 1, pale enough for points to stand out."""
    paper = np.array(to_rgb(theme.paper))
    zero, one = (paper + PALE * (np.array(to_rgb(color)) - paper) for color in theme.others[:2])
    return LinearSegmentedColormap.from_list("labels", [zero, paper, one])


def draw_points(axes: Axes, points: Points, theme: Theme) -> None:
    """Each point by its label, those that were kept apart with a ring."""
    places, labels, apart = np.array(points.places), np.array(points.labels), np.array(points.kept_apart)
    for label, marker in enumerate(MARKERS):
        for is_apart, edge in ((False, "none"), (True, theme.ink)):
            chosen = ((labels > 0.5) == bool(label)) & (apart == is_apart)
            axes.scatter(
                places[chosen, 0],
                places[chosen, 1],
                s=7,
                marker=marker,
                color=theme.others[label],
                edgecolors=edge,
                linewidths=0.5,
                zorder=2,
            )
