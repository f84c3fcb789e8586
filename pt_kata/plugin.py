"""The pytest hooks of a kata workspace; each a few lines over the modules that do the work."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from pt_kata import endings, frames, seal, summary
from pt_kata.calls import Recorder
from pt_kata.catalog import CatalogError, Kata, load, nearest
from pt_kata.diagnosis import Diagnosis, Diagnostician, diagnose, suspects, task_of
from pt_kata.draw import Draw
from pt_kata.guard import Guard
from pt_kata.progress import Outcome, Result
from pt_kata.target import BrokenKata, Finder, TargetError, choose, strays
from pt_kata.trial import case_of, seed_of
from pt_kata.witness import Untrusted, Witness
from pt_kata.world import kept, seeded_world

DEVICES = ("cpu", "cuda")
TestStatus = tuple[str, str, tuple[str, dict[str, bool]]]


class Ended(NamedTuple):
    """How the call of a test ended, and in which of the learner's functions."""

    outcome: Outcome
    function: str = ""
    message: str = ""
    forbidden: bool = False
    trusted: bool = True


ENDED = pytest.StashKey[Ended]()
WITNESS = pytest.StashKey[Witness]()
LAST = pytest.StashKey[bool]()


class KataPlugin:
    """Runs the katas of the workspace ``root`` under pytest."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.results: dict[str, Result] = {}
        self.totals: Counter[str] = Counter()
        self.problems: list[str] = []
        self.diagnoses: list[tuple[str, Diagnosis]] = []  # each with the test that it is shown below
        self._red: dict[str, pytest.TestReport] = {}
        self._bodies: dict[str, Callable[..., object]] = {}

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        group = parser.getgroup("pt_kata", "learning by assertion")
        group.addoption("--solutions", action="store_true", help="test the reference in solutions/ instead")
        group.addoption("--against", type=Path, metavar="DIR", help="test DIR/<chapter>/<kata>.py instead")
        group.addoption("--seed", type=int, help="repeat a run: the seed that its header and failures show")
        group.addoption("--no-diagnosis", action="store_true", help="do not name the known mistake behind a failure")
        group.addoption("--device", help="where the tests put their tensors: cpu (default) or cuda")

    def pytest_configure(self, config: pytest.Config) -> None:
        self.config, option = config, config.option
        option.continue_on_collection_errors = True
        if getattr(option, "tbstyle", "") == "auto":
            option.tbstyle = "short"
        if option.seed is None:
            option.seed = random.SystemRandom().randrange(10**6)
        self.device = option.device or DEVICES[0]
        _check_device(self.device)
        try:
            self.catalog = load(self.root)
            self.target = choose(self.catalog, solutions=option.solutions, against=option.against)
        except (CatalogError, TargetError) as error:
            raise pytest.UsageError(str(error)) from None
        config.args[:] = [self._resolve(config.invocation_params.dir, argument) for argument in config.args]
        self.sources = self.target.sources()
        self.seals = seal.Seals(config.pluginmanager, [kata.module for kata in self.catalog.katas])
        self.seals.tables += [self.results, self._red]
        finder = Finder(self.target, self.seals)
        finder.install()
        config.add_cleanup(finder.remove)

    def pytest_report_header(self, config: pytest.Config) -> list[str]:
        seed = config.option.seed
        return [
            f"pt_kata: {self.target.label} under test",
            f"pt_kata: seed {seed} (repeat with --seed {seed}), {_device_line(self.device)}",
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {kata: position for position, kata in enumerate(self.catalog.katas)}
        owners = {item: kata for item in items if (kata := self.catalog.owner(item.path))}
        self.totals = Counter(kata.id for kata in owners.values())
        self._bodies = {item.nodeid: item.obj for item in owners if isinstance(item, pytest.Function)}
        items.sort(key=lambda item: order[owners[item]] if item in owners else -1)
        if not self.config.option.solutions:
            for item in owners:  # a project may turn warnings into errors; a learner's code is not to fail for one
                item.add_marker(pytest.mark.filterwarnings("default"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        paths = [self.root / nodeid.partition("::")[0] for nodeid in ids]
        self.totals = Counter(kata.id for path in paths if (kata := self.catalog.owner(path)))

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> Draw:
        """Random sizes and tensors: fresh in every run, the same again with ``--seed``."""
        return Draw(self._seed(request.node), self.device)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, object, object]:
        report = yield
        if isinstance(collector, pytest.Module) and self.catalog.owner(collector.path):
            self.seals.add_tests(vars(collector).get("_obj"))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        if not self.catalog.owner(item.path):
            return (yield)
        item.stash[LAST] = nextitem is None or nextitem.path != item.path
        with seeded_world(self._seed(item), watched=False):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        """Run a kata's test here, so that a pass is known to be one: the body ran to its end, and nothing was bent."""
        witness = pyfuncitem.stash.get(WITNESS, None)
        if not witness:
            return None
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        witness.run(
            self._bodies.get(pyfuncitem.nodeid, pyfuncitem.obj), arguments, last=pyfuncitem.stash.get(LAST, True)
        )
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        kata = self.catalog.owner(item.path)
        if not kata:
            return (yield)
        witness = item.stash[WITNESS] = Witness(kata, self.sources, self.seals)
        guard = Guard(kata.bans, self.sources)
        recorder = Recorder(self.sources, guard.codes, guard.refuse_code, witness.returned)
        try:
            with endings.keyboard(), witness.insist(recorder, guard), recorder, guard.watch(), guard.insist():
                return (yield)
        except BaseException as error:
            failure = endings.failure(error, self.sources, witness.plain.is_learners) or error
            if not isinstance(failure, Exception | pytest.fail.Exception):
                raise
            call = witness.call or recorder.blamed or recorder.latest()
            unfit = self._unfit(failure)
            function = frames.entered(failure, self.sources) or (call.name if call else "")
            trusted = not isinstance(failure, Untrusted)
            item.stash[ENDED] = unfit or Ended(
                "failed", function, forbidden=guard.violation is not None, trusted=trusted
            )
            if unfit:
                # Without a traceback to render, which for hundreds of stubs takes seconds.
                raise pytest.fail.Exception(unfit.message, pytrace=False).with_traceback(error.__traceback__) from None
            if call and not isinstance(failure, AssertionError):
                failure.add_note(f"  called    {call.text}")
            endings.explain(failure, self.sources)
            if not self.config.option.fulltrace:
                frames.trim(failure, str(item.path), self.sources, call)
            if failure is error:
                raise
            raise failure from None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        kata = self.catalog.owner(item.path)
        if kata and report.when == "call":
            self._insist_on_the_verdict(item, report)
        if kata and not report.skipped and (report.when == "call" or report.failed):
            self._classify(kata, item, call, report)
        return report

    def _insist_on_the_verdict(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """A test has passed that ran to its end; all others have failed, whatever marks it was given meanwhile."""
        witness = item.stash.get(WITNESS, None)
        passed = bool(witness and witness.passed) and ENDED not in item.stash
        if passed != report.passed or hasattr(report, "wasxfail"):
            report.outcome = "passed" if passed and report.passed else "failed"
            vars(report).pop("wasxfail", None)
            report.longrepr = None if report.passed else report.longrepr or "The test did not run to its end."

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        path = self.root / report.nodeid
        if report.failed and self.catalog.owner(path):
            self.problems.append(f"{path} can't be collected: the error is above")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if found := getattr(report, "kata_result", None):
            self.results[report.nodeid] = Result(**found)
            self._red[report.nodeid] = report

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Name the mistakes, before the failures are printed: each below the first failure of its task."""
        option = session.config.option
        wanted = not option.no_diagnosis and not option.solutions and exitstatus == pytest.ExitCode.TESTS_FAILED
        if not wanted or hasattr(session.config, "workerinput"):
            return
        for kata in self.catalog.katas:
            own = [result for result in self.results.values() if result.kata == kata.id]
            honest = [result for result in own if result.outcome == "failed" and self._is_trusted(result)]
            failed = sorted(honest, key=lambda result: result.line)
            for diagnosis in self._diagnose(kata, own, failed):
                first = next(result for result in failed if task_of(result) == diagnosis.below)
                self.diagnoses.append((first.nodeid, diagnosis))
                _add_section(self._red[first.nodeid], "diagnosis", diagnosis.text)

    def _is_trusted(self, result: Result) -> bool:
        return bool(getattr(self._red[result.nodeid], "kata_trusted", True))

    def _diagnose(self, kata: Kata, results: list[Result], failed: list[Result]) -> list[Diagnosis]:
        if not failed:
            return []
        costs = {result.case: result.seconds for result in results}
        seed = self.config.option.seed
        diagnostician = Diagnostician(kata, self.target.file(kata), seed=seed, device=self.device, costs=costs)
        try:
            with endings.keyboard(), kept(), self.seals.kept():
                return diagnose(diagnostician, suspects(failed))
        except BaseException as error:  # the learner's code may raise anything, and has been reported already
            if endings.is_from_keyboard(error, self.sources):
                raise
            return []

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> TestStatus | None:
        outcome = (getattr(report, "kata_result", None) or {}).get("outcome")
        if outcome == "todo":
            return "todo", "t", ("TODO", {"yellow": True})
        if outcome == "broken":
            return "broken", "b", ("BROKEN", {"red": True})
        return None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        problems = [kata.problem for kata in self.catalog.katas if kata.problem] + strays(self.target) + self.problems
        if self.totals or (problems and self._asked_for_katas()):
            run = summary.Run(self.catalog, self.target, list(self.results.values()), self.totals, problems)
            summary.write(terminalreporter, run)

    def _unfit(self, error: BaseException) -> Ended | None:
        """How a test ended that met a stub or a module that can't be loaded; nothing for any other error."""
        if stub := frames.is_stub(error, self.sources):
            return Ended("todo", stub, f"{stub} is not written yet")
        return Ended("broken", "", str(error)) if isinstance(error, BrokenKata) else None

    def _classify(self, kata: Kata, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        ended = Ended("passed")
        if call.excinfo:
            ended = item.stash.get(ENDED, None) or self._unfit(call.excinfo.value) or Ended("failed")
        if ended.message:
            report.longrepr = ended.message
        elif report.failed:
            report.sections.append(("to repeat", f"pytest '{item.nodeid}' --seed {self.config.option.seed}"))
        name, indices = _name_and_indices(item)
        result = Result(
            kata=kata.id,
            nodeid=item.nodeid,
            outcome=ended.outcome,
            function=ended.function,
            line=item.location[1] or 0,
            sentence=_sentence(item),
            detail=ended.message if ended.outcome == "broken" else "",
            forbidden=ended.forbidden,
            case=str(case_of(name, getattr(item, "obj", None), indices)),
            seconds=call.duration,
        )
        report.kata_result = asdict(result)  # type: ignore[attr-defined]
        report.kata_trusted = ended.trusted  # type: ignore[attr-defined]

    def _asked_for_katas(self) -> bool:
        folders = [self.config.invocation_params.dir / argument for argument in self.config.args]
        return any(folder.is_relative_to(self.root / "katas") for folder in folders)

    def _seed(self, item: pytest.Item) -> int:
        return seed_of(self.config.option.seed, *_name_and_indices(item))

    def _resolve(self, folder: Path, argument: str) -> str:
        """Turn a kata's module into its test file; refuse a path that isn't there, with the nearest one that is."""
        name, separator, test = argument.partition("::")
        path = folder / name
        if kata := next((kata for kata in self.catalog.katas if path in (kata.stub, kata.stub.with_suffix(""))), None):
            return f"{kata.test}{separator}{test}"
        if path.exists() or not path.parent.is_dir() or self.root not in path.parents:
            return argument
        raise pytest.UsageError(
            f"there is no {path}{nearest(path.name, [entry.name for entry in path.parent.iterdir()])}"
        )


def _name_and_indices(item: pytest.Item) -> tuple[str, dict[str, int]]:
    """The name of the test function, and which of its values each parameter has."""
    name = getattr(item, "originalname", None) or item.name
    return name, getattr(getattr(item, "callspec", None), "indices", {})


def docstring_of(item: pytest.Item) -> str:
    """What a test says it wants, on one line."""
    return " ".join((getattr(getattr(item, "obj", None), "__doc__", "") or "").split())


def _sentence(item: pytest.Item) -> str:
    """The test's docstring, and the parameters it runs with."""
    _, bracket, parameters = item.name.partition("[")
    return f"{docstring_of(item)}{' [' if bracket else ''}{parameters}"


def _add_section(report: pytest.TestReport, title: str, text: str) -> None:
    add = getattr(report.longrepr, "addsection", None)
    if add:
        add(title, text)
    else:
        report.sections.append((title, text))


def _check_device(device: str) -> None:
    if device not in DEVICES:
        raise pytest.UsageError(f"--device {device}: wanted cpu or cuda{nearest(device, list(DEVICES))}")
    if device == "cuda" and not torch.cuda.is_available():
        raise pytest.UsageError("--device cuda: torch sees no CUDA device here; leave the option out for the CPU")


def _device_line(device: str) -> str:
    if device == "cuda":
        return f"on {torch.cuda.get_device_name()}"
    if torch.cuda.is_available():
        return "on the CPU only; a CUDA device is here, --device cuda runs on it"
    return "on the CPU only; no CUDA device here, so nothing was run on one"
