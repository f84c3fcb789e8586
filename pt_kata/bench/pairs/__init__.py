"""The pairs, one module per topic; each has a tuple ``PAIRS``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from pt_kata.bench.pair import Pair

TOPICS = ("losses", "normalization", "activations", "linear", "optimizers", "embedding", "engine")


def of_topic(topic: str) -> tuple[Pair, ...]:
    """The pairs of one topic."""
    found: tuple[Pair, ...] = import_module(f"{__name__}.{topic}").PAIRS
    return found


def every() -> Iterator[Pair]:
    """All pairs."""
    for topic in TOPICS:
        yield from of_topic(topic)
