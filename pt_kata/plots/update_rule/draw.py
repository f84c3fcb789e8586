"""Draws the ways down the valley, the fits, and the first and last steps of both tables."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from pt_kata.drawing import ROW, Theme, figure, grid, legend
from pt_kata.plots.panels import failed, noted
from pt_kata.plots.update_rule.data import Data, Descent, Fit, Point, valley

ALONG, ACROSS = (-4.6, 1.6), (-1.15, 1.15)  # the part of the valley that is drawn
LEVELS = (0, 0.5, 2, 8, 18, 32)
FAR = 1e4  # what lies beyond is drawn at the edge
STYLES: tuple[tuple[Any, str], ...] = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ((0, (5, 1, 1, 1, 1, 1)), "v"))
LEFT = -0.2  # edge of the names in a table
RIGHT = (0.25, 0.42, 0.59, 0.66, 0.82, 0.98)  # edges of its columns
SHOWN = (0, 1, 3, 8)  # steps whose lines are drawn, besides the last


def draw(data: Data, theme: Theme) -> Figure:
    """The whole picture."""
    lines = max(len(fit.columns) if fit.rows else 0 for fit in (data.line, data.noise))
    made = figure(theme, 6.3 + ROW * lines)
    legend(made, "Update rules: down a valley, and to the weights of a fit", _marks(theme))
    places = made.add_gridspec(4, 6, height_ratios=(1.5, 1.5, 1.5, ROW * lines + 0.01))
    for number, one in enumerate(data.descents):
        _draw_path(made.add_subplot(places[0, 2 * number : 2 * number + 2]), one, number == 0, theme)
    _draw_losses(made.add_subplot(places[1, :3]), data.descents, theme)
    _draw_lines(made.add_subplot(places[1, 3:]), data, theme)
    for place, fit in enumerate((data.line, data.noise)):
        columns = slice(3 * place, 3 * place + 3)
        _draw_curves(made.add_subplot(places[2, columns]), fit, theme)
        _draw_table(made.add_subplot(places[3, columns]), fit, lines, theme)
    noted(made, data.notes, theme)
    return made


def extras(data: Data, theme: Theme) -> dict[str, bytes]:
    """The whole tables of both fits."""
    fits = {".csv": data.line, "-noise.csv": data.noise}
    return {end: _csv(fit) for end, fit in fits.items() if fit.rows}


def _csv(fit: Fit) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([fit.columns, *(row.cells for row in fit.rows)])
    return file.getvalue().encode()


def _marks(theme: Theme) -> list[Line2D]:
    return [
        Line2D([], [], color=theme.yours, linewidth=1.2, label="your code"),
        Line2D([], [], label="the formula, the least loss", **_pale(theme)),
    ]


def _pale(theme: Theme) -> dict[str, Any]:
    """The look of what your code is compared with: broad, so that it shows below."""
    return {"color": theme.truth, "linewidth": 4, "alpha": 0.45, "solid_capstyle": "butt", "zorder": 1.5}


def _draw_path(axes: Axes, one: Descent, is_first: bool, theme: Theme) -> None:
    axes.set_title(one.words)
    x, y = np.meshgrid(np.linspace(*ALONG, 80), np.linspace(*ACROSS, 80))
    ramp = LinearSegmentedColormap.from_list("ramp", [theme.grid, theme.paper])
    axes.contourf(x, y, valley(x, y), levels=LEVELS, cmap=ramp, extend="max")
    axes.contour(x, y, valley(x, y), levels=LEVELS[1:], colors=theme.ink, linewidths=0.3)
    axes.plot(0, 0, marker="+", color=theme.ink, markersize=7)
    axes.plot(*_places(one.truth), **_pale(theme))
    axes.plot(*_places(one.path), color=theme.yours, linewidth=0.9, marker="o", markersize=2)
    axes.set(xlim=ALONG, ylim=ACROSS, xlabel="w1", ylabel="w2" if is_first else "")
    axes.set_xticks((-4, -2, 0))
    axes.tick_params(labelleft=is_first)
    if one.failure:
        failed(axes, [one.failure], theme)


def _places(path: Sequence[Point]) -> np.ndarray[Any, Any]:
    return _bounded(np.array(path)).T


def _bounded(values: Any) -> np.ndarray[Any, Any]:
    numbers: np.ndarray[Any, Any] = np.asarray(values, dtype=float)
    return numbers.clip(-FAR, FAR)


def _draw_losses(axes: Axes, descents: Sequence[Descent], theme: Theme) -> None:
    axes.set_title("the valley: loss by step")
    low = min(min(one.true_losses) for one in descents) / 3
    high = max(max(one.true_losses) for one in descents) * 8
    axes.set(yscale="log", ylim=(low, high), xlabel="step", ylabel="loss")
    powers = range(math.ceil(math.log10(low)), math.ceil(math.log10(high)))
    axes.yaxis.set_major_locator(FixedLocator([10.0**power for power in powers]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticklabels([f"{10.0**power:g}" for power in powers])
    grid(axes, theme)
    for one, (line, mark) in zip(descents, STYLES, strict=False):
        axes.plot(one.true_losses, **_pale(theme))
        look: dict[str, Any] = {"linestyle": line, "marker": mark, "markersize": 3, "markevery": 5}
        losses = np.clip(one.losses, low / 10, high * 10)
        axes.plot(losses, color=theme.yours, linewidth=1, label=one.words.partition(",")[0], **look)
    _legend(axes, theme, "upper right")


def _legend(axes: Axes, theme: Theme, place: Any, columns: int = 1) -> None:
    look: dict[str, Any] = {"borderpad": 0.3, "labelspacing": 0.2, "handlelength": 2.6, "columnspacing": 1}
    axes.legend(loc=place, ncols=columns, framealpha=0.85, facecolor=theme.paper, fontsize=7, **look)


def _draw_lines(axes: Axes, data: Data, theme: Theme) -> None:
    axes.set_title("the line fit: its line, step by step")
    axes.set(xlabel="x", ylabel="y", xlim=(-1.1, 2.1), ylim=(-6, 4.2))
    grid(axes, theme)
    axes.plot(*_places(data.points), linestyle="", marker="o", markersize=2.2, color=theme.ink, zorder=3)
    ends = np.array(axes.get_xlim())
    slope, bias = data.line.right
    axes.plot(ends, slope * ends + bias, **_pale(theme))
    last = len(data.line.rows) - 1
    steps = sorted({step for step in (*SHOWN, last) if 0 <= step <= last})
    for step, (line, _) in zip(steps, reversed(STYLES[: len(steps)]), strict=True):
        slope, bias = _bounded(data.line.rows[step].params)
        axes.plot(ends, slope * ends + bias, color=theme.yours, linestyle=line, linewidth=1, label=f"step {step}")
    if data.line.failures:
        failed(axes, data.line.failures, theme)
    else:
        _legend(axes, theme, "lower right")


def _draw_curves(axes: Axes, fit: Fit, theme: Theme) -> None:
    axes.set_title(f"{'noise inputs' if fit.blur else 'the line fit'}: {fit.optimizer}")
    axes.set(xlabel="step", ylabel="weights and bias", xlim=(-0.05 * fit.steps, 1.05 * fit.steps), ylim=_limits(fit))
    grid(axes, theme)
    every = max(1, len(fit.rows) // 6)
    for name, right, (line, mark) in zip(fit.names, fit.right, STYLES, strict=False):
        if not name.startswith("noise"):
            axes.axhline(right, **_pale(theme))
        look: dict[str, Any] = {"linestyle": line, "marker": mark, "markersize": 3, "markevery": every}
        axes.plot(_bounded(fit.curve(name)), color=theme.yours, linewidth=1, label=name, **look)
    if fit.blur:
        axes.axhspan(-fit.blur, fit.blur, color=theme.truth, alpha=0.45, linewidth=0, label="0 ± sigma/√n")
    if fit.failures:
        failed(axes, fit.failures, theme)
    else:
        _legend(axes, theme, "lower right" if fit.blur else "center right", columns=2)


def _limits(fit: Fit) -> Point:
    """The ends of an axis that holds where the weights start and where they should end."""
    values = [0.0, *fit.right, *(fit.rows[0].params if fit.rows else ())]
    there = [value for value in values if abs(value) < FAR]
    low, high = min(there), max(there)
    return low - (0.85 if fit.blur else 0.35) * (high - low), high + 0.25 * (high - low)


def _draw_table(axes: Axes, fit: Fit, lines: int, theme: Theme) -> None:
    axes.axis("off")
    if not fit.rows:
        return
    every = list(range(len(fit.rows)))
    steps: list[int | None] = [*every] if len(every) <= 5 else [*every[:3], None, *every[-2:]]
    for number, column in enumerate(fit.columns):
        values = ["…" if step is None else _number(fit.rows[step].cells[number]) for step in steps]
        _draw_row(axes, 1 - number / lines, column, values, "normal" if number else "bold", theme)


def _draw_row(axes: Axes, top: float, name: str, values: Sequence[str], weight: str, theme: Theme) -> None:
    look: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "fontsize": 7, "in_layout": False}
    axes.text(LEFT, top, name, color=theme.ink, weight=weight, **look)
    for right, value in zip(RIGHT, values, strict=False):
        axes.text(right, top, value, ha="right", color=theme.ink, weight=weight, **look)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    if abs(value) >= 100:
        return f"{value:.0f}" if abs(value) < 1e4 else f"{value:.0e}"
    return f"{round(value, 2) + 0.0:.2f}"  # never -0.00
