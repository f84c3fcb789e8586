"""The roofline: operations per second over operations per byte, below what the machine can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, sin
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from pt_kata import units
from pt_kata.bench.record import pass_words
from pt_kata.drawing import Theme, around, figure, grid, legend, rates_axis
from pt_kata.report.charts import Chart, contender_marks, look
from pt_kata.report.runs import FUSED, Group, Race, contenders, is_warm, unique
from pt_kata.report.tables import Table

READING = (
    "A point is a contender: the operations that it does for each byte that it moves, and in a second; the measured "
    "bandwidths (slanted) and the measured peak (level) are the roof. By hand the same operations cross memory more "
    "often, so those points stand further to the left, where the roof is lower. Hollow points had some of their data "
    "in the cache; the numbers at fused points of the largest size are the table's, where there is room."
)
ROOFS = {"copy": (5, 2), "add": (1, 1.5), "sum": (6, 2, 1, 2)}  # points of ink and of paper
SOLID = (1, 0)
TURNS = (0, 3.1, 1.6, 4.7, 0.8, 2.4)  # radians
NEARBY = [(round(far * cos(turn)), round(far * sin(turn))) for far in (9, 14, 20) for turn in TURNS]  # points


@dataclass(frozen=True)
class Point:
    """One contender: its operations, the bytes it moves, and its time."""

    op: str
    size: str
    pass_: str
    contender: str
    flops: int
    bytes: int
    is_counted: bool
    seconds: float
    is_warm: bool

    @property
    def intensity(self) -> float:
        """Operations per byte."""
        return self.flops / self.bytes

    @property
    def speed(self) -> float:
        """Operations per second."""
        return self.flops / self.seconds


def points(races: Sequence[Race]) -> list[Point]:
    """The contenders that do any operation; for those whose bytes can't be counted the least bytes are taken."""
    return [
        Point(
            race.op,
            race.size,
            race.pass_,
            name,
            one.flops,
            one.moved or one.least_read + one.least_written,
            bool(one.moved),
            one.median,
            is_warm(one),
        )
        for race in races
        for name in contenders(race.records.values())
        if (one := race.records[name]).flops and (one.moved or one.least_read + one.least_written)
    ]


def numbered(found: Sequence[Point]) -> dict[str, int]:
    """The number that each operation has in the picture."""
    return {op: number for number, op in enumerate(unique(point.op for point in found), 1)}


def chart(group: Group, names: Sequence[str]) -> Chart:
    """The contenders of each operation in the pass that says most about it, at every size."""
    title = "Roofline"
    races = [race for op in group.ops for race in group.races_of(op, group.fullest_pass(op))]
    found = points(races)
    if not found:
        alt = "No record has both operations and bytes, so there is nothing to draw."
        return Chart(title, READING, alt, _table(title, []), None)
    largest = {(race.op, race.size) for race in group.fullest()}
    return Chart(
        title,
        READING if group.limits else f"{READING} The limits of this machine were not measured, so no roof is drawn.",
        _alt(found, group.limits),
        _table(title, found),
        partial(_draw, title, found, largest, group.limits, names),
    )


def _alt(found: Sequence[Point], limits: Mapping[str, Any] | None) -> str:
    roofs = f"Below roofs of {_roofs(limits)}: " if limits else ""
    speeds = [point.speed for point in found]
    slow, fast = units.rate(min(speeds), "FLOP/s"), units.rate(max(speeds), "FLOP/s")
    return f"Roofline plot with logarithmic axes. {roofs}{len(found)} points from {slow} to {fast}."


def _roofs(limits: Mapping[str, Any]) -> str:
    widths = [f"{units.rate(limits[name], 'B/s')} ({name})" for name in ROOFS]
    return units.listed([*widths, f"{units.rate(limits['flops'], 'FLOP/s')} (peak)"])


def _table(title: str, found: Sequence[Point]) -> Table:
    numbers = numbered(found)
    words = ("Operation", "No.", "Size", "Pass", "Contender")
    head = (*words, "FLOP per byte", "FLOP/s", "Bytes moved", "Bytes are", "Data")
    rows = [
        (
            point.op,
            str(numbers[point.op]),
            point.size,
            pass_words(point.pass_),
            point.contender,
            units.digits(point.intensity),
            units.rate(point.speed, "FLOP/s"),
            units.size(point.bytes),
            "counted" if point.is_counted else "the least",
            "warm" if point.is_warm else "cold",
        )
        for point in found
    ]
    return Table(title, head, rows, words=len(words))


def _draw(
    title: str,
    found: Sequence[Point],
    largest: set[tuple[str, str]],
    limits: Mapping[str, Any] | None,
    names: Sequence[str],
    theme: Theme,
) -> Figure:
    there = [name for name in names if any(point.contender == name for point in found)]
    made = figure(theme, 4.8)
    legend(made, title, [*contender_marks(there, theme), *_lines(limits, theme)])
    axes = made.add_subplot()
    left, right = around([point.intensity for point in found], 0.12)
    low, high = around([*(point.speed for point in found), *([limits["flops"]] if limits else [])])
    rates_axis(axes.xaxis, left, right)
    rates_axis(axes.yaxis, low, high, "FLOP/s")
    grid(axes, theme)
    if limits:
        _draw_roofs(axes, limits, (left, right), theme)
    for point in found:
        _draw_point(axes, point, there, theme)
    fused = [point for point in found if point.contender == FUSED and (point.op, point.size) in largest]
    numbers = numbered(found)
    axes.set_xlabel("operations per byte moved, FLOP/B")
    axes.set_ylabel("operations per second, FLOP/s")
    _number_points(made, axes, {numbers[point.op]: point for point in fused}, found, theme)
    return made


def _lines(limits: Mapping[str, Any] | None, theme: Theme) -> list[Line2D]:
    if not limits:
        return []
    lines = {**ROOFS, "peak": SOLID}
    return [Line2D([], [], color=theme.ink, dashes=line, linewidth=1, label=name) for name, line in lines.items()]


def _draw_roofs(axes: Axes, limits: Mapping[str, Any], ends: tuple[float, float], theme: Theme) -> None:
    peak = limits["flops"]
    for name, line in ROOFS.items():
        ridge = peak / limits[name]
        xs = [ends[0], min(ridge, ends[1])]
        axes.plot(xs, [x * limits[name] for x in xs], color=theme.ink, linewidth=1, dashes=line)
    first = peak / max(limits[name] for name in ROOFS)
    if first < ends[1]:
        axes.plot([first, ends[1]], [peak, peak], color=theme.ink, linewidth=1)


def _draw_point(axes: Axes, point: Point, names: Sequence[str], theme: Theme) -> None:
    own = look(point.contender, names, theme)
    fill, edge = (theme.paper, own.color) if point.is_warm else (own.color, own.edge)
    axes.scatter(
        point.intensity, point.speed, s=22, marker=own.mark, color=fill, edgecolors=edge, linewidths=0.8, zorder=3
    )


def _number_points(made: Figure, axes: Axes, named: Mapping[int, Point], found: Sequence[Point], theme: Theme) -> None:
    """Write an operation's number beside its fused point, where that covers no other point and no other number."""
    made.draw_without_rendering()  # only now the axes have their place
    paper, dot = axes.get_window_extent(), 4 * made.dpi / 72
    taken = [Bbox.from_bounds(x - dot, y - dot, 2 * dot, 2 * dot) for x, y in map(partial(_place, axes), found)]
    for number, point in sorted(named.items(), key=lambda item: -item[1].speed):
        for side, up in NEARBY:
            text = axes.annotate(
                str(number),
                (point.intensity, point.speed),
                (side, up),
                textcoords="offset points",
                ha="center",
                va="center",
                zorder=4,
                path_effects=[withStroke(linewidth=2, foreground=theme.paper)],
            )
            box = text.get_window_extent()
            is_inside = paper.x0 < box.x0 and box.x1 < paper.x1 and paper.y0 < box.y0 and box.y1 < paper.y1
            if is_inside and not box.count_overlaps(taken):
                taken.append(box)
                break
            text.remove()


def _place(axes: Axes, point: Point) -> tuple[float, float]:
    x, y = axes.transData.transform((point.intensity, point.speed))
    return float(x), float(y)
