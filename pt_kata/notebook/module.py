"""The module under test, made of the cells of a kata and, where they define nothing, of the blank stub."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pt_kata.notebook.cells import Cell, Piece

STUB = ""  # the label of what no cell defines


@dataclass(frozen=True)
class Module:
    """The statements that the ``tasks`` need, in an order in which they can be run."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{line}\n" for line, _, _ in self._lines)

    def place(self, line: int) -> tuple[str, int]:
        """The cell's label and its line for a line of the file; nothing and 0 for one that no cell has."""
        _, label, number = self._lines[line - 1] if 0 < line <= len(self._lines) else ("", STUB, 0)
        return (label, number) if label else (STUB, 0)

    @cached_property
    def _lines(self) -> list[tuple[str, str, int]]:
        return [line for piece in self.pieces for line in _lines(piece)]

    @property
    def unknown(self) -> frozenset[str]:
        """The names that the cells' statements use and the module does not define."""
        known = {name for piece in self.pieces for name in piece.binds}.union(vars(builtins))
        used = {name for piece in self.pieces if piece.label != STUB for name in piece.uses}
        return frozenset(name for name in used - known if not name.startswith("__"))


def assembled(stub: str, cells: Sequence[Cell], tasks: Iterable[str]) -> Module:
    """The module of ``tasks`` and all that they use, where the latest definition of a name wins."""
    every = [piece for cell in (Cell(STUB, stub), *cells) for piece in cell.pieces]
    owners = {name: piece for piece in every for name in piece.binds}
    futures = tuple({piece.text: piece for piece in every if piece.is_future}.values())
    wanted = _reached([owners[name] for name in tasks if name in owners], owners)
    return Module((*futures, *_in_order(wanted, owners)))


def _reached(roots: Iterable[Piece], owners: dict[str, Piece]) -> list[Piece]:
    """What ``roots`` use and what that uses, what stands first in its cell first."""
    found: dict[Piece, None] = {}
    waiting = list(roots)
    while waiting:
        piece = waiting.pop(0)
        if piece not in found and not piece.is_future:
            found[piece] = None
            waiting += [owners[name] for name in sorted(piece.uses) if name in owners]
    return list(found)


def _in_order(pieces: Iterable[Piece], owners: dict[str, Piece]) -> list[Piece]:
    """Each behind those whose names it looks up as soon as it is run."""
    ordered: dict[Piece, None] = {}
    seen: set[Piece] = set()

    def add(piece: Piece) -> None:
        if piece in seen:
            return
        seen.add(piece)
        at_once = [owners[name] for name in sorted(piece.needs) if name in owners]
        for other in at_once if piece.is_def else _reached(at_once, owners):
            add(other)
        ordered[piece] = None

    for piece in pieces:
        add(piece)
    return list(ordered)


def _lines(piece: Piece) -> Iterator[tuple[str, str, int]]:
    """Each line of a statement with its place, and two empty ones behind a definition."""
    for offset, line in enumerate(piece.text.split("\n")):
        yield line, piece.label, piece.first + offset
    yield from [("", STUB, 0)] * (2 if piece.is_def else 0)
