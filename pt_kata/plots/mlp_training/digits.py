"""Lets the learner's train_digits learn to read, and tries it on digits that it was never given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training.data import Digits, Misread
from pt_kata.plots.mlp_training.problem import kind

HELD_OUT = 360
UPDATES = 540  # of the reference, to tell how far the training is
BEGIN = 0.4  # of the whole run is over when this begins


def digits_of(code: Code) -> Digits:
    """How well the learner's reader reads."""
    pixels, digits = load_digits(return_X_y=True)
    images, labels = torch.tensor(pixels).float(), torch.tensor(digits)
    seen, unseen = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).tensor_split([-HELD_OUT])
    scores = _scores(code, images[seen], labels[seen], images[unseen])
    if isinstance(scores, Failure):
        return Digits(failures=(scores,))
    return _readings(images[unseen], labels[unseen], scores)


def _scores(code: Code, images: Tensor, labels: Tensor, unseen: Tensor) -> Tensor | Failure:
    torch.manual_seed(0)
    with _said(code):
        found = code.call("train_digits", images, labels, torch.Generator().manual_seed(0))
    if isinstance(found, Failure):
        return found
    if not (isinstance(found, tuple | list) and len(found) == 2 and isinstance(found[0], nn.Module)):
        return Failure("train_digits", f"returns {kind(found)}, wanted a model and the function that prepares images")
    model, standardize = found
    with torch.no_grad():
        scores = code.run("train_digits", lambda: model(standardize(unseen.clone())))
    return scores if isinstance(scores, Failure) else code.expected("train_digits", scores, (len(unseen), 10))


@contextmanager
def _said(code: Code) -> Iterator[None]:
    """Say after each update how far the training is."""
    updates = 0

    def updated(*arguments: Any) -> None:
        nonlocal updates
        updates += 1
        code.progress("reading digits", BEGIN + (1 - BEGIN) * min(0.99, updates / UPDATES))

    hook = register_optimizer_step_post_hook(updated)
    try:
        yield
    finally:
        hook.remove()


def _readings(images: Tensor, labels: Tensor, scores: Tensor) -> Digits:
    chances = scores.double().softmax(dim=1)
    confusion = [[0] * 10 for _ in range(10)]
    misread = []
    for image, label, row in zip(images.tolist(), labels.tolist(), chances, strict=True):
        answer = int(row.argmax()) if bool(row.isfinite().all()) else None
        if answer is not None:
            confusion[label][answer] += 1
        if answer != label:
            misread.append(Misread(tuple(image), label, answer, 0.0 if answer is None else float(row[answer])))
    misread.sort(key=lambda one: -one.sureness)
    return Digits(tuple(map(tuple, confusion)), tuple(misread))
