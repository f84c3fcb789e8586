"""What the bytes moved say about a ratio of times, and what the clock says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pt_kata import units
from pt_kata.bench.record import pass_words
from pt_kata.drawing import Theme, around, factors_axis, figure, grid, legend
from pt_kata.report.charts import Chart, look
from pt_kata.report.ratios import Ratio, ratio
from pt_kata.report.runs import FUSED, Group, Race, contenders, is_warm, unique
from pt_kata.report.tables import Table

READING = (
    "Across: how many times more bytes a contender's operators move than the fused ones, counted and not timed; up: "
    "how many times longer it takes. On the diagonal the bytes explain all; above it something else costs time too, "
    "below it fused is held up by something else, or the bytes came from the cache (hollow: some of them did). What "
    "torch.compile moves can't be counted, so it has no point."
)
PASS_MARKS = {"forward": "o", "backward": "s", "both": "D", "step": "^"}


@dataclass(frozen=True)
class Prediction:
    """How many times slower than fused: by the bytes, and by the clock."""

    op: str
    size: str
    pass_: str
    contender: str
    predicted: float
    measured: Ratio
    is_warm: bool


def predictions(races: Sequence[Race]) -> list[Prediction]:
    """All whose bytes were counted, in races in which fused took part."""
    return [
        Prediction(race.op, race.size, race.pass_, name, one.predicted, ratio(one.seconds, fused.seconds), is_warm(one))
        for race in races
        if (fused := race.records.get(FUSED))
        for name in contenders(race.records.values())
        if name != FUSED and (one := race.records[name]).predicted
    ]


def chart(group: Group, names: Sequence[str]) -> Chart:
    """The largest size of each operation in each of its passes."""
    title = "Speed-up of fused: predicted from the bytes, and measured"
    found = predictions([race for pass_ in group.passes for race in group.largest(pass_)])
    if not found:
        alt = "No contender beside fused has its bytes counted, so there is nothing to draw."
        return Chart(title, READING, alt, _table(title, []), None)
    near = sum(1 / 1.25 <= one.measured.value / one.predicted <= 1.25 for one in found)
    alt = (
        f"{title}. A scatter of {len(found)} points with logarithmic axes; {near} of them lie within 25 % of the "
        "diagonal, where both are the same."
    )
    return Chart(title, READING, alt, _table(title, found), partial(_draw, title, found, names))


def _table(title: str, found: Sequence[Prediction]) -> Table:
    head = ("Operation", "Size", "Pass", "Contender", "Predicted", "Measured", "95 % interval", "Data")
    rows = [
        (
            one.op,
            one.size,
            pass_words(one.pass_),
            one.contender,
            units.factor(one.predicted),
            units.factor(one.measured.value),
            one.measured.interval,
            "warm" if one.is_warm else "cold",
        )
        for one in found
    ]
    return Table(title, head, rows, words=4)


def _draw(title: str, found: Sequence[Prediction], names: Sequence[str], theme: Theme) -> Figure:
    there = [name for name in names if any(one.contender == name for one in found)]
    made = figure(theme, 4.6)
    legend(made, title, [*_contenders(there, theme), *_passes(found, theme)])
    axes = made.add_subplot()
    ends = around([1.0, *(value for one in found for value in (one.predicted, *one.measured.ends))])
    factors_axis(axes.xaxis, *ends)
    factors_axis(axes.yaxis, *ends)
    grid(axes, theme)
    axes.plot(ends, ends, color=theme.ink, linewidth=1, linestyle="--")
    for one in found:
        own = look(one.contender, there, theme)
        axes.plot([one.predicted] * 2, one.measured.ends, color=own.color, linewidth=1)
        fill, edge = (theme.paper, own.color) if one.is_warm else (own.color, own.edge)
        mark = PASS_MARKS.get(one.pass_, "v")
        axes.scatter(
            one.predicted, one.measured.value, s=26, marker=mark, color=fill, edgecolors=edge, linewidths=0.8, zorder=3
        )
    axes.set_xlabel("predicted: bytes moved / bytes moved by fused, times")
    axes.set_ylabel("measured: time / time of fused, times")
    return made


def _contenders(names: Sequence[str], theme: Theme) -> list[Line2D]:
    return [
        Line2D([], [], color=look(name, names, theme).color, linewidth=4, solid_capstyle="butt", label=name)
        for name in names
    ]


def _passes(found: Sequence[Prediction], theme: Theme) -> list[Line2D]:
    return [
        Line2D([], [], color=theme.ink, linestyle="", marker=PASS_MARKS.get(pass_, "v"), label=pass_words(pass_))
        for pass_ in unique(one.pass_ for one in found)
    ]
