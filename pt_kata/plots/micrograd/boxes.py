"""Draws a graph: boxes with numbers, and lines from each to what is computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from pt_kata.drawing import Theme
from pt_kata.plots.micrograd.shapes import TALL, TIMES, WIDE, Box, Line, Shapes
from pt_kata.plots.panels import CHARACTERS

LINE = 0.13  # inches of a line of text in a box
TITLES = 0.4  # inches around a graph
SAYING = 0.13  # inches of a line that names a failure
NAME, NUMBER, SMALLEST = 7, 6.3, 5.8  # points
INDENT = 0.04  # of a column
ABOVE = 0.02  # of a row, between a box and its mark
ROOM = 0.03  # columns, left and right of the graph


def height_of(one: Shapes, width: float) -> float:
    """The inches that a graph needs, with its title and with what went wrong below it."""
    return one.layout.height * _row(one) + TITLES + _foot(one, width)


def key(every: Sequence[Shapes]) -> str:
    """What the small numbers in graphs mean."""
    boxes = [box for one in every for box in one.boxes]
    slopes = f"{TIMES}2 local gradient" if any(line.slope for one in every for line in one.lines) else ""
    marks = "#1 place in topological_order" if any(box.node.place for box in boxes) else ""
    wrong = " (! wrong)" if any(box.is_misplaced for box in boxes) else ""
    return "    ".join(words for words in (slopes, marks + wrong) if words)


def draw_graph(axes: Axes, one: Shapes, width: float, height: float, theme: Theme) -> None:
    """Draw a graph on a panel of these inches."""
    axes.set_title(one.graph.title)
    axes.set_axis_off()
    axes.text(0, 0, _sayings(one, width), transform=axes.transAxes, color=theme.yours, fontsize=7, va="top")
    half = (height - TITLES - _foot(one, width)) / _row(one) / 2
    middle = (one.layout.height - 1) / 2
    axes.set_ylim(middle + half, middle - half)
    axes.set_xlim(-WIDE / 2 - ROOM, one.layout.width - 1 + WIDE / 2 + ROOM)
    for line in one.lines:
        _draw_line(axes, line, theme)
    for box in one.boxes:
        _draw_box(axes, box, theme)


def _row(one: Shapes) -> float:
    return one.lines_of_text * LINE / TALL


def _sayings(one: Shapes, width: float) -> str:
    return "\n".join(fill(failure.text, int(width * CHARACTERS)) for failure in one.graph.failures)


def _foot(one: Shapes, width: float) -> float:
    return SAYING * len(_sayings(one, width).splitlines())


def _draw_line(axes: Axes, line: Line, theme: Theme) -> None:
    points = [line.start, *(point for curve in line.curves for point in curve)]
    path = Path(points, [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)])
    color, style = (theme.yours, ":") if line.is_lost else (theme.ink, "-")
    arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=5, linewidth=0.7, color=color, linestyle=style)
    arrow.set_fill(False)
    axes.add_patch(arrow)
    if line.slope:
        patch = {"facecolor": theme.paper, "edgecolor": "none", "pad": 0.4}
        axes.text(*line.at, line.slope, fontsize=SMALLEST, ha="center", va="center", bbox=patch)


def _draw_box(axes: Axes, box: Box, theme: Theme) -> None:
    color, style, width = {
        "plain": (theme.ink, "-", 0.7),
        "yours": (theme.yours, "-", 1.6),
        "lost": (theme.yours, ":", 1.0),
    }[box.look]
    edges = Rectangle((box.left, box.top), WIDE, box.tall, edgecolor=color, linestyle=style, linewidth=width, zorder=2)
    edges.set_facecolor(theme.shade if box.look == "yours" else theme.paper)
    axes.add_patch(edges)
    colors = {"yours": theme.yours, "truth": theme.truth}
    for word, height in box.lines:
        size = NAME if word.look == "name" else NUMBER
        ink = colors.get(word.look, theme.ink)
        axes.text(box.left + INDENT, height, word.text, fontsize=size, color=ink, va="center_baseline", zorder=3)
    ink = theme.yours if box.is_misplaced else theme.ink
    right, above = box.left + WIDE, box.top - ABOVE
    axes.text(right, above, box.mark, fontsize=SMALLEST, color=ink, ha="right", va="bottom", zorder=3)
