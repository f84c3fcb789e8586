from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pt_kata import stand_ins
from pt_kata.catalog import CatalogError, Kata, load
from pt_kata.stand_ins import StandIn, mistakes, read

RIGHT = '''
@right_answer("double")
def halved(x):
    """Division by a half."""
    return x / 0.5


@mistake("double", caught_by="test_double_of_one")
def one_copy(x):
    """One copy."""
    return x
'''


@pytest.fixture
def doubling(tiny: Path) -> Kata:
    """Give the kata that has known mistakes."""
    return load(tiny).katas[0]


def marked(kata: Kata, text: str, mark: str = "mistake") -> tuple[StandIn, ...]:
    """Read the stand-ins with ``mark`` in a file of ``text``."""
    kata.mistakes.write_text(text)
    return read(kata, kata.mistakes, mark)


def test_mistakes_are_read_in_file_order(doubling: Kata) -> None:
    """Each knows its task, the test that catches it, and whether the guard stops it."""
    found = mistakes(doubling)
    assert [mistake.name for mistake in found] == ["one_copy", "squared", "added", "doubled_once", "Unchanged"]
    assert [mistake.task for mistake in found] == ["double"] * 3 + ["quadruple", "Doubler"]
    assert [mistake.forbidden for mistake in found] == [False, False, True, False, False]
    assert found[0].caught_by == "test_double_of_one"


def test_a_docstring_is_title_reason_and_experiment(doubling: Kata) -> None:
    """The full stop of the title goes, the reason is on one line, and the experiment keeps its answers."""
    first = mistakes(doubling)[0]
    assert first.title == "One copy only"
    assert first.why == "The factor is one. That changes nothing."
    assert first.prompt == (">>> double(torch.tensor([3.0]))",)
    assert "tensor([3.])" in first.experiment


def test_the_lines_to_type_include_those_of_a_block(doubling: Kata) -> None:
    """Both prompts count; answers do not."""
    experiment = "\n        >>> for i in range(1):\n        ...     print(i)\n        0\n    "
    text = f'@mistake("double", caught_by="t")\ndef wrong(x):\n    """Title.\n\n    Try:{experiment}"""\n'
    (found,) = marked(doubling, text)
    assert found.prompt == (">>> for i in range(1):", "...     print(i)")


def test_a_kata_without_a_file_has_no_mistakes(tiny: Path) -> None:
    """Known mistakes are optional."""
    assert mistakes(load(tiny).katas[1]) == ()


def test_each_mark_is_read_by_itself(doubling: Kata) -> None:
    """Right and wrong answers may share a file."""
    assert [found.name for found in marked(doubling, RIGHT)] == ["one_copy"]
    assert [found.name for found in marked(doubling, RIGHT, "right_answer")] == ["halved"]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('@mistake("duoble", caught_by="t")', "line 2: wrong: small/doubling has no task 'duoble'"),
        ("@mistake(caught_by='t')", "needs the task's name"),
        ("@mistake('double', caught_by=name)", "literal values only"),
        ("@mistake('double', caugth_by='t')", "has no option caugth_by; did you mean 'caught_by'?"),
        ("@mistake('double', caught_by='t'", "is not valid Python"),
    ],
)
def test_a_bad_mark_is_reported_with_its_place(doubling: Kata, mark: str, message: str) -> None:
    """The message names file, line and definition."""
    with pytest.raises(CatalogError, match=r"doubling\.py") as caught:
        marked(doubling, f'{mark}\ndef wrong(x):\n    """Wrong."""\n')
    assert message in str(caught.value)


def test_a_mistake_without_a_title_is_refused(doubling: Kata) -> None:
    """The first line of the docstring is what a learner reads."""
    with pytest.raises(CatalogError, match="the docstring is missing"):
        marked(doubling, "@mistake('double', caught_by='t')\ndef wrong(x):\n    return x\n")


def test_only_one_stand_in_is_selected_under_the_name_of_its_task(doubling: Kata) -> None:
    """Helpers, imports and other decorators stay; the marks and the other stand-ins go."""
    text = "from functools import cache\n\n\ndef helper(x): ...\n" + RIGHT.replace("def halved", "@cache\ndef halved")
    (halved,) = marked(doubling, text, "right_answer")
    selected = ast.unparse(stand_ins.select(stand_ins.parse(doubling.mistakes), halved))
    assert "def helper" in selected
    assert "@cache\ndef double(x)" in selected
    assert "right_answer(" not in selected
    assert "one_copy" not in selected


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """What can't be read is an error of the catalogue."""
    with pytest.raises(CatalogError, match=r"gone\.py is missing"):
        stand_ins.parse(tmp_path / "gone.py")


def test_the_marks_leave_what_they_mark_alone() -> None:
    """A file of stand-ins can be imported and tried by hand."""
    assert stand_ins.mistake("double", caught_by="test_double_of_one")(len) is len
    assert stand_ins.right_answer("double")(len) is len
