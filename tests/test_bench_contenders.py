"""Correct before fast: who may race, and who is left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from pt_kata.bench import contenders as field
from pt_kata.bench.contenders import Contender, checked, contenders, largest_error, names
from pt_kata.bench.pair import Case, Pair
from pt_kata.bench.pairs import every
from pt_kata.bench.pairs.losses import softmax
from pt_kata.bench.yours import BLANK, reasons
from pt_kata.target import Finder
from tests.conftest import REPOSITORY

PAIRS = {pair.op: pair for pair in every()}
CASE = Case(PAIRS["softmax"], "small", (8, 16), "both")


def test_the_fused_operator_is_first_and_yours_is_last() -> None:
    """A pair without a kata has no contender of the learner's."""
    assert names(PAIRS["cross_entropy"]) == ["fused", "manual", "compiled", "yours"]
    assert names(PAIRS["softmax"]) == ["fused", "manual", "compiled"]


def test_one_that_is_right_is_let_in_with_its_error() -> None:
    """The error against float64 is small, but not nothing."""
    (good,), bad = checked(CASE, [Contender("manual", softmax)], seed=1)
    assert 0 < good.error < 2e-5
    assert not bad


class Halved(torch.autograd.Function):
    """Softmax with half its gradient: right forward, wrong backward."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, logits: Tensor) -> Tensor:
        """Return the softmax."""
        result = logits.softmax(1)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, upstream: Tensor) -> Tensor:
        """Return half the gradient."""
        (p,) = ctx.saved_tensors
        return 0.5 * p * (upstream - (p * upstream).sum(1, keepdim=True))


def _raises(logits: Tensor) -> Tensor:
    raise IndexError("beyond the end")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda logits: logits.softmax(0), "it is wrong: "),
        (lambda logits: logits.softmax(1) * 1.001, "it is wrong: "),
        (lambda logits: logits.softmax(1)[:, :-1], "it is wrong: inf from float64"),
        (lambda logits: logits.softmax(1) * torch.nan, "it is wrong: inf from float64"),
        (Halved.apply, "it is wrong: "),
        (_raises, "it raised IndexError: beyond the end"),
        (lambda logits: None, "it raised "),
    ],
)
def test_one_that_is_wrong_is_left_out_with_what_it_did(function: Callable[..., Tensor], words: str) -> None:
    """By its values, its shape, its gradient, or by an error."""
    good, (bad,) = checked(CASE, [Contender("yours", function)], seed=1)
    assert not good
    assert bad.implementation == "yours"
    assert bad.reason.startswith(words)


def test_the_inputs_are_fresh_for_every_seed_and_the_same_for_one() -> None:
    """So a wrong answer can be looked at again, and none can be learned by heart."""
    first, again, other = (CASE.draw_inputs(seed)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_float64_sees_the_same_numbers() -> None:
    """Those of the race, rounded to its dtype: what is judged is the arithmetic."""
    single, double = CASE.draw_inputs(3)[0], CASE.draw_inputs(3, torch.float64)[0]
    assert double.dtype == torch.float64
    assert torch.equal(single.double(), double)


@pytest.mark.parametrize(
    ("found", "expected", "error"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.2], [1.0, 2.0], 0.1),
        ([1.0], [1.0, 2.0], float("inf")),
        ([1.0, float("nan")], [1.0, 2.0], float("inf")),
        ([], [], 0.0),
    ],
)
def test_the_error_is_relative_to_the_largest_value(found: list[float], expected: list[float], error: float) -> None:
    """Another shape and a NaN are as wrong as can be."""
    tensors = [torch.tensor(one, dtype=torch.float64) for one in (found, expected)]
    assert largest_error([tensors[0]], [tensors[1]]) == pytest.approx(error)


def test_an_untouched_stub_is_left_out_and_said() -> None:
    """So is a function whose tests are red, with its outcome."""
    pair = PAIRS["cross_entropy"]
    for reason in (BLANK, "its tests are not green (failed)"):
        found, (absent,) = contenders(pair, REPOSITORY, {(pair.kata, pair.function): reason}, names(pair))
        assert [one.name for one in found] == ["fused", "manual", "compiled"]
        assert absent.reason == f"losses/cross_entropy, cross_entropy: {reason}"


@pytest.mark.parametrize("pair", [pair for pair in PAIRS.values() if pair.kata], ids=lambda pair: pair.op)
def test_the_learners_function_takes_the_place_of_the_reference(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kata whose code is the reference's own passes the check, whatever its signature."""
    monkeypatch.setattr(field, "import_module", lambda name: _import(name.replace("katas.", "solutions.", 1)))
    found, absent = contenders(pair, REPOSITORY, {(pair.kata, pair.function): ""}, ("fused", "yours"))
    case = Case(pair, "small", pair.dims["small"], pair.passes[-1], dtype=pair.dtypes[0])
    good, bad = checked(case, found, seed=2)
    assert [one.name for one in good] == ["fused", "yours"]
    assert not absent + bad


def _import(name: str) -> object:
    from importlib import import_module

    return import_module(name)


def test_only_green_functions_race(tiny: Path) -> None:
    """Of a kata with one right and one wrong function, one may; the blank kata's may not."""
    stub = tiny / "katas/small/doubling.py"
    text = (tiny / "solutions/small/doubling.py").read_text()
    assert "def " in text
    stub.write_text(text)
    found = reasons(tiny, ["small/doubling", "small/signs"])
    assert {reason for (kata, _), reason in found.items() if kata == "small/doubling"} == {""}
    assert {reason for (kata, _), reason in found.items() if kata == "small/signs"} == {BLANK}
    first = text.index("    return")
    stub.write_text(text[:first] + "    return None  # wrong\n" + text[first:])
    assert "its tests are not green (failed)" in reasons(tiny, ["small/doubling"]).values()


def test_a_workspace_without_solutions_takes_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the manual's place; the learner's own functions are the workspace's, not blank ones of the package."""
    stub = tmp_path / "katas/losses/cross_entropy.py"
    stub.parent.mkdir(parents=True)
    stub.write_text("def cross_entropy(logits, targets):\n    return 'mine'\n")
    monkeypatch.setattr(sys, "path", [place for place in sys.path if not Path(place, "solutions").is_dir()])
    monkeypatch.setattr(sys, "meta_path", [finder for finder in sys.meta_path if not isinstance(finder, Finder)])
    monkeypatch.setattr(field, "home", lambda: REPOSITORY)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("katas", "solutions")]:
        monkeypatch.delitem(sys.modules, name)
    pair = PAIRS["cross_entropy"]
    found, _ = contenders(pair, tmp_path, {(pair.kata, pair.function): ""}, ("manual", "yours"))
    logits, targets = torch.randn(3, 4), torch.tensor([0, 1, 2])
    by = {one.name: one.function(logits, targets) for one in found}
    assert by["yours"] == "mine"
    torch.testing.assert_close(by["manual"], torch.nn.functional.cross_entropy(logits, targets))
