"""A cell taken apart: its statements, what each defines and uses, and on which of the cell's lines it stands."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from symtable import SymbolTable, symtable

FUTURE = "__future__"


@dataclass(frozen=True)
class Cell:
    """A cell as it was run; ``label`` names it in messages, ``source`` has all its lines, the magic's as well."""

    label: str
    source: str

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Its statements.

        Raises:
            SyntaxError: it is not valid Python.
        """
        lines = self.source.split("\n")
        return tuple(self._piece(node, lines) for node in ast.parse(self.source).body)

    def _piece(self, node: ast.stmt, lines: list[str]) -> Piece:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        is_def = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        is_future = isinstance(node, ast.ImportFrom) and node.module == FUTURE
        return Piece(self.label, first, text, is_def=is_def, is_future=is_future)


@dataclass(frozen=True)
class Piece:
    """A statement and where it comes from: ``first`` is its line in the cell ``label``."""

    label: str
    first: int
    text: str
    is_def: bool = False
    is_future: bool = False

    @cached_property
    def _table(self) -> SymbolTable:
        return symtable(self.text, "<cell>", "exec")

    @cached_property
    def binds(self) -> frozenset[str]:
        """The global names that it gives a value to."""
        symbols = self._table.get_symbols()
        return frozenset(one.get_name() for one in symbols if one.is_assigned() or one.is_imported())

    @cached_property
    def uses(self) -> frozenset[str]:
        """The global names that it looks up, at once or when what it defines is called."""
        return frozenset(_looked_up(self._table, _every)) - self.binds

    @cached_property
    def needs(self) -> frozenset[str]:
        """The global names that it looks up at once: of a function those in its decorators and its signature."""
        return frozenset(_looked_up(self._table, _now if self.is_def else _every)) - self.binds


def _every(table: SymbolTable) -> bool:
    return True


def _now(table: SymbolTable) -> bool:
    return table.get_type() != "function"


def _looked_up(table: SymbolTable, is_wanted: Callable[[SymbolTable], bool]) -> Iterator[str]:
    """The global names used in ``table`` and in those scopes inside it that are wanted."""
    is_outer = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_outer or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        if is_wanted(inner):
            yield from _looked_up(inner, is_wanted)
