#!/usr/bin/env python3
"""Opens connections, sends a byte over each and waits for its echo, says "open", and holds them all.

For each line on standard input it sends a byte over every connection again and says "alive COUNT".
Usage: idle_client.py ADDRESS PORT COUNT
"""
import socket
import sys

target = (sys.argv[1], int(sys.argv[2]))
connections = []


def exchange(batch):
    for connection in batch:
        connection.sendall(b"x")
    return sum(connection.recv(1) == b"x" for connection in batch)


# In steps, so that none waits longer than a listener's queue allows.
while len(connections) < int(sys.argv[3]):
    batch = [socket.create_connection(target, timeout=30) for _ in range(min(100, int(sys.argv[3]) - len(connections)))]
    if exchange(batch) < len(batch):
        sys.exit("a connection was closed")
    connections += batch
print("open", flush=True)
for _ in sys.stdin:
    print("alive", exchange(connections), flush=True)
