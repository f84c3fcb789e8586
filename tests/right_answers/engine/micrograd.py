"""Right answers to engine/micrograd by other routes."""

import itertools
import math
import random
from collections import Counter, deque

from pt_kata.stand_ins import right_answer
from solutions.engine.micrograd import MLP, Layer, Module, Neuron, Value, max_margin_loss, topological_order


@right_answer("Value")
class MadeOfOthers(Value):
    """Difference, quotient and negation made of sum, product and power."""

    __slots__ = ()

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -1 * (other if isinstance(other, Value) else Value(other))

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * (other if isinstance(other, Value) else Value(other)) ** -1

    def __rtruediv__(self, other):
        return self**-1 * other


@right_answer("Value")
class ConstantsAreNoParents(Value):
    """Plain numbers that are no parents."""

    __slots__ = ()

    def __add__(self, other):
        return super().__add__(other) if isinstance(other, Value) else Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other):
        return super().__mul__(other) if isinstance(other, Value) else Value(self.data * other, (self,), (other,))


@right_answer("Value")
class GradientsInATable(Value):
    """Gradients collected in a table by node, and handed out at the end."""

    __slots__ = ()

    def backward(self):
        order = topological_order(self)
        found = dict.fromkeys(order, 0.0) | {self: 1.0}
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local_gradients, strict=True):
                found[parent] += local * found[node]
        for node, gradient in found.items():
            node.grad = gradient if node.parents else node.grad + gradient


@right_answer("Value")
class WithFunctionsOfItsOwn(Value):
    """Functions in place of numbers for the local gradients of tanh, relu and power."""

    __slots__ = ("late",)

    def _later(self, result, slope):
        out = Value(result, (self,), (math.nan,))
        out.late = slope
        return out

    def tanh(self):
        result = math.tanh(self.data)
        return self._later(result, lambda: (1 - result) * (1 + result))

    def relu(self):
        return self._later(max(0.0, self.data), lambda: 1.0 if self.data > 0 else 0.0)

    def backward(self):
        for node in topological_order(self):
            if hasattr(node, "late"):
                node.local_gradients = (node.late(),)
        super().backward()


@right_answer("topological_order")
def two_states(root):
    """A stack on which every node is met twice."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents) if parent not in seen)
    return order


@right_answer("topological_order")
def by_counting_children(root):
    """By counting the children that are still to come (Kahn)."""
    reached, waiting, children = {root}, [root], Counter()
    while waiting:
        for parent in waiting.pop().parents:
            children[parent] += 1
            if parent not in reached:
                reached.add(parent)
                waiting.append(parent)
    order, ready = [], deque([root])
    while ready:
        node = ready.popleft()
        order.append(node)
        for parent in node.parents:
            children[parent] -= 1
            if not children[parent]:
                ready.append(parent)
    return order[::-1]


@right_answer("topological_order")
def without_iterators(root):
    """A look at the top of the stack, which is taken off when no parent is new."""
    order, done, stack = [], {}, [root]
    while stack:
        new = [parent for parent in stack[-1].parents if id(parent) not in done]
        if new:
            stack.append(new[0])
        else:
            node = stack.pop()
            done[id(node)] = node
            order.append(node)
    return order


@right_answer("Module")
class ModuleByMap(Module):
    """By setattr for each parameter."""

    def zero_grad(self):
        list(map(setattr, self.parameters(), itertools.repeat("grad"), itertools.repeat(0.0)))


@right_answer("Neuron")
class NeuronOfOperators(Neuron):
    """Products and sums of Values."""

    def __init__(self, n_inputs, relu=True, generator=None):
        self.weights = [Value((generator or random).uniform(-1, 1)) for _ in range(n_inputs)]
        self.bias = Value(0)
        self.on = relu

    def __call__(self, inputs):
        total = self.bias
        for weight, x in zip(self.weights, inputs, strict=True):
            total = total + weight * x
        return total.relu() if self.on else total

    def parameters(self):
        return [*self.weights, self.bias]


@right_answer("Layer")
class LayerByComprehension(Layer):
    """Its neurons made and called one by one."""

    def __init__(self, n_inputs, n_outputs, relu=True, generator=None):
        self.neurons = []
        for _ in range(n_outputs):
            self.neurons.append(Neuron(n_inputs, relu=relu, generator=generator))

    def __call__(self, inputs):
        first, *others = (neuron(list(inputs)) for neuron in self.neurons)
        return [first, *others] if others else first

    def parameters(self):
        return list(itertools.chain.from_iterable(neuron.parameters() for neuron in self.neurons))


@right_answer("MLP")
class HiddenLayersAndScore(MLP):
    """Hidden layers first, and the last one by itself."""

    def __init__(self, n_inputs, sizes, generator=None):
        *hidden, last = sizes
        self.layers = []
        for size in hidden:
            self.layers.append(Layer(n_inputs, size, True, generator))
            n_inputs = size
        self.layers.append(Layer(n_inputs, last, False, generator))

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs if isinstance(inputs, list | tuple) else [inputs])
        return inputs


@right_answer("max_margin_loss")
def point_after_point(model, points, labels, penalty=1e-4):
    """A loop that adds up Values from 0.0 on."""
    total = Value(0.0)
    for point, label in zip(points, labels, strict=True):
        total += (1 + model(point) * -label).relu()
    for parameter in model.parameters():
        total += parameter**2 * (penalty * len(points))
    return total * (1 / len(points))


@right_answer("train")
def cleared_first(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Gradients cleared before the loss is made, and once more at the end."""
    losses = []
    while len(losses) < steps:
        model.zero_grad()
        loss = max_margin_loss(model, points, labels, penalty=penalty)
        loss.backward()
        losses.append(loss.data)
        for parameter in model.parameters():
            parameter.data = parameter.data - learning_rate * parameter.grad
    model.zero_grad()
    return losses
