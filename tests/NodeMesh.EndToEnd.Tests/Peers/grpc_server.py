"""A gRPC server without generated code: messages are plain bytes.

grpc_server.py PORT

Service Test: Unary (the message itself), ServerStream (the message three times), ClientStream (the messages in one), BidiStream (each message
itself, as it comes), Sleep (never answers; writes 'began' or 'began with a deadline', then 'gone', to standard output), Metadata (what was sent and who
calls, with initial and trailing metadata), Fail (trailers only: NOT_FOUND with a message).
"""

import sys
import threading
from concurrent import futures

import grpc


def metadata(_, context):
    sent = dict(context.invocation_metadata())
    context.send_initial_metadata((("x-initial", "one"),))
    context.set_trailing_metadata((("x-trailing", "two"), ("x-bytes-bin", b"\x00\xff")))
    return f"{sent.get('x-test')} {sent.get('x-test-bin', b'').hex()} {sent.get('x-forwarded-client-cert')}".encode()


def sleep(_, context):
    gone = threading.Event()
    context.add_callback(gone.set)
    print("began with a deadline" if context.time_remaining() < 3600 else "began", flush=True)
    gone.wait()
    print("gone", flush=True)
    return b""


def fail(_, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ä")


server = grpc.server(
    futures.ThreadPoolExecutor(max_workers=16), options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("Test", {
    "Unary": grpc.unary_unary_rpc_method_handler(lambda message, _: message),
    "ServerStream": grpc.unary_stream_rpc_method_handler(lambda message, _: (message for _ in range(3))),
    "ClientStream": grpc.stream_unary_rpc_method_handler(lambda messages, _: b"".join(messages)),
    "BidiStream": grpc.stream_stream_rpc_method_handler(lambda messages, _: messages),
    "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
    "Metadata": grpc.unary_unary_rpc_method_handler(metadata),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
}),))
server.add_insecure_port(f"[::]:{sys.argv[1]}")
server.start()
print("ready", flush=True)
server.wait_for_termination()
