"""From a kata to the files of its picture; matplotlib is imported only when there is something to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.check import Request
from pt_kata.files import Trouble, shown, write_whole
from pt_kata.plots import drawn
from pt_kata.plots.follow import Progress, data_of
from pt_kata.runner.launch import Launcher

CALL = 5.0  # seconds for one call; a kata whose calls take longer says so in its data module, as SECONDS


@dataclass(frozen=True)
class Wanted:
    """Whose code is to be seen, with which options of the kata."""

    kata: Kata
    request: Request = field(default_factory=Request)
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kata.name not in drawn():
            raise Trouble(f"{self.kata.id} has no picture; these have one: {', '.join(drawn())}")

    def data(self, launcher: Launcher, on_progress: Progress = lambda words, share: None) -> Any:
        """What is to be drawn, from a run of the code.

        Raises:
            Trouble: nothing could be found out.
        """
        seconds = getattr(self._module("data"), "SECONDS", CALL)
        job = self.request.job(self.kata)
        limits = replace(job.limits, test=seconds)
        asked = replace(job, runs="pt_kata.plots.child", options=dict(self.options), limits=limits)
        return data_of(launcher, asked, on_progress)

    def png(self, data: Any, theme: str = "light") -> bytes:
        """The picture in the theme of this name."""
        from pt_kata.drawing import named, png

        return png(partial(self._module("draw").draw, data), named(theme), is_shaded=True)

    def extras(self, data: Any, theme: str = "light") -> dict[str, bytes]:
        """What there is besides the picture, by the end of its file's name: a table, a graph, an animation."""
        from pt_kata.drawing import named

        make = getattr(self._module("draw"), "extras", None)
        return make(data, named(theme)) if make else {}

    def write(self, data: Any, folder: Path, theme: str = "light") -> list[Path]:
        """Write the picture and what there is besides; returns the paths, the picture first.

        Raises:
            Trouble: the folder can't be written.
        """
        base = folder / self.kata.chapter / self.kata.name
        files = {f"{base}.png": self.png(data, theme)}
        files |= {f"{base}{end}": content for end, content in self.extras(data, theme).items()}
        try:
            base.parent.mkdir(parents=True, exist_ok=True)
            for path, content in files.items():
                write_whole(Path(path), content)
        except OSError as error:
            raise Trouble(f"{shown(base.parent)} can't be written: {error.strerror}. Name one with --out.") from None
        return [Path(path) for path in files]

    def _module(self, part: str) -> Any:
        return import_module(f"pt_kata.plots.{self.kata.name}.{part}")


def folder_of(root: Path) -> Path:
    """Where the pictures of a workspace go."""
    return root / ".pt_kata" / "plots"
