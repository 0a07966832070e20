"""Messages that cross a change of page. Streamlit draws a part of a page (`st.fragment`) when the browser asks for it, in the
order of asking: asked for just after another page was, the part comes after that page and names its own, the browser takes
this for one more change and clears what it shows, and nothing fills it again.
"""

from __future__ import annotations

from typing import Final, TypeVar

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_STREAM: Final = "/_stcore/stream"
_M = TypeVar("_M", BackMsg, ForwardMsg)


class PageChanges:
    """ASGI middleware on Streamlit's WebSocket: lets go of a request for a part of a page that was left, and no run of a part
    changes the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        if scope["type"] != "websocket" or not scope["path"].endswith(_STREAM):
            await self._app(scope, receive, send)
            return
        pages = _Pages()

        async def received() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or not pages.left(message.get("bytes") or b""):
                    return message

        async def sent(message: Message) -> None:
            if message["type"] == "websocket.send" and (raw := message.get("bytes")):
                message = {**message, "bytes": pages.told(raw)}
            await send(message)

        await self._app(scope, received, sent)


class _Pages:
    """The pages of one browser, by their hashes; empty where none is known."""

    def __init__(self) -> None:
        self._asked = ""  # for, and not begun so far
        self._shown = ""  # in the browser, as soon as it reads what was sent

    def left(self, raw: bytes) -> bool:
        """Whether the browser's message asks for a part of another page than the one that it has asked for since."""
        asking = _read(BackMsg(), raw)
        if asking is None or asking.WhichOneof("type") != "rerun_script":
            return False
        run = asking.rerun_script
        if run.fragment_id:
            return bool(self._asked) and run.page_script_hash != self._asked
        self._asked = run.page_script_hash
        return False

    def told(self, raw: bytes) -> bytes:
        """The server's message for the browser: of a part's run, it names the page that the browser shows."""
        message = _read(ForwardMsg(), raw)
        kind = message and message.WhichOneof("type")
        if message is None or kind not in ("new_session", "navigation"):
            return raw
        if kind == "navigation":
            self._shown = message.navigation.page_script_hash
        elif not message.metadata.run.fragment_ids:
            self._asked, self._shown = "", message.new_session.page_script_hash
        elif self._shown and message.new_session.page_script_hash != self._shown:
            message.new_session.page_script_hash = self._shown
            return message.SerializeToString()
        return raw


def _read(message: _M, raw: bytes) -> _M | None:
    try:
        message.ParseFromString(raw)
    except DecodeError:  # Streamlit says so
        return None
    return message
