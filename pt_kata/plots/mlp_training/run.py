"""Runs the learner's training for the picture, and keeps what it was like after each epoch."""

from __future__ import annotations

from collections.abc import Mapping

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training import plane
from pt_kata.plots.mlp_training.data import MlpTraining, Training, best, once, spread
from pt_kata.plots.mlp_training.digits import BEGIN, digits_of
from pt_kata.plots.mlp_training.epochs import EPOCHS, Losses, by_hand, fitted
from pt_kata.plots.mlp_training.problem import Problem, problem_of
from pt_kata.plots.mlp_training.watch import Watch, state_of

FRAMES = 34  # boundaries that are kept, besides the best and the last


def run(code: Code, options: Mapping[str, str]) -> MlpTraining:
    """Train on a problem in the plane, then on digits."""
    training = _training(code, problem_of(code))
    for name in training.differing:
        code.notes.append(f"the {name} losses that came back (line) are not the means over the rows (dots)")
    return MlpTraining(training, digits_of(code), once(code.notes))


def _training(code: Code, problem: Problem) -> Training:
    watch = _watch(code, problem)
    losses = fitted(code, problem.model, watch.loss_function, problem.parts.copied())
    watch.end()
    if not isinstance(losses, Failure):
        return _seen(code, problem, watch, losses)
    problem = problem.anew()
    watch = _watch(code, problem)
    losses, failures = by_hand(code, problem.model, watch.loss_function, problem.parts.copied(), losses)
    watch.end()
    return _seen(code, problem, watch, losses, failures)


def _watch(code: Code, problem: Problem) -> Watch:
    def say(epoch: int) -> None:
        code.progress("training in the plane", BEGIN * min(1.0, epoch / EPOCHS))

    return Watch(problem.model, problem.parts.validation[0], say)


def _seen(code: Code, problem: Problem, watch: Watch, losses: Losses, failures: tuple[Failure, ...] = ()) -> Training:
    last, stopped = len(watch.states) - 1, max(map(len, losses.values()))
    if not failures and last != stopped and problem.parts.validation[0].isfinite().all():
        code.notes.append(f"the history has {stopped} epochs, but the validation rows were measured {last} times")
    view = plane.Plane(code, problem.spare, problem.parts.standardize)
    state = state_of(problem.model)
    kept = {*spread(last, FRAMES), best(losses["validation"]), last}
    return Training(
        plane.points_of(code, problem),
        tuple(losses["train"]),
        tuple(losses["validation"]),
        watch.losses,
        view.losses(watch.states[1:], problem.parts.validation),
        tuple(plane.ACROSS.tolist()),
        tuple(plane.UP.tolist()),
        view.boundaries({epoch: watch.states[epoch] for epoch in sorted(kept) if epoch <= last}) if stopped else (),
        view.chances(state) if stopped else (),
        watch.held(state),
        bool(failures),
        problem.failures,
        (*failures, *view.failures),
    )
