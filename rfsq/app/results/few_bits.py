"""What training together buys at larger blocks, of networks that are not in the zoo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.stored import measured_or_said
from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.networks import FewBits, Scores, Together, bits_of
from rfsq.evidence.few_bits.together import method_of, together_findings
from rfsq.evidence.few_bits.words import few_tokens_finding, how_words, latent_noise_finding
from rfsq.evidence.statements import Finding
from rfsq.figures.fitted_and_trained import FittedRow, fitted_and_trained
from rfsq.figures.parts import counted
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.style.palette import Theme
from rfsq.style.wording import format_bits


def show_few_bits(theme: Theme, narrow: bool) -> None:
    """Draw the findings, or the sentence that says why there are none."""
    st.header("Larger blocks: trained together, or fitted afterwards?", anchor="larger-blocks")
    few = measured_or_said(
        load_few_bits,
        "No networks for few bits were measured in this copy yet: `python -m rfsq results --images DIR --few-bits DIR`.",
    )
    if few is None:
        return
    for finding, picture in few_bits_findings(few):
        show_finding(finding, picture.draw(few, Look(theme, narrow)))
    st.caption(f"{how_words(few)}. Of these networks only the zoo's are in this copy.")


@dataclass(frozen=True)
class FewBitsPicture:
    """What a finding of the networks for few bits shows: mean PSNR of two of a kind."""

    bands: Callable[[FewBits], Mapping[str, Sequence[FittedRow]]]
    title: str
    marks: tuple[str, str]

    def draw(self, few: FewBits, look: Look) -> go.Figure:
        return fitted_and_trained(
            self.bands(few),
            None,
            title=self.title,
            marks=self.marks,
            only=look.only,
            theme=look.theme,
            narrow=look.narrow,
        )


PAIRED: Final = ("fitted afterwards", "trained together")
FEW_TOKENS: Final = FewBitsPicture(lambda few: _few_token_bands(few), "Hollow: fitted. Full: trained together", PAIRED)
LATENT_NOISE: Final = FewBitsPicture(
    lambda few: _pair_bands(few.noise), "Hollow: no noise. Full: noise in training", ("without noise", "with noise")
)


def few_bits_findings(few: FewBits) -> list[tuple[Finding, FewBitsPicture]]:
    """Those that there are, with their pictures."""
    together = [(finding, _of_together(one)) for one, finding in together_findings(few)]
    others = ((few_tokens_finding(few), FEW_TOKENS), (latent_noise_finding(few), LATENT_NOISE))
    return together + [(finding, picture) for finding, picture in others if finding is not None]


def _of_together(together: Together) -> FewBitsPicture:
    trained = together.trained
    pairs = {
        stack: (fitted, trained[stack].scores if stack in trained else None)
        for stack, fitted in together.fitted.items()
    }
    return FewBitsPicture(
        lambda _: _pair_bands(pairs, partial(method_of, together)), "Hollow: fitted. Full: trained together", PAIRED
    )


def _pair_bands(
    stacks: Mapping[str, tuple[Scores, Scores | None]], named: Callable[[str], str] | None = None
) -> dict[str, list[FittedRow]]:
    """A band for each number of levels and stages. named: what a stack is called, by default as its conditioning."""
    bands: dict[str, list[FittedRow]] = {}
    for stack, (first, second) in stacks.items():
        spec = StackSpec.parse(stack)
        row = FittedRow(
            named(stack) if named else spec.conditioning,
            fmean(first["psnr_db"]),
            None if second is None else fmean(second["psnr_db"]),
        )
        bands.setdefault(f"{counted(spec.stages, 'stage')} of {spec.levels[0]} levels", []).append(row)
    return bands


def _few_token_bands(few: FewBits) -> dict[str, list[FittedRow]]:
    """What was trained together, then the stacks by their bits, in a band for each size of blocks."""
    bands = {}
    for one in few.few_tokens:
        config = one.trained.config
        rows = [FittedRow(_with_bits(config), None, fmean(one.trained.scores["psnr_db"]))]
        for stack in one.stacks:
            fitted = fmean(one.plain.fitted[stack]["psnr_db"])
            rows.append(FittedRow(_with_bits(StackSpec.parse(stack).config(one.plain.config)), fitted))
        bands[f"blocks of {config.stride}×{config.stride} pixels"] = rows
    return bands


def _with_bits(config: ModelConfig) -> str:
    """ "RVQ 20 bits"."""
    residual = "R" if config.num_stages > 1 else ""
    return f"{residual}{config.kind.upper()} {format_bits(bits_of(config))}"
