"""Start a worker process: `python -m autograder.sandbox.inside FD SETTINGS`."""

import json
import sys

from autograder.sandbox.inside import confine


def main() -> None:
    """Isolate this process, warm up and serve the grader at the other end of the socket FD."""
    settings = json.loads(sys.argv[2])
    confine.untouchable()
    from autograder.sandbox.inside.worker import run_worker

    run_worker(int(sys.argv[1]), settings)


if __name__ == "__main__":
    main()
