"""How much visitors may upload. Streamlit bounds each file; here a visitor's files together are bounded, and those of all."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.stats import CacheStat

VIEWER_BYTES: Final = 500_000_000  # of one session, as long as it lasts
ALL_BYTES: Final = 1_000_000_000  # held for all sessions at a time, with what is on its way
_SESSIONS: Final = 10_000  # whose bytes are remembered, the latest
_UPLOAD: Final = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
TOO_MUCH: Final = "You have uploaded as much as one visit may. Reload the page to begin anew."
FULL: Final = "The server holds as many uploads as it can. Try again in a few minutes."


class UploadLimit:
    """ASGI middleware: counts what arrives, and ends an upload that goes beyond a limit with 413 or 503."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._of_session: OrderedDict[str, int] = OrderedDict()
        self._on_the_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        session, arrived, answered = found[1], 0, False
        if (refusal := self._refusal(session, _declared(scope))) is not None:
            await refusal(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal arrived, answered
            message = await receive()
            size = len(message.get("body", b""))
            refusal = self._refusal(session, size)
            if refusal is not None:
                answered = True
                await refusal(scope, receive, send)
                return {"type": "http.disconnect"}
            arrived += size
            self._on_the_way += size
            self._of_session[session] = self._of_session.pop(session, 0) + size
            if len(self._of_session) > _SESSIONS:
                self._of_session.popitem(last=False)
            return message

        async def once(message: Message) -> None:
            if not answered:
                await send(message)

        try:
            await self._app(scope, counted, once)
        finally:
            self._on_the_way -= arrived

    def _refusal(self, session: str, more: int) -> PlainTextResponse | None:
        """The answer to `more` bytes of a session; None where there is room."""
        if self._of_session.get(session, 0) + more > VIEWER_BYTES:
            return PlainTextResponse(TOO_MUCH, 413)
        if held_bytes() + self._on_the_way + more > ALL_BYTES:
            return PlainTextResponse(FULL, 503, {"Retry-After": "60"})
        return None


def held_bytes() -> int:
    """Of all uploads that Streamlit holds now: it lets go of a session's files when the session ends."""
    if not runtime.exists():
        return 0
    statistics = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for stats in statistics.values() for stat in stats if isinstance(stat, CacheStat))


def _declared(scope: Scope) -> int:
    """The length that the request says it has; 0 where it says none, and what arrives is counted anyway."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
