from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from pt_kata.catalog import Kata, load
from pt_kata.hybrids import Hybrids
from pt_kata.stand_ins import StandIn, read
from pt_kata.trial import Case, Trial
from tests.conftest import REPOSITORY

FOLDER = Path(__file__).parent / "right_answers"
KATAS = load(REPOSITORY).katas
ANSWERS = [answer for kata in KATAS for answer in read(kata, FOLDER / kata.chapter / f"{kata.name}.py", "right_answer")]


class Bench:
    """The tests of one kata, and which of them are about a task."""

    def __init__(self, kata: Kata) -> None:
        self.hybrids = Hybrids(kata)
        self.trial = Trial(kata, 1)
        reference = self.hybrids.reference()
        self._cases = self.trial.cases(reference)
        self._run = Trial(kata, 1, guarded=False).on(reference, ())
        self.entered = cache(self._entered)

    def cases(self, task: str) -> list[Case]:
        """The tests that mention ``task``; of those with parameters, the cases that enter it."""
        mentioned = [case for case in self._cases if self.trial.mentions(case.function, task)]
        return [case for case in mentioned if not case.picks or task in self.entered(case)]

    def _entered(self, case: Case) -> set[str]:
        """The names of all functions and classes that ``case`` runs code of, on the reference."""
        found: set[str] = set()

        def note(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                found.add(frame.f_code.co_qualname.partition(".")[0])

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            self._run(case)
        finally:
            sys.setprofile(before)
        return found


bench = cache(Bench)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer.kata.name}-{answer.name}")
def test_a_right_answer_passes(answer: StandIn) -> None:
    """The tests accept every right way, not only the reference's."""
    shared = bench(answer.kata)
    cases = shared.cases(answer.task)
    assert cases
    files = {str(answer.kata.reference), str(answer.path)}
    for case, ending in shared.trial.run(shared.hybrids.standing_in(answer), cases, files):
        assert not ending.red, f"{case} is {ending.outcome}: {ending.message}"


def test_every_kata_has_right_answers() -> None:
    """There are enough of them to show that no test asks for the reference's own way."""
    assert len(ANSWERS) >= 25
    assert {answer.kata for answer in ANSWERS} == set(KATAS)
