"""The Lab page: why the remainder becomes hard to round, and what helps, in two dimensions and without a model."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.factors import dragged_factors, factor_sliders
from rfsq.app.lab.lesson import LESSON, STEPS
from rfsq.app.lab.plane import plane_report, show_plane, with_report
from rfsq.app.lab.runs import PhotoLatents, Samples, Strategy
from rfsq.app.lab.settings import (
    BASE_NAMES,
    PHOTO,
    SAME,
    SOURCE_NAMES,
    LabSettings,
    read_lab_link,
    write_lab_link,
)
from rfsq.app.lab.steps import clicked_step, lesson_steps
from rfsq.app.look import apply_look, current_theme
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.photo import Photo, example_names, photo_strip, working_photo
from rfsq.app.shared.settings import OWN_PHOTO, Settings
from rfsq.figures import DistortionCurve, ResidualCurve, distortion_rate, factor_fit, residual_norms
from rfsq.machine.devices import cpu_threads
from rfsq.model.checkpoint import CheckpointError
from rfsq.quantizers import CONDITIONINGS
from rfsq.style.palette import Theme
from rfsq.style.wording import format_bits
from rfsq.teaching.lab import FactorFit, fit_by_gradient
from rfsq.teaching.lab.gradient import STEPS as FIT_STEPS
from rfsq.teaching.lab.stacks import MAX_LEVELS, MAX_STAGES, MIN_LEVELS

TITLE = "Why does the remainder become hard to round, and what helps?"
TRY = "Press play: every stage rounds what the one before left. Then change the conditioning."
HELP = {
    "none": "none: the remainder is rounded as it is, over the same cells in every stage.",
    "scale": "scale: each stage multiplies by a factor of its own, so its cells are that much finer.",
    "layernorm": "layernorm: mean and spread of the remainder become 0 and 1, measured on these samples and sent along.",
    "layernorm-global": "layernorm-global: as layernorm, with mean and spread frozen where it was fitted; nothing is sent.",
    "geometric": "geometric: the plane is bent into a square by c·tanh(z/c), then each stage refines by a fixed factor.",
}
VQ_HELP = "Residual VQ: each stage has a codebook that k-means fitted to what the stage before leaves, so it needs no conditioning."
LFQ_HELP = " LFQ has two levels in each channel: its stages cost 2 bits."
LATENT_SIZE = "512"  # longer side of the photo whose latents are shown: enough tokens for both halves
_CHART = {"displayModeBar": False}
_FIT_EVERY = 10


def lab_page() -> None:
    """Draw the page. All below the head is a fragment."""
    st.session_state["lab-started"] = time.perf_counter()
    apply_look(current_theme())
    _open_link()
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY)
    settings: LabSettings = st.session_state["lab"]
    photo = None
    if settings.source == PHOTO or settings.fitted_on == PHOTO:
        known: str = st.session_state.get("settings", Settings()).photo
        photo = photo_strip(settings.photo if "photos" in settings.hide else known)
    _body(photo)


def _open_link() -> None:
    if "lab" in st.session_state:
        return
    settings, notes = read_lab_link(st.query_params.to_dict(), photos=example_names(), steps=STEPS)
    st.session_state["lab"], st.session_state["lab-opened"], st.session_state["lab-notes"] = settings, settings, notes
    st.session_state["lab-command"] = time.time_ns() // 1_000_000
    if "source" in st.query_params:
        st.session_state.setdefault("photo", settings.photo)


# ---- changes, before the page is drawn again ----


def _set(settings: LabSettings, *, plane: bool = False) -> None:
    """Make these the settings; `plane`: the browser's plane takes its part from them, too."""
    state = st.session_state
    state["lab"] = settings
    for key in ("source", "conditioning", "stages", "base", "levels", "fitted_on", "entropy", "seed"):
        state[f"lab-{key}"] = getattr(settings, key)
    state["lab-a"], state["lab-b"] = settings.channels
    if plane:
        state["lab-command"] = max(time.time_ns() // 1_000_000, state["lab-command"] + 1)


def _take_plane() -> None:
    if report := plane_report(st.session_state["lab-command"]):
        st.session_state["lab"] = with_report(st.session_state["lab"], report)


def _take_step() -> None:
    if step := clicked_step():
        settings: LabSettings = st.session_state["lab"]
        _set(replace(step.settings, photo=settings.photo, hide=settings.hide), plane=True)


def _take_factors() -> None:
    settings: LabSettings = st.session_state["lab"]
    factors = dragged_factors(_factors_setting(settings), settings.stages)
    if factors:
        st.session_state["lab"] = replace(settings, factors=factors)


def _take_controls() -> None:
    """A control was moved. Factors of one's own survive a new source, but not another stack."""
    state = st.session_state
    before: LabSettings = state["lab"]
    channels = (state["lab-a"], state["lab-b"])
    after = replace(
        before,
        source=state["lab-source"],
        conditioning=state["lab-conditioning"],
        stages=state["lab-stages"],
        base=state["lab-base"],
        levels=state["lab-levels"],
        fitted_on=state["lab-fitted_on"],
        entropy=state["lab-entropy"],
        seed=state["lab-seed"],
        channels=channels if channels[0] != channels[1] else before.channels,
    )
    if after.stack() != before.stack():
        after = replace(after, factors=())
    if after.step and replace(after, step="", stage=0, phase="", probe=0, magnify=False) != replace(
        STEPS[after.step].settings,
        step="",
        stage=0,
        phase="",
        probe=0,
        magnify=False,
        photo=after.photo,
        hide=after.hide,
    ):
        after = replace(after, step="")  # no longer what the step shows
    _set(replace(after, stage=min(after.stage, after.stages)), plane=after.stages < before.stage)


def _use(factors: tuple[float, ...]) -> None:
    st.session_state["lab"] = replace(st.session_state["lab"], factors=factors)


def _factors_setting(settings: LabSettings) -> str:
    return f"{settings.stack()}/{settings.fit_source}/{settings.seed}/{settings.channels}"


# ---- drawing ----


@st.fragment
def _body(photo: Photo | None) -> None:
    state = st.session_state
    started = state.pop("lab-started", None) or time.perf_counter()
    settings: LabSettings = state["lab"]
    if photo is not None and photo.name != settings.photo:
        state["lab"] = settings = replace(settings, photo=photo.name)
    if settings == state["lab-opened"]:
        for note in state["lab-notes"]:
            st.info(note)
    if "lesson" not in settings.hide:
        lesson_steps(settings.step, _take_step)
    if settings.step:
        with st.container(key="lab-watch"):
            st.markdown(f"**{1 + [s.name for s in LESSON].index(settings.step)}.** {STEPS[settings.step].watch}")
    _controls(settings)
    if (settings.source == PHOTO or settings.fitted_on == PHOTO) != (photo is not None):
        st.rerun(scope="app")  # the photo strip stands outside of this fragment
    latents = _latents(photo)
    if photo is not None and latents is None:
        st.warning("There is no trained model in this copy, so no latents. Choose another source.")
        return
    try:
        fit, shown = (runs.samples_of(source, settings, latents) for source in (settings.fit_source, settings.source))
    except (CheckpointError, ValueError) as error:
        st.warning(f"The latents cannot be shown. {error}")
        return
    chosen = runs.chosen_of(settings, fit, shown)
    theme = current_theme()
    ghost = _ghost(settings, chosen)
    with st.container(key="lab-stage", horizontal=True):
        with st.container(key="lab-plane-box"):
            show_plane(
                chosen.run,
                chosen.name,
                settings,
                source_key=repr(shown.key),
                command=state["lab-command"],
                on_change=_take_plane,
            )
            pictured = 1e3 * (time.perf_counter() - started)  # the plane is on its way, the charts come after it
            _plane_notes(settings, chosen, shown, latents)
        with st.container(key="lab-charts"):
            _charts(settings, runs.strategies(settings, fit, shown), chosen, ghost, theme)
    if "factors" not in settings.hide and settings.stack().has_factors:
        _factors(settings, chosen, fit, theme)
    copy_link(
        write_lab_link(settings),
        own_photo=settings.source == PHOTO and settings.photo == OWN_PHOTO,
        untouched=settings == LabSettings(photo=settings.photo),
    )
    elapsed = 1e3 * (time.perf_counter() - started)
    state["lab-runs"] = state.get("lab-runs", 0) + 1
    st.html(
        f'<div class="rfsq-lab-timing" hidden data-run="{state["lab-runs"]}" '
        f'data-picture-ms="{pictured:.1f}" data-all-ms="{elapsed:.1f}"></div>'
    )


def _controls(settings: LabSettings) -> None:
    state = st.session_state
    if "lab-source" not in state:  # at the start, and back from another page
        _set(settings)
    for key in ("source", "conditioning", "stages", "base", "levels", "fitted_on", "entropy", "seed", "a", "b"):
        state[f"lab-{key}"] = state[f"lab-{key}"]  # kept where a control is hidden or in a closed popover
    with st.container(key="lab-controls", horizontal=True, vertical_alignment="bottom"):
        if "source" not in settings.hide:
            st.selectbox(
                "Source",
                list(SOURCE_NAMES),
                format_func=SOURCE_NAMES.__getitem__,
                key="lab-source",
                filter_mode=None,
                on_change=_take_controls,
            )
        if "conditioning" not in settings.hide:
            st.segmented_control(
                "Conditioning",
                CONDITIONINGS,
                key="lab-conditioning",
                required=True,
                on_change=_take_controls,
                disabled=settings.base == "vq",
                help="What happens to the remainder before it is rounded.",
            )
        if "stages" not in settings.hide:
            st.segmented_control(
                "Stages", range(1, MAX_STAGES + 1), key="lab-stages", required=True, on_change=_take_controls
            )
        if "more" not in settings.hide:
            with st.popover("More", key="lab-more"):
                _more(settings)
    st.caption(
        VQ_HELP if settings.base == "vq" else HELP[settings.conditioning] + (LFQ_HELP if settings.base == "lfq" else "")
    )


def _more(settings: LabSettings) -> None:
    st.segmented_control(
        "Quantizer",
        list(BASE_NAMES),
        format_func=BASE_NAMES.__getitem__,
        key="lab-base",
        required=True,
        on_change=_take_controls,
    )
    st.slider(
        "Levels in each channel",
        MIN_LEVELS,
        MAX_LEVELS,
        key="lab-levels",
        on_change=_take_controls,
        disabled=settings.base == "lfq",
        help="FSQ has levels² cells; VQ gets as many codes. LFQ always has 2.",
    )
    st.selectbox(
        "Fitted on",
        [SAME, *SOURCE_NAMES],
        key="lab-fitted_on",
        filter_mode=None,
        on_change=_take_controls,
        format_func=lambda name: "the same source, other samples" if name == SAME else SOURCE_NAMES[name],
        help="Where factors, frozen statistics and codebooks come from. A source they do not know is the test.",
    )
    st.toggle(
        "Bits as entropy",
        key="lab-entropy",
        on_change=_take_controls,
        help="On the chart of bits: the entropy of each stage's indices instead of log2 of the codebook.",
    )
    st.number_input("Seed", 0, 9999, key="lab-seed", on_change=_take_controls, help="Other samples of the same source.")
    if settings.source == PHOTO or settings.fitted_on == PHOTO:
        model = runs.latents_model()
        last = runs.channels_of(model) if model else 1
        for key, label in (("lab-a", "Channel across"), ("lab-b", "Channel up")):
            st.segmented_control(
                label,
                range(last),
                format_func=lambda channel: str(channel + 1),
                key=key,
                required=True,
                on_change=_take_controls,
            )


def _latents(photo: Photo | None) -> PhotoLatents | None:
    model = runs.latents_model()
    if photo is None or model is None:
        return None
    working = working_photo(photo, LATENT_SIZE)
    return PhotoLatents(working.key, working.pixels, model)


def _ghost(settings: LabSettings, chosen: Strategy) -> Strategy | None:
    """The line of the setting before, until another setting takes its place."""
    state = st.session_state
    current = replace(settings, stage=0, phase="", magnify=False, probe=0, step="", hide=(), entropy=False)
    if state.get("lab-current", (None, None))[0] != current:
        state["lab-before"] = state.get("lab-current", (None, None))[1]
        state["lab-current"] = (current, chosen)
    before: Strategy | None = state["lab-before"]
    return before


def _plane_notes(settings: LabSettings, chosen: Strategy, shown: Samples, latents: PhotoLatents | None) -> None:
    notes = []
    if chosen.run.domain is not None:
        notes.append(
            f"The plane is bent: c·tanh(z/c) with c = {chosen.run.domain:.3g}. What far samples lose by that is in the "
            "error on the right."
        )
    if settings.source == PHOTO and latents is not None:
        notes.append(
            f"{len(shown.shown)} tokens of the photo, channels {settings.channels[0] + 1} and {settings.channels[1] + 1} "
            f"of `{latents.model}`, times {shown.scaled_by:.3g} so that their RMS is 1."
        )
    if settings.fitted_on != SAME and settings.conditioning != "none":
        notes.append(f"Fitted on: {SOURCE_NAMES[settings.fitted_on]}.")
    notes.append(
        "The ruler is the same in every stage. Darker cells hold more samples; grey dots are the setting before."
    )
    st.caption(" ".join(notes))


def _charts(
    settings: LabSettings, found: dict[str, Strategy], chosen: Strategy, ghost: Strategy | None, theme: Theme
) -> None:
    curves = [ResidualCurve(name, strategy.run.rms) for name, strategy in found.items()]
    before = ResidualCurve(ghost.name, ghost.run.rms) if ghost and len(ghost.run.rms) > 1 else None
    figure = residual_norms(curves, stage=settings.stage, whole="source", ghost=before, theme=theme)
    st.plotly_chart(figure, theme=None, key="lab-rms", config=_CHART, alt="RMS left after each stage, all strategies")
    bits = {name: strategy.run.bits(entropy=settings.entropy) for name, strategy in found.items()}
    lines = [DistortionCurve(name, bits[name], strategy.run.distortion) for name, strategy in found.items()]
    grey = (
        DistortionCurve(ghost.name, ghost.run.bits(entropy=settings.entropy), ghost.run.distortion) if ghost else None
    )
    bound = runs.bound_of(settings.source, max(line[-1] for line in bits.values()))
    figure = distortion_rate(
        lines, chosen=chosen.name, stage=settings.stage, bound=bound, ghost=grey, entropy=settings.entropy, theme=theme
    )
    st.plotly_chart(figure, theme=None, key="lab-bits", config=_CHART, alt="Distortion against bits, all strategies")
    st.caption(_charts_note(settings, chosen, bound is not None))


def _charts_note(settings: LabSettings, chosen: Strategy, bound: bool) -> str:
    notes = ["Factors and gains are fitted for the last stage, so an early stage may leave more than it could."]
    if not bound:
        notes.append("The rate–distortion function is known for Gaussian sources only, so there is no bound here.")
    if chosen.run.side_bits:
        notes.append(
            f"layernorm's statistics are counted: {format_bits(round(chosen.run.side_bits, 3))} per sample and stage."
        )
    if settings.entropy:
        notes.append("Entropies are of single stages; what stages have in common is not used.")
    if settings.base == "vq":
        notes.append("FSQ's strategies beside it have as many cells.")
    return " ".join(notes)


# ---- factors ----


def _factors(settings: LabSettings, chosen: Strategy, fit: Samples, theme: Theme) -> None:
    what = "factor" if settings.conditioning == "scale" else "gain"
    st.subheader(f"The {what}s, by hand and by gradient", anchor=False)
    grid = runs.strategy_of(settings.conditioning, replace(settings, factors=()), fit, fit).factors
    factor_sliders(chosen.factors, grid, what=what, setting=_factors_setting(settings), on_change=_take_factors)
    with st.container(key="lab-fit", horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Fit by gradient",
            key="lab-gradient",
            type="primary",
            help="Adam, from 1, with gradients that pass "
            "straight through the rounding: how a model learns its factors.",
        )
        st.button(
            "Best of the grid",
            key="lab-grid",
            on_click=_use,
            args=((),),
            disabled=not settings.factors,
            help="The ticks: a search over two numbers, the first factor and how the others follow.",
        )
        st.caption(_verdict(settings, fit))
    place = st.empty()
    key = _factors_setting(settings)
    if pressed:
        last: FactorFit | None = None
        with cpu_threads(runs.THREADS):
            for last in fit_by_gradient(settings.stack(), fit.fit, every=_FIT_EVERY):
                place.plotly_chart(
                    factor_fit(last, method=settings.conditioning, steps=FIT_STEPS, theme=theme),
                    theme=None,
                    key=f"lab-fit-{len(last.rms)}",
                    config=_CHART,
                    alt="Factors as they are learned",
                )
        assert last is not None
        st.session_state["lab-fitted"] = (key, last)
        _use(tuple(float(f"{factor:.5g}") for factor in last.best))
        st.rerun()
    kept: tuple[str, FactorFit] | None = st.session_state.get("lab-fitted")
    if kept is not None and kept[0] == key:
        place.plotly_chart(
            factor_fit(kept[1], method=settings.conditioning, steps=FIT_STEPS, theme=theme),
            theme=None,
            key="lab-fit-kept",
            config=_CHART,
            alt="Factors as they were learned",
        )


def _verdict(settings: LabSettings, fit: Samples) -> str:
    """What the reader's factors leave of the source they were fitted on, against the grid's: on samples no fit saw."""
    best = runs.strategy_of(settings.conditioning, replace(settings, factors=()), fit, fit).run.rms[-1]
    where = f"after {settings.stages} stages, on other samples of the source that it was fitted on"
    if not settings.factors:
        return f"The best of the grid leaves {best:.4f} {where}. Move a slider, or let the gradient try."
    own = runs.strategy_of(settings.conditioning, settings, fit, fit).run.rms[-1]
    verdict = "better than" if own < 0.99 * best else "as good as" if own < 1.01 * best else "worse than"
    return f"These leave {own:.4f} {where.replace('it was', 'they were')}: {verdict} the best of the grid, {best:.4f}."
