"""A lesson on the screen: the forms of Markdown that the lessons use, and no others.

``rich.markdown`` knows them all, but takes longer to import than everything else together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.text import Text

from pt_kata.catalog import Kata
from pt_kata.screen import Screen

INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*\s][^*]*)\*|\[(?P<text>[^]]+)\]\((?P<url>[^)]+)\)"
)
ITEM = re.compile(r"(?P<mark>[-*]|\d+\.) +(?P<text>.*)")
HEADING = re.compile(r"(?P<level>#+) +(?P<text>.*)")
PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
ALT = re.compile(r'alt="([^"]*)"')
STYLES = {"code": "cyan", "bold": "bold", "italic": "italic"}


def section(page: str, title: str) -> str:
    """The part of a chapter's page that is about one kata, or the whole page where no heading has its title."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    return next((part for part in parts if part.partition("\n")[0] == f"## {title}"), page)


def lesson(kata: Kata) -> str:
    """The lesson of ``kata`` as Markdown; empty where its chapter has no page."""
    try:
        return section(kata.stub.with_name("README.md").read_text(encoding="utf-8"), kata.title)
    except (OSError, ValueError):
        return ""


def in_words(page: str) -> str:
    """The page with words in the place of its pictures, for where those do not lie."""
    return PICTURE.sub(_alt, page)


def render(screen: Screen, page: str) -> None:
    """Print a page of Markdown."""
    for number, block in enumerate(_blocks(page)):
        if number:
            screen.out_line(Text())
        _render_block(screen, block)


def inline(text: str) -> Text:
    """One paragraph with its code, emphasis and links."""
    result, end = Text(), 0
    for match in INLINE.finditer(text):
        result.append(text[end : match.start()])
        kind = match.lastgroup or ""
        if kind == "url":
            result.append(match["text"], "underline").append(f" ({match['url']})", "dim")
        else:
            inner = Text(match[kind]) if kind == "code" else inline(match[kind])
            inner.stylize_before(STYLES[kind])
            result.append_text(inner)
        end = match.end()
    return result.append(text[end:])


def _blocks(page: str) -> Iterator[list[str]]:
    """The lines of each block: what stands between empty lines, with fenced code kept whole."""
    block: list[str] = []
    fenced = False
    for line in page.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if line.strip() or fenced:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _render_block(screen: Screen, block: list[str]) -> None:
    first = block[0]
    if first.startswith("<picture>"):
        screen.say((f"[picture: {ALT.findall(' '.join(block))[0]}]", "dim"))
    elif first.startswith("```"):
        _render_code(screen, [line for line in block if not line.startswith("```")])
    elif all(line.startswith("    ") for line in block):
        _render_code(screen, [line[4:] for line in block])
    elif first.startswith("|") and not set("".join(block[1:2])) - set("|-: "):
        _render_table(screen, block)
    elif heading := HEADING.match(first):
        screen.say((heading["text"], "bold" if len(heading["level"]) > 2 else "bold underline"))
        if block[1:]:
            _render_block(screen, block[1:])
    else:
        _render_prose(screen, block)


def _render_code(screen: Screen, lines: list[str]) -> None:
    for line in lines:
        screen.out_line(Text(f"    {line}".rstrip(), "cyan"))


def _render_prose(screen: Screen, block: list[str]) -> None:
    """A paragraph, or a list whose items may go on over several lines."""
    for item in _items(block):
        text = " ".join(line.strip() for line in item)
        mark = ITEM.match(text)
        point = mark["mark"].replace("*", "-") if mark else ""
        screen.say(inline(mark["text"] if mark else text), first=f"  {point} " if mark else "")


def _items(block: list[str]) -> list[list[str]]:
    """The items of a list; a paragraph is one."""
    items: list[list[str]] = []
    for line in block:
        mark = ITEM.match(line)
        if not items or (mark and (mark["mark"] in "-*" or ITEM.match(block[0]))):
            items.append([])
        items[-1].append(line)
    return items


def _render_table(screen: Screen, block: list[str]) -> None:
    """Columns side by side; where they don't fit, rich wraps each."""
    rows = [[inline(cell.strip()) for cell in line.strip()[1:].removesuffix("|").split("|")] for line in block]
    head, body = rows[0], rows[2:]
    if not screen.is_terminal:
        return _render_plain(screen, [head, *body])
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for cell in head:
        table.add_column(cell, overflow="fold")
    for row in body:
        table.add_row(*row)
    screen.print(table)


def _render_plain(screen: Screen, rows: list[list[Text]]) -> None:
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=False)]
    for row in rows:
        for cell, width in zip(row, widths, strict=False):
            cell.pad_right(width - cell.cell_len + 2)
        line = Text.assemble(*row)
        line.rstrip()
        screen.out_line(line)


def _alt(picture: re.Match[str]) -> str:
    found = ALT.findall(picture[0])
    return f"*[picture: {found[0]}]*" if found else ""
