from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pt_kata.catalog import load
from pt_kata.stubs import blank, is_blank, stub
from tests.conftest import REPOSITORY

REFERENCE = '''"""A reference."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from itertools import chain as joined

import torch
from torch import Tensor

from . import beside

SIZE = 3
UNUSED = math.pi
T = Callable[[int], int]


# What the others share.
def _helper(x):
    return math.sqrt(x)


@json.dumps
def first(x: Sequence[Tensor], size: int = SIZE) -> T:
    """Return the first.

    With a line more.
    """

    def inner():
        return 1

    return inner


async def second(x):
    return list(joined(x, [UNUSED]))


class Thing:
    """A thing."""

    limit = 3

    def __init__(self) -> None:
        """Start: größer."""
        self.x = _helper(3)

    @property
    def _secret(self):
        return 1

    def public(self):
        """Return one."""
        return 1


def _last():
    return 3
'''

STUB = '''"""A reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from . import beside

SIZE = 3
T = Callable[[int], int]


@json.dumps
def first(x: Sequence[Tensor], size: int = SIZE) -> T:
    """Return the first.

    With a line more.
    """
    raise NotImplementedError


async def second(x):
    raise NotImplementedError


class Thing:
    """A thing."""

    limit = 3

    def __init__(self) -> None:
        """Start: größer."""
        raise NotImplementedError

    def public(self):
        """Return one."""
        raise NotImplementedError
'''


def test_a_stub_keeps_the_faces_and_nothing_else() -> None:
    """Bodies, private helpers, and the constants and standard imports that only these used, are gone."""
    assert stub(REFERENCE) == STUB


def test_the_stub_of_a_stub_is_itself() -> None:
    """There is nothing left to take out."""
    assert stub(STUB) == STUB


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def one(): return 1\n", "def one(): raise NotImplementedError\n"),
        ('def one():\n    """One."""', 'def one():\n    """One."""\n    raise NotImplementedError\n'),
        ("import os, torch\n", "import torch\n"),
        ("from os import (\n    path,\n)\n\nimport torch\n", "import torch\n"),
        ('def f():\n    """A\x0cb."""\n    return 1\n', 'def f():\n    """A\x0cb."""\n    raise NotImplementedError\n'),
    ],
)
def test_a_stub_of_unusual_text(source: str, wanted: str) -> None:
    """Functions on one line, without an end of line, without a docstring; imports of several; a form feed."""
    assert stub(source) == wanted


@pytest.mark.parametrize("change", [lambda b: b, lambda b: b.replace(b"\n", b"\r\n"), lambda b: b"\xef\xbb\xbf" + b])
def test_a_blank_file_is_blank_on_every_system(tiny: Path, change: object) -> None:
    """Line ends and a byte order mark are an editor's business."""
    kata = load(tiny).katas[0]
    kata.stub.write_bytes(change(kata.stub.read_bytes()))  # type: ignore[operator]
    assert is_blank(kata)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"raise NotImplementedError\n", None])
def test_anything_else_is_not_blank(tiny: Path, content: bytes | None) -> None:
    """Nor is a file that is missing or can't be read as text."""
    kata = load(tiny).katas[0]
    kata.stub.write_bytes(content) if content is not None else kata.stub.unlink()
    assert not is_blank(kata)


@pytest.mark.parametrize("content", [b"def f(:", b"\xff", None])
def test_a_broken_reference_is_named(tiny: Path, content: bytes | None) -> None:
    """Without it there is no blank stub to be had, and nothing counts as blank."""
    kata = load(tiny).katas[0]
    kata.reference.write_bytes(content) if content is not None else kata.reference.unlink()
    with pytest.raises(ValueError, match=r"solutions/small/doubling\.py, from which the blank stub is made"):
        blank(kata)
    assert not is_blank(kata)


def test_the_script_writes_a_stub_but_never_over_a_file(tmp_path: Path) -> None:
    """What a learner may have written stays."""
    reference, target = tmp_path / "reference.py", tmp_path / "stub.py"
    reference.write_text(REFERENCE, encoding="utf-8")
    command = [sys.executable, "-m", "scripts.make_stub", str(reference), str(target)]
    assert subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0
    assert target.read_text(encoding="utf-8") == STUB
    again = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "a stub is never overwritten" in again.stderr
