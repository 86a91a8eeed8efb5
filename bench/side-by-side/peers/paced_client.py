#!/usr/bin/env python3
"""Asks at a constant rate over connections that stay open, and prints the times of the answers as JSON, in microseconds.

A request's time runs from when it was due, not from when a connection was free for it: what the peer delays is not hidden by asking less. Where a
connection ends instead of answering, the question is asked again over a new one, as HTTP clients do; its time goes on.
Usage: paced_client.py ADDRESS PORT redis|http CONNECTIONS RATE SECONDS [USERS FIRST]: the connections by turns of so many users from that id on. On
SIGUSR1 it asks no more.
"""
import collections
import json
import os
import select
import signal
import socket
import sys
import time

target, kind = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
count, rate, seconds = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
users, first_user = map(int, sys.argv[7:9]) if len(sys.argv) > 7 else (0, 0)
# The second is what the other application says, where a proxy is told to go there meanwhile.
CONTENT, OTHER = b"x" * 98 + b"!\n", b"y" * 98 + b"!\n"
QUESTION, START, ENDS = {
    "redis": (b"*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n", b"$100\r\n", (CONTENT + b"\r\n",)),
    "http": (b"GET / HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (target[0].encode(), target[1]), b"HTTP/1.1 200 ", (CONTENT, OTHER)),
}[kind]

connections, idle, received, asked = {}, collections.deque(), {}, {}
times, ended = [], 0


def connect(number):
    if users:
        os.seteuid(first_user + number % users)
    connection = socket.create_connection(target, timeout=10)
    if users:
        os.seteuid(0)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    descriptor = connection.fileno()
    connections[descriptor], received[descriptor] = connection, b""
    idle.append(descriptor)


def replace(descriptor):
    """The peer has ended it."""
    global ended
    if received[descriptor] or users or kind != "http":
        sys.exit(f"a connection ended behind {received[descriptor][:200]!r}")
    ended += 1
    due = asked.pop(descriptor, None)
    if due is None:
        idle.remove(descriptor)
    connections.pop(descriptor).close()
    connect(0)
    if due is not None:
        ask(due)


def take(descriptor):
    try:
        part = connections[descriptor].recv(4096)
    except ConnectionResetError:
        part = b""
    if not part:
        replace(descriptor)
        return
    answer = received[descriptor] + part
    if descriptor not in asked or not answer.startswith(START[:len(answer)]):
        sys.exit(f"a wrong answer: {answer[:200]!r}")
    if answer.endswith(ENDS):
        times.append(time.monotonic() - asked.pop(descriptor))
        received[descriptor] = b""
        idle.append(descriptor)
    else:
        received[descriptor] = answer


def ask(due):
    descriptor = idle.popleft()
    asked[descriptor] = due
    try:
        connections[descriptor].sendall(QUESTION)
    except (BrokenPipeError, ConnectionResetError):
        replace(descriptor)


def answers(wait):
    for descriptor in select.select(list(connections), [], [], wait)[0]:
        if descriptor in connections:
            take(descriptor)


for number in range(count):
    connect(number)
# Each connection is used once before: what is set up then is not measured.
while len(times) < count:
    if idle:
        ask(time.monotonic())
    answers(0 if len(times) + len(asked) < count else 5)
times.clear()


def enough(*_):
    global total
    total = 0


begin, number, total = time.monotonic(), 0, int(rate * seconds)
signal.signal(signal.SIGUSR1, enough)
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
end = time.monotonic() + 10
while asked:
    if time.monotonic() > end:
        sys.exit(f"{len(asked)} requests were not answered")
    answers(5)

times.sort()
print(json.dumps({"ended": ended} | {name: times[int(len(times) * part)] * 1e6 for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}))
