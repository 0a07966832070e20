"""Families of models, and one measure per stage of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from rfsq.evidence.results import Results
from rfsq.evidence.statements import HALF_SPACING
from rfsq.figures.stage_profile import stage_profile
from rfsq.style.palette import Theme

FAMILIES = {
    "4x1024": (
        "rfsq-4x1024-none",
        "rfsq-4x1024-scale",
        "rfsq-4x1024-layernorm",
        "rfsq-4x1024-layernorm-global",
        "rfsq-4x1024-geometric",
    ),
    "2x2048": ("rfsq-2x2048-none", "rfsq-2x2048-scale", "rfsq-2x2048-layernorm", "rfsq-2x2048-layernorm-global"),
    "others": ("rvq-4x1024", "rfsq-4x1024-grouped", "rfsq-8x1024-layernorm-progressive"),
}
FAMILY_NAMES = {
    "4x1024": "4 stages × 1024 codes",
    "2x2048": "2 stages × 2048 codes",
    "others": "RVQ, grouped, progressive",
}
MEASURES = {
    "signal_to_step": "signal ÷ spacing",
    "residual_rms": "residual RMS",
    "entropy_bits": "entropy",
    "perplexity": "perplexity",
    "usage": "used share",
}
_AXES = {
    "entropy_bits": "entropy of the indices, bits",
    "perplexity": "perplexity, codes",
    "usage": "share of the codebook",
}
MEASURE_WORDS = {
    "signal_to_step": "What a stage rounds (its RMS) against the distance between its levels, their spacing. Decay shows as a falling "
    "line: below half a spacing a stage says little more than a sign.",
    "residual_rms": "RMS left after each stage, relative to the latent. Each model has its own latent scale.",
    "entropy_bits": "Zeroth-order entropy of a stage's indices over the test photos: the bits it says, not the bits it may use.",
    "perplexity": "Effective number of codes, 2 to the entropy: as varied as this many codes used equally often.",
    "usage": "Share of the codebook that occurs at least once on the test photos.",
}


def stage_figure(results: Results, names: Sequence[str], measure: str, theme: Theme, narrow: bool = False) -> go.Figure:
    """One of MEASURES per stage for these models."""
    values: dict[str, Sequence[float | None]] = {name: getattr(results.full(name), measure) for name in names}
    if measure == "residual_rms":
        relative = {name: [rms / row[0] for rms in row] for name, row in _floats(values).items()}
        return stage_profile(
            relative,
            "RMS left ÷ latent RMS",
            title="What is left after each stage",
            log=True,
            first=0,
            theme=theme,
            narrow=narrow,
        )
    if measure == "signal_to_step":
        known = {name: row for name, row in values.items() if any(value is not None for value in row)}
        if known:
            return stage_profile(
                known,
                "signal RMS ÷ level spacing",
                title="How strong the signal is that each stage rounds",
                guide=HALF_SPACING,
                guide_name="half a spacing",
                theme=theme,
                narrow=narrow,
            )
        measure, values = "entropy_bits", {name: results.full(name).entropy_bits for name in names}  # VQ has no step
    titles = {
        "entropy_bits": "Bits that each stage says, of those it has",
        "perplexity": "Effective number of codes per stage",
        "usage": "Share of the codebook in use per stage",
    }
    sizes = {
        round(2 ** (bits / len(results.models[name].scores)))
        for name in names
        if (bits := results.full(name).bits_per_token)
    }
    size = sizes.pop() if len(sizes) == 1 else None
    guides = {"entropy_bits": None if size is None else size.bit_length() - 1.0, "perplexity": size, "usage": 1.0}
    return stage_profile(
        values,
        _AXES[measure],
        title=titles[measure],
        guide=guides[measure],
        guide_name="all there are",
        theme=theme,
        narrow=narrow,
    )


def _floats(values: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
    return {name: [value for value in row if value is not None] for name, row in values.items() if row}


def present(results: Results, names: Sequence[str]) -> list[str]:
    """Those of the models that were measured."""
    return [name for name in names if name in results.models]
