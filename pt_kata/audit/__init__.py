"""The author's proof that a kata tests what it says, behind ``pt-kata verify``: each part has a module of its own."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import torch

from pt_kata.audit import basics, cheap, mutants, naming
from pt_kata.audit.check import Check, Examiner
from pt_kata.catalog import CatalogError, Kata, load

PARTS = {
    "content": basics.content,
    "stub": basics.stub,
    "reference": basics.reference,
    "mistakes": naming.prove,
    "cheap answers": cheap.prove,
    "mutants": mutants.prove,
}
SLOWEST_FIRST = ("mutants", "cheap answers", "mistakes", "reference", "stub", "content")


def audit(root: Path, katas: Sequence[Kata], parts: Sequence[str]) -> Iterator[Check]:
    """Prove ``parts`` of ``katas`` on all cores; yields each check as it is done."""
    units = [(part, kata) for part in SLOWEST_FIRST if part in parts for kata in reversed(katas)]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context(_start_method())) as pool:
        futures = [pool.submit(prove, root, kata.id, part) for part, kata in units]
        for future in as_completed(futures):
            yield future.result()


def prove(root: Path, kata_id: str, part: str) -> Check:
    """One part of the proof of one kata."""
    torch.set_num_threads(1)
    kata = load(root).by_id(kata_id)
    assert kata
    start = time.perf_counter()
    try:
        check = PARTS[part](Examiner(kata))
    except CatalogError as error:
        check = Check(kata.id, part)
        check.note(False, str(error))
    check.seconds = time.perf_counter() - start
    return check


def _start_method() -> str:
    return "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
