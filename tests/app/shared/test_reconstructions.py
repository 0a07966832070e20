"""What photos give through models is computed once, and again when the weights change."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
import torch
from tiny_models import tiny_model

from rfsq.app.shared.reconstructions import pictures_of, residual_rms_of
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.checkpoint import save_checkpoint
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within


def test_grey_lines_have_the_norms_that_pictures_would_have(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    st.cache_resource.clear()
    pixels = fit_within(load_example("cat"), 64)
    working = WorkingPhoto("a test", pixels)
    quick = residual_rms_of(working, "rfsq-4x1024-layernorm")
    assert quick == pytest.approx(pictures_of(working, "rfsq-4x1024-layernorm").reconstruction.residual_rms)
    assert residual_rms_of(working, "continuous-5") == ()


def test_other_weights_under_the_same_name_are_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    working = WorkingPhoto("another test", fit_within(load_example("cat"), 64))
    pictures = []
    for factor in (1, 2):
        model = tiny_model("fsq-8x8x8x8")
        with torch.no_grad():
            next(model.decoder.parameters()).mul_(factor)
        save_checkpoint(model, tmp_path / "fsq-8x8x8x8.safetensors", training={})
        pictures.append(pictures_of(working, "fsq-8x8x8x8"))
    assert (pictures[0].reconstruction.stages[0].pixels != pictures[1].reconstruction.stages[0].pixels).any()
