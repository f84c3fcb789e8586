"""Right answers to tensors/view_vs_reshape by other routes."""

from itertools import accumulate
from math import prod
from operator import mul

import torch

from pt_kata.stand_ins import right_answer


@right_answer("contiguous_strides")
def running_product(shape):
    """By a product that runs from the right."""
    strides, inside = [], 1
    for size in reversed(shape):
        strides.insert(0, inside)
        inside *= max(size, 1)
    return tuple(strides)


@right_answer("contiguous_strides")
def accumulated(shape):
    """By itertools.accumulate."""
    sizes = [size or 1 for size in reversed(shape[1:])]
    return tuple(reversed(list(accumulate(sizes, mul, initial=1)))) if shape else ()


@right_answer("contiguous_strides")
def by_recursion(shape):
    """By recursion: the strides of the inner axes, and one more in front."""
    return _strides(shape)


def _strides(shape):
    inner = _strides(shape[1:]) if shape else ()
    return (max(shape[1], 1) * inner[0], *inner) if inner else (1,) * len(shape)


@right_answer("shares_memory")
def offsets_subtracted(a, b):
    """By where the storage must begin: the address less the offset."""
    begins = [t.data_ptr() - t.storage_offset() * t.element_size() for t in (a, b)]
    return bool(a.numel() and b.numel()) and begins[0] == begins[1]


@right_answer("shares_memory")
def first_bytes(a, b):
    """By a view of the first byte of each storage."""
    if not all(t.numel() for t in (a, b)):
        return False
    pointers = {torch.tensor((), dtype=torch.uint8).set_(t.untyped_storage()).data_ptr() for t in (a, b)}
    return len(pointers) == 1


@right_answer("three_views")
def unflattened(numbers):
    """By unflatten, and a list for the three."""
    return [numbers.unflatten(0, shape) for shape in ((2, 9), (9, 2), (3, 3, 2))]


@right_answer("three_views")
def reshaped(numbers):
    """By reshape, which never has to copy a single axis."""
    return numbers.reshape(2, 9), numbers.reshape(-1, 2), numbers.reshape(3, 3, 2)


@right_answer("three_views")
def strided_by_hand(numbers):
    """By as_strided with the stride of the slice."""
    (step,) = numbers.stride()
    walks = ((2, 9), (9, 1)), ((9, 2), (2, 1)), ((3, 3, 2), (6, 2, 1))
    return tuple(numbers.as_strided(sizes, [step * stride for stride in strides]) for sizes, strides in walks)


@right_answer("join_embeddings")
def rows_by_minus_one(embeddings):
    """With -1 for the batch, which an empty batch does not leave undecided."""
    return embeddings.view(-1, embeddings.shape[1] * embeddings.shape[2])


@right_answer("join_embeddings")
def copy_found_out(embeddings):
    """By flatten, and an error where it gave another storage."""
    joined = embeddings.flatten(1)
    if embeddings.numel() and joined.data_ptr() != embeddings.data_ptr():
        raise RuntimeError("the embeddings can't be joined without a copy")
    return joined


@right_answer("join_embeddings")
def strides_compared(embeddings):
    """By a look at the strides, and as_strided."""
    n, c, d = embeddings.shape
    outer, middle, inner = embeddings.stride()
    if 1 not in (c, d) and embeddings.numel() and middle != d * inner:
        raise RuntimeError(f"the strides {embeddings.stride()} don't join")
    return embeddings.as_strided((n, c * d), (outer, middle if d == 1 else inner))


@right_answer("flatten_transpose")
def columns_joined(matrix):
    """A loop over the columns, and cat, which always copies."""
    return torch.cat(list(matrix.unbind(1)))


@right_answer("flatten_transpose")
def columns_written(matrix):
    """In place on a new tensor of its own."""
    rows, columns = matrix.shape
    flat = matrix.new_empty(columns, rows)
    flat.copy_(matrix.t())
    return flat.flatten()


@right_answer("flatten_transpose")
def picked_by_index(matrix):
    """By a table of indices."""
    rows, columns = matrix.shape
    places = torch.arange(rows * columns, device=matrix.device)
    return matrix[places % rows, places // rows]


@right_answer("flatten_transpose")
def reshaped_then_cloned(matrix):
    """By reshape, with a clone in any case."""
    return torch.einsum("rc->cr", matrix).reshape(-1).clone()


@right_answer("flatten_transpose")
def mapped_over_columns(matrix):
    """By torch.func.vmap over the columns, and a clone."""
    return torch.func.vmap(torch.clone, in_dims=1)(matrix).flatten().clone()


@right_answer("sliding_windows")
def unfolded(sequence, width, step=1):
    """By unfold."""
    for name, number, most in (("width", width, len(sequence)), ("step", step, float("inf"))):
        if not 1 <= number <= most:
            raise ValueError(f"{name} {number} is not in [1, {most}]")
    return sequence.unfold(0, width, step)


@right_answer("sliding_windows")
def every_step_th(sequence, width, step=1):
    """By every window at step 1, of which some are left out."""
    if width not in range(1, len(sequence) + 1) or step < 1:
        raise ValueError(f"width {width}, step {step}")
    return sequence.unfold(0, width, 1)[::step]


@right_answer("sliding_windows")
def offset_given(sequence, width, step=1):
    """By torch.as_strided with the offset written out."""
    n = sequence.numel()
    if width < 1 or width > n:
        raise ValueError(f"no width {width}")
    if step < 1:
        raise ValueError(f"no step {step}")
    (stride,) = sequence.stride()
    count = len(range(0, n - width + 1, step))
    return torch.as_strided(sequence, (count, width), (stride * step, stride), sequence.storage_offset())


@right_answer("can_view")
def blocks_filled(sizes, strides, shape):
    """By blocks of joined axes, which the new sizes must fill one after the other."""
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    blocks = [1]
    reach = None
    for size, stride in reversed([pair for pair in zip(sizes, strides, strict=True) if pair[0] != 1]):
        if reach is not None and stride != reach:
            blocks.append(1)
        blocks[-1] *= size
        reach = size * stride
    wanted = list(shape)
    for block in blocks:
        while block > 1:
            size = wanted.pop()
            if block % size:
                return False
            block //= size
    return prod(wanted) == 1


@right_answer("can_view")
def strides_worked_out(sizes, strides, shape):
    """By filling up the new axes whenever an old block ends, much as torch does it."""
    if prod(sizes) != prod(shape):
        return False
    if prod(sizes) == 0:
        return True
    axes = [(size, stride) for size, stride in zip(sizes, strides, strict=True) if size != 1]
    wanted, filled, count = [size for size in shape if size != 1], 1, 1
    while axes:
        size, stride = axes.pop()
        count *= size
        if axes and axes[-1][1] == size * stride:
            continue
        while filled < count:
            filled *= wanted.pop()
        if filled != count:
            return False
    return True


@right_answer("can_view")
def breaks_from_the_left(sizes, strides, shape):
    """By breaks that are named by the elements to their left."""
    total = prod(sizes)
    if total != prod(shape):
        return False
    axes = [(size, stride) for size, stride in zip(sizes, strides, strict=True) if size > 1]
    before, breaks = 1, set()
    for position in range(len(axes) - 1):
        before *= axes[position][0]
        size, stride = axes[position + 1]
        if axes[position][1] != size * stride:
            breaks.add(before)
    return total == 0 or all(cut in set(accumulate(shape, mul)) for cut in breaks)
