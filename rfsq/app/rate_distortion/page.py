"""The Rate–distortion page: what a file's bytes buy, and what JPEG, WebP and AVIF would do with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from rfsq.app.look import apply_look, current_theme
from rfsq.app.rate_distortion.files import our_files, rival_at_size, rival_curve, scored
from rfsq.app.shared.photo import Photo, WorkingPhoto, photo_strip, working_photo
from rfsq.app.shared.rfsq_files import FILE_ERRORS
from rfsq.app.shared.settings import SIZES, Settings
from rfsq.app.viewer import Frame, Method, show_viewer
from rfsq.codec.other_formats import RIVALS, RivalFile, available_rivals, container_floor
from rfsq.codec.rate_distortion import RatePoint, RdMetric, StageFile, score_at
from rfsq.evidence.file_curves import load_curves
from rfsq.evidence.results import ResultsError
from rfsq.figures.rate_distortion import rate_distortion
from rfsq.figures.results import METRICS, Metric
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme, label_of, short_label_of, style_of
from rfsq.style.wording import format_bpp, format_bytes, format_db, format_score

TITLE = "What do these bits buy, and what would JPEG do with them?"
TRY = "Choose fewer stages: the file is cut there, and the rivals get the same bytes. Flip between them in place."
FIRST = ("rfsq-4x1024-grouped", "rfsq-4x1024-layernorm")
MAX_MODELS = 3
MEASURED: tuple[RdMetric, ...] = get_args(RdMetric)
MEANING = (
    "What this comparison means: our networks have about a million weights, were trained on thumbnails for minutes, and no "
    "part of their training counted bits. The rivals spend decades of engineering on exactly that: WebP and AVIF win. "
    "RFSQ tokens are for other things: whole numbers of a small, fixed vocabulary on a fixed grid, which a generative model "
    "can predict, and files that can be cut after any stage."
)
WORKING_SIZES = [
    key for key in SIZES if key != "full"
]  # 33 files of each photo are written: full size would take minutes


@dataclass(frozen=True, eq=False)
class Chosen:
    """The point that the pictures below the chart show."""

    model: str
    file: StageFile


def rate_distortion_page() -> None:
    """Draw the page."""
    apply_look(current_theme())
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY)
    photo = photo_strip(st.session_state.get("settings", Settings()).photo)
    _body(photo)


@st.fragment
def _body(photo: Photo) -> None:
    theme = current_theme()
    names = [name for name in available_models() if ZOO[name].quantized]
    if not names:
        st.warning("There is no trained model in this copy. Get the folder `checkpoints`, or train them yourself.")
        return
    with st.container(key="rd-controls", horizontal=True, vertical_alignment="bottom"):
        models = st.multiselect(
            "Our models, up to three",
            names,
            default=[name for name in FIRST if name in names] or names[:1],
            format_func=label_of,
            max_selections=MAX_MODELS,
            key="rd-models",
        )
        metric = st.segmented_control(
            "Metric",
            MEASURED,
            format_func=lambda key: METRICS[key].short,
            key="rd-metric",
            default=MEASURED[0],
            required=True,
        )
        size = st.segmented_control(
            "Working size", WORKING_SIZES, format_func=SIZES.__getitem__, key="rd-size", default="256", required=True
        )
    if not models:
        st.info("Choose a model above.")
        return
    working = working_photo(photo, size)
    if working.note:
        st.caption(working.note)
    files = _files(models, working)
    if not files:
        return
    chosen = _choose(files)
    _chart(files, chosen, metric, working, theme)
    st.info(MEANING)
    _pictures(chosen, working, theme)
    _test_photos(models, metric, theme)


def _files(models: list[str], working: WorkingPhoto) -> dict[str, list[StageFile]]:
    """The files of each model; one that cannot be used is left out with a sentence."""
    found = {}
    with st.spinner("Compressing", show_time=True):
        for name in models:
            try:
                found[name] = our_files(working, name)
            except FILE_ERRORS as error:
                st.warning(f"{label_of(name)}: {error}")
    return found


def _choose(files: dict[str, list[StageFile]]) -> Chosen:
    with st.container(key="rd-point", horizontal=True, vertical_alignment="bottom"):
        model = next(iter(files))
        if len(files) > 1:
            model = st.segmented_control(
                "File of", list(files), format_func=label_of, key="rd-model", default=model, required=True
            )
        count = len(files[model])
        stages = count
        if count > 1:
            stages = st.segmented_control(
                "cut after stage", range(1, count + 1), key=f"rd-stages-{count}", default=count, required=True
            )
    return Chosen(model, files[model][stages - 1])


# ---- chart ----


def _chart(
    files: dict[str, list[StageFile]], chosen: Chosen, key: RdMetric, working: WorkingPhoto, theme: Theme
) -> None:
    codecs, metric = available_rivals(), METRICS[key]
    with st.spinner("Writing JPEG, WebP and AVIF files", show_time=True):
        rivals: dict[str, list[RatePoint]] = {
            codec: scored(working, rival_curve(working, codec), key) for codec in codecs
        }
        ours = {name: scored(working, ours, key) for name, ours in files.items()}
    point = ours[chosen.model][chosen.file.stages - 1]
    pixels = working.pixels.shape[0] * working.pixels.shape[1]
    figure = rate_distortion(
        ours,
        rivals,
        metric,
        pixels,
        title=_title(chosen, point.score, metric),
        chosen=chosen.file.size,
        floors={codec: container_floor(codec) for codec in codecs},
        theme=theme,
    )
    st.plotly_chart(
        figure, theme=None, key="rd-chart", config={"displayModeBar": False}, alt="Quality against file size"
    )
    crossings = []
    for codec, points in rivals.items():
        score = score_at(points, chosen.file.size)
        crossings.append(
            f"{short_label_of(codec)} {metric.write(score)}"
            if score is not None
            else f"{short_label_of(codec)} cannot be that small"
            if chosen.file.size < points[0].size
            else f"{short_label_of(codec)} needs less for its best"
        )
    st.caption(
        f"At {format_bytes(chosen.file.size)} ({format_bpp(8 * chosen.file.size / pixels)}): "
        f"{label_of(chosen.model)} {metric.write(point.score)}, {', '.join(crossings)}. Numbers at our points are stage "
        "counts; all sizes are whole files, with header, checksums and side information."
    )
    floors = ", ".join(f"{short_label_of(codec)} {format_bytes(container_floor(codec))}" for codec in codecs)
    st.caption(f"A file has a floor, whatever the picture: the smallest of 16 × 16 grey pixels takes {floors}.")
    if missing := [codec for codec in RIVALS if codec not in codecs]:
        st.caption(f"Not in this build of Pillow: {', '.join(map(short_label_of, missing))}.")


def _title(chosen: Chosen, score: float, metric: Metric) -> str:
    return f"{label_of(chosen.model)} in {format_bytes(chosen.file.size)}: {metric.short} {metric.write(score)}"


# ---- test photos ----


def _test_photos(models: list[str], key: RdMetric, theme: Theme) -> None:
    st.subheader("On average over the test photos", anchor=False)
    try:
        curves = load_curves()
    except ResultsError as error:
        st.error(str(error))
        return
    shown = {} if curves is None else {name: curves.ours[name] for name in models if name in curves.ours}
    if curves is None or not shown:
        st.info("Not measured for these models yet: `python -m rfsq results --images DIR`.")
        return
    metric = METRICS[key]
    figure = rate_distortion(
        {name: [point.at(key) for point in points] for name, points in shown.items()},
        {name: [point.at(key) for point in points] for name, points in curves.rivals.items()},
        metric,
        curves.pixels_per_image,
        title=f"{curves.images} photos, mean file size and mean {metric.short}",
        theme=theme,
    )
    st.plotly_chart(
        figure, theme=None, key="rd-test", config={"displayModeBar": False}, alt="Mean quality against mean size"
    )
    st.caption(
        f"{curves.images} photos of `{curves.folder}`, {curves.pixels_per_image:.0f} pixels each on average; made by "
        f"`{curves.command}`. Small pictures: headers and checksums weigh more than in a large photo."
    )


# ---- pictures ----


def _pictures(chosen: Chosen, working: WorkingPhoto, theme: Theme) -> None:
    st.subheader("The same bytes, side by side", anchor=False)
    limit = chosen.file.size
    with st.spinner("Searching the rivals' qualities for these bytes", show_time=True):
        rivals = [rival_at_size(working, codec, limit) for codec in available_rivals()]
    methods = [_ours(chosen, working), *(_rival(file, limit, working) for file in rivals)]
    too_large = [short_label_of(file.codec) for file in rivals if file.size > limit]
    notice = f"{', '.join(too_large)} cannot go so low: the smallest file is shown." if too_large else None
    show_viewer(
        working.pixels,
        methods,
        stage=1,
        notice=notice,
        error_note="The error maps are on the Compare page.",
        image_key=f"rd-{working.key}",
        key="rd-viewer",
        staged=False,
    )


def _ours(chosen: Chosen, working: WorkingPhoto) -> Method:
    style, file = style_of(chosen.model), chosen.file
    frame = Frame(
        file.pixels,
        _scores(working, file),
        _price(file.size, working, f"{file.stages} of {ZOO[chosen.model].num_stages} stages"),
    )
    return Method(chosen.model, label_of(chosen.model), style.light, style.dark, style.glyph, file.pixels, (frame,))


def _rival(file: RivalFile, limit: int, working: WorkingPhoto) -> Method:
    style = style_of(file.codec)
    words = f"quality {file.quality}" + (", its smallest file" if file.size > limit else "")
    frame = Frame(file.pixels, _scores(working, file), _price(file.size, working, words))
    return Method(file.codec, short_label_of(file.codec), style.light, style.dark, style.glyph, file.pixels, (frame,))


def _scores(working: WorkingPhoto, file: StageFile | RivalFile) -> str:
    psnr = scored(working, [file], "psnr_db")[0].score
    ssim = scored(working, [file], "ssim")[0].score
    return f"{format_db(psnr)} · SSIM {format_score(ssim)}"


def _price(size: int, working: WorkingPhoto, words: str) -> str:
    return (
        f"{format_bytes(size)} · {format_bpp(8 * size / (working.pixels.shape[0] * working.pixels.shape[1]))} · {words}"
    )
