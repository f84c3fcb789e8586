"""Right answers to training/mlp_training by other routes."""

import copy
from itertools import count

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pt_kata.stand_ins import right_answer
from solutions.training.mlp_training import evaluate, fit, make_mlp, split, train_epoch


@right_answer("make_problem")
def around_centers(n, noise, generator):
    """By torch.normal around the centers, and by the signs of the coordinates."""
    centers = torch.zeros(n, 2)
    centers[:, 0] = torch.where(torch.arange(n) < n // 2, -1.0, 1.0)
    points = torch.normal(centers, 0.5, generator=generator)
    rule = (points[:, 0] > 0) == (points[:, 1] > 0)
    rows = torch.rand(n, generator=generator).argsort()[: round(noise * n)]
    rule[rows] = ~rule[rows]
    return points, rule.float().unsqueeze(1)


@right_answer("split")
def by_hand_on_the_device(points, labels, generator, fraction=0.8):
    """The moments written out, in float64 where the points are, with columns kept."""
    cut = round(fraction * len(points))
    order = torch.randperm(len(points), generator=generator).to(points.device)
    train, validation = points[order[:cut]].double(), points[order[cut:]]
    mean = train.sum(dim=0, keepdim=True) / cut
    std = ((train - mean).square().sum(dim=0, keepdim=True) / cut).sqrt()
    std[(train == train[:1]).all(dim=0, keepdim=True)] = 1.0

    def standardize(points):
        return ((points.double() - mean) / std).to(points.dtype)

    sides = (standardize(train.to(points.dtype)), labels[order[:cut]]), (standardize(validation), labels[order[cut:]])
    return *sides, standardize


class Stack(nn.Module):
    """Linear layers in a ModuleList, with relu in forward."""

    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(map(nn.Linear, sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@right_answer("make_mlp")
def module_list(*sizes):
    """A module with a ModuleList."""
    return Stack(sizes)


@right_answer("train_epoch")
def by_data_loader(model, loss_function, optimizer, rows, batch_size, generator):
    """By torch.utils.data.DataLoader."""
    model.train()
    losses = []
    for x, y in DataLoader(TensorDataset(*rows), batch_size, shuffle=True, generator=generator):
        optimizer.zero_grad(set_to_none=False)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append((float(loss.detach()), len(x)))
    return sum(loss * n for loss, n in losses) / sum(n for _, n in losses)


@right_answer("evaluate")
def with_every_mode_restored(model, loss_function, rows, batch_size):
    """The total kept as a tensor, and the mode of each module noted."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    total = 0.0
    for start in range(0, len(rows[0]), batch_size):
        x, y = (side[start : start + batch_size] for side in rows)
        with torch.inference_mode():
            total = total + loss_function(model(x), y).double() * len(x)
    for module, mode in modes:
        module.training = mode
    return (total / len(rows[0])).item()


class Decayed:
    """Adam, after a decay by hand."""

    def __init__(self, model, rate, decay):
        self.adam = torch.optim.Adam(model.parameters(), lr=rate)
        self.parameters, self.factor = list(model.parameters()), 1 - rate * decay
        self.zero_grad = self.adam.zero_grad

    @torch.no_grad()
    def step(self):
        """Shrink, then step."""
        for parameter in self.parameters:
            parameter.mul_(self.factor)
        self.adam.step()


@right_answer("fit")
def by_counting(
    model,
    loss_function,
    train,
    validation,
    generator,
    *,
    epochs=100,
    batch_size=32,
    learning_rate=0.01,
    weight_decay=0.0,
    patience=10,
):
    """The decay by hand, a count of waiting epochs, clones of the state, and validation rows all at once."""
    optimizer = Decayed(model, learning_rate, weight_decay)
    history, best, waited, kept = {"train": [], "validation": []}, float("inf"), 0, None
    for epoch in count(1):
        history["train"] += [train_epoch(model, loss_function, optimizer, train, batch_size, generator)]
        history["validation"] += [evaluate(model, loss_function, validation, len(validation[0]))]
        waited += 1
        if history["validation"][-1] < best:
            best, waited = history["validation"][-1], 0
            kept = {name: tensor.clone() for name, tensor in copy.copy(model.state_dict()).items()}
        if waited >= patience or epoch >= epochs:
            break
    model.load_state_dict(kept)
    return history


@right_answer("overfit_batch")
def by_a_plain_loop(model, loss_function, rows, steps=200, learning_rate=0.01):
    """A loop of its own, and AdamW without decay."""
    x, y = rows[0].narrow(0, 0, min(32, len(rows[0]))), rows[1][:32]
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)
    model.train()
    for _ in range(steps):
        model.zero_grad()
        loss_function(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        loss = loss_function(model(x), y).item()
    model.train()
    return loss


@right_answer("train_digits")
def two_networks(images, labels, generator):
    """The mean of two networks."""
    train, validation, standardize = split(images, labels, generator, 0.9)
    models = [make_mlp(64, 128, 10).to(images.device) for _ in range(2)]
    for model in models:
        loss_function = nn.CrossEntropyLoss(label_smoothing=0.1)
        settings = {"epochs": 20, "batch_size": 64, "learning_rate": 0.005, "weight_decay": 0.5}
        fit(model, loss_function, train, validation, generator, **settings)
    return Mean(models), standardize


class Mean(nn.Module):
    """The mean of several models' scores."""

    def __init__(self, models):
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, x):
        return torch.stack([model(x) for model in self.models]).mean(dim=0)
