"""An HTTP/1.1 server that takes requests by the letter and writes down each one it received whole.

recording_server.py PORT

Prints 'METHOD TARGET LENGTH' with the length of the body, or 'malformed: REASON' for what nobody should be sent: both framings or two of one, a
field that is none, bytes that begin no request. Answers 200 'ok'.
"""

import re
import socket
import sys
import threading

START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.1\r\n")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~\t\x80-\xff]*?)[ \t]*\r\n")


class Malformed(Exception):
    pass


def expect(pattern, line, what):
    if match := pattern.fullmatch(line):
        return match
    raise Malformed(f"{what} {line!r}")


def read_fields(stream):
    fields = []
    while (line := stream.readline()) != b"\r\n":
        if not line:
            raise EOFError
        match = expect(FIELD, line, "field")
        fields.append((match[1].lower(), match[2]))
    return fields


def read_exactly(stream, length):
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def read_body(stream, fields):
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise Malformed(f"framed by {lengths} and {codings}")
    if lengths:
        expect(re.compile(rb"[0-9]{1,18}"), lengths[0], "length")
        return len(read_exactly(stream, int(lengths[0])))
    if not codings:
        return 0
    expect(re.compile(rb"chunked"), codings[0], "coding")
    total = 0
    while line := stream.readline():
        size = int(expect(re.compile(rb"([0-9a-fA-F]{1,15})\r\n"), line, "chunk")[1], 16)
        if not size:
            read_fields(stream)
            return total
        read_exactly(stream, size)
        total += size
        expect(re.compile(rb"\r\n"), read_exactly(stream, 2), "end of a chunk")
    raise EOFError


def serve(connection):
    with connection, connection.makefile("rb") as stream:
        try:
            while line := stream.readline():
                start = expect(START, line, "request line")
                length = read_body(stream, read_fields(stream))
                print(start[1].decode(), start[2].decode(), length, flush=True)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
        except Malformed as error:
            print(f"malformed: {error}", flush=True)
        except (OSError, EOFError):
            pass


listener = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
