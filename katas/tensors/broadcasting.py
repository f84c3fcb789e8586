"""Broadcasting: one rule lets tensors of different shapes meet, entry by entry, without a loop or a copy.

Two shapes are compared from the right. An axis of size 1, or one that is missing on the left, is read again for every
index of its partner; any other pair of sizes must be equal. The rule turns loops into one line, and it is just as happy
with the wrong line: on a square matrix, or between (n,) and (n, 1), nothing raises and the numbers are wrong.

From ``outer_sum`` on there is no Python loop over the data, however large, and nothing is written to an input.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def broadcast_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that two tensors of these shapes broadcast to, in plain Python, without asking torch or NumPy.

    The rule: align the shapes at their last axes and give the shorter one axes of size 1 on the left. Two sizes fit if
    they are equal or one of them is 1; the result has the other one. That holds for size 0 as well: 0 and 1 give 0.

    Args:
        first: sizes of the axes; () is the shape of a single number.
        second: sizes of the axes.

    Returns:
        A tuple with as many sizes as the longer shape.

    Raises:
        ValueError: some sizes don't fit. For every such axis, and for no other, the message holds the text
            "axis -2: 3 against 4": the axis counted from the right (-1 is the last), the size in ``first``, the size
            in ``second``.

    Example:
        >>> broadcast_shape((5, 1, 4), (3, 1))
        (5, 3, 4)
        >>> broadcast_shape((3, 4), (2, 4))
        Traceback (most recent call last):
        ValueError: (3, 4) and (2, 4) do not broadcast: axis -2: 3 against 2

    Source:
        PyTorch documentation, "Broadcasting semantics".
    """
    raise NotImplementedError


def outer_sum(first: Float[Tensor, " n"], second: Float[Tensor, " m"]) -> Float[Tensor, "n m"]:
    """Return the table of all sums of an entry of the first vector and an entry of the second.

    Formula: table[i, j] = first[i] + second[j].

    Args:
        first: n numbers, one for each row of the table.
        second: m numbers, one for each column.

    Returns:
        The table, in the dtype of the vectors.

    Example:
        >>> outer_sum(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0, 3.0]))
        tensor([[11., 12., 13.],
                [21., 22., 23.]])

    Source:
        NumPy user guide, "Broadcasting", on the outer operation of two vectors.
    """
    raise NotImplementedError


def add_channel_bias(images: Float[Tensor, "b c h w"], bias: Float[Tensor, " c"]) -> Float[Tensor, "b c h w"]:
    """Return the images with one number per channel added to every pixel of that channel.

    Formula: result[b, c, y, x] = images[b, c, y, x] + bias[c].

    Args:
        images: batch, channel, height, width.
        bias: one number per channel.

    Returns:
        New images, of the shape and dtype of ``images``.

    Example:
        >>> add_channel_bias(torch.zeros(1, 2, 1, 3), torch.tensor([5.0, 7.0]))
        tensor([[[[5., 5., 5.]],
        <BLANKLINE>
                 [[7., 7., 7.]]]])

    Source:
        PyTorch documentation, ``torch.nn.Conv2d``: the term bias(C_out) of its formula.
    """
    raise NotImplementedError


def mean_squared_error(predictions: Float[Tensor, "n 1"], targets: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Return the mean of the squared differences between each prediction and its own target.

    A model with one output returns a column, (n, 1); a data set holds its targets as (n,). Sample i must meet target i.

    Formula: sum over i of (predictions[i, 0] - targets[i]) ** 2, divided by n.

    Args:
        predictions: one row with one number per sample.
        targets: one number per sample.

    Returns:
        The loss, of shape (), in the dtype of the predictions.

    Example:
        >>> mean_squared_error(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 6.0]))
        tensor(3.)

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 5.1.4.
    """
    raise NotImplementedError


def standardize_columns(table: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Return the table with every column shifted to mean 0 and scaled to standard deviation 1.

    Formula: (x - mean) / std, with std = sqrt(mean((x - mean) ** 2)), all over one column. This is the standard
    deviation of a population, which divides by n and not by n - 1.

    A column with mean 3000 and spread 1 is as accurate as float32 allows, and one with spread 1e-6 is scaled like any
    other. So squares are taken of differences only (mean(x ** 2) - mean(x) ** 2 is the variance on paper, but at 3000
    float32 has no digits left for it), and no constant is added to the deviation.

    A column whose standard deviation comes out as 0 has nothing to scale: it gives zeros.

    Args:
        table: one row per sample (at least one), one column per feature, in any unit.

    Returns:
        A table of the same shape and dtype, without unit.

    Example:
        >>> standardize_columns(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
        tensor([[-1.,  0.],
                [ 1.,  0.]])

    Source:
        Higham, "Accuracy and Stability of Numerical Algorithms" (2002), section 1.9;
        scikit-learn documentation, ``StandardScaler``.
    """
    raise NotImplementedError


def normalize_rows(counts: Int[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    """Return each row of counts as shares of that row, which sum to 1.

    Formula: counts[i, j] / (sum of row i). A row without any counts gives zeros.

    Args:
        counts: how often event j followed state i; integers of any width, none negative.

    Returns:
        Shares between 0 and 1, in float32.

    Example:
        >>> normalize_rows(torch.tensor([[1, 3], [0, 0]]))
        tensor([[0.2500, 0.7500],
                [0.0000, 0.0000]])

    Source:
        Jurafsky and Martin, "Speech and Language Processing" (3rd ed. draft), chapter "N-gram Language Models".
    """
    raise NotImplementedError


def one_hot(labels: Int[Tensor, " n"], classes: int) -> Float[Tensor, "n k"]:
    """Return a row per label that is 1 at the label's class and 0 elsewhere, by comparison alone.

    Formula: result[i, j] = 1 if labels[i] == j, else 0. Nothing is looked up or written by index, so a label outside
    0 ... classes - 1 (such as -1 or -100 for "no label") raises nothing and gives a row of zeros.

    Args:
        labels: class numbers, integers of any width.
        classes: k, how many classes there are.

    Returns:
        The rows, in float32, on the device of the labels.

    Example:
        >>> one_hot(torch.tensor([2, 0, -1]), 3)
        tensor([[0., 0., 1.],
                [1., 0., 0.],
                [0., 0., 0.]])

    Source:
        Bishop, "Pattern Recognition and Machine Learning" (2006), section 2.2, the 1-of-K scheme.
    """
    raise NotImplementedError


def pairwise_distances(first: Float[Tensor, "n d"], second: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Return the Euclidean distance from every point of the first set to every point of the second.

    Formula: result[i, j] = sqrt(sum over k of (first[i, k] - second[j, k]) ** 2).

    Two points that are close to each other get an accurate distance wherever they lie, in float32 and in float64. The
    shortcut |x|^2 - 2 x.y + |y|^2 will not do: far from the origin it subtracts large, nearly equal numbers, and no
    digit of a small distance is left.

    Equal points have distance exactly 0. There the distance has no derivative; take 0 for the gradient of that pair, as
    ``torch.cdist`` does, and keep that of all other pairs.

    Args:
        first: n points, one per row.
        second: m points of the same dimension.

    Returns:
        Distances in the unit of the coordinates, in the dtype of the points.

    Example:
        >>> pairwise_distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[5.],
                [0.]])

    Source:
        PyTorch documentation, ``torch.cdist``;
        Higham, "Accuracy and Stability of Numerical Algorithms" (2002), section 1.7, on cancellation.
    """
    raise NotImplementedError
