"""Workspaces: made whole or not at all, and brought up to date without losing a line of the learner's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pt_kata import content
from pt_kata.catalog import load
from pt_kata.cli import main
from pt_kata.doctor import _workspace
from pt_kata.stubs import blank
from pt_kata.workspaces import merge, update
from pt_kata.workspaces.fresh import INSTALLED, Fresh, fresh, installed

STUB = "katas/losses/cross_entropy.py"
TESTS = "katas/losses/test_cross_entropy.py"
LESSON = "katas/losses/README.md"
DRAFT = b"    raise NotImplementedError"
MINE = b"    return logits.exp().sum(dim=1).log()  # mine"


def invoke(*args: str) -> Result:
    """Run pt-kata in this process."""
    return CliRunner().invoke(main, args)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into a fresh workspace in a folder whose name has a blank in it."""
    folder = tmp_path / "my katas"
    assert invoke("init", str(folder)).exit_code == 0
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give what makes another version of pt_kata the installed one: some files changed, some gone."""

    def install(changed: dict[str, bytes] | None = None, gone: tuple[str, ...] = (), version: str = "9.9") -> None:
        files = {path: text for path, text in (fresh().files | (changed or {})).items() if path not in gone}
        monkeypatch.setattr(update, "fresh", lambda: Fresh(version, files))

    return install


def solve(folder: Path) -> bytes:
    """Write the first function of the stub; returns the file."""
    file = folder / STUB
    file.write_bytes(file.read_bytes().replace(DRAFT, MINE, 1))
    return file.read_bytes()


def all_files(folder: Path) -> dict[str, bytes]:
    """Give every file but those that updates keep."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: text for name, text in names.items() if not name.startswith(update.UPDATES)}


def later(path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    """Give a file of this version with a change."""
    text = fresh().files[path]
    assert old in text
    return {path: text.replace(old, new)}


def in_workspace(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a process of its own that sees the workspace and the installed package only."""
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)


# ------------------------------------------------------------------------------------------------- init


def test_init_makes_katas_solutions_and_settings(room: Path) -> None:
    """What the workspace has at its top, and that its katas load without a problem."""
    tops = {path.name for path in room.iterdir()}
    assert tops == {"katas", "solutions", "pyproject.toml", "README.md", ".gitignore", ".vscode", ".pt_kata"}
    katas = load(room).katas
    assert [kata.id for kata in katas] == [kata.id for kata in load(content.home()).katas]
    assert not [kata.problem for kata in katas if kata.problem]
    settings = json.loads((room / ".vscode/settings.json").read_text())
    assert settings["python.testing.pytestArgs"] == ["katas"]


@pytest.mark.parametrize(("name", "step"), [("my-katas", "cd my-katas\n"), ("my katas", 'cd "my katas"\n')])
def test_init_says_how_to_go_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: str) -> None:
    """In words that a shell takes, whatever the folder is called."""
    monkeypatch.chdir(tmp_path)
    assert step in invoke("init", name).output


def test_init_gives_blank_stubs_whatever_stands_in_those_it_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout somebody may have solved a kata."""
    source = tmp_path / "checkout"
    for tree in ("katas", "solutions", "mistakes"):
        shutil.copytree(content.home() / tree, source / tree)
    (source / STUB).write_text("solved = True\n")
    (source / "katas/losses/scratch.py").write_text("")
    monkeypatch.setattr("pt_kata.workspaces.fresh.home", lambda: source)
    files = fresh().files
    assert files[STUB] == blank(load(source).by_id("losses/cross_entropy")).encode()
    assert "katas/losses/scratch.py" not in files


def test_a_lesson_in_a_workspace_has_words_for_its_pictures(room: Path) -> None:
    """The pictures lie in the repository; no link leads out of the workspace."""
    for page in room.glob("katas/*/README.md"):
        text = page.read_text()
        assert "*[picture: " in text
        assert "docs/pictures" not in text


@pytest.mark.parametrize("name", ["katas", "solutions", "pyproject.toml", ".pt_kata"])
def test_init_refuses_where_something_is_in_the_way(tmp_path: Path, name: str) -> None:
    """What is there stays, nothing is added, and the message names it."""
    (tmp_path / name).mkdir()
    done = invoke("init", str(tmp_path))
    assert done.exit_code == 1
    assert f"has {name} already" in done.output
    assert "pt-kata init my-katas" in done.output
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_init_leaves_a_readme_and_a_gitignore_that_are_there(tmp_path: Path) -> None:
    """As in a repository that was made with both."""
    for name in ("README.md", ".gitignore"):
        (tmp_path / name).write_text("mine\n")
    done = invoke("init", str(tmp_path))
    assert done.exit_code == 0
    assert "README.md was there already and was left as it is" in done.output
    assert [(tmp_path / name).read_text() for name in ("README.md", ".gitignore")] == ["mine\n"] * 2
    assert (tmp_path / STUB).is_file()


def test_init_in_a_workspace_names_update(room: Path) -> None:
    """A second init changes nothing."""
    before = all_files(room)
    done = invoke("init")
    assert done.exit_code == 1
    assert "a workspace already; `pt-kata update`" in done.output
    assert all_files(room) == before


def test_init_where_a_file_is_in_the_way_of_the_folder_says_so(tmp_path: Path) -> None:
    """DIR is a file, or lies below one."""
    (tmp_path / "file").write_text("mine")
    for name in ("file", "file/below"):
        done = invoke("init", str(tmp_path / name))
        assert done.exit_code == 1
        assert "There is no workspace now; name another folder" in done.output
    assert (tmp_path / "file").read_text() == "mine"


def test_init_that_fails_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third part can't be moved to its place."""
    moved, rename = [], Path.rename

    def fail_third(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == 3:
            raise PermissionError(13, "Permission denied", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_third)
    done = invoke("init", str(tmp_path / "new"))
    assert done.exit_code == 1
    assert "Permission denied" in done.output
    assert list((tmp_path / "new").iterdir()) == []


def test_in_a_workspace_pytest_runs_all_katas_and_the_reference_passes(room: Path) -> None:
    """Bare ``pytest katas/`` has todo tests only; with ``--solutions`` one kata stands for all."""
    todo = in_workspace(room, "pytest", "katas/", "-q", "-p", "no:randomly")
    assert todo.returncode == 1, todo.stdout + todo.stderr
    assert " todo in " in todo.stdout.splitlines()[-1]
    green = in_workspace(room, "pytest", "katas/losses", "--solutions", "-q")
    assert green.returncode == 0, green.stdout + green.stderr


def test_in_a_workspace_a_known_mistake_is_named(room: Path) -> None:
    """The mistakes are in the package, not in the workspace."""
    solve(room)
    found = in_workspace(room, "pytest", STUB, "-q", "-k", "logsumexp")
    assert "logsumexp makes a known mistake" in found.stdout


@pytest.mark.parametrize(
    "command", ["list", "show", "next", "hint", "verify losses/cross_entropy", "doctor", "check losses"]
)
def test_in_a_workspace_commands_work(room: Path, command: str) -> None:
    """Each ends with a verdict, not with an error of its own."""
    done = in_workspace(room, "pt_kata", *command.replace("check losses", "check cross_entropy --solutions").split())
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_workspace_commands_name_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody typed a command in the wrong folder, or before init."""
    monkeypatch.chdir(tmp_path)
    assert "pt-kata init" in invoke("list").output


def test_the_doctor_says_how_a_damaged_workspace_is_mended(room: Path) -> None:
    """There is no version control to bring the tests back, but update does."""
    (room / TESTS).unlink()
    (finding,) = (one for one in _workspace(room) if one.is_problem)
    assert f"delete {TESTS}" in finding.mend
    assert finding.mend.endswith("then: pt-kata update")
    assert invoke("update").exit_code == 0
    assert not [one for one in _workspace(room) if one.is_problem]


def test_the_doctor_names_update_where_the_workspace_is_older(room: Path) -> None:
    """Or where what it was made from can't be read."""
    (room / INSTALLED).write_bytes(Fresh("0.0.1", {}).packed())
    assert [one.mend for one in _workspace(room) if one.is_problem] == ["pt-kata update"]
    (room / INSTALLED).write_bytes(b"no zip")
    (finding,) = (one for one in _workspace(room) if one.is_problem)
    assert "installed.zip is damaged" in finding.text


# ----------------------------------------------------------------------------------------------- update


def test_update_to_the_same_version_changes_nothing(room: Path) -> None:
    """Not even where the learner has written something."""
    solve(room)
    before = all_files(room)
    done = invoke("update")
    assert done.exit_code == 0
    assert "but for what you wrote" in done.output
    assert all_files(room) == before
    assert not (room / update.UPDATES).exists()


def test_update_replaces_what_was_not_touched(room: Path, release: Callable[..., None]) -> None:
    """A test file and a lesson become the new ones; all else stays, and the next update has nothing to do."""
    release(later(TESTS, b"def test_", b"def test_new_") | later(LESSON, b"#", b"##"))
    before = all_files(room)
    done = invoke("update")
    assert done.exit_code == 0
    changed = {path for path, text in all_files(room).items() if before.get(path) != text}
    assert changed == {TESTS, LESSON, INSTALLED}
    assert b"def test_new_" in (room / TESTS).read_bytes()
    assert f"replaced  {TESTS}" in done.output
    assert "but for what you wrote" in invoke("update").output


def test_update_merges_what_the_learner_wrote_with_what_is_new(room: Path, release: Callable[..., None]) -> None:
    """Every line of the learner's stays, the new docstring comes."""
    mine = solve(room)
    release({STUB: fresh().files[STUB] + b"\n\n# new at the end\n"})
    done = invoke("update")
    assert f"merged    {STUB}" in done.output
    assert (room / STUB).read_bytes() == mine + b"\n\n# new at the end\n"


def test_update_leaves_a_file_where_both_changed_the_same_lines(room: Path, release: Callable[..., None]) -> None:
    """The new version is laid beside it, and the next update offers it again."""
    mine = solve(room)
    release(later(STUB, DRAFT, b"    raise NotImplementedError()"))
    for _ in range(2):
        done = invoke("update")
        assert done.exit_code == 0
        assert f"left      {STUB}" in done.output
        assert "you and the new version changed the same lines" in done.output
        assert (room / STUB).read_bytes() == mine
    beside = sorted((room / update.UPDATES).glob(f"*/new/{STUB}"))
    assert beside
    assert b"NotImplementedError()" in beside[0].read_bytes()
    assert "from 0.1.0 to 9.9" in invoke("update", "--undo").output  # the second had changed nothing


def test_a_file_that_was_left_is_settled_once_the_learner_took_over_the_new_lines(
    room: Path, release: Callable[..., None]
) -> None:
    """Then the file is not named again."""
    solve(room)
    release(later(STUB, DRAFT, b"    raise NotImplementedError()"))
    invoke("update")
    file = room / STUB
    file.write_bytes(fresh().files[STUB].replace(DRAFT, b"    raise NotImplementedError()"))
    assert "but for what you wrote" in invoke("update").output


def test_a_merge_that_is_no_valid_python_is_none() -> None:
    """Two changes that don't meet can still not go together."""
    mine, base, new = b"a = [1]\nb = 2\n\n\nc = 3\n", b"a = 1\nb = 2\n\n\nc = 3\n", b"a = 1\nb = 2\n\n\nc = (3\n"
    assert merge.merged(mine, base, new, is_python=True) is None
    assert merge.merged(mine, base, new, is_python=False) == b"a = [1]\nb = 2\n\n\nc = (3\n"


def test_dry_run_shows_the_same_and_changes_nothing(room: Path, release: Callable[..., None]) -> None:
    """What it lists is what the update then does."""
    solve(room)
    release(later(TESTS, b"def test_", b"def test_new_") | later(STUB, DRAFT, b"    pass"))
    before = all_files(room)
    shown = invoke("update", "--dry-run")
    assert shown.exit_code == 0
    assert "Nothing was changed yet" in shown.output
    assert all_files(room) == before
    assert not (room / update.UPDATES).exists()
    steps = [
        line for line in shown.output.splitlines() if "katas/" in line and line.startswith(("  replaced", "  left"))
    ]
    assert len(steps) == 2
    assert set(steps) <= set(invoke("update").output.splitlines())


def test_undo_brings_back_every_file_to_the_byte(room: Path, release: Callable[..., None]) -> None:
    """Replaced, merged, added and removed ones, and what the next update compares with."""
    solve(room)
    before = all_files(room)
    new = {"katas/losses/new.py": b"new\n", STUB: fresh().files[STUB] + b"\n# new\n"}
    release(later(TESTS, b"def test_", b"def test_new_") | new, gone=("katas/engine/micrograd.mutants.toml",))
    output = invoke("update").output
    for action in ("replaced", "merged", "added", "removed"):
        assert f"  {action}" in output
    assert not (room / "katas/engine/micrograd.mutants.toml").exists()
    done = invoke("update", "--undo")
    assert done.exit_code == 0
    assert all_files(room) == before
    again = invoke("update", "--undo")
    assert again.exit_code == 1
    assert "there is no update to take back" in again.output
    assert f"merged    {STUB}" in invoke("update").output


def test_undo_leaves_what_the_learner_has_written_since(room: Path, release: Callable[..., None]) -> None:
    """It says where the file is as it was before."""
    release(later(STUB, b'"""', b'""" '))
    invoke("update")
    (room / STUB).write_bytes(b"# mine\n")
    done = invoke("update", "--undo")
    assert f"left      {STUB}" in done.output
    assert (room / STUB).read_bytes() == b"# mine\n"
    (kept,) = (room / update.UPDATES).glob(f"*-undone/before/{STUB}")
    assert kept.read_bytes() == fresh().files[STUB]


def test_two_updates_are_taken_back_one_after_the_other(room: Path, release: Callable[..., None]) -> None:
    """The newest first, although both were made within one second."""
    release({LESSON: b"one\n"}, version="2")
    invoke("update")
    release({LESSON: b"two\n"}, version="3")
    invoke("update")
    assert "from 2 to 3" in invoke("update", "--undo").output
    assert (room / LESSON).read_bytes() == b"one\n"
    invoke("update", "--undo")
    assert (room / LESSON).read_bytes() == fresh().files[LESSON]


def test_a_deleted_file_of_a_kata_comes_back_and_a_deleted_readme_does_not(room: Path) -> None:
    """Without its tests a kata is nothing; what else was deleted was deleted on purpose."""
    (room / TESTS).unlink()
    (room / "README.md").unlink()
    assert f"added     {TESTS}" in invoke("update").output
    assert (room / TESTS).read_bytes() == fresh().files[TESTS]
    assert not (room / "README.md").exists()


def test_a_file_that_went_is_left_where_the_learner_has_changed_it(room: Path, release: Callable[..., None]) -> None:
    """A kata that the new version does not have stays with what was written in it."""
    mine = solve(room)
    release(gone=(STUB, TESTS))
    done = invoke("update")
    assert f"left      {STUB}" in done.output
    assert f"removed   {TESTS}" in done.output
    assert (room / STUB).read_bytes() == mine


def test_line_ends_of_another_system_are_no_change(room: Path, release: Callable[..., None]) -> None:
    """A file with CRLF counts as untouched, and a merged one keeps its line ends."""
    for path in (TESTS, STUB):
        (room / path).write_bytes((room / path).read_bytes().replace(b"\n", b"\r\n"))
    assert "but for what you wrote" in invoke("update").output
    (room / STUB).write_bytes((room / STUB).read_bytes().replace(DRAFT, MINE, 1))
    release({STUB: fresh().files[STUB] + b"\n# new\n"} | later(TESTS, b"def test_", b"def test_new_"))
    output = invoke("update").output
    assert f"replaced  {TESTS}" in output
    assert f"merged    {STUB}" in output
    merged = (room / STUB).read_bytes()
    assert merged.count(b"\r\n") == merged.count(b"\n")
    assert MINE in merged


def test_where_it_is_unknown_what_was_installed_stubs_still_merge(room: Path, release: Callable[..., None]) -> None:
    """The blank stub follows from the workspace's own reference; other files that differ are left."""
    mine = solve(room)
    (room / INSTALLED).unlink()
    release({STUB: fresh().files[STUB] + b"\n# new\n"} | later(TESTS, b"def test_", b"def test_new_"))
    output = invoke("update").output
    assert f"merged    {STUB}" in output
    assert f"left      {TESTS}" in output
    assert "nothing tells whether you changed it" in output
    assert (room / STUB).read_bytes() == mine + b"\n# new\n"


def test_without_git_a_touched_file_is_left(
    room: Path, release: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merging is git's work."""
    mine = solve(room)
    monkeypatch.setenv("PATH", str(room))
    release({STUB: fresh().files[STUB] + b"\n# new\n"})
    assert f"left      {STUB}" in invoke("update").output
    assert (room / STUB).read_bytes() == mine


def test_an_update_that_fails_halfway_can_be_taken_back_and_done_again(
    room: Path, release: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full after the first file."""
    before = all_files(room)
    release(later(TESTS, b"def test_", b"def test_new_") | later(LESSON, b"#", b"##"))
    with monkeypatch.context() as patch:
        patch.setattr(update, "_put", _once(update._put))
        failed = invoke("update")
    assert failed.exit_code == 1
    assert "No space left on device" in failed.output
    assert all_files(room) != before
    assert invoke("update", "--undo").exit_code == 0
    assert all_files(room) == before
    assert invoke("update").exit_code == 0
    assert b"def test_new_" in (room / TESTS).read_bytes()


def test_a_damaged_memory_is_told_and_nothing_is_touched(room: Path) -> None:
    """What the workspace was made from can't be read."""
    (room / INSTALLED).write_bytes(b"no zip")
    before = all_files(room)
    done = invoke("update")
    assert done.exit_code == 1
    assert "installed.zip is damaged" in done.output
    assert all_files(room) == before


def test_a_file_that_can_not_be_read_is_told(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may belong to somebody else."""

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(update, "_read", refuse)
    done = invoke("update")
    assert done.exit_code == 1
    assert "Permission denied; nothing was changed" in done.output


def test_the_repository_itself_is_not_updated() -> None:
    """There git is what brings new versions."""
    done = invoke("update")
    assert done.exit_code == 1
    assert "git pull" in done.output


def test_what_was_installed_is_remembered_byte_for_byte(room: Path) -> None:
    """The zip has all files, the version, and is the same for the same files."""
    assert installed(room) == fresh()
    assert fresh().packed() == (room / INSTALLED).read_bytes()


def _once(act: Callable[..., None]) -> Callable[..., None]:
    calls: Iterator[bool] = iter([True])

    def limited(*args: object) -> None:
        if not next(calls, False):
            raise OSError(28, "No space left on device", str(args[0]))
        act(*args)

    return limited
