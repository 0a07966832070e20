"""Models and codecs, loaded once per process and shared by all viewers.

They are never changed. Inference mode belongs to a thread, so every call enters it; there is no lock around inference,
because the models hold no state between calls and nothing random is drawn.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st
import torch

from rfsq.app.shared.own_models import on_device, own_checkpoint
from rfsq.codec.codec import Codec
from rfsq.codec.entropy.tables import Tables, load_tables, tables_path
from rfsq.model.checkpoint import Checkpoint, load_checkpoint, zoo_checkpoint


def checkpoint_of(name: str, device: torch.device) -> Checkpoint:
    """A model on a device: this session's own, or the zoo's, which is loaded once and again only when its file has changed.

    Raises CheckpointError.
    """
    if (own := own_checkpoint(name)) is not None:
        return on_device(own, device)
    return _checkpoint(name, str(device), _modified_ns(zoo_checkpoint(name)))


def codec_of(name: str, device: torch.device) -> Codec:
    """A zoo model as a codec, with the tables beside its weights, if any; loaded once, as `checkpoint_of` does.

    Raises CheckpointError, CodecError for a continuous model, EntropyError for tables that do not fit.
    """
    checkpoint = checkpoint_of(name, device)
    digest = checkpoint.info.weights_sha256
    codec = Codec(checkpoint.model, digest, None)
    path = tables_path(zoo_checkpoint(name))
    return replace(codec, tables=_tables(path, codec, digest, _modified_ns(path)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _checkpoint(name: str, device: str, modified_ns: int) -> Checkpoint:
    checkpoint = load_checkpoint(zoo_checkpoint(name))
    checkpoint.model.to(device)
    return checkpoint


@st.cache_resource(show_spinner=False, max_entries=64)
def _tables(path: Path, _codec: Codec, weights_sha256: str, modified_ns: int) -> Tables | None:
    return load_tables(path, _codec.layout, weights_sha256)


def _modified_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0
