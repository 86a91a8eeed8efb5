"""A WebSocket (RFC 6455) over which every line of standard input goes out as a text message; the answers are printed as lines.

websocket_client.py ADDRESS PORT PATH

Prints 'open' or the status line that was answered instead; 'closed CODE' after the server's close frame. An empty line closes.
"""

import base64
import hashlib
import os
import socket
import struct
import sys

address, port, path = sys.argv[1:]
connection = socket.create_connection((address, int(port)), timeout=20)
stream = connection.makefile("rb")
key = base64.b64encode(os.urandom(16))


def send(opcode, data):
    mask = os.urandom(4)
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(data))
    connection.sendall(bytes([0x80 | opcode]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))


def receive():
    first, length = stream.read(2)
    if length == 126:
        length, = struct.unpack("!H", stream.read(2))
    return first & 0x0F, stream.read(length)


connection.sendall(
    b"GET %b HTTP/1.1\r\nHost: server\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
    % (path.encode(), key))
status = stream.readline().decode().strip()
fields = {}
while line := stream.readline().strip():
    name, _, value = line.decode().partition(":")
    fields[name.lower()] = value.strip()
if " 101 " not in status:
    sys.exit(f"{status} {fields.get('nodemesh-refused', '')}")
expected = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
if (fields["sec-websocket-accept"], fields["upgrade"].lower()) != (expected, "websocket"):
    sys.exit(f"bad handshake: {fields}")
print("open", flush=True)
for line in sys.stdin:
    text = line.rstrip("\n").encode()
    send(1, text) if text else send(8, struct.pack("!H", 1000))
    opcode, data = receive()
    if opcode == 8:
        print(f"closed {struct.unpack('!H', data[:2])[0]}", flush=True)
        break
    print(data.decode(), flush=True)
