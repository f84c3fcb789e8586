"""Bars: how many times faster than the version by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from pt_kata import units
from pt_kata.bench.record import pass_words
from pt_kata.drawing import ROW, Theme, factors_axis, figure, folded, grid, legend
from pt_kata.report.charts import Chart, contender_marks, look
from pt_kata.report.ratios import Ratio, ratio
from pt_kata.report.runs import MANUAL, Group, Race, common_size, contenders, unique
from pt_kata.report.tables import Table

READING = (
    "A bar says how many times faster a contender is than the version by hand: to the right of 1 faster, to the left "
    "slower. The thin line is the 95 % interval; where it holds 1, no difference is seen."
)


@dataclass(frozen=True)
class Bar:
    """One contender against the version by hand."""

    op: str
    size: str
    contender: str
    speedup: Ratio
    seconds: float
    manual_seconds: float


def bars(races: Sequence[Race]) -> list[Bar]:
    """The contenders of every race in which the version by hand took part."""
    return [
        Bar(race.op, race.size, name, ratio(manual.seconds, own.seconds), own.median, manual.median)
        for race in races
        if (manual := race.records.get(MANUAL))
        for name in contenders(race.records.values())
        if name != MANUAL and (own := race.records[name])
    ]


def charts(group: Group, names: Sequence[str]) -> list[Chart]:
    """One chart for each pass, of the largest size of each operation."""
    return [_chart(group, pass_, names) for pass_ in group.passes]


def _chart(group: Group, pass_: str, names: Sequence[str]) -> Chart:
    races = group.largest(pass_)
    size = common_size(races)
    title = f"Speed-up over the version by hand: {pass_words(pass_)}, {size} size"
    found = bars(races)
    if not found:
        alt = "No operation has both a version by hand and another contender in this pass, so there is nothing to draw."
        return Chart(title, READING, alt, _table(title, []), None)
    return Chart(title, READING, _alt(title, found), _table(title, found), partial(_draw, title, found, size, names))


def _alt(title: str, found: Sequence[Bar]) -> str:
    best = max(found, key=lambda bar: bar.speedup.value)
    worst = min(found, key=lambda bar: bar.speedup.value)
    return (
        f"{title}. {len(found)} horizontal bars on a logarithmic axis, from {units.factor(worst.speedup.value)} "
        f"({worst.op}, {worst.contender}) to {units.factor(best.speedup.value)} ({best.op}, {best.contender})."
    )


def _table(title: str, found: Sequence[Bar]) -> Table:
    head = ("Operation", "Size", "Contender", "Speed-up", "95 % interval", "Median time", "By hand")
    rows = [
        (
            bar.op,
            bar.size,
            bar.contender,
            units.factor(bar.speedup.value),
            bar.speedup.interval,
            units.seconds(bar.seconds),
            units.seconds(bar.manual_seconds),
        )
        for bar in found
    ]
    return Table(title, head, rows, words=3)


def _draw(title: str, found: Sequence[Bar], size: str, names: Sequence[str], theme: Theme) -> Figure:
    there = [name for name in names if any(bar.contender == name for bar in found)]
    places, ticks, below = _places(found, size)
    made = figure(theme, 1.1 + below)
    legend(made, title, contender_marks(there, theme))
    axes = made.add_subplot()
    low, high = _ends(found)
    factors_axis(axes.xaxis, low, high)
    grid(axes, theme, "x")
    for bar, place in zip(found, places, strict=True):
        own, value = look(bar.contender, there, theme), bar.speedup.value
        start, end = bar.speedup.ends
        axes.barh(place, value - 1, ROW * 0.8, left=1, color=own.color, edgecolor=own.edge, linewidth=0.4)
        axes.plot([start, end], [place, place], color=theme.ink, linewidth=1, solid_capstyle="butt")
        beyond, side, shift = (max(end, 1), "left", 3) if value >= 1 else (min(start, 1), "right", -3)
        axes.annotate(
            units.factor(value), (beyond, place), (shift, 0), textcoords="offset points", ha=side, va="center"
        )
    axes.axvline(1, color=theme.ink, linewidth=1)
    axes.set_yticks(list(ticks), [folded(label) for label in ticks.values()])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(below, 0)
    axes.set_xlabel("speed-up (time by hand / time of the contender), times")
    return made


def _places(found: Sequence[Bar], size: str) -> tuple[list[float], dict[float, str], float]:
    """Where each bar lies, where each operation's name stands, and where the last ends, in inches."""
    places: list[float] = []
    names: dict[float, str] = {}
    top = 0.0
    for op in unique(bar.op for bar in found):
        own = [bar for bar in found if bar.op == op]
        label = op if own[0].size == size else f"{op} ({own[0].size})"
        height = ROW * max(len(own), folded(label).count("\n") + 1) + 0.1
        first = top + height / 2 - ROW * (len(own) - 1) / 2
        places += [first + ROW * number for number in range(len(own))]
        names[top + height / 2] = label
        top += height
    return places, names, top


def _ends(found: Sequence[Bar]) -> tuple[float, float]:
    """The ends of the axis: all intervals, 1/2 and 2, and room for the numbers beside the bars, on both sides."""
    low = min(min(bar.speedup.ends) for bar in found)
    high = max(2.0, *(max(bar.speedup.ends) for bar in found))
    number = (high / min(low, 0.5)) ** 0.2
    return min(0.5 / number**0.1, low / number if low < 1 else 1.0), high * number
