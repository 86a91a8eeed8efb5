"""An HTTP/1.1 server, one thing to a path.

http_server.py PORT [PORT...]

  /headers      the request line and header fields, as they came
  /digest       'LENGTH SHA256' of the request's body, whatever its framing
  /echo         the request's body, chunked, piece by piece as it comes
  /source?N     N bytes, chunked
  /events       server-sent events: one, then one more for each line on standard input, and the end at an empty line
  /short        promises 1000 bytes, sends 500 and closes
  /broken       a chunk of 500 bytes, then closes without a last one
  /stuck        promises 1000 bytes, sends 500 and says nothing more
  /websocket    RFC 6455: answers every message with itself

Every connection and every request is written to standard output.
"""

import base64
import hashlib
import queue
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lines = queue.Queue()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        print(f"connection {self.client_address[1]}", flush=True)

    def log_message(self, *_):
        print(f"request {self.client_address[1]} {self.requestline}", flush=True)

    def pieces(self):
        """The body of the request as it comes."""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            left = int(self.headers.get("content-length", 0))
            while left:
                piece = self.rfile.read1(min(left, 65536))
                if not piece:
                    raise ConnectionResetError("the body ends early")
                left -= len(piece)
                yield piece

    def begin(self, *fields):
        self.send_response(200)
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()

    def text(self, text):
        body = text.encode()
        self.begin(("Content-Length", len(body)), ("Content-Type", "text/plain"))
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def do_GET(self):
        path, _, argument = self.path.partition("?")
        handle = getattr(self, "answer_" + path.strip("/").replace("/", "_"), None)
        if handle:
            handle(argument)
        else:
            self.answer_digest(argument)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def answer_headers(self, _):
        for _ in self.pieces():
            pass
        self.text(self.requestline + "\n" + "".join(f"{name.lower()}: {value}\n" for name, value in self.headers.items()))

    def answer_digest(self, _):
        length, digest = 0, hashlib.sha256()
        for piece in self.pieces():
            length += len(piece)
            digest.update(piece)
        self.text(f"{length} {digest.hexdigest()}\n")

    def answer_echo(self, _):
        self.begin(("Transfer-Encoding", "chunked"))
        for piece in self.pieces():
            self.chunk(piece)
        self.chunk(b"")

    def answer_source(self, size):
        self.begin(("Transfer-Encoding", "chunked"))
        left, block = int(size), hashlib.shake_256(b"nodemesh").digest(1 << 16)
        while left:
            self.chunk(block[:min(left, len(block))])
            left -= min(left, len(block))
        self.chunk(b"")

    def answer_events(self, _):
        self.begin(("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
        self.chunk(b"data: first\n\n")
        while line := lines.get():
            self.chunk(f"data: {line}\n\n".encode())
        self.chunk(b"")

    def answer_short(self, _):
        self.begin(("Content-Length", 1000))
        self.wfile.write(b"x" * 500)
        self.close_connection = True

    def answer_broken(self, _):
        self.begin(("Transfer-Encoding", "chunked"))
        self.chunk(b"x" * 500)
        self.close_connection = True

    def answer_stuck(self, _):
        self.begin(("Content-Length", 1000))
        self.wfile.write(b"x" * 500)
        self.wfile.flush()
        threading.Event().wait()

    def answer_websocket(self, _):
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            first, second = self.rfile.read(2)
            length = second & 0x7F
            if length == 126:
                length, = struct.unpack("!H", self.rfile.read(2))
            elif length == 127:
                length, = struct.unpack("!Q", self.rfile.read(8))
            mask, data = self.rfile.read(4), self.rfile.read(length)
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
            head = bytes([first, length]) if length < 126 else bytes([first, 126]) + struct.pack("!H", length)
            self.wfile.write(head + data)
            if first & 0x0F == 8:
                return


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    address_family = socket.AF_INET6  # which takes IPv4 along

    def handle_error(self, *_):
        print(f"lost {sys.exc_info()[1]}", flush=True)


for port in sys.argv[1:]:
    threading.Thread(target=Server(("::", int(port)), Handler).serve_forever, daemon=True).start()
print("ready", flush=True)
for text in sys.stdin:
    lines.put(text.rstrip("\n"))
threading.Event().wait()
