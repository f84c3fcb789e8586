"""How a test of a kata ends that the code under test did not let end by itself: as a failure that says why."""

from __future__ import annotations

import signal
import threading
import traceback
import unittest
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from pt_kata import frames

RETURN = "A function under test has to return: leave it out."
ONLY_TESTS = "What is run and what is left out is the tests' affair: leave it out."
KEYBOARD = "tests have no keyboard: leave input() out, and use the arguments"
SENDERS = {"interrupt_main", "kill", "killpg", "pthread_kill", "raise_signal"}


def failure(error: BaseException, files: Collection[str], is_learners: Callable[[type], bool]) -> BaseException | None:
    """The failure to be raised in the place of ``error``; None where pytest itself will take it for one."""
    kind = type(error)
    if issubclass(kind, KeyboardInterrupt) and is_from_keyboard(error, files):
        return None
    told = _told(kind)
    if not told and not is_learners(kind):
        return None
    function = frames.entered(error, files) or "The code under test"
    text = text_of(error)
    message = f"{function} raised {kind.__name__}{text and f': {text}'}.{told and f' {told}'}"
    return pytest.fail.Exception(message).with_traceback(error.__traceback__)


def _told(kind: type[BaseException]) -> str:
    if issubclass(kind, pytest.fail.Exception):
        return ""
    if issubclass(kind, (pytest.skip.Exception, pytest.exit.Exception, pytest.xfail.Exception, unittest.SkipTest)):
        return ONLY_TESTS
    return "" if issubclass(kind, Exception) else RETURN


def text_of(error: BaseException) -> str:
    """What an exception says, on one line, whatever it does when asked."""
    try:
        return " ".join(str(str(error)).split())[:200]
    except BaseException as inner:
        if is_from_keyboard(inner, ()):
            raise
        return ""


@contextmanager
def keyboard() -> Iterator[None]:
    """Mark the KeyboardInterrupt of a real Ctrl-C, so that one that code raises by itself is told from it."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _on_interrupt)
    try:
        yield
    except KeyboardInterrupt as error:
        error.__dict__["marked"] = True
        raise
    finally:
        signal.signal(signal.SIGINT, handler)


def _on_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def is_from_keyboard(error: BaseException, files: Collection[str]) -> bool:
    """Whether ``error`` is a real Ctrl-C: code in ``files`` neither raised it nor sent the signal."""
    if not isinstance(error, KeyboardInterrupt):
        return False
    codes = [entry.tb_frame.f_code for entry in frames.entries(error.__traceback__)]
    if codes and codes[-1] is _on_interrupt.__code__:
        sender = codes[-2] if len(codes) > 1 else codes[-1]
        return not (sender.co_filename in files and SENDERS & set(sender.co_names))
    return "marked" not in vars(error) and not frames.raised_by(error, files)


def explain(error: BaseException, files: Collection[str]) -> None:
    """Add to an error what a learner may not know: no memory, no keyboard."""
    if isinstance(error, MemoryError):
        traceback.clear_frames(error.__traceback__)
        error.add_note(f"  memory    ran out of memory{_at(error, files)}: how large is what this line makes?")
    if isinstance(error, EOFError) or (isinstance(error, OSError) and "stdin" in text_of(error)):
        error.add_note(f"  input     {KEYBOARD}")


def _at(error: BaseException, files: Collection[str]) -> str:
    lines = [entry for entry in frames.entries(error.__traceback__) if entry.tb_frame.f_code.co_filename in files]
    return f" in line {lines[-1].tb_lineno} of {lines[-1].tb_frame.f_code.co_name}" if lines else ""
