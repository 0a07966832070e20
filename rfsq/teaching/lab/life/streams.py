"""Random numbers for each purpose of a life: another start of the codes changes neither weights nor batches."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Generator

Purpose = Literal["codes", "weights", "batches", "frozen codes"]
_APART = 2**20  # more than any seed that a person may choose


def stream(seed: int, purpose: Purpose) -> Generator:
    """A generator that has no numbers in common with those of other purposes."""
    return Generator().manual_seed(_APART * get_args(Purpose).index(purpose) + seed)
