"""What stands on a picture where a function gave nothing to draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """A function that is not written yet, raised, did not end or returned the wrong thing.

    ``name`` is the function's, ``words`` say why in short, ``line`` is the learner's line, 0 where there is none.
    """

    name: str
    words: str
    line: int = 0

    @property
    def text(self) -> str:
        """Both, as the picture has them."""
        place = f" (line {self.line})" if self.line else ""
        return f"{self.name}{place}: {self.words}"
