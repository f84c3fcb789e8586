"""The learner's code beside the reference, one definition after the other, without docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from pt_kata.catalog import Kata
from pt_kata.files import Trouble
from pt_kata.screen import Screen

SIDE_BY_SIDE = 100  # columns
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
REST = "imports and constants"
NOTHING = "# nothing of this name"


class Unreadable(Trouble):
    """A file is missing or not valid Python; the message names it."""


@dataclass(frozen=True)
class Pair:
    """One definition in both files; empty where a file has none of that name."""

    name: str
    yours: str
    reference: str


def pairs(kata: Kata) -> list[Pair]:
    """What both files define: the tasks in their order, with the helpers; imports and constants where they differ."""
    yours, reference = _parts(kata.stub), _parts(kata.reference)
    names = list(dict.fromkeys([*reference, *yours]))
    found = [Pair(name, yours.get(name, ""), reference.get(name, "")) for name in names]
    return [pair for pair in found if pair.name != REST or pair.yours != pair.reference]


def compare(screen: Screen, kata: Kata) -> None:
    """Print every pair: side by side where there is room, else one below the other."""
    wide = screen.is_terminal and screen.width >= SIDE_BY_SIDE
    for pair in pairs(kata):
        screen.say((pair.name, "bold"))
        if pair.yours == pair.reference:
            _below(screen, {"yours and the reference are the same": pair.yours})
        elif wide:
            _beside(screen, pair)
        else:
            _below(screen, {"yours": pair.yours, "the reference": pair.reference})


def _beside(screen: Screen, pair: Pair) -> None:
    table = Table(box=None, expand=True, header_style="dim", padding=(0, 2))
    for title in ("yours", "the reference"):
        table.add_column(title, ratio=1)
    table.add_row(_syntax(pair.yours), _syntax(pair.reference))
    screen.print(table)
    screen.say()


def _below(screen: Screen, codes: dict[str, str]) -> None:
    for title, code in codes.items():
        screen.say((title, "dim"), first="  ")
        for line in _syntax(code).highlight(code or NOTHING).split("\n"):
            line.rstrip()
            screen.out_line(Text.assemble("    ", line) if line else line)
    screen.say()


def _syntax(code: str) -> Syntax:
    return Syntax(code or NOTHING, "python", theme="ansi_dark", background_color="default", word_wrap=True)


def _parts(path: Path) -> dict[str, str]:
    """The text of every definition of a module without docstrings, and of what else stands at its top level."""
    source, tree = _read(path)
    lines = source.split("\n")
    hidden = {number for docstring in _docstrings(tree) for number in _span(docstring)}
    hidden |= {number + 1 for number in hidden if not "".join(lines[number : number + 1]).strip()}
    parts: dict[str, str] = {}
    for node in tree.body:
        name = node.name if isinstance(node, Definition) else REST
        text = "".join(f"{lines[number - 1]}\n" for number in _span(node) if number not in hidden)
        parts[name] = parts.get(name, "") + text
    return parts


def _read(path: Path) -> tuple[str, ast.Module]:
    try:
        source = path.read_text(encoding="utf-8-sig")
        return source, ast.parse(source)
    except OSError as error:
        raise Unreadable(f"{path} can't be read: {error.strerror or error}") from None
    except SyntaxError as error:
        raise Unreadable(f"{path}:{error.lineno or 1} is not valid Python: {error.msg}") from None
    except ValueError as error:
        raise Unreadable(f"{path} is not valid Python: {error}") from None


def _docstrings(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | Definition) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def _span(node: ast.stmt) -> range:
    first: int = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or 0) + 1)
