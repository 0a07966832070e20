"""A checkpoint as one file to download and to open again: a zip of NAME.safetensors and NAME.json.

The parts are those of `rfsq.model.checkpoint`, made and checked there. A zip may come from a stranger: the names and sizes of
its members are checked before anything is decompressed, nothing is written to disk, and no name is used as a path.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from rfsq.model.checkpoint import Checkpoint, CheckpointError, pack_checkpoint, unpack_checkpoint
from rfsq.model.model import QuantizedAutoencoder

ARCHIVE_LIMIT = 16 * 2**20  # bytes of the weights of a model that travels as a zip; live ones have about 0.4 MB
_JSON_LIMIT = 2**20
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,79})\.(safetensors|json)")
_LIMITS = {"safetensors": ARCHIVE_LIMIT, "json": _JSON_LIMIT}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError)


def checkpoint_bytes(model: QuantizedAutoencoder, training: Mapping[str, Any]) -> bytes:
    """The model as a zip, the same bytes for the same model. Raises as `save_checkpoint`."""
    weights, description = pack_checkpoint(model, training=training)
    name = model.config.name
    if not _NAME.fullmatch(f"{name}.json"):
        raise CheckpointError(f"{name!r} cannot be the name of a file.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, content in (("safetensors", weights), ("json", description)):
            archive.writestr(zipfile.ZipInfo(f"{name}.{suffix}"), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def open_checkpoint(content: bytes) -> Checkpoint:
    """The model in a zip, checked like any other checkpoint. Raises CheckpointError with one sentence."""
    if len(content) > ARCHIVE_LIMIT + _JSON_LIMIT:
        raise CheckpointError(f"This file is larger than {ARCHIVE_LIMIT // 2**20} MiB, which no model of this page is.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {kind: archive.read(member) for kind, member in _members(archive).items()}
    except CheckpointError:
        raise
    except _BROKEN as error:
        raise CheckpointError("This file is damaged, or not a zip of a model.") from error
    return unpack_checkpoint(parts["safetensors"], parts["json"], "model.safetensors")


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Kind -> member of the two expected files; reading one gives at most the size that is declared and checked here."""
    found = {}
    stems = set()
    for member in archive.infolist()[:3]:
        match = _NAME.fullmatch(member.filename)
        if match is None or len(archive.infolist()) != 2:
            raise CheckpointError("A model's zip holds NAME.safetensors and NAME.json and nothing else.")
        stem, kind = match.groups()
        if member.file_size > _LIMITS[kind]:
            raise CheckpointError(f"The {kind} file in this zip is larger than {_LIMITS[kind] // 2**20} MiB.")
        if member.compress_type not in _METHODS or member.flag_bits & 1:
            raise CheckpointError("This zip is encrypted or packed in a way that is not read here.")
        stems.add(stem)
        found[kind] = member
    if len(found) != 2 or len(stems) != 1:
        raise CheckpointError("A model's zip holds NAME.safetensors and NAME.json and nothing else.")
    return found
