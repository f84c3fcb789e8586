"""Pictures in the terminal: kitty, iTerm, sixel, and none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from PIL import Image

SIXEL, KITTY, ITERM = b"\x1bP", b"\x1b_G", b"\x1b]1337;File=inline=1"
CODE = "import sys; from pathlib import Path; from pt_kata.plots import inline; inline.show(Path(sys.argv[1]))"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Give a small PNG."""
    path = tmp_path / "picture.png"
    Image.new("RGB", (60, 30), "#d55e00").save(path)
    return path


def shown(picture: Path, answers: dict[bytes, bytes], **environment: str) -> bytes:
    """What is written to a terminal that answers to the questions ``answers`` begin with."""
    plain = {name: value for name, value in os.environ.items() if name not in ("TERM_PROGRAM", "COLORFGBG")}
    command = [sys.executable, "-c", CODE, str(picture)]
    child = pexpect.spawn(command[0], command[1:], env={**plain, "TERM": "xterm", **environment}, timeout=30)
    written, end = b"", time.monotonic() + 30
    while time.monotonic() < end:
        try:
            written += child.read_nonblocking(1 << 16, 5)
        except pexpect.EOF:
            break
        for question in list(answers):
            if question in written:
                child.send(answers.pop(question))
    child.close()
    assert child.exitstatus == 0, written
    return written


def test_a_terminal_with_sixels_gets_sixels(picture: Path) -> None:
    """It says so when it is asked what it can do."""
    assert SIXEL in shown(picture, {b"\x1b[c": b"\x1b[?62;4c"})


def test_iterm_gets_the_file(picture: Path) -> None:
    """It is known by its name."""
    assert ITERM in shown(picture, {}, TERM_PROGRAM="iTerm.app")


def test_kitty_gets_its_own_protocol(picture: Path) -> None:
    """It has no sixels, and says yes to a first small picture."""
    written = shown(picture, {b"\x1b[c": b"\x1b[?62;22c", b"a=q": b"\x1b_Gi=1;OK\x1b\\"})
    assert written.count(KITTY) > 1
    assert SIXEL not in written


def test_a_terminal_without_pictures_gets_none(picture: Path) -> None:
    """No picture is written, and no half blocks either."""
    written = shown(picture, {b"\x1b[c": b"\x1b[?62;22c"})
    assert SIXEL not in written
    assert "▀".encode() not in written


def test_a_dumb_terminal_is_not_even_asked(picture: Path) -> None:
    """Nothing is written at all."""
    assert shown(picture, {}, TERM="dumb") == b""


def test_nothing_is_written_to_a_pipe(picture: Path) -> None:
    """A pipe shows no pictures."""
    done = subprocess.run([sys.executable, "-c", CODE, picture], capture_output=True, check=True, timeout=60)
    assert done.stdout == b""
