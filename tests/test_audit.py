from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pt_kata.audit import PARTS, banned, cheap, faces, mutants, prove, table
from pt_kata.audit.check import Check, Examiner
from pt_kata.catalog import Ban, Kata, load

DOUBLING = "small/doubling"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(tiny: Path) -> Edit:
    """Give what replaces the first of a text in a file of the tiny workspace."""

    def replace(path: str, old: str, new: str) -> None:
        text = (tiny / path).read_text()
        assert old in text
        (tiny / path).write_text(text.replace(old, new, 1))

    return replace


def problems(root: Path, part: str, kata: str = DOUBLING) -> str:
    """What one part of the proof finds wrong."""
    return "\n".join(prove(root, kata, part).problems)


@pytest.mark.parametrize("part", [part for part in PARTS if part != "mutants"])
@pytest.mark.parametrize("kata", [DOUBLING, "small/signs"])
def test_the_tiny_workspace_is_proven(tiny: Path, kata: str, part: str) -> None:
    """Nothing is found where nothing is wrong, and the counts add up."""
    check = prove(tiny, kata, part)
    assert check.problems == []
    assert (check.kata, check.part) == (kata, part)
    assert check.passed == check.total
    assert check.total > 0 or (kata, part) == ("small/signs", "mistakes")
    assert check.seconds > 0


def test_a_stub_that_passes_a_test_is_found(tiny: Path, edit: Edit) -> None:
    """Every test must be todo before a learner has written anything."""
    edit("katas/small/test_signs.py", "    assert sign(0.0) == 0", "    pass")
    edit("katas/small/test_signs.py", "    assert sign(3.0) == 1", "    assert callable(sign), sign(3.0).shape")
    assert problems(tiny, "stub", "small/signs").splitlines() == [
        "test_sign_of_positive is passed on the stub, not todo ",
        "test_sign_of_zero is passed on the stub, not todo ",
    ]


def test_a_test_that_breaks_on_the_stub_is_found(tiny: Path, edit: Edit) -> None:
    """It must meet the function's own NotImplementedError and nothing before."""
    edit("katas/small/test_signs.py", "    assert sign(0.0) == 0", "    assert [][0] == sign(0.0)")
    assert "test_sign_of_zero is crashed on the stub" in problems(tiny, "stub", "small/signs")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("torch.set_default_dtype(torch.float64)", "test_doubler: the reference changed default_dtype"),
        ("torch.set_grad_enabled(False)", "test_doubler: the reference changed grad_mode"),
        ("torch.manual_seed(0)", "doubling.py:27 seeds a generator that others share: torch.manual_seed"),
        ("import random; random.seed(0)", "doubling.py:27 seeds a generator that others share: random.seed"),
        ("import numpy; numpy.random.seed(0)", "test_doubler: the reference changed numpy_state"),
        ("return 3 * number", "test_doubler is failed on the reference, seed 2"),
        ("return 2 * number + 1e-3 * torch.rand(()).item()", "test_doubler is failed on the reference, seed 4"),
    ],
)
def test_a_reference_with_a_fault_is_found(tiny: Path, edit: Edit, line: str, problem: str) -> None:
    """It must be right with every seed and leave the world as it was."""
    edit("solutions/small/doubling.py", "        self.count += 1", f"        {line}\n        self.count += 1")
    edit("solutions/small/doubling.py", "from jaxtyping", "import torch\nfrom jaxtyping")
    assert problem in problems(tiny, "reference")


MISTAKES = "mistakes/small/doubling.py"
TWIN = '''

@mistake("Doubler", caught_by="test_doubler")
class Twin(Doubler):
    """Nothing done.

    The number comes back. That is not its double.

    Try:
        >>> Doubler().double(3.0)
        3.0
    """

    def double(self, number):
        """Return the number."""
        return number
'''


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("return 1 * x", "return 2 * x", "one_copy is not caught by test_double_of_one: passed"),
        ('caught_by="test_double_of_one"', 'caught_by="test_doubler"', "one_copy is not caught by test_doubler"),
        ('caught_by="test_double_of_one"', 'caught_by="test_triple"', "there is no such test"),
        ("return 1 * x", "return None.x", "one_copy is not caught by test_double_of_one: raised"),
        ("That changes nothing.", "That is so. It changes nothing.", "its reason has 3 sentences, not two"),
        ("    Try:\n        >>> double(torch.tensor([3.0]))\n        tensor([3.])\n", "", "has no experiment under"),
        ("tensor([3.])", "tensor([4.])", "one_copy: its experiment does not print what its docstring says"),
        ("double(torch.tensor([3.0]))\n        tensor([3.])", "1 + 1\n        2", "prints the same with the reference"),
        ("return x + x", "return x * 1", "added: it is not stopped by the guard"),
        ("return 1 * x", "return x * x", "one_copy is named one_copy or squared, not as itself"),
    ],
)
def test_a_mistake_that_is_not_what_it_says_is_found(tiny: Path, edit: Edit, old: str, new: str, problem: str) -> None:
    """It is caught by the test it names, fits itself alone, and explains itself in two sentences and an experiment."""
    edit(MISTAKES, old, new)
    assert problem in problems(tiny, "mistakes")


def test_two_mistakes_that_fit_each_other_are_found(tiny: Path, edit: Edit) -> None:
    """Both are reported, since neither can be told from the other."""
    (tiny / MISTAKES).write_text((tiny / MISTAKES).read_text() + TWIN)
    check = prove(tiny, DOUBLING, "mistakes")
    assert [problem.partition(" ")[2] for problem in check.problems] == [
        "Unchanged is named Unchanged or Twin, not as itself",
        "Twin is named Unchanged or Twin, not as itself",
    ]
    assert check.rows[-1]["named"] == ["Unchanged", "Twin"]


def test_a_broken_mark_is_a_problem_and_no_traceback(tiny: Path, edit: Edit) -> None:
    """What the catalogue can't read is told like any other problem."""
    edit(MISTAKES, '@mistake("double"', '@mistake("duoble"')
    assert "has no task 'duoble'" in problems(tiny, "mistakes")
    (tiny / "katas/small/test_signs.py").write_text("def test_(:")
    assert "is not valid Python" in problems(tiny, "stub", "small/signs")


def test_a_cheap_answer_that_passes_shows_a_weak_test(tiny: Path, edit: Edit) -> None:
    """A test of the shape alone lets every number through."""
    edit("katas/small/test_doubling.py", "assert_close(quadruple(x), 4 * x)", "assert quadruple(x).shape == x.shape")
    found = problems(tiny, "cheap answers")
    assert "quadruple: zeros passes all tests" in found
    assert "quadruple: the input itself passes all tests" in found
    assert "quadruple: another shape" not in found
    assert "quadruple: fused operator passes" not in found
    assert "double: zeros passes" not in found.replace("quadruple", "")


def test_a_method_and_a_ban_are_tried_as_well(tiny: Path, edit: Edit) -> None:
    """Cheap answers stand in for methods, and a call of what is forbidden must be stopped."""
    rows = {(row["function"], row["answer"]): row["caught_by"] for row in prove(tiny, DOUBLING, "cheap answers").rows}
    assert rows["Doubler.double", "the input itself"] == "test_doubler"
    assert rows["Doubler.double", cheap.FUSED] == "test_doubler"
    assert rows["double", "NaN"].startswith("test_double_of_")
    assert not [place for place in rows if place[0] == "Doubler.__init__"]


def test_what_equals_the_right_answer_is_no_cheap_one(tiny: Path) -> None:
    """An int has no NaN, no shape and no graph."""
    kinds = {row["answer"] for row in prove(tiny, "small/signs", "cheap answers").rows}
    assert kinds == {"zeros", "ones", "a constant", "None", "the input itself"}


def test_a_surviving_mutant_is_found(tiny: Path, edit: Edit) -> None:
    """Its line is given, as it was and as it is in the mutant."""
    edit("katas/small/test_signs.py", "assert sign(0.0) == 0", "assert sign(0.0) < 2")
    check = prove(tiny, "small/signs", "mutants")
    assert any("signs.py:6 survives: return (number > 0) - (number < 0) -> " in problem for problem in check.problems)
    assert check.passed + len(check.problems) == check.total == len(check.rows)


def test_an_equivalent_mutant_is_recorded_with_its_reason(tiny: Path) -> None:
    """A survivor that no test can kill is no problem; a record without a reason is one."""
    survivors = [row for row in prove(tiny, "small/signs", "mutants").rows if not row["killed_by"]]
    entries = [f'[[equivalent]]\nwas = "{row["was"]}"\nbecomes = "{row["becomes"]}"\n' for row in survivors]
    assert entries
    record = tiny / "katas/small/signs.mutants.toml"
    record.write_text("".join(f'{entry}reason = "So."\n' for entry in entries))
    check = prove(tiny, "small/signs", "mutants")
    assert check.problems == []
    assert {row["equivalent"] for row in check.rows if not row["killed_by"]} == {"So."}
    record.write_text(entries[0])
    assert "each [[equivalent]] needs was, becomes and reason" in problems(tiny, "mutants", "small/signs")


def test_mutants_are_changes_of_what_runs(tiny: Path) -> None:
    """Each is made once, none of them in an annotation or a docstring."""
    made = list(mutants.mutants(load(tiny).katas[0]))
    assert len({mutant.source for mutant in made}) == len(made) > 5
    assert not [mutant for mutant in made if '"""' in mutant.was or "def " in mutant.was]
    assert {mutant.task for mutant in made} == {"double", "Doubler"}


@pytest.mark.parametrize(
    ("path", "old", "new", "problem"),
    [
        ("katas/small/doubling.py", "def quadruple(x:", "def quadruple(y:", "quadruple: stub and reference differ"),
        ("katas/small/doubling.py", "Return 4x by", "Return 4x after", "quadruple: stub and reference differ"),
        ("katas/small/doubling.py", "raise NotImplementedError", "return 2 * x", "double: the stub holds more than"),
        ("katas/small/doubling.py", "class Doubler", "def _help(): ...\n\n\nclass Doubler", "_help: the stub holds"),
        ("katas/small/doubling.toml", '"Twice.", ', "", "hints.quadruple: 2 levels, wanted 3 or more"),
        ("katas/small/doubling.toml", '"Twice."', '"Do: return double(double(x))"', "hints.quadruple gives away"),
        ("katas/small/doubling.toml", '"Twice."', '"See line 12."', "hints.quadruple quotes a line number"),
        ("katas/small/doubling.toml", "quadruple =", "quadrupel =", "hints.quadrupel is for no task"),
        ("katas/small/doubling.toml", "minutes = 2", "minutes = 'two'", "minutes is 'two'; wanted int"),
        ("katas/small/doubling.toml", '["add"]', '["add"]\nfunctions = ["triple"]', "['triple'] are no tasks"),
        ("katas/small/doubling.toml", '"Doubling is a product here."', '" "', "forbid of add: why is empty"),
        ("katas/small/doubling.toml", '["add"]', '["no.such.thing"]', "forbid.names: No module named 'no'"),
    ],
)
def test_faulty_content_is_found(tiny: Path, edit: Edit, path: str, old: str, new: str, problem: str) -> None:
    """Signatures, docstrings, hints and bans."""
    edit(path, old, new)
    assert problem in problems(tiny, "content")


def test_a_missing_docstring_is_found(tiny: Path, edit: Edit) -> None:
    """Also where stub and reference agree on it."""
    for tree in ("katas", "solutions"):
        edit(f"{tree}/small/doubling.py", '        """Return 2 * number."""\n', "")
    assert "Doubler.double has no docstring" in problems(tiny, "content")


def test_a_face_is_all_but_the_body(tmp_path: Path) -> None:
    """Decorators, arguments, annotations, bases and docstring; private methods are left out, magic ones are not."""
    path = tmp_path / "one.py"
    path.write_text(
        "class A(list, tuple):\n    'Doc.'\n    @property\n    def b(self, *, c: int = 3) -> str:\n        'B.'\n"
        "    def _d(self): ...\n    def __len__(self): ...\ndef _e(): ...\n"
    )
    assert faces.of(path) == {
        "A": ("list", "tuple", "Doc."),
        "A.b": ("property", "self, *, c: int=3", "str", "B."),
        "A.__len__": ("self", "", ""),
    }


@pytest.mark.parametrize("name", ["add", "cdist", "softmax", "view", "cat", "*", "torch.linalg.norm"])
def test_a_call_of_what_is_banned_is_found(name: str) -> None:
    """Arguments are found by trying."""
    call = banned.call_of(Ban(frozenset({name}), "why"))
    assert call
    call()


def test_what_takes_no_plain_arguments_is_not_called() -> None:
    """A name that can't be tried is passed over for the next one of the ban."""
    assert banned.call_of(Ban(frozenset({"no_such_name"}), "why")) is None
    assert banned.call_of(Ban(frozenset({"manual_seed_all", "mul"}), "why"))


def test_the_examiner_runs_quick_tests_that_name_the_task_first(tiny: Path) -> None:
    """A wrong answer is then known after a few milliseconds."""
    examiner = Examiner(load(tiny).katas[0])
    cases = [case.function for case in examiner.cheapest_first("quadruple")]
    assert cases[0] == "test_quadruple"
    assert len(cases) == 4
    assert examiner.first_red(examiner.hybrids.reference(), examiner.cases) is None


def test_data_holds_every_part_and_row() -> None:
    """The schema has a number, and one problem anywhere is enough for the whole not to be ok."""
    good, bad = Check("a/b", "stub"), Check("a/b", "mistakes", rows=[{"name": "x"}])
    good.note(True, "")
    bad.note(False, "it is wrong")
    data = table.as_data([good, bad])
    assert (data["schema"], data["ok"], table.as_data([good])["ok"]) == (1, False, True)
    assert data["katas"]["a/b"]["mistakes"]["problems"] == ["it is wrong"]
    assert data["katas"]["a/b"]["mistakes"]["rows"] == [{"name": "x"}]


def test_the_table_lists_counts_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    """As checks come they are passed on; brackets in a problem are printed as they are."""
    kata = Kata(Path(), "a", "b")
    check = Check("a/b", "stub")
    for number in range(table.SHOWN + 2):
        check.note(False, f"[red]{number}[/red]")
    assert list(table.show(iter([check]), [kata], ["stub"])) == [check]
    out = capsys.readouterr().out
    assert "0/42" in out
    assert "a/b, stub: 42 problems" in out
    assert "  [red]0[/red]" in out
    assert "and 2 more; --json lists all" in out


def test_proving_leaves_the_world_as_it_was(tiny: Path) -> None:
    """Apart from the number of threads, of which a worker needs one."""
    dtype, mode = torch.get_default_dtype(), torch.is_grad_enabled()
    for part in ("reference", "cheap answers"):
        prove(tiny, DOUBLING, part)
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == (dtype, mode)
