"""Text that any document can hold: without control characters, without the paths of this machine, and not too long."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# What moves a cursor, colours a line or names a window.
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
# What XML 1.0 forbids, other controls, and what turns the direction of writing, so that a text reads as another one.
UNFIT = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """``text`` without terminal escapes; other characters that are not for reading become escapes of Python."""
    lines = ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return UNFIT.sub(lambda found: ascii(found[0])[1:-1], lines)


def cut(text: str, most: int, notice: str) -> str:
    """``text``, or as much of its beginning as is no longer than ``most`` characters together with ``notice``."""
    return text if len(text) <= most else text[: most - len(notice)] + notice


def cut_bytes(text: str, most: int, notice: str) -> str:
    """The same where ``most`` are bytes of UTF-8."""
    data = text.encode()
    return text if len(data) <= most else data[: most - len(notice.encode())].decode(errors="ignore") + notice


@dataclass(frozen=True)
class Places:
    """Folders of this machine, and what stands for them in a document."""

    folders: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, root: Path, against: Path | None = None) -> Places:
        """The workspace ``root``, the folder with the answers ``against``, this Python, and the home folder."""
        python = {Path(sys.prefix): "<python>", Path(sys.base_prefix): "<python>"}
        known = {Path.home(): "~", **python, root: "."} | ({against.absolute(): "<solution-dir>"} if against else {})
        pairs = {str(form): name for path, name in known.items() for form in _forms(path)}
        return cls(tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0]))))

    def shorten(self, text: str) -> str:
        """``text`` with short paths; those in the workspace begin at its root."""
        for folder, name in self.folders:
            inside = "" if name == "." else f"{name}/"
            text = re.sub(rf"(?<![\w./~-]){re.escape(folder)}/", inside, text)
            text = re.sub(rf"(?<![\w./~-]){re.escape(folder)}(?![\w.-])", name, text)
        return text

    def clean(self, text: str) -> str:
        """Plain text with short paths."""
        return self.shorten(plain(text))


def _forms(path: Path) -> Iterable[Path]:
    """The path as it is written and as it is found; not the root of all."""
    return [form for form in (path, path.resolve()) if form != Path(form.anchor)]
