"""What is printed, fitted to where it goes: a terminal of any width, or a pipe, whose lines have no end."""

from __future__ import annotations

import os

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

ENDLESS = 100_000  # columns of a pipe
READABLE = 100  # columns; longer lines are hard to read
Part = str | tuple[str, str]


class Screen(Console):
    """The console of a command."""

    def __init__(self) -> None:
        super().__init__(
            color_system=None if os.environ.get("NO_COLOR") else "auto",  # without it neither colours nor bold
            highlight=False,
            markup=False,
            emoji=False,
        )
        if not self.is_terminal:
            self.width = ENDLESS  # whatever COLUMNS says: readline exports it to every child of a Python process

    @property
    def columns(self) -> int:
        """How long a line of prose may be."""
        return min(self.width, READABLE) if self.is_terminal else self.width

    def say(self, *parts: Part | Text, first: str | Text = "", rest: str | None = None) -> None:
        """Print a paragraph: ``first`` stands before its first line, ``rest`` (as many blanks) before the others."""
        width = cell_len(str(first))
        rest = " " * width if rest is None else rest
        lines = Text.assemble(*parts).wrap(self, max(self.columns - width, 10)) or [Text()]
        for number, line in enumerate(lines):
            line.rstrip()
            self.out_line(Text.assemble(rest if number else first, line))

    def out_line(self, text: Text) -> None:
        """Print one line as it is, however long it is."""
        self.print(text, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Leave it to the command, which ends quietly."""
        raise BrokenPipeError


def style_of(state: str) -> str:
    """The colour of a state or an outcome."""
    return STYLES.get(state, "")


STYLES = {
    "done": "green",
    "passed": "green",
    "todo": "yellow",
    "begun": "yellow",
    "failed": "red",
    "timeout": "red",
    "error": "red",
    "broken": "red",
    "missing": "red",
    "changed": "cyan",
    "new": "cyan",
}
MARKS = {"passed": "✓ ", "todo": "· "}
