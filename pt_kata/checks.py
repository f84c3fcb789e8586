"""The assertions that the katas' tests call. A failure says what was called, what came back and what was wanted.

Every check takes ``why``: one or two sentences on the misconception that a failure reveals. No check catches
``NotImplementedError``, so a stub is reported as todo wherever it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from pt_kata import calls

E = TypeVar("E", bound=BaseException)

TOLERANCE = {  # (relative, absolute), as torch.testing.assert_close has them
    torch.float64: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
}
MOST_SHOWN = 12


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
    _compare(actual, wanted, why, rtol, atol, dtype, calls.find(actual) or calls.last(), "")


def assert_equal(actual: object, wanted: object, why: str = "") -> None:
    """Fail unless ``actual == wanted`` and both have the same type; tensors must be equal to the last bit."""
    __tracebackhide__ = True
    if isinstance(wanted, Tensor):
        assert_close(actual, wanted, why, rtol=0.0, atol=0.0)
    elif type(actual) is not type(wanted) or actual != wanted:
        call = calls.find(actual) or calls.last()
        shown = [("returned", _with_type(actual, wanted)), ("wanted", _with_type(wanted, actual))]
        _fail(f"{_name(call)} gave the wrong answer.", shown, why, call)


def gradients(output: object, inputs: Tensor | Sequence[Tensor], upstream: Tensor | None = None, why: str = "") -> Any:
    """The gradients of ``output`` (of its sum against ``upstream``) with respect to ``inputs``.

    Returns one tensor for one input, a tuple for several. Fails with a message of its own where ``output`` is no
    tensor, is cut off from autograd, or does not depend on an input.
    """
    __tracebackhide__ = True
    call = calls.find(output) or calls.last()
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not isinstance(output, Tensor):
        _fail(f"{_name(call)} must return a tensor.", [("returned", _kind(output))], why, call)
    if not output.requires_grad:
        cause = "Something on the way cut the graph: detach, data, item, no_grad, numpy, or a new torch.tensor(...)."
        _fail(f"{_name(call)} returned a tensor without a gradient. {cause}", [], why, call)
    upstream = torch.ones_like(output) if upstream is None else upstream
    found = torch.autograd.grad(output, wanted, upstream, allow_unused=True, retain_graph=True)
    for position, gradient in enumerate(found):
        if gradient is None:
            which = calls.describe(wanted[position])
            _fail(f"The result of {_name(call)} does not depend on an input.", [("input", which)], why, call)
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
    except wanted as error:
        missing = [word for word in mentions if word not in str(error)]
        if missing:
            lines = [("raised", f"{type(error).__name__}: {error}"), ("missing", ", ".join(missing))]
            _fail("The error message does not name the cause.", lines, why, calls.last(), error)
        return error
    except NotImplementedError:
        raise
    except Exception as error:
        lines = [("raised", f"{type(error).__name__}: {error}"), ("wanted", wanted.__name__)]
        _fail("The wrong exception was raised.", lines, why, calls.last(), error)
    call = calls.find(result) or calls.last()
    lines = [("returned", calls.describe(result)), ("wanted", f"{wanted.__name__} to be raised")]
    _fail(f"{_name(call)} accepted an input that it must refuse.", lines, why, call)


def assert_shares_memory(result: object, base: Tensor, why: str = "") -> None:
    """Fail unless ``result`` is a view: a tensor over the storage of ``base``."""
    __tracebackhide__ = True
    call = calls.find(result) or calls.last()
    if not isinstance(result, Tensor):
        _fail(f"{_name(call)} must return a tensor.", [("returned", _kind(result))], why, call)
    if _storage(result) != _storage(base):
        lines = [("returned", calls.describe(result)), ("wanted", "a view over the storage of the input")]
        _fail(f"{_name(call)} returned a copy.", lines, why, call)


def assert_own_memory(result: object, base: Tensor, why: str = "") -> None:
    """Fail unless ``result`` is a tensor with a storage of its own, so that writing to it leaves ``base`` alone."""
    __tracebackhide__ = True
    call = calls.find(result) or calls.last()
    if not isinstance(result, Tensor):
        _fail(f"{_name(call)} must return a tensor.", [("returned", _kind(result))], why, call)
    if _storage(result) == _storage(base):
        lines = [("returned", calls.describe(result)), ("wanted", "a tensor with a storage of its own")]
        _fail(f"{_name(call)} returned a view of its input.", lines, why, call)


@contextmanager
def unchanged(why: str = "", **tensors: Tensor) -> Iterator[None]:
    """Fail when the code inside writes to one of ``tensors``, even if it writes the same values back."""
    __tracebackhide__ = True
    before = {name: (tensor._version, tensor.detach().clone()) for name, tensor in tensors.items()}
    yield
    for name, tensor in tensors.items():
        version, values = before[name]
        if tensor._version != version or not torch.equal(tensor, values):
            call = calls.last()
            lines = [("before", calls.describe(values)), ("after", calls.describe(tensor))]
            _fail(f"{_name(call)} changed its input {name} in place.", lines, why, call)


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
        _fail(f"{_name(calls.last())} loops over its data in Python.", lines, why, calls.last())


def fail(headline: str, why: str = "", result: object = None, **details: object) -> NoReturn:
    """Fail with a message in the form of the other checks, for what none of them covers.

    ``result``, where given, is the value that the code under test returned; ``details`` become lines.
    """
    __tracebackhide__ = True
    lines = [(label, calls.describe(value)) for label, value in details.items()]
    _fail(headline, lines, why, calls.find(result) or calls.last())


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def _compare(
    actual: object,
    wanted: object,
    why: str,
    rtol: float | None,
    atol: float | None,
    dtype: torch.dtype | None,
    call: calls.Call | None,
    where: str,
) -> None:
    __tracebackhide__ = True
    if isinstance(wanted, dict):
        _same_length(actual, wanted, why, call, where)
        for key, value in wanted.items():
            _compare(actual[key], value, why, rtol, atol, dtype, call, f"{where}[{key!r}]")  # type: ignore[index]
    elif isinstance(wanted, list | tuple) and not _is_numeric(wanted):
        _same_length(actual, wanted, why, call, where)
        for position, value in enumerate(wanted):
            _compare(actual[position], value, why, rtol, atol, dtype, call, f"{where}[{position}]")  # type: ignore[index]
    else:
        _compare_values(actual, wanted, why, rtol, atol, dtype, call, where)


def _same_length(actual: object, wanted: Any, why: str, call: calls.Call | None, where: str) -> None:
    __tracebackhide__ = True
    kinds = dict if isinstance(wanted, dict) else list | tuple
    if not isinstance(actual, kinds) or len(actual) != len(wanted):
        found = f"{_kind(actual)}" + (f" of {len(actual)}" if isinstance(actual, kinds) else "")
        lines = [("returned", found), ("wanted", f"a {type(wanted).__name__} of {len(wanted)}")]
        _fail(f"{_name(call)}{where} gave the wrong structure.", lines, why, call)
    if isinstance(wanted, dict) and isinstance(actual, dict) and actual.keys() != wanted.keys():
        lines = [("returned", f"keys {list(actual)}"), ("wanted", f"keys {list(wanted)}")]
        _fail(f"{_name(call)}{where} gave the wrong keys.", lines, why, call)


def _compare_values(
    actual: object,
    wanted: object,
    why: str,
    rtol: float | None,
    atol: float | None,
    dtype: torch.dtype | None,
    call: calls.Call | None,
    where: str,
) -> None:
    __tracebackhide__ = True
    subject = f"{_name(call)}{where}"
    if actual is None:
        _fail(f"{subject} returned None: is a return missing?", [("wanted", calls.describe(wanted))], why, call)
    if isinstance(wanted, Tensor) != isinstance(actual, Tensor) and not _comparable(actual, wanted):
        lines = [("returned", _kind(actual)), ("wanted", _kind(wanted))]
        _fail(f"{subject} gave the wrong type.", lines, why, call)
    found, target = _as_tensor(actual), _as_tensor(wanted)
    if found is None or target is None:
        _fail(f"{subject} gave the wrong type.", [("returned", _kind(actual)), ("wanted", _kind(wanted))], why, call)
    lines = [("returned", calls.describe(actual)), ("wanted", _describe_wanted(wanted, dtype))]
    if found.shape != target.shape:
        _fail(f"{subject} has the wrong shape.", lines, why, call)
    if isinstance(actual, Tensor):
        want_dtype = dtype or (target.dtype if isinstance(wanted, Tensor) else found.dtype)
        if found.dtype != want_dtype:
            _fail(f"{subject} has the wrong dtype.", lines, why, call)
        if isinstance(wanted, Tensor) and found.device != target.device:
            _fail(f"{subject} is on the wrong device.", lines, why, call)
    default_rtol, default_atol = TOLERANCE.get(found.dtype, (0.0, 0.0))
    rtol, atol = (default_rtol if rtol is None else rtol), (default_atol if atol is None else atol)
    off = _differences(found, target, rtol, atol)
    if off:
        _fail(f"{subject} gave the wrong values.", lines + off, why, call)


def _differences(found: Tensor, wanted: Tensor, rtol: float, atol: float) -> list[tuple[str, str]]:
    """Lines on where ``found`` is off; none when it is close."""
    found, wanted = _exact(found), _exact(wanted)
    error = (found - wanted).abs()
    close = (found == wanted) | (error <= atol + rtol * wanted.abs())
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


def _fail(
    headline: str,
    lines: Sequence[tuple[str, str]],
    why: str,
    call: calls.Call | None,
    cause: BaseException | None = None,
) -> NoReturn:
    __tracebackhide__ = True
    rows = [("called", call.text)] if call else []
    rows += [*lines, *([("why", why)] if why else [])]
    calls.blame(call)
    raise AssertionError("\n".join([headline, *(f"  {label:<10}{text}" for label, text in rows)])) from cause


def _name(call: calls.Call | None) -> str:
    return call.name if call else "The result"


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
    if not isinstance(wanted, Tensor):
        return calls.describe(wanted)
    return calls.describe(wanted.detach().to(dtype) if dtype else wanted)


def _is_numeric(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_numeric(item) for item in value)
    return isinstance(value, int | float)


def _comparable(actual: object, wanted: object) -> bool:
    """A literal may stand for the wanted tensor; a number or list never for a wanted tensor."""
    return isinstance(actual, Tensor) and _is_numeric(wanted)


def _as_tensor(value: object) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    if not _is_numeric(value):
        return None
    try:
        return torch.tensor(value, dtype=torch.float64)
    except (ValueError, TypeError):
        return None
