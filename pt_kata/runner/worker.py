"""A worker for platforms where a fork isn't safe: gets warm, waits for one job on its standard input, and runs it.

    python -P -m pt_kata.runner.worker [MODULE]

Its standard output carries the events, its standard error what is printed. With a MODULE it imports that and no more.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from pt_kata.runner.job import Job


def main() -> None:
    """Get warm, say so, and run the job."""
    events, output = os.dup(1), os.dup(2)
    if sys.argv[1:]:
        import_module(sys.argv[1])
    else:
        from pt_kata.runner import warm

        warm.up()
    os.write(events, b"ready\n")
    line = sys.stdin.readline()
    if line:
        job = Job.from_json(line)
        import_module(job.runs).run(job, events, output)


if __name__ == "__main__":
    main()
