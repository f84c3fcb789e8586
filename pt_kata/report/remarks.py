"""What a reader must know before trusting a number."""

from __future__ import annotations

from collections.abc import Sequence

from pt_kata import units
from pt_kata.bench.record import ENOUGH, NOISY, Record, Results, pass_words

ABOVE = "cache-resident, a wrong count of bytes or operations, or a limit measured too low"


def of_record(record: Record) -> list[str]:
    """The doubts about one record, each in a few words."""
    found = []
    if record.share is not None and record.share > 1:
        found.append(f"{units.percent(record.share)} of the limit: {ABOVE}")
    if record.spread > NOISY:
        found.append(f"IQR {units.percent(record.spread)} of the median")
    if len(record.seconds) < ENOUGH:
        found.append(f"{len(record.seconds)} samples")
    return found


def of_run(run: Results) -> list[str]:
    """Sentences about a whole run."""
    records = run.records
    if not records:
        return ["This run has no record: nothing was measured."]
    found = [
        _above([one for one in records if one.share is not None and one.share > 1]),
        _wide([one for one in records if one.spread > NOISY], len(records)),
        _few([one for one in records if len(one.seconds) < ENOUGH], len(records)),
    ]
    if all(one.device == "cpu" for one in records):
        found.append("No record is of a CUDA device: everything here was measured on the CPU.")
    return [one for one in found if one]


def _above(records: Sequence[Record]) -> str:
    if not records:
        return ""
    names = units.listed([f"{_name(one)} ({units.percent(one.share)})" for one in records])
    return f"Above 100 % of the limit, so {ABOVE}: {names}."


def _wide(records: Sequence[Record], all_: int) -> str:
    if not records:
        return ""
    most = max(records, key=lambda one: one.spread)
    return (
        f"In {len(records)} of {all_} records the middle half of the samples spans more than {units.percent(NOISY)} of "
        f"the median, most in {_name(most)} ({units.percent(most.spread)}): read small differences there "
        "with care."
    )


def _few(records: Sequence[Record], all_: int) -> str:
    if not records:
        return ""
    least = min(len(one.seconds) for one in records)
    return (
        f"{len(records)} of {all_} records have fewer than {ENOUGH} samples, the fewest {least}: their intervals are "
        "wide, and may still be too narrow."
    )


def _name(record: Record) -> str:
    return f"{record.op}, {record.size}, {pass_words(record.pass_)}, {record.implementation}"
