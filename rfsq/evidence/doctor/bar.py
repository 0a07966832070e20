"""A bar on standard error that tells which check runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from rfsq.evidence.doctor.examine import Progress


@contextmanager
def check_bar(title: str) -> Iterator[Progress]:
    """What `examine` tells its progress."""
    with tqdm(desc=title, unit="check", dynamic_ncols=True, leave=False) as bar:

        def tell(done: int, total: int, check: str) -> None:
            bar.total = total
            bar.set_postfix_str(check, refresh=False)
            bar.update(done - bar.n)

        yield tell
