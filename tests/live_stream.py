"""A server of the live camera's frames for tests, and a browser that talks to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from starlette.types import Message
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rfsq.app.live_camera.offered import offer
from rfsq.app.live_camera.stream import Desk, serve
from rfsq.app.shared.browser.envelope import pack, unpack
from rfsq.photos.write import encode_png

PATIENCE_S = 120  # for what comes at once, on a machine that may be busy
NAMES = offer("trained", 2, 4).names
MODEL = NAMES["none"]


@dataclass
class Server:
    """A desk of two places and one that waits, at an address; a stall takes 1000 s there, and a turn 1000 s."""

    desk: Desk
    url: str = ""
    loop: asyncio.AbstractEventLoop | None = None
    read: int = 0  # messages of all browsers that were taken from their sockets

    def open(self, **options: Any) -> ClientConnection:
        return connect(self.url, max_size=None, open_timeout=PATIENCE_S, **options)

    def pass_time(self, seconds: float) -> None:
        """So much later, for the server: what it waits for until then, it does not wait for any more."""
        assert self.loop is not None
        later = self.desk.line.clock() + seconds - time.monotonic()
        self.desk.line.clock = lambda: time.monotonic() + later
        self.loop.time = self.desk.line.clock  # type: ignore[method-assign]
        self.loop.call_soon_threadsafe(lambda: None)  # it looks at its clock again

    async def endpoint(self, websocket: WebSocket) -> None:
        self.loop, receive = asyncio.get_running_loop(), websocket.receive

        async def count() -> Message:
            message = await receive()
            self.read += message["type"] == "websocket.receive"
            return message

        websocket.receive = count  # type: ignore[method-assign]
        await serve(websocket, self.desk)


def until(there: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def frame(pixels: np.ndarray, number: int = 0, model: str = MODEL) -> bytes:
    return pack("FRAM", {"number": number, "models": [model], "stages": 4}, encode_png(pixels))


def hear(connection: ClientConnection) -> tuple[str, dict[str, Any], bytes]:
    message = connection.recv(timeout=PATIENCE_S)
    assert isinstance(message, bytes)
    return unpack(message)


def opened(server: Server) -> ClientConnection:
    connection = server.open()
    kind, header, _ = hear(connection)
    assert kind == "OPEN" and header["budgetMs"] == pytest.approx(1000 / 12)
    return connection


def ended(connection: ClientConnection) -> tuple[str, int]:
    """The last sentence, and the code that the server closed with."""
    kind, header, _ = hear(connection)
    assert kind == "ENDS"
    with pytest.raises(ConnectionClosed) as closed:
        connection.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    return header["sentence"], closed.value.rcvd.code


def grey(value: int, side: int = 32) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)
