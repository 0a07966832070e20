"""Ways of photos through models, token by token, each computed once for all viewers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from rfsq.app.how_it_works.models import stack_of, with_stack
from rfsq.app.shared.reconstructions import network_latents, result_key
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.config import ModelConfig
from rfsq.model.token_path import TokenPath, edge_token, missing, telling_channel, trace_tokens
from rfsq.quantizers import CONDITIONINGS

Missing = tuple[np.ndarray, ...]  # after each stage, of the latents, (D, h, w)


@dataclass(frozen=True, eq=False)
class PhotoPath:
    """All tokens of a photo on their way through one model."""

    config: ModelConfig
    path: TokenPath
    edge: tuple[int, int]  # row and column of the token on the strongest edge: where to begin
    beside: dict[str, Missing] = field(default_factory=dict)  # of the same latents, with every conditioning

    def telling_channel(self, row: int, column: int) -> int:
        """The channel of a token that shows most of what goes wrong without conditioning."""
        left = self.beside.get("none", tuple(stage.remainder for stage in self.path.stages))
        return telling_channel(self.path.latents, left, row, column)


def path_of(working: WorkingPhoto, name: str) -> PhotoPath:
    """The photo's way through a model. Raises CheckpointError."""
    checkpoint = working.checkpoint(name)

    def compute() -> PhotoPath:
        path = trace_tokens(checkpoint.model, working.pixels, _latents(working, name))
        return PhotoPath(
            checkpoint.info.config,
            path,
            edge_token(working.pixels, checkpoint.info.config.stride),
            _beside(working, name),
        )

    return store().get(result_key(working, name, "path"), compute, _path_bytes)


def _latents(working: WorkingPhoto, name: str) -> Tensor:
    """What the model's encoder makes of the photo; its network is asked once for all stacks around it."""
    return working.checkpoint(name).model.standardize(network_latents(working, name))


def _beside(working: WorkingPhoto, name: str) -> dict[str, Missing]:
    """What stacks of the same levels and stages miss of the same latents; nothing for a trained model."""
    if stack_of(name) is None:
        return {}
    names = {conditioning: with_stack(name, conditioning=conditioning) for conditioning in CONDITIONINGS}
    return {conditioning: _missing_of(working, other) for conditioning, other in names.items()}


def _missing_of(working: WorkingPhoto, name: str) -> Missing:
    checkpoint = working.checkpoint(name)

    def compute() -> Missing:
        return missing(checkpoint.model, _latents(working, name))

    return store().get(result_key(working, name, "missing"), compute, lambda left: sum(x.nbytes for x in left))


def _path_bytes(found: PhotoPath) -> int:
    """Without what stands beside it, which is kept and counted by itself."""
    path = found.path
    values = sum(array.nbytes for stage in path.stages for array in vars(stage).values() if hasattr(array, "nbytes"))
    return values + path.latents.nbytes + path.start.nbytes + sum(picture.nbytes for picture in path.pictures)
