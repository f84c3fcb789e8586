"""Draws what the network learned: its scores over the plane, and its losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pt_kata.drawing import Theme, grid
from pt_kata.plots.micrograd.data import Training
from pt_kata.plots.panels import empty, failed

FAR = 2.0  # times the highest loss of torch: what is beyond is not shown
HUGE = 1e9  # scores beyond are all the same to a picture
MARGIN = 1.0


def draw_scores(axes: Axes, training: Training, theme: Theme) -> None:
    """The side of positive scores shaded, the lines of score 0 and of the margin, torch's line, the points."""
    steps = len(training.losses)
    axes.set_title(f"MLP(2, [8, 8, 1]) after {steps} steps" if steps else "MLP(2, [8, 8, 1]), not trained")
    if not training.scores:
        empty(axes, training.scoring, theme)
        return
    axes.set_xlabel("first input", labelpad=1)
    axes.set_ylabel("second input", labelpad=0)
    axes.patch.set(hatch="////", edgecolor=theme.grid)  # seen where there is no score
    found: Any = np.ma.masked_invalid(np.array(training.scores)).clip(-HUGE, HUGE)
    if found.count():
        levels, colors = [-2 * HUGE, 0, 2 * HUGE], [theme.paper, theme.shade]
        axes.contourf(training.across, training.up, found, levels=levels, colors=colors)
    for level in (-MARGIN, MARGIN):
        look = {"linewidths": 0.8, "linestyles": ":"}
        _level(axes, training, found, level, colors=[theme.yours], **look)
    _level(axes, training, found, 0, colors=[theme.yours], linewidths=1.6)
    _level(axes, training, np.ma.array(training.torch_scores), 0, colors=[theme.truth], linewidths=1, linestyles="--")
    _draw_points(axes, training, theme)
    axes.legend(loc="upper left", fontsize=6.5, frameon=False, handletextpad=0.1)


def draw_losses(axes: Axes, training: Training, theme: Theme) -> None:
    """What train returned, over what it should."""
    nodes = f": {training.nodes:,} nodes" if training.nodes else ""
    axes.set_title(f"its loss{nodes}")
    axes.set_xlabel("step", labelpad=1)
    axes.set_ylabel("max_margin_loss")
    grid(axes, theme)
    axes.plot(training.losses, color=theme.yours, linewidth=1.6, marker="o", markersize=2, label="yours")
    axes.plot(training.torch_losses, color=theme.truth, linewidth=1, linestyle="--", label="torch")
    top = FAR * max(training.torch_losses)
    inside = [loss for loss in training.losses if -top < loss < top]
    highest, lowest = (pick([*inside, *training.torch_losses]) for pick in (max, min))
    axes.set_ylim(min(0, 1.1 * lowest), 1.1 * highest)
    axes.set_xlim(-1, len(training.torch_losses))
    axes.legend(loc="best", fontsize=7, frameon=False)
    if training.losing:
        failed(axes, training.losing, theme)
    elif len(inside) < len(training.losses):
        _tell_hidden(axes, training, theme)


def _level(axes: Axes, training: Training, scores: Any, level: float, **look: Any) -> None:
    """The line of one score, where there is one."""
    if scores.count() and scores.min() < level < scores.max():
        lines = axes.contour(training.across, training.up, scores, levels=[level], **look)
        axes.clabel(lines, fmt=f"{level:+g}".replace("-", "\N{MINUS SIGN}"), fontsize=6) if level else None


def _draw_points(axes: Axes, training: Training, theme: Theme) -> None:
    for label, mark, face in ((1, "o", theme.ink), (-1, "^", theme.paper)):
        points = [point for point, own in zip(training.points, training.labels, strict=True) if own == label]
        look: dict[str, Any] = {"markersize": 3.5, "markerfacecolor": face, "markeredgewidth": 0.7}
        name = f"label {label:+}".replace("-", "\N{MINUS SIGN}")
        axes.plot(*zip(*points, strict=True), mark, label=name, markeredgecolor=theme.ink, **look)


def _tell_hidden(axes: Axes, training: Training, theme: Theme) -> None:
    odd = [loss for loss in training.losses if not abs(loss) < np.inf]
    words = "NaN or infinite in part" if odd else f"up to {max(map(abs, training.losses)):.2g}, beyond this panel"
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color=theme.yours, fontsize=7)
