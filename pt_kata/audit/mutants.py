"""Mechanical mutants of the reference, made by cosmic-ray: the kata's tests must kill them."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from pt_kata import stand_ins
from pt_kata.audit.check import Check, Examiner
from pt_kata.catalog import CatalogError, Kata
from pt_kata.stand_ins import Definition

# Replacing + by <<, @ and the like ends in a TypeError in nearly every test: a kill that proves nothing.
LEFT_OUT = ("_LShift", "_RShift", "_BitAnd", "_BitOr", "_BitXor", "_MatMul", "VariableReplacer", "VariableInserter")


@dataclass(frozen=True)
class Mutant:
    """The reference with one thing changed in ``task``, on a line that ``was`` and ``becomes``."""

    task: str
    line: int
    was: str
    becomes: str
    source: str


def prove(examiner: Examiner) -> Check:
    """Every mutant of the kata's reference; survivors must be recorded as equivalent, with the reason."""
    kata = examiner.kata
    check = Check(kata.id, "mutants")
    equivalent = _equivalent(kata)
    for mutant in mutants(kata):
        killer = _killer(examiner, mutant)
        reason = equivalent.pop((mutant.was, mutant.becomes), "")
        row = {"task": mutant.task, "line": mutant.line, "was": mutant.was, "becomes": mutant.becomes}
        check.rows.append({**row, "killed_by": killer, "equivalent": "" if killer else reason})
        check.note(
            bool(killer or reason), f"{kata.reference.name}:{mutant.line} survives: {mutant.was} -> {mutant.becomes}"
        )
    return check


def mutants(kata: Kata) -> Iterator[Mutant]:
    """All mutants, each once; those that only touch annotations or docstrings are no change."""
    source = kata.reference.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    for node in stand_ins.parse(kata.reference).body:
        if isinstance(node, Definition):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            before, text, after = lines[:first], lines[first : node.end_lineno], lines[node.end_lineno :]
            for changed in _changes("".join(text)):
                was, becomes, offset = _difference("".join(text), changed)
                yield Mutant(node.name, first + offset + 1, was, becomes, "".join(before) + changed + "".join(after))


def _changes(text: str) -> Iterator[str]:
    """All texts that one of cosmic-ray's operators makes of ``text``."""
    from cosmic_ray.mutating import mutate_code  # type: ignore[import-untyped]
    from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-untyped]

    seen = {_code_of(text)}
    for name in sorted(operator_names()):
        if any(part in name for part in LEFT_OUT):
            continue
        for occurrence in count():
            changed = mutate_code(text, get_operator(name)(), occurrence)
            if changed is None:
                break
            code = _code_of(changed)
            if code not in seen:
                seen.add(code)
                yield changed


def _code_of(text: str) -> str:
    """What of ``text`` runs: its syntax tree without annotations and docstrings; nothing where it is no Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)


def _difference(text: str, changed: str) -> tuple[str, str, int]:
    """The first line that differs, before and after, and its offset."""
    pairs = zip(text.splitlines(), changed.splitlines(), strict=False)
    offset, was, becomes = next((at, one, other) for at, (one, other) in enumerate(pairs) if one != other)
    return was.strip(), becomes.strip(), offset


def _killer(examiner: Examiner, mutant: Mutant) -> str:
    """The first test that fails on ``mutant``, or how it fails to load; empty where it survives."""
    try:
        module = examiner.hybrids.of_source(mutant.source)
    except Exception as error:
        return f"import: {type(error).__name__}"
    red = examiner.first_red(module, examiner.cheapest_first(mutant.task))
    return str(red[0]) if red else ""


def _equivalent(kata: Kata) -> dict[tuple[str, str], str]:
    """The survivors recorded beside the kata: (was, becomes) and the reason why no test can tell."""
    path = kata.stub.with_name(f"{kata.name}.mutants.toml")
    if not path.is_file():
        return {}
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    for entry in entries:
        if not entry.keys() >= {"was", "becomes", "reason"}:
            raise CatalogError(f"{path}: each [[equivalent]] needs was, becomes and reason; found {sorted(entry)}")
    return {(entry["was"], entry["becomes"]): entry["reason"] for entry in entries}
