"""A class opens a fresh server at once: ten first visitors on all pages, and none sees an error.

They speak Streamlit's protocol (a protobuf message each way over a WebSocket), without a browser.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import websockets
from apart import apart
from server import serving
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tiny_models import save_tiny_models

PAGES = ("", "how-it-works", "results", "rate-distortion", "lab", "train", "doctor", "live-camera", "", "lab")
NAMES = ("rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm", "continuous-5")  # what the pages open with
PATIENCE_S = 120.0


async def visit(url: str, page: str) -> list[str]:
    """Open a page and wait until it is drawn; returns the errors on it."""
    errors = []
    async with websockets.connect(f"{url}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as connection:  # type: ignore[list-item]
        request = BackMsg()
        request.rerun_script.query_string, request.rerun_script.page_name = "size=128", page
        await connection.send(request.SerializeToString())
        finished = False
        while not finished:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(connection.recv(), PATIENCE_S))  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                errors.append(f"{page or 'compare'}: {message.delta.new_element.exception.type}")
            # A page that asks to be drawn once more goes on: its run ends early, and another one follows.
            finished = kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    return errors


async def visit_all(url: str) -> list[str]:
    found = await asyncio.gather(*(visit(url, page) for page in PAGES))
    return [error for errors in found for error in errors]


@pytest.mark.slow
def test_ten_first_visitors_at_once_see_no_error(tmp_path: Path) -> None:
    log = tmp_path / "output.txt"
    save_tiny_models(tmp_path, NAMES)
    with serving(tmp_path, log) as url:
        errors = apart(asyncio.run, visit_all(url.replace("http", "ws", 1)))
    assert not errors, f"{errors}\n{log.read_text(errors='replace')[-3000:]}"
    assert "Traceback" not in log.read_text(errors="replace")
