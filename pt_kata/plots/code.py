"""The functions of one kata, called so that whatever they do can be drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeVar

import torch
from torch import Tensor

from pt_kata.endings import text_of
from pt_kata.plots.failure import Failure

T = TypeVar("T")
MOST = 120  # characters of a message


class Code:
    """The learner's module, or the reference.

    Attributes:
        module: what was loaded.
        notes: what the picture should say besides, a sentence each.
    """

    def __init__(
        self,
        module: ModuleType,
        file: Path,
        dead: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda name: None,
        progress: Callable[[str, float], None] = lambda words, share: None,
    ) -> None:
        """Wrap ``module``; ``dead`` has the functions that are not to be called again, and why.

        ``tell`` hears the name of a function before it is called, ``progress`` what is done in a long run, and how much
        of it (0 to 1) is over.
        """
        self.module = module
        self.notes: list[str] = []
        self.progress = progress
        self._file = file
        self._dead = dead or {}
        self._tell = tell

    def call(self, name: str, *arguments: Any, **options: Any) -> Any | Failure:
        """What a function returns for these arguments, or why it returns nothing."""
        return self.run(name, lambda: getattr(self.module, name)(*arguments, **options))

    def run(self, name: str, action: Callable[[], T]) -> T | Failure:
        """What ``action`` returns, for whose failure ``name`` is to answer."""
        if name in self._dead:
            return Failure(name, self._dead[name])
        self._tell(name)
        try:
            return action()
        except NotImplementedError as error:
            return Failure(name, self._text(error) or "not written yet")
        except BaseException as error:  # whatever it is, the picture shows it
            words = f"raises {type(error).__name__}: {self._text(error)}".removesuffix(": ")
            return Failure(name, words, self._line(error.__traceback__))

    def tensor(self, name: str, shape: Sequence[int], *arguments: Any, **options: Any) -> Tensor | Failure:
        """The tensor of this shape that a function returns; a note is made of what is not finite in it."""
        found = self.call(name, *arguments, **options)
        return found if isinstance(found, Failure) else self.expected(name, found, shape)

    def expected(self, name: str, found: object, shape: Sequence[int]) -> Tensor | Failure:
        """``found`` if it is a tensor of this shape, detached and on the CPU."""
        return self.run(name, lambda: self._plain(name, found, shape))

    def _plain(self, name: str, found: object, shape: Sequence[int]) -> Tensor | Failure:
        if not isinstance(found, Tensor):
            return Failure(name, f"returns {_article(type(found).__name__)}, wanted a tensor")
        if tuple(found.shape) != tuple(shape):
            return Failure(name, f"returns shape {tuple(found.shape)}, wanted {tuple(shape)}")
        if found.is_meta or found.is_complex():
            return Failure(name, "returns a tensor without data" if found.is_meta else "returns complex numbers")
        plain = found.detach().cpu()
        if plain.is_floating_point():
            self._note(name, plain)
        return plain

    def _note(self, name: str, found: Tensor) -> None:
        for words, where in (("NaN", found.isnan()), ("infinity", found.isinf())):
            if count := int(where.sum()):
                note = f"{name} gives {words} in {count} of {found.numel()} values"
                self.notes += [] if note in self.notes else [note]

    def _text(self, error: BaseException) -> str:
        text = text_of(error).replace(str(self._file), self._file.name).encode(errors="replace").decode()
        return text if len(text) <= MOST else f"{text[: MOST - 1]}…"

    def _line(self, traceback: TracebackType | None) -> int:
        """The last line of the learner's file that an exception came through."""
        line = 0
        while traceback:
            if traceback.tb_frame.f_code.co_filename == str(self._file):
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line


def load(name: str, file: Path, **options: Any) -> Code:
    """Import the module ``name``, which stands in ``file``, and wrap it."""
    __import__(name)
    torch.manual_seed(0)
    return Code(sys.modules[name], file, **options)


def _article(name: str) -> str:
    return "None" if name == "NoneType" else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
