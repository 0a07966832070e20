"""The state of the design desk as one value, and the links that restore it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.lab.parts import DESK
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.page_parts import PART
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.quantizers.level_sets import bits_of_bpp, bits_of_bytes, tokens_of
from rfsq.quantizers.scalar_grids import DECODERS, GRIDS

TARGETS: Final = {
    "bits": "bits per token",
    "codes": "codes a stage",
    "bpp": "bits per pixel",
    "bytes": "bytes of a picture",
}
RANGES: Final = {
    "bits": (1.0, 400.0),
    "codes": (2.0, 2.0**53),
    "bpp": (0.0005, 25.0),
    "bytes": (1.0, 1e10),
}  # of `value`
STRIDES: Final = (4, 8, 16, 32)
MAX_SIDE: Final = 16_384  # pixels
MAX_CHANNELS, MAX_STAGES = 16, 8  # that are searched
MAX_LEVELS: Final = 16  # of a grid
ALL_GRIDS: Final = "all"
ANY, EVERY_CHANNEL = 0, 0
DECODER_NAMES: Final = {"mean": "mean of its latents", "code": "its code × one number"}


@dataclass(frozen=True)
class DeskSettings:
    """Every choice of the part. The defaults are the first view."""

    target: str = "bits"  # key of TARGETS
    value: float = 12.0  # of the target
    stride: int = 4  # pixels of a token's side, where the target needs it,
    width: int = 256  # and the picture,
    height: int = 256  # in pixels
    dims: int = ANY  # channels
    stages: int = ANY
    every: bool = False  # all sets that are found, not the first ones alone
    levels: int = 4  # of the grids
    grid: str = ALL_GRIDS  # key of GRIDS
    channel: int = EVERY_CHANNEL  # counted from 1
    decoder: str = "mean"  # key of DECODER_NAMES
    network: str = "continuous-5"  # whose latents are cut
    photo: str = FIRST_PHOTO

    @property
    def bits(self) -> float:
        """What is asked for: bits per token, or of a stage where the target is a codebook."""
        if self.target == "codes":
            return math.log2(self.value)
        if self.target == "bpp":
            return bits_of_bpp(self.value, self.stride)
        if self.target == "bytes":
            return bits_of_bytes(self.value, self.height, self.width, self.stride)
        return self.value

    @property
    def of_stage(self) -> bool:
        """Whether `bits` are those of a stage."""
        return self.target == "codes"

    def aiming_at(self, target: str) -> DeskSettings:
        """The same bits as another kind of target, as far as that can say them."""
        bits = self.bits
        value = {
            "bits": bits,
            "codes": float(round(2 ** min(bits, 53))),
            "bpp": bits / self.stride**2,
            "bytes": float(round(bits * tokens_of(self.height, self.width, self.stride) / 8)),
        }[target]
        low, high = RANGES[target]
        return replace(self, target=target, value=float(f"{min(max(value, low), high):.12g}"))


def write_desk_link(settings: DeskSettings) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            PART: DESK,
            "target": settings.target,
            "value": f"{settings.value:.16g}",
            "stride": settings.stride,
            "width": settings.width,
            "height": settings.height,
            "dims": settings.dims,
            "stages": settings.stages,
            "all": int(settings.every),
            "levels": settings.levels,
            "grid": settings.grid,
            "channel": settings.channel,
            "decoder": settings.decoder,
            "network": settings.network,
            "photo": settings.photo,
        }
    )


def read_desk_link(
    values: LinkValues, *, photos: Collection[str], networks: dict[str, int]
) -> tuple[DeskSettings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a note for each parameter that had to be replaced.

    photos: names of the examples; networks: those whose latents can be shown, with their channels.
    """
    reader, first = LinkReader(values), DeskSettings()
    reader.check_version()
    target = reader.choice("target", TARGETS, first.target, "There is no target")
    start = first.aiming_at(target)
    low, high = RANGES[target]
    asked = reader.numbers("value", low, high, 1, "value", f"Showing {start.value:g} {TARGETS[target]}.")
    network = first.network if first.network in networks or not networks else next(iter(networks))
    network = reader.choice("network", networks or (network,), network, "There is no network")
    value = asked[0] if asked else start.value
    settings = replace(
        start,
        value=value if target in ("bits", "bpp") else float(round(value)),
        stride=_stride(reader, first.stride),
        width=reader.whole("width", 1, MAX_SIDE, first.width, "pixels across"),
        height=reader.whole("height", 1, MAX_SIDE, first.height, "pixels down"),
        dims=reader.whole("dims", ANY, MAX_CHANNELS, first.dims, "channels", default_name="any number of channels"),
        stages=reader.whole("stages", ANY, MAX_STAGES, first.stages, "stages", default_name="any number of stages"),
        every=reader.switch("all", first.every, "the switch for all sets"),
        levels=reader.whole("levels", 2, MAX_LEVELS, first.levels, "levels"),
        grid=reader.choice("grid", (ALL_GRIDS, *GRIDS), first.grid, "There is no grid"),
        channel=reader.whole(
            "channel", EVERY_CHANNEL, networks.get(network, 1), first.channel, "as the channel", default_name="all"
        ),
        decoder=reader.choice("decoder", DECODERS, first.decoder, "There is no decoder"),
        network=network,
        photo=reader.photo(photos, first.photo),
    )
    return settings, reader.notes


def _stride(reader: LinkReader, default: int) -> int:
    names = tuple(map(str, STRIDES))
    return int(reader.choice("stride", names, str(default), "There is no stride"))
