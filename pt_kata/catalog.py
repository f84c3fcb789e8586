"""The curriculum as data: which katas there are, what they ask, hint and forbid.

Everything is read from text (TOML and ``ast``), so that torch is never imported here.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pt_kata.content import own_or_packed


class CatalogError(Exception):
    """A file of the curriculum is missing or malformed; the message names the file and the key."""


@dataclass(frozen=True)
class Ban:
    """Names a kata forbids, why, and in which of its functions (none named: in all)."""

    names: frozenset[str]
    why: str
    functions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Task:
    """One public function or class of a kata and the first sentence of its docstring."""

    name: str
    summary: str


@dataclass(frozen=True)
class Kata:
    """One kata: the learner's module, its tests and the data beside them."""

    root: Path
    chapter: str
    name: str
    title: str = ""
    minutes: int = 0
    hints: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    bans: tuple[Ban, ...] = ()
    problem: str = ""

    @property
    def id(self) -> str:
        return f"{self.chapter}/{self.name}"

    @property
    def module(self) -> str:
        return f"katas.{self.chapter}.{self.name}"

    @property
    def stub(self) -> Path:
        return self.root / "katas" / self.chapter / f"{self.name}.py"

    @property
    def test(self) -> Path:
        return self.stub.with_name(f"test_{self.name}.py")

    @property
    def reference(self) -> Path:
        return own_or_packed(self.root, f"solutions/{self.id}.py")

    @property
    def mistakes(self) -> Path:
        return own_or_packed(self.root, f"mistakes/{self.id}.py")

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What there is to write, in file order.

        Read from the reference, whose docstrings equal the stub's, because the learner's file may be
        half-written; from the stub where there is no reference.
        """
        tree = tree_of(self.reference) or tree_of(self.stub)
        return tuple(
            Task(node.name, first_sentence(ast.get_docstring(node) or ""))
            for node in (tree.body if tree else ())
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        )

    @cached_property
    def summary(self) -> str:
        """The first sentence of the module docstring: the idea of the kata."""
        tree = tree_of(self.reference) or tree_of(self.stub)
        return first_sentence((ast.get_docstring(tree) or "") if tree else "")

    def task(self, qualname: str) -> Task | None:
        """The task that ``qualname`` (``Value.backward``, say) belongs to."""
        outer = qualname.partition(".")[0]
        return next((task for task in self.tasks if task.name == outer), None)


@dataclass(frozen=True)
class Catalog:
    """All katas of a workspace, in the order of ``curriculum.toml``."""

    root: Path
    katas: tuple[Kata, ...]

    def owner(self, path: Path) -> Kata | None:
        """The kata whose test file is ``path``."""
        return self._by_test.get(path)

    def of_file(self, path: Path) -> Kata | None:
        """The kata whose module, test file or data ``path`` is."""
        names = {kata: (kata.stub, kata.test, kata.stub.with_suffix(".toml")) for kata in self.katas}
        return next((kata for kata, files in names.items() if path in files), None)

    def by_id(self, kata_id: str) -> Kata | None:
        return next((kata for kata in self.katas if kata.id == kata_id), None)

    @cached_property
    def _by_test(self) -> dict[Path, Kata]:
        return {kata.test: kata for kata in self.katas}


def load(root: Path) -> Catalog:
    """Read the curriculum of the workspace ``root``.

    A kata whose own files are broken is kept, with the reason in ``Kata.problem``, so that the others
    still run.

    Raises:
        CatalogError: ``curriculum.toml`` itself can't be read.
    """
    path = root / "katas" / "curriculum.toml"
    chapters = _table(_read_toml(path), "chapters", path)
    seen: set[str] = set()
    katas = []
    for chapter, names in chapters.items():
        where = f"{path}: chapters.{chapter}"
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise CatalogError(f"{where} must be a list of kata names")
        for name in names:
            if not (name.isidentifier() and chapter.isidentifier()):
                raise CatalogError(f"{where}: {name!r} can't be imported; use letters, digits and _")
            if f"{chapter}/{name}" in seen:
                raise CatalogError(f"{where}: {name!r} is listed twice")
            seen.add(f"{chapter}/{name}")
            katas.append(_load_kata(root, chapter, name))
    return Catalog(root, tuple(katas))


def first_sentence(text: str) -> str:
    """The first sentence of the first paragraph, on one line, without its full stop."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".")


def nearest(name: str, among: list[str]) -> str:
    """``"; did you mean 'x'?"`` for the closest of ``among``, or nothing when none is close."""
    matches = get_close_matches(name, among, n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def line_of(path: Path, qualname: str) -> int:
    """The line on which ``qualname`` is defined in ``path``, or 1 where it can't be found."""
    body: list[ast.stmt] = getattr(tree_of(path), "body", [])
    line = 1
    for part in qualname.split("."):
        node = next((n for n in body if getattr(n, "name", None) == part), None)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            return line
        line, body = node.lineno, node.body
    return line


def _load_kata(root: Path, chapter: str, name: str) -> Kata:
    kata = Kata(root, chapter, name)
    path = kata.stub.with_suffix(".toml")
    if not kata.test.is_file():
        beside = sorted(file.name for file in kata.test.parent.glob("test_*.py"))
        return Kata(root, chapter, name, problem=f"{kata.test} is missing{nearest(kata.test.name, beside)}")
    try:
        data = _read_toml(path)
        return Kata(
            root,
            chapter,
            name,
            title=_typed(data, "title", str, path),
            minutes=_typed(data, "minutes", int, path),
            hints={key: _strings(levels, f"hints.{key}", path) for key, levels in _table(data, "hints", path).items()},
            bans=tuple(_ban(entry, path) for entry in _typed(data, "forbid", list, path, [])),
        )
    except CatalogError as error:
        return Kata(root, chapter, name, problem=str(error))


def _ban(entry: Any, path: Path) -> Ban:
    if not isinstance(entry, dict):
        raise CatalogError(f"{path}: forbid must be a list of tables, [[forbid]]")
    names = _strings(entry.get("names"), "forbid.names", path)
    functions = _strings(entry.get("functions", []), "forbid.functions", path)
    return Ban(frozenset(names), _typed(entry, "why", str, path), frozenset(functions))


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CatalogError(f"{path} is missing")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path} is not valid TOML: {error}") from None


def _table(data: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    table: dict[str, Any] = _typed(data, key, dict, path)
    return table


def _typed(data: dict[str, Any], key: str, wanted: type, path: Path, default: Any = None) -> Any:
    value = data.get(key, default)
    if not isinstance(value, wanted):
        found = "is missing" if value is None else f"is {value!r}"
        raise CatalogError(f"{path}: {key} {found}; wanted {wanted.__name__}")
    return value


def _strings(value: Any, key: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CatalogError(f"{path}: {key} must be a list of strings, not {value!r}")
    return tuple(value)


@lru_cache(maxsize=64)
def parsed(source: str) -> ast.Module:
    """The syntax tree of ``source``, for reading only: it is shared."""
    return ast.parse(source)


def tree_of(path: Path) -> ast.Module | None:
    """The syntax tree of a file, for reading only; None where there is none, or it is not valid Python."""
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
