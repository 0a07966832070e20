"""A small real app around the viewer, with drawn pictures: what tests/browser/test_viewer_browser.py starts."""

import json

import numpy as np
import streamlit as st

from rfsq.app.viewer import Frame, Method, show_viewer

SIDE, STAGES = 128, 4
NOTICE = "Not a fair pair: FSQ spends 12 bits per token, the others 40. For equal bits choose FSQ-40."
LOOKS = (
    ("none", "RFSQ none", "#8C2D1A", "#F7A072", "✚", 1.6, STAGES),
    ("scale", "RFSQ scale", "#C2689F", "#D9527C", "◆", 1.2, STAGES),
    ("layernorm", "RFSQ layernorm", "#0B4F9C", "#3F86E8", "★", 0.8, STAGES),
    ("fsq", "FSQ <b>8·8·8·8</b>", "#049972", "#7CEBC3", "■", 1.4, 1),
)


def photo(kind: str) -> np.ndarray:
    """A zone plate on a colour ramp, (SIDE, SIDE, 3) uint8; `kind` turns it."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    rings = 0.5 + 0.5 * np.cos(60 * ((x - 0.4) ** 2 + (y - 0.5) ** 2))
    picture = np.stack([0.2 + 0.7 * x, 0.25 + 0.6 * rings, 0.9 - 0.7 * y], axis=-1)
    return np.rint(255 * (picture if kind == "first" else picture[::-1, :, ::-1])).astype(np.uint8)


def rounded(original: np.ndarray, step: float) -> np.ndarray:
    """The picture rounded to multiples of `step`: coarse pictures to compare."""
    return np.clip(np.rint(original / step) * step, 0, 255).astype(np.uint8)


def build(original: np.ndarray, with_errors: bool) -> list[Method]:
    """Four methods whose pictures grow finer with every stage."""
    methods = []
    for name, label, light, dark, marker, strength, stages in LOOKS:
        frames = []
        for k in range(1, stages + 1):
            pixels = rounded(original, 96 * strength / 2 ** (k - 1))
            error = np.abs(pixels.astype(np.float32) - original).mean(axis=-1) / 255
            scores = f"{20 + 3 * k:.1f} dB · SSIM 0.{50 + 9 * k}"
            rate = f"{10 * k} bits/token · {10 * k / 16:g} bpp" + (" + 80 B side information" * (name == "layernorm"))
            frames.append(Frame(pixels, scores, rate, error.astype(np.float32) if with_errors else None))
        methods.append(Method(name, label, light, dark, marker, np.full_like(original, 128), tuple(frames)))
    return methods


def main() -> None:
    """The page: controls that change one argument each, the viewer, and what it returned as text."""
    st.set_page_config(page_title="Viewer harness", layout="wide")
    fresh = st.session_state.setdefault("fresh", 0)
    first, second, third, fourth, fifth = st.columns(5)
    kind = first.radio("Photo", ["first", "second"], horizontal=True, key=f"photo-{fresh}")
    stage = second.radio("Stage from the page", [1, 2, 3, 4], index=2, horizontal=True, key=f"stage-{fresh}")
    errors = third.checkbox("Errors computed", value=True, key=f"errors-{fresh}")
    noticed = fourth.checkbox("Unequal rates", value=True, key=f"notice-{fresh}")
    if fifth.button("Start over"):
        st.session_state["fresh"] += 1
        st.session_state["runs"] = 0
        st.rerun()
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    original = photo(kind)
    state = show_viewer(
        original,
        build(original, errors),
        stage=stage,
        notice=NOTICE if noticed else None,
        image_key=kind,
        key=f"viewer-{fresh}",
    )
    told = {"stage": state.stage, "view": state.view, "focus": state.focus, "photo": kind, "fresh": fresh}
    st.text("state " + json.dumps({**told, "runs": st.session_state["runs"]}))
    st.text_input("Anything", key=f"anything-{fresh}")


if __name__ == "__main__":
    main()
