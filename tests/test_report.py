from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from click.testing import CliRunner, Result
from matplotlib.figure import Figure
from PIL import Image, ImageColor
from playwright.sync_api import Browser, sync_playwright

from pt_kata import units
from pt_kata.bench.record import LeftOut, Record, Results
from pt_kata.cli import main
from pt_kata.drawing import DARK, LIGHT, Theme, around, factors_axis, folded, png, rates_axis, times_axis
from pt_kata.files import Trouble
from pt_kata.report import comparison, peaks, predictions, roofline, sizes, speedups
from pt_kata.report.charts import Chart, look
from pt_kata.report.facts import records as every_record
from pt_kata.report.page import contents, write
from pt_kata.report.ratios import Ratio, ratio
from pt_kata.report.reading import read
from pt_kata.report.remarks import ABOVE, of_record, of_run
from pt_kata.report.runs import Group, contenders, groups, labels

LIMITS = {
    "device": "cpu",
    "dtype": "float32",
    "copy": 1e10,
    "add": 1.2e10,
    "update": 1.2e10,
    "sum": 1.5e10,
    "fresh": 4e9,
    "flops": 1e11,
    "cache": 1 << 25,
}
MACHINE = {"cpu": "A CPU", "cores": 2, "memory_bytes": 8 << 30, "cache_is_assumed": False, "gpu": None}
BYTES = {"small": 1 << 14, "medium": 1 << 21, "large": 1 << 28}
STRANGE = '<script>alert("x")</script> & $\\nonsense{$ 核'
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on the PATH: apt-get install chromium")


def samples(middle: float, number: int = 25) -> list[float]:
    """Times around ``middle``, which is their median, within 2 % of it."""
    return [middle * (1 + 0.02 * (2 * place / (number - 1) - 1)) for place in range(number)]


def record(**changes: Any) -> Record:
    """A record of an operation that moves 2**28 bytes at 10 GB/s."""
    size = changes.get("size", "large")
    least = BYTES.get(size, BYTES["large"])
    plain: dict[str, Any] = {
        "op": "softmax",
        "topic": "losses",
        "size": size,
        "shape": f"{least >> 10}x128",
        "device": "cpu",
        "dtype": "float32",
        "pass_": "forward",
        "implementation": "fused",
        "threads": 2,
        "timer": "time.perf_counter",
        "cache": "warm: some of it stays in the cache" if size != "large" else "cold: more than 4 times the cache",
        "number": 1,
        "seconds": samples(least / 1e10 + 1e-5),
        "latency": [],
        "least_read": least // 2,
        "least_written": least // 2,
        "moved": least,
        "flops": least,
        "limit": least / 1e10,
        "mix": "copy",
        "share": 0.9 if size == "large" else None,
        "no_share": "" if size == "large" else "it is less than 4 times the cache",
        "predicted": 1.0,
        "peak": least // 2,
        "taken": least // 2,
        "aten_calls": 1,
        "launches": None,
        "error": 1e-7,
        "seed": 1,
    }
    plain["gb_per_second"] = least / median(plain["seconds"]) / 1e9
    known = {field.name for field in fields(Record)}
    return Record(**{name: value for name, value in plain.items() if name in known} | changes)


def race(**changes: Any) -> list[Record]:
    """Fused, compiled and manual in one race; manual moves and takes four times as much."""
    fused = record(**changes)
    slower = {"seconds": [4 * one for one in fused.seconds], "moved": 4 * (fused.moved or 0), "predicted": 4.0}
    return [
        fused,
        record(**{**changes, "implementation": "compiled", "moved": None, "predicted": None, "aten_calls": 0}),
        record(**{**changes, "implementation": "manual", "peak": BYTES["large"], "aten_calls": 5, **slower}),
    ]


def run(records: list[Record] | None = None, **changes: Any) -> Results:
    """A finished run."""
    found = race() if records is None else records
    plain: dict[str, Any] = {"machine": MACHINE, "limits": [LIMITS], "is_complete": True, "name": "first"}
    return Results(started="2026-01-02T03:04:05+00:00", records=found, **{**plain, **changes})


def full_run(**changes: Any) -> Results:
    """Two operations at three sizes in three passes, and one that is a step."""
    found = [
        one
        for op in ("softmax", "cross_entropy")
        for size in BYTES
        for pass_ in ("forward", "backward", "both")
        for one in race(op=op, size=size, pass_=pass_)
    ]
    return run([*found, *race(op="adam", topic="optimizers", pass_="step")], **changes)


def group(records: list[Record], limits: dict[str, Any] | None = LIMITS) -> Group:
    """The records as one group."""
    return Group("first", records[0].device, records[0].dtype, limits, records)


def names(records: list[Record]) -> list[str]:
    """All contenders."""
    return contenders(records)


class Page(HTMLParser):
    """What a test asks of a page: tags, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(*runs: Results, folder: Path) -> str:
    """The page of runs, as text."""
    return write(runs, folder)[0].read_text(encoding="utf-8")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures empty, where a test is about words."""
    monkeypatch.setattr("pt_kata.report.page.png", lambda draw, theme, is_shaded=False: b"")


def command(*args: object) -> Result:
    """Run ``pt-kata report`` in this process."""
    return CliRunner().invoke(main, ["report", *map(str, args)])


# Statistics


def test_the_ratio_of_constant_times_is_exact() -> None:
    """Nothing varies, so the interval is the ratio itself."""
    assert ratio([6.0] * 10, [2.0] * 10) == Ratio(3.0, 3.0, 3.0)


def test_an_interval_covers_the_true_ratio_about_as_often_as_it_says() -> None:
    """Of 300 pairs of samples whose true ratio is 2, between 90 and 99 % have it in their interval."""
    numbers = random.Random(5)
    inside = 0
    for _ in range(300):
        above = [numbers.gauss(2.0, 0.2) for _ in range(25)]
        below = [numbers.gauss(1.0, 0.1) for _ in range(25)]
        low, high = ratio(above, below).ends
        inside += low <= 2 <= high
    assert 0.90 * 300 <= inside <= 0.99 * 300


def test_the_interval_shrinks_with_more_samples() -> None:
    """Sixteen times the samples make it about a quarter as wide."""
    numbers = random.Random(3)
    widths = []
    for count in (12, 192):
        low, high = ratio([numbers.gauss(1, 0.1) for _ in range(count)], [1.0] * count).ends
        widths.append(high - low)
    assert 0.1 < widths[1] / widths[0] < 0.5


def test_the_same_samples_show_no_difference_and_shifted_ones_do() -> None:
    """The interval holds 1 for the same times, and does not for times that are all 10 % longer."""
    own = samples(1.0)
    assert ratio(own, own).holds_one
    longer = ratio([1.1 * one for one in own], own)
    assert longer.is_known
    assert not longer.holds_one
    assert longer.value == pytest.approx(1.1)


def test_one_slow_sample_does_not_move_the_ratio() -> None:
    """It is a ratio of medians."""
    assert ratio([*samples(2.0), 1e3], samples(1.0)).value == pytest.approx(2.0, rel=0.01)


def test_too_few_samples_have_no_interval() -> None:
    """Four samples give a ratio and nothing more."""
    found = ratio([2.0] * 4, [1.0] * 30)
    assert (found.value, found.is_known, found.holds_one) == (2.0, False, False)
    assert found.interval == "too few samples"


def test_the_same_samples_always_give_the_same_interval() -> None:
    """The draws start from a fixed seed."""
    assert ratio(samples(2.0), samples(1.0)) == ratio(samples(2.0), samples(1.0))


def test_the_spread_is_the_quartiles_distance_over_the_median() -> None:
    """Of 1 to 5 the quartiles are 2 and 4, the median 3."""
    assert record(seconds=[5.0, 1.0, 2.0, 4.0, 3.0]).spread == pytest.approx(2 / 3)


# Units


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (units.seconds(1.234e-3), "1.23 ms"),
        (units.seconds(9.999e-4), "1.00 ms"),
        (units.seconds(2e-9), "2.00 ns"),
        (units.seconds(3e-10), "0.30 ns"),
        (units.seconds(75.0), "75.0 s"),
        (units.size(0), "0 B"),
        (units.size(512), "512 B"),
        (units.size(3 << 19), "1.50 MiB"),
        (units.rate(1.5e10, "B/s"), "15.0 GB/s"),
        (units.percent(1.043), "104 %"),
        (units.percent(0.0123), "1.2 %"),
        (units.factor(0.25), "0.25 x"),
        (units.factor(1234.5), "1,234 x"),
        (units.size(None), "-"),
    ],
)
def test_numbers_are_written_with_units_and_three_digits(found: str, wanted: str) -> None:
    """Each is as short as it can be read."""
    assert found == wanted


# What is drawn


def test_bars_are_manual_over_contender_at_the_largest_size() -> None:
    """Fused and compiled are four times faster; manual itself has no bar."""
    found = speedups.bars(group([*race(size="small"), *race(size="large")]).largest("forward"))
    assert [(bar.contender, bar.size) for bar in found] == [("fused", "large"), ("compiled", "large")]
    assert [bar.speedup.value for bar in found] == pytest.approx([4.0, 4.0])
    assert found[0].speedup.ends[0] < 4 < found[0].speedup.ends[1]


def test_a_race_without_manual_has_no_bar_and_the_chart_says_so() -> None:
    """There is nothing to measure the others by."""
    records = [record()]
    (chart,) = speedups.charts(group(records), names(records))
    assert chart.draw is None
    assert "nothing to draw" in chart.alt


def test_there_is_a_chart_of_bars_for_each_pass_forward_first() -> None:
    """Passes come in their order, whatever the order in the file."""
    records = [one for pass_ in ("step", "both", "forward") for one in race(pass_=pass_)]
    titles = [chart.title for chart in speedups.charts(group(records), names(records))]
    assert [title.split(": ")[1] for title in titles] == [
        "forward, large size",
        "forward and backward, large size",
        "one step, large size",
    ]


def test_a_point_of_the_roofline_is_operations_per_own_byte() -> None:
    """Manual moves four times the bytes in four times the time, so it stands four times lower and further left."""
    fused, compiled, manual = roofline.points(group(race()).races)
    assert (fused.intensity, compiled.intensity, manual.intensity) == (1.0, 1.0, 0.25)
    assert (fused.is_counted, compiled.is_counted) == (True, False)
    assert fused.speed / manual.speed == pytest.approx(4)
    assert fused.speed == pytest.approx(1e10, rel=0.01)


def test_warm_records_are_hollow_in_the_roofline_and_cold_ones_are_not() -> None:
    """Their bytes did not all come from memory."""
    found = roofline.points(group([record(size="small"), record()]).races)
    assert [point.is_warm for point in found] == [True, False]


def test_a_call_is_launch_bound_where_the_limit_is_below_the_shortest_time() -> None:
    """At 10 GB/s, 11.6 µs are 116 kB: below that the launch takes longer than the bytes."""
    records = [one for size in BYTES for one in race(size=size)]
    found = sizes.panel(group(records), "softmax")
    assert found
    assert found.floor == pytest.approx(median(records[0].seconds))
    assert found.border == pytest.approx(found.floor * 1e10)
    assert found.bound == "memory-bound"
    assert [point[0] for point in found.lines["fused"]] == list(BYTES.values())


def test_no_region_is_marked_where_no_size_is_small_enough_to_show_the_launch() -> None:
    """From medium to large the time grows as the bytes do, however far above the limit it is."""
    slow = [race(size=size, seconds=samples(BYTES[size] / 1e8)) for size in ("medium", "large")]
    found = sizes.panel(group([one for records in slow for one in records]), "softmax")
    assert found
    assert (found.floor, found.border) == (None, None)


def test_one_size_alone_makes_no_line() -> None:
    """The chart says so; with another operation at two sizes that one is drawn."""
    alone = race(op="alone", size="small")
    (chart,) = sizes.charts(group(alone), names(alone))
    assert chart.draw is None
    both = [*alone, *race(size="small"), *race(size="large")]
    (chart,) = sizes.charts(group(both), names(both))
    assert {row[0] for row in chart.table.rows} == {"softmax"}


def test_a_limit_by_operations_is_called_compute_bound() -> None:
    """The roofline's time of its largest size is that of its operations."""
    records = [*race(size="small"), *race(size="large", mix="flops")]
    found = sizes.panel(group(records), "softmax")
    assert found
    assert found.bound == "compute-bound"


@pytest.mark.parametrize(("floor", "wanted"), [(1e-7, 1e3), (1e-5, 1e5), (1e-3, 1e7)])
def test_the_border_is_found_between_and_beyond_the_sizes(floor: float, wanted: float) -> None:
    """A limit of 10 GB/s that is known at 10**4 and 10**6 bytes goes on in both directions."""
    assert sizes.border([(1e4, 1e-6), (1e6, 1e-4)], floor) == pytest.approx(wanted)


def test_peaks_leave_out_what_was_not_measured() -> None:
    """A record without a peak has no point; one that takes nothing has one."""
    records = [record(peak=0), record(implementation="manual", peak=None)]
    found = peaks.peaks(group(records).races)
    assert [(peak.contender, peak.peak, peak.least) for peak in found] == [("fused", 0, BYTES["large"])]


def test_a_prediction_is_compared_to_the_time_over_fused() -> None:
    """Manual moves four times the bytes and takes four times as long; compiled has no count, so no point."""
    (found,) = predictions.predictions(group(race()).races)
    assert (found.contender, found.predicted) == ("manual", 4.0)
    assert found.measured.value == pytest.approx(4.0)


def test_the_table_beside_a_chart_has_the_numbers_that_are_drawn() -> None:
    """Each bar has its row."""
    records = race()
    (chart,) = speedups.charts(group(records), names(records))
    assert [row[:4] for row in chart.table.rows] == [
        ("softmax", "large", "fused", "4.00 x"),
        ("softmax", "large", "compiled", "4.00 x"),
    ]


def test_a_record_made_twice_counts_once() -> None:
    """The later one is taken."""
    records = [record(aten_calls=1), record(aten_calls=2)]
    assert [row[-3] for row in every_record(group(records)).rows] == ["2"]


def test_contenders_keep_their_colour_in_all_charts() -> None:
    """No two contenders of the suite look alike, in either theme."""
    every = ["fused", "foreach", "loop", "micrograd package", "compiled", "yours", "manual"]
    for theme in (LIGHT, DARK):
        looks = [look(name, every, theme) for name in every]
        assert len({one.color for one in looks}) == len(every)
        assert len({one.mark for one in looks}) == len(every)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_of_a_picture_is_as_the_theme_has_it(theme: Theme) -> None:
    """Also that of a small point among many others: the PNG's palette takes none away."""
    every = ["fused", "foreach", "loop", "micrograd package", "compiled", "yours", "manual"]
    records = [record(implementation=name, peak=1 << 20 + number) for number, name in enumerate(every)]
    chart = peaks.chart(group(records), names(records))
    assert chart.draw
    with Image.open(BytesIO(png(chart.draw, theme))) as picture:
        found = {color for _, color in picture.convert("RGB").getcolors(1 << 20) or []}
    colors = [theme.paper, theme.ink, *(look(name, names(records), theme).color for name in every)]
    assert {ImageColor.getrgb(color) for color in colors} <= found


@pytest.mark.parametrize("ends", [(1.0, 1.0), (1.0, 3.0), (0.9, 1.1), (1e-9, 1e2), (3e-4, 7e8), (2.1, 2.2)])
def test_an_axis_has_between_two_and_seven_ticks(ends: tuple[float, float]) -> None:
    """However narrow or wide it is."""
    low, high = around(ends)
    for set_axis in (times_axis, rates_axis, factors_axis):
        axis = Figure().add_subplot().xaxis
        set_axis(axis, low, high)
        assert 2 <= len(axis.get_majorticklocs()) <= 7
        labels = [axis.get_major_formatter()(place) for place in axis.get_majorticklocs()]
        assert len(set(labels)) == len(labels)


# Side by side


def pairs_of(*runs: Results) -> list[comparison.Step]:
    """All steps between runs."""
    every = [one for found, name in zip(runs, labels(runs), strict=True) for one in groups(found, name)]
    return [step for both in comparison.partners(every) for step in comparison.steps(*both)]


def test_two_runs_are_compared_contender_by_contender() -> None:
    """The second takes half the time of the first in one, and the same in the others."""
    fused, compiled, manual = race()
    halved = record(seconds=[one / 2 for one in fused.seconds])
    found = pairs_of(run(), run([halved, compiled, manual], name="second"))
    assert [step.contender for step in found] == ["fused", "compiled", "manual"]
    assert found[0].change.value == pytest.approx(0.5)
    assert [step.verdict for step in found] == ["2.00 x faster", "no difference seen", "no difference seen"]


def test_what_only_one_run_has_is_not_compared() -> None:
    """Another operation, or a contender that did not race there, has no ratio."""
    other = [record(), record(op="gelu"), record(implementation="yours")]
    assert [(step.op, step.contender) for step in pairs_of(run(), run(other))] == [("softmax", "fused")]


def test_a_gpu_is_compared_to_a_cpu_by_the_names_of_the_sizes() -> None:
    """The shapes differ because each is fitted to its cache, so it is the time for each byte that is compared."""
    half = BYTES["large"] // 2
    quick = record(device="cuda", shape="7x128", least_read=half // 2, least_written=half // 2, latency=[1e-3] * 25)
    (step,) = pairs_of(run(), run([quick], name="gpu"))
    assert not step.is_same_work
    assert step.change.value == pytest.approx(2.0)
    assert comparison.charts(*comparison.partners([*groups(run(), "a"), *groups(run([quick]), "b")])[0], ["fused"])


def test_two_devices_of_one_run_are_laid_side_by_side() -> None:
    """One file can hold both."""
    (step,) = pairs_of(run([record(), record(device="cuda")]))
    assert step.verdict == "no difference seen"


def test_two_devices_of_two_runs_are_each_compared_to_the_same_device() -> None:
    """The CPU to the CPU, and CUDA to CUDA."""
    both = [record(), record(device="cuda")]
    every = [one for name in "ab" for one in groups(run(both), name)]
    found = [(before.run, before.device, after.run, after.device) for before, after in comparison.partners(every)]
    assert found == [("a", "cpu", "a", "cuda"), ("a", "cpu", "b", "cpu"), ("a", "cuda", "b", "cuda")]


def test_runs_are_told_apart_by_name_and_machine() -> None:
    """The GPU is named where one was used; the same name twice gets a number."""
    gpu = run([record(device="cuda")], machine={**MACHINE, "gpu": {"name": "A GPU"}})
    assert labels([run(), run(), gpu]) == [
        "first (A CPU, 2 cores)",
        "first (A CPU, 2 cores), 2",
        "first (A CPU, 2 cores; A GPU)",
    ]


# Remarks


def test_a_share_above_the_limit_is_flagged() -> None:
    """It is never cut off at 100 %."""
    found = run([record(share=1.04)])
    assert of_record(found.records[0]) == [f"104 % of the limit: {ABOVE}"]
    assert any("softmax, large, forward, fused (104 %)" in remark for remark in of_run(found))


def test_wide_samples_and_few_samples_are_said() -> None:
    """More than 10 % between the quartiles; fewer than 20 samples."""
    found = of_record(record(seconds=[1.0, 1.0, 1.3, 1.3, 1.3]))
    assert found == ["IQR 23 % of the median", "5 samples"]
    assert of_record(record()) == []


def test_a_run_without_cuda_says_so() -> None:
    """And one with CUDA does not."""
    assert any("CUDA" in remark for remark in of_run(run()))
    assert not any("CUDA" in remark for remark in of_run(run([record(device="cuda")])))


# The page


def test_the_page_is_one_file_that_asks_for_nothing_else(tmp_path: Path) -> None:
    """Every picture is embedded in both themes, and is the PNG that lies beside the page."""
    text = page(full_run(), folder=tmp_path)
    found = Page(text)
    images = found.all("img")
    assert {image["src"][:22] for image in images} == {"data:image/png;base64,"}
    assert not found.all("script")
    assert [link["href"] for link in found.all("link")] == ["data:,"]
    assert not re.search(r"url\(|@import|https?://", text)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("*.png")}
    assert len(images) == len(files) == 2 * 8
    assert {base64.b64decode(image["src"][22:]) for image in images} == set(files.values())
    assert {image["class"] for image in images} == {"light", "dark"}
    assert all(len(image["alt"]) > 40 for image in images)


def test_the_pictures_are_wide_enough_for_a_dense_screen(tmp_path: Path) -> None:
    """Each is 5 inches wide at 200 dots an inch, and not empty."""
    page(run(), folder=tmp_path)
    for path in tmp_path.glob("*.png"):
        with Image.open(BytesIO(path.read_bytes())) as picture:
            assert picture.width == 1000
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10


@pytest.mark.usefixtures("undrawn")
def test_the_page_is_written_for_readers_of_all_kinds(tmp_path: Path) -> None:
    """One first heading, a language, captions, and a scope for every heading cell."""
    text = page(full_run(), folder=tmp_path)
    found = Page(text)
    assert len(found.all("h1")) == 1
    assert found.all("html")[0]["lang"] == "en"
    metas = {meta.get("name"): meta.get("content") for meta in found.all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["color-scheme"] == "light dark"
    assert len(found.all("caption")) == len(found.all("table"))
    assert {cell.get("scope") for cell in found.all("th")} == {"col", "row"}
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert {link["href"].removeprefix("#") for link in found.all("a")} <= set(ids)


@pytest.mark.usefixtures("undrawn")
def test_every_operation_and_contender_is_in_the_tables(tmp_path: Path) -> None:
    """Also those that no chart draws."""
    single = record(op="lonely", pass_="step", moved=None, peak=None, aten_calls=None, flops=0, predicted=None)
    words = Page(page(run([*full_run().records, single]), folder=tmp_path)).words
    for word in ("softmax", "cross_entropy", "adam", "lonely", "compiled", "A CPU", "8.00 GiB"):
        assert word in words


def test_strange_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    """Neither the page nor the pictures take them for markup."""
    strange = run(race(op=STRANGE, topic=STRANGE), name=STRANGE, notes=[STRANGE])
    found = Page(page(strange, folder=tmp_path))
    assert not found.all("script")
    assert STRANGE in found.words


@pytest.mark.usefixtures("undrawn")
def test_an_unfinished_run_says_so_on_top(tmp_path: Path) -> None:
    """Before the first run's own heading; a finished one says nothing."""
    text = page(run(is_complete=False), folder=tmp_path)
    assert text.index("Unfinished:") < text.index("<h2>")
    assert "Unfinished:" not in page(run(), folder=tmp_path)


@pytest.mark.usefixtures("undrawn")
def test_those_left_out_and_the_notes_are_told(tmp_path: Path) -> None:
    """With their reasons."""
    left_out = [LeftOut("softmax", "yours", "an untouched stub")]
    words = Page(page(run(left_out=left_out, notes=["the CUDA half was not run"]), folder=tmp_path)).words
    assert "an untouched stub" in words
    assert "the CUDA half was not run" in words


@pytest.mark.usefixtures("undrawn")
def test_two_runs_make_a_page_with_ratios(tmp_path: Path) -> None:
    """The verdict of each common contender is in the tables."""
    halved = [record(**{**vars(one), "seconds": [each / 2 for each in one.seconds]}) for one in race()]
    words = Page(page(run(), run(halved, name="second"), folder=tmp_path)).words
    assert "Side by side" in words
    assert words.count("2.00 x faster") == 3


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([], id="no record"),
        pytest.param([record()], id="one contender"),
        pytest.param(race(size="small"), id="small alone"),
        pytest.param(race(size="huge"), id="an unknown size"),
        pytest.param(race(pass_="sideways"), id="an unknown pass"),
        pytest.param([record(seconds=[1.0], share=None, no_share="why")], id="one sample"),
        pytest.param(
            [record(implementation=name, moved=None, peak=None, aten_calls=None, predicted=None) for name in "ab"],
            id="nothing counted",
        ),
        pytest.param(race(least_read=0, least_written=0, limit=0.0, moved=0, flops=0, share=None), id="no bytes"),
        pytest.param(race(flops=0), id="no operations"),
        pytest.param(race(peak=0), id="no memory"),
        pytest.param(race(device="cuda", dtype="bfloat16", latency=samples(1e-3), launches=3), id="cuda, no limits"),
        pytest.param([record(implementation=f"other {number}") for number in range(12)], id="many others"),
    ],
)
def test_whatever_is_missing_the_page_is_made(tmp_path: Path, records: list[Record]) -> None:
    """It says what there is, and what there is not."""
    found = Page(page(run(records), folder=tmp_path))
    assert len(found.all("h1")) == 1
    if not records:
        assert "This run has no record: nothing was measured." in found.words


def test_latency_and_launches_have_columns_where_there_are_any() -> None:
    """On CUDA they are measured; on the CPU there are none."""
    on_gpu = every_record(group(race(device="cuda", latency=[2e-3] * 25, launches=3)))
    assert {"With launch", "Kernels"} <= set(on_gpu.head)
    assert "2.00 ms" in on_gpu.rows[0]
    assert not {"With launch", "Kernels"} & set(every_record(group(race())).head)


def test_a_chart_grows_with_its_operations() -> None:
    """25 operations with 5 contenders fit, one line each."""
    few, many = (
        [record(op=f"operation_{number}", implementation=name) for number in range(count) for name in FIVE]
        for count in (2, 25)
    )
    heights = []
    for records in (few, many):
        (chart,) = speedups.charts(group(records), names(records))
        assert chart.draw
        with Image.open(BytesIO(png(chart.draw, LIGHT))) as picture:
            heights.append(picture.height)
    assert heights[1] > heights[0] + 23 * 4 * 30 / 1.01


FIVE = ("fused", "manual", "compiled", "yours", "foreach")


def test_long_names_take_two_lines_at_most() -> None:
    """Broken where a word ends, and cut when even that is too long."""
    assert folded("softmax") == "softmax"
    assert folded("scaled_dot_product_attention") == "scaled_dot_\nproduct_attention"
    assert folded("x" * 100).count("\n") == 1
    assert max(map(len, folded("x" * 100).split("\n"))) <= 18


# The command


@pytest.fixture
def inside(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into the tiny workspace."""
    monkeypatch.chdir(tiny)
    return tiny


@pytest.mark.usefixtures("undrawn")
def test_without_files_the_newest_result_is_shown(inside: Path) -> None:
    """The page goes to .pt_kata/report, and the paths are printed."""
    for name, changed in (("new", 2), ("old", 1)):
        path = inside / ".pt_kata" / "bench" / f"{name}.json"
        run(name=name).save(path)
        os.utime(path, (changed, changed))
    done = command()
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == ".pt_kata/report/index.html"
    assert all((inside / line).is_file() for line in lines)
    assert "new (A CPU, 2 cores)" in (inside / lines[0]).read_text()


@pytest.mark.usefixtures("undrawn")
def test_files_and_a_folder_can_be_named_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace is needed."""
    monkeypatch.chdir(tmp_path)
    run().save(tmp_path / "one.json")
    done = command("one.json", "--out", "there")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "there" / "index.html").is_file()


def test_without_results_it_says_what_to_run(inside: Path) -> None:
    """One line, and no page."""
    done = command()
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    assert "`pt-kata bench --quick`" in done.output
    assert not (inside / ".pt_kata" / "report").exists()


def test_outside_of_a_workspace_without_files_it_says_where_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nowhere to look for results."""
    monkeypatch.chdir(tmp_path)
    done = command()
    assert done.exit_code == 1
    assert "katas/curriculum.toml" in done.output


def broken(**changes: Any) -> str:
    """A result whose record or whole has another value."""
    data = {"schema": 1, **{one.name: getattr(run(), one.name) for one in fields(Results)}}
    data["records"] = [{**vars(record()), **changes.pop("record", {})}]
    return json.dumps({**data, **changes})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ("[1, 2]", "is not a result"),
        ('{"hello": 1}', "is not a result"),
        ('{"benchmarks": [{"name": "x"}], "machine_info": {}}', "is not a result"),
        (broken(record={"seconds": "fast"}), "seconds of the record 'softmax', 'fused', is 'fast'"),
        (broken(record={"seconds": [1.0, 0.0]}), "is '[1.0, 0.0]'"),
        (broken(record={"seconds": [float("nan")]}), "is '[nan]'"),
        (broken(record={"seconds": []}), "has no sample"),
        (broken(record={"moved": "much"}), "moved of the record"),
        (broken(record={"op": 7}), "op of the record"),
        (broken(limits=[{"device": "cpu"}]), "limit 1 lacks"),
        (broken(machine=[]), "machine must be an object"),
        (broken(notes=[1]), "'1' is not text"),
    ],
)
def test_a_file_that_is_no_result_gets_one_clear_line(inside: Path, content: str, says: str) -> None:
    """It names the file and what is wrong with it; no page is written."""
    (inside / "odd.json").write_text(content)
    done = command("odd.json")
    assert done.exit_code == 1
    assert done.output.count("\n") == 1, done.output
    assert done.output.startswith("Error: odd.json")
    assert says in done.output
    assert not (inside / ".pt_kata" / "report").exists()


def test_a_file_that_is_not_there_and_a_folder_that_is_a_file_get_one_line(inside: Path) -> None:
    """Neither is a failure of pt-kata itself."""
    assert "No such file" in command("none.json").output
    run().save(inside / "one.json")
    (inside / "taken").write_text("")
    done = command("one.json", "--out", inside / "taken" / "below")
    assert done.exit_code == 1
    assert "can't be written" in done.output


def test_a_saved_run_is_read_as_it_was(tmp_path: Path) -> None:
    """Nothing is lost between save and page."""
    run().save(tmp_path / "one.json")
    assert read(tmp_path / "one.json") == run()
    with pytest.raises(Trouble):
        read(tmp_path / "two.json")


def test_the_report_does_not_need_torch() -> None:
    """Neither torch nor pyplot is imported for it."""
    code = "import sys, pt_kata.report.command; print([m for m in ('torch', 'matplotlib.pyplot') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a Chromium without a window."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield started
        started.close()


@pytest.fixture(scope="module")
def written_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page of two runs with long and strange names."""
    long = race(
        op="a_very_long_name_of_an_operation_that_has_no_end" * 2, device="cuda", latency=[1e-3] * 25, launches=2
    )
    runs = [full_run(notes=[STRANGE, "x" * 300]), run([*full_run().records, *long], name="second", is_complete=False)]
    return write(runs, tmp_path_factory.mktemp("page"))[0]


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_in_a_browser_nothing_overflows_and_nothing_is_reported(
    browser: Browser, written_page: Path, width: int, scheme: Any
) -> None:
    """On a phone and on a screen, light and dark: the page is as wide as the window, with the pictures of its theme."""
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(written_page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.evaluate(WIDER) == []
    shown = tab.evaluate("[...document.images].filter(i => i.offsetWidth && i.naturalWidth).map(i => i.className)")
    assert set(shown) == {scheme}
    assert len(shown) * 2 == tab.evaluate("document.images.length")
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    tab.close()


WIDER = """[...document.querySelectorAll('body *')]
    .filter(one => !one.closest('.numbers') && one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.tagName)"""


@needs_chromium
def test_a_printed_page_is_light_and_shows_whole_tables(browser: Browser, written_page: Path) -> None:
    """Also when the screen is dark; no table is left in a box that scrolls."""
    tab = browser.new_page(viewport={"width": 700, "height": 900}, color_scheme="dark")
    tab.goto(written_page.as_uri())
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown = tab.evaluate("[...document.images].filter(i => i.offsetWidth).map(i => i.className)")
    assert set(shown) == {"light"}
    assert set(tab.evaluate("[...document.querySelectorAll('.numbers')].map(o => getComputedStyle(o).overflow)")) == {
        "visible"
    }
    assert set(tab.evaluate("[...document.querySelectorAll('figure')].map(o => getComputedStyle(o).breakInside)")) == {
        "avoid"
    }
    tab.close()


def test_contents_name_the_sections_of_all_devices() -> None:
    """One section for each device and dtype, the CPU first, and the dtype first that has most records."""
    records = [record(device="cuda"), *(record(dtype=dtype) for dtype in ("float64", "float32", "float32"))]
    _, (part,) = contents([run(records)])
    assert [section.title for section in part.sections] == ["cpu, float32", "cpu, float64", "cuda, float32"]
    assert all(isinstance(picture.chart, Chart) for section in part.sections for picture in section.pictures)
