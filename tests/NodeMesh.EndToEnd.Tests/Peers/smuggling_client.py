"""Requests that hide another one from somebody, each on a connection of its own.

smuggling_client.py ADDRESS PORT

In each sample, /NAME is the request and /hidden-NAME what may be a request behind it or a part of its body. Prints for each
'NAME EXPECTED STATUSES ENDING', where EXPECTED says how the sample is to be read: 'none' it is malformed, 'one' and 'two' it holds so many requests,
'cut' it becomes malformed within its body.
"""

import re
import socket
import sys

address, port = sys.argv[1:]
samples = {}


def hidden(name):
    return f"GET /hidden-{name} HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n"


def add(expected, name, text):
    """%N in the text is the name, %H the hidden request, %L its length and %X the same in hexadecimal."""
    inner = hidden(name)
    text = text.replace("%N", name).replace("%L", str(len(inner))).replace("%X", f"{len(inner):x}").replace("%H", inner)
    samples[name] = (expected, text.encode("latin-1"))


def post(expected, name, fields, body="%H"):
    add(expected, name, f"POST /%N HTTP/1.1\r\nHost: server\r\n{fields}\r\n\r\n{body}")


def start(name, line):
    add("none", name, f"{line}\r\nHost: server\r\n\r\n%H")


def field(name, line):
    add("none", name, f"GET /%N HTTP/1.1\r\nHost: server\r\n{line}\r\n\r\n%H")


# Two framings, or one that not everybody knows.
EMPTY = "0\r\n\r\n%H"
post("none", "cl-te", "Content-Length: 5\r\nTransfer-Encoding: chunked", EMPTY)
post("none", "te-cl", "Transfer-Encoding: chunked\r\nContent-Length: %L", EMPTY)
post("none", "te-te", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", EMPTY)
post("none", "te-identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", EMPTY)
post("none", "te-list", "Transfer-Encoding: identity, chunked", EMPTY)
post("none", "te-twice", "Transfer-Encoding: chunked, chunked", EMPTY)
post("none", "te-not-last", "Transfer-Encoding: chunked, gzip", EMPTY)
post("none", "te-x", "Transfer-Encoding: xchunked", EMPTY)
post("none", "te-quoted", 'Transfer-Encoding: "chunked"', EMPTY)
post("none", "te-parameter", "Transfer-Encoding: chunked;q=1", EMPTY)
post("none", "te-comma", "Transfer-Encoding: chunked,", EMPTY)
post("none", "te-empty", "Transfer-Encoding:", EMPTY)
post("none", "te-vertical-tab", "Transfer-Encoding: \x0bchunked", EMPTY)
post("none", "te-nul", "Transfer-Encoding: chunked\0", EMPTY)
post("none", "te-before-colon", "Transfer-Encoding : chunked", EMPTY)
post("none", "te-tab-before-colon", "Transfer-Encoding\t: chunked", EMPTY)
post("none", "te-folded", "Transfer-Encoding:\r\n chunked", EMPTY)
post("none", "te-behind-cr", "X: a\rTransfer-Encoding: chunked", EMPTY)
post("none", "te-behind-lf", "X: a\nTransfer-Encoding: chunked", EMPTY)
add("none", "te-first-folded", "POST /%N HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: server\r\n\r\n" + EMPTY)
add("none", "te-http-1-0", "POST /%N HTTP/1.0\r\nHost: server\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY)
post("none", "cl-cl", "Content-Length: 0\r\nContent-Length: %L")
post("none", "cl-list", "Content-Length: 0, %L")
post("none", "cl-signed", "Content-Length: +0")
post("none", "cl-negative", "Content-Length: -1")
post("none", "cl-hexadecimal", "Content-Length: 0x0")
post("none", "cl-spaced", "Content-Length: 0 0")
post("none", "cl-letters", "Content-Length: 0a")
post("none", "cl-empty", "Content-Length:")
post("none", "cl-overflow", "Content-Length: 18446744073709551616")
post("none", "cl-before-colon", "Content-Length : 0")
post("none", "cl-nul", "Content-Length: 0\0")

# Lines that are not what they should be.
start("line-two-spaces", "GET  /%N HTTP/1.1")
start("line-tab", "GET\t/%N HTTP/1.1")
start("line-space-in-target", "GET /%N b HTTP/1.1")
start("line-leading-space", " GET /%N HTTP/1.1")
start("line-trailing-space", "GET /%N HTTP/1.1 ")
start("line-no-version", "GET /%N")
start("line-long-version", "GET /%N HTTP/1.10")
start("line-lower-version", "GET /%N http/1.1")
start("line-relative", "GET %N HTTP/1.1")
start("line-control", "GET /%N\x01 HTTP/1.1")
start("line-cr", "GET /%N\rX HTTP/1.1")
start("line-method", "G(T /%N HTTP/1.1")
start("line-fragment", "GET /%N#x HTTP/1.1")
field("field-no-colon", "X")
field("field-no-name", ": x")
field("field-space-in-name", "X Y: z")
field("field-control-in-name", "X\x01: z")
field("field-control-in-value", "X: \x01")
field("field-folded", "X: a\r\n b")
field("host-twice", "Host: server")
field("host-other", "Host: other")
add("none", "host-none", "GET /%N HTTP/1.1\r\n\r\n%H")
add("none", "host-space", "GET /%N HTTP/1.1\r\nHost: a b\r\n\r\n%H")
add("none", "host-path", "GET /%N HTTP/1.1\r\nHost: a/b\r\n\r\n%H")
add("none", "host-list", "GET /%N HTTP/1.1\r\nHost: a, b\r\n\r\n%H")
add("none", "bare-lf", "GET /%N HTTP/1.1\nHost: server\n\n%H")

# Bodies whose chunks are not what they should be.
for name, chunks in {
    "signed": "+0\r\n\r\n", "negative": "-0\r\n\r\n", "prefixed": "0x0\r\n\r\n", "leading-space": " 0\r\n\r\n", "trailing-space": "0 \r\n\r\n", "lf": "0\n\n",
    "overflow": "10000000000000000\r\n\r\n", "no-size": "\r\n\r\n", "letters": "g\r\n\r\n", "short": "1\r\nab\r\n0\r\n\r\n", "lf-behind": "1\r\na\n0\r\n\r\n",
    "extension-lf": "1;a\nb\r\na\r\n0\r\n\r\n", "trailer-space": "0\r\nX : y\r\n\r\n", "trailer-folded": "0\r\nX: y\r\n z\r\n\r\n", "trailer-lf": "0\r\nX: y\n\r\n",
}.items():
    post("cut", f"chunk-{name}", "Transfer-Encoding: chunked", chunks + "%H")

# What is right, however unusual, and must be read in one way.
CLOSE = "Connection: close\r\n"
post("one", "body-length", CLOSE + "Content-Length: %L")
post("one", "body-chunked", CLOSE + "Transfer-Encoding: chunked", "%X\r\n%H\r\n0\r\n\r\n")
post("one", "body-connection-length", "Connection: close, content-length\r\nContent-Length: %L")
post("one", "body-connection-coding", "Connection: close, transfer-encoding\r\nTransfer-Encoding: chunked", "%X\r\n%H\r\n0\r\n\r\n")
add("one", "body-of-get", "GET /%N HTTP/1.1\r\nHost: server\r\n" + CLOSE + "Content-Length: %L\r\n\r\n%H")
post("two", "te-upper-case", "TRANSFER-ENCODING: chunked", EMPTY)
post("two", "te-value-upper-case", "Transfer-Encoding: Chunked", EMPTY)
post("two", "te-underscore", "Content-Length: 0\r\nTransfer_Encoding: chunked")
post("two", "cl-underscore", "Content-Length: 0\r\nContent_Length: %L")
post("two", "cl-zeros", "Content-Length: 000")
post("two", "chunk-zeros", "Transfer-Encoding: chunked", "000\r\n\r\n%H")
post("two", "chunk-extension", "Transfer-Encoding: chunked", "1;a=b\r\nx\r\n0;c\r\n\r\n%H")
post("two", "chunk-trailers", "Transfer-Encoding: chunked", "0\r\nContent-Length: %L\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n%H")
post("two", "upgrade-h2c", "Content-Length: 0\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__")
add("two", "get-without-body", "GET /%N HTTP/1.1\r\nHost: server\r\n\r\n%H")
add("two", "absolute", "GET http://server/%N HTTP/1.1\r\nHost: other\r\n\r\n%H")
add("two", "leading-line", "\r\nGET /%N HTTP/1.1\r\nHost: server\r\n\r\n%H")

for name, (expected, text) in samples.items():
    data, ending = b"", "end"
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        try:
            connection.sendall(text)
            while piece := connection.recv(65536):
                data += piece
        except TimeoutError:
            ending = "open"
        except OSError:
            ending = "reset"
    statuses = [status.decode() for status in re.findall(rb"(?m)^HTTP/1\.1 ([0-9]{3}) ", data)]
    print(name, expected, ",".join(statuses) or "-", ending)
