"""Draws the picture of broadcasting."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pt_kata.drawing import WIDTH, Theme, figure, folded, grid, shorten
from pt_kata.plots.broadcasting.data import Axis, Cells, Data, Loss, Refusal, Rule, Shape, Sum, Table
from pt_kata.plots.cells import HATCH, SIZE, Look, box, canvas, short, tint, why
from pt_kata.plots.failure import Failure
from pt_kata.plots.panels import noted

LINE = 0.24  # inches of a row of the rule
CELL = 0.2
LABELS = 0.95  # inches of the names at the left


def draw(data: Data, theme: Theme) -> Figure:
    """The rule, a sum cell by cell, the loss of each pair, and the tables of the other functions."""
    heights = [_rule_height(data.rule), 0.05 + CELL * max(2, len(data.sum.table.truth)), 1.3, 0.01, 0.9]
    made = figure(theme, sum(heights) + 1.7)
    parts = made.add_gridspec(5, 1, height_ratios=heights)
    _draw_rule(made.add_subplot(parts[0]), data.rule, heights[0], theme)
    _draw_sum(made.add_subplot(parts[1]), data.sum, heights[1], theme)
    middle = parts[2].subgridspec(1, 2, width_ratios=(1, 1.3))
    _draw_pairs(made.add_subplot(middle[0]), data.loss, theme)
    _draw_loss(made.add_subplot(middle[1]), data.loss, theme)
    heading = made.add_subplot(parts[3])
    heading.axis("off")
    heading.set_title("square inputs, on which a wrong axis raises nothing")
    last = parts[4].subgridspec(1, len(data.tables))
    for place, table in enumerate(data.tables):
        _draw_table(made.add_subplot(last[place]), table, theme)
    noted(made, data.notes, theme)
    return made


# The rule


def _rule_height(rule: Rule) -> float:
    return LINE * (5 + len(_remarks(rule)))


def _draw_rule(axes: Axes, rule: Rule, height: float, theme: Theme) -> None:
    canvas(axes, WIDTH, height)
    axes.set_title("two shapes, aligned at the right   (hatched: stretched, dashed: missing, counts as 1)")
    columns = max(len(rule.axes), len(_found(rule)), 1)
    width = min(0.62, (WIDTH - LABELS) / columns)
    for name, y in (("axis", 0), ("first", 1), ("second", 2), ("broadcast_shape", 3), ("torch", 4)):
        axes.text(0, (y + 0.5) * LINE, name, va="center_baseline", fontsize=SIZE, color=_color(name, theme))
    for axis in rule.axes:
        _draw_axis(axes, axis, LABELS + (columns + axis.number) * width, width, theme)
    end = LABELS + columns * width
    _draw_found(axes, rule, end, width, theme)
    _draw_shape(axes, rule.truth, 4, end, width, theme.truth, theme)
    for line, words in enumerate(_remarks(rule), 5):
        color = theme.ink if words.startswith("axis") else theme.yours
        axes.text(0, (line + 0.5) * LINE, words, va="center_baseline", fontsize=SIZE, color=color)


def _color(name: str, theme: Theme) -> str:
    return {"broadcast_shape": theme.yours, "torch": theme.truth}.get(name, theme.ink)


def _draw_axis(axes: Axes, axis: Axis, x: float, width: float, theme: Theme) -> None:
    axes.text(x + width / 2, LINE / 2, str(axis.number), ha="center", va="center_baseline", fontsize=SIZE)
    for row, (size, asked, stretched) in enumerate(
        zip(axis.sizes, (axis.first, axis.second), axis.stretched, strict=True), 1
    ):
        words = f"1→{axis.size}" if stretched else str(size)
        look = Look(
            face=theme.shade if stretched else "",
            hatch=HATCH if stretched else "",
            line="--" if asked is None else "-",
            width=1.4 if axis.clashes else 0.6,
            weight="bold" if axis.clashes else "normal",
        )
        _size_box(axes, x, row, words, width, look, theme)


def _size_box(axes: Axes, x: float, row: int, words: str, width: float, look: Look, theme: Theme) -> None:
    most = max(2, int((width - 0.06) / 0.065))
    box(axes, (x, row * LINE + 0.02), shorten(words, most), look, theme, (width - 0.05, LINE - 0.04))


def _draw_shape(
    axes: Axes,
    shape: Shape | None,
    row: int,
    end: float,
    width: float,
    color: str,
    theme: Theme,
    wrong: Sequence[int] = (),
) -> None:
    words = "refuses: these shapes don't fit" if shape is None else "() a single number" if shape == () else ""
    axes.text(LABELS, (row + 0.5) * LINE, words, va="center_baseline", fontsize=SIZE, color=color)
    for place, size in enumerate(reversed(shape or ()), 1):
        look = Look(face=tint(color, theme), edge=color, width=1.0)
        if -place in wrong:
            look = Look(face=tint(color, theme, 0.7), edge=theme.ink, width=1.8, weight="bold")
        _size_box(axes, end - place * width, row, str(size), width, look, theme)


def _found(rule: Rule) -> Shape:
    return rule.found if isinstance(rule.found, tuple) else ()


def _draw_found(axes: Axes, rule: Rule, end: float, width: float, theme: Theme) -> None:
    """The learner's answer, the sizes marked that torch has otherwise."""
    if isinstance(rule.found, tuple):
        truth = {-place: size for place, size in enumerate(reversed(rule.truth or ()), 1)}
        found = {-place: size for place, size in enumerate(reversed(rule.found), 1)}
        wrong = [place for place, size in found.items() if truth.get(place) != size]
        _draw_shape(axes, rule.found, 3, end, width, theme.yours, theme, wrong)
        return
    words = "refuses, as it should" if rule.truth is None else "refuses"
    if isinstance(rule.found, Failure):
        words = why(rule.found, WIDTH - LABELS, 1)
    axes.text(LABELS, 3.5 * LINE, words, va="center_baseline", fontsize=SIZE, color=theme.yours)


def _remarks(rule: Rule) -> list[str]:
    """Where the shapes clash, what the answer says, and what is wrong with it."""
    clashes = [f"{axis.clash}, and neither is 1" for axis in rule.axes if axis.clashes]
    said = [f"its message: {rule.found.message}"] if isinstance(rule.found, Refusal) else []
    fault = "" if isinstance(rule.found, Failure) or rule.agrees else _fault(rule)
    return [shorten(words, 105) for words in (*clashes, *said, fault) if words]


def _fault(rule: Rule) -> str:
    if isinstance(rule.found, Refusal) and rule.unnamed:
        return f"✗ the message does not name {' or '.join(rule.unnamed)}"
    if rule.truth is None:
        return "✗ torch refuses these shapes"
    return "✗ these shapes fit" if isinstance(rule.found, Refusal) else "✗ torch has another shape"


# Sums and tables


def _draw_sum(axes: Axes, both: Sum, height: float, theme: Theme) -> None:
    """First and second, stretched to the size of the result, and the result."""
    rows, columns = len(both.table.truth), len(both.table.truth[0])
    name = both.table.name
    axes.set_title(f"{name}: {both.table.input}   (hatched: read again, never copied)")
    gap = 0.35
    width = min(0.3, (WIDTH - 2 * gap) / (3 * columns))
    canvas(axes, WIDTH, height)
    color = theme.yours if both.is_yours else theme.truth
    for place, cells in enumerate((both.first, both.second)):
        x = place * (columns * width + gap)
        _draw_stretched(axes, cells, (rows, columns), (x, 0.03), (width, CELL), theme)
        axes.text(x + columns * width + gap / 2, rows * CELL / 2, "+="[place], ha="center", va="center_baseline")
    x = 2 * (columns * width + gap)
    if isinstance(both.table.found, Failure):
        axes.text(x, 0, why(both.table.found, WIDTH - x - 0.1, 2 * rows), va="top", fontsize=SIZE, color=color)
        return
    _draw_cells(axes, both.table, (x, 0.03), (width, CELL), color, theme)
    axes.text(x + columns * width + 0.1, rows * CELL / 2, _wrong(both.table), va="center", fontsize=SIZE, color=color)


def _draw_stretched(
    axes: Axes,
    cells: Cells,
    wanted: tuple[int, int],
    corner: tuple[float, float],
    size: tuple[float, float],
    theme: Theme,
) -> None:
    rows, columns = len(cells), len(cells[0])
    points = _points(cells, size[0])
    for row in range(wanted[0]):
        for column in range(wanted[1]):
            again = row >= rows or column >= columns
            look = Look(face=theme.shade, hatch=HATCH, line=":", size=points) if again else Look(width=1.0, size=points)
            place = (corner[0] + column * size[0], corner[1] + row * size[1])
            box(axes, place, short(cells[row % rows][column % columns]), look, theme, size)


def _draw_cells(
    axes: Axes, table: Table, corner: tuple[float, float], size: tuple[float, float], color: str, theme: Theme
) -> None:
    cells = () if isinstance(table.found, Failure) else table.found
    points = _points(cells, size[0])
    for row, line in enumerate(cells):
        for column, value in enumerate(line):
            is_wrong = (row, column) in table.wrong
            look = Look(face=tint(color, theme), edge=color, size=points)
            if is_wrong:
                look = Look(face=tint(color, theme, 0.7), edge=theme.ink, width=1.4, weight="bold", size=points)
            box(axes, (corner[0] + column * size[0], corner[1] + row * size[1]), short(value), look, theme, size)


def _points(cells: Cells, inches: float) -> float:
    """The size of text at which every number fits into its box."""
    longest = max((len(short(value)) for row in cells for value in row), default=1)
    return min(SIZE, 72 * inches / (0.67 * longest))


def _draw_table(axes: Axes, table: Table, theme: Theme) -> None:
    axes.set_title(folded(table.name, 12), fontsize=SIZE)
    canvas(axes, 0.9, 3 * CELL)
    if isinstance(table.found, Failure):
        words = why(table.found, 0.9, 6)
        axes.text(0, 0, words, va="top", fontsize=6.5, color=theme.yours).set_in_layout(False)
        return
    _draw_cells(axes, table, (0, 0), (0.3, CELL), theme.yours, theme)
    words = _wrong(table)
    axes.text(0, 3.15 * CELL, words or table.input, va="top", fontsize=6.5, color=theme.yours if words else theme.ink)


def _wrong(table: Table) -> str:
    return f"✗ {len(table.wrong)} of {len(table.truth) * len(table.truth[0])}\nwrong" if table.wrong else ""


# The loss


def _draw_pairs(axes: Axes, loss: Loss, theme: Theme) -> None:
    """The squared difference of every pair; the learner is to take those of the diagonal alone."""
    axes.set_title("(prediction ↓ - target →)²")
    n = len(loss.targets)
    canvas(axes, n + 1, n + 1)
    for place in range(n):
        for (x, y), value in {(place + 1, 0): loss.targets[place], (0, place + 1): loss.predictions[place]}.items():
            axes.text(x + 0.5, y + 0.5, short(value), ha="center", va="center_baseline", fontsize=SIZE)
        for other in range(n):
            own = place == other
            look = Look(face=tint(theme.truth, theme), edge=theme.truth, width=1.4) if own else Look(hatch=HATCH)
            box(axes, (other + 1, place + 1), short(loss.squares[place][other]), look, theme)


def _draw_loss(axes: Axes, loss: Loss, theme: Theme) -> None:
    axes.set_title("mean_squared_error: of which pairs?")
    axes.set_yticks(range(3), ["its own target", "every target", "yours"])
    bars = [(loss.own, theme.truth, ""), (loss.every, theme.grid, HATCH)]
    if isinstance(loss.found, Failure):
        axes.text(0.2, 2, why(loss.found, 2, 2), va="center", fontsize=SIZE, color=theme.yours)
    else:
        bars.append((loss.found, theme.yours, ""))
    for place, (value, color, hatch) in enumerate(bars):
        length = value if math.isfinite(value) else 0
        axes.barh(place, length, 0.6, facecolor=color, hatch=hatch, edgecolor=theme.ink, linewidth=0.6)
        words = f" {short(value)}{_verdict(loss) if place == 2 else ''}"
        axes.text(max(length, 0), place, words, va="center_baseline", fontsize=SIZE)
    axes.set_ylim(2.6, -0.6)
    axes.margins(x=0.35)
    grid(axes, theme, "x")
    axes.set_xlabel("loss")


def _verdict(loss: Loss) -> str:
    return {"its own target": "", "every target": "  ✗ every target", "neither": "  ✗ neither"}[loss.verdict]
