"""Whatever is wrong with the files of a checkpoint is one CheckpointError."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from made_checkpoints import edit, edit_weights, error_of

from rfsq.model import checkpoint as checkpoint_module
from rfsq.model.checkpoint import (
    CheckpointError,
    load_checkpoint,
)
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder


def test_a_truncated_file_is_refused_at_every_length(files: Path) -> None:
    weights, description = files.read_bytes(), files.with_suffix(".json").read_bytes()
    lengths = {*range(12), *range(12, len(weights), len(weights) // 60), len(weights) - 1}
    for length in lengths:
        files.write_bytes(weights[:length])
        assert "truncated or not a safetensors file" in error_of(files)
    files.write_bytes(weights + b"\0")
    error_of(files)
    files.write_bytes(weights)
    for length in range(0, len(description) - 1, 7):  # but for the line end, which is not missed
        files.with_suffix(".json").write_bytes(description[:length])
        assert "not valid JSON" in error_of(files)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)
@given(data=st.data())
def test_flipped_bytes_are_refused(files: Path, data: st.DataObject) -> None:
    original = files.read_bytes()
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        # the header, where a flip changes meaning, as often as the values, where it changes a number
        position = data.draw(st.integers(0, 1500) | st.integers(0, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
    try:
        files.write_bytes(content)
        if content != original:
            error_of(files)
            edit(files, weights_sha256=hashlib.sha256(content).hexdigest())  # and when the hash was forged as well,
            try:
                load_checkpoint(files)  # then the file either is a usable checkpoint
            except CheckpointError:
                pass  # or is refused; any other exception fails this test
    finally:
        files.write_bytes(original)
        edit(files, weights_sha256=hashlib.sha256(original).hexdigest())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
@given(
    fields=st.dictionaries(st.sampled_from(["format", "config", "weights_sha256", "training"]), JSON),
    config=st.dictionaries(st.sampled_from([*ModelConfig.__dataclass_fields__]), JSON, max_size=2),
)
def test_any_description_is_used_or_refused(files: Path, fields: dict[str, Any], config: dict[str, Any]) -> None:
    file = files.with_suffix(".json")
    original = file.read_bytes()
    facts = json.loads(original)
    facts["config"] |= config
    file.write_text(json.dumps(facts | fields))
    try:
        load_checkpoint(files)
    except CheckpointError as error:
        assert str(error)
    finally:
        file.write_bytes(original)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused(files: Path, content: bytes) -> None:
    originals = files.read_bytes(), files.with_suffix(".json").read_bytes()
    try:
        files.write_bytes(content)
        error_of(files)
        files.with_suffix(".json").write_bytes(content)
        error_of(files)
    finally:
        files.write_bytes(originals[0])
        files.with_suffix(".json").write_bytes(originals[1])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[]", "not the description"),
        (b"null", "not the description"),
        (b"3", "not the description"),
        (b"{}", "not the description"),
        (b'{"format": "1"}', "not the description"),
        (b'{"format": true}', "not the description"),
        (b'{"format": 0}', "not the description"),
        (b'{"format": 1}', "must be a JSON object, got NoneType"),
        (b'{"format": 2}', "newer format"),
        (b'{"format": 1, "config": []}', "must be a JSON object, got list"),
        (b'{"format": 1, "config": {}}', "missing ModelConfig field"),
        (b"\xff\xfe", "not valid JSON"),
        (b"", "not valid JSON"),
        (b'{"format": 1,}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"format": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"format": 1' + b"0" * 4000 + b"}", "newer format"),
        (b'{"format": 1, "config": {"' + b"x" * 10_000 + b'": 1}}', "unknown ModelConfig field"),
        (b'{"format": 1, "config": {"\\ud800\\n": 1}}', "unknown ModelConfig field"),
        (b" " * (4 * 2**20 + 1), "larger than 4 MiB"),
    ],
    ids=range(20),
)
def test_a_description_that_is_none_is_refused(files: Path, content: bytes, reason: str) -> None:
    files.with_suffix(".json").write_bytes(content)
    message = error_of(files)
    assert reason in message
    message.encode()  # can be printed


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"momentum": 0.9}, "unknown ModelConfig field(s): momentum"),
        ({"kind": "pq"}, "unknown quantizer kind 'pq'"),
        ({"dim": 10**12}, "dim must be"),
        ({"hidden": [10**9, 10**9]}, "hidden must be"),
        ({"codebook_size": 2**60}, "needs a codebook"),
        ({"num_stages": 10**9}, "num_stages"),
        ({"kind": "lfq", "dim": 400}, "2^62"),
        ({"kind": "fsq", "dim": 300, "levels": [65536] * 300}, "2^62"),
        ({"initial_scale": 10**400}, "initial_scale"),
        ({"levels": [1]}, "levels must be"),
        ({"num_stages": 3}, "lacks"),
        ({"num_stages": 1}, "does not use"),
        ({"conditioning": "none"}, "does not use"),
        ({"conditioning": "layernorm"}, "does not use"),
        ({"dim": 4}, "shape"),
        ({"hidden": [8, 8]}, "shape"),
    ],
    ids=str,
)
def test_a_config_that_the_weights_do_not_fit_is_refused(files: Path, config: dict[str, Any], reason: str) -> None:
    edit(files, config=config)
    assert reason in error_of(files)


def test_absurd_dimensions_are_refused_before_anything_is_allocated(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checkpoint_module.QuantizedAutoencoder

    def build(config: ModelConfig) -> QuantizedAutoencoder:
        assert torch.get_default_device().type == "meta"  # fail here and not by filling the machine's memory
        model = real(config)
        assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
        return model

    monkeypatch.setattr(checkpoint_module, "QuantizedAutoencoder", build)
    # the largest that a config may ask for: 6 GiB a stage, were it built
    edit(files, config={"codebook_size": 2**20, "dim": 512, "num_stages": 32, "hidden": [4096, 4096]})
    assert "lacks" in error_of(files)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(
    "name", ["encoder.0.weight", "quantizer.bases.1.codebook", "quantizer.conditionings.0.log_gain"]
)
def test_values_that_are_not_finite_are_refused(files: Path, name: str, value: float) -> None:
    edit_weights(files, lambda tensors: tensors[name].flatten()[:1].fill_(value))
    assert f"{name} holds values that are not finite" in error_of(files)


def test_extra_missing_and_ill_typed_tensors_are_named(files: Path) -> None:
    good = files.read_bytes()
    for change, reason in [
        (
            lambda t: t.update({"decoder.9.weight": torch.zeros(2)}),
            "has 'decoder.9.weight', which this config does not",
        ),
        (lambda t: t.pop("decoder.0.bias"), "lacks decoder.0.bias"),
        (lambda t: t.clear(), "and more"),
        (
            lambda t: t.update({"encoder.0.bias": torch.zeros(9)}),
            "encoder.0.bias has shape (9,), its config needs (8,)",
        ),
        (lambda t: t.update({"encoder.0.bias": torch.zeros(8, dtype=torch.int64)}), "type torch.int64"),
        (lambda t: t.update({"encoder.0.bias": torch.zeros(8, dtype=torch.float8_e4m3fn)}), "type torch.float8"),
        (lambda t: t.update({"encoder.0.bias": torch.zeros(8, dtype=torch.complex64)}), "type torch.complex64"),
        (lambda t: t.update({"quantizer.bases.0.updates": torch.zeros(())}), "needs torch.int64"),
        (lambda t: t.update({"x" * 5000 + "\n": torch.zeros(1)}), "which this config does not use"),
    ]:
        files.write_bytes(good)
        edit_weights(files, change)  # type: ignore[arg-type]
        assert reason in error_of(files)
