"""A fresh workspace: which files it has, and what stands in them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from pt_kata.catalog import Kata, load
from pt_kata.content import home
from pt_kata.files import Trouble, shown
from pt_kata.lesson import in_words
from pt_kata.store import FOLDER
from pt_kata.stubs import blank

INSTALLED = f"{FOLDER}/installed.zip"
TEMPLATES = Path(__file__).with_name("templates")
OTHERS = {
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    ".gitignore": "gitignore",
    ".vscode/settings.json": "vscode.json",
}
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Fresh:
    """The files that a version of pt_kata puts into a workspace, by their paths with slashes in them."""

    version: str
    files: dict[str, bytes]

    def packed(self) -> bytes:
        """As a zip file, the same bytes for the same files."""
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            file.comment = self.version.encode()
            for path, content in sorted(self.files.items()):
                file.writestr(zipfile.ZipInfo(path, EPOCH), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def fresh() -> Fresh:
    """What the installed version puts into a workspace."""
    return Fresh(version("pt_kata"), dict(_files(home())))


def installed(root: Path) -> Fresh:
    """What was put into the workspace ``root`` when it was made or last brought up to date; empty where unknown.

    Raises:
        Trouble: the file that remembers it is damaged.
    """
    if not (root / INSTALLED).is_file():
        return Fresh("", {})
    with _opened(root / INSTALLED) as file:
        return Fresh(file.comment.decode(), {name: file.read(name) for name in file.namelist()})


def version_of(root: Path) -> str:
    """The version that made the workspace ``root``, or nothing where that is unknown; raises as ``installed`` does."""
    if not (root / INSTALLED).is_file():
        return ""
    with _opened(root / INSTALLED) as file:
        return file.comment.decode()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, RuntimeError) as error:
        raise Trouble(
            f"{shown(path)} is damaged ({error}). Bring it back from your version control; or move it away, and then "
            "every file that differs from the installed version counts as changed by you."
        ) from None


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    catalog = load(source)
    yield "katas/curriculum.toml", (source / "katas" / "curriculum.toml").read_bytes()
    for chapter in dict.fromkeys(kata.chapter for kata in catalog.katas):
        page = source / "katas" / chapter / "README.md"
        yield f"katas/{chapter}/README.md", in_words(page.read_text(encoding="utf-8")).encode()
    for kata in catalog.katas:
        yield from _of_kata(source, kata)
    for path, template in OTHERS.items():
        yield path, (TEMPLATES / template).read_bytes()


def _of_kata(source: Path, kata: Kata) -> Iterator[tuple[str, bytes]]:
    yield kata.stub.relative_to(source).as_posix(), blank(kata).encode()
    beside = (kata.stub.with_suffix(suffix) for suffix in (".toml", ".mutants.toml"))
    for path in (kata.test, *beside, kata.reference):
        if path.is_file():
            yield path.relative_to(source).as_posix(), path.read_bytes()
