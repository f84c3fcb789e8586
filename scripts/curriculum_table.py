"""Write the curriculum table of README.md from the catalogue.

python scripts/curriculum_table.py
"""

from __future__ import annotations

import re
from pathlib import Path

from pt_kata.catalog import Catalog, load

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- curriculum -->\n).*?(<!-- /curriculum -->)", re.DOTALL)


def table(catalog: Catalog) -> str:
    """Return one row per kata: chapter, kata, idea, what there is to write, minutes."""
    rows = ["| chapter | kata | the idea | you write | minutes |", "|---|---|---|---|--:|"]
    for kata in catalog.katas:
        tasks = ", ".join(f"`{task.name}`" for task in kata.tasks)
        chapter = f"[{kata.chapter}](katas/{kata.chapter}/README.md)"
        link = f"[{kata.title}](katas/{kata.id}.py)"
        rows.append(f"| {chapter} | {link} | {kata.summary} | {tasks} | {kata.minutes} |")
    return "\n".join(rows) + "\n"


def filled(readme: str, catalog: Catalog) -> str:
    """Return the text of the README with the table between its two markers."""
    return BLOCK.sub(lambda match: match[1] + table(catalog) + match[2], readme)


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(filled(path.read_text(encoding="utf-8"), load(ROOT)), encoding="utf-8")
