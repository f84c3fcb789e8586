from __future__ import annotations

import itertools
import signal
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from pt_kata.catalog import Kata
from pt_kata.hybrids import Hybrids
from pt_kata.trial import Case, Ending, OutOfTime, Trial, case_of
from pt_kata.world import World
from tests.conftest import Kit

Written = Callable[..., Kata]
IMPORTS = (
    "import pytest\nimport torch\nfrom katas.small.signs import sign\nfrom pt_kata.checks import assert_equal\n\n\n"
)
CHECK = IMPORTS + "def test_sign():\n    assert_equal(sign(2), 1)\n"

# In all of these forms the parameters of the tests are what pytest makes of them.
FORMS = (
    IMPORTS
    + """
SEEN = []


@pytest.mark.parametrize("a", [1, 2])
def test_one_name(draw, a): note("one", a, draw.number())


@pytest.mark.parametrize("a, b", [(1, 2), pytest.param(3, 4, id="last")], ids=["first", None])
def test_two_names(draw, a, b): note("two", a, b, draw.number())


@pytest.mark.parametrize(["a", "b"], [[1, 2], (3, (4, 5))])
def test_a_list_of_names(draw, b, a): note("list", a, b, draw.number())


@pytest.mark.parametrize(("a",), [(1,), pytest.param((2,))])
def test_a_tuple_of_one_name(draw, a): note("tuple", a, draw.number())


@pytest.mark.parametrize("a", [1, 2], ids=str)
@pytest.mark.parametrize("b", [3, 3], ids=["x", "y"])
@pytest.mark.parametrize("c", range(2))
def test_stacked(draw, a, b, c): note("stacked", a, b, c, draw.number())


def test_no_name(draw): note("none", draw.number())


def note(*values):
    with open("seen.txt", "a") as file:
        print(*values, file=file)
"""
)


def ended(kata: Kata, **options: Any) -> Ending:
    """Run the only test of ``kata`` against its reference."""
    trial, module = Trial(kata, 1, **options), Hybrids(kata).reference()
    (case,) = trial.cases(module)
    ((_, ending),) = trial.run(module, [case], {str(kata.reference)})
    return ending


def test_parameters_and_seeds_are_those_of_pytest(kit: Kit, written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form of parametrize gives the same calls with the same numbers drawn."""
    (kit.root / "katas" / "small" / "test_signs.py").write_text(FORMS)
    kit.run("katas/small/signs.py", "--solutions", "--seed", "7").assert_outcomes(passed=17)
    seen = kit.root / "seen.txt"
    wanted = sorted(seen.read_text().splitlines())
    seen.unlink()
    monkeypatch.chdir(kit.root)
    kata = written(tests=FORMS)
    trial, module = Trial(kata, 7), Hybrids(kata).reference()
    assert all(not ending.red for _, ending in trial.run(module, trial.cases(module), ()))
    assert sorted(seen.read_text().splitlines()) == wanted


def test_cases_are_in_file_order_with_their_positions(written: Written) -> None:
    """A test without parameters is one case."""
    kata = written(tests=FORMS)
    cases = Trial(kata, 1).cases(Hybrids(kata).reference())
    assert cases[:3] == [Case("test_one_name", (0,)), Case("test_one_name", (1,)), Case("test_two_names", (0,))]
    assert str(cases[-2]) == "test_stacked[1-1-1]"
    assert str(cases[-1]) == "test_no_name"


@pytest.mark.parametrize(
    ("body", "outcome", "fault"),
    [
        ("return 1", "passed", ""),
        ("return 'up'", "failed", "type"),
        ("raise ValueError(f'no sign of {number}')", "raised", "ValueError"),
        ("return [][number]", "raised", "IndexError: list index out of range"),
        ("raise NotImplementedError", "todo", ""),
        ("raise SystemExit", "raised", "SystemExit"),
        ("assert number < 0", "failed", "assertion"),
    ],
)
def test_how_a_test_can_end(written: Written, body: str, outcome: str, fault: str) -> None:
    """What the learner raises, gets wrong or has not written yet is told apart."""
    ending = ended(written(f"def sign(number):\n    {body}\n", CHECK))
    assert ending.outcome == outcome
    assert ending.fault == fault or outcome == "failed"
    assert ending.red == (outcome != "passed")


def test_a_test_that_breaks_by_itself_has_crashed(written: Written) -> None:
    """An error outside the learner's files is no failure of the learner's."""
    assert ended(written(tests=IMPORTS + "def test_sign():\n    sign(2).shape\n")).outcome == "crashed"


def test_a_skipped_test_is_not_red(written: Written) -> None:
    """A test that needs what this machine lacks says nothing about the code under test."""
    assert not ended(written(tests=IMPORTS + "def test_sign():\n    pytest.skip('no CUDA')\n")).red


def test_an_ending_knows_lines_fault_and_value(written: Written) -> None:
    """The lines are the test file's, through its helpers; the value is the one found wrong."""
    tests = IMPORTS + "def test_sign():\n    check(2)\n\n\ndef check(x):\n    assert_equal(sign(x), 1)\n"
    ending = ended(written("def sign(number):\n    return 5\n", tests))
    assert ending.lines == (8, 12)
    assert ending.observed == 5
    assert "sign" in ending.message
    assert "5" not in ending.fault


def test_what_is_forbidden_is_noticed_under_guard_only(written: Written) -> None:
    """The fault is the reason of the ban."""
    kata = written("import torch\n\n\ndef sign(number):\n    return int(torch.sign(torch.tensor(number)))\n", CHECK)
    kata.stub.with_suffix(".toml").write_text(
        'title = "S"\nminutes = 1\n[hints]\n[[forbid]]\nnames = ["sign"]\nwhy = "Compare."\n'
    )
    kata = written()
    assert ended(kata).fault == "forbidden: why       Compare."
    assert not ended(kata, guarded=False).red


LOOPS = {
    "bare": "while True: pass",
    "swallowing": "while True:\n        try:\n            sum(range(99))\n        except Exception:\n            pass",
    "sleeping": "import time; time.sleep(30)",
    "in torch": "import torch\n    while True: torch.ones(9).sum()",
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("guarded", [True, False])
def test_a_loop_without_end_is_stopped(written: Written, body: str, guarded: bool) -> None:
    """Even where the code under test swallows every Exception."""
    kata = written(f"def sign(number):\n    {body}\n", CHECK)
    start = time.monotonic()
    ending = ended(kata, limit=0.1, guarded=guarded)
    assert ending.outcome == "raised"
    assert "stopped after 0.1 s" in ending.message
    assert time.monotonic() - start < 5


def test_the_timer_of_the_run_around_it_goes_on(written: Written) -> None:
    """pytest-timeout uses the same one."""
    handler = signal.getsignal(signal.SIGALRM)
    before = signal.getitimer(signal.ITIMER_REAL)[0]
    ended(written(tests=CHECK), limit=5.0)
    assert signal.getsignal(signal.SIGALRM) is handler
    after = signal.getitimer(signal.ITIMER_REAL)[0]
    assert (after > 10) == (before > 10)
    assert not issubclass(OutOfTime, Exception)


def test_what_is_printed_or_warned_is_not_shown(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """The learner has seen it already, and no warning becomes an error."""
    noisy = "import sys, warnings\n    print('out'); print('err', file=sys.stderr); warnings.warn('old')\n    return 1"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not ended(written(f"def sign(number):\n    {noisy}\n", CHECK)).red
    assert capsys.readouterr() == ("", "")


def test_switches_that_were_left_changed_are_told_and_put_back(written: Written) -> None:
    """The next test finds the world as it was."""
    before = World.now()
    change = "torch.set_default_dtype(torch.float64); torch.manual_seed(3)"
    ending = ended(written(f"import torch\n\n\ndef sign(number):\n    {change}\n    return 1\n", CHECK))
    assert ending.changed == ("default_dtype", "torch_seed")
    assert before.settings == World.now().settings


def test_nothing_is_left_in_sys_modules(written: Written) -> None:
    """The learner's own modules are not hidden by the one on trial."""
    before = dict(sys.modules)
    ended(written(tests=CHECK))
    assert {name for name in sys.modules if name.startswith("katas")} == {n for n in before if n.startswith("katas")}


def test_a_test_mentions_what_it_names_by_any_route(written: Written) -> None:
    """Itself, or through helpers, tables and helpers of helpers; loops among them end."""
    tests = IMPORTS + (
        "def test_itself(): sign(1)\ndef test_helper(): one()\ndef test_none(): other()\n"
        "def one(): two()\ndef two(): one(); TABLE[0]()\ndef other(): pass\nTABLE = [sign]\n"
        "@pytest.mark.parametrize('f', TABLE)\ndef test_table(f): f()\n"
    )
    trial = Trial(written(tests=tests), 1)
    named = [name for name in ("test_itself", "test_helper", "test_none", "test_table") if trial.mentions(name, "sign")]
    assert named == ["test_itself", "test_helper", "test_table"]


def test_a_case_is_found_again_by_the_indices_of_pytest() -> None:
    """Also where parametrizations are stacked, and pytest counts through all of them."""

    @pytest.mark.parametrize("letter", ["a", "b", "c"])
    @pytest.mark.parametrize(("one", "two"), [(1, 2), (3, 4)])
    def stacked(letter: str, one: int, two: int) -> None: ...

    cases = [Case("stacked", picks) for picks in itertools.product(range(2), range(3))]
    for position, case in enumerate(cases):
        assert case_of("stacked", stacked, dict.fromkeys(["letter", "one", "two"], position)) == case
    assert case_of("plain", lambda: None, {}) == Case("plain")
