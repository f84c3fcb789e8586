"""Draws the gradients of x²y, the answers of all functions, and the error of central differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from pt_kata.drawing import Theme, figure, grid, legend
from pt_kata.plots.failure import Failure
from pt_kata.plots.manual_gradient.data import (
    Answer,
    Data,
    Errors,
    Gradients,
    Numbers,
    Surface,
    balanced,
    rounding,
    truncation,
)
from pt_kata.plots.panels import failed, noted

LEVELS = (-6, -4, -2, -1, 1, 2, 4, 6)
EDGE = 2.5  # of the plane
LONGEST = 0.8  # of the longest arrow, in units of the axes
FARTHEST = 2  # times the longest true arrow: no other is drawn longer
LOWEST, HIGHEST = 1e-12, 10.0  # of the errors that are drawn
WORDS = 34  # characters of one line of the table
STYLES: dict[str, tuple[Any, str]] = {"float32": ("-", "o"), "float64": ("--", "s")}


def draw(data: Data, theme: Theme) -> Figure:
    """The whole picture."""
    made = figure(theme, 5.9)
    legend(made, "x²y: its slopes, and what differences make of slopes", _marks(theme))
    places = made.add_gridspec(2, 2, height_ratios=(1.2, 1), width_ratios=(1.25, 1))
    _draw_plane(made.add_subplot(places[0, 0]), data, theme)
    _draw_answers(made.add_subplot(places[0, 1]), data, theme)
    _draw_errors(made.add_subplot(places[1, :]), data.errors, theme)
    noted(made, data.notes, theme)
    return made


def _marks(theme: Theme) -> list[Line2D]:
    return [
        Line2D([], [], color=theme.yours, linewidth=1.2, label="your code"),
        Line2D([], [], label="torch's autograd, theory", **_pale(theme)),
    ]


def _pale(theme: Theme) -> dict[str, Any]:
    """The look of what your code is compared with: broad, so that it shows below."""
    return {"color": theme.truth, "linewidth": 4, "alpha": 0.5, "zorder": 1.5}


def _draw_plane(axes: Axes, data: Data, theme: Theme) -> None:
    count = sum(data.gradients.apart)
    words = (
        f"partials wrong at {count} of {len(data.gradients.points)} points"
        if count
        else "value, and partials as arrows"
    )
    axes.set_title(words)
    axes.set_aspect("equal")
    axes.set(xlabel="x", ylabel="y", xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE))
    axes.set_xticks(range(-2, 3))
    axes.set_yticks(range(-2, 3))
    _draw_surface(axes, data.surface, theme)
    _draw_gradients(axes, data.gradients, theme)
    if failures := [one for one in (data.surface.values, data.gradients.hand) if isinstance(one, Failure)]:
        failed(axes, failures, theme)


def _draw_surface(axes: Axes, surface: Surface, theme: Theme) -> None:
    if isinstance(surface.values, Failure):
        return
    heights = np.ma.masked_invalid(np.array(surface.values))
    if heights.count() == 0 or heights.max() < LEVELS[0] or heights.min() > LEVELS[-1] or np.ptp(heights) == 0:
        return
    ramp = LinearSegmentedColormap.from_list("ramp", [theme.paper, theme.grid])
    axes.contourf(surface.xs, surface.ys, heights, levels=LEVELS, cmap=ramp, extend="both")
    crossed = [level for level in LEVELS if heights.min() < level < heights.max()]
    if crossed:
        lines = axes.contour(surface.xs, surface.ys, heights, levels=crossed, colors=theme.ink, linewidths=0.5)
        axes.clabel(lines, fontsize=6, fmt="%g")


def _draw_gradients(axes: Axes, gradients: Gradients, theme: Theme) -> None:
    longest = max(math.hypot(*slope) for slope in gradients.autograd)
    _draw_arrows(axes, gradients.points, gradients.autograd, longest, width=0.016, color=theme.truth, alpha=0.5)
    if not isinstance(gradients.hand, Failure):
        _draw_arrows(axes, gradients.points, gradients.hand, longest, width=0.006, color=theme.yours)


def _draw_arrows(axes: Axes, points: Sequence[Numbers], slopes: Sequence[Numbers], longest: float, **look: Any) -> None:
    """Arrows as long as the slope is steep; a cross where there is none to draw."""
    x, y = np.array(points).T
    arrows = np.array(slopes)
    steep = np.hypot(*arrows.T)
    is_there = np.isfinite(steep)
    shorter = np.minimum(1, FARTHEST * longest / np.maximum(steep[is_there], 1e-30))
    u, v = (arrows[is_there] * shorter[:, None]).T
    scale = longest / LONGEST
    options: dict[str, Any] = {
        "angles": "xy",
        "scale_units": "xy",
        "headwidth": 3,
        "headlength": 3.5,
        "headaxislength": 3,
    }
    axes.quiver(x[is_there], y[is_there], u, v, scale=scale, minlength=0, zorder=4, **options, **look)
    axes.scatter(x[~is_there], y[~is_there], marker="x", s=12, linewidths=1, color=look["color"], zorder=5)


def _draw_answers(axes: Axes, data: Data, theme: Theme) -> None:
    x, y = data.at
    axes.set_title(f"every function at x = {x:g}, y = {y:g}")
    axes.axis("off")
    for row, one in enumerate(data.answers):
        top = 0.97 - row / len(data.answers)
        sign, color = ("✓", theme.ink) if one.is_right else ("✗", theme.yours)
        look: dict[str, Any] = {"va": "top", "fontsize": 7, "color": color, "in_layout": False}
        axes.text(0, top, f"{sign} {one.name}", transform=axes.transAxes, **look)
        axes.text(0.07, top - 0.055, _words(one), transform=axes.transAxes, **look)


def _words(one: Answer) -> str:
    if isinstance(one.found, Failure):
        return shorten(one.found.words, WORDS, placeholder="…")
    words = _listed(one.found) + (f" ({one.about})" if one.about else "")
    return words if one.is_right else f"{words}, right: {_listed(one.right)}"


def _listed(numbers: Numbers) -> str:
    return ", ".join(f"{number:.6g}" for number in numbers)


def _draw_errors(axes: Axes, every: Sequence[Errors], theme: Theme) -> None:
    axes.set_title("central_differences of exp: the error against the step")
    failures = [one for errors in every for one in (errors.errors, errors.own) if isinstance(one, Failure)]
    least = min(one.eps for one in every)
    _set_axes(axes, least)
    grid(axes, theme)
    _draw_theory(axes, every, least, theme)
    for one in every:
        _draw_dtype(axes, one, theme)
    axes.legend(handles=_error_marks(theme), loc="lower left", fontsize=7, framealpha=0.9, facecolor=theme.paper)
    if failures:
        failed(axes, failures, theme)


def _set_axes(axes: Axes, least: float) -> None:
    axes.set(xscale="log", yscale="log", xlim=(least, 1.5), ylim=(LOWEST, HIGHEST))
    axes.set(xlabel="step h", ylabel="largest relative error")
    for axis, low in ((axes.xaxis, -15), (axes.yaxis, -12)):
        powers = range(low, 1, 3)
        axis.set_major_locator(FixedLocator([10.0**power for power in powers]))
        axis.set_minor_locator(NullLocator())
        axis.set_ticklabels([f"1e{power}" if power else "1" for power in powers])


def _draw_theory(axes: Axes, every: Sequence[Errors], least: float, theme: Theme) -> None:
    steps = np.geomspace(least, 1, 50)
    words: dict[str, Any] = {"fontsize": 7, "color": theme.truth}
    axes.plot(steps, [truncation(step) for step in steps], **_pale(theme))
    axes.text(7e-3, 1e-8, "truncation,\nh²/6", va="top", **words)
    for one in every:
        axes.plot(steps, [rounding(step, one.eps) for step in steps], **_pale(theme))
        middle = math.sqrt(one.eps * balanced(one.eps))
        rest = f"rounding, eps/h\nin {one.dtype}"
        axes.text(middle / 10, rounding(middle, one.eps) / 20, rest, ha="right", va="center", **words)
        axes.axvline(balanced(one.eps), color=theme.ink, linewidth=0.7, linestyle="-.")
        axes.text(1.3 * balanced(one.eps), HIGHEST, f"eps^(1/3)\nof {one.dtype}", fontsize=7, va="top")


def _draw_dtype(axes: Axes, one: Errors, theme: Theme) -> None:
    line, mark = STYLES[one.dtype]
    if not isinstance(one.errors, Failure):
        errors = np.clip(one.errors, LOWEST, HIGHEST)
        look: dict[str, Any] = {"linestyle": line, "marker": mark, "markersize": 2.5}
        axes.plot(one.steps, errors, color=theme.yours, linewidth=1, **look)
    if not isinstance(one.own, Failure):
        step, error = np.clip(one.own[0], one.eps, 1), np.clip(one.own[1], LOWEST, HIGHEST)
        axes.plot(step, error, color=theme.yours, marker="*", markersize=11, markeredgecolor=theme.ink, zorder=6)


def _error_marks(theme: Theme) -> list[Line2D]:
    lines = [
        Line2D([], [], color=theme.yours, linewidth=1, linestyle=line, marker=mark, markersize=2.5, label=dtype)
        for dtype, (line, mark) in STYLES.items()
    ]
    look: dict[str, Any] = {"color": theme.yours, "markeredgecolor": theme.ink, "markersize": 8, "linestyle": ""}
    return [*lines, Line2D([], [], marker="*", label="the step it takes itself", **look)]
