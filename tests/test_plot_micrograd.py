"""The picture of micrograd: the graphs and the training on it, for right Values and for broken ones."""

from __future__ import annotations

import importlib
import io
import math
import pickle
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from pt_kata.drawing import DARK, LIGHT, THEMES, png
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.follow import _Plain
from pt_kata.plots.micrograd.data import Graph, Micrograd, Node, Training, text
from pt_kata.plots.micrograd.draw import draw, extras
from pt_kata.plots.micrograd.expressions import ALL
from pt_kata.plots.micrograd.graph import distinct, graph_of
from pt_kata.plots.micrograd.layout import lay_out
from pt_kata.plots.micrograd.run import run
from pt_kata.plots.micrograd.shapes import shapes
from pt_kata.plots.micrograd.training import AT_ONCE, STEPS, half_circles, training_of

REFERENCE = importlib.import_module("solutions.engine.micrograd")
NEURON, TWO_PATHS, SHORT_AND_LONG = range(3)
SVG = "{http://www.w3.org/2000/svg}"
Value: Any = REFERENCE.Value
Patch = pytest.MonkeyPatch


def picture(**functions: Any) -> Micrograd:
    """All that is drawn of the reference, with these functions in the place of its own."""
    return run(code(**functions), {})


def graphs(**functions: Any) -> list[Graph]:
    """The graphs alone."""
    own = code(**functions)
    return [graph_of(own, expression) for expression in ALL]


def learned(**functions: Any) -> Training:
    """The training alone."""
    return training_of(code(**functions))


def code(**functions: Any) -> Code:
    """The reference, with these functions in the place of its own."""
    module: Any = SimpleNamespace(**{**vars(REFERENCE), **functions})
    return Code(module, Path(REFERENCE.__file__))


@pytest.fixture(scope="module")
def right() -> Micrograd:
    """What is drawn of the reference."""
    return picture()


def named(graph: Graph) -> dict[str, Node]:
    """The nodes by what stands before their equals sign."""
    return {node.name.partition(" ")[0]: node for node in graph.nodes}


def differing(graph: Graph) -> str:
    """The names of all nodes that torch finds to be something else."""
    return " ".join(name for name, node in named(graph).items() if node.differs)


def unwritten(*arguments: object, **options: object) -> Any:
    """Stand for a stub."""
    raise NotImplementedError


def raises(*arguments: object, **options: object) -> Any:
    """Do not work, in words that no drawing can show as they are."""
    raise ValueError("<no> & \x00 \x1b[31m $x^")


def ends(*arguments: object, **options: object) -> Any:
    """End the process, as sys.exit does."""
    raise SystemExit(3)


def overwriting(root: Any) -> None:
    """Hand on gradients with = and not with +=."""
    root.grad = 1.0
    for node in reversed(REFERENCE.topological_order(root)):
        for parent, local in zip(node.parents, node.local_gradients, strict=True):
            parent.grad = node.grad * local


def by_distance(root: Any) -> list[Any]:
    """List the nodes by their distance from the root, the farthest first."""
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order[::-1]


def tanh_by_exp(value: Any) -> Any:
    """Make tanh of other operations."""
    double = (2 * value).exp()
    return (double - 1) / (double + 1)


class WithClosures:
    """A Value as in the lecture: closures for the way back, and links that are kept under another name."""

    def __init__(self, data: float, children: tuple[Any, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self._prev = set(children)
        self._backward = lambda: None

    def _made(self, data: float, *slopes: tuple[WithClosures, float]) -> WithClosures:
        out = WithClosures(data, tuple(child for child, _ in slopes))

        def pass_on() -> None:
            for child, slope in slopes:
                child.grad += out.grad * slope

        out._backward = pass_on
        return out

    def __add__(self, other: WithClosures) -> WithClosures:
        return self._made(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other: WithClosures) -> WithClosures:
        return self._made(self.data * other.data, (self, other.data), (other, self.data))

    def tanh(self) -> WithClosures:
        result = math.tanh(self.data)
        return self._made(result, (self, 1 - result * result))

    def order(self) -> list[WithClosures]:
        found: list[WithClosures] = []
        for child in self._prev:
            found += [node for node in child.order() if node not in found]
        return [*found, self]

    def backward(self) -> None:
        self.grad = 1.0
        for node in reversed(self.order()):
            node._backward()


def test_the_gradients_of_the_lesson_are_drawn(right: Micrograd) -> None:
    """Of the expression that the lesson works out by hand, each node has the data and the gradient of its table."""
    nodes = named(right.graphs[TWO_PATHS])
    found = {name: (node.data, node.grad) for name, node in nodes.items()}
    assert found == {"a": (2, -3), "b": (-3, -8), "c": (-6, -1), "d": (-1, -6), "f": (6, 1)}


def test_the_neuron_is_drawn_as_its_steps(right: Micrograd) -> None:
    """Nodes are linked to what they were computed from, with the local gradients, up to the result."""
    graph = right.graphs[NEURON]
    nodes = named(graph)
    assert [graph.nodes[place].name for place in nodes["p"].parents] == ["x1", "w1"]
    assert nodes["p"].slopes == (-3, 2)
    assert nodes["o"].data == pytest.approx(math.sqrt(0.5))
    assert {name: nodes[name].grad for name in ("x1", "w1", "x2", "w2")} == pytest.approx(
        {"x1": -1.5, "w1": 1, "x2": 0.5, "w2": 0}
    )


def test_a_node_used_twice_has_two_links(right: Micrograd) -> None:
    """The two links of a·a are two lines, each with its local gradient, and they lie apart."""
    graph = right.graphs[SHORT_AND_LONG]
    b = named(graph)["b"]
    assert b.parents == (0, 0)
    twice = [line for line in shapes(graph).lines if line.slope and line.start[0] < 1][:2]
    assert twice[0].start[1] != twice[1].start[1]


def test_the_reference_has_nothing_marked(right: Micrograd) -> None:
    """Of the reference every node is as torch finds it, linked and in order, and nothing failed."""
    assert right.notes == ()
    for graph in right.graphs:
        assert (graph.failures, graph.misplaced, differing(graph)) == ((), frozenset(), "")
        assert not any(node.lost or node.inside for node in graph.nodes)
        assert sorted(node.place for node in graph.nodes) == list(range(1, 1 + len(graph.nodes)))


def test_overwritten_gradients_are_marked(monkeypatch: Patch) -> None:
    """With = in the place of += the nodes used twice differ, and those behind them, with both numbers in the box."""
    monkeypatch.setattr(Value, "backward", overwriting)
    made = graphs()
    assert [differing(graph) for graph in made] == ["", "a b", "a b"]
    box = next(iter(shapes(made[TWO_PATHS]).boxes))
    assert [word.text for word in box.words] == ["a", "data 2", "grad 3 ✗", "torch \N{MINUS SIGN}3"]


def test_a_backward_that_does_nothing_leaves_zeros(monkeypatch: Patch) -> None:
    """Gradients of 0 are shown as 0, and marked where torch finds another."""
    monkeypatch.setattr(Value, "backward", lambda self: None)
    made = picture()
    assert {node.grad for graph in made.graphs for node in graph.nodes} == {0}
    assert differing(made.graphs[TWO_PATHS]) == "a b c d f"
    assert made.training.losses == (made.training.losses[0],) * STEPS


def test_a_wrong_order_is_marked(monkeypatch: Patch) -> None:
    """An order by distance puts c before the b that it is computed from, and a gets too little."""
    monkeypatch.setattr(REFERENCE, "topological_order", by_distance)
    made = graphs()
    graph = made[SHORT_AND_LONG]
    assert [graph.nodes[place].name for place in graph.misplaced] == ["c = b·a"]
    assert differing(graph) == "a"
    assert not made[NEURON].misplaced


def test_a_forgotten_node_is_marked() -> None:
    """A node that the order leaves out is marked as one that comes too early is."""
    made = graphs(topological_order=lambda root: [root])
    assert made[SHORT_AND_LONG].misplaced == {0, 1, 2}


def test_an_order_that_is_no_list_is_told() -> None:
    """The order has to be a list."""
    made = graphs(topological_order=lambda root: iter([root]))
    words = "returns list_iterator, wanted a list"
    assert all(graph.failures == (Failure("topological_order", words),) for graph in made)


def test_an_endless_recursion_is_told(monkeypatch: Patch) -> None:
    """A RecursionError in the order stands below each graph, whose links and data are drawn all the same."""

    def deeper(root: Any) -> Any:
        return deeper(root)

    monkeypatch.setattr(REFERENCE, "topological_order", deeper)
    for graph in graphs():
        assert [one.name for one in graph.failures] == ["topological_order", "Value.backward"]
        assert all("RecursionError" in one.words for one in graph.failures)
        assert not any(node.lost or node.has_other_data for node in graph.nodes)


def test_one_cause_is_told_once() -> None:
    """Of failures with the same words and line the first is told: backward fails as the order does that it calls."""
    order, backward = Failure("topological_order", "raises", 7), Failure("Value.backward", "raises", 7)
    assert distinct(order, None, backward, Failure("train", "raises", 8)) == [order, Failure("train", "raises", 8)]


def test_an_operation_that_is_not_written_is_drawn_as_missing(monkeypatch: Patch) -> None:
    """Without tanh the nodes before it have their data, and its own place is drawn, with a dotted link."""
    monkeypatch.setattr(Value, "tanh", unwritten)
    made = graphs()
    graph = made[NEURON]
    nodes = named(graph)
    assert nodes["n"].data == pytest.approx(0.8813735870195432)
    assert nodes["o"].data is None
    assert [graph.nodes[place].name for place in nodes["o"].lost] == ["n = s + b"]
    assert graph.failures == (Failure("Value.tanh", "not written yet"),)
    assert not made[TWO_PATHS].failures


@pytest.mark.parametrize("returned", [None, 2.0, "six", [1.0]])
def test_an_operation_that_gives_no_value_is_told(monkeypatch: Patch, returned: object) -> None:
    """A product that is no Value is drawn as missing, and what it was is said."""
    monkeypatch.setattr(Value, "__mul__", lambda self, other: returned)
    graph = graphs()[TWO_PATHS]
    assert named(graph)["c"].data is None
    assert named(graph)["d"].data == -1
    assert [one.name for one in graph.failures] == ["Value.__mul__"]
    assert "wanted a Value" in graph.failures[0].words


def test_nodes_without_a_name_are_counted(monkeypatch: Patch) -> None:
    """A tanh that is made of other operations is one box, which says how many nodes are in it."""
    monkeypatch.setattr(Value, "tanh", tanh_by_exp)
    made = graphs()
    graph = made[NEURON]
    o = named(graph)["o"]
    assert (o.inside, o.differs, o.lost) == (7, False, ())
    assert {graph.nodes[place].name for place in o.parents} == {"n = s + b"}
    assert "+ 7 inside" in [word.text for box in shapes(graph).boxes for word in box.words]


def test_links_are_found_under_another_name() -> None:
    """A class with closures and a set of children has the same graph, without local gradients."""
    made = graphs(Value=WithClosures, topological_order=lambda root: root.order())
    for graph in made:
        assert (graph.failures, graph.misplaced, differing(graph)) == ((), frozenset(), "")
        assert not any(node.lost or node.slopes for node in graph.nodes)


def test_links_that_are_not_kept_are_marked(monkeypatch: Patch) -> None:
    """Without parents every operand is told to have no link, and the result alone gets a gradient."""
    start = Value.__init__
    monkeypatch.setattr(Value, "__init__", lambda self, data, parents=(), slopes=(): start(self, data))
    graph = graphs()[TWO_PATHS]
    assert [node.lost for node in graph.nodes] == [(), (), (0, 1), (0, 1), (2, 3)]
    assert all(line.is_lost for line in shapes(graph).lines)
    assert differing(graph) == "a b c d"


def test_a_number_in_the_place_of_a_value_cuts_the_graph(monkeypatch: Patch) -> None:
    """A product that is made of the number of its second operand has no link to that one."""
    times = Value.__mul__
    monkeypatch.setattr(Value, "__mul__", lambda self, other: times(self, getattr(other, "data", other)))
    nodes = named(graphs()[TWO_PATHS])
    assert (nodes["c"].parents, nodes["c"].lost, nodes["c"].inside) == ((0,), (1,), 1)


def test_an_operation_that_changes_its_operand_is_noted(monkeypatch: Patch) -> None:
    """A sum that gives back its first operand with new data is told, and the changed data is marked."""

    def add(self: Any, other: Any) -> Any:
        self.data += getattr(other, "data", other)
        return self

    monkeypatch.setattr(Value, "__add__", add)
    made = picture()
    assert "d = a + b gives a itself, wanted a new Value" in made.notes
    assert named(made.graphs[TWO_PATHS])["a"].has_other_data


def test_a_value_among_its_own_parents_ends(monkeypatch: Patch) -> None:
    """Links that lead round in a circle neither hang the walk nor the layout."""
    add = Value.__add__

    def into_itself(self: Any, other: Any) -> Any:
        out = add(self, other)
        out.parents, out.local_gradients = (*out.parents, out), (*out.local_gradients, 1.0)
        return out

    monkeypatch.setattr(Value, "__add__", into_itself)
    graph = graphs()[TWO_PATHS]
    assert 3 in graph.nodes[3].parents
    assert 3 in graph.misplaced
    assert len(shapes(graph).layout.places) == 5


@pytest.mark.parametrize(
    ("grad", "shown"), [(None, "None"), ("much", "str"), ([0.5], "list"), (math.nan, "nan"), (math.inf, "inf")]
)
def test_an_odd_gradient_is_shown(monkeypatch: Patch, grad: object, shown: str) -> None:
    """What stands in grad is shown, whatever it is, and marked."""

    def backward(self: Any) -> None:
        self.grad = grad

    monkeypatch.setattr(Value, "backward", backward)
    f = named(graphs()[TWO_PATHS])["f"]
    assert f.has_other_grad
    assert text(f.grad) == shown


@pytest.mark.parametrize("name", ["data", "grad", "parents", "backward"])
def test_an_attribute_that_raises_is_told(name: str) -> None:
    """A property that ends the process when asked is a failure on the picture."""
    kind = type("Odd", (WithClosures,), {name: property(ends, lambda self, value: None)})
    made = graphs(Value=kind)
    assert all(graph.failures for graph in made)


def test_stubs_are_drawn_as_an_empty_graph() -> None:
    """Of a kata that nobody has begun the graphs have the names of all nodes, and say what is not written."""
    stubs = dict.fromkeys(("Value", "topological_order", "MLP", "max_margin_loss", "train"), unwritten)
    made = picture(**stubs)
    for graph in made.graphs:
        assert all(node.data is None and node.name for node in graph.nodes)
        assert graph.failures == (Failure("Value", "not written yet"),)
    assert made.training.losing == made.training.scoring == (Failure("MLP", "not written yet"),)
    assert made.training.torch_losses


def test_the_network_learns_as_that_of_torch(right: Micrograd) -> None:
    """The reference has the losses of torch before every step, and its scores afterwards."""
    training = right.training
    assert training.losses == pytest.approx(training.torch_losses, rel=1e-6)
    assert len(training.losses) == STEPS
    assert training.losses[-1] < 0.1 < training.losses[0]
    for row, wanted in zip(training.scores, training.torch_scores, strict=True):
        assert row == pytest.approx(wanted, rel=1e-6)


def test_the_nodes_of_the_loss_are_counted(right: Micrograd) -> None:
    """The graph of the loss has as many nodes as topological_order lists."""
    points, labels = half_circles()
    model = REFERENCE.MLP(2, [8, 8, 1], generator=importlib.import_module("random").Random(5))
    loss = REFERENCE.max_margin_loss(model, points, labels)
    assert right.training.nodes == len(REFERENCE.topological_order(loss))


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returns None, wanted a list of the losses"),
        ([1.0], f"returns 1 losses for {AT_ONCE} steps"),
        ([None] * AT_ONCE, "returns a list with None, wanted floats"),
        ([Value(1.0)] * AT_ONCE, "returns a list with Value, wanted floats"),
    ],
)
def test_losses_that_are_none_are_told(returned: object, words: str) -> None:
    """What train returned is said where it can't be drawn; the network, not trained, is drawn."""
    training = learned(train=lambda *arguments: returned)
    assert training.losing == (Failure("train", words),)
    assert training.losses == ()
    assert training.scores


def test_losses_up_to_a_failure_are_drawn() -> None:
    """Of a training that fails in its third part two are drawn, and the reason."""
    calls = iter([REFERENCE.train, REFERENCE.train, raises])
    training = learned(train=lambda *arguments: next(calls)(*arguments))
    assert training.losses == pytest.approx(training.torch_losses[: 2 * AT_ONCE], rel=1e-6)
    assert [one.name for one in training.losing] == ["train"]


def test_a_training_that_empties_its_inputs_is_drawn() -> None:
    """Each call has points and labels of its own, so that what it does to them is not seen by the next."""

    def emptying(model: Any, points: list[Any], labels: list[int], *rest: Any) -> Any:
        losses = REFERENCE.train(model, points, labels, *rest)
        points[0].clear()
        points.clear()
        labels.clear()
        return losses

    training = learned(train=emptying)
    assert training.losses == pytest.approx(training.torch_losses, rel=1e-6)


@pytest.mark.parametrize(
    ("output", "words"),
    [(None, "gives None"), ([Value(1.0)], "gives list"), (Value(1.0), "")],
)
def test_an_output_that_is_no_value_is_told(output: object, words: str) -> None:
    """A network has to give one Value, not a list of one."""
    scoring = learned(MLP=lambda *arguments, **options: lambda point: output).scoring
    assert [one.words for one in scoring] == ([f"{words}, wanted a Value for the one output"] if words else [])


def test_scores_that_are_no_numbers_are_noted() -> None:
    """Where the scores are NaN, a note says at how many points."""
    made = picture(MLP=lambda *arguments, **options: lambda point: Value(math.nan if point[0] > 0 else 1.0))
    count = sum(math.isnan(score) for row in made.training.scores for score in row)
    assert made.notes == (f"MLP gives NaN or infinity at {count} of 576 points",)
    assert 0 < count < 576


@pytest.mark.parametrize("graph", range(3))
def test_each_node_stands_right_of_its_parents_and_apart_from_others(right: Micrograd, graph: int) -> None:
    """Links lead to the right, nodes of one column don't overlap, and all lie within the height."""
    links = right.graphs[graph].links
    layout = lay_out(links)
    places = layout.places
    assert all(places[parent][0] < places[child][0] for child, parents in enumerate(links) for parent in parents)
    for one, other in combinations(places, 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) > 0.999
    assert all(-1e-9 <= y <= layout.height - 1 + 1e-9 for _, y in places)


def test_long_links_go_round_the_nodes_between() -> None:
    """A line that crosses a column keeps clear of the nodes in it."""
    layout = lay_out([(), (0,), (1, 0), (1, 2), (3, 0)])
    assert len(layout.routes[0, 4]) == 3
    for route in layout.routes.values():
        for column, row in route:
            assert all(abs(row - y) > 0.7 for x, y in layout.places if x == column)


def test_lines_cross_as_little_as_can_be() -> None:
    """Two pairs of parents that are listed crosswise are put so that no lines cross."""
    layout = lay_out([(), (), (), (), (2, 3), (0, 1), (4, 5)])
    heights = [y for _, y in layout.places]
    assert (heights[4] < heights[5]) == (max(heights[2:4]) < min(heights[:2]))


@pytest.mark.parametrize("links", [[], [()], [(0,)], [(1,), (0,)], [(2,), (0,), (1,)]])
def test_a_graph_of_any_links_is_laid_out(links: list[tuple[int, ...]]) -> None:
    """No nodes, one node and circles have a layout too."""
    assert len(lay_out(links).places) == len(links)


@pytest.mark.parametrize(
    ("number", "other", "shown"),
    [
        (-1.5, None, "\N{MINUS SIGN}1.5"),
        (6.881373587, None, "6.881"),
        (1.00001, 1.0, "1.00001"),
        ("None", 1.0, "None"),
        (math.nan, 1.0, "nan"),
    ],
)
def test_numbers_have_the_digits_that_tell_them_apart(number: Any, other: float | None, shown: str) -> None:
    """Four digits do, unless the number beside it would then look the same."""
    assert text(number, other) == shown


BROKEN: dict[str, Callable[[Patch], dict[str, Any]]] = {
    "right": lambda patch: {},
    "stubs": lambda patch: dict.fromkeys(("Value", "topological_order", "MLP", "max_margin_loss", "train"), unwritten),
    "raises": lambda patch: dict.fromkeys(("topological_order", "MLP", "max_margin_loss", "train"), raises),
    "ends": lambda patch: dict.fromkeys(("Value", "topological_order", "MLP"), ends),
    "no links": lambda patch: {"Value": partial(Value, parents=())},
    "overwritten": lambda patch: patch.setattr(Value, "backward", overwriting) or {},
    "not a number": lambda patch: patch.setattr(Value, "__mul__", lambda a, b: Value(math.nan, (a, b), (1, 1))) or {},
    "infinite": lambda patch: patch.setattr(Value, "tanh", lambda a: Value(math.inf, (a,), (-math.inf,))) or {},
    "by exp": lambda patch: patch.setattr(Value, "tanh", tanh_by_exp) or {},
    "no scores": lambda patch: {"MLP": lambda *a, **k: lambda point: Value(math.nan)},
    "all scores equal": lambda patch: {"MLP": lambda *a, **k: lambda point: Value(1.0)},
    "some scores": lambda patch: {"MLP": lambda *a, **k: lambda point: Value(math.inf if point[0] > 0 else -1e300)},
    "losses of NaN": lambda patch: {"train": lambda *a: [math.nan] * AT_ONCE},
    "losses beyond": lambda patch: {"train": lambda *a: [-1e300, 1.0, 1e300, math.inf] * 2},
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_the_code_does_is_drawn(name: str, monkeypatch: Patch) -> None:
    """The picture and the drawing are made of right and of broken Values, in both themes, without a warning."""
    made = picture(**BROKEN[name](monkeypatch))
    for theme in THEMES:
        assert png(partial(draw, made), theme, is_shaded=True).startswith(b"\x89PNG")
        ElementTree.fromstring(extras(made, theme)[".svg"])


def test_the_data_travels(right: Micrograd) -> None:
    """What is drawn is plain enough to come from a process that is not trusted."""
    assert _Plain(io.BytesIO(pickle.dumps(right))).load() == right


def test_the_drawing_has_its_text_as_text(right: Micrograd) -> None:
    """The SVG has a title, a name for each node, its numbers as text that can be searched, and no other file."""
    content = extras(right, LIGHT)[".svg"]
    image = ElementTree.fromstring(content)
    found = {element.text for element in image.iter(f"{SVG}text")}
    assert image.find(f"{SVG}title") is not None
    assert image.get("viewBox")
    assert {"o = tanh(n)", "data 0.7071", "grad \N{MINUS SIGN}8", "\N{MULTIPLICATION SIGN}0.5", "#10"} <= found
    assert b"href" not in content
    assert b"@import" not in content


def test_the_drawing_has_the_colors_of_its_theme(right: Micrograd) -> None:
    """Light and dark are told apart by their paper."""
    light, dark = (extras(right, theme)[".svg"].decode() for theme in (LIGHT, DARK))
    assert LIGHT.paper in light
    assert DARK.paper in dark
    assert DARK.paper not in light
