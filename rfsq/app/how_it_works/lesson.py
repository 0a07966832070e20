"""The guided steps of "How it works": what each opens, and the one control that it marks.

What a step says is computed in the browser from the numbers on screen (guide.js), so it follows the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from rfsq.app.how_it_works.models import FIRST_STACK, NETWORK, STACKED, conditioning_of, with_stack
from rfsq.app.how_it_works.settings import TokenSettings


@dataclass(frozen=True)
class Step:
    """One guided step."""

    name: str  # in links
    title: str
    conditioning: str
    stage: int
    mark: str  # what to try next: the key of a control of the page, or "" for the ladder's next stage

    def settings(self, before: TokenSettings) -> TokenSettings:
        """What the step opens, at the same photo and token."""
        model = with_stack(FIRST_STACK.name_on(NETWORK), conditioning=self.conditioning)
        return replace(before, model=model, stage=self.stage, channel=-1, step=self.name)

    @property
    def models(self) -> tuple[str, ...]:
        """The models that the step is about, whatever their levels and stages: conditioned ones, or those that are not."""
        plain = self.conditioning == "none"
        return tuple(name for name in STACKED if (conditioning_of(name) == "none") == plain)


LESSON: Final = (
    Step("small", "The remainder gets small", "none", 1, ""),
    Step("worse", "Rounding makes it worse", "none", 2, "how-stages"),
    Step("conditioned", "The same latent, conditioned", "scale", 2, "how-conditioning"),
)
STEPS: Final = {step.name: step for step in LESSON}
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {step.name: step.models for step in LESSON}
"""The models that each step is about: its text stays while one of them is shown."""
