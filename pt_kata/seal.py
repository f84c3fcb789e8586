"""What the tests judge with, remembered before a learner's code is imported, and put back where that code changed it.

Everything is compared by identity: an object of the learner's may answer ``==`` as it likes. ``mender`` gives a closure
that needs nothing but what it holds itself, so that it still works where this module has been patched.
"""

from __future__ import annotations

import builtins
import functools
import gc
import importlib
import operator
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import CellType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
import torch

Mend = Callable[[], list[str]]
DATA = (int, bool, str, bytes, list, dict, set, tuple, frozenset, type(None))  # legal code changes such names
LAZY = {
    "_pytest_diamond_inheritance_warning_shown",
    "__abstractmethods__",
    "_abc_impl",
    "__doc__",
    "__annotations__",
    "__warningregistry__",
}
DEFAULTS = ("__defaults__", "__kwdefaults__")
CONTAINERS = (dict, list, set)
ALWAYS = ("allclose", "approx", "assert_close", "equal", "fail", "isclose", "math", "operator", "raises", "testing")
TORCHS_FOLDER = str(Path(torch.__file__).parent)
HEAP = 1 << 9  # the flag of classes that can be changed
JUDGES = ("pytest", "_pytest", "pluggy", "pt_kata")
CORE = (
    "dataclasses",
    "enum",
    "faulthandler",
    "json",
    "json.encoder",
    "os",
    "pathlib",
    "posix",
    "posixpath",
    "pytest",
    "_pytest.approx",
    "_pytest.fixtures",
    "_pytest.main",
    "_pytest.nodes",
    "_pytest.outcomes",
    "_pytest.python",
    "_pytest.raises",
    "_pytest.reports",
    "_pytest.runner",
    "_pytest.skipping",
    "_pytest.stash",
    "_pytest.unittest",
    "pluggy._callers",
    "pluggy._execution",
    "pluggy._hooks",
    "pluggy._manager",
    "pluggy._result",
    "pt_kata.allocations",
    "pt_kata.blame",
    "pt_kata.calls",
    "pt_kata.checks",
    "pt_kata.draw",
    "pt_kata.endings",
    "pt_kata.frames",
    "pt_kata.guard",
    "pt_kata.lies",
    "pt_kata.operators",
    "pt_kata.plugin",
    "pt_kata.witness",
    "pt_kata.world",
)
TORCH = (
    "torch",
    "torch.functional",
    "torch.nn.functional",
    "torch.autograd",
    "torch.autograd.grad_mode",
    "torch.autograd.graph",
    "torch.testing",
    "torch.testing._comparison",
    "torch.overrides",
    "torch.utils._python_dispatch",
    "torch.linalg",
    "torch._tensor",
    "torch.random",
    "torch.nn",
    "torch.nn.init",
    "torch.optim",
)
PLAIN = (
    "math",
    "operator",
    "random",
    "itertools",
    "functools",
    "contextlib",
    "copy",
    "collections",
    "re",
    "gc",
    "sys",
    "inspect",
    "traceback",
    "types",
    "weakref",
    "threading",
    "warnings",
    "signal",
    "_signal",
    "importlib",
    "linecache",
    "numpy",
    "numpy.linalg",
)
SET_BY_OTHERS = {  # by pytest, and by tests themselves
    "sys": {
        "stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook", "breakpointhook",
        "setrecursionlimit", "last_type", "last_value", "last_traceback", "last_exc", "ps1", "ps2",
    },
    "threading": {"excepthook"},
    "warnings": {"showwarning", "_showwarning_orig", "_showwarnmsg_impl"},
    "pt_kata.calls": {"_active"},
    "torch": {"Storage"},  # goes with the default dtype
}  # fmt: skip


@dataclass
class Names:
    """The attributes of one module or class, as they were: ``kept`` must not change.

    Where ``shadows`` is None, no attribute may be added; otherwise none of these names.
    """

    label: str
    now: dict[str, Any]  # alive
    put: Callable[[str, Any], None]
    take_out: Callable[[str], None]
    kept: dict[str, Any]
    shadows: frozenset[str] | None
    bases: tuple[type, ...] = ()


def of_module(module: ModuleType) -> Names:
    """Seal a module; of what is added, only what shadows a builtin counts: submodules come when they are needed."""
    now, data = vars(module), () if module.__name__.startswith(("pt_kata", "katas")) else DATA
    skipped = SET_BY_OTHERS.get(module.__name__, set())
    kept = {name: value for name, value in now.items() if type(value) not in data and name not in skipped}
    shadows = frozenset(vars(builtins)) - frozenset(now)
    return Names(module.__name__, now, now.__setitem__, now.__delitem__, kept, shadows)


def of_class(kind: type) -> Names:
    """Seal a class; nothing may be added to it."""
    if issubclass(kind, torch.optim.Optimizer):
        _hook(kind)
    (now,) = gc.get_referents(vars(kind))  # the dict itself is read several times faster than its proxy
    put, take_out = functools.partial(type.__setattr__, kind), functools.partial(type.__delattr__, kind)
    kept = {name: value for name, value in now.items() if type(value) not in DATA and name not in LAZY}
    return Names(f"{kind.__module__}.{kind.__qualname__}", now, put, take_out, kept, None, kind.__mro__[1:])


def _hook(kind: Any) -> None:
    """Do what torch does to an optimizer's class when its first object is made."""
    if not hasattr(kind.step, "hooked"):
        kind.step = kind.profile_hook_step(kind.step)
        kind.step.hooked = True


def of_entries(label: str, now: dict[str, Any], names: Iterable[str]) -> Names:
    """Seal some entries of a dict; what else is in it does not matter."""
    kept = {name: now[name] for name in names if name in now}
    return Names(label, now, now.__setitem__, now.__delitem__, kept, frozenset())


def mender(
    sealed: Iterable[Names],
    functions: Iterable[FunctionType] = (),
    containers: Iterable[Any] = (),
    *,
    parts: Sequence[str] = ("__code__", "__defaults__", "__kwdefaults__"),
) -> Mend:
    """Give what puts all of it back and says what it was: names, ``parts`` of functions, the items of containers."""
    whole, some = [], []
    for names in sealed:
        if names.shadows == frozenset():  # entries among others
            if names.kept:
                some.append(
                    (
                        names,
                        operator.itemgetter(*names.kept, *list(names.kept)[:1]),
                        (*names.kept.values(), *list(names.kept.values())[:1]),
                    )
                )
        else:
            whole.append([names, len(names.now), list(names.now.values()), frozenset(names.now)])
    distinct = tuple({id(function): function for function in functions}.values())
    attributes = [
        (part, operator.attrgetter(part), [getattr(function, part) for function in distinct]) for part in parts
    ]
    cells = [(cell, cell.cell_contents) for function in distinct for cell in _constant_cells(function)]
    copies = [[container, type(container), container.copy(), _items(container)] for container in containers]
    return _closure(whole, some, distinct, attributes, cells, copies)


def _closure(whole: Any, some: Any, functions: Any, attributes: Any, cells: Any, copies: Any) -> Mend:
    all_, map_, zip_, len_, set_, list_ = all, map, zip, len, set, list
    is_, setattr_, contents = operator.is_, setattr, operator.attrgetter("cell_contents")
    missing, items_of, is_added, is_torchs = object(), _items, _is_added, _is_torchs
    only_cells, only_contents = [cell for cell, _ in cells], [value for _, value in cells]

    def put_back(names: Names, mended: list[str]) -> None:
        for name, value in names.kept.items():
            found = names.now.get(name, missing)
            if found is not value:
                names.put(name, value)
                if not is_torchs(found):
                    mended.append(names.label + "." + name)

    def take_out(names: Names, known: frozenset[str], mended: list[str]) -> None:
        for name in set_(names.now) - known:
            if is_added(names, name):
                added = names.now[name]
                names.take_out(name)
                if not is_torchs(added):
                    mended.append(names.label + "." + name)

    def mend_functions(mended: list[str]) -> None:
        for part, get, values in attributes:
            if not all_(map_(is_, map_(get, functions), values)):
                for function, value in zip_(functions, values):
                    if get(function) is not value:
                        setattr_(function, part, value)
                        mended.append(function.__module__ + "." + function.__qualname__)
        if not all_(map_(is_, map_(contents, only_cells), only_contents)):
            for cell, value in cells:
                if cell.cell_contents is not value:
                    cell.cell_contents = value
                    mended.append("what a function closes over")

    def mend_containers(mended: list[str]) -> None:
        for entry in copies:
            container, kind, copy, items = entry
            now = items_of(container)
            if len_(now) != len_(items) or not all_(map_(is_, now, items)):
                container.clear()
                (container.extend if kind is list_ else container.update)(copy)
                entry[3] = items_of(container)
                mended.append("a table of the tests")

    def mend() -> list[str]:
        mended: list[str] = []
        for entry in whole:
            names, size, values, known = entry
            now = names.now
            if len_(now) == size and all_(map_(is_, now.values(), values)):
                continue
            put_back(names, mended)
            take_out(names, known, mended)
            entry[1], entry[2], entry[3] = len_(now), list_(now.values()), known | set_(now)
        for names, get, values in some:
            try:
                same = all_(map_(is_, get(names.now), values))
            except KeyError:
                same = False
            if not same:
                put_back(names, mended)
        mend_functions(mended)
        mend_containers(mended)
        return mended

    return mend


def _is_torchs(value: Any) -> bool:
    """Whether torch itself has replaced something, as it does when its compiler is first used."""
    return type(value) is FunctionType and value.__code__.co_filename.startswith(TORCHS_FOLDER)


def _is_added(names: Names, name: str) -> bool:
    """Whether an attribute that was not there counts: pytest and torch note a few things on their classes."""
    if names.shadows is not None:
        return name in names.shadows
    inherited = any(name in vars(base) for base in names.bases)
    return name not in LAZY and (inherited or all(type(names.now[name]) is not kind for kind in DATA))


def _items(container: Any) -> list[Any]:
    """What is in a container, keys before values."""
    return [*container, *container.values()] if type(container) is dict else list(container)


def _constant_cells(function: FunctionType) -> Iterator[CellType]:
    """The cells that hold a function or class, which nobody rebinds."""
    for cell in function.__closure__ or ():
        try:
            constant = isinstance(cell.cell_contents, FunctionType | type)
        except ValueError:  # still empty
            continue
        if constant:
            yield cell


@functools.cache
def judges() -> tuple[Mend, Mend]:
    """Give what mends all that judges, the core first; this must come before any code of a learner's.

    Of torch, classes other than the tensor's are left to ``of_kata``.
    """
    importlib.import_module("pt_kata.checks")
    near = [sys.modules[name] for name in CORE if name in sys.modules]
    far = [module for module in _loaded(*JUDGES) if module not in near] + _by_name(*TORCH, *PLAIN, "builtins")
    entries = of_entries("sys.modules", sys.modules, [name for name, m in sys.modules.items() if m in (*near, *far)])
    return _judges(near), _judges(far, [torch.Tensor], [entries])


def _judges(modules: list[ModuleType], more: Iterable[type] = (), entries: Iterable[Names] = ()) -> Mend:
    files = {getattr(module, "__file__", "") for module in modules}
    kinds = {id(kind): kind for module in modules for kind in _classes(module) if kind.__module__ == module.__name__}
    sealed = [*map(of_module, modules), *map(of_class, (*kinds.values(), *more)), *entries]
    functions = [
        function for function in _functions(modules, (*kinds.values(), *more)) if function.__code__.co_filename in files
    ]
    own = [function for function in functions if function.__module__.startswith("pt_kata")]
    containers = [table for module in modules if module.__name__.startswith("pt_kata") for table in _tables(module)]
    containers += [function.__kwdefaults__ for function in own if function.__kwdefaults__]
    of_code, of_defaults = mender(sealed, functions, parts=["__code__"]), mender((), own, containers, parts=DEFAULTS)
    return _all_of([of_code, of_defaults])


def of_kata(test: Path) -> Mend:
    """Give what mends, in no time, the names that the tests in this file use, and the checks that they call."""
    checks = sys.modules["pt_kata.checks"]
    words = {*ALWAYS, *_words(test), *_words(Path(str(checks.__file__)))}
    libraries = [module for module in _by_name(*TORCH, *PLAIN) if module.__name__.rpartition(".")[2] in words]
    used = [kind for module in libraries for kind in _classes(module) if kind.__name__ in words]
    sealed = [of_module(builtins), of_module(checks), of_class(torch.Tensor)]
    sealed += [of_entries(module.__name__, vars(module), sorted(words)) for module in (pytest, *libraries)]
    return mender([*sealed, *map(of_class, used)], _functions([checks], used), parts=["__code__"])


def _words(path: Path) -> list[str]:
    return re.findall(r"\w+", path.read_text(encoding="utf-8"))


def of_tests(module: ModuleType) -> Mend:
    """Give what mends the module of a kata's tests: its globals, their code, and its tables."""
    kinds = [kind for kind in _classes(module) if kind.__module__ == module.__name__]
    own = [function for function in _functions([module], kinds) if function.__code__.co_filename == module.__file__]
    return mender([of_module(module), *map(of_class, kinds)], own, _tables(module))


def _loaded(*packages: str) -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and isinstance(module, ModuleType)
    ]


def _by_name(*names: str) -> list[ModuleType]:
    return [importlib.import_module(name) for name in names]


def _classes(module: ModuleType) -> Iterator[type]:
    """The classes that ``module`` defines, or that its package keeps in other files of its own."""
    package = module.__name__.partition(".")[0]
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__flags__ & HEAP and value.__module__.partition(".")[0] == package:
            yield value


def _tables(module: ModuleType) -> list[Any]:
    """The lists, dicts and sets that a module keeps under a name."""
    return [value for name, value in vars(module).items() if type(value) in CONTAINERS and not name.startswith("__")]


def _functions(modules: Iterable[ModuleType], kinds: Iterable[type]) -> list[FunctionType]:
    """The Python functions of modules and classes, also below decorators and properties."""
    owners = [vars(module) for module in modules] + [vars(kind) for kind in kinds]
    return [function for owner in owners for value in list(owner.values()) for function in _inside(value)]


def _inside(value: Any) -> Iterator[FunctionType]:
    kind = type(value)
    if kind is FunctionType:
        yield value
        yield from _inside(getattr(value, "__wrapped__", None))
    elif kind is property:
        yield from _inside(value.fget)
    elif kind in (staticmethod, classmethod):
        yield from _inside(value.__func__)


class Seals:
    """All that must not change while a learner's code runs, of one run of pytest."""

    def __init__(self, manager: pytest.PytestPluginManager, katas: Collection[str]) -> None:
        self._manager = manager
        self._katas = ("katas", *{name.rpartition(".")[0] for name in katas}, *katas)
        core, rest = judges()
        self._menders = [core]
        self._tests: dict[int, Mend] = {}
        self._by_file: dict[Path, Mend] = {}
        self._loaded: dict[str, tuple[ModuleType, Mend]] = {}
        self.tables: list[dict[str, Any]] = []  # what has been found so far, which only the plugin may change
        self.mend = _all_of(self._menders)
        self.mend_all = _all_of([self.mend, rest])

    def of_kata(self, test: Path) -> Mend:
        """Give what mends, in no time, what the tests in this file use."""
        if test not in self._by_file:
            self._by_file[test] = of_kata(test)
        return self._by_file[test]

    def add_tests(self, module: ModuleType | None) -> None:
        """Seal the module of a kata's tests as it is now, imported as a whole."""
        if isinstance(module, ModuleType) and id(module) not in self._tests:
            self._tests[id(module)] = of_tests(module)
            self._menders.append(self._tests[id(module)])

    @contextmanager
    def kept(self, *, ours: str = "") -> Iterator[None]:
        """Put back at the end whatever was changed inside; the module ``ours`` may do as it likes with itself.

        These are what judges, the modules on the stack, those of the other katas, and the plugins of pytest.
        """
        mend, put_back = self.mend_all, self.snapshot(ours, _globals_on_the_stack())
        try:
            yield
        finally:
            mend()
            put_back()

    def snapshot(self, ours: str, more: Iterable[dict[str, Any]] = ()) -> Callable[[], None]:
        """Give what puts back the modules of the other katas, the plugins of pytest, and ``more`` dicts."""
        before = {name: sys.modules.get(name) for name in self._katas}
        of_katas = functools.partial(_put_back_katas, before, self._loaded, ours)
        of_dicts = _snapshot(self._manager, [*self.tables, *more])

        def put_back() -> None:
            of_dicts()
            of_katas()

        return put_back

    def loaded(self, module: ModuleType) -> None:
        """Remember a learner's module as its import has left it."""
        kinds = [kind for kind in _classes(module) if kind.__module__ == module.__name__]
        of_one = mender([of_module(module), *map(of_class, kinds)], _functions([module], kinds), _tables(module))
        self._loaded[module.__name__] = module, of_one

    def katas(self) -> list[ModuleType]:
        """The modules under test that are loaded."""
        return [sys.modules[name] for name in self._katas if name in sys.modules]


def _all_of(menders: list[Mend]) -> Mend:
    def mend() -> list[str]:
        mended: list[str] = []
        for mend_one in menders:
            mended += mend_one()
        return mended

    return mend


def _put_back_katas(
    before: dict[str, ModuleType | None], loaded: dict[str, tuple[ModuleType, Mend]], ours: str
) -> None:
    """Make the modules of all katas but ``ours`` what they were, or what their import has made of them since."""
    for name, module in before.items():
        found = loaded[name][0] if name in loaded else module
        if found is not None:
            sys.modules[name] = found
        elif name != ours and "." in name and name.count(".") == 2:
            sys.modules.pop(name, None)
    for name, (_, mend) in list(loaded.items()):
        if name != ours:
            mend()


def _snapshot(manager: pytest.PytestPluginManager, spaces: Iterable[dict[str, Any]]) -> Callable[[], None]:
    distinct = {id(space): space for space in spaces}.values()
    dicts = [(space, space.copy(), list(space.values())) for space in distinct]
    lists = [caller._hookimpls for caller in vars(manager.hook).values() if hasattr(caller, "_hookimpls")]
    counts, plugins = list(map(len, lists)), list(chain.from_iterable(lists))
    functions = [plugin.function for plugin in plugins]
    all_, map_, zip_, len_, list_, iter_, is_ = all, map, zip, len, list, iter, operator.is_
    chain_, islice_ = chain.from_iterable, islice

    def put_back() -> None:
        for space, before, values in dicts:
            if len_(space) != len_(values) or not all_(map_(is_, space.values(), values)):
                space.clear()
                space.update(before)
        now = list_(chain_(lists))
        if len_(now) != len_(plugins) or not all_(map_(is_, now, plugins)):
            rest = iter_(plugins)
            for items, count in zip_(lists, counts):
                items[:] = islice_(rest, count)
        for plugin, function in zip_(plugins, functions):
            if plugin.function is not function:
                plugin.function = function

    return put_back


def _globals_on_the_stack() -> Iterator[dict[str, Any]]:
    frame: FrameType | None = sys._getframe(1)
    while frame:
        if frame.f_globals is not globals() and not frame.f_globals.get("__name__", "").startswith("katas"):
            yield frame.f_globals
        frame = frame.f_back
