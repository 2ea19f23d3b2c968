"""One HTTP exchange: what surely did not leave us, and what nobody knows."""

import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from payments.wire import NotSent, Reply, Unknown, Wire, http


@pytest.fixture
def server():
    """A server that plays what a test gives it: a function of the connection, once the request was read."""
    listener = socket.create_server(("127.0.0.1", 0))
    plays = []
    stop = threading.Event()

    def run():
        while not stop.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    def serve(line):
        with line:
            try:
                line.recv(65536)
                plays[-1](line)
            except OSError:
                pass

    threading.Thread(target=run, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{listener.getsockname()[1]}", plays=plays)
    stop.set()
    listener.close()


def wire(server, **other):
    return Wire(**{"host": server.url, "connect_timeout": 0.5, "read_timeout": 0.3, **other})


def answer(body=b"{}", head=""):
    return lambda line: line.sendall(
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{head}\r\n".encode() + body
    )


@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "ftp://127.0.0.1", "http://"])
def test_what_cannot_be_reached_was_not_sent(host):
    assert isinstance(Wire(host=host, connect_timeout=0.5, read_timeout=0.5).send("POST", "/x", headers={}), NotSent)


@pytest.mark.parametrize(
    "play",
    [
        lambda line: None,
        lambda line: time.sleep(1),
        lambda line: line.sendall(b"garbage\r\n\r\n"),
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
    ],
    ids=["closed", "silent", "garbage", "half"],
)
def test_what_was_sent_and_not_rightly_answered_is_unknown(server, play):
    server.plays.append(play)
    assert isinstance(wire(server).send("POST", "/x", headers={}, content=b"{}"), Unknown)


def test_a_trickle_ends(server):
    def trickle(line):
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            line.sendall(b"x")
            time.sleep(0.05)

    server.plays.append(trickle)
    started = time.monotonic()
    assert isinstance(wire(server).send("GET", "/x", headers={}), Unknown)
    assert time.monotonic() - started < 5


def test_an_endless_answer_ends(server, monkeypatch):
    monkeypatch.setattr(http, "MAX_ANSWER", 1000)
    server.plays.append(answer(b"x" * 5000))
    assert isinstance(wire(server).send("GET", "/x", headers={}), Unknown)


def test_a_redirect_is_not_followed(server):
    server.plays.append(
        lambda line: line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    )
    reply = wire(server).send("GET", "/x", headers={})
    assert isinstance(reply, Reply)
    assert reply.status == 302


def test_clocks_that_are_apart_are_told(server, caplog):
    server.plays.append(answer(head="Date: Mon, 23 Nov 2020 08:00:00 GMT\r\n"))
    assert isinstance(wire(server).send("GET", "/x", headers={}), Reply)
    assert "seconds apart" in caplog.text


def test_an_address_is_logged_without_its_query(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.plays.append(lambda line: None)
    wire(server).send("GET", "/x?plate_number=%E9%84%82L12345", headers={})
    assert "/x" in caplog.text
    assert "L12345" not in caplog.text


def test_threads_share_a_wire(server):
    server.plays.append(answer(b'{"a":1}'))
    line = wire(server, read_timeout=5.0, connect_timeout=5.0)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: line.send("GET", "/x", headers={}), range(64)))
    assert {reply.body for reply in replies} == {b'{"a":1}'}
