"""A TCP server that says who it is and whom the caller meant, then gives every line back.

line_server.py NAME PORT [PORT...]

Every connection is greeted with one line:
    NAME port=PORT original=ADDRESS:PORT peer=ADDRESS:PORT
`original` is what SO_ORIGINAL_DST says: the destination before a REDIRECT, or '-' where conntrack knows none.
"""

import socket
import struct
import sys
import threading

SO_ORIGINAL_DST = 80
IP6T_SO_ORIGINAL_DST = 80


def text(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def original_destination(connection):
    try:
        if connection.family == socket.AF_INET6:
            raw = connection.getsockopt(socket.IPPROTO_IPV6, IP6T_SO_ORIGINAL_DST, 28)
            return text(socket.inet_ntop(socket.AF_INET6, raw[8:24]), struct.unpack("!H", raw[2:4])[0])
        raw = connection.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16)
        return text(socket.inet_ntop(socket.AF_INET, raw[4:8]), struct.unpack("!H", raw[2:4])[0])
    except OSError:
        return "-"


def serve(name, port, connection, peer):
    with connection:
        greeting = f"{name} port={port} original={original_destination(connection)} peer={text(peer[0], peer[1])}"
        print(greeting, flush=True)
        try:
            connection.sendall(greeting.encode() + b"\n")
            for line in connection.makefile("rb"):
                connection.sendall(line)
        except OSError as error:
            print(f"{name} lost a connection: {error}", file=sys.stderr)


def accept(name, port, listener):
    while True:
        connection, peer = listener.accept()
        threading.Thread(target=serve, args=(name, port, connection, peer), daemon=True).start()


def main():
    name, *ports = sys.argv[1:]
    for port in map(int, ports):
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            listener.listen(128)
            threading.Thread(target=accept, args=(name, port, listener), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
