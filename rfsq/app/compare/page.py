"""The Compare page: one photo through several quantizers, their remainders stage by stage, and the price of each."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare.details import details
from rfsq.app.compare.links import read_link, write_link
from rfsq.app.compare.table import ScoredPicture, csv_table, rate_text, score_table, scored_picture
from rfsq.app.look import apply_look, current_theme
from rfsq.app.shared import cache
from rfsq.app.shared.cache import Pictures, Work
from rfsq.app.shared.choice import Choice, choose, rivals_of, spread_stages
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.own_models import add_own, any_own, config_of, own_names
from rfsq.app.shared.photo import Photo, example_names, photo_strip, working_photo
from rfsq.app.shared.rfsq_files import save_box
from rfsq.app.shared.settings import EVERY, FAMILIES, MAX_SHOWN, OWN_PHOTO, PRESETS, SIZES, Settings
from rfsq.app.viewer import Frame, Method, show_viewer, viewer_state
from rfsq.evidence.comparison import Scores, slow_scores_reason
from rfsq.figures import ResidualCurve, residual_norms
from rfsq.machine.devices import DEVICE_NAMES, DeviceName, available_devices, describe_device, pick_device
from rfsq.model.archive import open_checkpoint
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.zoo import STAGE_DROPOUT
from rfsq.style.palette import Theme, label_of, style_of
from rfsq.style.wording import format_bits, format_db, format_ms, format_score, unequal_rates_sentence

TITLE = "What does conditioning do to my picture?"
TRY = {
    "conditioning": (
        "Switch from none to layernorm. Same photo, same bits per token: why do the lines part after stage 1?"
    ),
    "quantizers": "Flip between the pictures in place, then read their rates: they do not cost the same.",
    "equal": "The same bits, spent four ways: one fine rounding, vectors, rounded remainders, remainders by turns.",
    "stages": "Follow one fine detail from left to right. Which stage is the last that you can see?",
    "ours": "Four tokens each. Grouped codes ten numbers by turns, the others five. Go down to one stage: which holds?",
    "own": "Choose up to four models, then flip between them in place.",
}
CONDITIONING_HELP = (
    "What happens to the remainder before it is rounded: nothing, a learned factor, or mean and spread set to 0 and 1."
)
EXPLAIN = {
    EVERY: CONDITIONING_HELP,
    "none": "none: the remainder is rounded as it is.",
    "scale": "scale: the remainder is multiplied by a learned factor before it is rounded.",
    "layernorm": "layernorm: mean and spread of the remainder become 0 and 1; this photo's own values are sent along.",
    "layernorm-global": "layernorm-global: as layernorm, but with values fixed in training, so nothing is sent along.",
    "grouped": "grouped: geometric, with ten numbers per block; two groups of five take turns.",
    "geometric": "geometric: each stage refines the last by a fixed factor, as the next digit of a number does.",
}
CHART_CAPTION = "Lower is less left to code. It does not say how good the picture looks: read it with the PSNR."
DECODER_CAPTION = "Scores with fewer than all stages come from a decoder that was trained on all stages."
SLOW_S, VERY_SLOW_S = 0.5, 3.0  # after these a bar, then a sentence
MODEL_MB = 20  # of an uploaded model; a live one has about 0.3
_TIMINGS = 200
_CONTROLS = ("preset", "family", "size", "device", "raw", "models")  # keys of controls and names of settings alike


@dataclass(frozen=True, eq=False)
class View:
    """What one run of the page shows."""

    settings: Settings
    choice: Choice
    photo: Photo
    work: Work
    pictures: Mapping[str, Pictures]  # of choice.shown
    theme: Theme

    @property
    def stages(self) -> int:
        """k, as far as the shown models go."""
        return min(self.settings.stages, self.choice.stages)

    def stage_of(self, name: str) -> int:
        return min(self.settings.stages, self.pictures[name].stages)

    @property
    def panels(self) -> tuple[tuple[str, int], ...]:
        """The pictures beside the original, each once: model and stage count."""
        if self.choice.spread:
            name = self.choice.shown[0]
            counts = (min(k, self.stages) for k in spread_stages(self.pictures[name].stages))
            return tuple(dict.fromkeys((name, k) for k in counts))
        return tuple((name, self.stage_of(name)) for name in self.choice.shown)


def compare_page() -> None:
    """Draw the page. All below the photo strip is a fragment: it reruns without the rest."""
    st.session_state["page_started"] = time.perf_counter()
    apply_look(current_theme())
    _open_link()
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY[st.session_state.get("preset", "conditioning")])
    _results(photo_strip(st.session_state["settings"].photo))


def hand_over(models: Sequence[str], stages: int | None) -> None:
    """Make these models (at most four) what the page shows when it is opened next, with the photo it had."""
    settings = st.session_state.get("settings", Settings())
    most = max(config_of(name).num_stages for name in models)
    settings = replace(settings, preset="own", models=tuple(models[:MAX_SHOWN]), stages=stages or most)
    st.session_state.setdefault("opened", settings)
    st.session_state.setdefault("link_notes", ())
    _set_controls(settings)


def _open_link() -> None:
    """At the start of a session, take the settings from the address; back from another page, take the last ones."""
    if "opened" in st.session_state:
        if "preset" not in st.session_state:  # Streamlit forgets the controls of a page that is left
            _set_controls(st.session_state["settings"])
        return
    settings, notes = read_link(
        st.query_params.to_dict(), photos=example_names(), available=available_models(), devices=available_devices()
    )
    st.session_state["opened"], st.session_state["link_notes"] = settings, notes
    _set_controls(settings)


def _set_controls(settings: Settings) -> None:
    state = st.session_state
    state["settings"] = settings
    state["chosen_strategies"] = state.get("chosen_strategies", {}) | {settings.preset: settings.strategy}
    state["stages"], state["view"] = settings.stages, settings.view
    for key in _CONTROLS:
        value = getattr(settings, key)
        state[key] = list(value) if isinstance(value, tuple) else value


@st.fragment
def _results(photo: Photo) -> None:
    started = st.session_state.pop("page_started", None) or time.perf_counter()
    available = (*available_models(), *own_names())
    settings, choice, times = _controls(photo, available)
    st.session_state["settings"] = settings
    working = working_photo(photo, settings.size)
    work = Work(working.key, working.pixels, pick_device(_device_name(settings.device)))
    with st.container(key="notes"):  # always there: the viewer below must keep its place
        _say_what_is_missing(settings, choice, available)
        if working.note:
            st.caption(working.note)
        choice, pictures = _compute(choice, work)
    if not choice.shown:
        st.image(working.pixels, caption=f"Original: {photo.title}")
        _link(settings)
        return
    view = View(settings, choice, photo, work, pictures, current_theme())
    with st.container(key="stage", horizontal=True):
        with st.container(key="pictures"):
            _viewer(view)
        with st.container(key="reading"):
            _chart(view)
    _table(view)
    _keep(view)
    details([(name, pictures[name].reconstruction, _label(name, view)) for name in choice.shown], view.theme)
    _finish(view, started, times)


# ---- controls ----


def _controls(photo: Photo, available: Sequence[str]) -> tuple[Settings, Choice, DeltaGenerator]:
    state = st.session_state
    for key in _CONTROLS:
        # Streamlit forgets the value of a control that the last run did not draw, unless it is set again.
        state[key] = state[key]
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        preset = st.selectbox(
            "Compare", list(PRESETS), format_func=PRESETS.__getitem__, key="preset", filter_mode=None, on_change=_enter
        )
        settings = _settings(photo, preset)
        choice = choose(settings, available)
        if choice.strategies:
            key = f"strategy-{preset}"
            state[key] = state[key] if state.get(key) in choice.strategies else choice.strategy
            strategy = st.segmented_control(
                "Conditioning",
                choice.strategies,
                format_func=lambda name: "all three" if name == EVERY else name,
                key=key,
                required=True,
                help=CONDITIONING_HELP,
            )
            state["chosen_strategies"][preset] = strategy
        if preset == "own":
            state["models"] = [name for name in state["models"] if name in available]
            st.multiselect(
                "Models, up to four", available, format_func=label_of, key="models", max_selections=MAX_SHOWN, width=620
            )
        with st.popover("More", key="more"):
            times = _more(preset)
        choice = choose(_settings(photo, preset), available)
        if choice.strategies:
            with st.container(key="explain"):
                st.caption(EXPLAIN[choice.strategy])
    settings = _settings(photo, preset)
    return settings, choose(settings, available), times


def _enter() -> None:
    """A preset was chosen: the one that spreads the stages out begins with all of them."""
    if st.session_state["preset"] == "stages":
        st.session_state["stages"] = Settings().stages


def _more(preset: str) -> DeltaGenerator:
    """The choices that are made rarely; returns a place for the server's times, known at the end of the run."""
    st.segmented_control(
        "Size family",
        list(FAMILIES),
        format_func=FAMILIES.__getitem__,
        key="family",
        required=True,
        disabled=preset in ("ours", "own"),
        help="RFSQ models: how many stages, and how many codes each chooses from.",
    )
    st.segmented_control(
        "Working size",
        list(SIZES),
        format_func=SIZES.__getitem__,
        key="size",
        required=True,
        help="Longer side of the copy that the models see. They were trained on small pictures.",
    )
    present = [name for name in DEVICE_NAMES if name == "auto" or name in available_devices()]
    if st.session_state["device"] not in present:
        st.session_state["device"] = "auto"
    _open_model()
    st.segmented_control("Device", present, format_func=_device_label, key="device", required=True)
    device = pick_device(_device_name(st.session_state["device"]))
    absent = f" Not here: {_listed(_absent(present))}." if _absent(present) else ""
    st.caption(f"Computing on: {describe_device(device)}.{absent}")
    return st.empty()


def _open_model() -> None:
    """Open a model that was trained on the page "Train your own" and downloaded there."""
    key = f"own-model-{st.session_state.get('own_models_opened', 0)}"  # a fresh one after each file
    st.file_uploader(
        "Open your own model (.zip)",
        key=key,
        type="zip",
        on_change=_take_model,
        args=(key,),
        max_upload_size=MODEL_MB,
        help="As downloaded from the page “Train your own”.",
    )
    if problem := st.session_state.get("own_model_problem"):
        st.error(problem)


def _take_model(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    state = st.session_state
    state.pop("own_model_problem", None)
    state["own_models_opened"] = state.get("own_models_opened", 0) + 1
    try:
        name = add_own(open_checkpoint(file.getvalue()))
    except CheckpointError as error:
        state["own_model_problem"] = str(error)
        return
    hand_over([name, *rivals_of(config_of(name), available_models())], None)


def _settings(photo: Photo, preset: str) -> Settings:
    """The settings as the controls stand now."""
    state = st.session_state
    return Settings(
        photo=photo.name,
        size=state["size"],
        preset=preset,
        family=state["family"],
        strategy=state["chosen_strategies"].get(preset, EVERY),
        stages=state["stages"],
        view=state["view"],
        models=tuple(state["models"]),
        device=state["device"],
        raw=state["raw"],
    )


def _device_name(name: str) -> DeviceName:
    return next(known for known in DEVICE_NAMES if known == name)


def _device_label(name: str) -> str:
    return name if name == "auto" else name.upper()


def _absent(present: Sequence[str]) -> list[str]:
    return [_device_label(name) for name in DEVICE_NAMES if name not in present]


# ---- computing ----


def _compute(choice: Choice, work: Work) -> tuple[Choice, dict[str, Pictures]]:
    """The pictures of all shown models; a model that cannot be loaded is left out with a sentence."""
    pictures: dict[str, Pictures] = {}
    slot = st.empty()  # nothing until it takes long: the old pictures stay meanwhile
    started = time.perf_counter()
    for done, name in enumerate(choice.shown):
        elapsed = time.perf_counter() - started
        large = work.pixels.size > 3 * 1_500_000
        try:
            if elapsed > SLOW_S or (large and not cache.has_pictures(work, name)):
                text = f"Computing {label_of(name)}, {done + 1} of {len(choice.shown)}."
                slot.progress(done / len(choice.shown), text=text if large or elapsed > VERY_SLOW_S else None)
            pictures[name] = cache.pictures_of(work, name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} cannot be shown. {error}")
    slot.empty()
    usable = []
    for name in choice.behind:
        try:
            cache.checkpoint_of(name, work.device)
            usable.append(name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} is missing in the chart. {error}")
    return replace(choice, shown=tuple(pictures), behind=tuple(usable)), pictures


def _say_what_is_missing(settings: Settings, choice: Choice, available: Sequence[str]) -> None:
    if settings == st.session_state["opened"]:
        for note in st.session_state["link_notes"]:
            st.info(note)
    if choice.missing and available:
        st.warning(
            f"{_listed(choice.missing)}: no checkpoint in this copy, so not shown. "
            f"Train with `python -m rfsq train --config {','.join(choice.missing)}`."
        )
    if settings.preset == "own" and not settings.models and available:
        st.info("Choose up to four models above.")
    elif not available:
        st.warning("There is no trained model in this copy. Get the folder `checkpoints`, or train them yourself.")


# ---- pictures and chart ----


def _viewer(view: View) -> None:
    state = st.session_state
    methods = _spread_methods(view) if view.choice.spread else [_method(view, name) for name in view.choice.shown]
    # Only a stage other than the one passed here is the person's own: four wanted stages outlive a model of two.
    state["passed"] = (view.stages, view.settings.view)
    show_viewer(
        view.work.pixels,
        methods,
        stage=view.stages,
        view=view.settings.view,
        notice=_notice(view),
        error_note=slow_scores_reason(*view.work.pixels.shape[:2]),
        image_key=view.work.key,
        key="viewer",
        on_change=_take_report,
    )


def _take_report() -> None:
    """The person moved the stage or changed the view in the browser; runs before the fragment is drawn again."""
    known = viewer_state("viewer")
    if known is None or "passed" not in st.session_state:
        return
    stage, view = st.session_state["passed"]
    if known.stage != stage:
        st.session_state["stages"] = known.stage
    if known.view != view:
        st.session_state["view"] = known.view


def _method(view: View, name: str) -> Method:
    result = view.pictures[name].reconstruction
    frames = tuple(_frame(view, name, k) for k in range(1, len(result.stages) + 1))
    style = style_of(name)
    return Method(name, _label(name, view), style.light, style.dark, style.glyph, result.start, frames)


def _spread_methods(view: View) -> list[Method]:
    """One model as if it were several, each with one stage more: what stands under a picture stays true at any k."""
    whole = _method(view, view.choice.shown[0])
    return [
        replace(whole, name=f"{whole.name}@{k}", label=f"at most {k}", frames=whole.frames[:k])
        for k in spread_stages(len(whole.frames))
    ]


def _frame(view: View, name: str, k: int) -> Frame:
    pictures = view.pictures[name]
    stage = pictures.reconstruction.stages[k - 1]
    scores = _known_scores(view, name, k)
    text = format_db(pictures.psnr_db[k - 1])
    if scores is not None and not math.isnan(scores.ssim):
        text += f" · SSIM {format_score(scores.ssim)}"
    return Frame(stage.pixels, text, rate_text(stage.rate), scores.flip_error if scores else None)


def _notice(view: View) -> str | None:
    """What must stand beside the pictures, also in saved ones: a photo that is no original, unequal rates."""
    return _sentences(view.photo.note, _rates_notice(view))


def _rates_notice(view: View) -> str | None:
    """The sentence about unequal rates."""
    if view.choice.spread:
        rates = [view.pictures[name].reconstruction.stages[k - 1].rate for name, k in view.panels]
        prices = ", ".join(format_bits(rate.bits_per_token) for rate in rates if rate)
        return f"Each stage costs more: {prices} per token, from left to right." if len(rates) > 1 else None
    rates_by_label = {}
    for name, k in view.panels:
        rate = view.pictures[name].reconstruction.stages[k - 1].rate
        rates_by_label[_label(name, view)] = rate.bits_per_token if rate else None
    return unequal_rates_sentence(rates_by_label)


def _chart(view: View) -> None:
    curves = []
    for name in (*view.choice.shown, *view.choice.behind):
        if rms := cache.residual_rms_of(view.work, name):
            config, rates = config_of(name), view.pictures.get(name)
            last = rates.reconstruction.stages[-1].rate if rates else None
            levels = math.prod(config.levels) ** (1 / len(config.levels)) if config.levels else None
            bits = last.bits_per_token if last else None
            curves.append(ResidualCurve(name, rms, name in view.choice.shown, levels, bits))
    if not curves:
        st.caption("An unquantized model leaves no remainder: there is nothing to chart.")
        return
    figure = residual_norms(curves, stage=view.stages, relative=not view.settings.raw, theme=view.theme)
    st.plotly_chart(figure, theme=None, key="residual", config={"displayModeBar": False}, alt="Residual norms by stage")
    st.caption(CHART_CAPTION + (" Thin grey lines: the strategies not shown." if view.choice.behind else ""))
    st.toggle("Raw RMS", key="raw", help="Each model has its own latent scale, so raw values of two do not compare.")


# ---- scores ----


def _known_scores(view: View, name: str, k: int) -> Scores | None:
    found: Scores | None = st.session_state.get("measured", {}).get(cache.scores_key(view.work, name, k))
    return found or cache.known_scores(view.work, name, k)


def _wanted_scores(view: View) -> list[tuple[str, int]]:
    ceiling = [(view.choice.ceiling, 1)] if view.choice.ceiling else []
    return [*view.panels, *ceiling]


def _rows(view: View) -> list[ScoredPicture]:
    rows = []
    for name, k in _wanted_scores(view):
        scores = _known_scores(view, name, k)
        pictures = view.pictures.get(name)
        if pictures is None and scores is None:
            continue  # the ceiling is computed after the pictures are on screen
        pictures = pictures or cache.pictures_of(view.work, name)
        lpips = None if scores is None else cache.lpips_of(view.work, name, k)
        rows.append(scored_picture(pictures.reconstruction, k, pictures.psnr_db[k - 1], scores, lpips))
    return rows


def _table(view: View) -> None:
    labels = {name: _label(name, view) for name in view.choice.shown}
    table = score_table(_rows(view), labels=labels, ceiling=view.choice.ceiling)
    st.html(table.html(view.theme, kind="stacks"))
    notes = ["↑ higher is better, ↓ lower is better."]
    if any(k < view.pictures[name].stages and name not in STAGE_DROPOUT for name, k in view.panels):
        notes.append(DECODER_CAPTION)
    if any(view.pictures[name].stages == 1 for name in view.choice.shown) and view.choice.stages > 1:
        notes.append("Methods with 1 stage ignore the stage count.")
    if view.choice.ceiling:
        notes.append("The ceiling is a network of this size trained without rounding; others may pass it by a little.")
    if view.photo.credit:
        notes.append(f"Photo: {view.photo.credit}.")
    if view.photo.note:
        notes.append(view.photo.note)
    if reason := cache.perceptual_reason(view.work):
        notes.append(f"SSIM and ꟻLIP: {reason}")
    if reason := cache.lpips_reason(view.work):
        notes.append(f"LPIPS: {reason}")
    if any_own(view.choice.shown):
        notes.append(
            "Your own model: a small network, trained for a moment on a few photos; no evidence about quantizers. "
            "Its pictures have no .rfsq file, which nobody else could decode."
        )
    notes.append(f"Times: {describe_device(view.work.device)}, the whole picture once.")
    st.caption(" ".join(notes))


def _keep(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="keep"):
        st.download_button(
            "Download table (CSV)",
            partial(_csv, view),
            file_name=f"rfsq_{view.settings.photo}_{view.settings.preset}.csv",
            mime="text/csv",
            key="csv",
            on_click="ignore",
            help="All stage counts, with rates and the sentence about unequal ones.",
        )
        save_box(view.work, view.settings.photo, _quantized_panels(view))
        with st.container(width="content"):
            _link(replace(view.settings, stages=view.stages))


def _link(settings: Settings) -> None:
    copy_link(
        write_link(settings),
        own_photo=settings.photo == OWN_PHOTO,
        own_model=settings.preset == "own" and any_own(settings.models),
        untouched=settings == Settings(),
    )


def _quantized_panels(view: View) -> list[tuple[str, int, str]]:
    """Model, stage count and label of every picture that a file can hold.

    An unquantized one has no rate, and a file of somebody's own model could be decoded by nobody else.
    """
    panels = []
    for name, k in view.panels:
        if view.pictures[name].reconstruction.stages[k - 1].rate is not None and not any_own([name]):
            panels.append((name, k, _label(name, view)))
    return panels


def _csv(view: View) -> str:
    """All stage counts of all shown methods; runs when the file is asked for."""
    rows = []
    for name in view.choice.shown:
        pictures = view.pictures[name]
        for k in range(1, pictures.stages + 1):
            scores, lpips = cache.scores_of(view.work, name, k), cache.lpips_of(view.work, name, k)
            rows.append(scored_picture(pictures.reconstruction, k, pictures.psnr_db[k - 1], scores, lpips))
    rates = {f"{row.method} k={row.stages}": row.rate.bits_per_token if row.rate else None for row in rows}
    note = _sentences(view.photo.note, _rates_notice(view) or unequal_rates_sentence(rates))
    size = view.work.pixels.shape[:2]
    return csv_table(rows, photo=view.photo.title, size=size, note=note, lpips_reason=cache.lpips_reason(view.work))


def _finish(view: View, started: float, times: DeltaGenerator) -> None:
    """Say how long the server took; then measure what is not known yet and draw once more with it.

    The pictures are on their way to the browser before the slow scores (ꟻLIP, SSIM, LPIPS) are measured.
    """
    state = st.session_state
    elapsed = 1e3 * (time.perf_counter() - started)
    waiting = [item for item in _wanted_scores(view) if _known_scores(view, *item) is None]
    pending: dict[str, float] | None = state.pop("pending", None)
    if waiting:
        measured = {}
        begun = time.perf_counter()
        for name, k in waiting:
            measured[cache.scores_key(view.work, name, k)] = cache.scores_of(view.work, name, k)
            cache.lpips_of(view.work, name, k)
        # Kept beside the bounded cache, so that a picture too large for it is not measured in a circle.
        state["measured"] = measured
        state["pending"] = {"pictures_ms": elapsed, "scores_ms": 1e3 * (time.perf_counter() - begun)}
        st.rerun()
    timing = {"pictures_ms": elapsed, "scores_ms": 0.0}
    if pending:
        timing = {"pictures_ms": pending["pictures_ms"], "scores_ms": pending["scores_ms"] + elapsed}
    state["runs"] = state.get("runs", 0) + 1
    state["timings"] = [*state.get("timings", []), timing][-_TIMINGS:]
    pictures_ms, scores_ms = format_ms(timing["pictures_ms"]), format_ms(timing["scores_ms"])
    times.caption(f"Server time of this change: pictures {pictures_ms}, missing scores {scores_ms}.")
    st.html(
        f'<div class="rfsq-timing" hidden data-run="{state["runs"]}" data-pictures-ms="{timing["pictures_ms"]:.1f}" '
        f'data-scores-ms="{timing["scores_ms"]:.1f}" data-device="{view.work.device.type}"></div>'
    )


# ---- words ----


def _label(name: str, view: View) -> str:
    """ "RFSQ layernorm" among models of one size, the full name otherwise."""
    sizes = {other.split("-")[1] if other.startswith("rfsq-") else other for other in view.choice.shown}
    return label_of(name) if len(sizes) > 1 else label_of(name).replace(f" {sizes.pop().replace('x', '×')}", "")


def _sentences(*sentences: str | None) -> str | None:
    """Those that are there, one after the other; None if there is none."""
    return " ".join(filter(None, sentences)) or None


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""
