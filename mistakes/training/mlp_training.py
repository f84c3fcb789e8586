"""Known wrong answers to training/mlp_training."""

import copy
from itertools import pairwise

import torch
from torch import nn

from pt_kata.stand_ins import mistake
from solutions.training.mlp_training import evaluate, fit, make_mlp, split, train_epoch


def seeded(seed):
    """A generator that starts from the seed."""
    return torch.Generator().manual_seed(seed)


# ---- make_problem


def points_and_rule(n, generator):
    """Points of two clusters, and right labels."""
    points = 0.5 * torch.randn(n, 2, generator=generator)
    points[: n // 2, 0] -= 1
    points[n // 2 :, 0] += 1
    return points, (points.prod(dim=1, keepdim=True) > 0).float()


def flipped(points, labels, rows):
    """The points, and the labels with those of some rows turned round."""
    labels[rows] = 1 - labels[rows]
    return points, labels


@mistake("make_problem", caught_by="test_problem_has_two_clusters")
def variance_of_a_half(n, noise, generator):
    """A variance of 0.5.

    The points are scaled by the square root of 0.5, so that their variance is 0.5. It is the standard deviation that
    should be 0.5.

    Try:
        >>> points, _ = make_problem(10000, 0.0, torch.Generator().manual_seed(0))
        >>> round(points[:, 1].std().item(), 1)
        0.7
    """
    points = 0.5**0.5 * torch.randn(n, 2, generator=generator)
    points[: n // 2, 0] -= 1
    points[n // 2 :, 0] += 1
    labels = (points.prod(dim=1, keepdim=True) > 0).float()
    return flipped(points, labels, torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_follows_its_hidden_rule", noise=True)
def label_of_the_cluster(n, noise, generator):
    """A label that names the cluster.

    The first half of the points gets the label 0 and the second half 1. The rule is about the sign of x1 * x2, and
    each cluster holds both labels.

    Try:
        >>> points, labels = make_problem(100, 0.0, torch.Generator().manual_seed(0))
        >>> bool(((points.prod(dim=1, keepdim=True) > 0) == (labels > 0)).all())
        False
    """
    points, labels = points_and_rule(n, generator)
    labels[: n // 2], labels[n // 2 :] = 0.0, 1.0
    return flipped(points, labels, torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_follows_its_hidden_rule")
def straight_line(n, noise, generator):
    """A rule with a sum.

    The label is 1 where x1 + x2 is positive. One straight line separates that, and the network would have nothing to
    show.

    Try:
        >>> points, labels = make_problem(100, 0.0, torch.Generator().manual_seed(0))
        >>> bool(((points.sum(dim=1, keepdim=True) > 0) == (labels > 0)).all())
        True
    """
    points, labels = points_and_rule(n, generator)
    labels = (points.sum(dim=1, keepdim=True) > 0).float()
    return flipped(points, labels, torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_follows_its_hidden_rule")
def labels_in_a_row(n, noise, generator):
    """Labels of shape (n,).

    The labels have no second axis. The network returns (n, 1), and against (n,) a loss broadcasts to n * n pairs.

    Try:
        >>> make_problem(10, 0.0, torch.Generator().manual_seed(0))[1].shape
        torch.Size([10])
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels[:, 0], torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_follows_its_hidden_rule")
def labels_of_integers(n, noise, generator):
    """Labels that are integers.

    The labels are int64, as for a class index. A loss on one score, such as binary cross-entropy, needs floats.

    Try:
        >>> make_problem(10, 0.0, torch.Generator().manual_seed(0))[1].dtype
        torch.int64
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels.long(), torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_noise_flips_its_share_of_labels")
def rows_drawn_twice(n, noise, generator):
    """Rows that may be drawn twice.

    The rows to flip are drawn one by one with randint. A row that comes twice counts once, so too few labels are
    wrong.

    Try:
        >>> points, labels = make_problem(1000, 1.0, torch.Generator().manual_seed(0))
        >>> bool(((points.prod(dim=1, keepdim=True) > 0) != (labels > 0)).all())
        False
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels, torch.randint(n, (round(noise * n),), generator=generator))


@mistake("make_problem", caught_by="test_noise_flips_its_share_of_labels")
def coin_for_each_row(n, noise, generator):
    """A coin for each row.

    Every row is flipped with the probability noise. The number of wrong labels is then a matter of luck, and it should
    be round(noise * n).

    Try:
        >>> points, labels = make_problem(1000, 0.1, torch.Generator().manual_seed(0))
        >>> int(((points.prod(dim=1, keepdim=True) > 0) != (labels > 0)).sum()) == 100
        False
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels, torch.rand(n, generator=generator) < noise)


@mistake("make_problem", caught_by="test_noise_flips_its_share_of_labels")
def labels_drawn_anew(n, noise, generator):
    """Labels that are drawn anew.

    The chosen rows get a random label in the place of the other one. About half of them stay right by luck.

    Try:
        >>> points, labels = make_problem(1000, 1.0, torch.Generator().manual_seed(0))
        >>> bool(((points.prod(dim=1, keepdim=True) > 0) != (labels > 0)).all())
        False
    """
    points, labels = points_and_rule(n, generator)
    rows = torch.randperm(n, generator=generator)[: round(noise * n)]
    labels[rows] = torch.randint(0, 2, (len(rows), 1), generator=generator).float()
    return points, labels


@mistake("make_problem", caught_by="test_noise_flips_its_share_of_labels")
def rounded_down(n, noise, generator):
    """A number of flips that is rounded down.

    int cuts off what follows the point. It makes 2 of 2.9, and 28 of 0.29 * 100 as well, where a float is a hair
    below.

    Try:
        >>> points, labels = make_problem(10, 0.19, torch.Generator().manual_seed(0))
        >>> int(((points.prod(dim=1, keepdim=True) > 0) != (labels > 0)).sum())
        1
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels, torch.randperm(n, generator=generator)[: int(noise * n)])


@mistake("make_problem", caught_by="test_noise_flips_its_share_of_labels")
def first_rows_flipped(n, noise, generator):
    """The first rows flipped.

    The wrong labels are those of the first rows, in every run. They all lie in the first cluster, where noise is then
    twice as dense.

    Try:
        >>> points, labels = make_problem(100, 0.1, torch.Generator().manual_seed(0))
        >>> ((points.prod(dim=1) > 0) != (labels[:, 0] > 0)).nonzero().flatten().tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels, torch.arange(round(noise * n)))


@mistake("make_problem", caught_by="test_problem_comes_from_the_generator_alone")
def points_of_the_global_generator(n, noise, generator):
    """Points from torch's global generator.

    randn is called without generator=. The points then depend on what ran before, and an equal seed no longer repeats
    them.

    Try:
        >>> one, two = (make_problem(5, 0.0, torch.Generator().manual_seed(0))[0] for _ in range(2))
        >>> torch.equal(one, two)
        False
    """
    points, labels = points_and_rule(n, None)
    return flipped(points, labels, torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_comes_from_the_generator_alone")
def generator_seeded_inside(n, noise, generator):
    """A generator that is seeded inside.

    The function sets the generator back to a fixed seed. Whatever was asked for, the points are always the same.

    Try:
        >>> one, two = (make_problem(5, 0.0, torch.Generator().manual_seed(seed))[0] for seed in (0, 1))
        >>> torch.equal(one, two)
        True
    """
    generator.manual_seed(0)
    points, labels = points_and_rule(n, generator)
    return flipped(points, labels, torch.randperm(n, generator=generator)[: round(noise * n)])


@mistake("make_problem", caught_by="test_problem_comes_from_the_generator_alone")
def global_generator_seeded(n, noise, generator):
    """The global generator, seeded.

    torch.manual_seed is called, with a seed taken from the generator. Every other random number of the program is
    changed by that.

    Try:
        >>> before = torch.get_rng_state()
        >>> problem = make_problem(5, 0.0, torch.Generator().manual_seed(0))
        >>> torch.equal(torch.get_rng_state(), before)
        False
    """
    torch.manual_seed(generator.initial_seed())
    points, labels = points_and_rule(n, None)
    return flipped(points, labels, torch.randperm(n)[: round(noise * n)])


# ---- split


def shuffled(points, generator, fraction):
    """The numbers of the training rows and of the validation rows, in random order."""
    return torch.randperm(len(points), generator=generator).tensor_split([round(fraction * len(points))])


def moments(points):
    """Mean and standard deviation of each column, 1 where the latter is 0."""
    std = points.std(dim=0, correction=0)
    return points.mean(dim=0), torch.where(std > 0, std, 1.0)


def scale(mean, std):
    """The function that standardizes with these."""
    return lambda points: (points - mean) / std


def both(points, labels, train, validation, standardize):
    """What split returns."""
    sides = [(standardize(points[rows]), labels[rows]) for rows in (train, validation)]
    return sides[0], sides[1], standardize


@mistake("split", caught_by="test_training_rows_are_standardized")
def statistics_before_the_split(points, labels, generator, fraction=0.8):
    """Statistics taken before the split.

    Mean and standard deviation are those of all rows. They have seen the validation rows, which were to be unseen.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(1))
        >>> train[0].mean().abs().item() < 1e-6
        False
    """
    return both(points, labels, *shuffled(points, generator, fraction), scale(*moments(points)))


@mistake("split", caught_by="test_validation_rows_lend_no_statistics")
def validation_by_its_own(points, labels, generator, fraction=0.8):
    """Validation rows with statistics of their own.

    The validation rows are standardized by their own mean and standard deviation. The model expects the scale of the
    training rows, and a row that comes alone has no statistics at all.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> _, validation, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> validation[0].flatten().abs()
        tensor([1., 1.])
    """
    train, validation = shuffled(points, generator, fraction)
    standardize = scale(*moments(points[train]))
    x, y = points[validation], labels[validation]
    return (standardize(points[train]), labels[train]), (scale(*moments(x))(x), y), standardize


@mistake("split", caught_by="test_validation_rows_lend_no_statistics")
def any_points_by_their_own(points, labels, generator, fraction=0.8):
    """A standardize that computes statistics anew.

    The function that comes back takes mean and standard deviation of the points it is given. Later points need those
    of the training rows, and a point that comes alone becomes 0.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> _, _, standardize = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> standardize(torch.tensor([[100.0]]))
        tensor([[0.]])
    """
    return both(points, labels, *shuffled(points, generator, fraction), lambda points: scale(*moments(points))(points))


@mistake("split", caught_by="test_validation_rows_lend_no_statistics")
def validation_left_raw(points, labels, generator, fraction=0.8):
    """Validation rows that stay raw.

    Only the training rows are standardized. The model would be asked about points on a scale that it never saw.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> _, (x, y), _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> torch.equal(x[:, 0], y.float())
        True
    """
    train, validation, standardize = both(
        points, labels, *(rows := shuffled(points, generator, fraction)), scale(*moments(points[rows[0]]))
    )
    return train, (points[rows[1]], validation[1]), standardize


@mistake("split", caught_by="test_training_rows_are_standardized")
def divided_by_one_less(points, labels, generator, fraction=0.8):
    """A standard deviation that divides by n - 1.

    std is called without correction=0. By default torch divides by n - 1, which estimates the spread of a population.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> round(train[0].std(correction=0).item(), 2)
        0.94
    """
    train, validation = shuffled(points, generator, fraction)
    std = points[train].std(dim=0)
    standardize = scale(points[train].mean(dim=0), torch.where(std > 0, std, 1.0))
    return both(points, labels, train, validation, standardize)


@mistake("split", caught_by="test_training_rows_are_standardized")
def one_scale_for_all_columns(points, labels, generator, fraction=0.8):
    """One mean and one scale for all columns.

    Mean and standard deviation are taken over the whole tensor. Columns in different units then stay as unequal as
    they were.

    Try:
        >>> points = torch.tensor([[0.0, 0.0], [2.0, 2000.0]]).repeat(5, 1)
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> train[0].std(dim=0, correction=0)[0].item() < 0.5
        True
    """
    train, validation = shuffled(points, generator, fraction)
    std = points[train].std(correction=0)
    standardize = scale(points[train].mean(), std if std > 0 else 1.0)
    return both(points, labels, train, validation, standardize)


@mistake("split", caught_by="test_training_rows_are_standardized")
def divided_by_variance(points, labels, generator, fraction=0.8):
    """A division by the variance.

    The points are divided by var and not by its square root. The columns then have a standard deviation of 1 / std.

    Try:
        >>> points = 4 * torch.arange(10.0)[:, None]
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> train[0].std(correction=0).item() < 0.2
        True
    """
    train, validation = shuffled(points, generator, fraction)
    mean, std = moments(points[train])
    return both(points, labels, train, validation, scale(mean, std * std))


@mistake("split", caught_by="test_split_survives_a_constant_column")
def nan_in_constant_columns(points, labels, generator, fraction=0.8):
    """A division by 0 in constant columns.

    A column that never changes has the standard deviation 0. Then 0 / 0 is NaN, and a single NaN spreads to every
    weight.

    Try:
        >>> train, _, _ = split(torch.ones(5, 1), torch.arange(5), torch.Generator().manual_seed(0))
        >>> train[0].flatten()
        tensor([nan, nan, nan, nan])
    """
    train, validation = shuffled(points, generator, fraction)
    standardize = scale(points[train].mean(dim=0), points[train].std(dim=0, correction=0))
    return both(points, labels, train, validation, standardize)


@mistake("split", caught_by="test_small_and_large_units_are_standardized")
def small_number_added(points, labels, generator, fraction=0.8):
    """A small number added to the standard deviation.

    Every column is divided by std + 1e-8, so that nothing is divided by 0. In small units 1e-8 is not small, and a
    column that is constant should be divided by 1.

    Try:
        >>> points = 1e-8 * torch.arange(10.0)[:, None]
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> train[0].std(correction=0).item() < 0.9
        True
    """
    train, validation = shuffled(points, generator, fraction)
    standardize = scale(points[train].mean(dim=0), points[train].std(dim=0, correction=0) + 1e-8)
    return both(points, labels, train, validation, standardize)


@mistake("split", caught_by="test_small_and_large_units_are_standardized")
def clamped_from_below(points, labels, generator, fraction=0.8):
    """A lower bound for the standard deviation.

    A standard deviation below 1e-8 is raised to that. In small units a column may be narrower and still carry all that
    there is to know.

    Try:
        >>> points = 1e-10 * torch.arange(10.0)[:, None]
        >>> train, _, _ = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> train[0].std(correction=0).item() < 0.1
        True
    """
    train, validation = shuffled(points, generator, fraction)
    standardize = scale(points[train].mean(dim=0), points[train].std(dim=0, correction=0).clamp(min=1e-8))
    return both(points, labels, train, validation, standardize)


@mistake("split", caught_by="test_split_shuffles_by_the_generator")
def not_shuffled(points, labels, generator, fraction=0.8):
    """Rows that are not shuffled.

    The first rows are for training and the last ones for validation. Data often come sorted, and then validation sees
    one kind alone.

    Try:
        >>> _, (_, y), _ = split(torch.randn(10, 2), torch.arange(10), torch.Generator().manual_seed(0))
        >>> y
        tensor([8, 9])
    """
    train, validation = torch.arange(len(points)).tensor_split([round(fraction * len(points))])
    return both(points, labels, train, validation, scale(*moments(points[train])))


@mistake("split", caught_by="test_split_shuffles_by_the_generator")
def split_by_the_global_generator(points, labels, generator, fraction=0.8):
    """A shuffle by torch's global generator.

    randperm is called without generator=. The split then depends on what ran before, and an equal seed no longer
    repeats it.

    Try:
        >>> points, rows = torch.zeros(99, 1), torch.arange(99)
        >>> one, two = (split(points, rows, torch.Generator().manual_seed(0))[0][1] for _ in range(2))
        >>> torch.equal(one, two)
        False
    """
    train, validation = shuffled(points, None, fraction)
    return both(points, labels, train, validation, scale(*moments(points[train])))


@mistake("split", caught_by="test_split_gives_every_row_to_one_side")
def rows_on_both_sides(points, labels, generator, fraction=0.8):
    """Rows on both sides.

    Training and validation rows are drawn by two shuffles of all rows. Most validation rows are then among the
    training rows, and their loss flatters the model.

    Try:
        >>> (_, a), (_, b), _ = split(torch.zeros(99, 1), torch.arange(99), torch.Generator().manual_seed(0))
        >>> set(a.tolist()) & set(b.tolist()) == set()
        False
    """
    train, rest = shuffled(points, generator, fraction)
    validation = torch.randperm(len(points), generator=generator)[: len(rest)]
    return both(points, labels, train, validation, scale(*moments(points[train])))


@mistake("split", caught_by="test_split_gives_every_row_to_one_side")
def trained_on_all_rows(points, labels, generator, fraction=0.8):
    """All rows for training.

    The validation rows are set apart, but training gets every row. A row on both sides is learned by heart and then
    asked about.

    Try:
        >>> train, validation, _ = split(torch.zeros(10, 1), torch.arange(10), torch.Generator().manual_seed(0))
        >>> len(train[1]), len(validation[1])
        (10, 2)
    """
    order = torch.randperm(len(points), generator=generator)
    return both(points, labels, order, order[round(fraction * len(points)) :], scale(*moments(points)))


@mistake("split", caught_by="test_split_gives_every_row_to_one_side")
def number_rounded_down(points, labels, generator, fraction=0.8):
    """A number of rows that is rounded down.

    int cuts off what follows the point. Of 0.8 * 36 = 28.8 rows it makes 28, and round makes 29.

    Try:
        >>> train, _, _ = split(torch.zeros(36, 1), torch.arange(36), torch.Generator().manual_seed(0))
        >>> len(train[1])
        28
    """
    rows = torch.randperm(len(points), generator=generator).tensor_split([int(fraction * len(points))])
    return both(points, labels, *rows, scale(*moments(points[rows[0]])))


@mistake("split", caught_by="test_split_gives_every_row_to_one_side")
def fraction_ignored(points, labels, generator, fraction=0.8):
    """A fraction that is ignored.

    80 % of the rows are for training, whatever fraction says. 0.8 is only its default.

    Try:
        >>> train, _, _ = split(torch.zeros(10, 1), torch.arange(10), torch.Generator().manual_seed(0), 0.5)
        >>> len(train[1])
        8
    """
    rows = shuffled(points, generator, 0.8)
    return both(points, labels, *rows, scale(*moments(points[rows[0]])))


@mistake("split", caught_by="test_training_rows_are_standardized")
def labels_left_behind(points, labels, generator, fraction=0.8):
    """Labels that are not shuffled with their rows.

    The points are shuffled and the labels are cut in their old order. Each row then has the label of another.

    Try:
        >>> (_, y), _, _ = split(torch.zeros(10, 1), torch.arange(10), torch.Generator().manual_seed(0))
        >>> y
        tensor([0, 1, 2, 3, 4, 5, 6, 7])
    """
    rows = shuffled(points, generator, fraction)
    train, validation, standardize = both(points, labels, *rows, scale(*moments(points[rows[0]])))
    cut = len(rows[0])
    return (train[0], labels[:cut]), (validation[0], labels[cut:]), standardize


@mistake("split", caught_by="test_split_survives_a_constant_column")
def points_written_to(points, labels, generator, fraction=0.8):
    """A caller's points that are written to.

    The mean is subtracted in place, from the tensor that was handed over. The caller's points have changed, and a
    second split of them starts from there.

    Try:
        >>> points = torch.arange(10.0)[:, None]
        >>> result = split(points, torch.arange(10), torch.Generator().manual_seed(0))
        >>> points[0].item() == 0
        False
    """
    train, validation = shuffled(points, generator, fraction)
    mean, std = moments(points[train])
    points -= mean
    points /= std
    return (points[train], labels[train]), (points[validation], labels[validation]), scale(mean, std)


# ---- make_mlp


class Plain(nn.Module):
    """Layers that its user has to register."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def alternating(sizes, between, **options):
    """Linear layers, each followed by what ``between`` makes."""
    return [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b, **options), between())]


@mistake("make_mlp", caught_by="test_mlp_has_its_parameters")
def plain_list(*sizes):
    """Layers in a plain Python list.

    A module does not look into lists for its parameters. The optimizer gets none of them, and nothing is learned.

    Try:
        >>> list(make_mlp(2, 4, 1).parameters())
        []
    """
    return Plain(alternating(sizes, nn.ReLU)[:-1])


@mistake("make_mlp", caught_by="test_mlp_has_its_parameters")
def without_biases(*sizes):
    """Layers without a bias.

    Each layer has weights alone. Every kink then goes through the origin, and 2-4-1 has 12 parameters, not 17.

    Try:
        >>> sum(parameter.numel() for parameter in make_mlp(2, 4, 1).parameters())
        12
    """
    return nn.Sequential(*alternating(sizes, nn.ReLU, bias=False)[:-1])


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def relu_at_the_end(*sizes):
    """A ReLU after the last layer.

    Every layer is followed by a ReLU, the last one too. No score can be negative then, and where it is 0 nothing
    flows back.

    Try:
        >>> bool((make_mlp(2, 16, 1)(torch.randn(100, 2)) < 0).any()), type(make_mlp(2, 4, 1)[-1]).__name__
        (False, 'ReLU')
    """
    return nn.Sequential(*alternating(sizes, nn.ReLU))


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def sigmoid_at_the_end(*sizes):
    """A sigmoid after the last layer.

    The scores become probabilities. The loss functions take raw scores and apply a sigmoid or softmax of their own,
    so it would come twice.

    Try:
        >>> bool((make_mlp(2, 4, 1)(torch.randn(100, 2)) > 0).all())
        True
    """
    return nn.Sequential(*alternating(sizes, nn.ReLU)[:-1], nn.Sigmoid())


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def softmax_at_the_end(*sizes):
    """A softmax after the last layer.

    The scores become probabilities that sum to 1. The cross-entropy takes raw scores and applies a softmax of its
    own, so it would come twice.

    Try:
        >>> make_mlp(2, 4, 1)(torch.randn(3, 2)).flatten()
        tensor([1., 1., 1.], ...)
    """
    return nn.Sequential(*alternating(sizes, nn.ReLU)[:-1], nn.Softmax(dim=-1))


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def nothing_between(*sizes):
    """Nothing between the layers.

    The linear layers follow directly on each other. Together they are one linear map, however many there are.

    Try:
        >>> len(make_mlp(2, 4, 1))
        2
    """
    return nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def tanh_between(*sizes):
    """A tanh between the layers.

    The layers are joined by tanh. The docstring asks for ReLU, which does not flatten out for large inputs.

    Try:
        >>> type(make_mlp(2, 4, 1)[1]).__name__
        'Tanh'
    """
    return nn.Sequential(*alternating(sizes, nn.Tanh)[:-1])


@mistake("make_mlp", caught_by="test_mlp_is_linear_relu_linear")
def one_relu(*sizes):
    """A ReLU after the first layer only.

    One ReLU follows the first layer, and the others follow directly on each other. In deeper networks these are one
    linear map.

    Try:
        >>> len(make_mlp(2, 4, 4, 1))
        4
    """
    first, *others = (nn.Linear(a, b) for a, b in pairwise(sizes))
    return nn.Sequential(first, *([nn.ReLU()] if others else []), *others)


@mistake("make_mlp", caught_by="test_mlp_has_its_parameters")
def three_sizes_only(*sizes):
    """Two layers, however many sizes there are.

    The network is made of the first, the second and the last size. The sizes in between are ignored.

    Try:
        >>> sum(parameter.numel() for parameter in make_mlp(2, 3, 5, 4).parameters())
        25
    """
    return nn.Sequential(*alternating((*sizes[:-1][:2], sizes[-1]), nn.ReLU)[:-1])


# ---- train_epoch


def batches(rows, batch_size, generator):
    """Batches of the rows, in random order."""
    x, y = rows
    for batch in torch.randperm(len(x), generator=generator).split(batch_size):
        yield x[batch], y[batch]


@mistake("train_epoch", caught_by="test_epoch_clears_the_gradients")
def gradients_not_cleared(model, loss_function, optimizer, rows, batch_size, generator):
    """Gradients that are never cleared.

    Each backward adds to what is in .grad. Every batch then drags all earlier ones along, and the steps grow.

    Try:
        >>> model, rows = nn.Linear(1, 1), (torch.ones(2, 1), torch.ones(2, 1))
        >>> def take(): return train_epoch(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), 0.0), rows, 2, None)
        >>> (take(), once := model.bias.grad.item())[0] == (take(), twice := model.bias.grad.item())[0]
        True
        >>> round(twice / once)
        2
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_clears_the_gradients")
def gradients_cleared_once(model, loss_function, optimizer, rows, batch_size, generator):
    """Gradients that are cleared once per epoch.

    They are cleared before the first batch and not again. From the second batch on they hold the sum of all batches.

    Try:
        >>> model = nn.Linear(1, 1)
        >>> rows, optimizer = (torch.ones(2, 1), torch.ones(2, 1)), torch.optim.SGD(model.parameters(), 0.0)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 1, torch.Generator())
        >>> round(abs(model.bias.grad.item()) / (2 * loss**0.5))
        2
    """
    model.train()
    total = 0.0
    optimizer.zero_grad()
    for x, y in batches(rows, batch_size, generator):
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_clears_the_gradients")
def gradients_cleared_after_the_step(model, loss_function, optimizer, rows, batch_size, generator):
    """Gradients that are cleared after the step only.

    Each batch clears the gradients when it is done. What they held when the epoch began still enters the first step.

    Try:
        >>> model = nn.Linear(1, 1); model.bias.grad = torch.tensor([100.0])
        >>> rows, optimizer = (torch.ones(2, 1), torch.ones(2, 1)), torch.optim.SGD(model.parameters(), 1.0)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        >>> model.bias.item() < -90
        True
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_one_step_by_hand")
def gradients_cleared_before_the_step(model, loss_function, optimizer, rows, batch_size, generator):
    """Gradients that are cleared before they are used.

    zero_grad stands between backward and step. The optimizer finds no gradients and changes nothing.

    Try:
        >>> model = nn.Linear(1, 1); before = model.bias.item()
        >>> rows, optimizer = (torch.ones(2, 1), torch.ones(2, 1)), torch.optim.SGD(model.parameters(), 0.1)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        >>> model.bias.item() == before
        True
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(rows[0])


def updated(loss, optimizer):
    """The loss, after one right update from it."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@mistake("train_epoch", caught_by="test_epoch_returns_the_mean_over_rows")
def mean_of_batch_means(model, loss_function, optimizer, rows, batch_size, generator):
    """A mean of batch means.

    The losses of the batches are added and divided by the number of batches. In a short last batch each row then
    counts more than in the others.

    Try:
        >>> rows = torch.tensor([[0.0], [0.0], [3.0]]), torch.tensor([[1.0], [1.0], [1.0]])
        >>> model = nn.Linear(1, 1); _ = nn.init.ones_(model.weight), nn.init.zeros_(model.bias)
        >>> round(train_epoch(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), 0.0), rows, 2, None), 2) == 2.0
        False
    """
    model.train()
    losses = [updated(loss_function(model(x), y), optimizer).item() for x, y in batches(rows, batch_size, generator)]
    return sum(losses) / len(losses)


@mistake("train_epoch", caught_by="test_epoch_returns_the_mean_over_rows")
def sum_of_batch_means(model, loss_function, optimizer, rows, batch_size, generator):
    """A sum of batch means divided by the rows.

    The mean losses of the batches are added and the sum is divided by the number of rows. Each mean should first be
    multiplied by the rows of its batch.

    Try:
        >>> model = nn.Linear(1, 1); _ = nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
        >>> rows, optimizer = (torch.ones(4, 1), torch.ones(4, 1)), torch.optim.SGD(model.parameters(), 0.0)
        >>> train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        0.5
    """
    model.train()
    losses = [updated(loss_function(model(x), y), optimizer).item() for x, y in batches(rows, batch_size, generator)]
    return sum(losses) / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_returns_the_mean_over_rows")
def weighted_by_batch_size(model, loss_function, optimizer, rows, batch_size, generator):
    """A last batch that counts as a full one.

    Each batch's mean is multiplied by batch_size. The last batch may be shorter, and its rows then count too much.

    Try:
        >>> model = nn.Linear(1, 1); _ = nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
        >>> rows, optimizer = (torch.ones(3, 1), torch.ones(3, 1)), torch.optim.SGD(model.parameters(), 0.0)
        >>> round(train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator()), 2)
        1.33
    """
    model.train()
    losses = [updated(loss_function(model(x), y), optimizer).item() for x, y in batches(rows, batch_size, generator)]
    return sum(losses) * batch_size / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_returns_the_mean_over_rows")
def loss_of_the_last_batch(model, loss_function, optimizer, rows, batch_size, generator):
    """The loss of the last batch.

    What comes back is the loss of the batch that came last. It stands for a few rows, and which ones is luck.

    Try:
        >>> rows = torch.zeros(2, 1), torch.tensor([[0.0], [2.0]])
        >>> model = nn.Linear(1, 1); _ = nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
        >>> train_epoch(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), 0.0), rows, 1, None) == 2.0
        False
    """
    model.train()
    for x, y in batches(rows, batch_size, generator):
        loss = updated(loss_function(model(x), y), optimizer).item()
    return loss


@mistake("train_epoch", caught_by="test_one_step_by_hand")
def loss_after_the_update(model, loss_function, optimizer, rows, batch_size, generator):
    """The loss after the update.

    The loss of each batch is measured once more when the model has learned from it. The one that was asked for is the
    one before.

    Try:
        >>> model = nn.Linear(1, 1); _ = nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
        >>> rows, optimizer = (torch.zeros(2, 1), torch.ones(2, 1)), torch.optim.SGD(model.parameters(), 0.5)
        >>> train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        0.0
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        updated(loss_function(model(x), y), optimizer)
        total += loss_function(model(x), y).item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_takes_every_row_once")
def last_batch_dropped(model, loss_function, optimizer, rows, batch_size, generator):
    """A last batch that is dropped.

    Only full batches are used. The rows that are left over are rows too.

    Try:
        >>> seen, model = [], nn.Linear(1, 1)
        >>> def loss_function(p, y): seen.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> rows, optimizer = (torch.ones(5, 1), torch.ones(5, 1)), torch.optim.SGD(model.parameters(), 0.1)
        >>> loss = train_epoch(model, loss_function, optimizer, rows, 2, torch.Generator()); seen
        [2, 2]
    """
    model.train()
    total = count = 0
    for x, y in batches(rows, batch_size, generator):
        if len(x) == batch_size:
            total += updated(loss_function(model(x), y), optimizer).item() * len(x)
            count += len(x)
    return total / max(count, 1)


@mistake("train_epoch", caught_by="test_epoch_takes_every_row_once")
def rows_in_order(model, loss_function, optimizer, rows, batch_size, generator):
    """Rows in their old order.

    The batches follow the order of the rows, the same in each epoch. Sorted data give batches of one class each.

    Try:
        >>> seen, model = [], nn.Linear(1, 1)
        >>> def loss_function(p, y): seen.extend(y.flatten().tolist()); return nn.functional.mse_loss(p, y)
        >>> rows, optimizer = (torch.ones(9, 1), torch.arange(9.0)[:, None]), torch.optim.SGD(model.parameters(), 0.0)
        >>> loss = train_epoch(model, loss_function, optimizer, rows, 2, torch.Generator()); seen == sorted(seen)
        True
    """
    model.train()
    total = 0.0
    for x, y in zip(rows[0].split(batch_size), rows[1].split(batch_size), strict=True):
        total += updated(loss_function(model(x), y), optimizer).item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_takes_every_row_once")
def rows_with_replacement(model, loss_function, optimizer, rows, batch_size, generator):
    """Rows that are drawn with replacement.

    Each batch draws its rows at random with randint. In an epoch some rows come several times and about a third not
    at all.

    Try:
        >>> seen, model = [], nn.Linear(1, 1)
        >>> def loss_function(p, y): seen.extend(y.flatten().tolist()); return nn.functional.mse_loss(p, y)
        >>> rows, optimizer = (torch.ones(99, 1), torch.arange(99.0)[:, None]), torch.optim.SGD(model.parameters(), 0.0)
        >>> loss = train_epoch(model, loss_function, optimizer, rows, 9, torch.Generator()); len(set(seen)) < 99
        True
    """
    model.train()
    total = 0.0
    for batch in torch.randint(len(rows[0]), (len(rows[0]),), generator=generator).split(batch_size):
        total += updated(loss_function(model(rows[0][batch]), rows[1][batch]), optimizer).item() * len(batch)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_repeats_with_its_generator")
def order_by_the_global_generator(model, loss_function, optimizer, rows, batch_size, generator):
    """An order from torch's global generator.

    randperm is called without generator=. The order then depends on what ran before, and an equal seed no longer
    repeats a run.

    Try:
        >>> world, model = torch.get_rng_state(), nn.Linear(1, 1); world = torch.get_rng_state()
        >>> rows, optimizer = (torch.ones(9, 1), torch.ones(9, 1)), torch.optim.SGD(model.parameters(), 0.0)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        >>> torch.equal(torch.get_rng_state(), world)
        False
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, None):
        total += updated(loss_function(model(x), y), optimizer).item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_each_epoch_has_its_own_order")
def same_order_each_epoch(model, loss_function, optimizer, rows, batch_size, generator):
    """The same order in each epoch.

    The generator is seeded anew with its own seed before it is used. Each epoch then takes the rows in the same order.

    Try:
        >>> generator, model = torch.Generator().manual_seed(3), nn.Linear(1, 1)
        >>> rows, optimizer = (torch.ones(9, 1), torch.ones(9, 1)), torch.optim.SGD(model.parameters(), 0.0)
        >>> def state(): train_epoch(model, nn.MSELoss(), optimizer, rows, 2, generator); return generator.get_state()
        >>> torch.equal(state(), state())
        True
    """
    generator.manual_seed(generator.initial_seed())
    return train_epoch_right(model, loss_function, optimizer, rows, batch_size, generator)


def train_epoch_right(model, loss_function, optimizer, rows, batch_size, generator):
    """A right epoch."""
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        total += updated(loss_function(model(x), y), optimizer).item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_lets_go_of_the_graphs")
def graphs_kept(model, loss_function, optimizer, rows, batch_size, generator):
    """Losses kept with their graphs.

    The losses are added up as tensors, and the number is taken at the end. Each of them holds its graph, so memory
    grows with every batch.

    Try:
        >>> import weakref; alive, counts = weakref.WeakSet(), []
        >>> def loss_function(p, y): alive.add(loss := ((p - y) ** 2).mean()); counts.append(len(alive)); return loss
        >>> rows, model = (torch.ones(3, 1), torch.ones(3, 1)), nn.Linear(1, 1)
        >>> loss = train_epoch(model, loss_function, torch.optim.SGD(model.parameters()), rows, 1, None); counts
        [1, 2, 3]
    """
    model.train()
    losses = [(updated(loss_function(model(x), y), optimizer), len(x)) for x, y in batches(rows, batch_size, generator)]
    return (sum(loss * n for loss, n in losses) / len(rows[0])).item()


@mistake("train_epoch", caught_by="test_epoch_lets_go_of_the_graphs")
def loss_with_graph(model, loss_function, optimizer, rows, batch_size, generator):
    """A sum of losses with all their graphs.

    The losses are added up as tensors, and the sum comes back as a tensor. It holds the graphs of all batches, so
    memory grows with every batch.

    Try:
        >>> rows, model = (torch.ones(4, 1), torch.ones(4, 1)), nn.Linear(1, 1)
        >>> train_epoch(model, nn.MSELoss(), torch.optim.SGD(model.parameters()), rows, 2, None).requires_grad
        True
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        total += updated(loss_function(model(x), y), optimizer) * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_returns_the_mean_over_rows")
def loss_as_tensor(model, loss_function, optimizer, rows, batch_size, generator):
    """A loss that is a tensor.

    What comes back is a tensor of one number, not a float. A history holds numbers.

    Try:
        >>> rows, model = (torch.ones(4, 1), torch.ones(4, 1)), nn.Linear(1, 1)
        >>> type(train_epoch(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), 0.1), rows, 2, None)).__name__
        'Tensor'
    """
    model.train()
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        total += updated(loss_function(model(x), y), optimizer).detach() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_trains_in_training_mode")
def mode_left_as_it_was(model, loss_function, optimizer, rows, batch_size, generator):
    """A mode that is left as it was.

    model.train() is not called. After a measurement the model may be in eval mode, and it would train on without
    dropout.

    Try:
        >>> model = nn.Linear(1, 1).eval()
        >>> rows, optimizer = (torch.ones(4, 1), torch.ones(4, 1)), torch.optim.SGD(model.parameters(), 0.1)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        >>> model.training
        False
    """
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        total += updated(loss_function(model(x), y), optimizer).item() * len(x)
    return total / len(rows[0])


@mistake("train_epoch", caught_by="test_epoch_trains_in_training_mode")
def mode_of_the_outer_module(model, loss_function, optimizer, rows, batch_size, generator):
    """A mode that is set on the outer module alone.

    model.training = True is a plain assignment. The dropout and batch norm inside have a mode of their own, which
    model.train() sets too.

    Try:
        >>> model = nn.Sequential(nn.Linear(1, 1), nn.Dropout()).eval()
        >>> rows, optimizer = (torch.ones(4, 1), torch.ones(4, 1)), torch.optim.SGD(model.parameters(), 0.1)
        >>> loss = train_epoch(model, nn.MSELoss(), optimizer, rows, 2, torch.Generator())
        >>> model[1].training
        False
    """
    model.training = True
    total = 0.0
    for x, y in batches(rows, batch_size, generator):
        total += updated(loss_function(model(x), y), optimizer).item() * len(x)
    return total / len(rows[0])


# ---- evaluate


def measured(model, loss_function, rows, batch_size):
    """The mean loss of each batch, and its number of rows."""
    pairs = zip(rows[0].split(batch_size), rows[1].split(batch_size), strict=True)
    return [(loss_function(model(x), y).item(), len(x)) for x, y in pairs]


def mean_over_rows(found):
    """The mean over all rows."""
    return sum(loss * n for loss, n in found) / sum(n for _, n in found)


@mistake("evaluate", caught_by="test_evaluate_measures_in_eval_mode")
def eval_forgotten(model, loss_function, rows, batch_size):
    """Eval mode forgotten.

    The model is measured in the mode it came in. With dropout on the loss is partly luck, and batch norm changes its
    statistics while it is measured.

    Try:
        >>> model, rows = nn.BatchNorm1d(1), (torch.full((4, 1), 5.0), torch.zeros(4, 1))
        >>> loss = evaluate(model, nn.MSELoss(), rows, 4)
        >>> model.running_mean
        tensor([0.5000])
    """
    with torch.no_grad():
        return mean_over_rows(measured(model, loss_function, rows, batch_size))


@mistake("evaluate", caught_by="test_evaluate_restores_the_mode")
def left_in_eval_mode(model, loss_function, rows, batch_size):
    """A model that is left in eval mode.

    Eval mode is switched on and stays on. Training would go on without dropout.

    Try:
        >>> model = nn.Identity()
        >>> loss = evaluate(model, nn.MSELoss(), (torch.ones(4, 1), torch.ones(4, 1)), 2)
        >>> model.training
        False
    """
    model.eval()
    with torch.no_grad():
        return mean_over_rows(measured(model, loss_function, rows, batch_size))


@mistake("evaluate", caught_by="test_evaluate_restores_the_mode")
def always_back_to_training(model, loss_function, rows, batch_size):
    """A model that always goes back to training mode.

    model.train() stands at the end, whatever the mode was before. A model in use, which came in eval mode, drops from
    then on.

    Try:
        >>> model = nn.Identity().eval()
        >>> loss = evaluate(model, nn.MSELoss(), (torch.ones(4, 1), torch.ones(4, 1)), 2)
        >>> model.training
        True
    """
    model.eval()
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.train()
    return mean_over_rows(found)


@mistake("evaluate", caught_by="test_evaluate_measures_in_eval_mode")
def eval_of_the_outer_module(model, loss_function, rows, batch_size):
    """Eval mode for the outer module alone.

    model.training = False is a plain assignment. The dropout and batch norm inside have a mode of their own, which
    model.eval() sets too.

    Try:
        >>> model, rows = nn.Sequential(nn.BatchNorm1d(1)), (torch.full((4, 1), 5.0), torch.zeros(4, 1))
        >>> loss = evaluate(model, nn.MSELoss(), rows, 4)
        >>> model[0].running_mean
        tensor([0.5000])
    """
    was_training, model.training = model.training, False
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.training = was_training
    return mean_over_rows(found)


@mistake("evaluate", caught_by="test_evaluate_builds_no_graph")
def graph_recorded(model, loss_function, rows, batch_size):
    """A graph for every measurement.

    The predictions are made outside torch.no_grad(). Each of them records a graph that nobody will ever walk back.

    Try:
        >>> graphs = []
        >>> def loss_function(p, y): graphs.append(p.requires_grad); return nn.functional.mse_loss(p, y)
        >>> loss = evaluate(nn.Linear(1, 1), loss_function, (torch.ones(2, 1), torch.ones(2, 1)), 2); graphs
        [True]
    """
    was_training = model.training
    model.eval()
    found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return mean_over_rows(found)


@mistake("evaluate", caught_by="test_evaluate_builds_no_graph")
def gradients_off_for_good(model, loss_function, rows, batch_size):
    """Gradients that are switched off for good.

    torch.set_grad_enabled(False) is called and never taken back. Every training step after the measurement fails.

    Try:
        >>> before = torch.is_grad_enabled()
        >>> loss = evaluate(nn.Identity(), nn.MSELoss(), (torch.ones(2, 1), torch.ones(2, 1)), 2)
        >>> after, _ = torch.is_grad_enabled(), torch.set_grad_enabled(before)
        >>> before == after
        False
    """
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return mean_over_rows(found)


@mistake("evaluate", caught_by="test_evaluate_builds_no_graph")
def gradients_always_back_on(model, loss_function, rows, batch_size):
    """Gradients that are always switched on again.

    torch.set_grad_enabled(True) stands at the end, whatever the mode was before. A caller under torch.no_grad() gets
    graphs from there on.

    Try:
        >>> with torch.no_grad():
        ...     loss = evaluate(nn.Identity(), nn.MSELoss(), (torch.ones(2, 1), torch.ones(2, 1)), 2)
        ...     print(torch.is_grad_enabled())
        True
    """
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    found = measured(model, loss_function, rows, batch_size)
    torch.set_grad_enabled(True)
    model.train(was_training)
    return mean_over_rows(found)


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def measured_mean_of_means(model, loss_function, rows, batch_size):
    """A mean of batch means.

    The losses of the batches are added and divided by the number of batches. In a short last batch each row then
    counts more than in the others.

    Try:
        >>> rows = torch.tensor([[0.0], [0.0], [3.0]]), torch.zeros(3, 1)
        >>> evaluate(nn.Identity(), nn.MSELoss(), rows, 2)
        4.5
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return sum(loss for loss, _ in found) / len(found)


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def measured_by_batch_size(model, loss_function, rows, batch_size):
    """A last batch that counts as a full one.

    Each batch's mean is multiplied by batch_size. The last batch may be shorter, and its rows then count too much.

    Try:
        >>> rows = torch.tensor([[0.0], [0.0], [3.0]]), torch.zeros(3, 1)
        >>> evaluate(nn.Identity(), nn.MSELoss(), rows, 2)
        6.0
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return sum(loss for loss, _ in found) * batch_size / len(rows[0])


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def measured_by_rows_only(model, loss_function, rows, batch_size):
    """A sum of batch means divided by the rows.

    The mean losses of the batches are added and the sum is divided by the number of rows. Each mean should first be
    multiplied by the rows of its batch.

    Try:
        >>> evaluate(nn.Identity(), nn.MSELoss(), (torch.ones(4, 1), torch.zeros(4, 1)), 2)
        0.5
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return sum(loss for loss, _ in found) / len(rows[0])


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def all_rows_at_once(model, loss_function, rows, batch_size):
    """All rows at once.

    The whole data set goes through the model in one piece. The mean is right, but the rows may be more than memory
    holds.

    Try:
        >>> seen = []
        >>> def loss_function(p, y): seen.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> loss = evaluate(nn.Identity(), loss_function, (torch.ones(5, 1), torch.ones(5, 1)), 2); seen
        [5]
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        loss = loss_function(model(rows[0]), rows[1]).item()
    model.train(was_training)
    return loss


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def short_batch_left_out(model, loss_function, rows, batch_size):
    """A last batch that is left out.

    Only full batches are measured. The rows that are left over are rows too.

    Try:
        >>> rows = torch.tensor([[0.0], [0.0], [3.0]]), torch.zeros(3, 1)
        >>> evaluate(nn.Identity(), nn.MSELoss(), rows, 2)
        0.0
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        found = measured(model, loss_function, rows, batch_size)
    model.train(was_training)
    return mean_over_rows([pair for pair in found if pair[1] == batch_size] or [(0.0, 1)])


@mistake("evaluate", caught_by="test_evaluate_returns_the_mean_over_rows")
def measured_as_tensor(model, loss_function, rows, batch_size):
    """A loss that is a tensor.

    What comes back is a tensor of one number, not a float. A history holds numbers.

    Try:
        >>> evaluate(nn.Identity(), nn.MSELoss(), (torch.ones(2, 1), torch.zeros(2, 1)), 2)
        tensor(1.)
    """
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in zip(rows[0].split(batch_size), rows[1].split(batch_size), strict=True):
            total += loss_function(model(x), y) * len(x)
    model.train(was_training)
    return total / len(rows[0])


# ---- fit


class Course:
    """A right fit in parts, each of which a mistake may replace."""

    epochs, batch_size, learning_rate, weight_decay, patience = 100, 32, 0.01, 0.0, 10

    def __init__(self, model, loss_function, train, validation, generator, **settings):
        self.model, self.loss_function = model, loss_function
        self.rows, self.unseen, self.generator = train, validation, generator
        vars(self).update(settings)
        self.history = {"train": [], "validation": []}
        self.losses = self.history["validation"]
        self.optimizer = self.new_optimizer()

    def new_optimizer(self):
        """The optimizer for all epochs."""
        return torch.optim.AdamW(self.model.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)

    def learn(self, rows):
        """The loss of an epoch of training."""
        return train_epoch(self.model, self.loss_function, self.optimizer, rows, self.batch_size, self.generator)

    def measure(self, rows):
        """The loss of these rows, without training."""
        return evaluate(self.model, self.loss_function, rows, self.batch_size)

    def epoch(self):
        """Train and measure."""
        self.history["train"].append(self.learn(self.rows))
        self.losses.append(self.measure(self.unseen))

    def state(self):
        """The weights, to be kept."""
        return copy.deepcopy(self.model.state_dict())

    def misses(self):
        """How many epochs ago the best one was, 0 if it was the last."""
        return len(self.losses) - 1 - self.losses.index(min(self.losses))

    def enough(self):
        """Whether to stop."""
        return self.misses() >= self.patience

    def restore(self, best):
        """Give the model its best weights back."""
        self.model.load_state_dict(best)

    def run(self):
        """The whole fit."""
        best = self.state()
        for _ in range(self.epochs):
            self.epoch()
            if not self.misses():
                best = self.state()
            elif self.enough():
                break
        self.restore(best)
        return self.history


@mistake("fit", caught_by="test_fit_learns_nothing_from_validation_rows")
def validation_rows_trained_on(*args, **settings):
    """Validation rows that are trained on too.

    After the training rows each epoch also trains on the validation rows. Their loss then says how well they are known
    by heart.

    Try:
        >>> model, rows = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> other = torch.full((4, 1), 9.0), torch.full((4, 1), -9.0)
        >>> history = fit(model, nn.MSELoss(), rows, other, torch.Generator(), epochs=50, learning_rate=0.1)
        >>> history["validation"][-1] < history["validation"][0] / 2
        True
    """

    class Own(Course):
        def epoch(self):
            self.history["train"].append(self.learn(self.rows))
            self.learn(self.unseen)
            self.losses.append(self.measure(self.unseen))

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_learns_nothing_from_validation_rows")
def all_rows_trained_on(*args, **settings):
    """Training on all rows.

    Training and validation rows are joined and trained on together. No row is left that the model has not seen.

    Try:
        >>> counts, rows = [], (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): counts.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> history = fit(nn.Linear(1, 1), loss_function, rows, rows, torch.Generator(), epochs=1); counts
        [8, 4]
    """

    class Own(Course):
        def learn(self, rows):
            return super().learn(tuple(torch.cat(pair) for pair in zip(rows, self.unseen, strict=True)))

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def validated_on_training_rows(*args, **settings):
    """A validation loss of the training rows.

    Both losses are those of the training rows. The validation rows are never looked at, so nothing tells when to stop.

    Try:
        >>> rows, other = (torch.ones(4, 1), torch.ones(4, 1)), (torch.ones(4, 1), torch.full((4, 1), 100.0))
        >>> history = fit(nn.Linear(1, 1), nn.MSELoss(), rows, other, torch.Generator(), epochs=1)
        >>> history["validation"][0] < 100
        True
    """

    class Own(Course):
        def measure(self, rows):
            return super().measure(self.rows)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def training_loss_afterwards(*args, **settings):
    """A training loss that is measured after the epoch.

    The training loss is what evaluate gives for the training rows when the epoch is over. It should be the one that
    train_epoch gave while it trained.

    Try:
        >>> rows = torch.ones(4, 1), torch.ones(4, 1)
        >>> history = fit(nn.Linear(1, 1), nn.MSELoss(), rows, rows, torch.Generator(), epochs=3)
        >>> history["train"] == history["validation"]
        True
    """

    class Own(Course):
        def learn(self, rows):
            super().learn(rows)
            return self.measure(rows)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def validated_before_training(*args, **settings):
    """A validation loss from before the epoch.

    Each epoch measures first and trains then. The measured weights and the ones that are kept belong to different
    epochs.

    Try:
        >>> modes, model, rows = [], nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): modes.append(model.training); return nn.functional.mse_loss(p, y)
        >>> history = fit(model, loss_function, rows, rows, torch.Generator(), epochs=1); modes
        [False, True]
    """

    class Own(Course):
        def epoch(self):
            self.losses.append(self.measure(self.unseen))
            self.history["train"].append(self.learn(self.rows))

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_restores_the_best_weights")
def nothing_restored(*args, **settings):
    """The last weights in the place of the best.

    The model ends with the weights of the last epoch: the best ones were not loaded, or they were kept without a
    copy. state_dict() holds the very tensors that training goes on to change.

    Try:
        >>> model, rows = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): return (p - y).pow(2).mean() if model.training else 0 * p.sum() + 1.0
        >>> history = fit(model, loss_function, rows, rows, torch.Generator(), learning_rate=0.1, patience=90)
        >>> (model(torch.ones(1, 1)) - 1).abs().item() < 0.01
        True
    """

    class Own(Course):
        def restore(self, best):
            pass

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_restores_the_best_weights")
def restored_when_stopped(*args, **settings):
    """Weights that are restored on an early stop only.

    The best weights are loaded where patience ends. A fit that runs through all epochs keeps the last ones.

    Try:
        >>> model, rows = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): return (p - y).pow(2).mean() if model.training else 0 * p.sum() + 1.0
        >>> history = fit(model, loss_function, rows, rows, torch.Generator(), learning_rate=0.1, patience=200)
        >>> (model(torch.ones(1, 1)) - 1).abs().item() < 0.01
        True
    """

    class Own(Course):
        def restore(self, best):
            if self.enough():
                super().restore(best)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_restores_the_best_weights")
def parameters_without_buffers(*args, **settings):
    """Parameters restored without the buffers.

    The parameters of the best epoch are copied and the buffers are forgotten. The running statistics of batch norm
    then belong to another epoch.

    Try:
        >>> model, rows = nn.BatchNorm1d(1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): return 0 * p.sum() + 1.0
        >>> history = fit(model, loss_function, rows, rows, torch.Generator(), epochs=5)
        >>> model.num_batches_tracked.item()
        5
    """

    class Own(Course):
        def state(self):
            return {name: parameter.detach().clone() for name, parameter in self.model.named_parameters()}

        def restore(self, best):
            self.model.load_state_dict(best, strict=False)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def one_epoch_too_patient(*args, **settings):
    """One epoch too much.

    Training stops when more than patience epochs have brought nothing. It should stop as soon as there are patience
    of them.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([3.0, 4, 5, 6, 7, 8, 9])
        >>> def loss_function(p, y): return 0 * p.sum() + (0 if model.training else next(found))
        >>> fit(model, loss_function, rows, rows, torch.Generator(), patience=2)["validation"]
        [3.0, 4.0, 5.0, 6.0]
    """

    class Own(Course):
        def enough(self):
            return self.misses() > self.patience

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def never_stopped(*args, **settings):
    """A fit that never stops early.

    All epochs are run, whatever the validation loss does. The best weights come back in the end, but patience has no
    effect.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([3.0, 4, 5, 6, 7, 8, 9])
        >>> def loss_function(p, y): return 0 * p.sum() + (0 if model.training else next(found))
        >>> fit(model, loss_function, rows, rows, torch.Generator(), epochs=6, patience=2)["validation"]
        [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    """

    class Own(Course):
        def enough(self):
            return False

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def misses_added_up(*args, **settings):
    """Misses that are added up over the whole fit.

    Every epoch without progress is counted, and the count never goes back to 0. patience is about epochs in a row.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([5.0, 6, 4, 6, 3, 2])
        >>> def loss_function(p, y): return 0 * p.sum() + (0 if model.training else next(found))
        >>> fit(model, loss_function, rows, rows, torch.Generator(), epochs=6, patience=2)["validation"]
        [5.0, 6.0, 4.0, 6.0]
    """

    class Own(Course):
        def enough(self):
            return (
                sum(min(self.losses[: k + 1]) < loss for k, loss in enumerate(self.losses)) + ties(self.losses)
                >= self.patience
            )

    return Own(*args, **settings).run()


def ties(losses):
    """How many losses equal the lowest one before them."""
    return sum(loss == min(losses[:k]) for k, loss in enumerate(losses) if k)


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def compared_with_the_epoch_before(*args, **settings):
    """A comparison with the epoch before.

    Progress means a loss below that of the last epoch. A loss that went up and comes down a little is no progress: it
    must fall below the lowest so far.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([3.0, 9, 8, 7, 6, 5])
        >>> def loss_function(p, y): return 0 * p.sum() + (0 if model.training else next(found))
        >>> fit(model, loss_function, rows, rows, torch.Generator(), epochs=5, patience=2)["validation"]
        [3.0, 9.0, 8.0, 7.0, 6.0]
    """

    class Own(Course):
        def misses(self):
            falls = [k for k in range(len(self.losses)) if not k or self.losses[k] < self.losses[k - 1]]
            return len(self.losses) - 1 - falls[-1]

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def tie_as_progress(*args, **settings):
    """A tie that counts as progress.

    A loss equal to the lowest one starts the count anew. A tie is not below, so it is one more epoch without progress.

    Try:
        >>> model, rows = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1))
        >>> def loss_function(p, y): return 0 * p.sum() + 1.0
        >>> len(fit(model, loss_function, rows, rows, torch.Generator(), epochs=6, patience=2)["validation"])
        6
    """

    class Own(Course):
        def misses(self):
            return self.losses[::-1].index(min(self.losses))

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_stops_when_patience_ends")
def least_progress(*args, **settings):
    """Progress that has to be large enough.

    A loss counts as progress only where it is lower by 0.0001 or more. Slow progress is progress too.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([1.0, 0.99999, 0.99998])
        >>> def loss_function(p, y): return 0 * p.sum() + (0 if model.training else next(found))
        >>> len(fit(model, loss_function, rows, rows, torch.Generator(), epochs=3, patience=1)["validation"])
        2
    """

    class Own(Course):
        def misses(self):
            best, at = float("inf"), 0
            for k, loss in enumerate(self.losses):
                if loss < best - 1e-4:
                    best, at = loss, k
            return len(self.losses) - 1 - at

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_restores_the_best_weights")
def stopped_by_training_loss(*args, **settings):
    """A stop by the training loss.

    The best epoch is the one with the lowest training loss. That falls as long as there is something to learn by
    heart.

    Try:
        >>> model, rows, found = nn.Linear(1, 1), (torch.ones(4, 1), torch.ones(4, 1)), iter([3.0, 4, 5, 6])
        >>> def loss_function(p, y): return (p - y).pow(2).mean() if model.training else 0 * p.sum() + next(found)
        >>> len(fit(model, loss_function, rows, rows, torch.Generator(), epochs=4, patience=1)["validation"])
        4
    """

    class Own(Course):
        def misses(self):
            losses = self.history["train"]
            return len(losses) - 1 - losses.index(min(losses))

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_weight_decay_shrinks_what_the_data_never_touch")
def decay_in_the_gradient(*args, **settings):
    """Weight decay that is added to the gradient.

    The decay is handed to Adam, which adds it to the gradient and rescales both. Decoupled decay shrinks every weight
    by the same factor, and Adam's step knows nothing of it.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.zeros(4, 1), torch.zeros(4, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> settings = {"epochs": 1, "learning_rate": 0.1, "weight_decay": 0.5}
        >>> fit(model, nn.MSELoss(), rows, rows, torch.Generator(), **settings) and round(model.weight.item(), 2)
        2.9
    """

    class Own(Course):
        def new_optimizer(self):
            return torch.optim.Adam(self.model.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_weight_decay_shrinks_what_the_data_never_touch")
def decay_ignored(*args, **settings):
    """Weight decay that is ignored.

    The optimizer is plain Adam whatever weight_decay says. Nothing holds the weights back.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.zeros(4, 1), torch.zeros(4, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> settings = {"epochs": 1, "learning_rate": 0.1, "weight_decay": 0.5}
        >>> fit(model, nn.MSELoss(), rows, rows, torch.Generator(), **settings) and model.weight.item()
        3.0
    """

    class Own(Course):
        def new_optimizer(self):
            return torch.optim.Adam(self.model.parameters(), lr=self.learning_rate)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_weight_decay_shrinks_what_the_data_never_touch")
def decay_of_the_library(*args, **settings):
    """Weight decay left to the library's default.

    AdamW is made without weight_decay and takes its own default of 0.01. The argument has no effect, and at 0 there is
    a little decay all the same.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.zeros(4, 1), torch.zeros(4, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> settings = {"epochs": 1, "learning_rate": 0.1, "weight_decay": 0.5}
        >>> fit(model, nn.MSELoss(), rows, rows, torch.Generator(), **settings) and round(model.weight.item(), 3)
        2.997
    """

    class Own(Course):
        def new_optimizer(self):
            return torch.optim.AdamW(self.model.parameters(), lr=self.learning_rate)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def plain_gradient_descent(*args, **settings):
    """Plain gradient descent.

    The optimizer is SGD. The docstring asks for Adam, whose steps have another size.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.ones(4, 1), torch.zeros(4, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> history = fit(model, nn.MSELoss(), rows, rows, torch.Generator(), epochs=1, learning_rate=0.1)
        >>> round(model.weight.item(), 2)
        2.4
    """

    class Own(Course):
        def new_optimizer(self):
            return torch.optim.SGD(self.model.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def new_optimizer_each_epoch(*args, **settings):
    """A new optimizer in each epoch.

    The optimizer is made inside the loop. Adam's averages then start from nothing in each epoch, and every first step
    has the full length.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.ones(1, 1), torch.zeros(1, 1))
        >>> _ = nn.init.constant_(model.weight, 1.0)
        >>> history = fit(model, nn.MSELoss(), rows, rows, torch.Generator(), epochs=5, learning_rate=0.1)
        >>> round(model.weight.item(), 4)
        0.5
    """

    class Own(Course):
        def epoch(self):
            self.optimizer = self.new_optimizer()
            super().epoch()

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def learning_rate_of_the_library(*args, **settings):
    """A learning rate left to the library's default.

    The optimizer is made without lr and takes its own default of 0.001. The argument has no effect.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.ones(4, 1), torch.zeros(4, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> history = fit(model, nn.MSELoss(), rows, rows, torch.Generator(), epochs=1, learning_rate=0.1)
        >>> round(model.weight.item(), 3)
        2.999
    """

    class Own(Course):
        def new_optimizer(self):
            return torch.optim.AdamW(self.model.parameters(), weight_decay=self.weight_decay)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_shuffles_by_its_generator")
def generator_of_its_own(*args, **settings):
    """A generator that is made anew in each epoch.

    Every epoch gets a new generator with the same seed. All epochs then have the same order of rows, whatever
    generator was handed over.

    Try:
        >>> generator, rows = torch.Generator().manual_seed(0), (torch.ones(4, 1), torch.ones(4, 1))
        >>> before = generator.get_state()
        >>> history = fit(nn.Linear(1, 1), nn.MSELoss(), rows, rows, generator, epochs=2)
        >>> torch.equal(generator.get_state(), before)
        True
    """

    class Own(Course):
        def learn(self, rows):
            self.generator = seeded(0)
            return super().learn(rows)

    return Own(*args, **settings).run()


@mistake("fit", caught_by="test_fit_records_both_losses_of_adam")
def two_lists(*args, **settings):
    """Two lists without their names.

    The losses come back as a tuple of two lists. The docstring asks for a dict, where "train" and "validation" can't
    be mixed up.

    Try:
        >>> rows = torch.ones(4, 1), torch.ones(4, 1)
        >>> type(fit(nn.Linear(1, 1), nn.MSELoss(), rows, rows, torch.Generator(), epochs=1)).__name__
        'tuple'
    """
    return tuple(Course(*args, **settings).run().values())


# ---- overfit_batch


@mistake("overfit_batch", caught_by="test_a_batch_is_seen_once_per_step")
def all_rows_in_the_batch(model, loss_function, rows, steps=200, learning_rate=0.01):
    """All rows in the batch.

    The rows are not cut to the first 32. A model that can't learn a thousand rows by heart may still be sound.

    Try:
        >>> counts = []
        >>> def loss_function(p, y): counts.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> loss = overfit_batch(nn.Linear(1, 1), loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 1); counts
        [40, 40]
    """
    return by_heart(model, loss_function, rows, steps, learning_rate, len(rows[0]))


@mistake("overfit_batch", caught_by="test_a_batch_is_seen_once_per_step")
def all_rows_in_batches(model, loss_function, rows, steps=200, learning_rate=0.01):
    """All rows, 32 at a time.

    The rows are not cut to the first 32, so that every step is an epoch over all of them. That is training as usual,
    and says little about whether a batch can be learned by heart.

    Try:
        >>> counts = []
        >>> def loss_function(p, y): counts.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> loss = overfit_batch(nn.Linear(1, 1), loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 1); counts
        [32, 8, 40]
    """
    return by_heart(model, loss_function, rows, steps, learning_rate)


def by_heart(model, loss_function, batch, steps, learning_rate, size=32, optimizer=torch.optim.Adam):
    """Train on one batch, in pieces of a size, and return the loss on it."""
    optimizer = optimizer(model.parameters(), lr=learning_rate)
    for _ in range(steps):
        train_epoch(model, loss_function, optimizer, batch, size, torch.Generator())
    return evaluate(model, loss_function, batch, len(batch[0]))


def first(rows):
    """The first 32 rows."""
    return rows[0][:32], rows[1][:32]


@mistake("overfit_batch", caught_by="test_a_batch_is_seen_once_per_step")
def small_batches_within(model, loss_function, rows, steps=200, learning_rate=0.01):
    """Small batches within the batch.

    The 32 rows are cut into pieces of 8, and each piece makes an update. A step is one update on all 32.

    Try:
        >>> counts = []
        >>> def loss_function(p, y): counts.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> loss = overfit_batch(nn.Linear(1, 1), loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 1); counts
        [8, 8, 8, 8, 32]
    """
    return by_heart(model, loss_function, first(rows), steps, learning_rate, 8)


@mistake("overfit_batch", caught_by="test_a_batch_is_seen_once_per_step")
def one_step(model, loss_function, rows, steps=200, learning_rate=0.01):
    """One step only.

    A single epoch over the batch is one update. Nothing is known by heart after that.

    Try:
        >>> counts = []
        >>> def loss_function(p, y): counts.append(len(y)); return nn.functional.mse_loss(p, y)
        >>> loss = overfit_batch(nn.Linear(1, 1), loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 3); counts
        [32, 32]
    """
    return by_heart(model, loss_function, first(rows), 1, learning_rate)


@mistake("overfit_batch", caught_by="test_a_batch_is_seen_once_per_step", noise=True)
def loss_of_the_last_step(model, loss_function, rows, steps=200, learning_rate=0.01):
    """The loss of the last step.

    What comes back is what train_epoch gave last: the loss before its update, in training mode. The one to return
    comes after it, in eval mode.

    Try:
        >>> modes, model = [], nn.Linear(1, 1)
        >>> def loss_function(p, y): modes.append(model.training); return nn.functional.mse_loss(p, y)
        >>> loss = overfit_batch(model, loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 2); modes
        [True, True]
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for _ in range(steps):
        loss = train_epoch(model, loss_function, optimizer, first(rows), 32, torch.Generator())
    return loss


@mistake("overfit_batch", caught_by="test_a_batch_is_learned_with_adam")
def batch_by_gradient_descent(model, loss_function, rows, steps=200, learning_rate=0.01):
    """Plain gradient descent on the batch.

    The optimizer is SGD. The docstring asks for Adam, which needs no luck with the learning rate.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.ones(32, 1), torch.zeros(32, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> loss = overfit_batch(model, nn.MSELoss(), rows, 1, 0.1)
        >>> round(model.weight.item(), 2)
        2.4
    """
    return by_heart(model, loss_function, first(rows), steps, learning_rate, optimizer=torch.optim.SGD)


@mistake("overfit_batch", caught_by="test_a_batch_is_learned_with_adam")
def batch_with_decay(model, loss_function, rows, steps=200, learning_rate=0.01):
    """Weight decay on the batch.

    The optimizer is AdamW, whose default is a decay of 0.01. To learn by heart nothing should hold the weights back.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.zeros(32, 1), torch.zeros(32, 1))
        >>> _ = nn.init.constant_(model.weight, 3.0)
        >>> loss = overfit_batch(model, nn.MSELoss(), rows, 1, 0.1)
        >>> round(model.weight.item(), 3)
        2.997
    """
    return by_heart(model, loss_function, first(rows), steps, learning_rate, optimizer=torch.optim.AdamW)


@mistake("overfit_batch", caught_by="test_a_batch_is_learned_with_adam")
def new_optimizer_each_step(model, loss_function, rows, steps=200, learning_rate=0.01):
    """A new optimizer in each step.

    The optimizer is made inside the loop. Adam's averages then start from nothing each time, and every step has the
    full length.

    Try:
        >>> model, rows = nn.Linear(1, 1, bias=False), (torch.ones(32, 1), torch.zeros(32, 1))
        >>> _ = nn.init.constant_(model.weight, 1.0)
        >>> loss = overfit_batch(model, nn.MSELoss(), rows, 5, 0.1)
        >>> round(model.weight.item(), 4)
        0.5
    """
    for _ in range(steps):
        loss = by_heart(model, loss_function, first(rows), 1, learning_rate)
    return loss


@mistake("overfit_batch", caught_by="test_a_batch_is_learned_by_heart")
def stopped_when_small(model, loss_function, rows, steps=200, learning_rate=0.01):
    """A loop that ends when the loss is small.

    The loop stops below a loss of 0.01, before all steps were made. The number of steps is the caller's to choose.

    Try:
        >>> counts = []
        >>> def loss_function(p, y): counts.append(len(y)); return 0 * p.sum()
        >>> loss = overfit_batch(nn.Linear(1, 1), loss_function, (torch.ones(40, 1), torch.ones(40, 1)), 9)
        >>> len(counts) < 9
        True
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for _ in range(steps):
        if train_epoch(model, loss_function, optimizer, first(rows), 32, torch.Generator()) < 0.01:
            break
    return evaluate(model, loss_function, first(rows), 32)


# ---- train_digits

SETTINGS = {"epochs": 30, "batch_size": 64, "learning_rate": 0.005, "weight_decay": 0.5}


def reader(images, labels, generator, hidden=256, **settings):
    """A right answer, but for the number of hidden units and these settings."""
    train, validation, standardize = split(images, labels, generator)
    model = make_mlp(64, hidden, 10).to(images.device)
    loss_function = nn.CrossEntropyLoss(label_smoothing=0.1)
    fit(model, loss_function, train, validation, generator, **(SETTINGS | settings))
    return model, standardize


@mistake("train_digits", caught_by="test_digits_are_read")
def images_left_raw(images, labels, generator):
    """A standardize that does nothing.

    The function that comes back returns its images as they are. The model was trained on standardized ones, and
    expects them.

    Try:
        >>> images, labels = torch.arange(640.0).view(10, 64), torch.arange(10)
        >>> _, standardize = train_digits(images, labels, torch.Generator().manual_seed(0))
        >>> torch.equal(standardize(images), images)
        True
    """
    model, _ = reader(images, labels, generator)
    return model, lambda images: images


@mistake("train_digits", caught_by="test_digits_are_read")
def one_score(images, labels, generator):
    """One score for ten digits.

    The network has one output and learns the digit as a number. A 4 is not halfway between a 3 and a 5, so each digit
    needs a score of its own.

    Try:
        >>> images, labels = torch.arange(640.0).view(10, 64), torch.arange(10)
        >>> model, _ = train_digits(images, labels, torch.Generator().manual_seed(0))
        >>> model(images).shape
        torch.Size([10, 1])
    """
    train, validation, standardize = split(images, labels.float()[:, None], generator)
    model = make_mlp(64, 256, 1).to(images.device)
    fit(model, nn.MSELoss(), train, validation, generator, **(SETTINGS | {"epochs": 3}))
    return model, standardize


@mistake("train_digits", caught_by="test_digits_are_read")
def one_epoch(images, labels, generator):
    """One epoch of training.

    The rows are gone through once. The network has seen each image a single time and is still getting better.

    Try:
        >>> labels = torch.arange(300) % 10
        >>> images = torch.randn(300, 64) + 4 * torch.eye(64)[labels]
        >>> model, standardize = train_digits(images, labels, torch.Generator().manual_seed(0))
        >>> (model(standardize(images)).argmax(dim=1) == labels).double().mean().item() < 0.9
        True
    """
    return reader(images, labels, generator, epochs=1)
