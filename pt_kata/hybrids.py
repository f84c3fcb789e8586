"""Modules made of a kata's reference with some of its tasks replaced, so that one function is tried by itself."""

from __future__ import annotations
import __future__

import ast
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType

from pt_kata import stand_ins
from pt_kata.catalog import Kata
from pt_kata.stand_ins import StandIn

REFERENCE = "__reference__"
LAZY = __future__.annotations.compiler_flag  # nobody looks at the annotations, and evaluating them takes longest


class Hybrids:
    """Builds fresh modules for ``kata``; all text is parsed once."""

    def __init__(self, kata: Kata) -> None:
        self.kata = kata
        self._tasks = {task.name for task in kata.tasks}
        self._codes: dict[StandIn, CodeType] = {}

    def reference(self) -> ModuleType:
        """The reference alone."""
        return _execute(self._reference_code, self.kata.module)

    def of_source(self, source: str) -> ModuleType:
        """The reference with its text changed to ``source``."""
        return _execute(_compiled(ast.parse(source), self.kata.reference), self.kata.module)

    def defined(self, path: Path) -> set[str]:
        """The tasks that ``path`` defines."""
        return self._tasks & {name for statement in stand_ins.parse(path).body for name in defines(statement)}

    def learners(self, path: Path, tasks: Collection[str]) -> ModuleType:
        """The reference, with ``tasks`` as ``path`` defines them, and what else of its own that file needs."""
        reference = self.reference()
        tree = ast.Module(list(self._only(stand_ins.parse(path), tasks)), [])
        code = _compiled(ast.fix_missing_locations(tree), path)
        own = _execute(code, self.kata.module, {REFERENCE: reference})
        for task in tasks:
            swap(reference, task, getattr(own, task))
        return reference

    def standing_in(self, stand_in: StandIn) -> ModuleType:
        """The reference, with ``stand_in`` in the place of its task."""
        reference = self.reference()
        if stand_in not in self._codes:
            tree = stand_ins.select(stand_ins.parse(stand_in.path), stand_in)
            self._codes[stand_in] = _compiled(tree, stand_in.path)
        with installed(f"solutions.{self.kata.chapter}.{self.kata.name}", reference):
            own = _execute(self._codes[stand_in], self.kata.module)
        swap(reference, stand_in.task, getattr(own, stand_in.task))
        return reference

    @cached_property
    def _reference_code(self) -> CodeType:
        return _compiled(stand_ins.parse(self.kata.reference), self.kata.reference)

    def _only(self, tree: ast.Module, tasks: Collection[str]) -> Iterator[ast.stmt]:
        """The statements of a learner's file, with the reference in place of every task but ``tasks``."""
        for statement in tree.body:
            others = defines(statement) & self._tasks - set(tasks)
            if not others:
                yield statement
            for name in others:
                source = ast.Attribute(ast.Name(REFERENCE, ast.Load()), name, ast.Load())
                yield ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], source), statement)


def swap(module: ModuleType, task: str, replacement: object) -> None:
    """Put ``replacement`` behind the name ``task``, for functions that call it and classes that inherit from it."""
    original = getattr(module, task)
    setattr(module, task, replacement)
    for heir in [value for value in vars(module).values() if isinstance(value, type) and value is not replacement]:
        if original in heir.__bases__:
            heir.__bases__ = tuple(replacement if base is original else base for base in heir.__bases__)  # type: ignore[misc]


@contextmanager
def installed(name: str, module: ModuleType) -> Iterator[None]:
    """Let imports of the dotted ``name`` find ``module`` while entered."""
    parts = name.split(".")
    parents = [".".join(parts[: depth + 1]) for depth in range(len(parts) - 1)]
    before = {key: sys.modules.get(key) for key in (*parents, name)}
    for parent in parents:
        if before[parent] is None:
            sys.modules[parent] = _package(parent)
    sys.modules[name] = module
    try:
        yield
    finally:
        for key, old in before.items():
            if old is None:
                sys.modules.pop(key, None)
            else:
                sys.modules[key] = old


def _compiled(tree: ast.Module, path: Path) -> CodeType:
    code: CodeType = compile(tree, str(path), "exec", LAZY, dont_inherit=True)
    return code


def _package(name: str) -> ModuleType:
    package = ModuleType(name)
    package.__path__ = []
    return package


def _execute(code: CodeType, name: str, names: dict[str, object] | None = None) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = code.co_filename
    vars(module).update(names or {})
    with installed(name, module):
        exec(code, vars(module))
    return module


def defines(statement: ast.stmt) -> set[str]:
    """The top-level names that ``statement`` binds, or whose attributes it sets."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.AnnAssign):
        return {_root(statement.target)}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {_root(target) for target in targets}


def _root(target: ast.expr) -> str:
    while isinstance(target, ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
