"""The first parts of the proof: the stub is todo, the reference is green and leaves no trace, the data is whole."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from types import ModuleType

from pt_kata import stand_ins
from pt_kata.audit import faces
from pt_kata.audit.check import SEED, Check, Examiner
from pt_kata.catalog import Kata
from pt_kata.guard import Guard
from pt_kata.trial import Trial

ORDERS = SEEDS = (1, 2, 3)
LEVELS = 3  # of hints, at least
SEEDING = {"random.seed", "random.setstate", "torch.manual_seed", "torch.seed", "torch.set_rng_state"}
TELLING = 20  # a line of the reference this long gives the solution away


def stub(examiner: Examiner) -> Check:
    """Every test of the kata is todo on the stub: it meets a function's own NotImplementedError."""
    kata = examiner.kata
    check = Check(kata.id, "stub")
    module = ModuleType(kata.module)
    exec(compile(stand_ins.parse(kata.stub), str(kata.stub), "exec", dont_inherit=True), vars(module))
    for case, ending in examiner.guarded.run(module, examiner.cases, {str(kata.stub)}):
        check.note(ending.outcome == "todo", f"{case} is {ending.outcome} on the stub, not todo {ending.message[:80]}")
    return check


def reference(examiner: Examiner) -> Check:
    """The reference passes in every order and with every seed, and changes no global state."""
    kata = examiner.kata
    check = Check(kata.id, "reference")
    for line, call in _seeding(kata):
        check.note(False, f"{kata.reference.name}:{line} seeds a generator that others share: {call}")
    for order in ORDERS:
        cases = random.Random(order).sample(examiner.cases, len(examiner.cases))
        for case, ending in Trial(kata, SEED + order).run(examiner.hybrids.reference(), cases, examiner.files):
            check.note(not ending.red, f"{case} is {ending.outcome} on the reference, seed {SEED + order}")
            check.note(not ending.changed, f"{case}: the reference changed {', '.join(ending.changed)}")
    return check


def _seeding(kata: Kata) -> Iterator[tuple[int, str]]:
    """The calls of the reference that seed or set a global generator; drawing from one is all right."""
    for node in ast.walk(stand_ins.parse(kata.reference)):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in SEEDING:
            yield node.lineno, name


def content(examiner: Examiner) -> Check:
    """Signatures, docstrings, hints and data files."""
    check = Check(examiner.kata.id, "content")
    for problem, holds in _content(examiner.kata):
        check.note(holds, problem)
    return check


def _content(kata: Kata) -> Iterator[tuple[str, bool]]:
    yield kata.problem, not kata.problem
    stubs, references = faces.of(kata.stub), faces.of(kata.reference)
    for name in sorted(stubs.keys() | references.keys()):
        yield f"{name}: stub and reference differ in signature or docstring", stubs.get(name) == references.get(name)
    for name, face in references.items():
        yield f"{name} has no docstring", bool(face[-1])
    for name in faces.not_blank(kata.stub):
        yield f"{name}: the stub holds more than a docstring and raise NotImplementedError", False
    yield from _hints(kata)
    yield from _bans(kata)


def _hints(kata: Kata) -> Iterator[tuple[str, bool]]:
    source = kata.reference.read_text(encoding="utf-8")
    lines = [line.strip() for line in source.splitlines() if len(line.strip()) > TELLING]
    for task in kata.tasks:
        levels = kata.hints.get(task.name, ())
        yield f"hints.{task.name}: {len(levels)} levels, wanted {LEVELS} or more", len(levels) >= LEVELS
        told = [line for line in lines for level in levels if line in level]
        yield f"hints.{task.name} gives away {told}", not told
        yield f"hints.{task.name} quotes a line number", not re.search(r"\bline \d", " ".join(levels))
    for name in kata.hints.keys() - {task.name for task in kata.tasks}:
        yield f"hints.{name} is for no task", False


def _bans(kata: Kata) -> Iterator[tuple[str, bool]]:
    tasks = {task.name for task in kata.tasks}
    for ban in kata.bans:
        yield f"forbid.functions: {sorted(ban.functions - tasks)} are no tasks", ban.functions <= tasks
        yield f"forbid of {sorted(ban.names)[0]}: why is empty", bool(ban.why.strip())
    try:
        Guard(kata.bans, set())
    except (ImportError, AttributeError) as error:
        yield f"forbid.names: {error}", False
