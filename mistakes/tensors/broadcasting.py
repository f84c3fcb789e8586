"""Known wrong answers to tensors/broadcasting."""

from itertools import zip_longest

import torch

from pt_kata.stand_ins import mistake


@mistake("broadcast_shape", caught_by="test_shapes_are_aligned_at_the_right")
def aligned_at_the_left(first, second):
    """Shapes aligned at the left.

    The first axis meets the first axis, and the shorter shape gets its missing axes on the right. The rule counts
    from the last axis, so shapes of different length meet in the wrong places.

    Try:
        >>> broadcast_shape((4,), (4, 1))
        (4, 1)
    """
    pairs = list(zip_longest(first, second, fillvalue=1))
    _refuse(_clashes(reversed(pairs)), first, second)
    return tuple(b if a == 1 else a for a, b in pairs)


@mistake("broadcast_shape", caught_by="test_an_axis_of_size_zero_stays_empty")
def larger_size_wins(first, second):
    """The larger of two sizes wins.

    Of each pair of sizes that fit, the larger one is taken. Against a size of 1 an empty axis is the smaller one, and
    the result should be empty as well.

    Try:
        >>> broadcast_shape((3, 0), (3, 1))
        (3, 1)
    """
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs), first, second)
    return tuple(max(pair) for pair in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def nothing_clashes(first, second):
    """The larger of two sizes wins, and nothing clashes.

    The maximum of each pair of sizes is returned without a look at whether they fit. Sizes that differ, neither of
    them 1, have no common shape, and adding such tensors is an error.

    Try:
        >>> broadcast_shape((3, 4), (2, 4))
        (3, 4)
    """
    return tuple(max(pair) for pair in reversed(_pairs(first, second)))


@mistake("broadcast_shape", caught_by="test_all_clashing_axes_are_named_and_no_others")
def first_clash_only(first, second):
    """Only the last clashing axis named.

    The error is raised at the first pair of sizes that clashes, seen from the right. Clashes further left go
    unmentioned, and come up one by one when the first is mended.

    Try:
        >>> broadcast_shape((2, 3), (4, 5))
        Traceback (most recent call last):
        ValueError: (2, 3) and (4, 5) do not broadcast: axis -1: 3 against 5
    """
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs)[:1], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_all_clashing_axes_are_named_and_no_others")
def last_clash_only(first, second):
    """Only the first clashing axis named.

    The pairs are walked from the left, and the error is raised at the first one that clashes. Clashes further right
    go unmentioned, and come up one by one when the first is mended.

    Try:
        >>> broadcast_shape((2, 3), (4, 5))
        Traceback (most recent call last):
        ValueError: (2, 3) and (4, 5) do not broadcast: axis -2: 2 against 4
    """
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs)[-1:], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def counted_from_the_left(first, second):
    """Axes counted from the left in the message.

    The message gives the position of the axis in the result, from 0. The two shapes may differ in length, and only
    the count from the right means the same axis in both.

    Try:
        >>> broadcast_shape((3, 4), (2, 4))
        Traceback (most recent call last):
        ValueError: (3, 4) and (2, 4) do not broadcast: axis 0: 3 against 2
    """
    pairs = _pairs(first, second)
    _refuse([f"axis {i}: {a} against {b}" for i, (a, b) in enumerate(reversed(pairs)) if _differ(a, b)], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def counted_from_the_right_without_a_sign(first, second):
    """Axes counted from the right, without the minus.

    The last axis is called 1 in the message and the one before it 2. Read as an index, 1 is the second axis from the
    left, and only -1 is the last one.

    Try:
        >>> broadcast_shape((3, 4), (2, 4))
        Traceback (most recent call last):
        ValueError: (3, 4) and (2, 4) do not broadcast: axis 2: 3 against 2
    """
    pairs = _pairs(first, second)
    _refuse([f"axis {i}: {a} against {b}" for i, (a, b) in enumerate(pairs, 1) if _differ(a, b)], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def counted_from_zero_backwards(first, second):
    """The last axis called 0 in the message.

    The pairs are counted from the back, beginning at 0. The last axis is -1, so each axis in the message is one place
    off.

    Try:
        >>> broadcast_shape((3, 4), (2, 5))
        Traceback (most recent call last):
        ValueError: (3, 4) and (2, 5) do not broadcast: axis 0: 4 against 5; axis -1: 3 against 2
    """
    pairs = _pairs(first, second)
    _refuse([f"axis {-i}: {a} against {b}" for i, (a, b) in enumerate(pairs) if _differ(a, b)], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def axes_not_named(first, second):
    """A message that names no axis.

    The error says that the shapes do not fit, and no more. Whoever reads it has to find the axis and the two sizes
    alone, which the docstring spares them.

    Try:
        >>> broadcast_shape((3, 4), (2, 4))
        Traceback (most recent call last):
        ValueError: (3, 4) and (2, 4) do not broadcast
    """
    pairs = _pairs(first, second)
    if _clashes(pairs):
        raise ValueError(f"{tuple(first)} and {tuple(second)} do not broadcast")
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_all_clashing_axes_are_named_and_no_others")
def stretched_axes_named(first, second):
    """Axes that fit named as clashes.

    Once anything clashes, every axis whose sizes differ is listed. A size of 1 differs from its partner and fits all
    the same.

    Try:
        >>> broadcast_shape((2, 1, 3), (4, 5, 3))
        Traceback (most recent call last):
        ValueError: (2, 1, 3) and (4, 5, 3) do not broadcast: axis -2: 1 against 5; axis -3: 2 against 4
    """
    pairs = _pairs(first, second)
    if _clashes(pairs):
        _refuse([f"axis {-i}: {a} against {b}" for i, (a, b) in enumerate(pairs, 1) if a != b], first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_sizes_are_named_in_order")
def longer_shape_first(first, second):
    """The longer shape taken for the first.

    The shapes are swapped when the second has more axes, and the message is written after that. Then the size of the
    second shape stands where that of the first belongs.

    Try:
        >>> broadcast_shape((2,), (5, 3))
        Traceback (most recent call last):
        ValueError: (5, 3) and (2,) do not broadcast: axis -1: 3 against 2
    """
    if len(first) < len(second):
        first, second = second, first
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs), first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_shapes_are_aligned_at_the_right")
def missing_axes_dropped(first, second):
    """Axes that only one shape has dropped.

    Pairs are made only as far as both shapes reach. An axis that is missing on one side counts as 1, so the result
    has all axes of the longer shape.

    Try:
        >>> broadcast_shape((5, 3, 4), (4,))
        (4,)
    """
    pairs = list(zip(reversed(first), reversed(second), strict=False))
    _refuse(_clashes(pairs), first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_clashing_axes_are_named")
def numbers_of_axes_compared(first, second):
    """Shapes of different length refused.

    An error is raised where one shape has more axes than the other. The shorter one has axes of size 1 in the missing
    places, and those fit any size.

    Try:
        >>> broadcast_shape((5, 3), (3,))
        Traceback (most recent call last):
        ValueError: (5, 3) and (3,) do not broadcast
    """
    if len(first) != len(second):
        raise ValueError(f"{tuple(first)} and {tuple(second)} do not broadcast")
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs), first, second)
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_axes_of_size_one_stretch")
def result_reversed(first, second):
    """A result in reverse order.

    The sizes are collected from the last axis to the first, and returned that way. The result lists its axes from the
    left, like the two shapes.

    Try:
        >>> broadcast_shape((5, 1, 4), (3, 1))
        (4, 3, 5)
    """
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs), first, second)
    return tuple(b if a == 1 else a for a, b in pairs)


@mistake("broadcast_shape", caught_by="test_axes_of_size_one_stretch")
def list_of_sizes(first, second):
    """A list in place of a tuple.

    The right sizes come in a list. A shape is a tuple, as tensors give it, and a list never equals one.

    Try:
        >>> broadcast_shape((5, 1, 4), (3, 1))
        [5, 3, 4]
    """
    pairs = _pairs(first, second)
    _refuse(_clashes(pairs), first, second)
    return [b if a == 1 else a for a, b in reversed(pairs)]


@mistake("broadcast_shape", caught_by="test_the_rule_is_that_of_torch")
def zero_fits_everything(first, second):
    """An axis of size 0 that fits everything.

    A size of 0 wins against any partner without an error. An empty axis has nothing to give to three entries, so 0
    fits only 0 and 1.

    Try:
        >>> broadcast_shape((0,), (3,))
        (0,)
    """
    pairs = _pairs(first, second)
    clashes = [f"axis {-i}: {a} against {b}" for i, (a, b) in enumerate(pairs, 1) if _differ(a, b) and 0 not in (a, b)]
    _refuse(clashes, first, second)
    return tuple(0 if 0 in (a, b) else max(a, b) for a, b in reversed(pairs))


@mistake("broadcast_shape", caught_by="test_axes_of_size_one_stretch", forbidden=True)
def torch_asked(first, second):
    """The rule left to torch.

    torch or NumPy is asked what shape comes out. That answers the question without the rule, which is what this
    function is there to write down.

    Try:
        >>> broadcast_shape((5, 1, 4), (3, 1))
        torch.Size([5, 3, 4])
    """
    return torch.broadcast_shapes(first, second)


@mistake("outer_sum", caught_by="test_outer_sum_of_vectors_of_one_length")
def sum_of_partners(first, second):
    """The vectors added as they are.

    Both have the shape (n,), so entry i meets entry i alone. The table needs every entry of the first with every
    entry of the second, and vectors of different length raise an error here.

    Try:
        >>> outer_sum(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0]))
        tensor([11., 22.])
    """
    return first + second


@mistake("outer_sum", caught_by="test_outer_sum_is_a_table")
def table_transposed(first, second):
    """The first vector along the rows.

    The second vector got the new axis on its right, so it runs down the rows. The table comes out transposed, and for
    vectors of one length the shape doesn't tell.

    Try:
        >>> outer_sum(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0]))
        tensor([[11., 21.],
                [12., 22.]])
    """
    return first + second[:, None]


@mistake("outer_sum", caught_by="test_outer_sum_is_a_table")
def outer_product(first, second):
    """Products in place of sums.

    Each entry of the first vector is multiplied with each of the second, as torch.outer does. Shape and order are
    right, but the table holds first[i] * second[j].

    Try:
        >>> outer_sum(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0]))
        tensor([[10., 20.],
                [20., 40.]])
    """
    return first[:, None] * second


@mistake("outer_sum", caught_by="test_there_is_no_loop_over_the_data")
def row_after_row(first, second):
    """A Python loop over the entries.

    The rows are made one at a time and stacked. The table is right, but each row costs several torch operators, and a
    thousand rows cost thousands.

    Try:
        >>> from pt_kata.checks import operations
        >>> small, large = torch.arange(3.0), torch.arange(300.0)
        >>> operations(outer_sum, large, small) > operations(outer_sum, small, small)
        True
    """
    return torch.stack([x + second for x in first])


@mistake("outer_sum", caught_by="test_values_and_gradients_are_those_of_a_loop")
def table_in_float32(first, second):
    """A table in float32, whatever comes in.

    The sums are stored as float32. Vectors in float64 lose half of their digits, and the table has a dtype that
    nobody asked for.

    Try:
        >>> outer_sum(torch.ones(2).double(), torch.ones(2).double()).dtype
        torch.float32
    """
    return (first[:, None] + second).float()


@mistake("outer_sum", caught_by="test_inputs_are_left_alone")
def axis_added_to_the_input(first, second):
    """The new axis added to the input itself.

    unsqueeze_ with an underscore changes the shape of the caller's vector. The table is right, but whoever uses the
    vector afterwards finds a matrix.

    Try:
        >>> first = torch.tensor([10.0, 20.0])
        >>> table = outer_sum(first, torch.tensor([1.0]))
        >>> first.shape
        torch.Size([2, 1])
    """
    return first.unsqueeze_(1) + second


@mistake("outer_sum", caught_by="test_axes_of_size_one_stay")
def squeezed_table(first, second):
    """Axes of size 1 taken out of the table.

    squeeze without a number drops every axis of size 1 from the result. A vector of one number has a table of one
    row, and that row is lost.

    Try:
        >>> outer_sum(torch.tensor([10.0]), torch.tensor([1.0, 2.0])).shape
        torch.Size([2])
    """
    return (first[:, None] + second).squeeze()


@mistake("add_channel_bias", caught_by="test_channel_bias_where_all_axes_have_one_size")
def bias_along_the_width(images, bias):
    """The bias added along the width.

    images + bias lines the bias up with the last axis, the width. With as many columns as channels nothing raises,
    and each column gets a number that belongs to a channel.

    Try:
        >>> add_channel_bias(torch.zeros(1, 2, 1, 2), torch.tensor([5.0, 7.0])).tolist()
        [[[[5.0, 7.0]], [[5.0, 7.0]]]]
    """
    return images + bias


@mistake("add_channel_bias", caught_by="test_channel_bias_where_all_axes_have_one_size")
def bias_along_the_height(images, bias):
    """The bias added along the height.

    One new axis makes the bias a column, (c, 1), which lines up with height and width. The channel stands third from
    the right, so it takes two axes behind the bias.

    Try:
        >>> add_channel_bias(torch.zeros(1, 2, 2, 1), torch.tensor([5.0, 7.0])).tolist()
        [[[[5.0], [7.0]], [[5.0], [7.0]]]]
    """
    return images + bias[:, None]


@mistake("add_channel_bias", caught_by="test_channel_bias_where_all_axes_have_one_size")
def bias_along_the_batch(images, bias):
    """The bias added along the batch.

    Three new axes make the bias (c, 1, 1, 1), which lines up with the batch. Each image gets a number that belongs to
    a channel.

    Try:
        >>> add_channel_bias(torch.zeros(2, 2, 1, 1), torch.tensor([5.0, 7.0])).tolist()
        [[[[5.0]], [[5.0]]], [[[7.0]], [[7.0]]]]
    """
    return images + bias[:, None, None, None]


@mistake("add_channel_bias", caught_by="test_channel_bias_where_all_axes_have_one_size")
def channels_left_last(images, bias):
    """Channels moved last and not back.

    The images are turned so that the bias lines up with the channels, and returned like that. The values are right,
    but batch, channel, height and width are no longer in that order.

    Try:
        >>> add_channel_bias(torch.zeros(1, 2, 1, 1), torch.tensor([5.0, 7.0])).tolist()
        [[[[5.0, 7.0]]]]
    """
    return images.movedim(1, -1) + bias


@mistake("add_channel_bias", caught_by="test_inputs_are_left_alone")
def bias_written_to_the_images(images, bias):
    """The bias written into the images.

    += adds the bias in the caller's own tensor. Whoever calls twice with the same images has the bias in them twice.

    Try:
        >>> images = torch.zeros(1, 1, 1, 2)
        >>> result = add_channel_bias(images, torch.tensor([5.0]))
        >>> images
        tensor([[[[5., 5.]]]])
    """
    images += bias[:, None, None]
    return images


@mistake("add_channel_bias", caught_by="test_there_is_no_loop_over_the_data")
def channel_after_channel(images, bias):
    """A Python loop over the channels.

    The channels are treated one at a time. The result is right, but the number of torch operators grows with the
    number of channels.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = (torch.zeros(1, 2, 1, 1), torch.zeros(2)), (torch.zeros(1, 99, 1, 1), torch.zeros(99))
        >>> operations(add_channel_bias, *many) > operations(add_channel_bias, *few)
        True
    """
    return torch.stack([images[:, c] + bias[c] for c in range(len(bias))], dim=1)


@mistake("add_channel_bias", caught_by="test_inputs_are_left_alone")
def channel_after_channel_in_place(images, bias):
    """A Python loop that writes into the images.

    Each channel of the caller's own tensor gets its number by +=, one after the other. The caller's images are
    changed, and the number of torch operators grows with the number of channels.

    Try:
        >>> images = torch.zeros(1, 1, 1, 2)
        >>> result = add_channel_bias(images, torch.tensor([5.0]))
        >>> images
        tensor([[[[5., 5.]]]])
    """
    for channel, number in enumerate(bias):
        images[:, channel] += number
    return images


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def every_pair(predictions, targets):
    """Every prediction held against every target.

    (n, 1) minus (n,) is (n, n), a difference for each pair of a prediction and a target. The mean turns that into one
    number again, so nobody notices.

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0]))
        tensor(1.3333)
    """
    return (predictions - targets).square().mean()


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def every_pair_added_up(predictions, targets):
    """Every pair added up and divided by the samples.

    The column of predictions minus the row of targets is (n, n), and all its squares are in the sum. Only the n on the
    diagonal belong there, one for each sample.

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 2.0]))
        tensor(1.)
    """
    return (predictions - targets).square().sum() / len(targets)


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def sum_of_squares(predictions, targets):
    """The sum in place of the mean.

    The squared differences are added up and not divided by their number. The loss then grows with the size of the
    batch.

    Try:
        >>> mean_squared_error(torch.zeros(4, 1), torch.ones(4))
        tensor(4.)
    """
    return (predictions.squeeze(1) - targets).square().sum()


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def half_of_the_mean(predictions, targets):
    """Half of the mean.

    The mean is divided by 2, which makes the derivative prettier. The loss that is asked for has no such factor.

    Try:
        >>> mean_squared_error(torch.zeros(4, 1), torch.ones(4))
        tensor(0.5000)
    """
    return (predictions.squeeze(1) - targets).square().mean() / 2


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def root_of_the_mean(predictions, targets):
    """The root of the mean.

    After the mean a square root is taken. That is the root mean squared error, in the unit of the targets, and not
    its square.

    Try:
        >>> mean_squared_error(torch.zeros(4, 1), 3 * torch.ones(4))
        tensor(3.)
    """
    return (predictions.squeeze(1) - targets).square().mean().sqrt()


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def mean_of_absolutes(predictions, targets):
    """Absolute values in place of squares.

    The mean is taken of the absolute differences. A miss by 3 then costs 3 and not 9.

    Try:
        >>> mean_squared_error(torch.zeros(4, 1), 3 * torch.ones(4))
        tensor(3.)
    """
    return (predictions.squeeze(1) - targets).abs().mean()


@mistake("mean_squared_error", caught_by="test_values_and_gradients_are_those_of_a_loop")
def square_of_the_mean(predictions, targets):
    """The square of the mean.

    The differences are averaged first, and squared then. Misses to either side cancel, so a model that is wrong
    everywhere can have the loss 0.

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [3.0]]), torch.tensor([2.0, 2.0]))
        tensor(0.)
    """
    return (predictions.squeeze(1) - targets).mean().square()


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def axis_left_over(predictions, targets):
    """A mean that leaves an axis.

    The mean runs over one axis, and another one of size 1 is left. A loss is a single number, of shape ().

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 3.0]))
        tensor([0.5000])
    """
    return (predictions - targets[:, None]).square().mean(dim=0)


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target")
def not_reduced(predictions, targets):
    """No mean at all.

    Every sample keeps its own squared difference. The loss is one number for all of them together.

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 3.0]))
        tensor([0., 1.])
    """
    return (predictions.squeeze(1) - targets).square()


@mistake("mean_squared_error", caught_by="test_values_and_gradients_are_those_of_a_loop")
def python_number(predictions, targets):
    """A Python number in place of a tensor.

    item() takes the number out of its tensor. The value is right, but the graph is gone, and nothing can be learned
    from this loss.

    Try:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 3.0]))
        0.5
    """
    return (predictions.squeeze(1) - targets).square().mean().item()


@mistake("mean_squared_error", caught_by="test_there_is_no_loop_over_the_data")
def sample_after_sample(predictions, targets):
    """A Python loop over the samples.

    Prediction and target meet one pair at a time. The loss is right, but the number of torch operators grows with the
    batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = (torch.zeros(2, 1), torch.zeros(2)), (torch.zeros(99, 1), torch.zeros(99))
        >>> operations(mean_squared_error, *many) > operations(mean_squared_error, *few)
        True
    """
    return torch.stack([(p[0] - t) ** 2 for p, t in zip(predictions, targets, strict=True)]).mean()


@mistake("mean_squared_error", caught_by="test_each_prediction_meets_its_own_target", forbidden=True)
def fused_loss(predictions, targets):
    """The loss left to torch.

    A ready-made loss function does the work. Which prediction meets which target is then decided there and not by
    you.

    Try:
        >>> mean_squared_error(torch.zeros(2, 1, requires_grad=True), torch.zeros(2)).grad_fn.name()
        'MseLossBackward0'
    """
    return torch.nn.functional.mse_loss(predictions.squeeze(1), targets)


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def deviation_of_a_sample(table):
    """A deviation that divides by n - 1.

    The variance is divided by one less than the number of rows, as std and var do unless told. The docstring asks for
    the deviation of a population, which divides by n.

    Try:
        >>> standardize_columns(torch.tensor([[1.0], [3.0]]))
        tensor([[-0.7071],
                [ 0.7071]])
    """
    centered = table - table.mean(dim=0)
    return centered / _safe(centered.square().sum(dim=0) / (len(table) - 1)).sqrt()


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def plain_deviation_of_a_sample(table):
    """A deviation that divides by n - 1, and by 0 in a constant column.

    std divides by n - 1 unless told, and its result is used as it comes. The docstring asks for a division by n, and
    for zeros where the deviation is 0 and 0/0 is NaN.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
        tensor([[-0.7071,     nan],
                [ 0.7071,     nan]])
    """
    return (table - table.mean(dim=0)) / table.std(dim=0)


@mistake("standardize_columns", caught_by="test_a_constant_column_becomes_zeros")
def zero_deviation_divided_by(table):
    """A constant column divided by its deviation.

    Every column is divided by its own deviation, which is 0 where all values are equal. 0/0 is NaN, and the docstring
    asks for zeros.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
        tensor([[-1., nan],
                [ 1., nan]])
    """
    return (table - table.mean(dim=0)) / table.std(dim=0, correction=0)


@mistake("standardize_columns", caught_by="test_standardize_a_square_table")
def rows_standardized(table):
    """Rows standardized in place of columns.

    Mean and deviation are taken along dim 1, over the features of one sample. Features have different units, and it
    is each feature that is to be compared over all samples.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 2.0], [10.0, 30.0]]))
        tensor([[-1.,  1.],
                [-1.,  1.]])
    """
    centered = table - table.mean(dim=1, keepdim=True)
    return centered / _safe(centered.square().mean(dim=1, keepdim=True)).sqrt()


@mistake("standardize_columns", caught_by="test_standardize_a_square_table")
def rows_standardized_as_samples(table):
    """Rows standardized, with a deviation that divides by n - 1.

    Mean and deviation are taken along dim 1, and std divides by one less than the number of entries. It is the
    columns that are to be standardized, with a division by n.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 2.0], [10.0, 30.0]]))
        tensor([[-0.7071,  0.7071],
                [-0.7071,  0.7071]])
    """
    return (table - table.mean(dim=1, keepdim=True)) / table.std(dim=1, keepdim=True)


@mistake("standardize_columns", caught_by="test_standardize_a_square_table")
def row_statistics_on_columns(table):
    """The statistics of rows applied to columns.

    Mean and deviation are taken along dim 1 and have the shape (n,), which lines up with the columns. On a square
    table nothing raises, and column j gets the mean of row j.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 3.0], [10.0, 30.0]]))
        tensor([[-1.0000, -1.7000],
                [ 8.0000,  1.0000]])
    """
    mean = table.mean(dim=1)
    variance = (table - mean[:, None]).square().mean(dim=1)
    return (table - mean) / _safe(variance).sqrt()


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def whole_table_standardized(table):
    """One mean and one deviation for the whole table.

    Without a dim, mean and deviation run over all entries. Columns have units of their own, and each needs its own
    two numbers.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 10.0], [3.0, 30.0]]))
        tensor([[-0.8720, -0.0872],
                [-0.6976,  1.6569]])
    """
    centered = table - table.mean()
    return centered / _safe(centered.square().mean()).sqrt()


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def whole_table_as_sample(table):
    """One mean and one deviation for the whole table, with a division by n - 1.

    Without a dim, mean and std run over all entries, and std divides by one less than their number. Each column needs
    a mean and a deviation of its own, with a division by n.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 10.0], [3.0, 30.0]]))
        tensor([[-0.7552, -0.0755],
                [-0.6042,  1.4349]])
    """
    return (table - table.mean()) / table.std()


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def divided_by_the_variance(table):
    """A division by the variance.

    The centered columns are divided by the mean of their squares, without the root. The variance has the unit
    squared, so the result depends on the unit of the column.

    Try:
        >>> standardize_columns(torch.tensor([[1.0], [5.0]]))
        tensor([[-0.5000],
                [ 0.5000]])
    """
    centered = table - table.mean(dim=0)
    return centered / _safe(centered.square().mean(dim=0))


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def only_centered(table):
    """Columns centered and not scaled.

    The mean is subtracted, and that is all. A column in thousands still outweighs a column in units.

    Try:
        >>> standardize_columns(torch.tensor([[1.0], [5.0]]))
        tensor([[-2.],
                [ 2.]])
    """
    return table - table.mean(dim=0)


@mistake("standardize_columns", caught_by="test_standardized_columns_have_mean_zero_and_mean_square_one")
def not_centered(table):
    """Columns scaled and not centered.

    The columns are divided by their deviation, and their mean stays in them. It is to be subtracted first.

    Try:
        >>> standardize_columns(torch.tensor([[1.0], [5.0]]))
        tensor([[0.5000],
                [2.5000]])
    """
    return table / _safe((table - table.mean(dim=0)).square().mean(dim=0)).sqrt()


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale", noise=True)
def mean_of_squares(table):
    """The variance as the mean of squares minus the square of the mean.

    Two numbers near nine million are subtracted where a column lies near 3000. float32 holds about seven digits, and
    those of a variance near 1 are gone.

    Try:
        >>> standardize_columns(torch.tensor([[3000.0], [3000.5]]))
        tensor([[-0.2500],
                [ 0.2500]])
    """
    mean = table.mean(dim=0)
    return (table - mean) / _safe(table.square().mean(dim=0) - mean.square()).sqrt()


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale", noise=True)
def plain_mean_of_squares(table):
    """The variance as a difference of means, and 0 divided by 0.

    mean(x * x) - mean(x) ** 2 loses its digits far from zero, and what is left of it is divided by as it comes. A
    constant column gives NaN, and a column near 3000 any number.

    Try:
        >>> standardize_columns(torch.tensor([[3000.0, 5.0], [3000.5, 5.0]]))
        tensor([[-inf, nan],
                [inf, nan]])
    """
    mean = table.mean(dim=0)
    return (table - mean) / (table.square().mean(dim=0) - mean.square()).sqrt()


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale")
def constant_beside_the_deviation(table):
    """A constant added to the deviation.

    A small number is added so that the divisor is never 0. In a column with a spread of 1e-12 that number is the
    divisor, and the column comes out as almost nothing.

    Try:
        >>> standardize_columns(torch.tensor([[1e-12], [3e-12]]))
        tensor([[-9.9990e-05],
                [ 9.9990e-05]])
    """
    return (table - table.mean(dim=0)) / (table.std(dim=0, correction=0) + 1e-8)


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale")
def constant_beside_the_deviation_of_a_sample(table):
    """A constant added to a deviation that divides by n - 1.

    std divides by n - 1 unless told, and a small number keeps the divisor from being 0. The docstring asks for a
    division by n, and in a column with a spread of 1e-12 the small number is all that counts.

    Try:
        >>> standardize_columns(torch.tensor([[1.0, 1e-12], [3.0, 3e-12]]))
        tensor([[-7.0711e-01, -9.9986e-05],
                [ 7.0711e-01,  9.9986e-05]])
    """
    return (table - table.mean(dim=0)) / (table.std(dim=0) + 1e-8)


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale")
def floor_under_the_deviation(table):
    """A small number that hides a small deviation.

    A number such as 1e-8 takes the place of every deviation below it, or one such as 1e-12 is added. A column with a
    spread of 1e-12 is not constant, and is to be scaled like any other.

    Try:
        >>> standardize_columns(torch.tensor([[1e-12], [3e-12]]))
        tensor([[-1.0000e-04],
                [ 1.0000e-04]])
    """
    return (table - table.mean(dim=0)) / table.std(dim=0, correction=0).clamp(min=1e-8)


@mistake("standardize_columns", caught_by="test_standardize_columns_at_any_scale")
def constant_of_a_layer(table):
    """The constant of a normalization layer.

    1e-5 is added to the variance before the root is taken, as batch normalization does. The columns come out a little
    too small, and those with a small spread as almost nothing.

    Try:
        >>> standardize_columns(torch.tensor([[1e-3], [3e-3]]))
        tensor([[-0.3015],
                [ 0.3015]])
    """
    centered = table - table.mean(dim=0)
    return centered / (centered.square().mean(dim=0) + 1e-5).sqrt()


@mistake("standardize_columns", caught_by="test_standardize_a_square_table")
def deviation_of_at_least_one(table):
    """A deviation of at least 1.

    clamp(min=1) keeps the divisor from being 0, as it does for counts. A deviation may well lie below 1, and such
    columns are not scaled up.

    Try:
        >>> standardize_columns(torch.tensor([[0.1], [0.3]]))
        tensor([[-0.1000],
                [ 0.1000]])
    """
    centered = table - table.mean(dim=0)
    return centered / centered.square().mean(dim=0).sqrt().clamp(min=1)


@mistake("standardize_columns", caught_by="test_values_and_gradients_are_those_of_a_loop")
def statistics_detached(table):
    """Mean and deviation cut off from the graph.

    Both are computed without a gradient, as if they were constants. They depend on the table, and the gradient lacks
    two of its three parts.

    Try:
        >>> table = torch.tensor([[1.0], [3.0]], requires_grad=True)
        >>> standardize_columns(table).sum().backward()
        >>> table.grad
        tensor([[1.],
                [1.]])
    """
    with torch.no_grad():
        mean = table.mean(dim=0)
        deviation = _safe((table - mean).square().mean(dim=0)).sqrt()
    return (table - mean) / deviation


@mistake("standardize_columns", caught_by="test_values_and_gradients_are_those_of_a_loop")
def deviation_detached(table):
    """The deviation cut off from the graph.

    The deviation is computed without a gradient, as if it were a constant. It depends on the table, and the gradient
    lacks that part.

    Try:
        >>> table = torch.tensor([[1.0], [3.0]], requires_grad=True)
        >>> standardize_columns(table)[0, 0].backward()
        >>> table.grad
        tensor([[ 0.5000],
                [-0.5000]])
    """
    centered = table - table.mean(dim=0)
    return centered / _safe(centered.square().mean(dim=0)).sqrt().detach()


@mistake("standardize_columns", caught_by="test_inputs_are_left_alone")
def table_written_to(table):
    """The table standardized in place.

    -= and /= write into the caller's tensor. The original numbers are lost, and autograd refuses to write to a tensor
    that wants a gradient.

    Try:
        >>> table = torch.tensor([[1.0], [3.0]])
        >>> result = standardize_columns(table)
        >>> table
        tensor([[-1.],
                [ 1.]])
    """
    table -= table.mean(dim=0)
    table /= _safe(table.square().mean(dim=0)).sqrt()
    return table


@mistake("standardize_columns", caught_by="test_there_is_no_loop_over_the_data")
def column_after_column(table):
    """A Python loop over the columns.

    Each column is standardized by itself. The result is right, but the number of torch operators grows with the
    number of columns.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = torch.arange(4.0).view(2, 2), torch.arange(198.0).view(2, 99)
        >>> operations(standardize_columns, many) > operations(standardize_columns, few)
        True
    """
    columns = [x - x.mean() for x in table.unbind(dim=1)]
    return torch.stack([x / _safe(x.square().mean()).sqrt() for x in columns], dim=1)


@mistake("standardize_columns", caught_by="test_standardize_a_square_table", forbidden=True)
def fused_normalization(table):
    """Standardizing left to torch.

    A normalization layer does the work. It hides both means and the root, and it adds a constant to the variance.

    Try:
        >>> standardize_columns(torch.tensor([[1e-3], [3e-3]])).round(decimals=1)
        tensor([[-0.3000],
                [ 0.3000]])
    """
    return torch.nn.functional.batch_norm(table, None, None, training=True)


@mistake("normalize_rows", caught_by="test_normalize_the_rows_of_a_square_matrix")
def row_sums_on_columns(counts):
    """The sums of rows applied to columns.

    The sum over dim 1 has the shape (n,), which lines up with the columns. On a square matrix nothing raises, and
    column j is divided by the sum of row j.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [4, 4]]))
        tensor([[0.2500, 0.3750],
                [1.0000, 0.5000]])
    """
    return counts / counts.sum(dim=1).clamp(min=1)


@mistake("normalize_rows", caught_by="test_normalize_the_rows_of_a_square_matrix")
def plain_row_sums_on_columns(counts):
    """The sums of rows applied to columns, and a division by 0.

    The sum over dim 1 has the shape (n,), which lines up with the columns, and a row without counts has the sum 0.
    Entries are divided by the sum of another row, and some by nothing.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.2500,    inf],
                [0.0000,    nan]])
    """
    return counts / counts.sum(dim=1)


@mistake("normalize_rows", caught_by="test_normalize_the_rows_of_a_square_matrix")
def columns_normalized(counts):
    """Columns normalized in place of rows.

    The sum over dim 0 adds up each column. Each entry then is a share of its column, and the rows no longer sum to 1.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [3, 3]]))
        tensor([[0.2500, 0.5000],
                [0.7500, 0.5000]])
    """
    return counts / counts.sum(dim=0, keepdim=True).clamp(min=1)


@mistake("normalize_rows", caught_by="test_normalize_the_rows_of_a_square_matrix")
def plain_columns_normalized(counts):
    """Columns normalized in place of rows, and a division by 0.

    The sum over dim 0 adds up each column, and an empty one has the sum 0. The shares are those of columns, and 0/0
    is NaN.

    Try:
        >>> normalize_rows(torch.tensor([[1, 0], [3, 0]]))
        tensor([[0.2500,    nan],
                [0.7500,    nan]])
    """
    return counts / counts.sum(dim=0)


@mistake("normalize_rows", caught_by="test_normalize_the_rows_of_a_square_matrix")
def shares_of_the_whole(counts):
    """Shares of the whole matrix.

    All counts are added up, and each is divided by that one sum. The matrix sums to 1, and each of its rows should.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [2, 2]]))
        tensor([[0.1250, 0.3750],
                [0.2500, 0.2500]])
    """
    return counts / counts.sum().clamp(min=1)


@mistake("normalize_rows", caught_by="test_a_row_without_counts_becomes_zeros")
def empty_row_divided(counts):
    """A row without counts divided by its sum.

    The sum of such a row is 0, and 0/0 is NaN. The docstring asks for zeros there.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.2500, 0.7500],
                [   nan,    nan]])
    """
    return counts / counts.sum(dim=1, keepdim=True)


@mistake("normalize_rows", caught_by="test_a_row_without_counts_becomes_zeros")
def empty_row_uniform(counts):
    """Equal shares for a row without counts.

    A row without counts gives 1/k for each of its k entries. That is one way to guess, but the docstring asks for
    zeros.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.2500, 0.7500],
                [0.5000, 0.5000]])
    """
    sums = counts.sum(dim=1, keepdim=True)
    return torch.where(sums > 0, counts / sums.clamp(min=1), 1 / counts.shape[1])


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def one_added_to_every_count(counts):
    """One added to every count.

    Each count is raised by 1, so that no row is empty. That smooths the shares, and what never happened gets one,
    too.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.3333, 0.6667],
                [0.5000, 0.5000]])
    """
    smoothed = counts.float() + 1
    return smoothed / smoothed.sum(dim=1, keepdim=True)


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def one_added_to_every_sum(counts):
    """One added to every sum.

    The divisor is raised by 1, so that it is never 0. The shares of every other row then sum to less than 1.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.2000, 0.6000],
                [0.0000, 0.0000]])
    """
    return counts / (counts.sum(dim=1, keepdim=True) + 1)


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def divided_by_the_number_of_columns(counts):
    """A division by the number of columns.

    The mean of a row is taken for its sum. Divided by it, the shares of a row sum to the number of columns.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.5000, 1.5000],
                [0.0000, 0.0000]])
    """
    mean = counts.float().mean(dim=1, keepdim=True)
    return counts / torch.where(mean > 0, mean, 1.0)


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def divided_to_integers(counts):
    """Integers divided to integers.

    // cuts off what lies behind the decimal point. A share lies between 0 and 1, so all that is left is 0 and 1.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 2]]))
        tensor([[0, 0],
                [0, 1]])
    """
    return counts // counts.sum(dim=1, keepdim=True).clamp(min=1)


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def shares_written_to_integers(counts):
    """Shares written into an integer tensor.

    zeros_like(counts) is a tensor of integers like the counts. A share below 1 becomes 0 when it is written there.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 2]]))
        tensor([[0, 0],
                [0, 1]])
    """
    shares = torch.zeros_like(counts)
    shares[:] = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    return shares


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def shares_in_float64(counts):
    """Shares in float64.

    double() makes shares of 64 bits. The docstring asks for float32, and one float64 tensor makes everything float64
    that it meets.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]])).dtype
        torch.float64
    """
    return counts.double() / counts.sum(dim=1, keepdim=True).clamp(min=1)


@mistake("normalize_rows", caught_by="test_counts_become_shares")
def sum_in_eight_bits(counts):
    """A sum in the dtype of the counts.

    The sums are kept in as few bits as the counts. 8 bits hold numbers up to 255, and a larger sum starts again at 0.

    Try:
        >>> normalize_rows(torch.tensor([[100, 100, 100]], dtype=torch.uint8))
        tensor([[2.2727, 2.2727, 2.2727]])
    """
    return counts / counts.sum(dim=1, keepdim=True, dtype=counts.dtype).clamp(min=1)


@mistake("normalize_rows", caught_by="test_there_is_no_loop_over_the_data")
def count_after_count(counts):
    """A Python loop over the rows.

    Each row is divided by itself, and the rows are stacked. The shares are right, but the number of torch operators
    grows with the number of rows.

    Try:
        >>> from pt_kata.checks import operations
        >>> operations(normalize_rows, torch.ones(99, 2).long()) > operations(normalize_rows, torch.ones(2, 2).long())
        True
    """
    return torch.stack([row / row.sum().clamp(min=1) for row in counts])


@mistake("normalize_rows", caught_by="test_counts_become_shares", forbidden=True)
def softmax_of_counts(counts):
    """A softmax, or another operation of torch that normalizes.

    The rows are handed to an operation that makes them sum to 1 in its own way. Softmax takes exponentials first, and
    an exponential of a count is not a count.

    Try:
        >>> normalize_rows(torch.tensor([[1, 3]]))
        tensor([[0.1192, 0.8808]])
    """
    return torch.softmax(counts.float(), dim=1)


@mistake("normalize_rows", caught_by="test_a_single_count_has_the_whole_share", noise=True)
def constant_added_to_the_sum(counts):
    """A constant added to the sum.

    A number such as 1e-6 keeps an empty row from a division by 0. Every other row is divided by too much, and its
    shares no longer sum to 1.

    Try:
        >>> normalize_rows(torch.tensor([[1, 0]])).sum().item() < 1
        True
    """
    return counts / (counts.sum(dim=1, keepdim=True) + 1e-6)


@mistake("one_hot", caught_by="test_one_hot_with_as_many_labels_as_classes")
def one_hot_transposed(labels, classes):
    """Classes down the rows.

    The class numbers got the new axis on the right, so each row belongs to a class. With as many labels as classes
    the shape doesn't tell.

    Try:
        >>> one_hot(torch.tensor([1, 2, 0]), 3)
        tensor([[0., 0., 1.],
                [1., 0., 0.],
                [0., 1., 0.]])
    """
    return (labels == torch.arange(classes, device=labels.device)[:, None]).float()


@mistake("one_hot", caught_by="test_one_hot_with_as_many_labels_as_classes")
def labels_against_classes(labels, classes):
    """Labels compared with class numbers one by one.

    (n,) against (k,) compares label i with class i alone. Every label is to be compared with every class, and n and k
    that differ raise an error here.

    Try:
        >>> one_hot(torch.tensor([0, 2, 1]), 3)
        tensor([1., 0., 0.])
    """
    return (labels == torch.arange(classes, device=labels.device)).float()


@mistake("one_hot", caught_by="test_one_hot_marks_the_class")
def booleans(labels, classes):
    """Booleans in place of numbers.

    A comparison gives True and False, and they are returned as they are. The docstring asks for float32, which can be
    multiplied with weights.

    Try:
        >>> one_hot(torch.tensor([1]), 2)
        tensor([[False,  True]])
    """
    return labels[:, None] == torch.arange(classes, device=labels.device)


@mistake("one_hot", caught_by="test_one_hot_marks_the_class")
def integers(labels, classes):
    """Integers in place of floats.

    The booleans are turned into integers. The docstring asks for float32, which can be multiplied with weights.

    Try:
        >>> one_hot(torch.tensor([1]), 2)
        tensor([[0, 1]])
    """
    return (labels[:, None] == torch.arange(classes, device=labels.device)).long()


@mistake("one_hot", caught_by="test_one_hot_of_a_label_that_is_no_class")
def counted_from_the_back(labels, classes):
    """A negative label counted from the back.

    A remainder brings every label between 0 and the number of classes, as an index of -1 means the last entry. A
    label that is no class is to give a row of zeros.

    Try:
        >>> one_hot(torch.tensor([-1]), 3)
        tensor([[0., 0., 1.]])
    """
    return (labels[:, None] % classes == torch.arange(classes, device=labels.device)).float()


@mistake("one_hot", caught_by="test_one_hot_of_a_label_that_is_no_class")
def clamped_labels(labels, classes):
    """Labels clamped to the nearest class.

    A label below 0 becomes 0, and one that is too large the last class. A label that is no class is to give a row of
    zeros.

    Try:
        >>> one_hot(torch.tensor([-1]), 3)
        tensor([[1., 0., 0.]])
    """
    return (labels.clamp(0, classes - 1)[:, None] == torch.arange(classes, device=labels.device)).float()


@mistake("one_hot", caught_by="test_one_hot_marks_the_class")
def classes_that_were_seen(labels, classes):
    """A column only up to the largest label.

    The number of classes is taken from the largest label. A batch without the last class then has a column too few.

    Try:
        >>> one_hot(torch.tensor([1, 0]), 3)
        tensor([[0., 1.],
                [1., 0.]])
    """
    return (labels[:, None] == torch.arange(int(labels.max()) + 1, device=labels.device)).float()


@mistake("one_hot", caught_by="test_one_hot_marks_the_class")
def classes_from_one(labels, classes):
    """Classes counted from 1.

    The class numbers start at 1. Labels start at 0, so every mark stands one column too far left, and label 0 has
    none.

    Try:
        >>> one_hot(torch.tensor([1, 0]), 3)
        tensor([[1., 0., 0.],
                [0., 0., 0.]])
    """
    return (labels[:, None] == torch.arange(1, classes + 1, device=labels.device)).float()


@mistake("one_hot", caught_by="test_one_hot_of_labels_of_eight_bits")
def classes_in_the_dtype_of_the_labels(labels, classes):
    """Class numbers in the dtype of the labels.

    The class numbers are converted to the labels' dtype. In 8 bits class 256 is 0 again, so a label of 0 has two
    marks.

    Try:
        >>> one_hot(torch.tensor([0], dtype=torch.uint8), 300).sum()
        tensor(2.)
    """
    return (labels[:, None] == torch.arange(classes, device=labels.device).to(labels.dtype)).float()


@mistake("one_hot", caught_by="test_there_is_no_loop_over_the_data")
def label_after_label(labels, classes):
    """A Python loop over the labels.

    The labels are compared one at a time. The rows are right, but the number of torch operators grows with the number
    of labels.

    Try:
        >>> from pt_kata.checks import operations
        >>> operations(one_hot, torch.zeros(99).long(), 2) > operations(one_hot, torch.zeros(2).long(), 2)
        True
    """
    return torch.stack([(label == torch.arange(classes, device=labels.device)).float() for label in labels])


@mistake("one_hot", caught_by="test_one_hot_marks_the_class", forbidden=True)
def looked_up(labels, classes):
    """A lookup by index, or torch's own one-hot.

    The rows are picked, or the ones written, by index. An index of -1 means the last class and one that is too large
    raises, while a comparison is simply false.

    Try:
        >>> one_hot(torch.tensor([-1]), 3)
        tensor([[0., 0., 1.]])
    """
    return torch.eye(classes, device=labels.device)[labels]


@mistake("one_hot", caught_by="test_one_hot_marks_the_class", forbidden=True)
def looked_up_in_numpy(labels, classes):
    """A lookup outside torch.

    The labels leave torch, and an index or a loop does the work there. It is the same lookup, only where nobody sees
    it, and on a GPU it doesn't work at all.

    Try:
        >>> one_hot(torch.tensor([-1]), 3)
        tensor([[0., 0., 1.]])
    """
    numbers = labels.numpy()
    rows = torch.zeros(len(numbers), classes).numpy()
    rows[range(len(numbers)), numbers] = 1
    return torch.from_numpy(rows)


@mistake("pairwise_distances", caught_by="test_distances_where_all_axes_have_one_size")
def partners_only(first, second):
    """Each point paired with its partner only.

    first - second subtracts point i from point i. Every point of the first set is to meet every point of the second,
    and sets of different size raise an error here.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [5.0]]))
        tensor([3., 4.])
    """
    return _root((first - second).square().sum(dim=-1))


@mistake("pairwise_distances", caught_by="test_distances_where_all_axes_have_one_size")
def plain_partners_only(first, second):
    """Each point paired with its partner only, and a root of 0.

    first - second subtracts point i from point i, and the root is taken of whatever comes. Every point is to meet
    every other, and the slope of the root at 0 is infinite.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [5.0]]))
        tensor([3., 4.])
    """
    return (first - second).square().sum(dim=-1).sqrt()


@mistake("pairwise_distances", caught_by="test_distances_where_all_axes_have_one_size")
def distances_transposed(first, second):
    """The second set down the rows.

    The second set got the axis for the rows, so row j belongs to point j of it. With as many points in both sets the
    shape doesn't tell.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [5.0]]))
        tensor([[3., 2.],
                [5., 4.]])
    """
    return _root((first - second[:, None]).square().sum(dim=-1))


@mistake("pairwise_distances", caught_by="test_distances_where_all_axes_have_one_size")
def summed_over_the_second_set(first, second):
    """A sum over the second set.

    The table of differences has three axes, and the squares are summed over that of the second set. It is the
    coordinates of one pair that belong together.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[3., 4.]])
    """
    return _root((first[:, None] - second).square().sum(dim=1))


@mistake("pairwise_distances", caught_by="test_distances_where_all_axes_have_one_size")
def summed_over_the_first_set(first, second):
    """A sum over the first set.

    The table of differences has three axes, and the squares are summed over that of the first set. It is the
    coordinates of one pair that belong together.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[3., 4.]])
    """
    return _root((first[:, None] - second).square().sum(dim=0))


@mistake("pairwise_distances", caught_by="test_distances_between_two_sets_of_points")
def squared_distances(first, second):
    """Squared distances.

    The squares are summed, and no root is taken. The triangle with the legs 3 and 4 then has a side of 25.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[25.]])
    """
    return (first[:, None] - second).square().sum(dim=-1)


@mistake("pairwise_distances", caught_by="test_distances_between_two_sets_of_points")
def city_blocks(first, second):
    """Absolute differences added up.

    The absolute values of the differences are summed. That is the way along the streets of a grid, and the Euclidean
    distance is the straight line.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[7.]])
    """
    return (first[:, None] - second).abs().sum(dim=-1)


@mistake("pairwise_distances", caught_by="test_distances_between_two_sets_of_points")
def mean_over_the_coordinates(first, second):
    """A mean over the coordinates.

    The squares are averaged where they should be added. The distance comes out too small by the root of the number of
    coordinates.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[3.5355]])
    """
    return _root((first[:, None] - second).square().mean(dim=-1))


@mistake("pairwise_distances", caught_by="test_zero_distance_has_the_gradient_zero")
def root_of_zero(first, second):
    """A root taken of 0.

    The root is taken of every sum of squares, also of 0, where its slope is infinite. Backward multiplies that by 0
    and gets NaN, even where the result is replaced or multiplied by 0 afterwards.

    Try:
        >>> point = torch.tensor([[1.0, 2.0]], requires_grad=True)
        >>> pairwise_distances(point, torch.tensor([[1.0, 2.0]])).sum().backward()
        >>> point.grad
        tensor([[nan, nan]])
    """
    return (first[:, None] - second).square().sum(dim=-1).sqrt()


@mistake("pairwise_distances", caught_by="test_a_point_has_distance_zero_to_itself", noise=True)
def larger_constant_under_the_root(first, second):
    """A constant under the root.

    A number such as 1e-8 keeps the root away from 0. It makes every distance too long, and equal points end up 1e-4
    apart.

    Try:
        >>> pairwise_distances(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0]]))
        tensor([[0.0001]])
    """
    return ((first[:, None] - second).square().sum(dim=-1) + 1e-8).sqrt()


@mistake("pairwise_distances", caught_by="test_a_point_has_distance_zero_to_itself", noise=True)
def floor_under_the_root(first, second):
    """A tiny number under the root.

    A number such as 1e-12 takes the place of every square below it, or is added to all. Equal points then end up 1e-6
    apart, and points that are very close are all equally far.

    Try:
        >>> pairwise_distances(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0]]))
        tensor([[1.0000e-06]])
    """
    return (first[:, None] - second).square().sum(dim=-1).clamp(min=1e-12).sqrt()


@mistake("pairwise_distances", caught_by="test_close_points_keep_their_distance")
def close_points_made_equal(first, second):
    """Close points taken for equal.

    A sum of squares below some small number counts as 0. Two points may be that close and still be apart, for their
    unit is not known here.

    Try:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3e-9, 4e-9]]))
        tensor([[0.]])
    """
    squares = (first[:, None] - second).square().sum(dim=-1)
    return _root(torch.where(squares > 1e-12, squares, 0.0))


@mistake("pairwise_distances", caught_by="test_close_points_keep_their_distance", noise=True)
def shortcut(first, second):
    """The shortcut over the products.

    |x|^2 - 2 x.y + |y|^2 subtracts large numbers that agree in nearly all their digits. What is left of a small
    distance far from the origin is noise.

    Try:
        >>> pairwise_distances(torch.tensor([[4096.0, 0.0]]), torch.tensor([[4096.25, 0.0]]))
        tensor([[0.]])
    """
    products = first @ second.T
    squares = first.square().sum(dim=1)[:, None] - 2 * products + second.square().sum(dim=1)
    return _root(squares.clamp(min=0))


@mistake("pairwise_distances", caught_by="test_close_points_keep_their_distance", noise=True)
def plain_shortcut(first, second):
    """The shortcut over the products, and a plain root.

    |x|^2 - 2 x.y + |y|^2 subtracts large numbers that agree in nearly all their digits, and the root is taken of what
    comes. Small distances are noise, and at distance 0 the gradient is NaN.

    Try:
        >>> pairwise_distances(torch.tensor([[4096.0, 0.0]]), torch.tensor([[4096.25, 0.0]]))
        tensor([[0.]])
    """
    products = first @ second.T
    squares = first.square().sum(dim=1)[:, None] - 2 * products + second.square().sum(dim=1)
    return squares.clamp(min=0).sqrt()


@mistake("pairwise_distances", caught_by="test_close_points_keep_their_distance", noise=True)
def shortcut_in_float64(first, second):
    """The shortcut over the products, in float64.

    |x|^2 - 2 x.y + |y|^2 is computed in float64, where it has more digits to lose. That helps float32 points, but not
    float64 points far from the origin.

    Try:
        >>> far = torch.tensor([[2.0**40, 0.0]], dtype=torch.float64)
        >>> pairwise_distances(far, far + 1)[0, 0].item()
        0.0
    """
    a, b = first.double(), second.double()
    squares = a.square().sum(dim=1)[:, None] - 2 * a @ b.T + b.square().sum(dim=1)
    return _root(squares.clamp(min=0)).to(first.dtype)


@mistake("pairwise_distances", caught_by="test_there_is_no_loop_over_the_data")
def point_after_point(first, second):
    """A Python loop over the points.

    The distances of one point after the other are computed and stacked. They are right, but the number of torch
    operators grows with the number of points.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = torch.zeros(2, 2), torch.zeros(99, 2)
        >>> operations(pairwise_distances, many, few) > operations(pairwise_distances, few, few)
        True
    """
    return torch.stack([_root((point - second).square().sum(dim=-1)) for point in first])


@mistake("pairwise_distances", caught_by="test_distances_between_two_sets_of_points", forbidden=True)
def fused_distance(first, second):
    """The distance left to torch.

    cdist or a norm does the work. Both hide which points meet, and what happens at distance 0.

    Try:
        >>> points = 4096 + torch.arange(30.0)[:, None] / 64
        >>> pairwise_distances(points, points)[0, 1].item() == 1 / 64
        False
    """
    return torch.cdist(first, second)


def _pairs(first, second):
    """The sizes that meet, from the last axis on."""
    return list(zip_longest(reversed(first), reversed(second), fillvalue=1))


def _differ(a, b):
    return a != b and 1 not in (a, b)


def _clashes(pairs):
    return [f"axis {-i}: {a} against {b}" for i, (a, b) in enumerate(pairs, 1) if _differ(a, b)]


def _refuse(clashes, first, second):
    if clashes:
        raise ValueError(f"{tuple(first)} and {tuple(second)} do not broadcast: {'; '.join(clashes)}")


def _safe(variance):
    """The variance, or 1 where it is 0."""
    return torch.where(variance > 0, variance, 1.0)


def _root(squares):
    """The root, with the gradient 0 at 0."""
    apart = squares > 0
    return torch.where(apart, torch.where(apart, squares, 1.0).sqrt(), 0.0)
