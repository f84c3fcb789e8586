"""A run of races: its choice, its estimate, its file, its end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pt_kata.bench import meeting as meetings
from pt_kata.bench.clock import Budget
from pt_kata.bench.meeting import Estimate, Heat, Meeting, Options, choose, duration, run
from pt_kata.bench.pair import Pair
from pt_kata.bench.pairs import every
from pt_kata.bench.record import Record, load
from pt_kata.files import Trouble
from tests.conftest import REPOSITORY

FAST = Budget(rounds=4, seconds=0.0)
ALL = {
    "op topic size shape device dtype pass_ implementation threads timer cache number seconds latency least_read"
    " least_written moved gb_per_second flops limit mix share no_share predicted peak taken aten_calls launches error"
    " seed"
}


def pair(op: str) -> Pair:
    """One of the pairs, by name."""
    return next(pair for pair in every() if pair.op == op)


@pytest.fixture
def meeting(tmp_path: Path) -> Meeting:
    """Give a meeting that takes few samples and does not compile."""
    found = Meeting(REPOSITORY, tmp_path / "results.json", {}, Options(), 1, FAST)
    found.is_compiling = False
    return found


def test_a_case_leaves_a_record_of_every_contender(meeting: Meeting) -> None:
    """With all the fields of the protocol, and the one left out with its reason."""
    heat = Heat(pair("cross_entropy"), "small", "cpu", "float32")
    records = meeting.race(heat, heat.cases(quick=False)[-1])
    assert [one.implementation for one in records] == ["fused", "manual"]
    fused, manual = records
    assert [one.implementation for one in meeting.results.left_out] == ["yours"]
    assert {len(one.seconds) for one in records} == {4}
    assert fused.least_read == 2 * 4 * 32 * 64
    assert fused.least_written == 4 * 32 * 64
    assert (fused.predicted, fused.launches) == (1.0, None)
    assert manual.predicted == manual.moved / fused.moved > 2
    assert manual.aten_calls > fused.aten_calls == 4
    assert 0 < fused.error < 2e-5
    assert fused.share is None
    assert "less than 4 times the cache" in fused.no_share
    assert fused.timer == "time.perf_counter"
    assert fused.threads == torch.get_num_threads()


@pytest.mark.parametrize("op", ["mse_loss", "adam", "micrograd_step"])
def test_what_is_saved_is_what_is_loaded(meeting: Meeting, op: str) -> None:
    """Records, limits, machine, notes; nothing is lost on the way through the file."""
    heat = Heat(pair(op), "small", "cpu", pair(op).dtypes[0])
    list(run(meeting, [heat], Estimate([1.0])))
    found = load(meeting.path)
    assert found == replace(meeting.results, is_complete=True)
    assert {one.pass_ for one in found.records} == set(pair(op).passes)


def test_what_is_measured_is_kept_when_the_run_is_stopped(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the second heat: the first is in the file, which says that it is not complete."""
    heats = [Heat(pair(op), "small", "cpu", "float32") for op in ("mse_loss", "softmax")]
    race = Meeting.race

    def stopped(self: Meeting, heat: Heat, case: object) -> list[Record]:
        if heat is heats[1]:
            raise KeyboardInterrupt
        return race(self, heat, case)

    monkeypatch.setattr(Meeting, "race", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(run(meeting, heats, Estimate([1.0, 1.0])))
    found = load(meeting.path)
    assert {one.op for one in found.records} == {"mse_loss"}
    assert not found.is_complete


def test_a_pair_whose_fused_operator_fails_is_left_out_and_the_run_goes_on(meeting: Meeting) -> None:
    """What a device can't do is said, not hidden, and does not stop the others."""
    broken = replace(pair("softmax"), op="broken", fused=lambda logits: logits.no_such_operator())
    heats = [Heat(one, "small", "cpu", "float32") for one in (broken, pair("softmax"))]
    list(run(meeting, heats, Estimate([1.0, 1.0])))
    assert {one.op for one in meeting.results.records} == {"softmax"}
    assert "no_such_operator" in meeting.results.left_out[0].reason


def test_without_cuda_the_run_says_so() -> None:
    """Unless only the CPU was asked for."""
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    assert meetings.NO_CUDA in Options().notes()
    assert Options(devices=["cpu"]).notes() == []
    assert meetings.NOT_COMPILED in Options(quick=True).notes()


def test_all_is_chosen_unless_something_is_asked_for() -> None:
    """Every pair at three sizes; bfloat16 is for CUDA."""
    every_heat = choose(Options(devices=["cpu"]))
    assert {heat.size for heat in every_heat} == {"small", "medium", "large"}
    assert {heat.pair.op for heat in every_heat} == {pair.op for pair in every()}
    assert "bfloat16" not in {heat.dtype for heat in every_heat}
    asked = choose(Options(ops=["gelu", "mse_loss"], sizes=["small"], devices=["cpu"]))
    assert sorted(heat.pair.op for heat in asked) == ["gelu", "mse_loss"]
    assert {heat.size for heat in choose(Options(devices=["cpu"], quick=True))} == {"medium"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(ops=["sofmax"]), "--op sofmax: there is none; did you mean 'softmax'?"),
        (Options(sizes=["huge"]), "--size huge: there is none"),
        (Options(devices=["gpu"]), "--device gpu: there is none"),
    ],
)
def test_what_there_is_not_is_refused_with_what_is_near(options: Options, words: str) -> None:
    """The message names what is known."""
    with pytest.raises(Trouble) as caught:
        choose(options)
    assert words in str(caught.value)
    assert "Known: " in str(caught.value)


def test_the_estimate_learns_from_what_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first part that took twice as long as expected doubles the rest."""
    now = [100.0]
    monkeypatch.setattr(meetings.time, "monotonic", lambda: now[0])
    estimate = Estimate([10.0, 10.0, 20.0])
    assert estimate.left == 40.0
    now[0] += 20.0
    estimate.step()
    assert estimate.left == 60.0
    assert estimate.words == "1 of 3 done in 20 s, about 60 s left"
    assert duration(600) == "10 min"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"benchmarks": []}', '{"schema": 1, "records": 3}'])
def test_a_file_that_is_no_result_is_refused_by_name(text: str, tmp_path: Path) -> None:
    """In one sentence."""
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(Trouble, match=r"other\.json"):
        load(file)


def test_a_file_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    """With what to give instead."""
    with pytest.raises(Trouble, match=r"none\.json can't be read: No such file"):
        load(tmp_path / "none.json")


def test_every_field_of_the_protocol_is_in_the_file(meeting: Meeting) -> None:
    """By name, so that a reader of the JSON finds them."""
    heat = Heat(pair("mse_loss"), "small", "cpu", "float32")
    list(run(meeting, [heat], Estimate([1.0])))
    data = json.loads(meeting.path.read_text())
    assert set(data["records"][0]) == set(" ".join(ALL).split())
    assert {"cpu", "cores", "memory_bytes", "cache_bytes", "threads", "os", "python", "torch", "gpu"} <= set(
        data["machine"]
    )
    assert {"copy", "add", "update", "sum", "fresh", "flops", "cache", "device", "dtype"} == set(data["limits"][0])
