"""What broadcasting must do, and where it goes wrong in silence. Read a test, make it green, go on with the next."""

import math
import re
from itertools import product

import pytest
import torch
import torch.nn.functional as F

from katas.tensors.broadcasting import (
    add_channel_bias,
    broadcast_shape,
    mean_squared_error,
    normalize_rows,
    one_hot,
    outer_sum,
    pairwise_distances,
    standardize_columns,
)
from pt_kata.checks import assert_close, assert_equal, assert_no_loop, assert_raises, gradients, unchanged

SQUARE = "On a square input every axis fits every other, so nothing raises: say which axis meets which."


def test_axes_of_size_one_stretch(draw):
    """An axis of size 1 takes the size of its partner, on either side."""
    a, b, c = draw.sizes(3)
    assert_equal(broadcast_shape((a, 1, c), (1, b, c)), (a, b, c), "A 1 gives way to any size; equal sizes stay.")


def test_shapes_are_aligned_at_the_right(draw):
    """(n,) against (n, 1) is (n, n): the missing axis is added on the left, and then both stretch."""
    n = draw.size()
    why = "The last axes meet first: n meets 1, and a missing axis meets n. That no error is raised is the trap."
    assert_equal(broadcast_shape((n,), (n, 1)), (n, n), why)


def test_an_axis_of_size_zero_stays_empty(draw):
    """Size 0 against size 1 is size 0: an axis without entries has none to repeat."""
    n = draw.size()
    why = "The larger size does not win: the size that is not 1 wins, and that may be 0."
    assert_equal(broadcast_shape((n, 0), (n, 1)), (n, 0), why)


def test_clashing_axes_are_named(draw):
    """Sizes that differ, neither of them 1, raise a ValueError that names the axis from the right and both sizes."""
    a, b, c = draw.sizes(3)
    why = "Counted from the left, the axes of shapes of different length don't match up. Count from the right: -1, -2."
    error = assert_raises(ValueError, broadcast_shape, (a, b, c), (a, c), why=why)
    assert_equal(_clashes(error), [f"axis -2: {b} against {a}"], why)


def test_clashing_sizes_are_named_in_order(draw):
    """The size in the first shape stands before the one in the second, whichever shape is longer."""
    a, b, c = draw.sizes(3)
    why = "Whoever puts the longer shape first must not forget to swap the sizes back in the message."
    error = assert_raises(ValueError, broadcast_shape, (a, c), (c, b, c), why=why)
    assert_equal(_clashes(error), [f"axis -2: {a} against {b}"], why)


def test_all_clashing_axes_are_named_and_no_others(draw):
    """The message of the error names every axis that clashes, and leaves out those that fit."""
    a, b, c = draw.sizes(3)
    wanted = [f"axis -1: {c} against {a}", f"axis -4: {a} against {b}"]
    why = "Whoever mends one axis and finds the next one wrong would have liked to read of both; a 1 fits any size."
    error = assert_raises(ValueError, broadcast_shape, (a, c, 1, c), (b, c, 4, a), why=why)
    assert_equal(_clashes(error), wanted, why)


def test_the_rule_is_that_of_torch(draw):
    """For any two shapes of up to two axes the answer is what torch makes of adding two such tensors."""
    sizes = (0, 1, *draw.sizes(2))
    shapes = [(), *product(sizes), *product(sizes, sizes)]
    for first, second in product(shapes, shapes):
        wanted = _shape_of_sum(first, second)
        if wanted is None:
            assert_raises(ValueError, broadcast_shape, first, second, why="torch refuses to add these two shapes.")
        else:
            assert_equal(broadcast_shape(first, second), wanted, "This is the shape of torch.ones(a) + torch.ones(b).")


def test_the_rule_needs_no_array(draw):
    """Sizes beyond any memory follow the rule as well."""
    n = 2**70 + draw.size()
    why = "The rule needs the sizes alone. Arrays of such shapes can't be made, so there is nobody to ask."
    assert_equal(broadcast_shape((n, 1), (3,)), (n, 3), why)


def test_equal_sizes_fit_however_large(draw):
    """Two equal sizes fit, also where they are two objects in memory, as numbers above 256 are."""
    n = draw.size()
    size, same = 1000 + n, 1000 + n
    why = "Compare numbers with == and !=. `is` asks for the same object, and only small numbers are shared."
    assert_equal(broadcast_shape((size, 1), (same, 3)), (size, 3), why)


def test_outer_sum_is_a_table(draw):
    """Two numbers and three numbers have six sums: a row for each of the two, a column for each of the three."""
    first, second = draw.tensor([10.0, 20.0]), draw.tensor([1.0, 2.0, 3.0])
    why = "Entry [i, j] adds first[i] and second[j]: the first vector runs down the rows, the second along them."
    assert_close(outer_sum(first, second), [[11.0, 12.0, 13.0], [21.0, 22.0, 23.0]], why)


def test_outer_sum_of_vectors_of_one_length(draw):
    """Vectors of the same length have a square table, with the first vector down the rows."""
    first, second = draw.normal(3), draw.normal(3)
    wanted = torch.stack([x + second for x in first])
    why = "(n,) + (n,) is n sums, not n x n, and the vector that gets the new axis on the right runs down the rows."
    assert_close(outer_sum(first, second), wanted, why)


def test_channel_bias_where_all_axes_have_one_size(draw):
    """With as many channels as pixels across, each number still goes to its channel."""
    images, bias = draw.normal(3, 3, 3, 3), draw.normal(3)
    wanted = torch.stack([images[:, c] + bias[c] for c in range(3)], dim=1)
    why = "images + bias lines the bias up with the last axis, the width. Here that fits, and colours the columns."
    assert_close(add_channel_bias(images, bias), wanted, why)


def test_channel_bias_of_images_in_any_memory_order(draw):
    """Images turned on their side, so that height and width are swapped and nothing is moved, get their bias too."""
    images, bias = draw.normal(2, 3, 5, 4).transpose(2, 3), draw.normal(3)
    wanted = torch.stack([images[:, c] + bias[c] for c in range(3)], dim=1)
    why = "view() asks how the numbers lie in memory; broadcasting does not. Only the bias needs new axes."
    assert_close(add_channel_bias(images, bias), wanted, why)


def test_each_prediction_meets_its_own_target(draw):
    """Predictions in float32 that all miss their target by 3 cost 9, in float32, however many targets there are."""
    targets = draw.normal(draw.size(3, 9))
    predictions = (targets + 3).unsqueeze(1)
    why = "(n, 1) minus (n,) is (n, n): every prediction is held against every target, and the mean hides it."
    why += " It is a mean over the n samples."
    assert_close(mean_squared_error(predictions, targets), 9.0, why, dtype=torch.float32, rtol=1e-5)


def test_standardized_columns_have_mean_zero_and_mean_square_one(draw):
    """Every column of the result has mean 0, and its squares have mean 1."""
    n, d = draw.sizes(2, 3, 9)
    result = standardize_columns(5 + 2 * draw.normal(n, d))
    assert_close(result.mean(dim=0), [0.0] * d, "Reduce over the rows: a column is one feature of all samples.")
    why = "std divides by n - 1 unless told. The standard deviation wanted here is that of a population: n."
    assert_close(result.square().mean(dim=0), [1.0] * d, why)


def test_standardize_a_square_table(draw):
    """On a square table, too, it is the columns that are standardized."""
    table = draw.normal(4, 4)
    wanted = torch.stack([(x - x.mean()) / x.std(correction=0) for x in table.unbind(dim=1)], dim=1)
    assert_close(standardize_columns(table), wanted, f"{SQUARE} Mean and deviation of a column belong to that column.")


def test_a_constant_column_becomes_zeros(draw):
    """A column of one repeated value gives zeros, and the column beside it is standardized as ever."""
    table = draw.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert_close(standardize_columns(table), [[-1.0, 0.0], [1.0, 0.0]], "Its deviation is 0, and 0/0 is NaN.")


def test_a_table_of_one_row_becomes_zeros(draw):
    """In a table of one row every column is constant, so the row gives zeros."""
    why = "Divided by n - 1, the deviation of one sample is 0/0. And a table without any spread is no special case."
    assert_close(standardize_columns(draw.normal(1, 3) + 5), [[0.0, 0.0, 0.0]], why)


@pytest.mark.parametrize(("mean", "spread"), [(3000.0, 1.0), (0.0, 1e-12)])
def test_standardize_columns_at_any_scale(draw, mean, spread):
    """Far from zero, or with tiny values, the columns are standardized as well as in float64."""
    table = mean + spread * draw.normal(8, 5)
    exact = table.double()
    wanted = (exact - exact.mean(dim=0)) / exact.std(dim=0, correction=0)
    why = "mean(x²) - mean(x)² cancels far from zero; beside a small deviation a constant such as 1e-8 outweighs it."
    result = standardize_columns(table)
    assert_close(result.square().mean(dim=0).round(), [1.0] * 5, f"These are the mean squares, rounded. {why}")
    assert_close(result, wanted, why, dtype=torch.float32, atol=2e-3, rtol=0)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8], ids=str)
def test_counts_become_shares(draw, dtype):
    """Integer counts, of any width, give float32 shares of their row."""
    counts = draw.tensor([[1, 3, 0], [100, 100, 200]], dtype=dtype)
    wanted = draw.tensor([[0.25, 0.75, 0.0], [0.25, 0.25, 0.5]])
    why = "Shares need a float tensor: an integer one cuts 0.75 down to 0, and 8 bits can't hold a sum of 400."
    assert_close(normalize_rows(counts), wanted, why)


def test_normalize_the_rows_of_a_square_matrix(draw):
    """On a square matrix, too, each row is divided by its own sum."""
    counts = draw.integers(1, 9, 4, 4)
    wanted = torch.stack([row / row.sum() for row in counts])
    why = "A sum over dim 1 has the shape (n,), which lines up with the columns. keepdim=True leaves it a column."
    assert_close(normalize_rows(counts), wanted, f"{SQUARE} {why}")


def test_a_single_count_has_the_whole_share(draw):
    """In a row with one count, that event has the share 1."""
    place = draw.integers(0, 5, 3)
    counts = F.one_hot(place, 5)
    why = "Only a sum of 0 needs another number to divide by: a sum of 1 is a sum like any other, and 1 / 1 is 1."
    assert_close(normalize_rows(counts), counts.float(), why, rtol=0, atol=3e-7)


def test_a_row_without_counts_becomes_zeros(draw):
    """A row of zeros stays a row of zeros, and the rows beside it are not touched by that."""
    counts = draw.tensor([[0, 0, 0], [1, 0, 1], [1, 0, 3]], dtype=torch.int64)
    wanted = [[0.0, 0.0, 0.0], [0.5, 0.0, 0.5], [0.25, 0.0, 0.75]]
    assert_close(normalize_rows(counts), wanted, "0/0 is NaN: a sum of 0 must not be divided by.")


def test_one_hot_marks_the_class(draw):
    """Each label gives a row of float32 zeros with a 1 at the label's class."""
    wanted = draw.tensor([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    why = "There is a column per class, seen or not. A comparison gives booleans: turn them into float32."
    assert_close(one_hot(draw.tensor([2, 0], dtype=torch.int64), 4), wanted, why)


def test_one_hot_with_as_many_labels_as_classes(draw):
    """With n labels and n classes the rows are still the labels and the columns the classes."""
    labels = torch.cat([draw.tensor([1, 2, 0], dtype=torch.int64), draw.integers(0, 6, 3)])
    why = "Labels against class numbers as (n,) and (n,) gives (n,); as (n,) and (n, 1) it gives the transpose."
    assert_close(one_hot(labels, 6), F.one_hot(labels, 6).float(), f"{SQUARE} {why}")


def test_one_hot_of_a_label_that_is_no_class(draw):
    """A label below 0, or not below the number of classes, equals no class number and gives zeros."""
    labels = draw.tensor([-1, 3, 1, -100, 4], dtype=torch.int64)
    wanted = [[0.0] * 3, [0.0] * 3, [0.0, 1.0, 0.0], [0.0] * 3, [0.0] * 3]
    assert_close(one_hot(labels, 3), wanted, "An index of -1 means the last class; a comparison with -1 is just false.")


def test_one_hot_of_labels_of_eight_bits(draw):
    """Labels of 8 bits may come with more classes than 8 bits can count."""
    labels = draw.tensor([3, 0, 255], dtype=torch.uint8)
    why = "Class numbers in the dtype of the labels start again at 0 after 255. torch compares integers of any width."
    assert_close(one_hot(labels, 300), F.one_hot(labels.long(), 300).float(), why)


def test_distances_between_two_sets_of_points(draw):
    """Three points and two points have six distances; a triangle with the legs 3 and 4 has the side 5."""
    first = draw.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])
    second = draw.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert_close(pairwise_distances(first, second), [[5.0, 0.0], [0.0, 5.0], [4.0, 3.0]])


def test_distances_where_all_axes_have_one_size(draw):
    """With as many points as coordinates, the sum still runs over the coordinates, and rows are the first set."""
    first, second = draw.normal(3, 3), draw.normal(3, 3)
    wanted = torch.stack([torch.stack([torch.dist(x, y) for y in second]) for x in first])
    why = "first - second pairs point i with point i only; with three axes in play, name the one to sum over."
    assert_close(pairwise_distances(first, second), wanted, f"{SQUARE} {why}")


@pytest.mark.parametrize(
    ("dtype", "origin", "step"),
    [(torch.float32, 2.0**12, 2.0**-8), (torch.float64, 2.0**26, 2.0**-8), (torch.float32, 0.0, 2.0**-60)],
    ids=["far_float32", "far_float64", "tiny_float32"],
)
def test_close_points_keep_their_distance(draw, dtype, origin, step):
    """Points 5 small steps apart are 5 small steps apart, far from the origin and at it, whatever other points do."""
    first = draw.tensor([[-origin, -origin], [origin, origin]], dtype=dtype)
    second = draw.tensor([[origin + 3 * step, origin + 4 * step]], dtype=dtype)
    why = (
        "|x|² - 2 x·y + |y|² subtracts numbers that agree in all their digits, and a constant under the root "
        "outweighs a small square. Subtract the coordinates of each pair first, add nothing."
    )
    wanted = [[math.hypot(2 * origin + 3 * step, 2 * origin + 4 * step)], [5 * step]]
    assert_close(pairwise_distances(first, second), wanted, why, atol=0, rtol=1e-5)


def test_a_point_has_distance_zero_to_itself(draw):
    """From a set to itself the diagonal is exactly 0: no NaN, and no small number instead."""
    points = 100 * draw.normal(5, 3)
    distances = pairwise_distances(points, points)
    assert_equal(distances.shape, torch.Size([5, 5]), "Five points and five points have a table of 25 distances.")
    why = "A square rounded to below 0 has the root NaN; a constant or a clamp under the root is a distance of its own."
    assert_equal(distances.diagonal(), torch.zeros_like(points[:, 0]), why)


def test_zero_distance_has_the_gradient_zero(draw):
    """Two equal points pull on nothing: the gradient of their distance is 0 for both."""
    first = draw.tensor([[1.0, 2.0]], requires_grad=True)
    second = draw.tensor([[1.0, 2.0]], requires_grad=True)
    why = (
        "The slope of sqrt at 0 is infinite, and backward multiplies it by 0: NaN. Replacing the result afterwards "
        "comes too late, for backward still passes through the root of 0. Keep the 0 from reaching sqrt."
    )
    zero = torch.zeros_like(first)
    assert_close(gradients(pairwise_distances(first, second), [first, second]), (zero, zero), why)


def test_other_pairs_keep_their_gradient(draw):
    """In a set with repeated points, the pairs that are apart have the gradient that torch.cdist gives."""
    values = draw.normal(4, 2, dtype=torch.float64)[[0, 1, 2, 3, 1]]
    points, oracle = values.clone().requires_grad_(), values.clone().requires_grad_()
    upstream = draw.normal(5, 5, dtype=torch.float64)
    result, distances = pairwise_distances(points, points), torch.cdist(oracle, oracle)
    assert_close(result, distances, "The distances themselves are those of torch.cdist.")
    why = "Only a pair at distance 0 has no say; each other pair pulls along the line between its points."
    assert_close(gradients(result, points, upstream), gradients(distances, oracle, upstream), why)


LOOPS = {  # what each function of floats means, spelled out one entry, column or channel at a time
    outer_sum: lambda first, second: torch.stack([torch.stack([x + y for y in second]) for x in first]),
    add_channel_bias: lambda images, bias: torch.stack([images[:, c] + bias[c] for c in range(len(bias))], dim=1),
    mean_squared_error: lambda predictions, targets: torch.stack(
        [(p[0] - t) ** 2 for p, t in zip(predictions, targets, strict=True)]
    ).mean(),
    standardize_columns: lambda table: torch.stack(
        [(x - x.mean()) / x.std(correction=0) for x in table.unbind(dim=1)], dim=1
    ),
    pairwise_distances: lambda first, second: torch.stack(
        [torch.stack([torch.dist(x, y) for y in second]) for x in first]
    ),
}


def _name(function):
    return function.__name__


@pytest.mark.parametrize("function", LOOPS, ids=_name)
def test_values_and_gradients_are_those_of_a_loop(draw, function):
    """On fresh shapes in float64, values and gradients agree with the loop to float64 precision."""
    inputs = [tensor.double().requires_grad_() for tensor in _inputs(draw, function, draw.size(3, 5)).values()]
    result, wanted = function(*inputs), LOOPS[function](*inputs)
    why = "The loop is the docstring's formula. If only late digits differ, .float() or a float32 buffer lost them."
    assert_close(result, wanted, why, rtol=1e-12, atol=1e-12)
    upstream = draw.normal(*wanted.shape, dtype=torch.float64)
    why = "Every step from input to result belongs to the graph, mean and deviation as well: detach none of them."
    expected = tuple(gradients(wanted, inputs, upstream))
    assert_close(tuple(gradients(result, inputs, upstream, why)), expected, why, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("function", [outer_sum, add_channel_bias, mean_squared_error, pairwise_distances], ids=_name)
def test_axes_of_size_one_stay(draw, function):
    """An axis that happens to have size 1 is an axis of the result like any other."""
    why = "squeeze() without a number takes every axis of size 1 away, also that of a batch or set of one."
    for n in (1, 2):
        inputs = [*_inputs(draw, function, n).values()]
        assert_close(function(*inputs), LOOPS[function](*inputs), why)


ON_TENSORS = [*LOOPS, normalize_rows, one_hot]


@pytest.mark.parametrize("function", ON_TENSORS, ids=_name)
def test_inputs_are_left_alone(draw, function):
    """Nothing is written to an input."""
    inputs = _inputs(draw, function, 4)
    tensors = {name: value for name, value in inputs.items() if isinstance(value, torch.Tensor)}
    with unchanged("x += y and x.sub_(y) write into the caller's tensor. x = x + y makes a new one.", **tensors):
        function(**inputs)


@pytest.mark.parametrize("function", ON_TENSORS, ids=_name)
def test_there_is_no_loop_over_the_data(draw, function):
    """A larger input, along every axis, takes as many torch operators as a small one."""
    small, large = _inputs(draw, function, 3), _inputs(draw, function, 12)
    assert_no_loop(function, [*small.values()], [*large.values()], "Broadcasting is the loop: let torch run it.")


def _inputs(draw, function, n):
    """Arguments for ``function``, by name, with axes of about ``n``, all different."""
    return {
        outer_sum: lambda: {"first": draw.normal(n), "second": draw.normal(n + 1)},
        add_channel_bias: lambda: {"images": draw.normal(n - 1, n, n + 1, n + 2), "bias": draw.normal(n)},
        mean_squared_error: lambda: {"predictions": draw.normal(n, 1), "targets": draw.normal(n)},
        standardize_columns: lambda: {"table": draw.normal(n + 1, n)},
        pairwise_distances: lambda: {"first": draw.normal(n, n - 1), "second": draw.normal(n + 1, n - 1)},
        normalize_rows: lambda: {"counts": draw.integers(0, 9, n, n + 1)},
        one_hot: lambda: {"labels": draw.integers(0, n, n + 1), "classes": n},
    }[function]()


def _clashes(error):
    """What the message of the error says about axes, in order."""
    return sorted(re.findall(r"axis \S+: \d+ against \d+", str(error)))


def _shape_of_sum(first, second):
    """The shape of the sum of two such tensors, or None where torch refuses to add them."""
    try:
        return tuple((torch.ones(first) + torch.ones(second)).shape)
    except RuntimeError:
        return None
