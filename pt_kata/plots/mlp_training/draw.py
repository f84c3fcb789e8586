"""Draws a training: its losses, the boundary as it forms, and the digits."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec

from pt_kata.drawing import Theme, figure, legend
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training import boundary, curves, reading
from pt_kata.plots.mlp_training.animation import gif
from pt_kata.plots.mlp_training.data import Digits, MlpTraining, Training
from pt_kata.plots.panels import empty, noted

ABOVE, SMALLS, DIGITS, FAILED = 1.75, 0.75, 2.3, 0.7  # inches of the rows
TOP = 1.4  # inches for the title, the legend and the notes
SMALL = 5  # epochs


def draw(data: MlpTraining, theme: Theme) -> Figure:
    """The whole picture."""
    heights = (ABOVE, SMALLS, FAILED if data.digits.failures else DIGITS)
    made = figure(theme, TOP + sum(heights))
    legend(made, "Training an MLP: losses, boundary, digits", [*curves.marks(theme), *boundary.marks(theme)])
    rows = GridSpec(3, 1, made, height_ratios=heights)
    above = rows[0].subgridspec(1, 2)
    curves.draw_losses(made.add_subplot(above[0]), data.training, theme)
    boundary.draw_final(made.add_subplot(above[1]), data.training, theme)
    _draw_epochs(made, rows[1], data.training, theme)
    _draw_digits(made, rows[2], data.digits, theme)
    noted(made, [*[one.text for one in _unseen(data.training)], *data.notes], theme)
    return made


def extras(data: MlpTraining, theme: Theme) -> dict[str, bytes]:
    """The boundary as it forms, as an animation; nothing where there is none."""
    return {".gif": gif(data.training, theme)} if data.training.boundaries else {}


def some(count: int) -> list[int]:
    """The places of at most ``SMALL`` of so many boundaries, the first and the last among them."""
    return sorted({round(step * (count - 1) / (SMALL - 1)) for step in range(SMALL)}) if count else []


def _draw_epochs(made: Figure, cell: SubplotSpec, training: Training, theme: Theme) -> None:
    if not training.boundaries:
        empty(made.add_subplot(cell), training.every_failure[:1], theme)
        return
    cells = cell.subgridspec(1, SMALL)
    for place, number in enumerate(some(len(training.boundaries))):
        boundary.draw_small(made.add_subplot(cells[place]), training, number, theme)


def _draw_digits(made: Figure, cell: SubplotSpec, digits: Digits, theme: Theme) -> None:
    if digits.failures:
        axes = made.add_subplot(cell)
        axes.set_title("digits")
        empty(axes, digits.failures, theme)
        return
    left, right = (made.add_subplot(cell.subgridspec(1, 2)[place]) for place in (0, 1))
    reading.draw_confusion(left, digits, theme)
    reading.draw_misread(right, digits, theme)


def _unseen(training: Training) -> tuple[Failure, ...]:
    """The failures that no panel shows, since there are curves all the same."""
    return training.failures if training.stopped else ()
