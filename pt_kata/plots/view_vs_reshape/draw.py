"""Draws the picture of views and copies."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pt_kata.drawing import WIDTH, Theme, figure, shorten
from pt_kata.plots.cells import HATCH, SIZE, Look, box, canvas, short, tint, why
from pt_kata.plots.failure import Failure
from pt_kata.plots.panels import noted
from pt_kata.plots.view_vs_reshape.data import PLACES, Answer, Band, Data, Refusal, Walk

LEFT = 0.55  # inches of the names at the left
CELL = (WIDTH - LEFT - 0.15) / PLACES
ROW = 0.17
LANE = 0.14  # inches for the arrow above a row
LINE = 0.16  # of text
AXES = "ijkl"
ROWS = 9  # of a tensor that reads places more than once


def draw(data: Data, theme: Theme) -> Figure:
    """The storage, what each answer reads of it, and what the other functions say."""
    heights = [ROW, *map(_height, data.bands), LINE * (max(map(len, _halves(data.answers))) + 1)]
    made = figure(theme, sum(heights) + 0.24 * len(heights) + 0.15)
    parts = made.add_gridspec(len(heights), 1, height_ratios=heights)
    panels = [made.add_subplot(parts[row]) for row in range(len(heights))]
    for axes, height in zip(panels, heights, strict=True):
        canvas(axes, WIDTH, height)
    _draw_storage(panels[0], theme)
    for axes, band in zip(panels[1:-1], data.bands, strict=True):
        _draw_band(axes, band, theme)
    _draw_answers(panels[-1], data.answers, theme)
    noted(made, data.notes, theme)
    return made


def _draw_storage(axes: Axes, theme: Theme) -> None:
    axes.set_title("18 numbers in one storage, and over them what each view reads; copies are hatched")
    _say(axes, 0, ROW / 2, "storage", theme.ink)
    for place in range(PLACES):
        _cell(axes, place, 0, str(place), Look(face=theme.shade), theme)


def _say(axes: Axes, x: float, y: float, words: str, color: str) -> None:
    axes.text(x, y, words, va="center_baseline", fontsize=SIZE, color=color)


def _cell(axes: Axes, place: int, y: float, words: str, look: Look, theme: Theme) -> None:
    box(axes, (LEFT + place * CELL, y), words, look, theme, (CELL, ROW))


def _middle(place: int) -> float:
    return LEFT + (place + 0.5) * CELL


# A band


def _height(band: Band) -> float:
    extra = LINE if band.fault else 0.0
    if not isinstance(band.found, Walk):
        return LINE * (1 + _words(band, band.found).count("\n")) + extra
    walk = band.found
    own = 0.0 if walk.is_view else ROW
    return own + (LANE + ROW * min(ROWS, walk.sizes[0]) if walk.overlaps else (LANE + ROW) * len(walk.sizes)) + extra


def _draw_band(axes: Axes, band: Band, theme: Theme) -> None:
    axes.set_title(band.call)
    if isinstance(band.found, Walk):
        axes.set_title(_facts(band.found), loc="right", fontsize=SIZE, color=_ink(band.found, theme))
        y = _draw_own(axes, band.found, theme)
        (_draw_rows if band.found.overlaps else _draw_axes)(axes, band.found, y, theme)
    else:
        axes.text(0, 0, _words(band, band.found), va="top", fontsize=SIZE, color=theme.yours)
    if band.fault:
        _say(axes, 0, _height(band) - LINE / 2, shorten(f"✗ {band.fault}", 92), theme.yours)


def _color(walk: Walk, theme: Theme) -> str:
    return theme.yours if walk.is_view else theme.others[0]


def _ink(walk: Walk, theme: Theme) -> str:
    """The colour of words about it; that of copies is too light for them."""
    return theme.yours if walk.is_view else theme.ink


def _facts(walk: Walk) -> str:
    facts = f"sizes {walk.sizes}, strides {walk.strides}"
    if not walk.is_view:
        return f"{facts}; copy: a storage of its own"
    return f"{facts}, offset {walk.offset}; a view" if walk.offset else f"{facts}; a view"


def _words(band: Band, found: Refusal | Failure) -> str:
    return why(found, WIDTH, 2) if isinstance(found, Failure) else f"refuses, as it should: {band.why}"


def _draw_own(axes: Axes, walk: Walk, theme: Theme) -> float:
    """The storage of a copy; returns how high it is."""
    if walk.is_view:
        return 0.0
    _say(axes, 0, ROW / 2, "its own", theme.ink)
    for place, number in enumerate(walk.stored):
        _cell(axes, place, 0, short(number), _look(0, walk, theme), theme)
    return ROW


def _draw_axes(axes: Axes, walk: Walk, y: float, theme: Theme) -> None:
    """A row for each axis, with the index that reads each place."""
    for axis in range(len(walk.sizes)):
        _draw_step(axes, walk, axis, y + LANE / 2, theme)
        y += LANE
        _say(axes, 0, y + ROW / 2, f"index {AXES[axis]}", theme.ink)
        for place, readers in walk.readers.items():
            index = readers[0][axis]
            _cell(axes, walk.cells[place], y, str(index), _look(index, walk, theme), theme)
        y += ROW


def _look(index: int, walk: Walk, theme: Theme) -> Look:
    """Neighbours along an axis differ in shade."""
    color = _color(walk, theme)
    face = tint(color, theme, 0.45 if index % 2 else 0.2)
    return Look(face=face, edge=color, hatch="" if walk.is_view else HATCH)


def _draw_step(axes: Axes, walk: Walk, axis: int, y: float, theme: Theme) -> None:
    """The stride of an axis as an arrow from its first element to the next."""
    if not (step := walk.step(axis)):
        return
    first, last = (_middle(walk.cells[place]) for place in step)
    if last > first:
        _arrow(axes, (first, y), (last, y), _color(walk, theme))
    _say(axes, last + 0.05, y, f"stride {walk.strides[axis]}", _ink(walk, theme))


def _arrow(axes: Axes, first: tuple[float, float], last: tuple[float, float], color: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.0, "mutation_scale": 6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", last, first, arrowprops=arrow)


def _draw_rows(axes: Axes, walk: Walk, y: float, theme: Theme) -> None:
    """A row for each index of the first axis, for a tensor that reads places more than once."""
    last = len(walk.sizes) - 1
    _draw_step(axes, walk, last, y + LANE / 2, theme)
    y += LANE
    for row in range(min(ROWS, walk.sizes[0])):
        _say(axes, 0, y + (row + 0.5) * ROW, f"index {row}", theme.ink)
        for place, readers in walk.readers.items():
            if inner := [index[1:] for index in readers if index[0] == row]:
                words = ",".join(map(str, inner[0]))
                _cell(axes, walk.cells[place], y + ROW * row, words, _look(row, walk, theme), theme)
    if last and (step := walk.step(0)):
        _draw_step_of_rows(axes, walk, step, y + 1.5 * ROW, theme)


def _draw_step_of_rows(axes: Axes, walk: Walk, step: tuple[int, int], y: float, theme: Theme) -> None:
    """The stride from one row to the next, in the second row, where that has room."""
    first, second = (walk.cells[place] for place in step)
    if second > first:
        _arrow(axes, (_middle(first), y), (_middle(second) - CELL / 2, y), _color(walk, theme))
    end = max(walk.cells[walk.place(index)] for index in walk.indices if index[0] == 1)
    _say(axes, _middle(end) + CELL / 2 + 0.05, y, f"stride {walk.strides[0]}", _ink(walk, theme))


# Answers


def _halves(answers: tuple[Answer, ...]) -> tuple[list[Answer], list[Answer]]:
    """Those about tensors, and those about sizes and strides, whose questions are longer."""
    longer = [answer for answer in answers if answer.question.startswith("can_view")]
    return [answer for answer in answers if answer not in longer], longer


def _draw_answers(axes: Axes, answers: tuple[Answer, ...], theme: Theme) -> None:
    """What the functions say that return no tensor."""
    for half, columns in zip(_halves(answers), ((0.0, 1.45, 1.98), (2.45, 4.17, 4.64)), strict=True):
        _, yours, truth = columns
        _say(axes, yours, LINE / 2, "yours", theme.yours)
        _say(axes, truth, LINE / 2, "torch", theme.truth)
        for row, answer in enumerate(half, 1):
            _draw_answer(axes, answer, columns, (row + 0.5) * LINE, theme)


def _draw_answer(axes: Axes, answer: Answer, columns: tuple[float, float, float], y: float, theme: Theme) -> None:
    question, yours, truth = columns
    _say(axes, question, y, answer.question, theme.ink)
    if isinstance(answer.found, Failure):
        _say(axes, yours, y, shorten(answer.found.words.partition(":")[0], 18), theme.yours)
        return
    words = shorten(f"✗ {answer.found}" if answer.is_wrong else answer.found, 10)
    _say(axes, yours, y, words, theme.yours)
    _say(axes, truth, y, answer.truth, theme.truth)
