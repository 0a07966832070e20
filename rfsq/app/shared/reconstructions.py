"""Photos through models: what every stage says, its pictures and files, each computed once for all viewers.

Coding a photo is quick and done for all stages. Decoding is slow, so it is done for the stages that are asked for, and for
several models of one network together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import torch

from rfsq.app.shared.loaded_models import codec_of
from rfsq.app.shared.own_quantizers import parse_own_name
from rfsq.app.shared.pace import pace
from rfsq.app.shared.rfsq_files import FILE_ERRORS
from rfsq.app.shared.store import keep_in_turn, keep_pixels, store
from rfsq.app.shared.turns import turns
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.codec import Compressed, Tokens, compress_tokens
from rfsq.evidence.comparison import CodedPhoto, code_photo, decode_stages, empty_picture
from rfsq.metrics import image as metrics
from rfsq.model.autoencoder import Progress
from rfsq.model.checkpoint import Checkpoint
from rfsq.model.rate import Rate
from rfsq.photos.pixels import to_tensor

_PIXELS_AT_ONCE = 1_000_000  # that are decoded together: four numbers of memory for each of 128 channels


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo after k stages of a model, with the score that is quick to measure."""

    pixels: np.ndarray  # (H, W, 3) uint8, read-only
    psnr_db: float


@dataclass(frozen=True, eq=False)
class Pictures:
    """A photo through one model, and those of its pictures that were decoded by now."""

    coded: CodedPhoto
    frames: Mapping[int, Picture]  # by k, some of 1 … S
    start: np.ndarray | None  # (H, W, 3) uint8: the decoder's picture before any stage, if it was made

    @property
    def stages(self) -> int:
        """S"""
        return len(self.coded.stages)

    def rate(self, stages: int) -> Rate | None:
        """The price of the first k stages; None for a model without quantizer."""
        return self.coded.stages[stages - 1].rate


def result_key(working: WorkingPhoto, name: str, *what: Hashable) -> Hashable:
    """Names a result: other pixels, weights or another device give another key. Raises CheckpointError."""
    info = working.checkpoint(name).info
    return (*what, working.key, str(working.device), info.config.name, info.weights_sha256)


def coded_photo(working: WorkingPhoto, name: str, progress: Progress | None = None) -> CodedPhoto:
    """The photo through a model's quantizer: all stages from one encoding. Raises CheckpointError.

    progress: is told after each tile of a large photo, here and below; what it raises ends the work, and nothing is kept.
    """

    def code() -> CodedPhoto:
        model = working.checkpoint(name).model
        return code_photo(name, model, working.pixels, model.standardize(network_latents(working, name, progress)))

    return store().get(result_key(working, name, "coded"), code, _coded_bytes)


def is_coded(working: WorkingPhoto, name: str) -> bool:
    """Whether the photo went through this model before. Raises CheckpointError."""
    return store().peek(result_key(working, name, "coded")) is not None


def known_pictures(working: WorkingPhoto, name: str) -> Pictures:
    """What is decoded by now. Raises CheckpointError."""
    coded = coded_photo(working, name)
    found = {k: _known_picture(working, name, k) for k in range(1, len(coded.stages) + 1)}
    start: np.ndarray | None = store().peek(("pixels", _start_key(working, name)))
    return Pictures(coded, {k: picture for k, picture in found.items() if picture is not None}, start)


def is_decoded(working: WorkingPhoto, wanted: Iterable[tuple[str, int]]) -> bool:
    """Whether the pictures of these models and stage counts were made before. Raises CheckpointError."""
    return all(_known_picture(working, name, k) is not None for name, k in wanted)


def decode(working: WorkingPhoto, wanted: Iterable[tuple[str, int]], progress: Progress | None = None) -> None:
    """Make the pictures of these models and stage counts that are not made yet. Raises CheckpointError."""
    missing = [(name, k) for name, k in dict.fromkeys(wanted) if _known_picture(working, name, k) is None]
    for name, _ in missing:
        coded_photo(working, name)  # a quantizer from outside may take its time, and nobody should wait for it
    at_once = max(1, _PIXELS_AT_ONCE // (working.size[0] * working.size[1]))
    missing.sort(key=lambda item: network_of(working, item[0]))  # stable: of one network in the order asked for
    for network, group in groupby(missing, key=lambda item: network_of(working, item[0])):
        same = list(group)
        for first in range(0, len(same), at_once):
            with turns().turn():
                together = [item for item in same[first : first + at_once] if _known_picture(working, *item) is None]
                if together:
                    _decode_together(working, network, together, _giving_way(progress))


def pictures_of(working: WorkingPhoto, name: str) -> Pictures:
    """The photo through a model with the pictures of all its stages. Raises CheckpointError."""
    decode(working, [(name, k) for k in range(1, len(coded_photo(working, name).stages) + 1)])
    start_picture(working, name)
    return known_pictures(working, name)


def picture_of(working: WorkingPhoto, name: str, stages: int) -> Picture:
    """The picture after k = `stages` stages. Raises CheckpointError."""
    decode(working, [(name, stages)])
    found = _known_picture(working, name, stages)
    assert found is not None, "the newest entry of the store stays"
    return found


def is_start_known(working: WorkingPhoto, name: str) -> bool:
    """Whether `start_picture` was made before. Raises CheckpointError."""
    return store().peek(("pixels", _start_key(working, name))) is not None


def start_picture(working: WorkingPhoto, name: str) -> np.ndarray:
    """What the model's decoder draws before any stage, the same for all photos of a size. Raises CheckpointError."""
    model = working.checkpoint(name).model
    return keep_pixels(_start_key(working, name), partial(empty_picture, model, *working.size, working.device))


def known_file_sizes(working: WorkingPhoto, name: str) -> tuple[int, ...] | None:
    """What `file_sizes` found, if it was asked before."""
    found: tuple[int, ...] | None = store().peek(result_key(working, name, "bytes"))
    return found


def file_sizes(working: WorkingPhoto, name: str) -> tuple[int, ...]:
    """The bytes of the .rfsq files of the photo with 1 … S stages of a model; empty where none can be made."""

    def measure() -> tuple[int, ...]:
        stages = range(1, len(coded_photo(working, name).stages) + 1)
        try:
            return tuple(len(_compressed(working, name, k).data) for k in stages)
        except FILE_ERRORS:  # making one says why
            return ()

    return keep_in_turn(result_key(working, name, "bytes"), measure, lambda sizes: 64 * (1 + len(sizes)))


def file_of(working: WorkingPhoto, name: str, stages: int) -> bytes:
    """The .rfsq file of the photo through a model's first `stages` stages.

    Raises as `codec_of`, and BitstreamError for a picture beyond the limits of the format.
    """
    codec = codec_of(name, working.device)
    key = result_key(working, name, "file", stages, None if codec.tables is None else codec.tables.crc)
    return keep_in_turn(key, lambda: _compressed(working, name, stages).data, len)


def network_latents(working: WorkingPhoto, name: str, progress: Progress | None = None) -> torch.Tensor:
    """What the model's network makes of the photo, once for all stacks around it and all viewers."""
    network = network_of(working, name)

    def encode() -> torch.Tensor:
        model = working.checkpoint(network).model
        megapixels = working.size[0] * working.size[1] / 1e6
        with torch.inference_mode(), pace().measured("encode", network, megapixels):
            return model.encode(working.image.to(working.device), _giving_way(progress))

    return keep_in_turn(result_key(working, network, "latents"), encode, lambda found: found.nbytes)


def _giving_way(progress: Progress | None) -> Progress | None:
    """Between two tiles of a large photo, others come first."""
    if progress is None:
        return None

    def tell(share: float) -> None:
        turns().give_way()
        progress(share)

    return tell


def _compressed(working: WorkingPhoto, name: str, stages: int) -> Compressed:
    codec = codec_of(name, working.device)  # first: it says why there is no file
    coded = coded_photo(working, name)
    return compress_tokens(codec, Tokens(coded.indices[:stages], coded.side[:stages], *working.size))


def _known_picture(working: WorkingPhoto, name: str, stages: int) -> Picture | None:
    found: Picture | None = store().peek(result_key(working, name, "picture", stages))
    return found


def _decode_together(
    working: WorkingPhoto, network: str, wanted: list[tuple[str, int]], progress: Progress | None
) -> None:
    """Pictures of models around one network, in one batch."""
    coded = [(working.checkpoint(name).model, coded_photo(working, name), k) for name, k in wanted]
    megapixels = len(wanted) * working.size[0] * working.size[1] / 1e6
    with pace().measured("decode", network, megapixels):
        decoded = decode_stages(working.checkpoint(network).model, coded, progress)
    for (name, k), pixels in zip(wanted, decoded, strict=True):
        pixels.setflags(write=False)
        with torch.inference_mode():
            picture = Picture(pixels, float(metrics.psnr_db(working.image, to_tensor(pixels))))
        key = result_key(working, name, "picture", k)
        store().get(key, lambda picture=picture: picture, lambda picture: picture.pixels.nbytes)  # type: ignore[misc]


def network_of(working: WorkingPhoto, name: str) -> str:
    """The model whose network it is: of a fitted stack or own quantizer, the network that it was fitted to."""
    if (own := parse_own_name(name)) is not None:
        return own[0]
    checkpoint = working.checkpoint(name)
    return str(checkpoint.info.training["fitted_to"]) if checkpoint.model.config.fitted else name


def _start_key(working: WorkingPhoto, name: str) -> Hashable:
    checkpoint: Checkpoint = working.checkpoint(name)
    return (checkpoint.info.weights_sha256, *working.size, str(working.device))


def _coded_bytes(coded: CodedPhoto) -> int:
    return sum(stage.indices.nbytes + stage.total.nbytes for stage in coded.stages)
