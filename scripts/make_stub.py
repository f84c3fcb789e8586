"""Make a stub from a reference: the same text, with every public body reduced to its docstring and a raise.

    python -m scripts.make_stub solutions/losses/cross_entropy.py katas/losses/cross_entropy.py

Private helpers are left out, and so are constants and imports from the standard library that only the bodies used.
Other imports that only the bodies used are left in.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pt_kata.stubs import stub

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m scripts.make_stub REFERENCE STUB")
    reference, target = map(Path, sys.argv[1:])
    if target.exists():
        sys.exit(f"{target} exists; a stub is never overwritten")
    target.write_text(stub(reference.read_text(encoding="utf-8")), encoding="utf-8")
