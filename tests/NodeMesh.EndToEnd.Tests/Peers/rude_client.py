"""An HTTP client that often breaks off: requests on many connections, one after the other, in version 1.1 or 2, of which most meet a bad end.

rude_client.py VERSION SEED COUNT ADDRESS[:PORT] [ADDRESS[:PORT]...]

A connection asks whole requests, or half a head, half a body, several requests at once, an upgrade or nonsense, and ends with a close, a half-close,
a reset at once, or a reset in the middle of the answer; in HTTP/2 also with RST_STREAM and GOAWAY, alone or for many streams. Ends when it has
begun COUNT requests; where nobody listens, it tries again. Chance comes from SEED.
"""

import random
import socket
import struct
import sys
import time

version, seed, count, *targets = sys.argv[1:]
chance = random.Random(int(seed))
targets = [(host, int(port or 80)) for host, _, port in (target.partition(":") for target in targets)]
count = int(count)
begun = 0

GET = b"GET /rude HTTP/1.1\r\nHost: rude.mesh\r\n\r\n"
POST = b"POST /rude HTTP/1.1\r\nHost: rude.mesh\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"POST /rude HTTP/1.1\r\nHost: rude.mesh\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
UPGRADE = b"GET /rude HTTP/1.1\r\nHost: rude.mesh\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def head(stream, method, ends):
    """:method, :scheme http, :path / (or one that is not indexed), :authority rude.mesh"""
    return frame(HEADERS, 5 if ends else 4, stream, (b"\x82" if method == "GET" else b"\x83") + b"\x86\x84\x01\x09rude.mesh")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_answer(connection):
    """Reads a whole answer with a length; others to the first pause or the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return False
        data += piece
    top, _, body = data.partition(b"\r\n\r\n")
    for line in top.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            left = int(line.split(b":")[1]) - len(body)
            while left > 0:
                piece = connection.recv(min(left, 65536))
                if not piece:
                    return False
                left -= len(piece)
            return b"connection: close" not in top.lower()
    while not body.endswith(b"0\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            return False
        body += piece
    return True


def first(connection):
    global begun
    kind = chance.randrange(12)
    begun += 1
    if kind < 4:
        for _ in range(chance.randrange(1, 20)):
            connection.sendall(GET if chance.random() < 0.7 else POST % 3000 + b"y" * 3000)
            if not read_answer(connection):
                return
            begun += 1
    elif kind == 4:
        connection.sendall(GET[:chance.randrange(1, len(GET))])
    elif kind == 5:
        connection.sendall(POST % 100000 + b"y" * chance.randrange(50000))
        if chance.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
    elif kind == 6:
        connection.sendall(GET)
    elif kind == 7:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    elif kind == 8:
        connection.sendall(GET)
        connection.recv(10)
    elif kind == 9:
        connection.sendall(GET * 5)
        begun += 4
        if chance.random() < 0.7:
            read_answer(connection)
    elif kind == 10:
        connection.sendall(CHUNKED)
        if chance.random() < 0.3:
            connection.sendall(b"nonsense\r\n")
    else:
        connection.sendall(chance.choice([UPGRADE, b"\x00\x01nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"]))
        connection.recv(65536)


def second(connection):
    global begun
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 24)) + frame(SETTINGS, 1, 0))
    stream, buffer = 1, b""
    for _ in range(chance.randrange(1, 8)):
        waits, message = set(), b""
        for _ in range(chance.randrange(1, 12)):
            begun += 1
            kind = chance.randrange(10)
            if kind < 6:
                message += head(stream, "GET", True)
                waits.add(stream)
            elif kind == 6:
                message += head(stream, "POST", False) + frame(DATA, 1, stream, b"y" * 3000)
                waits.add(stream)
            elif kind == 7:
                message += head(stream, "GET", True) + frame(RST_STREAM, 0, stream, struct.pack("!I", 8))
            elif kind == 8:
                message += head(stream, "POST", False) + frame(DATA, 0, stream, b"y" * 3000) + frame(RST_STREAM, 0, stream, struct.pack("!I", 8))
            else:
                # Its body never ends.
                message += head(stream, "POST", False) + frame(DATA, 0, stream, b"y" * 3000)
            stream += 2
        connection.sendall(message)
        if chance.random() < 0.15:
            break
        while waits:
            while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                piece = connection.recv(65536)
                if not piece:
                    return
                buffer += piece
            length = int.from_bytes(buffer[:3], "big")
            kind, flags, number = struct.unpack("!BBI", buffer[3:9])
            if (kind in (DATA, HEADERS) and flags & 1) or kind == RST_STREAM:
                waits.discard(number)
            elif kind == GOAWAY:
                return
            buffer = buffer[9 + length:]
            if chance.random() < 0.01:
                return
    ending = chance.randrange(4)
    if ending == 0:
        connection.sendall(frame(GOAWAY, 0, 0, struct.pack("!II", 0, 0)))
    elif ending == 1:
        connection.sendall(head(stream, "GET", True)[:-5])
    elif ending == 2:
        connection.sendall(frame(DATA, 0, stream + 100, b"what is this"))


while begun < count:
    try:
        connection = socket.create_connection(chance.choice(targets), timeout=5)
    except OSError:
        time.sleep(0.01)
        continue
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        (first if version == "1.1" else second)(connection)
    except OSError:
        pass
    finally:
        connection.close() if chance.random() < 0.5 else reset(connection)
