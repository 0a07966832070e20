"""Arguments that name a quantizer of the user's own: `--quantizer FILE.py:NAME --quantizer-options JSON`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rfsq.quantizers.foreign import ForeignError, Reference


def add_quantizer(parser: argparse.ArgumentParser, *, several: bool = False, fitted: bool = True) -> None:
    """Adds --quantizer, whose value becomes a list of references, and what belongs to it; `fitted`: also how it is
    fitted to given latents."""
    again = "; again for another" if several else ""
    parser.add_argument(
        "--quantizer",
        action=_Named,
        default=[],
        metavar="PLACE",
        help=f"a quantizer of your own, FILE.py:NAME or package.module:NAME{again}. This runs its code",
    )
    parser.add_argument(
        "--quantizer-options",
        action=_Options,
        metavar="JSON",
        help="what the quantizer named before it is made with, such as '{\"levels\": [8, 5, 5, 5]}'",
    )
    if fitted:
        parser.add_argument(
            "--fit-steps", type=_positive, default=None, metavar="STEPS", help="of training a quantizer (default: 500)"
        )


def add_time_limit(parser: argparse.ArgumentParser, seconds: int) -> None:
    parser.add_argument(
        "--time-limit",
        type=_positive,
        default=seconds,
        metavar="SECONDS",
        help=f"after which the process of a quantizer is stopped (default: {seconds})",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


class _Named(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, value: Any, option: str | None = None) -> None:
        try:
            setattr(namespace, self.dest, [*getattr(namespace, self.dest), Reference(value)])
        except ForeignError as error:
            parser.error(str(error))


class _Options(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, value: Any, option: str | None = None) -> None:
        named: Sequence[Reference] = namespace.quantizer
        if not named or named[-1].options:
            parser.error("--quantizer-options follows the --quantizer that it is for, once")
        try:
            namespace.quantizer = [*named[:-1], Reference.parse(named[-1].place, value)]
        except ForeignError as error:
            parser.error(str(error))
