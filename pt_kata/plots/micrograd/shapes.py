"""The boxes and lines of a graph, as the picture and the SVG both draw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pt_kata.plots.micrograd.data import Graph, Node, text
from pt_kata.plots.micrograd.layout import Layout, Point, lay_out

WIDE = 0.68  # of a column
TALL = 0.76  # of a row
APART = 0.3  # of a row, between two lines from one node to another
NEAR = 0.36  # of the way from a node, where its slope stands: there lines do not cross yet
TIMES = "\N{MULTIPLICATION SIGN}"
Curve = tuple[Point, Point, Point]  # two points of control, and the end


@dataclass(frozen=True)
class Word:
    """A line of text in a box; ``look`` is "name", "plain", "yours" or "truth"."""

    text: str
    look: str = "plain"


@dataclass(frozen=True)
class Box:
    """A node; ``middle`` in columns and rows, ``tall`` in rows."""

    node: Node
    middle: Point
    tall: float
    words: tuple[Word, ...]
    is_misplaced: bool

    @property
    def left(self) -> float:
        """Where it begins, in columns."""
        return self.middle[0] - WIDE / 2

    @property
    def top(self) -> float:
        """Where it begins, in rows."""
        return self.middle[1] - self.tall / 2

    @property
    def lines(self) -> list[tuple[Word, float]]:
        """Its text, with the middle of each line in rows."""
        step = self.tall / len(self.words)
        return [(word, self.top + step * (number + 0.5)) for number, word in enumerate(self.words)]

    @property
    def mark(self) -> str:
        """Its place in the order."""
        warning = "!" if self.is_misplaced else ""
        return f"#{self.node.place or ''}{warning}" if self.node.place or warning else ""

    @property
    def look(self) -> str:
        """What its edge says: "lost", "yours" or "plain"."""
        if self.node.data is None:
            return "lost"
        return "yours" if self.node.differs else "plain"


@dataclass(frozen=True)
class Line:
    """A link from a node to one that is computed from it, or a place where there should be one."""

    start: Point
    curves: tuple[Curve, ...]
    slope: str = ""
    at: Point = (0.0, 0.0)
    is_lost: bool = False


@dataclass(frozen=True)
class Shapes:
    """All of one graph."""

    graph: Graph
    layout: Layout
    lines_of_text: int

    @property
    def boxes(self) -> Iterator[Box]:
        """The nodes."""
        for place, node in enumerate(self.graph.nodes):
            found = words(node)
            tall = TALL * len(found) / self.lines_of_text
            yield Box(node, self.layout.places[place], tall, found, place in self.graph.misplaced)

    @property
    def lines(self) -> Iterator[Line]:
        """The links that there are, and those that there should be."""
        for child, node in enumerate(self.graph.nodes):
            seen, uses = Counter[int](), Counter(node.parents)
            slopes = map(text, node.slopes) if node.slopes else [""] * len(node.parents)
            for parent, slope in zip(node.parents, slopes, strict=True):
                away = (seen[parent] - (uses[parent] - 1) / 2) * APART
                seen[parent] += 1
                yield self._line(parent, child, away, slope and f"{TIMES}{slope}")
            for parent in node.lost:
                yield self._line(parent, child, is_lost=True)

    def _line(self, parent: int, child: int, away: float = 0.0, slope: str = "", is_lost: bool = False) -> Line:
        (x, y), (end, last) = self.layout.places[parent], self.layout.places[child]
        start = at = (x + WIDE / 2, y + away)
        curves = []
        for column, row in self.layout.routes.get((parent, child), ()):
            enters, leaves = (column - WIDE / 2, row), (column + WIDE / 2, row)
            curves += [_bent(at, enters), _bent(enters, leaves)]
            at = leaves
        curves.append(_bent(at, (end - WIDE / 2, last + away)))
        where = _on(start, curves[0]) if len(curves) == 1 else curves[0][-1]
        return Line(start, tuple(curves), slope, where, is_lost)


def shapes(graph: Graph) -> Shapes:
    """Lay a graph out."""
    return Shapes(graph, lay_out(graph.links), max((len(words(node)) for node in graph.nodes), default=1))


def words(node: Node) -> tuple[Word, ...]:
    """What stands in the box of a node."""
    if node.data is None:
        return Word(node.name, "name"), Word("not there", "yours")
    data = _number("data", node.data, node.torch_data if node.has_other_data else None)
    grad = _number("grad", node.grad, node.torch_grad if node.has_other_grad else None)
    inside = [Word(f"+ {node.inside} inside")] if node.inside else []
    return Word(node.name, "name"), *data, *grad, *inside


def _number(name: str, found: float | str | None, torch_finds: float | None) -> list[Word]:
    if torch_finds is None:
        return [Word(f"{name} {text(found)}")]
    other = found if isinstance(found, float) else None
    return [Word(f"{name} {text(found, torch_finds)} ✗", "yours"), Word(f"torch {text(torch_finds, other)}", "truth")]


def _bent(start: Point, end: Point) -> Curve:
    middle = (start[0] + end[0]) / 2
    return (middle, start[1]), (middle, end[1]), end


def _on(start: Point, curve: Curve, share: float = NEAR) -> Point:
    """The point of a curve after a share of its way."""
    first, second, end = curve
    rest = 1 - share
    weights = rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3
    weighted = list(zip(weights, (start, first, second, end), strict=True))
    return sum(weight * x for weight, (x, _) in weighted), sum(weight * y for weight, (_, y) in weighted)
