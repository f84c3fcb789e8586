"""The picture of update_rule: the paths and tables on it, for right functions and for broken ones."""

from __future__ import annotations

import csv
import importlib
import io
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pt_kata.drawing import LIGHT, THEMES, png
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.update_rule.data import STEEP, Data, valley
from pt_kata.plots.update_rule.draw import draw, extras
from pt_kata.plots.update_rule.run import ADAM, MOMENTUM, SGD, SHARE, run

REFERENCE = importlib.import_module("solutions.autograd.update_rule")
NAMES = ("sgd_step", "zero_gradients", "Momentum", "Adam", "descend", "fit_line")
REFERENCE_SGD, REFERENCE_FIT = REFERENCE.sgd_step, REFERENCE.fit_line
OPTIMIZERS = {
    "sgd_step": lambda params: torch.optim.SGD(params, lr=SGD),
    "Momentum": lambda params: torch.optim.SGD(params, lr=MOMENTUM, momentum=SHARE),
    "Adam": lambda params: torch.optim.Adam(params, lr=ADAM),
}


def unwritten(*arguments: object, **options: object) -> Any:
    """Stand for a stub."""
    raise NotImplementedError


def raises(*arguments: object, **options: object) -> Any:
    """Do not work."""
    raise ValueError("no")


def ends(*arguments: object, **options: object) -> Any:
    """End the process, as sys.exit does."""
    raise SystemExit(3)


def spoils(*arguments: Any, **options: Any) -> Any:
    """Write NaN to every tensor that comes along."""
    with torch.no_grad():
        for one in [part for each in arguments if isinstance(each, list) for part in each]:
            one.fill_(torch.nan)


BROKEN: dict[str, Any] = {
    "unwritten": unwritten,
    "raises": raises,
    "ends": ends,
    "spoils": spoils,
    "nothing": lambda *arguments, **options: None,
    "wrong type": lambda *arguments, **options: ("two", [1.0]),
    "wrong shape": lambda *arguments, **options: (torch.zeros(3, 3), torch.zeros(2), [1.0]),
    "no tensors": lambda *arguments, **options: (1.0, 2.0, 3.0),
    "infinite": lambda *arguments, **options: (torch.full((1,), torch.inf), torch.tensor(torch.nan), [math.inf] * 3),
    "no step": lambda *arguments, **options: SimpleNamespace(step=None),
    "steps that raise": lambda *arguments, **options: SimpleNamespace(step=raises),
}


def drawn(**functions: Any) -> Data:
    """The data of the reference with other functions in it, which the reference calls as well."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in functions.items():
            patch.setattr(REFERENCE, name, function)
        return run(Code(REFERENCE, Path(REFERENCE.__file__ or "")), {})


@pytest.fixture(scope="module")
def reference() -> Data:
    """Give the data of the reference."""
    return drawn()


@pytest.mark.parametrize("place", range(3))
def test_the_paths_are_those_of_torch(reference: Data, place: int) -> None:
    """The learner's as well as those of the formula."""
    descent = reference.descents[place]
    w = torch.tensor(descent.path[0], dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[descent.name]([w])
    for mine, formula in zip(descent.path, descent.truth, strict=True):
        assert mine == pytest.approx(w.tolist(), abs=1e-9)
        assert formula == pytest.approx(w.tolist(), abs=1e-9)
        optimizer.zero_grad()
        valley(*w).backward()
        optimizer.step()


def test_the_losses_are_the_heights_of_the_path(reference: Data) -> None:
    """From (-4, 0.8) down, and momentum is at the end far below plain steps."""
    sgd, momentum, _ = reference.descents
    assert sgd.losses[0] == pytest.approx((16 + STEEP * 0.64) / 2)
    assert sgd.losses == pytest.approx(sgd.true_losses)
    assert momentum.losses[-1] < sgd.losses[-1] / 10


@pytest.mark.parametrize("kind", ["line", "noise"])
def test_a_table_follows_every_step(reference: Data, kind: str) -> None:
    """A row for each step with its loss and all gradients, and one for what came out."""
    fit = getattr(reference, kind)
    assert [row.step for row in fit.rows] == [*range(fit.steps + 1)]
    assert all(row.loss is not None and None not in row.gradients for row in fit.rows[:-1])
    assert fit.rows[-1].loss is None
    assert not fit.failures


def test_the_rows_of_the_line_obey_the_update(reference: Data) -> None:
    """The velocities that the gradients add up to lead from one row to the next."""
    velocity = [0.0, 0.0]
    for before, after in zip(reference.line.rows, reference.line.rows[1:], strict=False):
        velocity = [SHARE * old + (slope or 0.0) for old, slope in zip(velocity, before.gradients, strict=True)]
        moved = [value - 0.05 * speed for value, speed in zip(before.params, velocity, strict=True)]
        assert after.params == pytest.approx(moved)


def test_the_loss_of_a_row_is_that_of_its_parameters(reference: Data) -> None:
    """The mean square of what the line leaves."""
    for row in reference.line.rows[:-1]:
        slope, bias = row.params
        squares = [(slope * x + bias - y) ** 2 for x, y in reference.points]
        assert row.loss == pytest.approx(sum(squares) / len(squares))


def test_the_weights_of_noise_fall_to_about_0(reference: Data) -> None:
    """They begin at 1.5 or more, and end near sigma/√n, where the least squares lie as well."""
    for name in ("noise1", "noise2", "noise3"):
        curve = reference.noise.curve(name)
        assert abs(curve[0]) >= 1.5
        assert abs(curve[-1]) < 3 * reference.noise.blur
    assert reference.noise.curve("signal")[-1] == pytest.approx(1.5, abs=3 * reference.noise.blur)
    assert reference.noise.rows[-1].params == pytest.approx(reference.noise.right, abs=0.01)


def test_the_tables_are_csv_files(reference: Data) -> None:
    """With the names of the columns on top, and every number as it was."""
    files = extras(reference, LIGHT)
    assert list(files) == [".csv", "-noise.csv"]
    head, *rows = csv.reader(io.StringIO(files[".csv"].decode(), newline=""))
    assert head == ["step", "loss", "slope", "slope.grad", "bias", "bias.grad"]
    assert [float(row[2]) for row in rows] == list(reference.line.curve("slope"))
    assert rows[-1][1] == rows[-1][3] == ""
    noise = list(csv.DictReader(io.StringIO(files["-noise.csv"].decode(), newline="")))
    assert float(noise[0]["noise2"]) == -3
    assert float(noise[0]["noise2.grad"]) == reference.noise.rows[0].gradients[2]


def test_a_step_that_moves_a_name_leaves_the_path_at_its_start() -> None:
    """The tensor of the model is what is drawn."""

    def renamed(params: list[torch.Tensor], lr: float) -> None:
        for param in params:
            param = param - lr * param.grad

    sgd, momentum, _ = drawn(sgd_step=renamed).descents
    assert set(sgd.path) == {sgd.truth[0]}
    assert momentum.losses == pytest.approx(momentum.true_losses)


def test_a_path_goes_as_far_as_its_rule_does() -> None:
    """Four steps, and then the reason."""
    left = [4]

    def tired(params: list[torch.Tensor], lr: float) -> None:
        if not left[0]:
            raise ValueError("tired")
        left[0] -= 1
        REFERENCE_SGD(params, lr)

    sgd = drawn(sgd_step=tired).descents[0]
    assert sgd.losses == pytest.approx(sgd.true_losses[:5])
    assert sgd.failure
    assert sgd.failure.words == "raises ValueError: tired"


def test_a_path_into_nan_is_noted() -> None:
    """Where no line can be drawn, words say when it ended."""
    data = drawn(sgd_step=spoils)
    assert data.notes == ("sgd_step leads to nan, nan in step 1",)


def test_gradients_that_are_never_cleared_are_seen_in_the_table() -> None:
    """The second gradient has the first in it."""

    def uncleared(loss_function: Any, params: Any, step: Any, steps: int) -> list[float]:
        losses = []
        for _ in range(steps):
            loss = loss_function()
            loss.backward()
            losses.append(loss)
            step()
        return losses

    wrong, right = drawn(descend=uncleared).line.rows, drawn().line.rows
    assert wrong[0] == right[0]
    assert wrong[1].gradients[0] == pytest.approx(right[1].gradients[0] + right[0].gradients[0])
    assert not any(math.isnan(row.loss) for row in wrong[:-1])


def test_an_optimizer_that_fails_answers_for_the_fit() -> None:
    """The function that uses it is not blamed."""
    data = drawn(Momentum=unwritten)
    assert data.line.failures == (Failure("Momentum", "not written yet"),)
    assert not data.noise.failures
    assert data.noise.rows


def test_a_descend_that_is_not_written_is_named() -> None:
    """A fit that calls it fails as well, and need not be wrong."""
    data = drawn(descend=unwritten)
    assert [one.name for one in data.line.failures] == ["fit_line", "descend"]


def test_a_fit_with_more_than_one_optimizer_is_noted() -> None:
    """The optimizer is to be made once."""

    def restless(x: Any, y: Any, make: Any, steps: int, start: Any = None) -> Any:
        make([torch.zeros(x.shape[1], requires_grad=True), torch.zeros((), requires_grad=True)])
        return REFERENCE_FIT(x, y, make, steps, start)

    assert drawn(fit_line=restless).notes == ("fit_line makes 2 optimizers, wanted one",)


def test_a_fit_that_forgets_the_bias_has_no_rows() -> None:
    """Its numbers fit no column, and words say so."""

    def unbiased(x: Any, y: Any, make: Any, steps: int, start: Any = None) -> Any:
        weights = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
        losses = REFERENCE.descend(lambda: (x @ weights - y).square().mean(), [weights], make([weights]).step, steps)
        return weights.detach(), None, losses

    line = drawn(fit_line=unbiased).line
    assert line.failures == (Failure("fit_line", "returns None, wanted a tensor"),)
    assert not line.rows


def test_a_switched_off_autograd_stays_with_its_function() -> None:
    """The functions that come after it can still record."""

    def switching(params: list[torch.Tensor], lr: float) -> None:
        torch.set_grad_enabled(False)

    data = drawn(sgd_step=switching)
    assert data.descents[0].failure
    assert not data.descents[1].failure
    assert not data.line.failures


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_nothing_raises_where_one_function_is_broken(name: str, broken: Any) -> None:
    """The paths of the others are those of their formulas."""
    data = drawn(**{name: broken})
    for one in data.descents:
        assert one.failure or one.name == name or one.losses == pytest.approx(one.true_losses)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_everything_broken_in_the_same_way_is_drawn(theme: Any, broken: Any) -> None:
    """In both themes, without a warning."""
    data = drawn(**dict.fromkeys(NAMES, broken))
    assert png(lambda theme: draw(data, theme), theme).startswith(b"\x89PNG")
    assert all(content for content in extras(data, theme).values())


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_reference_is_drawn_in_both_themes(reference: Data, theme: Any) -> None:
    """Without a warning."""
    assert png(lambda theme: draw(reference, theme), theme).startswith(b"\x89PNG")


@pytest.mark.parametrize("factor", [-1.0, 1e9, 1e300, math.inf, math.nan])
def test_steps_of_any_size_are_drawn(factor: float) -> None:
    """Uphill, out of the axes, out of all numbers."""

    class Wild(REFERENCE.Momentum):  # type: ignore[misc, name-defined]
        def step(self) -> None:
            with torch.no_grad():
                for param in self.params:
                    param -= factor * param.grad

    data = drawn(Momentum=Wild)
    png(lambda theme: draw(data, theme), LIGHT)
    assert len(data.line.rows) == data.line.steps + 1
