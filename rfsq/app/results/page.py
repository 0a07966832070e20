"""The Results page: who wins at equal bits, and by how much, on photos that no model has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.compare.page import hand_over
from rfsq.app.look import apply_look, current_theme
from rfsq.evidence.evaluation import ModelScores
from rfsq.evidence.findings import Finding, best_at, findings
from rfsq.evidence.paper_tables import paper_table, readings_table
from rfsq.evidence.results import Results, ResultsError, load_results
from rfsq.figures import results as figures
from rfsq.figures.results import METRICS, Metric, RateCurve, ScoreRow
from rfsq.model.zoo import STAGE_DROPOUT, ZOO
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import format_bits, format_bytes, format_signed

TITLE = "Who wins at equal bits, and by how much?"
TRY = "Look at one band at a time: only models in the same band cost the same. Click a dot to see that model on the photo."
FAMILIES = {
    "4x1024": (
        "rfsq-4x1024-none",
        "rfsq-4x1024-scale",
        "rfsq-4x1024-layernorm",
        "rfsq-4x1024-layernorm-global",
        "rfsq-4x1024-geometric",
    ),
    "2x2048": ("rfsq-2x2048-none", "rfsq-2x2048-scale", "rfsq-2x2048-layernorm", "rfsq-2x2048-layernorm-global"),
    "rivals": ("rvq-4x1024", "rfsq-4x1024-grouped", "rfsq-8x1024-layernorm-progressive"),
}
FAMILY_NAMES = {
    "4x1024": "4 stages × 1024 codes",
    "2x2048": "2 stages × 2048 codes",
    "rivals": "RVQ, grouped, progressive",
}
MEASURES = {
    "signal_to_step": "signal ÷ step",
    "residual_rms": "residual RMS",
    "entropy_bits": "entropy",
    "perplexity": "perplexity",
    "usage": "used share",
}
_MEASURE_WORDS = {
    "signal_to_step": "What a stage rounds (its RMS) against the distance between its levels. Decay shows as a falling line: "
    "well below 1/2 a stage can say little more than a sign.",
    "residual_rms": "RMS left after each stage, relative to the latent. Each model has its own latent scale.",
    "entropy_bits": "Zeroth-order entropy of a stage's indices over the test photos: the bits it says, not the bits it may use.",
    "perplexity": "Effective number of codes, 2 to the entropy.",
    "usage": "Share of the codebook that occurs at least once on the test photos.",
}
GROUPED = (
    "Five channels were the ceiling, so this model has ten, in two groups. A token of 1024 codes has room for five "
    "channels of 4 levels: stages 1 and 2 code one group each coarsely, stages 3 and 4 refine them, each step 4 times "
    "finer, as the next digit of a number does (geometric conditioning, nothing learned, nothing sent along). Together "
    "that is 16 levels in ten channels at 40 bits. A quarter of the training photos keep only some first stages, so that "
    "a file may be cut. What it costs: with 2 of 4 stages a five-channel model is ahead, because half of the bits then went "
    "into opening the second group."
)
_CHART = {"displayModeBar": False}


def results_page() -> None:
    """Draw the page from `checkpoints/results.json`."""
    apply_look(current_theme())
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY)
    try:
        results = load_results()
    except ResultsError as error:
        st.error(str(error))
        return
    if results is None or not results.models:
        st.info(
            "There are no results in this copy yet. Measure them on a folder of pictures:  \n"
            "`python -m rfsq results --images DIR`"
        )
        return
    theme = current_theme()
    st.caption(
        f"{results.images} photos of `{results.folder}` that no model was trained on; made by `{results.command}`. "
        "One training run each. Whiskers: 95 % bootstrap intervals over the photos; all models saw the same ones, so "
        "overlapping whiskers are no draw: [compare two models photo by photo](#pair)."
    )
    metric = _metric_control(results)
    _bits_charts(results, metric, theme)
    _stages(results, theme)
    _paper(results, theme)
    _pairs(results, metric, theme)
    _findings(results, theme)


def _metric_control(results: Results) -> Metric:
    measured = [key for key in METRICS if any(key in model.per_image for model in results.models.values())]
    with st.container(key="metric", horizontal=True, vertical_alignment="bottom"):
        key = st.segmented_control(
            "Metric",
            measured,
            format_func=lambda key: METRICS[key].short,
            key="results-metric",
            default=measured[0],
            required=True,
        )
        reasons = {
            METRICS[name].short: reason
            for model in results.models.values()
            for name, reason in model.full.not_measured.items()
            if name in METRICS and name not in measured
        }
        if reasons:
            st.caption("  \n".join(f"{name}: {reason}" for name, reason in reasons.items()))
    return METRICS[key]


# ---- quality against bits ----


def _bits_charts(results: Results, metric: Metric, theme: Theme) -> None:
    bands, curves = st.columns(2, gap="medium")
    with bands:
        chosen = _clickable(
            figures.equal_bits(score_rows(results, metric), metric, theme=theme),
            "bands",
            "Scores in bands of equal bits, one dot per model with its interval",
        )
    with curves:
        chosen = (
            _clickable(
                figures.quality_against_bits(
                    rate_curves(results, metric), ceilings(results, metric), metric, theme=theme
                ),
                "curves",
                "Score against bits per token",
            )
            or chosen
        )
        side = max(model.full.side_bytes_per_image for model in results.models.values())
        st.caption(
            "Lines join the stage counts of one model. Open marks: fewer stages than the decoder was trained for. "
            f"Bits are nominal; layernorm adds its side information (up to {format_bytes(side)} per photo). "
            "Dashed: the same network without rounding."
        )
    if chosen is not None:
        _open_in_compare(chosen)


def score_rows(results: Results, metric: Metric) -> list[ScoreRow]:
    """All quantized models that were measured by this metric, with the ceiling of their width."""
    limits = ceilings(results, metric)
    rows = []
    for name, model in results.models.items():
        value, bits = getattr(model.full, metric.key), model.full.bits_per_token
        if value is not None and bits is not None:
            low, high = model.full.intervals.get(metric.key, (value, value))
            rows.append(ScoreRow(name, bits, value, low, high, limits.get(ZOO[name].dim), _details(model.full, metric)))
    return rows


def rate_curves(results: Results, metric: Metric) -> list[RateCurve]:
    """The scores of all quantized models at every stage count."""
    curves = []
    for name, model in results.models.items():
        points = [
            (scores.bits_per_token, getattr(scores, metric.key), _details(scores, metric)) for scores in model.scores
        ]
        known = [(bits, value, details) for bits, value, details in points if bits is not None and value is not None]
        if known:
            bits, values, details = zip(*known, strict=True)
            curves.append(RateCurve(name, bits, values, name in STAGE_DROPOUT, details))
    return curves


def _details(scores: ModelScores, metric: Metric) -> tuple[str, ...]:
    """The other metrics and the rates, for a hover box."""
    lines = [
        f"{other.name}: {other.write(value)}"
        for key, other in METRICS.items()
        if key != metric.key and (value := getattr(scores, key)) is not None
    ]
    if scores.bpp_nominal is not None and scores.bpp_entropy is not None:
        lines.append(f"{scores.bpp_nominal:.3f} bpp nominal, {scores.bpp_entropy:.3f} by entropy")
    if scores.side_bytes_per_image:
        lines.append(f"{format_bytes(scores.side_bytes_per_image)} side information per photo, included")
    return tuple(lines)


def ceilings(results: Results, metric: Metric) -> dict[int, float]:
    """Score of the unquantized network by latent width."""
    found = {
        ZOO[name].dim: getattr(model.full, metric.key)
        for name, model in results.models.items()
        if not ZOO[name].quantized
    }
    return {width: value for width, value in found.items() if value is not None}


def _clickable(figure: go.Figure, key: str, alt: str) -> tuple[str, int] | None:
    """Draw a chart; the model and stage count (0: all) of the point that the viewer clicked."""
    state = st.plotly_chart(
        figure, theme=None, key=f"results-{key}", on_select="rerun", selection_mode="points", config=_CHART, alt=alt
    )
    points = state["selection"]["points"] if state else []
    data = points[0].get("customdata") if points else None
    return (str(data[0]), int(data[1])) if data and data[0] in ZOO else None


def _open_in_compare(chosen: tuple[str, int]) -> None:
    name, stages = chosen
    count = stages or ZOO[name].num_stages
    with st.container(key="open", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{label_of(name)}**, {count} stage{'' if count == 1 else 's'}")
        _compare_button((name,), f"results-open-{name}-{count}", count)


def _compare_button(models: Sequence[str], key: str, stages: int | None = None) -> None:
    if st.button("Open in Compare", key=key):
        hand_over(models, stages)
        st.switch_page(st.session_state["compare-page"])


# ---- where the bits go ----


def _stages(results: Results, theme: Theme) -> None:
    st.header("Where does each strategy spend its bits?", anchor="stages")
    with st.container(key="stages-controls", horizontal=True):
        family = st.segmented_control(
            "Models",
            [key for key in FAMILIES if _present(results, FAMILIES[key])],
            format_func=FAMILY_NAMES.__getitem__,
            key="results-family",
            default="4x1024",
            required=True,
        )
        measure = st.segmented_control(
            "Measure",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            key="results-measure",
            default="signal_to_step",
            required=True,
        )
    names = _present(results, FAMILIES[family])
    st.plotly_chart(
        stage_figure(results, names, measure, theme),
        theme=None,
        key="results-stages",
        config=_CHART,
        alt=f"{MEASURES[measure]} per stage",
    )
    st.caption(_MEASURE_WORDS[measure])


def stage_figure(results: Results, names: Sequence[str], measure: str, theme: Theme) -> go.Figure:
    """One of MEASURES per stage for these models."""
    values: dict[str, Sequence[float | None]] = {name: getattr(results.full(name), measure) for name in names}
    if measure == "residual_rms":
        relative = {name: [rms / row[0] for rms in row] for name, row in _floats(values).items()}
        return figures.stage_profile(
            relative, "RMS left ÷ latent RMS", title="What is left after each stage", log=True, first=0, theme=theme
        )
    if measure == "signal_to_step":
        known = {name: row for name, row in values.items() if any(value is not None for value in row)}
        if known:
            return figures.stage_profile(
                known,
                "signal ÷ step",
                title="How strong the signal is that each stage rounds",
                guide=0.5,
                guide_name="half a step",
                theme=theme,
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
    return figures.stage_profile(
        values, MEASURES[measure], title=titles[measure], guide=guides[measure], guide_name="all there are", theme=theme
    )


def _floats(values: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
    return {name: [value for value in row if value is not None] for name, row in values.items() if row}


def _present(results: Results, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in results.models]


# ---- the paper ----


def _paper(results: Results, theme: Theme) -> None:
    st.header("The paper's table beside ours", anchor="paper")
    st.html(paper_table(results).html(theme))
    st.caption(
        "Theirs: ImageNet, L1 + LPIPS loss, a pixel scale that the paper does not state. Ours: L1 loss, L1 on [−1, 1]. "
        "Compare rows inside one half, never across. Bits are those of the paper's later versions; its first one "
        "called all nine 12 bits."
    )
    st.subheader("What of the paper's claims holds?", anchor=False)
    st.html(readings_table(results).html(theme, kind="prose"))


# ---- any two models ----


def _pairs(results: Results, metric: Metric, theme: Theme) -> None:
    st.header("Any two models on the same photos", anchor="pair")
    names = [name for name, model in results.models.items() if metric.key in model.per_image]
    with st.container(key="pair", horizontal=True):
        one = st.selectbox(
            "Model", names, index=_index(names, "rfsq-4x1024-layernorm"), format_func=label_of, key="pair-one"
        )
        other = st.selectbox(
            "against", names, index=_index(names, "rfsq-4x1024-none"), format_func=label_of, key="pair-other"
        )
    if one == other:
        st.info("Choose two different models.")
        return
    interval = results.difference(one, other, metric.key)
    name = metric.short
    bits = [results.full(model).bits_per_token for model in (one, other)]
    values = [
        a - b
        for a, b in zip(
            results.models[one].per_image[metric.key], results.models[other].per_image[metric.key], strict=True
        )
    ]
    wins = sum((value > 0) == metric.higher_is_better for value in values if value)
    title = f"{label_of(one)} − {label_of(other)}: {_spelled(interval.mean, metric)} {name} on average"
    st.plotly_chart(
        figures.differences(
            values, title=title, axis=f"{metric.name} of {label_of(one)} − {label_of(other)}", theme=theme
        ),
        theme=None,
        key="results-pair",
        config=_CHART,
        alt="Histogram of paired differences",
    )
    sentence = (
        f"Mean difference {_spelled(interval.mean, metric)} [{_spelled(interval.low, metric)}, "
        f"{_spelled(interval.high, metric)}] {name} over {interval.images} photos ({metric.direction}); "
        f"{label_of(one)} is better on {wins} of them."
    )
    if bits[0] != bits[1]:
        sentence += (
            " Not a fair pair: " + " against ".join("unquantized" if b is None else format_bits(b) for b in bits) + "."
        )
    st.caption(sentence)
    _compare_button((one, other), "pair-open")


def _index(names: Sequence[str], wanted: str) -> int:
    return names.index(wanted) if wanted in names else 0


def _spelled(value: float, metric: Metric) -> str:
    digits = 2 if metric.key == "psnr_db" else 4
    return format_signed(value, digits)


# ---- findings ----


def _findings(results: Results, theme: Theme) -> None:
    st.header("What we found", anchor="findings")
    for finding in findings(results):
        st.subheader(finding.claim, anchor=finding.key)
        picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
        with picture:
            st.plotly_chart(
                PICTURES[finding.key](results, finding, theme),
                theme=None,
                key=f"finding-chart-{finding.key}",
                config=_CHART,
                alt=finding.claim,
            )
        with words:
            st.markdown(finding.sentences)
            _compare_button(finding.models, f"finding-open-{finding.key}")
    _grouped(theme)


def _grouped(theme: Theme) -> None:
    """What the grouped model does, in one paragraph and one figure."""
    st.subheader("How the grouped model spends its four tokens", anchor="grouped")
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        figure = figures.turns(
            ZOO["rfsq-4x1024-grouped"].stage_levels, title="Stages take turns on two groups of channels", theme=theme
        )
        st.plotly_chart(figure, theme=None, key="results-turns", config=_CHART, alt="Levels per stage and channel")
    with words:
        st.markdown(GROUPED)


def _dots(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    rows = [row for row in score_rows(results, METRICS["psnr_db"]) if row.model in finding.models]
    return figures.equal_bits(rows, METRICS["psnr_db"], title="PSNR in bands of equal bits", theme=theme)


def _side(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    names = ["rfsq-2x2048-layernorm", "rfsq-4x1024-layernorm", "rfsq-8x1024-layernorm-progressive"]
    costs = {name: results.full(name).side_bytes_per_image for name in _present(results, names)}
    return figures.side_information(
        costs, (32, 64, 128, 256, 512, 1024), title="Price of the statistics sent per image", theme=theme
    )


def _widths(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    names = ["vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-scale", best_at(results, 40, single=True), "rfsq-4x1024-grouped"]
    marks = {
        name: (ZOO[name].dim, results.full(name).psnr_db or 0.0) for name in dict.fromkeys(_present(results, names))
    }
    return figures.width_ceiling(
        ceilings(results, METRICS["psnr_db"]),
        marks,
        METRICS["psnr_db"],
        title="PSNR against the number of latent channels",
        theme=theme,
    )


def _wrong(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    bits = {name: results.full(name).bits_per_token or 0.0 for name in results.float_index_errors["float32"]}
    return figures.wrong_indices(
        results.float_index_errors, bits, title="Indices that floating point gets wrong", theme=theme
    )


def _signal(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    return stage_figure(results, _present(results, FAMILIES["4x1024"]), "signal_to_step", theme)


def _steps(results: Results, finding: Finding, theme: Theme) -> go.Figure:
    curves = [curve for curve in rate_curves(results, METRICS["psnr_db"]) if curve.model in finding.models]
    return figures.quality_against_bits(curves, {}, METRICS["psnr_db"], theme=theme)


PICTURES: dict[str, Callable[[Results, Finding, Theme], go.Figure]] = {
    "bits": _dots,
    "side": _side,
    "width": _widths,
    "baselines": _dots,
    "indices": _wrong,
    "strategies": _dots,
    "rvq": _steps,
    "turns": _steps,
    "decay": _signal,
}
