"""What is known of a kata after its tests have run, or had to be stopped."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pt_kata.catalog import Kata, tree_of

SCHEMA = 1  # of the JSON; pt_kata/check.schema.json describes it
Outcome = Literal["passed", "todo", "failed", "error", "timeout"]
WORST_FIRST: tuple[Outcome, ...] = ("error", "timeout", "failed", "todo", "passed")


@dataclass
class TestVerdict:
    """One test: ``function`` is the learner's function that it ended in, ``line`` where that was in ``file``.

    ``printed`` is what the code wrote to the terminal meanwhile, ``seconds`` how long it took.
    """

    __test__ = False  # for pytest: not a class of tests

    id: str
    name: str
    docstring: str
    outcome: Outcome | Literal[""] = ""
    function: str = ""
    message: str = ""
    file: str = ""
    line: int = 0
    traceback: str = ""
    printed: str = ""
    diagnosis: str = ""
    seconds: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.outcome != ""

    def settle(self, outcome: Outcome, message: str) -> None:
        """Give it its outcome."""
        self.outcome, self.message = outcome, message


@dataclass
class Verdict:
    """One kata: its tests in file order, what was printed while they were collected, and how long the run took.

    ``file`` is the learner's, or what stands in its place; ``modules`` are those that the run imported.
    """

    kata: Kata
    file: Path
    seed: int
    tests: list[TestVerdict] = field(default_factory=list)
    problem: str = ""
    printed: str = ""
    seconds: float = 0.0
    modules: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        return Counter(test.outcome for test in self.tests)

    @property
    def passed(self) -> bool:
        """Whether there are tests, and all of them passed."""
        return bool(self.tests) and not self.problem and self.counts["passed"] == len(self.tests)

    def test(self, nodeid: str) -> TestVerdict | None:
        """The test with this id."""
        return next((test for test in self.tests if test.id == nodeid), None)

    @property
    def is_running(self) -> bool:
        return any(not test.is_known for test in self.tests)

    def unknown(self) -> list[TestVerdict]:
        """The tests that have no outcome yet."""
        return [test for test in self.tests if not test.is_known]

    @property
    def first_red(self) -> TestVerdict | None:
        """The first test, in file order, that did not pass; one that is only todo stands behind all others."""
        red = [test for test in self.tests if test.outcome not in ("passed", "")]
        return min(red, key=lambda test: test.outcome == "todo", default=None)

    @property
    def tasks(self) -> Mapping[str, Outcome]:
        """The worst outcome of the tests that ended in each task of the kata.

        A task that no test ended in has passed; but not where no test passed at all, as when the file can't be loaded.
        """
        outcomes: list[Outcome] = [test.outcome or "error" for test in self.tests] or ["error"]
        default = "passed" if self.counts["passed"] else min(outcomes, key=WORST_FIRST.index)
        found: dict[str, Outcome] = {task.name: default for task in self.kata.tasks}
        for test in self.tests:
            task = test.function.partition(".")[0]
            if task in found:
                found[task] = min(found[task], test.outcome or "error", key=WORST_FIRST.index)
        return found

    def to_json(self) -> dict[str, Any]:
        """The verdict as the JSON of ``pt-kata check --json`` has it."""
        return {
            "id": self.kata.id,
            "title": self.kata.title,
            "passed": self.passed,
            "seed": self.seed,
            "seconds": round(self.seconds, 4),
            "problem": self.problem,
            "printed": self.printed,
            "counts": {outcome: self.counts[outcome] for outcome in reversed(WORST_FIRST)},
            "tests": [asdict(test) for test in self.tests],
        }


def expected(kata: Kata) -> Iterator[TestVerdict]:
    """The tests that the kata's test file defines, without their parameters; nothing where it can't be read."""
    for node in getattr(tree_of(kata.test), "body", ()):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            path = kata.test.relative_to(kata.root).as_posix()
            docstring = " ".join((ast.get_docstring(node) or "").split())
            yield TestVerdict(f"{path}::{node.name}", node.name, docstring, line=node.lineno)


def last_line(trace: str, file: Path) -> int:
    """The line of ``file`` that is innermost in the last words of a Python process; 0 where it is not in them.

    The format is that of ``faulthandler``: the innermost call first, the main thread last.
    """
    shown = str(file).encode("ascii", "backslashreplace").decode()
    found, is_fresh = 0, True
    for text in trace.splitlines():
        if not text.startswith("  File "):
            is_fresh = True
        elif is_fresh and text.startswith(f'  File "{shown}", line '):
            found, is_fresh = int(text.partition('", line ')[2].partition(" ")[0]), False
    return found


def function_at(file: Path, line: int) -> str:
    """The qualified name of the innermost function of ``file`` that ``line`` lies in, or nothing."""
    body: list[ast.stmt] = getattr(tree_of(file), "body", [])
    names: list[str] = []
    while node := next((node for node in body if _defines(node, line)), None):
        names.append(node.name)  # type: ignore[attr-defined]
        body = node.body  # type: ignore[attr-defined]
    return ".".join(names)


def _defines(node: ast.stmt, line: int) -> bool:
    """Whether a function or class reaches over ``line``."""
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.lineno <= line <= (node.end_lineno or 0)
