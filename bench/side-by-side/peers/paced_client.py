#!/usr/bin/env python3
"""Asks at a constant rate over connections that stay open, and prints the times of the answers as JSON, in microseconds.

A request's time runs from when it was due, not from when a connection was free for it: what the peer delays is not hidden by asking less.
Usage: paced_client.py ADDRESS PORT redis|http CONNECTIONS RATE SECONDS
"""
import collections
import json
import select
import socket
import sys
import time

target, kind = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
count, rate, seconds = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
CONTENT = b"x" * 98 + b"!\n"
QUESTION, START, END = {
    "redis": (b"*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n", b"$100\r\n", CONTENT + b"\r\n"),
    "http": (b"GET / HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (target[0].encode(), target[1]), b"HTTP/1.1 200 ", CONTENT),
}[kind]

connections = {}
for _ in range(count):
    connection = socket.create_connection(target, timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connections[connection.fileno()] = connection
idle, received, asked = collections.deque(connections), dict.fromkeys(connections, b""), {}
times = []


def take(descriptor):
    part = connections[descriptor].recv(4096)
    answer = received[descriptor] + part
    if not part or not answer.startswith(START[:len(answer)]):
        sys.exit(f"a wrong answer: {answer[:200]!r}")
    if answer.endswith(END):
        times.append(time.monotonic() - asked.pop(descriptor))
        received[descriptor] = b""
        idle.append(descriptor)
    else:
        received[descriptor] = answer


def ask(due):
    descriptor = idle.popleft()
    asked[descriptor] = due
    connections[descriptor].sendall(QUESTION)


def answers(wait):
    for descriptor in select.select(list(asked), [], [], wait)[0]:
        take(descriptor)


# Each connection is used once before: what is set up then is not measured.
while len(times) < count:
    if idle:
        ask(time.monotonic())
    answers(0 if len(times) + len(asked) < count else 5)
times.clear()

begin, number = time.monotonic(), 0
total = int(rate * seconds)
while number < total:
    due = begin + number / rate
    now = time.monotonic()
    if now > begin + seconds + 5:
        sys.exit(f"{number} of {total} requests were sent in {seconds + 5} s: the rate is too high")
    if idle and now >= due:
        ask(due)
        number += 1
        answers(0)
    else:
        answers(max(0, due - now) if idle else 5)
while asked:
    if time.monotonic() > begin + seconds + 10:
        sys.exit(f"{len(asked)} requests were not answered")
    answers(5)

times.sort()
print(json.dumps({"count": len(times)} | {name: times[int(len(times) * part)] * 1e6 for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}))
