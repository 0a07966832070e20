"""Below the table, opened on demand: index maps, code usage, and what the numbers mean."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from rfsq.app.compare.view import View
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.comparison import CodedPhoto
from rfsq.figures import code_usage, index_map
from rfsq.style.palette import style_of

_METHOD = "codes_method"  # key
_TITLE_PX, _MAP_PX = 110, 300  # height of an index map's title, and about the width that a map gets on the page
MEANING = """
- **Bits/token**: the price of one block of f×f pixels, before entropy coding; f is the model's stride, 4 where its name
  does not say another. A file may be smaller.
- **Bits/pixel**: bits per token ÷ f², plus the side information, per pixel of this picture.
- **Side information**: numbers the decoder needs besides the tokens. *layernorm* sends mean and spread of every
  channel and stage, 16 bits each.
- **Stages**: how many times the remainder is rounded again. Each stage codes what the one before left over.
- **PSNR, L1**: distance pixel by pixel. They do not know which errors the eye forgives.
- **SSIM, ꟻLIP, ST-LPIPS, LPIPS**: closer to what the eye notices, each in its own way. No single number is the truth.
  ST-LPIPS is LPIPS with networks that were trained again to allow small shifts: its scores are not those of LPIPS.
- **File**: the real size of the .rfsq file, after entropy coding; equal bits need not be equal bytes.
- Times are not measured here, where others may compute beside you: `python -m rfsq benchmark` does, after a warm-up.
- One photo shows an effect; it does not prove a ranking.
"""


def details(view: View) -> None:
    """The expanders; drawn only when opened."""
    quantized = {name: view.pictures[name].coded for name in view.choice.shown}
    quantized = {name: result for name, result in quantized.items() if result.residual_rms}
    if quantized:
        with st.expander("Index maps and code usage", key="codes_open", on_change="rerun") as box:
            if box.open:
                _codes(quantized, view)
    with st.expander("What the numbers mean", key="meaning_open"):
        st.markdown(MEANING)


def _codes(quantized: Mapping[str, CodedPhoto], view: View) -> None:
    names, theme = list(quantized), view.theme
    if st.session_state.get(_METHOD) not in names:
        st.session_state[_METHOD] = names[0]
    chosen = st.segmented_control(
        "Method", names, format_func=view.label, key=_METHOD, persist_state="session", required=True
    )
    name = chosen or names[0]  # a choice is required, the type does not know
    result = quantized[name]
    st.caption("One square per token, one colour per code. Neighbouring colours mean nothing: codes have no order.")
    with st.container(horizontal=True, key="maps"):
        for k, stage in enumerate(result.stages, start=1):
            with st.container(key=f"map-{k}"):
                st.markdown(f"**Stage {k}**")
                figure = index_map(stage.indices, stage.codebook_size, theme=theme)
                rows, columns = stage.indices.shape
                figure.update_layout(height=min(700, _TITLE_PX + round(_MAP_PX * rows / columns)))
                draw_chart(figure, key=f"index-{k}", alt=f"Index map of stage {k}")
    figure = code_usage(
        [stage.indices for stage in result.stages],
        [stage.codebook_size for stage in result.stages],
        theme=theme,
        color=style_of(name).color(theme),
        columns=2,
    )
    draw_chart(figure, key="usage", alt="How often each code is used")
