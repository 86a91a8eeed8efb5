"""Sends bytes as they are given and shows what comes back, up to the end of the connection.

raw_client.py ADDRESS PORT TEXT...

Each TEXT is one write, with the escapes of Python (\\r\\n, \\x00). Writes what comes to standard output, and as a last line 'end', 'reset' or
'open', the latter when for ten seconds nothing came.
"""

import socket
import sys

address, port, *texts = sys.argv[1:]
with socket.create_connection((address, int(port)), timeout=10) as connection:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ending = "end"
    try:
        for text in texts:
            connection.sendall(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        while piece := connection.recv(65536):
            sys.stdout.write(piece.decode("latin-1"))
    except TimeoutError:
        ending = "open"
    except OSError:
        ending = "reset"
print(f"\n{ending}", flush=True)
