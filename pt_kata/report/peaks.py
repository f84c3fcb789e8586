"""The memory that a call needs at its worst moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pt_kata import units
from pt_kata.bench.record import pass_words
from pt_kata.drawing import ROW, Theme, around, bytes_axis, figure, folded, grid, legend
from pt_kata.report.charts import Chart, contender_marks, look
from pt_kata.report.runs import Group, Race, common_size, contenders, unique
from pt_kata.report.tables import Table

READING = (
    "A point is the memory that a contender takes beyond its inputs at the worst moment of a call; the bar is the "
    "least that the operation must read and write in all. Every intermediate result that a version by hand keeps for "
    "its gradient, or holds until the next line, moves it to the right."
)
LEAST = 1.0  # byte; what takes none is drawn at the left end


@dataclass(frozen=True)
class Peak:
    """The peak of one contender in bytes, and the least traffic of the operation."""

    op: str
    size: str
    pass_: str
    contender: str
    peak: int
    least: int


def peaks(races: Sequence[Race]) -> list[Peak]:
    """Those whose memory was measured."""
    return [
        Peak(race.op, race.size, race.pass_, name, peak, race.least)
        for race in races
        for name in contenders(race.records.values())
        if (peak := race.records[name].peak) is not None
    ]


def chart(group: Group, names: Sequence[str]) -> Chart:
    """The largest size of each operation, in the pass that says most about it."""
    races = group.fullest()
    size = common_size(races)
    title = f"Peak memory, {size} size"
    found = peaks(races)
    if not found:
        alt = "No contender's memory could be measured, so there is nothing to draw."
        return Chart(title, READING, alt, _table(title, []), None)
    most = max(found, key=lambda peak: peak.peak)
    alt = (
        f"{title}. {len(found)} points on a logarithmic axis of bytes; the largest is {units.size(most.peak)} "
        f"({most.op}, {most.contender})."
    )
    return Chart(title, READING, alt, _table(title, found), partial(_draw, title, found, size, names))


def _table(title: str, found: Sequence[Peak]) -> Table:
    head = ("Operation", "Size", "Pass", "Contender", "Peak", "Least traffic", "Peak / least traffic")
    rows = [
        (
            peak.op,
            peak.size,
            pass_words(peak.pass_),
            peak.contender,
            units.size(peak.peak),
            units.size(peak.least),
            units.factor(peak.peak / peak.least) if peak.least else units.NOTHING,
        )
        for peak in found
    ]
    return Table(title, head, rows, words=4)


def _draw(title: str, found: Sequence[Peak], size: str, names: Sequence[str], theme: Theme) -> Figure:
    there = [name for name in names if any(peak.contender == name for peak in found)]
    ops = unique(peak.op for peak in found)
    step = 2.6 * ROW
    made = figure(theme, 1.2 + step * len(ops))
    bar = Line2D([], [], color=theme.ink, marker="|", linestyle="", markersize=9, label="least traffic")
    legend(made, title, [*contender_marks(there, theme), bar])
    axes = made.add_subplot()
    low, high = around([max(value, LEAST) for peak in found for value in (peak.peak, peak.least) if value] or [LEAST])
    if any(peak.peak == 0 for peak in found):
        low /= 4
    bytes_axis(axes.xaxis, low, high)
    grid(axes, theme)
    rows = [[peak for peak in found if peak.op == op] for op in ops]
    for place, own in enumerate(rows):
        _draw_row(axes, place, own, low, there, theme)
    labels = [own[0].op if own[0].size == size else f"{own[0].op} ({own[0].size})" for own in rows]
    axes.set_yticks(range(len(ops)), [folded(label) for label in labels])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(ops) - 0.4, -0.6)
    zero = " (at the left end: none)" if any(peak.peak == 0 for peak in found) else ""
    axes.set_xlabel(f"peak memory beyond the inputs, bytes{zero}")
    return made


def _draw_row(axes: Axes, center: int, found: Sequence[Peak], low: float, names: Sequence[str], theme: Theme) -> None:
    if found[0].least:
        axes.plot([found[0].least], [center], color=theme.ink, marker="|", markersize=16, markeredgewidth=1.2)
    for number, peak in enumerate(found):
        own = look(peak.contender, names, theme)
        axes.scatter(
            max(peak.peak, low),
            center + 0.62 * ((number + 0.5) / len(found) - 0.5),
            s=24,
            marker=own.mark,
            color=own.color,
            edgecolors=own.edge,
            linewidths=0.5,
            zorder=3,
            clip_on=False,
        )
