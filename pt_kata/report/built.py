"""What the learner built: the pictures of the katas that are begun."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

from pt_kata.catalog import load
from pt_kata.files import Trouble
from pt_kata.plots import drawn
from pt_kata.plots.command import progress
from pt_kata.plots.picture import Wanted
from pt_kata.report.charts import Chart
from pt_kata.report.tables import Table
from pt_kata.runner.launch import Launcher, launcher
from pt_kata.standing import Standing, standing
from pt_kata.store import Store
from pt_kata.stubs import is_blank


def charts(root: Path) -> list[Chart]:
    """A picture of each kata of a workspace that is begun, drawn from the learner's own code as it is now."""
    records = Store(root).read()
    begun = [kata for kata in load(root).katas if kata.name in drawn() and kata.stub.is_file() and not is_blank(kata)]
    if not begun:
        return []
    with launcher(folder=root) as starting:
        return [_chart(standing(kata, records), starting) for kata in begun]


def _chart(one: Standing, starting: Launcher) -> Chart:
    wanted = Wanted(one.kata)
    head = ("Function", "When last checked")
    rows = [(task.name, one.outcome(task) if one.record.checked else "not checked") for task in one.kata.tasks]
    table = Table(f"{one.kata.title}: {one.words}", head, rows, words=2)
    try:
        with progress() as say:
            data = wanted.data(starting, say)
    except Trouble as trouble:
        return Chart(one.kata.title, one.kata.summary, str(trouble), table, None)
    draw = partial(import_module(f"pt_kata.plots.{one.kata.name}.draw").draw, data)
    alt = f"What the functions of {one.kata.id} do, drawn from a run of them."
    return Chart(one.kata.title, one.kata.summary, alt, table, draw, is_shaded=True)
