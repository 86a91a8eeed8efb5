#!/usr/bin/env python3
"""Accepts connections and answers each received byte with itself. Usage: idle_server.py ADDRESS PORT"""
import selectors
import socket
import sys

listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=4096)
listener.setblocking(False)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            continue
        try:
            received = key.fileobj.recv(4096)
            if received:
                key.fileobj.send(received)
                continue
        except OSError:
            pass
        selector.unregister(key.fileobj)
        key.fileobj.close()
