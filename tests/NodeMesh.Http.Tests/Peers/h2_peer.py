"""Speaks HTTP/2 over stdin and stdout with python3-h2, as `server METHOD` or as `client METHOD N BYTES`; METHOD is CONNECT or POST.

The server answers each request: CONNECT and POST with 200 and the body sent back, then, for POST, a trailer with its length;
`:path /reset` with RST_STREAM; `:authority refused:1` with 401 and no body. It says GOAWAY when it gets one.
The client sends N requests at once with a body each, expects it back, pings, and says GOAWAY.
Protocol violations seen by the library end the program with an error. With CONNECT it does not check header rules, because it
takes a plain CONNECT (RFC 9113, 8.5) for malformed.
"""
import os
import sys

try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
    import h2.settings
except ImportError:
    sys.exit("python3-h2 is missing: apt-get install python3-h2")


def flush(conn):
    data = conn.data_to_send()
    while data:
        data = data[os.write(1, data):]


def check(condition, what):
    if not condition:
        sys.exit(f"the peer is wrong: {what}")


class Sender:
    """Bodies waiting for windows."""

    def __init__(self, conn):
        self.conn = conn
        self.queues = {}
        self.frames = 0

    def add(self, stream, data, end=None):
        queue = self.queues.setdefault(stream, [bytearray(), None])
        queue[0] += data
        if end is not None:
            queue[1] = end
        self.pump()

    def pump(self):
        for stream in list(self.queues):
            body, end = self.queues[stream]
            while body:
                room = min(self.conn.local_flow_control_window(stream), self.conn.max_outbound_frame_size)
                if room <= 0:
                    break
                # Every other frame is padded, which takes one byte more than the padding.
                self.frames += 1
                padding = 9 if self.frames % 2 and room > 10 else None
                length = min(len(body), room - 10 if padding else room)
                self.conn.send_data(stream, bytes(body[:length]), pad_length=padding)
                del body[:length]
            if not body and end is not None:
                end()
                del self.queues[stream]


def connection(client_side):
    strict = METHOD != "CONNECT"
    return h2.connection.H2Connection(h2.config.H2Configuration(
        client_side=client_side, header_encoding="utf-8", validate_inbound_headers=strict, validate_outbound_headers=strict))


def serve():
    conn = connection(client_side=False)
    conn.initiate_connection()
    conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 70000, h2.settings.SettingCodes.MAX_FRAME_SIZE: 20000})
    flush(conn)
    sender = Sender(conn)
    lengths = {}
    while True:
        data = os.read(0, 65536)
        if not data:
            return
        for event in conn.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                headers = dict(event.headers)
                if headers.get(":path") == "/reset":
                    conn.reset_stream(event.stream_id, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
                elif headers[":authority"].startswith("refused"):
                    conn.send_headers(event.stream_id, [(":status", "401")], end_stream=True)
                else:
                    conn.send_headers(event.stream_id, [(":status", "200"), ("x-method", headers[":method"])])
                    lengths[event.stream_id] = 0
            elif isinstance(event, h2.events.DataReceived):
                conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if event.stream_id in lengths:
                    lengths[event.stream_id] += len(event.data)
                    sender.add(event.stream_id, event.data)
            elif isinstance(event, h2.events.StreamEnded):
                stream = event.stream_id
                if stream in lengths:
                    sender.add(stream, b"", lambda stream=stream: conn.end_stream(stream) if METHOD == "CONNECT" else
                               conn.send_headers(stream, [("x-length", str(lengths[stream]))], end_stream=True))
            elif isinstance(event, h2.events.WindowUpdated):
                sender.pump()
            elif isinstance(event, h2.events.RemoteSettingsChanged):
                sender.pump()
            elif isinstance(event, h2.events.ConnectionTerminated):
                check(event.error_code == 0, f"GOAWAY with {event.error_code} {event.additional_data}")
                return
        flush(conn)


def request(count, size):
    conn = connection(client_side=True)
    conn.initiate_connection()
    flush(conn)
    sender = Sender(conn)
    bodies = {}
    received = {}
    ended = set()
    pinged = False
    for number in range(count):
        stream = conn.get_next_available_stream_id()
        bodies[stream] = bytes((number + i * 7) % 256 for i in range(size + number))
        received[stream] = bytearray()
        if METHOD == "POST":
            headers = [(":method", "POST"), (":scheme", "http"), (":authority", "orders"), (":path", "/echo"),
                       ("content-length", str(size + number)), ("cookie", "a=b"), ("x-number", str(number))]
        else:
            headers = [(":method", "CONNECT"), (":authority", f"10.0.0.1:{number + 1}")]
        conn.send_headers(stream, headers)
        sender.add(stream, bodies[stream], lambda stream=stream: conn.end_stream(stream))
    conn.ping(b"12345678")
    flush(conn)
    while len(ended) < count or not pinged:
        data = os.read(0, 65536)
        check(data, f"the connection ended with {len(ended)} of {count} done")
        for event in conn.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                check(dict(event.headers)[":status"] == "200", f"status {event.headers}")
            elif isinstance(event, h2.events.DataReceived):
                received[event.stream_id] += event.data
                conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                check(received[event.stream_id] == bodies[event.stream_id], f"the body of {event.stream_id} differs")
                ended.add(event.stream_id)
            elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
                sender.pump()
            elif isinstance(event, h2.events.PingAckReceived):
                pinged = True
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                check(False, repr(event))
        flush(conn)
    conn.close_connection()
    flush(conn)


METHOD = sys.argv[2]
if sys.argv[1] == "server":
    serve()
else:
    request(int(sys.argv[3]), int(sys.argv[4]))
