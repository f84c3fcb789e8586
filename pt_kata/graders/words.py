"""What every document says of a test: its name, what went wrong, and why a kata could not be tested at all."""

from __future__ import annotations

from pt_kata.graders.text import Places
from pt_kata.runner.verdict import TestVerdict, Verdict


def title(test: TestVerdict) -> str:
    """``double of one [x0]`` for ``test_double_of_one[x0]``."""
    name, bracket, parameters = test.name.partition("[")
    return name.removeprefix("test_").replace("_", " ") + (f" [{parameters}" if bracket else "")


def account(test: TestVerdict, places: Places) -> str:
    """What a test that is not green has to say: the message, where it ended, and what it may mean."""
    is_placed = not test.file or test.outcome == "todo" or "\n  where  " in test.message
    said = test.message + ("" if is_placed else f"\n  at        {test.file}, line {test.line}")
    return places.clean("\n\n".join(filter(None, [said, test.diagnosis])))


def obstacle(verdict: Verdict) -> str:
    """Why no test of the kata could run, as where the module can't be imported; nothing where they ran."""
    if verdict.problem or not verdict.tests:
        return verdict.problem or "the kata has no tests"
    messages = {test.message for test in verdict.tests}
    is_one = len(messages) == 1 and verdict.counts["error"] == len(verdict.tests)
    return messages.pop() if is_one else ""
