from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.stories import PAGES, Block, Story, Untold, anchors, blocks, links

CI = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
PAGE = REPOSITORY / "page.md"
ELSEWHERE = ("ci", "newcomer")
name_of = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
every_block = [block for page in PAGES for block in blocks(page)]


def told(text: str, folder: Path) -> Story:
    """A page with this text, run to its end."""
    story = Story(folder)
    for block in blocks(PAGE, text):
        story.tell(block)
    return story


@name_of
@pytest.mark.timeout(900)
def test_every_block_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """From top to bottom, as a reader would type it; what is left to CI has a test below."""
    story = Story(tmp_path)
    for block in blocks(page):
        if block.notes.get("run") not in ELSEWHERE:
            story.tell(block)


@pytest.mark.skipif(
    not os.environ.get("PT_KATA_NEWCOMER"),
    reason="installs torch into fresh environments, which takes minutes: .ci/run does it, by PT_KATA_NEWCOMER=1",
)
@pytest.mark.parametrize(
    "block", [block for block in every_block if block.notes.get("run") == "newcomer"], ids=lambda block: block.place
)
@pytest.mark.timeout(900)
def test_a_newcomer_begins(block: Block, tmp_path: Path) -> None:
    """The commands that set everything up, in a copy of the repository and a fresh environment, end with all todo."""
    story = Story(tmp_path)
    story.tell(replace(block, notes=block.notes | {"in": "repository"}))
    assert re.search(r"^Start here: katas/\S+:\d+ ", story.printed, re.MULTILINE), story.printed[-3000:]
    assert re.search(r"^\d+ todo in |= \d+ todo in ", story.printed, re.MULTILINE), story.printed[-3000:]


def test_what_the_pages_leave_to_ci_is_run_there() -> None:
    """Each command is in .ci/run; the one that sets up the environment is taken from the README itself."""
    left = [block for block in every_block if block.notes.get("run") == "ci"]
    commands = [command.strip() for block in left for command in re.split(r"&&|\n", block.text) if command.strip()]
    taken = re.search(r"grep -- '(.+)' README.md", CI)
    assert taken
    lines = [line for line in (REPOSITORY / "README.md").read_text().splitlines() if re.search(taken[1], line)]
    assert len(lines) == 1
    assert len(commands) >= 5
    for command in commands:
        assert command in CI or command in lines[0], f"{command} is not in .ci/run"
    assert "PT_KATA_NEWCOMER=1 pytest tests/test_docs.py" in CI


def test_notes_say_where_a_block_is_run() -> None:
    """There are two places beside here."""
    assert {block.notes["run"] for block in every_block if "run" in block.notes} == set(ELSEWHERE)


@name_of
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Relative links and pictures, with their anchors."""
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        assert REPOSITORY in target.parents, f"{page.name} links to {link}, outside of the repository"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name} links to {link}, and there is no such heading"


def test_every_page_of_docs_can_be_found() -> None:
    """The README or a page that it links to leads there."""
    start = REPOSITORY / "README.md"
    first = {(start.parent / link).resolve() for link in links(start)}
    further = {(page.parent / link).resolve() for page in first if page.suffix == ".md" for link in links(page)}
    assert set(REPOSITORY.glob("docs/*.md")) <= first | further


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("```sh\nfalse\necho after\n```\n", "page.md:1: ended with 1, not with 0"),
        ("<!-- exit: 1 -->\n```sh\ntrue\n```\n", "ended with 0, not with 1"),
        ("text\n\n```python\nimport warnings\nwarnings.warn('x')\n```\n", "page.md:3: ended with 1"),
        ("```python\n>>> 1 + 1\n3\n```\n", "Expected:\n    3\nGot:\n    2"),
        ("```toml\na = \n```\n", "is no toml"),
        ("```json\n{'a': 1}\n```\n", "is no json"),
        ("```yaml\na: [\n```\n", "is no yaml"),
        ("```rust\nfn main() {}\n```\n", "nothing runs a block of 'rust'"),
        ("1. In a list:\n\n   ```rust\n   fn main() {}\n   ```\n", "nothing runs a block of 'rust'"),
        ("```markdown\n# A\n```\n", "nothing runs a block of 'markdown'"),
        ("Text:\n\n    indented\n", "nothing runs a block of 'indentation'"),
        ("<!-- runs: ci -->\n```sh\ntrue\n```\n", "<!-- runs: ci --> is no note that is known"),
        ("<!-- in: kitchen -->\n```sh\ntrue\n```\n", "there is no place 'kitchen'"),
        ("```sh\necho one\n```\n\n<!-- output -->\n```text\ntwo\n```\n", "printed is\none\n\nnot\ntwo"),
        ("```console\n$ echo one\ntwo\n```\n", "printed is\none\n\nnot\ntwo"),
        ("<!-- keys: q -->\n```sh\nread -rsn1 -p ready key; test $key = x\n```\n", "ended with 1, not with 0"),
    ],
)
def test_a_block_that_does_not_do_what_it_says_is_told(text: str, words: str, tmp_path: Path) -> None:
    """With the page, the line and the reason."""
    with pytest.raises(Untold) as caught:
        told(text, tmp_path)
    assert words in str(caught.value)


def test_blocks_go_on_where_the_one_before_ended(tmp_path: Path) -> None:
    """Folders and files stay; keys are typed; three dots stand for anything."""
    story = told(
        "```sh\nmkdir a && cd a\n```\n\n<!-- file: b/c.txt -->\n```text\none\n```\n\n"
        "<!-- append: b/c.txt -->\n```text\ntwo\n```\n\n```console\n$ cd b\n$ cat c.txt\none\n...\n```\n\n"
        "<!-- keys: q -->\n```sh\nread -rsn1 -p ready key; test $key = q\n```\n",
        tmp_path,
    )
    assert story.here == tmp_path / "empty" / "a" / "b"
    assert (story.here / "c.txt").read_text() == "one\ntwo\n"


def test_links_of_every_kind_are_seen(tmp_path: Path) -> None:
    """In tables, pictures and HTML."""
    page = tmp_path / "page.md"
    page.write_text('| a |\n|---|\n| [b](b.md) |\n\n![c](c.png) <img src="d.png">\n\n<source srcset="e.png">\n')
    assert set(links(page)) == {"b.md", "c.png", "d.png", "e.png"}
