#!/usr/bin/env python3
"""gRPC: answers each message of a stream with itself. Usage: grpc_server.py ADDRESS PORT"""
import asyncio
import sys

import grpc


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        async def stream(messages, _):
            async for message in messages:
                yield message

        return grpc.stream_stream_rpc_method_handler(stream) if details.method == "/bench.Echo/Stream" else None


async def serve():
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Echo(),))
    server.add_insecure_port(f"{sys.argv[1]}:{sys.argv[2]}")
    await server.start()
    await server.wait_for_termination()


asyncio.run(serve())
