"""Any two models on the same photos: their differences, photo by photo."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.compare_button import compare_button
from rfsq.app.results.session import FIRST, SECOND
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.results import Results
from rfsq.figures.differences import differences
from rfsq.figures.metric import Metric
from rfsq.metrics.intervals import Interval
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import NARROW_SPACE, format_bits, format_signed


def show_pair(results: Results, metric: Metric, theme: Theme) -> None:
    """Draw the controls, the histogram of differences, and what they say."""
    st.header("Any two models on the same photos", anchor="pair")
    first, second = _choose(results, metric)
    if first == second:
        st.info("Choose two different models.")
        return
    draw_chart(
        pair_figure(results, first, second, metric, theme),
        key="results-pair",
        alt="Histogram of paired differences",
    )
    st.caption(pair_words(results, first, second, metric))
    compare_button((first, second), "pair-open")


def pair_figure(results: Results, first: str, second: str, metric: Metric, theme: Theme) -> go.Figure:
    """The histogram of first − second over the photos."""
    mean = _spelled(results.difference(first, second, metric.key).mean, metric)
    return differences(
        _differences(results, first, second, metric),
        title=f"{label_of(first)} − {label_of(second)}: {mean}{_unit(metric)}{metric.short} on average",
        axis=f"{metric.name} of {label_of(first)}<br>− {label_of(second)}",
        theme=theme,
    )


def pair_words(results: Results, first: str, second: str, metric: Metric) -> str:
    """The mean difference with its interval, what it is of, and whether the pair is a fair one."""
    interval = results.difference(first, second, metric.key)
    mean, low, high = (_spelled(value, metric) for value in (interval.mean, interval.low, interval.high))
    wins = sum(
        (value > 0) == metric.higher_is_better for value in _differences(results, first, second, metric) if value
    )
    return (
        f"Mean difference {mean} [{low}, {high}]{_unit(metric)}{metric.short} over {interval.images} photos ({metric.direction}); "
        f"{label_of(first)} is better on {wins} of them.{_runs(interval, metric)}{_unfair(results, first, second)}"
    )


def _differences(results: Results, first: str, second: str, metric: Metric) -> list[float]:
    """Photo by photo; of means over the training runs where both models have several."""
    mine, theirs = (np.mean(side, axis=0) for side in results.sides(first, second, metric.key))
    found: list[float] = (mine - theirs).tolist()
    return found


def _choose(results: Results, metric: Metric) -> tuple[str, str]:
    names = [name for name, model in results.models.items() if metric.key in model.per_image]
    for place, key in enumerate((FIRST, SECOND)):
        if st.session_state[key] not in names:  # not measured by this metric
            st.session_state[key] = names[min(place, len(names) - 1)]
    with st.container(key="pair", horizontal=True):
        first = st.selectbox(
            "Model",
            names,
            format_func=label_of,
            key=FIRST,
            persist_state="session",
        )
        second = st.selectbox(
            "against",
            names,
            format_func=label_of,
            key=SECOND,
            persist_state="session",
        )
    return first, second


def _runs(interval: Interval, metric: Metric) -> str:
    """How many training runs the difference is of, and what part of its interval they make."""
    if interval.runs == 1:
        return " One training run each: another might move it by more than its interval."
    photos, runs = (f"±{_digits(value, metric)}" for value in (interval.of_images, interval.of_runs))
    return (
        f" {interval.runs} training runs each; the interval is {photos} by the choice of photos and {runs} by the choice of "
        "seeds, together."
    )


def _unfair(results: Results, first: str, second: str) -> str:
    """The sentence about unequal bits; empty where both spend the same."""
    bits, strides = zip(
        *((results.full(name).bits_per_token, ZOO[name].stride) for name in (first, second)), strict=True
    )
    if bits[0] == bits[1] and strides[0] == strides[1]:
        return ""
    blocks = ["" if strides[0] == strides[1] else f" for {stride}×{stride} pixels" for stride in strides]
    prices = ["unquantized" if b is None else format_bits(b) + block for b, block in zip(bits, blocks, strict=True)]
    return f" Not a fair pair: {' against '.join(prices)}."


def _spelled(value: float, metric: Metric) -> str:
    return format_signed(value, _decimals(metric))


def _digits(value: float, metric: Metric) -> str:
    return f"{value:.{_decimals(metric)}f}"


def _decimals(metric: Metric) -> int:
    return 2 if metric.key == "psnr_db" else 4


def _unit(metric: Metric) -> str:
    return f"{NARROW_SPACE}dB " if metric.key == "psnr_db" else " "
