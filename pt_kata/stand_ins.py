"""Other answers to a kata, kept as code: the known wrong ones in ``mistakes/``, and right ones by another route.

A file of them mirrors a kata's module. Each function or class in it is marked with ``@mistake`` or
``@right_answer`` and stands in for one task of the reference. Inside it the task's own name means the stand-in;
any other task, and the task itself where it is imported under another name, is the reference's. The marks are read
from the text, so that the catalogue of mistakes costs no import of torch.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pt_kata.catalog import CatalogError, Kata, nearest

T = TypeVar("T")
Definition = ast.FunctionDef | ast.ClassDef
OPTIONS = ("caught_by", "forbidden", "noise")


def mistake(task: str, *, caught_by: str, forbidden: bool = False, noise: bool = False) -> Callable[[T], T]:
    """Mark a known wrong answer to ``task``, which the test function ``caught_by`` catches.

    Its docstring holds a title, a paragraph of two sentences on why it is wrong, and an experiment under ``Try:``
    in the form of a doctest, which shows what the mistake gives. ``forbidden`` says that it calls what the kata
    forbids there; with ``noise`` its wrong values are rounding errors, so that only where they are wrong counts.
    """
    return lambda stand_in: stand_in


def right_answer(task: str) -> Callable[[T], T]:
    """Mark a right answer to ``task`` by another route than the reference's; its docstring says which."""
    return lambda stand_in: stand_in


@dataclass(frozen=True)
class StandIn:
    """One marked definition: what it stands for, what its docstring says, and where it is."""

    kata: Kata
    path: Path
    name: str
    task: str
    title: str
    why: str = ""
    experiment: str = ""
    caught_by: str = ""
    forbidden: bool = False
    noise: bool = False
    line: int = 1

    @property
    def prompt(self) -> tuple[str, ...]:
        """The lines of the experiment to type, with their prompts and without the answers."""
        lines = (line.removeprefix("    ") for line in self.experiment.splitlines())
        return tuple(line for line in lines if line.startswith((">>>", "...")))


def mistakes(kata: Kata) -> tuple[StandIn, ...]:
    """The known wrong answers to ``kata``, in file order; none where it has no file of them.

    Raises:
        CatalogError: the file is no Python, or a mark in it is not as ``mistake`` wants it.
    """
    return read(kata, kata.mistakes, "mistake")


def read(kata: Kata, path: Path, mark: str) -> tuple[StandIn, ...]:
    """The definitions in ``path`` that are marked with ``mark``."""
    if not path.is_file():
        return ()
    found = []
    for node in parse(path).body:
        if isinstance(node, Definition) and (call := _mark(node, mark)):
            found.append(_stand_in(kata, path, node, call))
    return tuple(found)


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file; a CatalogError with its name where there is none."""
    try:
        return _tree(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise CatalogError(f"{path} is missing") from None
    except (SyntaxError, ValueError) as error:
        raise CatalogError(f"{path} is not valid Python: {error}") from None


@lru_cache(maxsize=32)
def _tree(text: str, name: str) -> ast.Module:
    return ast.parse(text, name)  # half of a diagnosis would be parsing the same files again


def select(tree: ast.Module, stand_in: StandIn) -> ast.Module:
    """Of a file of stand-ins, only ``stand_in``, under the name of its task, and what is not marked."""
    body = (_renamed(node, stand_in) if is_marked else node for node, is_marked in _sorted_out(tree))
    return ast.Module([node for node in body if node], [])


@lru_cache(maxsize=32)
def _sorted_out(tree: ast.Module) -> list[tuple[ast.stmt, bool]]:
    marks = ("mistake", "right_answer")
    return [(node, isinstance(node, Definition) and any(_mark(node, mark) for mark in marks)) for node in tree.body]


def _renamed(node: ast.stmt, stand_in: StandIn) -> Definition | None:
    """The definition of ``stand_in`` under the name of its task; nothing for any other."""
    if not isinstance(node, Definition) or node.name != stand_in.name:
        return None
    marks = [_mark(node, "mistake"), _mark(node, "right_answer")]
    others = [decorator for decorator in node.decorator_list if decorator not in marks]
    fields = {key: getattr(node, key) for key in node._fields} | {"name": stand_in.task, "decorator_list": others}
    return ast.copy_location(type(node)(**fields), node)


def _mark(node: Definition, mark: str) -> ast.Call | None:
    calls = (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    return next((call for call in calls if isinstance(call.func, ast.Name) and call.func.id == mark), None)


def _stand_in(kata: Kata, path: Path, node: Definition, call: ast.Call) -> StandIn:
    where = f"{path}, line {node.lineno}: {node.name}"
    try:
        (task,) = (ast.literal_eval(argument) for argument in call.args)
        options = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except ValueError:
        raise CatalogError(f"{where}: the mark needs the task's name, and literal values only") from None
    if unknown := options.keys() - OPTIONS:
        raise CatalogError(f"{where}: the mark has no option {min(unknown)}{nearest(min(unknown), list(OPTIONS))}")
    if not kata.task(task):
        raise CatalogError(f"{where}: {kata.id} has no task {task!r}")
    text, _, experiment = (ast.get_docstring(node) or "").partition("\n\nTry:\n")
    title, _, why = text.partition("\n\n")
    if not title:
        raise CatalogError(f"{where}: the docstring is missing; its first line is the title")
    return StandIn(
        kata, path, node.name, task, title.rstrip("."), " ".join(why.split()), experiment, line=node.lineno, **options
    )
