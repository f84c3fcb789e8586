"""Right answers to tensors/broadcasting by other routes than the reference's."""

import math

import torch

from pt_kata.stand_ins import right_answer


@right_answer("broadcast_shape")
def padded_on_the_left(first, second):
    """Shapes padded with 1 on the left, walked by index."""
    length = max(len(first), len(second))
    a = (1,) * (length - len(first)) + tuple(first)
    b = (1,) * (length - len(second)) + tuple(second)
    sizes, clashes = [], []
    for i in range(length):
        if a[i] == b[i] or b[i] == 1:
            sizes.append(a[i])
        elif a[i] == 1:
            sizes.append(b[i])
        else:
            clashes.append(f"axis {i - length}: {a[i]} against {b[i]}")
    if clashes:
        raise ValueError("\n".join(clashes))
    return tuple(sizes)


@right_answer("broadcast_shape")
def recursion_from_the_right(first, second):
    """Recursion over the last axes."""

    def walk(a, b, axis):
        if not a and not b:
            return (), []
        sizes, clashes = walk(a[:-1], b[:-1], axis - 1)
        x, y = (a[-1] if a else 1), (b[-1] if b else 1)
        if x != y and x != 1 and y != 1:
            clashes = [f"axis {axis}: {x} against {y}", *clashes]
        return (*sizes, y if x == 1 else x), clashes

    sizes, clashes = walk(tuple(first), tuple(second), -1)
    if clashes:
        raise ValueError(f"these do not fit: {', '.join(clashes)}")
    return sizes


@right_answer("broadcast_shape")
def sets_of_sizes(first, second):
    """The set of sizes at each axis, without 1."""
    length = max(len(first), len(second))
    result, clashes = [], []
    for axis in range(-length, 0):
        a = first[axis] if -axis <= len(first) else 1
        b = second[axis] if -axis <= len(second) else 1
        sizes = {a, b} - {1} or {1}
        if len(sizes) > 1:
            clashes.append(f"axis {axis}: {a} against {b}")
        result.append(sizes.pop())
    if clashes:
        raise ValueError("; ".join(clashes))
    return tuple(result)


@right_answer("outer_sum")
def by_einsum(first, second):
    """By einsum with ones."""
    return torch.einsum("i,j->ij", first, torch.ones_like(second)) + torch.einsum(
        "i,j->ij", torch.ones_like(first), second
    )


@right_answer("outer_sum")
def by_meshgrid(first, second):
    """Two grids, added."""
    rows, columns = torch.meshgrid(first, second, indexing="ij")
    return rows + columns


@right_answer("outer_sum")
def by_vmap(first, second):
    """torch.func.vmap over the first vector."""
    return torch.func.vmap(lambda x: x + second)(first)


@right_answer("outer_sum")
def by_matrix_product(first, second):
    """A matrix product of two matrices of two columns."""
    left = torch.stack([first, torch.ones_like(first)], dim=1)
    right = torch.stack([torch.ones_like(second), second], dim=0)
    return left @ right


@right_answer("add_channel_bias")
def channels_moved_last(images, bias):
    """Channels moved to the end and back."""
    return (images.movedim(1, -1) + bias).movedim(-1, 1)


@right_answer("add_channel_bias")
def in_place_on_a_clone(images, bias):
    """In place on its own clone."""
    result = images.clone()
    result += bias[None, :, None, None]
    return result


@right_answer("add_channel_bias")
def pixels_joined_by_reshape(images, bias):
    """Height and width joined by reshape, which copies where it must."""
    return (images.flatten(2) + bias.reshape(-1, 1)).reshape(images.shape)


@right_answer("add_channel_bias")
def bias_by_einsum(images, bias):
    """The bias expanded by einsum."""
    return images + torch.einsum("c,bchw->bchw", bias, torch.ones_like(images))


@right_answer("mean_squared_error")
def by_dot_product(predictions, targets):
    """The dot product of the differences with themselves."""
    difference = predictions[:, 0] - targets
    return difference @ difference / len(targets)


@right_answer("mean_squared_error")
def targets_as_column(predictions, targets):
    """The targets as a column, and a sum over both axes."""
    return ((predictions - targets[:, None]) ** 2).sum() / predictions.shape[0]


@right_answer("mean_squared_error")
def error_in_float64(predictions, targets):
    """In float64 inside."""
    difference = predictions.double().flatten() - targets.double()
    return difference.pow(2).mean().to(predictions.dtype)


@right_answer("standardize_columns")
def with_std(table):
    """By std with its correction set to 0."""
    deviation = table.std(dim=0, correction=0)
    return (table - table.mean(dim=0)) / deviation.masked_fill(deviation == 0, 1)


@right_answer("standardize_columns")
def columns_in_float64(table):
    """In float64 inside."""
    exact = table.double()
    variance, mean = torch.var_mean(exact, dim=0, correction=0)
    return ((exact - mean) * torch.where(variance > 0, variance, 1.0).rsqrt()).to(table.dtype)


@right_answer("standardize_columns")
def columns_in_place(table):
    """In place on its own clone."""
    centered = table.clone().sub_(table.mean(dim=0))
    deviation = centered.square().mean(dim=0).sqrt()
    return centered / (deviation + (deviation == 0))


@right_answer("standardize_columns")
def columns_by_vmap(table):
    """torch.func.vmap over the columns."""

    def column(x):
        centered = x - x.mean()
        variance = centered @ centered / len(x)
        return centered / torch.where(variance > 0, variance, 1.0).sqrt()

    return torch.func.vmap(column, in_dims=1, out_dims=1)(table)


@right_answer("normalize_rows")
def by_where(counts):
    """Empty rows chosen by where."""
    sums = counts.sum(1)[:, None]
    return torch.where(sums == 0, 0.0, counts / torch.where(sums == 0, 1, sums))


@right_answer("normalize_rows")
def counts_as_floats(counts):
    """Counts turned into floats, divided in place."""
    shares = counts.to(torch.float32)
    sums = shares.sum(dim=-1, keepdim=True)
    sums[sums == 0] = 1
    return shares.div_(sums)


@right_answer("normalize_rows")
def nan_replaced(counts):
    """0/0 replaced by 0."""
    return (counts / counts.sum(1, keepdim=True)).nan_to_num(0)


@right_answer("normalize_rows")
def transposed_twice(counts):
    """Columns of the transpose."""
    return (counts.T / counts.sum(dim=1).clamp(min=1)).T


@right_answer("one_hot")
def by_where_on_a_difference(labels, classes):
    """A difference of 0."""
    difference = labels.unsqueeze(1).long() - torch.arange(classes, device=labels.device)
    return torch.where(difference == 0, 1.0, 0.0)


@right_answer("one_hot")
def added_to_zeros(labels, classes):
    """Booleans added to zeros, in place."""
    rows = torch.zeros(len(labels), classes, device=labels.device)
    rows += labels.view(-1, 1).eq(torch.arange(classes, device=labels.device))
    return rows


@right_answer("one_hot")
def one_hot_by_vmap(labels, classes):
    """torch.func.vmap over the labels."""
    numbers = torch.arange(classes, device=labels.device)
    return torch.func.vmap(lambda label: (numbers == label).float())(labels)


@right_answer("pairwise_distances")
def squares_by_einsum(first, second):
    """Squares summed by einsum, and the zeros masked."""
    difference = first.unsqueeze(1) - second.unsqueeze(0)
    squares = torch.einsum("ijk,ijk->ij", difference, difference)
    zero = squares == 0
    return squares.masked_fill(zero, 1).sqrt().masked_fill(zero, 0)


@right_answer("pairwise_distances")
def distances_in_float64(first, second):
    """In float64 inside."""
    squares = ((first.double()[:, None] - second.double()[None]) ** 2).sum(2)
    apart = squares > 0
    return torch.where(apart, torch.where(apart, squares, 1).pow(0.5), 0).to(first.dtype)


@right_answer("pairwise_distances")
def one_added_and_taken_away(first, second):
    """1 added where the square is 0, and taken away after the root."""
    squares = (first[:, None] - second).square().sum(dim=-1)
    zero = (squares == 0).to(squares.dtype)
    return (squares + zero).sqrt() - zero


@right_answer("pairwise_distances")
def written_where_apart(first, second):
    """Roots taken and written only where points are apart."""
    squares = (first[:, None, :] - second[None, :, :]).pow(2).sum(-1)
    distances = torch.zeros_like(squares)
    apart = squares != 0
    distances[apart] = squares[apart].sqrt()
    return distances


@right_answer("pairwise_distances")
def distances_by_vmap(first, second):
    """torch.func.vmap over both sets."""

    def distance(x, y):
        square = (x - y).square().sum()
        return torch.where(square > 0, torch.where(square > 0, square, 1.0).sqrt(), 0.0)

    rows = torch.func.vmap(distance, in_dims=(None, 0))
    return torch.func.vmap(rows, in_dims=(0, None))(first, second)


@right_answer("pairwise_distances")
def scaled_by_the_largest(first, second):
    """Differences divided by the largest of them before they are squared."""
    difference = first[:, None] - second
    largest = difference.detach().abs().amax(dim=-1) if first.shape[1] else difference.sum(dim=-1)
    scale = torch.where(largest > 0, largest, 1.0)
    squares = (difference / scale[..., None]).square().sum(dim=-1)
    return torch.where(largest > 0, torch.where(largest > 0, squares, 1.0).sqrt() * scale, 0.0)


@right_answer("mean_squared_error")
def square_by_hand(predictions, targets):
    """Every pair, of which only the diagonal counts."""
    return (predictions - targets).diagonal().square().sum() / math.prod(targets.shape)
