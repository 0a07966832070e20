"""`python -m rfsq fuzz`"""

from __future__ import annotations

import argparse
import sys

from rfsq.codec import fuzz


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--files", type=int, default=20_000, metavar="N", help="how many damaged files to try (default: 20000)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the damages (default: 0)")


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when a damaged file did anything but end in a picture or in one sentence."""
    outcome = fuzz.run(options.files, options.seed, progress=True)
    errors = ", ".join(f"{count} {name}" for name, count in outcome.errors.most_common())
    print(
        f"{options.files} files: {outcome.pictures} pictures, {outcome.errors.total()} clean errors ({errors}), "
        f"{len(outcome.failures)} failures; the slowest took {outcome.slowest_s:.2f} s"
    )
    for failure in outcome.failures[:10]:
        print(failure, file=sys.stderr)
    return 1 if outcome.failures else 0
