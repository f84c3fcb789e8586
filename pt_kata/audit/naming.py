"""The part of the proof on known mistakes: each is caught by the test that claims it, and named as itself."""

from __future__ import annotations

import doctest
import math
import re
from contextlib import redirect_stderr
from io import StringIO
from types import ModuleType
from typing import Any

import torch

from pt_kata.audit.check import SEED, Check, Examiner
from pt_kata.diagnosis import Diagnostician, Suspect
from pt_kata.stand_ins import StandIn, mistakes
from pt_kata.world import seeded_world

PATIENCE = 0.3  # seconds of tests for each mistake: a slow machine gets as far as a quick one in a learner's 0.06


def prove(examiner: Examiner) -> Check:
    """Every mistake of the kata; a row for each says by what it was caught and which mistakes fit it."""
    kata = examiner.kata
    check = Check(kata.id, "mistakes")
    diagnostician = Diagnostician(
        kata, kata.reference, seed=SEED, costs=examiner.costs, seconds=PATIENCE, longest=math.inf
    )
    for mistake in mistakes(kata):
        row = _row(examiner, diagnostician, mistake)
        check.rows.append(row)
        where = f"{kata.mistakes.name}:{mistake.line} {mistake.name}"
        check.note(row["caught"], f"{where} is not caught by {mistake.caught_by}: {row['ending']}")
        named = row["named"] == [mistake.name]
        check.note(named, f"{where} is named {' or '.join(row['named']) or 'nothing'}, not as itself")
        marked = mistake.forbidden == row["forbidden"]
        check.note(marked, f"{where}: it is not stopped by the guard; mend forbidden=")
        for fault in _form(examiner, mistake):
            check.note(False, f"{where}: {fault}")
    return check


def _row(examiner: Examiner, diagnostician: Diagnostician, mistake: StandIn) -> dict[str, Any]:
    module = examiner.hybrids.standing_in(mistake)
    claimed = [case for case in examiner.cases if case.function == mistake.caught_by]
    trial = examiner.guarded if mistake.forbidden else examiner.plain
    endings = [ending for _, ending in trial.run(module, claimed, examiner.files)]
    failed = [ending for ending in endings if ending.outcome == "failed"]
    caught = bool(failed) and not any(ending.outcome == "crashed" for ending in endings)
    forbidden = any(ending.fault.startswith("forbidden") for ending in failed)
    suspect = Suspect(mistake.task, frozenset({mistake.caught_by}), forbidden)
    named = diagnostician.known(suspect, module)
    return {
        "name": mistake.name,
        "task": mistake.task,
        "title": mistake.title,
        "caught_by": mistake.caught_by,
        "caught": caught,
        "forbidden": forbidden,
        "ending": "; ".join(f"{end.outcome} {end.message[:120]!r}" for end in endings) or "there is no such test",
        "named": [found.name for found in named],
    }


def _form(examiner: Examiner, mistake: StandIn) -> list[str]:
    """What is wrong with a mistake's own text."""
    sentences = re.findall(r"[.!?](?:\s|$)", mistake.why)
    faults = [] if len(sentences) == 2 else [f"its reason has {len(sentences)} sentences, not two: {mistake.why}"]
    if not mistake.prompt:
        return [*faults, "it has no experiment under 'Try:'"]
    if not shows(mistake, examiner.hybrids.standing_in(mistake)):
        faults.append("its experiment does not print what its docstring says")
    if shows(mistake, examiner.hybrids.reference()):
        faults.append("its experiment prints the same with the reference")
    return faults


def shows(mistake: StandIn, module: ModuleType) -> bool:
    """Whether the experiment, run with ``module``, prints what the docstring says."""
    names = {"torch": torch, "math": math, **{k: v for k, v in vars(module).items() if not k.startswith("__")}}
    test = doctest.DocTestParser().get_doctest(mistake.experiment, names, mistake.name, str(mistake.path), mistake.line)
    with seeded_world(SEED), redirect_stderr(StringIO()):
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        return not runner.run(test, out=lambda _: None).failed
