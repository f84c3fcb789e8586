"""What a run of races leaves: one record for each contender of each case, the machine, the limits; one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pt_kata.files import Trouble, write_whole

SCHEMA = 1
BANDWIDTHS = ("copy", "add", "update", "sum", "fresh")  # those of the limits
NOISY = 0.1  # the spread from which on a reader is warned
ENOUGH = 20  # samples
PASSES = {"both": "forward and backward", "step": "one step"}


@dataclass(frozen=True)
class Record:
    """One contender in one case.

    Attributes:
        op, topic: the pair. size: small, medium or large. shape: its dims, as in "512x1024".
        device, dtype: as torch names them. pass_: forward, backward, both or step.
        implementation: fused, manual, compiled, yours, or another contender of the pair by name.
        threads: of the CPU. timer: the clock. cache: where the data is when a call begins.
        number: calls in one sample. seconds: the samples, each for one call.
        latency: the same with launch and waiting, where the timer leaves them out.
        least_read, least_written: bytes that the operation must move. moved: bytes that this contender's operators
            do move; None where they can't be counted (compiled).
        gb_per_second: the least bytes over the median time, in 10**9 bytes.
        flops: floating-point operations. limit: seconds that the roofline allows. mix: the bandwidth it was taken
            from, or "flops". share: limit / median of seconds; None, with the reason in ``no_share``.
        predicted: how many times slower than fused by the bytes moved alone; None where those are not counted.
        peak, taken: bytes of memory beyond the inputs, at the worst moment and in all; None outside of torch.
        aten_calls: operators that compute; None outside of torch. launches: kernels started on a GPU; None on the CPU.
        error: the largest difference to float64, relative to the largest value; its inputs were drawn with ``seed``.
    """

    op: str
    topic: str
    size: str
    shape: str
    device: str
    dtype: str
    pass_: str
    implementation: str
    threads: int
    timer: str
    cache: str
    number: int
    seconds: list[float]
    latency: list[float]
    least_read: int
    least_written: int
    moved: int | None
    gb_per_second: float
    flops: int
    limit: float
    mix: str
    share: float | None
    no_share: str
    predicted: float | None
    peak: int | None
    taken: int | None
    aten_calls: int | None
    launches: int | None
    error: float
    seed: int

    @property
    def case(self) -> tuple[str, ...]:
        """What the contenders of one race have in common."""
        return self.op, self.size, self.shape, self.device, self.dtype, self.pass_

    @property
    def median(self) -> float:
        """Seconds of a call."""
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """The distance of the quartiles, relative to the median."""
        low, middle, high = quantiles(self.seconds, n=4, method="inclusive") if len(self.seconds) > 1 else (1, 1, 1)
        return (high - low) / middle

    @property
    def least(self) -> int:
        """Bytes that the operation must move."""
        return self.least_read + self.least_written


@dataclass(frozen=True)
class LeftOut:
    """A contender that was not raced, and why."""

    op: str
    implementation: str
    reason: str
    case: str = ""


@dataclass
class Results:
    """A run: everything that its report needs."""

    started: str
    machine: dict[str, Any]
    limits: list[dict[str, Any]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_complete: bool = False
    options: str = ""
    name: str = ""

    def save(self, path: Path) -> None:
        """Write all that is there so far, in one step."""
        data = {"schema": SCHEMA, **asdict(self)}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(data) + "\n").encode())


def pass_words(pass_: str) -> str:
    """A pass in words."""
    return PASSES.get(pass_, pass_)


def load(path: Path) -> Results:
    """Read a file that ``save`` wrote, or that pytest-benchmark wrote in ``pytest benchmarks/``.

    Raises:
        Trouble: it can't be read, or is neither.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(f"{path} can't be read: {error.strerror}. Give a file that a bench run has written.") from None
    except ValueError as error:
        raise Trouble(f"{path} is not JSON: {error}. Give a file that a bench run has written.") from None
    try:
        return _results(data, path.stem)
    except (KeyError, TypeError, AttributeError) as error:
        raise Trouble(f"{path} is not a result of pt-kata bench or pytest benchmarks/: {error!r}") from None


def _results(data: dict[str, Any], name: str) -> Results:
    if "benchmarks" in data:
        data = data["machine_info"]["pt_kata"] | {"records": [each["extra_info"] for each in data["benchmarks"]]}
    if data.get("schema") != SCHEMA:
        raise TypeError(f"schema {data.get('schema')!r}, known is {SCHEMA}")
    return Results(
        **{key: data[key] for key in ("started", "machine", "limits", "notes", "is_complete", "options")},
        records=list(_each(Record, data["records"])),
        left_out=list(_each(LeftOut, data["left_out"])),
        name=data.get("name") or name,
    )


def _each(kind: Any, found: Iterable[dict[str, Any]]) -> Iterable[Any]:
    names = [one.name for one in fields(kind)]
    return (kind(**{name: one[name] for name in names}) for one in found)
