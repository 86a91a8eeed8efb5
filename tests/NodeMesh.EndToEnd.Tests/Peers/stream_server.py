"""TCP servers that each do one thing to a connection.

stream_server.py PORT=MODE [PORT=MODE...]

Modes:
  echo         gives everything back; ends its direction when the caller has ended his
  digest       reads until the caller has ended, then answers 'LENGTH SHA256' and closes
  farewell     says 'bye', ends its own direction at once, and goes on reading until the caller ends
  source:N     sends N bytes (see pattern), ends its direction, reads until the caller ends
  reset        answers the first line with itself, then resets the connection
  deaf         greets with 'ready' and never reads

When a connection has ended, one line goes to standard output: 'PORT end LENGTH SHA256', or 'PORT reset' when the caller reset it.
"""

import hashlib
import socket
import struct
import sys
import threading

BLOCK = 1 << 20


def pattern(total):
    """A stream in which a lost, repeated or moved piece shows: each block has its number in front."""
    filler = hashlib.shake_256(b"nodemesh").digest(BLOCK - 8)
    for number in range((total + BLOCK - 1) // BLOCK):
        block = struct.pack("!Q", number) + filler
        yield block[:min(BLOCK, total - number * BLOCK)]


class Reader:
    """Reads a connection to its end, and sums up what came."""

    def __init__(self, connection):
        self.connection, self.length, self.hash = connection, 0, hashlib.sha256()
        self.buffer = bytearray(BLOCK)

    def read(self):
        count = self.connection.recv_into(self.buffer)
        chunk = memoryview(self.buffer)[:count]
        self.length += count
        self.hash.update(chunk)
        return chunk

    def drain(self):
        while self.read():
            pass

    def sum(self):
        return f"{self.length} {self.hash.hexdigest()}"


def serve(port, mode, connection):
    reader = Reader(connection)
    try:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if mode == "echo":
                while chunk := reader.read():
                    connection.sendall(chunk)
                connection.shutdown(socket.SHUT_WR)
            elif mode == "digest":
                reader.drain()
                connection.sendall(reader.sum().encode() + b"\n")
            elif mode == "farewell":
                connection.sendall(b"bye\n")
                connection.shutdown(socket.SHUT_WR)
                reader.drain()
            elif mode.startswith("source:"):
                for block in pattern(int(mode[7:])):
                    connection.sendall(block)
                connection.shutdown(socket.SHUT_WR)
                reader.drain()
            elif mode == "reset":
                connection.sendall(reader.read())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif mode == "deaf":
                connection.sendall(b"ready\n")
                threading.Event().wait()
        print(f"{port} end {reader.sum()}", flush=True)
    except OSError as error:
        print(f"{port} reset" if isinstance(error, (ConnectionResetError, BrokenPipeError)) else f"{port} {error}", flush=True)


def accept(port, mode, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(port, mode, connection), daemon=True).start()


def main():
    for argument in sys.argv[1:]:
        port, mode = argument.split("=")
        listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
        threading.Thread(target=accept, args=(port, mode, listener), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
