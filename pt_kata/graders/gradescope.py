"""``results.json`` as Gradescope's autograder wants it.

The contract: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.graders.origins import Origins
from pt_kata.graders.text import Places, cut
from pt_kata.graders.words import account, obstacle, title
from pt_kata.runner.verdict import TestVerdict, Verdict

POINTS = Decimal(10)  # for a kata that has no weight of its own: all count the same, and the eight make 80
CENT = Decimal("0.01")
MOST = 5_000  # characters of what a test says; hundreds of tests come together on one page
CUT = "\n[... cut ...]"


def document(verdicts: Sequence[Verdict], places: Places, weights: Mapping[Kata, Decimal], visibility: str) -> str:
    """The document on several katas, each with its weight."""
    points = [weights.get(verdict.kata, POINTS) for verdict in verdicts]
    tests = [
        {**test, "visibility": visibility, "output_format": "text"}
        for number, (verdict, weight) in enumerate(zip(verdicts, points, strict=True), start=1)
        for test in _tests(verdict, number, weight, places)
    ]
    data = {
        "score": float(sum(test["score"] for test in tests)),
        "execution_time": round(sum(verdict.seconds for verdict in verdicts), 2),
        "output": _summary(verdicts),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(data, indent=2, default=float) + "\n"


def shares(weight: Decimal, count: int) -> list[Decimal]:
    """``weight`` divided by ``count`` into hundredths, or smaller parts where these are too few; the sum is exact."""
    unit = CENT
    while weight and weight / unit < 10 * count and unit > Decimal("1e-9"):
        unit /= 10
    each, more = divmod(int(weight / unit), count)
    return [(each + (place < more)) * unit for place in range(count)]


def _tests(verdict: Verdict, number: int, weight: Decimal, places: Places) -> list[dict[str, Any]]:
    kata = verdict.kata
    if reason := obstacle(verdict):
        name = f"{kata.title or kata.id}: the tests could not run"
        return [_entry(str(number), name, Decimal(0), weight, [kata.id], places.clean(reason))]
    origins = Origins(kata)
    found = []
    for place, (test, most) in enumerate(zip(verdict.tests, shares(weight, len(verdict.tests)), strict=True), start=1):
        score = most if test.outcome == "passed" else Decimal(0)
        name = f"{kata.title}: {title(test)}"
        tags = [kata.id, origins.task(test.name)]
        found.append(_entry(f"{number}.{place}", name, score, most, tags, _output(test, places), test.outcome))
    return found


def _entry(
    number: str, name: str, score: Decimal, most: Decimal, tags: list[str], output: str, outcome: str = "error"
) -> dict[str, Any]:
    return {
        "number": number,
        "name": name,
        "score": score,
        "max_score": most,
        "status": "passed" if outcome == "passed" else "failed",
        "tags": tags,
        "output": cut(output, MOST, CUT),
    }


def _output(test: TestVerdict, places: Places) -> str:
    printed = places.clean(test.printed).strip("\n")
    red = "" if test.outcome == "passed" else account(test, places)
    return "\n\n".join(filter(None, [test.docstring, red, f"printed:\n{printed}" if printed else ""]))


def _summary(verdicts: Sequence[Verdict]) -> str:
    green = sum(verdict.passed for verdict in verdicts)
    lines = [
        f"{verdict.kata.id}: {verdict.counts['passed']} of {len(verdict.tests)} tests pass"
        f" (to repeat: pt-kata check {verdict.kata.id} --seed {verdict.seed})"
        for verdict in verdicts
    ]
    return "\n".join([f"{green} of {len(verdicts)} katas are green.", *lines])
