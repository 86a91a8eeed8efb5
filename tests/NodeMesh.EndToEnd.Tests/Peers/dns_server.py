"""A name server that answers every question, over UDP and TCP, with one IPv4 address.

dns_server.py PORT ANSWER IPV4 IPV6     (ANSWER tells the servers of a test apart)

Listens on these two addresses. For redirected queries they must be 127.0.0.1 and ::1: the answers of an unbound UDP socket
leave from the address that routing prefers, and conntrack does not know them.
"""

import socket
import struct
import sys
import threading


def answer(query, address):
    question = query[12:query.index(b"\0", 12) + 5]
    header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
    return header + question + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(address)


def serve_udp(server, address):
    while True:
        query, peer = server.recvfrom(2048)
        server.sendto(answer(query, address), peer)


def serve_tcp(server, address):
    while True:
        connection, _ = server.accept()
        with connection:
            length = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
            reply = answer(connection.recv(length, socket.MSG_WAITALL), address)
            connection.sendall(struct.pack("!H", len(reply)) + reply)


def main():
    port, address, ipv4, ipv6 = int(sys.argv[1]), *sys.argv[2:]
    for family, own_address in ((socket.AF_INET, ipv4), (socket.AF_INET6, ipv6)):
        for kind, serve in ((socket.SOCK_DGRAM, serve_udp), (socket.SOCK_STREAM, serve_tcp)):
            server = socket.socket(family, kind)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            server.bind((own_address, port))
            if kind == socket.SOCK_STREAM:
                server.listen(16)
            threading.Thread(target=serve, args=(server, address), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
