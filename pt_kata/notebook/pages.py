"""What ``%kata`` shows: the curriculum, and what there is to write in a kata."""

from __future__ import annotations

from pt_kata import lesson as lessons
from pt_kata.catalog import Kata
from pt_kata.notebook.page import Page
from pt_kata.notebook.session import Session
from pt_kata.pages import listing as every_kata
from pt_kata.pages import sentence, title, two_columns
from pt_kata.screen import MARKS, style_of
from pt_kata.store import Store


def listing(session: Session) -> Page:
    """All katas, and what to type."""
    screen = Page()
    every_kata(screen, session.standings())
    screen.say()
    screen.say(("%kata NAME", "bold"), " shows a kata's lesson and what there is to write;")
    screen.say(("%%kata NAME", "bold"), " as the first line of a cell checks the functions that the cell defines.")
    return screen


def lesson(kata: Kata) -> str:
    """The lesson as Markdown, with words in the place of its pictures: they lie elsewhere."""
    return lessons.in_words(lessons.lesson(kata))


def lesson_page(kata: Kata) -> Page:
    """The lesson where nothing renders Markdown."""
    screen = Page()
    lessons.render(screen, lessons.lesson(kata))
    return screen


def tasks(session: Session, kata: Kata) -> Page:
    """How a kata stands, and what there is to write."""
    screen, one = Page(), session.standing(kata, Store(kata.root).read())
    title(screen, one)
    screen.say(f"{kata.summary}." if kata.summary else "", first="  ")
    screen.say()
    width = max((len(task.name) for task in kata.tasks), default=0)
    for task in kata.tasks:
        found = one.outcome(task)
        two_columns(screen, (task.name, style_of(found)), sentence(task), width, mark=MARKS.get(found, "✗ "))
    screen.say()
    screen.say("Write them in cells that begin with ", (f"%%kata {kata.name}", "bold"), ", one or several in each.")
    screen.say((f"pt-kata notebook {kata.name}", "bold"), " in a terminal makes a notebook with a cell for each.")
    return screen
