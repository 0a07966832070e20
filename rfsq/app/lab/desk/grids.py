"""The lower half of the design desk: the latents of a photo, cut by every grid, at gain 1 and at the best gain."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go
import streamlit as st
import torch

from rfsq.app.lab.choices import choice, menu
from rfsq.app.lab.desk.session import DeskSession, network_channels, session, take_controls
from rfsq.app.lab.desk.settings import ALL_GRIDS, DECODER_NAMES, EVERY_CHANNEL, MAX_LEVELS, DeskSettings
from rfsq.app.look import current_theme
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.app.shared.reconstructions import network_latents
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto, working_photo
from rfsq.figures.grid_cells import grid_cells
from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import CheckpointError, zoo_checkpoint
from rfsq.quantizers.scalar_grids import GRIDS, ChannelSamples, Decoder, GridUse, best_gain, use_grid
from rfsq.style.palette import Theme
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_db, format_share, format_signed
from rfsq.teaching.lab.grid_words import grid_reading, grid_title

_SIZE: Final = "512"  # longer side of the photo whose latents are cut
Pair = tuple[GridUse, GridUse]  # one grid at gain 1, and at its best gain


@dataclass(frozen=True, eq=False)
class CutLatents:
    """The grids that are shown, on the latents of a photo."""

    shown: list[Pair]
    samples: ChannelSamples

    def figure(self, theme: Theme, *, narrow: bool, only: Collection[str] | None = None) -> go.Figure:
        """only: labels of the grids that are drawn; None for all that are shown."""
        shown = [pair for pair in self.shown if only is None or pair[0].grid.label in only]
        return grid_cells(shown, self.samples, title=grid_title(shown), theme=theme, narrow=narrow)


def show_grids(settings: DeskSettings, photo: ChosenPhoto, *, narrow: bool) -> CutLatents | None:
    """Draw the controls, the chart, what it says, and the table. None where there are no latents."""
    if not network_channels():
        st.warning("There is no network without quantizer in this copy, so there are no latents to cut.")
        return None
    _controls(settings)
    working = working_photo(photo, _SIZE)
    try:
        samples = _samples(settings, working)
    except (CheckpointError, ValueError) as error:
        st.warning(f"The latents cannot be shown. {error}")
        return None
    pairs = _pairs(settings, working, samples)
    shown = [pair for pair in pairs if settings.grid in (ALL_GRIDS, pair[0].grid.name)]
    cut = CutLatents(shown, samples)
    draw_chart(cut.figure(current_theme(), narrow=narrow), key="desk-grids", alt="Latents cut into cells by each grid")
    st.markdown(grid_reading(pairs))
    st.html(_table(settings, pairs).html(current_theme(), kind="stacks"))
    if len(shown) == 1:
        st.html(_levels_table(*shown[0]).html(current_theme(), kind="stacks"))
    st.caption(grids_note(settings, samples))
    st.caption("\n".join(f"- **{grid.label}**: {grid.formula} ({grid.source})." for grid in GRIDS.values()))
    return cut


def _controls(settings: DeskSettings) -> None:
    key, channels = DeskSession.key, range(1, network_channels()[settings.network] + 1)
    with (
        session().marked("grids", "levels", "channel", "grid"),
        st.container(key="desk-grids-row", horizontal=True, vertical_alignment="bottom"),
    ):
        st.slider("Levels", 2, MAX_LEVELS, key=key("levels"), persist_state="session", on_change=take_controls)
        numbers = {EVERY_CHANNEL: "all"} | {number: str(number) for number in channels}
        menu("Channel", numbers, key("channel"), take_controls)
        grids = {ALL_GRIDS: "all five"} | {name: grid.label for name, grid in GRIDS.items()}
        choice("Shown", grids, key("grid"), take_controls)
        with st.popover("More", key="desk-more"), session().marked("more", "decoder", "network"):
            choice(
                "A level is decoded as",
                DECODER_NAMES,
                key("decoder"),
                take_controls,
                help="A decoder network learns what each level stands for: the mean of the latents that it got. "
                "With its code times one number, the decoder has to believe that levels are evenly spaced.",
            )
            menu(
                "Network",
                list(network_channels()),
                key("network"),
                take_controls,
                help="Trained without rounding, so no grid has shaped its latents.",
            )


def _samples(settings: DeskSettings, photo: WorkingPhoto) -> ChannelSamples:
    """The latents of the photo, brought to mean 0 and deviation 1 over the training photos, as for fitted stacks.

    Raises CheckpointError, or ValueError for latents that have no histogram.
    """
    network, channel = settings.network, settings.channel
    digest = checkpoint_of(network, photo.device).info.weights_sha256

    def make() -> ChannelSamples:
        mean, std = _constants(network, digest)
        latents = (network_latents(photo, network).cpu() - mean) / std
        chosen = latents if channel == EVERY_CHANNEL else latents[:, channel - 1]
        return ChannelSamples(chosen.numpy())

    return store().get(("desk samples", _samples_key(settings, photo)), make, lambda found: 16 * len(found))


def _constants(network: str, digest: str) -> tuple[torch.Tensor, torch.Tensor]:
    def make() -> tuple[torch.Tensor, torch.Tensor]:
        found = load_calibration(zoo_checkpoint(network), digest, network_channels()[network])
        return found.mean.view(1, -1, 1, 1), found.std.view(1, -1, 1, 1)

    return store().get(("desk constants", digest), make, lambda _: 4_000)


def _pairs(settings: DeskSettings, photo: WorkingPhoto, samples: ChannelSamples) -> list[Pair]:
    """Every grid on these samples, which are those of the settings and the photo."""
    levels = settings.levels
    decoder: Decoder = "code" if settings.decoder == "code" else "mean"

    def cut() -> list[Pair]:
        return [
            (use_grid(grid, levels, samples, 1.0, decoder), best_gain(grid, levels, samples, decoder))
            for grid in GRIDS.values()
        ]

    key = ("desk grids", _samples_key(settings, photo), levels, decoder)
    return store().get(key, cut, lambda pairs: 2_000 * len(pairs))


def _samples_key(settings: DeskSettings, photo: WorkingPhoto) -> Hashable:
    digest = checkpoint_of(settings.network, photo.device).info.weights_sha256
    return (photo.key, digest, settings.channel)


def _table(settings: DeskSettings, pairs: list[Pair]) -> Table:
    entropy = Column(
        "entropy", f"bits of a level, of {math.log2(settings.levels):.3g} that {settings.levels} levels can hold"
    )
    ends = Column("at the ends", "share of the latents at one of the two outermost levels (saturation)")
    rms = Column("error", "RMS, in deviations over the training photos")
    ratio = Column("latents ÷ error", "mean squares, in dB")
    measured = [entropy, ends, rms, ratio]
    fixed = [Column(one.title, one.hint, "gain 1") for one in measured]
    free = [
        Column(one.title, one.hint, "best gain")
        for one in (Column("value", "that latents are multiplied by"), *measured)
    ]
    rows = []
    for one, best in pairs:
        cells = (one.grid.label, *_cells(one), f"{best.gain:.3g}", *_cells(best))
        rows.append(Row(cells, quiet=settings.grid not in (ALL_GRIDS, one.grid.name)))
    return Table((Column("", align="left"), *fixed, *free), tuple(rows))


def _levels_table(fixed: GridUse, free: GridUse) -> Table:
    """Every level of one grid."""
    measured = [
        Column("begins at", "the latent at which the level begins"),
        Column("stands for", "what the decoder makes of it, in units of the latents"),
        Column("share", "of the latents"),
    ]
    columns = [Column(one.title, one.hint, group) for group in ("gain 1", "best gain") for one in measured]
    codes = fixed.grid.codes(len(fixed.values))
    rows = []
    for level, code in enumerate(codes):
        cells = [text for use in (fixed, free) for text in _level_cells(use, level)]
        rows.append(Row((f"level {level + 1}", format_signed(float(code), 3), *cells)))
    return Table((Column("", align="left"), Column("code", "what the index stands for"), *columns), tuple(rows))


def _level_cells(use: GridUse, level: int) -> tuple[str, str, str]:
    begins = format_signed(float(use.borders[level - 1]), 3) if level else MISSING
    value = float(use.values[level])
    stands_for = MISSING if math.isnan(value) else format_signed(value, 3)
    return begins, stands_for, format_share(float(use.shares[level]))


def _cells(use: GridUse) -> tuple[str, ...]:
    return (f"{use.entropy_bits:.2f}", format_share(use.saturation), f"{use.rms:.3f}", format_db(use.snr_db))


def grids_note(settings: DeskSettings, samples: ChannelSamples) -> str:
    """What was cut, and how."""
    which = "all channels together" if settings.channel == EVERY_CHANNEL else f"channel {settings.channel}"
    decoded = DECODER_NAMES[settings.decoder]
    return (
        f"{len(samples):,} latents of the photo, {which} of `{settings.network}`, with mean 0 and deviation 1 over the "
        f"training photos; on this photo their RMS is {samples.rms:.2f}, and on another, where gain 1 may suit another grid, it is different. A level is decoded as {decoded} (▲). The best "
        "gain is one number, searched on these very latents. Not shown: what the bounding does to gradients while a "
        "network trains."
    ).replace(",", "\u202f", 1)
