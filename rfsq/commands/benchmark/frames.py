"""Frames of every size through the live camera's socket of a running app, without a browser, and the server's memory."""

from __future__ import annotations

import io
import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image
from tqdm import tqdm
from websockets.sync.client import ClientConnection, connect

from rfsq.app.live_camera.frames import MOST_SIDE
from rfsq.app.live_camera.offered import offer
from rfsq.app.shared.browser.envelope import pack, unpack
from rfsq.commands.benchmark.app import PATIENCE_S, running_app
from rfsq.commands.benchmark.memory import resident_mb
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.style.wording import format_number, format_signed

LEAST: Final = 16  # pixels a side
SMALL: Final = 96  # a side at most, of most frames: a size costs memory however small it is, and small ones are quick
LARGE_SHARE: Final = 0.01  # of the frames, up to the largest that is taken
FILES: Final = 2000  # different frames, each of its own height and width; they come again in random order
ROUNDS: Final = 50  # between which the memory is looked at
PAUSE_S: Final = 0.25  # before a frame is sent again, of a model that is being loaded
LEVELS: Final = 4  # of the stacks around one network


@dataclass(frozen=True)
class FrameCourse:
    """Resident memory of the server, by how many frames it has answered."""

    frames: tuple[int, ...]  # ascending
    mb: tuple[float, ...]  # 1 MB = 10⁶ bytes
    sizes: int  # different ones, height by width
    seconds: float

    @property
    def counted(self) -> tuple[list[float], list[float]]:
        """Thousands of frames and MB of the looks of the second half."""
        looks = [(at / 1000, mb) for at, mb in zip(self.frames, self.mb, strict=True) if 2 * at >= self.frames[-1]]
        return [at for at, _ in looks], [mb for _, mb in looks]

    @property
    def slope(self) -> float:
        """MB per 1000 frames: least squares over the looks of the second half; NaN for less than two."""
        thousands, mb = self.counted
        return statistics.linear_regression(thousands, mb).slope if len(mb) > 1 else math.nan

    @property
    def sentence(self) -> str:
        """What was measured, with its method."""
        _, mb = self.counted
        return (
            f"{self.frames[-1]:,} frames of {self.sizes:,} sizes in {self.seconds / 60:.1f} minutes: {self.mb[0]:.0f} MB before "
            f"them, {self.mb[-1]:.0f} MB at the end, between {min(mb):.0f} and {max(mb):.0f} MB in the second half. Slope "
            f"{format_signed(self.slope, 3)} MB per 1,000 frames (least squares, {len(mb)} looks of the second half)."
        )

    def rows(self) -> list[list[str]]:
        """Frames and MB of each look."""
        return [[f"{at:,}", format_number(mb, 0)] for at, mb in zip(self.frames, self.mb, strict=True)]

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "frames": list(self.frames),
            "resident_mb": [round(mb, 2) for mb in self.mb],
            "sizes": self.sizes,
            "seconds": round(self.seconds, 1),
            "slope_mb_per_1000_frames": self.slope if math.isfinite(self.slope) else None,
            "method": "least squares over the looks of the second half",
        }


def send_frames(count: int) -> FrameCourse:
    """Start the app and let it answer so many frames of random sizes, through one model or two.

    Raises ValueError where the system does not tell the server's memory, or the server takes a frame for none.
    """
    choose = random.Random(0)
    files, sizes = frame_files(FILES, choose)
    with running_app() as (url, _, process), tqdm(total=count, desc="frames", unit="frame", disable=None) as bar:
        if math.isnan(resident_mb(process.pid)):
            raise ValueError("the server's memory cannot be read: this system has no /proc")
        with connect(url.replace("http", "ws", 1) + "/live-frames", max_size=None, open_timeout=PATIENCE_S) as server:
            while _heard(server)[0] != "OPEN":
                pass
            names = list(offer("network", LEVELS, LEVELS).names.values())
            for name in names:  # each is loaded, and has answered once
                ask(server, [name], files[0])
            began = time.monotonic()
            looks = [(0, resident_mb(process.pid))]
            for number in range(1, count + 1):
                ask(
                    server, choose.sample(names, choose.choice((1, 2))), choose.choice(files), choose.randint(1, LEVELS)
                )
                bar.update()
                if number % max(1, count // ROUNDS) == 0 or number == count:
                    looks.append((number, resident_mb(process.pid)))
        frames, mb = zip(*looks, strict=True)
        return FrameCourse(frames, mb, len(sizes), time.monotonic() - began)


def frame_files(count: int, choose: random.Random) -> tuple[list[bytes], set[tuple[int, int]]]:
    """JPEG files of parts of the gallery's photos, and which sizes (height, width) they have."""
    photos = [Image.fromarray(load_example(example.name)) for example in EXAMPLES]
    files, sizes = [], set()
    for number in range(count):
        most = MOST_SIDE if number < LARGE_SHARE * count else SMALL
        height, width = choose.randint(LEAST, most), choose.randint(LEAST, most)
        photo = choose.choice(photos).resize((width, height))
        photo.save(file := io.BytesIO(), "JPEG", quality=95)
        files.append(file.getvalue())
        sizes.add((height, width))
    return files, sizes


def ask(server: ClientConnection, models: Sequence[str], file: bytes, stages: int = LEVELS) -> None:
    """Send a frame and hear its answer. Raises ValueError with the server's sentence where there is none."""
    while True:
        server.send(pack("FRAM", {"number": 0, "models": list(models), "stages": stages}, file))
        kind, header = _heard(server)
        if kind == "LIVE":
            return
        if kind != "WAIT":
            raise ValueError(f"the server answered no frame: {header.get('sentence', kind)}")
        time.sleep(PAUSE_S)


def _heard(server: ClientConnection) -> tuple[str, dict[str, Any]]:
    message = server.recv(timeout=PATIENCE_S)
    if not isinstance(message, bytes):
        raise ValueError("the server answered with text")
    return unpack(message)[:2]
