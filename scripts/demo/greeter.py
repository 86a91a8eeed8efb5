#!/usr/bin/env python3
"""A gRPC service and its client, without generated code: messages are plain UTF-8.

greeter.py serve PORT        answers Greeter/Greet once and Greeter/Count with a stream
greeter.py call TARGET NAME  calls both and prints what comes
"""
import sys
from concurrent import futures

import grpc


def greet(name: bytes, context: grpc.ServicerContext) -> bytes:
    caller = dict(context.invocation_metadata()).get("x-forwarded-client-cert", "")
    return f"hello {name.decode()}, {caller}".encode()


def count(name: bytes, _: grpc.ServicerContext):
    for number in range(1, 4):
        yield f"{name.decode()} {number}".encode()


def serve(port: str) -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("Greeter", {
        "Greet": grpc.unary_unary_rpc_method_handler(greet),
        "Count": grpc.unary_stream_rpc_method_handler(count),
    }),))
    server.add_insecure_port(f"0.0.0.0:{port}")
    server.start()
    server.wait_for_termination()


def call(target: str, name: str) -> None:
    with grpc.insecure_channel(target) as channel:
        print(channel.unary_unary("/Greeter/Greet")(name.encode(), timeout=5).decode())
        print(", ".join(answer.decode() for answer in channel.unary_stream("/Greeter/Count")(name.encode(), timeout=5)))


{"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
