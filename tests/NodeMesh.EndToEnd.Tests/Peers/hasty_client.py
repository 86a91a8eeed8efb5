"""A client that connects, sends and closes at once, again and again: before anybody can look whose its sockets are.

hasty_client.py ADDRESS PORT TIMES     (prints how often it got through with that)
"""

import socket
import sys


def main():
    address, port, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sent = 0
    for _ in range(times):
        with socket.socket(family) as client:
            try:
                client.connect((address, port))
                client.send(b"secret\n")
                sent += 1
            except OSError:
                pass
    print(sent, flush=True)


main()
