"""What is counted of a call: operators, bytes, memory."""

from __future__ import annotations

import json

import pytest
import torch
import torch.nn.functional as F

from benchmarks import counts as gate
from pt_kata.bench import counts

N = 1000


def test_an_operator_reads_its_operands_and_writes_its_result() -> None:
    """The sum of two tensors of 1000 float32 each reads 8000 bytes and writes 4000."""
    first, second = torch.randn(N), torch.randn(N)
    found = counts.operators(lambda: first + second)
    assert (found.calls, found.read, found.written) == (1, 8 * N, 4 * N)


def test_views_and_reserved_memory_cost_nothing() -> None:
    """Neither a transpose nor torch.empty computes anything."""
    table = torch.randn(10, 100)
    found = counts.operators(lambda: (torch.empty(5), table.T[3:].expand(2, -1, -1)))
    assert found.calls == 0
    assert found.moved == 0


def test_what_an_expanded_tensor_repeats_is_read_once() -> None:
    """A column of 10 numbers stays 10 numbers, however often broadcasting repeats it."""
    table, column = torch.randn(10, 100), torch.randn(10, 1)
    found = counts.operators(lambda: table * column.expand(10, 100))
    assert found.read == 4 * (1000 + 10)


def test_of_what_is_picked_from_only_the_picked_part_is_read() -> None:
    """Gathering one column out of 100 reads one number for each row, and the index."""
    table, index = torch.randn(10, 100), torch.zeros(10, 1, dtype=torch.int64)
    found = counts.operators(lambda: table.gather(1, index))
    assert (found.read, found.written) == (4 * 10 + 8 * 10, 4 * 10)


def test_of_what_is_patched_only_the_patches_are_moved() -> None:
    """Ten numbers added into 1000: read and written are those ten, and the index is read."""
    table, index, numbers = torch.randn(10, 100), torch.zeros(10, 1, dtype=torch.int64), torch.randn(10, 1)
    found = counts.operators(lambda: table.scatter_add_(1, index, numbers))
    assert (found.read, found.written) == (4 * 10 + 4 * 10 + 8 * 10, 4 * 10)


def test_the_gradient_of_a_loss_does_not_read_the_scores() -> None:
    """nll_loss_backward gets the log-probabilities for their shape alone."""
    scores = torch.randn(10, 100, requires_grad=True)
    loss = F.nll_loss(scores, torch.zeros(10, dtype=torch.int64))
    incoming = torch.ones(())
    found = counts.operators(lambda: torch.autograd.grad(loss, scores, incoming))
    assert found.written == 4 * 1000
    assert found.read < 4 * 100


def test_backward_is_counted_too() -> None:
    """Of x.exp().sum(): exp, sum; then ones are expanded (a view) and multiplied with the result."""
    x = torch.randn(N, requires_grad=True)
    found = counts.operators(lambda: torch.autograd.grad(x.exp().sum(), x))
    assert found.names == ("exp", "sum", "ones_like", "mul")


def test_the_peak_is_of_what_lives_at_the_same_time() -> None:
    """Three temporaries after one another need the memory of two; all three are taken."""
    x = torch.randn(1 << 18)  # 1 MiB
    found = counts.memory(lambda: x.exp().log().neg(), "cpu")
    assert found == counts.Memory(peak=2 << 20, taken=3 << 20)


def test_temporaries_inside_an_operator_are_seen() -> None:
    """cross_entropy keeps the log-probabilities, although it returns one number."""
    logits, targets = torch.randn(256, 1024), torch.zeros(256, dtype=torch.int64)
    assert counts.memory(lambda: F.cross_entropy(logits, targets), "cpu").peak >= logits.nbytes


def test_nothing_is_launched_on_a_cpu() -> None:
    """None is not 0: there is nothing to count."""
    assert counts.launches(int, "cpu") is None


def test_the_profiler_leaves_nothing_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    """What its C++ part writes to standard error is kept back, and what comes later is not."""
    counts.memory(lambda: torch.ones(3), "cpu")
    assert capfd.readouterr() == ("", "")


def test_operators_and_bytes_are_those_of_the_kept_file() -> None:
    """The gate of CI: no operator and no temporary more than before, fused or by hand."""
    kept = json.loads(gate.FILE.read_text(encoding="utf-8"))
    if kept["torch"] != gate.version():
        pytest.skip(f"counts.json is for torch {kept['torch']}, here is {gate.version()}")
    assert gate.differences(gate.counted(), kept["counts"]) == []


def test_the_gate_names_what_is_different() -> None:
    """One line for each count that changed, came or went."""
    kept = {"a forward fused": {"aten_calls": 1, "bytes_allocated": 8}, "b forward fused": {"aten_calls": 1}}
    found = {"a forward fused": {"aten_calls": 2, "bytes_allocated": 8}, "c forward fused": {"aten_calls": 1}}
    assert gate.differences(found, kept) == [
        "a forward fused: aten_calls is 2, was 1",
        "b forward fused: in counts.json, but no longer raced",
        "c forward fused: not in counts.json",
    ]
