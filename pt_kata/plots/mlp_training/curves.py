"""The panel of the losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pt_kata.drawing import Theme, grid
from pt_kata.plots.mlp_training.data import Training
from pt_kata.plots.panels import empty

TRAIN: Literal["--"] = "--"
VALIDATION: Literal["-"] = "-"
ROOM = 0.08  # of the height, above and below


def marks(theme: Theme) -> list[Line2D]:
    """What the legend says of this panel."""
    return [
        Line2D([], [], color=theme.yours, linewidth=1.1, linestyle=TRAIN, label="training loss"),
        Line2D([], [], color=theme.yours, linewidth=1.1, linestyle=VALIDATION, label="validation loss"),
        Line2D([], [], color=theme.truth, linestyle="", marker="o", markersize=2.2, label="true row mean"),
        Line2D([], [], color=theme.truth, linewidth=0.9, linestyle=":", label="noise floor"),
        Line2D([], [], color=theme.ink, linestyle="", marker="*", markersize=7, label="best epoch"),
    ]


def draw_losses(axes: Axes, training: Training, theme: Theme, upto: int | None = None) -> None:
    """Both losses over the epochs, of which ``upto`` leaves out the later ones."""
    axes.set_title(_title(training) if upto is None else "training (dashed) and validation")
    if not training.stopped:
        empty(axes, training.failures or training.every_failure, theme)
        return
    shown = training.stopped if upto is None else upto
    _frame(axes, training, theme)
    for counted in (training.counted_train, training.counted_validation):
        _line(axes, counted[:shown], color=theme.truth, linestyle="", marker="o", markersize=2.2)
    for losses, style in ((training.train, TRAIN), (training.validation, VALIDATION)):
        _line(axes, losses[:shown], color=theme.yours, linestyle=style, linewidth=1.1)
    if not any(map(math.isfinite, (*training.train, *training.validation))):
        axes.text(0.5, 0.7, "no loss is a number", transform=axes.transAxes, ha="center", fontsize=7, color=theme.yours)
    if 0 < training.best <= shown:
        axes.axvline(training.best, color=theme.ink, linewidth=0.6, zorder=1)
        least = training.validation[training.best - 1]
        axes.plot([training.best], [least], color=theme.ink, marker="*", markersize=7, clip_on=False, zorder=5)


def _title(training: Training) -> str:
    if not training.stopped:
        return "loss"
    best = f"best epoch {training.best}" if training.best else "no best epoch"
    end = f"{training.stopped} without fit" if training.is_by_hand else f"stopped at {training.stopped}"
    return f"{best}, {end}"


def _frame(axes: Axes, training: Training, theme: Theme) -> None:
    grid(axes, theme)
    axes.set_xlabel("epoch", labelpad=1)
    axes.set_ylabel("mean loss per row (nats)", labelpad=2)
    axes.tick_params(labelsize=7)
    axes.set_xlim(0, training.stopped + 1)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    floor = training.points.floor
    low, high = _ends([*training.train, *training.validation, *training.counted_validation, floor])
    axes.set_ylim(low, high)
    axes.axhline(floor, color=theme.truth, linewidth=0.9, linestyle=":", zorder=1)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite), max(finite)
    room = ROOM * (high - low) or 0.1
    return low - room, high + room


def _line(axes: Axes, losses: Sequence[float], **look: Any) -> None:
    axes.plot(range(1, len(losses) + 1), losses, **look)
