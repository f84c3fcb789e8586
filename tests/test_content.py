from __future__ import annotations

import ast
import doctest
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pt_kata.audit import faces, prove
from pt_kata.catalog import Kata, load
from pt_kata.lesson import lesson
from pt_kata.stand_ins import mistakes
from pt_kata.stubs import blank
from scripts.curriculum_table import filled
from tests.conftest import REPOSITORY

KATAS = load(REPOSITORY).katas
each_kata = pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)

NINTH = {
    "katas/tensors/counting.py": (
        '"""Counting."""\n\n\ndef one() -> int:\n    """Return 1."""\n    raise NotImplementedError\n'
    ),
    "katas/tensors/test_counting.py": (
        '"""Counting."""\n\nfrom katas.tensors.counting import one\n\n\n'
        'def test_one():\n    """One is 1."""\n    assert one() == 1\n'
    ),
    "solutions/tensors/counting.py": '"""Counting."""\n\n\ndef one() -> int:\n    """Return 1."""\n    return 1\n',
    "katas/tensors/counting.toml": 'title = "Counting"\nminutes = 1\n\n[hints]\none = ["a", "b", "c"]\n',
}


def run_pytest(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own."""
    command = [sys.executable, "-m", "pytest", "--tb=line", "-p", "no:cacheprovider", *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


@each_kata
def test_content_is_whole(kata: Kata) -> None:
    """Data files, the faces of stub and reference, stub bodies, hints and bans: the first part of the proof."""
    assert prove(REPOSITORY, kata.id, "content").problems == []
    texts = [ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in (kata.stub, kata.reference)]
    assert texts[0] == texts[1]


@each_kata
def test_every_kata_has_known_mistakes(kata: Kata) -> None:
    """Every task has some; ``pt-kata verify`` proves what they claim."""
    assert {mistake.task for mistake in mistakes(kata)} == {task.name for task in kata.tasks}


def test_there_are_a_hundred_known_mistakes() -> None:
    """Enough that a learner's mistake is likely to be among them."""
    assert sum(len(mistakes(kata)) for kata in KATAS) >= 100


@each_kata
def test_docstrings_are_complete(kata: Kata) -> None:
    """Three to eight tasks, each with a formula or law, an example and a source; shapes are in the signatures."""
    assert 3 <= len(kata.tasks) <= 8
    for name, face in faces.of(kata.reference).items():
        if "." not in name:
            assert "Example" in face[-1], name
            assert ">>>" in face[-1], name
            assert "Source" in face[-1], name


@each_kata
def test_examples_in_docstrings_are_true(kata: Kata) -> None:
    """The worked examples run on the reference and print what they say."""
    module = importlib.import_module(f"solutions.{kata.chapter}.{kata.name}")
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted >= len(kata.tasks)


@each_kata
def test_every_test_says_what_it_tests(kata: Kata) -> None:
    """Each test has a docstring of one sentence, on one line."""
    tests = {name: face[-1] for name, face in faces.of(kata.test).items() if name.startswith("test_")}
    assert len(tests) >= 10
    for name, text in tests.items():
        assert re.fullmatch(r"[^\n]+\.", text), f"{name}: {text!r}"
    assert len(set(tests.values())) == len(tests)


@each_kata
def test_tests_import_from_the_learners_file(kata: Kata) -> None:
    """Go-to-definition in an editor lands in katas/, and the tests know only pt_kata.checks of the engine."""
    tree = ast.parse(kata.test.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert kata.module in modules
    assert {name for name in modules if name and name.startswith("pt_kata")} <= {"pt_kata.checks"}


@pytest.mark.parametrize("chapter", sorted({kata.chapter for kata in KATAS}))
def test_every_chapter_has_a_lesson_with_code(chapter: str) -> None:
    """The page of a chapter names its katas, and has Python blocks, which tests/test_docs.py runs."""
    page = (REPOSITORY / "katas" / chapter / "README.md").read_text(encoding="utf-8")
    for kata in KATAS:
        assert kata.chapter != chapter or kata.title in page
    assert "```python\n" in page


@each_kata
def test_every_lesson_shows_what_the_kata_does(kata: Kata) -> None:
    """Its part of the page has the picture, in both themes and in words; ``python -m scripts.pictures`` draws it."""
    page = kata.stub.with_name("README.md")
    for theme in ("light", "dark"):
        assert f'"../../docs/pictures/{kata.name}-{theme}.png"' in lesson(kata)
        assert (page.parent / f"../../docs/pictures/{kata.name}-{theme}.png").is_file()
    assert re.search(r'<img [^>]*alt="[^"]{30,}"', lesson(kata))


@pytest.mark.timeout(300)
def test_the_untouched_katas_are_red() -> None:
    """Nothing passes and nothing fails: every test is todo."""
    result = run_pytest(REPOSITORY, "katas/")
    assert result.returncode == 1
    assert re.search(r"= (\d+) todo in ", result.stdout), result.stdout[-2000:]


@pytest.mark.timeout(300)
def test_the_solutions_are_green() -> None:
    """All of 120 tests or more pass on the reference, in random order and spread over two workers."""
    result = run_pytest(REPOSITORY, "katas/", "--solutions", "-n", "2")
    assert result.returncode == 0, result.stdout[-4000:]
    found = re.search(r"= (\d+) passed in ", result.stdout)
    assert found
    assert int(found[1]) >= 120


def test_a_ninth_kata_is_four_files_and_one_line(tmp_path: Path) -> None:
    """Stub, tests, reference, data and a line in curriculum.toml, with no change of the engine."""
    for tree in ("katas", "solutions"):
        shutil.copytree(REPOSITORY / tree, tmp_path / tree)
    for name, text in NINTH.items():
        (tmp_path / name).write_text(text)
    curriculum = tmp_path / "katas" / "curriculum.toml"
    line = '    "view_vs_reshape",\n'
    curriculum.write_text(curriculum.read_text().replace(line, line + '    "counting",\n'))
    untouched = run_pytest(tmp_path, "katas/tensors/counting.py")
    reference = run_pytest(tmp_path, "katas/tensors/counting.py", "--solutions")
    assert re.search(r"tensors/counting +░+ +0/1 +todo", untouched.stdout)
    assert re.search(r"tensors/counting +█+ +1/1 +done", reference.stdout)


@each_kata
def test_the_stub_is_made_from_the_reference(kata: Kata) -> None:
    """``pt-kata reset`` brings back, to the byte, what a learner finds at first; so no stub may hold another text."""
    assert kata.stub.read_bytes().decode() == blank(kata)


def test_the_curriculum_table_is_current() -> None:
    """The README shows what the catalogue says; ``python scripts/curriculum_table.py`` mends it."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert filled(readme, load(REPOSITORY)) == readme
    assert KATAS[-1].title in readme
