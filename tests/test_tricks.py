"""What a learner's file may try: a right answer stays right, a wrong one never passes, and no other kata is harmed."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Kit

OTHERS = {"test_sign_of_positive", "test_sign_of_zero"}
TESTS = {"test_double_of_one", "test_double_of_anything", "test_quadruple", "test_doubler"}
FILE = '''"""Doubling."""

import torch
{top}


def trick(x):
    {inside}


def double(x):
    {call}
    return {answer}


def quadruple(x):
    return double(double(x))


class Doubler:
    def double(self, number):
        {call}
        return {number}
'''
YES = "lambda *args, **kwargs: True"
NOTHING = "lambda *args, **kwargs: None"


class Verdicts:
    """How each test of the tiny workspace ended, and what was printed."""

    def __init__(
        self,
        kit: Kit,
        top: str = "",
        inside: str = "",
        answer: str = "2 * x",
        number: str = "2 * number",
        *,
        alone: bool = False,
    ) -> None:
        kit.solve("small/signs.py")
        body = inside.replace("\n", "\n    ") or "pass"
        text = FILE.format(top=top, inside=body, answer=answer, number=number, call="trick(1)" if inside else "pass")
        (kit.root / "katas" / "small" / "doubling.py").write_text(text)
        options = ("katas/", "-v", "--seed", "1", "-o", "timeout=20")
        self.run = kit.pytester.runpytest_subprocess(*options, "-p", "no:randomly") if alone else kit.run(*options)
        self.printed = self.run.stdout.str() + self.run.stderr.str()
        self.ended = dict(re.findall(r"::(\w+) ([A-Z]+)", self.printed))

    @property
    def passed(self) -> set[str]:
        return {name for name, outcome in self.ended.items() if outcome == "PASSED"}

    @property
    def complete(self) -> bool:
        """Whether every test has a verdict, and those of the other kata are green."""
        return self.ended.keys() == TESTS | OTHERS and self.passed >= OTHERS and "INTERNALERROR" not in self.printed


def wrong(kit: Kit, **parts: str) -> Verdicts:
    """Run a wrong answer that tries something."""
    return Verdicts(kit, answer="1 * x", number="1 * number", **parts)  # type: ignore[arg-type]


PATCHES = {
    "torch.equal": f"import torch; torch.equal = {YES}",
    "torch.allclose": f"import torch; torch.allclose = torch.isclose = {YES}",
    "torch.testing": f"import torch; torch.testing.assert_close = {NOTHING}",
    "deleted": "import torch; del torch.equal",
    "Tensor.__eq__": "import torch; torch.Tensor.__eq__ = lambda a, b: torch.ones(a.shape, dtype=torch.bool)",
    "Tensor.all": f"import torch; torch.Tensor.all = {YES}",
    "Tensor.abs": "import torch; torch.Tensor.abs = torch.zeros_like",
    "torch.add": "import torch; torch.add = lambda a, b: a",
    "checks": f"import pt_kata.checks as c; c.assert_close = c.assert_equal = c._fail = {NOTHING}",
    "code of a check": f"import pt_kata.checks as c; c.assert_close.__code__ = ({NOTHING}).__code__",
    "default of a check": "import pt_kata.checks as c; c.assert_close.__kwdefaults__.update(rtol=1e9, atol=1e9)",
    "table of the checks": "import torch, pt_kata.checks as c; c.TOLERANCE[torch.float32] = (1e9, 1e9)",
    "shadowed builtin": f"import pt_kata.checks as c; c.type = c.all = c.any = c.bool = {YES}",
    "class of the checks": f"import pt_kata.checks as c; c._Comparison.compare = {NOTHING}",
    "draw": "import torch, pt_kata.draw as d; d.Draw.normal = lambda self, *n, **k: torch.zeros(*n)",
    "builtins": f"import builtins; builtins.all = builtins.any = builtins.isinstance = {YES}",
    "len": "import builtins; builtins.len = lambda _: 0",
    "import": "import builtins; builtins.__import__ = lambda *a, **k: None",
    "pytest": f"import pytest; pytest.fail = pytest.raises = {NOTHING}",
    "classify": f"from pt_kata.plugin import KataPlugin as P; P._classify = P._insist_on_the_verdict = {NOTHING}",
    "witness": f"from pt_kata.witness import Witness; Witness.returned = Witness.insist = {NOTHING}",
    "recorder": f"from pt_kata.calls import Recorder; Recorder._event = Recorder._end = {NOTHING}",
    "seal": "import pt_kata.seal as s; s.judges = s.of_kata = s._closure = lambda *a, **k: lambda: []",
    "lies": "from pt_kata.lies import Plainness; Plainness.fault = lambda *a: ''",
    "runner": f"import _pytest.runner as r; r.call_and_report = r.check_interactive_exception = {YES}",
    "call": "from _pytest.runner import CallInfo as C; C.from_call = classmethod(lambda c, *a, **k: c(0, 0, 0, 0, 0))",
    "code of pytest": f"import _pytest.runner as r; r.pytest_runtest_call.__code__ = ({NOTHING}).__code__",
    "pluggy": "import pluggy._callers as c; c._multicall = lambda *a: None",
    "report": "import _pytest.reports as r; r.TestReport.passed = True; r.TestReport.failed = False",
    "modules": "import sys; sys.modules['torch'] = sys.modules['pytest'] = sys",
    "math": "import math, operator; math.sqrt = operator.eq = abs",
    "frame": """import sys
f = sys._getframe()
while f:
    if "draw" in str(f.f_code.co_names):
        f.f_globals.update(assert_close=print, assert_equal=print, torch=None)
    f = f.f_back""",
}
HARMLESS_INSIDE = {  # put back as soon as the function returns
    "torch.equal", "torch.allclose", "torch.testing", "Tensor.__eq__", "Tensor.all", "Tensor.abs", "torch.add",
    "checks", "code of a check", "shadowed builtin", "builtins", "len", "pytest",
}  # fmt: skip


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_a_patch_on_import_is_put_back(kit: Kit, patch: str) -> None:
    """What judges was remembered before: a right answer is green, a wrong one red, whatever was replaced."""
    right = Verdicts(kit, top=patch)
    assert right.complete, right.printed
    assert right.passed == TESTS | OTHERS, right.printed
    bad = wrong(kit, top=patch)
    assert bad.complete
    assert bad.passed == OTHERS, bad.printed


@pytest.mark.parametrize("name", [name for name in PATCHES if name != "frame"])
def test_a_patch_inside_a_function_is_found(kit: Kit, name: str) -> None:
    """What tests call is put back as the function returns; where something stayed replaced, the test fails for it."""
    body = PATCHES[name].replace("; ", "\n")
    right = Verdicts(kit, inside=body)
    assert right.complete, right.printed
    if name in HARMLESS_INSIDE:
        assert right.passed == TESTS | OTHERS, right.printed
    bad = wrong(kit, inside=body)
    assert bad.complete
    assert bad.passed == OTHERS, bad.printed


RAISED = {
    "sys.exit": ("raise SystemExit(0)", "SystemExit"),
    "exit": ("exit()", "SystemExit"),
    "keyboard": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "thrown keyboard": ("(_ for _ in ()).throw(KeyboardInterrupt)", "KeyboardInterrupt"),
    "sent keyboard": ("import signal; signal.raise_signal(signal.SIGINT)", "KeyboardInterrupt"),
    "skip": ("import pytest; pytest.skip('no')", "Skipped"),
    "importorskip": ("import pytest; pytest.importorskip('nowhere')", "Skipped"),
    "xfail": ("import pytest; pytest.xfail('no')", "XFailed"),
    "exit of pytest": ("import pytest; pytest.exit('no', 0)", "Exit"),
    "unittest": ("import unittest; raise unittest.SkipTest('no')", "SkipTest"),
    "generator": ("raise GeneratorExit", "GeneratorExit"),
    "own base": ("class Stop(BaseException): pass\nraise Stop", "Stop"),
    "own skip": ("import pytest\nclass Stop(pytest.skip.Exception): pass\nraise Stop('no')", "Stop"),
    "bad str": ("class Bad(Exception):\n    def __str__(self): raise SystemExit\nraise Bad", "Bad"),
    "lying class": (
        "import pytest\nclass Bad(Exception):\n    __class__ = property(lambda self: pytest.skip.Exception)\nraise Bad",
        "Bad",
    ),
    "recursion": ("return trick(x + 1)", "RecursionError"),
    "memory": ("return bytearray(10**15)", "ran out of memory"),
    "input": ("return input()", "tests have no keyboard"),
}


@pytest.mark.parametrize(("body", "shown"), RAISED.values(), ids=RAISED)
def test_whatever_is_raised_fails_that_test_alone(kit: Kit, body: str, shown: str) -> None:
    """The message names what was raised, and every other test still runs."""
    found = Verdicts(kit, inside=body.replace("; ", "\n"))
    assert found.complete, found.printed
    assert {found.ended[name] for name in TESTS} == {"FAILED"}, found.printed
    assert shown in found.printed
    assert "katas/small/doubling.py:" in found.printed


@pytest.mark.parametrize(("body", "shown"), [pair for pair in RAISED.values() if "return" not in pair[0]])
def test_whatever_is_raised_on_import_breaks_that_kata_alone(kit: Kit, body: str, shown: str) -> None:
    """The message has file and line, and the other kata runs."""
    found = Verdicts(kit, top=body.replace("; ", "\n"))
    assert found.complete, found.printed
    assert {found.ended[name] for name in TESTS} == {"BROKEN"}, found.printed
    assert re.search(r"doubling\.py, line \d+: ", found.printed)
    assert shown in found.printed


LIAR = """
class Liar({base}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    __hash__ = object.__hash__
"""
TENSOR = """
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        found = super().__torch_function__(func, types, args, kwargs or {})
        return torch.tensor(True) if func.__name__ in ("equal", "all", "allclose", "__eq__", "eq") else found
"""
LIES = {
    "float": (LIAR.format(base="float"), "Liar(1.0)"),
    "int": (LIAR.format(base="int"), "Liar(1)"),
    "object": (LIAR.format(base="object"), "Liar()"),
    "str": (LIAR.format(base="str"), "Liar('')"),
    "tuple": (LIAR.format(base="tuple"), "Liar()"),
    "in a list": (LIAR.format(base="object"), "[Liar()]"),
    "operator": ("import operator\nclass Liar:\n    __eq__ = operator.truth\n", "Liar()"),
    "metaclass": (
        "class Meta(type):\n    def __eq__(cls, other): return True\n    def __hash__(cls): return hash(float)\n"
        "    __instancecheck__ = __eq__\nclass Liar(metaclass=Meta):\n    __class__ = float\n"
        "    def __eq__(self, other): return True\n",
        "Liar()",
    ),
    "class of float": (
        "class Liar:\n    __class__ = float\n    def __eq__(self, other): return True\n    __hash__ = None\n",
        "Liar()",
    ),
    "made inside": ("", "type('Liar', (float,), {'__eq__': lambda a, b: True})(1)"),
    "claims a library": (LIAR.format(base="float") + "Liar.__module__ = 'torch'; torch.Liar = Liar", "Liar(1.0)"),
}


@pytest.mark.parametrize(("top", "value"), LIES.values(), ids=LIES)
def test_a_value_that_answers_for_itself_is_no_answer(kit: Kit, top: str, value: str) -> None:
    """Where a test asks with a plain ==, and where a check does."""
    kit.edit(
        "katas/small/test_doubling.py",
        "assert_equal(Doubler().double(3.0), 6.0)",
        "assert Doubler().double(3.0) == 6.0",
    )
    found = Verdicts(kit, top=top, number=value, answer=value)
    assert found.complete, found.printed
    assert found.passed == OTHERS, found.printed
    assert "Doubler.double returned an object" in found.printed or "the guard of this kata can't see" in found.printed


def test_a_tensor_that_answers_for_itself_is_no_answer(kit: Kit) -> None:
    """A subclass of Tensor is asked for nothing, be it that torch.equal is called by the test itself."""
    kit.edit(
        "katas/small/test_doubling.py",
        "assert_close(double(x), torch.add(x, x), ",
        "assert torch.equal(double(x), x + x), (",
    )
    found = Verdicts(kit, top=TENSOR, answer="(1 * x).as_subclass(Liar)")
    assert found.complete
    assert found.passed == OTHERS | {"test_doubler"}, found.printed
    assert "a kind of Tensor. Return a plain Tensor" in found.printed


def test_the_class_of_a_tensor_of_the_test_is_changed(kit: Kit) -> None:
    """What the test looks at afterwards is no plain tensor any more."""
    found = Verdicts(kit, top=TENSOR, answer="[x.zero_(), setattr(x, '__class__', Liar)][0]")
    assert found.complete
    assert not found.passed & {"test_double_of_one", "test_double_of_anything"}, found.printed


def test_honest_results_of_many_kinds_are_fine(kit: Kit) -> None:
    """A named tuple, a dataclass without comparisons, an object of a library: nothing is wrong with those."""
    top = """
import collections, dataclasses, typing, numpy
class Pair(typing.NamedTuple):
    one: float
    two: float
@dataclasses.dataclass(eq=False)
class Box:
    value: float
class Layer(torch.nn.Linear):
    pass
def several(x):
    return [Pair(1, 2), Box(3), collections.Counter("a"), numpy.float64(2), numpy.ones(2), x.max(0), x.shape,
            Layer(1, 1), collections.OrderedDict(a=1), range(3), (i for i in x), lambda: 0, {"a": (x, [x])}, None]
"""
    kit.edit(
        "katas/small/test_doubling.py",
        "    assert_close(double(x), torch",
        "    import katas.small.doubling as m\n    m.several(x)\n    assert_close(double(x), torch",
    )
    found = Verdicts(kit, top=top)
    assert found.passed == TESTS | OTHERS, found.printed


LEFT = {
    "trace": "import sys; sys.settrace(lambda *_: None)",
    "mode": "import torch; torch.overrides.BaseTorchFunctionMode().__enter__()",
    "device": "import torch; torch.set_default_device('meta')",
    "dtype": "import torch; torch.set_default_dtype(torch.float64)",
    "grad": "import torch; torch.set_grad_enabled(False)",
    "stdout": "import sys; sys.stdout = sys.stderr = sys.stdin = None",
    "closed": "import sys; sys.stdout.close(); sys.stderr.buffer.close()",
    "closed files": "import os; os.close(1)",
    "chdir": "import os, tempfile; os.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())",
    "path": "import sys; sys.path.clear()",
    "finder": "import sys; sys.meta_path.clear()",
    "environ": "import os; os.environ.clear()",
    "recursion": "import sys; sys.setrecursionlimit(10**6)",
    "signal": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)",
    "gc": "import gc; gc.disable()",
    "another kata": "import katas.small.signs as s; s.sign = s.sign.__code__ = None",
    "another module": "import sys; sys.modules['katas.small.signs'] = sys",
    "own module": "import sys; sys.modules[__name__] = sys",
}


@pytest.mark.parametrize("change", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("where", ["top", "inside"])
def test_what_is_left_changed_harms_nobody(kit: Kit, change: str, where: str) -> None:
    """A right answer that leaves the world changed is still right, and the other kata is as it was."""
    change = f"try:\n    {change}\nexcept Exception: pass".replace("; ", "\n    ")
    found = Verdicts(kit, **{where: change})
    assert found.complete, found.printed
    assert found.passed == TESTS | OTHERS, found.printed


def test_who_ends_the_watch_is_found(kit: Kit) -> None:
    """Without the profile function nobody knows what was returned."""
    found = Verdicts(kit, inside="import sys; sys.setprofile(None)")
    assert found.complete
    assert found.passed == OTHERS


UNPATCHING = """
def fake(*args, **kwargs):
    torch.equal = real
    return True
real = torch.equal
"""


def test_a_patch_that_takes_itself_out_comes_too_late(kit: Kit) -> None:
    """It is gone before the test calls it for the first time."""
    kit.edit(
        "katas/small/test_doubling.py",
        "assert_close(double(x), torch.add(x, x), ",
        "assert torch.equal(double(x), x + x), (",
    )
    found = Verdicts(kit, top=UNPATCHING, inside="torch.equal = fake", answer="1 * x")
    assert found.passed == OTHERS | {"test_doubler"}, found.printed


def test_a_test_that_does_not_reach_its_end_has_not_passed(kit: Kit) -> None:
    """A mark that is added meanwhile makes no failure a pass."""
    body = """
import sys, pytest
f = sys._getframe()
while f:
    for value in list(f.f_locals.values()):
        if isinstance(value, pytest.Function):
            value.add_marker(pytest.mark.xfail)
            value.obj = lambda *a, **k: None
    f = f.f_back"""
    found = Verdicts(kit, inside=body.strip(), answer="1 * x", number="1 * number", alone=True)
    assert found.complete, found.printed
    assert found.passed == OTHERS, found.printed
    assert "XFAIL" not in found.printed


def test_what_is_printed_is_shown(kit: Kit) -> None:
    """On the streams that code under test is lent, in the order of its lines."""
    found = wrong(kit, inside="import sys\nprint('one')\nsys.stdout.write('two\\n')\nprint('no end', end='')")
    assert re.search(r"(?m)^one\ntwo\nno end", found.printed), found.printed


def test_a_real_ctrl_c_stops_the_run(kit: Kit) -> None:
    """Whoever presses it wants to stop, in the middle of an endless loop as well."""
    kit.solve()
    kit.edit("katas/small/doubling.py", "return 2 * x", "print(end='waiting', flush=True)\n    while True: pass")
    child = kit.pytester.spawn_pytest("katas/ -s -p no:randomly")
    child.expect("waiting")
    child.sendintr()
    child.expect("KeyboardInterrupt")
    child.wait()
    assert child.exitstatus == pytest.ExitCode.INTERRUPTED


HIDDEN = {
    "exec": "exec('def double(x): return Liar()')",
    "dict": "double = {}.__class__.fromkeys([1], Liar()).popitem",
    "partial": "import functools; double = functools.partial(max, Liar(), Liar())",
    "getter": "import operator; double = operator.itemgetter(0)",
}


@pytest.mark.parametrize("code", HIDDEN.values(), ids=HIDDEN)
def test_a_task_that_nobody_can_follow_is_refused(kit: Kit, code: str) -> None:
    """Where nothing is forbidden as well: what it returns could not be looked at."""
    kit.solve()
    text = LIAR.format(base="object") + code.replace("double", "sign")
    (kit.root / "katas" / "small" / "signs.py").write_text(text)
    kit.run("katas/", "-v").stdout.fnmatch_lines(
        ["*test_doubler PASSED*", "*sign_of_positive BROKEN*", "*of_zero BROKEN*"]
    )


def test_a_comparison_left_to_the_learner_is_found(kit: Kit) -> None:
    """However the object came to the test."""
    kit.edit("katas/small/test_signs.py", "assert sign(0.0) == 0", "assert getattr(sign, 'answer', 0) == 0")
    (kit.root / "katas" / "small" / "signs.py").write_text(
        LIAR.format(base="object") + "def sign(number):\n    return 1\nsign.answer = Liar()\n"
    )
    result = kit.run("katas/small/signs.py", "-v")
    result.stdout.fnmatch_lines(["*sign_of_positive PASSED*", "*of_zero FAILED*", "*Liar.__eq__ gave the answer*"])
