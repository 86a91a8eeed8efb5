"""Connections that are opened and left alone. hold_client.py ADDRESS PORT COUNT

Prints 'held COUNT' once the kernel has established all, and closes them when a line or the end comes on standard input.
"""

import resource
import socket
import sys

count = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 64, count + 64))
held = [socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) for _ in range(count)]
print(f"held {len(held)}", flush=True)
sys.stdin.readline()
for connection in held:
    connection.close()
print("closed", flush=True)
