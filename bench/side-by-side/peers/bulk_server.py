#!/usr/bin/env python3
"""Sends without end to whoever connects; byte N is the lowest byte of N. Usage: bulk_server.py ADDRESS PORT"""
import selectors
import socket
import sys

BLOCK = 1 << 18
content = memoryview(bytes(range(256)) * (2 * BLOCK // 256))
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=64)
listener.setblocking(False)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_WRITE, [0])
            continue
        try:
            position = key.data[0] % 256
            key.data[0] += key.fileobj.send(content[position:position + BLOCK])
        except BlockingIOError:
            pass
        except OSError:
            selector.unregister(key.fileobj)
            key.fileobj.close()
