"""An HTTP server, versions 1.1 and 2 by what the client speaks, that often breaks off: in both, one request in five meets no good end.

rude_server.py SEED PORT [PORT...]

A request without a good end is met by a reset or a close without an answer, after half of a head, in the middle of a body with or without a
length, before the request's body was read, or late; in HTTP/2 also by RST_STREAM with several codes and by GOAWAY. The others are answered with
200 and a body of 0 to 40,000 bytes. Chance comes from SEED.
"""

import asyncio
import random
import socket
import struct
import sys

chance = random.Random(int(sys.argv[1]))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM = 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


class Rude(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer, self.receive = transport, b"", self.receive_first
        self.left, self.credit, self.closed = 0, 0, False
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, _):
        self.closed = True

    def data_received(self, data):
        self.buffer += data
        while self.buffer and not self.closed and self.receive():
            pass

    def receive_first(self):
        if self.buffer.startswith(PREFACE):
            self.buffer = self.buffer[len(PREFACE):]
            self.receive = self.receive_2
            # Credit for all the bodies there can be: windows are not what is tried here.
            self.send(frame(SETTINGS, 0, 0, struct.pack("!HI", 4, 1 << 24)) + frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 30)))
            return True
        if PREFACE.startswith(self.buffer):
            return False
        self.receive = self.receive_1
        return True

    def receive_1(self):
        if self.left:
            taken = min(self.left, len(self.buffer))
            self.left -= taken
            self.buffer = self.buffer[taken:]
            if self.left == 0:
                self.answer_1()
            return True
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        self.buffer = rest
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                self.left = int(value)
        if self.left == 0 or chance.random() < 0.1:
            self.answer_1()
        return True

    def answer_1(self):
        body = b"x" * chance.choice([0, 20, 20, 20, 500, 5000, 40000])
        kind = chance.randrange(50)
        if kind == 0:
            self.abort()
        elif kind == 1:
            self.transport.close()
        elif kind == 2:
            self.send(b"HTTP/1.1 200 OK\r\nContent-Le")
            self.end()
        elif kind == 3:
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + body)
            self.end()
        elif kind == 4:
            self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            self.end()
        elif kind == 5:
            self.send(b"HTTP/1.1 200 OK\r\n\r\n" + body)
            self.transport.close()
        elif kind == 6:
            self.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.transport.close()
        elif kind == 7:
            self.send(b"no HTTP at all\r\n\r\n")
        elif kind == 8:
            self.later(self.send, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        elif kind == 9:
            self.later(self.abort)
        elif kind < 20:
            self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"%x\r\n" % len(body) + body + b"\r\n" if body else b"") + b"0\r\n\r\n")
        else:
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def receive_2(self):
        if len(self.buffer) < 9:
            return False
        length = int.from_bytes(self.buffer[:3], "big")
        if len(self.buffer) < 9 + length:
            return False
        kind, flags, stream = struct.unpack("!BBI", self.buffer[3:9])
        payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
        if kind == SETTINGS and not flags & 1:
            self.send(frame(SETTINGS, 1, 0))
        elif kind == PING and not flags & 1:
            self.send(frame(PING, 1, 0, payload))
        elif kind == DATA:
            # The connection's credit was for half of what a number can say.
            self.credit += length
            if self.credit > 1 << 20:
                self.send(frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", self.credit)))
                self.credit = 0
        if (kind in (DATA, HEADERS) and flags & END_STREAM) or (kind == HEADERS and chance.random() < 0.1):
            self.answer_2(stream, whole=bool(flags & END_STREAM))
        return True

    def answer_2(self, stream, whole):
        body = b"x" * chance.choice([20, 20, 20, 500, 5000, 16000])
        kind = chance.randrange(100)
        if kind < 10:
            self.send(frame(RST_STREAM, 0, stream, struct.pack("!I", chance.choice([0, 1, 2, 5, 7, 8, 11]))))
        elif kind < 15:
            self.send(frame(HEADERS, 4, stream, b"\x88") + frame(DATA, 0, stream, body) + frame(RST_STREAM, 0, stream, struct.pack("!I", 2)))
        elif kind == 15:
            self.send(frame(GOAWAY, 0, 0, struct.pack("!II", max(0, stream - 2), 0)))
            self.end()
        elif kind == 16:
            self.send(frame(HEADERS, 4, stream, b"\x88") + frame(DATA, 0, stream, body)[:20])
            self.end()
        elif kind == 17:
            self.later(self.send, frame(HEADERS, 5, stream, b"\x88"))
        elif kind == 18:
            self.send(frame(HEADERS, 4, stream, b"\xff\xff\xff\xff\xff\xff"))
        else:
            self.send(frame(HEADERS, 4, stream, b"\x88") + frame(DATA, END_STREAM, stream, body))
            if not whole:
                self.send(frame(RST_STREAM, 0, stream, struct.pack("!I", 0)))

    def send(self, data):
        if not self.closed:
            self.transport.write(data)

    def later(self, action, *arguments):
        asyncio.get_running_loop().call_later(0.05, action, *arguments)

    def end(self):
        self.abort() if chance.random() < 0.5 else self.transport.close()

    def abort(self):
        if not self.closed:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()


async def serve():
    for port in sys.argv[2:]:
        await asyncio.get_running_loop().create_server(Rude, "::", int(port), backlog=1024)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())
