"""A worker for platforms where a fork isn't safe: gets warm, waits for one job on its standard input, and runs it.

    python -P -m pt_kata.runner.worker

Its standard output carries the events, its standard error what is printed.
"""

from __future__ import annotations

import os
import sys

from pt_kata.runner import warm
from pt_kata.runner.job import Job


def main() -> None:
    """Get warm, say so, and run the job."""
    events, output = os.dup(1), os.dup(2)
    warm.up()
    os.write(events, b"ready\n")
    line = sys.stdin.readline()
    if line:
        from pt_kata.runner.child import run

        run(Job.from_json(line), events, output)


if __name__ == "__main__":
    main()
