from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from pt_kata.catalog import Kata, load
from pt_kata.cli import main
from pt_kata.lesson import inline, section
from pt_kata.standing import next_up, standing
from pt_kata.store import Record, Store, digest
from tests.conftest import REPOSITORY

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIDTHS = (40, 60, 100, 140)
LESSON = """# Small

An introduction.

## Doubling

A **bold** word, `code` and *one* [link](https://example.org) in a paragraph that is long enough to be wrapped at
forty columns. Two * three * four stays.
- first item, which goes on
  over two lines
- second

```python
x = [1, 2]

print(x)
```

    indented

| name | value |
|---|---:|
| a | `1` |
| b | |

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="dark.png">
  <img src="light.png" alt="A curve." width="800">
</picture>

### Deeper
1. one
2. two

## Signs

Another kata.
"""


@pytest.fixture
def katas(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Kata, ...]:
    """Go into the tiny workspace and give its katas."""
    monkeypatch.chdir(tiny)
    return load(tiny).katas


def invoke(*args: str, width: int | None = None, color: bool = False) -> Result:
    """Run pt-kata in this process, as if piped, or in a terminal of this width."""
    env = {
        **({"COLUMNS": str(width)} if width else {}),
        "FORCE_COLOR": "1" if width else None,
        "NO_COLOR": None if color else "1",
    }
    return CliRunner(env=env).invoke(main, args)


def save(kata: Kata, passed: int, tasks: dict[str, str] | None = None, **others: int) -> Record:
    """Save what a run on the files as they are now has found."""
    counts = {"passed": passed, **others}

    def change(record: Record) -> Record:
        return record.judged(
            digest=digest(kata), total=sum(counts.values()), counts=counts, tasks=tasks or {}, now=NOON
        )

    return Store(kata.root).update(kata.id, change)


def solve(kata: Kata) -> None:
    """Put the reference in place of the stub, and save that it is green."""
    shutil.copy(kata.reference, kata.stub)
    save(kata, 4, {task.name: "passed" for task in kata.tasks})


def test_at_first_everything_is_to_do(katas: tuple[Kata, ...]) -> None:
    """The first task is named with its place, its sentence and what to type."""
    lines = invoke().output.splitlines()
    assert lines[0] == "░" * 20 + "  0 of 4 functions and classes are green"
    assert lines[1] == "0 of 2 katas are done; pt-kata list shows them."
    assert "small/doubling  Doubling, 2 minutes  todo" in lines
    assert "  katas/small/doubling.py:7" in lines
    assert "  double: Return 2x." in lines
    assert "  pt-kata check small/doubling  run its tests" in lines


def test_a_done_kata_leads_to_the_next(katas: tuple[Kata, ...]) -> None:
    """What is green counts, and the place to go on is in the second kata."""
    solve(katas[0])
    output = invoke().output
    assert "█" * 15 + "░" * 5 + "  3 of 4 functions" in output
    assert "1 of 2 katas are done" in output
    assert "katas/small/signs.py:4" in output
    assert "katas/small/signs.py:4" in invoke("next").output


def test_when_all_is_green_again_is_what_is_left(katas: tuple[Kata, ...]) -> None:
    """There is no next kata; the commands without a name take the last one."""
    for kata in katas:
        solve(kata)
    assert "All katas are green." in invoke().output
    assert "pt-kata again" in invoke("next").output
    assert "small/signs" in invoke("show").output


def test_the_place_to_go_on_is_the_first_task_that_is_not_green(katas: tuple[Kata, ...]) -> None:
    """By what was saved, and in the file as it is now."""
    katas[0].stub.write_text("# a line more\n" + katas[0].reference.read_text())
    save(katas[0], 2, {"double": "passed", "quadruple": "failed", "Doubler": "todo"}, failed=1, todo=1)
    output = invoke("next").output
    assert "small/doubling  Doubling, 2 minutes  failed" in output
    assert "katas/small/doubling.py:13" in output
    assert "quadruple: Return 4x" in output


def test_the_list_has_bars_counts_and_states(katas: tuple[Kata, ...]) -> None:
    """Chapter by chapter."""
    solve(katas[0])
    katas[1].stub.write_text(katas[1].reference.read_text())
    save(katas[1], 1, failed=1)
    assert invoke("list").output.splitlines() == [
        "small  1 of 2 done",
        f"  doubling  {'█' * 20}  4/4  done",
        f"  signs     {'█' * 10}{'░' * 10}  1/2  failed (1 failed)",
    ]


def change_stub(kata: Kata) -> None:
    """Write something, and not the solution."""
    kata.stub.write_text("# begun\n" + kata.stub.read_text())


STATES: dict[str, Callable[[Kata], object]] = {
    "todo": lambda kata: None,
    "new": change_stub,
    "done": solve,
    "changed": lambda kata: (solve(kata), change_stub(kata)),
    "missing": lambda kata: kata.stub.unlink(),
    "failed": lambda kata: (change_stub(kata), save(kata, 1, timeout=1)),
    "begun": lambda kata: (change_stub(kata), save(kata, 1, todo=1)),
    "broken": lambda kata: (change_stub(kata), save(kata, 0, error=2)),
}


@pytest.mark.parametrize("state", STATES)
def test_states_follow_the_files_as_they_are_now(katas: tuple[Kata, ...], state: str) -> None:
    """What was saved is shown only as what it is: about other files, when the files have changed."""
    STATES[state](katas[0])
    data = json.loads(invoke("list", "--json").output)
    assert (data["schema"], data["katas"][0]["state"]) == (1, state)
    assert invoke("list").exit_code == invoke("show", "doubling").exit_code == invoke().exit_code == 0


@pytest.mark.parametrize("spoilt", ["test_doubling.py", "doubling.toml"])
def test_a_changed_test_makes_the_result_old(katas: tuple[Kata, ...], spoilt: str) -> None:
    """A green kata is green for the tests and the data that it was checked with."""
    solve(katas[0])
    path = katas[0].stub.with_name(spoilt)
    path.write_text(path.read_text() + "\n")
    kata = load(katas[0].root).katas[0]
    assert standing(kata, Store(kata.root).read()).state == "changed"


def test_a_blank_stub_is_to_do_whatever_was_saved(katas: tuple[Kata, ...]) -> None:
    """After a reset no old counts are shown."""
    blank = katas[1].stub.read_bytes()
    solve(katas[1])
    katas[1].stub.write_bytes(blank)
    one = standing(katas[1], Store(katas[1].root).read())
    assert (one.state, one.solved, one.shown.total) == ("todo", 0, 0)


def test_the_list_as_data_is_whole(katas: tuple[Kata, ...]) -> None:
    """Each kata with its file, state, counts and tasks."""
    solve(katas[0])
    first = json.loads(invoke("list", "--json").output)["katas"][0]
    assert (first["id"], first["file"], first["passed"], first["total"]) == (
        "small/doubling",
        "katas/small/doubling.py",
        4,
        4,
    )
    assert first["tasks"][0] == {"name": "double", "summary": "Return 2x", "outcome": "passed"}


def test_a_broken_kata_is_told_and_the_others_are_shown(katas: tuple[Kata, ...]) -> None:
    """Its test file is missing."""
    katas[0].test.unlink()
    for args in ((), ("list",), ("show",), ("next",)):
        assert "test_doubling.py is missing" in invoke(*args).output
    assert "signs" in invoke("list").output
    hint = invoke("hint")
    assert (hint.exit_code, "test_doubling.py is missing" in hint.output) == (1, True)


def test_show_renders_the_lesson_and_ends_with_the_task(katas: tuple[Kata, ...]) -> None:
    """The section of the kata, without the marks of Markdown, and after it what there is to write."""
    (katas[0].stub.with_name("README.md")).write_text(LESSON)
    save(katas[0], 1, {"double": "passed", "quadruple": "failed"}, todo=3)
    assert invoke("show").output.splitlines() == [
        "Doubling",
        "",
        "A bold word, code and one link (https://example.org) in a paragraph that is long enough to be wrapped at"
        " forty columns. Two * three * four stays.",
        "  - first item, which goes on over two lines",
        "  - second",
        "",
        "    x = [1, 2]",
        "",
        "    print(x)",
        "",
        "    indented",
        "",
        "name  value",
        "a     1",
        "b",
        "",
        "[picture: A curve.]",
        "",
        "Deeper",
        "  1. one",
        "  2. two",
        "",
        "small/doubling  Doubling, 2 minutes  begun",
        "  Doubling without adding.",
        "  You write, from katas/small/doubling.py:12 on:",
        "  ✓ double     Return 2x.",
        "  ✗ quadruple  Return 4x by doubling twice.",
        "  · Doubler    Count how often something was doubled.",
    ]


def test_a_lesson_without_a_section_is_shown_whole() -> None:
    """Nothing is lost when the titles differ."""
    assert section(LESSON, "Signs").strip() == "## Signs\n\nAnother kata."
    assert section(LESSON, "Other") == LESSON


def test_marks_inside_code_are_left_alone() -> None:
    """Stars and brackets of Python are not emphasis."""
    text = inline("`a ** b ** c`, `[x](y)` and 2 * 3 * 4")
    assert text.plain == "a ** b ** c, [x](y) and 2 * 3 * 4"


@pytest.mark.parametrize("kata", load(REPOSITORY).katas, ids=lambda kata: kata.id)
def test_every_lesson_is_rendered_without_marks(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Markdown is left over in prose, tables keep their cells, and prose fits a narrow terminal."""
    monkeypatch.chdir(REPOSITORY)
    page = invoke("show", kata.id).output.partition(f"\n{kata.id}  ")[0]
    prose = [line for line in page.splitlines() if not line.startswith("    ")]
    assert not [line for line in prose if re.search(r"^#|`|\*\*\w|^\||\]\(", line)]
    narrow = [line for line in invoke("show", kata.id, width=40).output.splitlines() if not line.startswith("    ")]
    assert max(map(cell_len, narrow)) <= 40


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("args", [(), ("list",), ("next",), ("hint",), ("show",), ("again",), ("diff", "--spoil")])
def test_every_page_fits_the_terminal(katas: tuple[Kata, ...], width: int, args: tuple[str, ...]) -> None:
    """No line is longer than the terminal is wide, code aside."""
    save(katas[0], 1, {"double": "passed"}, failed=100)
    lines = invoke(*args, width=width).output.splitlines()
    assert max(cell_len(line) for line in lines if not line.startswith("    ")) <= width


def test_colours_are_for_terminals(katas: tuple[Kata, ...]) -> None:
    """Neither a pipe nor NO_COLOR gets any, bold included."""
    assert "\x1b[" in invoke("list", width=80, color=True).output
    assert "\x1b" not in invoke("list", width=80).output
    assert "\x1b" not in invoke("list", color=True).output


def test_lines_of_a_pipe_are_whole(katas: tuple[Kata, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no edge to be wrapped at, and no blanks at their ends."""
    monkeypatch.setenv("COLUMNS", "80")
    path = katas[0].stub.with_suffix(".toml")
    path.write_text(path.read_text().replace("Multiply.", "Multiply. " * 60))
    output = invoke("hint").output
    assert "Multiply. " * 59 + "Multiply." in output
    for args in ((), ("list",), ("show",), ("diff", "--spoil"), ("hint",)):
        assert not [line for line in invoke(*args).output.splitlines() if line != line.rstrip()]


def test_hints_come_one_by_one(katas: tuple[Kata, ...]) -> None:
    """Each time one level more, with how many are left; at the end other ways to go on."""
    first, second, third, fourth = (invoke("hint").output for _ in range(4))
    assert ("1. Multiply." in first, "2. By two." in first) == (True, False)
    assert "2 more: pt-kata hint small/doubling --function double" in first
    assert ("1. Multiply." in second, "2. By two." in second, "1 more" in second) == (True, True, True)
    assert "3. The number goes first or second." in third
    assert "That was the last hint." in third
    assert "pt-kata diff small/doubling --spoil" in third
    assert fourth == third
    assert Store(katas[0].root).read()["small/doubling"].hints == {"double": 3}


def test_earlier_hints_are_dim(katas: tuple[Kata, ...]) -> None:
    """The new one stands out."""
    invoke("hint")
    output = invoke("hint", width=80, color=True).output
    assert "\x1b[2mMultiply." in output
    assert "\x1b[2mBy two." not in output
    assert "By two." in output


def test_a_hint_is_for_the_first_task_that_is_not_green(katas: tuple[Kata, ...]) -> None:
    """Or for the function, class or method that is named."""
    save(katas[0], 2, {"double": "passed"}, todo=2)
    assert "1. Twice." in invoke("hint").output
    assert "1. Remember a number." in invoke("hint", "doubling", "--function", "Doubler.double").output
    assert "1. Compare." in invoke("hint", "signs").output


def test_an_unknown_function_gets_the_nearest(katas: tuple[Kata, ...]) -> None:
    """A usage error."""
    done = invoke("hint", "doubling", "--function", "quadrupel")
    assert done.exit_code == 2
    assert "small/doubling has no function or class 'quadrupel'; did you mean 'quadruple'?" in done.output


def test_a_function_without_hints_says_so(katas: tuple[Kata, ...]) -> None:
    """And names what else helps."""
    path = katas[1].stub.with_suffix(".toml")
    path.write_text(path.read_text().replace("sign =", "other ="))
    assert "There are no hints for sign." in invoke("hint", "signs").output


def test_the_reference_is_shown_once_the_kata_is_green(katas: tuple[Kata, ...]) -> None:
    """Not before, and not for other code than what was green, unless one wants to be spoilt."""
    refused = invoke("diff", "signs")
    assert refused.exit_code == 1
    assert "small/signs is not green (todo)" in refused.output
    assert "(number > 0)" not in refused.output
    assert "(number > 0)" in invoke("diff", "signs", "--spoil").output
    solve(katas[1])
    assert invoke("diff", "signs").exit_code == 0
    katas[1].stub.write_text(katas[1].stub.read_text() + "# one thing more\n")
    changed = invoke("diff", "signs")
    assert changed.exit_code == 1
    assert "changed since it was last checked" in changed.output
    assert "pt-kata check small/signs" in changed.output


YOURS = '''"""The sign of a number."""

LIMIT = 3


def _mine(x):
    """Help."""
    return x


def sign(number: float) -> int:
    """Return -1, 0 or 1."""

    return _mine(1)
'''


def test_code_is_compared_task_by_task_without_docstrings(katas: tuple[Kata, ...]) -> None:
    """With private helpers, and the constants where they differ."""
    katas[1].stub.write_text(YOURS)
    assert [line for line in invoke("diff", "signs", "--spoil").output.splitlines() if line] == [
        "imports and constants",
        "  yours",
        "    LIMIT = 3",
        "  the reference",
        "    # nothing of this name",
        "sign",
        "  yours",
        "    def sign(number: float) -> int:",
        "        return _mine(1)",
        "  the reference",
        "    def sign(number: float) -> int:",
        "        return (number > 0) - (number < 0)",
        "_mine",
        "  yours",
        "    def _mine(x):",
        "        return x",
        "  the reference",
        "    # nothing of this name",
    ]


def test_wide_terminals_show_both_side_by_side(katas: tuple[Kata, ...]) -> None:
    """From a hundred columns on."""
    katas[1].stub.write_text(YOURS)
    wide = invoke("diff", "signs", "--spoil", width=100).output
    assert re.search(r"return _mine\(1\) +return \(number > 0\)", wide)
    narrow = invoke("diff", "signs", "--spoil", width=99).output
    assert not re.search(r"return _mine\(1\) +return", narrow)
    assert "\x1b[9" in invoke("diff", "signs", "--spoil", width=100, color=True).output


def test_equal_code_is_shown_once(katas: tuple[Kata, ...]) -> None:
    """And said to be equal."""
    solve(katas[1])
    output = invoke("diff", "signs").output
    assert "yours and the reference are the same" in output
    assert output.count("(number > 0)") == 1


@pytest.mark.parametrize(("content", "told"), [("def (", "signs.py:1 is not valid Python"), (None, "can't be read")])
def test_code_that_can_not_be_read_is_told(katas: tuple[Kata, ...], content: str | None, told: str) -> None:
    """With file and line."""
    katas[1].stub.write_text(content) if content else katas[1].stub.unlink()
    done = invoke("diff", "signs", "--spoil")
    assert done.exit_code == 1
    assert told in done.output


def test_from_a_chapter_the_places_are_right(katas: tuple[Kata, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """They are printed so that they can be opened from where one stands."""
    monkeypatch.chdir(katas[0].stub.parent)
    assert "  doubling.py:7" in invoke("next").output.splitlines()
    monkeypatch.chdir(katas[0].reference.parent)
    assert f"  {katas[0].stub}:7" in invoke("next").output.splitlines()


def test_only_what_comes_before_the_next_kata_is_read(katas: tuple[Kata, ...]) -> None:
    """The first kata that is not done ends the search."""
    records = {"small/doubling": replace(Record(), checked=str(NOON))}
    up = next_up(load(katas[0].root), records)
    assert up
    assert up.kata.id == "small/doubling"


def test_what_is_said_of_a_command_stands_beside_it(katas: tuple[Kata, ...]) -> None:
    """Only the text is wrapped; below the command it stands where there is no room."""
    assert "  pt-kata show small/doubling   read the lesson and the task" in invoke(width=60).output.splitlines()
    assert "      read the lesson and the task" in invoke(width=50).output.splitlines()
