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
from rfsq.app.shared.own_quantizers import own_quantizer_checkpoint, parse_own_name
from rfsq.codec.codec import Codec, fitted_codec
from rfsq.codec.entropy.tables import Tables, load_tables, tables_path
from rfsq.model.checkpoint import Checkpoint, zoo_checkpoint
from rfsq.model.library import open_model
from rfsq.model.stack import parse_stack_name


def checkpoint_of(name: str, device: torch.device) -> Checkpoint:
    """A model on a device: this session's own, the zoo's, or a stack or an own quantizer fitted to one of its networks.

    Each is loaded or fitted once, and again only when the file of its weights has changed. Raises CheckpointError.
    """
    if (own := own_checkpoint(name)) is not None:
        return on_device(own, device)
    if parse_own_name(name) is not None:
        return own_quantizer_checkpoint(name, device)
    stack = parse_stack_name(name)
    return _checkpoint(name, str(device), _modified_ns(zoo_checkpoint(stack[0] if stack else name)))


def codec_of(name: str, device: torch.device) -> Codec:
    """A model as a codec, with the tables beside its weights, if any; loaded once, as `checkpoint_of` does.

    Raises CheckpointError, CodecError for a continuous model, EntropyError for tables that do not fit.
    """
    checkpoint = checkpoint_of(name, device)
    digest = checkpoint.info.weights_sha256
    if checkpoint.model.config.fitted:
        return _fitted_codec(name, str(device), digest, checkpoint)
    codec = Codec(checkpoint.model, digest, None)
    path = tables_path(zoo_checkpoint(name))
    return replace(codec, tables=_tables(path, codec, digest, _modified_ns(path)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _checkpoint(name: str, device: str, modified_ns: int) -> Checkpoint:
    checkpoint = open_model(name)
    checkpoint.model.to(device)
    return checkpoint


@st.cache_resource(show_spinner=False, max_entries=64)
def _fitted_codec(name: str, device: str, weights_sha256: str, _checkpoint: Checkpoint) -> Codec:
    return fitted_codec(_checkpoint)


@st.cache_resource(show_spinner=False, max_entries=64)
def _tables(path: Path, _codec: Codec, weights_sha256: str, modified_ns: int) -> Tables | None:
    return load_tables(path, _codec.layout, weights_sha256)


def _modified_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0
