from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pt_kata.cli import main
from scripts import command_reference
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """What the page says about a command."""
    found = re.search(rf"^## `{re.escape(name)}`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


def test_the_page_of_commands_is_current() -> None:
    """``python -m scripts.command_reference`` mends it."""
    assert command_reference.page() == PAGE


@pytest.mark.parametrize("name", list(main.commands))
def test_every_option_of_a_command_is_on_the_page(name: str) -> None:
    """As it is typed, with words on it."""
    text = section(f"pt-kata {name}")
    for param in main.commands[name].params:
        if isinstance(param, click.Option):
            assert re.search(rf"^\| `.*{param.opts[0]}\b.*` \| [A-Z].+ \|$", text, re.MULTILINE), param.opts


@pytest.mark.parametrize("name", list(main.commands))
def test_every_example_can_be_typed(name: str) -> None:
    """Its options and arguments are those of the command."""
    words = shlex.split(command_reference.example(main.commands[name]))
    assert words[:2] == ["pt-kata", name]
    main.commands[name].make_context(name, words[2:])


@pytest.mark.parametrize("option", ["--solutions", "--against DIR", "--seed N", "--no-diagnosis", "--device DEVICE"])
def test_what_pytest_is_given_is_on_the_page(option: str) -> None:
    """In a section of its own."""
    assert f"| `{option}` | " in section("pytest katas/")


def test_a_page_that_is_out_of_date_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what mends it."""
    old = tmp_path / "commands.md"
    old.write_text(PAGE.replace("pt-kata doctor", "pt-kata nurse"), encoding="utf-8")
    monkeypatch.setattr(command_reference, "PAGE", old)
    monkeypatch.setattr("sys.argv", ["command_reference", "--check"])
    with pytest.raises(SystemExit, match=r"out of date; `python -m scripts.command_reference` makes"):
        command_reference.main()
    monkeypatch.setattr("sys.argv", ["command_reference"])
    command_reference.main()
    assert old.read_text(encoding="utf-8") == PAGE
