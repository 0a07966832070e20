"""What all lives come to: every seed as a dot, a table, and how the comparison is made."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from rfsq.app.shared.chart import draw_chart
from rfsq.figures.life_ends import life_ends
from rfsq.style.palette import Theme
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import format_share
from rfsq.teaching.lab.life import METHODS, Life
from rfsq.teaching.lab.life.readings import codes_used, share_range, whole_range

HOW = """
- **The same for all.** An encoder and a decoder, a line plus a curve of 16 tanh units each, that begin as the identity; the
  same samples in the same order, the same first weights, the same Adam with one learning rate, 300 steps of 256 samples. The
  loss is the mean squared error of what the decoder makes of the codes, plus what each method adds by itself. An encoder is
  needed for an honest comparison: straight-through and the rotation trick differ only in the gradient that it gets.
- **The same number of codes.** FSQ splits them over its two channels. LFQ has two levels a channel, so its encoder ends in
  as many channels as there are bits.
- **What is whose.** Plain VQ: van den Oord et al. 2017, arXiv:1711.00937. Moving averages: its appendix A.1. Revival: as in
  SoundStream, arXiv:2107.03312. SimVQ: Zhu et al. 2024, arXiv:2411.02038. Rotation trick: Fifty et al. 2024,
  arXiv:2410.06424, with plain VQ's losses. FSQ: Mentzer et al. 2023, arXiv:2309.15505. LFQ: Yu et al. 2023, arXiv:2310.05737.
  SimVQ, the rotation trick and plain VQ are tested to give the values and gradients of Phil Wang's vector-quantize-pytorch.
- **What is ours to choose.** Averages follow with decay 0.95, quicker than in long trainings; a code is revived when its
  average count falls below 0.1. SimVQ's frozen codebook is Gaussian and its map begins as the identity.
- **What this cannot show.** Two channels, small networks and 300 steps are no image tokenizer: the rotation trick and SimVQ
  were made for wide latents and large codebooks. One learning rate for all need not be the best for each; try the others under More.
"""


def show_ends(lives: Mapping[str, Life], floor: float, theme: Theme, *, narrow: bool) -> None:
    """Draw the chart, the table and the explanation."""
    figure = life_ends(lives, floor=floor, narrow=narrow, theme=theme)
    draw_chart(figure, key="life-ends", alt="Use, perplexity and error at the end")
    st.html(_table(lives, floor).html(theme, kind="stacks"))
    with st.expander("How the comparison is made"):
        st.markdown(HOW)


def _table(lives: Mapping[str, Life], floor: float) -> Table:
    rows = [_row(METHODS[name].label, METHODS[name].family, METHODS[name].needs, life) for name, life in lives.items()]
    reference = Row(("k-means", "the samples themselves, no network", "", "", format_share(floor)), quiet=True)
    columns = (
        Column("At the end", align="left"),
        Column("Added to rounding", align="left"),
        Column("Codes used", "of all seeds"),
        Column("Perplexity", "effective number of codes, of all seeds"),
        Column("Squared error", "share of the source's mean square, of all seeds"),
    )
    return Table(columns, (*rows, reference))


def _row(label: str, family: str, needs: str, life: Life) -> Row:
    low, high = (f"{end:.1f}" for end in (np.min(life.perplexity[:, -1]), np.max(life.perplexity[:, -1])))
    perplexity = low if low == high else f"{low} to {high}"
    used = f"{whole_range(codes_used(life))} of {life.codes}"
    return Row((label, needs, used, perplexity, share_range(life.error[:, -1])), family)
