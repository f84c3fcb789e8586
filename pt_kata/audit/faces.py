"""All of a definition but its body: what stub and reference must have in common."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from pt_kata import stand_ins
from pt_kata.stand_ins import Definition

Face = tuple[str, ...]


def of(path: Path) -> dict[str, Face]:
    """The decorators, arguments, annotations, bases and, last, docstring of all that is public in ``path``."""
    return {name: _face(node) for name, node in definitions(path)}


def not_blank(path: Path) -> list[str]:
    """The functions of a stub whose body is not a docstring and ``raise NotImplementedError``, and the private ones."""
    tree = stand_ins.parse(path)
    private = [node.name for node in tree.body if isinstance(node, Definition) and node.name.startswith("_")]
    functions = [(name, node) for name, node in definitions(path) if isinstance(node, ast.FunctionDef)]
    return private + [
        name
        for name, node in functions
        if [ast.unparse(statement) for statement in node.body[1:]] != ["raise NotImplementedError"]
    ]


def definitions(path: Path) -> Iterator[tuple[str, Definition]]:
    """Every public function, class and method of a file with its qualified name."""
    for node in stand_ins.parse(path).body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node.name, node
            for member in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(member, ast.FunctionDef) and (member.name[:1] != "_" or member.name[:2] == "__"):
                    yield f"{node.name}.{member.name}", member


def _face(node: Definition) -> Face:
    head = [ast.unparse(decorator) for decorator in node.decorator_list]
    if isinstance(node, ast.ClassDef):
        return (*head, *map(ast.unparse, node.bases), ast.get_docstring(node) or "")
    returns = ast.unparse(node.returns) if node.returns else ""
    return (*head, ast.unparse(node.args), returns, ast.get_docstring(node) or "")
