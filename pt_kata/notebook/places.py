"""Says where in the notebook a line of the module under test stands, wherever such a line is mentioned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from pt_kata.notebook.module import Module
from pt_kata.plots.failure import Failure


@dataclass(frozen=True)
class Places:
    """The places in a notebook of ``module``, which is written to ``file``; ``label`` is that of the cell just run."""

    module: Module
    file: Path
    label: str

    def place(self, line: int) -> str:
        """Where line ``line`` of the file stands."""
        label, number = self.module.place(line)
        if not label:
            return "not in a cell yet"
        return f"{'cell' if label == self.label else label}, line {number}"

    def told(self, text: str) -> str:
        """``text``, with the places in the notebook for those in the file."""
        folders = re.escape(self.file.parent.parent.name)
        name = rf"(?<![\w/.-])(?:[^\s:]*{folders}/[^\s:/]+/)?{re.escape(self.file.name)}"
        text = re.sub(rf"{name}(?::|, line )(\d+)", lambda found: self.place(int(found[1])), text)
        text = re.sub(r"\bin line (\d+) of", lambda found: f"in {self.place(int(found[1]))}, of", text)
        return re.sub(rf"{name}(?!\w)", "this notebook", text)

    def diagnosis(self, text: str) -> str:
        """A diagnosis for someone who has a cell to try things in, where the functions are already."""
        kept = [line for line in text.split("\n") if not line.strip().startswith(">>> from katas.")]
        return "\n".join(kept).replace("Try it in a Python prompt:", "Try it in a cell:")

    def in_data(self, data: Any) -> Any:
        """What is drawn, with the places in the notebook in each of its failures."""
        return _mapped(data, self._failure)

    def _failure(self, failure: Failure) -> Failure:
        place = f"{self.place(failure.line)}: " if failure.line else ""
        return replace(failure, words=f"{place}{self.told(failure.words)}", line=0)


def _mapped(value: Any, change: Callable[[Failure], Failure]) -> Any:
    """A copy of plain data in which every failure is changed."""
    if isinstance(value, Failure):
        return change(value)
    if isinstance(value, list | tuple):
        items = [_mapped(item, change) for item in value]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        own = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        return replace(value, **{name: _mapped(item, change) for name, item in own.items()})
    return value
