"""One training step of a small network: our engine against the one it is modelled on.

The step is that of micrograd's own demo: the scores of 100 points by MLP(2, [16, 16, 1]), the max-margin loss with L2,
zero_grad, backward, and an update of all 337 parameters. ``micrograd`` makes a node for each product and each sum,
and a closure for each node; the reference makes one node for each neuron, with its local gradients in a tuple.

Run it from the root of the repository: ``PYTHONPATH=. pytest benchmarks/bench_engine.py -s -p no:randomly``.
"""

from __future__ import annotations

import gc
import platform
import random
import statistics
import time
from typing import Any

import micrograd.nn
import pytest
from sklearn.datasets import make_moons

import solutions.engine.micrograd as reference

IMPLEMENTATIONS = {"micrograd": micrograd.nn, "reference": reference}
SIZES = (2, [16, 16, 1])
LEARNING_RATE, PENALTY = 0.1, 1e-4
ROUNDS = 10
LEAST_RATIO = 4

pytestmark = pytest.mark.timeout(600)

points, classes = make_moons(100, noise=0.1, random_state=1)
POINTS = points.tolist()
LABELS = [2 * int(label) - 1 for label in classes]


def new_model(name: str, seed: int = 1) -> Any:
    """The network in one implementation; a seed means the same parameters in both, biases not 0."""
    model = IMPLEMENTATIONS[name].MLP(*SIZES)
    generator = random.Random(seed)
    for parameter in model.parameters():
        parameter.data = generator.uniform(-1, 1)
    return model


def step(model: Any) -> float:
    """One step of gradient descent, written in what both implementations have; returns the loss before it."""
    losses = [(1 - label * model(point)).relu() for point, label in zip(POINTS, LABELS, strict=True)]
    loss = sum(losses) / len(losses) + PENALTY * sum(parameter * parameter for parameter in model.parameters())
    model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= LEARNING_RATE * parameter.grad
    return loss.data


def assert_same_step(one: Any, other: Any) -> None:
    """Take a step with each; fail unless loss, gradients and new parameters agree to rounding."""
    assert step(one) == pytest.approx(step(other), rel=1e-9)
    for attribute in ("grad", "data"):
        found, wanted = ([getattr(p, attribute) for p in model.parameters()] for model in (one, other))
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def timed_step(model: Any) -> tuple[float, float]:
    """The loss and the seconds of one step, the garbage collector kept out of it.

    That favours micrograd: its closures make every graph a cycle, which only the collector can free.
    """
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        loss = step(model)
        return loss, time.perf_counter() - start
    finally:
        gc.enable()


@pytest.mark.benchmark(group="MLP(2, [16, 16, 1]), one step on 100 points", disable_gc=True)
@pytest.mark.parametrize("implementation", ["micrograd", "reference"])
def test_step(benchmark: Any, implementation: str) -> None:
    """One implementation's step; its losses and gradients were held against the other's before."""
    assert_same_step(new_model("micrograd"), new_model("reference"))
    benchmark.extra_info |= {"implementation": implementation, "points": "100", "parameters": "337", "threads": "1"}
    benchmark.pedantic(
        step, setup=lambda: ((new_model(implementation),), {}), rounds=2 * ROUNDS, warmup_rounds=1, iterations=1
    )


def test_reference_is_at_least_4_times_faster() -> None:
    """Interleaved A B B A over many rounds of one training run, in which every loss is the same for both."""
    models = {name: new_model(name) for name in IMPLEMENTATIONS}
    assert_same_step(*models.values())
    steps: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name in ("micrograd", "reference", "reference", "micrograd"):
            steps[name].append(timed_step(models[name]))
    losses = [[loss for loss, _ in taken] for taken in steps.values()]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)
    medians = {name: statistics.median(seconds for _, seconds in taken) for name, taken in steps.items()}
    ratio = medians["micrograd"] / medians["reference"]
    print(f"\n{platform.python_implementation()} {platform.python_version()}, {2 * ROUNDS} steps of each, A B B A")
    for name, taken in steps.items():
        low, _, high = statistics.quantiles([seconds for _, seconds in taken], n=4)
        print(f"  {name:<10}{1e3 * medians[name]:8.2f} ms (median)   IQR / median {(high - low) / medians[name]:.0%}")
    print(f"  ratio     {ratio:8.1f}   losses {losses[1][0]:.4f} to {losses[1][-1]:.4f}, the same in both")
    assert ratio >= LEAST_RATIO
