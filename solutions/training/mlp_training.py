"""Training an MLP so that its score on unseen rows can be believed.

The loop itself is four lines: predict, measure, differentiate, step. What makes its result worth reading is the care
around them: which rows are kept apart, what is measured in which mode, what is averaged over what, and when to stop.
You write that care once, on a problem whose true rule you know, and then turn it on handwritten digits.
"""

import copy
from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def make_problem(n: int, noise: float, generator: torch.Generator) -> tuple[Float[Tensor, "n 2"], Float[Tensor, "n 1"]]:
    """Return n points of two clusters and their labels, some of them wrong on purpose.

    The first n // 2 points are normal about (-1, 0), the others about (1, 0), with a standard deviation of 0.5 along
    both axes. Rule: the label is 1 where x1 * x2 > 0, else 0, so no straight line separates the classes. Then
    round(noise * n) different rows, chosen at random among all, get the other label.

    Args:
        n: how many points.
        noise: the share of flipped labels, 0.05 for 5 %.
        generator: on the CPU; the only source of randomness, so that an equal seed gives equal points and labels.

    Returns:
        Points and labels, both float32 and on the CPU.

    Example:
        >>> points, labels = make_problem(200, 0.05, torch.Generator().manual_seed(0))
        >>> rule = (points[:, :1] * points[:, 1:] > 0).float()
        >>> points.shape, labels.shape, int((labels != rule).sum())
        (torch.Size([200, 2]), torch.Size([200, 1]), 10)

    Source:
        Minsky and Papert, "Perceptrons" (1969), on what no single line can separate; PyTorch documentation,
        "Reproducibility".
    """
    points = 0.5 * torch.randn(n, 2, generator=generator)
    points[: n // 2, 0] -= 1
    points[n // 2 :, 0] += 1
    labels = (points.prod(dim=1, keepdim=True) > 0).float()
    flipped = torch.randperm(n, generator=generator)[: round(noise * n)]
    labels[flipped] = 1 - labels[flipped]
    return points, labels


def split(
    points: Float[Tensor, "n d"], labels: Tensor, generator: torch.Generator, fraction: float = 0.8
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], Callable[[Tensor], Tensor]]:
    """Return training rows, validation rows, and the function that standardizes any further points.

    Shuffle the rows; round(fraction * n) of them are for training and the others for validation. Both come out
    standardized, column by column: (x - mean) / std, with mean and std of the training rows alone. std divides by the
    number of rows (correction=0); a column that is constant in the training rows is divided by 1.

    Args:
        points: one row per sample, on any device.
        labels: one label, of any shape and dtype, per row.
        generator: on the CPU; the only source of randomness, so that an equal seed gives an equal split.
        fraction: the share of the rows that the model learns from.

    Returns:
        ``(x, y)`` for training, ``(x, y)`` for validation, and ``standardize(points)``, which treats new raw points
        as the validation rows were treated.

    Example:
        >>> points, labels = torch.arange(10.0)[:, None], torch.arange(10)
        >>> train, validation, standardize = split(points, labels, torch.Generator().manual_seed(0))
        >>> len(train[0]), len(validation[0])
        (8, 2)
        >>> torch.equal(standardize(points[validation[1]]), validation[0])
        True

    Source:
        Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), section 7.10.2.
    """
    order = torch.randperm(len(points), generator=generator)
    train, validation = order.tensor_split([round(fraction * len(points))])
    mean, std = points[train].mean(dim=0), points[train].std(dim=0, correction=0)
    std = torch.where(std > 0, std, 1.0)

    def standardize(points: Float[Tensor, "m d"]) -> Float[Tensor, "m d"]:
        return (points - mean) / std

    return (
        (standardize(points[train]), labels[train]),
        (standardize(points[validation]), labels[validation]),
        standardize,
    )


def make_mlp(*sizes: int) -> nn.Module:
    """Return a network of nn.Linear layers from size to size, with a ReLU between each two of them.

    ``make_mlp(2, 4, 1)`` maps 2 inputs through 4 hidden units to 1 output. Nothing follows the last layer: its raw
    scores are what the loss functions take. A layer from a inputs to b outputs has a * b weights and b biases.

    Args:
        sizes: the widths from input to output, two or more.

    Returns:
        A module from (n, sizes[0]) to (n, sizes[-1]).

    Example:
        >>> sum(parameter.numel() for parameter in make_mlp(2, 4, 1).parameters())
        17

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.1.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train_epoch(
    model: nn.Module,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    rows: tuple[Float[Tensor, "n d"], Tensor],
    batch_size: int,
    generator: torch.Generator,
) -> float:
    """Update the model once per batch, over all rows once in random order, and return the mean loss per row.

    The model is put in training mode. Every batch has ``batch_size`` rows, but for the last one, which takes what is
    left. Each update follows the gradient of its own batch alone, whatever gradients the parameters held before.

    Args:
        model: what learns.
        loss_function: maps predictions and targets of a batch to the mean loss over its rows.
        optimizer: holds the parameters of the model.
        rows: inputs and targets, ``(x, y)``.
        batch_size: how many rows an update sees.
        generator: on the CPU; chooses the order of the rows, a new one for each epoch.

    Returns:
        The losses of the batches, each as it was before its update, averaged so that every row counts the same; a
        Python float.

    Example:
        >>> model = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(model.weight)
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> rows = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [0.0]])
        >>> train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        2.5
        >>> round(model.weight.item(), 4)
        0.5

    Source:
        PyTorch documentation, FAQ, "My model reports cuda runtime error(2): out of memory" on losses that keep their
        graph; PyTorch tutorials, "Optimizing Model Parameters".
    """
    model.train()
    x, y = rows
    total = 0.0
    for batch in torch.randperm(len(x), generator=generator).split(batch_size):
        loss = loss_function(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(x)


def evaluate(
    model: nn.Module,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    rows: tuple[Float[Tensor, "n d"], Tensor],
    batch_size: int,
) -> float:
    """Return the mean loss per row of a model in eval mode, and put it back in the mode that it came in.

    No graph is built, and no parameter or buffer changes.

    Args:
        model: what is measured.
        loss_function: maps predictions and targets of a batch to the mean loss over its rows.
        rows: inputs and targets, ``(x, y)``.
        batch_size: the most rows that the model gets at once; the last batch takes what is left.

    Returns:
        The mean over all rows, each counting the same; a Python float.

    Example:
        >>> rows = torch.tensor([[1.0], [1.0], [2.0]]), torch.zeros(3, 1)
        >>> evaluate(nn.Identity(), nn.MSELoss(), rows, batch_size=2)
        2.0

    Source:
        PyTorch documentation, "Autograd mechanics", section "Locally disabling gradient computation".
    """
    was_training = model.training
    model.eval()
    x, y = rows
    total = 0.0
    with torch.no_grad():
        for inputs, targets in zip(x.split(batch_size), y.split(batch_size), strict=True):
            total += loss_function(model(inputs), targets).item() * len(inputs)
    model.train(was_training)
    return total / len(x)


def fit(
    model: nn.Module,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    train: tuple[Float[Tensor, "n d"], Tensor],
    validation: tuple[Float[Tensor, "n d"], Tensor],
    generator: torch.Generator,
    *,
    epochs: int = 100,
    batch_size: int = 32,
    learning_rate: float = 0.01,
    weight_decay: float = 0.0,
    patience: int = 10,
) -> dict[str, list[float]]:
    """Train the model with Adam until the validation loss stops falling, and give it its best weights back.

    Each epoch trains on the training rows, then measures the loss on the validation rows. Training ends after
    ``epochs``, or as soon as ``patience`` epochs in a row brought no validation loss below the lowest one so far; a
    tie is not below. At the end the model holds the parameters and buffers of the epoch with the lowest one.

    Weight decay is decoupled: every update first multiplies each parameter by 1 - learning_rate * weight_decay, then
    makes Adam's step, which knows nothing of the decay. At 0 this is plain Adam.

    Args:
        model: what learns; changed in place.
        loss_function: maps predictions and targets of a batch to the mean loss over its rows.
        train: the rows that the model learns from.
        validation: the rows that only tell when to stop.
        generator: on the CPU; chooses the order of the rows.
        epochs: the most epochs.
        batch_size: how many rows an update sees.
        learning_rate: Adam's step size.
        weight_decay: the rate of decay.
        patience: how many epochs without progress end the training.

    Returns:
        ``{"train": [...], "validation": [...]}``, one float for each epoch that was run: the mean loss while the epoch
        trained, as train_epoch gives it, and the one after it, as evaluate gives it.

    Example:
        >>> rows = torch.tensor([[-1.0], [1.0]]), torch.tensor([[-2.0], [2.0]])
        >>> model = nn.Linear(1, 1)
        >>> history = fit(model, nn.MSELoss(), rows, rows, torch.Generator(), epochs=3)
        >>> len(history["train"]), history["validation"][-1] < history["train"][0]
        (3, True)

    Source:
        Prechelt, "Early stopping - but when?" (1998); Kingma and Ba, "Adam" (2015); Loshchilov and Hutter, "Decoupled
        weight decay regularization" (2019), algorithm 2.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    history: dict[str, list[float]] = {"train": [], "validation": []}
    losses = history["validation"]
    best_weights = copy.deepcopy(model.state_dict())
    for epoch in range(epochs):
        history["train"].append(train_epoch(model, loss_function, optimizer, train, batch_size, generator))
        losses.append(evaluate(model, loss_function, validation, batch_size))
        best = losses.index(min(losses))
        if best == epoch:
            best_weights = copy.deepcopy(model.state_dict())
        elif epoch - best == patience:
            break
    model.load_state_dict(best_weights)
    return history


def overfit_batch(
    model: nn.Module,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    rows: tuple[Float[Tensor, "n d"], Tensor],
    steps: int = 200,
    learning_rate: float = 0.01,
) -> float:
    """Train the model on the first 32 rows and nothing else until it knows them by heart, and return its loss on them.

    Every step is one update of Adam, without weight decay, on the whole batch. A sound model drives the loss of 32
    rows to almost nothing, even when their labels are random; one that can't has a bug in its layers, its loss or
    its data. Run it before every long training.

    Args:
        model: what is put to the test; changed in place.
        loss_function: maps predictions and targets of a batch to the mean loss over its rows.
        rows: inputs and targets, ``(x, y)``; the rows after the first 32 are not looked at.
        steps: how many updates.
        learning_rate: Adam's step size.

    Returns:
        The loss on the batch after the last update, in eval mode; a Python float.

    Example:
        >>> rows = torch.eye(32), torch.arange(32)
        >>> overfit_batch(nn.Linear(32, 32), nn.CrossEntropyLoss(), rows, learning_rate=0.1) < 0.01
        True

    Source:
        Karpathy, "A recipe for training neural networks" (2019), "overfit one batch".
    """
    x, y = rows
    batch = x[:32], y[:32]
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for _ in range(steps):
        train_epoch(model, loss_function, optimizer, batch, 32, torch.Generator())
    return evaluate(model, loss_function, batch, 32)


def train_digits(
    images: Float[Tensor, "n 64"], labels: Int[Tensor, " n"], generator: torch.Generator
) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """Return an MLP that reads handwritten digits, and the function that prepares images for it.

    Put your functions together: keep some of the rows for early stopping, build the network, fit it. At least 96 % of
    digits that it never saw must be read correctly, after some seconds on a CPU. A plain network ends between 95 and
    98 %, too close to call. These settings end between 97 and 99 %: 256 hidden units, 30 epochs in batches of 64, a
    learning rate of 0.005, a weight decay of 0.5, and ``nn.CrossEntropyLoss(label_smoothing=0.1)``.

    Args:
        images: 8x8 pixels per row, raw: whole numbers from 0 to 16 as float32, on any device.
        labels: the digit that each image shows, 0 to 9, int64.
        generator: on the CPU; for the split and the order of the rows.

    Returns:
        The trained model, on the device of the images, and ``standardize``: ``model(standardize(images))`` gives one
        score per digit, (n, 10), and the largest score of a row is the answer.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> pixels, digits = load_digits(return_X_y=True)
        >>> images, labels = torch.tensor(pixels).float(), torch.tensor(digits)
        >>> model, standardize = train_digits(images[:200], labels[:200], torch.Generator().manual_seed(0))
        >>> model(standardize(images[200:])).shape
        torch.Size([1597, 10])

    Source:
        Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository (1998), as
        scikit-learn ships it; Szegedy et al., "Rethinking the inception architecture" (2016), on label smoothing.
    """
    train, validation, standardize = split(images, labels, generator)
    model = make_mlp(64, 256, 10).to(images.device)
    loss_function = nn.CrossEntropyLoss(label_smoothing=0.1)
    settings = {"epochs": 30, "batch_size": 64, "learning_rate": 0.005, "weight_decay": 0.5}
    fit(model, loss_function, train, validation, generator, **settings)
    return model, standardize
