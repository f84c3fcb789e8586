"""What a process is asked to run, as it is sent to it."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Seconds for one test, for importing what is tested, and for all of a kata; bytes of memory; processes."""

    test: float = 10.0
    collection: float = 30.0  # the tests import large packages, from a slow disk perhaps
    kata: float = 60.0
    memory: int = 4 * GIB
    processes: int = 64


@dataclass(frozen=True)
class Job:
    """One kata's tests: against which code, with which seed, within which limits.

    ``first`` are the tests that run before the others, ``done`` those that need not run again. ``token`` marks what the
    process reports as its own, ``divider`` where a test begins and ends in what it prints (that can be read by the code
    under test, the other can't), and ``trace`` is the file for Python's last words. ``runs`` is the module that
    takes the job; of a picture ``options`` say what is to be seen, and ``dead`` which functions ended the process.
    """

    root: Path
    kata: str
    seed: int
    solutions: bool = False
    against: str = ""
    device: str = "cpu"
    diagnosis: bool = True
    limits: Limits = Limits()
    first: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    runs: str = "pt_kata.runner.child"
    options: dict[str, str] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)
    trace: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    divider: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def mark(self) -> bytes:
        """What divides the parts of the output."""
        return f"\0{self.divider}\0".encode()

    def without(self, done: tuple[str, ...]) -> Job:
        """The same job for the tests that are left."""
        return replace(self, done=done, token=secrets.token_hex(16), divider=secrets.token_hex(16))

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "root": str(self.root)})

    @classmethod
    def from_json(cls, text: str) -> Job:
        data = json.loads(text)
        data["root"], data["limits"] = Path(data["root"]), Limits(**data["limits"])
        data["first"], data["done"] = tuple(data["first"]), tuple(data["done"])
        return cls(**data)


def memory_for_one(total: int) -> int:
    """How much memory, in bytes, a kata may take on a machine that has ``total``: 4 GiB, but no more than half."""
    return min(4 * GIB, total // 2)
