"""The whole model: encoder, quantizer, decoder."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn

from rfsq.model.autoencoder import TILE_TOKENS, Decoder, Encoder, Progress, context, pad_to_tokens, run_tiled
from rfsq.model.config import ModelConfig
from rfsq.model.rate import Rate, nominal_rate
from rfsq.model.residual_network import ResidualDecoder, ResidualEncoder
from rfsq.quantizers import QuantizerOutput
from rfsq.quantizers.rounding import per_channel

RESIDUAL_TILE_PIXELS = 1024  # side
_LEAST_VARIANCE = 1e-12  # of a channel that is given noise


@dataclass(frozen=True)
class ModelOutput:
    """What training needs from one pass."""

    images: Tensor  # (B, 3, H, W), not clamped
    latents: Tensor  # (B, D, h, w)
    quantizer: QuantizerOutput | None  # None for a continuous model


class QuantizedAutoencoder(nn.Module):
    """Encoder, quantizer and decoder of one config. Images are (B, 3, H, W) in [-1, 1], of any size from 1×1.

    Its weights are float32, whatever torch's default type. A model that is cast (`.half()`, `.bfloat16()`, `.double()`)
    runs its encoder and decoder in that type, which makes slightly other latents; the quantizer stays float32, so equal
    latents have equal indices in every type.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        residual, widths = config.network == "residual", (config.dim, config.hidden)
        self.encoder = ResidualEncoder(*widths, config.stride) if residual else Encoder(*widths)
        self.quantizer = config.build_quantizer()
        self.decoder = ResidualDecoder(*widths, config.stride) if residual else Decoder(*widths)
        # Tiles of the residual network are larger, because its wider halos are computed twice.
        self.tile_tokens = RESIDUAL_TILE_PIXELS // config.stride if residual else TILE_TOKENS
        self._encoder_halo = -(-context(self.encoder) // config.stride)  # tokens around a tile
        self._decoder_halo = context(self.decoder)
        # Constants that bring the latents of a network to what a fitted stack takes; None where they grew together.
        self.register_buffer("latent_mean", torch.zeros(config.dim) if config.fitted else None)
        self.register_buffer("latent_std", torch.ones(config.dim) if config.fitted else None)
        self.latent_mean: Tensor | None
        self.latent_std: Tensor | None
        self.float()

    @property
    def stride(self) -> int:
        """Pixels a side of the block that one token stands for."""
        return self.config.stride

    @property
    def num_stages(self) -> int:
        return self.quantizer.num_stages if self.quantizer is not None else 1

    def forward(self, images: Tensor, keep: Tensor | None = None, noise: Tensor | None = None) -> ModelOutput:
        """One differentiable pass, for training, of images whose sides are multiples of the stride; `keep` as in `Quantizer`.

        noise: (B, D, h, w), added to the latents in units of each channel's deviation over the batch. The gradient knows that
        the deviation is the latents' own: were it a constant, an encoder would escape the noise by making them ever larger.
        """
        latents = self.encoder(_in_type_of(self.encoder, images)).float()
        if noise is not None:
            # A channel that is constant has no noise, and no gradient that is not a number.
            variance = latents.var(dim=(0, 2, 3), keepdim=True).clamp_min(_LEAST_VARIANCE)
            latents = latents + noise * variance.sqrt()
        output = self.quantizer(latents, keep) if self.quantizer is not None else None
        quantized = _in_type_of(self.decoder, latents if output is None else output.quantized)
        return ModelOutput(self.decoder(quantized).float(), latents, output)

    def encode(self, images: Tensor, progress: Progress | None = None) -> Tensor:
        """Images -> latents (B, D, ⌈H/f⌉, ⌈W/f⌉) float32, f the stride; large images tile by tile, with the same result.

        progress: is told after each tile. Raises ValueError for images of another shape.
        """
        if images.ndim != 4 or images.shape[1] != 3 or 0 in images.shape[2:]:
            raise ValueError(f"images must have shape (B, 3, H, W), got {tuple(images.shape)}")
        padded = pad_to_tokens(_in_type_of(self.encoder, images), self.stride)
        padded = padded.contiguous(memory_format=torch.channels_last)  # up to 20 % faster on CPUs
        latents = run_tiled(
            self.encoder,
            padded,
            channels=self.config.dim,
            scale_in=self.stride,
            scale_out=1,
            halo=self._encoder_halo,
            tile=self.tile_tokens,
            progress=progress,
        ).float()
        return self.standardize(latents)

    def standardize(self, latents: Tensor) -> Tensor:
        """What the quantizer takes, of latents (B, D, h, w) that the network gives: the same, or with a fitted stack
        brought to mean 0 and deviation 1 by constants."""
        if self.latent_mean is None or self.latent_std is None:
            return latents
        return (latents - per_channel(self.latent_mean.float())) / per_channel(self.latent_std.float())

    def quantize(self, latents: Tensor) -> QuantizerOutput:
        """Latents (B, D, h, w) through all stages. Raises ValueError for a continuous model, which has no quantizer."""
        if self.quantizer is None:
            raise ValueError(f"{self.config.name} does not quantize")
        return self.quantizer(latents)

    def decode(self, quantized: Tensor, height: int, width: int) -> Tensor:
        """What the quantizer gave (B, D, h, w), for any number of stages -> images (B, 3, height, width) in [-1, 1]."""
        return self.run_decoder(self.decoder_input(quantized), height, width)

    def decoder_input(self, quantized: Tensor) -> Tensor:
        """What the quantizer gave (B, D, h, w) as the decoder takes it: the same, or with a fitted stack in the network's
        own range again."""
        if self.quantizer is None or self.latent_mean is None or self.latent_std is None:
            return quantized
        mean, std = per_channel(self.latent_mean.float()), per_channel(self.latent_std.float())
        return self.quantizer.restore(quantized.float()) * std + mean

    def run_decoder(self, latents: Tensor, height: int, width: int, progress: Progress | None = None) -> Tensor:
        """The decoder alone: `decoder_input`s (B, D, h, w) -> images (B, 3, height, width) in [-1, 1].

        progress: is told after each tile, of which only large images have several."""
        latents = _in_type_of(self.decoder, latents).contiguous(memory_format=torch.channels_last)
        images = run_tiled(
            self.decoder,
            latents,
            channels=3,
            scale_in=1,
            scale_out=self.stride,
            halo=self._decoder_halo,
            tile=self.tile_tokens,
            progress=progress,
        )
        return images[..., :height, :width].float().clamp(-1, 1)

    @torch.no_grad()
    def reconstruct(self, images: Tensor, stages: int | None = None) -> Tensor:
        """Images (B, 3, H, W) in [-1, 1] through the quantizer and back, with the first `stages` stages (default: all).

        The result has the same shape and range, and no gradient. Raises ValueError for images of another shape, and if
        the model has fewer stages.
        """
        latents = self.encode(images)
        if self.quantizer is not None:
            latents = self._after(latents, self.check_stages(stages))
        return self.decode(latents, *images.shape[-2:])

    def _after(self, latents: Tensor, stages: int) -> Tensor:
        """Latents (B, D, h, w), quantized by the first so many stages."""
        if stages == self.num_stages:
            return self.quantize(latents).quantized
        assert self.quantizer is not None, "who has several stages has a quantizer"
        *_, last = islice(self.quantizer.steps(latents), stages)
        return last.total

    def check_stages(self, stages: int | None) -> int:
        """`stages`, or all of them for None. Raises ValueError if the model has fewer."""
        if stages is None:
            return self.num_stages
        if not 1 <= stages <= self.num_stages:
            raise ValueError(f"{self.config.name} has {self.num_stages} stage(s), not {stages}")
        return stages

    def rate(self, height: int, width: int, stages: int | None = None) -> Rate | None:
        """Nominal rate of one image at `stages` stages, side information counted; None for a continuous model."""
        if self.quantizer is None:
            return None
        k = self.check_stages(stages)
        return nominal_rate(
            height,
            width,
            self.quantizer.codebook_sizes[:k],
            side_values=k * self.quantizer.side_values,
            stride=self.stride,
        )


def _in_type_of(network: nn.Module, x: Tensor) -> Tensor:
    """x as the network's weights, which a cast of the model changes."""
    return x.to(next(network.parameters()).dtype)
