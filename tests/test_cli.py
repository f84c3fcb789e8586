from __future__ import annotations

import json
import os
import resource
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
from tests.conftest import REPOSITORY

NO_WORKSPACE = (
    "Error: there is no katas/curriculum.toml in this folder or above it; `pt-kata init my-katas` makes a workspace\n"
)

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


@pytest.mark.parametrize("name", ["small", "katas/small/"])
def test_a_chapter_is_no_kata_and_names_its_katas(inside: Path, name: str) -> None:
    """One command runs one kata or all."""
    assert "that is a chapter, with small/doubling and small/signs" in invoke("show", name).output


def test_a_kata_that_nothing_is_near_to_leads_to_the_list(inside: Path) -> None:
    """No message ends without a way on."""
    assert "there is no kata 'xyz'; `pt-kata list` has their names" in invoke("show", "xyz").output


def test_outside_a_workspace_the_error_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to prove."""
    monkeypatch.chdir(tmp_path)
    done = invoke("verify")
    assert done.exit_code == 1
    assert done.output == NO_WORKSPACE


def test_a_broken_curriculum_is_named(inside: Path) -> None:
    """The message is the catalogue's."""
    (inside / "katas" / "curriculum.toml").write_text("chapters = 3")
    done = invoke("verify")
    assert done.exit_code == 1
    assert "curriculum.toml: chapters is 3; wanted dict" in done.output


def test_a_missing_mutation_tool_is_told_at_once(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to the authors' tools and is not always there."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = invoke("verify", "--mutants")
    assert done.exit_code == 1
    assert "pip install cosmic-ray" in done.output
    assert asked == []


def test_the_version_is_known() -> None:
    """It is the package's."""
    assert "version" in invoke("--version").output


@pytest.mark.parametrize("name", ["", *main.commands])
def test_every_command_has_help_with_an_example(name: str) -> None:
    """The example stands on a line of its own and begins with the command."""
    done = invoke(*name.split(), "--help")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    example = lines[lines.index("  Example:") + 1]
    assert example.startswith(f"    pt-kata {name}".rstrip())
    assert "\\b" not in done.output


@pytest.mark.parametrize("args", [["next"], ["list"], ["show"], ["hint"], ["diff"], ["undo"], ["again"], []])
def test_every_command_says_when_it_is_outside_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    """The same sentence for all."""
    monkeypatch.chdir(tmp_path)
    done = invoke(*args)
    assert (done.exit_code, done.output) == (
        1,
        NO_WORKSPACE,
    )


@pytest.mark.parametrize(("typed", "meant"), [("lst", "list"), ("hin", "hint"), ("veryfi", "verify")])
def test_an_unknown_command_gets_the_nearest_name(typed: str, meant: str) -> None:
    """A usage error."""
    done = invoke(typed)
    assert done.exit_code == 2
    assert f"there is no command {typed!r}; did you mean {meant!r}?" in done.output


@pytest.mark.parametrize("args", [["show"], ["hint"], ["diff"], ["reset"], ["undo"]])
def test_an_unknown_kata_gets_the_nearest_name_everywhere(inside: Path, args: list[str]) -> None:
    """Whichever command it was meant for."""
    done = invoke(*args, "sings")
    assert done.exit_code == 2
    assert "there is no kata 'sings'; did you mean 'signs'?" in done.output


def stumble(*_: object) -> None:
    """Fail as only a mistake in the engine does."""
    raise ZeroDivisionError("one\ntwo")


def test_a_mistake_of_the_engine_is_one_sentence(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way to see more, and an exit code of its own."""
    monkeypatch.setattr("pt_kata.pages.home", stumble)
    done = invoke()
    assert done.exit_code == 70
    assert len(done.output.splitlines()) == 1
    assert "pt-kata itself has failed (ZeroDivisionError: one)" in done.output
    assert "PT_KATA_DEBUG=1 pt-kata" in done.output


def test_who_mends_the_engine_sees_the_traceback(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exception itself comes out."""
    monkeypatch.setattr("pt_kata.pages.home", stumble)
    monkeypatch.setenv("PT_KATA_DEBUG", "1")
    assert isinstance(invoke().exception, ZeroDivisionError)


def test_an_interrupt_ends_quietly(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is printed; the exit code is the shell's for it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pt_kata.pages.home", interrupt)
    done = invoke()
    assert (done.exit_code, done.output) == (130, "")


@pytest.mark.parametrize("line", ["list", "list --json", "show", "--help", "hint"])
def test_a_closed_pipe_ends_quietly(inside: Path, line: str) -> None:
    """The reader has seen enough."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pt_kata", *line.split()]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=inside, check=False)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode in (1, 141)


def test_a_terminal_without_these_characters_gets_others(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is no reason to stop."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = command(inside, "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "????" in done.stdout


def test_what_was_set_aside_is_told_beside_the_output(inside: Path) -> None:
    """On stderr, so that JSON stays JSON."""
    (inside / ".pt_kata").mkdir()
    (inside / ".pt_kata" / "progress.json").write_text("no")
    done = command(inside, "list", "--json")
    assert json.loads(done.stdout)["katas"]
    assert done.stderr.count("was set aside as") == 1


def test_progress_that_can_not_be_saved_is_an_error_in_one_sentence(inside: Path) -> None:
    """The path, and what to do."""
    (inside / ".pt_kata").write_text("")
    done = invoke("hint")
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {inside / '.pt_kata'} is not a folder; move it away")


COMPLETIONS = [
    ("pt-kata show ", {"small/doubling", "small/signs"}),
    ("pt-kata reset d", {"doubling"}),
    ("pt-kata hint small/s", {"small/signs"}),
    ("pt-kata verify s", {"small/doubling", "small/signs", "signs"}),
    ("pt-kata hint doubling --function q", {"quadruple"}),
    ("pt-kata hi", {"hint"}),
]


@pytest.mark.parametrize(("line", "wanted"), COMPLETIONS)
def test_the_shell_completes_names(inside: Path, monkeypatch: pytest.MonkeyPatch, line: str, wanted: set[str]) -> None:
    """Katas, their functions and the commands."""
    monkeypatch.setenv("_PT_KATA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    done = command(inside)
    assert {entry.partition(",")[2] for entry in done.stdout.split()} == wanted


def test_outside_a_workspace_nothing_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is printed into the command line."""
    monkeypatch.setenv("_PT_KATA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "pt-kata show ")
    monkeypatch.setenv("COMP_CWORD", "2")
    done = command(tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("", "")


QUICK = [[], ["list"], ["list", "--json"], ["show"], ["next"], ["hint"], ["--help"]]


@pytest.mark.parametrize("args", QUICK)
def test_commands_that_run_no_kata_do_not_import_torch(inside: Path, args: list[str]) -> None:
    """Nor pytest, nor numpy."""
    code = f"""
import sys
from pt_kata.cli import main
try:
    main({args!r}, prog_name="pt-kata")
finally:
    print(sorted(sys.modules.keys() & {{"torch", "numpy", "pytest", "sklearn"}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=inside, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("args", QUICK)
def test_commands_that_run_no_kata_are_quick(args: list[str]) -> None:
    """At most four times the computing time that Python takes to import click, on the real katas."""
    own = min(seconds("-m", "pt_kata", *args) for _ in range(5))
    least = min(seconds("-c", "import click") for _ in range(5))
    assert own <= 4 * least


def seconds(*args: str) -> float:
    """Give the computing time of one Python process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], capture_output=True, cwd=REPOSITORY, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
