"""Asks a name server for the IPv4 address of a name, and prints it, or 'failed: REASON'.

dns_client.py SERVER NAME [--tcp] [--mark MARK] [--source-port PORT]
"""

import argparse
import socket
import struct
import sys

SO_MARK = 36

parser = argparse.ArgumentParser()
parser.add_argument("server")
parser.add_argument("name")
parser.add_argument("--tcp", action="store_true")
parser.add_argument("--mark", type=lambda text: int(text, 0))
parser.add_argument("--source-port", type=int, default=0)
arguments = parser.parse_args()

labels = b"".join(bytes([len(label)]) + label.encode() for label in arguments.name.split("."))
query = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)

try:
    ipv6 = ":" in arguments.server
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if arguments.tcp else socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        if arguments.mark is not None:
            client.setsockopt(socket.SOL_SOCKET, SO_MARK, arguments.mark)
        client.bind(("::" if ipv6 else "0.0.0.0", arguments.source_port))
        client.connect((arguments.server, 53))
        if arguments.tcp:
            client.sendall(struct.pack("!H", len(query)) + query)
            reply = client.recv(struct.unpack("!H", client.recv(2, socket.MSG_WAITALL))[0], socket.MSG_WAITALL)
        else:
            client.send(query)
            reply = client.recv(2048)
        print(socket.inet_ntoa(reply[-4:]))
except OSError as error:
    print(f"failed: {error}")
    sys.exit(1)
