"""A TCP caller that does one thing and says how the connection ended.

stream_client.py ADDRESS PORT ACTION

Actions:
  send:N       sends N bytes of the server's pattern, ends its direction, prints every line that comes
  receive      reads to the end, prints 'LENGTH SHA256', then ends its own direction
  exchange:N   sends N bytes and reads them back at the same time; prints 'LENGTH SHA256' of both ways
  afterwards   reads to the end, prints it; then sends the lines of its standard input and ends
  line         sends 'hello', prints the answer, and waits for the end
  reset        sends 'hello', prints the answer, resets the connection
  push         sends without end until nothing moves for two seconds, prints 'stuck LENGTH', waits for a line on standard input,
               resets the connection

The last line is 'end' or 'failed: ERRNO-NAME'.
"""

import errno
import hashlib
import socket
import struct
import sys
import threading

from stream_server import Reader, pattern

address, port, action = sys.argv[1], int(sys.argv[2]), sys.argv[3]
kind, _, size = action.partition(":")


def say(text):
    print(text, flush=True)


def lines(connection):
    for line in connection.makefile("r"):
        say(line.rstrip("\n"))


def send(connection, digest):
    for block in pattern(int(size)):
        connection.sendall(block)
        digest.update(block)
    connection.shutdown(socket.SHUT_WR)


def exchange(connection):
    sent = hashlib.sha256()
    sender = threading.Thread(target=send, args=(connection, sent))
    sender.start()
    reader = Reader(connection)
    reader.drain()
    sender.join()
    say(f"{size} {sent.hexdigest()}")
    say(reader.sum())


def push(connection):
    connection.settimeout(2)
    total = 0
    try:
        while True:
            total += connection.send(bytes(65536))
    except TimeoutError:
        say(f"stuck {total}")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sys.stdin.readline()


try:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((address, port))
        if kind == "send":
            send(connection, hashlib.sha256())
            lines(connection)
        elif kind == "receive":
            reader = Reader(connection)
            reader.drain()
            say(reader.sum())
            connection.shutdown(socket.SHUT_WR)
        elif kind == "exchange":
            exchange(connection)
        elif kind == "afterwards":
            lines(connection)
            for line in sys.stdin:
                connection.sendall(line.encode())
            connection.shutdown(socket.SHUT_WR)
        elif kind in ("line", "reset"):
            connection.sendall(b"hello\n")
            say(connection.recv(4096).decode().rstrip("\n"))
            if kind == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                lines(connection)
        elif kind == "push":
            push(connection)
    say("end")
except OSError as error:
    say(f"failed: {errno.errorcode.get(error.errno, error)}")
