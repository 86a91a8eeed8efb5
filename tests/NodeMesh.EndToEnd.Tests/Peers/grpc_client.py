"""Calls grpc_server.py and prints what it gets.

grpc_client.py TARGET CALL

Calls: unary:TEXT, big:BYTES, server-stream:TEXT, client-stream:A,B,C, bidi (lines of standard input, answered one by one), deadline, cancel (at
the first line of standard input), metadata, fail. A failed call prints 'CODE DETAILS'.
"""

import hashlib
import sys

import grpc


def lines():
    for line in sys.stdin:
        yield line.rstrip("\n").encode()


def run(channel, call, argument):
    unary = lambda method: channel.unary_unary(f"/Test/{method}")
    if call == "unary":
        print(unary("Unary")(argument.encode(), timeout=20).decode())
    elif call == "big":
        message = hashlib.shake_256(b"nodemesh").digest(int(argument))
        print(len(message), unary("Unary")(message, timeout=30) == message)
    elif call == "server-stream":
        for answer in channel.unary_stream("/Test/ServerStream")(argument.encode(), timeout=20):
            print(answer.decode())
    elif call == "client-stream":
        print(channel.stream_unary("/Test/ClientStream")((part.encode() for part in argument.split(",")), timeout=20).decode())
    elif call == "bidi":
        for answer in channel.stream_stream("/Test/BidiStream")(lines(), timeout=20):
            print(answer.decode(), flush=True)
    elif call == "deadline":
        unary("Sleep")(b"", timeout=1)
    elif call == "cancel":
        future = unary("Sleep").future(b"")
        print("called", flush=True)
        sys.stdin.readline()
        future.cancel()
        print("cancelled", future.cancelled(), flush=True)
    elif call == "metadata":
        answer, ended = unary("Metadata").with_call(b"", timeout=20, metadata=(("x-test", "moin"), ("x-test-bin", b"\x01\xfe")))
        print(answer.decode(), dict(ended.initial_metadata()).get("x-initial"), dict(ended.trailing_metadata()).get("x-trailing"),
              dict(ended.trailing_metadata())["x-bytes-bin"].hex())
    elif call == "fail":
        unary("Fail")(b"", timeout=20)


unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
with grpc.insecure_channel(sys.argv[1], options=unlimited) as connected:
    try:
        run(connected, *sys.argv[2].partition(":")[::2])
    except grpc.RpcError as error:
        print(error.code().name, error.details())
