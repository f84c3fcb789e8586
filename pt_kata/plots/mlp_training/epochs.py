"""The learner's fit or, without it, their train_epoch and evaluate in a plain loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training.problem import Parts, kind, seeded

EPOCHS, BATCH, RATE, PATIENCE = 60, 32, 0.005, 25
MOST = 1000  # losses
WANTED = '{"train": [...], "validation": [...]}'

Losses = dict[str, list[float]]
Loss = Callable[[Tensor, Tensor], Tensor]


def fitted(code: Code, model: nn.Module, loss_function: Loss, parts: Parts) -> Losses | Failure:
    """The history that ``fit`` returns."""
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": RATE, "patience": PATIENCE}
    history = code.call("fit", model, loss_function, parts.train, parts.validation, seeded(), **settings)
    if isinstance(history, Failure):
        return history
    if not isinstance(history, dict) or not all(
        isinstance(history.get(name), list) for name in ("train", "validation")
    ):
        return Failure("fit", f"returns {kind(history)}, wanted {WANTED}")
    losses = {name: [_number(code, "fit", one) for one in history[name][:MOST]] for name in ("train", "validation")}
    failures = [one for every in losses.values() for one in every if isinstance(one, Failure)]
    if failures:
        return failures[0]
    plain = {name: [one for one in every if isinstance(one, float)] for name, every in losses.items()}
    return plain if any(plain.values()) else Failure("fit", "its history is empty")


def by_hand(
    code: Code, model: nn.Module, loss_function: Loss, parts: Parts, failure: Failure
) -> tuple[Losses, tuple[Failure, ...]]:
    """The losses of as many epochs as go well, and all that failed, ``failure`` of fit first."""
    losses: Losses = {"train": [], "validation": []}
    failures = [failure]
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    generator = seeded()
    for _ in range(EPOCHS):
        trained = code.call("train_epoch", model, loss_function, optimizer, parts.train, BATCH, generator)
        with torch.no_grad():
            code.run("make_mlp", lambda: model(parts.validation[0]))  # what marks the end of an epoch
        measured = code.call("evaluate", model, loss_function, parts.validation, BATCH)
        for name, function, found in (("train", "train_epoch", trained), ("validation", "evaluate", measured)):
            loss = found if isinstance(found, Failure) else _number(code, function, found)
            if isinstance(loss, Failure):
                failures.append(loss)
            else:
                losses[name].append(loss)
        if isinstance(trained, Failure):
            return {"train": [], "validation": []}, tuple(dict.fromkeys(failures))
    return losses, tuple(dict.fromkeys(failures))


def _number(code: Code, name: str, found: Any) -> float | Failure:
    """A loss as a float; a note is made of what is none but can be read as one."""
    loss = code.run(name, lambda: float(found))
    if isinstance(loss, Failure):
        return Failure(name, f"gives {kind(found)} for a loss, wanted a float")
    note = f"{name} gives {kind(found)} for a loss, wanted a float"
    code.notes += [] if isinstance(found, float) or note in code.notes else [note]
    return loss
