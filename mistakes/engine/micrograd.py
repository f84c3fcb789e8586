"""Known wrong answers to engine/micrograd."""

import math
import random
import sys

import torch

from pt_kata.stand_ins import mistake
from solutions.engine.micrograd import MLP, Layer, Module, Neuron, Value, max_margin_loss, topological_order


def as_value(number):
    """The number itself where it is a Value, else a leaf that holds it."""
    return number if isinstance(number, Value) else Value(number)


def prepared(root, leaves=False):
    """The order of the graph, ready for backward: no gradients but the root's, and those of leaves if they may stay."""
    order = topological_order(root)
    for node in order:
        if node.parents or not leaves:
            node.grad = 0.0
    root.grad += 1.0
    return order


def deliver(order):
    """Let every node, from the end of the order on, add to the gradients of its parents."""
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * local


# ---- Value: backward


@mistake("Value", caught_by="test_a_node_used_twice")
class GradientOverwritten(Value):
    """A gradient that is overwritten.

    Each node writes its share into the gradient of a parent with = and not with +=. A node that was used twice keeps
    the share that came last and loses the others.

    Try:
        >>> a = Value(3.0)
        >>> (a * a).backward()
        >>> a.grad
        3.0
    """

    __slots__ = ()

    def backward(self):
        order = prepared(self, leaves=True)
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local_gradients, strict=True):
                parent.grad = node.grad * local


@mistake("Value", caught_by="test_backward_twice_doubles_the_gradients_of_leaves")
class NothingCleared(Value):
    """Nodes between that keep their gradients.

    Only the root's gradient is set, and the nodes between it and the leaves still hold what the last call left in
    them. A second call passes that on once more, so the leaves get too much.

    Try:
        >>> a = Value(3.0)
        >>> root = (a * a) * 2
        >>> root.backward(); root.backward()
        >>> a.grad
        36.0
    """

    __slots__ = ()

    def backward(self):
        self.grad = 1.0 if self.parents else self.grad + 1.0
        deliver(topological_order(self))


@mistake("Value", caught_by="test_backward_twice_leaves_other_nodes_as_they_were")
class NothingClearedRootAdds(Value):
    """Nodes between, and a root, that keep their gradients.

    The root adds 1 to the gradient it has, and the nodes behind it keep theirs too. On a second call the root starts
    from 2, and everything behind it is too large.

    Try:
        >>> a = Value(3.0)
        >>> root = a * 2
        >>> root.backward(); root.backward()
        >>> root.grad, a.grad
        (2.0, 6.0)
    """

    __slots__ = ()

    def backward(self):
        self.grad += 1.0
        deliver(topological_order(self))


@mistake("Value", caught_by="test_backward_of_a_leaf")
class NothingClearedRootSet(Value):
    """Nodes between that keep their gradients, and a root always set to 1.

    The root's gradient becomes 1 even where the root is a leaf, and no node between is cleared before the walk. So a
    leaf forgets what it had, and after a second call other leaves have too much.

    Try:
        >>> leaf = Value(3.0)
        >>> leaf.backward(); leaf.backward()
        >>> leaf.grad
        1.0
    """

    __slots__ = ()

    def backward(self):
        self.grad = 1.0
        deliver(topological_order(self))


@mistake("Value", caught_by="test_backward_twice_doubles_the_gradients_of_leaves")
class AllCleared(Value):
    """Leaves that are cleared as well.

    Before the walk every node of the graph is set to 0, the leaves too. Their gradients should pile up over several
    calls, but only the last call is left.

    Try:
        >>> a = Value(3.0)
        >>> (a * 2).backward()
        >>> (a * 5).backward()
        >>> a.grad
        5.0
    """

    __slots__ = ()

    def backward(self):
        deliver(prepared(self))


@mistake("Value", caught_by="test_backward_of_a_leaf")
class LeafRootSet(Value):
    """A leaf as root that is set to 1.

    The gradient of the root becomes 1 whatever the root is. A root without parents is a leaf, and a leaf adds up.

    Try:
        >>> leaf = Value(3.0)
        >>> leaf.backward(); leaf.backward()
        >>> leaf.grad
        1.0
    """

    __slots__ = ()

    def backward(self):
        order = prepared(self, leaves=True)
        self.grad = 1.0
        deliver(order)


@mistake("Value", caught_by="test_a_diamond_with_a_short_and_a_long_side")
class RecursionWithoutOrder(Value):
    """A walk back by recursion, without an order.

    Each node adds to its parents and asks them at once to go on, before its other children have delivered. A parent
    that is asked twice passes its first share on twice.

    Try:
        >>> a = Value(3.0)
        >>> b = a * 1
        >>> (b + b).backward()
        >>> a.grad
        3.0
    """

    __slots__ = ()

    def backward(self):
        prepared(self, leaves=True)
        self._pass_on()

    def _pass_on(self):
        for parent, local in zip(self.parents, self.local_gradients, strict=True):
            parent.grad += self.grad * local
            parent._pass_on()


@mistake("Value", caught_by="test_backward_does_not_walk_every_path")
class EveryPath(Value):
    """A walk along every path.

    Each node hands its share to a parent, which hands on that share alone, again and again for each path. The result
    is right, but the number of paths doubles with each sum of a node with itself, and each step is one more frame.

    Try:
        >>> sum([Value(1.0)] * 2000).backward()
        Traceback (most recent call last):
        RecursionError: maximum recursion depth exceeded...
    """

    __slots__ = ()

    def backward(self):
        for node in topological_order(self):
            if node.parents:
                node.grad = 0.0
        self._receive(1.0)

    def _receive(self, share):
        self.grad += share
        for parent, local in zip(self.parents, self.local_gradients, strict=True):
            parent._receive(share * local)


@mistake("Value", caught_by="test_a_diamond_with_a_short_and_a_long_side")
class ByDistance(Value):
    """A walk back by distance from the root.

    Nodes pass their gradients on in the order in which a search in breadth reaches them. A node on a short and on a
    long path is reached by the short one, and passes on before the long one has delivered.

    Try:
        >>> a = Value(3.0)
        >>> b = a * 1
        >>> (b + (b * 2).relu()).backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def backward(self):
        prepared(self, leaves=True)
        order, seen = [self], {self}
        for node in order:
            new = [parent for parent in dict.fromkeys(node.parents) if parent not in seen]
            seen.update(new)
            order += new
        deliver(order[::-1])


@mistake("Value", caught_by="test_gradient_of_an_operation")
class FromTheLeaves(Value):
    """A walk from the leaves to the root.

    The topological order is walked from its start, so the leaves pass on first, when nothing has reached them. Only
    the parents of the root get a gradient.

    Try:
        >>> a = Value(3.0)
        >>> ((a * 2) * 5).backward()
        >>> a.grad
        0.0
    """

    __slots__ = ()

    def backward(self):
        deliver(prepared(self, leaves=True)[::-1])


@mistake("Value", caught_by="test_backward_of_a_leaf")
class RootWithoutGradient(Value):
    """A root without a gradient to start from.

    The root's gradient stays 0 before the walk. Every other gradient is a multiple of it, and so they are all 0.

    Try:
        >>> a = Value(3.0)
        >>> (a * a).backward()
        >>> a.grad
        0.0
    """

    __slots__ = ()

    def backward(self):
        order = prepared(self, leaves=True)
        self.grad -= 1.0
        deliver(order)


@mistake("Value", caught_by="test_gradient_of_an_operation")
class LocalGradientOnly(Value):
    """Local gradients that are not multiplied by the node's own.

    Each node adds its local gradient to the parent and leaves its own gradient out. That is right at the root, whose
    gradient is 1, and wrong everywhere behind it.

    Try:
        >>> a = Value(3.0)
        >>> ((a * 2) * 5).backward()
        >>> a.grad
        2.0
    """

    __slots__ = ()

    def backward(self):
        for node in reversed(prepared(self, leaves=True)):
            for parent, local in zip(node.parents, node.local_gradients, strict=True):
                parent.grad += local


# ---- Value: operations


@mistake("Value", caught_by="test_gradient_of_an_operation")
class ProductSwapped(Value):
    """A product whose factors have each other's gradients.

    The gradient of a factor is taken to be that factor itself. But if a grows by 1, a * b grows by b.

    Try:
        >>> a, b = Value(3.0), Value(5.0)
        >>> (a * b).backward()
        >>> a.grad, b.grad
        (3.0, 5.0)
    """

    __slots__ = ()

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (self.data, other.data))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class NegationWithoutSign(Value):
    """A negation whose gradient has no minus.

    The gradient passes through -a as through a sum. But when a grows, -a falls.

    Try:
        >>> a = Value(3.0)
        >>> (-a).backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def __neg__(self):
        return Value(-self.data, (self,), (1.0,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class DifferenceLikeSum(Value):
    """A difference with the gradients of a sum.

    Both terms get the gradient 1, also the one that is subtracted. The larger b is, the smaller is a - b.

    Try:
        >>> a, b = Value(3.0), Value(5.0)
        >>> (a - b).backward()
        >>> a.grad, b.grad
        (1.0, 1.0)
    """

    __slots__ = ()

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, 1.0))


@mistake("Value", caught_by="test_arithmetic_is_that_of_python")
class ReflectedDifference(Value):
    """A number minus a Value, the wrong way round.

    The method for 2 - a computes a - 2, as if the order did not matter. In that method the number is the left operand.

    Try:
        >>> (2 - Value(3.0)).data
        1.0
    """

    __slots__ = ()

    def __rsub__(self, other):
        return self - other


@mistake("Value", caught_by="test_arithmetic_is_that_of_python")
class ReflectedQuotient(Value):
    """A number divided by a Value, the wrong way round.

    The method for 2 / a computes a / 2, as if the order did not matter. In that method the number is the left operand.

    Try:
        >>> (2 / Value(8.0)).data
        4.0
    """

    __slots__ = ()

    def __rtruediv__(self, other):
        return self / other


@mistake("Value", caught_by="test_gradient_of_an_operation")
class QuotientWithoutSign(Value):
    """A quotient whose divisor has a gradient without a minus.

    The gradient of b in a / b is given as a / b**2. It is right in size, but a larger divisor makes a smaller quotient.

    Try:
        >>> a, b = Value(3.0), Value(2.0)
        >>> (a / b).backward()
        >>> b.grad
        0.75
    """

    __slots__ = ()

    def __truediv__(self, other):
        other = as_value(other)
        quotient = self.data / other.data
        return Value(quotient, (self, other), (1 / other.data, quotient / other.data))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class QuotientWithoutNumerator(Value):
    """A quotient whose divisor's gradient leaves the numerator out.

    The gradient of b in a / b is given as -1 / b**2. That belongs to 1 / b, and a / b changes a times as fast.

    Try:
        >>> a, b = Value(3.0), Value(2.0)
        >>> (a / b).backward()
        >>> b.grad
        -0.25
    """

    __slots__ = ()

    def __truediv__(self, other):
        other = as_value(other)
        return Value(self.data / other.data, (self, other), (1 / other.data, -1 / other.data**2))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class QuotientWithoutSquare(Value):
    """A quotient whose divisor's gradient has no square.

    The gradient of b in a / b is given as -a / b. One more division by b is missing, which does not show at b = 1.

    Try:
        >>> a, b = Value(3.0), Value(2.0)
        >>> (a / b).backward()
        >>> b.grad
        -1.5
    """

    __slots__ = ()

    def __truediv__(self, other):
        other = as_value(other)
        return Value(self.data / other.data, (self, other), (1 / other.data, -self.data / other.data))


def checked(exponent):
    """The exponent, if it is a plain number; TypeError otherwise."""
    if not isinstance(exponent, int | float):
        raise TypeError("the exponent must be a plain number")
    return exponent


@mistake("Value", caught_by="test_gradient_of_a_power_at_zero")
class PowerZeroAtZero(Value):
    """The rule for powers at exponent 0.

    The gradient n * a**(n - 1) is computed for n = 0 like for any other, with 1 / a in it. At a = 0 that divides by
    0, though a**0 is a constant with the gradient 0.

    Try:
        >>> Value(0.0) ** 0
        Traceback (most recent call last):
        ZeroDivisionError: ...
    """

    __slots__ = ()

    def __pow__(self, exponent):
        exponent = checked(exponent)
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class NegativePowerGoesUp(Value):
    """A negative exponent that goes towards 0.

    For a**-3 the gradient is given with a**-2, as if the size of the exponent fell by one. It is the exponent itself
    that falls: to -4.

    Try:
        >>> a = Value(2.0)
        >>> (a**-3).backward()
        >>> a.grad
        -0.75
    """

    __slots__ = ()

    def __pow__(self, exponent):
        down = exponent - 1 if checked(exponent) > 0 else exponent + 1
        local = exponent * self.data**down if exponent else 0.0
        return Value(self.data**exponent, (self,), (local,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class PowerKeepsExponent(Value):
    """A power whose gradient keeps the exponent.

    The gradient is given as n * a**n. The exponent is one less: n * a**(n - 1).

    Try:
        >>> a = Value(2.0)
        >>> (a**3).backward()
        >>> a.grad
        24.0
    """

    __slots__ = ()

    def __pow__(self, exponent):
        return Value(self.data ** checked(exponent), (self,), (exponent * self.data**exponent,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class PowerWithoutFactor(Value):
    """A power whose gradient has no factor in front.

    The gradient is given as a**(n - 1). The exponent itself belongs in front of it: n * a**(n - 1).

    Try:
        >>> a = Value(2.0)
        >>> (a**3).backward()
        >>> a.grad
        4.0
    """

    __slots__ = ()

    def __pow__(self, exponent):
        local = self.data ** (exponent - 1) if checked(exponent) else 0.0
        return Value(self.data**exponent, (self,), (local,))


@mistake("Value", caught_by="test_functions_of_one_value")
class PowerByLogarithm(Value):
    """A power by way of the logarithm.

    The power is computed as exp(n * log(a)). A base of 0 or less has no logarithm, though it may have a power.

    Try:
        >>> Value(-3.0) ** 2
        Traceback (most recent call last):
        ValueError: ...
    """

    __slots__ = ()

    def __pow__(self, exponent):
        return (self.log() * checked(exponent)).exp()


@mistake("Value", caught_by="test_what_is_not_defined_raises")
class PowerTakesValue(Value):
    """An exponent that may be a Value.

    The number of a Value in the exponent is taken as a plain number. The result depends on it, but no gradient will
    ever reach it.

    Try:
        >>> (Value(2.0) ** Value(3.0)).data
        8.0
    """

    __slots__ = ()

    def __pow__(self, exponent):
        exponent = as_value(exponent).data
        local = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (local,))


@mistake("Value", caught_by="test_what_is_not_defined_raises")
class PowerAsserts(Value):
    """An exponent that is checked by an assertion.

    An exponent that is a Value stops the program with an AssertionError. Operators refuse what they can't take with a
    TypeError, and assertions vanish under python -O.

    Try:
        >>> Value(2.0) ** Value(3.0)
        Traceback (most recent call last):
        AssertionError: only plain numbers
    """

    __slots__ = ()

    def __pow__(self, exponent):
        assert isinstance(exponent, int | float), "only plain numbers"
        local = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (local,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class ExpLikePower(Value):
    """An exp with the gradient of a power.

    The gradient of exp(a) is given as a * exp(a - 1), by the rule for powers. Here a is the exponent and not the
    base, and exp is its own derivative.

    Try:
        >>> a = Value(1.0)
        >>> a.exp().backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def exp(self):
        return Value(math.exp(self.data), (self,), (self.data * math.exp(self.data - 1),))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class ExpOfInput(Value):
    """An exp whose gradient is its input.

    The local gradient is the number that went in. The derivative of exp is exp, the number that came out.

    Try:
        >>> a = Value(0.0)
        >>> a.exp().backward()
        >>> a.grad
        0.0
    """

    __slots__ = ()

    def exp(self):
        return Value(math.exp(self.data), (self,), (self.data,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class LogOfOutput(Value):
    """A log whose gradient is made of its output.

    The local gradient is 1 / log(a). The derivative of log(a) is 1 / a, made of what went in.

    Try:
        >>> a = Value(math.e)
        >>> a.log().backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def log(self):
        result = math.log(self.data)
        return Value(result, (self,), (1 / result,))


@mistake("Value", caught_by="test_functions_of_one_value")
class LogOfBaseTen(Value):
    """A logarithm of base 10.

    The number is math.log10, with its own gradient to match. The natural logarithm has the base e.

    Try:
        >>> Value(100.0).log().data
        2.0
    """

    __slots__ = ()

    def log(self):
        return Value(math.log10(self.data), (self,), (1 / (self.data * math.log(10)),))


@mistake("Value", caught_by="test_what_is_not_defined_raises")
class LogClamped(Value):
    """A logarithm that never fails.

    Numbers of 0 or less are replaced by a tiny positive one. The result is made up, and the mistake that led there
    stays hidden.

    Try:
        >>> Value(-1.0).log().data < -20
        True
    """

    __slots__ = ()

    def log(self):
        number = max(self.data, 1e-12)
        return Value(math.log(number), (self,), (1 / number,))


@mistake("Value", caught_by="test_what_is_not_defined_raises")
class LogPlusConstant(Value):
    """A constant inside the log.

    A tiny number is added so that the log never sees 0. Its result there is made up, and the mistake that led to 0
    stays hidden.

    Try:
        >>> Value(0.0).log().data < -20
        True
    """

    __slots__ = ()

    def log(self):
        number = self.data + 1e-12
        return Value(math.log(number), (self,), (1 / number,))


@mistake("Value", caught_by="test_tanh_of_large_numbers")
class TanhByExp(Value):
    """A tanh made of exponentials.

    It is computed as (exp(2a) - 1) / (exp(2a) + 1). From a = 355 on exp(2a) overflows, though tanh is 1 there.

    Try:
        >>> Value(400.0).tanh()
        Traceback (most recent call last):
        OverflowError: math range error
    """

    __slots__ = ()

    def tanh(self):
        double = math.exp(2 * self.data)
        result = (double - 1) / (double + 1)
        return Value(result, (self,), (1 - result * result,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class TanhOfInput(Value):
    """A tanh whose gradient is made of its input.

    The local gradient is 1 - a**2. The formula is 1 - tanh(a)**2, with the number that came out.

    Try:
        >>> a = Value(2.0)
        >>> a.tanh().backward()
        >>> a.grad
        -3.0
    """

    __slots__ = ()

    def tanh(self):
        return Value(math.tanh(self.data), (self,), (1 - self.data * self.data,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class TanhWithoutSquare(Value):
    """A tanh whose gradient has no square.

    The local gradient is 1 - tanh(a). The formula is 1 - tanh(a)**2, which agrees with it at a = 0 only.

    Try:
        >>> a = Value(-100.0)
        >>> a.tanh().backward()
        >>> a.grad
        2.0
    """

    __slots__ = ()

    def tanh(self):
        result = math.tanh(self.data)
        return Value(result, (self,), (1 - result,))


@mistake("Value", caught_by="test_tanh_of_large_numbers", forbidden=True)
class TanhOfTorch(Value):
    """The tanh of torch.

    The number goes through a tensor and torch.tanh. It is right, but the point is to build what torch is built on.

    Try:
        >>> 'torch' in Value.tanh.__code__.co_names
        True
    """

    __slots__ = ()

    def tanh(self):
        result = float(torch.tanh(torch.tensor(self.data, dtype=torch.float64)))
        return Value(result, (self,), (1 - result * result,))


@mistake("Value", caught_by="test_gradient_of_relu_at_zero")
class ReluAtZero(Value):
    """A relu that lets the gradient through at 0.

    The gradient is 1 where the input is 0 or more. At 0 itself it is 0, by the convention that torch follows.

    Try:
        >>> a = Value(0.0)
        >>> a.relu().backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data >= 0),))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class ReluLetsAllThrough(Value):
    """A relu that lets every gradient through.

    The gradient is 1 everywhere, also where the output is 0. A negative input can grow a little and the output does
    not move.

    Try:
        >>> a = Value(-3.0)
        >>> a.relu().backward()
        >>> a.grad
        1.0
    """

    __slots__ = ()

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (1.0,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class ReluTimesData(Value):
    """A relu whose gradient is its output.

    The local gradient is the number that came out. Where relu is on, its slope is 1 at any height.

    Try:
        >>> a = Value(3.0)
        >>> a.relu().backward()
        >>> a.grad
        3.0
    """

    __slots__ = ()

    def relu(self):
        result = max(self.data, 0.0)
        return Value(result, (self,), (result,))


@mistake("Value", caught_by="test_operations_leave_their_operands_alone")
class ReluOfItself(Value):
    """A relu that returns its input where it is positive.

    A positive Value comes back itself, since the number is the same. An operation makes a new node: whoever changes
    the result would change the input.

    Try:
        >>> a = Value(3.0)
        >>> a.relu() is a
        True
    """

    __slots__ = ()

    def relu(self):
        return self if self.data > 0 else Value(0.0, (self,), (0.0,))


@mistake("Value", caught_by="test_gradient_of_an_operation")
class NumberCutsGraph(Value):
    """An operation with a plain number that forgets its parents.

    Where the other operand of + or * is a plain number, the result is a new leaf with the right data. Nothing flows
    back through a leaf.

    Try:
        >>> a = Value(3.0)
        >>> (2 * a).backward()
        >>> a.grad
        0.0
    """

    __slots__ = ()

    def __add__(self, other):
        return super().__add__(other) if isinstance(other, Value) else Value(self.data + other)

    def __mul__(self, other):
        return super().__mul__(other) if isinstance(other, Value) else Value(self.data * other)


@mistake("Value", caught_by="test_arithmetic_is_that_of_python")
class AdditionOfValuesOnly(Value):
    """An addition that wants a Value on its right.

    The data of the other operand are read, whatever it is. An int or float has none: it must become a Value first.

    Try:
        >>> Value(2.0) + 1
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
    """

    __slots__ = ()

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))


@mistake("Value", caught_by="test_arithmetic_is_that_of_python")
class MultiplicationOfValuesOnly(Value):
    """A multiplication that wants a Value on its right.

    The data of the other factor are read, whatever it is. An int or float has none: it must become a Value first.

    Try:
        >>> Value(2.0) * 3
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
    """

    __slots__ = ()

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))


@mistake("Value", caught_by="test_arithmetic_is_that_of_python")
class ArithmeticOfValuesOnly(Value):
    """Arithmetic that wants a Value on its right.

    + and * read the data of the other operand, whatever it is. An int or float has none: it must become a Value
    first.

    Try:
        >>> Value(2.0) + 1
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
        >>> Value(2.0) * 1
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
    """

    __slots__ = ()

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))


@mistake("Value", caught_by="test_operations_leave_their_operands_alone")
class AdditionIntoSelf(Value):
    """A sum written into its left operand.

    + changes the Value on the left and returns it. The result is to be a new node: the old number is still needed, and
    the new one has parents.

    Try:
        >>> a = Value(3.0)
        >>> (a + 1) is a
        True
    """

    __slots__ = ()

    def __add__(self, other):
        self.data += as_value(other).data
        return self


# ---- Value: the rest


@mistake("Value", caught_by="test_comparison_looks_at_the_data")
class LessOrIdentical(Value):
    """A <= made of < and ==.

    It asks whether self is less than other or equal to it. Between Values == is identity, so two nodes with the same
    number are neither.

    Try:
        >>> Value(3.0) <= Value(3.0)
        False
    """

    __slots__ = ()

    def __le__(self, other):
        return self < other or self == other

    def __ge__(self, other):
        return self > other or self == other


@mistake("Value", caught_by="test_comparison_looks_at_the_data")
class ComparisonOfValuesOnly(Value):
    """Comparisons that want a Value on their right.

    The data of the other side are read, whatever it is. An int or float has none: compare with the number itself.

    Try:
        >>> Value(2.0) < 3, Value(2.0) > 3
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
    """

    __slots__ = ()

    def __lt__(self, other):
        return self.data < other.data

    def __le__(self, other):
        return self.data <= other.data

    def __gt__(self, other):
        return self.data > other.data

    def __ge__(self, other):
        return self.data >= other.data


@mistake("Value", caught_by="test_comparison_looks_at_the_data")
class LessOfValuesOnly(Value):
    """A < that wants a Value on its right.

    The data of the other side are read, whatever it is. An int or float has none: compare with the number itself.

    Try:
        >>> Value(2.0) < 3
        Traceback (most recent call last):
        AttributeError: 'int' object has no attribute 'data'
    """

    __slots__ = ()

    def __lt__(self, other):
        return self.data < other.data


@mistake("Value", caught_by="test_comparison_looks_at_the_data")
class OnlyLessOrIdentical(Value):
    """A <= made of < and ==, beside a right >=.

    It asks whether self is less than other or equal to it. Between Values == is identity, so two nodes with the same
    number are neither.

    Try:
        >>> Value(3.0) <= Value(3.0), Value(3.0) >= Value(3.0)
        (False, True)
    """

    __slots__ = ()

    def __le__(self, other):
        return self < other or self == other


@mistake("Value", caught_by="test_comparison_looks_at_the_data")
class OnlyGreaterOrIdentical(Value):
    """A >= made of > and ==, beside a right <=.

    It asks whether self is greater than other or equal to it. Between Values == is identity, so two nodes with the
    same number are neither.

    Try:
        >>> Value(3.0) <= Value(3.0), Value(3.0) >= Value(3.0)
        (True, False)
    """

    __slots__ = ()

    def __ge__(self, other):
        return self > other or self == other


@mistake("Value", caught_by="test_equality_is_identity")
class EqualityOfData(Value):
    """An equality that looks at the data.

    Two nodes with the same number are equal and have the same hash. A set then holds one of them, and the walk back
    never visits the other.

    Try:
        >>> len({Value(3.0), Value(3.0)})
        1
    """

    __slots__ = ()

    def __eq__(self, other):
        return self.data == as_value(other).data

    def __hash__(self):
        return hash(self.data)


@mistake("Value", caught_by="test_equality_is_identity")
class EqualityOfDataHashOfIdentity(Value):
    """An equality that looks at the data, beside a hash by identity.

    Two nodes with the same number are equal and have different hashes. A list or a dict then takes one for the other,
    and a set does so by chance.

    Try:
        >>> Value(3.0) == Value(3.0)
        True
    """

    __slots__ = ()

    def __eq__(self, other):
        return self.data == as_value(other).data

    def __hash__(self):
        return id(self)


@mistake("Value", caught_by="test_equality_is_identity")
class EqualityWithoutHash(Value):
    """An equality that takes away the hash.

    A class with an __eq__ of its own and no __hash__ can't be put into sets. The walk through the graph needs a set
    of the nodes it has seen.

    Try:
        >>> {Value(3.0)}
        Traceback (most recent call last):
        TypeError: ...
    """

    __slots__ = ()

    def __eq__(self, other):
        return self.data == as_value(other).data


@mistake("Value", caught_by="test_operations_leave_their_operands_alone")
class AdditionInPlace(Value):
    """A += that changes its left operand.

    The sum is written into the Value on the left. Whatever was computed from it before now has wrong gradients.

    Try:
        >>> a = b = Value(3.0)
        >>> b += 1
        >>> a.data
        4.0
    """

    __slots__ = ()

    def __iadd__(self, other):
        self.data += as_value(other).data
        return self


@mistake("Value", caught_by="test_a_value_starts_as_a_leaf")
class DataAsItCame(Value):
    """Data that stay as they came.

    An int is kept as an int. A Value holds a float, so that everything computed from it is one too.

    Try:
        >>> Value(3).data
        3
    """

    __slots__ = ()

    def __init__(self, data, parents=(), local_gradients=()):
        super().__init__(data, parents, local_gradients)
        self.data = data


@mistake("Value", caught_by="test_a_value_starts_as_a_leaf")
class GradientOfNone(Value):
    """A gradient that starts as None.

    A new Value has no gradient at all, as in torch. Here it is 0.0, so that shares can be added to it.

    Try:
        >>> Value(3.0).grad is None
        True
    """

    __slots__ = ()

    def __init__(self, data, parents=(), local_gradients=()):
        super().__init__(data, parents, local_gradients)
        self.grad = None

    def backward(self):
        order = topological_order(self)
        for node in order:
            if node.parents or node.grad is None:
                node.grad = 0.0
        self.grad += 1.0
        deliver(order)


@mistake("Value", caught_by="test_a_node_used_twice")
class EachParentOnce(Value):
    """A parent that is listed once.

    A parent that was used twice in one operation is kept once, with the last of its local gradients. In a * a half of
    the gradient is lost.

    Try:
        >>> a = Value(3.0)
        >>> (a * a).backward()
        >>> a.grad
        3.0
    """

    __slots__ = ()

    def __init__(self, data, parents=(), local_gradients=()):
        each = dict(zip(parents, local_gradients, strict=True))
        super().__init__(data, tuple(each), tuple(each.values()))


@mistake("Value", caught_by="test_repr_shows_data_and_gradient")
class ReprOfData(Value):
    """A text without the gradient.

    The text shows the number alone. Half of what a Value is for is its gradient.

    Try:
        >>> Value(3.0)
        Value(data=3.0)
    """

    __slots__ = ()

    def __repr__(self):
        return f"Value(data={self.data})"


@mistake("Value", caught_by="test_repr_shows_data_and_gradient", noise=True)
class ReprRounded(Value):
    """A text of another form.

    The numbers are rounded, or stand in a text of your own making. The docstring gives the text to the letter, with
    both floats as Python prints them.

    Try:
        >>> Value(2 / 3)
        Value(data=0.6667, grad=0.0000)
    """

    __slots__ = ()

    def __repr__(self):
        return f"Value(data={self.data:.4f}, grad={self.grad:.4f})"


# ---- Value, with closures


class Closures(Value):
    """A right Value whose operations leave a function behind, which passes the gradient on, and no local gradients."""

    __slots__ = ("pass_on",)

    def __init__(self, data, parents=(), local_gradients=()):
        super().__init__(data, parents)
        self.pass_on = lambda: None

    def _made(self, result, operands, locals_):
        out = Value(result, operands)

        def pass_on():
            for operand, local in zip(operands, locals_, strict=True):
                out.give(operand, out.grad * local)

        out.pass_on = pass_on
        return out

    def give(self, parent, share):
        """Hand a share of the gradient to a parent."""
        parent.grad += share

    def __add__(self, other):
        other = as_value(other)
        return self._made(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = as_value(other)
        return self._made(self.data * other.data, (self, other), (other.data, self.data))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-as_value(other))

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __pow__(self, exponent):
        local = exponent * self.data ** (exponent - 1) if checked(exponent) else 0.0
        return self._made(self.data**exponent, (self,), (local,))

    def exp(self):
        result = math.exp(self.data)
        return self._made(result, (self,), (result,))

    def log(self):
        return self._made(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        result = math.tanh(self.data)
        return self._made(result, (self,), (1 - result * result,))

    def relu(self):
        return self._made(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def start(self, order):
        """Clear what has to be, before the walk."""
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0

    def backward(self):
        order = topological_order(self)
        self.start(order)
        for node in reversed(order):
            node.pass_on()


@mistake("Value", caught_by="test_a_value_starts_as_a_leaf")
class ClosuresParentsInSet(Closures):
    """A function in each node, and parents kept as a set.

    The parents go into a set, which has no order and holds each node once. They should be a tuple, with one entry for
    each operand.

    Try:
        >>> Value(3.0).parents
        set()
    """

    __slots__ = ()

    def __init__(self, data, parents=(), local_gradients=()):
        super().__init__(data, parents, local_gradients)
        self.parents = set(parents)


# ---- topological_order


def recursive_order(root):
    """A right order of a graph that is not too deep."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


@mistake("topological_order", caught_by="test_order_of_a_chain_50000_deep")
def recursion(root):
    """A walk by recursion.

    The function visits a node by calling itself for its parents, one frame for each level of the graph. Python allows
    some 1,000 levels, and a sum over a data set has more.

    Try:
        >>> topological_order(sum([Value(1.0)] * 2000))
        Traceback (most recent call last):
        RecursionError: maximum recursion depth exceeded...
    """
    return recursive_order(root)


@mistake("topological_order", caught_by="test_order_of_a_chain_50000_deep")
def higher_recursion_limit(root):
    """A higher recursion limit.

    The walk calls itself for each level of the graph, and Python's limit is raised so that it may. That only moves
    the wall, and it does so for the whole program.

    Try:
        >>> import sys; sys.setrecursionlimit(1000)
        >>> class Spy: parents = property(lambda self: print(sys.getrecursionlimit()) or ())
        >>> order = topological_order(Spy())
        200000
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    try:
        return recursive_order(root)
    finally:
        sys.setrecursionlimit(before)


@mistake("topological_order", caught_by="test_order_with_a_short_and_a_long_path", noise=True)
def breadth_first(root):
    """A search in breadth, reversed.

    Nodes are listed by their distance from the root, the farthest first. A node on a short and on a long path is
    listed by the short one, after nodes on the long one that were computed from it.

    Try:
        >>> b = Value(1.0) + 1; c = b * 2
        >>> order = topological_order(b + c * 3)
        >>> order.index(b) < order.index(c)
        False
    """
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order[::-1]


@mistake("topological_order", caught_by="test_order_with_a_short_and_a_long_path", noise=True)
def depth_first_before_parents(root):
    """A stack of nodes, each listed as it is taken off.

    A node goes into the list before its parents have been looked at, and the list is reversed at the end. A parent
    that was met early on one path stands behind other nodes that were computed from it.

    Try:
        >>> b = Value(1.0) + 1; c, d = b * 2, b * 3
        >>> order = topological_order(b + (c + d))
        >>> order.index(b) < order.index(c)
        False
    """
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack.extend(node.parents)
    return order[::-1]


@mistake("topological_order", caught_by="test_order_with_a_short_and_a_long_path")
def depth_first_marked_early(root):
    """A stack of nodes, each marked as it is put on.

    A node is marked when a first child puts it on the stack, and listed when it is taken off; the list is reversed at
    the end. It may be taken off before another child of it was, and then it stands behind that child.

    Try:
        >>> b = Value(1.0) + 1; c = b * 2
        >>> order = topological_order(c * 3 + b)
        >>> order.index(b) < order.index(c)
        False
    """
    order, seen, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        order.append(node)
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return order[::-1]


@mistake("topological_order", caught_by="test_order_lists_a_shared_node_once")
def graph_as_tree(root):
    """A graph that is walked like a tree.

    Each node lists its parents' orders and then itself, whether they were listed before or not. A shared node comes
    once for each path to it.

    Try:
        >>> a = Value(1.0)
        >>> len(topological_order(a + a))
        3
    """
    order = []
    for parent in root.parents:
        order += topological_order(parent)
    return [*order, root]


@mistake("topological_order", caught_by="test_order_does_not_walk_every_path")
def duplicates_removed_at_the_end(root):
    """Duplicates that are removed at the end.

    Every path is walked, and the list is made unique afterwards. The order is right, but the number of paths doubles
    with each sum of a node with itself, and each level is one more frame.

    Try:
        >>> topological_order(sum([Value(1.0)] * 2000))
        Traceback (most recent call last):
        RecursionError: maximum recursion depth exceeded...
    """

    def walk(node):
        return [*(found for parent in node.parents for found in walk(parent)), node]

    return list(dict.fromkeys(walk(root)))


def right_order(root):
    """A right order, by another route than the reference's: a stack on which each node is met twice."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order


@mistake("topological_order", caught_by="test_order_of_a_sum", noise=True)
def root_first(root):
    """The root first.

    The list begins with the root and ends with the leaves. It is the order in which backward walks, but the function
    is asked for parents before children.

    Try:
        >>> a = Value(1.0)
        >>> [node.data for node in topological_order(a + a)]
        [2.0, 1.0]
    """
    return right_order(root)[::-1]


@mistake("topological_order", caught_by="test_order_of_a_leaf")
def without_leaves(root):
    """A list without the leaves.

    Only nodes that have parents are listed. The leaves are a part of the graph, and gradients are wanted there above
    all.

    Try:
        >>> topological_order(Value(1.0))
        []
    """
    return [node for node in right_order(root) if node.parents]


@mistake("topological_order", caught_by="test_order_of_a_leaf")
def without_root(root):
    """A list without the root.

    The root's ancestors are listed and the root itself is not. It belongs at the end, as all others were used for it.

    Try:
        >>> topological_order(Value(1.0))
        []
    """
    return right_order(root)[:-1]


@mistake("topological_order", caught_by="test_order_of_a_sum")
def told_apart_by_data(root):
    """Nodes that are told apart by their numbers.

    The set of what was seen holds data and not nodes. Of two nodes with the same number one is left out, with all
    that it was computed from.

    Try:
        >>> len(topological_order(Value(1.0) + Value(1.0)))
        2
    """
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node.data not in seen:
            seen.add(node.data)
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order


# ---- Module


@mistake("Module", caught_by="test_zero_grad_clears_every_parameter")
class DataCleared(Module):
    """Parameters whose data are cleared.

    zero_grad sets the data of the parameters to 0. What has been learned is gone, and the gradients are still there.

    Try:
        >>> model = Neuron(2)
        >>> model.zero_grad()
        >>> [parameter.data for parameter in model.parameters()]
        [0.0, 0.0, 0.0]
    """

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.data = 0.0


@mistake("Module", caught_by="test_zero_grad_clears_every_parameter")
class GradientsOfNone(Module):
    """Gradients that become None.

    zero_grad takes the gradients away, as torch does it. Here backward adds to what is there, and nothing can be
    added to None.

    Try:
        >>> model = Neuron(1)
        >>> model.zero_grad()
        >>> model.parameters()[0].grad is None
        True
    """

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = None


@mistake("Module", caught_by="test_zero_grad_clears_every_parameter")
class NothingToClear(Module):
    """Only the base class's own parameters cleared.

    zero_grad goes through the parameters of Module itself, of which there are none. A subclass says which ones it has
    in a method of its own, and self knows that method.

    Try:
        >>> model = Neuron(1)
        >>> model([1.0]).backward(); model.parameters()[-1].grad = 1.0
        >>> model.zero_grad()
        >>> model.parameters()[-1].grad
        1.0
    """

    def zero_grad(self):
        for parameter in Module.parameters(self):
            parameter.grad = 0.0


# ---- Neuron


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class GeneratorIgnored(Neuron):
    """A generator that is ignored.

    The weights come from the module random, whatever generator was handed over. Two neurons from equal generators
    should be equal.

    Try:
        >>> import random
        >>> one, two = (Neuron(1, generator=random.Random(0)).parameters() for _ in range(2))
        >>> one[0].data == two[0].data
        False
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, relu)


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class BiasDrawn(Neuron):
    """A bias that is drawn.

    The bias comes from the generator like a weight. It starts at 0, and the extra draw shifts the weights of every
    neuron after this one.

    Try:
        >>> Neuron(2).parameters()[-1].data == 0
        False
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, relu, generator)
        self.parameters()[-1].data = (generator or random).uniform(-1, 1)


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class WeightsFromZeroToOne(Neuron):
    """Weights between 0 and 1.

    They are drawn with random() or uniform(0, 1). Weights should be able to have either sign: uniform(-1, 1).

    Try:
        >>> all(parameter.data >= 0 for parameter in Neuron(50).parameters())
        True
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, relu, generator)
        for parameter in self.parameters()[:-1]:
            parameter.data = (parameter.data + 1) / 2


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class WeightsNormal(Neuron):
    """Weights from a normal distribution.

    They are drawn with gauss(0, 1). They may then have any size, and equal generators no longer give the weights that
    the docstring promises.

    Try:
        >>> max(abs(parameter.data) for parameter in Neuron(1000).parameters()) > 1
        True
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(0, relu)
        gauss = (generator or random).gauss
        self._parameters = (*(Value(gauss(0, 1)) for _ in range(n_inputs)), *self._parameters)


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class BiasFirst(Neuron):
    """The bias before the weights.

    parameters lists the bias first. It comes last, after the weights in the order of the inputs.

    Try:
        >>> Neuron(2).parameters()[0].data
        0.0
    """

    def parameters(self):
        *weights, bias = super().parameters()
        return [bias, *weights]


@mistake("Neuron", caught_by="test_neuron_draws_its_weights")
class BiasNotListed(Neuron):
    """A bias that is not among the parameters.

    parameters lists the weights alone. Training and zero_grad see what is listed, so the bias stays 0 forever.

    Try:
        >>> len(Neuron(2).parameters())
        2
    """

    def parameters(self):
        return super().parameters()[:-1]


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class NeuronWithoutRelu(Neuron):
    """A neuron without relu.

    The weighted sum is returned as it is, whatever relu says. A network of such neurons is one straight line.

    Try:
        >>> neuron = Neuron(1)
        >>> neuron.parameters()[-1].data = -9.0
        >>> neuron([0.0]).data
        -9.0
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, False, generator)


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class NeuronAlwaysRelu(Neuron):
    """A relu that can't be switched off.

    The sum goes through relu whatever the argument says. The last layer needs scores of either sign.

    Try:
        >>> neuron = Neuron(1, relu=False)
        >>> neuron.parameters()[-1].data = -9.0
        >>> neuron([0.0]).data
        0.0
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, True, generator)


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class NeuronOfTanh(Neuron):
    """A tanh in the place of relu.

    The sum goes through tanh, which never leaves the range from -1 to 1. The formula asks for relu.

    Try:
        >>> neuron = Neuron(1)
        >>> neuron.parameters()[-1].data = 9.0
        >>> neuron([0.0]).data < 1.0
        True
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, False, generator)
        self._bent = relu

    def __call__(self, inputs):
        total = super().__call__(inputs)
        return total.tanh() if self._bent else total


def weighted(weights, inputs):
    """The sum of weight times input, for as many as there are of both."""
    return sum((weight * x for weight, x in zip(weights, inputs, strict=False)), Value(0.0))


@mistake("Neuron", caught_by="test_wrong_number_of_inputs")
class InputsCutShort(Neuron):
    """Inputs and weights that need not be equally many.

    zip pairs them and stops at the shorter without a word. A point loses a number, or a weight is idle, and nobody
    hears of it.

    Try:
        >>> type(Neuron(2)([1.0, 2.0, 3.0])).__name__
        'Value'
    """

    def __call__(self, inputs):
        *weights, bias = self.parameters()
        total = weighted(weights, inputs) + bias
        return total.relu() if self.relu else total


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class ReluBeforeBias(Neuron):
    """A relu before the bias.

    The weighted sum goes through relu, and the bias is added afterwards. The bias should move the kink, not the
    output.

    Try:
        >>> neuron = Neuron(1)
        >>> neuron.parameters()[-1].data = -9.0
        >>> neuron([0.0]).data
        -9.0
    """

    def __call__(self, inputs):
        if not self.relu:
            return super().__call__(inputs)
        *weights, bias = self.parameters()
        if len(weights) != len(inputs):
            raise ValueError("as many inputs as weights, please")
        return weighted(weights, inputs).relu() + bias


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class BiasForgotten(Neuron):
    """A bias that is not added.

    The bias is among the parameters, but the sum is made of weights and inputs alone. Without it every neuron is 0 at
    the origin.

    Try:
        >>> neuron = Neuron(1, relu=False)
        >>> neuron.parameters()[-1].data = -9.0
        >>> neuron([0.0]).data
        0.0
    """

    def __call__(self, inputs):
        weights = self.parameters()[:-1]
        if len(weights) != len(inputs):
            raise ValueError("as many inputs as weights, please")
        total = weighted(weights, inputs)
        return total.relu() if self.relu else total


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class WeightsRemembered(Neuron):
    """Weights as they were at the start.

    The neuron computes with the numbers that its parameters had when it was made. Training changes the data of the
    parameters, and the neuron does not notice.

    Try:
        >>> neuron = Neuron(1, relu=False)
        >>> neuron.parameters()[-1].data = -9.0
        >>> neuron([0.0]).data
        0.0
    """

    def __init__(self, n_inputs, relu=True, generator=None):
        super().__init__(n_inputs, relu, generator)
        self.numbers = [parameter.data for parameter in self.parameters()]

    def __call__(self, inputs):
        before = [parameter.data for parameter in self.parameters()]
        for parameter, number in zip(self.parameters(), self.numbers, strict=True):
            parameter.data = number
        output = super().__call__(inputs)
        for parameter, number in zip(self.parameters(), before, strict=True):
            parameter.data = number
        return output


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class DataOfInputs(Neuron):
    """Inputs of which only the data are used.

    A Value among the inputs is read as a plain number. No gradient gets through to it, so the layer before this one
    does not learn.

    Try:
        >>> x = Value(1.0)
        >>> Neuron(1, relu=False)([x]).backward()
        >>> x.grad
        0.0
    """

    def __call__(self, inputs):
        return super().__call__([as_value(x).data for x in inputs])


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch")
class DataOfParameters(Neuron):
    """Parameters of which only the data are used.

    The sum is made of plain numbers, so that the output has no parents. It is right, but nothing flows back from it.

    Try:
        >>> neuron = Neuron(1, relu=False)
        >>> neuron([1.0]).backward()
        >>> neuron.parameters()[-1].grad
        0.0
    """

    def __call__(self, inputs):
        return Value(super().__call__(inputs).data)


@mistake("Neuron", caught_by="test_neuron_at_the_kink")
class OnAtTheKink(Neuron):
    """A neuron that is on at 0.

    A sum of exactly 0 passes the gradient on. relu is flat up to and including 0.

    Try:
        >>> neuron = Neuron(1)
        >>> neuron([0.0]).backward()
        >>> neuron.parameters()[-1].grad
        1.0
    """

    def __call__(self, inputs):
        values = tuple(map(as_value, inputs))
        *weights, bias = self.parameters()
        if len(weights) != len(values):
            raise ValueError("as many inputs as weights, please")
        total = (weighted(weights, values) + bias).data
        slope = float(total >= 0 or not self.relu)
        local = [*(x.data * slope for x in values), *(weight.data * slope for weight in weights), slope]
        return Value(total if slope else 0.0, (*weights, *values, bias), tuple(local))


@mistake("Neuron", caught_by="test_mlp_is_layers_one_after_the_other")
class CopiesOfParameters(Neuron):
    """Copies in the place of the parameters.

    parameters makes new Values with the same numbers at each call. A change to a copy never reaches the neuron.

    Try:
        >>> neuron = Neuron(1)
        >>> neuron.parameters()[0] is neuron.parameters()[0]
        False
    """

    def __call__(self, inputs):
        return super().__call__(inputs)

    def parameters(self):
        return [Value(parameter.data) for parameter in super().parameters()]


@mistake("Neuron", caught_by="test_neuron_agrees_with_torch", forbidden=True)
class NeuronOfTorch(Neuron):
    """A weighted sum by torch.

    Weights and inputs become tensors, and torch multiplies and adds them. The operators of Value are there for that,
    and they keep the graph.

    Try:
        >>> 'torch' in Neuron.__call__.__code__.co_names
        True
    """

    def __call__(self, inputs):
        numbers = torch.tensor([*(as_value(x).data for x in inputs), 1.0], dtype=torch.float64)
        weights = torch.tensor([parameter.data for parameter in self.parameters()], dtype=torch.float64)
        total = float(weights @ numbers)
        return Value(max(total, 0.0) if self.relu else total)


# ---- Layer


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class OneNeuronManyTimes(Layer):
    """One neuron, many times.

    The list holds the same neuron again and again, as from [Neuron(n)] * m. They can't become different.

    Try:
        >>> layer = Layer(1, 2, relu=False)
        >>> layer.parameters()[0] is layer.parameters()[2]
        True
    """

    def __init__(self, n_inputs, n_outputs, relu=True, generator=None):
        self.neurons = [Neuron(n_inputs, relu, generator)] * n_outputs


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class OneSeedForAll(Layer):
    """A generator of its own for each neuron, all alike.

    Each neuron starts from the same state of the generator. So they all draw the same weights, and stay twins.

    Try:
        >>> import random
        >>> parameters = Layer(1, 2, generator=random.Random(0)).parameters()
        >>> parameters[0].data == parameters[2].data
        True
    """

    def __init__(self, n_inputs, n_outputs, relu=True, generator=None):
        state = (generator or random).getstate()
        self.neurons = []
        for _ in range(n_outputs):
            own = random.Random()
            own.setstate(state)
            self.neurons.append(Neuron(n_inputs, relu, own))


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class LayerWithoutGenerator(Layer):
    """A generator that is not passed on.

    The neurons draw from the module random. A network from a generator with a known seed should be the same in every
    run.

    Try:
        >>> import random
        >>> one, two = (Layer(1, 2, generator=random.Random(0)).parameters() for _ in range(2))
        >>> one[0].data == two[0].data
        False
    """

    def __init__(self, n_inputs, n_outputs, relu=True, generator=None):
        super().__init__(n_inputs, n_outputs, relu)


@mistake("Layer", caught_by="test_layer_with_one_neuron_gives_a_value")
class AlwaysList(Layer):
    """A list with one output.

    The outputs come as a list even where there is one. A score should be ready for use: 1 - label * score.

    Try:
        >>> type(Layer(1, 1)([1.0])).__name__
        'list'
    """

    def __call__(self, inputs):
        outputs = super().__call__(inputs)
        return outputs if isinstance(outputs, list) else [outputs]


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class LayerAlwaysRelu(Layer):
    """A layer that does not pass relu on.

    The neurons are made without the argument relu, and so they all have one. The last layer needs scores of either
    sign.

    Try:
        >>> layer = Layer(1, 1, relu=False)
        >>> layer.parameters()[-1].data = -9.0
        >>> layer([0.0]).data
        0.0
    """

    def __init__(self, n_inputs, n_outputs, relu=True, generator=None):
        super().__init__(n_inputs, n_outputs, generator=generator)


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class ParametersOfOneNeuron(Layer):
    """The parameters of the first neuron alone.

    parameters returns inside the loop over the neurons. The other neurons are never trained.

    Try:
        >>> len(Layer(1, 3).parameters())
        2
    """

    def parameters(self):
        return self.neurons[0].parameters()


@mistake("Layer", caught_by="test_layer_is_neurons_side_by_side")
class ParametersInLists(Layer):
    """Parameters in a list for each neuron.

    parameters returns a list of lists. Whoever goes through it meets lists where Values should be.

    Try:
        >>> [type(found).__name__ for found in Layer(1, 2).parameters()]
        ['list', 'list']
    """

    def parameters(self):
        return [neuron.parameters() for neuron in self.neurons]


# ---- MLP


def stacked(model, widths, relus, generator):
    """Give the model layers of these widths."""
    pairs = zip(widths, widths[1:], relus, strict=False)
    model.layers = [Layer(n, m, relu=relu, generator=generator) for n, m, relu in pairs]


@mistake("MLP", caught_by="test_mlp_ends_in_a_linear_layer")
class ReluAtTheEnd(MLP):
    """A relu after the last layer.

    All layers are made alike, with relu. No score can be negative then, and half of the labels are out of reach.

    Try:
        >>> model = MLP(1, [1])
        >>> model.parameters()[-1].data = -9.0
        >>> model([0.0]).data
        0.0
    """

    def __init__(self, n_inputs, sizes, generator=None):
        stacked(self, [n_inputs, *sizes], [True] * len(sizes), generator)


@mistake("MLP", caught_by="test_mlp_agrees_with_torch")
class NoReluBetween(MLP):
    """No relu between the layers.

    All layers are linear. One after the other they are one linear map, and the network can't bend.

    Try:
        >>> model = MLP(1, [1, 1])
        >>> for parameter, number in zip(model.parameters(), [-1.0, 0.0, 1.0, 0.0]): parameter.data = number
        >>> model([2.0]).data
        -2.0
    """

    def __init__(self, n_inputs, sizes, generator=None):
        stacked(self, [n_inputs, *sizes], [False] * len(sizes), generator)


@mistake("MLP", caught_by="test_mlp_is_layers_one_after_the_other")
class NetworkWithoutGenerator(MLP):
    """A generator that stays unused.

    The layers draw from the module random. A network from a generator with a known seed should be the same in every
    run.

    Try:
        >>> import random
        >>> one, two = (MLP(1, [2, 1], random.Random(0)).parameters() for _ in range(2))
        >>> one[0].data == two[0].data
        False
    """

    def __init__(self, n_inputs, sizes, generator=None):
        super().__init__(n_inputs, sizes)


@mistake("MLP", caught_by="test_mlp_may_have_a_layer_of_one_neuron")
class LoneValue(MLP):
    """A lone Value as the inputs of the next layer.

    A layer with one neuron returns a Value without a list, and it is handed on as it is. The next layer wants a
    sequence of inputs.

    Try:
        >>> MLP(1, [1, 1])([1.0])
        Traceback (most recent call last):
        TypeError: ...
    """

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


@mistake("MLP", caught_by="test_mlp_agrees_with_torch")
class CutBetweenLayers(MLP):
    """Layers that hand on plain numbers.

    The outputs of a layer enter the next one as their data. The score is right, but no gradient gets behind the last
    layer.

    Try:
        >>> model = MLP(1, [1, 1])
        >>> for parameter in model.parameters(): parameter.data = 1.0
        >>> model([1.0]).backward()
        >>> [parameter.grad for parameter in model.parameters()]
        [0.0, 0.0, 2.0, 1.0]
    """

    def __call__(self, inputs):
        for layer in self.layers:
            outputs = layer(inputs)
            outputs = outputs if isinstance(outputs, list) else [outputs]
            inputs = [output.data for output in outputs]
        return outputs if len(outputs) > 1 else outputs[0]


@mistake("MLP", caught_by="test_mlp_is_layers_one_after_the_other")
class LastLayerOnly(MLP):
    """The parameters of the last layer alone.

    parameters lists one layer. The others keep the weights that they were born with.

    Try:
        >>> len(MLP(1, [3, 1]).parameters())
        4
    """

    def parameters(self):
        return self.layers[-1].parameters()


# ---- max_margin_loss


def squares(model):
    """The sum of the squares of all parameters."""
    return sum(parameter * parameter for parameter in model.parameters())


def margins(model, points, labels):
    """Label times score, for each point."""
    return [label * model(point) for point, label in zip(points, labels, strict=True)]


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def sum_over_points(model, points, labels, penalty=1e-4):
    """A sum over the points.

    The losses of the points are added and not divided by their number. Twice as many points then mean steps of twice
    the size.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> max_margin_loss(model, [[1.0], [2.0]], [1, 1]).data
        2.0
    """
    return sum((1 - margin).relu() for margin in margins(model, points, labels)) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def relu_after_mean(model, points, labels, penalty=1e-4):
    """A relu after the mean.

    The mean over the points goes through relu, and not each point by itself. A point that is right by far then pays
    for one that is wrong.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [2.0, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[2.0], [0.25]], [1, 1], penalty=0.0).data
        0.0
    """
    mean = sum(1 - margin for margin in margins(model, points, labels)) / len(points)
    return mean.relu() + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def no_relu(model, points, labels, penalty=1e-4):
    """A loss without relu.

    The mean is taken over 1 - label * score as it is. A point beyond the margin then has a negative loss, and the
    model is paid for going on and on.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [2.0, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[2.0]], [1], penalty=0.0).data
        -3.0
    """
    return sum(1 - margin for margin in margins(model, points, labels)) / len(points) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def wrong_sign(model, points, labels, penalty=1e-4):
    """A margin with the wrong sign.

    The loss of a point is relu(1 + label * score). It falls as points go to the wrong side.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [2.0, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[2.0]], [1], penalty=0.0).data
        5.0
    """
    losses = [(1 + margin).relu() for margin in margins(model, points, labels)]
    return sum(losses) / len(losses) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def without_margin(model, points, labels, penalty=1e-4):
    """No margin.

    The loss of a point is relu(-label * score). A point that is right by a hair costs nothing, but it should be right
    by 1.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [0.5, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[1.0]], [1], penalty=0.0).data
        0.0
    """
    losses = [(-margin).relu() for margin in margins(model, points, labels)]
    return sum(losses) / len(losses) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def squared(model, points, labels, penalty=1e-4):
    """Squared losses of the points.

    What a point lacks of the margin is squared before the mean. That is a loss too, but not the one asked for.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [-2.0, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[1.0]], [1], penalty=0.0).data
        9.0
    """
    losses = [(1 - margin).relu() ** 2 for margin in margins(model, points, labels)]
    return sum(losses) / len(losses) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin")
def labels_ignored(model, points, labels, penalty=1e-4):
    """Labels that are left out.

    Every point is treated as if its label were +1. Those with the label -1 are pulled to the wrong side.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter, number in zip(model.parameters(), [2.0, 0.0]): parameter.data = number
        >>> max_margin_loss(model, [[-1.0]], [-1], penalty=0.0).data
        3.0
    """
    return max_margin_loss_of(margins(model, points, [1] * len(labels)), model, penalty)


def max_margin_loss_of(found, model, penalty):
    """The loss for these margins."""
    return sum((1 - margin).relu() for margin in found) / len(found) + penalty * squares(model)


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def penalty_of_data(model, points, labels, penalty=1e-4):
    """A penalty made of data.

    The squares are those of parameter.data, plain numbers. The loss is right, but the penalty has no gradient and
    pulls at nothing.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0]], [1], penalty=0.5).backward()
        >>> [parameter.grad for parameter in model.parameters()]
        [0.0, 0.0]
    """
    numbers = [parameter.data for parameter in model.parameters()]
    return max_margin_loss_of(margins(model, points, labels), model, 0.0) + penalty * sum(x * x for x in numbers)


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def penalty_per_parameter(model, points, labels, penalty=1e-4):
    """A mean of the squares.

    The sum of the squares is divided by the number of parameters. The formula has a plain sum, so that each parameter
    is pulled alike in small and large networks.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0]], [1], penalty=1.0).data
        4.0
    """
    return max_margin_loss_of(margins(model, points, labels), model, penalty / len(model.parameters()))


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def half_penalty(model, points, labels, penalty=1e-4):
    """Half of the penalty.

    The squares are multiplied by penalty / 2. Many books write it so, but the formula here has no half.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0]], [1], penalty=1.0).data
        4.0
    """
    return max_margin_loss_of(margins(model, points, labels), model, penalty / 2)


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def penalty_for_each_point(model, points, labels, penalty=1e-4):
    """A penalty that is divided by the number of points.

    The penalty is added to the sum over the points, and the whole is divided. More points then mean a weaker penalty.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0], [1.0]], [1, 1], penalty=1.0).data
        4.0
    """
    return max_margin_loss_of(margins(model, points, labels), model, penalty / len(points))


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def without_penalty(model, points, labels, penalty=1e-4):
    """No penalty.

    The loss is that of the points alone. The weights may then grow without end.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0]], [1], penalty=1.0).data
        0.0
    """
    return max_margin_loss_of(margins(model, points, labels), model, 0.0)


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def biases_left_out(model, points, labels, penalty=1e-4):
    """A penalty without the last bias.

    The last parameter, a bias, is left out of the squares. Here biases count like weights.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 2.0
        >>> max_margin_loss(model, [[1.0]], [1], penalty=1.0).data
        4.0
    """
    weights = model.parameters()[:-1]
    loss = max_margin_loss_of(margins(model, points, labels), model, 0.0)
    return loss + penalty * sum(weight * weight for weight in weights)


@mistake("max_margin_loss", caught_by="test_the_default_penalty")
def default_of_zero(model, points, labels, penalty=0.0):
    """A penalty of 0 by default.

    Without the argument there is no penalty. The default is 0.0001.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 50.0
        >>> max_margin_loss(model, [[1.0]], [1]).data
        0.0
    """
    return max_margin_loss_of(margins(model, points, labels), model, penalty)


@mistake("max_margin_loss", caught_by="test_loss_agrees_with_torch")
def mean_of_numbers(model, points, labels, penalty=1e-4):
    """A loss made of data.

    The loss is computed from the data of the scores and put into a new Value. A Value without parents has nobody to
    pass a gradient on to.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> max_margin_loss(model, [[1.0]], [1]).parents
        ()
    """
    return Value(max_margin_loss_of(margins(model, points, labels), model, penalty).data)


@mistake("max_margin_loss", caught_by="test_loss_of_points_on_either_side_of_the_margin", forbidden=True)
def loss_of_torch(model, points, labels, penalty=1e-4):
    """A mean by torch.

    The losses of the points become a tensor, and torch takes the mean. The number is right, but sum and / of your own
    Values do that.

    Try:
        >>> 'torch' in max_margin_loss.__code__.co_names
        True
    """
    losses = [(1 - margin).relu() for margin in margins(model, points, labels)]
    loss = sum(losses) / len(losses) + penalty * squares(model)
    mean = torch.tensor([loss.data for loss in losses], dtype=torch.float64).mean().item()
    loss.data = mean + penalty * squares(model).data
    return loss


# ---- train


def descend(model, learning_rate):
    """One step along minus the gradients."""
    for parameter in model.parameters():
        parameter.data -= learning_rate * parameter.grad


@mistake("train", caught_by="test_training_agrees_with_torch")
def gradients_not_cleared(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Gradients that are never cleared.

    Each backward adds to what the one before left in the parameters. Every step then drags all earlier ones along.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 0.75, 0.25]
    """
    losses = []
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        loss.backward()
        descend(model, learning_rate)
        losses.append(loss.data)
    return losses


@mistake("train", caught_by="test_training_agrees_with_torch")
def cleared_at_the_start(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Gradients that are cleared once.

    They are set to 0 before the first step and never again. From the second step on they hold the sum of all steps.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data, parameter.grad = 0.0, 9.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 0.75, 0.25]
    """
    losses = []
    model.zero_grad()
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        loss.backward()
        descend(model, learning_rate)
        losses.append(loss.data)
    return losses


@mistake("train", caught_by="test_training_agrees_with_torch")
def cleared_after_the_step(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Gradients that are cleared after each step only.

    They are set to 0 at the end of a step, when they have been used. What was in them before the first one still
    counts.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data, parameter.grad = 0.0, -1.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=2, learning_rate=0.25, penalty=0.0)
        [1.0, 0.5]
    """
    losses = []
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        loss.backward()
        descend(model, learning_rate)
        model.zero_grad()
        losses.append(loss.data)
    return losses


@mistake("train", caught_by="test_training_agrees_with_torch")
def nothing_updated(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Steps that change nothing.

    After each step the parameters are what they were. Either zero_grad stands between backward and the update, or the
    new number goes into a variable or a new Value and not into parameter.data.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 1.0, 1.0]
    """
    losses = []
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        loss.backward()
        model.zero_grad()
        descend(model, learning_rate)
        losses.append(loss.data)
    return losses


def steps_of(model, points, labels, steps, learning_rate, penalty):
    """Right training; yields the loss before each step, a Value."""
    for _ in range(steps):
        loss = max_margin_loss(model, points, labels, penalty)
        model.zero_grad()
        loss.backward()
        descend(model, learning_rate)
        yield loss


@mistake("train", caught_by="test_training_agrees_with_torch")
def uphill(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Steps uphill.

    The gradient is added to the parameters. It points to where the loss grows, so the step goes against it.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 1.25, 1.5]
    """
    return [loss.data for loss in steps_of(model, points, labels, steps, -learning_rate, penalty)]


@mistake("train", caught_by="test_training_agrees_with_torch")
def losses_with_graphs(model, points, labels, steps, learning_rate, penalty=1e-4):
    """Losses that are kept as Values.

    The list holds the losses themselves and not their data. Each of them keeps its whole graph in memory.

    Try:
        >>> type(train(Neuron(1), [[1.0]], [1], steps=1, learning_rate=0.1)[0]).__name__
        'Value'
    """
    return list(steps_of(model, points, labels, steps, learning_rate, penalty))


@mistake("train", caught_by="test_training_agrees_with_torch")
def loss_after_each_step(model, points, labels, steps, learning_rate, penalty=1e-4):
    """The loss after each step.

    The losses are those of the parameters after their update. The list should begin with the loss before any step.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [0.75, 0.5, 0.25]
    """
    done = steps_of(model, points, labels, steps, learning_rate, penalty)
    return [max_margin_loss(model, points, labels, penalty).data for _ in done]


@mistake("train", caught_by="test_training_agrees_with_torch")
def one_loss_for_all_steps(model, points, labels, steps, learning_rate, penalty=1e-4):
    """One loss for all steps.

    The loss is computed once before the loop, and each step goes back through the same graph. It holds the numbers of
    the first step, so neither loss nor gradient takes notice of the updates.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=3, learning_rate=0.25, penalty=0.0)
        [1.0, 1.0, 1.0]
    """
    loss = max_margin_loss(model, points, labels, penalty)
    for _ in range(steps):
        model.zero_grad()
        loss.backward()
        descend(model, learning_rate)
    return [loss.data] * steps


@mistake("train", caught_by="test_training_agrees_with_torch")
def penalty_not_passed_on(model, points, labels, steps, learning_rate, penalty=1e-4):
    """A penalty that is not passed on.

    The loss is called without the penalty and takes its default. The argument of train has no effect.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 50.0
        >>> train(model, [[1.0]], [1], steps=1, learning_rate=0.1, penalty=0.0)
        [0.5]
    """
    return [loss.data for loss in steps_of(model, points, labels, steps, learning_rate, 1e-4)]


@mistake("train", caught_by="test_training_agrees_with_torch")
def one_step_more(model, points, labels, steps, learning_rate, penalty=1e-4):
    """One loss more than steps.

    The loss after the last step is in the list too. It should hold one number for each step, the loss before it.

    Try:
        >>> len(train(Neuron(1), [[1.0]], [1], steps=3, learning_rate=0.1))
        4
    """
    losses = [loss.data for loss in steps_of(model, points, labels, steps, learning_rate, penalty)]
    return [*losses, max_margin_loss(model, points, labels, penalty).data]


@mistake("train", caught_by="test_training_agrees_with_torch")
def point_by_point(model, points, labels, steps, learning_rate, penalty=1e-4):
    """A step for each point.

    Each point gets an update of its own, one after the other. A step follows the mean over all points at the present
    parameters.

    Try:
        >>> model = Neuron(1, relu=False)
        >>> for parameter in model.parameters(): parameter.data = 0.0
        >>> train(model, [[1.0], [-1.0]], [1, -1], steps=2, learning_rate=0.25, penalty=0.0)
        [1.0, 0.5]
    """
    losses = []
    for _ in range(steps):
        losses.append(max_margin_loss(model, points, labels, penalty).data)
        for point, label in zip(points, labels, strict=True):
            for _ in steps_of(model, [point], [label], 1, learning_rate, penalty):
                pass
    return losses
