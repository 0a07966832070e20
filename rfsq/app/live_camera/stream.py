"""The route that frames travel on: one WebSocket for each browser, one frame in work, later ones take its place.

All frames of all browsers are computed by one thread, in the order in which they come; as a browser has one frame there at
most, a server without spare time is slow for all alike. Nothing of a frame is kept once its answer is sent.

Besides the messages of `frames`, the server says LINE {"ahead", "sentence"} to who waits, OPEN {"budgetMs", "mostSide"} to
whose turn it is, and ENDS {"sentence", "again"} before it closes; "again": seconds after which to ask once more, or None.
After OPEN comes LINE again where a turn is over, as others wait; a frame that was on its way then gets no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from streamlit import config
from streamlit.url_util import get_hostname
from streamlit.web.server.server_util import allowlisted_origins
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from rfsq.app.live_camera.frames import MOST_BYTES, MOST_SIDE, answer, read_frame, refusal
from rfsq.app.live_camera.line import Line, Ticket, turn_s
from rfsq.app.live_camera.ready import ReadyModels, ready_models
from rfsq.app.shared.browser.envelope import pack
from rfsq.machine.freed_memory import give_back_freed

PLACES: Final = 4  # streams at once, in a process
WAITING: Final = 60  # that may stand in line
STALL_S: Final = 15.0  # without a frame, after which a place is given to the next
SEND_S: Final = 10.0  # that a browser may take for an answer
BAD_FRAMES: Final = 5  # in a row, after which a stream ends
CPU_FRAMES_PER_S: Final = 12  # for less of them a picture is made smaller
GPU_FRAMES_PER_S: Final = 25
_POLICY, _TOO_BIG, _LATER, _NORMAL = 1008, 1009, 1013, 1000  # codes of RFC 6455


@dataclass
class Desk:
    """What the streams of a process share."""

    ready: ReadyModels
    line: Line = field(default_factory=lambda: Line(PLACES, WAITING, turn_s()))
    stall_s: float = STALL_S
    send_s: float = SEND_S
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "live-frames"))


@cache
def _desk() -> Desk:
    """The one of this process."""
    return Desk(ready_models())


async def live_frames(websocket: WebSocket) -> None:
    """The endpoint."""
    await serve(websocket, _desk())


async def serve(websocket: WebSocket, desk: Desk) -> None:
    """Talk to one browser until either side ends it."""
    if not origin_allowed(websocket.headers):
        await websocket.close(_POLICY)  # before it is accepted: the answer is 403
        return
    await websocket.accept()
    await Stream(websocket, desk).run()


def origin_allowed(headers: Mapping[str, str]) -> bool:
    """Whether a page at this origin may open a socket here, as for Streamlit's own socket: one of the app's own host, of the
    visitor's machine, and of what `server.corsAllowedOrigins` names; all, where `server.enableCORS` is off. A program that is
    no browser names no origin. Streamlit asks another machine for this one's address as well; here nothing leaves it."""
    origin, host = headers.get("origin"), headers.get("host")
    if not is_host_allowed(host):
        return False
    if origin is None or origin.partition("://")[2] == host or not config.get_option("server.enableCORS"):
        return True
    try:
        return get_hostname(origin) in {"localhost", "127.0.0.1", *map(get_hostname, allowlisted_origins())}
    except ValueError:  # no address at all
        return False


class _Ended(Exception):
    """The server ends this stream: why, with which code, and when to ask again."""

    def __init__(self, sentence: str, code: int, again: float | None = None) -> None:
        super().__init__(sentence)
        self.code, self.again = code, again


class Stream:
    """One browser's socket, accepted."""

    def __init__(self, websocket: WebSocket, desk: Desk) -> None:
        self._socket, self._desk = websocket, desk
        self._woken = asyncio.Event()  # a message came, the browser went, or the line moved
        self._latest: bytes | None = None  # the newest message that nobody has looked at
        self._fault: _Ended | None = None
        self._gone = False
        self._bad = 0  # frames in a row

    async def run(self) -> None:
        """Wait for the turn, then answer frames, until it ends."""
        ticket = self._desk.line.enter(self._woken.set)
        reader = asyncio.create_task(self._read())
        try:
            if ticket is None:
                raise _Ended("Too many wait for a place already. Asking again in a minute.", _LATER, 60)
            await self._wait_in_line(ticket)
            while True:
                await self._answer_frames(ticket)
                ticket.to_the_end()
                await self._wait_in_line(
                    ticket, f"Your turn of {spoken(self._desk.line.turn_s)} is over, as others wait."
                )
        except _Ended as end:
            await self._end(end)
        except (WebSocketDisconnect, TimeoutError):  # it went, or takes no answers
            pass
        finally:
            reader.cancel()
            if ticket is not None:
                ticket.leave()
                if self._desk.line.streams == 0:  # malloc would keep what large frames needed
                    self._desk.thread.submit(give_back_freed)

    async def _read(self) -> None:
        """Take every message as it comes: of several that nobody has looked at, the newest stays."""
        try:
            while self._fault is None:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    self._gone = True
                elif (data := message.get("bytes")) is None:
                    self._fault = _Ended("Frames are bytes, not text.", _POLICY)
                elif len(data) > MOST_BYTES:
                    self._fault = _Ended(f"A frame has at most {MOST_BYTES} bytes.", _TOO_BIG)
                else:
                    self._latest = data
                self._woken.set()
                if self._gone:
                    return
        except (WebSocketDisconnect, RuntimeError):  # closed from here meanwhile
            self._gone = True
            self._woken.set()

    async def _wake(self, seconds: float | None) -> None:
        """Wait until something happened. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            await self._woken.wait()
        self._woken.clear()
        if self._gone:
            raise WebSocketDisconnect
        if self._fault is not None:
            raise self._fault

    async def _wait_in_line(self, ticket: Ticket, why: str = "") -> None:
        """why: is said before the place in line, all the time."""
        told = 0
        while (ahead := ticket.ahead) > 0:
            if ahead != told:
                sentence = f"{why} {line_sentence(ahead, self._desk.line)}".strip()
                await self._say("LINE", ahead=ahead, sentence=sentence)
                told = ahead
            await self._wake(None)
        rate = CPU_FRAMES_PER_S if self._desk.ready.device.type == "cpu" else GPU_FRAMES_PER_S
        await self._say("OPEN", budgetMs=1000 / rate, mostSide=MOST_SIDE)
        self._latest = None  # what came while it waited is old

    async def _answer_frames(self, ticket: Ticket) -> None:
        """Until the turn is over, as others wait."""
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while (left := ticket.over_in) != 0:
            patience = heard + self._desk.stall_s - loop.time()
            try:
                await self._wake(patience if left is None else min(left, patience))
            except TimeoutError:
                if left is not None and left < patience:
                    continue
                sentence = f"No picture came for {self._desk.stall_s:g} seconds, so the place was given back."
                raise _Ended(sentence, _NORMAL, 0) from None
            message, self._latest = self._latest, None
            if message is None:
                continue
            reply = await loop.run_in_executor(self._desk.thread, self._reply, message)
            if self._bad >= BAD_FRAMES:
                raise _Ended(f"{BAD_FRAMES} messages in a row were no frames.", _POLICY)
            await self._send(reply)
            heard = loop.time()

    def _reply(self, message: bytes) -> bytes:
        """In the thread of the frames."""
        number = None
        try:
            frame = read_frame(message)
            number = frame.number
            reply = answer(frame, self._desk.ready)
        except ValueError as error:
            self._bad += 1
            return refusal(number, str(error))
        self._bad = 0
        return reply

    async def _say(self, kind: str, **header: Any) -> None:
        await self._send(pack(kind, header))

    async def _send(self, message: bytes) -> None:
        async with asyncio.timeout(self._desk.send_s):
            await self._socket.send_bytes(message)

    async def _end(self, end: _Ended) -> None:
        try:
            await self._say("ENDS", sentence=str(end), again=end.again)
            if self._socket.application_state is WebSocketState.CONNECTED:
                await self._socket.close(end.code)
        except (WebSocketDisconnect, TimeoutError, RuntimeError):  # it went first
            pass


def line_sentence(ahead: int, line: Line) -> str:
    """What somebody in line is told."""
    rest = "You are next" if ahead == 1 else f"{ahead - 1} wait before you"
    return (
        f"{line.places} pictures move here already, as many as this server can show at once. "
        f"{rest}; a turn ends after {spoken(line.turn_s)} when somebody has waited as long."
    )


def spoken(seconds: float) -> str:
    """A time as people say it: "3 minutes", "90 seconds"."""
    minutes, rest = divmod(seconds, 60)
    count, unit = (minutes, "minute") if minutes and not rest else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
