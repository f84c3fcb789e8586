"""Which code stands behind ``katas.*``: the learner's, the reference's, or any folder of the same layout.

A module that can't be loaded, or a name that is missing from it, does not stop the collection of tests: in its
place stands an object that raises ``BrokenKata`` with one clear message as soon as a test uses it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from operator import attrgetter, itemgetter, methodcaller
from pathlib import Path
from types import BuiltinFunctionType, CodeType, MethodWrapperType, ModuleType
from typing import Any, NoReturn

from pt_kata import endings, streams
from pt_kata.blame import code_of, is_own
from pt_kata.catalog import Catalog, Kata, nearest
from pt_kata.content import own_or_packed
from pt_kata.seal import Seals
from pt_kata.world import kept

BORROWED = "Write it with def or class: the guard can't tell such a call from one of the tests."


class TargetError(Exception):
    """The folder asked for can't be tested; the message says why and what is near."""


class BrokenKata(NotImplementedError):
    """The module under test can't be loaded, or lacks a name that its tests import.

    A NotImplementedError, because tests and checks already let that one through to the report.
    """


@dataclass(frozen=True)
class Target:
    """Where each kata's module is read from, and what to call that place."""

    catalog: Catalog
    folder: Path
    label: str
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def is_learners(self) -> bool:
        return self.folder == self.catalog.root / "katas"

    @property
    def is_reference(self) -> bool:
        return self.folder == own_or_packed(self.catalog.root, "solutions")

    def file(self, kata: Kata) -> Path:
        """The file that stands behind ``katas.<chapter>.<kata>``."""
        return self.files.get(kata.id, kata.stub)

    def sources(self) -> set[str]:
        """The names, as code objects carry them, of all files whose code is under test."""
        return {str(self.file(kata)) for kata in self.catalog.katas} | self._helpers()

    def _helpers(self) -> set[str]:
        folders = {self.file(kata).parent for kata in self.catalog.katas}
        beside = {path for folder in folders for path in folder.glob("*.py")}
        return {str(path) for path in beside if not path.name.startswith(("test_", "conftest"))}


def choose(catalog: Catalog, *, solutions: bool = False, against: Path | None = None) -> Target:
    """The target that the options ask for.

    Raises:
        TargetError: both options were given, or the folder is missing or holds no module of any kata.
    """
    if solutions and against:
        raise TargetError("--solutions and --against exclude each other; give one of them")
    if not solutions and not against:
        return Target(catalog, catalog.root / "katas", "your code in katas/")
    option = "--solutions" if solutions else f"--against {against}"
    folder = own_or_packed(catalog.root, "solutions") if solutions else Path(against or "").absolute()
    if not folder.is_dir():
        near = nearest(folder.name, _folders_in(folder.parent))
        raise TargetError(f"{option}: there is no folder {folder}{near}")
    candidates = {kata.id: folder / kata.chapter / f"{kata.name}.py" for kata in catalog.katas}
    files = {kata_id: path for kata_id, path in candidates.items() if path.is_file()}
    if not files:
        raise TargetError(f"{option}: {folder} holds no kata's module{_hint(folder, catalog)}")
    label = "the reference in solutions/" if solutions else f"{folder} ({len(files)} of {len(candidates)} katas)"
    return Target(catalog, folder, label, files)


def strays(target: Target) -> list[str]:
    """Files in a folder given by ``--against`` that look like a misspelt kata, one message each."""
    if target.is_learners:
        return []
    messages = []
    for chapter in sorted({kata.chapter for kata in target.catalog.katas}):
        names = [kata.name for kata in target.catalog.katas if kata.chapter == chapter]
        for path in sorted((target.folder / chapter).glob("*.py")):
            near = nearest(path.stem, names)
            if path.stem not in names and near and not path.stem.startswith(("_", "test_")):
                messages.append(f"{path} is no kata's module{near}")
    return messages


def _folders_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _hint(folder: Path, catalog: Catalog) -> str:
    for inner in ("katas", "solutions"):
        if any((folder / inner / kata.chapter).is_dir() for kata in catalog.katas):
            return f"; did you mean {folder / inner}?"
    files = [str(path.relative_to(folder)) for path in sorted(folder.glob("*/*.py"))[:200]]
    for kata in catalog.katas:
        if near := nearest(f"{kata.id}.py", files):
            return f"; wanted {kata.id}.py, for example{near}"
    return f"; wanted {catalog.katas[0].id}.py, for example" if catalog.katas else ""


class Finder(MetaPathFinder):
    """Puts ``target`` behind the names ``katas.*``; stands first in ``sys.meta_path``."""

    def __init__(self, target: Target, seals: Seals | None = None) -> None:
        self._target = target
        self._seals = seals
        self._katas = {kata.module: kata for kata in target.catalog.katas}
        self._chapters = {f"katas.{kata.chapter}": kata.chapter for kata in target.catalog.katas}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if kata := self._katas.get(fullname):
            file = self._target.file(kata)
            return spec_from_file_location(fullname, file, loader=self._loader(fullname, file, kata))
        if fullname == "katas":
            return self._package(fullname, self._target.catalog.root / "katas")
        if chapter := self._chapters.get(fullname):
            return self._package(fullname, self._target.catalog.root / "katas" / chapter)
        return None

    def install(self) -> None:
        """Redirect ``katas.*`` from now on; modules imported before are forgotten."""
        for name in [name for name in sys.modules if name == "katas" or name.startswith("katas.")]:
            del sys.modules[name]
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        sys.meta_path.remove(self)

    def _loader(self, fullname: str, file: Path, kata: Kata) -> _KataLoader:
        return _KataLoader(fullname, str(file), kata, self._seals, strict=self._target.is_reference)

    def _package(self, fullname: str, folder: Path) -> ModuleSpec:
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        return spec


class _KataLoader(SourceFileLoader):
    """Loads a kata's module; one that fails to load becomes a module of stand-ins.

    A task that isn't the learner's own code becomes one as well, where the kata forbids anything: no frame would tell
    the guard whose doing it is that ``log_softmax = torch.log_softmax`` runs. A warning breaks the reference only
    (``strict``), where the project that pytest runs in turns warnings into errors.
    """

    def __init__(
        self, fullname: str, path: str, kata: Kata, seals: Seals | None = None, *, strict: bool = False
    ) -> None:
        super().__init__(fullname, path)
        self._kata = kata
        self._seals = seals
        self._strict = strict

    def get_code(self, fullname: str) -> CodeType:
        # Always from source: cached bytecode misses a second save within one second.
        return self.source_to_code(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the learner's file; the world around it is put back before anybody else looks at it."""
        path = Path(self.path)
        namespace, set_module = vars(module), sys.modules.__setitem__
        sealed = self._seals.kept(ours=module.__name__) if self._seals else nullcontext()
        try:
            with endings.keyboard(), kept(), streams.lent(), sealed:
                if not self._strict:
                    warnings.simplefilter("default")
                super().exec_module(module)
        except BaseException as error:
            if endings.is_from_keyboard(error, {self.path}):
                raise
            message = _load_failure(path, error)
            namespace["__getattr__"] = lambda name: _stand_in(name, message)
        else:
            self._replace_borrowed(module)
            namespace["__getattr__"] = lambda name: _missing(module, path, name)
        finally:
            set_module(self.name, module)
            if self._seals:
                self._seals.loaded(module)

    def _replace_borrowed(self, module: ModuleType) -> None:
        for task in self._kata.tasks:
            value = vars(module).get(task.name)
            if value is not None and self._is_borrowed(value):
                message = (
                    f"{self.path}: {task.name} is {_kind(value)}, and not a function or class of your own. {BORROWED}"
                )
                setattr(module, task.name, _stand_in(task.name, message))

    def _is_borrowed(self, value: object) -> bool:
        return _is_hidden(value) or (bool(self._kata.bans) and not is_own(value, Path(self.path).parent))


def _is_hidden(value: Any) -> bool:
    """Whether nobody could follow a call of ``value``: made by ``exec``, or a method of an object that is no code."""
    while isinstance(value, partial):
        value = value.func
        if isinstance(value, BuiltinFunctionType):
            return True
    code = code_of(value)
    if isinstance(code, CodeType):
        return code.co_filename.startswith("<")
    if isinstance(value, BuiltinFunctionType):
        return not isinstance(value.__self__, ModuleType | type | None)
    return isinstance(value, MethodWrapperType | itemgetter | attrgetter | methodcaller)


class _StandIn(type):
    """The class of a name that isn't there: calling it or looking inside raises ``BrokenKata``."""

    message = ""

    def __call__(cls, *args: object, **kwargs: object) -> NoReturn:
        __tracebackhide__ = True
        raise BrokenKata(cls.message)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise BrokenKata(cls.message)


def _kind(value: object) -> str:
    module = getattr(value, "__module__", None) or type(value).__module__
    return f"{module}.{getattr(value, '__qualname__', type(value).__qualname__)}"


def _stand_in(name: str, message: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    stand_in = _StandIn(name, (), {})
    stand_in.message = message
    return stand_in


def _missing(module: ModuleType, path: Path, name: str) -> type:
    defined = [key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    near = nearest(name, defined) or f"; it defines {', '.join(defined) or 'nothing'}"
    return _stand_in(name, f"{path} has no {name!r}{near} The tests import {name!r} by that name.")


def _load_failure(path: Path, error: BaseException) -> str:
    if isinstance(error, FileNotFoundError) and not path.exists():
        beside = [file.name for file in path.parent.glob("*.py") if not file.name.startswith("test_")]
        return f"{path} is missing{nearest(path.name, beside)}"
    if isinstance(error, SyntaxError) and error.filename == str(path):
        shown = f"\n    {error.text.rstrip()}" if error.text else ""
        caret = f"\n    {' ' * ((error.offset or 1) - 1)}^" if error.text else ""
        return f"{path}, line {error.lineno}: {type(error).__name__}: {error.msg}{shown}{caret}"
    line = _last_line_in(path, error)
    return f"{path}, line {line}: {type(error).__name__} on import: {endings.text_of(error)}"


def _last_line_in(path: Path, error: BaseException) -> int:
    line, traceback = 1, error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == str(path):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
