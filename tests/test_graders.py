"""``pt-kata check --format``: the documents for Exercism, Gradescope and readers of JUnit XML."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
import yaml

from pt_kata.catalog import Kata, load
from pt_kata.graders import exercism, gradescope, junit
from pt_kata.graders.gradescope import shares
from pt_kata.graders.origins import Origins
from pt_kata.graders.text import Places, cut, cut_bytes, plain
from pt_kata.runner.verdict import TestVerdict, Verdict
from scripts.classroom_workflow import workflow
from tests.conftest import REPOSITORY

SCHEMAS = Path(__file__).parent / "schemas"
EXERCISM = json.loads((SCHEMAS / "exercism-v3.schema.json").read_text())
GRADESCOPE = json.loads((SCHEMAS / "gradescope.schema.json").read_text())
JUNIT = xmlschema.XMLSchema10(SCHEMAS / "junit-10.xsd")
NOWHERE = Places(())


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pt-kata check in a process of its own."""
    line = [sys.executable, "-m", "pt_kata", "check", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def ran(folder: Path, *arguments: str, code: int = 0) -> str:
    """Give what is printed, where nothing goes wrong."""
    done = check(folder, *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


def exercism_of(folder: Path, *arguments: str) -> dict[str, Any]:
    """Give the document for Exercism, which keeps to its contract; no path of the machine is in it."""
    text = ran(folder, *arguments, "--format", "exercism")
    assert str(folder) not in text
    return held(json.loads(text), EXERCISM)


def gradescope_of(folder: Path, *arguments: str) -> dict[str, Any]:
    """Give the document for Gradescope, which keeps to its contract."""
    text = ran(folder, *arguments, "--format", "gradescope")
    assert str(folder) not in text
    return held(json.loads(text, parse_float=Decimal), GRADESCOPE)


def junit_of(folder: Path, *arguments: str, code: int = 1) -> ElementTree.Element:
    """Give the JUnit XML, which keeps to its contract."""
    return read_junit(ran(folder, *arguments, "--format", "junit", code=code))


def held(data: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Give what keeps to its schema."""
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
    return data


def read_junit(text: str) -> ElementTree.Element:
    """Give the document that keeps to its schema."""
    JUNIT.validate(text)
    return ElementTree.fromstring(text)


def answer(folder: Path, code: str, kata: str = "doubling") -> list[str]:
    """Write an answer to a folder of answers; gives the arguments that check it."""
    path = folder / "answers" / "small" / f"{kata}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")
    return [kata, "--against", "answers"]


def right(folder: Path, kata: str = "doubling") -> str:
    """Give the reference."""
    return (folder / f"solutions/small/{kata}.py").read_text()


@pytest.fixture
def kata(tiny: Path) -> Kata:
    """Give the kata small/doubling."""
    return load(tiny).katas[0]


def verdict(kata: Kata, *outcomes: str, **said: Any) -> Verdict:
    """Give a verdict with the tests of ``kata`` in file order and these outcomes."""
    names = ["test_double_of_one", "test_double_of_anything", "test_quadruple", "test_doubler"]
    tests = [
        TestVerdict(f"x::{name}", name, "A sentence.", outcome, message="" if outcome == "passed" else "wrong")  # type: ignore[arg-type]
        for name, outcome in zip(names, outcomes, strict=False)
    ]
    for test in tests:
        for name, value in said.items():
            setattr(test, name, value)
    return Verdict(kata, kata.stub, 1, tests)


# Exercism


def test_exercism_hears_of_every_test_in_file_order(tiny: Path) -> None:
    """With its source, and the number of the task that it is about."""
    found = exercism_of(tiny, "doubling", "--against", "wrong")
    assert (found["version"], found["status"], found["message"]) == (3, "fail", None)
    assert [test["name"] for test in found["tests"]] == ["double of one", "double of anything", "quadruple", "doubler"]
    assert [test["status"] for test in found["tests"]] == ["fail"] * 4
    assert [test["task_id"] for test in found["tests"]] == [1, 1, 2, 3]
    first = found["tests"][0]
    assert first["test_code"].splitlines() == [
        "def test_double_of_one(draw):",
        '    """Twice one is two."""',
        "    assert_close(double(draw.tensor([1.0])), [2.0])",
    ]
    assert first["message"].startswith("double gave the wrong values.\n  called    double(")
    assert "\n  at        <solution-dir>/small/doubling.py, line 9\n\ndouble makes a known mistake" in first["message"]
    assert first["output"] is None


def test_a_green_kata_passes_on_exercism(tiny: Path) -> None:
    """Without any message."""
    found = exercism_of(tiny, "doubling", "--solutions")
    assert found["status"] == "pass"
    assert [(test["status"], test["message"]) for test in found["tests"]] == [("pass", None)] * 4


def test_what_is_not_written_yet_fails_on_exercism(tiny: Path) -> None:
    """It is the learner's own file in katas/, untouched."""
    found = exercism_of(tiny, "doubling")
    assert found["status"] == "fail"
    assert [test["message"] for test in found["tests"][:2]] == ["double is not written yet"] * 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def double(x):\n    retrun x\n", "<solution-dir>/small/doubling.py, line 2: SyntaxError: invalid syntax"),
        ("import nonsense\n", "<solution-dir>/small/doubling.py, line 1: ModuleNotFoundError on import"),
        (
            "print('here')\nimport os\nos._exit(0)\n",
            "the process ended with exit code 0 while doubling.py was imported",
        ),
    ],
    ids=["syntax", "module", "exit"],
)
def test_where_no_test_could_run_exercism_hears_why(tiny: Path, code: str, words: str) -> None:
    """Once, with the file and the line, without the machine's paths."""
    found = exercism_of(tiny, *answer(tiny, code))
    assert (found["status"], found["tests"]) == ("error", [])
    assert words in found["message"]
    assert found["message"].count("SyntaxError") <= 1
    if "print" in code:
        assert found["message"].endswith("\n\nprinted:\nhere\n")


def test_a_function_that_is_missing_is_an_error_of_its_tests_alone(tiny: Path) -> None:
    """The others run."""
    found = exercism_of(tiny, *answer(tiny, right(tiny).replace("def quadruple", "def fourfold")))
    assert [test["status"] for test in found["tests"]] == ["pass", "pass", "error", "pass"]
    assert "quadruple" in found["tests"][2]["message"]


def test_an_endless_loop_fails_on_exercism(tiny: Path) -> None:
    """The other tests run."""
    loop = right(tiny).replace("    return double(double(x))", "    while True: pass")
    found = exercism_of(tiny, *answer(tiny, loop), "--limit", "1")
    assert [test["status"] for test in found["tests"]] == ["pass", "pass", "fail", "pass"]
    assert found["tests"][2]["message"].startswith("stopped after 1 s: does this loop end?")
    assert "at  " not in found["tests"][2]["message"]


def test_a_process_that_ends_in_a_test_is_an_error_of_that_test(tiny: Path) -> None:
    """The document is a fail, because others ran."""
    ends = right(tiny).replace("    return double(double(x))", "    import os; os._exit(0)")
    found = exercism_of(tiny, *answer(tiny, ends))
    assert found["status"] == "fail"
    assert [test["status"] for test in found["tests"]] == ["pass", "pass", "error", "pass"]


@pytest.mark.timeout(90)
def test_exercism_is_answered_within_its_20_seconds(tiny: Path) -> None:
    """Though every test waits for ever."""
    code = "import time\ndef double(x): time.sleep(99)\nquadruple = double\nclass Doubler:\n    double = double\n"
    start = time.monotonic()
    found = exercism_of(tiny, *answer(tiny, code))
    assert time.monotonic() - start < 20
    assert {test["status"] for test in found["tests"]} <= {"fail", "error"}
    assert "stopped after 12 s, the limit for a whole kata" in found["tests"][-1]["message"]


def test_what_is_printed_is_cut_to_500_characters(tiny: Path) -> None:
    """The notice counts as well, and a character of four bytes is one."""
    prints = right(tiny).replace(
        "    return 2 * x", "    print('\\x1b[31m\\U0001f600\\x1b[0m' * 600)\n    return 2 * x"
    )
    test = exercism_of(tiny, *answer(tiny, prints))["tests"][0]
    assert test["status"] == "pass"
    assert len(test["output"]) == 500
    assert re.fullmatch("\U0001f600+\nOutput was truncated. Please limit to 500 chars", test["output"])


def test_short_output_is_whole(tiny: Path) -> None:
    """As it was printed."""
    prints = right(tiny).replace("    return 2 * x", "    print('x is', 3)\n    return 2 * x")
    assert exercism_of(tiny, *answer(tiny, prints))["tests"][0]["output"] == "x is 3\n"


def test_a_long_message_is_cut_to_what_exercism_stores(kata: Kata) -> None:
    """It counts in bytes."""
    found = json.loads(exercism.document(verdict(kata, "failed", message="\u20ac" * 60_000), NOWHERE))
    held(found, EXERCISM)
    message = found["tests"][0]["message"]
    assert 65_530 < len(message.encode()) <= 65_535
    assert message.endswith("\n[... cut ...]")


def test_exercism_takes_exactly_one_kata(tiny: Path) -> None:
    """Anything else is an error of usage."""
    for names in ([], ["doubling", "signs"]):
        done = check(tiny, *names, "--format", "exercism")
        assert done.returncode == 2
        assert "--format exercism describes one kata: name exactly one KATA" in done.stderr


# Which task a test is about


def test_every_test_of_the_curriculum_has_its_source_and_its_task() -> None:
    """And every task has a test."""
    for kata in load(REPOSITORY).katas:
        origins = Origins(kata)
        names = re.findall(r"^def (test_\w+)", kata.test.read_text(), re.MULTILINE)
        assert len(names) > 20
        tasks = {origins.task(name) for name in names}
        chosen = {origins.task(f"{name}[{task.name}]") for name in names for task in kata.tasks}
        assert tasks | chosen == {task.name for task in kata.tasks}
        for name in names:
            compile(origins.code(name), name, "exec")
            assert f"def {name}(" in origins.code(name)


@pytest.mark.parametrize(
    ("kata", "test", "task"),
    [
        ("losses/cross_entropy", "test_27_classes_start_near_ln_27", "cross_entropy"),
        ("losses/cross_entropy", "test_gradient_agrees_with_autograd", "cross_entropy_gradient"),
        ("losses/cross_entropy", "test_function_of_large_logits", "CrossEntropy"),
        ("losses/cross_entropy", "test_the_dtype_is_kept[cross_entropy none]", "cross_entropy"),
        ("losses/cross_entropy", "test_the_dtype_is_kept[cross_entropy_gradient]", "cross_entropy_gradient"),
        ("approximation/relu_approximation", "test_the_dtype_is_kept[weights]", "interpolation_weights"),
        ("autograd/update_rule", "test_fit_line_takes_the_steps_of_torch[Adam]", "fit_line"),
        ("autograd/update_rule", "test_momentum_and_adam_write_as_sgd_step_does[Adam]", "Adam"),
        ("autograd/manual_gradient", "test_the_slope_of_a_straight_line_is_exact", "central_differences"),
        ("engine/micrograd", "test_mlp_agrees_with_torch", "MLP"),
        ("engine/micrograd", "test_layer_with_one_neuron_gives_a_value", "Layer"),
        ("engine/micrograd", "test_gradient_of_an_operation[tanh]", "Value"),
        ("engine/micrograd", "test_order_of_a_chain_50000_deep", "topological_order"),
        ("training/mlp_training", "test_the_problem_is_solved", "fit"),
    ],
)
def test_a_test_belongs_to_the_task_that_it_is_about(kata: str, test: str, task: str) -> None:
    """By its name, its parameters, or what it calls."""
    one = load(REPOSITORY).by_id(kata)
    assert one
    assert Origins(one).task(test) == task


def test_the_source_of_a_parametrised_test_has_its_parameters(written: Callable[..., Kata]) -> None:
    """A helper leads to the task as well."""
    kata = written(
        reference="def first(x):\n    pass\n\ndef second(x):\n    pass\n",
        tests=(
            "import pytest\n\nfrom katas.small.signs import first as one, second\n\n\n"
            "def helper(x):\n    return one(x)\n\n\n"
            '@pytest.mark.parametrize("x", [1, 2])\ndef test_it(x):\n    helper(x)\n\n\n'
            "def test_both():\n    one(second)\n"
        ),
    )
    origins = Origins(kata)
    assert origins.code("test_it[1]").splitlines()[0] == '@pytest.mark.parametrize("x", [1, 2])'
    assert (origins.number("test_it[1]"), origins.number("test_both"), origins.number("test_gone")) == (1, 2, 1)
    assert origins.code("test_gone") == ""


# Gradescope


def test_gradescope_gets_points_for_each_test(tiny: Path) -> None:
    """Ten for each kata, divided among its tests."""
    half = right(tiny).replace("return double(double(x))", "return x")
    answer(tiny, half)
    found = gradescope_of(tiny, "--against", "answers", "--seed", "4")
    assert found["score"] == Decimal("7.5")
    assert sum(test["max_score"] for test in found["tests"]) == 20
    first = found["tests"][0]
    assert (first["number"], first["name"], first["status"]) == ("1.1", "Doubling: double of one", "passed")
    assert (first["score"], first["max_score"], first["tags"]) == (
        Decimal("2.5"),
        Decimal("2.5"),
        ["small/doubling", "double"],
    )
    third = found["tests"][2]
    assert (third["score"], third["status"]) == (0, "failed")
    assert third["output"].startswith("Doubling twice gives four times as much.\n\nquadruple gave the wrong values.")
    assert [test["number"] for test in found["tests"]] == ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2"]
    assert found["output"].startswith("0 of 2 katas are green.\nsmall/doubling: 3 of 4 tests pass (to repeat: pt-kata")
    assert "--seed 4)" in found["output"]
    assert {found["visibility"], *(test["visibility"] for test in found["tests"])} == {"visible"}
    assert found["stdout_visibility"] == "hidden"


def test_katas_can_weigh_more_or_nothing(tiny: Path) -> None:
    """The points of the tests add up to the weight, exactly."""
    found = gradescope_of(tiny, "--solutions", "--weight", "doubling=33.33", "--weight", "small/signs=0")
    points = [test["max_score"] for test in found["tests"]]
    assert points == [Decimal("8.34"), *[Decimal("8.33")] * 3, 0, 0]
    assert found["score"] == Decimal("33.33")


@pytest.mark.parametrize("count", [1, 3, 7, 49, 111, 997])
@pytest.mark.parametrize("weight", ["0", "0.01", "1", "10", "12.34", "33.33", "100000"])
def test_the_shares_of_a_weight_add_up_exactly(weight: str, count: int) -> None:
    """As they are written down, none is nothing, and the largest is hardly more than the smallest."""
    found = [Decimal(repr(float(share))) for share in shares(Decimal(weight), count)]
    assert sum(found) == Decimal(weight)
    assert len(found) == count
    assert min(found) > 0 or weight == "0"
    assert max(found) <= Decimal("1.1") * min(found)


@pytest.mark.parametrize("visibility", ["visible", "hidden", "after_due_date", "after_published"])
def test_a_teacher_says_when_students_see_the_tests(kata: Kata, visibility: str) -> None:
    """For the document and for each test."""
    text = gradescope.document([verdict(kata, "passed", "todo")], NOWHERE, {}, visibility)
    found = held(json.loads(text), GRADESCOPE)
    assert {found["visibility"], *(test["visibility"] for test in found["tests"])} == {visibility}


def test_a_kata_that_cannot_be_loaded_has_no_points_and_one_reason(tiny: Path) -> None:
    """The others are graded as ever."""
    answer(tiny, "def double(x:\n")
    answer(tiny, right(tiny, "signs"), "signs")
    found = gradescope_of(tiny, "--against", "answers", "--weight", "doubling=15")
    first = found["tests"][0]
    assert (first["name"], first["score"], first["max_score"]) == ("Doubling: the tests could not run", 0, 15)
    assert first["output"].startswith("<solution-dir>/small/doubling.py, line 1: SyntaxError")
    assert (len(found["tests"]), found["score"]) == (3, 10)


def test_a_kata_without_its_tests_is_graded_with_nothing(tiny: Path) -> None:
    """Rather than left out of the sum."""
    (tiny / "katas/small/test_doubling.py").unlink()
    found = gradescope_of(tiny, "--solutions")
    assert (found["score"], sum(test["max_score"] for test in found["tests"])) == (10, 20)
    assert "katas/small/test_doubling.py is missing" in found["tests"][0]["output"]


@pytest.mark.parametrize(
    "weight", ["doubling", "=3", "doubling=", "doubling=x", "doubling=-1", "doubling=nan", "doubling=0.001"]
)
def test_a_weight_that_is_none_is_an_error_of_usage(tiny: Path, weight: str) -> None:
    """It says how to write one."""
    done = check(tiny, "--format", "gradescope", "--weight", weight)
    assert done.returncode == 2
    assert f"{weight!r} is not KATA=POINTS" in done.stderr


def test_a_weight_is_for_a_kata_that_is_checked(tiny: Path) -> None:
    """Or the sum would be less than the teacher thinks."""
    done = check(tiny, "doubling", "--format", "gradescope", "--weight", "signs=3")
    assert done.returncode == 2
    assert "small/signs is not among the katas that are checked" in done.stderr
    assert (
        "there is no kata 'sines'; did you mean" in check(tiny, "--format", "gradescope", "--weight", "sines=3").stderr
    )


# JUnit


def test_junit_has_a_suite_for_each_kata(tiny: Path) -> None:
    """A test that is only todo is a failure; the exit code is that of the tests."""
    (tiny / "wrong/small/signs.py").write_text("def sign(number):\n    print('number', number)\n    return 1\n")
    root = junit_of(tiny, "--against", "wrong")
    assert [suite.get("name") for suite in root] == ["small/doubling", "small/signs"]
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["6", "5", "0"]
    signs = root[1]
    assert [signs.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "1", "0", "0"]
    green, red = signs.findall("testcase")
    assert (green.get("classname"), green.get("name")) == ("katas.small.test_signs", "test_sign_of_positive")
    assert green.find("failure") is None
    assert green.findtext("system-out") == "number 3.0\n"
    failure = red.find("failure")
    assert failure is not None
    assert failure.get("type") == "failed"
    assert "<solution-dir>/small/signs.py" in (failure.text or "") or "test_signs.py" in (failure.text or "")


def test_junit_ends_with_0_when_all_is_green(tiny: Path) -> None:
    """And tells the time that each test took."""
    root = junit_of(tiny, "doubling", "--solutions", code=0)
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["4", "0", "0"]
    assert all(float(case.get("time", "")) >= 0 for case in root.iter("testcase"))
    assert float(root.get("time", "")) > 0


def test_todo_and_timeout_are_failures_and_errors_are_errors(kata: Kata) -> None:
    """Each with its outcome as the type."""
    root = read_junit(junit.document([verdict(kata, "todo", "timeout", "error", "passed")], NOWHERE))
    found = [(child.tag, child.get("type")) for case in root.iter("testcase") for child in case]
    assert found == [("failure", "todo"), ("failure", "timeout"), ("error", "error")]
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["4", "2", "1"]


def test_a_broken_kata_is_an_error_in_junit(tiny: Path) -> None:
    """As if it were a test, so that nobody counts it as passed."""
    (tiny / "katas/small/test_doubling.py").unlink()
    suite = junit_of(tiny, "--solutions")[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["1", "0", "1"]
    assert "test_doubling.py is missing" in (suite.findtext("testcase/error") or "")


# Odd text


def test_no_character_breaks_a_document(kata: Kata) -> None:
    """Every code point there is, also where it is no character."""
    text = "".join(map(chr, range(0x110000)))
    odd = verdict(kata, "failed", message=text, printed=text, diagnosis=text)
    case = read_junit(junit.document([odd], NOWHERE)).find(".//testcase")
    assert case is not None
    assert "\\x00\\x01" in (case.findtext("system-out") or "")
    held(json.loads(exercism.document(odd, NOWHERE).encode()), EXERCISM)
    held(json.loads(gradescope.document([odd], NOWHERE, {}, "visible").encode()), GRADESCOPE)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b(Bx\x1b[2J", "xx"),
        ("one\rtwo\r\nthree\b", "one\ntwo\nthree\\x08"),
        ("safe\u202etxt.exe", "safe\\u202etxt.exe"),
        ("\ud800 \ufffe \x85 \x00", "\\ud800 \\ufffe \\x85 \\x00"),
        ("größer 漢字 👩\u200d🔬\t", "größer 漢字 👩\u200d🔬\t"),
        ("\x1b", ""),
    ],
)
def test_text_is_for_reading(text: str, wanted: str) -> None:
    """Colours go; what can't be read is spelled out."""
    assert plain(text) == wanted


def test_a_cut_text_is_as_long_as_allowed() -> None:
    """Together with the notice, and never in the middle of a character."""
    assert cut("abcdef", 5, "..") == "abc.."
    assert cut("abcde", 5, "..") == "abcde"
    assert cut_bytes("\u20ac\u20ac\u20ac", 8, "..") == "\u20ac\u20ac.."
    assert cut_bytes("\u20ac\u20ac\u20ac", 7, "..") == "\u20ac.."


def test_paths_of_the_machine_are_shortened(tmp_path: Path) -> None:
    """Those of the workspace begin at its root; names that only look alike stay."""
    root, home = tmp_path / "work", Path.home()
    places = Places.of(root, root / "in")
    text = f"{root}/katas/a.py {root}/in/a/b.py {root}: {root}2/x /x{root}/y {sys.prefix}/lib/x.py {home}/z"
    wanted = f"katas/a.py <solution-dir>/a/b.py .: {root}2/x /x{root}/y <python>/lib/x.py ~/z"
    assert places.shorten(text) == wanted
    assert Places.of(Path("/")).shorten("/a/b") == "/a/b"


def test_a_loud_answer_is_graded_like_others(tiny: Path) -> None:
    """Megabytes, bytes that are no text, and colours."""
    loud = "import os, sys\n" + right(tiny).replace(
        "    return 2 * x",
        "    os.write(1, b'\\xff\\x00\\x1b[31m' * 400_000)\n    print('<&]]>')\n    return 2 * x",
    )
    arguments = answer(tiny, loud)
    assert exercism_of(tiny, *arguments)["status"] == "pass"
    assert gradescope_of(tiny, *arguments)["score"] == 10
    assert all(len(test["output"]) <= 5000 for test in gradescope_of(tiny, *arguments)["tests"])
    assert "<&]]>" in (junit_of(tiny, *arguments, code=0).findtext(".//system-out") or "")


# Where it goes


@pytest.mark.parametrize(
    ("form", "name", "out"),
    [
        ("exercism", "results.json", "there/"),
        ("gradescope", "results.json", "there"),
        ("junit", "results.xml", "new/deep/"),
        ("junit", "other.txt", "there/other.txt"),
        ("exercism", "plain.txt", "plain.txt"),
    ],
)
def test_a_document_goes_to_a_file_or_a_folder(tiny: Path, form: str, name: str, out: str) -> None:
    """A folder gets the name that its reader expects; nothing else is printed."""
    (tiny / "there").mkdir()
    code = 1 if form == "junit" else 0
    assert ran(tiny, "signs", "--format", form, "--out", out, code=code) == ""
    path = tiny / out if out.endswith(name) else tiny / out / name
    assert "sign of positive" in path.read_text().replace("_", " ")
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".results")] == []


def test_an_old_document_is_replaced(tiny: Path) -> None:
    """All of it."""
    (tiny / "results.json").write_text("x" * 100_000)
    ran(tiny, "signs", "--format", "exercism", "--out", ".")
    held(json.loads((tiny / "results.json").read_text()), EXERCISM)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("missing/results.json", "there is no folder missing"),
        ("katas/small/signs.py/", "File exists"),
        ("katas/small/signs.py/x.json", "there is no folder katas/small/signs.py"),
        ("folder/", "it is a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_any_test_runs(tiny: Path, out: str, words: str) -> None:
    """In one sentence."""
    (tiny / "folder/results.json").mkdir(parents=True)
    done = check(tiny, "signs", "--format", "exercism", "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"Error: --out: \S+ can't be written \(.*\); name a file, or a folder with a / at its end\n", done.stderr
    )
    assert words in done.stderr
    assert not (tiny / ".pt_kata").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is refused to root")
def test_a_folder_without_the_right_to_write_is_told(tiny: Path) -> None:
    """Before any test runs."""
    (tiny / "closed").mkdir(mode=0o555)
    done = check(tiny, "signs", "--format", "exercism", "--out", "closed/")
    assert "the folder closed can't be written to" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file_stays_what_it_is(tiny: Path) -> None:
    """A pipe, like a device, is written to and not replaced."""
    pipe = tiny / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        end = os.open(pipe, os.O_RDWR)  # so that the reader does not wait for ever where nobody writes
        reader = pool.submit(pipe.read_text)
        assert ran(tiny, "signs", "--format", "exercism", "--out", "pipe") == ""
        os.close(end)
        assert held(json.loads(reader.result()), EXERCISM)["status"] == "fail"
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "junit", "--json"], "--format and --json exclude each other"),
        (["--format", "junit", "--plot"], "--format and --plot exclude each other"),
        (["--out", "x"], "--out, --weight and --visibility go with --format"),
        (["--visibility", "hidden"], "--out, --weight and --visibility go with --format"),
        (["--format", "junit", "--weight", "signs=3"], "--weight and --visibility go with --format gradescope"),
        (["--format", "exercism", "--visibility", "hidden"], "--weight and --visibility go with --format gradescope"),
        (["--format", "tap"], "'tap' is not one of 'exercism', 'gradescope', 'junit'"),
    ],
)
def test_options_that_do_not_go_together_are_an_error_of_usage(tiny: Path, options: list[str], words: str) -> None:
    """Before any test runs."""
    done = check(tiny, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert not (tiny / ".pt_kata").exists()


# Forged results


FORGED = '{"version": 3, "status": "pass", "tests": []}'
TRICKS = {
    "printed": f"print('{FORGED}', flush=True)\n",
    "a file": f"open('out/results.json', 'w').write('{FORGED}')\n",
    "a link": "import os\nos.symlink('../stolen.json', 'out/results.json')\n",
    "a pipe": "import os\nos.mkfifo('out/results.json')\n",
    "a closed file": f"import os\nopen('out/results.json', 'w').write('{FORGED}')\nos.chmod('out/results.json', 0)\n",
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_code_that_writes_its_own_results_is_written_over(tiny: Path, trick: str) -> None:
    """The document is made after the tests, by another process."""
    (tiny / "out").mkdir()
    arguments = answer(tiny, TRICKS[trick] + right(tiny).replace("return 2 * x", "return x"))
    assert ran(tiny, *arguments, "--format", "exercism", "--out", "out/") == ""
    path = tiny / "out/results.json"
    assert path.is_file()
    assert not path.is_symlink()
    assert held(json.loads(path.read_text()), EXERCISM)["status"] == "fail"
    assert not (tiny / "stolen.json").exists()


def test_code_that_leaves_a_process_behind_to_write_results_is_too_late(tiny: Path) -> None:
    """What an answer has started is killed before the document is written."""
    (tiny / "out").mkdir()
    later = f"import time; time.sleep(3); open('out/results.json', 'w').write('{FORGED}')"
    start = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {later!r}], start_new_session=True)\n"
    ran(tiny, *answer(tiny, start + right(tiny)), "--format", "exercism", "--out", "out/")
    time.sleep(4)
    assert held(json.loads((tiny / "out/results.json").read_text()), EXERCISM)["tests"]


def test_a_folder_in_the_place_of_the_document_is_an_error(tiny: Path) -> None:
    """No result is better than a forged one: the exit code says that there is none."""
    (tiny / "out").mkdir()
    code = "import os\nos.makedirs('out/results.json/x', exist_ok=True)\n" + right(tiny)
    done = check(tiny, *answer(tiny, code), "--format", "exercism", "--out", "out/")
    assert done.returncode == 1
    assert "results.json can't be written" in done.stderr


# The schemas


def test_the_schemas_refuse_what_breaks_a_contract(kata: Kata) -> None:
    """Each with one fault in a good document."""
    good = json.loads(exercism.document(verdict(kata, "passed", "failed"), NOWHERE))
    for path, value in {
        ("version",): 2,
        ("status",): "passed",
        ("message",): "x",
        ("tests",): [],
        ("tests", 0, "status"): "failed",
        ("tests", 0, "message"): "x",
        ("tests", 1, "message"): None,
        ("tests", 1, "status"): "pass",
        ("tests", 0, "output"): "x" * 501,
        ("tests", 0, "task_id"): 0,
        ("tests", 0, "test_code"): "",
        ("extra",): 1,
    }.items():
        assert is_refused(good, EXERCISM, path, value), path
    error = {"version": 3, "status": "error", "message": "why"}
    held(error, EXERCISM)
    for path, value in ((("message",), None), (("message",), ""), (("status",), "pass")):
        assert is_refused(error, EXERCISM, path, value), path
    good = json.loads(gradescope.document([verdict(kata, "passed", "failed")], NOWHERE, {}, "visible"))
    for path, value in {
        ("visibility",): "never",
        ("tests",): [],
        ("score",): -1,
        ("execution_time",): "1 s",
        ("tests", 0, "max_score"): None,
        ("tests", 0, "status"): "pass",
        ("tests", 0, "number"): 1,
        ("tests", 0, "output_format"): "markdown",
        ("tests", 0, "tags"): "x",
        ("extra",): 1,
    }.items():
        assert is_refused(good, GRADESCOPE, path, value), path
    text = junit.document([verdict(kata, "passed", "failed")], NOWHERE)
    for old, new in (
        ('<testcase classname="katas.small.test_doubling" name="test_double_of_one"', "<testcase"),
        ("<failure ", "<mistake "),
        ('tests="2"', ""),
        ('time="0.000">', 'time="soon">'),
    ):
        assert old in text
        assert not is_valid(
            text.replace(old, new).replace("</failure>", "</mistake>" if "mistake" in new else "</failure>")
        )
    assert is_valid(text)


def is_refused(good: dict[str, Any], schema: dict[str, Any], path: tuple[Any, ...], value: object) -> bool:
    """Whether the schema refuses a good document with another value at ``path``."""
    bad: Any = deepcopy(good)
    inner = bad
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return not jsonschema.Draft202012Validator(schema).is_valid(bad)


def is_valid(text: str) -> bool:
    """Whether the schema of JUnit accepts it."""
    try:
        return bool(JUNIT.is_valid(text))
    except ElementTree.ParseError:
        return False


# The teacher's page


def test_the_teachers_workflow_is_that_of_the_curriculum() -> None:
    """One step for each kata, whose points the reporter is told of."""
    page = (REPOSITORY / "docs/teacher.md").read_text(encoding="utf-8")
    katas = load(REPOSITORY).katas
    assert f"```yaml\n{workflow(katas)}```\n" in page
    job = yaml.safe_load(workflow(katas))["jobs"]["run-autograding-tests"]
    *first, last = job["steps"]
    graded = [step for step in first if "command-grader" in step.get("uses", "")]
    assert [step["with"]["test-name"] for step in graded] == [kata.id for kata in katas]
    for kata, step in zip(katas, graded, strict=True):
        assert f"pt-kata check {kata.id} --against" in step["with"]["command"]
        assert step["with"]["max-score"] == 10
    names = [step["id"] for step in graded]
    assert last["with"]["runners"].split(",") == names
    assert list(last["env"]) == [f"{name.upper()}_RESULTS" for name in names]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
