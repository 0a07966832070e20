"""What the tests of training on several processes share: photos in a folder, in shards and behind a web server."""

import http.server
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from several_processes import PHOTOS


@pytest.fixture(scope="module")
def photos(photo: Callable[..., np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that tell their number: 3 times it is their blue."""
    folder = tmp_path_factory.mktemp("numbered")
    for number in range(PHOTOS):
        pixels = photo(20 + number % 5, 26 - number % 7, number)
        pixels[..., 2] = 3 * number
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def shards(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos in five shards, of 13 and 12 photos."""
    folder = tmp_path_factory.mktemp("five")
    for number in range(5):
        with tarfile.open(folder / f"train-{number:04}.tar", "w") as tar:
            for file in sorted(photos.iterdir())[number::5]:
                tar.add(file, file.name)
    return folder


@pytest.fixture(scope="module")
def spoilt(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos and seven more that cannot be read."""
    folder = tmp_path_factory.mktemp("spoilt")
    for file in photos.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for number in range(0, PHOTOS, 10):
        (folder / f"{number:02}-broken.png").write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def url(shards: Path) -> Iterator[str]:
    """The shards behind a web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shards))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/train-{{0000..0004}}.tar"
        server.shutdown()
