from __future__ import annotations

import sys

import pytest
import torch

from pt_kata import calls
from pt_kata.calls import Recorder

HERE = {__file__}


def inner(x: torch.Tensor) -> torch.Tensor:
    """Return 2x; called by outer."""
    return x * 2


def outer(x: torch.Tensor, times: int = 1) -> torch.Tensor:
    """Return 2x through inner."""
    return inner(x)


def fill(x: torch.Tensor) -> None:
    """Write 7 into x."""
    x.fill_(7)


def test_only_the_outermost_call_is_recorded() -> None:
    """Helpers are part of the call that reached them."""
    with Recorder(HERE) as recorder:
        outer(torch.ones(2))
    assert [call.name for call in recorder.calls] == ["outer"]


def test_a_call_knows_arguments_result_and_line() -> None:
    """The text shows each argument; the line is that of the return."""
    with Recorder(HERE):
        result = outer(torch.ones(2), times=3)
        call = calls.find(result)
    assert call is not None
    assert call.text == "outer(x=float32 (2,) on cpu [1, 1], times=3)"
    assert call.line == outer.__code__.co_firstlineno + 2


def test_arguments_are_described_as_they_came_in() -> None:
    """A function that writes to its input does not change its own record."""
    with Recorder(HERE) as recorder:
        fill(torch.ones(2))
    assert "[1, 1]" in recorder.calls[0].text


def test_every_kind_of_argument_is_shown() -> None:
    """Named, collected and further named arguments all stand in the text."""

    def mixed(first: int, *rest: int, flag: bool = False, **more: int) -> int:
        return first

    with Recorder(HERE) as recorder:
        mixed(1, 2, 3, flag=True, size=4)
    assert recorder.calls[0].text.endswith("mixed(first=1, flag=True, 2, 3, size=4)")


def test_a_result_is_found_inside_a_container() -> None:
    """A member of a returned tuple or dict leads to its call."""

    def several() -> dict[str, torch.Tensor]:
        return {"a": torch.ones(1)}

    with Recorder(HERE):
        result = several()
        call = calls.find(result["a"])
    assert call is not None
    assert call.name.endswith("several")


def test_code_elsewhere_is_not_recorded() -> None:
    """Only the given files count."""
    with Recorder({"elsewhere.py"}) as recorder:
        outer(torch.ones(2))
    assert not recorder.calls


def test_an_exception_keeps_the_depth_right() -> None:
    """After a call that raised, the next one is recorded as outermost again."""

    def failing() -> None:
        raise KeyError

    with Recorder(HERE) as recorder:
        with pytest.raises(KeyError):
            failing()
        outer(torch.ones(1))
    assert [call.name.split(".")[-1] for call in recorder.calls] == ["failing", "outer"]


def test_the_profile_function_of_before_is_put_back() -> None:
    """A profiler that was running goes on."""
    seen = []
    before = sys.getprofile()
    sys.setprofile(lambda *event: seen.append(event))
    profiler = sys.getprofile()
    try:
        with Recorder(HERE):
            pass
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_recorders_nest() -> None:
    """Leaving an inner recorder makes the outer one active again."""
    with Recorder(HERE):
        with Recorder(HERE):
            inner(torch.ones(1))
        result = outer(torch.ones(1))
        call = calls.find(result)
    assert call is not None
    assert call.name == "outer"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.ones(2), "float32 (2,) on cpu [1, 1]"),
        (torch.ones(20), "float32 (20,) on cpu"),
        (torch.tensor(3), "int64 () on cpu 3"),
        (torch.zeros(2, device="meta"), "float32 (2,) on meta"),
        ([torch.tensor(1.5)], "[float32 () on cpu 1.5]"),
        (len, "len"),
        ("word", "'word'"),
        ("x" * 100, "'" + "x" * 76 + "..."),
    ],
)
def test_values_are_described_on_one_line(value: object, text: str) -> None:
    """Small tensors show their numbers, large ones their shape."""
    assert calls.describe(value) == text


def test_a_broken_repr_does_not_break_the_message() -> None:
    """A learner's half-written __repr__ is passed over."""

    class Half:
        def __repr__(self) -> str:
            raise NotImplementedError

    assert calls.describe(Half()).startswith("<")
