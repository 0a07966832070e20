"""What explains the control of the conditioning, on every page that has it."""

from __future__ import annotations

from typing import Final

from rfsq.quantizers import CONDITIONINGS
from rfsq.quantizers.conditioning import described


def _item(name: str) -> str:
    """A line of a Markdown list: what a strategy does, its name bold."""
    _, _, words = described(name).partition(": ")
    return f"- **{name}**: {words}"


CONDITIONING_HELP: Final = "\n".join(
    ["What happens to the remainder before it is rounded:", "", *map(_item, CONDITIONINGS)]
)
