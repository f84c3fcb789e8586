"""Draws losses by logit, a gradient as a heat map, and every function at logits far apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from pt_kata.drawing import Theme, figure, grid, legend
from pt_kata.plots.cross_entropy.data import (
    Answer,
    Curve,
    Data,
    Difference,
    Gradient,
    Numbers,
    gaps,
    kind_of,
)
from pt_kata.plots.failure import Failure
from pt_kata.plots.panels import empty, failed, noted

LOWEST, HIGHEST = -8.0, 130.0  # of the losses that are drawn
XLABEL = "z, the logit of the right class; the other is 0. naive: -log(exp(z) / (exp(z) + 1)) in the dtype"
MOST = 4  # crosses on one line
DARK, LIGHT = "#1f2328", "#ffffff"  # on the colours of a map, which are the same in both themes
SHORT = 16  # characters of a failure that fits into a title
HALF = 0.5  # of a cell
WORDS = 38  # characters of one cell of the table
NARROW = 26  # the same, beside the map
COLUMNS = (0.0, 0.4, 0.8)  # of the table: function, yours, torch's
NAIVE: dict[str, Any] = {"linestyle": (0, (2.5, 1.5)), "linewidth": 1.1}


def draw(data: Data, theme: Theme) -> Figure:
    """The whole picture."""
    made = figure(theme, 6.9)
    legend(made, "Cross-entropy: where the loss holds, and its gradient", _marks(theme))
    upper, middle, lower = made.subfigures(3, 1, height_ratios=(1.2, 1.1, 0.8), squeeze=False)[:, 0]
    for axes, curve in zip(upper.subplots(1, len(data.curves), sharey=True), data.curves, strict=True):
        _draw_curve(axes, curve, theme)
    upper.axes[0].set_ylabel("loss (nats)")
    upper.supxlabel(XLABEL, fontsize=7)
    heat, beside = middle.subplots(1, 2, width_ratios=(1.5, 1))
    _draw_gradient(heat, data.gradient, theme)
    _draw_differences(beside, data.gradient, theme)
    _draw_answers(lower.subplots(), data.answers, theme)
    noted(made, data.notes, theme)
    return made


def _marks(theme: Theme) -> list[Line2D]:
    return [
        Line2D([], [], color=theme.yours, linewidth=1.2, label="your cross_entropy"),
        Line2D([], [], color=theme.truth, linewidth=4, alpha=0.45, label="torch's, in float64"),
        Line2D([], [], color=theme.ink, label="naive way, by this picture", **NAIVE),
    ]


def _draw_curve(axes: Axes, curve: Curve, theme: Theme) -> None:
    axes.set_title(f"{curve.dtype}\n{_verdict(curve)}")
    axes.set(xlim=(curve.zs[0], curve.zs[-1]), ylim=(LOWEST, HIGHEST))
    axes.set_xticks([-100, 0, 100])
    axes.set_yticks([0, 50, 100])
    grid(axes, theme)
    axes.plot(curve.zs, curve.truth, color=theme.truth, linewidth=4, alpha=0.45, solid_capstyle="butt")
    if not isinstance(curve.yours, Failure):
        _draw_losses(axes, curve.zs, curve.yours, 7, {"color": theme.yours, "linewidth": 1.2})
    if not isinstance(curve.naive, Failure):
        _draw_losses(axes, curve.zs, curve.naive, 5, {"color": theme.ink, **NAIVE})
    failures = [one for one in (curve.yours, curve.naive) if isinstance(one, Failure) and len(one.words) > SHORT]
    if failures:
        failed(axes, failures, theme)
    elif not isinstance(curve.naive, Failure):
        _name_gaps(axes, curve.zs, curve.naive, theme)


def _verdict(curve: Curve) -> str:
    if isinstance(curve.yours, Failure):
        return f"yours: {curve.yours.words if len(curve.yours.words) <= SHORT else 'fails'}"
    lost = sum(not math.isfinite(loss) for loss in curve.yours)
    count, words = (lost, "not finite") if lost else (len(curve.wrong), "wrong")
    return f"yours: {count / len(curve.zs):.0%} {words}" if count else "yours: right everywhere"


def _draw_losses(axes: Axes, zs: Numbers, losses: Numbers, size: float, look: dict[str, Any]) -> None:
    """A line, and a cross where it ends because the next loss is not finite."""
    finite = np.where(np.isfinite(losses), losses, np.nan)
    axes.plot(zs, np.clip(finite, 2 * LOWEST, 2 * HIGHEST), **look)
    is_lost = np.pad(np.isnan(finite), 1)
    is_end = ~is_lost[1:-1] & (is_lost[:-2] | is_lost[2:])
    ends = np.flatnonzero(is_end)[:MOST]
    axes.plot(
        np.array(zs)[ends], finite[ends], "x", color=look["color"], markersize=size, markeredgewidth=1.5, zorder=5
    )


def _name_gaps(axes: Axes, zs: Numbers, losses: Numbers, theme: Theme) -> None:
    """Say on both sides what the naive way gives there."""
    for gap in gaps(zs, losses):
        if gap.first == zs[0]:
            _point_at(axes, gap.last, f"naive: {gap.kind}\nat z ≤ {gap.last:g}", (0.42, 0.97), zs, losses, theme)
        elif gap.last == zs[-1]:
            _point_at(axes, gap.first, f"naive: {gap.kind}\nat z ≥ {gap.first:g}", (0.55, 0.5), zs, losses, theme)


def _point_at(
    axes: Axes, z: float, words: str, at: tuple[float, float], zs: Numbers, losses: Numbers, theme: Theme
) -> None:
    """Words with a line to the last loss before a gap that begins at ``z``."""
    finite = [(abs(other - z), other, loss) for other, loss in zip(zs, losses, strict=True) if math.isfinite(loss)]
    if not finite:
        return
    look: dict[str, Any] = {"arrowprops": {"arrowstyle": "-", "color": theme.ink, "linewidth": 0.5, "shrinkB": 4}}
    _, x, y = min(finite)
    axes.annotate(words, (x, y), at, textcoords="axes fraction", fontsize=7, va="top", zorder=6, **look)


def _draw_gradient(axes: Axes, gradient: Gradient, theme: Theme) -> None:
    axes.set_title("cross_entropy_gradient: (softmax - one-hot) / n")
    if isinstance(gradient.found, Failure):
        return empty(axes, [gradient.found], theme)
    found = np.ma.masked_invalid(np.array(gradient.found))
    most = max(float(np.abs(gradient.right).max()), 1e-30)
    scale = Normalize(-most, most)
    axes.set_facecolor(theme.shade)
    image = axes.imshow(found, cmap="PuOr", norm=scale, aspect="auto")
    axes.set_xticks(range(found.shape[1]), [f"class {column}" for column in range(found.shape[1])])
    axes.set_yticks(range(len(found)), [_sample(*pair) for pair in zip(gradient.logits, gradient.about, strict=True)])
    axes.tick_params(length=0, labelsize=7)
    _write_cells(axes, gradient, lambda number: image.cmap(scale(number)), theme)
    for row, target in enumerate(gradient.targets):
        _outline(axes, target, row)
    _write_sums(axes, gradient.sums)


def _write_cells(axes: Axes, gradient: Gradient, color_of: Callable[[float], Any], theme: Theme) -> None:
    if isinstance(gradient.found, Failure):
        return
    wrong = gradient.wrong
    for row, numbers in enumerate(gradient.found):
        for column, number in enumerate(numbers):
            color = _readable(color_of(number)) if math.isfinite(number) else theme.ink
            right = gradient.right[row][column] if (row, column) in wrong else None
            axes.text(column, row, _cell(number, right), ha="center", va="center", fontsize=7, color=color)


def _sample(logits: Numbers, about: str) -> str:
    return f"{about}\n({', '.join(f'{logit:g}' for logit in logits)})"


def _cell(number: float, right: float | None) -> str:
    words = _short(number)
    return words if right is None else f"✗{words}\n({_short(right)})"


def _short(number: float) -> str:
    return kind_of(number) or (f"{number:.3f}" if abs(number) < 10 else f"{number:.3g}")


def _readable(color: Any) -> str:
    """Dark or light letters, whichever the colour below them lets be read."""
    red, green, blue = np.array(color[:3]) ** 2.2
    return DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 else LIGHT


def _outline(axes: Axes, column: int, row: int) -> None:
    """A frame in two colours, of which one is seen on any map."""
    for color, width in ((LIGHT, 3.2), (DARK, 1.4)):
        place = (column - HALF + 0.03, row - HALF + 0.04)
        axes.add_patch(Rectangle(place, 0.94, 0.92, fill=False, edgecolor=color, linewidth=width, zorder=4))


def _write_sums(axes: Axes, sums: Numbers) -> None:
    """What each row adds up to, on the right."""
    for row, number in enumerate(sums):
        words = kind_of(number) or ("0" if abs(number) < 1e-6 else f"{number:.2g}")
        axes.text(len(sums) - HALF + 0.1, row, f"sum {words}", va="center", fontsize=7)


def _draw_differences(axes: Axes, gradient: Gradient, theme: Theme) -> None:
    axes.axis("off")
    if isinstance(gradient.found, Failure):
        return
    wrong = "✗: wrong, right in brackets." if gradient.wrong else ""
    lines = ["Rows: samples with their logits.", "Framed: the target.", wrong, "Largest difference to"]
    for one in gradient.differences:
        lines += [f"{one.words}:", f"    {_difference(one)}"]
    axes.text(0, 1, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=7, linespacing=1.3)


def _difference(one: Difference) -> str:
    if isinstance(one.largest, Failure):
        return shorten(one.largest.words, NARROW, placeholder="…")
    return kind_of(one.largest) or (f"{one.largest:.1e}" if one.largest else "0")


def _draw_answers(axes: Axes, answers: Sequence[Answer], theme: Theme) -> None:
    axes.set_title("every function at the logits (1000, 0, -1000) with target 1, and at the batch above")
    axes.axis("off")
    lines = [("", "yours", "torch's"), *(_line(one) for one in answers)]
    for row, line in enumerate(lines):
        is_wrong = row > 0 and not answers[row - 1].is_right
        for place, words in zip(COLUMNS, line, strict=True):
            look: dict[str, Any] = {"fontsize": 7, "va": "top", "color": theme.yours if is_wrong else theme.ink}
            axes.text(place, 1 - row / len(lines), words, transform=axes.transAxes, in_layout=False, **look)


def _line(one: Answer) -> tuple[str, str, str]:
    name = f"{'✓' if one.is_right else '✗'} {one.name}" + (f", {one.about}" if one.about else "")
    found = one.found.words if isinstance(one.found, Failure) else _listed(one.found)
    return name, shorten(found, WORDS, placeholder="…"), _listed(one.right)


def _listed(numbers: Numbers) -> str:
    return ", ".join(kind_of(number) or f"{number:.5g}" for number in numbers)
