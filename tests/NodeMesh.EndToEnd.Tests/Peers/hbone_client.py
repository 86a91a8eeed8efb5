"""A caller on the mesh port that is not ours: Python's TLS and the h2 library, as ztunnel does it (no SNI, none of our headers).

hbone_client.py ADDRESS AUTHORITY [--port PORT] [--cert FILE --key FILE] [--ca FILE] [--method METHOD] [--message TEXT]

Prints 'status N', with --message what comes back through the tunnel, or 'failed: REASON'.
"""

import argparse
import socket
import ssl

import h2.config
import h2.connection
import h2.events

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("authority")
parser.add_argument("--port", type=int, default=15008)
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--ca")
parser.add_argument("--method", default="CONNECT")
parser.add_argument("--message")
arguments = parser.parse_args()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.set_alpn_protocols(["h2"])
if arguments.ca:
    context.load_verify_locations(arguments.ca)
else:
    context.verify_mode = ssl.CERT_NONE
if arguments.cert:
    context.load_cert_chain(arguments.cert, arguments.key)


def run(connection):
    engine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, validate_outbound_headers=False))
    engine.initiate_connection()
    headers = [(":method", arguments.method), (":authority", arguments.authority)]
    if arguments.method != "CONNECT":
        headers += [(":scheme", "https"), (":path", "/")]
    stream = engine.get_next_available_stream_id()
    engine.send_headers(stream, headers, end_stream=arguments.method != "CONNECT")
    connection.sendall(engine.data_to_send())
    answer = b""
    while True:
        data = connection.recv(65536)
        if not data:
            print("failed: the peer closed")
            return
        for event in engine.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                fields = {name.decode(): value.decode() for name, value in event.headers}
                print("status", fields[":status"], fields.get("nodemesh-refused", ""), flush=True)
                if fields[":status"] != "200" or arguments.message is None:
                    return
                engine.send_data(stream, arguments.message.encode() + b"\n", end_stream=True)
            elif isinstance(event, h2.events.DataReceived):
                answer += event.data
                engine.acknowledge_received_data(event.flow_controlled_length, stream)
            elif isinstance(event, h2.events.StreamEnded):
                print(answer.decode(), end="")
                return
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                print("failed:", event)
                return
        connection.sendall(engine.data_to_send())


try:
    with socket.create_connection((arguments.address, arguments.port), timeout=10) as plain:
        with context.wrap_socket(plain) as connection:
            run(connection)
except OSError as error:
    print("failed:", error)
