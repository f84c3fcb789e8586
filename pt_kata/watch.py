"""The loop of learning: a file is saved, its kata's tests run, the first that isn't green is on the screen."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import watchfiles

from pt_kata import outcome
from pt_kata.catalog import Catalog, CatalogError, Kata, load
from pt_kata.check import Checked, Request, check_one, judged
from pt_kata.files import Trouble
from pt_kata.keys import END, typed
from pt_kata.runner.launch import Launcher
from pt_kata.runner.supervise import Listener, Stop
from pt_kata.runner.verdict import TestVerdict, Verdict
from pt_kata.screen import Screen
from pt_kata.standing import first_open, standing
from pt_kata.store import Record, Store

STEP = 5  # milliseconds without a change after which a save is complete
PAGES = {"h": "hint", "d": "diff", "s": "show"}  # the commands behind keys, each for one kata
UNWATCHED = (".md", ".pyc", ".swp", ".swx", ".tmp", ".orig", ".bak")
HELP = "h hint   n next   l list   s show   d diff   r run again   q quit"


class Watch:
    """Runs a kata's tests whenever one of its files is saved; ``page`` runs another command by its arguments."""

    def __init__(
        self, catalog: Catalog, launcher: Launcher, store: Store, screen: Screen, page: Callable[[list[str]], None]
    ) -> None:
        self._catalog = catalog
        self._launcher = launcher
        self._store = store
        self._screen = screen
        self._page = page
        self._todo: queue.Queue[Callable[[], None]] = queue.Queue()
        self._kata: Kata | None = None
        self._green: Kata | None = None
        self._stop = Stop()
        self._seen: Mapping[Path, object] = {}
        self._red: dict[str, list[str]] = {}  # the tests of each kata that run first: they were not green last time
        self._content: object = None  # what the screen shows, as far as a run can change it
        self._is_open = True

    def go(self, kata: Kata | None = None) -> None:
        """Begin with ``kata``, or with the first that isn't done, and go on until the learner quits."""
        end = threading.Event()
        with typed() as key:
            self._thread(partial(self._follow_files, end))
            if key:
                self._thread(partial(self._follow_keys, key))
            try:
                self._screen.say((f"Watching {self._catalog.root / 'katas'}; importing torch ...", "dim"))
                self._turn_to(kata or self._open_kata())
                while self._is_open:
                    self._todo.get()()
            except KeyboardInterrupt:
                pass
            finally:
                end.set()
                self._stop.now()

    def _thread(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def _follow_files(self, end: threading.Event) -> None:
        folder = self._catalog.root / "katas"
        for changes in watchfiles.watch(folder, step=STEP, debounce=50, stop_event=end, raise_interrupt=False):
            self._todo.put(partial(self._changed, [Path(name) for _, name in changes]))

    def _follow_keys(self, key: Callable[[], str]) -> None:
        while (pressed := key()) != END:
            self._todo.put(partial(self._pressed, pressed.lower()))
        self._todo.put(partial(self._pressed, "q"))

    def _changed(self, paths: Iterable[Path]) -> None:
        """Run the kata that a changed file belongs to; what only looks like a change is passed over."""
        paths = [path for path in paths if _matters(path)]
        if any(path.suffix == ".toml" for path in paths):
            self._reload()
        kata = self._concerned(paths)
        if kata and (kata != self._kata or _state(kata) != self._seen):
            self._green = None
            self._turn_to(kata)

    def _concerned(self, paths: list[Path]) -> Kata | None:
        """The current kata, if a file is its own or shared by its chapter; else the first that a file belongs to."""
        owners = [self._catalog.of_file(path) for path in paths]
        orphans = [path for path, owner in zip(paths, owners, strict=True) if not owner]
        shared = self._kata and any(path.parent == self._kata.stub.parent for path in orphans)
        return self._kata if shared or self._kata in owners else next(filter(None, owners), None)

    def _reload(self) -> None:
        try:
            self._catalog = load(self._catalog.root)
        except CatalogError as error:
            self._stumbled(str(error))
            return
        self._kata = self._catalog.by_id(self._kata.id) if self._kata else None

    def _pressed(self, key: str) -> None:
        kata = self._kata
        compared = self._green or kata
        if key == "q":
            self._is_open = False
        elif key == "l":
            self._open_page("list")
        elif key == "n":
            self._green = None
            self._turn_to(self._open_kata(after=kata))
        elif key == "r" and kata:
            self._turn_to(kata)
        elif key == "d" and compared:
            self._open_page("diff", compared.id)
        elif key in PAGES and kata:
            self._open_page(PAGES[key], kata.id)

    def _open_page(self, *command: str) -> None:
        self._clear()
        self._page(list(command))
        self._foot()

    def _open_kata(self, after: Kata | None = None) -> Kata | None:
        """The next kata that is not done, from the one ``after`` which to look."""
        records = self._store.read()
        katas = list(self._catalog.katas)
        start = katas.index(after) + 1 if after in katas else 0
        found = first_open(standing(kata, records) for kata in (*katas[start:], *katas[:start]))
        return found.kata if found else None

    def _turn_to(self, kata: Kata | None) -> None:
        """Run a kata's tests; what runs is stopped."""
        self._stop.now()
        self._kata = kata
        if not kata:
            self._clear()
            self._screen.say(("All katas are green.", "green"), " pt-kata again brings them back.")
            self._foot()
            return
        self._seen = _state(kata)
        self._stop = Stop()
        self._thread(partial(self._run, kata, self._stop))

    def _run(self, kata: Kata, stop: Stop) -> None:
        """In a thread: run the tests; what comes of it is shown by the loop, unless another run has begun by then."""

        def tell(show: Callable[[], None]) -> None:
            self._todo.put(lambda: None if stop.is_set else show())

        try:
            news = _News(lambda verdict: tell(partial(self._show, verdict)))
            first = self._red.get(kata.id, ())
            checked = check_one(self._launcher, self._store, kata, Request(), news, stop, first)
            tell(partial(self._finished, checked))
        except Exception as error:
            own = "" if isinstance(error, Trouble) else f"pt-kata itself has failed: {type(error).__name__}: "
            message = f"{own}{error}"
            tell(lambda: self._stumbled(message))

    def _finished(self, checked: Checked) -> None:
        """Show a verdict, and go on to the next kata when this one is green."""
        verdict = checked.verdict
        self._red[verdict.kata.id] = [test.id for test in verdict.tests if test.outcome != "passed"]
        if verdict.passed:
            self._green = verdict.kata
            if not self._screen.is_terminal:
                self._show(verdict)
            self._turn_to(self._open_kata(after=verdict.kata))
        else:
            self._show(verdict)
            self._launcher.warm(verdict.modules)

    def _show(self, verdict: Verdict) -> None:
        if verdict.is_running and not self._screen.is_terminal:
            return
        red = verdict.first_red
        content = (
            self._stop,
            red and red.id,
            verdict.counts,
            verdict.problem,
            red and red.diagnosis,
            *self._store.notes,
        )
        if content == self._content:
            return
        self._content = content
        self._clear()
        if self._green:
            self._screen.say((f"✓ {self._green.id} is green.", "green"), "  d: your code beside the reference")
        outcome.first_red(self._screen, verdict)
        self._screen.say()
        outcome.standing(self._screen, verdict, judged(Record(), verdict).state)
        self._foot()

    def _stumbled(self, message: str) -> None:
        self._clear()
        self._screen.say((message, "red"))
        self._foot()

    def _clear(self) -> None:
        if self._screen.is_terminal:
            self._screen.clear()

    def _foot(self) -> None:
        self._screen.say()
        for note in self._store.notes:
            self._screen.say((note, "yellow"))
        self._store.notes.clear()
        if self._screen.is_terminal:
            self._screen.say((HELP, "dim"))


class _News(Listener):
    """Tells of a run what a learner waits for: the first test that isn't green, and the end of all tests."""

    def __init__(self, tell: Callable[[Verdict], None]) -> None:
        self._tell = tell
        self._told: TestVerdict | None = None

    def on_test(self, verdict: Verdict, test: TestVerdict) -> None:
        red = verdict.first_red
        if red is not self._told:
            self._told = red
            self._tell(verdict)

    def on_tested(self, verdict: Verdict) -> None:
        if not verdict.passed:
            self._tell(verdict)


def _matters(path: Path) -> bool:
    """Whether a verdict may depend on a file: not on lessons, caches, and what editors leave beside a file."""
    return not (path.name.startswith(".") or path.suffix in UNWATCHED or path.parent.name == "__pycache__")


def _state(kata: Kata) -> dict[Path, object]:
    """The files beside a kata, each with what changes when it is saved."""
    found: dict[Path, object] = {}
    for path in kata.stub.parent.iterdir() if kata.stub.parent.is_dir() else ():
        with suppress(OSError):
            status = path.stat()
            if _matters(path) and path.is_file():
                found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
