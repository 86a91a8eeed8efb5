"""A TCP client that is talked to line by line.

line_client.py ADDRESS PORT [--mark MARK] [--once] [--source-port PORT]

Prints the first line that the server says. With --once it ends there; else it sends each line of its standard input and
prints the answer to it. A failure prints 'failed: REASON' and ends with exit code 1.
"""

import argparse
import socket
import sys

SO_MARK = 36

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("--mark", type=lambda text: int(text, 0))
parser.add_argument("--once", action="store_true")
parser.add_argument("--source-port", type=int, default=0)
arguments = parser.parse_args()

try:
    family = socket.AF_INET6 if ":" in arguments.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        if arguments.mark is not None:
            connection.setsockopt(socket.SOL_SOCKET, SO_MARK, arguments.mark)
        if arguments.source_port:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            connection.bind(("", arguments.source_port))
        connection.connect((arguments.address, arguments.port))
        answers = connection.makefile("r")
        print(answers.readline().rstrip("\n"), flush=True)
        if not arguments.once:
            for line in sys.stdin:
                connection.sendall(line.encode())
                print(answers.readline().rstrip("\n"), flush=True)
except OSError as error:
    print(f"failed: {error}", flush=True)
    sys.exit(1)
