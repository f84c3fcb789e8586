"""A tiny autograd engine: a number that remembers what it was computed from can find its own gradient.

Every operation knows two things the moment it runs: which numbers it used, and how fast its result changes with each
of them. Keep both, and the chain rule becomes one loop over the graph, from the result back to where it began. On that
loop stand a neuron, a layer, a network, and its training: what torch does with tensors, done here with single numbers.
Plain Python is all you need.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from operator import mul


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
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.local_gradients = local_gradients

    def __repr__(self) -> str:
        """Return the text "Value(data=..., grad=...)", with the two floats as Python prints them."""
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other: Value | float) -> Value:
        """Return self + other."""
        other = _as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __radd__(self, other: float) -> Value:
        """Return other + self: what Python calls for ``2 + a``, and ``sum`` for its first addition."""
        return self + other

    def __mul__(self, other: Value | float) -> Value:
        """Return self * other."""
        other = _as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __rmul__(self, other: float) -> Value:
        """Return other * self: what Python calls for ``2 * a``."""
        return self * other

    def __neg__(self) -> Value:
        """Return -self."""
        return Value(-self.data, (self,), (-1.0,))

    def __sub__(self, other: Value | float) -> Value:
        """Return self - other."""
        other = _as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def __rsub__(self, other: float) -> Value:
        """Return other - self: what Python calls for ``2 - a``."""
        return _as_value(other) - self

    def __truediv__(self, other: Value | float) -> Value:
        """Return self / other; ZeroDivisionError where other is 0."""
        other = _as_value(other)
        quotient = self.data / other.data
        return Value(quotient, (self, other), (1 / other.data, -quotient / other.data))

    def __rtruediv__(self, other: float) -> Value:
        """Return other / self: what Python calls for ``2 / a``."""
        return _as_value(other) / self

    def __pow__(self, exponent: float) -> Value:
        """Return self ** exponent, for an exponent that is a plain int or float.

        The gradient of ``a ** 0`` is 0 everywhere, also where a is 0.

        Raises:
            TypeError: the exponent is anything else, a Value included; also for ``2 ** a``.
            ZeroDivisionError: 0 to a negative power; also 0 to a power between 0 and 1, whose derivative is infinite.
        """
        if not isinstance(exponent, int | float):
            return NotImplemented
        local = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (local,))

    def exp(self) -> Value:
        """Return e to the power of self."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,))

    def log(self) -> Value:
        """Return the natural logarithm of self; ValueError where self is 0 or less, as from ``math.log``."""
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self) -> Value:
        """Return the hyperbolic tangent of self, at any size of it."""
        result = math.tanh(self.data)
        return Value(result, (self,), (1 - result * result,))

    def relu(self) -> Value:
        """Return self where it is positive and 0 elsewhere; the gradient at 0 is 0."""
        if self.data <= 0:
            return Value(0.0, (self,), (0.0,))
        return Value(self.data, (self,), (1.0,))

    def __lt__(self, other: Value | float) -> bool:
        """Return whether the data of self is less than other, a Value or a plain number."""
        return self.data < _as_value(other).data

    def __le__(self, other: Value | float) -> bool:
        """Return whether the data of self is less than or equal to other, a Value or a plain number."""
        return self.data <= _as_value(other).data

    def __gt__(self, other: Value | float) -> bool:
        """Return whether the data of self is greater than other, a Value or a plain number."""
        return self.data > _as_value(other).data

    def __ge__(self, other: Value | float) -> bool:
        """Return whether the data of self is greater than or equal to other, a Value or a plain number."""
        return self.data >= _as_value(other).data

    def backward(self) -> None:
        """Find d(self) / d(node) for every node that self was computed from, by the chain rule.

        Formula: grad(self) = 1; grad(node) = sum over the nodes it is a parent of: grad(child) * d(child) / d(node).
        It holds when every child is finished before its parents: ``topological_order``, walked from its end.

        To the grad of a leaf the result is added, so that gradients pile up over several calls until somebody clears
        them. The grad of any other node is set anew by each call: afterwards it is that of this call alone. The
        root is no exception: 1.0, or 1.0 more where it is itself a leaf. The graph stays: backward may run again.
        """
        order = topological_order(self)
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            grad = node.grad
            for parent, local in zip(node.parents, node.local_gradients, strict=True):
                parent.grad += grad * local


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
    order: list[Value] = []
    seen = {root}
    path = [(root, iter(root.parents))]
    while path:
        node, parents = path[-1]
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                path.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            path.pop()
    return order


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
        return []

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0.0, whatever the subclass calls its parameters."""
        for parameter in self.parameters():
            parameter.grad = 0.0


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
        uniform = (generator or random).uniform
        weights = [Value(uniform(-1, 1)) for _ in range(n_inputs)]
        self._parameters = (*weights, Value(0.0))
        self.relu = relu

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """Return the output for one point, given as Values, plain numbers or a mixture.

        Gradients reach the parameters, and those inputs that are Values.

        Raises:
            ValueError: there are more or fewer inputs than weights.
        """
        values = tuple(map(_as_value, inputs))
        weights = [parameter.data for parameter in self._parameters]
        if len(values) + 1 != len(weights):
            raise ValueError(f"{len(values)} inputs for {len(weights) - 1} weights")
        numbers = (*[value.data for value in values], 1.0)  # the bias is the weight of a last input that is always 1
        total = sum(map(mul, weights, numbers))
        if self.relu and total <= 0:
            return Value(0.0)  # switched off: a constant, through which nothing flows back
        # One node for the whole neuron: its parents are the parameters and the inputs.
        return Value(total, self._parameters + values, (*numbers, *weights[:-1]))

    def parameters(self) -> list[Value]:
        """Return the weights, in the order of the inputs, and then the bias; the same objects at every call."""
        return list(self._parameters)


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
        self.neurons = [Neuron(n_inputs, relu, generator) for _ in range(n_outputs)]

    def __call__(self, inputs: Sequence[Value | float]) -> Value | list[Value]:
        """Return a list with the output of every neuron; of a layer with one neuron, its output without a list."""
        outputs = [neuron(inputs) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        """Return the parameters of the first neuron, then those of the second, and so on."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


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
        widths = [n_inputs, *sizes]
        self.layers = [
            Layer(widths[i], widths[i + 1], relu=i < len(sizes) - 1, generator=generator) for i in range(len(sizes))
        ]

    def __call__(self, inputs: Sequence[Value | float]) -> Value | list[Value]:
        """Return what the last layer returns for one point, given as Values, plain numbers or a mixture."""
        outputs = inputs
        for layer in self.layers:
            outputs = layer([outputs] if isinstance(outputs, Value) else outputs)
        return outputs

    def parameters(self) -> list[Value]:
        """Return the parameters of the first layer, then those of the second, and so on."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]


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
    losses = [(1 - label * model(point)).relu() for point, label in zip(points, labels, strict=True)]
    squares = [parameter * parameter for parameter in model.parameters()]
    return sum(losses) / len(losses) + penalty * sum(squares)


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
    losses = []
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= learning_rate * parameter.grad
        losses.append(loss.data)
    return losses


def _as_value(number: Value | float) -> Value:
    return number if isinstance(number, Value) else Value(number)
