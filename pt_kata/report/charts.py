"""A chart of the page, and how the contenders look in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.lines import Line2D

from pt_kata.drawing import Draw, Theme, shorten
from pt_kata.report.tables import Table

MARKS = {"fused": "o", "compiled": "^", "yours": "D", "manual": "s"}
OTHER_MARKS = ("v", "P", "X", "p")


@dataclass(frozen=True)
class Chart:
    """A picture with its words and numbers; ``draw`` is None where there is nothing to draw, and ``alt`` says why."""

    title: str
    reading: str
    alt: str
    table: Table
    draw: Draw | None
    is_shaded: bool = False


@dataclass(frozen=True)
class Look:
    """How a contender is drawn, the same in all pictures of a page."""

    color: str
    mark: str
    edge: str


def look(name: str, names: Sequence[str], theme: Theme) -> Look:
    """The look of one of ``names``."""
    if name in theme.own:
        return Look(theme.own[name], MARKS[name], theme.paper)
    number = [other for other in names if other not in theme.own].index(name)
    return Look(theme.others[number % len(theme.others)], OTHER_MARKS[number % len(OTHER_MARKS)], theme.ink)


def contender_marks(names: Sequence[str], theme: Theme) -> list[Line2D]:
    """The marks of contenders, for the legend."""
    looks = [(shorten(name), look(name, names, theme)) for name in names]
    return [
        Line2D([], [], linestyle="", marker=own.mark, color=own.color, markeredgecolor=own.edge, label=label)
        for label, own in looks
    ]
