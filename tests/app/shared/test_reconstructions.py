"""What photos give through models is computed once, and again when the weights change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from paths import CHECKPOINTS
from tiny_models import tiny_model

from rfsq.app.shared import reconstructions
from rfsq.app.shared.loaded_models import checkpoint_of, codec_of
from rfsq.app.shared.reconstructions import (
    coded_photo,
    decode,
    file_sizes,
    known_pictures,
    picture_of,
    pictures_of,
)
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.codec import compress
from rfsq.model.checkpoint import save_checkpoint
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_pixels


def test_only_what_is_asked_for_is_decoded_and_once(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    store.cache_clear()
    made: list[int] = []
    together = reconstructions.decode_stages
    monkeypatch.setattr(
        reconstructions,
        "decode_stages",
        lambda model, coded, progress: (made.append(len(coded)), together(model, coded, progress))[1],
    )
    working = WorkingPhoto("a test", fit_within(load_example("cat"), 64))
    name = "rfsq-4x1024-layernorm"
    picture = picture_of(working, name, 2)
    assert list(known_pictures(working, name).frames) == [2] and known_pictures(working, name).start is None
    pictures = pictures_of(working, name)
    assert made == [1, 3] and pictures.frames[2] is picture and list(pictures.frames) == [1, 2, 3, 4]
    model = checkpoint_of(name, working.device).model
    for k, frame in pictures.frames.items():
        np.testing.assert_array_equal(frame.pixels, to_pixels(model.reconstruct(working.image, k)))
    assert coded_photo(working, "continuous-5").residual_rms == ()


def test_sizes_are_those_of_the_files(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    working = WorkingPhoto("sizes", fit_within(load_example("cat"), 64))
    sizes = file_sizes(working, "rfsq-4x1024-layernorm")
    codec = codec_of("rfsq-4x1024-layernorm", working.device)
    assert sizes == tuple(len(compress(codec, working.pixels, k).data) for k in (1, 2, 3, 4))
    assert file_sizes(working, "continuous-5") == (), "it has no indices to write"


def test_stacks_around_one_network_are_decoded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    working = WorkingPhoto("together", fit_within(load_example("cat"), 64))
    names = [f"continuous-5.fsq-2-s2-{conditioning}" for conditioning in ("none", "layernorm", "geometric")]
    decode(working, [(name, k) for name in names for k in (1, 2)])
    for name in names:
        model = checkpoint_of(name, working.device).model
        for k, frame in known_pictures(working, name).frames.items():
            np.testing.assert_array_equal(frame.pixels, to_pixels(model.reconstruct(working.image, k)))


def test_other_weights_under_the_same_name_are_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    pictures = []
    for factor in (1, 2):
        model = tiny_model("fsq-8x8x8x8")
        with torch.no_grad():
            next(model.decoder.parameters()).mul_(factor)
        save_checkpoint(model, tmp_path / "fsq-8x8x8x8.safetensors", training={})
        working = WorkingPhoto("another test", fit_within(load_example("cat"), 64))  # of another run
        pictures.append(pictures_of(working, "fsq-8x8x8x8"))
    assert (pictures[0].frames[1].pixels != pictures[1].frames[1].pixels).any()
