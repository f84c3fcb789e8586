"""What differs between the versions of torch is as the lessons say, on each side.

Tried with 2.6, 2.13 and 2.15. Where a border lies between 2.6 and 2.13, the lessons don't say where, and 2.13 is what
is asked for here; that of dropout (2.7) and of clamp (2.14) are known from reports to PyTorch.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from packaging.version import Version

from pt_kata.catalog import load

REPOSITORY = Path(__file__).parent.parent
NOTE = "### What changed in PyTorch"
TOLD = {"broadcasting", "manual_gradient", "update_rule", "relu_approximation", "cross_entropy", "mlp_training"}


def since(release: str) -> bool:
    """Whether this torch is of this release, or newer."""
    return Version(torch.__version__) >= Version(release)


def slope_at_zero(function: object) -> float:
    """The gradient of a function of one number at 0."""
    x = torch.zeros((), requires_grad=True)
    function(x).backward()  # type: ignore[operator]
    return float(x.grad)  # type: ignore[arg-type]


def test_each_lesson_that_tells_of_a_change_is_held_here() -> None:
    """One test below for every note, and no kata with a note is left out."""
    told = set()
    for kata in load(REPOSITORY).katas:
        lesson = (REPOSITORY / "katas" / kata.chapter / "README.md").read_text(encoding="utf-8")
        section = lesson.partition(f"\n## {kata.title}\n")[2].partition("\n## ")[0]
        told |= {kata.name} if NOTE in section else set()
    assert told == TOLD
    mine = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in TOLD if f"def test_{name}_" in mine} == TOLD


def test_broadcasting_shapes_that_do_not_fit_are_named() -> None:
    """Axis and size are in the message of newer versions."""
    with pytest.raises(RuntimeError) as raised:
        torch.broadcast_shapes((3, 4), (2, 4))
    assert bool(re.search(r"length 2 at -2", str(raised.value))) == since("2.13")
    assert ("Shape mismatch" in str(raised.value)) != since("2.13")


def test_manual_gradient_zeros_for_a_missing_derivative() -> None:
    """They required grad once, even without create_graph."""
    x, y = (torch.tensor(3.0, requires_grad=True) for _ in range(2))
    found = torch.autograd.grad(x * x, (x, y), materialize_grads=True)
    assert [grad.tolist() for grad in found] == [6.0, 0.0]
    assert found[1].requires_grad != since("2.13")
    assert not found[0].requires_grad


def test_manual_gradient_a_missing_path_is_named() -> None:
    """By the place of the input, in newer versions."""
    x, y = (torch.tensor(3.0, requires_grad=True) for _ in range(2))
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph") as raised:
        torch.autograd.grad(x * x, (x, y))
    assert ("The differentiated Tensor at index 1" in str(raised.value)) == since("2.13")


@pytest.mark.parametrize(("taken", "warns"), [("float(loss)", True), ("math.sqrt(loss)", True), ("loss.item()", False)])
def test_update_rule_a_number_taken_from_a_loss(taken: str, warns: bool) -> None:
    """In a process of its own: torch warns once in each."""
    code = f"import math, torch\nloss = torch.tensor(4.0, requires_grad=True)\nfor _ in range(2): {taken}"
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.count("Converting a tensor with requires_grad=True to a scalar") == (warns and since("2.13"))


def test_relu_approximation_the_gradient_of_clamp_at_its_bound() -> None:
    """Among the functions with the values of relu, it alone has changed."""
    assert slope_at_zero(lambda x: x.clamp(min=0)) == (0.0 if since("2.14") else 1.0)
    assert slope_at_zero(torch.relu) == 0.0
    assert slope_at_zero(lambda x: torch.maximum(x, torch.zeros(()))) == 0.5
    assert slope_at_zero(lambda x: (x + x.abs()) / 2) == 0.5
    assert slope_at_zero(lambda x: F.hardtanh(x, 0.0, 1.0)) == 0.0


def test_cross_entropy_targets_of_another_width() -> None:
    """By now gather takes int32; F.cross_entropy refuses it, and says more."""
    log_probs, targets = torch.zeros(2, 3), torch.tensor([0, 2], dtype=torch.int32)
    if since("2.13"):
        assert log_probs.gather(1, targets[:, None]).shape == (2, 1)
    else:
        with pytest.raises(RuntimeError, match="Expected dtype int64 for index"):
            log_probs.gather(1, targets[:, None])
    said = "expected target dtype to be Long" if since("2.13") else "expected scalar type Long but found Int"
    with pytest.raises(RuntimeError, match=said):
        F.cross_entropy(log_probs, targets)


def test_cross_entropy_with_its_linear_layer_is_there() -> None:
    """Newer versions have the fused function that the lesson names."""
    assert hasattr(F, "linear_cross_entropy") == since("2.13")


def test_mlp_training_data_and_order_come_from_the_seed_in_every_version() -> None:
    """Both randn and randperm draw what they always drew."""
    generator = torch.Generator().manual_seed(0)
    torch.testing.assert_close(
        torch.randn(3, generator=generator), torch.tensor([1.5410, -0.2934, -2.1788]), atol=1e-4, rtol=0
    )
    assert torch.randperm(6, generator=generator).tolist() == [1, 4, 3, 5, 0, 2]


@pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="the lesson tells of CPUs with Intel's math library")
def test_mlp_training_dropout_from_the_same_seed() -> None:
    """Other units are dropped since 2.7."""
    torch.manual_seed(0)
    kept = F.dropout(torch.ones(8)).bool().int().tolist()
    assert kept == ([0, 0, 1, 0, 0, 0, 1, 1] if since("2.7") else [1, 0, 0, 1, 1, 0, 0, 1])


def test_mlp_training_adamw_is_an_adam() -> None:
    """By class since 2.13 at the latest, by what they compute always."""
    assert issubclass(torch.optim.AdamW, torch.optim.Adam) == since("2.13")
    ends = []
    for optimizer_class, options in ((torch.optim.AdamW, {}), (torch.optim.Adam, {"decoupled_weight_decay": True})):
        weight = torch.tensor([3.0], requires_grad=True)
        if options and not since("2.13"):
            with pytest.raises(TypeError, match="decoupled_weight_decay"):
                optimizer_class([weight], lr=0.1, weight_decay=0.5, **options)
            continue
        optimizer = optimizer_class([weight], lr=0.1, weight_decay=0.5, **options)
        weight.grad = torch.ones(1)
        optimizer.step()
        ends.append(weight.item())
    assert ends == pytest.approx([2.75] * len(ends))
