"""Time against size: where a call costs its launch, and where it costs its bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pt_kata import units
from pt_kata.bench.record import pass_words
from pt_kata.drawing import Theme, around, bytes_axis, figure, folded, grid, legend, times_axis
from pt_kata.report.charts import Chart, contender_marks, look
from pt_kata.report.runs import Group, contenders, unique
from pt_kata.report.tables import Table

TITLE = "Time against size"
READING = (
    "A line is a contender: the time of a call over the bytes that the operation must move; the dashed line is its "
    "limit, the least time that the measured bandwidth and peak allow. Where the limit is below the shortest time "
    "measured (dotted), a call is launch-bound (shaded), else memory-bound, or compute-bound if the operations set the "
    "limit; nothing is marked where the time grows with the limit from the smallest size on, so that no launch is seen."
)
Line = Sequence[tuple[float, float]]

ROOM = 0.38  # of a panel's width, that the name of a region takes
FLAT = 0.5  # of the growth of the limit: a time that grows less is bound by the launch at first


@dataclass(frozen=True)
class Panel:
    """One operation.

    Attributes:
        lines: (bytes, seconds) of each contender, small sizes first.
        limit: the same for the roofline.
        floor: what a call costs at least; None where no size is small enough to tell.
        border: the bytes from which on the limit is above the floor.
        bound: what the largest size is bound by.
    """

    op: str
    pass_: str
    lines: Mapping[str, Line]
    limit: Line
    floor: float | None
    border: float | None
    bound: str


def panel(group: Group, op: str) -> Panel | None:
    """The times of an operation, in the pass that says most about it; None with less than two sizes."""
    pass_ = group.fullest_pass(op)
    races = [race for race in group.races_of(op, pass_) if race.least]
    if len({race.least for race in races}) < 2:
        return None
    names = contenders(one for race in races for one in race.records.values())
    lines: dict[str, Line] = {
        name: [(race.least, race.records[name].median) for race in races if name in race.records] for name in names
    }
    any_of = [next(iter(race.records.values())) for race in races]
    limit: Line = [(race.least, one.limit) for race, one in zip(races, any_of, strict=True) if one.limit]
    shortest = [min(one.median for one in race.records.values()) for race in races]
    if not _shows_launch(shortest, limit):
        return Panel(op, pass_, lines, limit, None, None, "")
    bound = "compute-bound" if any_of[-1].mix == "flops" else "memory-bound"
    return Panel(op, pass_, lines, limit, min(shortest), border(limit, min(shortest)), bound)


def _shows_launch(shortest: Sequence[float], limit: Line) -> bool:
    """Whether from the smallest size to the next the time grows much less than the limit does."""
    if len(limit) < len(shortest):
        return False
    return shortest[1] / shortest[0] < FLAT * limit[1][1] / limit[0][1]


def border(limit: Line, floor: float) -> float:
    """The bytes at which the limit reaches ``floor``; beyond its ends it grows as the bytes do."""
    size, seconds = (np.log([point[axis] for point in limit]) for axis in (0, 1))
    wanted = math.log(floor)
    if wanted <= seconds[0]:
        return float(np.exp(size[0] - seconds[0] + wanted))
    if wanted >= seconds[-1]:
        return float(np.exp(size[-1] - seconds[-1] + wanted))
    return float(np.exp(np.interp(wanted, np.maximum.accumulate(seconds), size)))


def charts(group: Group, names: Sequence[str]) -> list[Chart]:
    """One chart for each topic, with a panel for each of its operations."""
    topics = {record.op: record.topic for record in group.records}
    found = [one for op in group.ops if (one := panel(group, op))]
    if not found:
        alt = "No operation was measured at two sizes, so there is no line to draw."
        return [Chart(TITLE, READING, alt, _table(TITLE, []), None)]
    return [
        _chart(topic, [one for one in found if topics[one.op] == topic], names)
        for topic in unique(topics[one.op] for one in found)
    ]


def _chart(topic: str, panels: Sequence[Panel], names: Sequence[str]) -> Chart:
    pass_ = max((one.pass_ for one in panels), key=[one.pass_ for one in panels].count)
    title = f"{TITLE}: {topic}, {pass_words(pass_)}"
    ops = units.listed([one.op for one in panels])
    alt = f"{title}. Lines of time over bytes, with logarithmic axes, one panel for each of {ops}."
    return Chart(title, READING, alt, _table(title, panels), partial(_draw, title, panels, pass_, names))


def _table(title: str, panels: Sequence[Panel]) -> Table:
    head = ("Operation", "Pass", "Contender", "Least bytes", "Median time", "Limit", "Launch-bound below")
    rows = [
        (
            one.op,
            pass_words(one.pass_),
            name,
            units.size(size),
            units.seconds(seconds),
            units.seconds(dict(one.limit).get(size)),
            units.size(one.border),
        )
        for one in panels
        for name, line in one.lines.items()
        for size, seconds in line
    ]
    return Table(title, head, rows, words=3)


def _draw(title: str, panels: Sequence[Panel], pass_: str, names: Sequence[str], theme: Theme) -> Figure:
    there = [name for name in names if any(name in one.lines for one in panels)]
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    made = figure(theme, 0.9 + (1.9 if columns == 2 else 2.6) * rows)
    further = [
        Line2D([], [], color=theme.ink, linewidth=1, linestyle="--", label="limit"),
        Line2D([], [], color=theme.ink, linewidth=1, linestyle=":", label="shortest"),
        Line2D([], [], color=theme.shade, linewidth=8, solid_capstyle="butt", label="launch-bound"),
    ]
    legend(made, title, [*contender_marks(there, theme), *further])
    for number, one in enumerate(panels, 1):
        axes = made.add_subplot(rows, columns, number)
        axes.set_title(folded(one.op if one.pass_ == pass_ else f"{one.op}, {pass_words(one.pass_)}", 26))
        _draw_panel(axes, one, there, theme)
    made.supxlabel("bytes that the operation must move", fontsize=8, color=theme.ink)
    made.supylabel("time of one call", fontsize=8, color=theme.ink)
    return made


def _draw_panel(axes: Axes, one: Panel, names: Sequence[str], theme: Theme) -> None:
    every = [point for line in [*one.lines.values(), one.limit] for point in line]
    left, right = around([size for size, _ in every])
    low, high = around([seconds for _, seconds in every])
    bytes_axis(axes.xaxis, left, right)
    times_axis(axes.yaxis, low, high)
    grid(axes, theme)
    if one.floor and one.border:
        _draw_regions(axes, one, (left, right), theme)
    axes.plot(*zip(*one.limit, strict=True), color=theme.ink, linewidth=1, linestyle="--") if one.limit else None
    for name, line in one.lines.items():
        own = look(name, names, theme)
        axes.plot(
            *zip(*line, strict=True),
            color=own.color,
            marker=own.mark,
            markersize=4,
            linewidth=1,
            markeredgecolor=own.edge,
            markeredgewidth=0.4,
        )


def _draw_regions(axes: Axes, one: Panel, ends: tuple[float, float], theme: Theme) -> None:
    floor, border = one.floor or 0.0, one.border or 0.0
    axes.axvspan(ends[0], max(ends[0], min(border, ends[1])), color=theme.shade, linewidth=0)
    axes.axhline(floor, color=theme.ink, linewidth=1, linestyle=":")
    width = math.log(ends[1] / ends[0])
    if math.log(border / ends[0]) > ROOM * width:
        axes.text(0.03, 0.97, "launch-bound", transform=axes.transAxes, va="top")
    if math.log(ends[1] / border) > ROOM * width:
        axes.text(0.97, 0.04, one.bound, transform=axes.transAxes, ha="right", va="bottom")
