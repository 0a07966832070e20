"""A stream of frames, over a real socket: each gets its own pictures, and what is no frame ends it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import numpy as np
import pytest
from live_stream import MODEL, Server, ended, frame, grey, hear, opened, until
from PIL import Image
from streamlit import config
from websockets.exceptions import InvalidStatus

from rfsq.app.live_camera import stream as stream_module
from rfsq.app.live_camera.frames import MOST_BYTES
from rfsq.app.live_camera.stream import BAD_FRAMES, origin_allowed
from rfsq.app.shared.browser.envelope import pack


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


def test_when_the_last_stream_ends_freed_memory_goes_back_after_its_frames(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int]] = []  # in which thread, and how many streams there were

    def give_back() -> None:
        given.append((threading.current_thread().name, server.desk.line.streams))

    monkeypatch.setattr(stream_module, "give_back_freed", give_back)
    first, second = opened(server), opened(server)
    first.close()
    until(lambda: server.desk.line.streams == 1)
    second.send(frame(grey(10)))
    assert hear(second)[0] == "LIVE" and given == [], "frames of others go on"
    second.close()
    until(lambda: given)
    ((name, streams),) = given
    assert name.startswith("live-frames") and streams == 0


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
