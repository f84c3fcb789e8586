"""What is shown below a cell: the same lines as in a terminal, as plain text and as HTML for any background."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pt_kata.screen import Part, Screen

# Of medium lightness, so that they are read on white and on black: each has a contrast of 4 to 1 or more with both.
COLORS = {
    "black": (118, 118, 118),
    "red": (217, 58, 58),
    "green": (30, 135, 75),
    "yellow": (155, 110, 10),
    "blue": (50, 120, 210),
    "magenta": (180, 80, 180),
    "cyan": (10, 130, 150),
    "white": (118, 118, 118),
}
THEME = TerminalTheme((255, 255, 255), (118, 118, 118), [*COLORS.values()], [*COLORS.values()])
STYLE = "font-family: monospace; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.35; max-width: 100ch"


class Page(Screen):
    """Collects what is printed; ``told`` changes each part of it."""

    def __init__(self, told: Callable[[str], str] = str) -> None:
        super().__init__()
        self._told = told
        self._lines: list[tuple[Text, int]] = []
        self._indent = 0

    def say(self, *parts: Part | Text, first: str | Text = "", rest: str | None = None) -> None:
        """Print a paragraph, whose lines all begin below each other where the page is narrow."""
        self._indent = len(str(first))
        super().say(*(self._changed(part) for part in parts), first=first, rest=rest)
        self._indent = 0

    def out_line(self, text: Text) -> None:
        """Take one line."""
        self._lines.append((text, self._indent))

    @property
    def plain(self) -> str:
        """The lines without colours."""
        return "".join(f"{line.plain}\n" for line, _ in self._lines)

    @property
    def html(self) -> str:
        """The lines, each with its colours."""
        return f'<div style="{STYLE}">{"".join(self._div(*line) for line in self._lines)}</div>'

    def _changed(self, part: Part | Text) -> Part | Text:
        if isinstance(part, Text):
            return part
        return self._told(part) if isinstance(part, str) else (self._told(part[0]), part[1])

    def _div(self, line: Text, indent: int) -> str:
        """A line whose blanks in front are a margin: not everything that shows a notebook keeps them."""
        lead = len(line.plain) - len(line.plain.lstrip(" "))
        spans = "".join(map(_span, line[lead:].render(self))) if line.plain.strip() else "&nbsp;"
        left = max(indent, lead)
        return f'<div style="padding-left: {left}ch; text-indent: {lead - left}ch">{spans}</div>'


def _span(segment: Segment) -> str:
    style = _readable(segment.style or Style.null()).get_html_style(THEME)
    text = escape(segment.text)
    return f'<span style="{escape(style)}">{text}</span>' if style else text


def _readable(style: Style) -> Style:
    """What is dim in a terminal is grey here: rich would mix it with a background that nobody knows."""
    return style + Style(dim=False, color=style.color or "white") if style.dim else style
