"""A viewer of the running app without a browser, for tests and for measuring what a class waits for.

It speaks Streamlit's protocol (a protobuf message each way over a WebSocket) and fetches the pictures as a browser does, each
once. As a browser does, it asks for a part of the page again and again where the page wants it (`st.fragment(run_every=…)`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from rfsq.app.shared.browser.envelope import unpack

PATIENCE_S: Final = 120.0
_PATIENCE_ALL_S: Final = 600.0  # for a change with all its scores, in a full class
_CONTROL: Final = "Conditioning"
_UPLOADER: Final = "Your photo"


@dataclass
class Change:
    """What one viewer waited for."""

    what: str  # "opening", "toggle" or "upload"
    pictures_s: float  # until the pictures on screen were fetched
    all_s: float  # until the page was drawn with all its scores, and asked for nothing more
    received_bytes: int  # messages and pictures


@dataclass
class _Timer:
    """When to ask for a part of the page again."""

    interval_s: float
    due: float  # clock


@dataclass
class Viewer:
    """One viewer of a running app."""

    address: str  # "http://localhost:8501"
    settings: Mapping[str, str]  # of the link
    header: dict[str, Any] = field(default_factory=dict)  # of the picture viewer's last message
    files: dict[str, bytes] = field(default_factory=dict)  # pictures by name, as they were fetched
    errors: list[str] = field(default_factory=list)
    controls: dict[str, tuple[Any, str]] = field(default_factory=dict)  # label -> button group, fragment
    uploaders: dict[str, str] = field(default_factory=dict)  # label -> id
    session: str = ""
    timers: dict[str, _Timer] = field(default_factory=dict)  # of parts that want to be asked for now and then
    _socket: Any = None
    _received: int = 0

    async def open(self) -> Change:
        """Open Compare."""
        url = f"{self.address.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket = await websockets.connect(url, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        return await self._change("opening", self._request())

    async def choose(self, number: int, label: str = _CONTROL) -> Change:
        """Choose the option of this number, modulo their count, of a control, as a click does."""
        group, fragment = self.controls[label]
        request = self._request()
        widget = request.rerun_script.widget_states.widgets.add()
        widget.id = group.id
        widget.string_array_value.data.append(group.options[number % len(group.options)].content)
        request.rerun_script.fragment_id = fragment
        return await self._change("toggle", request)

    async def upload(self, name: str, content: bytes, label: str = _UPLOADER) -> Change:
        """Give a file to an uploader, as a browser does: ask for its place, bring it there, and say that it is there.

        The server has to run with `--server.enableXsrfProtection=false`. Raises OSError where it refuses the file.
        """
        asking = BackMsg()
        asking.file_urls_request.request_id = "1"
        asking.file_urls_request.file_names.append(name)
        asking.file_urls_request.session_id = self.session
        await self._socket.send(asking.SerializeToString())
        message = ForwardMsg()
        while message.WhichOneof("type") != "file_urls_response":
            message.ParseFromString(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))
        (place,) = message.file_urls_response.file_urls
        await asyncio.to_thread(_put, f"{self.address}{place.upload_url}", name, content)
        request = self._request()
        widget = request.rerun_script.widget_states.widgets.add()
        widget.id = self.uploaders[label]
        info = widget.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(content), place.file_id
        info.file_urls.CopyFrom(place)
        return await self._change("upload", request)

    async def close(self) -> None:
        """Leave the page."""
        await self._socket.close()

    def shown(self) -> list[str]:
        """Names of the pictures on screen: the original, then that of each method."""
        stage = self.header["stage"]
        frames = [method["frames"][min(stage, len(method["frames"])) - 1] for method in self.header["methods"]]
        return [self.header["original"], *(frame["picture"] for frame in frames)]

    async def fetch(self, name: str) -> None:
        """Fetch a picture, unless it is here."""
        if name in self.files:
            return
        status, body = await get(f"{self.address}{self.header['folder']}/{name}")
        if status != 200:
            self.errors.append(f"picture {name}: {status}")
        self.files[name] = body
        self._received += len(body)

    def _request(self) -> BackMsg:
        request = BackMsg()
        request.rerun_script.query_string = urlencode(self.settings)
        return request

    async def _change(self, what: str, request: BackMsg) -> Change:
        """Ask for a run, and for what the page asks for after it, until it wants to be asked no more."""
        began, pictures_s, self._received = time.perf_counter(), 0.0, 0
        asked = request.rerun_script.fragment_id
        await self._socket.send(request.SerializeToString())
        finished = False
        while not finished or self.timers:
            message = await self._message(began + _PATIENCE_ALL_S)
            if self._take(message) and not pictures_s:
                await asyncio.gather(*map(self.fetch, self.shown()))
                pictures_s = time.perf_counter() - began
            kind, parts = message.WhichOneof("type"), message.metadata.run.fragment_ids
            if kind == "new_session" and not parts:
                finished = False
            # A run that draws itself once more ends early, and another follows; a part that was asked for by time is no run
            # of what was asked for.
            elif kind == "script_finished" and (not parts or asked in parts):
                done = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
                finished = message.script_finished in done
        all_s = time.perf_counter() - began
        names = {name for method in self.header["methods"] for frame in method["frames"] for name in _named(frame)}
        await asyncio.gather(*map(self.fetch, names))
        return Change(what, pictures_s or all_s, all_s, self._received)

    async def _message(self, until: float) -> ForwardMsg:
        """The server's next message; meanwhile what is due is asked for. Raises TimeoutError after `until`."""
        while True:
            now = time.perf_counter()
            for fragment, timer in self.timers.items():
                if timer.due <= now:
                    timer.due = now + timer.interval_s
                    request = self._request()
                    request.rerun_script.fragment_id, request.rerun_script.is_auto_rerun = fragment, True
                    await self._socket.send(request.SerializeToString())
            due = min([until, *(timer.due for timer in self.timers.values())])
            try:
                raw = await asyncio.wait_for(self._socket.recv(), max(0.0, due - now))
            except TimeoutError:
                if time.perf_counter() >= until:
                    raise
                continue
            self._received += len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw)
            return message

    def _take(self, message: ForwardMsg) -> bool:
        """Remember what a message says; whether it brings pictures."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            if not message.metadata.run.fragment_ids:
                self.timers.clear()
        elif kind == "auto_rerun":
            self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.timers.pop(fragment, None)
        if kind != "delta":
            return False
        element = message.delta.new_element
        what = element.WhichOneof("type")
        if what == "exception":
            self.errors.append(element.exception.message or element.exception.type)
        elif what == "button_group":
            self.controls[element.button_group.label] = element.button_group, message.delta.fragment_id
        elif what == "file_uploader":
            self.uploaders[element.file_uploader.label] = element.file_uploader.id
        elif what == "bidi_component" and element.bidi_component.component_name == "rfsq_viewer":
            self.header = unpack(element.bidi_component.bytes)[1]
            return True
        return False

    def _set_timer(self, fragment: str, interval_s: float) -> None:
        known = self.timers.get(fragment)
        if known is None or known.interval_s != interval_s:
            self.timers[fragment] = _Timer(interval_s, time.perf_counter() + interval_s)


async def get(url: str) -> tuple[int, bytes]:
    """The status and the body of an HTTP answer."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
    try:
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def _put(url: str, name: str, content: bytes) -> None:
    """Bring a file to its place. Raises OSError where the server refuses it."""
    border = uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{border}--\r\n".encode()
    request = Request(url, body, {"Content-Type": f"multipart/form-data; boundary={border}"}, method="PUT")
    with urlopen(request, timeout=PATIENCE_S):
        pass


def _named(frame: Mapping[str, str | None]) -> list[str]:
    return [name for name in (frame["picture"], frame["error"]) if name is not None]
