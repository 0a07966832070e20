"""Messages that cross a change of page. Until the next page begins, the page before is in the browser, and what is moved on it,
or tells by itself what was chosen, asks Streamlit for that page: it comes back. Asked for a part of it (`st.fragment`), Streamlit
draws the part after the next page, and the browser clears that page, as the part's run names another.
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
    """ASGI middleware on Streamlit's WebSocket: lets go of what a page says that was left, and no run of a part changes the
    page."""

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
        # Asked for: what a page says that was left names another, until the browser has read that the next one begins.
        self._asked = ""
        # Controls of all pages that had a value then: the browser sends no others with a change of page.
        self._common: set[str] = set()
        self._shown = ""  # in the browser, as soon as it reads what was sent

    def left(self, raw: bytes) -> bool:
        """Whether the browser's message is of another page than the one that it has asked for since."""
        asking = _read(BackMsg(), raw)
        if asking is None or asking.WhichOneof("type") != "rerun_script":
            return False
        run = asking.rerun_script
        controls = {control.id for control in run.widget_states.widgets}
        if self._asked not in ("", run.page_script_hash) and (run.fragment_id or not controls <= self._common):
            return True
        if run.fragment_id:
            self._asked = ""  # it has read of the page that it asked for
        else:
            self._asked, self._common = run.page_script_hash, controls
        return False

    def told(self, raw: bytes) -> bytes:
        """The server's message for the browser: of a part's run, it names the page that the browser shows."""
        message = _read(ForwardMsg(), raw)
        if message is None:
            return raw
        begins = message.HasField("new_session")
        if begins and message.metadata.run.fragment_ids:
            if self._shown not in ("", message.new_session.page_script_hash):
                message.new_session.page_script_hash = self._shown
                return message.SerializeToString()
        elif begins or message.HasField("navigation"):
            self._shown = message.new_session.page_script_hash if begins else message.navigation.page_script_hash
            self._asked = self._asked and self._shown  # the server leads on from some pages to others
        return raw


def _read(message: _M, raw: bytes) -> _M | None:
    try:
        message.ParseFromString(raw)
    except DecodeError:  # Streamlit says so
        return None
    return message
