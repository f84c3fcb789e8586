"""The assertions that the katas' tests call. A failure says what was called, what came back and what was wanted.

Every check takes ``why``: one or two sentences on the misconception that a failure reveals. No check catches
``NotImplementedError``, so a stub is reported as todo wherever it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard, TypeVar

import numpy
import torch
from torch import Tensor
from torch.nn import Parameter

from pt_kata import calls
from pt_kata.allocations import Allocation, allocations
from pt_kata.operators import OperatorMode

E = TypeVar("E", bound=BaseException)

TOLERANCE = {  # (relative, absolute), as torch.testing.assert_close has them
    torch.float64: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
}
NUMBERS = (int, float, bool, numpy.float64)  # numpy's is a float, and answers as one
NO_VALUE = object()


def assert_close(
    actual: object,
    wanted: object,
    why: str = "",
    *,
    rtol: float | None = None,
    atol: float | None = None,
    dtype: torch.dtype | None = None,
) -> None:
    """Fail unless ``actual`` equals ``wanted`` in structure, shape, dtype, device and, within tolerance, value.

    ``wanted`` may be a tensor; a number or nested list of numbers, which fixes shape and values but not dtype and
    device; or a tuple, list or dict of any of these. With ``dtype`` given, ``actual`` must have that dtype
    whatever the dtype of ``wanted`` (a float64 oracle, say). The tolerance defaults to that of
    ``torch.testing.assert_close`` for the dtype of ``actual``. NaN never equals anything.
    """
    __tracebackhide__ = True
    _Comparison(_origin(actual), why, rtol, atol, dtype).compare(actual, wanted)


def assert_equal(actual: object, wanted: object, why: str = "") -> None:
    """Fail unless ``actual == wanted`` and both have the same type; tensors must be equal to the last bit."""
    __tracebackhide__ = True
    if is_tensor(wanted):
        assert_close(actual, wanted, why, rtol=0.0, atol=0.0)
    elif type(actual) is not type(wanted) or not _equal(actual, wanted):
        origin = _origin(actual)
        shown = [(origin.label, _with_type(actual, wanted)), ("wanted", _with_type(wanted, actual))]
        _fail(origin.gave("the wrong answer"), shown, why, origin, observed=actual)


def gradients(output: object, inputs: Tensor | Sequence[Tensor], upstream: Tensor | None = None, why: str = "") -> Any:
    """The gradients of ``output`` (of its sum against ``upstream``) with respect to ``inputs``.

    Returns one tensor for one input, a tuple for several. Fails with a message of its own where ``output`` is no
    tensor, is cut off from autograd, or does not depend on an input.
    """
    __tracebackhide__ = True
    origin = _origin(output)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not is_tensor(output):
        _fail(f"{origin.name} must return a tensor.", [(origin.label, _kind(output))], why, origin, observed=output)
    if not output.requires_grad:
        cause = "Something on the way cut the graph: detach, data, item, no_grad, numpy, or a new torch.tensor(...)."
        _fail(f"{origin.name} returned a tensor without a gradient. {cause}", [], why, origin)
    # A scalar instead of grad_outputs: with those, torch imports its symbolic shapes, which takes two seconds.
    total = output.sum() if upstream is None else (output * upstream).sum()
    found = torch.autograd.grad(total, wanted, allow_unused=True, retain_graph=True)
    for position, gradient in enumerate(found):
        if gradient is None:
            which = calls.describe(wanted[position])
            _fail(f"The result of {origin.name} does not depend on an input.", [("input", which)], why, origin)
    return found[0] if isinstance(inputs, Tensor) else found


def assert_raises(
    wanted: type[E], function: Callable[..., object], *args: object, mentions: Sequence[str] = (), why: str = ""
) -> E:
    """Call ``function(*args)``; fail unless it raises ``wanted`` with every one of ``mentions`` in the message.

    Returns the exception.
    """
    __tracebackhide__ = True
    try:
        result = function(*args)
    except NotImplementedError:
        raise
    except wanted as error:
        said = str.__getitem__(str(error), slice(None))  # a plain str, whatever __str__ gave
        missing = [word for word in mentions if word not in said]
        if missing:
            lines = [("raised", f"{type(error).__name__}: {error}"), ("missing", ", ".join(missing))]
            _fail("The error message does not name the cause.", lines, why, _origin(), error, observed=str(error))
        return error
    except Exception as error:
        lines = [("raised", f"{type(error).__name__}: {error}"), ("wanted", wanted.__name__)]
        _fail("The wrong exception was raised.", lines, why, _origin(), error, observed=type(error).__name__)
    origin = _origin(result)
    lines = [(origin.label, calls.describe(result)), ("wanted", f"{wanted.__name__} to be raised")]
    _fail(f"{origin.name} accepted an input that it must refuse.", lines, why, origin, observed=result)


def assert_shares_memory(result: object, base: Tensor, why: str = "") -> None:
    """Fail unless ``result`` is a view: a tensor over the storage of ``base``."""
    __tracebackhide__ = True
    origin = _origin(result)
    if not is_tensor(result):
        _fail(f"{origin.name} must return a tensor.", [(origin.label, _kind(result))], why, origin, observed=result)
    if _storage(result) != _storage(base):
        lines = [(origin.label, calls.describe(result)), ("wanted", "a view over the storage of the input")]
        _fail(f"{origin.name} returned a copy.", lines, why, origin, observed=result)


def assert_own_memory(result: object, base: Tensor, why: str = "") -> None:
    """Fail unless ``result`` is a tensor with a storage of its own, so that writing to it leaves ``base`` alone."""
    __tracebackhide__ = True
    origin = _origin(result)
    if not is_tensor(result):
        _fail(f"{origin.name} must return a tensor.", [(origin.label, _kind(result))], why, origin, observed=result)
    if _storage(result) == _storage(base):
        lines = [(origin.label, calls.describe(result)), ("wanted", "a tensor with a storage of its own")]
        _fail(f"{origin.name} returned a view of its input.", lines, why, origin, observed=result)


@contextmanager
def unchanged(why: str = "", **tensors: Tensor) -> Iterator[None]:
    """Fail when the code inside writes to one of ``tensors``, even if it writes the same values back."""
    __tracebackhide__ = True
    before = {name: (tensor._version, tensor.detach().clone()) for name, tensor in tensors.items()}
    yield
    for name, tensor in tensors.items():
        version, values = before[name]
        if not is_tensor(tensor) or tensor._version != version or not torch.equal(tensor, values):
            origin = _origin()
            lines = [("before", calls.describe(values)), ("after", calls.describe(tensor))]
            _fail(f"{origin.name} changed its input {name} in place.", lines, why, origin, observed=tensor)


def operations(function: Callable[..., object], *args: object) -> int:
    """How many ATen operators ``function(*args)`` runs, views included."""
    counter = _Counter()  # type: ignore[no-untyped-call]
    with counter:
        function(*args)
    return counter.count


def assert_no_loop(
    function: Callable[..., object], small: Sequence[object], large: Sequence[object], why: str = ""
) -> None:
    """Fail when ``function(*large)`` runs more ATen operators than ``function(*small)``: a loop over the data."""
    __tracebackhide__ = True
    few, many = operations(function, *small), operations(function, *large)
    if many > few:
        lines = [("operators", f"{few} on the small input, {many} on the large one"), ("wanted", "as many on both")]
        origin = _origin()
        _fail(f"{origin.name} loops over its data in Python.", lines, why, origin)


def assert_no_copy(function: Callable[..., object], *args: object, why: str = "") -> Any:
    """Call ``function(*args)``; fail where it copies anything, or takes memory for more than one element.

    Returns the result, which can then be made of views only. It holds through autograd and ``torch.func`` as well.
    """
    __tracebackhide__ = True
    result, entries = allocations(function, *args)
    if copies := [entry for entry in entries if entry.is_copy or entry.elements > 1]:
        origin = _origin(result)
        _fail(f"{origin.name} copies.", [*_listed(copies), ("wanted", "views: no new memory, no copy")], why, origin)
    return result


def assert_no_tensor_above(elements: int, function: Callable[..., object], *args: object, why: str = "") -> Any:
    """Call ``function(*args)``; fail where an operator on the way allocates a tensor of more than ``elements``.

    Returns the result. Views cost nothing, however large their shape. With a ``function`` that calls ``gradients``
    the backward pass is included; what an operator allocates only inside itself is not.
    """
    __tracebackhide__ = True
    result, entries = allocations(function, *args)
    if large := [entry for entry in entries if entry.elements > elements]:
        origin = _origin(result)
        wanted = ("wanted", f"no tensor of more than {elements} elements")
        _fail(f"{origin.name} makes too large a tensor on the way.", [*_listed(large), wanted], why, origin)
    return result


def fail(headline: str, why: str = "", result: object = NO_VALUE, **details: object) -> NoReturn:
    """Fail with a message in the form of the other checks, for what none of them covers.

    ``result``, where given, is the value that the code under test returned; ``details`` become lines.
    """
    __tracebackhide__ = True
    lines = [(label, calls.describe(value)) for label, value in details.items()]
    _fail(headline, lines, why, _origin(result), observed=details)


def _listed(entries: Sequence[Allocation]) -> list[tuple[str, str]]:
    """A line for the largest allocation, and one that says how many more there are."""
    largest = max(entries, key=lambda entry: entry.elements)
    more = [("besides", f"{len(entries) - 1} more")] if len(entries) > 1 else []
    return [("found", str(largest)), *more]


class _Counter(OperatorMode):  # type: ignore[no-untyped-call]
    count = 0

    def on_operator(self, name: str) -> None:
        self.count += 1


@dataclass(frozen=True)
class _Comparison:
    """One ``assert_close``: how exact, why, and about which call."""

    origin: _Origin
    why: str
    rtol: float | None
    atol: float | None
    dtype: torch.dtype | None

    def compare(self, actual: Any, wanted: object, where: str = "") -> None:
        """Walk down containers; ``where`` says in which entry of the result we are."""
        __tracebackhide__ = True
        if type(wanted) is dict:
            self._same_keys(actual, wanted, where)
            for key, value in wanted.items():
                self.compare(dict.__getitem__(actual, key), value, f"{where}[{key!r}]")
        elif (members := _members(wanted)) is not None and _as_tensor(wanted) is None:
            found = _members(actual)
            if found is None or len(found) != len(members):
                shown = _kind(actual) if found is None else f"{type(actual).__name__} of {len(found)}"
                length = f"{type(wanted).__name__} of {len(members)}"
                self._fail("the wrong structure", where, actual, shown, length)
            for position, (one, other) in enumerate(zip(found, members, strict=True)):
                self.compare(one, other, f"{where}[{position}]")
        else:
            self._same_values(actual, wanted, where)

    def _same_keys(self, actual: object, wanted: dict[Any, Any], where: str) -> None:
        __tracebackhide__ = True
        is_dict = issubclass(type(actual), dict)
        keys: list[Any] = list(dict.keys(actual)) if is_dict else []  # type: ignore[arg-type]
        if not is_dict or not _equal(set(keys), set(wanted)):
            found = f"keys {keys}" if is_dict else _kind(actual)
            self._fail("the wrong keys", where, actual, found, f"keys {list(wanted)}")

    def _same_values(self, actual: object, wanted: object, where: str) -> None:
        __tracebackhide__ = True
        found, target = _as_tensor(actual), _as_tensor(wanted)
        literal = is_tensor(actual) and _is_numeric(wanted)
        same_kind = literal or is_tensor(actual) == is_tensor(wanted)
        if found is None or target is None or not same_kind:
            fault = "None: is a return missing?" if actual is None else "the wrong type"
            self._fail(fault, where, actual, _kind(actual), _kind(wanted))
        shown = calls.describe(actual), _describe_wanted(wanted, self.dtype)
        if found.shape != target.shape:
            self._fail("the wrong shape", where, actual, *shown)
        if is_tensor(actual) and self.dtype not in (None, actual.dtype):
            self._fail("the wrong dtype", where, actual, *shown)
        if is_tensor(wanted) and not self.dtype and found.dtype != target.dtype:
            self._fail("the wrong dtype", where, actual, *shown)
        if is_tensor(wanted) and found.device != target.device:
            self._fail("a tensor on the wrong device", where, actual, *shown)
        rtol, atol = TOLERANCE.get(found.dtype, (0.0, 0.0))
        rtol, atol = (rtol if self.rtol is None else self.rtol), (atol if self.atol is None else self.atol)
        if off := _differences(found, target, rtol, atol):
            self._fail("the wrong values", where, actual, *shown, off)

    def _fail(
        self,
        fault: str,
        where: str,
        actual: object,
        found: str,
        wanted: str,
        more: Sequence[tuple[str, str]] = (),
    ) -> NoReturn:
        __tracebackhide__ = True
        lines = [(self.origin.label, found), ("wanted", wanted), *more]
        _fail(self.origin.gave(fault, where), lines, self.why, self.origin, observed=actual)


def _differences(found: Tensor, wanted: Tensor, rtol: float, atol: float) -> list[tuple[str, str]]:
    """Lines on where ``found`` is off; none when it is close."""
    found, wanted = _exact(found), _exact(wanted)
    error = (found - wanted).abs()
    close = (found == wanted) | (error.isfinite() & (error <= atol + rtol * wanted.abs()))
    if close.all():
        return []
    wrong = (~close).nonzero()
    first, total = tuple(wrong[0].tolist()), close.numel()
    lines = []
    if total > 1:
        lines.append(("first off", f"at {list(first)}: {_number(found[first])}, wanted {_number(wanted[first])}"))
        lines.append(("how many", f"{len(wrong)} of {total} values are off"))
    worst = torch.where(close, torch.zeros_like(error), error.nan_to_num(nan=torch.inf)).flatten().argmax()
    allowed = f"allowed {atol:g} + {rtol:g} x |wanted|" if rtol or atol else "they must be equal"
    lines.append(("largest", f"error {_number((found - wanted).abs().flatten()[worst])}; {allowed}"))
    return lines


@dataclass(frozen=True)
class _Origin:
    """The call that a checked value came from: the one that returned it, or else the latest before the check."""

    call: calls.Call | None
    returned: bool

    @property
    def name(self) -> str:
        return self.call.name if self.call else "The result"

    @property
    def label(self) -> str:
        return "returned" if self.returned else "found"

    def gave(self, fault: str, where: str = "") -> str:
        """The headline of a failure: who gave what."""
        if self.returned:
            return f"{self.name}{where} gave {fault}{'' if fault.endswith('?') else '.'}"
        return f"{fault[0].upper()}{fault[1:]} after {self.name}{where and f', at {where}'}."


def _origin(value: object = NO_VALUE) -> _Origin:
    call = calls.find(value)
    latest = calls.last()
    return _Origin(call or latest, returned=call is not None or latest is None)


def _fail(
    headline: str,
    lines: Sequence[tuple[str, str]],
    why: str,
    origin: _Origin,
    cause: BaseException | None = None,
    *,
    observed: object = None,
) -> NoReturn:
    __tracebackhide__ = True
    rows = [("called" if origin.returned else "last call", origin.call.text)] if origin.call else []
    rows += [*lines, *([("why", why)] if why else [])]
    calls.blame(origin.call)
    error = AssertionError("\n".join([headline, *(f"  {label:<9} {text}" for label, text in rows)]))
    error.fault = headline.replace(origin.name, "it")  # type: ignore[attr-defined]
    error.observed = observed  # type: ignore[attr-defined]
    raise error from cause


def _exact(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.complex128 if tensor.is_complex() else torch.float64)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _number(value: Tensor) -> str:
    return f"{value.item():.6g}"


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor: {calls.describe(value)}"
    return "None" if value is None else f"{type(value).__name__} {calls.describe(value)}"


def _with_type(value: object, other: object) -> str:
    return calls.describe(value) if type(value) is type(other) else _kind(value)


def _describe_wanted(wanted: object, dtype: torch.dtype | None) -> str:
    if isinstance(wanted, Tensor):
        return calls.describe(wanted.detach().to(dtype) if dtype else wanted)
    literal = _as_tensor(wanted)
    if isinstance(wanted, list | tuple) and literal is not None:
        return f"{tuple(literal.shape)} {calls.numbers(literal)}"
    return calls.describe(wanted)


def is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether ``value`` is a tensor and nothing else: a subclass may answer comparisons as it likes."""
    return type(value) is Tensor or type(value) is Parameter


def _is_number(value: object) -> bool:
    return any(type(value) is kind for kind in NUMBERS)  # in would ask a metaclass


def _members(value: Any) -> list[Any] | None:
    """What a list or tuple holds, asked as Python's own; None for anything else."""
    for kind in (tuple, list):
        if issubclass(type(value), kind):
            return list(kind.__iter__(value))
    return None


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are equal, down to their members; a learner's objects are not asked, only identity counts."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    if is_tensor(one) and is_tensor(other):
        return one is other or (one.dtype == other.dtype and torch.equal(one, other))
    for kind in (tuple, list):
        if issubclass(type(one), kind) and issubclass(type(other), kind):
            return _all_equal(list(kind.__iter__(one)), list(kind.__iter__(other)))
    if type(one) is not type(other) or one is other:
        return one is other
    if type(one) is dict:
        return _equal(set(one), set(other)) and all(_equal(value, other[key]) for key, value in one.items())
    if type(one) is set or type(one) is frozenset:
        return _equal_sets(one, other)
    return not _is_learners(type(one)) and bool(one == other)


def _all_equal(some: list[Any], others: list[Any]) -> bool:
    return len(some) == len(others) and all(map(_equal, some, others))


def _equal_sets(one: Collection[Any], other: Collection[Any]) -> bool:
    if any(_is_learners(type(item)) for item in (*one, *other)):
        return {id(item) for item in one} == {id(item) for item in other}
    return bool(one == other)


def _is_learners(kind: type) -> bool:
    return any(base.__module__.startswith("katas.") for base in type.mro(kind))


def _is_numeric(value: object) -> bool:
    if (members := _members(value)) is not None:
        return all(map(_is_numeric, members))
    return _is_number(value)


def _as_tensor(value: object) -> Tensor | None:
    if is_tensor(value):
        return value
    if not _is_numeric(value):
        return None
    try:
        return torch.tensor(_plain_lists(value), dtype=torch.float64)
    except (ValueError, TypeError, OverflowError):
        return None


def _plain_lists(value: object) -> object:
    members = _members(value)
    return value if members is None else [_plain_lists(member) for member in members]
