"""Ways of photos through models, token by token, each computed once for all viewers."""

from __future__ import annotations

from dataclasses import dataclass

from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.config import ModelConfig
from rfsq.model.token_path import TokenPath, edge_token, trace_tokens


@dataclass(frozen=True, eq=False)
class PhotoPath:
    """All tokens of a photo on their way through one model."""

    config: ModelConfig
    path: TokenPath
    edge: tuple[int, int]  # row and column of the token on the strongest edge: where to begin


def path_of(working: WorkingPhoto, name: str) -> PhotoPath:
    """The photo's way through a model. Raises CheckpointError."""
    checkpoint = checkpoint_of(name, working.device)
    key = ("path", working.key, str(working.device), name, checkpoint.info.weights_sha256)

    def compute() -> PhotoPath:
        path = trace_tokens(checkpoint.model, working.pixels)
        return PhotoPath(checkpoint.info.config, path, edge_token(working.pixels, checkpoint.info.config.stride))

    return store().get(key, compute, _bytes_of)


def _bytes_of(found: PhotoPath) -> int:
    path = found.path
    values = sum(array.nbytes for stage in path.stages for array in vars(stage).values() if hasattr(array, "nbytes"))
    return values + path.latents.nbytes + path.start.nbytes + sum(picture.nbytes for picture in path.pictures)
