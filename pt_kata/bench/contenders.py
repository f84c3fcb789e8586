"""Who takes part in a race: the fused operator, the version by hand, the compiled one, and the learner's own."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from pt_kata.bench.pair import Case, Function, Inputs, Pair, differentiable
from pt_kata.bench.record import LeftOut
from pt_kata.content import home

TOLERANCE = {"float64": 1e-9, "float32": 2e-5, "bfloat16": 4e-2}  # relative to the largest value
COMPILED = "compiled"
Reasons = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Contender:
    """Somebody in a race; ``error`` is how far its results are from float64, once that is known."""

    name: str
    function: Function
    error: float = 0.0


def names(pair: Pair) -> list[str]:
    """All that could take part, the fused operator first."""
    compiled = [COMPILED] if pair.is_compiled else []
    yours = ["yours"] if pair.kata else []
    return ["fused", *pair.others, "manual", *compiled, *yours]


def contenders(
    pair: Pair, root: Path, reasons: Reasons, wanted: Collection[str]
) -> tuple[list[Contender], list[LeftOut]]:
    """Those of ``wanted`` that take part, and those that are left out.

    ``reasons`` has why a function of the learner does not race, by kata and function.
    """
    manual = pair.manual or _of_kata(pair, "solutions", root)
    known = {"fused": pair.fused, **pair.others, "manual": manual}
    found = [Contender(name, function) for name, function in known.items() if name in wanted]
    if COMPILED in wanted and pair.is_compiled:
        found.append(Contender(COMPILED, pair.compiled(manual)))
    if "yours" not in wanted or not pair.kata:
        return found, []
    if reason := reasons.get((pair.kata, pair.function), "the kata was not checked"):
        return found, [LeftOut(pair.op, "yours", f"{pair.kata}, {pair.function}: {reason}")]
    return [*found, Contender("yours", _of_kata(pair, "katas", root))], []


def checked(
    case: Case, field: Iterable[Contender], seed: int, on_check: Callable[[str], None] = lambda name: None
) -> tuple[list[Contender], list[LeftOut]]:
    """Those whose results and gradients agree with float64 on fresh inputs, and the others with what they did.

    The judge is the fused operator in float64; a contender gets the same numbers in the dtype of the case.
    """
    good, bad, expected = [], [], None
    for one in field:
        on_check(one.name)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch's compiler warns of what torch itself does
                if expected is None:
                    expected = results(case, case.pair.fused, case.draw_inputs(seed, torch.float64), seed)
                error = largest_error(results(case, one.function, case.draw_inputs(seed), seed), expected)
        except Exception as raised:  # whatever a contender raises, the race goes on without it
            reason = f"it raised {type(raised).__name__}: {_first_line(raised)}"
            bad.append(LeftOut(case.pair.op, one.name, reason, case.id))
            continue
        if error <= TOLERANCE[case.dtype]:
            good.append(Contender(one.name, one.function, error))
        else:
            reason = f"it is wrong: {error:.1e} from float64 (seed {seed}), {TOLERANCE[case.dtype]:.0e} is allowed"
            bad.append(LeftOut(case.pair.op, one.name, reason, case.id))
    return good, bad


def results(case: Case, function: Function, inputs: Inputs, seed: int) -> list[Tensor]:
    """What a contender computes: its results and, where there are gradients, those of every input."""
    outputs = tree_leaves(case.pair.bind(function, inputs)())
    if not case.pair.backward:
        return [torch.as_tensor(one).detach() for one in outputs]
    gradients = torch.autograd.grad(outputs, differentiable(inputs), upstream(outputs, seed))
    return [one.detach() for one in (*outputs, *gradients)]


def upstream(outputs: list[Tensor], seed: int) -> list[Tensor]:
    """Gradients that could come from above, the same for the same seed; not the numbers that the inputs have."""
    found = []
    for one in outputs:
        generator = torch.Generator(one.device).manual_seed(seed + 1)
        found.append(torch.randn(one.shape, generator=generator, device=one.device).to(one.dtype))
    return found


def largest_error(found: list[Tensor], expected: list[Tensor]) -> float:
    """The largest difference, relative to the largest value of its tensor; inf for another shape or a NaN."""
    if [one.shape for one in found] != [one.shape for one in expected]:
        return float("inf")
    errors = [_error(*both) for both in zip(found, expected, strict=True)]
    return max(errors, default=0.0)


def _error(found: Tensor, expected: Tensor) -> float:
    if not expected.numel():
        return 0.0
    difference = (found.double() - expected).abs().max()
    error = float(difference / expected.abs().max().clamp(min=1e-300))
    return error if error == error else float("inf")


def _of_kata(pair: Pair, tree: str, root: Path) -> Function:
    if str(root) not in sys.path:
        sys.path[:] = [str(root), *sys.path, str(home())]  # a workspace may have thrown away its solutions
    module = import_module(f"{tree}.{pair.kata.replace('/', '.')}")
    return pair.adapt(getattr(module, pair.function))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0][:200]
