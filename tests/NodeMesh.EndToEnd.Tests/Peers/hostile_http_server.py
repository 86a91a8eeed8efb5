"""A server whose answers are malformed, cut short, meant for somebody else, or floods: in HTTP/1.1 or HTTP/2, as it is spoken to.

hostile_http_server.py PORT

The path names what is done, see FIRST and SECOND below; /good is answered with 'good'. What is endless goes on until the client ends it.
"""

import itertools
import socket
import struct
import sys
import threading

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
OK = b"HTTP/1.1 200 OK\r\n"
GOOD = OK + b"Content-Length: 4\r\n\r\ngood"
SMUGGLED = OK + b"Content-Length: 8\r\n\r\nsmuggled"
CLOSE, RESET = object(), object()

# What is sent for a path of HTTP/1.1; the connection is closed or reset where that is said.
FIRST = {
    "good": [GOOD],
    "nonsense": [b"what is this\r\n\r\n"],
    "no-status": [b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"],
    "long-status": [b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    "low-status": [b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"],
    "other-version": [b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    "two-lengths": [OK + b"Content-Length: 4\r\nContent-Length: 46\r\n\r\ngood" + SMUGGLED],
    "signed-length": [OK + b"Content-Length: +4\r\n\r\ngood"],
    "length-and-chunked": [OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED],
    "unknown-coding": [OK + b"Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n" + SMUGGLED],
    "bare-lf": [b"HTTP/1.1 200 OK\nContent-Length: 4\n\ngood"],
    "folded": [OK + b"X-A: b\r\n Content-Length: 0\r\nContent-Length: 4\r\n\r\ngood"],
    "spaced": [OK + b"Content-Length : 4\r\n\r\ngood"],
    "nul": [OK + b"X-A: b\0c\r\nContent-Length: 4\r\n\r\ngood"],
    "endless-line": [b"HTTP/1.1 200 ", *[b"O" * 1000] * 1000],
    "endless-field": [OK + b"X-A: ", *[b"x" * 1000] * 1000],
    "endless-fields": [OK, *[b"X-A: b\r\n" * 100] * 1000],
    "endless-interim": [b"HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"] * 10_000,
    "switched": [b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n"],
    "half-a-head": [OK + b"Content-Le", CLOSE],
    "closed": [CLOSE],
    "reset": [RESET],
    "short": [OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 500, CLOSE],
    "short-reset": [OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 500, RESET],
    "short-chunk": [OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CLOSE],
    "bad-chunk": [OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"],
    "long-chunk": [OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"],
    "huge-chunk": [OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello"],
    "twice": [GOOD + SMUGGLED],
    "longer": [GOOD + b"and more"],
    "no-content": [b"HTTP/1.1 204 No Content\r\n\r\n" + SMUGGLED],
    "not-modified": [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n" + SMUGGLED],
}


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def number(value):
    return struct.pack("!I", value)


def headers(stream, *fields, flags=END_HEADERS):
    """Never indexed, so that no table is needed."""
    block = b"".join(b"\x10" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)
    return frame(HEADERS, flags, stream, block)


def answer(stream, body=b"good", length=None):
    fields = [(b":status", b"200")] + ([(b"content-length", length)] if length else [])
    return headers(stream, *fields) + frame(DATA, END_STREAM, stream, body)


def bare(stream, *fields):
    return headers(stream, *fields, flags=END_HEADERS | END_STREAM)


def without_end(piece):
    return itertools.repeat(piece, 100_000)


# The same for HTTP/2, where the stream of the request is s.
SECOND = {
    "good": lambda s: [answer(s)],
    "no-status": lambda s: [bare(s, (b"x-a", b"b"))],
    "two-statuses": lambda s: [bare(s, (b":status", b"200"), (b":status", b"404"))],
    "upper-case": lambda s: [bare(s, (b":status", b"200"), (b"X-A", b"b"))],
    "connection": lambda s: [bare(s, (b":status", b"200"), (b"connection", b"close"))],
    "line-break": lambda s: [bare(s, (b":status", b"200"), (b"x-a", b"b\r\nx-c: d"))],
    "switched": lambda s: [bare(s, (b":status", b"101"))],
    "signed-length": lambda s: [answer(s, length=b"+4")],
    "short": lambda s: [answer(s, b"x" * 500, length=b"1000")],
    "longer": lambda s: [answer(s, b"good and more", length=b"4")],
    "short-closed": lambda s: [headers(s, (b":status", b"200")) + frame(DATA, 0, s, b"x" * 500), CLOSE],
    "short-reset": lambda s: [headers(s, (b":status", b"200")) + frame(DATA, 0, s, b"x" * 500) + frame(RST_STREAM, 0, s, number(2))],
    "data-first": lambda s: [frame(DATA, END_STREAM, s, b"good")],
    "twice": lambda s: [answer(s) + answer(s, b"smuggled")],
    "next-stream": lambda s: [answer(s + 2, b"smuggled")],
    "closed": lambda s: [CLOSE],
    "reset": lambda s: [RESET],
    "refused": lambda s: [frame(RST_STREAM, 0, s, number(7))],
    "given-up": lambda s: [frame(RST_STREAM, 0, s, number(2))],
    "goaway": lambda s: [frame(GOAWAY, 0, 0, number(s) + number(2)), CLOSE],
    "goaway-unseen": lambda s: [frame(GOAWAY, 0, 0, number(0) + number(0)), CLOSE],
    "push": lambda s: [frame(PUSH_PROMISE, END_HEADERS, s, number(2) + b"\x82\x86\x84\x01\x01a"), answer(2, b"smuggled"), answer(s)],
    "garbage": lambda s: [frame(HEADERS, END_HEADERS | END_STREAM, s, b"\xff\xff\xff\xff\xff\xff")],
    "window-overflow": lambda s: [frame(WINDOW_UPDATE, 0, 0, number(0x7FFFFFFF)) * 2],
    "window-exceeded": lambda s: [headers(s, (b":status", b"200")), *[frame(DATA, 0, s, b"x" * 16384)] * 2000],
    "big-frame": lambda s: [headers(s, (b":status", b"200")), b"\xff\xff\xff\x00\x00" + number(s) + b"x" * 1000],
    "bomb": lambda s: [frame(HEADERS, END_HEADERS | END_STREAM, s, b"\x88\x40\x01a\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 10_000)],
    "endless-interim": lambda s: without_end(headers(s, (b":status", b"103"))),
    "continuation": lambda s: itertools.chain([headers(s, (b":status", b"200"), flags=0)], without_end(frame(CONTINUATION, 0, s, b"\x10\x01a\x01b"))),
    "empty-frames": lambda s: itertools.chain([headers(s, (b":status", b"200"))], without_end(frame(DATA, 0, s))),
    "ping": lambda s: without_end(frame(PING, 0, 0, b"hostile!")),
    "settings": lambda s: without_end(frame(SETTINGS, 0, 0)),
    "late-resets": lambda s: itertools.chain([answer(s)], without_end(frame(RST_STREAM, 0, s, number(8)))),
    "window-updates": lambda s: without_end(frame(WINDOW_UPDATE, 0, s, number(1))),
    "priority": lambda s: without_end(frame(PRIORITY, 0, s, number(0) + b"\x10")),
    "unknown-frames": lambda s: without_end(frame(0xBB, 0, 0, b"x")),
    "goaways": lambda s: without_end(frame(GOAWAY, 0, 0, number(s) + number(0))),
}


def send(connection, pieces):
    """False where the connection was ended."""
    for piece in pieces:
        if piece is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if piece is RESET or piece is CLOSE:
            return False
        connection.sendall(piece)
    return True


def serve_first(connection, stream):
    while line := stream.readline():
        name = line.split()[1].decode().strip("/")
        while stream.readline().strip():
            pass
        if not send(connection, FIRST[name]):
            return


def serve_second(connection, stream):
    stream.read(len(PREFACE))
    decoder = hpack.Decoder()
    connection.sendall(frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
    while top := stream.read(9):
        kind, flags = top[3:5]
        identifier, = struct.unpack("!I", top[5:9])
        payload = stream.read(int.from_bytes(top[:3], "big"))
        if kind == HEADERS:
            name = dict(decoder.decode(payload))[":path"].strip("/")
            if not send(connection, SECOND[name](identifier)):
                return
        elif kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))


def serve(connection):
    try:
        with connection, connection.makefile("rb") as stream:
            (serve_second if stream.peek(3)[:3] == b"PRI" else serve_first)(connection, stream)
    except OSError:
        pass


listener = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
