"""What the Compare page says, read off it."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

TRIES = ("Flip", "Follow", "Choose", "Then", "Take", "Add", "Try")  # begin what to try


def table_of(page: AppTest) -> str:
    found = [block.proto.body for block in page.get("html") if "data-method" in block.proto.body]
    assert len(found) == 1
    return str(found[0])


def tried(page: AppTest) -> str:
    """What the page says to try next: the first caption below the controls that is no explanation."""
    return next(str(block.value) for block in page.caption if str(block.value).startswith(TRIES))


def claim_of(page: AppTest) -> str:
    return next(str(block.value).strip("*") for block in page.markdown if str(block.value).startswith("**"))


def file_bytes(rate: str) -> float:
    """The file's size as a rate line says it."""
    found = re.search(r"([\d.\u202f]+)\u202f(k?)B file", rate)
    assert found, rate
    return float(found[1].replace("\u202f", "")) * (1000 if found[2] else 1)
