"""The blank stub of a kata, made from its reference: the same faces, with every public body reduced to a raise."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

from pt_kata.catalog import Kata, parsed

RAISE = "raise NotImplementedError"
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
Constant = ast.Assign | ast.AnnAssign


def stub(source: str) -> str:
    """The text of the stub for the reference ``source``.

    Left out are private helpers, and module constants and imports from the standard library that nothing left in the
    stub uses.
    """
    tree = parsed(source)
    lines = ["", *(f"{line}\n" for line in source.split("\n"))]
    used = _used(tree)
    dropped: set[int] = set()
    for node in _left_out(tree, used):
        dropped |= set(range(_first_line(node, lines), (node.end_lineno or 0) + 1))
    for function in _functions(tree.body):
        dropped |= _empty(function, lines)
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            dropped |= _thin_out(node, used, lines)
    return _joined(lines, dropped)


def blank(kata: Kata) -> str:
    """The blank stub of ``kata``.

    Raises:
        ValueError: The reference is missing or is not valid Python; the message names it.
    """
    try:
        return stub(kata.reference.read_text(encoding="utf-8"))
    except OSError as error:
        why = error.strerror or str(error)
    except (SyntaxError, ValueError) as error:
        why = f"not valid Python: {error}"
    raise ValueError(f"{kata.reference}, from which the blank stub is made, can't be read ({why})")


def is_blank(kata: Kata) -> bool:
    """Whether the learner's file is the blank stub, whatever its line ends."""
    if not kata.stub.is_file():
        return False
    try:
        text = kata.stub.read_text(encoding="utf-8-sig")
        return RAISE in text and text == blank(kata)
    except (OSError, ValueError):
        return False


def _is_private(node: ast.AST) -> bool:
    name = getattr(node, "name", "")
    return name.startswith("_") and not name.startswith("__")


def _left_out(tree: ast.Module, used: set[str]) -> Iterator[ast.stmt]:
    """Private definitions anywhere, and unused constants of the module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not _is_private(node):
            yield from (member for member in node.body if isinstance(member, Definition) and _is_private(member))
        elif _is_private(node) or (isinstance(node, Constant) and not used & _names(_targets(node))):
            yield node


def _functions(body: Iterable[ast.stmt]) -> Iterator[Function]:
    """The public functions and methods."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not _is_private(node):
            yield from _functions(node.body)
        elif isinstance(node, Function) and not _is_private(node):
            yield node


def _empty(function: Function, lines: list[str]) -> set[int]:
    """Write the raise after the docstring, or in place of the body; give the lines that it makes superfluous."""
    first = function.body[0]
    end = function.end_lineno or 0
    if ast.get_docstring(function, clean=False) is not None:
        last = first.end_lineno or 0
        lines[last] += " " * first.col_offset + RAISE + "\n"
        return set(range(last + 1, end + 1))
    start = lines[first.lineno].encode()[: first.col_offset].decode()
    lines[first.lineno] = f"{start}{RAISE}\n"
    return set(range(first.lineno + 1, end + 1))


def _used(tree: ast.Module) -> set[str]:
    """The names that the stub still uses: in signatures, decorators, bases and class bodies."""
    constants = [node for node in tree.body if isinstance(node, Constant)]
    used = _names(face for node in tree.body if node not in constants for face in _faces(node))
    for node in reversed(constants):
        if used & _names(_targets(node)):
            used |= _names([node])
    return used


def _faces(node: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement that stay in the stub."""
    if _is_private(node):
        return
    if isinstance(node, Function):
        yield from (*node.decorator_list, node.args, *([node.returns] if node.returns else []))
    elif isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *node.keywords)
        for member in node.body:
            yield from _faces(member)
    else:
        yield node


def _targets(node: Constant) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {name.id for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name)}


def _thin_out(node: ast.Import | ast.ImportFrom, used: set[str], lines: list[str]) -> set[int]:
    """Take unused names of the standard library out of an import; give its lines that are then superfluous."""
    kept = [alias for alias in node.names if not _is_standard(node, alias) or _bound(alias) in used]
    if kept == node.names:
        return set()
    first, last = node.lineno, node.end_lineno or 0
    if not kept:
        return set(range(first, last + 1))
    node.names = kept
    lines[first] = ast.unparse(node) + "\n"
    return set(range(first + 1, last + 1))


def _is_standard(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    module = alias.name if isinstance(node, ast.Import) else "" if node.level else node.module or ""
    outer = module.partition(".")[0]
    return outer in sys.stdlib_module_names and outer != "__future__"


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _first_line(node: ast.stmt, lines: list[str]) -> int:
    """The first line of a definition or constant, with its decorators and the comment above."""
    first: int = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def _joined(lines: list[str], dropped: set[int]) -> str:
    """The lines that are left; where some were dropped, one of the two gaps around them goes as well."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number in dropped:
            continue
        if number - 1 in dropped and not line.strip():
            while kept and not kept[-1].strip():
                kept.pop()
        kept.append(line)
    return "".join(kept).strip("\n") + "\n"
