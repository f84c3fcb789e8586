"""A tensor is a way of reading a storage: some new readings are free, the others need a copy.

The numbers of a tensor lie in a row, in its storage. Sizes, strides and an offset say how to walk over them: the
element at index (i, j) stands at place offset + i * strides[0] + j * strides[1]. A view is another walk over the
same storage, so making one takes no time and no memory, and whatever is written through one view shows in all the
others. Where no walk of steady steps gives the wanted order, only a copy does: `view` then raises, and `reshape`
copies without a word.
"""

import torch
from jaxtyping import Float


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a contiguous tensor: how many elements each axis steps over.

    Formula: strides[i] = shape[i + 1] * shape[i + 2] * ... * shape[-1], where a size of 0 counts as 1. The last is 1.

    Only arithmetic on Python ints is needed, and no torch operation is allowed. The sizes may be larger than any
    memory.

    Args:
        shape: the size of each axis, each >= 0; () is the shape of a scalar.

    Returns:
        One stride for each axis, counted in elements, as a tuple of ints.

    Example:
        >>> contiguous_strides((2, 3, 4))
        (12, 4, 1)

    Source:
        Stevens, Antiga and Viehmann, "Deep Learning with PyTorch" (2020), section 3.8.
    """
    raise NotImplementedError


def shares_memory(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Return whether two tensors read the same storage.

    It does not matter which part of the storage each one reads: two halves of one tensor share memory as well. A
    tensor without elements reads nothing, so it shares memory with no tensor, not even with itself.

    Args:
        a: a tensor of any shape and dtype.
        b: another, on the same device.

    Returns:
        True or False. Neither tensor is written to.

    Example:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x[:3], x[3:]), shares_memory(x, x.clone())
        (True, False)

    Source:
        PyTorch documentation, "Tensor Views".
    """
    raise NotImplementedError


def three_views(
    numbers: Float[torch.Tensor, "18"],
) -> tuple[Float[torch.Tensor, "2 9"], Float[torch.Tensor, "9 2"], Float[torch.Tensor, "3 3 2"]]:
    """Return the 18 numbers as three views, of the shapes (2, 9), (9, 2) and (3, 3, 2).

    Args:
        numbers: 18 numbers, which may themselves be a slice of a longer tensor, also one with a step.

    Returns:
        Three views over the storage of ``numbers``. Read row by row, each gives the numbers in their order.

    Example:
        >>> wide, tall, deep = three_views(torch.arange(18.0))
        >>> wide[1, 0], tall[4, 1], deep[1, 1, 1]
        (tensor(9.), tensor(9.), tensor(9.))

    Source:
        Karpathy, "Building makemore Part 2: MLP" (2022), the part on torch.Tensor.view.
    """
    raise NotImplementedError


def join_embeddings(embeddings: Float[torch.Tensor, "n c d"]) -> Float[torch.Tensor, "n c*d"]:
    """Return the c embeddings of each sample joined end to end, as a view.

    A network that reads c characters looks up c embeddings of d numbers for each sample, say (32, 3, 2), and feeds
    them to a linear layer as one row, (32, 6). This must never copy.

    Args:
        embeddings: c vectors of d numbers for each of n samples. The batch may be empty (n = 0), and it may be a
            slice of a larger one, also one with a step.

    Returns:
        A view of shape (n, c * d) over the storage of ``embeddings``.

    Raises:
        RuntimeError: the strides of ``embeddings`` allow no such view, as after a transpose.

    Example:
        >>> join_embeddings(torch.arange(12.0).view(2, 3, 2))
        tensor([[ 0.,  1.,  2.,  3.,  4.,  5.],
                [ 6.,  7.,  8.,  9., 10., 11.]])

    Source:
        Karpathy, "Building makemore Part 2: MLP" (2022); Bengio et al., "A Neural Probabilistic Language Model" (2003).
    """
    raise NotImplementedError


def flatten_transpose(matrix: Float[torch.Tensor, "r c"]) -> Float[torch.Tensor, " c*r"]:
    """Return the matrix read column by column, as a new contiguous tensor.

    Formula: result[j * r + i] = matrix[i, j].

    Args:
        matrix: r rows and c columns, with any strides.

    Returns:
        A contiguous tensor of r * c numbers, always in a storage of its own: writing to it leaves ``matrix`` alone.

    Example:
        >>> flatten_transpose(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        tensor([1., 4., 2., 5., 3., 6.])

    Source:
        PyTorch documentation, "Tensor Views"; "torch.clone".
    """
    raise NotImplementedError


def sliding_windows(
    sequence: Float[torch.Tensor, " n"], width: int, step: int = 1
) -> Float[torch.Tensor, "windows width"]:
    """Return every window of ``width`` neighbours in the sequence, as a view.

    Formula: windows[k, i] = sequence[k * step + i], for all k from 0 whose window ends inside the sequence.

    Neighbouring windows overlap: each number of the sequence is stored once and read by many windows. So the result
    is for reading; an operation in place on overlapping elements has no defined outcome.

    Args:
        sequence: n numbers, which may themselves be a slice of a longer tensor, also one with a step.
        width: the length of a window, from 1 to n.
        step: how far apart two neighbouring windows start, at least 1.

    Returns:
        A view of shape ((n - width) // step + 1, width) over the storage of ``sequence``.

    Raises:
        ValueError: ``width`` or ``step`` is out of its range; the message quotes the number.

    Example:
        >>> sliding_windows(torch.arange(6.0), width=4, step=2)
        tensor([[0., 1., 2., 3.],
                [2., 3., 4., 5.]])

    Source:
        PyTorch documentation, "torch.as_strided" and "torch.Tensor.unfold".
    """
    raise NotImplementedError


def can_view(sizes: tuple[int, ...], strides: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Return whether a tensor of these sizes and strides can be viewed as the new shape.

    The answer is that of ``Tensor.view``: True where it gives a view, False where it raises. But it is decided, not
    tried: there is no tensor, no torch operation is allowed, and the sizes may be larger than any memory, so that
    walking over the elements is no way either. Four rules are enough:

    - The number of elements must not change.
    - Any axis may be split. Neighbouring axes may be joined where the outer step goes on exactly where the inner axis
      ends: strides[i] == sizes[i + 1] * strides[i + 1].
    - An axis of size 1 is never stepped along: its stride does not matter, and it may come and go anywhere.
    - Without elements there is nowhere to step: only the first rule counts.

    Args:
        sizes: the size of each axis, each >= 0.
        strides: the stride of each axis in elements, each >= 0; an expanded axis has the stride 0.
        shape: the wanted sizes, each >= 0; -1 does not occur.

    Returns:
        True or False.

    Example:
        >>> can_view((3, 2), (2, 1), (6,)), can_view((3, 2), (1, 3), (6,))
        (True, False)

    Source:
        PyTorch documentation, "torch.Tensor.view".
    """
    raise NotImplementedError
