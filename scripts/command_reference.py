"""Writes docs/commands.md from the commands themselves, and from what is added to pytest; --check only compares."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import click

from benchmarks import conftest as races
from pt_kata.cli import main as pt_kata
from pt_kata.plugin import KataPlugin

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "commands.md"
HEAD = """# Commands

Everything that can be typed. This page is made from the commands themselves by `python -m scripts.command_reference`;
[learner.md](learner.md) and [author.md](author.md) say when you want which.

A `KATA` is named as `losses/cross_entropy`, as `cross_entropy`, or by the path of its file. What stands in `[ ]` may be
left out, what has `...` behind it may be repeated. Every command has `--help`. The exit code is 0 when all went well, 1
when something is not green or could not be done, 2 when the command was typed wrongly, 130 after Ctrl-C.
"""
PYTEST = """
## `pytest katas/`

In a workspace pytest has these options beside its own:
"""
TYPES = {" INTEGER RANGE": " N", " INTEGER": " N", " FLOAT RANGE": " NUMBER"}
PLACE = re.compile(r"[\w./]*<\w+>[\w./<>]*\w")  # Markdown would take <kata> for HTML
RACES = """
## `pytest benchmarks/`

In the repository, for the races:
"""


class Options:
    """Stands in for pytest's parser, and remembers the options that are added to it."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> Options:
        return self

    def addoption(self, *names: str, help: str, action: str = "store", **how: Any) -> None:  # noqa: A002
        kind = getattr(how.get("type"), "__name__", "str")
        metavar = how.get("metavar") or {"int": "N"}.get(kind) or names[-1].lstrip("-").upper()
        takes = "" if action == "store_true" else f" {metavar}"
        self.rows.append((f"{', '.join(names)}{takes}", help[0].upper() + help[1:]))


def page() -> str:
    """The whole page."""
    commands = [(f"pt-kata {name}", command) for name, command in pt_kata.commands.items()]
    return "".join(
        [
            HEAD,
            _contents(commands),
            *(_section(name, command) for name, command in [("pt-kata", pt_kata), *commands]),
            PYTEST,
            _table("option", _added(KataPlugin(ROOT))),
            RACES,
            _table("option", _added(races)),
        ]
    )


def _contents(commands: list[tuple[str, click.Command]]) -> str:
    rows = [(f"[{name}](#{name.replace(' ', '-')})", _sentence(command)) for name, command in commands]
    return _rows("command", rows)


def _section(name: str, command: click.Command) -> str:
    ctx = click.Context(command, info_name=name, show_default=True)
    rows = [_option(ctx, param) for param in command.params if isinstance(param, click.Option)]
    pieces = [piece for piece in command.collect_usage_pieces(ctx) if rows or piece != "[OPTIONS]"]
    parts = [f"\n## `{name}`\n\n{_help(command)}\n", f"\n```text\n{' '.join([name, *pieces])}\n```\n"]
    return "".join([*parts, _table("option", rows) if rows else "", f"\nExample: `{example(command)}`\n"])


def example(command: click.Command) -> str:
    """The line that the help of a command ends with."""
    return (command.epilog or "").splitlines()[-1].strip()


def _option(ctx: click.Context, option: click.Option) -> tuple[str, str]:
    """How it is typed, and what it does, with its default where that says something."""
    typed = (option.get_help_record(ctx) or ("",))[0]
    for name, plain in TYPES.items():
        typed = typed.replace(name, plain)
    default = option.get_help_extra(ctx).get("default")
    known = option.is_flag or default is None or "default" in (option.help or "")
    return typed, option.help or "" if known else f"{option.help} Default: `{default}`."


def _added(plugin: Any) -> list[tuple[str, str]]:
    options = Options()
    plugin.pytest_addoption(options)
    return options.rows


def _help(command: click.Command) -> str:
    return PLACE.sub(r"`\g<0>`", inspect.cleandoc(command.help or ""))


def _sentence(command: click.Command) -> str:
    return _help(command).partition("\n\n")[0].replace("\n", " ")


def _table(what: str, rows: list[tuple[str, str]]) -> str:
    return _rows(what, [(f"`{name}`", PLACE.sub(r"`\g<0>`", text)) for name, text in rows])


def _rows(what: str, rows: list[tuple[str, str]]) -> str:
    return f"\n| {what} | what it does |\n|---|---|\n" + "".join(_row(*row) for row in rows)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/commands.md is out of date; `python -m scripts.command_reference` makes it anew")


if __name__ == "__main__":
    main()
