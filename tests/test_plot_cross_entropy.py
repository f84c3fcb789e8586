"""The picture of cross_entropy: the numbers on it, for right functions and for broken ones."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pt_kata.drawing import THEMES, png
from pt_kata.plots.code import Code
from pt_kata.plots.cross_entropy import data as numbers
from pt_kata.plots.cross_entropy.draw import draw
from pt_kata.plots.cross_entropy.run import run
from pt_kata.plots.failure import Failure

REFERENCE = importlib.import_module("solutions.losses.cross_entropy")
MISTAKES = importlib.import_module("mistakes.losses.cross_entropy")
NAMES = (
    "logsumexp",
    "log_softmax",
    "negative_log_likelihood",
    "cross_entropy",
    "cross_entropy_gradient",
    "CrossEntropy",
)
FLOAT32, FLOAT16, BFLOAT16 = range(3)


def raises(*arguments: object, **options: object) -> Any:
    """Do not work."""
    raise ValueError("no, and there is much more to say about it")


def unwritten(*arguments: object, **options: object) -> Any:
    """Stand for a stub."""
    raise NotImplementedError


def ends(*arguments: object, **options: object) -> Any:
    """End the process, as sys.exit does."""
    raise SystemExit(3)


def overwriting(logits: torch.Tensor, targets: Any = None, reduction: str = "") -> Any:
    """Write to the inputs, and return what was written."""
    with torch.no_grad():
        return logits.fill_(-1)


BROKEN: dict[str, Any] = {
    "unwritten": unwritten,
    "raises": raises,
    "ends": ends,
    "overwriting": overwriting,
    "nothing": lambda *arguments: None,
    "nan": lambda logits, *arguments: logits * torch.nan,
    "infinite": lambda logits, *arguments: logits.sum(dim=1) * 0 + torch.inf,
    "wrong shape": lambda *arguments: torch.zeros(3, 3, 3),
    "wrong type": lambda *arguments: ("two", [1.0]),
    "complex": lambda logits, *arguments: logits[:, 0].to(torch.complex64),
    "no data": lambda *arguments: torch.zeros((), device="meta"),
}


def drawn(**functions: Any) -> numbers.Data:
    """The data of the reference with other functions in it."""
    module = SimpleNamespace(**{name: getattr(REFERENCE, name) for name in NAMES} | functions)
    return run(Code(module, Path(REFERENCE.__file__ or "")), {})  # type: ignore[arg-type]


def through(log_softmax: Any) -> Any:
    """A cross-entropy made of another log-softmax."""

    def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
        losses = REFERENCE.negative_log_likelihood(log_softmax(logits), targets)
        return losses if reduction == "none" else getattr(losses, reduction)()

    return cross_entropy


@pytest.fixture(scope="module")
def reference() -> numbers.Data:
    """Give the data of the reference."""
    return drawn()


def wrong_answers(data: numbers.Data) -> set[str]:
    """The functions with a cross in the table."""
    return {one.name for one in data.answers if not one.is_right}


def naive_gaps(data: numbers.Data, place: int) -> tuple[numbers.Gap, ...]:
    """Where the naive way gives up in one dtype."""
    curve = data.curves[place]
    assert isinstance(curve.naive, tuple)
    return numbers.gaps(curve.zs, curve.naive)


def test_the_truth_is_the_softplus_of_the_other_logit(reference: numbers.Data) -> None:
    """Log(1 + exp(-z)), at each logit that the dtype holds."""
    for curve in reference.curves:
        right = [max(-z, 0) + math.log1p(math.exp(-abs(z))) for z in curve.zs]
        assert curve.truth == pytest.approx(right)


def test_the_reference_holds_in_every_dtype(reference: numbers.Data) -> None:
    """Its loss is the true one from the first logit to the last."""
    assert [curve.dtype for curve in reference.curves] == ["float32", "float16", "bfloat16"]
    assert [curve.wrong for curve in reference.curves] == [(), (), ()]
    assert (reference.curves[0].zs[0], reference.curves[0].zs[-1]) == (-125, 125)


@pytest.mark.parametrize(("place", "largest"), [(FLOAT32, 88.72), (FLOAT16, 11.09), (BFLOAT16, 88.72)])
def test_the_naive_way_overflows_where_the_dtype_ends(reference: numbers.Data, place: int, largest: float) -> None:
    """Beyond the log of its largest number exp is infinite, and the loss is NaN."""
    right = naive_gaps(reference, place)[-1]
    assert (right.kind, right.last) == ("NaN", 125)
    assert largest < right.first <= largest + 0.5


@pytest.mark.parametrize(("place", "least"), [(FLOAT32, -103.3), (FLOAT16, -16.6), (BFLOAT16, -92.2)])
def test_the_naive_way_underflows_on_the_other_side(reference: numbers.Data, place: int, least: float) -> None:
    """There exp rounds to 0, below the log of its smallest number, and minus its log is infinite."""
    left = naive_gaps(reference, place)[0]
    assert (left.kind, left.first) == ("inf", -125)
    assert least - 1 < left.last < least


def test_gaps_are_named_by_what_stands_in_them() -> None:
    """Each kind has its own, also where they touch."""
    found = numbers.gaps((1.0, 2.0, 3.0, 4.0, 5.0), (math.nan, math.inf, 0.0, -math.inf, -math.inf))
    assert found == (numbers.Gap("NaN", 1, 1), numbers.Gap("inf", 2, 2), numbers.Gap("-inf", 4, 5))


def test_the_gradient_is_softmax_minus_one_hot(reference: numbers.Data) -> None:
    """Divided by the four rows; the sure one that is wrong has the largest."""
    found = reference.gradient.found
    assert isinstance(found, tuple)
    assert found[0] == pytest.approx((-3 / 16, 1 / 16, 1 / 16, 1 / 16))
    sure = math.exp(5) / (math.exp(5) + 3) / 4
    assert found[2][0] == pytest.approx(sure)
    assert found[3][3] == 0
    assert not reference.gradient.wrong
    assert reference.gradient.sums == pytest.approx((0, 0, 0, 0), abs=1e-7)


def test_the_gradient_differs_from_autograd_by_its_rounding_only(reference: numbers.Data) -> None:
    """From torch's, from that of the learner's loss and from the learner's node."""
    differences = reference.gradient.differences
    assert [one.name for one in differences] == ["F.cross_entropy", "cross_entropy", "CrossEntropy"]
    assert all(one.largest == pytest.approx(0, abs=1e-6) for one in differences)


def test_every_function_of_the_reference_is_right(reference: numbers.Data) -> None:
    """At logits far apart as well."""
    assert not wrong_answers(reference)
    found = {(one.name, one.about): one.found for one in reference.answers}
    assert found["log_softmax", ""] == (0, -1000, -2000)
    assert found["CrossEntropy", "gradient"] == (1, -1, 0)
    assert reference.notes == ()


def test_a_loss_through_the_naive_softmax_gives_up_with_it() -> None:
    """The learner's curve then ends where the one of the picture does."""
    data = drawn(cross_entropy=through(lambda logits: (logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log()))
    for curve in data.curves:
        assert isinstance(curve.yours, tuple)
        assert isinstance(curve.naive, tuple)
        assert numbers.gaps(curve.zs, curve.yours) == numbers.gaps(curve.zs, curve.naive)
        assert curve.wrong[-1] == 125


def test_a_constant_in_the_log_is_wrong_without_a_gap() -> None:
    """The loss is finite, and far too small for a sure and wrong row."""
    data = drawn(cross_entropy=through(lambda logits: (logits.softmax(dim=1) + 1e-8).log()))
    curve = data.curves[FLOAT32]
    assert isinstance(curve.yours, tuple)
    assert numbers.gaps(curve.zs, curve.yours) == ()
    assert max(curve.yours) == pytest.approx(18.42, abs=0.01)
    assert curve.wrong[0] == -125


def test_one_maximum_for_the_batch_is_seen_in_the_table_and_on_the_curve() -> None:
    """Rows far below the largest lose their exponentials, while one row alone is right."""
    wrong = MISTAKES.one_maximum_for_the_batch
    data = drawn(logsumexp=wrong, cross_entropy=through(lambda logits: logits - wrong(logits)[:, None]))
    assert wrong_answers(data) == set()
    assert all(curve.wrong for curve in data.curves)


def test_a_maximum_that_is_not_subtracted_is_infinite_in_the_table() -> None:
    """Beside torch's thousand."""
    data = drawn(logsumexp=MISTAKES.maximum_not_subtracted)
    assert wrong_answers(data) == {"logsumexp"}
    assert data.answers[0].found == (math.inf,)
    assert data.answers[0].right == (1000,)
    assert data.notes == ("logsumexp gives infinity in 1 of 1 values",)


def test_a_gradient_that_is_not_divided_is_wrong_where_it_is_not_zero() -> None:
    """Four times too large, its rows add up to 0 all the same."""
    data = drawn(cross_entropy_gradient=lambda *both: 4 * REFERENCE.cross_entropy_gradient(*both))
    assert len(data.gradient.wrong) == 15
    assert data.gradient.sums == pytest.approx((0, 0, 0, 0), abs=1e-6)
    assert data.gradient.differences[0].largest == pytest.approx(3 * 0.24834, abs=1e-4)


def test_a_node_with_another_gradient_differs_from_the_formula() -> None:
    """The learner's loss, which autograd differentiates, does not."""

    class Doubled(REFERENCE.CrossEntropy):  # type: ignore[misc, name-defined]
        """Forgets nothing, but counts it twice."""

        @staticmethod
        def backward(ctx: Any, upstream: torch.Tensor) -> Any:
            """Twice the gradient."""
            gradient, _ = REFERENCE.CrossEntropy.backward(ctx, upstream)
            return 2 * gradient, None

    data = drawn(CrossEntropy=Doubled)
    largest = {one.name: one.largest for one in data.gradient.differences}
    assert largest["cross_entropy"] == pytest.approx(0, abs=1e-6)
    assert largest["CrossEntropy"] == pytest.approx(0.24834, abs=1e-4)
    assert [one.about for one in data.answers if not one.is_right] == ["gradient"]


def test_what_is_not_finite_is_noted_once() -> None:
    """Not for each dtype, though they give up at other logits."""
    data = drawn(cross_entropy=through(lambda logits: (logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log()))
    assert [note.partition(" in ")[0] for note in data.notes] == ["cross_entropy gives NaN"]


def test_a_loss_in_another_dtype_is_noted() -> None:
    """It has the right numbers."""
    data = drawn(cross_entropy=lambda logits, *rest: REFERENCE.cross_entropy(logits.float(), *rest))
    assert data.notes == ("cross_entropy of float16 is float32", "cross_entropy of bfloat16 is float32")
    assert not any(curve.wrong for curve in data.curves)


def test_a_sum_in_place_of_the_mean_is_wrong() -> None:
    """In the row of the table that asks for the mean, and in no other."""
    data = drawn(cross_entropy=lambda *both: REFERENCE.cross_entropy(*both[:2], "sum" if len(both) < 3 else both[2]))
    assert [one.about for one in data.answers if not one.is_right] == ["mean of the batch"]


def test_a_function_that_is_not_written_says_so() -> None:
    """Every place of the picture that needs it has the reason."""
    data = drawn(cross_entropy=unwritten, cross_entropy_gradient=unwritten)
    failure = Failure("cross_entropy", "not written yet")
    assert [curve.yours for curve in data.curves] == [failure] * 3
    assert data.gradient.found == Failure("cross_entropy_gradient", "not written yet")
    assert all(isinstance(curve.naive, tuple) for curve in data.curves)
    assert wrong_answers(data) == {"cross_entropy"}


def test_a_switched_off_autograd_stays_with_its_function() -> None:
    """The functions that come after it can still record."""

    def switching(logits: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(False)
        return REFERENCE.logsumexp(logits)

    data = drawn(logsumexp=switching)
    assert torch.is_grad_enabled()
    assert not wrong_answers(data)


@pytest.mark.parametrize("name", NAMES)
def test_the_other_functions_are_drawn_where_one_is_broken(name: str) -> None:
    """Whatever it does, nothing raises, and only it has a cross."""
    for broken in BROKEN.values():
        data = drawn(**{name: SimpleNamespace(apply=broken) if name == "CrossEntropy" else broken})
        assert wrong_answers(data) == ({name} - {"cross_entropy_gradient"})


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_everything_broken_in_the_same_way_is_drawn(broken: Any, theme: Any) -> None:
    """In both themes, to the last pixel."""
    functions = dict.fromkeys(NAMES, broken) | {"CrossEntropy": SimpleNamespace(apply=broken)}
    data = drawn(**functions)
    assert png(lambda theme: draw(data, theme), theme).startswith(b"\x89PNG")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_reference_is_drawn_in_both_themes(reference: numbers.Data, theme: Any) -> None:
    """Without a warning."""
    assert png(lambda theme: draw(reference, theme), theme).startswith(b"\x89PNG")


@pytest.mark.parametrize("value", [1e30, math.inf, math.nan, 0.0, -1e30])
def test_numbers_of_any_size_are_drawn(value: float) -> None:
    """From nothing to what no axis holds."""
    data = drawn(
        cross_entropy=lambda logits, *rest: torch.full_like(logits[:, 0], value, dtype=torch.float64),
        cross_entropy_gradient=lambda logits, targets: torch.full_like(logits, value),
        logsumexp=lambda logits: torch.full_like(logits[:, 0], value),
    )
    assert len(data.gradient.wrong) == (15 if value == 0 else 16)
    png(lambda theme: draw(data, theme), THEMES[1])


def test_a_dtype_without_the_naive_way_is_drawn(reference: numbers.Data) -> None:
    """Not every torch has exp of float16 on the CPU."""
    failure = Failure("the naive way in float16", 'raises RuntimeError: "exp" not implemented for "Half"')
    curves = tuple(replace(curve, naive=failure) for curve in reference.curves)
    png(lambda theme: draw(replace(reference, curves=curves), theme), THEMES[0])
