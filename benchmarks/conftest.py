"""``pytest benchmarks/``: the races of pt_kata.bench as benchmarks of pytest-benchmark.

    pytest benchmarks/ [--quick] [--device cpu|cuda] [--op OP]... [--size small|medium|large]... [--results FILE]

The contenders of a case are timed in turns, by the first test of that case. Each test hands the samples of its
contender to pytest-benchmark, so that its table, its storage and its comparisons hold what was measured side by side. A
contender that is absent or wrong is skipped with the reason, and named again at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.races import RACES, REPLAY, Races
from pt_kata.bench.meeting import Options
from pt_kata.bench.record import SCHEMA, Record
from pt_kata.files import Trouble, shown


def pytest_addoption(parser: pytest.Parser) -> None:
    """Select what is raced."""
    group = parser.getgroup("races", "fused against manual")
    group.addoption("--quick", action="store_true", help="medium sizes, no torch.compile: under a minute")
    group.addoption("--op", action="append", default=[], help="only this operation; can be repeated")
    group.addoption("--size", action="append", default=[], help="only small, medium or large; can be repeated")
    group.addoption("--threads", type=int, default=0, help="threads on the CPU (default: all that torch takes)")
    group.addoption("--results", type=Path, metavar="FILE", help="where to keep the results (.pt_kata/bench/...)")
    with suppress(ValueError):  # where the plugin of the katas has it
        group.addoption("--device", help="only cpu or cuda (both where there is a GPU)")


def pytest_configure(config: pytest.Config) -> None:
    """Note what is asked for."""
    config.addinivalue_line("markers", "race(topic): a test for each contender of each case of a topic")
    asked = [config.getoption("--device")] if config.getoption("--device") else []
    given = config.getoption("--op"), config.getoption("--size"), asked, config.getoption("--quick")
    given += (config.getoption("--threads"),)
    try:
        config.stash[RACES] = Races(config, Options(*given))
    except Trouble as trouble:
        raise pytest.UsageError(str(trouble)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each contender of each case."""
    for mark in metafunc.definition.iter_markers("race"):
        entries = list(metafunc.config.stash[RACES].of_topic(*mark.args))
        metafunc.parametrize(("case", "implementation"), entries, ids=["-".join(entry) for entry in entries])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the races in their order, whatever shuffles tests, and before all others: a heat is compiled once."""
    order = {case: position for position, case in enumerate(config.stash[RACES].cases)}
    for item in items:
        if item.get_closest_marker("race"):
            item.add_marker(pytest.mark.timeout(0))  # a race has a budget of its own
    items.sort(
        key=lambda item: order.get(getattr(item, "callspec", None) and item.callspec.params.get("case"), len(order))
    )


@pytest.fixture
def race(request: pytest.FixtureRequest, case: str, implementation: str) -> Record:
    """The record of a contender; the test is skipped where there is none, with the reason."""
    races = request.config.stash[RACES]
    found = [one for one in races.records(case) if one.implementation == implementation]
    if not found:
        pytest.skip(f"{implementation} left out: {races.why_not(case, implementation)}")
    return found[0]


@pytest.fixture
def replayed(race: Record, benchmark: Any) -> Record:
    """The record, handed to pytest-benchmark as rounds of one call."""
    benchmark.group = " ".join(race.case)
    benchmark.extra_info |= asdict(race)
    REPLAY.load(race.seconds)
    benchmark.pedantic(lambda: None, rounds=len(race.seconds), iterations=1)
    return race


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Put in all that the records leave out."""
    results = config.stash[RACES].meeting.results
    kept = {name: value for name, value in asdict(results).items() if name != "records"}
    machine_info["pt_kata"] = {"schema": SCHEMA, **kept}


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Add each contender's ratio to the version by hand, of the same turns."""
    medians = {}
    for one in output_json["benchmarks"]:
        info = one["extra_info"]
        if "implementation" in info:
            medians[one["group"], info["implementation"]] = one["stats"]["median"]
    for one in output_json["benchmarks"]:
        by_hand = medians.get((one["group"], "manual"))
        one["speed_up"] = (
            by_hand / one["stats"]["median"] if by_hand and "implementation" in one["extra_info"] else None
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the results, however the run ended."""
    session.config.stash[RACES].save()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and where the results are."""
    races = terminalreporter.config.stash[RACES]
    if not races.has_begun:
        return
    results = races.meeting.results
    terminalreporter.section("races")
    for note in results.notes:
        terminalreporter.write_line(note)
    for reason, ops in _by_reason(results.left_out).items():
        terminalreporter.write_line(f"left out: {reason} ({', '.join(ops)})")
    terminalreporter.write_line(f"{len(results.records)} measurements are kept in {shown(races.path)}")
    terminalreporter.write_line("pt-kata report makes a page of them.")


def _by_reason(left_out: Sequence[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in left_out:
        found.setdefault(f"{one.implementation}, {one.reason}", []).append(one.case or one.op)
    return found
