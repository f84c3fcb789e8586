"""JUnit XML as pytest writes it and Jenkins, GitLab and others read it: a suite for each kata.

The contract: junit-10.xsd of Jenkins' xUnit plugin.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pt_kata.graders.text import Places
from pt_kata.graders.words import account, obstacle
from pt_kata.runner.verdict import TestVerdict, Verdict


def document(verdicts: Sequence[Verdict], places: Places) -> str:
    """The document on several katas."""
    root = Element("testsuites", name="pt_kata")
    root.extend(_suite(verdict, places) for verdict in verdicts)
    _count(root, sum(verdict.seconds for verdict in verdicts))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(verdict: Verdict, places: Places) -> Element:
    suite = Element("testsuite", name=verdict.kata.id, timestamp=datetime.now(UTC).isoformat(timespec="seconds"))
    SubElement(SubElement(suite, "properties"), "property", name="seed", value=str(verdict.seed))
    module = f"katas.{verdict.kata.chapter}.{verdict.kata.test.stem}"
    suite.extend(_case(test, module, places) for test in verdict.tests)
    if verdict.problem or not verdict.tests:
        case = SubElement(suite, "testcase", classname=module, name=verdict.kata.name, time="0")
        _add_result(case, "error", places.clean(obstacle(verdict)))
    _count(suite, verdict.seconds)
    suite.set("skipped", "0")
    _add_output(suite, places.clean(verdict.printed))
    return suite


def _case(test: TestVerdict, module: str, places: Places) -> Element:
    case = Element("testcase", classname=module, name=places.clean(test.name), time=_seconds(test.seconds))
    if test.outcome != "passed":
        _add_result(case, test.outcome or "error", account(test, places))
    _add_output(case, places.clean(test.printed))
    return case


def _add_result(case: Element, outcome: str, said: str) -> None:
    """A test that is only todo is a failure as well: a skipped one would count as passed."""
    tag = "error" if outcome == "error" else "failure"
    SubElement(case, tag, type=outcome, message=said.partition("\n")[0]).text = said


def _add_output(element: Element, printed: str) -> None:
    if printed.strip():
        SubElement(element, "system-out").text = printed


def _count(element: Element, seconds: float) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, str(len(list(element.iter(tag)))))
    element.set("time", _seconds(seconds))


def _seconds(number: float) -> str:
    return f"{number:.3f}"
