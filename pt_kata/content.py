"""What came with this version of pt_kata: the katas, the reference and the known mistakes.

In a wheel they lie inside the package, so that nothing else in ``site-packages`` is called ``katas``; in a checkout of
the repository they are its own folders.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
PACKED = PACKAGE / "content"


def home() -> Path:
    """The folder that holds ``katas``, ``solutions`` and ``mistakes``."""
    return PACKED if PACKED.is_dir() else PACKAGE.parent


def own_or_packed(root: Path, path: str) -> Path:
    """``path`` in the workspace ``root``, or, where only pt_kata itself has such a file, that one."""
    own, packed = root / path, home() / path
    return packed if not own.exists() and packed.exists() else own
