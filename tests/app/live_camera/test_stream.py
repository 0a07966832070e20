"""The route of the frames, as browsers and others meet it: a real server, and real sockets."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket
from streamlit import config
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rfsq.app.live_camera.frames import MOST_BYTES
from rfsq.app.live_camera.line import Line
from rfsq.app.live_camera.offered import offer
from rfsq.app.live_camera.ready import ReadyModels
from rfsq.app.live_camera.stream import BAD_FRAMES, Desk, origin_allowed, serve, spoken
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


def test_two_streams_at_once_each_get_their_own_pictures(server: Server, photo: Callable[..., np.ndarray]) -> None:
    photos = {"first": photo(32, 32, 1), "second": photo(40, 24, 2)}
    expected = {}
    with opened(server) as alone:
        for name, pixels in photos.items():
            alone.send(frame(pixels))
            expected[name] = hear(alone)[2]
    assert expected["first"] != expected["second"]

    def stream(name: str, found: list[bytes]) -> None:
        with opened(server) as connection:
            for number in range(25):
                connection.send(frame(photos[name], number))
                kind, header, body = hear(connection)
                assert kind == "LIVE" and header["number"] == number
                found.append(body)

    found: dict[str, list[bytes]] = {name: [] for name in photos}
    threads = [threading.Thread(target=stream, args=(name, found[name])) for name in photos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in photos:
        assert len(found[name]) == 25 and set(found[name]) == {expected[name]}
        picture = Image.open(io.BytesIO(expected[name]))
        assert picture.size == photos[name].shape[1::-1]


def test_who_comes_late_waits_in_line_and_moves_up_when_someone_leaves(server: Server) -> None:
    first, second, third = opened(server), opened(server), server.open()
    kind, header, _ = hear(third)
    assert kind == "LINE" and header["ahead"] == 1 and "2 pictures move here already" in header["sentence"]
    with server.open() as fourth:
        sentence, code = ended(fourth)
        assert "Too many wait" in sentence and code == 1013
    third.send(frame(grey(10)))  # out of turn: dropped
    until(lambda: server.read == 1)
    second.close()
    assert hear(third)[0] == "OPEN"
    third.send(frame(grey(200), 5))
    kind, header, _ = hear(third)
    assert kind == "LIVE" and header["number"] == 5
    first.close()
    third.close()


def test_of_frames_that_nobody_had_time_for_the_newest_stays(server: Server) -> None:
    with opened(server) as connection:
        blocking = threading.Event()
        server.desk.thread.submit(blocking.wait)  # a server without spare time
        for number in range(20):
            connection.send(frame(grey(100), number))
        until(lambda: server.read == 20)
        blocking.set()
        numbers = []
        while not numbers or numbers[-1] < 19:
            numbers.append(hear(connection)[1]["number"])
        assert len(numbers) <= 2  # one was on its way, the last stayed; nothing was queued
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.3)


def test_streams_take_turns(server: Server) -> None:
    """One that sends as fast as it can does not hold up another."""
    with opened(server) as greedy, opened(server) as modest:
        stop = threading.Event()

        def flood() -> None:
            number = 0
            while not stop.is_set():
                greedy.send(frame(grey(90, 128), number))
                number += 1
                time.sleep(0.001)

        def drain() -> None:
            while not stop.is_set():
                try:
                    greedy.recv(timeout=0.2)
                except TimeoutError:
                    pass

        threads = [threading.Thread(target=work) for work in (flood, drain)]
        for thread in threads:
            thread.start()
        for number in range(10):
            modest.send(frame(grey(30), number))
            assert hear(modest)[1]["number"] == number
        stop.set()
        for thread in threads:
            thread.join()


def test_bad_frames_get_sentences_and_several_in_a_row_end_the_stream(server: Server) -> None:
    with opened(server) as connection:
        for _ in range(BAD_FRAMES - 1):
            connection.send(b"nonsense")
            kind, header, _ = hear(connection)
            assert kind == "FAIL" and header == {"number": None, "sentence": "This is no frame."}
        connection.send(frame(grey(50), 8))
        assert hear(connection)[0] == "LIVE"
        message = pack("FRAM", {"number": 9, "models": [MODEL], "stages": 1}, b"no picture")
        connection.send(message)
        kind, header, _ = hear(connection)
        assert kind == "FAIL" and header["number"] == 9 and "cannot read this file as a picture" in header["sentence"]
        for _ in range(BAD_FRAMES - 2):
            connection.send(message)
            assert hear(connection)[0] == "FAIL"
        connection.send(message)
        sentence, code = ended(connection)
        assert "in a row" in sentence and code == 1008
    assert server.desk.line.streams == 0


def test_a_message_that_is_too_large_ends_the_stream(server: Server) -> None:
    with opened(server) as connection:
        connection.send(bytes(MOST_BYTES + 1))
        sentence, code = ended(connection)
        assert str(MOST_BYTES) in sentence and code == 1009


def test_text_ends_the_stream(server: Server) -> None:
    with opened(server) as connection:
        connection.send("a frame")
        assert ended(connection) == ("Frames are bytes, not text.", 1008)


def test_a_stream_that_stalls_gives_its_place_to_the_next(server: Server) -> None:
    server.desk.line.turn_s = 10_000  # no turn ends here
    stalled, busy, waiting = opened(server), opened(server), server.open()
    assert hear(waiting)[0] == "LINE"
    server.pass_time(600)
    busy.send(frame(grey(60)))
    assert hear(busy)[0] == "LIVE"
    server.pass_time(600)
    sentence, code = ended(stalled)
    assert "No picture came for 1000 seconds" in sentence and code == 1000
    assert hear(waiting)[0] == "OPEN"
    busy.send(frame(grey(60), 2))
    assert hear(busy)[0] == "LIVE", "one that sends does not stall"
    for connection in (busy, waiting):
        connection.close()


def test_a_turn_ends_while_others_wait_and_who_had_it_is_next_in_line(server: Server) -> None:
    server.desk.stall_s = 10_000  # nobody stalls here
    longest, other = opened(server), opened(server)
    server.pass_time(5000)
    longest.send(frame(grey(60)))
    assert hear(longest)[0] == "LIVE"  # nobody waits
    waiting = server.open()
    kind, header, _ = hear(waiting)
    assert kind == "LINE" and "You are next; a turn ends after 1000 seconds" in header["sentence"]
    server.pass_time(500)
    longest.send(frame(grey(60)))
    assert hear(longest)[0] == "LIVE"  # for as long as the other has not waited as long
    server.pass_time(600)
    kinds = []
    while not kinds or kinds[-1] == "LIVE":  # one that sends is no exception
        longest.send(frame(grey(60)))
        kind, header, _ = hear(longest)
        kinds.append(kind)
    assert kind == "LINE" and header["ahead"] == 1
    assert header["sentence"].startswith(
        "Your turn of 1000 seconds is over, as others wait. 2 pictures move here already"
    )
    assert hear(waiting)[0] == "OPEN"
    until(lambda: server.read == 2 + len(kinds))  # what was on its way gets no answer
    waiting.close()
    assert hear(longest)[0] == "OPEN"
    longest.send(frame(grey(70), 7))
    kind, header, _ = hear(longest)
    assert kind == "LIVE" and header["number"] == 7
    for connection in (longest, other):
        connection.close()


def test_times_are_said_as_people_say_them() -> None:
    assert [spoken(seconds) for seconds in (180, 60, 90, 1, 0.5)] == [
        "3 minutes",
        "1 minute",
        "90 seconds",
        "1 second",
        "0.5 seconds",
    ]


def test_who_goes_while_a_frame_is_computed_leaves_the_place(server: Server) -> None:
    connection = opened(server)
    blocking = threading.Event()
    server.desk.thread.submit(blocking.wait)
    connection.send(frame(grey(70)))
    connection.close()
    blocking.set()
    until(lambda: not server.desk.line.streams)


@pytest.mark.slow  # the buffers of both sides have to be full
def test_who_takes_no_answers_is_let_go(server: Server) -> None:
    server.desk.send_s = 0.3
    address, _, port = server.url.removeprefix("ws://").partition("/")[0].partition(":")
    deaf = socket.create_connection((address, int(port)))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = connect(server.url, sock=deaf, max_size=None, max_queue=1)  # reads no more than a message
    noise = frame(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))

    def talk() -> None:
        try:
            while True:
                connection.send(noise)
                time.sleep(0.02)
        except (ConnectionClosed, OSError):
            pass

    assert hear(connection)[0] == "OPEN" and server.desk.line.streams == 1
    threading.Thread(target=talk, daemon=True).start()
    until(lambda: not server.desk.line.streams)
    deaf.close()


def test_other_origins_are_refused_before_anything_is_said(server: Server) -> None:
    for origin in ("https://elsewhere.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            server.open(origin=origin)
        assert refused.value.response.status_code == 403
    own = server.url.replace("ws://", "http://").removesuffix("/live-frames")
    with server.open(origin=own) as connection:
        assert hear(connection)[0] == "OPEN"


def test_origins_follow_the_settings_of_streamlits_own_socket_and_ask_no_other_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streamlit.net_util.get_external_ip", lambda: pytest.fail("another machine was asked"))
    assert origin_allowed({"host": "lab.example"})  # no browser
    assert origin_allowed({"host": "lab.example", "origin": "https://lab.example"})
    assert not origin_allowed({"host": "lab.example", "origin": "https://lab.example.evil.example"})
    assert not origin_allowed({"host": "lab.example:8501", "origin": "https://evil.example:8501"})
    for nonsense in ("null", "", "http://[::1", "file://", "\x00"):
        assert not origin_allowed({"host": "lab.example", "origin": nonsense})
    assert origin_allowed({"host": "10.0.0.1:8501", "origin": "http://localhost:8888"})  # through a proxy at home
    config.set_option("server.corsAllowedOrigins", ["https://frame.example"])
    try:
        assert origin_allowed({"host": "lab.example", "origin": "https://frame.example"})
    finally:
        config.set_option("server.corsAllowedOrigins", [])
