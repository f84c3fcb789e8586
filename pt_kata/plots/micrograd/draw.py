"""Puts the graphs, and what the network learned, on one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pt_kata.drawing import WIDTH, Theme, figure, legend
from pt_kata.plots.micrograd.boxes import draw_graph, height_of, key
from pt_kata.plots.micrograd.data import Micrograd
from pt_kata.plots.micrograd.learned import draw_losses, draw_scores
from pt_kata.plots.micrograd.shapes import Shapes, shapes
from pt_kata.plots.micrograd.svg import svg
from pt_kata.plots.panels import noted

TITLE = "The graph of Values, and what backward leaves in it"
REST = 0.6  # inches of the title and of what is between the rows
TRAINING = 2.0
LEFT = 0.43  # of the width, for the smaller graph


def draw(data: Micrograd, theme: Theme) -> Figure:
    """A neuron above, two expressions that use a number twice side by side, and the training below."""
    neuron, *pair = made = [shapes(graph) for graph in data.graphs]
    widths = [LEFT * WIDTH, (1 - LEFT) * WIDTH]
    lower = max(height_of(one, width) for one, width in zip(pair, widths, strict=True))
    heights = height_of(neuron, WIDTH), lower, TRAINING
    picture = figure(theme, sum(heights) + REST)
    legend(picture, TITLE, _handles(made, theme))
    upper, middle, below = picture.subfigures(3, 1, height_ratios=heights, squeeze=False)[:, 0]
    above = upper.add_subplot()
    draw_graph(above, neuron, WIDTH, heights[0], theme)
    above.set_title(key(made), loc="right", fontsize=7)
    for one, width, axes in zip(pair, widths, middle.subplots(1, 2, width_ratios=widths), strict=True):
        draw_graph(axes, one, width, lower, theme)
    scores, losses = below.subplots(1, 2, width_ratios=(4, 3))
    draw_scores(scores, data.training, theme)
    draw_losses(losses, data.training, theme)
    noted(picture, data.notes, theme)
    return picture


def extras(data: Micrograd, theme: Theme) -> dict[str, bytes]:
    """The graphs as a vector drawing, whose text can be searched and copied."""
    return {".svg": svg(TITLE, data, theme)}


def _handles(made: Sequence[Shapes], theme: Theme) -> list[Line2D]:
    """What the marks in the graphs mean, of those that occur."""
    boxes = [box for one in made for box in one.boxes]
    lines = [line for one in made for line in one.lines]
    handles = [_box("as torch finds it", theme.ink, theme.paper)]
    if any(box.look == "yours" for box in boxes):
        handles.append(_box("\N{BALLOT X} torch finds another", theme.yours, theme.shade))
    if any(line.is_lost for line in lines):
        handles.append(Line2D([], [], color=theme.yours, linewidth=1, linestyle=":", label="no link"))
    return handles


def _box(label: str, edge: str, face: str) -> Line2D:
    look: dict[str, Any] = {"markersize": 7, "markeredgecolor": edge, "markerfacecolor": face, "markeredgewidth": 1.2}
    return Line2D([], [], linestyle="", marker="s", label=label, **look)
