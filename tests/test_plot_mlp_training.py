"""What is drawn of mlp_training: the losses, the boundary after each epoch, and the digits, of right and wrong code."""

from __future__ import annotations

import copy
import importlib
import io
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from pt_kata.drawing import THEMES, Theme, pixels
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training import epochs
from pt_kata.plots.mlp_training.animation import gif
from pt_kata.plots.mlp_training.data import Boundary, Digits, Misread, MlpTraining, Points, Training, best, once, spread
from pt_kata.plots.mlp_training.draw import draw, extras, some
from pt_kata.plots.mlp_training.run import run

reference: Any = importlib.import_module("solutions.training.mlp_training")
themes = pytest.mark.parametrize("theme", THEMES, ids=[theme.name for theme in THEMES])
FEW = 4  # epochs, where it does not matter what was learned
NAMES = ("make_problem", "split", "make_mlp", "train_epoch", "evaluate", "fit", "train_digits")


def code_of(**functions: Any) -> Code:
    """The reference, but for some functions; its train_digits is left out where none is given."""
    own = {name: getattr(reference, name) for name in NAMES} | {"train_digits": unwritten} | functions
    return Code(SimpleNamespace(**own), Path(reference.__file__))  # type: ignore[arg-type]


def unwritten(*arguments: Any, **settings: Any) -> Any:
    """A stub."""
    raise NotImplementedError


def drawn(**functions: Any) -> MlpTraining:
    """What is drawn of the reference with some functions replaced."""
    return run(code_of(**functions), {})


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are fastest on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def right() -> MlpTraining:
    """Give what is drawn of the reference."""
    return drawn(train_digits=reference.train_digits)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the training be short."""
    monkeypatch.setattr(epochs, "EPOCHS", FEW)


# ---- the reference


def test_the_losses_are_those_that_fit_returned(right: MlpTraining) -> None:
    """The best epoch has the lowest validation loss, and training went on for the patience after it."""
    training = right.training
    assert training.validation[training.best - 1] == min(training.validation)
    assert len(training.train) == len(training.validation) == training.stopped == training.best + epochs.PATIENCE


def test_the_training_shows_why_to_stop(right: MlpTraining) -> None:
    """After the best epoch the training loss falls below the floor of new rows, while the validation loss rises."""
    training = right.training
    assert training.train[-1] < training.points.floor < training.validation[training.best - 1]
    assert training.validation[-1] > 1.1 * training.validation[training.best - 1]


def test_the_counted_losses_agree_with_the_reference(right: MlpTraining) -> None:
    """What is counted from outside is what the reference returns, and nothing is noted."""
    training = right.training
    assert training.counted_train == pytest.approx(training.train, rel=1e-5)
    assert training.counted_validation == pytest.approx(training.validation, rel=1e-5)
    assert training.differing == []
    assert right.notes == ()


def test_the_boundaries_are_of_epochs(right: MlpTraining) -> None:
    """The first boundary is of the untrained network, the last of the last epoch, and the best is among them."""
    training = right.training
    numbers = [one.epoch for one in training.boundaries]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (0, training.stopped)
    assert training.best in numbers


def test_the_final_boundary_is_that_of_the_best_epoch(right: MlpTraining) -> None:
    """The model holds the best epoch's weights, which is seen in the weights and on the plane."""
    training = right.training
    assert training.held == training.best
    assert training.final == next(one.chances for one in training.boundaries if one.epoch == training.best)


def test_the_plane_is_drawn_the_right_way_up(right: MlpTraining) -> None:
    """Rows go up and columns go across: where the points are, the network has learned the rule nearly everywhere."""
    training = right.training
    agree = [
        (chance > 0.5) == (x * y > 0)
        for y, row in zip(training.up, training.final, strict=True)
        for x, chance in zip(training.across, row, strict=True)
        if 0.3 < abs(x) < 1.7 and 0.2 < abs(y) < 0.8
    ]
    assert len(agree) > 100
    assert sum(agree) > 0.95 * len(agree)


def test_the_points_are_those_of_the_problem(right: MlpTraining) -> None:
    """A tenth of the labels is against the rule, and two fifths of the points were kept apart."""
    points = right.training.points
    flipped = sum((x * y > 0) != bool(label) for (x, y), label in zip(points.places, points.labels, strict=True))
    assert (len(points.places), flipped, sum(points.kept_apart)) == (300, 30, 120)


def test_the_digits_add_up(right: MlpTraining) -> None:
    """Each of the 360 digits stands once in the matrix, and those off its diagonal are the misread ones."""
    digits = right.digits
    assert sum(map(sum, digits.confusion)) == digits.total == 360
    for digit, row in enumerate(digits.confusion):
        for answer, count in enumerate(row):
            if digit != answer:
                assert count == sum((one.is_digit, one.read_as) == (digit, answer) for one in digits.misread)


def test_the_reference_reads_well(right: MlpTraining) -> None:
    """More digits are right than the kata asks for, and the surest of the wrong ones comes first."""
    assert right.digits.share > 0.96
    sure = [one.sureness for one in right.digits.misread]
    assert sure == sorted(sure, reverse=True)


@pytest.mark.usefixtures("few")
def test_a_run_repeats() -> None:
    """Two runs give the same picture, whatever was drawn from the global generator before."""
    first = drawn()
    torch.rand(3)
    assert drawn() == first


def test_the_held_out_digits_are_not_learned_from() -> None:
    """train_digits is given all digits but the 360 that it is tried on."""
    given: list[torch.Tensor] = []
    tried: list[torch.Tensor] = []

    def train_digits(images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> Any:
        given.append(images.clone())
        return nn.Linear(64, 10), lambda images: tried.append(images) or images

    drawn(train_digits=train_digits, fit=unwritten, train_epoch=unwritten)
    assert (len(given[0]), len(tried[0])) == (1437, 360)
    assert torch.cdist(given[0], tried[0]).min() > 0


# ---- wrong code


def loop_with(evaluate: Callable[..., float]) -> Callable[..., dict[str, list[float]]]:
    """Return a fit that never stops early and leaves the last weights in the model."""

    def fit(model: nn.Module, loss_function: Any, train: Any, validation: Any, generator: Any, **settings: Any) -> Any:
        optimizer = torch.optim.Adam(model.parameters(), lr=settings["learning_rate"])
        history: dict[str, list[float]] = {"train": [], "validation": []}
        for _ in range(settings["epochs"]):
            history["train"].append(reference.train_epoch(model, loss_function, optimizer, train, 32, generator))
            history["validation"].append(evaluate(model, loss_function, validation, 32))
        return history

    return fit


def mean_of_means(model: nn.Module, loss_function: Any, rows: Any, batch_size: int) -> float:
    """Count a short batch like a full one."""
    pairs = zip(rows[0].split(batch_size), rows[1].split(batch_size), strict=True)
    with torch.no_grad():
        losses = [loss_function(model(x), y).item() for x, y in pairs]
    return sum(losses) / len(losses)


def test_weights_that_were_not_kept_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fit leaves the last weights in the model, they are told from those of the best epoch."""
    monkeypatch.setattr(epochs, "EPOCHS", 30)
    training = drawn(fit=loop_with(reference.evaluate)).training
    assert training.best < training.held == 30
    assert training.differing == []


@pytest.mark.usefixtures("few")
def test_a_copy_that_learns_instead_of_the_model_is_seen() -> None:
    """Where fit trains a copy, the epochs are those of the copy, and the model is untrained."""
    training = drawn(
        fit=lambda model, *rest, **settings: reference.fit(copy.deepcopy(model), *rest, **settings)
    ).training
    assert training.held == 0
    assert training.final == training.boundaries[0].chances != training.boundaries[-1].chances


@pytest.mark.usefixtures("few")
def test_a_mean_of_means_is_told_from_the_mean() -> None:
    """An evaluate that counts a short batch like a full one differs from what is counted from outside."""
    data = drawn(fit=loop_with(mean_of_means))
    assert data.training.differing == ["validation"]
    assert data.notes == ("the validation losses that came back (line) are not the means over the rows (dots)",)


@pytest.mark.usefixtures("few")
def test_a_look_at_the_training_rows_is_no_training() -> None:
    """A fit that also measures other rows after each epoch, without gradients, changes nothing that is counted."""

    def evaluate(model: nn.Module, loss_function: Any, rows: Any, batch_size: int) -> float:
        reference.evaluate(model, loss_function, (rows[0] + 1, rows[1]), batch_size)
        return float(reference.evaluate(model, loss_function, rows, batch_size))

    assert drawn(fit=loop_with(evaluate)).training == drawn(fit=loop_with(reference.evaluate)).training


@pytest.mark.usefixtures("few")
def test_epochs_are_seen_without_fit() -> None:
    """Where fit is not written, train_epoch and evaluate are run one by one."""
    training = drawn(fit=unwritten).training
    assert training.is_by_hand
    assert len(training.train) == len(training.validation) == FEW
    assert training.failures == (Failure("fit", "not written yet"),)
    assert training.differing == []
    assert training.held == FEW


@pytest.mark.usefixtures("few")
def test_epochs_are_seen_without_evaluate() -> None:
    """Where evaluate returns nothing, the training losses are drawn, and the boundaries too."""
    training = drawn(fit=unwritten, evaluate=lambda *arguments: None).training
    assert (len(training.train), training.validation) == (FEW, ())
    assert Failure("evaluate", "gives None for a loss, wanted a float") in training.failures
    assert [one.epoch for one in training.boundaries] == list(range(FEW + 1))


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("make_problem", lambda n, *rest: (torch.ones(n, 2), torch.ones(n)), "returns shape (300,), wanted (300, 1)"),
        ("make_problem", lambda *rest: None, "returns None, wanted points and labels"),
        (
            "split",
            lambda *rest, **settings: (1, 2),
            "wanted (x, y) for training, (x, y) for validation, and a function",
        ),
        ("make_mlp", lambda *sizes: None, "returns None, wanted a module"),
        ("make_mlp", lambda *sizes: nn.Linear(2, 3), "returns shape (180, 3), wanted (180, 1)"),
    ],
)
def test_one_failure_does_not_take_the_others(name: str, function: Callable[..., Any], words: str) -> None:
    """A function that fails is named, and fit is seen all the same, on what stands in for it."""
    data = drawn(**{name: function})
    assert data.training.problem_failures == (Failure(name, words),)
    assert data.training.failures == ()
    assert data.training.stopped == FEW
    assert data.notes == (f"for {name}, code of the picture stands in where others need it",)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("history", "words"),
    [
        (([1.0], [1.0]), 'returns a tuple, wanted {"train": [...], "validation": [...]}'),
        (None, 'returns None, wanted {"train": [...], "validation": [...]}'),
        ({"train": ["low"], "validation": [1.0]}, "gives a str for a loss, wanted a float"),
        ({"train": [], "validation": []}, "its history is empty"),
    ],
)
def test_a_history_of_another_form_is_named(history: Any, words: str) -> None:
    """What fit returns is drawn only if it is two lists of numbers."""
    assert drawn(fit=lambda *rest, **settings: history).training.failures == (Failure("fit", words),)


@pytest.mark.usefixtures("few")
def test_losses_that_are_tensors_are_drawn_and_noted() -> None:
    """A loss that was kept as a tensor is a number all the same, and the picture says so."""

    def fit(*arguments: Any, **settings: Any) -> Any:
        return {
            name: [torch.tensor(loss) for loss in every]
            for name, every in reference.fit(*arguments, **settings).items()
        }

    data = drawn(fit=fit)
    assert len(data.training.train) == FEW
    assert data.notes == ("fit gives a Tensor for a loss, wanted a float",)


@pytest.mark.usefixtures("few")
def test_epochs_that_the_history_leaves_out_are_noted() -> None:
    """A history of half the epochs is not taken for the whole."""

    def fit(*arguments: Any, **settings: Any) -> Any:
        return {name: every[::2] for name, every in reference.fit(*arguments, **settings).items()}

    assert drawn(fit=fit).notes == ("the history has 2 epochs, but the validation rows were measured 4 times",)


@pytest.mark.usefixtures("few")
def test_the_mode_of_the_model_does_not_count_epochs() -> None:
    """An evaluate that never leaves training mode is seen as the others are."""

    def evaluate(model: nn.Module, loss_function: Any, rows: Any, batch_size: int) -> float:
        return float(loss_function(model(rows[0]), rows[1]).item())

    training = drawn(fit=unwritten, evaluate=evaluate).training
    assert [one.epoch for one in training.boundaries] == list(range(FEW + 1))
    assert training.differing == []


@pytest.mark.usefixtures("few")
def test_functions_that_write_to_their_inputs_spoil_nothing() -> None:
    """Functions that zero the rows they are given leave the points and what is counted from outside alone."""

    def fit(model: nn.Module, loss_function: Any, train: Any, validation: Any, *rest: Any, **settings: Any) -> Any:
        history = reference.fit(model, loss_function, train, validation, *rest, **settings)
        for tensor in (*train, *validation):
            tensor.zero_()
        return history

    def split(points: Any, labels: Any, *rest: Any, **settings: Any) -> Any:
        parts = reference.split(points, labels, *rest, **settings)
        points.zero_()
        labels.zero_()
        return parts

    assert drawn(fit=fit, split=split) == drawn()


@pytest.mark.usefixtures("few")
def test_train_digits_fails_alone() -> None:
    """Scores of another shape are named, and the training in the plane is drawn."""
    wrong = drawn(train_digits=lambda *rest: (nn.Linear(64, 1), lambda images: images))
    assert wrong.digits.failures == (Failure("train_digits", "returns shape (360, 1), wanted (360, 10)"),)
    assert wrong.training.failures == ()


@pytest.mark.usefixtures("few")
def test_scores_that_are_no_numbers_are_no_answers() -> None:
    """A digit with NaN for a score is misread, as no digit."""
    digits = drawn(train_digits=lambda *rest: (nn.Linear(64, 10), lambda images: images / 0 * 0)).digits
    assert (digits.right, digits.total, sum(map(sum, digits.confusion))) == (0, 360, 0)
    assert digits.misread[0].text == f"no answer, is {digits.misread[0].is_digit}"


def test_stubs_are_all_named() -> None:
    """Where nothing is written, each function says so."""
    data = drawn(**dict.fromkeys(NAMES, unwritten))
    named = [one.name for one in (*data.training.every_failure, *data.digits.failures)]
    assert sorted(named) == sorted(NAMES)
    assert data.training.boundaries == ()


# ---- the numbers


def test_the_floor_is_the_entropy_of_the_noise() -> None:
    """Half the labels flipped cost log 2 at least, none of them nothing."""
    assert Points(noise=0.5).floor == pytest.approx(math.log(2))
    assert Points(noise=0.0).floor == 0.0
    assert Points(noise=0.1).floor == pytest.approx(nn.functional.binary_cross_entropy(*2 * [torch.tensor(0.1)]).item())


def test_the_best_epoch_is_the_first_of_equals_and_a_number() -> None:
    """NaN and infinity are never the best, and a tie is not better."""
    assert best([math.nan, 3.0, 1.0, 1.0, -math.inf]) == 3
    assert best([math.nan]) == best([]) == 0


@pytest.mark.parametrize(("last", "most"), [(0, 24), (10, 24), (23, 24), (24, 24), (60, 24), (1000, 24)])
def test_epochs_are_spread_from_first_to_last(last: int, most: int) -> None:
    """Both ends are there, no more than asked for, and the steps do not get shorter but for rounding."""
    found = spread(last, most)
    assert (found[0], found[-1]) == (0, last)
    assert len(found) == len(set(found)) <= most
    steps = [after - before for before, after in pairwise(found)]
    assert all(later >= earlier - 1 for earlier, later in pairwise(steps))


def test_a_function_is_noted_once_for_its_values() -> None:
    """Only the first note on values that are not finite stays, and every other note."""
    notes = ["split gives NaN in 3 of 4 values", "split gives NaN in 1 of 2 values", "for split, a", "for split, b"]
    assert once(notes) == (notes[0], "for split, a", "for split, b")


def test_some_of_the_boundaries_are_the_ends_and_between() -> None:
    """Of few boundaries all are shown, of many five."""
    assert [some(count) for count in (0, 1, 2, 5, 9)] == [[], [0], [0, 1], [0, 1, 2, 3, 4], [0, 2, 4, 6, 8]]


def test_the_data_travels(right: MlpTraining) -> None:
    """Everything is plain numbers, which come out of a pickle as they went in."""
    assert pickle.loads(pickle.dumps(right)) == right


# ---- the drawing


def texts(data: MlpTraining, theme: Theme) -> str:
    """All titles of a picture, after it was drawn to the last pixel."""
    assert pixels(partial(draw, data), theme).width == 1000
    return "\n".join(axes.get_title(loc="left") or axes.get_title() for axes in draw(data, theme).axes)


@themes
def test_the_reference_is_drawn(right: MlpTraining, theme: Theme) -> None:
    """The titles say the best epoch, where it stopped, which weights are held and how many digits are right."""
    training, found = right.training, texts(right, theme)
    assert f"best epoch {training.best}, stopped at {training.stopped}" in found
    assert f"after fit: weights of epoch {training.best}\n" in found
    assert f"{right.digits.right} of 360 unseen digits right" in found


@themes
def test_the_animation_has_a_frame_for_each_boundary(right: MlpTraining, theme: Theme) -> None:
    """It has 20 to 40 frames, ends with the final boundary for longer, and is not too large for a page."""
    made = extras(right, theme)[".gif"]
    image = Image.open(io.BytesIO(made))
    frames: int = image.n_frames  # type: ignore[attr-defined]
    assert frames == len(right.training.boundaries) + 1
    assert 20 <= frames <= 40
    assert len(made) < 600_000
    image.seek(frames - 1)
    assert image.info["duration"] > 1000


SQUARE = ((0.2, 0.8), (0.4, 0.6))
NANS = 2 * ((math.nan, math.nan),)
PLANE = Training(
    Points(((0.0, 1.0), (1.0, -1.0)), (0.0, 1.0), (False, True), 0.1),
    (1.0, math.nan, math.inf),
    (2.0, math.nan, 1.0),
    across=(-1.0, 1.0),
    up=(-1.0, 1.0),
    boundaries=(Boundary(0, SQUARE), Boundary(1, NANS), Boundary(3, ((0.2, math.nan), (0.4, 0.6)))),
    final=SQUARE,
    held=3,
)
NOTHING = Failure("fit", "raises ValueError: a long story about what is wrong", 12)
BROKEN = {
    "NaN among the losses": MlpTraining(PLANE, Digits(failures=(Failure("train_digits", "not written yet"),))),
    "NaN everywhere": MlpTraining(
        replace(PLANE, train=(math.nan,), validation=(math.nan,), final=NANS, held=None),
        Digits(10 * (10 * (0,),), 12 * (Misread(64 * (8.0,), 3, None),)),
        ("split gives NaN in 3 of 4 values",),
    ),
    "no fit": MlpTraining(replace(PLANE, is_by_hand=True, failures=(NOTHING,)), Digits(10 * (10 * (1,),))),
    "nothing": MlpTraining(Training(failures=(NOTHING,), problem_failures=(NOTHING,)), Digits(failures=(NOTHING,))),
}


@themes
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_drawn(data: MlpTraining, theme: Theme) -> None:
    """Values that are no numbers, and functions that failed, leave a picture without a warning."""
    assert "epoch" in texts(data, theme) or data is BROKEN["nothing"]


def test_what_is_broken_moves() -> None:
    """Planes and losses with NaN make an animation as well; without a boundary there is none."""
    assert gif(BROKEN["NaN everywhere"].training, THEMES[0]).startswith(b"GIF89a")
    assert extras(BROKEN["nothing"], THEMES[0]) == {}


def test_other_weights_than_the_best_are_said() -> None:
    """The title of the final boundary names the epoch that is held and the best one."""
    assert "after fit: weights of epoch 1, not 3" in texts(
        replace(BROKEN["nothing"], training=replace(PLANE, held=1)), THEMES[0]
    )
