"""What an honest training loop must do. Read a test, make it green, go on with the next."""

import copy
import math
import weakref

import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

from katas.training.mlp_training import (
    evaluate,
    fit,
    make_mlp,
    make_problem,
    overfit_batch,
    split,
    train_digits,
    train_epoch,
)
from pt_kata.checks import assert_close, assert_equal, fail, unchanged

torch.optim.SGD([torch.zeros(1)])  # The first optimizer of a process imports a second's worth of torch: not in a test.

EVERY_ROW_COUNTS = "A mean of batch means gives the rows of a short last batch more weight: weigh by the rows."
ONE_SOURCE = "All randomness must come from the generator: an equal seed then repeats a run, whatever ran before."


def seeded(seed):
    """A generator that starts from ``seed``."""
    return torch.Generator().manual_seed(seed)


def numbered(points):
    """Labels that give each row its own number, so that a row can be recognized after any shuffling."""
    return torch.arange(len(points), device=points.device)


def check_untouched(world):
    """Fail when torch's global generator is no longer in the state ``world``."""
    __tracebackhide__ = True
    if not torch.equal(torch.get_rng_state(), world):
        fail("torch's global generator was used or seeded.", ONE_SOURCE)


def line(draw, *weights, dtype=torch.float64):
    """A model without bias: the sum of weight times input."""
    model = nn.Linear(len(weights), 1, bias=False).to(draw.device, dtype)
    model.weight.data = draw.tensor([weights], dtype=dtype)
    return model


class Watch:
    """The mean squared error, and a note of the targets and the modes of the model's modules at every call."""

    def __init__(self, model):
        self.model = model
        self.batches = []
        self.modes = []
        self.graphs = []

    def __call__(self, prediction, target):
        self.batches.append([round(number) for number in target.flatten().tolist()])
        modes = {"training" if module.training else "eval" for module in self.model.modules()}
        self.modes.append(" and ".join(sorted(modes)))
        self.graphs.append(prediction.requires_grad)
        return F.mse_loss(prediction, target)


class Script:
    """The mean squared error in training; on targets of -1, the validation rows, the next number of a script."""

    def __init__(self, losses, model):
        self.losses = iter(losses)
        self.model = model
        self.states = []

    def __call__(self, prediction, target):
        if target[0] != -1:
            return F.mse_loss(prediction, target)
        self.states.append(copy.deepcopy(self.model.state_dict()))
        return 0 * F.mse_loss(prediction, target) + next(self.losses, 99.0)


class Marked(torch.autograd.Function):
    """Passes a loss on, with an object that lives as long as its graph."""

    @staticmethod
    def forward(ctx, loss, token):
        """Keep the token in the graph."""
        ctx.token = token
        return loss.clone()

    @staticmethod
    def backward(ctx, upstream):
        """Pass the gradient on."""
        return upstream, None


class Token:
    """Something that a weak reference can watch."""


def scripted_rows(draw, n, inputs):
    """Training rows with positive targets, and two validation rows that a Script recognizes."""
    x, y = draw.normal(n, inputs, dtype=torch.float64), draw.uniform(1, 2, n, 1, dtype=torch.float64)
    return (x, y), (draw.normal(2, inputs, dtype=torch.float64), draw.tensor([[-1.0], [-1.0]], dtype=torch.float64))


def test_problem_has_two_clusters(draw):
    """The first half of the points lies about (-1, 0), the second about (1, 0), each 0.5 wide."""
    points, labels = make_problem(4000, 0.05, seeded(draw.size(0, 10**6)))
    assert_equal((tuple(points.shape), points.dtype, labels.dtype), ((4000, 2), torch.float32, torch.float32))
    for half, center in zip(points.split(2000), [[-1.0, 0.0], [1.0, 0.0]], strict=True):
        assert_close(half.mean(dim=0), center, "Row i of the first n // 2 is drawn about (-1, 0).", atol=0.08, rtol=0)
        assert_close(half.std(dim=0), [0.5, 0.5], "The standard deviation is 0.5, not the variance.", atol=0.05, rtol=0)


def test_an_odd_number_of_points(draw):
    """Of 3 points the first one lies about (-1, 0) and the other two about (1, 0)."""
    generator = seeded(draw.size(0, 10**6))
    mean = torch.stack([make_problem(3, 0.0, generator)[0] for _ in range(200)]).mean(dim=0)
    why = "3 // 2 is 1: with an odd number the second cluster has one point more."
    assert_close(mean[:, 0], [-1.0, 1.0, 1.0], why, atol=0.3, rtol=0)


def test_problem_follows_its_hidden_rule(draw):
    """Without noise a label is 1 exactly where x1 * x2 is positive, and both labels occur."""
    points, labels = make_problem(draw.size(100, 300), 0.0, seeded(draw.size(0, 10**6)))
    wanted = (points[:, 0] * points[:, 1] > 0).float()[:, None]
    assert_close(labels, wanted, "One label per point in a column, (n, 1): the shape that the network will return.")
    assert_equal(set(labels.flatten().tolist()), {0.0, 1.0})


@pytest.mark.parametrize("noise", [0.05, 0.45])
def test_noise_flips_its_share_of_labels(draw, noise):
    """Exactly round(noise * n) labels differ from the rule, in other rows for another seed."""
    n, seed = 20 * draw.size(5, 14) + 15, draw.size(0, 10**6)
    wrong = []
    for start in (seed, seed + 1):
        points, labels = make_problem(n, noise, seeded(start))
        wrong.append((labels[:, 0] != (points.prod(dim=1) > 0).float()).nonzero().flatten().tolist())
        why = "Flip different rows, each to its other label: a row drawn twice, or a label drawn anew, may stay right."
        assert_equal(len(wrong[-1]), round(noise * n), why)
    if wrong[0] == wrong[1]:
        fail("make_problem flips the same rows for every seed.", "Noise hits any row of the data.", rows=wrong[0])


def test_noise_hits_any_row(draw):
    """Labels are flipped from 0 to 1 and from 1 to 0, in both clusters."""
    n = draw.size(200, 300)
    points, labels = make_problem(n, 0.4, seeded(draw.size(0, 10**6)))
    flipped = labels[:, 0] != (points.prod(dim=1) > 0).float()
    kinds = {(row < n // 2, label) for row, label in enumerate(labels[:, 0].tolist()) if flipped[row]}
    why = "Choose among all rows: a label of 1 may turn to 0 as well as the other way round."
    assert_equal(kinds, {(half, label) for half in (True, False) for label in (0.0, 1.0)}, why)


def test_problem_comes_from_the_generator_alone(draw):
    """An equal seed gives an equal problem; the same generator, used again, gives another one."""
    n, seed = draw.size(20, 50), draw.size(0, 10**6)
    generator, world = seeded(seed), torch.get_rng_state()
    first, second = make_problem(n, 0.1, generator), make_problem(n, 0.1, generator)
    if torch.equal(first[0], second[0]):
        fail("make_problem gave the same points twice.", "Draw from the generator; never seed it anew.", second)
    assert_equal(make_problem(n, 0.1, seeded(seed))[0], first[0], ONE_SOURCE)
    assert_equal(make_problem(n, 0.1, seeded(seed))[1], first[1], ONE_SOURCE)
    check_untouched(world)


def test_split_gives_every_row_to_one_side(draw):
    """80 % of the rows are for training, the others for validation, and no row is for both."""
    points = draw.normal(5 * draw.size(6, 12) + 1, 3)
    labels = numbered(points)[:, None]
    train, validation, _ = split(points, labels, seeded(draw.size(0, 10**6)))
    assert_equal(len(train[1]), round(0.8 * len(points)), "round(fraction * n) rows are for training.")
    fewer, _, _ = split(points, numbered(points), seeded(0), 0.4)
    assert_equal(len(fewer[1]), round(0.4 * len(points)), "fraction is an argument; 0.8 is only its default.")
    why = "A row on both sides is learned by heart and then asked about: the validation loss would flatter the model."
    together = torch.cat([train[1], validation[1]])
    assert_equal(sorted(together.flatten().tolist()), list(range(len(points))), why)
    assert_equal((together.shape, together.dtype), (labels.shape, labels.dtype), "A label comes out as it went in.")


def test_split_shuffles_by_the_generator(draw):
    """The order of the rows is random, equal for an equal seed, another for another seed."""
    points, seed = draw.normal(100, 2), draw.size(0, 10**6)
    world = torch.get_rng_state()
    train, (_, first), _ = split(points, numbered(points), seeded(seed))
    other = split(points, numbered(points), seeded(seed + 1))[1][1]
    assert_equal(split(points, numbered(points), seeded(seed))[1][1], first, ONE_SOURCE)
    check_untouched(world)
    if set(first.tolist()) == set(other.tolist()):
        why = "Data often come sorted. Without shuffling, validation would see the last rows, one cluster alone."
        fail("split chose the same validation rows for two seeds.", why, rows=sorted(first.tolist()))
    if train[1].tolist() == sorted(train[1].tolist()):
        fail("split left the training rows in their old order.", "Shuffle all rows, then cut.", rows=train[1])


def test_training_rows_are_standardized(draw):
    """Each column of the training rows has mean 0 and standard deviation 1, and each row keeps its label."""
    points = 3 + 5 * draw.normal(draw.size(30, 60), 3, dtype=torch.float64)
    (x, rows), _, _ = split(points, numbered(points), seeded(draw.size(0, 10**6)))
    known = points[rows]
    wanted = (known - known.mean(dim=0)) / known.std(dim=0, correction=0)
    why = "Mean and std of the training rows alone: statistics taken before the split have seen the validation rows."
    assert_close(x, wanted, why)


def test_validation_rows_lend_no_statistics(draw):
    """Validation rows and any later points are shifted and scaled by what the training rows have."""
    points = 3 + 5 * draw.normal(draw.size(30, 60), 3, dtype=torch.float64)
    train, (x, rows), standardize = split(points, numbered(points), seeded(draw.size(0, 10**6)))
    known = points[train[1]]
    why = "The model expects inputs on the scale it was trained on, and a new point may come alone, without statistics."
    for actual, raw in ((standardize(points[:1]), points[:1]), (x, points[rows])):
        assert_close(actual, (raw - known.mean(dim=0)) / known.std(dim=0, correction=0), why)


def test_small_and_large_units_are_standardized(draw):
    """A column in nanometres and one in kilometres come out alike: only a constant one is left unscaled."""
    points = draw.normal(draw.size(30, 60), 3, dtype=torch.float64) * draw.tensor([1e-9, 1.0, 1e6], torch.float64)
    train, _, _ = split(points, numbered(points), seeded(draw.size(0, 10**6)))
    why = "A small number added to std, or a lower bound for it, changes columns whose values are small themselves."
    assert_close(train[0].std(dim=0, correction=0), [1.0, 1.0, 1.0], why)


def test_a_column_constant_in_the_training_rows(draw):
    """A column that changes in validation rows alone is divided by 1 there too."""
    points, seed = draw.normal(20, 2), draw.size(0, 10**6)
    validation = split(points, numbered(points), seeded(seed))[1][1]
    points[:, 1] = 3.0
    points[validation, 1] = 5.0
    train, (x, _), _ = split(points, numbered(points), seeded(seed))
    assert_close(train[0][:, 1], [0.0] * len(train[0]), "Its std is 0, and 0 / 0 is NaN: divide such a column by 1.")
    why = "Whether a column is constant is a statistic too, and the validation rows have no say in it."
    assert_close(x[:, 1], [2.0] * len(x), why)


def test_split_survives_a_constant_column(draw):
    """A column that never changes becomes 0, not NaN, and nothing is written to the caller's points."""
    points = draw.normal(20, 3)
    points[:, 1] = float(draw.size(0, 3))
    labels = numbered(points)
    with unchanged("points -= mean writes into the caller's tensor. Use points - mean.", points=points, labels=labels):
        train, validation, _ = split(points, labels, seeded(draw.size(0, 10**6)))
    for side in (train, validation):
        assert_close(side[0][:, 1], [0.0] * len(side[0]), "Its std is 0, and 0 / 0 is NaN: divide such a column by 1.")


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [((2, 4, 1), 17), ((3, 5, 1), 26), ((4, 7, 1), 43), ((2, 3, 5, 4), 53)],
    ids=["2-4-1", "3-5-1", "4-7-1", "2-3-5-4"],
)
def test_mlp_has_its_parameters(sizes, wanted):
    """A layer from a to b has a * b weights and b biases, and the model knows of them all."""
    why = "optimizer and state_dict see what parameters() lists: layers in a plain Python list are not among them."
    assert_equal(sum(parameter.numel() for parameter in make_mlp(*sizes).parameters()), wanted, why)


@pytest.mark.parametrize("depth", [2, 1, 4], ids=["two layers", "one layer", "four layers"])
def test_mlp_is_linear_relu_linear(draw, depth):
    """Each layer gives w x + b, with a ReLU between each two and nothing after the last one."""
    n, *sizes = draw.sizes(depth + 2)
    x, model = draw.normal(n, sizes[0]), make_mlp(*sizes).to(draw.device)
    parameters, wanted = list(model.parameters()), x
    for layer in range(depth):
        weight, bias = parameters[2 * layer : 2 * layer + 2]
        wanted = (wanted.relu() if layer else wanted) @ weight.T + bias
    why = "Without a ReLU the layers are one linear map; with one at the end no score could be negative."
    assert_close(model(x), wanted, why, atol=1e-5)


def test_one_step_by_hand(draw):
    """With w = 1 on inputs 1 and 2 and targets 0 the loss is 2.5, the gradient 5, and w becomes 1 - 0.1 * 5."""
    model = line(draw, 1.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rows = draw.tensor([[1.0], [2.0]], torch.float64), draw.tensor([[0.0], [0.0]], torch.float64)
    loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, seeded(0))
    assert_close(loss, 2.5, "The loss of a batch is the one before its update.")
    assert_close(model.weight, [[0.5]], "One batch, one step along minus the gradient.")


def test_epoch_takes_every_row_once(draw):
    """Batches of 4 rows cover all rows once; only the last batch is shorter, and the order is new in each epoch."""
    n = 4 * draw.size(3, 6) + draw.size(1, 3)
    model, generator = line(draw, 0.0), seeded(draw.size(0, 10**6))
    optimizer, watch = torch.optim.SGD(model.parameters(), lr=0.0), Watch(model)
    rows = draw.normal(n, 1, dtype=torch.float64), torch.arange(n, device=draw.device).double()[:, None]
    epochs = []
    for _ in range(2):
        watch.batches = []
        train_epoch(model, watch, optimizer, rows, 4, generator)
        assert_equal([len(batch) for batch in watch.batches], [4] * (n // 4) + [n % 4], "The last rows are rows too.")
        epochs.append([row for batch in watch.batches for row in batch])
        assert_equal(sorted(epochs[-1]), list(range(n)), "An epoch is one pass: each row once.")
    if epochs[0] == epochs[1] or epochs[0] == list(range(n)):
        fail("train_epoch does not shuffle.", "Sorted data give batches of one class each.", order=epochs[1])


def test_epoch_repeats_with_its_generator(draw):
    """Generators of equal seed lead to the same order of rows, whatever the global generator did meanwhile."""
    model, seed = line(draw, 0.0), draw.size(0, 10**6)
    rows = draw.normal(50, 1, dtype=torch.float64), torch.arange(50, device=draw.device).double()[:, None]
    orders = []
    for _ in range(2):
        watch = Watch(model)
        train_epoch(model, watch, torch.optim.SGD(model.parameters(), lr=0.0), rows, 8, seeded(seed))
        orders.append(watch.batches)
    assert_equal(orders[1], orders[0], ONE_SOURCE)


def test_each_epoch_has_its_own_order(draw):
    """One generator, used for two epochs, gives two orders, and torch's global generator is not touched."""
    model, generator, world = line(draw, 0.0), seeded(draw.size(0, 10**6)), torch.get_rng_state()
    rows = draw.normal(50, 1, dtype=torch.float64), torch.arange(50, device=draw.device).double()[:, None]
    watch = Watch(model)
    for _ in range(2):
        train_epoch(model, watch, torch.optim.SGD(model.parameters(), lr=0.0), rows, 50, generator)
    if watch.batches[0] == watch.batches[1]:
        fail("Both epochs take the rows in the same order.", "Draw from the generator; seeding it again repeats it.")
    check_untouched(world)


def test_epoch_clears_the_gradients(draw):
    """Each update follows the gradient of its own batch, not what backward left behind before."""
    model = line(draw, 1.0, -1.0)
    x, y = draw.normal(9, 2, dtype=torch.float64), torch.arange(9, device=draw.device).double()[:, None]
    w, watch = model.weight.detach().clone(), Watch(model)
    model.weight.grad = draw.normal(1, 2, dtype=torch.float64)
    train_epoch(model, watch, torch.optim.SGD(model.parameters(), lr=0.1), (x, y), 4, seeded(draw.size(0, 10**6)))
    for batch in watch.batches:
        error = x[batch] @ w.T - y[batch]
        w = w - 0.1 * 2 * (error * x[batch]).mean(dim=0)
    why = "backward adds to .grad. Clear the gradients before each backward, or a batch drags all earlier ones along."
    assert_close(model.weight, w, why)


def test_epoch_returns_the_mean_over_rows(draw):
    """Four rows that cost 1 and one that costs 16 cost 4 in the mean, however they meet in batches of 2."""
    model = line(draw, 1.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    rows = draw.tensor([[1.0], [1.0], [1.0], [1.0], [4.0]], torch.float64), draw.tensor([[0.0]] * 5, torch.float64)
    loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, seeded(draw.size(0, 10**6)))
    assert_close(loss, 4.0, EVERY_ROW_COUNTS)
    if not isinstance(loss, float):
        fail(
            "train_epoch must return a Python float.",
            "A history holds numbers; a tensor may hold a graph.",
            loss,
            returned=loss,
        )


def test_epoch_trains_in_training_mode(draw):
    """A model that comes in eval mode learns in training mode."""
    model = nn.Sequential(line(draw, 1.0), nn.Dropout(0.0)).eval()
    watch = Watch(model)
    rows = draw.normal(5, 1, dtype=torch.float64), draw.normal(5, 1, dtype=torch.float64)
    train_epoch(model, watch, torch.optim.SGD(model.parameters(), lr=0.1), rows, 3, seeded(0))
    why = "Dropout drops, and batch norm takes the statistics of the batch, in training mode only: model.train()."
    assert_equal(watch.modes, ["training"] * 2, why)
    assert_equal(model.training, True, "It is left in training mode: who wants to measure asks for eval mode.")


def test_epoch_lets_go_of_the_graphs(draw):
    """While one batch is worked on, no graph is alive but its own and that of the batch before."""
    model, tokens, alive = line(draw, 1.0), [], []

    def loss_function(prediction, target):
        alive.append(sum(token() is not None for token in tokens))
        token = Token()
        tokens.append(weakref.ref(token))
        return Marked.apply(F.mse_loss(prediction, target), token)

    rows = draw.normal(12, 1, dtype=torch.float64), draw.normal(12, 1, dtype=torch.float64)
    train_epoch(model, loss_function, torch.optim.SGD(model.parameters(), lr=0.1), rows, 2, seeded(0))
    if max(alive) > 1:
        why = "A loss is a tensor that holds its graph. Summing or storing it keeps every graph: keep its number only."
        fail("train_epoch keeps the graphs of past batches.", why, alive=alive)


def test_evaluate_returns_the_mean_over_rows(draw):
    """Rows that cost 1, 1 and 4 cost 2 in the mean, also in batches of 2 and 1."""
    watch = Watch(nn.Identity())
    rows = draw.tensor([[1.0], [1.0], [2.0]]), draw.tensor([[0.0], [0.0], [0.0]])
    loss = evaluate(watch.model, watch, rows, 2)
    assert_equal(sorted(len(batch) for batch in watch.batches), [1, 2], "All rows at once may not fit in memory.")
    assert_close(loss, 2.0, EVERY_ROW_COUNTS)
    if not isinstance(loss, float):
        fail("evaluate must return a Python float.", "A history holds numbers, not tensors.", loss, returned=loss)


def test_evaluate_measures_in_eval_mode(draw):
    """Dropout lets everything through, and batch norm uses its running statistics and leaves them alone."""
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.9)).to(draw.device)
    model[0].running_mean = draw.normal(3)
    x, y = draw.normal(10, 3), draw.normal(10, 3)
    before = copy.deepcopy(model.state_dict())
    watch = Watch(model)
    loss = evaluate(model, watch, (x, y), 4)
    assert_equal(
        watch.modes, ["eval"] * 3, "model.eval() reaches every module inside, model.training = False does not."
    )
    wanted = F.mse_loss((x - before["0.running_mean"]) / math.sqrt(1 + model[0].eps), y).item()
    why = "Without eval mode the loss depends on luck and on which rows share a batch, and measuring changes the model."
    assert_close(loss, wanted, why, rtol=1e-5)
    assert_close(dict(model.state_dict()), dict(before), why)


def test_evaluate_builds_no_graph(draw):
    """No prediction made for a measurement records a graph, and no gradient appears."""
    model = line(draw, 1.0)
    watch = Watch(model)
    evaluate(model, watch, (draw.normal(5, 1, dtype=torch.float64), draw.normal(5, 1, dtype=torch.float64)), 3)
    why = "A graph costs memory for every activation, and nobody will call backward: measure under torch.no_grad()."
    assert_equal(watch.graphs, [False, False], why)
    assert_equal((model.weight.grad is None, model.weight.requires_grad, torch.is_grad_enabled()), (True, True, True))
    with torch.no_grad():
        evaluate(model, watch, (draw.normal(5, 1, dtype=torch.float64), draw.normal(5, 1, dtype=torch.float64)), 3)
        enabled = torch.is_grad_enabled()
    assert_equal(enabled, False, "A with block puts the grad mode back as it was; set_grad_enabled(True) only guesses.")


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_evaluate_restores_the_mode(draw, training):
    """A model comes back in the mode in which it was handed over."""
    model = nn.Sequential(nn.Linear(1, 1), nn.Dropout()).to(draw.device).train(training)
    evaluate(model, nn.MSELoss(), (draw.normal(5, 1), draw.normal(5, 1)), 3)
    why = "A model left in eval mode trains on without dropout; one left in training mode drops while it is in use."
    assert_equal((model.training, model[1].training), (training, training), why)


def test_fit_learns_nothing_from_validation_rows(draw):
    """Other validation rows, the same training rows: the training losses are the same."""
    train = draw.normal(20, 2, dtype=torch.float64), draw.normal(20, 1, dtype=torch.float64)
    histories = []
    for _ in range(2):
        validation = draw.normal(10, 2, dtype=torch.float64), draw.normal(10, 1, dtype=torch.float64)
        model = nn.Sequential(line(draw, 1.0, -1.0), nn.BatchNorm1d(1, device=draw.device, dtype=torch.float64))
        histories.append(fit(model, nn.MSELoss(), train, validation, seeded(3), epochs=4, batch_size=5, patience=4))
    why = "Validation rows only tell when to stop. A model that was trained on them can't be judged by them."
    assert_close(histories[1]["train"], histories[0]["train"], why)


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_fit_records_both_losses_of_adam(draw, decay):
    """With one batch per epoch the losses are those of a loop with torch.optim.AdamW, before and after each step."""
    model = nn.Linear(2, 1).to(draw.device, torch.float64)
    x, y = draw.normal(10, 2, dtype=torch.float64), draw.normal(10, 1, dtype=torch.float64)
    oracle, wanted = copy.deepcopy(model), {"train": [], "validation": []}
    optimizer = torch.optim.AdamW(oracle.parameters(), lr=0.05, weight_decay=decay)
    for _ in range(5):
        optimizer.zero_grad()
        loss = F.mse_loss(oracle(x), y)
        loss.backward()
        optimizer.step()
        wanted["train"].append(loss.item())
        wanted["validation"].append(F.mse_loss(oracle(x), y).item())
    settings = {"epochs": 5, "batch_size": 10, "learning_rate": 0.05, "weight_decay": decay}
    history = fit(model, nn.MSELoss(), (x, y), (x, y), seeded(0), **settings)
    why = "Train, then validate. One optimizer for the whole fit, over every parameter: weights and biases."
    assert_close(history, wanted, why)
    if not all(isinstance(loss, float) for losses in history.values() for loss in losses):
        fail("A history must hold Python floats.", "A tensor may hold a graph.", history, returned=history)


@pytest.mark.parametrize(
    ("script", "epochs", "patience"),
    [
        ([3, 2, 2.5, 2.25, 1], 4, 2),
        ([3, 2, 2, 2, 1], 4, 2),
        ([3, 3.5, 2, 2.5, 1, 1.5, 1.5, 0], 7, 2),
        ([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 10, 2),
        ([1, 1 - 1e-6, 1 - 2e-6, 1 - 3e-6, 2, 2, 0], 6, 2),
        ([3, 2, 2.5, 1], 3, 1),
    ],
    ids=["no progress", "ties", "progress in between", "to the end", "tiny progress", "patience 1"],
)
def test_fit_stops_when_patience_ends(draw, script, epochs, patience):
    """With a patience of 2, two epochs in a row without a new lowest validation loss are the last ones."""
    model = line(draw, 1.0)
    train, validation = scripted_rows(draw, 4, 1)
    settings = {"epochs": 10, "batch_size": 4, "learning_rate": 10.0, "patience": patience}
    history = fit(model, Script(script, model), train, validation, seeded(0), **settings)
    why = (
        "Count the epochs since the lowest loss so far, where a tie is one more; stop when the count reaches patience."
    )
    assert_close(history["validation"], [float(loss) for loss in script[:epochs]], why)


@pytest.mark.parametrize(
    ("script", "epochs", "n"),
    [([2.0, *[3.0] * 19], 11, 33), (list(range(120, 0, -1)), 100, 1)],
    ids=["no progress", "progress"],
)
def test_the_defaults_of_fit(draw, script, epochs, n):
    """Without settings there are 100 epochs at most, a patience of 10, batches of 32 rows, and plain Adam at 0.01."""
    (train, validation), histories = scripted_rows(draw, n, 1), []
    for settings in ({}, {"epochs": 100, "patience": 10, "batch_size": 32, "learning_rate": 0.01, "weight_decay": 0}):
        model = line(draw, 1.0)
        histories.append(fit(model, Script(script, model), train, validation, seeded(3), **settings))
    why = "The defaults in the signature are what counts where nothing else is asked for."
    assert_equal(len(histories[0]["train"]), epochs, why)
    assert_close(histories[0], histories[1], why)


def test_fit_shuffles_by_its_generator(draw):
    """Each epoch has an order of its own, drawn from the caller's generator."""
    rows = draw.normal(50, 1, dtype=torch.float64), torch.arange(50, device=draw.device).double()[:, None]
    orders, seed = [], draw.size(0, 10**6)
    for start in (seed, seed, seed + 1):
        model = line(draw, 1.0)
        watch = Watch(model)
        fit(model, watch, rows, rows, seeded(start), epochs=2, batch_size=50)
        orders.append([batch for batch, graph in zip(watch.batches, watch.graphs, strict=True) if graph])
    assert_equal(orders[1], orders[0], ONE_SOURCE)
    if orders[0][0] == orders[0][1] or orders[0] == orders[2]:
        why = "Hand the generator on as it is: one that is made or seeded anew repeats the same order."
        fail("Two epochs, or two seeds, have the same order of rows.", why, order=orders[0][0])


@pytest.mark.parametrize("patience", [9, 3], ids=["to the end", "stopped"])
def test_fit_restores_the_best_weights(draw, patience):
    """After the fit the model holds the parameters and buffers of the epoch with the lowest validation loss."""
    model = nn.Sequential(line(draw, 1.0), nn.BatchNorm1d(1, device=draw.device, dtype=torch.float64))
    script = Script([3.0, 1.0, 2.0, 2.5, 2.0, 2.0], model)
    train, validation = scripted_rows(draw, 8, 1)
    fit(model, script, train, validation, seeded(0), epochs=6, batch_size=4, patience=patience)
    why = "state_dict() holds the tensors that training goes on to change. A keepsake must be a copy, buffers included."
    assert_close(dict(model.state_dict()), dict(script.states[1]), why)


def test_weight_decay_shrinks_what_the_data_never_touch(draw):
    """A weight whose input is always 0 shrinks by the factor 1 - learning_rate * weight_decay at every step."""
    model = line(draw, 1.0, 3.0)
    (x, y), validation = scripted_rows(draw, 8, 2)
    x[:, 1] = 0
    settings = {"epochs": 3, "batch_size": 4, "learning_rate": 0.1, "weight_decay": 0.5}
    fit(model, Script([3, 2, 1], model), (x, y), validation, seeded(0), **settings)
    why = "3 epochs of 2 steps: 3 * 0.95 ** 6. Decay that is added to the gradient is rescaled by Adam like the rest."
    assert_close(model.weight[0, 1].detach(), 3 * 0.95**6, why)


def test_more_decay_means_smaller_weights(draw):
    """From the same start on the same rows, more weight decay leaves shorter weight vectors."""
    train, validation = scripted_rows(draw, 20, 3)
    norms = []
    for decay in (0.0, 1.0, 10.0):
        model = line(draw, 2.0, -2.0, 2.0)
        script = Script(range(20, 0, -1), model)
        fit(model, script, train, validation, seeded(0), epochs=20, batch_size=10, weight_decay=decay)
        norms.append(model.weight.norm().item())
    if not norms[0] > norms[1] > norms[2]:
        fail("Weight decay did not make the weights smaller.", "It pulls every weight towards 0.", norms=norms)


def test_the_problem_is_solved(draw):
    """Your functions together find the hidden rule: at least 90 % of 1000 fresh points, from 400 with 5 % noise."""
    generator = seeded(draw.size(0, 10**6))
    points, labels = (tensor.to(draw.device) for tensor in make_problem(400, 0.05, generator))
    train, validation, standardize = split(points, labels, generator)
    model = make_mlp(2, 16, 1).to(draw.device)
    fit(model, nn.BCEWithLogitsLoss(), train, validation, generator, epochs=40, learning_rate=0.03)
    fresh, rule = (tensor.to(draw.device) for tensor in make_problem(1000, 0.0, generator))
    accuracy = ((model.eval()(standardize(fresh)) > 0) == (rule > 0.5)).double().mean().item()
    if accuracy < 0.9:
        why = "If all tests above are green, look at the two losses that fit returns."
        fail("The hidden rule was not found.", why, accuracy=accuracy)


def test_a_batch_is_learned_by_heart(draw):
    """32 rows with random labels end below a loss of 0.05, and rows after them are not looked at."""
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4)).to(draw.device)
    x, y = draw.normal(50, 20), draw.integers(0, 4, 50)
    x[32:] = math.nan
    calls = []

    def loss_function(prediction, target):
        calls.append(prediction.requires_grad)
        return F.cross_entropy(prediction, target)

    loss = overfit_batch(model, loss_function, (x, y))
    assert_equal(sum(calls), 200, "200 updates are the default, and none is left out because the loss is small.")
    if not loss < 0.05:
        why = "The same 32 rows in each step, some 200 steps. NaN says that other rows were used."
        fail("The batch was not learned.", why, loss, loss=loss)
    wanted = F.cross_entropy(model.eval()(x[:32]), y[:32]).item()
    assert_close(loss, wanted, "Return the loss after the last update.", rtol=1e-4, atol=1e-6)


def test_a_batch_is_seen_once_per_step(draw):
    """Each of the steps is one update on all 32 rows, and the loss afterwards is measured in eval mode."""
    model = nn.Sequential(nn.Dropout(0.5), line(draw, 1.0))
    watch, steps = Watch(model), draw.size(3, 6)
    rows = draw.normal(40, 1, dtype=torch.float64), torch.arange(40, device=draw.device).double()[:, None]
    loss = overfit_batch(model, watch, rows, steps, 0.1)
    seen = [sorted(batch) for batch, graph in zip(watch.batches, watch.graphs, strict=True) if graph]
    assert_equal(seen, [list(range(32))] * steps, "One batch: no smaller ones within it, none after it.")
    assert_close(loss, F.mse_loss(model.eval()(rows[0][:32]), rows[1][:32]).item(), "With dropout on, a loss is luck.")


@pytest.mark.parametrize("settings", [{}, {"learning_rate": 0.1}], ids=["default", "chosen"])
def test_a_batch_is_learned_with_adam(draw, settings):
    """After three steps the loss is that of three steps of torch.optim.Adam with the same learning rate."""
    model = nn.Linear(3, 1).to(draw.device, torch.float64)
    x, y = draw.normal(32, 3, dtype=torch.float64), draw.normal(32, 1, dtype=torch.float64)
    oracle = copy.deepcopy(model)
    optimizer = torch.optim.Adam(oracle.parameters(), lr=settings.get("learning_rate", 0.01))
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(oracle(x), y).backward()
        optimizer.step()
    why = "One Adam for all steps, without decay, with the learning rate that was asked for."
    loss = overfit_batch(model, nn.MSELoss(), (x, y), steps=3, **settings)
    assert_close(loss, F.mse_loss(oracle(x), y).item(), why)


def test_digits_are_read(draw):
    """At least 96 % of some 360 digits that your model never saw are read right, in pixels shuffled by this run."""
    pixels, digits = load_digits(return_X_y=True)
    order, names = draw.normal(64).argsort().cpu(), draw.normal(10).argsort().cpu()
    images, labels = torch.tensor(pixels).float()[:, order], names[torch.tensor(digits)]
    images, labels = images.to(draw.device), labels.to(draw.device)
    held_out = torch.arange(len(images)) % 5 == draw.size(0, 4)
    x, y = images[~held_out], labels[~held_out]
    with unchanged("The images are the caller's, who may want to train on them once more.", images=x, labels=y):
        model, standardize = train_digits(x, y, seeded(draw.size(0, 10**6)))
    scores = model.eval()(standardize(images[held_out]))
    assert_equal(tuple(scores.shape), (int(held_out.sum()), 10), "One score per digit.")
    accuracy = (scores.argmax(dim=1) == labels[held_out]).double().mean().item()
    if accuracy < 0.96:
        why = "The docstring names settings that leave room above 96 %."
        fail("Too few unseen digits were read right.", why, accuracy=accuracy)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        scores = model(standardize(images[held_out]))
    why = "What was learned is in the parameters, not in a store of images: at 0 they give every image the same scores."
    assert_equal(scores, scores[:1].expand_as(scores), why)
