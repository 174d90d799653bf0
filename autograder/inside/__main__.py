"""Start a keeper: `python -m autograder.inside FD SETTINGS`. Isolation first, imports with threads later."""

import json
import sys

from autograder.inside import confine


def main() -> None:
    """Isolate this process, warm up and serve the grader at the other end of the socket FD."""
    settings = json.loads(sys.argv[2])
    confine.untouchable()
    from autograder.inside.keeper import keep

    keep(int(sys.argv[1]), settings)


if __name__ == "__main__":
    main()
