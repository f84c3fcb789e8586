"""The page: one file with everything in it, and its pictures once more as files beside it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from pt_kata.bench.record import Results
from pt_kata.drawing import THEMES, WIDTH, png
from pt_kata.files import Trouble, write_whole
from pt_kata.report import comparison, facts, peaks, predictions, roofline, sizes, speedups
from pt_kata.report.charts import Chart
from pt_kata.report.remarks import of_run
from pt_kata.report.runs import Group, contenders, groups, labels
from pt_kata.report.tables import Table


@dataclass
class Picture:
    """A chart on the page; ``files`` has its PNGs by theme, and is empty where there is nothing to draw."""

    chart: Chart
    files: dict[str, bytes] = field(default_factory=dict)

    def embedded(self, theme: str) -> str:
        """A PNG as the page holds it."""
        return f"data:image/png;base64,{b64encode(self.files[theme]).decode()}"


@dataclass
class Section:
    """A group of charts under a heading."""

    title: str
    pictures: list[Picture]
    records: Table | None = None


@dataclass
class Part:
    """One run on the page."""

    title: str
    is_complete: bool
    remarks: list[str]
    notes: list[str]
    machine: Table
    limits: Table
    left_out: Table
    sections: list[Section]


def write(runs: Sequence[Results], folder: Path, katas: Sequence[Chart] = ()) -> list[Path]:
    """Write the page of ``runs`` and ``katas``, and its pictures, into ``folder``; returns their paths, the page first.

    Raises:
        Trouble: the folder can't be written.
    """
    built = [Picture(chart) for chart in katas]
    compared, parts = contents(runs)
    sections = [*compared, *(one for part in parts for one in part.sections)]
    pictures = [picture for section in sections for picture in section.pictures]
    files = dict(_pictures([*built, *pictures]))
    page = render(built, compared, parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {"index.html": page.encode(), **files}.items():
            write_whole(folder / name, content)
    except OSError as error:
        raise Trouble(f"{folder} can't be written: {error.strerror}. Give another folder with --out.") from None
    return [folder / name for name in ("index.html", *files)]


def contents(runs: Sequence[Results]) -> tuple[list[Section], list[Part]]:
    """What the page says: the runs side by side, and each by itself."""
    titles = labels(runs)
    by_run = [groups(run, title) for run, title in zip(runs, titles, strict=True)]
    every = [group for found in by_run for group in found]
    names = contenders(record for group in every for record in group.records)
    compared = [
        Section(
            f"{after.run}, {after.title}, relative to {before.run}, {before.title}",
            [Picture(chart) for chart in comparison.charts(before, after, names)],
        )
        for before, after in comparison.partners(every)
    ]
    parts = [
        Part(
            title,
            run.is_complete,
            of_run(run),
            run.notes,
            facts.machine(run),
            facts.limits(run),
            facts.left_out(run),
            [_section(group, names) for group in found],
        )
        for run, title, found in zip(runs, titles, by_run, strict=True)
    ]
    return compared, parts


def _section(group: Group, names: Sequence[str]) -> Section:
    charts = [
        *speedups.charts(group, names),
        predictions.chart(group, names),
        roofline.chart(group, names),
        *sizes.charts(group, names),
        peaks.chart(group, names),
    ]
    return Section(group.title, [Picture(chart) for chart in charts], facts.records(group))


def _pictures(pictures: Sequence[Picture]) -> Iterator[tuple[str, bytes]]:
    """Draw what there is to draw; give the files by name, numbered as they come on the page."""
    drawn = [picture for picture in pictures if picture.chart.draw]
    for number, picture in enumerate(drawn, 1):
        for theme in THEMES:
            assert picture.chart.draw
            picture.files[theme.name] = png(picture.chart.draw, theme, is_shaded=picture.chart.is_shaded)
            yield f"chart-{number:02}-{theme.name}.png", picture.files[theme.name]


def render(built: Sequence[Picture], compared: Sequence[Section], parts: Sequence[Part]) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("pt_kata", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html.j2")
    return page.render(built=built, compared=compared, parts=parts, width=round(WIDTH * 96))
