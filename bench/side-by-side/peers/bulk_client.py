#!/usr/bin/env python3
"""Receives from bulk_server.py over several connections and looks at every block it gets.

Usage: bulk_client.py ADDRESS PORT CONNECTIONS SECONDS COUNTER: the file COUNTER holds the number of bytes so far.
On SIGUSR1 it ends before its time.
"""
import selectors
import signal
import socket
import sys
import time

from counter import Counter

target, count, seconds = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), float(sys.argv[4])
counter = Counter(sys.argv[5])
selector = selectors.DefaultSelector()
for _ in range(count):
    connection = socket.create_connection(target, timeout=10)
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, [0])
buffer, total, until = bytearray(1 << 18), 0, time.monotonic() + seconds


def enough(*_):
    global until
    until = 0


signal.signal(signal.SIGUSR1, enough)
while time.monotonic() < until:
    for key, _ in selector.select(1):
        received = key.fileobj.recv_into(buffer)
        if received == 0:
            sys.exit("the connection ended")
        begin = key.data[0]
        if buffer[0] != begin % 256 or buffer[received - 1] != (begin + received - 1) % 256:
            sys.exit(f"wrong content behind byte {begin}")
        key.data[0] += received
        total += received
    counter.set(total)
