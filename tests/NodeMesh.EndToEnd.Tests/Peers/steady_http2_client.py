"""Requests on several HTTP/2 connections at a time, eight streams on each, until standard input ends or a connection can no longer be made.

steady_http2_client.py ADDRESS PORT CONNECTIONS [PATH]

As steady_client.py; a connection on which the server sends GOAWAY carries what it has to the end and is followed by another. Requests that the
server says it did not look at (above the last stream of GOAWAY, REFUSED_STREAM) are counted as 'unseen', and may be asked again.
"""

import socket
import struct
import sys
import threading

import hpack

address, port, connections, *path = sys.argv[1:]
path = path[0] if path else "/"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS, REFUSED_STREAM = 1, 1, 4, 7
over = threading.Event()
first = threading.Barrier(int(connections) + 1)
lock = threading.Lock()
counts = {"answered": 0, "refused": 0, "failed": 0, "unseen": 0}


def count(what, detail=None):
    with lock:
        counts[what] += 1
        if detail:
            print(detail, file=sys.stderr, flush=True)


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


class Connection:
    """Frame by frame, since the h2 library takes GOAWAY for the end of everything."""

    def __init__(self, connection):
        self.connection = connection
        self.decoder, self.head = hpack.Decoder(), hpack.Encoder()
        self.open, self.next, self.goes_on = {}, 1, True
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0) + frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 30)))

    def ask(self):
        while self.goes_on and not over.is_set() and len(self.open) < 8:
            block = self.head.encode([(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "server")])
            self.connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM, self.next, block))
            self.open[self.next] = None
            self.next += 2

    def run(self):
        try:
            self.ask()
            stream = self.connection.makefile("rb")
            while self.open and (top := stream.read(9)):
                number, = struct.unpack("!I", top[5:])
                self.handle(top[3], top[4], number, stream.read(int.from_bytes(top[:3], "big")))
        except OSError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        for stream, status in self.open.items():
            count("failed", f"stream {stream}, status {status}: the connection ended")

    def handle(self, kind, flags, stream, payload):
        if kind == HEADERS:
            self.open[stream] = dict(self.decoder.decode(payload))[":status"]
        elif kind == RST_STREAM:
            code, = struct.unpack("!I", payload)
            del self.open[stream]
            count("unseen" if code == REFUSED_STREAM else "failed", f"stream {stream} was reset: {code}")
        elif kind == PING and not flags & ACK:
            self.connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self.goes_on = False
            for unseen in [open for open in self.open if open > struct.unpack("!I", payload[:4])[0]]:
                del self.open[unseen]
                count("unseen")
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            count({"200": "answered", "503": "refused"}.get(self.open.pop(stream), "failed"))
            over.wait(0.001)
            self.ask()


def run():
    is_first = True
    while not over.is_set():
        try:
            plain = socket.create_connection((address, int(port)), timeout=20)
        except OSError:
            return
        with plain:
            if is_first:
                first.wait()
                is_first = False
            try:
                Connection(plain).run()
            except OSError as error:
                count("failed", f"{type(error).__name__}: {error}")


threads = [threading.Thread(target=run) for _ in range(int(connections))]
for thread in threads:
    thread.start()
first.wait()
print("running", flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
for thread in threads:
    thread.join()
print(" ".join(f"{name} {number}" for name, number in counts.items()), flush=True)
