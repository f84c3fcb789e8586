"""Draw the pictures of the chapter pages and of README.md, from the reference, into docs/pictures/.

    python -m scripts.pictures [--check] [KATA]...

With --check nothing is written: the pictures are drawn anew, and the exit code is 1 where one that is kept looks
different.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from pt_kata.catalog import load
from pt_kata.check import Request
from pt_kata.drawing import THEMES
from pt_kata.files import write_whole
from pt_kata.plots import drawn
from pt_kata.plots.picture import Wanted
from pt_kata.runner.launch import launcher

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "pictures"
ALLOWED = 0.02  # of the way from black to white, on average over all pixels: other CPUs round otherwise


def drawings(names: Sequence[str]) -> Iterator[tuple[Path, bytes]]:
    """Each picture that there should be, by the path where it is kept."""
    with launcher(folder=ROOT) as starting:
        for kata in load(ROOT).katas:
            if kata.name in (names or drawn()):
                wanted = Wanted(kata, Request(solutions=True))
                data = wanted.data(starting)
                for theme in THEMES:
                    yield FOLDER / f"{kata.name}-{theme.name}.png", wanted.png(data, theme.name)
                    for end, content in wanted.extras(data, theme.name).items():
                        if end == ".gif":
                            yield FOLDER / f"{kata.name}-{theme.name}{end}", content


def difference(kept: bytes, now: bytes) -> float:
    """How far two pictures are apart, from 0 to 1."""
    old, new = (Image.open(io.BytesIO(one)).convert("RGB") for one in (kept, now))
    if old.size != new.size:
        return 1.0
    return float(np.abs(np.asarray(old, dtype=float) - np.asarray(new, dtype=float)).mean() / 255)


def main() -> None:
    """Write the pictures, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="KATA", help="only these, by name")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    stale = []
    for path, content in drawings(options.names):
        apart = difference(path.read_bytes(), content) if path.exists() else 1.0
        print(f"{path.relative_to(ROOT)}  {len(content) / 1024:.0f} KiB  {apart:.4f} apart")
        stale += [path.name] if apart > ALLOWED else []
        if not options.check:
            write_whole(path, content)
    if options.check and stale:
        sys.exit(f"not current: {', '.join(stale)}; `python -m scripts.pictures` draws them anew")


if __name__ == "__main__":
    main()
