"""What a tiny autograd engine must do. Read a test, make it green, go on with the next."""

import gc
import math
import operator
import random
import sys
from contextlib import contextmanager
from itertools import pairwise

import pytest
import torch
from sklearn.datasets import make_moons

from katas.engine.micrograd import MLP, Layer, Module, Neuron, Value, max_margin_loss, topological_order, train
from pt_kata.checks import assert_close, assert_equal, assert_raises, fail

ADD_UP = "A node gets a gradient from each use, also from two in one operation: add them, = keeps only the last."
CHILDREN_DELIVER = "A node may pass its gradient on only after all its children, later in the order, have done so."
PLAIN_NUMBERS = "An int or float has no data and no grad: make a Value of it before you compute with it."
REFLECTED = "For 2 - a Python calls a.__rsub__(2): the number is the left operand. 2 - a is not a - 2."


@contextmanager
def no_error(error, name, why):
    """Fail with the reason where what has this name, called inside, raises this error."""
    __tracebackhide__ = True
    try:
        yield
    except error as raised:
        fail(f"{name} raised {type(raised).__name__}: {raised}", why)


class TooLong(BaseException):
    """More lines were run than a right answer needs; no Exception, so that no answer can swallow it."""


@contextmanager
def ends_soon(name, why, lines=200_000):
    """Fail with the reason where the code called inside runs more lines than this: it might never end."""
    __tracebackhide__ = True
    tracer, ran = sys.gettrace(), 0

    def count(*_):
        nonlocal ran
        ran += 1
        if ran > lines:
            raise TooLong
        return count

    sys.settrace(count)
    try:
        yield
    except TooLong:
        fail(f"{name} was stopped: it seems to go on forever.", why)
    finally:
        sys.settrace(tracer)


# ---- numbers that remember their parents


def test_a_value_starts_as_a_leaf(draw):
    """A new Value holds its number as a float, a gradient of 0.0, and no parents."""
    number = draw.size()
    value = Value(number)
    assert_equal(value.data, float(number), "float(data) keeps later arithmetic the same for ints and NumPy numbers.")
    assert_equal(value.grad, 0.0, "A gradient is a float from the start.")
    assert_equal(value.parents, (), "A leaf was computed from nothing.")


def test_repr_shows_data_and_gradient(draw):
    """The text of a Value shows its number and its gradient."""
    number, gradient = draw.number(), draw.number()
    value = Value(number)
    value.grad = gradient
    assert_equal(repr(value), f"Value(data={number}, grad={gradient})", "Two floats as Python prints them.")


@pytest.mark.parametrize(
    ("left", "right"),
    [(Value, Value), (Value, float), (float, Value), (Value, int), (int, Value)],
    ids=["Value and Value", "Value and float", "float and Value", "Value and int", "int and Value"],
)
@pytest.mark.parametrize("op", [operator.add, operator.mul, operator.sub, operator.truediv], ids=lambda op: op.__name__)
def test_arithmetic_is_that_of_python(draw, op, left, right):
    """Two Values, or a Value and a plain number on either side, give the number that Python gives."""
    x, y = draw.sizes(2)
    with no_error((AttributeError, TypeError), op.__name__, PLAIN_NUMBERS):
        result = op(left(x), right(y))
    assert_equal(type(result), Value, "The result is a new Value, so that you can go on with it.")
    assert_close(result.data, op(x, y), "" if left is Value else REFLECTED)


@pytest.mark.parametrize(
    ("function", "oracle", "why"),
    [
        (lambda a: -a, lambda x: -x, ""),
        (lambda a: a**3, lambda x: x * x * x, ""),
        (lambda a: a**-2, lambda x: 1 / (x * x), "A negative exponent gives the reciprocal, not a negative number."),
        (lambda a: (-a) ** 2, lambda x: x * x, "A negative base has no logarithm, but it has a square."),
        (lambda a: a**0.5, math.sqrt, "The exponent may be a fraction."),
        (lambda a: a.exp(), math.exp, ""),
        (lambda a: a.log(), math.log, "The natural logarithm, base e."),
        (lambda a: a.tanh(), math.tanh, ""),
        (lambda a: a.relu(), lambda x: x, "relu keeps what is positive."),
        (lambda a: (-a).relu(), lambda x: 0.0, "relu turns what is negative into 0."),
    ],
    ids=["-a", "a**3", "a**-2", "(-a)**2", "a**0.5", "exp", "log", "tanh", "relu(a)", "relu(-a)"],
)
def test_functions_of_one_value(draw, function, oracle, why):
    """Negation, powers with a plain exponent, exp, log, tanh and relu give what mathematics says."""
    x = draw.number(0.5, 2)
    with no_error(ValueError, "The function", why):
        assert_close(function(Value(x)).data, oracle(x), why)


def test_tanh_of_large_numbers(draw):
    """Far from 0, tanh is 1 or -1 and its gradient 0."""
    large, small = Value(draw.number(800, 900)), Value(draw.number(-900, -800))
    why = "exp(2x) overflows for x above 355, though tanh itself is never above 1: the math module has it."
    with no_error(OverflowError, "tanh", why):
        result = large.tanh() - small.tanh()
    assert_close(result.data, 2.0, why)
    result.backward()
    assert_close([large.grad, small.grad], [0.0, 0.0], why)


@pytest.mark.parametrize(
    ("error", "function"),
    [
        (ZeroDivisionError, lambda a: (a - a) ** -1),
        (ZeroDivisionError, lambda a: (a - a) ** 0.5),
        (ZeroDivisionError, lambda a: 1 / (a - a)),
        (ZeroDivisionError, lambda a: (a - a) / (a - a)),
        (ValueError, lambda a: (a - a).log()),
        (ValueError, lambda a: (-a).log()),
        (TypeError, lambda a: a**a),
        (TypeError, lambda a: 2**a),
    ],
    ids=["0**-1", "0**0.5", "1/0", "0/0", "log(0)", "log(-a)", "a**a", "2**a"],
)
def test_what_is_not_defined_raises(draw, error, function):
    """What Python refuses stays refused: 1/0, 0**0.5, a logarithm of 0 or less, and an exponent that is a Value."""
    why = "Python's own errors are right; a result made up in their place hides the mistake until much later."
    assert_raises(error, function, Value(draw.number(1, 2)), why=why)


@pytest.mark.parametrize("op", [operator.lt, operator.le, operator.gt, operator.ge], ids=lambda op: op.__name__)
def test_comparison_looks_at_the_data(draw, op):
    """Values compare by their numbers, with each other and with plain numbers on either side."""
    x = draw.number()
    for y in (x - 1, x, x + 1):
        with no_error((AttributeError, TypeError), op.__name__, PLAIN_NUMBERS):
            found = [op(Value(x), Value(y)), op(Value(x), y), op(x, Value(y))]
        assert_equal(found, [op(x, y)] * 3, "Write all four: <= made from < and == fails, as == is identity.")


def test_equality_is_identity(draw):
    """Two Values with the same number are two nodes: not equal, and both fit into one set."""
    number = draw.number()
    a, b = Value(number), Value(number)
    why = "An __eq__ on the data merges nodes in sets and dicts, and takes away the hash: leave it as Python made it."
    with no_error(TypeError, "hash", why):
        assert_equal((a == b, a == a, len({a, b, a})), (False, True, 2), why)


def test_operations_leave_their_operands_alone(draw):
    """Every operation makes a new Value; also += and its like only bind the name to a new one."""
    x, y = draw.number(1, 2), draw.number(1, 2)
    a, b = Value(x), Value(y)
    c, d, e = a, a, a
    c += b
    d *= b
    e -= b
    results = [c, d, e, a + b, a * b, a - b, a / b, a**2, -a, a.exp(), a.log(), a.tanh(), a.relu()]
    results += [a + 0, a - 0, 1 * a, a / 1, a**1]
    why = "The old number is still needed: a graph whose nodes change after they were used has wrong gradients."
    assert_close([a.data, b.data, a.grad, b.grad], [x, y, 0.0, 0.0], why)
    assert_equal([result for result in results if result is a or result is b], [], why)


# ---- the order of the graph


def reachable(root):
    """All Values that root was computed from, and root itself."""
    found, waiting = {root}, [root]
    while waiting:
        new = set(waiting.pop().parents) - found
        found |= new
        waiting += new
    return found


def assert_ordered(order, root, why):
    """Fail unless order is a list of all that root was computed from, each once and after its parents, root last."""
    __tracebackhide__ = True
    place = {node: position for position, node in enumerate(order)}
    numbers = [node.data for node in order]
    if len(place) != len(order):
        fail("topological_order lists a Value twice.", why, order, data=numbers)
    if place.keys() != reachable(root):
        fail("topological_order lists other Values than the graph holds.", why, order, data=numbers)
    late = [parent.data for node in order for parent in node.parents if place[parent] > place[node]]
    if late or order[-1] is not root:
        fail("topological_order puts a Value before one of its parents.", why, order, data=numbers, late_parents=late)


def test_order_of_a_leaf(draw):
    """A leaf is its own whole graph."""
    leaf = Value(draw.number())
    assert_equal(topological_order(leaf), [leaf], "A list with one Value, the root.")


def test_order_of_a_sum(draw):
    """The terms come first and the sum last; two terms with the same number are two nodes."""
    number = draw.number()
    a, b = Value(number), Value(number)
    root = a + b
    order = topological_order(root)
    assert_equal({a, b, root} <= set(order), True, "All that the root was computed from is in the list, leaves too.")
    assert_ordered(order, root, "The parents of a node come before it.")


def test_order_lists_a_shared_node_once(draw):
    """A Value that was used several times, be it twice in one product, stands in the list once."""
    a = Value(draw.number())
    b = a * a
    root = (b + a) * b
    assert_ordered(topological_order(root), root, "Remember which nodes you have been to: a graph is not a tree.")


def test_order_with_a_short_and_a_long_path(draw):
    """A node that is reached by a short and by a long path still comes before all that depends on it."""
    a = Value(draw.number())
    near = a * a
    far = ((near + 1) * a).tanh().exp()
    for root in (near + (near * 2 + near * 3), near * far, far * near, far + a, a + far):
        assert_ordered(topological_order(root), root, "By distance from the root the short path wins, and is wrong.")


def doubled(leaf, times):
    """The leaf added to itself, the sum to itself, and so on: 2**times paths, but only times + 1 nodes."""
    for _ in range(times):
        leaf = leaf + leaf
    return leaf


def test_order_does_not_walk_every_path(draw):
    """Doubled 200 times, a Value has 201 nodes and 2**200 paths between them: the order takes no time all the same."""
    root = doubled(Value(draw.number(1, 2)), 200)
    why = "Mark a node when you first reach it, and don't enter it again: a walk of all paths would never end."
    with ends_soon("topological_order", why):
        order = topological_order(root)
    assert_ordered(order, root, why)


# ---- backward


def assert_agrees(draw, function, numbers, why):
    """Fail unless function of Values at the numbers has the result and the gradients that it has of torch's tensors."""
    __tracebackhide__ = True
    values = [Value(number) for number in numbers]
    tensors = [draw.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    result, oracle = function(*values), function(*tensors)
    assert_close(result.data, oracle.item(), why)
    result.backward()
    wanted = torch.autograd.grad(oracle, tensors, materialize_grads=True)
    found = [value.grad for value in values]
    assert_close(found, [gradient.item() for gradient in wanted], why, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda a, b: a + b, "A sum passes its gradient on as it is."),
        (lambda a, b: a * b, "Of a product, each factor's gradient is the other factor."),
        (lambda a, b: a - b, "What is subtracted has the gradient -1."),
        (lambda a, b: 2 - a, "In 2 - a the sign of a is minus."),
        (lambda a, b: a / b, "Of a / b, the gradient is 1 / b for a, and -a / b**2 for b."),
        (lambda a, b: 2 / a, "Of 2 / a, the gradient is -2 / a**2."),
        (lambda a, b: -a, "A negation turns the sign of the gradient."),
        (lambda a, b: b**3, "Of a**n, the gradient is n * a**(n - 1)."),
        (lambda a, b: b**-3, "Of a**-3, the gradient is -3 * a**-4: the exponent goes down, not up."),
        (lambda a, b: a**0.5, "Of a**n, the gradient is n * a**(n - 1), for a fraction too."),
        (lambda a, b: a.exp(), "exp is its own derivative."),
        (lambda a, b: a.log(), "Of log(a), the gradient is 1 / a."),
        (lambda a, b: b.tanh(), "Of tanh(a), the gradient is 1 - tanh(a)**2."),
        (lambda a, b: a.relu() + b.relu(), "relu passes the gradient on where its input is positive."),
    ],
    ids=["a+b", "a*b", "a-b", "2-a", "a/b", "2/a", "-a", "b**3", "b**-3", "a**0.5", "exp", "log", "tanh", "relu"],
)
def test_gradient_of_an_operation(draw, function, why):
    """Each operation, in the middle of a longer formula, has the gradients that torch finds for it."""
    numbers = draw.number(0.5, 2), draw.number(-2, -0.5)
    assert_agrees(draw, function, numbers, why)
    chain = "A node multiplies its local gradient by its own: the chain rule."
    assert_agrees(draw, lambda a, b: (3 * function(a, b)).tanh(), numbers, chain)


@pytest.mark.parametrize("exponent", [0, 1, 2])
def test_gradient_of_a_power_at_zero(draw, exponent):
    """At 0 the gradient of a ** 0 is 0, that of a ** 1 is 1, and that of a ** 2 is 0."""
    why = "n * a**(n - 1) divides by 0 where a and n are 0. But a**0 is a constant, and its gradient is 0."
    with no_error(ZeroDivisionError, "The power", why):
        assert_agrees(draw, lambda a: a**exponent, [0.0], why)


def test_gradient_of_relu_at_zero(draw):
    """At the kink the gradient of relu is 0, by the convention that torch follows too."""
    why = "relu is flat up to and including 0: compare with <=, not <."
    assert_agrees(draw, lambda a, b: a.relu() + b.relu(), [0.0, draw.number(-2, -1)], why)


@pytest.mark.parametrize(
    "function",
    [lambda a: a + a, lambda a: a * a, lambda a: a / (a + 1), lambda a: a - 2 * a, lambda a: (a * a + a) * a],
    ids=["a + a", "a * a", "a / (a + 1)", "a - 2 * a", "(a * a + a) * a"],
)
def test_a_node_used_twice(draw, function):
    """The gradient of a Value is the sum over all its uses, also over two uses in one operation."""
    assert_agrees(draw, function, [draw.number(1, 2)], ADD_UP)


def test_backward_does_not_walk_every_path(draw):
    """Doubled 200 times, a Value has the gradient 2**200, and each node passes its own on once."""
    few, leaf = Value(draw.number(1, 2)), Value(draw.number(1, 2))
    doubled(few, 3).backward()
    assert_close(few.grad, 8.0, CHILDREN_DELIVER)
    root = doubled(leaf, 200)
    with ends_soon("backward", CHILDREN_DELIVER):
        root.backward()
    assert_close(leaf.grad / 2.0**200, 1.0, ADD_UP)


@contextmanager
def recursion_limits():
    """All limits that the code inside sets; Python's own holds until then, and the one before it afterwards."""
    before, set_limit, limits = sys.getrecursionlimit(), sys.setrecursionlimit, []
    set_limit(1000)
    sys.setrecursionlimit = lambda limit: limits.append(limit) or set_limit(limit)
    try:
        yield limits
    finally:
        sys.setrecursionlimit = set_limit
        set_limit(before)


@contextmanager
def in_a_hurry():
    """No note of every call and no garbage collection inside: over a large graph they take most of the time."""
    profile = sys.getprofile()
    sys.setprofile(None)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        sys.setprofile(profile)


def chain(leaf, levels):
    """A running sum of the leaf, so many levels deep."""
    root = leaf
    with in_a_hurry():
        for _ in range(levels):
            root = root + leaf
    return root


NO_RECURSION = "Each level of recursion is a frame, and Python stops at 1,000: keep your own list of where to go on."
NO_LIMIT = "A higher recursion limit moves the wall instead of taking it down, and does so for the whole program."


def test_order_of_a_chain_50000_deep(draw):
    """A running sum of 50,000 terms has an order, at Python's own recursion limit."""
    leaf = Value(draw.number())
    root = chain(leaf, 50_000)
    assert_equal(topological_order(leaf), [leaf], "A list with one Value, the root.")
    with recursion_limits() as limits, no_error(RecursionError, "topological_order", NO_RECURSION):
        order = topological_order(root)
    if limits:
        fail("The recursion limit was changed.", NO_LIMIT)
    assert_ordered(order, root, CHILDREN_DELIVER)


def test_gradient_of_a_chain_50000_deep(draw):
    """A running sum of 50,000 terms has a gradient, at Python's own recursion limit."""
    leaf = Value(draw.number())
    root = chain(leaf, 50_000)
    with recursion_limits() as limits, no_error(RecursionError, "backward", NO_RECURSION):
        root.backward()
    if limits:
        fail("The recursion limit was changed.", NO_LIMIT)
    assert_close(leaf.grad, 50_001.0, ADD_UP)


@pytest.mark.parametrize("swap", [False, True])
def test_a_diamond_with_a_short_and_a_long_side(draw, swap):
    """Where two paths of different length meet, a node waits for both before it passes its gradient on."""

    def function(a, b):
        near = a * b
        far = ((near + 1) * a).tanh().exp()
        return far * near if swap else near * far

    assert_agrees(draw, function, [draw.number(), draw.number()], CHILDREN_DELIVER)


def test_a_random_graph(draw):
    """Thirty operations between Values picked at random have the gradients that torch finds."""
    ops = [draw.choice([operator.add, operator.sub, operator.mul]) for _ in range(30)]
    picks = [(draw.size(0, last), draw.size(max(0, last - 2), last)) for last in range(1, 31)]

    def function(a, b):
        nodes = [a, b]
        for op, (left, right) in zip(ops, picks, strict=True):
            nodes.append(op(nodes[left], nodes[right]).tanh())
        return nodes[-1] + nodes[-2]

    assert_agrees(draw, function, [draw.number(), draw.number()], CHILDREN_DELIVER)


def test_backward_twice_doubles_the_gradients_of_leaves(draw):
    """Gradients pile up in leaves, as in torch: a second call adds the same again, and no more."""
    x, y = draw.number(1, 2), draw.number(1, 2)
    a, b = Value(x), Value(y)
    root = (a * b) ** 2
    root.backward()
    root.backward()
    why = "1 time: you cleared the leaves. 3 times: the nodes between kept their gradients, which then count again."
    assert_close([a.grad, b.grad], [4 * x * y * y, 4 * x * x * y], why)


def test_backward_twice_leaves_other_nodes_as_they_were(draw):
    """A node between root and leaves has the gradient of the last call alone, and the root's is 1."""
    a = Value(draw.number(1, 2))
    middle = a * a
    root = middle * 3
    for _ in range(3):
        root.backward()
    assert_close([middle.grad, root.grad], [3.0, 1.0], "Set the nodes that have parents to 0 before you start.")


def test_two_losses_share_a_node(draw):
    """Two results of one graph add their gradients in its leaves."""
    x = draw.number(1, 2)
    a = Value(x)
    shared = a * a
    (shared * 3).backward()
    (shared * 5).backward()
    why = "The shared node still held 3 from the first call: passed on once more, it makes 11 in the place of 8."
    assert_close(a.grad, 8 * 2 * x, why)


def test_backward_of_a_leaf(draw):
    """d(leaf) / d(leaf) is 1; a leaf adds it to what it has, and data is left alone."""
    number = draw.number()
    leaf = Value(number)
    leaf.backward()
    leaf.backward()
    assert_close([leaf.grad, leaf.data], [2.0, number], "A root without parents is a leaf like any other.")


# ---- neurons, layers, networks


def expected_parameters(seed, *layers):
    """What a generator with this seed gives to layers of (inputs, outputs): each neuron's weights, then its bias 0."""
    generator = random.Random(seed)
    neurons = [inputs for inputs, outputs in layers for _ in range(outputs)]
    return [number for inputs in neurons for number in [*(generator.uniform(-1, 1) for _ in range(inputs)), 0.0]]


def data(values):
    """The numbers of several Values."""
    return [value.data for value in values]


def grads(values):
    """The gradients of several Values."""
    return [value.grad for value in values]


def test_zero_grad_clears_every_parameter(draw):
    """zero_grad works for any subclass that says what its parameters are, and leaves the data alone."""
    numbers = [draw.number(), draw.number()]
    values = [Value(number) for number in numbers]

    class Pair(Module):
        def parameters(self):
            return values

    (values[0] * values[1]).backward()
    Pair().zero_grad()
    assert_equal((data(values), Module().parameters()), (numbers, []), "Only the gradients are cleared.")
    assert_equal(grads(values), [0.0, 0.0], "Ask self.parameters(): the base class cannot know any other name.")


@pytest.mark.parametrize("source", ["generator", "module random"])
def test_neuron_draws_its_weights(draw, source):
    """The weights are drawn in order from the generator, or from the module random without one; the bias is 0."""
    n, seed = draw.size(), draw.size(0, 10**6)
    random.seed(seed if source == "module random" else seed + 1)
    neuron = Neuron(n, generator=random.Random(seed) if source == "generator" else None)
    why = "One call of uniform(-1, 1) for each weight, none for the bias, which is the last parameter."
    assert_equal(data(neuron.parameters()), expected_parameters(seed, (n, 1)), why)


@pytest.mark.parametrize(("relu", "bias"), [(True, 9.0), (True, -9.0), (False, -9.0)], ids=["on", "off", "linear"])
def test_neuron_agrees_with_torch(draw, relu, bias):
    """The output of a neuron, and the gradients of its parameters and of an input, are those that torch finds."""
    n = draw.size(2, 5)
    neuron, point = Neuron(n, relu=relu), [draw.number(-1, 1) for _ in range(n)]
    weights, x = neuron.parameters(), Value(point[0])
    weights[-1].data = bias
    output = neuron([x, *point[1:]])
    w, inputs = (draw.tensor(row, dtype=torch.float64, requires_grad=True) for row in (data(weights), point))
    oracle = w[:-1] @ inputs + w[-1]
    oracle = oracle.relu() if relu else oracle
    assert_close(output.data, oracle.item(), "Read the parameters when you are called: their data may have changed.")
    output.backward()
    wanted = torch.autograd.grad(oracle, (w, inputs))
    why = "A weight's gradient is its input, an input's is its weight, the bias's is 1; all are 0 below the kink."
    assert_close([*grads(weights), x.grad], [*wanted[0].tolist(), wanted[1][0].item()], why)


def test_neuron_at_the_kink(draw):
    """A neuron whose sum is exactly 0 gives 0 and passes no gradient on."""
    neuron = Neuron(2)
    for parameter in neuron.parameters():
        parameter.data = 0.0
    output = neuron([draw.number(1, 2), draw.number(1, 2)])
    output.backward()
    assert_close([output.data, *grads(neuron.parameters())], [0.0, 0.0, 0.0, 0.0], "relu has the gradient 0 at 0.")


@pytest.mark.parametrize("surplus", [-1, 1], ids=["too few", "too many"])
@pytest.mark.parametrize(
    "kind", [Neuron, lambda n: Layer(n, 2), lambda n: MLP(n, [2, 1])], ids=["Neuron", "Layer", "MLP"]
)
def test_wrong_number_of_inputs(draw, kind, surplus):
    """A point with more or fewer numbers than there are weights raises ValueError."""
    n = draw.size()
    why = "zip stops at the shorter of its arguments without a word: the point loses a number, or a weight is idle."
    assert_raises(ValueError, kind(n), [1.0] * (n + surplus), why=why)


def test_layer_is_neurons_side_by_side(draw):
    """A layer gives the list of what its neurons give, drawn from the generator one after the other."""
    (n, m), seed = draw.sizes(2), draw.size(0, 10**6)
    layer, generator = Layer(n, m, relu=False, generator=random.Random(seed)), random.Random(seed)
    why = "Each neuron has a bias and n weights of its own, and all of them stand in one list."
    found = layer.parameters()
    assert_equal((len(found), len({id(parameter) for parameter in found})), (m * (n + 1), m * (n + 1)), why)
    point = [draw.number() for _ in range(n)]
    wanted = [Neuron(n, relu=False, generator=generator)(point).data for _ in range(m)]
    outputs = layer(point)
    assert_equal(type(outputs), list, "Several neurons give several Values, in a list.")
    assert_close(data(outputs), wanted, "All neurons share the generator; one seed for each makes them all the same.")
    why = "The weights and the bias of one neuron come before those of the next."
    assert_equal(data(layer.parameters()), expected_parameters(seed, (n, m)), why)


def test_layer_ends_in_relu_unless_told(draw):
    """Without the argument every neuron of a layer ends in a relu."""
    seed, point = draw.size(0, 10**6), [draw.number() for _ in range(3)]
    straight = Layer(3, 8, relu=False, generator=random.Random(seed))(point)
    found = Layer(3, 8, generator=random.Random(seed))(point)
    assert_close(data(found), [max(0.0, value) for value in data(straight)], "relu=True is the default of a layer.")


def test_layer_with_one_neuron_gives_a_value(draw):
    """The output of a layer with one neuron is a Value, not a list with one."""
    output = Layer(2, 1)([draw.number(), Value(draw.number())])
    assert_equal(type(output), Value, "A score should be ready for use: loss = 1 - label * score.")


def test_mlp_is_layers_one_after_the_other(draw):
    """The parameters of a network are those of its layers in order, and the same objects at every call."""
    (n, a, b), seed = draw.sizes(3, 2, 5), draw.size(0, 10**6)
    model = MLP(n, [a, b, 1], generator=random.Random(seed))
    wanted = expected_parameters(seed, (n, a), (a, b), (b, 1))
    assert_equal(data(model.parameters()), wanted, "Each layer has as many inputs as the one before it has neurons.")
    why = "An update must reach the Values that the network computes with."
    assert_equal(model.parameters(), model.parameters(), why)
    outputs = MLP(n, [a, b])([1.0] * n)
    assert_equal(type(outputs), list, "Several neurons in the last layer give several Values, in a list.")
    assert_equal(len(outputs), b, "One Value for each neuron of the last layer.")


def test_mlp_may_have_a_layer_of_one_neuron(draw):
    """A hidden layer of one neuron feeds the next layer like any other."""
    model = MLP(2, [1, 2], random.Random(draw.size(0, 10**6)))
    why = "A layer with one neuron returns its output without a list, and the next layer wants a sequence."
    with no_error(TypeError, "MLP", why):
        outputs = model([1.0, 2.0])
    hidden = model.layers[0]([1.0, 2.0])
    wanted = [neuron([hidden]).data for neuron in model.layers[1].neurons]
    assert_equal([output.data for output in outputs], wanted, why)


def network(draw, *sizes):
    """An MLP with random parameters, biases too, and the same parameters as one row for torch."""
    model = MLP(sizes[0], list(sizes[1:]))
    for parameter in model.parameters():
        parameter.data = draw.number(-1, 1)
    return model, draw.tensor(data(model.parameters()), dtype=torch.float64, requires_grad=True)


def torch_scores(row, points, *sizes):
    """The scores of the network whose parameters are one row, as torch computes them."""
    outputs, start = torch.as_tensor(points, dtype=row.dtype, device=row.device), 0
    for n, m in pairwise(sizes):
        layer = row[start : start + m * (n + 1)].view(m, n + 1)
        outputs = (outputs.relu() if start else outputs) @ layer[:, :-1].T + layer[:, -1]
        start += layer.numel()
    return outputs[:, 0]


def torch_loss(row, points, labels, penalty, *sizes):
    """The loss of that network, as torch computes it."""
    margins = row.new_tensor(labels) * torch_scores(row, points, *sizes)
    return (1 - margins).relu().mean() + penalty * (row * row).sum()


@pytest.mark.parametrize("sizes", [[3, 1], [1]], ids=str)
def test_mlp_ends_in_a_linear_layer(draw, sizes):
    """The score may be negative: with nothing but a bias in the last layer, be it the only one, it is that bias."""
    model, bias = MLP(2, sizes), draw.number(-2, -1)
    for parameter in model.parameters():
        parameter.data = 0.0
    model.parameters()[-1].data = bias
    why = "relu belongs between the layers: after the last one it would cut off every score below 0."
    assert_close(model([draw.number(), draw.number()]).data, bias, why)


def test_mlp_agrees_with_torch(draw):
    """Score and gradients of a network with two hidden layers are those that torch finds."""
    sizes = (2, *draw.sizes(2, 3, 6), 1)
    model, row = network(draw, *sizes)
    inputs = draw.tensor([draw.number(), draw.number()], dtype=torch.float64, requires_grad=True)
    point = [Value(number) for number in inputs.tolist()]
    score, oracle = model(point), torch_scores(row, inputs[None], *sizes)
    assert_close(score.data, oracle.item(), "relu stands after every layer but the last.")
    score.backward()
    wanted = torch.autograd.grad(oracle, (row, inputs))
    assert_close(grads(model.parameters()), wanted[0].tolist(), ADD_UP)
    assert_close(
        grads(point), wanted[1].tolist(), "Inputs that are Values get gradients too: hand them on as they are."
    )


# ---- training


def moons(draw, count):
    """Two interleaved half circles: the points, and the label +1 or -1 of each."""
    points, classes = make_moons(count, noise=0.05, random_state=draw.size(0, 10**6))
    return points.tolist(), [2 * int(label) - 1 for label in classes]


def test_loss_of_points_on_either_side_of_the_margin(draw):
    """A score beyond the margin of 1 costs nothing, one short of it what it lacks, a wrong one more than 1."""
    neuron = Neuron(1, relu=False)
    for parameter, number in zip(neuron.parameters(), [2.0, 0.0], strict=True):
        parameter.data = number
    points, labels = [[2.0], [-2.0], [0.25], [-0.5]], [1, -1, 1, 1]
    why = "The scores 4, -4, 0.5 and -1 cost 0, 0, 0.5 and 2: relu for each point, then the mean."
    assert_close(max_margin_loss(neuron, points, labels, penalty=0.0).data, 2.5 / 4, why)


def test_loss_agrees_with_torch(draw):
    """On two moons the loss and the gradients of all parameters are those that torch finds."""
    points, labels = moons(draw, draw.size(5, 9))
    model, row = network(draw, 2, 4, 1)
    parameters = model.parameters()
    loss, oracle = max_margin_loss(model, points, labels, 0.1), torch_loss(row, points, labels, 0.1, 2, 4, 1)
    assert_close(loss.data, oracle.item(), "The mean over the points, and the squares of all parameters, biases too.")
    with in_a_hurry():  # and without a note, so that the gradients are blamed on the loss
        loss.backward()
    why = "The penalty is part of the graph: computed from parameter.data it changes the loss and no gradient."
    assert_close(grads(parameters), torch.autograd.grad(oracle, row)[0].tolist(), why)


def test_the_default_penalty(draw):
    """Without the argument the squares count 0.0001 each, in the loss and in training."""
    points, labels = moons(draw, 5)
    model, row = network(draw, 2, 3, 1)
    wanted = torch_loss(row, points, labels, 1e-4, 2, 3, 1).item()
    assert_close(max_margin_loss(model, points, labels).data, wanted, "The default is 1e-4.")
    assert_close(train(model, points, labels, 1, 0.1), [wanted], "The default is 1e-4.")


def test_training_agrees_with_torch(draw):
    """Losses and parameters follow torch's gradient descent, whatever was in the gradients before."""
    points, labels = moons(draw, 8)
    model, row = network(draw, 2, 4, 1)
    parameters, wanted, rate, penalty = model.parameters(), [], draw.number(0.05, 0.2), draw.number(0.01, 0.1)
    max_margin_loss(model, points, labels, penalty).backward()
    losses = train(model, points, labels, 4, rate, penalty)
    for _ in range(4):
        oracle = torch_loss(row, points, labels, penalty, 2, 4, 1)
        wanted.append(oracle.item())
        row = row - rate * torch.autograd.grad(oracle, row)[0]
    why = (
        "Old gradients are cleared in each step, and the update goes into the data of the Values that the model holds."
    )
    assert_close(data(parameters), row.tolist(), why)
    assert_close(losses, wanted, "Each loss is the one before its step, and the first that of the model as it came in.")


def test_training_on_two_moons(draw):
    """A network with one hidden layer of 16 neurons learns the moons better than a straight line does."""
    points, labels = moons(draw, 40)
    model = MLP(2, [16, 1], generator=random.Random(23))
    with in_a_hurry():
        losses = train(model, points, labels, 40, 1.0) + train(model, points, labels, 20, 0.1)
    right = [(model(point) > 0) == (label > 0) for point, label in zip(points, labels, strict=True)]
    if losses[-1] > 0.5 * losses[0] or sum(right) < 36:
        why = "A straight line gets about 35 of 40 right. The hidden layer is there to bend it."
        fail("The network has not learned.", why, losses=[losses[0], losses[-1]], right=f"{sum(right)} of 40")
