"""What all pictures have in common: two themes, colours that all eyes tell apart, axes that read as units."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from PIL import Image

from pt_kata import units

WIDTH = 5.0  # inches: 400 pixels of a phone make 80 of an inch
DPI = 200
NARROWEST = 8  # times from one end of a logarithmic axis to the other
MOST_TICKS = 7
ROW = 0.15  # inches of one line of text


@dataclass(frozen=True)
class Theme:
    """The colours of a picture. Those of contenders are Okabe and Ito's, which colour-blind eyes tell apart."""

    name: str
    paper: str
    ink: str
    grid: str
    shade: str
    own: Mapping[str, str]
    others: Sequence[str]

    @property
    def yours(self) -> str:
        """What the learner's code did."""
        return self.own["yours"]

    @property
    def truth(self) -> str:
        """What torch or a theorem says."""
        return self.own["fused"]


LIGHT = Theme(
    "light",
    paper="#ffffff",
    ink="#1f2328",
    grid="#d8dde3",
    shade="#e4e9ee",
    own={"fused": "#0072b2", "compiled": "#009e73", "yours": "#d55e00", "manual": "#1f2328"},
    others=("#cc79a7", "#e69f00", "#56b4e9", "#f0e442"),
)
DARK = Theme(
    "dark",
    paper="#15191e",
    ink="#e6e9ed",
    grid="#3a424b",
    shade="#28313a",
    own={"fused": "#56b4e9", "compiled": "#009e73", "yours": "#d55e00", "manual": "#e6e9ed"},
    others=("#cc79a7", "#e69f00", "#f0e442", "#0072b2"),
)
THEMES = (LIGHT, DARK)
Draw = Callable[[Theme], Figure]


def named(name: str) -> Theme:
    """The theme of this name."""
    return next(theme for theme in THEMES if theme.name == name)


def figure(theme: Theme, height: float) -> Figure:
    """An empty picture."""
    return Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=theme.paper, layout="constrained")


def png(draw: Draw, theme: Theme, *, is_shaded: bool = False) -> bytes:
    """A picture in one theme; ``is_shaded`` where it has more colours than the theme."""
    file = io.BytesIO()
    # With a palette a picture takes a third of the bytes.
    palette = None if is_shaded else _palette(theme)
    small = pixels(draw, theme).quantize(palette=palette, dither=Image.Dither.NONE)
    small.save(file, format="png", optimize=True, dpi=(DPI, DPI))
    return file.getvalue()


def pixels(draw: Draw, theme: Theme) -> Image.Image:
    """A picture in one theme, not yet a file."""
    with _style(theme), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        canvas = FigureCanvasAgg(draw(theme))
        canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]


def _palette(theme: Theme) -> Image.Image:
    """The colours of a theme, and what lies between each of them and paper or ink, as the edges of shapes have it."""
    strong = [theme.paper, theme.ink, *theme.own.values(), *theme.others]
    paper, ink, *every = (np.array(to_rgb(color)) for color in strong)
    colors = [np.array(to_rgb(color)) for color in (theme.grid, theme.shade)]
    colors += [paper + share * (color - paper) for color in (ink, *every) for share in np.linspace(0, 1, 8)]
    colors += [ink + share * (color - ink) for color in every for share in np.linspace(0, 1, 5)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.rint(255 * np.array(colors)).astype(np.uint8).tobytes())
    return palette


def legend(made: Figure, title: str, handles: Sequence[Line2D]) -> None:
    """Write the title above a picture, and below it which mark is whose."""
    made.legend(
        handles=handles,
        title=fill(title, 60),
        title_fontproperties={"size": 9, "weight": "bold"},
        alignment="left",
        loc="outside upper left",
        ncols=min(len(handles), 4),
        frameon=False,
        handletextpad=0.3,
        borderaxespad=0.2,
    )


def shorten(name: str, most: int = 32) -> str:
    """A name on one line that fits."""
    plain = " ".join(name.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def folded(name: str, most: int = 18) -> str:
    """A name on at most two lines, broken where a word ends."""
    plain = shorten(name, 2 * most)
    if len(plain) <= most:
        return plain
    breaks = [place for place, sign in enumerate(plain, 1) if sign in "_ -" and place <= most] or [most]
    return f"{plain[: breaks[-1]]}\n{shorten(plain[breaks[-1] :], most)}"


def times_axis(axis: Axis, low: float, high: float) -> None:
    """Seconds."""
    _logarithmic(axis, low, high, _ticks(low, high), units.seconds)


def rates_axis(axis: Axis, low: float, high: float, unit: str = "") -> None:
    """So many per second."""
    _logarithmic(axis, low, high, _ticks(low, high), lambda value: units.rate(value, unit))


def bytes_axis(axis: Axis, low: float, high: float) -> None:
    """Bytes, by powers of two."""
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    step = next(step for step in (1, 2, 5, 10, 20, 40) if (last - first) / step <= 4)
    _logarithmic(axis, low, high, [2.0**power for power in range(first, last + 1) if power % step == 0], units.size)


def factors_axis(axis: Axis, low: float, high: float) -> None:
    """Ratios, with a tick at 1."""
    _logarithmic(axis, low, high, _ticks(low, high), units.factor)


def around(values: Sequence[float], room: float = 0.08) -> tuple[float, float]:
    """The ends of a logarithmic axis that holds ``values`` with some room at both sides."""
    low, high = min(values), max(values)
    wider = max((high / low) ** room, 1.25, (NARROWEST * low / high) ** 0.5)
    return low / wider, high * wider


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten with as many steps between them as there is room for, or only each second, third, ... of them."""
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = _steps(low, high, steps)
        if len(found) <= MOST_TICKS:
            return found
    return [tick for tick in found if round(math.log10(tick)) % -(-len(found) // MOST_TICKS) == 0]


def _steps(low: float, high: float, steps: Sequence[int]) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _logarithmic(axis: Axis, low: float, high: float, ticks: list[float], text: Callable[[float], str]) -> None:
    scale, limits = ("set_xscale", "set_xlim") if axis.axis_name == "x" else ("set_yscale", "set_ylim")  # type: ignore[attr-defined]
    getattr(axis.axes, scale)("log")
    getattr(axis.axes, limits)(low, high)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _bare(text(value))))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def _bare(text: str) -> str:
    """1.00 ms as 1 ms."""
    number, blank, unit = text.partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + blank + unit


def grid(axes: Axes, theme: Theme, which: Any = "both") -> None:
    """Thin lines behind the data."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis=which, color=theme.grid, linewidth=0.6)


@contextmanager
def _style(theme: Theme) -> Iterator[None]:
    """Matplotlib as it comes, with our fonts and colours, whatever the user has set; names are never taken for math."""
    own = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.titlelocation": "left",
        "text.parse_math": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": theme.paper,
        "axes.linewidth": 0.6,
        "figure.facecolor": theme.paper,
        **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), theme.ink),
    }
    from matplotlib.style import context

    with context(["default", own]):
        yield
