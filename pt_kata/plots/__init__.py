"""Pictures of a learner's own code at work.

Each kata with a picture has a package of its name here: ``data`` (what is drawn, as plain numbers), ``run`` (which
calls the learner's functions to get it) and ``draw`` (which makes a figure of it). ``run`` needs torch, ``draw``
matplotlib, and each happens in a process of its own.
"""

from __future__ import annotations

from pkgutil import iter_modules


def drawn() -> list[str]:
    """The names of the katas that have a picture."""
    return [module.name for module in iter_modules(__path__) if module.ispkg]
