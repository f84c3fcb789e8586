from __future__ import annotations

import subprocess
import sys

import pytest

MEASURE = """
import time, pathlib, pytest
class Config:
    class invocation_params:
        dir = pathlib.Path.cwd()
    rootpath = pathlib.Path.cwd()
before = time.perf_counter()
import pt_kata.entry
pt_kata.entry.pytest_load_initial_conftests(Config)
print(1000 * (time.perf_counter() - before))
"""


def test_it_says_nothing_in_another_project(pytester: pytest.Pytester) -> None:
    """No header, no option, no summary outside a kata workspace."""
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    printed = [line for line in result.outlines if not line.startswith("plugins:")]
    assert "pt_kata" not in "\n".join(printed)
    assert "kata" not in "\n".join(printed[3:])


def test_it_takes_no_option_name_in_another_project(pytester: pytest.Pytester) -> None:
    """A project's own --seed and --device are left to it."""
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    for name in ('--seed', '--device', '--solutions', '--against'):\n"
        "        parser.addoption(name)\n"
    )
    pytester.makepyfile("def test_one(request): assert request.config.getoption('--seed') == '3'")
    pytester.runpytest_inprocess("--seed", "3").assert_outcomes(passed=1)


def test_it_loads_neither_torch_nor_the_plugin_in_another_project(pytester: pytest.Pytester) -> None:
    """A run elsewhere stays as light as it was."""
    pytester.makepyfile(
        "import sys\ndef test_one(): assert not {'torch', 'pt_kata.plugin', 'pt_kata.catalog'} & set(sys.modules)"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_it_costs_less_than_five_milliseconds(pytester: pytest.Pytester) -> None:
    """Import and hook together, in the fastest of five processes: noise only adds."""
    command = [sys.executable, "-c", MEASURE]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=pytester.path) for _ in range(5)]
    assert min(float(run.stdout) for run in runs) < 5
