#!/usr/bin/env python3
"""Asks over a new connection each time until the answer is another than the first, and prints when that was, by the monotonic clock.

Usage: probe_client.py ADDRESS PORT SECONDS: it gives up then. It says "asking" once the first answer is there.
"""
import socket
import sys
import time

target, until = (sys.argv[1], int(sys.argv[2])), time.monotonic() + float(sys.argv[3])


def ask():
    with socket.create_connection(target, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n" % (target[0].encode(), target[1]))
        answer = b""
        while part := connection.recv(4096):
            answer += part
    if not answer.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"a wrong answer: {answer[:200]!r}")
    return answer[answer.index(b"\r\n\r\n"):]


first = ask()
print("asking", flush=True)
while ask() == first:
    if time.monotonic() > until:
        sys.exit("the answer stayed the same")
    time.sleep(0.002)
print(time.monotonic())
