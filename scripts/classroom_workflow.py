"""Prints the workflow of docs/teacher.md, which grades every kata of the curriculum in a step of its own."""

from __future__ import annotations

from pathlib import Path

from pt_kata.catalog import Kata, load

ROOT = Path(__file__).parent.parent
POINTS = 10
GRADING = '"${{ runner.temp }}/grading"'  # not by variables of the shell: the action hides them from the command
ANSWERS = '"${{ github.workspace }}/katas"'
MINUTES = 3  # a kata is stopped after one, and torch has to be imported before
HEAD = """\
name: Autograding Tests
on: [push, workflow_dispatch]
permissions:
  actions: read
  checks: write
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: pt_kata, and a workspace that no student has touched
        run: pip install pt_kata && pt-kata init {grading}
"""
STEP = """\
      - name: {id}
        id: {step}
        uses: classroom-resources/autograding-command-grader@v1
        with:
          test-name: {id}
          command: cd {grading} && pt-kata check {id} --against {answers}
          timeout: {minutes}
          max-score: {points}
"""
FOOT = """\
      - name: points
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}        with:
          runners: {runners}
"""


def workflow(katas: tuple[Kata, ...]) -> str:
    """The file ``.github/workflows/classroom.yml``."""
    names = [step(kata) for kata in katas]
    places = {"grading": GRADING, "answers": ANSWERS, "minutes": MINUTES, "points": POINTS}
    steps = [STEP.format(id=kata.id, step=step(kata), **places) for kata in katas]
    results = [f'          {name.upper()}_RESULTS: "${{{{ steps.{name}.outputs.result }}}}"\n' for name in names]
    return "".join([HEAD.format(**places), *steps, FOOT.format(results="".join(results), runners=",".join(names))])


def step(kata: Kata) -> str:
    """The name of a kata's step: the reporter takes letters, digits and hyphens."""
    return kata.id.replace("/", "-").replace("_", "-")


if __name__ == "__main__":
    print(workflow(load(ROOT).katas), end="")
