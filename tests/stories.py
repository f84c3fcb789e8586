"""A page of Markdown as a story: its code blocks are run from top to bottom. docs/author.md has the conventions."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pexpect
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted(
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "katas/*/README.md")
    for path in REPOSITORY.glob(pattern)
)
NOTE = re.compile(r"<!-- (in|run|keys|exit|file|append|output)(?:: (.+?))? -->")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
PATIENCE = 300  # seconds for one block
GLANCE = 3  # seconds between two strokes of a key


class Untold(Exception):
    """A block that is wrong, or did not do what its page says; the message begins with page and line."""


@dataclass(frozen=True)
class Block:
    """A code block: where it stands, what it holds, and the notes above it."""

    page: Path
    line: int
    language: str
    text: str
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"

    def wrong(self, what: str) -> Untold:
        return Untold(f"{self.place}: {what}")


def blocks(page: Path, text: str = "") -> list[Block]:
    """The code blocks of a page, in their order."""
    found, notes = [], {}
    for token in MarkdownIt().parse(text or page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            notes |= _notes(token)
            continue
        if token.type in ("fence", "code_block"):
            line = token.map[0] + 1 if token.map else 0
            language = token.info.strip() if token.type == "fence" else "indentation"
            found.append(Block(page, line, language, token.content, notes))
        notes = {}
    return found


def _notes(token: Token) -> dict[str, str]:
    notes = {}
    for comment in COMMENT.findall(token.content):
        known = NOTE.fullmatch(comment)
        notes |= {known[1]: known[2] or ""} if known else {"unknown": comment}
    return notes


class Story:
    """Runs the blocks of a page, one after the other, each in the folder that the one before it ended in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here = self._new("empty")
        self.printed = ""

    def tell(self, block: Block) -> None:
        """Run, parse or compare one block.

        Raises:
            Untold: it failed, or nothing can be done with it.
        """
        if "unknown" in block.notes:
            raise block.wrong(f"{block.notes['unknown']} is no note that is known")
        if "in" in block.notes:
            self.here = self._enter(block)
        if "output" in block.notes:
            self._compare(block, self.printed, block.text)
        if path := block.notes.get("file") or block.notes.get("append"):
            self._write(block, self.here / path)
        teller = TELLERS.get(block.language, _leave if path else None)
        if not teller:
            raise block.wrong(f"nothing runs a block of {block.language!r}; text needs no language")
        teller(self, block)

    def _new(self, name: str) -> Path:
        number = len(list(self.folder.glob(f"{name}*")))
        path = self.folder / f"{name}{number or ''}"
        path.mkdir(parents=True)
        return path

    def _enter(self, block: Block) -> Path:
        place = self._new(block.notes["in"])
        if block.notes["in"] == "workspace":
            self._run(block, ["pt-kata", "init", "."], place)
        elif block.notes["in"] == "repository":
            shutil.copytree(REPOSITORY, place, ignore=LEFT_OUT, dirs_exist_ok=True)
        else:
            raise block.wrong(f"there is no place {block.notes['in']!r}: workspace or repository")
        return place

    def _write(self, block: Block, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if "append" in block.notes else "w", encoding="utf-8") as file:
            file.write(block.text)

    def shell(self, block: Block) -> None:
        script, end = self.folder / "block.sh", self.folder / "ended.in"
        script.write_text(f"trap 'pwd > {shlex.quote(str(end))}' EXIT\n{block.text}", encoding="utf-8")
        if "keys" in block.notes:
            self._type(block, script)
        else:
            self._run(block, ["bash", "-e", str(script)])
        self.here = Path(end.read_text(encoding="utf-8").strip())

    def console(self, block: Block) -> None:
        for command, output in re.findall(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            self.shell(Block(block.page, block.line, "sh", command, block.notes))
            self._compare(block, self.printed, output or "...")

    def python(self, block: Block) -> None:
        if "file" in block.notes or "append" in block.notes:
            compile(block.text, block.place, "exec")
            return
        page = self.folder / "block.txt"
        page.write_text(block.text, encoding="utf-8")
        how = ["-m", "doctest", "-o", "ELLIPSIS", str(page)] if ">>> " in block.text else ["-c", block.text]
        self._run(block, [sys.executable, "-W", "error", *how])

    def _run(self, block: Block, command: list[str], here: Path | None = None) -> None:
        done = subprocess.run(
            command,
            cwd=here or self.here,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        self._ended(block, done.returncode, done.stdout)

    def _type(self, block: Block, script: Path) -> None:
        """Run it on a terminal, and type its keys until it ends."""
        child = pexpect.spawn(
            "bash", ["-e", str(script)], cwd=self.here, env=self._environment(), dimensions=(40, 100), encoding="utf-8"
        )
        printed = ""
        for _ in range(PATIENCE // GLANCE):
            if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=GLANCE) == 0:
                break
            printed = child.before
            if printed.strip():
                child.send(block.notes["keys"])
        child.close(force=True)
        self._ended(block, child.exitstatus, printed)

    def _ended(self, block: Block, status: int | None, printed: str) -> None:
        self.printed = printed
        wanted = int(block.notes.get("exit", 0))
        if status != wanted:
            raise block.wrong(f"ended with {status}, not with {wanted}:\n{block.text}\n{printed[-3000:]}")

    def _compare(self, block: Block, found: str, wanted: str) -> None:
        found = "".join(f"{line.rstrip()}\n" for line in found.splitlines())
        if not doctest.OutputChecker().check_output(wanted, found, doctest.ELLIPSIS):
            raise block.wrong(f"printed is\n{found}\nnot\n{wanted}")

    def _environment(self) -> dict[str, str]:
        """As in a new terminal: the plugins that only this project's own tests need are off."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PT_KATA_"))}
        path = os.pathsep.join([str(Path(sys.executable).parent), own["PATH"]])
        return own | {"PATH": path, "PYTEST_ADDOPTS": "-p no:randomly", "TERM": "xterm"}


def _parsed(parse: Callable[[str], object]) -> Callable[[Story, Block], None]:
    def tell(_: Story, block: Block) -> None:
        try:
            parse(block.text)
        except Exception as error:
            raise block.wrong(f"is no {block.language}: {error}") from None

    return tell


def _leave(_: Story, __: Block) -> None:
    """Text is for people."""


TELLERS: dict[str, Callable[[Story, Block], None]] = {
    "sh": Story.shell,
    "console": Story.console,
    "python": Story.python,
    "toml": _parsed(tomllib.loads),
    "json": _parsed(json.loads),
    "yaml": _parsed(yaml.safe_load),
    "text": _leave,
    "": _leave,
}


def links(page: Path) -> Iterator[str]:
    """Where a page leads: its links and pictures."""
    for token in MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8")):
        for part in (token, *(token.children or ())):
            yield from (str(part.attrs[name]) for name in ("href", "src") if name in part.attrs)
            if part.type in ("html_block", "html_inline"):
                yield from re.findall(r'(?:href|src|srcset)="([^"]+)"', part.content)


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
