"""Where a test comes from: its source, and the function of the kata that it is about. Read from the text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from pt_kata.catalog import Kata, tree_of

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign


class Origins:
    """The test file of a kata, and the tasks of the kata in their order."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._tasks = [task.name for task in kata.tasks]

    def code(self, test: str) -> str:
        """The source of ``test``, with its decorators; nothing where the file has no such function."""
        node = self._definitions.get(test.partition("[")[0])
        if not isinstance(node, ast.FunctionDef):
            return ""
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        return "\n".join(self._lines[first - 1 : node.end_lineno])

    def task(self, test: str) -> str:
        """The task that ``test`` is about; it depends on the test file alone, not on the answers that are tested.

        It is the one that the test's name begins with, or that its parameters name, or that it calls itself, or that
        its helpers call. Of several it is the last of the kata's: without that one the test can't pass.
        """
        name, _, parameters = test.partition("[")
        node = self._definitions.get(name)
        if not isinstance(node, ast.FunctionDef):
            return next(iter(self._tasks), "")
        inside, chosen = self._among(_in_body(node)), self._chosen(parameters.removesuffix("]"))
        opening = [task for task in self._tasks if name.startswith(f"test_{_words(task)}_")]
        if opening and (not chosen or set(opening) & set(inside)):
            return max([task for task in opening if task in inside] or opening, key=len)
        return self._last(chosen or inside or self._further(node) or self._tasks[:1])

    def number(self, test: str) -> int:
        """The place of that task in the kata, from 1 on; 0 where the kata has no tasks."""
        task = self.task(test)
        return self._tasks.index(task) + 1 if task else 0

    def _last(self, tasks: Sequence[str]) -> str:
        return max(tasks, key=self._tasks.index, default="")

    def _among(self, names: set[str]) -> list[str]:
        found = {self._imported.get(name) for name in names}
        return [task for task in self._tasks if task in found]

    def _chosen(self, parameters: str) -> list[str]:
        """The tasks that the parameters name, themselves or as a key of one of the file's tables."""
        for node in self._body if parameters else ():
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == parameters:
                        return self._among(_names(value))
        return [task for task in self._tasks if re.search(rf"\b{task}\b", parameters)]

    def _further(self, node: ast.FunctionDef) -> list[str]:
        """The tasks in what the test uses of its file: first its helpers and parameters, then what these use."""
        seen: set[str] = set()
        names = _in_body(node).union(*map(_names, node.decorator_list))
        while names and not self._among(names):
            seen |= names
            names = set().union(*(_names(self._definitions[name]) for name in names if name in self._definitions))
            names -= seen
        return self._among(names)

    @cached_property
    def _lines(self) -> list[str]:
        return self._kata.test.read_text(encoding="utf-8").splitlines()

    @cached_property
    def _body(self) -> list[ast.stmt]:
        return getattr(tree_of(self._kata.test), "body", [])

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {name: node for node in self._body if isinstance(node, Definition) for name in _defined(node)}

    @cached_property
    def _imported(self) -> dict[str, str]:
        """The tasks by the names that the test file gives them."""
        imports = [node for node in self._body if isinstance(node, ast.ImportFrom) and node.module == self._kata.module]
        return {alias.asname or alias.name: alias.name for node in imports for alias in node.names}


def _defined(node: Definition) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    else:
        yield node.name


def _in_body(node: ast.FunctionDef) -> set[str]:
    return set().union(*map(_names, node.body)) - {arg.arg for arg in node.args.args}


def _names(node: ast.AST) -> set[str]:
    """The names that ``node`` takes from outside."""
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    return {name.id for name in names} - {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _words(task: str) -> str:
    """``square_times`` for ``SquareTimes``: as a part of a test's name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task).lower()
