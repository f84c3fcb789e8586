from __future__ import annotations

import timeit
from collections.abc import Callable
from types import FunctionType, ModuleType

import pytest

from pt_kata import seal

SOURCE = """
import math
TABLE = {"a": 1}
ITEMS = [1, 2]

def plain(x, y=1, *, z=2):
    return x

def made():
    def inner():
        return plain
    return inner

class Base:
    def inherited(self):
        return 1

class Kind(Base):
    seen = False
    def method(self):
        return 1
"""


class Always:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def module() -> ModuleType:
    """Give a fresh module to be sealed."""
    found = ModuleType("sealed")
    found.__file__ = "sealed.py"
    exec(compile(SOURCE, "sealed.py", "exec"), vars(found))
    return found


def put(name: str, value: object) -> Callable[[ModuleType], None]:
    """Give what sets an attribute below the module."""

    def change(module: ModuleType) -> None:
        *owners, last = name.split(".")
        owner: object = module
        for part in owners:
            owner = getattr(owner, part)
        setattr(owner, last, value)

    return change


CHANGES = {
    "function": put("plain", len),
    "equal to everything": put("plain", Always()),
    "deleted": lambda module: delattr(module, "plain"),
    "module": put("math", ModuleType("math")),
    "shadowed builtin": put("len", min),
    "method": put("Kind.method", len),
    "new method": put("Kind.__eq__", lambda a, b: True),
    "inherited": put("Kind.inherited", True),
    "code": put("plain.__code__", (lambda *a, **k: 1).__code__),
    "defaults": put("plain.__defaults__", (2,)),
    "keyword defaults": lambda module: module.plain.__kwdefaults__.update(z=3),
    "table": lambda module: module.TABLE.update(a=2),
    "items": lambda module: module.ITEMS.clear(),
}


def mender(module: ModuleType) -> seal.Mend:
    """Seal the module with all that is in it."""
    kinds = [module.Base, module.Kind]
    functions = [value for value in vars(module).values() if isinstance(value, FunctionType)]
    tables = [module.TABLE, module.ITEMS, module.plain.__kwdefaults__]
    return seal.mender([seal.of_module(module), *map(seal.of_class, kinds)], functions, tables)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_put_back_and_named_once(module: ModuleType, change: Callable[[ModuleType], None]) -> None:
    """Afterwards all is as it was, and there is nothing more to say."""
    before, kinds = dict(vars(module)), dict(vars(module.Kind))
    code, defaults = module.plain.__code__, module.plain.__defaults__
    mend = mender(module)
    assert mend() == []
    change(module)
    assert len(mend()) == 1
    assert mend() == []
    assert vars(module).keys() == before.keys()
    assert all(vars(module)[name] is value for name, value in before.items())
    assert dict(vars(module.Kind)).keys() == kinds.keys()
    assert (module.plain.__code__, module.plain.__defaults__, module.plain.__kwdefaults__) == (code, defaults, {"z": 2})
    assert (module.TABLE, module.ITEMS) == ({"a": 1}, [1, 2])


@pytest.mark.parametrize(
    "change",
    [put("later", ModuleType("later")), put("TABLE", {}), put("Kind.seen", True), put("Kind.__doc__", "x")],
    ids=["new name", "data", "flag", "docstring"],
)
def test_what_libraries_do_by_themselves_is_no_change(module: ModuleType, change: Callable[[ModuleType], None]) -> None:
    """Modules are imported when they are needed, and a class may note what it has said."""
    mend = mender(module)
    change(module)
    assert mend() == []


def test_several_changes_are_all_named(module: ModuleType) -> None:
    """Each by the name of its owner."""
    mend = mender(module)
    module.plain = module.Kind.method = len  # type: ignore[attr-defined]
    assert sorted(mend()) == ["sealed.Kind.method", "sealed.plain"]


def test_a_mender_needs_nothing_of_its_module(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who patches the seal after it was made changes nothing."""
    mend = mender(module)
    for name in ("mender", "_closure", "Names", "_items", "_is_added", "_is_torchs"):
        monkeypatch.setattr(seal, name, lambda *_: [])
    module.plain = len  # type: ignore[attr-defined]
    assert mend() == ["sealed.plain"]


def test_a_look_at_everything_takes_no_time() -> None:
    """The core is looked at after each test: a quarter of a millisecond on a quiet machine."""
    core, _ = seal.judges()
    core()
    assert min(timeit.repeat(core, number=20, repeat=5)) / 20 < 0.003
