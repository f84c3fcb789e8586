"""``results.json`` as version 3 of Exercism's test runner interface wants it.

The contract: https://exercism.org/docs/building/tooling/test-runners/interface
"""

from __future__ import annotations

import json
from typing import Any

from pt_kata.graders.origins import Origins
from pt_kata.graders.text import Places, cut, cut_bytes
from pt_kata.graders.words import account, obstacle, title
from pt_kata.runner.verdict import TestVerdict, Verdict

VERSION = 3
MOST_PRINTED = 500  # characters
MOST_SAID = 65_535  # the contract says characters, and fewer where they take several bytes: so bytes are counted
PRINTED_TOO_MUCH = "\nOutput was truncated. Please limit to 500 chars"
SAID_TOO_MUCH = "\n[... cut ...]"
STATUS = {"passed": "pass", "failed": "fail", "todo": "fail", "timeout": "fail", "error": "error"}


def document(verdict: Verdict, places: Places) -> str:
    """The document on one kata."""
    return json.dumps(_result(verdict, places), indent=2) + "\n"


def _result(verdict: Verdict, places: Places) -> dict[str, Any]:
    if reason := obstacle(verdict):
        printed = f"\n\nprinted:\n{verdict.printed}" if verdict.printed.strip() else ""
        return {"version": VERSION, "status": "error", "message": _said(places.clean(reason + printed)), "tests": []}
    origins = Origins(verdict.kata)
    tests = [_test(test, origins, places) for test in verdict.tests]
    return {"version": VERSION, "status": "pass" if verdict.passed else "fail", "message": None, "tests": tests}


def _test(test: TestVerdict, origins: Origins, places: Places) -> dict[str, Any]:
    printed = places.clean(test.printed)
    return {
        "name": title(test),
        "status": STATUS.get(test.outcome, "error"),
        "message": None if test.outcome == "passed" else _said(account(test, places)),
        "output": cut(printed, MOST_PRINTED, PRINTED_TOO_MUCH) if printed.strip() else None,
        "test_code": origins.code(test.name),
        "task_id": origins.number(test.name),
    }


def _said(text: str) -> str:
    return cut_bytes(text, MOST_SAID, SAID_TOO_MUCH)
