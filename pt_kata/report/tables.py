"""A table of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of text below their heads: words in the first ``words`` and the last ``closing`` columns, else numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    closing: int = 0

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"a row of the table {self.caption!r} has not {len(self.head)} cells")

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return self.words <= column < len(self.head) - self.closing
