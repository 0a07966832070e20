"""Every address of the server that is not Streamlit's own, in one list. The pages are not here, but in `pages.py`."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config
from streamlit.url_util import make_url_path

from rfsq.app.live_camera.line import turn_s
from rfsq.app.shared.picture_files import ADDRESS, picture

SCRIPT: Final = Path(__file__).with_name("entry") / "script.py"  # what Streamlit runs for every viewer


def routes() -> list[BaseRoute]:
    """The routes, each at a `path_of` its name. What they need is imported when somebody asks for it, so that the server
    answers as soon as it can. Raises ValueError for a setting of theirs that cannot be."""
    turn_s()
    return [
        Route(path_of(f"{ADDRESS}/{{name}}"), picture),
        WebSocketRoute(path_of("live-frames"), _live_frames),
    ]


def path_of(name: str) -> str:
    """The address of a route, below the server's base path."""
    return make_url_path(config.get_option("server.baseUrlPath"), name)


async def _live_frames(websocket: WebSocket) -> None:
    stream = await asyncio.to_thread(importlib.import_module, "rfsq.app.live_camera.stream")
    await stream.live_frames(websocket)
