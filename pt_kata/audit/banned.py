"""A call of something that a kata forbids, found by trying."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

from pt_kata.catalog import Ban


def call_of(ban: Ban) -> Callable[[], object] | None:
    """A call of the first of the banned names that takes one of a few plain arguments."""
    for function in _functions(ban):
        for arguments in _arguments():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    function(*arguments())
            except Exception:  # not the arguments it wants
                continue
            return lambda: function(*arguments())
    return None


def _functions(ban: Ban) -> Iterator[Callable[..., object]]:
    if "*" in ban.names:
        yield torch.add
    for name in sorted(ban.names):
        places = [torch.nn.functional, torch, torch.Tensor, torch.special]
        if "." in name:
            yield pkgutil.resolve_name(name)
        else:
            yield from (getattr(place, name) for place in places if hasattr(place, name))


def _arguments() -> Iterator[Callable[[], tuple[Any, ...]]]:
    yield lambda: (torch.rand(2, 2), torch.rand(2, 2))
    yield lambda: (torch.rand(2, 2), 1)
    yield lambda: (torch.rand(2, 2),)
    yield lambda: (torch.rand(2, 2), torch.tensor([0, 1]))
    yield lambda: (torch.rand(2, 2), (2, 2))
    yield lambda: (torch.rand(2, 2), 0, 1, 1)
    yield lambda: (torch.rand(2, requires_grad=True).sum(), torch.rand(2, requires_grad=True))
    yield lambda: ((2, 2), (2, 1))
    yield lambda: ([torch.rand(2, 2)],)
