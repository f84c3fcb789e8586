"""A kata as a notebook: the lesson, a cell for each function, and one that shows everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.files import Trouble, shown, unused, write_whole
from pt_kata.notebook.cells import Cell, Piece
from pt_kata.notebook.module import STUB
from pt_kata.notebook.pages import lesson
from pt_kata.notebook.session import blank_stub
from pt_kata.pages import sentence

BEGIN = """\
Write each function below, and run its cell: the tests of the kata run on it, and say what is missing. The cells work
together, in any order; what you write stays in this notebook, and `katas/` is left alone."""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write(kata: Kata, path: Path) -> Path:
    """Write the notebook of ``kata`` to ``path``, or to a name like it that is not taken; returns where it is.

    Raises:
        Trouble: nbformat is not installed, the kata has no stub, or the folder can't be written.
    """
    content = notebook(kata)
    found = unused(path)
    try:
        write_whole(found, content.encode())
    except OSError as error:
        raise Trouble(f"{shown(path)} can't be written: {error.strerror}. Name another file with --out.") from None
    return found


def notebook(kata: Kata) -> str:
    """The file."""
    try:
        import nbformat
    except ImportError:
        raise Trouble("a notebook needs nbformat: pip install ipykernel nbformat") from None
    cells = list(_cells(kata))
    for number, cell in enumerate(cells):
        cell["id"] = f"{kata.name}-{number}"
    made = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(made)
    return f"{nbformat.writes(made)}\n"


def _cells(kata: Kata) -> Iterator[dict[str, Any]]:
    from nbformat.v4 import new_code_cell, new_markdown_cell

    pieces = Cell(STUB, blank_stub(kata)).pieces
    yield new_markdown_cell(f"{lesson(kata)}\n\n---\n\n{BEGIN}".strip())
    yield new_code_cell("%load_ext pt_kata")
    yield new_code_cell("\n".join(piece.text for piece in pieces if piece.binds and not piece.is_def))
    for task in kata.tasks:
        yield new_markdown_cell(f"### `{task.name}`\n\n{sentence(task)}")
        yield new_code_cell(f"%%kata {kata.name} --no-plot\n{_stub(pieces, task.name)}")
    yield new_markdown_cell("### All together\n\nThe functions of all cells above, and a picture of what they do.")
    yield new_code_cell(f"%%kata {kata.name}\n# nothing is defined here: all that the cells above define is shown")


def _stub(pieces: tuple[Piece, ...], name: str) -> str:
    return next(piece.text for piece in pieces if name in piece.binds)
