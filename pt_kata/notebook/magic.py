"""``%kata`` and ``%%kata``, as IPython knows them."""

from __future__ import annotations

import ast
import atexit
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import Image, display

from pt_kata.files import Trouble
from pt_kata.notebook import pages, result
from pt_kata.notebook.cells import Cell
from pt_kata.notebook.page import Page
from pt_kata.notebook.session import Attempt, Session
from pt_kata.workspace import find_workspace

WIDTH = 800  # pixels


class Raised(Exception):
    """The cell raised: IPython has shown it, and the cells behind it are not to be run."""

    def _render_traceback_(self) -> list[str]:
        return []


@magics_class
class KataMagics(Magics):
    """The magics, and the session behind them, which begins with the first of them."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._session: Session | None = None
        if find_workspace(Path.cwd()):
            with suppress(Trouble):
                self._get_session()

    def close(self) -> None:
        """End the session."""
        if self._session:
            self._session.close()
            self._session = None

    @magic_arguments()
    @argument("name", nargs="?", metavar="KATA", help="A kata's name: cross_entropy, or losses/cross_entropy.")
    @argument(
        "--all", dest="verbose", action="store_true", help="Show all functions, and every test that is not green."
    )
    @argument("--no-plot", dest="is_drawn", action="store_false", help="Leave the picture out.")
    @line_cell_magic
    def kata(self, line: str, cell: str | None = None) -> None:
        """Check the functions that a cell defines, show a kata's lesson (%kata KATA), or all katas (%kata)."""
        asked = parse_argstring(self.kata, line)
        try:
            if cell is None:
                self._tell(asked.name)
            elif not asked.name:
                raise Trouble("name the kata whose functions the cell defines: %%kata cross_entropy, for example")
            else:
                self._check(asked, f"# %%kata {line}\n{cell}")
        except Trouble as trouble:
            raise UsageError(str(trouble)) from None

    def _get_session(self) -> Session:
        self._session = self._session or Session(Path.cwd())
        return self._session

    def _tell(self, name: str | None) -> None:
        session = self._get_session()
        if not name:
            _show(pages.listing(session))
            return
        kata = session.kata(name)
        display({"text/plain": pages.lesson_page(kata).plain, "text/markdown": pages.lesson(kata)}, raw=True)
        _show(pages.tasks(session, kata))

    def _check(self, asked: Namespace, source: str) -> None:
        """Run the cell here, as any other, and then the tests on what it defines, elsewhere."""
        session = self._get_session()
        kata = session.kata(asked.name)
        number = _number(self._shell)
        with _numbered(self._shell, number):
            ran = self._shell.run_cell(source)
        cell = Cell(f"cell [{number}]", _python(self._shell, source))
        if not _is_to_be_checked(ran):
            raise Raised("the cell was not checked, because of the error above")
        attempt = session.check(kata, cell)
        _show(result.page(attempt, self._shell.user_ns, verbose=asked.verbose))
        if asked.is_drawn:
            _draw(session, attempt)
        if not ran.success:
            raise Raised("the cell raised the error above; the functions that it defines were checked all the same")


def _number(shell: InteractiveShell) -> int:
    """The number of the cell that runs: ``execution_count`` may be that of the next one already."""
    return len(shell.history_manager.input_hist_parsed) - 1 if shell.history_manager else shell.execution_count


@contextmanager
def _numbered(shell: InteractiveShell, number: int) -> Iterator[None]:
    """Let tracebacks and results have this number."""
    before, shell.execution_count = shell.execution_count, number
    try:
        yield
    finally:
        shell.execution_count = before


def _is_to_be_checked(ran: ExecutionResult) -> bool:
    """Whether the cell is valid Python, and nobody has interrupted it."""
    return not ran.error_before_exec and not isinstance(ran.error_in_exec, KeyboardInterrupt)


def _python(shell: InteractiveShell, source: str) -> str:
    """The cell as Python, with calls in the place of IPython's own ``%magic`` and ``!command``, if it has any."""
    with suppress(SyntaxError):
        ast.parse(source)
        return source
    return str(shell.transform_cell(source))


def _draw(session: Session, attempt: Attempt) -> None:
    """Show the picture in a place of its own, which says how far it is until the picture is there."""
    place = display(_words("drawing what the functions do ..."), raw=True, display_id=True)
    try:
        picture = session.picture(attempt, lambda words, share: place.update(_words(f"{words} {share:.0%}"), raw=True))
    except Trouble as trouble:
        place.update(_words(f"no picture: {attempt.places.told(str(trouble))}"), raw=True)
    else:
        alt = f"What the functions of {attempt.kata.id} do, drawn from a run of them."
        place.update(Image(picture, width=WIDTH, alt=alt))


def _words(text: str) -> Mapping[str, str]:
    page = Page()
    page.say((text, "dim"))
    return _bundle(page)


def _show(page: Page) -> None:
    display(_bundle(page), raw=True)


def _bundle(page: Page) -> dict[str, str]:
    return {"text/plain": page.plain, "text/html": page.html}


def load(shell: InteractiveShell) -> None:
    """Make the magics known, and begin to get warm where a workspace is near."""
    found = KataMagics(shell)
    shell.register_magics(found)
    atexit.register(found.close)


def unload(shell: InteractiveShell) -> None:
    """Forget the magics."""
    found = shell.magics_manager.registry.pop(KataMagics.__name__, None)
    if found:
        atexit.unregister(found.close)
        found.close()
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("kata", None)
