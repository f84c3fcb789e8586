"""A tiny autograd engine: a number that remembers what it was computed from can find its own gradient.

Every operation knows two things the moment it runs: which numbers it used, and how fast its result changes with each
of them. Keep both, and the chain rule becomes one loop over the graph, from the result back to where it began. On that
loop stand a neuron, a layer, a network, and its training: what torch does with tensors, done here with single numbers.
Plain Python is all you need.
"""

from __future__ import annotations

import random
from collections.abc import Sequence


class Value:
    """A number that remembers its parents: write the operations, then ``backward``.

    A Value that you make yourself is a leaf: it has no parents. Every operation makes a new Value, whose parents are
    the Values it was computed from, and leaves its operands as they are. An int or float may stand on either side of
    + - * / and of < <= > >=. ``==`` and ``hash`` stay Python's own, by identity: two Values with equal data are two
    nodes, and a set holds both.

    Args:
        data: the number; kept as a float.
        parents: the Values it was computed from; none for a leaf.
        local_gradients: one float for each of ``parents``: d(this Value) / d(that parent).

    Attributes:
        data: the number, a float.
        grad: what ``backward`` found, a float; 0.0 at first.
        parents: a tuple of Values, () for a leaf. A constant such as the 2 in ``a + 2`` may be among them or not.
        local_gradients: yours to use or not. All that ``backward`` needs is known when the operation runs.

    Example:
        >>> a, b = Value(2.0), Value(-3.0)
        >>> c = 10 + a * b
        >>> c.backward()
        >>> c
        Value(data=4.0, grad=1.0)
        >>> a.grad, b.grad
        (-3.0, 2.0)

    Source:
        Karpathy, micrograd (github.com/karpathy/micrograd); Griewank and Walther, "Evaluating Derivatives" (2008),
        chapter 3.
    """

    __slots__ = ("data", "grad", "local_gradients", "parents")

    def __init__(self, data: float, parents: tuple[Value, ...] = (), local_gradients: tuple[float, ...] = ()) -> None:
        """Keep the number as a float, its parents and its local gradients; the gradient starts at 0.0."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the text "Value(data=..., grad=...)", with the two floats as Python prints them."""
        raise NotImplementedError

    def __add__(self, other: Value | float) -> Value:
        """Return self + other."""
        raise NotImplementedError

    def __radd__(self, other: float) -> Value:
        """Return other + self: what Python calls for ``2 + a``, and ``sum`` for its first addition."""
        raise NotImplementedError

    def __mul__(self, other: Value | float) -> Value:
        """Return self * other."""
        raise NotImplementedError

    def __rmul__(self, other: float) -> Value:
        """Return other * self: what Python calls for ``2 * a``."""
        raise NotImplementedError

    def __neg__(self) -> Value:
        """Return -self."""
        raise NotImplementedError

    def __sub__(self, other: Value | float) -> Value:
        """Return self - other."""
        raise NotImplementedError

    def __rsub__(self, other: float) -> Value:
        """Return other - self: what Python calls for ``2 - a``."""
        raise NotImplementedError

    def __truediv__(self, other: Value | float) -> Value:
        """Return self / other; ZeroDivisionError where other is 0."""
        raise NotImplementedError

    def __rtruediv__(self, other: float) -> Value:
        """Return other / self: what Python calls for ``2 / a``."""
        raise NotImplementedError

    def __pow__(self, exponent: float) -> Value:
        """Return self ** exponent, for an exponent that is a plain int or float.

        The gradient of ``a ** 0`` is 0 everywhere, also where a is 0.

        Raises:
            TypeError: the exponent is anything else, a Value included; also for ``2 ** a``.
            ZeroDivisionError: 0 to a negative power; also 0 to a power between 0 and 1, whose derivative is infinite.
        """
        raise NotImplementedError

    def exp(self) -> Value:
        """Return e to the power of self."""
        raise NotImplementedError

    def log(self) -> Value:
        """Return the natural logarithm of self; ValueError where self is 0 or less, as from ``math.log``."""
        raise NotImplementedError

    def tanh(self) -> Value:
        """Return the hyperbolic tangent of self, at any size of it."""
        raise NotImplementedError

    def relu(self) -> Value:
        """Return self where it is positive and 0 elsewhere; the gradient at 0 is 0."""
        raise NotImplementedError

    def __lt__(self, other: Value | float) -> bool:
        """Return whether the data of self is less than other, a Value or a plain number."""
        raise NotImplementedError

    def __le__(self, other: Value | float) -> bool:
        """Return whether the data of self is less than or equal to other, a Value or a plain number."""
        raise NotImplementedError

    def __gt__(self, other: Value | float) -> bool:
        """Return whether the data of self is greater than other, a Value or a plain number."""
        raise NotImplementedError

    def __ge__(self, other: Value | float) -> bool:
        """Return whether the data of self is greater than or equal to other, a Value or a plain number."""
        raise NotImplementedError

    def backward(self) -> None:
        """Find d(self) / d(node) for every node that self was computed from, by the chain rule.

        Formula: grad(self) = 1; grad(node) = sum over the nodes it is a parent of: grad(child) * d(child) / d(node).
        It holds when every child is finished before its parents: ``topological_order``, walked from its end.

        To the grad of a leaf the result is added, so that gradients pile up over several calls until somebody clears
        them. The grad of any other node is set anew by each call: afterwards it is that of this call alone. The
        root is no exception: 1.0, or 1.0 more where it is itself a leaf. The graph stays: backward may run again.
        """
        raise NotImplementedError


def topological_order(root: Value) -> list[Value]:
    """Return every Value that ``root`` was computed from, each after its parents, and ``root`` last.

    Follow ``parents`` from the root to the leaves. A Value that was used several times stands in the list once. Graphs
    grow deep, one level for each operation of a running sum: at 50,000 levels recursion fails, and Python's recursion
    limit is not yours to change. Visit each node once: the number of paths may be astronomic.

    Args:
        root: the Value to start from.

    Returns:
        A list of Values; of the many orders that obey the rule, any.

    Example:
        >>> a = Value(2.0)
        >>> b = a * a
        >>> c = b + a
        >>> [node.data for node in topological_order(c)]
        [2.0, 4.0, 6.0]

    Source:
        Cormen, Leiserson, Rivest and Stein, "Introduction to Algorithms" (2022), section 20.4.
    """
    raise NotImplementedError


class Module:
    """What a neuron, a layer and a network have in common: write its two methods.

    Example:
        >>> Module().parameters()
        []

    Source:
        PyTorch documentation, "torch.nn.Module".
    """

    def parameters(self) -> list[Value]:
        """Return the Values to be trained; a subclass says which, and for Module itself there are none."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0.0, whatever the subclass calls its parameters."""
        raise NotImplementedError


class Neuron(Module):
    """A weighted sum of its inputs plus a bias, through a ReLU unless told otherwise: write its three methods.

    Formula: relu(w[0] * x[0] + ... + w[n-1] * x[n-1] + bias), or the sum alone where ``relu`` is False.

    Args:
        n_inputs: how many inputs there are.
        relu: whether the sum goes through relu.
        generator: where the weights come from: one call of ``generator.uniform(-1, 1)`` for each, in order; the
            functions of the module ``random`` where it is None. The bias starts at 0.

    Example:
        >>> neuron = Neuron(2)
        >>> for parameter, number in zip(neuron.parameters(), [0.5, -1.0, 0.25]):
        ...     parameter.data = number
        >>> neuron([2.0, 1.0])
        Value(data=0.25, grad=0.0)

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.3.
    """

    def __init__(self, n_inputs: int, relu: bool = True, generator: random.Random | None = None) -> None:
        """Draw the weights and set the bias to 0."""
        raise NotImplementedError

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """Return the output for one point, given as Values, plain numbers or a mixture.

        Gradients reach the parameters, and those inputs that are Values.

        Raises:
            ValueError: there are more or fewer inputs than weights.
        """
        raise NotImplementedError

    def parameters(self) -> list[Value]:
        """Return the weights, in the order of the inputs, and then the bias; the same objects at every call."""
        raise NotImplementedError


class Layer(Module):
    """Neurons side by side, all reading the same inputs: write its three methods.

    Args:
        n_inputs: how many inputs each neuron has.
        n_outputs: how many neurons there are.
        relu: whether they go through relu.
        generator: passed on to the neurons, one after the other.

    Example:
        >>> len(Layer(3, 4)([1.0, 2.0, 3.0]))
        4

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.3.
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, relu: bool = True, generator: random.Random | None = None
    ) -> None:
        """Make the neurons."""
        raise NotImplementedError

    def __call__(self, inputs: Sequence[Value | float]) -> Value | list[Value]:
        """Return a list with the output of every neuron; of a layer with one neuron, its output without a list."""
        raise NotImplementedError

    def parameters(self) -> list[Value]:
        """Return the parameters of the first neuron, then those of the second, and so on."""
        raise NotImplementedError


class MLP(Module):
    """Layers one after the other, a multi-layer perceptron: write its three methods.

    Every layer but the last goes through relu. The last is linear, so that a score can have either sign.

    Args:
        n_inputs: how many inputs the first layer has.
        sizes: how many neurons each layer has.
        generator: passed on to the layers, first to last.

    Example:
        >>> len(MLP(2, [16, 16, 1]).parameters())
        337

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapter 6.
    """

    def __init__(self, n_inputs: int, sizes: Sequence[int], generator: random.Random | None = None) -> None:
        """Make the layers."""
        raise NotImplementedError

    def __call__(self, inputs: Sequence[Value | float]) -> Value | list[Value]:
        """Return what the last layer returns for one point, given as Values, plain numbers or a mixture."""
        raise NotImplementedError

    def parameters(self) -> list[Value]:
        """Return the parameters of the first layer, then those of the second, and so on."""
        raise NotImplementedError


def max_margin_loss(
    model: Module, points: Sequence[Sequence[float]], labels: Sequence[int], penalty: float = 1e-4
) -> Value:
    """Return how far the scores of all points are from being right by a margin of 1, plus a penalty on the parameters.

    Formula: mean over the points of relu(1 - label * model(point)), plus penalty * sum of the squares of all
    parameters, biases included.

    Args:
        model: gives one Value, the score, for one point.
        points: the inputs, one row per point.
        labels: +1 or -1, one per point; the sign of a good score.
        penalty: the weight of the squares (L2 regularization).

    Returns:
        A Value, from which backward reaches every parameter.

    Example:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [2.0, 0.0]):
        ...     parameter.data = number
        >>> max_margin_loss(model, [[1.0], [0.25]], [1, 1], penalty=0.25).data
        1.25

    Source:
        Bishop, "Pattern Recognition and Machine Learning" (2006), section 7.1.2; the demo of micrograd.
    """
    raise NotImplementedError


def train(
    model: Module,
    points: Sequence[Sequence[float]],
    labels: Sequence[int],
    steps: int,
    learning_rate: float,
    penalty: float = 1e-4,
) -> list[float]:
    """Train the model by gradient descent on ``max_margin_loss`` and return the loss before each step.

    Formula: parameter <- parameter - learning_rate * gradient, for all parameters at once. The gradient is that of the
    loss over all points at the present parameters, and of nothing else: what earlier calls left in grad must not count.

    Args:
        model: changed in place: its parameters stay the same objects and get new data.
        points: the inputs, one row per point.
        labels: +1 or -1, one per point.
        steps: how many times the parameters are updated.
        learning_rate: the length of a step, per unit of gradient.
        penalty: as in ``max_margin_loss``.

    Returns:
        One float per step.

    Example:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters():
        ...     parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 0.75, 0.5]

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 4.3.
    """
    raise NotImplementedError
