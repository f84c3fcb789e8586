"""Two runs, or two devices, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pt_kata import units
from pt_kata.bench.record import Record, pass_words
from pt_kata.drawing import ROW, Theme, factors_axis, figure, folded, grid, legend
from pt_kata.report.charts import Chart, contender_marks, look
from pt_kata.report.ratios import Ratio, ratio
from pt_kata.report.runs import FULLEST, Group, Race, contenders, in_order, unique
from pt_kata.report.tables import Table

READING = (
    "The time of a contender in this run over its time in the first: below 1 it is faster here, and where the 95 % "
    "interval holds 1, no difference is seen. The picture has the pass that says most about an operation, the table "
    "has all; where the shapes differ, because the large size is fitted to each cache, it is the time for each byte. "
    "The interval knows the samples, not what else a machine was doing: run twice before you believe it."
)


@dataclass(frozen=True)
class Step:
    """One contender in one race, here (``after``) and there (``before``)."""

    op: str
    size: str
    pass_: str
    dtype: str
    contender: str
    shapes: tuple[str, str]
    before: float
    after: float
    change: Ratio

    @property
    def is_same_work(self) -> bool:
        return self.shapes[0] == self.shapes[1]

    @property
    def verdict(self) -> str:
        """What can be said of it."""
        if not self.change.is_known:
            return "too few samples"
        if self.change.holds_one:
            return "no difference seen"
        change = self.change.value
        return f"{units.factor(1 / change)} faster" if change < 1 else f"{units.factor(change)} slower"


def partners(groups: Sequence[Group]) -> list[tuple[Group, Group]]:
    """Each group with the one that it is compared to.

    That is one of the first run, in the same dtype, and on the same device if there is any; the first run's own other
    devices are compared to its first.
    """
    found = []
    for group in groups:
        first = [one for one in groups if one.run == groups[0].run and one.dtype == group.dtype and one is not group]
        same = [one for one in first if one.device == group.device]
        other = [one for one in first if groups.index(one) < groups.index(group)]
        if partner := [*same, *other][:1]:
            found.append((partner[0], group))
    return found


def steps(before: Group, after: Group) -> list[Step]:
    """The contenders that both have, in the order of the first."""
    there = {(race.op, race.size, race.pass_): race for race in before.races}
    pairs = [(there[key], race) for race in after.races if (key := (race.op, race.size, race.pass_)) in there]
    return [
        _step(old, new, old.records[name], new.records[name])
        for old, new in pairs
        for name in contenders(old.records.values())
        if name in new.records
    ]


def _step(old: Race, new: Race, before: Record, after: Record) -> Step:
    is_same = old.shape == new.shape or not (old.least and new.least)
    change = ratio(after.seconds, before.seconds, 1.0 if is_same else new.least / old.least)
    return Step(
        old.op,
        old.size,
        old.pass_,
        before.dtype,
        before.implementation,
        (old.shape, new.shape),
        before.median,
        after.median,
        change,
    )


def charts(before: Group, after: Group, names: Sequence[str]) -> list[Chart]:
    """One chart for each size that both have."""
    found = steps(before, after)
    sizes = unique(one.size for one in found)
    return [_chart(size, [one for one in found if one.size == size], names) for size in sizes]


def _chart(size: str, found: Sequence[Step], names: Sequence[str]) -> Chart:
    title = f"Time relative to the first, {size} size"
    passes = {one.op: in_order((other.pass_ for other in found if other.op == one.op), FULLEST)[0] for one in found}
    drawn = [one for one in found if one.pass_ == passes[one.op]]
    same = sum(one.change.holds_one for one in found)
    alt = (
        f"{title}. {len(drawn)} points with their intervals on a logarithmic axis. In {same} of all {len(found)} "
        "comparisons the interval holds 1, and no difference is seen."
    )
    return Chart(title, READING, alt, _table(title, found), partial(_draw, title, drawn, names))


def _table(title: str, found: Sequence[Step]) -> Table:
    head = ("Operation", "Pass", "Contender", "Ratio", "95 % interval", "Verdict", "First", "This", "Shapes")
    rows = [
        (
            one.op,
            pass_words(one.pass_),
            one.contender,
            units.factor(one.change.value),
            one.change.interval,
            one.verdict,
            units.seconds(one.before),
            units.seconds(one.after),
            one.shapes[0] if one.is_same_work else f"{one.shapes[0]}, {one.shapes[1]}: for each byte",
        )
        for one in found
    ]
    return Table(title, head, rows, words=3, closing=1)


def _draw(title: str, found: Sequence[Step], names: Sequence[str], theme: Theme) -> Figure:
    there = [name for name in names if any(one.contender == name for one in found)]
    rows = unique((one.op, one.pass_) for one in found)
    own = [[one for one in found if (one.op, one.pass_) == row] for row in rows]
    heights = [ROW * max(2.0, 0.8 * len(steps)) + 0.08 for steps in own]
    ends = [sum(heights[:number]) for number in range(len(heights) + 1)]
    made = figure(theme, 1.2 + ends[-1])
    legend(made, title, contender_marks(there, theme))
    axes = made.add_subplot()
    low = min(0.5, *(min(one.change.ends) for one in found)) / 1.1
    high = max(2.0, *(max(one.change.ends) for one in found)) * 1.1
    factors_axis(axes.xaxis, low, high)
    grid(axes, theme, "x")
    axes.axvline(1, color=theme.ink, linewidth=1)
    middles = [top + height / 2 for top, height in zip(ends, heights, strict=False)]
    for place, steps in zip(middles, own, strict=True):
        _draw_row(axes, place, steps, there, theme)
    labels = [f"{folded(op)}\n{pass_}" if len(op) <= 18 else folded(f"{op}, {pass_}", 22) for op, pass_ in rows]
    axes.set_yticks(middles, labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(ends[-1], 0)
    axes.set_xlabel("time here / time in the first, times")
    return made


def _draw_row(axes: Axes, center: float, found: Sequence[Step], names: Sequence[str], theme: Theme) -> None:
    for number, one in enumerate(found):
        own = look(one.contender, names, theme)
        place = center + 0.8 * ROW * (number - (len(found) - 1) / 2)
        axes.plot(one.change.ends, [place, place], color=own.color, linewidth=1.2)
        axes.scatter(
            one.change.value, place, s=18, marker=own.mark, color=own.color, edgecolors=own.edge, linewidths=0.4
        )
