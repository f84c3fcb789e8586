"""The results that are kept, and the page made from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pt_kata.bench.pairs import every
from pt_kata.bench.record import load
from pt_kata.report import page
from tests.conftest import REPOSITORY

FILES = sorted((REPOSITORY / "benchmarks/results").glob("*.json"))
PAGE = REPOSITORY / "docs/benchmarks/index.html"
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


def without_pictures(html: str) -> str:
    """The page's words and numbers; a picture may differ in a byte from machine to machine."""
    return PICTURE.sub("picture", html)


def test_the_page_is_that_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew with `pt-kata report benchmarks/results/*.json --out docs/benchmarks` it says the same."""
    monkeypatch.setattr(page, "png", lambda draw, theme, is_shaded=False: b"picture")
    page.write([load(file) for file in FILES], tmp_path)
    made = without_pictures((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert made == without_pictures(PAGE.read_text(encoding="utf-8"))


def test_every_picture_of_the_page_is_beside_it() -> None:
    """The files are there, one for each theme."""
    shown = len(PICTURE.findall(PAGE.read_text(encoding="utf-8")))
    assert shown == len(list(PAGE.parent.glob("chart-*.png"))) > 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_result_is_whole_and_names_its_machine(file: Path) -> None:
    """Every pair was raced to the end; processor, cores, system and versions are there, and no path of the machine."""
    results = load(file)
    assert results.is_complete
    assert {one.op for one in results.records} == {pair.op for pair in every()}
    assert all(results.machine[key] for key in ("cpu", "cores", "memory_bytes", "cache_bytes", "os", "python", "torch"))
    assert not re.search(r"/(home|tmp|root|work)/", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_result_without_a_gpu_says_so(file: Path) -> None:
    """In its notes, which the page shows."""
    results = load(file)
    on_gpu = {one.device for one in results.records} - {"cpu"}
    assert on_gpu or any("CUDA half was not run" in note for note in results.notes)
