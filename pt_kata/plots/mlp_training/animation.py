"""The boundary as it forms, beside the losses so far, as an animated GIF."""

from __future__ import annotations

import io
from functools import partial

from matplotlib.figure import Figure
from PIL import Image

from pt_kata.drawing import Theme, figure, pixels
from pt_kata.plots.mlp_training.boundary import draw_plane, draw_points, ending, when
from pt_kata.plots.mlp_training.curves import draw_losses
from pt_kata.plots.mlp_training.data import Training

HEIGHT = 2.0  # inches
PLACE = {"left": 0.095, "right": 0.98, "bottom": 0.17, "top": 0.89, "wspace": 0.22}
DPI = 140
COLORS = 64
SHORT, LONG = 220, 2500  # milliseconds for a frame, and for the last


def gif(training: Training, theme: Theme) -> bytes:
    """A frame for each boundary that was kept, and one for what the training leaves behind."""
    last = len(training.boundaries)
    frames = [pixels(partial(draw_frame, training, number), theme) for number in range(last + bool(training.final))]
    palette = frames[-1].quantize(COLORS)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    file = io.BytesIO()
    durations = [SHORT] * (len(small) - 1) + [LONG]
    small[0].save(file, format="gif", save_all=True, append_images=small[1:], duration=durations, loop=0)
    return file.getvalue()


def draw_frame(training: Training, number: int, theme: Theme) -> Figure:
    """One boundary or, after the last, the final one."""
    made = figure(theme, HEIGHT)
    made.set_dpi(DPI)
    made.set_layout_engine("none")  # half as fast, and the panels would move from frame to frame
    losses, plane = made.subplots(1, 2, gridspec_kw=PLACE)
    is_over = number == len(training.boundaries)
    epoch = training.stopped if is_over else training.boundaries[number].epoch
    draw_losses(losses, training, theme, upto=epoch)
    plane.set_title(ending(training) if is_over else when(epoch))
    draw_plane(plane, training, training.final if is_over else training.boundaries[number].chances, theme)
    draw_points(plane, training.points, theme)
    plane.set_xlabel("x1", labelpad=1)
    plane.set_ylabel("x2", labelpad=0)
    return made
