"""Known wrong answers to small/doubling."""

from pt_kata.stand_ins import mistake
from solutions.small.doubling import Doubler, double


@mistake("double", caught_by="test_double_of_one")
def one_copy(x):
    """One copy only.

    The factor is one. That changes nothing.

    Try:
        >>> double(torch.tensor([3.0]))
        tensor([3.])
    """
    return 1 * x


@mistake("double", caught_by="test_double_of_anything")
def squared(x):
    """A square instead of a double.

    The vector is multiplied by itself. Only 0 and 2 have a square that is their double.

    Try:
        >>> double(torch.tensor([3.0]))
        tensor([9.])
    """
    return x * x


@mistake("double", caught_by="test_double_of_one", forbidden=True)
def added(x):
    """The sum with itself.

    Adding is forbidden. Two booleans add up to a boolean, too.

    Try:
        >>> double(torch.tensor([True]))
        tensor([True])
    """
    return x + x


@mistake("quadruple", caught_by="test_quadruple")
def doubled_once(x):
    """Doubled only once.

    The result of the first call is returned. Four is two times two.

    Try:
        >>> quadruple(torch.tensor([1.0]))
        tensor([2.])
    """
    return double(x)


@mistake("Doubler", caught_by="test_doubler")
class Unchanged(Doubler):
    """The number as it came.

    The call is counted and the number is forgotten. What is asked for is its double.

    Try:
        >>> Doubler().double(3.0)
        3.0
    """

    def double(self, number):
        """Count, and change nothing."""
        self.count += 1
        return number
