"""Calls the learner's functions for the picture."""

from __future__ import annotations

from collections.abc import Mapping

from pt_kata.plots.code import Code
from pt_kata.plots.micrograd.data import Micrograd
from pt_kata.plots.micrograd.expressions import ALL
from pt_kata.plots.micrograd.graph import graph_of
from pt_kata.plots.micrograd.training import training_of


def run(code: Code, options: Mapping[str, str]) -> Micrograd:
    """The graphs of a few expressions, and the training of a network."""
    graphs = tuple(graph_of(code, expression) for expression in ALL)
    training = training_of(code)
    return Micrograd(graphs, training, tuple(code.notes))
