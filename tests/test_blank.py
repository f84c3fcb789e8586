from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pt_kata.backups
import pt_kata.blank
from pt_kata.again import Turn, set_right, turns
from pt_kata.catalog import Kata, load
from pt_kata.cli import main
from pt_kata.store import Record, Store, digest

TODAY = date(2026, 3, 10)
MINE = b"\xef\xbb\xbf# mine \xff\r\ndef sign(number):\r\n    return 1"


@pytest.fixture
def signs(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Kata:
    """Go into the tiny workspace and give a kata in which something was written."""
    monkeypatch.chdir(tiny)
    kata = load(tiny).katas[1]
    kata.stub.write_bytes(MINE)
    return kata


def invoke(*args: str, answer: str = "") -> Result:
    """Run pt-kata in this process."""
    return CliRunner().invoke(main, args, input=answer)


def backups(root: Path) -> list[Path]:
    """Give all backups, in the order of their names."""
    return sorted((root / ".pt_kata" / "backups").rglob("*.py"))


def turned_green(kata: Kata, *dates: date) -> Record:
    """Save that a kata is green as it is now, since these dates."""

    def change(record: Record) -> Record:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        green = record.judged(digest=digest(kata), total=2, counts={"passed": 2}, tasks={"sign": "passed"}, now=now)
        return Record(**{**vars(green), "green": tuple(map(str, dates)), "hints": {"sign": 2}})

    return Store(kata.root).update(kata.id, change)


def blank_text(kata: Kata) -> bytes:
    """Give the blank stub of the tiny workspace."""
    return (Path(__file__).parent / "workspace" / "katas" / f"{kata.id}.py").read_bytes()


def test_reset_keeps_what_was_written_and_says_where(signs: Kata) -> None:
    """The backup equals the file to the byte; the file is the blank stub."""
    done = invoke("reset", "signs")
    assert done.exit_code == 0
    (kept,) = backups(signs.root)
    assert kept.read_bytes() == MINE
    assert f"kept in {kept.relative_to(signs.root)}" in done.output
    assert signs.stub.read_bytes() == blank_text(signs)


def test_a_blank_file_is_left_alone(signs: Kata) -> None:
    """There is nothing to keep."""
    invoke("reset", "signs")
    done = invoke("reset", "signs")
    assert "small/signs is blank already" in done.output
    assert len(backups(signs.root)) == 1


def test_undo_brings_back_and_can_be_undone(signs: Kata) -> None:
    """Every undo keeps what it replaces, so that two of them change nothing."""
    invoke("reset", "signs")
    for content in (MINE, blank_text(signs), MINE):
        done = invoke("undo", "signs")
        assert done.exit_code == 0
        assert "small/signs is back; what was there is kept in" in done.output
        assert signs.stub.read_bytes() == content
    assert len(backups(signs.root)) == 4


def test_undo_after_the_same_was_written_again_changes_nothing(signs: Kata) -> None:
    """The newest backup is there already."""
    invoke("reset", "signs")
    signs.stub.write_bytes(MINE)
    assert "small/signs is back already" in invoke("undo").output
    assert len(backups(signs.root)) == 1


def test_reset_all_is_undone_as_a_whole(signs: Kata) -> None:
    """All files of one command are in one folder, and undo without a name takes the newest folder."""
    double = load(signs.root).katas[0]
    double.stub.write_text("# mine too")
    assert invoke("reset", "--all").exit_code == 0
    assert len({path.parents[1] for path in backups(signs.root)}) == 1
    done = invoke("undo")
    assert done.output.count("is back") == 2
    assert (double.stub.read_text(), signs.stub.read_bytes()) == ("# mine too", MINE)


def test_no_backup_is_ever_overwritten(signs: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not within one second, and not when the clock is set back; undo still finds the last one."""
    stamps = iter(["2026-03-01T12-00-00Z"] * 12 + ["2025-01-01T00-00-00Z"] * 2)
    monkeypatch.setattr(pt_kata.backups, "stamp", lambda: next(stamps))
    for number in range(13):
        signs.stub.write_text(f"# {number}")
        assert invoke("reset", "signs").exit_code == 0
    assert sorted(path.read_text() for path in backups(signs.root)) == sorted(f"# {number}" for number in range(13))
    invoke("undo", "signs")
    assert signs.stub.read_text() == "# 12"


def test_a_missing_file_is_made_anew(signs: Kata) -> None:
    """There is nothing to keep, which is no error."""
    signs.stub.unlink()
    done = invoke("reset", "signs")
    assert done.exit_code == 0
    assert "its file was missing" in done.output
    assert signs.stub.read_bytes() == blank_text(signs)
    assert backups(signs.root) == []


def test_one_broken_reference_does_not_stop_the_others(signs: Kata) -> None:
    """It is named, its kata stays as it is, and the exit code is 1."""
    double = load(signs.root).katas[0]
    double.stub.write_text("# mine too")
    double.reference.write_text("def (")
    done = invoke("reset", "--all")
    assert done.exit_code == 1
    assert "solutions/small/doubling.py, from which the blank stub is made, can't be read" in done.output
    assert double.stub.read_text() == "# mine too"
    assert signs.stub.read_bytes() == blank_text(signs)


@pytest.mark.parametrize("spoil", [lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_replaced(signs: Kata, spoil: Callable[[Path], None]) -> None:
    """Nobody can keep a copy of it."""
    signs.stub.unlink()
    spoil(signs.stub)
    done = invoke("reset", "signs")
    assert done.exit_code == 1
    assert "signs.py is not a file; move it away first" in done.output


def test_without_a_backup_nothing_is_replaced(signs: Kata) -> None:
    """Where the copy can't be written, the learner's file stays."""
    (signs.root / ".pt_kata").write_text("in the way")
    done = invoke("reset", "signs")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "small/signs was left as it is" in done.output
    assert signs.stub.read_bytes() == MINE


@pytest.mark.parametrize("args", [(), ("signs", "--all")])
def test_reset_wants_one_kata_or_all(signs: Kata, args: tuple[str, ...]) -> None:
    """Neither and both are usage errors."""
    done = invoke("reset", *args)
    assert done.exit_code == 2
    assert "name one KATA, or use --all" in done.output
    assert signs.stub.read_bytes() == MINE


def test_undo_without_a_backup_says_so(signs: Kata) -> None:
    """With and without a name."""
    assert "there is nothing to undo" in invoke("undo").output
    done = invoke("undo", "signs")
    assert done.exit_code == 1
    assert "there is no backup of small/signs" in done.output


def test_reset_starts_the_hints_anew_and_keeps_the_dates(signs: Kata) -> None:
    """The kata was solved once; that stays."""
    turned_green(signs, TODAY)
    invoke("reset", "signs")
    record = Store(signs.root).read()["small/signs"]
    assert (record.hints, record.green) == ({}, ("2026-03-10",))


@pytest.mark.parametrize(("times", "days"), [(1, 1), (2, 4), (3, 16)])
def test_a_green_kata_comes_back_later_each_time(signs: Kata, times: int, days: int) -> None:
    """1, 4 and 16 days after the last date on which it turned green."""
    record = turned_green(signs, *[TODAY] * times)
    (turn,) = turns([signs], {signs.id: record}, TODAY)
    assert turn.on == TODAY + timedelta(days)
    assert turn.is_due(TODAY + timedelta(days))
    assert not turn.is_due(TODAY + timedelta(days - 1))


def test_after_the_fourth_time_it_stays(signs: Kata) -> None:
    """It is known by then."""
    record = turned_green(signs, *[TODAY] * 4)
    assert turns([signs], {signs.id: record}, TODAY) == [Turn(signs, 4)]


def test_what_is_not_green_does_not_come_back(signs: Kata) -> None:
    """It waits to be solved."""
    record = turned_green(signs, TODAY)
    waiting = Record(**{**vars(record), "recalled": True})
    assert turns([signs], {signs.id: waiting}, TODAY + timedelta(99))[0].waiting
    assert turns([signs], {}, TODAY) == []


def test_a_date_in_the_future_counts_from_today(signs: Kata) -> None:
    """The clock was wrong then or is wrong now; the kata comes back all the same."""
    record = turned_green(signs, TODAY + timedelta(9000))
    assert turns([signs], {signs.id: record}, TODAY)[0].on == TODAY + timedelta(1)
    set_right(Store(signs.root), TODAY)
    record = Store(signs.root).read()[signs.id]
    assert record.green == (str(TODAY),)
    assert turns([signs], {signs.id: record}, TODAY + timedelta(1))[0].is_due(TODAY + timedelta(1))


def test_again_lists_and_asks_nothing_without_a_terminal(signs: Kata) -> None:
    """Nothing is reset unasked; the way to do it is named."""
    turned_green(signs, date(2026, 1, 1))
    done = invoke("again")
    assert done.exit_code == 0
    assert "small/signs  due" in done.output
    assert "pt-kata again --yes" in done.output
    assert signs.stub.read_bytes() == MINE


@pytest.mark.parametrize(("answer", "comes_back"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_again_asks_before_it_resets(
    signs: Kata, monkeypatch: pytest.MonkeyPatch, answer: str, comes_back: bool
) -> None:
    """Only a yes brings the kata back."""
    turned_green(signs, date(2026, 1, 1))
    monkeypatch.setattr(pt_kata.blank, "_can_ask", lambda: True)
    done = invoke("again", answer=answer)
    assert "Bring back the kata now?" in done.output
    assert (signs.stub.read_bytes() == blank_text(signs)) == comes_back
    assert Store(signs.root).read()[signs.id].recalled == comes_back


def test_again_with_yes_brings_back_only_what_is_due(signs: Kata) -> None:
    """The others keep their day; what was written is kept, the hints start anew."""
    double = load(signs.root).katas[0]
    double.stub.write_text("# mine too")
    turned_green(double, datetime.now(UTC).date())
    turned_green(signs, date(2026, 1, 1))
    done = invoke("again", "--yes")
    assert "in 1 day\n" in done.output
    assert double.stub.read_text() == "# mine too"
    assert [path.read_bytes() for path in backups(signs.root)] == [MINE]
    record = Store(signs.root).read()[signs.id]
    assert (record.recalled, record.hints) == (True, {})
    assert "waits to be green again" in invoke("again").output


def test_undoing_again_does_not_count_as_solving(signs: Kata) -> None:
    """The solution of the last time brings no new date."""
    turned_green(signs, date(2026, 1, 1))
    invoke("again", "--yes")
    invoke("undo", "signs")
    assert signs.stub.read_bytes() == MINE
    assert not Store(signs.root).read()[signs.id].recalled


def test_again_explains_itself_at_first(signs: Kata) -> None:
    """Nobody has turned anything green yet."""
    output = invoke("again").output
    assert "1, 4 and 16 days" in output
    assert "None has turned green yet." in output
