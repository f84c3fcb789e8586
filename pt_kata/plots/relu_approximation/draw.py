"""Draws curves, their ReLUs, and the error against the number of ReLUs beside its bound."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from pt_kata.drawing import Theme, figure, grid, legend
from pt_kata.plots.failure import Failure
from pt_kata.plots.panels import empty, failed, noted
from pt_kata.plots.relu_approximation.data import Data, Errors, Fit

MARKED = {"linestyle": "", "marker": "o", "markeredgewidth": 0.7}
MARKS = ("o", "s", "^")
WIDER = 0.6  # of the height of a curve, that is shown above and below it at most
FARTHEST = 5  # times the height of a curve: no ReLU is shown farther away
LOWEST, HIGHEST = 1e-6, 60.0  # of the errors that are drawn
MOST = 10**6  # ReLUs that are written as a number
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200)
POWERS = (-6, -5, -4, -3, -2, -1, 0, 1)


def draw(data: Data, theme: Theme) -> Figure:
    """The whole picture."""
    made = figure(theme, 6.4)
    legend(made, "Functions made of ReLUs", _marks(theme))
    upper, lower = made.subfigures(2, 1, height_ratios=(1.15, 1), squeeze=False).flat
    panels = upper.subplots(2, len(data.fits), sharex="col", squeeze=False)
    for number, fit in enumerate(data.fits):
        _draw_sum(panels[0, number], fit, theme)
        _draw_hinges(panels[1, number], fit, theme)
    panels[0, 0].set_ylabel("f and g")
    panels[1, 0].set_ylabel("weight · ReLU")
    _draw_errors(lower.subplots(), data, theme)
    noted(made, data.notes, theme)
    return made


def _marks(theme: Theme) -> list[Line2D]:
    yours: dict[str, Any] = {"color": theme.yours}
    return [
        Line2D([], [], color=theme.truth, linewidth=4, alpha=0.45, label="f, by torch"),
        Line2D([], [], linewidth=1.2, marker="o", markersize=3, label="g, your sum", **yours),
        Line2D([], [], linewidth=0.9, label="a ReLU, weight > 0", **yours),
        Line2D([], [], linewidth=0.9, linestyle="--", label="weight < 0", **yours),
    ]


def _draw_sum(axes: Axes, fit: Fit, theme: Theme) -> None:
    axes.set_title(f"f(x) = {fit.target.name}")
    _set_panel(axes, fit, theme)
    axes.plot(fit.xs, fit.ys, color=theme.truth, linewidth=4, alpha=0.45, solid_capstyle="butt")
    low, high = min(fit.ys), max(fit.ys)
    if isinstance(fit.total, Failure):
        return failed(axes, [fit.total], theme)
    axes.plot(fit.xs, fit.total, color=theme.yours, linewidth=1.2)
    at = [(x, y) for x, y in zip(fit.xs, fit.total, strict=True) if x in fit.knots]
    axes.plot(*zip(*at, strict=True), color=theme.yours, linestyle="", marker="o", markersize=3)
    room = WIDER * (high - low)
    return _set_height(axes, [low, high, *fit.total], low - room, high + room)


def _draw_hinges(axes: Axes, fit: Fit, theme: Theme) -> None:
    axes.set_xlabel("x")
    if isinstance(fit.weighted, Failure):
        return empty(axes, [fit.weighted], theme)
    _set_panel(axes, fit, theme)
    axes.axhline(0, color=theme.ink, linewidth=0.6)
    for knot, values in zip(fit.knots[:-1], fit.weighted, strict=True):
        line = "--" if np.nansum(values) < 0 else "-"
        axes.plot(fit.xs, values, color=theme.yours, linewidth=0.9, linestyle=line)
        axes.plot(knot, 0, color=theme.yours, marker="o", markersize=3)
    known = fit.weights
    axes.set_title("no weights yet" if isinstance(known, Failure) else f"g = {known.bias:.2g} + these")
    height = max(fit.ys) - min(fit.ys)
    least = 0.02 * height  # where all of them are 0
    shown = chain((-least, least), *fit.weighted)
    return _set_height(axes, shown, -FARTHEST * height, FARTHEST * height)


def _set_panel(axes: Axes, fit: Fit, theme: Theme) -> None:
    """Lines at the knots, and no more numbers than there is room for."""
    axes.set_xlim(fit.xs[0], fit.xs[-1])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10)))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10)))
    axes.tick_params(labelsize=7)
    for knot in fit.knots:
        axes.axvline(knot, color=theme.grid, linewidth=0.6, zorder=0)


def _set_height(axes: Axes, values: Iterable[float], lowest: float, highest: float) -> None:
    """Show all values that lie between ``lowest`` and ``highest``."""
    seen = [min(max(value, lowest), highest) for value in values if math.isfinite(value)]
    room = 0.06 * (max(seen) - min(seen))
    axes.set_ylim(min(seen) - room, max(seen) + room)


def _draw_errors(axes: Axes, data: Data, theme: Theme) -> None:
    axes.set_title(_sentence(data.errors))
    every = [one for errors in data.errors for one in (errors.found, errors.needed) if isinstance(one, Failure)]
    if all(isinstance(errors.found, Failure) for errors in data.errors):
        return empty(axes, every, theme)
    _set_axes(axes, data, theme)
    for mark, errors in zip(MARKS, data.errors, strict=False):
        _draw_line(axes, errors, mark, data.tolerance, theme)
    axes.legend(handles=_error_marks(theme), loc="upper right", fontsize=7, framealpha=0.9, facecolor=theme.paper)
    return failed(axes, every, theme) if every else None


def _sentence(every: Sequence[Errors]) -> str:
    wrong = [f"{errors.target.name} ({len(errors.wrong)} of {len(errors.counts)})" for errors in every if errors.wrong]
    return f"largest_error is wrong for {', '.join(wrong)}" if wrong else "twice the ReLUs make a quarter of the error"


def _set_axes(axes: Axes, data: Data, theme: Theme) -> None:
    counts = data.errors[0].counts
    axes.set(xscale="log", yscale="log", xlim=(0.85, 1.6 * counts[-1]), ylim=(LOWEST, HIGHEST))
    axes.set(xlabel="number of ReLUs", ylabel="largest error")
    axes.xaxis.set_major_locator(FixedLocator(COUNTS))
    axes.set_xticks(COUNTS, [str(count) for count in COUNTS])
    axes.set_yticks([10.0**power for power in POWERS], [f"{10.0**power:g}".replace("e-0", "e-") for power in POWERS])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    grid(axes, theme)
    axes.axhline(data.tolerance, color=theme.ink, linewidth=0.8, linestyle="-.")
    axes.text(
        1.5 * counts[-1], 1.15 * data.tolerance, f"tolerance {data.tolerance:g}", fontsize=7, va="bottom", ha="right"
    )


def _draw_line(axes: Axes, errors: Errors, mark: str, tolerance: float, theme: Theme) -> None:
    bound, right, found, _ = _look(theme).values()
    bounds = [errors.target.bound(count) for count in errors.counts]
    axes.plot(errors.counts, bounds, **bound)
    axes.text(1.1 * errors.counts[-1], bounds[-1], errors.target.name, fontsize=7, va="center")
    axes.plot(errors.counts, errors.right, **{**right, "marker": mark})
    if not isinstance(errors.found, Failure):
        axes.plot(errors.counts, np.clip(errors.found, LOWEST, HIGHEST), clip_on=False, **{**found, "marker": mark})
    if not isinstance(errors.needed, Failure):
        _draw_needed(axes, errors, errors.needed, tolerance, theme)


def _draw_needed(axes: Axes, errors: Errors, needed: int, tolerance: float, theme: Theme) -> None:
    """A star on the tolerance, and how many that is below it."""
    at = min(max(needed, 1), errors.counts[-1])
    axes.plot([at, at], [LOWEST, tolerance], color=theme.yours, linewidth=0.7, linestyle=":")
    axes.plot(at, tolerance, zorder=6, **_look(theme)["relus_needed"])
    words = f"{needed}" if abs(needed) < MOST else "millions"
    axes.text(1.04 * at, 1.4 * LOWEST, words, fontsize=7, color=theme.yours, va="bottom")


def _look(theme: Theme) -> dict[str, dict[str, Any]]:
    """Of what is drawn into the panel of the errors."""
    return {
        "bound h²/8 · max |f''|": {"color": theme.truth, "linewidth": 1},
        "straight lines by torch": {**MARKED, "color": theme.truth, "fillstyle": "none", "markersize": 6},
        "largest_error": {**MARKED, "color": theme.yours, "markersize": 3},
        "relus_needed": {**MARKED, "color": theme.yours, "marker": "*", "markersize": 9, "markeredgecolor": theme.ink},
    }


def _error_marks(theme: Theme) -> list[Line2D]:
    return [Line2D([], [], label=label, **look) for label, look in _look(theme).items()]
