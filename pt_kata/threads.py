"""Following the threads that code under test starts: they inherit neither torch's modes nor a profile function."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

Profile = Callable[[FrameType, str, Any], None]


@contextmanager
def each_new_thread(inside: Callable[[], AbstractContextManager[None]], profile: Profile) -> Iterator[None]:
    """Run every thread that ``threading`` starts meanwhile inside ``inside()``, under the profile function."""
    before = threading.getprofile()

    def begin(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":  # the first one in a thread is that of Thread.run
            follower = _Follower(frame, inside(), profile)
            sys.setprofile(follower)
            follower(frame, event, arg)

    threading.setprofile(begin)
    try:
        yield
    finally:
        threading.setprofile(before)


class _Follower:
    """The profile function of one thread: leaves ``context`` when the thread's first frame returns."""

    def __init__(self, first: FrameType, context: AbstractContextManager[None], profile: Profile) -> None:
        self._first = first
        self._context = context
        self._profile = profile
        context.__enter__()

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if frame is self._first and event == "return":
            sys.setprofile(None)
            self._context.__exit__(None, None, None)
            return
        try:
            self._profile(frame, event, arg)
        except BaseException:  # Python takes a profile function away that raises
            self._context.__exit__(None, None, None)
            raise
