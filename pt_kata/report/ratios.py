"""How large a ratio of two times is, and how sure one can be of it.

The samples of both sides are drawn again with replacement, each by itself, ``RESAMPLES`` times; the ratios of the
medians of these draws are sorted, and the middle 95 % of them are the interval (the percentile bootstrap: Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). The draws start from a fixed seed, so that the same
file always gives the same page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pt_kata import units

RESAMPLES = 2000
LEVEL = 0.95
SEED = 20
FEWEST = 5  # samples; the median of fewer can't be told from its neighbours, and there is no interval


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians; ``low`` and ``high`` end its 95 % interval, and are None where there are too few samples."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None

    @property
    def holds_one(self) -> bool:
        """Whether 1 lies in the interval: no difference is seen."""
        return self.low is not None and self.high is not None and self.low <= 1 <= self.high

    @property
    def ends(self) -> tuple[float, float]:
        """The interval, or the value twice where there is none."""
        return (self.value, self.value) if self.low is None or self.high is None else (self.low, self.high)

    @property
    def interval(self) -> str:
        """The interval in words, or that there is none."""
        low, high = map(units.digits, self.ends)
        return f"{low} to {high}" if self.is_known else "too few samples"


def ratio(above: Sequence[float], below: Sequence[float], divisor: float = 1.0) -> Ratio:
    """The median of ``above`` over that of ``below``, divided by ``divisor``, with its interval."""
    value = float(np.median(above) / np.median(below) / divisor)
    if min(len(above), len(below)) < FEWEST:
        return Ratio(value)
    generator = np.random.default_rng(SEED)
    found = _medians(above, generator) / _medians(below, generator) / divisor
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Ratio(value, float(low), float(high))


def _medians(samples: Sequence[float], generator: np.random.Generator) -> NDArray[np.float64]:
    drawn = generator.choice(np.asarray(samples, dtype=float), size=(RESAMPLES, len(samples)))
    found: NDArray[np.float64] = np.median(drawn, axis=1)
    return found
