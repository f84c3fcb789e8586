from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pt_kata.audit
from pt_kata.audit.check import Check
from pt_kata.catalog import Kata
from pt_kata.cli import main

Asked = list[tuple[str, str]]


@pytest.fixture
def inside(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into the tiny workspace."""
    monkeypatch.chdir(tiny)
    return tiny


@pytest.fixture
def asked(inside: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Give what was asked of the proof, which here finds that everything holds."""
    asked: Asked = []

    def audit(root: Path, katas: Sequence[Kata], parts: Sequence[str]) -> Iterator[Check]:
        assert root == inside
        for kata in katas:
            for part in parts:
                asked.append((kata.id, part))
                yield Check(kata.id, part)

    monkeypatch.setattr(pt_kata.audit, "audit", audit)
    return asked


def invoke(*args: str) -> Result:
    """Run pt-kata in this process."""
    return CliRunner().invoke(main, args)


def command(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run pt-kata in a process of its own."""
    line = [sys.executable, "-m", "pt_kata", *args]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, check=False)


def test_a_proof_that_holds_exits_with_zero_and_prints_a_table(inside: Path) -> None:
    """Every part of every kata has its counts, mutants only when asked for."""
    done = command(inside, "verify")
    assert done.returncode == 0, done.stderr
    assert "small/doubling" in done.stdout
    assert "small/signs" in done.stdout
    assert "cheap answers" in done.stdout
    assert "mutants" not in done.stdout
    assert "problem" not in done.stdout


def test_a_proof_that_fails_exits_with_one_and_is_valid_json(inside: Path) -> None:
    """The data tells what does not hold, and says so in one word."""
    path = inside / "mistakes" / "small" / "doubling.py"
    path.write_text(path.read_text().replace("return 1 * x", "return 2 * x"))
    done = command(inside, "verify", "doubling", "--json")
    assert done.returncode == 1, done.stderr
    data = json.loads(done.stdout)
    assert (data["schema"], data["ok"], list(data["katas"])) == (1, False, ["small/doubling"])
    parts = data["katas"]["small/doubling"]
    assert set(parts) == set(pt_kata.audit.PARTS) - {"mutants"}
    assert [part for part in parts if parts[part]["problems"]] == ["mistakes"]
    assert "one_copy is not caught by test_double_of_one" in parts["mistakes"]["problems"][0]
    assert parts["mistakes"]["rows"][1]["caught"]


def test_the_proof_runs_on_all_cores_and_may_include_mutants(inside: Path) -> None:
    """A broken kata is one of the problems, and the others are proven."""
    (inside / "solutions" / "small" / "signs.py").write_text("def sign(:")
    done = command(inside, "verify", "--mutants")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "mutants" in done.stdout
    assert "is not valid Python" in done.stdout


@pytest.mark.parametrize(
    "name",
    ["small/signs", "signs", "signs.py", "small/signs.py", "katas/small/signs.py", "./katas/small/signs.py"],
)
def test_a_kata_can_be_named_in_many_ways(asked: Asked, name: str) -> None:
    """By its id, its name or a path."""
    assert invoke("verify", name).exit_code == 0
    assert {kata for kata, _ in asked} == {"small/signs"}


def test_a_path_is_read_from_where_one_stands(asked: Asked, inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a chapter a file is named as the shell completes it, or in full."""
    monkeypatch.chdir(inside / "katas" / "small")
    assert invoke("verify", "./signs.py", str(inside / "katas" / "small" / "doubling.py")).exit_code == 0
    assert list(dict.fromkeys(kata for kata, _ in asked)) == ["small/signs", "small/doubling"]


def test_without_names_all_katas_are_proven(asked: Asked) -> None:
    """In all parts but the mutants, which take minutes."""
    assert invoke("verify").exit_code == 0
    assert len(asked) == 2 * (len(pt_kata.audit.PARTS) - 1)
    assert invoke("verify", "--mutants").exit_code == 0
    assert ("small/signs", "mutants") in asked


@pytest.mark.parametrize("name", ["small/sings", "sings", "katas/small/sgns.py"])
def test_an_unknown_kata_gets_the_nearest_name(inside: Path, name: str) -> None:
    """Exit code 2, as for every wrong argument."""
    done = invoke("verify", name)
    assert done.exit_code == 2
    assert f"there is no kata {name!r}; did you mean" in done.output
    assert "signs'?" in done.output


def test_outside_a_workspace_the_error_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to prove."""
    monkeypatch.chdir(tmp_path)
    done = invoke("verify")
    assert done.exit_code == 1
    assert done.output == "Error: there is no katas/curriculum.toml in this folder or above it\n"


def test_a_broken_curriculum_is_named(inside: Path) -> None:
    """The message is the catalogue's."""
    (inside / "katas" / "curriculum.toml").write_text("chapters = 3")
    done = invoke("verify")
    assert done.exit_code == 1
    assert "curriculum.toml: chapters is 3; wanted dict" in done.output


def test_a_missing_mutation_tool_is_told_at_once(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to the authors' tools and is not always there."""
    monkeypatch.setattr("pt_kata.cli.find_spec", lambda name: None)
    done = invoke("verify", "--mutants")
    assert done.exit_code == 1
    assert "pip install cosmic-ray" in done.output
    assert asked == []


def test_help_and_version_are_quick_words() -> None:
    """The example is shown as written."""
    assert "pt-kata verify losses/cross_entropy --mutants" in invoke("verify", "-h").output
    assert "version" in invoke("--version").output
