from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pt_kata.files
import pt_kata.store
from pt_kata.catalog import load
from pt_kata.files import unused, write_whole
from pt_kata.lock import locked
from pt_kata.store import Record, Store, StoreError, digest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRITER = """
import sys
from pathlib import Path
from pt_kata.store import Store
from dataclasses import replace
store = Store(Path(sys.argv[1]))
for turn in range(200):
    for kata in ("small/both", sys.argv[2]):
        store.update(kata, lambda r: replace(r, hints={"f": r.hints.get("f", 0) + 1}))
"""


def with_hint(level: int) -> Callable[[Record], Record]:
    """Give a change that can be told apart by ``level``."""
    return lambda record: replace(record, hints={"sign": level})


def judged(record: Record, passed: int = 2, now: datetime = NOON, **others: int) -> Record:
    """Give the record after a run with these outcomes."""
    counts = {"passed": passed, **others}
    return record.judged(digest="d", total=sum(counts.values()), counts=counts, tasks={"sign": "passed"}, now=now)


def set_aside(root: Path) -> list[Path]:
    """Give the files that were set aside."""
    return sorted((root / ".pt_kata").glob("progress-*.json"))


def test_what_was_saved_is_read_by_another_store(tiny: Path) -> None:
    """All fields come back, and nothing but the file is left in the folder."""
    saved = Store(tiny).update("small/signs", lambda record: replace(judged(record), hints={"sign": 2}, recalled=True))
    assert Store(tiny).read() == {"small/signs": saved}
    assert saved.green == ("2026-03-01",)
    assert {path.name for path in (tiny / ".pt_kata").iterdir()} == {"progress.json", "progress.lock"}


def test_nothing_is_written_before_something_is_to_be_saved(tiny: Path) -> None:
    """Looking does not make a folder."""
    assert Store(tiny).read() == {}
    assert not (tiny / ".pt_kata").exists()


def test_an_update_leaves_the_other_katas_alone(tiny: Path) -> None:
    """Also those that this version does not know."""
    store = Store(tiny)
    store.update("future/kata", with_hint(3))
    Store(tiny).update("small/signs", with_hint(1))
    assert {name: record.hints["sign"] for name, record in store.read().items()} == {"future/kata": 3, "small/signs": 1}


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"passed": 2}, "done"),
        ({"todo": 2}, "todo"),
        ({"passed": 1, "todo": 1}, "begun"),
        ({"passed": 1, "failed": 1}, "failed"),
        ({"passed": 1, "timeout": 1}, "failed"),
        ({"failed": 1, "error": 1}, "broken"),
        ({}, "broken"),
    ],
)
def test_the_state_of_a_record(counts: dict[str, int], state: str) -> None:
    """The worst outcome decides; a run that found no tests proves nothing."""
    record = Record().judged(digest="d", total=sum(counts.values()), counts=counts, tasks={}, now=NOON)
    assert record.state == state


def test_a_kata_never_checked_has_no_state() -> None:
    """Nor has one whose tests have not all run the state done."""
    assert Record().state == ""
    assert Record().judged(digest="d", total=3, counts={"passed": 2}, tasks={}, now=NOON).state == "begun"


def test_turning_green_is_dated_once() -> None:
    """Until the kata is brought back, and then once more."""
    later = NOON + timedelta(days=1)
    green = judged(judged(judged(Record()), 1, failed=1), now=later)
    assert green.green == ("2026-03-01",)
    again = judged(judged(replace(green, recalled=True), 0, todo=2), now=later)
    assert (again.green, again.recalled) == (("2026-03-01", "2026-03-02"), False)


def test_a_clock_that_goes_backwards_loses_nothing(tiny: Path) -> None:
    """The earlier date is added after the later one."""
    store = Store(tiny)
    store.update("small/signs", judged)
    back = store.update("small/signs", lambda r: judged(replace(r, recalled=True), now=NOON - timedelta(days=900)))
    assert back.green == ("2026-03-01", "2023-09-13")
    assert Store(tiny).read()["small/signs"] == back


def forged(root: Path) -> bytes:
    """Give a file in which somebody has changed a number by hand."""
    Store(root).update("small/signs", with_hint(1))
    path = root / ".pt_kata" / "progress.json"
    content = path.read_bytes().replace(b'"total": 0', b'"total": 9')
    path.unlink()
    return content


def from_the_future(root: Path) -> bytes:
    """Give a file of a later version, whole."""
    return b'{"version": 2, "katas": {}, "sum": "not ours to check"}'


def mistyped(root: Path) -> bytes:
    """Give a file with the right checksum, but of other things."""
    katas = {"small/signs": {"digest": 3}}
    return json.dumps({"version": 1, "katas": katas, "sum": pt_kata.store._sum(katas)}).encode()


BAD = {
    "empty": lambda root: b"",
    "truncated": lambda root: b'{"version": 1, "katas": {',
    "binary": lambda root: bytes(range(256)),
    "a list": lambda root: b"[]",
    "nested": lambda root: b"[" * 100_000,
    "no sum": lambda root: b'{"version": 1, "katas": {}}',
    "huge": lambda root: b" " * (pt_kata.store.LARGEST + 1),
    "forged": forged,
    "mistyped": mistyped,
    "newer": from_the_future,
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_a_file_that_is_not_ours_is_set_aside_and_said(tiny: Path, make: Callable[[Path], bytes]) -> None:
    """It is kept as it was, the progress starts anew, and saving works again."""
    content = make(tiny)
    path = tiny / ".pt_kata" / "progress.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    store = Store(tiny)
    assert store.read() == {}
    (kept,) = set_aside(tiny)
    assert kept.read_bytes() == content
    (note,) = store.notes
    assert str(path) in note
    assert kept.name in note
    assert "because" in note
    store.update("small/signs", with_hint(1))
    assert Store(tiny).read()["small/signs"].hints == {"sign": 1}
    assert set_aside(tiny) == [kept]


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"no"), lambda path: path.unlink(), lambda path: os.truncate(path, 20)]
)
def test_a_running_process_goes_on_from_what_it_knew(tiny: Path, spoil: Callable[[Path], None]) -> None:
    """Whatever is done to the file between two updates, the earlier ones are still there afterwards."""
    store = Store(tiny)
    store.update("small/signs", with_hint(1))
    spoil(store.path)
    store.update("small/doubling", with_hint(2))
    assert set(Store(tiny).read()) == {"small/signs", "small/doubling"}
    spoil(store.path)
    assert set(store.read()) == {"small/signs", "small/doubling"}


def test_nothing_set_aside_is_overwritten(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two within one second get two names."""
    monkeypatch.setattr(pt_kata.store, "stamp", lambda: "2026-03-01T12-00-00Z")
    store = Store(tiny)
    store.folder.mkdir()
    for text in ("first", "second"):
        store.path.write_text(text)
        store.read()
    assert sorted(path.read_text() for path in set_aside(tiny)) == ["first", "second"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "endless"])
def test_what_is_no_file_is_set_aside_as_well(tiny: Path, kind: str) -> None:
    """A folder, a named pipe and a link to an endless device neither stop nor fill the process."""
    store = Store(tiny)
    store.folder.mkdir()
    {"folder": Path.mkdir, "pipe": os.mkfifo, "endless": lambda path: path.symlink_to("/dev/zero")}[kind](store.path)
    assert store.read() == {}
    assert len(store.notes) == 1
    store.update("small/signs", with_hint(1))
    assert set(Store(tiny).read()) == {"small/signs"}


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_can_not_be_saved_is_told_and_harms_nothing(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    """A full disk or a folder without permission: the path, the reason and what to do; the old file stays whole."""
    store = Store(tiny)
    store.update("small/signs", with_hint(1))

    def refuse(_: int) -> None:
        raise OSError(failure, os.strerror(failure))

    with monkeypatch.context() as patch:
        patch.setattr(pt_kata.files.os, "fsync", refuse)
        with pytest.raises(StoreError, match=rf"progress\.json.*{os.strerror(failure)}; make it writable"):
            store.update("small/signs", with_hint(2))
    assert Store(tiny).read()["small/signs"].hints == {"sign": 1}
    assert {path.name for path in store.folder.iterdir()} == {"progress.json", "progress.lock"}


def test_a_file_in_place_of_the_folder_is_told(tiny: Path) -> None:
    """It is the learner's, so it stays."""
    (tiny / ".pt_kata").write_text("mine")
    assert Store(tiny).read() == {}
    with pytest.raises(StoreError, match=r"\.pt_kata is not a folder; move it away"):
        Store(tiny).update("small/signs", with_hint(1))
    assert (tiny / ".pt_kata").read_text() == "mine"


def test_a_bad_file_that_can_not_be_moved_does_not_stop_reading(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is still shown, with a note."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    store = Store(tiny)
    store.folder.mkdir()
    store.path.write_text("no")
    monkeypatch.setattr(Path, "rename", refuse)
    assert store.read() == {}
    assert "Permission denied" in store.notes[0]
    assert store.path.read_text() == "no"


def test_two_processes_lose_nothing(tiny: Path) -> None:
    """Each updates a kata of its own and a common one, 200 times."""
    command = [sys.executable, "-c", WRITER, str(tiny)]
    writers = [subprocess.Popen([*command, name]) for name in ("small/one", "small/two")]
    assert [writer.wait() for writer in writers] == [0, 0]
    counts = {name: record.hints["f"] for name, record in Store(tiny).read().items()}
    assert counts == {"small/both": 400, "small/one": 200, "small/two": 200}


def test_a_lock_that_is_never_let_go_is_replaced(tmp_path: Path) -> None:
    """A stuck process delays the others, but does not stop them."""
    path = tmp_path / "lock"
    start = time.monotonic()
    with locked(path), locked(path, patience=0.05):
        assert time.monotonic() - start >= 0.05


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    """A second process comes after the first one."""
    path = tmp_path / "lock"
    code = f"from pathlib import Path\nfrom pt_kata.lock import locked\nwith locked(Path({str(path)!r})): print('in')"
    with locked(path):
        second = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.5)
    assert second.communicate()[0] == "in\n"


def test_the_digest_follows_the_three_files(tiny: Path) -> None:
    """The learner's file, the tests and the data; one that is missing counts as empty."""
    kata = load(tiny).katas[1]
    seen = {digest(kata)}
    for path in (kata.stub, kata.test, kata.stub.with_suffix(".toml")):
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(digest(kata))
    kata.stub.unlink()
    missing = digest(kata)
    kata.stub.write_bytes(b"")
    assert len(seen) == 4
    assert missing == digest(kata)
    assert missing not in seen


def test_saving_is_quick_to_import() -> None:
    """Neither torch nor rich nor click comes with it."""
    code = "import sys, pt_kata.store; print(sys.modules.keys() & {'torch', 'rich', 'click', 'filelock'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    """What is written anew is still the learner's file."""
    path, link = tmp_path / "file.py", tmp_path / "link.py"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, b"new")
    assert (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o640, True)
    assert unused(path).name == "file-2.py"
