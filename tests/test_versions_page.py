"""A cell is run, recorded and told as it is; the page and tox know the same cells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import cell, versions_page
from tests.conftest import REPOSITORY

GREEN = {"passed": 9, "exit": 0, "seconds": 1}
STUBS = {"todo": 9, "exit": 1, "seconds": 1}
RECORD = {
    "cell": "py312-torch26",
    "date": "2026-01-02",
    "commit": "abc",
    "changed": False,
    "python": "3.12.1",
    "torch": "2.6.0",
    "numpy": "2.4.6",
    "pytest": "9.2.0",
    "os": "Linux",
    "cpu": "some CPU",
    "cores": 2,
    "passed": True,
    "stubs": STUBS,
    "solutions": GREEN,
    "tests": {**GREEN, "skipped": 2},
}


def told(record: dict[str, Any]) -> tuple[str, str]:
    """The cell in the table at the top, and its line in the table below."""
    lines = versions_page.page({"py312-torch26": record}).splitlines()
    (top,) = (line for line in lines if line.startswith("| 3.12 |"))
    (below,) = (line for line in lines if line.startswith("| `py312-torch26`"))
    return top.split(" | ")[1], below


def test_tox_has_the_cells_that_the_page_shows(tmp_path: Path) -> None:
    """In the same order, and nothing else under the label."""
    line = [sys.executable, "-m", "tox", "list", "-m", "matrix", "--no-desc", "--workdir", str(tmp_path)]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert tuple(done.stdout.split()) == versions_page.CELLS


def test_the_page_is_made_of_the_records() -> None:
    """Whoever changes one or the other makes the page anew."""
    assert versions_page.PAGE.read_text(encoding="utf-8") == versions_page.page(versions_page.read())


def test_a_cell_that_never_ran_says_so() -> None:
    """And where there is no such build, the page says that."""
    rows = [line for line in versions_page.page({}).splitlines() if line.startswith("| 3.1")]
    assert [row.count("not run") for row in rows] == [3, 3, 3, 2]
    assert "no such build" in rows[3]


def test_a_cell_is_told_as_it_ended() -> None:
    """Passed or failed, with versions and counts."""
    assert told(RECORD)[0] == "passed, 2.6.0"
    assert "| 9 todo | 9 passed, 0 failed | 9 passed, 0 failed, 2 skipped | 3 s |" in told(RECORD)[1]
    marked = {**RECORD, "tests": {**GREEN, "xfailed": 3, "xpassed": 1}}
    assert "| 9 passed, 0 failed, 0 skipped, 4 marked |" in told(marked)[1]
    failed = {**RECORD, "passed": False, "changed": True, "tests": {"failed": 2, "passed": 7, "exit": 1, "seconds": 1}}
    failed["tests"]["again"] = {"failed": 1, "passed": 1, "exit": 1, "seconds": 4}
    assert told(failed)[0] == "**failed**, 2.6.0"
    assert "| abc+ |" in told(failed)[1]
    assert "| 8 passed, 1 failed, 0 skipped (2 again) | 7 s |" in told(failed)[1]


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("12 passed, 1 skipped in 3.21s\n", {"passed": 12, "skipped": 1}),
        (
            "FAILED tests/a.py::b - assert 3 failed\n2 failed, 5 passed, 1 error in 1s",
            {"failed": 2, "passed": 5, "error": 1},
        ),
        ("todo 3\n331 todo in 9.38s\n\n", {"todo": 331}),
        ("2 errors in 0.1s", {"error": 2}),
        ("nothing to see", {}),
    ],
)
def test_the_last_line_of_pytest_is_read(printed: str, found: dict[str, int]) -> None:
    """Singular and plural are the same."""
    assert cell.counts(printed) == found


@pytest.mark.parametrize(
    ("stubs", "solutions", "tests", "passed"),
    [
        (STUBS, GREEN, [GREEN], True),
        ({**STUBS, "passed": 1}, GREEN, [GREEN], False),
        ({**STUBS, "failed": 1}, GREEN, [GREEN], False),
        ({"todo": 9, "exit": 2, "seconds": 1}, GREEN, [GREEN], False),
        (STUBS, {**GREEN, "failed": 1, "exit": 1}, [GREEN], False),
        (STUBS, {"exit": 0, "seconds": 1}, [GREEN], False),
        (STUBS, GREEN, [{**GREEN, "failed": 1, "exit": 1}, GREEN], True),
        (STUBS, GREEN, [{**GREEN, "failed": 1, "exit": 1}, {"failed": 1, "exit": 1, "seconds": 1}], False),
        (STUBS, GREEN, [{**GREEN, "exit": 2}], False),
        (STUBS, GREEN, [{**GREEN, "failed": 1, "exit": 1}, {"exit": 0, "seconds": 1}], False),
    ],
)
def test_a_cell_passes_only_if_all_parts_do(
    monkeypatch: pytest.MonkeyPatch,
    stubs: dict[str, int],
    solutions: dict[str, int],
    tests: list[dict[str, int]],
    passed: bool,
) -> None:
    """Own tests that fail get one more chance, alone; stubs and solutions get none."""
    ends = iter([stubs, solutions, *tests])
    monkeypatch.setattr(cell, "run", lambda *arguments: next(ends))
    assert cell.run_cell([])["passed"] == passed
    assert next(ends, None) is None


def test_a_record_of_no_cell_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was misnamed would else be left out of the page without a word."""
    (tmp_path / "py27-torch04.json").write_text(json.dumps(RECORD))
    monkeypatch.setattr(versions_page, "RECORDS", tmp_path)
    with pytest.raises(SystemExit, match="there is no cell named py27-torch04"):
        versions_page.read()
