"""Katas in a notebook: the cells as one module, the magics in a real kernel, and a kata as a notebook."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from pt_kata.catalog import load
from pt_kata.cli import main
from pt_kata.files import Trouble
from pt_kata.notebook.cells import Cell
from pt_kata.notebook.module import Module, assembled
from pt_kata.notebook.page import COLORS, Page
from pt_kata.notebook.places import Places
from pt_kata.notebook.result import page
from pt_kata.notebook.session import Session
from pt_kata.plots.failure import Failure
from scripts.example_notebook import NOTEBOOK, fresh, said
from tests.conftest import REPOSITORY

STUB = '''\
"""The idea."""

import math

LARGE = 3


def first(x):
    """Return one."""
    raise NotImplementedError


def second(x, largest=LARGE):
    """Return two."""
    raise NotImplementedError
'''


def cell(label: str, body: str) -> Cell:
    """A cell, with the line of its magic."""
    return Cell(label, f"# %%kata small\n{textwrap.dedent(body)}")


def module(*cells: Cell) -> Module:
    """The module that cells make with the stub."""
    return assembled(STUB, cells, ["first", "second"])


def run(found: Module) -> dict[str, object]:
    """What the module defines when it is run."""
    space: dict[str, object] = {}
    exec(found.text, space)
    return space


def line_with(found: Module, words: str) -> int:
    """The line of the file that has these words."""
    return next(number for number, line in enumerate(found.text.splitlines(), 1) if words in line)


# The module


def test_what_no_cell_defines_is_the_stub() -> None:
    """A cell defines one function; the other still says that it is not written."""
    space = run(module(cell("[1]", "def first(x): return x + 1\n")))
    assert space["first"](1) == 2  # type: ignore[operator]
    with pytest.raises(NotImplementedError):
        space["second"](1)  # type: ignore[operator]


def test_the_latest_definition_of_a_name_wins() -> None:
    """A helper defined again in a later cell is the one that an earlier cell's function gets."""
    one = cell("[1]", "def helper(): return 1\n\ndef first(x): return helper()\n")
    other = cell("[2]", "def helper(): return 2\n")
    assert run(module(one))["first"](0) == 1  # type: ignore[operator]
    assert run(module(one, other))["first"](0) == 2  # type: ignore[operator]


def test_only_what_the_functions_use_is_taken() -> None:
    """A cell's own experiments are not run again by the check, and don't break it."""
    found = module(
        cell("[1]", "logits = load()\nprint(logits)\nEPS = 2\ndef first(x):\n    logits = EPS\n    return logits")
    )
    assert run(found)["first"](0) == 2  # type: ignore[operator]
    assert "load" not in found.text
    assert "print" not in found.text


def test_what_a_definition_needs_at_once_stands_before_it() -> None:
    """Decorators, defaults, base classes and what a constant calls, whatever the order of the cells."""
    body = """
    class second(Base):
        pass

    @twice
    def first(x, largest=SIZE):
        return largest
    """
    helpers = """
    SIZE = made()
    def made(): return inner()
    def inner(): return 4
    def twice(f): return lambda x: 2 * f(x)
    class Base: name = "base"
    """
    space = run(module(cell("[1]", body), cell("[2]", helpers)))
    assert space["first"](0) == 8  # type: ignore[operator]
    assert space["second"].name == "base"  # type: ignore[attr-defined]


def test_an_import_from_the_future_comes_first() -> None:
    """An annotation then names a class that comes later."""
    found = module(cell("[1]", "from __future__ import annotations\ndef first(x: Later): return 1\n"))
    assert found.text.startswith("from __future__ import annotations\n")
    assert run(found)["first"](0) == 1  # type: ignore[operator]


def test_names_that_no_cell_of_the_kata_defines_are_known() -> None:
    """The check runs elsewhere, where what ordinary cells define is not there."""
    found = module(cell("[1]", "def first(x):\n    return F.relu(x) + math.pi + len([y for y in x])\n"))
    assert found.unknown == {"F"}


def test_every_line_has_its_place() -> None:
    """In its own cell, counted with the line of the magic, or in none."""
    one = cell("[1]", "\n\ndef first(x):\n    return 'one'\n")
    other = cell("[2]", "@staticmethod\ndef second(x):\n    return '''\n    two'''\n")
    found = module(one, other)
    assert found.place(line_with(found, "'one'")) == ("[1]", 5)
    assert found.place(line_with(found, "@static")) == ("[2]", 2)
    assert found.place(line_with(found, "two")) == ("[2]", 5)
    alone = module(one)
    assert alone.place(line_with(alone, "def second")) == ("", 0)
    assert alone.place(0) == alone.place(1000) == ("", 0)


@pytest.fixture
def places() -> Places:
    """Give the places of two cells, where the second has just been run."""
    found = module(cell("cell [1]", "def first(x):\n    return 'one'\n"), cell("cell [2]", "def second(x): return 2\n"))
    return Places(found, Path("/tmp/pt_kata-abc/small/signs.py"), "cell [2]")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/tmp/pt_kata-abc/small/signs.py:{one}", "cell [1], line 3"),
        ("pt_kata-abc/small/signs.py:{one}: in first", "cell [1], line 3: in first"),
        ("where  signs.py, line {two}, in second", "where  cell, line 2, in second"),
        ("ran out of memory in line {one} of first", "ran out of memory in cell [1], line 3, of first"),
        ("/tmp/pt_kata-abc/small/signs.py has no 'x'", "this notebook has no 'x'"),
        ("katas/small/test_signs.py:{one}: in test", "katas/small/test_signs.py:{one}: in test"),
        ("katas/small/signs.py:{one}", "katas/small/signs.py:{one}"),
        ("row in line 7", "row in line 7"),
    ],
)
def test_places_in_the_file_are_told_as_places_in_the_notebook(places: Places, text: str, wanted: str) -> None:
    """In each form that messages have; the tests' own places stay."""
    lines = {"one": line_with(places.module, "'one'"), "two": line_with(places.module, "return 2")}
    assert places.told(text.format(**lines)) == wanted.format(**lines)


@dataclass(frozen=True)
class Drawn:
    """What a picture might be made of."""

    curves: tuple[object, ...]
    named: dict[str, object]


def test_failures_on_a_picture_name_the_cell(places: Places) -> None:
    """Wherever in the data they are; the rest is as it was."""
    failure = Failure("first", "raises ValueError", line_with(places.module, "'one'"))
    found = places.in_data(Drawn((1.0, [failure]), {"plain": "text", "failed": Failure("second", "not written yet")}))
    told = Failure("first", "cell [1], line 3: raises ValueError")
    assert found == Drawn((1.0, [told]), {"plain": "text", "failed": Failure("second", "not written yet")})


# The page


def test_a_page_has_no_escape_codes_and_no_markup() -> None:
    """What code prints is escaped; colours are styles of HTML, and nothing in plain text."""
    found = Page()
    found.say(("<script>alert(1)</script>", "red"), " & more", first="  label  ")
    assert found.plain == "  label  <script>alert(1)</script> & more\n"
    assert "<script>" not in found.html
    assert "&lt;script&gt;" in found.html
    assert "\x1b" not in found.html + found.plain
    parser = HTMLParser()
    parser.feed(found.html)


def luminance(color: tuple[int, int, int]) -> float:
    """How light a colour is, as WCAG has it."""
    parts = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("name", COLORS)
def test_colours_are_read_on_light_and_dark_pages(name: str) -> None:
    """Nobody tells a kernel which one it is."""
    light, dark = luminance((255, 255, 255)), luminance((17, 17, 17))
    own = luminance(COLORS[name])
    assert (light + 0.05) / (own + 0.05) > 4
    assert (own + 0.05) / (dark + 0.05) > 4


# The session


@pytest.fixture
def session(tiny: Path) -> Iterator[Session]:
    """Give a session in the tiny workspace."""
    found = Session(tiny / "katas")
    yield found
    found.close()


def shown(session: Session, label: str, body: str, name: str = "signs", *, verbose: bool = False) -> str:
    """What a cell shows."""
    return page(session.check(session.kata(name), cell(label, body)), verbose=verbose).plain


def test_cells_are_checked_together_and_nothing_is_saved(session: Session, tiny: Path) -> None:
    """A wrong function is told with its line; the right one in another cell is a word; files stay as they were."""
    before = {path: path.read_bytes() for path in (tiny / "katas").rglob("*.py")}
    wrong = shown(session, "cell [1]", "def double(x):\n    return 3 * x\n", "doubling")
    assert "✗ double  failed" in wrong
    assert "cell, line 3\n" in wrong
    assert "return 3 * x" in wrong
    assert str(tiny) not in wrong
    right = shown(session, "cell [1]", "def double(x):\n    return 2 * x\n", "doubling")
    assert "✓ double  passed" in right
    assert {path: path.read_bytes() for path in (tiny / "katas").rglob("*.py")} == before
    assert not (tiny / ".pt_kata").exists()


def test_outside_a_workspace_it_says_what_to_do(tmp_path: Path) -> None:
    """A notebook is often started anywhere."""
    with pytest.raises(Trouble, match="start the notebook in a folder of the workspace"):
        Session(tmp_path)


def test_an_unknown_kata_has_a_neighbour(session: Session) -> None:
    """A misspelt name is answered with the nearest one."""
    with pytest.raises(Trouble, match="there is no kata 'doublin'; did you mean 'doubling'"):
        session.kata("doublin")


def test_closing_leaves_nothing_behind(tiny: Path) -> None:
    """Neither the files that were tested nor the warm process."""
    found = Session(tiny)
    attempt = found.check(found.kata("doubling"), cell("cell [1]", "def double(x): return 2 * x"))
    file = attempt.request.file(attempt.kata)
    assert file.is_file()
    found.close()
    assert not file.exists()


# In a kernel


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the katas in which nothing is begun."""
    return fresh(tmp_path_factory.mktemp("workspace"))


Run = Callable[..., list[NotebookNode]]


def executed(folder: Path, *sources: str) -> list[NotebookNode]:
    """The cells after they were run in a kernel, the extension loaded first."""
    made = new_notebook(cells=[new_code_cell(source) for source in ("%load_ext pt_kata", *sources)])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(made, kernel_name="python3", timeout=120, allow_errors=True, resources=resources).execute()
    return list(made.cells[1:])


def text(cell: NotebookNode) -> str:
    """All that a cell shows, as plain text without escape codes."""
    parts = [one.get("data", {}).get("text/plain", one.get("text", "")) for one in cell.outputs]
    parts += ["\n".join([one.ename, one.evalue, *one.traceback]) for one in cell.outputs if one.output_type == "error"]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))


CELLS = (
    "import sys\nprint(sorted({'torch', 'matplotlib'} & sys.modules.keys()))",
    "%%kata losses/cross_entropy --no-plot\ndef logsumexp(logits):\n    return logits.exp().sum(dim=1).log()",
    "%%kata cross_entropy --no-plot\n\ndef log_softmax(logits):\n    return logits - logsumexp(logits)[:, None]",
    "logsumexp.__name__",
    "%%kata cross_entropy --no-plot\ndef logsumexp(logits):\n    return None\n\n1 / 0",
    "%%kata cross_entropy\ndef logsumexp(logits:\n    return None",
    "%%kata cross_entropi\n0",
    "%kata cross_entropy",
    "%unload_ext pt_kata",
    "%kata",
)


@pytest.fixture(scope="module")
def cells(workspace: Path) -> list[str]:
    """Give what these cells say in one kernel."""
    return [text(cell) for cell in executed(workspace / "katas", *CELLS)]


@pytest.mark.timeout(180)
def test_loading_imports_nothing_slow(cells: list[str]) -> None:
    """Neither torch nor matplotlib is in the kernel until somebody wants it there."""
    assert cells[0] == "[]\n"


def test_a_wrong_function_is_diagnosed_below_its_cell(cells: list[str]) -> None:
    """With the line of the cell, the mistake's name, and an experiment that works there."""
    assert "✗ logsumexp  failed" in cells[1]
    assert "cell, line 3" in cells[1]
    assert "a known mistake: exponentials of the logits as they are" in cells[1]
    assert "from katas" not in cells[1]
    assert "pt_kata-" not in cells[1]


def test_a_fault_in_an_earlier_cell_is_placed_there(cells: list[str]) -> None:
    """The function of this cell is right, the one it calls is not."""
    assert "Go to logsumexp first: cell [3], line 2" in cells[2]


def test_the_functions_are_the_notebooks_own(cells: list[str]) -> None:
    """Another cell can use them."""
    assert cells[3] == "'logsumexp'"


def test_a_cell_that_raises_is_shown_as_jupyter_does_and_checked(cells: list[str]) -> None:
    """The traceback has the cell's own lines, and the cell ends as one that failed."""
    assert "ZeroDivisionError" in cells[4]
    assert "In[6], line 5" in cells[4]
    assert "----> 5 1 / 0" in cells[4]
    assert "✗ logsumexp  failed" in cells[4]
    assert "Raised" in cells[4]


def test_a_syntax_error_says_where(cells: list[str]) -> None:
    """Nothing is checked."""
    assert re.search(r"SyntaxError.*line 2", cells[5], re.DOTALL)
    assert "was not checked" in cells[5]
    assert "logsumexp  failed" not in cells[5]


def test_a_misspelt_kata_is_one_sentence(cells: list[str]) -> None:
    """Without a traceback."""
    assert cells[6].strip() == "UsageError: there is no kata 'cross_entropi'; did you mean 'cross_entropy'?"


def test_the_lesson_is_shown_with_what_there_is_to_write(cells: list[str]) -> None:
    """The outcomes are those of this notebook."""
    assert "Softmax turns" in cells[7]
    assert "✗ logsumexp" in cells[7]
    assert "· CrossEntropy" in cells[7]


def test_the_magic_can_be_unloaded(cells: list[str]) -> None:
    """Then IPython no longer knows it."""
    assert "not found" in cells[9]


@pytest.mark.timeout(180)
def test_the_example_has_its_diagnosis_and_its_picture(workspace: Path) -> None:
    """The outputs in docs/notebook.ipynb are those of a run of it, but for times."""
    kept = nbformat.read(NOTEBOOK, as_version=4)
    found = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(workspace)}}
    NotebookClient(found, kernel_name="python3", timeout=120, resources=resources).execute()
    assert said(found) == said(kept)
    every = [line for cell in said(found) for line in cell]
    assert any("partials makes a known mistake" in line and "cell, line 7" in line for line in every)
    assert any(line.startswith("display_data ['image/png'") for line in every)


# A kata as a notebook


def exported(folder: Path, *arguments: str) -> Result:
    """Run the command in ``folder``."""
    return CliRunner().invoke(main, ["notebook", *arguments], catch_exceptions=False)


@pytest.fixture
def inside(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the copy of the katas the current folder."""
    monkeypatch.chdir(workspace)
    return workspace


@pytest.mark.parametrize("kata", load(REPOSITORY).katas, ids=lambda kata: kata.name)
def test_every_kata_becomes_a_valid_notebook(kata: object, inside: Path, tmp_path: Path) -> None:
    """It has the lesson, and a cell for each function, whose stub is valid Python."""
    out = tmp_path / "made.ipynb"
    result = exported(inside, kata.id, "--out", str(out))  # type: ignore[attr-defined]
    assert result.output.strip() == str(out)
    made = nbformat.read(out, as_version=4)
    nbformat.validate(made)
    tasks = [task.name for task in kata.tasks]  # type: ignore[attr-defined]
    stubs = [cell.source for cell in made.cells if cell.source.startswith("%%kata")]
    assert [re.search(r"^(?:def|class) (\w+)", stub, re.MULTILINE)[1] for stub in stubs[:-1]] == tasks  # type: ignore[index]
    assert all(Cell("", stub.replace("%%", "# %%", 1)).pieces for stub in stubs[:-1])
    assert f"## {kata.title}" in made.cells[0].source  # type: ignore[attr-defined]


def test_no_file_is_written_over(inside: Path) -> None:
    """A second notebook has a name of its own."""
    assert exported(inside, "broadcasting").output == "broadcasting.ipynb\n"
    (inside / "broadcasting.ipynb").write_text("mine")
    assert exported(inside, "broadcasting").output == "broadcasting-2.ipynb\n"
    assert (inside / "broadcasting.ipynb").read_text() == "mine"


def test_an_unknown_kata_is_no_notebook(inside: Path) -> None:
    """One clear sentence."""
    result = exported(inside, "crossentropy")
    assert result.exit_code == 2
    assert "there is no kata 'crossentropy'; did you mean 'cross_entropy'?" in result.output


def test_without_nbformat_it_says_what_to_install(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear sentence."""
    monkeypatch.setitem(__import__("sys").modules, "nbformat", None)
    result = exported(inside, "broadcasting", "--out", "none.ipynb")
    assert result.exit_code == 1
    assert "pip install ipykernel nbformat" in result.output
    assert not (inside / "none.ipynb").exists()


@pytest.mark.timeout(180)
def test_an_exported_notebook_runs_as_it_is(inside: Path) -> None:
    """Every function is still to write, and no cell fails."""
    exported(inside, "manual_gradient", "--out", "as_it_is.ipynb")
    made = nbformat.read(inside / "as_it_is.ipynb", as_version=4)
    NotebookClient(made, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(inside)}}).execute()
    one = next(cell for cell in made.cells if "def hessian" in cell.source)
    assert "· hessian  todo" in text(one)
    assert re.search(r"manual_gradient +░+ +0/", text(made.cells[-1]))
