"""A class in one process: six viewers with photos of their own at once, and each gets the pictures of their own photo.

They speak Streamlit's protocol, without a browser; what they fetch is compared with what the model makes of their photo.
"""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from apart import apart
from PIL import Image
from server import serving
from tiny_models import save_tiny_models, tiny_model

from rfsq.app.remote_viewer import Viewer, get
from rfsq.evidence.comparison import code_photo, decode_stages
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_tensor
from rfsq.photos.write import encode_png

NAMES = ("rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm", "continuous-5")
SETTINGS = {"size": "128", "preset": "conditioning", "family": "4x1024", "conditioning": "all", "stages": "2"}
GALLERY = ("cat", "astronaut", "coffee", "rocket")
OWN = 2  # viewers who bring a photo


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    log = tmp_path / "output.txt"
    save_tiny_models(tmp_path, NAMES)
    with serving(tmp_path, log, "--server.enableXsrfProtection=false") as url:
        yield url
    text = log.read_text(errors="replace")
    assert "Traceback" not in text, text[-3000:]


def own_photo(number: int) -> np.ndarray:
    """A photo that nobody else has, (96, 128, 3) uint8."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((128, 96), Image.Resampling.BICUBIC))


async def visit(address: str, number: int) -> Viewer:
    """Open, bring a photo or not, choose one conditioning and then all of them again."""
    photo = GALLERY[number % len(GALLERY)]
    viewer = Viewer(address, SETTINGS | {"photo": photo})
    await viewer.open()
    if number < OWN:
        await viewer.upload("own.png", encode_png(own_photo(number)))
    options = [option.content for option in viewer.controls["Conditioning"][0].options]
    await viewer.choose(next(n for n, name in enumerate(options) if "scale" in name))
    await viewer.choose(next(n for n, name in enumerate(options) if "all" in name))
    await viewer.close()
    return viewer


async def visit_all(address: str) -> list[Viewer]:
    return await asyncio.gather(*(visit(address, number) for number in range(6)))


def pictures_of(pixels: np.ndarray) -> list[np.ndarray]:
    """The photo as the viewer should have it, and what each model makes of it after two stages."""
    found = [pixels]
    for name in NAMES[:3]:
        model = tiny_model(name)
        with torch.inference_mode():
            latents = model.standardize(model.encode(to_tensor(pixels)))
        coded = code_photo(name, model, pixels, latents)
        found += decode_stages(model, [(model, coded, 2)])
    return found


@pytest.mark.slow
def test_six_viewers_at_once_get_the_pictures_of_their_own_photos(address: str) -> None:
    viewers = apart(asyncio.run, visit_all(address))
    assert [error for viewer in viewers for error in viewer.errors] == []
    expected_of: list[list[np.ndarray]] = []
    for number, viewer in enumerate(viewers):
        photo = own_photo(number) if number < OWN else fit_within(load_example(GALLERY[number % len(GALLERY)]), 128)
        names = viewer.shown()
        assert [method["name"] for method in viewer.header["methods"]] == list(NAMES[:3])
        scores = [frame["scores"] for method in viewer.header["methods"] for frame in method["frames"]]
        assert sum("SSIM" in text for text in scores) == 3, "a viewer waits until the scores on screen are there"
        expected_of.append(pictures_of(photo))
        for name, expected in zip(names, expected_of[-1], strict=True):
            got = np.asarray(Image.open(io.BytesIO(viewer.files[name])).convert("RGB")).astype(int)
            assert got.shape == expected.shape, f"viewer {number}"
            assert unlike(got, expected) < 0.05, f"viewer {number} got another picture"
    for one, other in itertools.combinations(range(len(viewers)), 2):
        for first, second in zip(expected_of[one], expected_of[other], strict=True):
            assert first.shape != second.shape or unlike(first, second) > 0.5, (
                "or else the test could not tell them apart"
            )
    mine = [set(viewer.files) for viewer in viewers]
    assert not mine[0] & set().union(*(names for number, names in enumerate(mine) if number not in (0, 4)))
    gone = asyncio_get(f"{address}/pictures/{'0' * 32}")
    assert gone == 404, "nothing is listed, and no name can be guessed"


def unlike(picture: np.ndarray, other: np.ndarray) -> float:
    """Share of the numbers that differ: a few do where pictures are decoded together, with sums in another order."""
    return float((picture.astype(int) != other).mean())


def asyncio_get(url: str) -> int:
    return apart(asyncio.run, get(url))[0]
