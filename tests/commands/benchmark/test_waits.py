"""`rfsq benchmark --all`: every figure by one command, on a machine that has neither Streamlit nor a browser."""

import io
import json
import math
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from paths import CHECKPOINTS
from PIL import Image

from rfsq.commands.benchmark import peers, waits
from rfsq.commands.cli import main
from rfsq.evidence.live_frames import LiveModel
from rfsq.model.library import load_model
from rfsq.photos.gallery import EXAMPLES
from rfsq.photos.write import encode_png

CPU = torch.device("cpu")
ROWS = [
    "rfsq-4x1024-layernorm: encode and quantize",
    "rfsq-4x1024-layernorm: decode once",
    "conditioning change: one method, all stages, scores",
    "photo change: one method, all stages, scores",
    "toggle: one conditioning of 3, 32²",
    "photo change: 3 methods, 32²",
    "live frames: one method, 32²",
    "live frames: 2 methods, 32²",
    "photo of 96×64: from pixels to pixels",
]


@pytest.fixture
def network(checkpoints: Path) -> None:
    """The one network that is shared, as it ships, in a folder whose other models have random weights."""
    for file in CHECKPOINTS.glob(f"{waits.NETWORK}.*"):
        shutil.copy(file, checkpoints)


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_one_command_fills_every_row_with_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rfsq.commands.benchmark.models.LARGE_PHOTO", (64, 96))
    monkeypatch.setattr(peers, "compare_fsq", partial(peers.compare_fsq, batch=2, side=8))
    small = partial(peers.compare_training, batch_size=2, side=16, min_seconds=0)
    monkeypatch.setattr(peers, "compare_training", small)
    file = tmp_path / "times.json"
    options = ["--models", "rfsq-4x1024-layernorm", "--size", "32", "--repeats", "5", "--device", "cpu"]
    assert main(["benchmark", "--all", *options, "--json", str(file)]) == 0
    record = json.loads(file.read_text())
    assert [row["name"] for row in record["timings"]] == ROWS
    for row in record["timings"]:
        assert 0 < row["fastest_ms"] <= row["median_ms"] <= row["slowest_ms"] < math.inf and row["repeats"] >= 3
    for live in record["timings"][6:8]:
        assert live["repeats"] == waits.FRAMES and live["median_ms"] <= live["p95_ms"] <= live["slowest_ms"]
    assert record["timings"][8]["peak_mb"] > 10
    assert {(row["name"].split()[0], row["mode"]) for row in record["comparisons"]} >= {
        ("FSQ", "inference"),
        ("FSQ", "training"),
        ("residual", "inference"),
        ("residual", "training"),
    }
    assert all(row["ours_ms"] > 0 and row["peer_ms"] > 0 for row in record["comparisons"])
    assert record["throughputs"][0]["ours_images_per_s"] > 0
    assert record["machine"]["device"].startswith("CPU")
    printed = capsys.readouterr().out
    assert "toggle" in printed and "images/s" in printed and "residual FSQ" in printed


@pytest.mark.usefixtures("network")
def test_a_toggle_and_a_new_photo_end_in_the_pictures_of_all_methods() -> None:
    models = {name: load_model(name) for name in waits.METHODS}
    photos = [waits.square_photo(example.name, 32) for example in EXAMPLES[:2]]
    with torch.inference_mode():
        toggled = waits.toggle(models, photos[0], CPU)()
        change = waits.photo_change(models, photos, CPU)
        first, second = change(), change()
        live = [LiveModel(models[name], load_model(waits.NETWORK)) for name in waits.METHODS[1:]]
        frame, _ = waits.live_frame(live, encode_png(photos[0]), CPU)
    pictures = [np.asarray(Image.open(io.BytesIO(data))) for data in toggled]
    assert toggled == first and first != second and len(set(toggled)) == 3
    assert all(picture.shape == (32, 32, 3) for picture in pictures)
    shown = np.asarray(Image.open(io.BytesIO(frame)).convert("RGB")).astype(int)
    assert np.abs(shown - pictures[1]).mean() < 8  # a JPEG of the same picture


def test_benchmark_needs_no_streamlit_and_no_plotly() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['streamlit', 'plotly', 'pandas', 'torchvision', 'playwright']));"
        "from rfsq.commands.cli import main; from rfsq.commands.benchmark import peers, waits; main(['benchmark', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert "--all" in done.stdout, done.stderr[-500:]


@pytest.mark.slow
def test_benchmark_times_the_codec(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfsq.commands.benchmark.models.LARGE_PHOTO", (64, 96))
    tables = CHECKPOINTS
    name = "fsq-8x8x8x8"
    for suffix in (".json", ".safetensors", ".tables.safetensors"):
        shutil.copy(tables / f"{name}{suffix}", checkpoints)
    assert (
        main(
            [
                "benchmark",
                "--models",
                name,
                "--size",
                "32",
                "--repeats",
                "5",
                "--codec",
                "--device",
                "cpu",
                "--json",
                str(tmp_path / "times.json"),
            ]
        )
        == 0
    )
    names = [timing["name"] for timing in json.loads((tmp_path / "times.json").read_text())["timings"]]
    for step in ("768×512, compress", "768×512, decompress", "96×64, compress", "static: encode", "context: decode"):
        assert any(step in timing for timing in names), step
