"""What every command has in common with the shell: names that complete, errors in one sentence, a quiet end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from pt_kata.catalog import Catalog, CatalogError, load, nearest
from pt_kata.files import Trouble
from pt_kata.workspace import find_workspace

INTERRUPTED = 130
PIPE_CLOSED = 141
OWN_ERROR = 70
DEBUG = "PT_KATA_DEBUG"


def example(line: str) -> str:
    """The end of a command's help."""
    return f"\b\nExample:\n  {line}"


class Commands(click.Group):
    """The commands; whatever goes wrong in one ends in a sentence and an exit code."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not (args[0].startswith("-") or args[0] in self.commands or ctx.resilient_parsing):
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], list(self.commands))}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        _print_whatever_comes()
        _clear_up_when_told_to_end()
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            click.echo(err=True, nl=sys.stderr.isatty())  # closes the line of the terminal's ^C
            raise SystemExit(INTERRUPTED) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(PIPE_CLOSED) from None
        except Trouble as trouble:
            raise click.ClickException(str(trouble)) from None
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            _tell_own(error)
            raise SystemExit(OWN_ERROR) from None
        return result


class KataName(StringParamType):
    """A kata's id, its name alone, or a path to it; the shell completes the first two."""

    name = "kata"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        katas = _catalog().katas
        names = [(kata.id, kata.title) for kata in katas]
        if incomplete:
            names += [(kata.name, kata.title) for kata in katas]
        return _starting(incomplete, names)


class TaskName(StringParamType):
    """A function or class; the shell completes those of all katas."""

    name = "function"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        tasks = (task for kata in _catalog().katas for task in kata.tasks)
        return _starting(incomplete, [(task.name, task.summary) for task in tasks])


class ShapeType(StringParamType):
    """The sizes of a tensor's axes: ``3,1``, or ``()`` for a single number."""

    name = "shape"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The sizes with commas between them."""
        words = f"{value!r} is no shape; write sizes with commas between them, like 3,1, or () for none"
        sizes = [size.strip() for size in value.strip().strip("()").split(",") if size.strip()]
        if not all(size.isascii() and size.isdigit() for size in sizes):
            self.fail(words, param, ctx)
        return ",".join(sizes)


def _starting(start: str, names: Sequence[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(name, help=text) for name, text in names if name.startswith(start)]


def _catalog() -> Catalog:
    root = find_workspace(Path.cwd())
    try:
        return load(root) if root else Catalog(Path.cwd(), ())
    except CatalogError:
        return Catalog(Path.cwd(), ())


def _clear_up_when_told_to_end() -> None:
    """End as after any error, so that no process is left and the terminal is as before."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, name), _end)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


def _print_whatever_comes() -> None:
    """A character that the terminal's encoding lacks is no reason to stop, nor is a stream that was closed."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _tell_own(error: Exception) -> None:
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    again = f"{DEBUG}=1 pt-kata {' '.join(sys.argv[1:])}".rstrip()
    click.echo(f"Error: pt-kata itself has failed ({what}). `{again}` shows where.", err=True)
