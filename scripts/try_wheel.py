"""Builds sdist and wheel, and uses the wheel as a newcomer would: an empty environment, a workspace, a first red.

    python -m scripts.try_wheel [--constraint FILE] [--strict]

Every step is checked and timed. With --strict, on a quiet machine with torch's wheel at hand, the times must be those
that a newcomer is promised.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
LARGEST = 1_000_000  # bytes of the wheel
FIRST_RED = 60.0  # seconds, from pip install on
INIT = 1.0  # seconds
VANDAL = """
    from pathlib import Path
    import pt_kata
    Path(pt_kata.__file__).with_name("content").joinpath("solutions/losses/cross_entropy.py").write_text("")
    raise NotImplementedError"""
STUB, LESSON = "katas/losses/cross_entropy.py", "katas/losses/README.md"


class Newcomer:
    """An environment and a workspace in ``folder``; what is run there sees nothing of the repository."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my katas"
        self._folder = folder
        self._bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self.root.mkdir()

    def run(self, *command: str, wanted: int = 0) -> str:
        """Run a command of the environment in the workspace; returns what it prints."""
        clean = {
            name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL"))
        }
        clean["PATH"] = f"{self._bin}{os.pathsep}{clean['PATH']}"
        program = shutil.which(command[0], path=clean["PATH"]) or command[0]
        done = subprocess.run(
            [program, *command[1:]], cwd=self.root, env=clean, capture_output=True, text=True, check=False
        )
        text = done.stdout + done.stderr
        expect(done.returncode == wanted, f"{' '.join(command)} ended with {done.returncode}:\n{text}")
        return text

    def make_environment(self) -> None:
        """An empty one, of the Python that runs this."""
        subprocess.run([sys.executable, "-m", "venv", self._folder / "env"], check=True)

    def site_packages(self) -> set[str]:
        code = "import pt_kata, pathlib; print(pathlib.Path(pt_kata.__file__).parents[1])"
        return {path.name for path in Path(self.run("python", "-c", code).strip()).iterdir()}


def main() -> None:
    """Do all of it; the first thing that isn't as it should be ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--constraint", type=Path, default=REPOSITORY / "constraints.txt", help="given to pip")
    parser.add_argument("--strict", action="store_true", help="end where a step takes longer than promised")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        place = Path(folder).resolve()
        wheel = built(place)
        newcomer = Newcomer(place)
        newcomer.make_environment()
        slow = list(arrive(newcomer, wheel, asked.constraint.resolve()))
        work(newcomer)
        come_back_later(newcomer)
    expect(not (asked.strict and slow), "; ".join(slow))


def built(folder: Path) -> Path:
    """The wheel, made from the sdist: small, and with nothing at its top but the package."""
    build = [sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(REPOSITORY)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    size = wheel.stat().st_size
    print(f"wheel {size / 1000:.0f} kB, sdist {sdist.stat().st_size / 1000:.0f} kB")
    expect(size < LARGEST, f"the wheel has {size} bytes, more than {LARGEST}")
    with zipfile.ZipFile(wheel) as file:
        tops = {name.partition("/")[0] for name in file.namelist()}
    expect(tops == {"pt_kata", wheel.name.rpartition("-py3")[0] + ".dist-info"}, f"the wheel has {tops} at its top")
    return wheel


def arrive(newcomer: Newcomer, wheel: Path, constraint: Path) -> Iterator[str]:
    """From pip install to the first red test; yields what took longer than promised."""
    start = time.perf_counter()
    newcomer.run("pip", "install", "-q", "-c", str(constraint), str(wheel))
    installed = time.perf_counter()
    newcomer.run("pt-kata", "init")
    made = time.perf_counter()
    red = newcomer.run("pytest", "katas/", wanted=1)
    end = time.perf_counter()
    expect(" todo in " in red.splitlines()[-1], f"pytest katas/ is not all todo:\n{red[-2000:]}")
    strays = newcomer.site_packages() & {"katas", "solutions", "mistakes", "tests", "benchmarks", "scripts", "content"}
    expect(not strays, f"site-packages has {strays}")
    print(f"pip install {installed - start:.1f} s, pytest katas/ {end - made:.1f} s")
    promised = {"pt-kata init": (made - installed, INIT), "from pip install to the first red": (end - start, FIRST_RED)}
    for what, (seconds, most) in promised.items():
        print(f"{what}: {seconds:.2f} s")
        if seconds >= most:
            yield f"{what} took {seconds:.2f} s, not less than {most:g} s"


def work(newcomer: Newcomer) -> None:
    """The reference is green, a wrong answer is named, a right one is green, and the package is fenced."""
    newcomer.run("pytest", "katas/losses", "--solutions", "-q")
    newcomer.run("pt-kata", "check", "cross_entropy", "--solutions")
    stub = newcomer.root / STUB
    blank = stub.read_text()
    wrong = "    return logits.exp().sum(dim=1).log()"
    stub.write_text(blank.replace("    raise NotImplementedError", wrong, 1))
    red = newcomer.run("pt-kata", "check", "cross_entropy", wanted=1)
    expect("makes a known mistake" in red, f"the mistake is not named:\n{red}")
    stub.write_text(blank.replace("\n    raise NotImplementedError", VANDAL, 1))
    held = newcomer.run("pt-kata", "check", "cross_entropy", wanted=1)
    expect("may not change" in held, f"the package's own reference is not fenced:\n{held}")
    stub.write_bytes((newcomer.root / "solutions/losses/cross_entropy.py").read_bytes())
    newcomer.run("pt-kata", "check", "cross_entropy")
    for command in ("list", "next", "show", "doctor", "diff cross_entropy", "plot cross_entropy"):
        newcomer.run("pt-kata", *command.split())


def come_back_later(newcomer: Newcomer) -> None:
    """``update`` over a solved kata and an outdated lesson: the first stays, the second comes and goes."""
    solved = (newcomer.root / STUB).read_bytes()
    memory = newcomer.root / ".pt_kata/installed.zip"
    lesson = newcomer.root / LESSON
    new, old = lesson.read_bytes(), b"# An older lesson\n"
    with zipfile.ZipFile(memory) as file:
        files = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(memory, "w") as file:
        for name, text in (files | {LESSON: old}).items():
            file.writestr(name, text)
    lesson.write_bytes(old)
    told = newcomer.run("pt-kata", "update", "--dry-run")
    expect(lesson.read_bytes() == old and f"replaced  {LESSON}" in told, f"--dry-run:\n{told}")
    newcomer.run("pt-kata", "update")
    expect(lesson.read_bytes() == new, "update did not bring the new lesson")
    newcomer.run("pt-kata", "update", "--undo")
    expect(lesson.read_bytes() == old, "update --undo did not bring the old lesson back")
    expect((newcomer.root / STUB).read_bytes() == solved, "update touched what was written")


def expect(is_so: bool, otherwise: str) -> None:
    """End with a message where something isn't so."""
    if not is_so:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
