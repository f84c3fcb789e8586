"""Places the nodes of a graph in columns, each node left of those that are computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
BEND = 0.55  # of the height of a node, that a line on its way through a column takes
Point = tuple[float, float]
Links = Sequence[Sequence[int]]  # for each node, those that it is computed from


@dataclass(frozen=True)
class Layout:
    """Where everything goes: a column is 1 wide, a node 1 high, counted from the middle of the first node.

    Attributes:
        places: the middle of each node.
        height: from the upper edge of all to the lower edge.
        routes: for each pair of linked nodes the points between them, one for each column that the line crosses.
    """

    places: tuple[Point, ...]
    height: float
    routes: Mapping[tuple[int, int], tuple[Point, ...]]

    @property
    def width(self) -> float:
        """How many columns there are."""
        return 1 + max((x for x, _ in self.places), default=0)


def lay_out(links: Links) -> Layout:
    """Place the nodes; links that lead round in a circle are left out until there is none."""
    links = _without_circles(links)
    columns = _columns(links)
    grid = _Grid(columns, [(parent, child) for child, parents in enumerate(links) for parent in dict.fromkeys(parents)])
    heights = grid.heights()
    half = [0.5 if one < len(links) else BEND / 2 for one in range(len(heights))]
    top = min((at - size for at, size in zip(heights, half, strict=True)), default=0.0) + 0.5
    bottom = max((at + size for at, size in zip(heights, half, strict=True)), default=0.0) + 0.5
    places = [(float(column), at - top) for column, at in zip(grid.columns, heights, strict=True)]
    routes = {ends: tuple(places[one] for one in chain[1:-1]) for ends, chain in grid.chains.items()}
    return Layout(tuple(places[: len(links)]), bottom - top, routes)


def _without_circles(links: Links) -> list[list[int]]:
    kept: list[list[int]] = [[] for _ in links]
    open_, done = set[int](), set[int]()

    def visit(node: int) -> None:
        open_.add(node)
        for parent in links[node]:
            if parent in open_:
                continue
            kept[node].append(parent)
            if parent not in done:
                visit(parent)
        open_.discard(node)
        done.add(node)

    for node in range(len(links)):
        if node not in done:
            visit(node)
    return kept


def _columns(links: Links) -> list[int]:
    """As far to the right as the nodes that are computed from it allow."""
    before_end = [0] * len(links)
    for _ in links:  # the longest way has fewer links than there are nodes
        for child, parents in enumerate(links):
            for parent in parents:
                before_end[parent] = max(before_end[parent], before_end[child] + 1)
    last = max(before_end, default=0)
    return [last - distance for distance in before_end]


class _Grid:
    """Columns of nodes, and of bends where a line crosses a column."""

    def __init__(self, columns: Sequence[int], links: Iterable[tuple[int, int]]) -> None:
        self.columns = list(columns)
        self.chains: dict[tuple[int, int], list[int]] = {}
        self._nodes = len(columns)
        for parent, child in links:
            self.chains[parent, child] = self._chain(parent, child)
        self._near: list[list[int]] = [[] for _ in self.columns]
        for one, other in (pair for chain in self.chains.values() for pair in pairwise(chain)):
            self._near[one].append(other)
            self._near[other].append(one)
        self._order = [[i for i, at in enumerate(self.columns) if at == column] for column in sorted({*self.columns})]

    def heights(self) -> list[float]:
        """How far down each node and bend is, with as few crossings as a few sweeps find."""
        best = self._order
        for sweep in range(SWEEPS):
            self._sweep(to_right=sweep % 2 == 1)
            if self._crossings(self._order) < self._crossings(best):
                best = self._order
        return self._spread(best)

    def _chain(self, parent: int, child: int) -> list[int]:
        between = range(self.columns[parent] + 1, self.columns[child])
        bends = range(len(self.columns), len(self.columns) + len(between))
        self.columns += between
        return [parent, *bends, child]

    def _sweep(self, to_right: bool) -> None:
        """Sort each column by where the neighbours on one side are on average."""
        rank = {one: place for column in self._order for place, one in enumerate(column)}
        order = list(self._order)
        for at in range(len(order)) if to_right else reversed(range(len(order))):
            middle = {one: _mean([rank[near] for near in self._beside(one, to_right)], rank[one]) for one in order[at]}
            order[at] = sorted(order[at], key=middle.__getitem__)
            rank |= {one: place for place, one in enumerate(order[at])}
        self._order = order

    def _beside(self, one: int, on_left: bool) -> list[int]:
        column = self.columns[one] + (-1 if on_left else 1)
        return [near for near in self._near[one] if self.columns[near] == column]

    def _crossings(self, order: Sequence[Sequence[int]]) -> int:
        rank = {one: place for column in order for place, one in enumerate(column)}
        steps = [pair for chain in self.chains.values() for pair in pairwise(chain)]
        return sum(
            (rank[a] - rank[c]) * (rank[b] - rank[d]) < 0
            for i, (a, b) in enumerate(steps)
            for c, d in steps[:i]
            if self.columns[a] == self.columns[c]
        )

    def _spread(self, order: Sequence[Sequence[int]]) -> list[float]:
        """Bring each node near the middle of its neighbours, without overlaps."""
        height = [0.0] * len(self.columns)
        for column in order:
            self._settle(column, [float(place) for place in range(len(column))], height)
        for sweep in range(2 * SWEEPS):
            for column in order if sweep % 2 else order[::-1]:
                wanted = [_mean([height[other] for other in self._near[one]], height[one]) for one in column]
                self._settle(column, wanted, height)
        return height

    def _settle(self, column: Sequence[int], wanted: Sequence[float], height: list[float]) -> None:
        """Take the wanted heights, pushed apart where they are too near, and right on average."""
        found: list[float] = []
        for place, one in enumerate(column):
            least = found[-1] + self._gap(column[place - 1], one) if found else wanted[place]
            found.append(max(wanted[place], least))
        shift = sum(wanted) / len(wanted) - sum(found) / len(found)
        for one, at in zip(column, found, strict=True):
            height[one] = at + shift

    def _gap(self, above: int, below: int) -> float:
        return sum(0.5 if one < self._nodes else BEND / 2 for one in (above, below))


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
