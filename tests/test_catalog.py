from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pt_kata.catalog import CatalogError, first_sentence, line_of, load, nearest
from pt_kata.workspace import find_workspace


def test_katas_come_in_the_order_of_the_curriculum(tiny: Path) -> None:
    """The order of curriculum.toml is the order of the catalogue."""
    assert [kata.id for kata in load(tiny).katas] == ["small/doubling", "small/signs"]


def test_tasks_are_the_public_names_with_their_first_sentence(tiny: Path) -> None:
    """A task carries its name and what it should do."""
    tasks = load(tiny).katas[0].tasks
    assert [task.name for task in tasks] == ["double", "quadruple", "Doubler"]
    assert tasks[0].summary == "Return 2x"


def test_a_method_belongs_to_the_task_of_its_class(tiny: Path) -> None:
    """Doubler.double is part of Doubler."""
    kata = load(tiny).katas[0]
    assert kata.task("Doubler.double") == kata.tasks[2]
    assert kata.task("nothing") is None


def test_data_beside_the_stub_is_read(tiny: Path) -> None:
    """Title, minutes, hints and bans come from the TOML file."""
    kata = load(tiny).katas[0]
    assert (kata.title, kata.minutes, len(kata.hints["double"])) == ("Doubling", 2, 3)
    assert kata.bans[0].names == {"add"}


def test_torch_is_not_imported() -> None:
    """Reading the catalogue leaves torch alone."""
    code = "import sys, pt_kata.catalog; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chapters", "not valid TOML"),
        ("", "chapters is missing"),
        ("chapters = 3", "chapters is 3; wanted dict"),
        ("[chapters]\nsmall = 'doubling'", "chapters.small must be a list of kata names"),
        ("[chapters]\nsmall = ['01_first']", "can't be imported"),
        ("[chapters]\nsmall = ['signs', 'signs']", "listed twice"),
    ],
)
def test_a_broken_curriculum_is_named_with_its_key(tiny: Path, text: str, message: str) -> None:
    """The error gives the file, the key and the fault."""
    path = tiny / "katas" / "curriculum.toml"
    path.write_text(text)
    with pytest.raises(CatalogError, match=r"curriculum\.toml") as caught:
        load(tiny)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "not valid TOML"),
        ("minutes = 3", "title is missing"),
        ("title = 'x'\nminutes = 'three'", "minutes is 'three'; wanted int"),
        ("title = 'x'\nminutes = 3\n[hints]\nsign = 'one'", "hints.sign must be a list of strings"),
        ("title = 'x'\nminutes = 3\n[hints]\n[[forbid]]\nnames = ['add']", "why is missing"),
        ("title = 'x'\nminutes = 3\nforbid = [3]\n[hints]", "forbid must be a list of tables"),
    ],
)
def test_a_broken_data_file_spoils_its_own_kata_only(tiny: Path, text: str, message: str) -> None:
    """The kata keeps its place and says what is wrong; the others are untouched."""
    (tiny / "katas" / "small" / "signs.toml").write_text(text)
    doubling, signs = load(tiny).katas
    assert message in signs.problem
    assert "signs.toml" in signs.problem
    assert not doubling.problem


def test_a_missing_test_file_is_a_problem_of_its_kata(tiny: Path) -> None:
    """The message names the file and the nearest one."""
    tests = tiny / "katas" / "small"
    (tests / "test_signs.py").rename(tests / "test_sign.py")
    problem = load(tiny).katas[1].problem
    assert "test_signs.py is missing; did you mean 'test_sign.py'?" in problem


def test_a_half_written_stub_keeps_its_tasks(tiny: Path) -> None:
    """What there is to do is read from the reference while the learner's file has a syntax error."""
    (tiny / "katas" / "small" / "signs.py").write_text("def sign(")
    assert [task.name for task in load(tiny).katas[1].tasks] == ["sign"]


def test_first_sentence_stops_at_the_full_stop() -> None:
    """Lines are joined; a full stop or a blank line ends the sentence."""
    assert first_sentence("Return\n    2.5 times x. More.") == "Return 2.5 times x"
    assert first_sentence("One\n\nTwo") == "One"


def test_nearest_is_silent_when_nothing_is_near() -> None:
    """A suggestion is only made when it is likely."""
    assert nearest("losess", ["losses", "tensors"]) == "; did you mean 'losses'?"
    assert nearest("zzz", ["losses"]) == ""


def test_line_of_a_method(tiny: Path) -> None:
    """The line of a class or method is found; an unknown name gives line 1."""
    path = tiny / "solutions" / "small" / "doubling.py"
    lines = path.read_text().splitlines()
    assert lines[line_of(path, "Doubler.double") - 1].strip().startswith("def double(self")
    assert line_of(path, "nothing") == 1


def test_a_workspace_is_found_from_any_folder_inside_it(tiny: Path) -> None:
    """The nearest folder with katas/curriculum.toml counts."""
    assert find_workspace(tiny / "katas" / "small") == tiny
    assert find_workspace(tiny.parent) is None
