"""A checkpoint as a zip: it comes back as it was, and nothing hostile comes in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, strategies as st

from rfsq.model import archive
from rfsq.model.archive import checkpoint_bytes, open_checkpoint
from rfsq.model.checkpoint import CheckpointError
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder


def made(tiny: Callable[..., ModelConfig]) -> bytes:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = QuantizedAutoencoder(tiny(name="my-tiny-run-1", num_stages=2, conditioning="scale")).eval()
    return checkpoint_bytes(model, {"steps": 3})


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def members_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def test_a_model_comes_back_and_the_zip_holds_two_files(tiny: Callable[..., ModelConfig]) -> None:
    content = made(tiny)
    assert content == made(tiny), "the same model gives the same bytes"
    assert list(members_of(content)) == ["my-tiny-run-1.safetensors", "my-tiny-run-1.json"]
    checkpoint = open_checkpoint(content)
    assert checkpoint.info.config.name == "my-tiny-run-1" and checkpoint.info.training == {"steps": 3}
    assert not checkpoint.model.training


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files | {"extra.txt": b""},
        lambda files: {f"../{name}": content for name, content in files.items()},
        lambda files: {f"a/{name}": content for name, content in files.items()},
        lambda files: {name: content for name, content in files.items() if name.endswith("json")},
        lambda files: {"a.json": files["my-tiny-run-1.json"], "b.safetensors": files["my-tiny-run-1.safetensors"]},
        lambda files: {"a.json": files["my-tiny-run-1.json"], "b.json": files["my-tiny-run-1.json"]},
    ],
)
def test_other_members_are_refused(change: Callable[..., dict[str, bytes]], tiny: Callable[..., ModelConfig]) -> None:
    with pytest.raises(CheckpointError, match="and nothing else"):
        open_checkpoint(zipped(change(members_of(made(tiny)))))


def test_a_bomb_is_refused_before_it_is_unpacked(
    tiny: Callable[..., ModelConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = members_of(made(tiny)) | {"my-tiny-run-1.safetensors": bytes(archive.ARCHIVE_LIMIT + 1)}
    bomb = zipped(files)
    assert len(bomb) < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(CheckpointError, match="larger than 16 MiB"):
        open_checkpoint(bomb)


def test_a_size_that_lies_does_not_unpack_more(tiny: Callable[..., ModelConfig]) -> None:
    files = members_of(made(tiny))
    honest = zipped({"a.safetensors": bytes(30 * 2**20), "a.json": files["my-tiny-run-1.json"]})
    lying = honest.replace((30 * 2**20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(CheckpointError):
        open_checkpoint(lying)


def test_changed_weights_or_config_are_refused(tiny: Callable[..., ModelConfig]) -> None:
    files = members_of(made(tiny))
    weights, facts = files["my-tiny-run-1.safetensors"], json.loads(files["my-tiny-run-1.json"])
    with pytest.raises(CheckpointError, match="hash differs"):
        open_checkpoint(zipped({"a.safetensors": weights[:-1] + b"\0", "a.json": json.dumps(facts).encode()}))
    facts["config"]["hidden"] = [4096, 4096]
    with pytest.raises(CheckpointError, match="shape"):
        open_checkpoint(zipped({"a.safetensors": weights, "a.json": json.dumps(facts).encode()}))


@given(data=st.data())
def test_damage_gives_a_sentence_or_the_model(data: st.DataObject, tiny: Callable[..., ModelConfig]) -> None:
    content = bytearray(made(tiny))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    try:
        open_checkpoint(bytes(content))
    except CheckpointError as error:
        assert len(str(error)) < 300
