"""Which frames of a traceback a learner is shown: the test's, and their own."""

from __future__ import annotations

import dis
from collections.abc import Collection, Iterator
from types import TracebackType

from pt_kata.calls import Call

RAISE = dis.opmap["RAISE_VARARGS"]
FIRST, LAST = 5, 3  # lines of a traceback that are shown where it is much longer


def is_stub(error: BaseException, files: Collection[str]) -> str:
    """The qualified name of the function in ``files`` whose own ``raise`` made ``error``, or nothing.

    A NotImplementedError that torch raises for a missing kernel does not count: it has no Python frame of its
    own, so its last frame is the learner's, but that frame is not executing a ``raise``.
    """
    return raised_by(error, files) if isinstance(error, NotImplementedError) else ""


def raised_by(error: BaseException, files: Collection[str]) -> str:
    """The qualified name of the function in ``files`` whose own ``raise`` statement made ``error``, or nothing."""
    found = list(entries(error.__traceback__))
    if not found:
        return ""
    code = found[-1].tb_frame.f_code
    raising = code.co_code[found[-1].tb_lasti] == RAISE
    return code.co_qualname if raising and code.co_filename in files else ""


def entered(error: BaseException, files: Collection[str]) -> str:
    """The qualified name of the first function in ``files`` on the way to ``error``, or nothing."""
    names = (entry.tb_frame.f_code for entry in entries(error.__traceback__))
    return next((code.co_qualname for code in names if code.co_filename in files), "")


def trim(error: BaseException, test_file: str, files: Collection[str], call: Call | None) -> None:
    """Keep only frames of the test and of ``files``, and end on ``call`` where none of ``files`` is left.

    The exceptions that ``error`` was raised from are trimmed as well.
    """
    seen: set[int] = set()
    chained: BaseException | None = error
    while chained and id(chained) not in seen:
        seen.add(id(chained))
        _trim_one(chained, test_file, files, call if chained is error else None)
        chained = chained.__cause__ or chained.__context__


def _trim_one(error: BaseException, test_file: str, files: Collection[str], call: Call | None) -> None:
    found = list(entries(error.__traceback__))
    kept = [entry for entry in found if entry.tb_frame.f_code.co_filename in files]
    tail = call.traceback() if call and not kept else None
    shown = {test_file, *files}
    for entry in reversed(_shortened(error, [one for one in found if one.tb_frame.f_code.co_filename in shown])):
        tail = TracebackType(tail, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    if tail:
        error.__traceback__ = tail


def _shortened(error: BaseException, found: list[TracebackType]) -> list[TracebackType]:
    """Of an endless recursion, its beginning and its end; a note says how much is between them."""
    left_out = len(found) - FIRST - LAST
    if left_out < FIRST:
        return found
    error.add_note(f"  left out  ... {left_out:,} more calls, between the first {FIRST} and the last {LAST}")
    return found[:FIRST] + found[-LAST:]


def entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """The entries of a traceback, the outermost first."""
    while traceback:
        yield traceback
        traceback = traceback.tb_next
