from __future__ import annotations

import re

import pytest

from tests.conftest import Kit

WRONG = ["--against", "wrong"]


def printed(result: pytest.RunResult) -> str:
    """Give all that a run printed."""
    return result.stdout.str()


def test_an_untouched_workspace_is_red_and_todo(kit: Kit) -> None:
    """Nothing passes, nothing fails, the exit code is 1 and no traceback is shown."""
    result = kit.run("katas/")
    assert result.ret == 1
    assert re.search(r"=+ 6 todo in", printed(result))
    assert "Error" not in printed(result)
    assert ".py:" not in printed(result).split("== katas ==")[0].split("= todo =")[1]


def test_each_todo_is_one_line_with_function_and_sentence(kit: Kit) -> None:
    """What is to be written stands beside what the test wants."""
    result = kit.run("katas/")
    result.stdout.fnmatch_lines(["small/doubling", "  todo  double *  Twice one is two."])
    assert sum(line.startswith("  todo  ") for line in result.outlines) == 6


def test_the_run_ends_with_a_bar_per_kata_and_the_place_to_start(kit: Kit) -> None:
    """File, line, function, and what it should do."""
    kit.run("katas/").stdout.fnmatch_lines(
        [
            "small/doubling  ░*  0/4    todo",
            "small/signs     ░*  0/2    todo",
            "",
            "Start here: katas/small/doubling.py:7  double",
            "  Return 2x.",
        ]
    )


def test_the_reference_is_green(kit: Kit) -> None:
    """With --solutions everything passes and the header and the summary say what was tested."""
    result = kit.run("katas/", "--solutions")
    assert result.ret == 0
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["pt_kata: the reference in solutions/ under test", "*katas: the reference*"])
    assert "here:" not in printed(result)


def test_half_done_is_told_apart_from_todo(kit: Kit) -> None:
    """A kata with green tests is begun; its stubs are still todo."""
    kit.edit("katas/small/doubling.py", "raise NotImplementedError", "return 2 * x")
    kit.run("katas/").stdout.fnmatch_lines(["small/doubling  ██*  2/4    begun (2 todo)", "Go on here: *  quadruple"])


def test_a_wrong_value_ends_on_the_learners_return(kit: Kit) -> None:
    """The message says what was called, returned and wanted, below the line that returned it."""
    result = kit.run("katas/", *WRONG, "-k", "test_double_of_anything")
    result.stdout.fnmatch_lines(
        [
            "katas/small/test_doubling.py:*: in test_double_of_anything",
            "    assert_close(double(x), torch.add(x, x), *",
            "wrong/small/doubling.py:9: in double",
            "    return 1 * x",
            "E   AssertionError: double gave the wrong values.",
            "E     called    double(x=float32 (*,) on cpu*)",
            "E     returned  float32 (*,) on cpu*",
            "E     wanted    float32 (*,) on cpu*",
            "E     first off at [[]0]: *, wanted *",
            "E     largest   error *; allowed *",
            "E     why       Both copies count.",
        ]
    )


def test_a_method_is_blamed_as_well(kit: Kit) -> None:
    """A wrong result of a method ends on the method's return."""
    result = kit.run("katas/", *WRONG, "-k", "test_doubler")
    result.stdout.fnmatch_lines(["wrong/small/doubling.py:*: in double", "    return number"])
    result.stdout.fnmatch_lines(["E     called    Doubler.double(number=3.0)"])


def test_an_exception_ends_on_the_learners_line(kit: Kit) -> None:
    """Frames of torch and of the engine are cut away."""
    result = kit.run("katas/", *WRONG, "-k", "test_quadruple")
    result.stdout.fnmatch_lines(
        [
            "*: in test_quadruple",
            "*",
            "wrong/small/doubling.py:14: in quadruple",
            "    return torch.einsum*",
            "E  *",
            "E     called    quadruple(x=*)",
        ]
    )
    assert "functional.py" not in printed(result)
    assert "pt_kata/" not in printed(result)


def test_full_trace_keeps_every_frame(kit: Kit) -> None:
    """Who wants torch's frames still gets them."""
    assert "torch/functional.py" in printed(kit.run("katas/", *WRONG, "-k", "test_quadruple", "--full-trace"))


def test_a_kernel_that_torch_lacks_is_failed_and_not_todo(kit: Kit) -> None:
    """A NotImplementedError that the learner did not raise is an error like any other."""
    kit.edit("katas/small/doubling.py", "raise NotImplementedError", "return 2 * x.to('meta').to('cpu')")
    result = kit.run("katas/", "-k", "test_double_of_one")
    result.stdout.fnmatch_lines(["E   NotImplementedError: *", "FAILED *"])


def test_a_forbidden_operation_is_named(kit: Kit) -> None:
    """The oracle of the test may add, the learner may not."""
    kit.edit("katas/small/doubling.py", "raise NotImplementedError", "return x + x")
    kit.run("katas/", "-k", "test_double_of").stdout.fnmatch_lines(
        [
            "katas/small/doubling.py:*: in double",
            "    return x + x",
            "E   *double called add, which this kata forbids here.",
            "E     why       Doubling is a product here.",
        ]
    )


def test_a_failure_prints_how_to_repeat_it(kit: Kit) -> None:
    """The line can be pasted and gives the same numbers."""
    first = kit.run("katas/", *WRONG, "-k", "test_double_of_anything", "--seed", "7")
    first.stdout.fnmatch_lines(["pytest 'katas/small/test_doubling.py::test_double_of_anything' --seed 7"])
    again = kit.run("katas/", *WRONG, "-k", "test_double_of_anything", "--seed", "7")
    other = kit.run("katas/", *WRONG, "-k", "test_double_of_anything", "--seed", "8")
    shown = [[line for line in run.outlines if "first off" in line] for run in (first, again, other)]
    assert shown[0] == shown[1] != shown[2]


def test_the_header_shows_a_fresh_seed_and_the_device(kit: Kit) -> None:
    """Two runs draw differently, and a run without CUDA says so."""
    headers = [re.search(r"seed (\d+)", printed(kit.run("katas/", "--solutions"))) for _ in range(2)]
    assert headers[0]
    assert headers[1]
    assert headers[0][1] != headers[1][1]
    kit.run("katas/", "--solutions").stdout.fnmatch_lines(["*on the CPU only; *CUDA device*"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "gpu"], "*--device gpu: wanted cpu or cuda*"),
        (["--device", "cud"], "*did you mean 'cuda'?"),
        (["--seed", "three"], "*argument --seed: invalid int value: 'three'"),
        (["--against", "wrnog"], "*there is no folder *; did you mean 'wrong'?"),
        (["--solutions", "--against", "wrong"], "*exclude each other*"),
        (["katas/smal"], "*there is no *; did you mean 'small'?"),
        (["katas/small/test_sings.py"], "*there is no *; did you mean 'test_signs.py'?"),
    ],
)
def test_a_mistyped_option_gets_one_clear_message(kit: Kit, options: list[str], message: str) -> None:
    """Exit code 4, the value, and what is near."""
    result = kit.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert "Traceback" not in result.stderr.str()


def test_a_syntax_error_is_told_once_and_the_others_run(kit: Kit) -> None:
    """One message for the file, its tests broken, the other kata reported."""
    kit.edit("katas/small/doubling.py", "def double(x:", "def double(x;")
    result = kit.run("katas/")
    assert result.ret == 1
    assert printed(result).count("SyntaxError") == 2  # the message, and the place to start
    result.stdout.fnmatch_lines(
        [
            "*katas/small/doubling.py, line 7: SyntaxError: *",
            "    def double(x;*",
            "  4 tests wait for this; all others ran.",
            "small/doubling  ░*  0/4    broken (4 broken)",
            "small/signs     ░*  0/2    todo",
            "Mend this first: *doubling.py, line 7: *",
        ]
    )


def test_a_renamed_function_breaks_its_own_tests_only(kit: Kit) -> None:
    """The message names the nearest function; the other tests of the file still run."""
    kit.solve()
    kit.edit("katas/small/doubling.py", "def quadruple(", "def quadrupel(")
    result = kit.run("katas/small/test_doubling.py")
    result.stdout.fnmatch_lines(
        ["*doubling.py has no 'quadruple'; did you mean 'quadrupel'?*", "  1 test waits for this*", "*  3/4 *broken*"]
    )


def test_a_deleted_module_is_told_and_the_others_run(kit: Kit) -> None:
    """The missing file is named."""
    (kit.root / "katas" / "small" / "signs.py").unlink()
    kit.run("katas/").stdout.fnmatch_lines(["*signs.py is missing*", "small/doubling *", "small/signs * broken*"])


def test_a_missing_test_file_is_reported(kit: Kit) -> None:
    """A kata whose tests are gone is not passed over in silence."""
    (kit.root / "katas" / "small" / "test_signs.py").unlink()
    kit.run("katas/").stdout.fnmatch_lines(["*test_signs.py is missing*"])


def test_a_broken_test_file_is_reported_and_the_others_run(kit: Kit) -> None:
    """A kata whose tests can't be collected is not passed over in silence."""
    kit.edit("katas/small/test_signs.py", "def test_sign_of_zero():", "def test_sign_of_zero(:")
    kit.run("katas/").stdout.fnmatch_lines(["*test_signs.py can't be collected*", "small/doubling *0/4 *"])


def test_a_broken_data_file_is_reported_and_its_kata_still_runs(kit: Kit) -> None:
    """The message names file and key."""
    kit.edit("katas/small/signs.toml", "minutes = 1", "minutes = 'one'")
    kit.run("katas/").stdout.fnmatch_lines(["*signs.toml: minutes is 'one'; wanted int", "small/signs *0/2 *"])


def test_a_kata_can_be_named_by_its_module(kit: Kit) -> None:
    """The file the learner edits leads to its tests, with and without the ending."""
    for name in ("katas/small/signs.py", "katas/small/signs"):
        kit.run(name, "--solutions").assert_outcomes(passed=2)
    kit.run("katas/small/signs.py::test_sign_of_zero", "--solutions").assert_outcomes(passed=1)


def test_selecting_works_as_everywhere(kit: Kit) -> None:
    """A folder, -k and -x select; what was not run is said."""
    kit.run("katas/small", "--solutions").assert_outcomes(passed=6)
    kit.run("katas/", "--solutions", "-k", "sign").assert_outcomes(passed=2, deselected=4)
    kit.run("katas/", "-x").stdout.fnmatch_lines(["small/doubling *0/4 * todo (3 not run)"])
    kit.run("katas/small/test_signs.py::test_sign_of_zero", "--solutions").assert_outcomes(passed=1)


def test_last_failed_runs_the_todo_again(kit: Kit) -> None:
    """A todo counts as failed for --lf."""
    kit.edit("katas/small/doubling.py", "raise NotImplementedError", "return 2 * x")
    arguments = ["katas/", "-p", "no:randomly"]
    kit.pytester.runpytest_inprocess(*arguments)
    kit.pytester.runpytest_inprocess(*arguments, "--lf").stdout.fnmatch_lines(["=* 4 todo in *"])


def test_quiet_drops_the_list_and_keeps_the_bars(kit: Kit) -> None:
    """With -q there is one line per kata and the place to start."""
    result = kit.run("katas/", "-q")
    assert "  todo  " not in printed(result)
    result.stdout.fnmatch_lines(["small/doubling *", "small/signs *", "Start here: *"])


def test_verbose_names_the_outcome_of_each_test(kit: Kit) -> None:
    """With -v a stub's test says TODO."""
    kit.run("katas/", "-v").stdout.fnmatch_lines(["*::test_double_of_one TODO*"])


def test_two_workers_give_the_same_report(kit: Kit) -> None:
    """With xdist the bars and the place to start are those of a plain run."""
    plain, spread = kit.run("katas/", *WRONG), kit.run("katas/", *WRONG, "-n", "2")
    ends = [printed(run).split("= katas: ")[1].split("= short test")[0] for run in (plain, spread)]
    assert ends[0] == ends[1]
    assert "E     called    double(" in printed(spread)


@pytest.mark.parametrize("order", ["1", "2", "3"])
def test_random_order_ends_with_the_same_place_to_start(kit: Kit, order: str) -> None:
    """The order of the run does not move the place to start."""
    options = ["-p", "no:cacheprovider", "-p", "randomly", "--randomly-seed", order]
    result = kit.pytester.runpytest_inprocess("katas/", *options)
    result.stdout.fnmatch_lines(["Start here: katas/small/doubling.py:7  double"])


def test_a_debugger_stops_in_the_learners_function(kit: Kit) -> None:
    """With --pdb the variables of the function that returned can be looked at."""
    child = kit.pytester.spawn_pytest("katas/ --against wrong -k test_double_of_one --pdb -p no:randomly")
    child.expect("doubling.py.9.double")
    child.sendline("p x.shape")
    child.expect(r"torch.Size\(\[1\]\)")
    child.sendline("q")
    child.wait()


def test_a_learners_warning_is_no_failure(kit: Kit) -> None:
    """A project that turns warnings into errors does not turn a learner's answer red."""
    kit.pytester.makeini("[pytest]\nfilterwarnings = error")
    kit.edit("katas/small/signs.py", "raise NotImplementedError", "return (number > 0) - (number < 0)")
    kit.edit("katas/small/signs.py", "    return", "    import warnings; warnings.warn('old')\n    return")
    kit.run("katas/", "-k", "sign").assert_outcomes(passed=2, warnings=2)


def test_a_warning_on_import_breaks_the_reference_only(kit: Kit) -> None:
    """A newer torch may warn of what a learner's file does on import; the reference is to do without."""
    kit.pytester.makeini("[pytest]\nfilterwarnings = error")
    for tree in ("katas", "solutions"):
        file = kit.root / tree / "small" / "doubling.py"
        file.write_text(f"import warnings; warnings.warn('old')\n{file.read_text()}")
    solved = (kit.root / "solutions" / "small" / "doubling.py").read_text()
    (kit.root / "katas" / "small" / "doubling.py").write_text(solved)
    assert "on import: old" not in kit.run("katas/small/doubling.py").stdout.str()
    assert "UserWarning on import: old" in kit.run("katas/small/doubling.py", "--solutions").stdout.str()


def test_global_switches_do_not_leak_into_the_next_test(kit: Kit) -> None:
    """A learner who turns gradients off for good harms one test, not all."""
    kit.solve()
    kit.solve("small/signs.py")
    kit.edit(
        "katas/small/doubling.py", "    return 2 * x", "    import torch; torch.set_grad_enabled(False); return 2 * x"
    )
    kit.edit(
        "katas/small/test_signs.py", "    assert sign(0.0) == 0", "    import torch; assert torch.is_grad_enabled()"
    )
    kit.run("katas/").assert_outcomes(passed=6)


def test_tests_that_are_no_katas_are_left_alone(kit: Kit) -> None:
    """A project's own tests beside the katas run as ever, without the closing report."""
    kit.pytester.makepyfile(test_own="def test_own(): assert 1 == 2")
    result = kit.run("test_own.py")
    result.assert_outcomes(failed=1)
    assert "= katas" not in printed(result)


BLAME = "quadruple is fine; it fails because double does. Go to double first: doubling.py:"
TRIPLED = '''

@mistake("Doubler", caught_by="test_doubler")
class {name}(Doubler):
    """{name} number.

    It is wrong. It is too much.
    """

    def double(self, number):
        """Return {factor} times the number."""
        return {factor} * number
'''


def solved_but(kit: Kit, old: str, new: str) -> None:
    """Solve the katas, with one thing of doubling changed."""
    kit.solve()
    kit.edit("katas/small/doubling.py", old, new)


def test_a_known_mistake_is_named_once_below_its_first_failure(kit: Kit) -> None:
    """Two tests fail for it, and the name stands under the easier one."""
    solved_but(kit, "return 2 * x", "return x.clone()")
    result = kit.run("katas/small/doubling.py", "-k", "double_of")
    result.assert_outcomes(failed=2)
    assert printed(result).count("double makes a known mistake: one copy only.") == 1
    result.stdout.fnmatch_lines(
        [
            "* test_double_of_one *",
            "* diagnosis *",
            "double makes a known mistake: one copy only.",
            "  The factor is one. That changes nothing.",
            "  Try it in a Python prompt:",
            "    >>> import torch",
            "    >>> from katas.small.doubling import [*]",
            "    >>> double(torch.tensor([[]3.0]))",
            "* test_double_of_anything *",
        ]
    )


def test_each_function_has_a_diagnosis_of_its_own(kit: Kit) -> None:
    """A function, a class, and what calls a wrong helper."""
    solved_but(kit, "return 2 * x", "return x * x")
    kit.edit("katas/small/doubling.py", "return 2 * number", "return number")
    result = kit.run("katas/small/doubling.py")
    assert printed(result).count("= diagnosis =") + printed(result).count("- diagnosis -") == 3
    assert "double makes a known mistake: a square instead of a double." in printed(result)
    assert "Doubler makes a known mistake: the number as it came." in printed(result)
    assert BLAME in printed(result)


def test_a_diagnosis_can_be_turned_off(kit: Kit) -> None:
    """With --no-diagnosis a failure is shown as it is; the reference gets none either."""
    for options in (["--against", "wrong", "--no-diagnosis"], ["--solutions"]):
        assert "known mistake" not in printed(kit.run("katas/", *options))
    assert "known mistake" in printed(kit.run("katas/", *WRONG))


def test_two_workers_give_the_same_diagnosis(kit: Kit) -> None:
    """Only the process that reports looks for one."""
    solved_but(kit, "return 2 * x", "return 1 * x")
    result = kit.run("katas/small/doubling.py", "-n", "2")
    assert printed(result).count("double makes a known mistake: one copy only.") == 1
    assert printed(result).count(BLAME) == 1


def test_a_forbidden_call_is_diagnosed_as_such(kit: Kit) -> None:
    """The mistake is the one that the guard stops as well."""
    solved_but(kit, "return 2 * x", "return x + x")
    result = kit.run("katas/small/doubling.py", "-k", "double_of")
    assert printed(result).count("double makes a known mistake: the sum with itself.") == 1


def test_two_mistakes_that_fit_are_both_offered(kit: Kit) -> None:
    """The tests can't tell them apart, and the learner is told so."""
    with (kit.root / "mistakes" / "small" / "doubling.py").open("a") as file:
        file.write(TRIPLED.format(name="Thrice", factor="3") + TRIPLED.format(name="Number", factor="number"))
    solved_but(kit, "return 2 * number", "return 9.0")
    kit.run("katas/small/doubling.py", "-k", "doubler").stdout.fnmatch_lines(
        ["Doubler makes a known mistake, and these fit it equally:", "- thrice number.", "- number number."]
    )


@pytest.mark.parametrize("wrong", ["5 * x", "x.double() * 2", "None", "undefined", "x.reshape(7, 7)"])
def test_an_unknown_wrong_answer_has_no_diagnosis(kit: Kit, wrong: str) -> None:
    """Nothing is said rather than something wrong."""
    solved_but(kit, "return 2 * x", f"return {wrong}")
    result = kit.run("katas/small/doubling.py", "-k", "double_of")
    assert result.ret == 1
    assert "known mistake" not in printed(result)
    assert "is fine" not in printed(result)


def test_a_file_that_lacks_another_task_is_diagnosed(kit: Kit) -> None:
    """Only the function that is missing can't be."""
    solved_but(kit, "return 2 * x", "return 1 * x")
    kit.edit("katas/small/doubling.py", "class Doubler", "class Dubler")
    result = kit.run("katas/small/doubling.py")
    assert "double makes a known mistake: one copy only." in printed(result)
    result.stdout.fnmatch_lines(["*has no 'Doubler'; did you mean 'Dubler'?*"])


def test_a_learner_who_prints_is_diagnosed(kit: Kit) -> None:
    """What is printed is shown once, under the test that printed it."""
    solved_but(kit, "return 2 * x", "print('looking'); return 1 * x")
    result = kit.run("katas/small/doubling.py", "-k", "double_of_one")
    assert "double makes a known mistake: one copy only." in printed(result)
    assert sum(line == "looking" for line in result.outlines) == 1


def test_a_loop_without_end_ends_the_diagnosis_too(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is stopped by its timeout, and what looks for the mistake by its own."""
    monkeypatch.setattr("pt_kata.diagnosis.LIMIT", 0.1)
    monkeypatch.setattr("pt_kata.diagnosis.ENDLESS", 0.3)
    solved_but(kit, "return 2 * x", "\n    while True: pass")
    result = kit.run("katas/small/doubling.py", "-k", "double_of_one", "-o", "timeout=0.5")
    result.assert_outcomes(failed=1)
    assert "Timeout" in printed(result)
    assert "known mistake" not in printed(result)
    assert "INTERNALERROR" not in printed(result)
