"""Results for graders: the documents that Exercism, Gradescope, and whatever reads JUnit XML want.

Each is made from verdicts alone, after all tests have ended, by a process that has run nothing of what was tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import click

from pt_kata.catalog import Kata
from pt_kata.graders.destination import Destination
from pt_kata.graders.text import Places
from pt_kata.runner.verdict import Verdict

NAMES = {"exercism": "results.json", "gradescope": "results.json", "junit": "results.xml"}
EXERCISM_SECONDS = 12.0  # its runners are stopped after 20 s, and torch's import takes some of them


@dataclass(frozen=True)
class Grader:
    """Which document is asked for, and where it goes; weights and visibility are for Gradescope alone."""

    format: str
    destination: Destination
    weights: Mapping[Kata, Decimal] = field(default_factory=dict)
    visibility: str = "visible"

    @property
    def longest(self) -> float | None:
        """Seconds for all tests of a kata; None where there is time enough."""
        return EXERCISM_SECONDS if self.format == "exercism" else None

    def document(self, verdicts: Sequence[Verdict], places: Places) -> str:
        """The whole document."""
        if self.format == "exercism":
            from pt_kata.graders import exercism

            return exercism.document(verdicts[0], places)
        if self.format == "gradescope":
            from pt_kata.graders import gradescope

            return gradescope.document(verdicts, places, self.weights, self.visibility)
        from pt_kata.graders import junit

        return junit.document(verdicts, places)

    def is_success(self, verdicts: Sequence[Verdict]) -> bool:
        """Whether the command ends with 0: Exercism and Gradescope want that whatever came of the tests."""
        return self.format != "junit" or all(verdict.passed for verdict in verdicts)


def chosen(
    *,
    format: str | None,  # noqa: A002
    out: str | None,
    weights: Iterable[str],
    visibility: str | None,
    katas: Sequence[Kata],
    kata: Callable[[str], Kata],
) -> Grader:
    """What the options of the command ask for; ``kata`` finds one by its name.

    Raises:
        click.UsageError: they don't go together.
        Trouble: nothing can be written to ``out``.
    """
    if not format:
        raise click.UsageError("--out, --weight and --visibility go with --format")
    if format != "gradescope" and (weights or visibility):
        raise click.UsageError("--weight and --visibility go with --format gradescope")
    if format == "exercism" and len(katas) != 1:
        raise click.UsageError("--format exercism describes one kata: name exactly one KATA")
    points = dict(_weight(text, kata, katas) for text in weights)
    return Grader(format, Destination.of(out, NAMES[format]), points, visibility or "visible")


def _weight(text: str, kata: Callable[[str], Kata], katas: Sequence[Kata]) -> tuple[Kata, Decimal]:
    """The kata and its points that ``KATA=POINTS`` names."""
    name, _, number = text.rpartition("=")
    points = _points(number)
    if not name or points is None:
        raise click.BadParameter(
            f"{text!r} is not KATA=POINTS, points to the hundredth; write losses/cross_entropy=20, say",
            param_hint="--weight",
        )
    if kata(name) not in katas:
        raise click.BadParameter(f"{kata(name).id} is not among the katas that are checked", param_hint="--weight")
    return kata(name), points


def _points(text: str) -> Decimal | None:
    """A number from 0 to 100000, to the hundredth; None where it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    is_one = number.is_finite() and 0 <= number <= 100_000 and number == round(number, 2)
    return number if is_one else None
