"""What the tests of the live camera share."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import uvicorn
from live_stream import MODEL, PATIENCE_S, Server, until
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from rfsq.app.live_camera.line import Line
from rfsq.app.live_camera.ready import ReadyModels
from rfsq.app.live_camera.stream import Desk


@pytest.fixture
def server(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    server = Server(Desk(ReadyModels(torch.device("cpu")), Line(2, 1, turn_s=1000), stall_s=1000))
    until(lambda: server.desk.ready.find(MODEL))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server.url = f"ws://127.0.0.1:{listening.getsockname()[1]}/live-frames"
        app = Starlette(routes=[WebSocketRoute("/live-frames", server.endpoint)])
        config = uvicorn.Config(app, ws="websockets-sansio", ws_ping_interval=None, log_level="error")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        until(lambda: running.started)
        yield server
        running.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
