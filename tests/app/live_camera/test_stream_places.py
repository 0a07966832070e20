"""Who streams and who waits, over a real socket: places, turns, and who leaves."""

from __future__ import annotations

import socket
import threading
import time

import numpy as np
import pytest
from live_stream import Server, ended, frame, grey, hear, opened, until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from rfsq.app.live_camera.stream import spoken


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
