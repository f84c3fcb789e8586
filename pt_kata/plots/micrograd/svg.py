"""The graphs as a vector drawing that needs no other file, and whose text can be searched and copied."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pt_kata.drawing import Theme
from pt_kata.plots.micrograd.data import Micrograd
from pt_kata.plots.micrograd.layout import Point
from pt_kata.plots.micrograd.shapes import TALL, WIDE, Box, Line, Shapes, shapes

COLUMN, TEXT = 150, 17  # pixels of a column, and of a line of text
EDGE = 16
HEAD = 44  # pixels from the top of a graph to its highest box: the title, and a mark
INDENT = 6
STYLE = """
svg {{ background: {paper}; font: 12px system-ui, sans-serif; }}
text {{ fill: {ink}; }}
text.title, text.name {{ font-weight: bold; }}
text.title {{ font-size: 14px; }}
text.mark, text.slope {{ font-size: 10px; }}
text.mark {{ text-anchor: end; }}
text.slope {{ text-anchor: middle; dominant-baseline: central; stroke: {paper}; stroke-width: 4; paint-order: stroke; }}
text.yours {{ fill: {yours}; }}
text.truth {{ fill: {truth}; }}
rect {{ fill: {paper}; stroke: {ink}; }}
rect.yours {{ fill: {shade}; stroke: {yours}; stroke-width: 2.5; }}
rect.lost {{ stroke: {yours}; stroke-dasharray: 3 3; }}
path.line {{ fill: none; stroke: {ink}; }}
path.lost {{ stroke: {yours}; stroke-dasharray: 2 3; }}
marker path {{ fill: {ink}; }}
"""


def svg(title: str, data: Micrograd, theme: Theme) -> bytes:
    """All graphs, one below the other, in the colours of a theme."""
    image = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
    SubElement(image, "title").text = title
    colors = {name: getattr(theme, name) for name in ("paper", "ink", "shade", "yours", "truth")}
    SubElement(image, "style").text = STYLE.format(**colors)
    _arrowhead(SubElement(image, "defs"))
    made = [shapes(graph) for graph in data.graphs]
    bottom = 0.0
    for one in made:
        group = SubElement(image, "g", {"transform": f"translate({EDGE} {bottom + EDGE:g})"})
        bottom += EDGE + _Graph(one).draw(group)
    for note in data.notes:
        bottom += TEXT
        _text(image, (EDGE, bottom), note, "yours")
    width = 2 * EDGE + max(_Graph(one).width for one in made)
    image.set("viewBox", f"0 0 {width:g} {bottom + EDGE:g}")
    image.set("width", f"{width:g}")
    image.set("height", f"{bottom + EDGE:g}")
    indent(image)
    made_of: bytes = tostring(image, encoding="utf-8", xml_declaration=True)
    return made_of


class _Graph:
    """One graph, measured in pixels from its upper left corner."""

    def __init__(self, one: Shapes) -> None:
        self._shapes = one
        self._row = one.lines_of_text * TEXT / TALL
        self.width = COLUMN * (one.layout.width - 1 + WIDE)

    def draw(self, group: Element) -> float:
        """Draw it; returns its height."""
        one = self._shapes
        _text(group, (0, TEXT), one.graph.title, "title")
        for line in one.lines:
            self._line(group, line)
        for box in one.boxes:
            self._box(SubElement(group, "g"), box)
        bottom = HEAD + self._row * one.layout.height
        for place, failure in enumerate(one.graph.failures):
            _text(group, (0, bottom + TEXT * place), failure.text, "yours")
        return bottom + TEXT * len(one.graph.failures)

    def _at(self, point: Point) -> Point:
        return (point[0] + WIDE / 2) * COLUMN, HEAD + (point[1] + TALL / 2) * self._row

    def _line(self, group: Element, line: Line) -> None:
        start = "M{:g} {:g}".format(*self._at(line.start))
        curves = ["C" + " ".join("{:g} {:g}".format(*self._at(point)) for point in curve) for curve in line.curves]
        look = "line lost" if line.is_lost else "line"
        SubElement(group, "path", {"class": look, "d": start + "".join(curves), "marker-end": "url(#arrowhead)"})
        if line.slope:
            _text(group, self._at(line.at), line.slope, "slope")

    def _box(self, group: Element, box: Box) -> None:
        lines = [(word, self._at((box.left, height))) for word, height in box.lines]
        SubElement(group, "title").text = "\n".join(word.text for word, _ in lines)
        x, y = self._at((box.left, box.top))
        width, height = COLUMN * WIDE, self._row * box.tall
        place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
        SubElement(group, "rect", {"class": box.look, **place})
        for word, (left, middle) in lines:
            _text(group, (left + INDENT, middle + TEXT / 4), word.text, word.look)
        if box.mark:
            _text(group, (x + width, y - TEXT / 5), box.mark, "yours mark" if box.is_misplaced else "mark")


def _arrowhead(parent: Element) -> None:
    size = {"refX": "8", "refY": "4", "markerWidth": "8", "markerHeight": "8", "orient": "auto"}
    marker = SubElement(parent, "marker", {"id": "arrowhead", **size})
    SubElement(marker, "path", {"d": "M0 1L8 4L0 7z"})


def _text(parent: Element, place: Point, words: str, look: str) -> None:
    x, y = place
    plain = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words)
    SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", "class": look}).text = plain
