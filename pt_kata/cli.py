"""The command ``pt-kata``: parses, and leaves the work to other modules, imported only when they are needed."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pt_kata.catalog import Catalog, CatalogError, Kata, Task, load, nearest
from pt_kata.shell import Commands, KataName, ShapeType, TaskName, example
from pt_kata.workspace import find_workspace

if TYPE_CHECKING:
    from pt_kata.screen import Screen
    from pt_kata.standing import Standing
    from pt_kata.store import Store

NAME = KataName()
DEVICE = click.Choice(["cpu", "cuda"])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("pt-kata"),
)
@click.version_option(package_name="pt_kata")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn PyTorch from the inside, one assertion at a time.

    Without a command: where you are, and what is next.
    """
    if ctx.invoked_subcommand is None:
        from pt_kata.pages import home

        home(_screen(), _standings(_catalog()))


@main.command(epilog=example("pt-kata init my-katas"))
@click.argument("folder", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
def init(folder: Path) -> None:
    """Make a workspace in DIR, or in the current folder.

    It gets the katas, the reference, settings for pytest and VS Code, and a README. Nothing that is there is written
    over.
    """
    from pt_kata.workspaces.init import init
    from pt_kata.workspaces.pages import made

    path = folder.absolute().resolve()
    made(_screen(), path, init(path))


@main.command(epilog=example("pt-kata update --dry-run"))
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--undo", is_flag=True, help="Take the last update back.")
def update(dry_run: bool, undo: bool) -> None:
    """Bring this workspace to the installed version of pt_kata.

    Files that you did not touch are replaced. What you changed is merged with what is new where the two do not meet;
    where they do, your file is left as it is, and the new version is laid beside it in .pt_kata/updates/. What was
    replaced is kept there as well.
    """
    from pt_kata.workspaces import pages, update

    if dry_run and undo:
        raise click.UsageError("--dry-run and --undo exclude each other")
    root = _catalog().root
    if undo:
        pages.taken_back(_screen(), update.undo(root))
        return
    plan = update.plan(root)
    if dry_run:
        pages.planned(_screen(), plan)
    else:
        pages.done(_screen(), plan, update.carry_out(plan))


@main.command("list", epilog=example("pt-kata list"))
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(as_json: bool) -> None:
    """List the katas, and how far you are in each."""
    from pt_kata import pages

    standings = _standings(_catalog())
    if as_json:
        click.echo(json.dumps(pages.as_data(standings), indent=2))
    else:
        pages.listing(_screen(), standings)


@main.command(epilog=example("pt-kata show losses/cross_entropy"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
def show(name: str | None) -> None:
    """Show a kata's lesson and what there is to write.

    Without a name it is the next kata.
    """
    from pt_kata.pages import kata_page

    catalog = _catalog()
    kata_page(_screen(), _one(catalog, _store(catalog), name))


@main.command("next", epilog=example("pt-kata next"))
def next_() -> None:
    """Show the place to go on, and what to type.

    It is in the first kata that is not done.
    """
    from pt_kata.pages import following
    from pt_kata.standing import next_up

    catalog = _catalog()
    following(_screen(), next_up(catalog, _store(catalog).read()))


@main.command(epilog=example("pt-kata check losses/cross_entropy --json"))
@click.argument("names", nargs=-1, type=NAME, metavar="[KATA]...")
@click.option(
    "--json", "as_json", is_flag=True, help="Print every test as JSON (pt_kata/check.schema.json describes it)."
)
@click.option("--solutions", is_flag=True, help="Test the reference instead of your code.")
@click.option("--against", type=click.Path(path_type=Path), metavar="DIR", help="Test DIR/<chapter>/<kata>.py instead.")
@click.option("--device", type=DEVICE, default="cpu", help="Where the tests put their tensors.")
@click.option("--seed", type=int, help="Repeat a run with the same random inputs.")
@click.option("--limit", type=click.FloatRange(min=0.1), default=10.0, help="Seconds for one test (default: 10).")
@click.option("-v", "--verbose", is_flag=True, help="Show every test that is not green, not only the first.")
@click.option("--plot", is_flag=True, help="Draw what the functions do as well, as `pt-kata plot` does.")
@click.option(
    "--format", type=click.Choice(["exercism", "gradescope", "junit"]), help="Write what this grader reads instead."
)
@click.option("--out", metavar="PATH", help="A file or folder for it, instead of the terminal (with --format).")
@click.option(
    "--weight", "weights", multiple=True, metavar="KATA=POINTS", help="Points for a kata, 10 by default (gradescope)."
)
@click.option(
    "--visibility",
    type=click.Choice(["visible", "hidden", "after_due_date", "after_published"]),
    help="When students see the tests (gradescope).",
)
def check(names: tuple[str, ...], as_json: bool, verbose: bool, plot: bool, limit: float, **asked: Any) -> None:
    """Run the tests of all katas, or of some, each in a process of its own.

    The exit code is 0 only when all tests pass; with --format exercism or gradescope also when some do not.
    """
    from pt_kata.check import Request
    from pt_kata.running import check, grade

    if as_json and plot:
        raise click.UsageError("--json and --plot exclude each other; `pt-kata plot` draws by itself")
    wanted = {name: asked.pop(name) for name in ("format", "out", "weights", "visibility")}
    if wanted["format"] and (as_json or plot):
        raise click.UsageError(f"--format and {'--json' if as_json else '--plot'} exclude each other")
    catalog = _catalog()
    katas = list(dict.fromkeys(_kata(catalog, name) for name in names)) or list(catalog.katas)
    request = Request(**asked, seconds=limit)
    if any(wanted.values()):
        from pt_kata.graders import chosen

        _end(grade(catalog, katas, request, chosen(**wanted, katas=katas, kata=partial(_kata, catalog))))
        return
    _end(check(catalog, katas, request, as_json=as_json, verbose=verbose, is_drawn=plot))


@main.command(epilog=example("pt-kata watch losses/cross_entropy"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
def watch(name: str | None) -> None:
    """Run a kata's tests whenever you save, and show the first that is not green.

    It begins with the first kata that is not done, follows the file that you save, and goes on to the next kata when
    one is green. Single keys open the hint, the lesson and the list.
    """
    from pt_kata.running import watch

    catalog = _catalog()
    watch(catalog, _kata(catalog, name) if name else None, _page)


@main.command(epilog=example("pt-kata hint losses/cross_entropy --function logsumexp"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
@click.option("--function", "task", type=TaskName(), metavar="NAME", help="The function or class to get a hint for.")
def hint(name: str | None, task: str | None) -> None:
    """Give the next hint, one level more each time.

    It is for the first function that is not green yet, or for the one that is named.
    """
    from pt_kata.hints import hint

    catalog = _catalog()
    store = _store(catalog)
    one = _one(catalog, store, name)
    hint(_screen(), store, one, _task(one, task))


@main.command(epilog=example("pt-kata diff tensors/broadcasting"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
@click.option("--spoil", is_flag=True, help="Show the reference although the kata is not green yet.")
def diff(name: str | None, spoil: bool) -> None:
    """Show your code beside the reference, once the kata is green."""
    from pt_kata.compare import compare

    catalog = _catalog()
    one = _one(catalog, _store(catalog), name)
    if not (one.is_done or spoil):
        kata = one.kata.id
        raise click.ClickException(
            f"{kata} is not green ({one.words}). `pt-kata check {kata}` runs its tests; "
            f"`pt-kata diff {kata} --spoil` shows the reference all the same."
        )
    compare(_screen(), one.kata)


@main.command(epilog=example("pt-kata reset tensors/broadcasting"))
@click.argument("name", type=NAME, required=False, metavar="KATA")
@click.option("--all", "everything", is_flag=True, help="Reset every kata.")
def reset(name: str | None, everything: bool) -> None:
    """Make your file the blank stub again.

    What you wrote is first kept in a dated backup, and `pt-kata undo` brings it back.
    """
    if bool(name) == everything:
        raise click.UsageError("name one KATA, or use --all for every kata")
    from pt_kata.blank import reset_all

    catalog = _catalog()
    katas = [_kata(catalog, name)] if name else catalog.katas
    _end(reset_all(_screen(), _store(catalog), katas))


@main.command(epilog=example("pt-kata undo tensors/broadcasting"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
def undo(name: str | None) -> None:
    """Bring back what a reset replaced.

    It is the newest backup of the kata, or, without a name, all that the last reset replaced. What is there now is
    kept as well, so that a second undo takes the first one back.
    """
    from pt_kata.blank import undo_all

    catalog = _catalog()
    asked = [_kata(catalog, name)] if name else []
    _end(undo_all(_screen(), _store(catalog), asked, catalog.katas))


@main.command(epilog=example("pt-kata again"))
@click.option("--yes", is_flag=True, help="Bring back those that are due without asking.")
def again(yes: bool) -> None:
    """Bring green katas back, after 1, 4 and 16 days.

    They come back as blank stubs, only after asking, and what you wrote is kept in a backup.
    """
    from pt_kata.blank import bring_back

    catalog = _catalog()
    _end(bring_back(_screen(), _store(catalog), catalog.katas, yes=yes))


@main.command(epilog=example("pt-kata bench losses/cross_entropy"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
@click.option("--compile", "patient", is_flag=True, help="Wait for torch.compile, however long it takes (one KATA).")
@click.option("--quick", is_flag=True, help="Medium sizes only, without torch.compile: under a minute (all katas).")
@click.option("--op", "ops", multiple=True, metavar="OP", help="Only this operation; can be repeated (all katas).")
@click.option("--size", "sizes", multiple=True, metavar="SIZE", help="Only small, medium or large (all katas).")
@click.option("--device", "devices", type=DEVICE, multiple=True, help="Only cpu or cuda; both where there is a GPU.")
@click.option("--threads", type=click.IntRange(min=1), default=None, help="CPU threads (all that torch takes).")
def bench(name: str | None, patient: bool, quick: bool, threads: int | None, **asked: tuple[str, ...]) -> None:
    """Race your green functions against manual, compiled and fused.

    With a KATA it takes less than 20 seconds. Without one it runs every race there is, which takes half an hour, and
    keeps the results for `pt-kata report`.
    """
    from pt_kata.bench.command import everything, one_kata

    catalog = _catalog()
    if not name:
        from pt_kata.bench.meeting import Options

        if patient:
            raise click.UsageError("--compile is for one KATA; without one the compiler is always waited for")
        everything(catalog.root, Options(**asked, quick=quick, threads=threads or 0), _screen())
        return
    if quick or threads or asked["ops"] or asked["sizes"] or len(asked["devices"]) > 1:
        raise click.UsageError("with a KATA only --compile and one --device can be given")
    one_kata(catalog.root, _kata(catalog, name), (*asked["devices"], "cpu")[0], _screen(), patient=patient)


@main.command(epilog=example("pt-kata plot tensors/broadcasting --shapes 3,1 4"))
@click.argument("name", type=NAME, required=False, metavar="[KATA]")
@click.option("--solutions", is_flag=True, help="Draw what the reference does.")
@click.option("--against", type=click.Path(path_type=Path), metavar="DIR", help="Draw DIR/<chapter>/<kata>.py instead.")
@click.option("--shapes", type=ShapeType(), nargs=2, metavar="A B", help="The two shapes for broadcasting: 3,1 4")
@click.option("--theme", type=click.Choice(["light", "dark"]), default=None, help="The colours of the picture.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write the files there.")
def plot(
    name: str | None,
    solutions: bool,
    against: Path | None,
    shapes: tuple[str, str] | None,
    theme: str | None,
    out: Path | None,
) -> None:
    """Draw what your functions do, and show it.

    The picture goes to .pt_kata/plots/<chapter>/<kata>.png, and into the terminal where that can show pictures (kitty,
    iTerm, sixel). A function that is not written yet, or fails, is named on the picture.
    """
    from pt_kata.check import Request
    from pt_kata.plots.command import plot

    catalog = _catalog()
    kata = _one(catalog, _store(catalog), name).kata
    if shapes and kata.name != "broadcasting":
        raise click.UsageError(f"--shapes is for tensors/broadcasting, not for {kata.id}")
    request = Request(solutions=solutions, against=against)
    options = {"shapes": " ".join(shapes)} if shapes else {}
    plot(catalog.root, kata, request, options, theme or "", out, _screen())


@main.command(epilog=example("pt-kata notebook cross_entropy --out loss.ipynb"))
@click.argument("name", type=NAME, metavar="KATA")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write this file instead.")
def notebook(name: str, out: Path | None) -> None:
    """Make a notebook of a kata: the lesson, and a cell for each function, which checks it.

    It is KATA.ipynb in this folder, or KATA-2.ipynb where that is taken: no file is ever written over.
    """
    from pt_kata.files import shown
    from pt_kata.notebook.export import write

    kata = _kata(_catalog(), name)
    click.echo(shown(write(kata, (out or Path(f"{kata.name}.ipynb")).absolute())))


@main.command(epilog=example("pt-kata report before.json after.json"))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write the page there.")
def report(files: tuple[Path, ...], out: Path | None) -> None:
    """Make a page of pictures and numbers from what you built and what was measured.

    Without a FILE it shows what your functions do, and the newest results of this workspace. With FILEs it shows those;
    two or more are laid side by side, relative to the first. The page goes to .pt_kata/report/index.html, with its
    pictures as PNGs beside it.
    """
    from pt_kata.files import shown
    from pt_kata.report.command import report

    for path in report(find_workspace(Path.cwd()), files, out):
        click.echo(shown(path.absolute()))


@main.command(epilog=example("pt-kata doctor"))
def doctor() -> None:
    """Say what is missing, and how to mend it."""
    from pt_kata.doctor import examine
    from pt_kata.pages import findings

    _end(findings(_screen(), examine(find_workspace(Path.cwd()))))


@main.command(epilog=example("pt-kata verify losses/cross_entropy --mutants"))
@click.argument("katas", type=NAME, nargs=-1, metavar="[KATA]...")
@click.option("--mutants", is_flag=True, help="Also run mechanical mutants of the reference; takes longer.")
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON, each mistake and mutant by itself.")
def verify(katas: tuple[str, ...], mutants: bool, as_json: bool) -> None:
    """Prove that the katas test what they say (for authors)."""
    from importlib.util import find_spec

    from pt_kata.audit import PARTS, audit
    from pt_kata.audit.table import show

    if mutants and not find_spec("cosmic_ray"):
        raise click.ClickException("--mutants needs the mutation tool: pip install cosmic-ray")
    catalog = _catalog()
    chosen = [_kata(catalog, name) for name in katas] or list(catalog.katas)
    parts = [part for part in PARTS if mutants or part != "mutants"]
    checks = list(show(audit(catalog.root, chosen, parts), chosen, parts, quiet=as_json))
    if as_json:
        from pt_kata.audit.table import as_data

        click.echo(json.dumps(as_data(checks), indent=2))
    _end(not any(check.problems for check in checks))


def _catalog() -> Catalog:
    root = find_workspace(Path.cwd())
    if not root:
        raise click.ClickException(
            "there is no katas/curriculum.toml in this folder or above it; `pt-kata init my-katas` makes a workspace"
        )
    try:
        return load(root)
    except CatalogError as error:
        raise click.ClickException(str(error)) from None


def _kata(catalog: Catalog, name: str) -> Kata:
    """The kata called ``name``: its id, its name alone, or a path to it."""
    wanted = name.removesuffix(".py").removeprefix("./").removeprefix("katas/")
    path = (Path.cwd() / name).resolve().with_suffix("")
    found = [kata for kata in catalog.katas if wanted in (kata.id, kata.name) or path == kata.stub.with_suffix("")]
    if not found:
        raise click.BadParameter(f"there is no kata {name!r}; {_near(catalog, wanted)}", param_hint="KATA")
    return found[0]


def _near(catalog: Catalog, wanted: str) -> str:
    inside = [kata.id for kata in catalog.katas if kata.chapter == wanted.rstrip("/")]
    if inside:
        return f"that is a chapter, with {' and '.join(inside)}"
    names = [name for kata in catalog.katas for name in (kata.id, kata.name)]
    return nearest(wanted, names).removeprefix("; ") or "`pt-kata list` has their names"


def _page(command: list[str]) -> None:
    """Run another command and stay, whatever comes of it."""
    try:
        main(command, prog_name="pt-kata", standalone_mode=False)
    except click.ClickException as error:
        _screen().say((error.format_message(), "red"))
    except SystemExit:
        pass


def _end(went_well: bool) -> None:
    if not went_well:
        raise SystemExit(1)


def _screen() -> Screen:
    from pt_kata.screen import Screen

    return Screen()


def _store(catalog: Catalog) -> Store:
    """The saved progress; what had to be set aside is told when the command ends."""
    from pt_kata.store import Store

    store = Store(catalog.root)
    click.get_current_context().call_on_close(
        lambda: click.echo("".join(f"{note}\n" for note in store.notes), err=True, nl=False)
    )
    return store


def _standings(catalog: Catalog) -> list[Standing]:
    from pt_kata.standing import standing

    records = _store(catalog).read()
    return [standing(kata, records) for kata in catalog.katas]


def _one(catalog: Catalog, store: Store, name: str | None) -> Standing:
    """The kata called ``name``; without a name the next one, or the last when all are done."""
    from pt_kata.standing import next_up, standing

    records = store.read()
    if name:
        return standing(_kata(catalog, name), records)
    up = next_up(catalog, records)
    if not up and not catalog.katas:
        raise click.ClickException("there is no kata in katas/curriculum.toml")
    return up or standing(catalog.katas[-1], records)


def _task(one: Standing, name: str | None) -> Task:
    """The task called ``name``; without a name the next one."""
    task = one.kata.task(name) if name else one.next_task
    if task:
        return task
    close = nearest(name or "", [task.name for task in one.kata.tasks])
    raise click.BadParameter(f"{one.kata.id} has no function or class {name!r}{close}", param_hint="--function")
