"""The races as pytest sees them: which cases there are, and the samples of each contender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pt_kata.bench import meeting as meetings
from pt_kata.bench.contenders import names
from pt_kata.bench.meeting import Estimate, Heat, Meeting, Options
from pt_kata.bench.pair import Case
from pt_kata.bench.record import Record
from pt_kata.bench.yours import reasons

SAYING = 10.0  # seconds between two words on how far the run is
ROOT = Path(__file__).parent.parent


class Replay:
    """A timer that goes on by the samples of a contender, one for each round."""

    def __init__(self) -> None:
        self._now, self._left, self._is_running = 0.0, iter(()), False

    def load(self, seconds: Sequence[float]) -> None:
        self._now, self._left, self._is_running = 0.0, iter(seconds), False

    def __call__(self) -> float:
        self._now += next(self._left) if self._is_running else 0.0
        self._is_running = not self._is_running
        return self._now


REPLAY = Replay()
RACES = pytest.StashKey["Races"]()


class Races:
    """The cases of this run, and the records of those that have been raced."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.config, self.options = config, options
        self.heats = meetings.choose(options)
        self.path = config.getoption("--results") or meetings.results_path(ROOT)
        self.cases: dict[str, tuple[Heat, Case]] = {}
        self._found: dict[str, list[Record]] = {}
        self._meeting: Meeting | None = None
        self._estimate: Estimate | None = None
        self._heat: Heat | None = None
        self._said = 0.0

    def of_topic(self, topic: str) -> Iterator[tuple[str, str]]:
        """Each case of a topic with each of its contenders, as ids."""
        for heat in self.heats:
            for case in heat.cases(self.options.quick) if heat.pair.topic == topic else ():
                self.cases[case.id] = heat, case
                yield from ((case.id, name) for name in names(heat.pair))

    @property
    def has_begun(self) -> bool:
        return self._meeting is not None

    @property
    def meeting(self) -> Meeting:
        """Begun by the first race."""
        if self._meeting is None:
            katas = meetings.katas_of(heat for heat, _ in self.cases.values())
            found = reasons(ROOT, katas)
            seed = self.config.getoption("--seed", default=None)
            seed = meetings.any_seed() if seed is None else seed
            self._meeting = Meeting(ROOT, self.path, found, self.options, seed, self.options.budget)
        return self._meeting

    def records(self, case_id: str) -> list[Record]:
        """The records of a case, which is raced when it is first asked for."""
        if case_id not in self._found:
            heat, case = self.cases[case_id]
            if heat != self._heat:
                self._begin(heat)
            self._found[case_id] = self.meeting.race(heat, case)
            if self._found.keys() >= self.cases.keys():
                self.meeting.finish()
        return self._found[case_id]

    def records_of(self, heat: Heat) -> list[Record]:
        """The records of the last pass of a heat; the test is skipped where its operation was not asked for."""
        asked = self.options.ops, self.options.devices, () if self.options.quick else self.options.sizes
        for name, names_asked in zip((heat.pair.op, heat.device, heat.size), asked, strict=True):
            if names_asked and name not in names_asked:
                pytest.skip(f"{name} is not among what was asked for")
        case = heat.cases(quick=True)[0]
        self.cases.setdefault(case.id, (heat, case))
        return self.records(case.id)

    def _begin(self, heat: Heat) -> None:
        heats = list(dict.fromkeys(one for one, _ in self.cases.values()))
        if self._estimate is None or self._estimate.total != len(heats):
            self._estimate = Estimate([meetings.expected_seconds(one, self.options) for one in heats])
        self._estimate.done = heats.index(heat)
        self.meeting.forget()
        self._heat = heat
        if self._estimate.elapsed - self._said > SAYING:
            self._said = self._estimate.elapsed
            self._say(f"{heat.pair.op} {heat.size} {heat.dtype} {heat.device}: {self._estimate.words}")

    def _say(self, words: str) -> None:
        reporter, capture = map(self.config.pluginmanager.get_plugin, ("terminalreporter", "capturemanager"))
        if reporter and capture:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(words)

    def why_not(self, case_id: str, name: str) -> str:
        """Why a contender has no record."""
        heat, case = self.cases[case_id]
        found = [
            one.reason
            for one in self.meeting.results.left_out
            if (one.op, one.implementation) == (heat.pair.op, name) and one.case.rpartition("-")[0] in case.id
        ]
        return found[0] if found else meetings.NOT_COMPILED if self.options.quick else "it has no record"

    def save(self) -> None:
        """Keep what was measured."""
        if self._meeting:
            self._meeting.save()
