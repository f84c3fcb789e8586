"""Make a stub from a reference: the same text, with every public body reduced to its docstring and a raise.

    python scripts/make_stub.py solutions/losses/cross_entropy.py katas/losses/cross_entropy.py

Private helpers and module constants are left out. Imports that only the bodies used are left in: take out by hand
those that would give the answer away.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

Definition = ast.FunctionDef | ast.ClassDef


def stub(source: str) -> str:
    """Return the text of the stub for the reference ``source``."""
    lines = source.splitlines(keepends=True)
    dropped: set[int] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            dropped |= _lines(node)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            dropped |= _dropped(node, lines)
    return "".join(line for number, line in enumerate(lines, 1) if number not in dropped)


def _dropped(node: Definition, lines: list[str]) -> set[int]:
    """Return the lines of a definition that the stub lacks, and mend the line after each docstring."""
    if node.name.startswith("_") and not node.name.startswith("__"):
        return _lines(node)
    if isinstance(node, ast.ClassDef):
        members = (member for member in node.body if isinstance(member, ast.FunctionDef))
        return set().union(*(_dropped(member, lines) for member in members))
    docstring = node.body[0]
    lines[(docstring.end_lineno or 0) - 1] += " " * docstring.col_offset + "raise NotImplementedError\n"
    return set(range((docstring.end_lineno or 0) + 1, (node.end_lineno or 0) + 1))


def _lines(node: Definition | ast.Assign | ast.AnnAssign) -> set[int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return set(range(first, (node.end_lineno or 0) + 1))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/make_stub.py REFERENCE STUB")
    reference, target = map(Path, sys.argv[1:])
    if target.exists():
        sys.exit(f"{target} exists; a stub is never overwritten")
    target.write_text(stub(reference.read_text(encoding="utf-8")), encoding="utf-8")
