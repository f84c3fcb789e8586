"""Runs docs/notebook.ipynb in a fresh workspace and keeps its outputs; with --check only compares what they say."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
WORKSPACE = ("katas", "solutions", "mistakes")
SECONDS = 120  # for one cell: the first waits until torch is imported
VARYING = re.compile(r"\d+\.\d+ s$|<[\w.]+ object>", re.MULTILINE)


def executed(path: Path, workspace: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs, run in the folder ``workspace``."""
    found = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(workspace)}}
    NotebookClient(found, timeout=SECONDS, kernel_name="python3", resources=resources, record_timing=False).execute()
    return found


def fresh(folder: Path) -> Path:
    """A workspace in ``folder`` in which nothing is begun."""
    for name in WORKSPACE:
        shutil.copytree(ROOT / name, folder / name)
    return folder


def said(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """The kinds and the text of each cell's outputs, without times."""
    return [[_said(output) for output in cell.get("outputs", ())] for cell in notebook.cells]


def _said(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    text = output.get("text") or data.get("text/plain") or output.get("evalue", "")
    return f"{output['output_type']} {sorted(data)}\n{VARYING.sub('...', text)}"


def main(arguments: list[str] | None = None) -> None:
    """Run the notebook, and write or compare its outputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether the outputs in the file are current")
    check = parser.parse_args(arguments).check
    with TemporaryDirectory() as folder:
        found = executed(NOTEBOOK, fresh(Path(folder)))
    if check:
        if said(found) != said(nbformat.read(NOTEBOOK, as_version=4)):
            sys.exit("docs/notebook.ipynb says something else when it is run: python -m scripts.example_notebook")
        return
    NOTEBOOK.write_text(f"{nbformat.writes(found)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
