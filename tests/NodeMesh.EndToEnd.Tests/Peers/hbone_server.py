"""A daemon on the mesh port that is not ours: Python's TLS and the h2 library, as ztunnel does it. It knows CONNECT and nothing else.

hbone_server.py --cert FILE --key FILE --ca FILE [--port PORT] [--streams N]

Carries the bytes of each CONNECT to the address it asks for. Prints 'ready', then 'link ALPN', 'connect AUTHORITY FIELDS' with the names of the
fields, and 'refused METHOD' for a request that is no CONNECT (which is answered 400).
"""

import argparse
import asyncio
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings

CHUNK = 16 * 1024


class Link:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.engine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, validate_inbound_headers=False))
        self.tunnels = {}
        self.credit = asyncio.Event()

    async def run(self):
        print("link", self.writer.get_extra_info("ssl_object").selected_alpn_protocol(), flush=True)
        self.engine.initiate_connection()
        self.engine.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: arguments.streams})
        self.send()
        try:
            while data := await self.reader.read(65536):
                for event in self.engine.receive_data(data):
                    self.handle(event)
                self.send()
                await self.writer.drain()
        finally:
            for task, _ in self.tunnels.values():
                task.cancel()
            self.writer.close()

    def send(self):
        if data := self.engine.data_to_send():
            self.writer.write(data)

    def handle(self, event):
        if isinstance(event, h2.events.RequestReceived):
            fields = {name.decode(): value.decode() for name, value in event.headers}
            if fields[":method"] != "CONNECT" or ":protocol" in fields:
                print("refused", fields[":method"], flush=True)
                self.engine.send_headers(event.stream_id, [(":status", "400")], end_stream=True)
                return
            print("connect", fields[":authority"], " ".join(sorted(name for name in fields if name[0] != ":")), flush=True)
            received = asyncio.Queue()
            task = asyncio.create_task(self.carry(event.stream_id, fields[":authority"], received))
            self.tunnels[event.stream_id] = (task, received)
        elif isinstance(event, h2.events.DataReceived) and event.stream_id in self.tunnels:
            self.tunnels[event.stream_id][1].put_nowait((event.data, event.flow_controlled_length))
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.tunnels:
            self.tunnels[event.stream_id][1].put_nowait((b"", 0))
        elif isinstance(event, h2.events.StreamReset) and event.stream_id in self.tunnels:
            self.tunnels[event.stream_id][0].cancel()
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            self.credit.set()

    async def carry(self, stream, authority, received):
        host, port = authority.rsplit(":", 1)
        try:
            try:
                reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            except OSError:
                self.engine.send_headers(stream, [(":status", "503")], end_stream=True)
                return
            try:
                self.engine.send_headers(stream, [(":status", "200")])
                self.send()
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(self.carry_in(stream, received, writer))
                    ways.create_task(self.carry_out(stream, reader))
            except* OSError:
                self.engine.reset_stream(stream)
            finally:
                writer.close()
        finally:
            del self.tunnels[stream]
            self.send()

    async def carry_in(self, stream, received, writer):
        while True:
            data, credit = await received.get()
            if not data and not credit:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
            self.engine.acknowledge_received_data(credit, stream)
            self.send()

    async def carry_out(self, stream, reader):
        while data := await reader.read(CHUNK):
            while data:
                room = min(self.engine.local_flow_control_window(stream), self.engine.max_outbound_frame_size)
                if room == 0:
                    self.credit.clear()
                    await self.credit.wait()
                    continue
                self.engine.send_data(stream, data[:room])
                data = data[room:]
                self.send()
                await self.writer.drain()
        self.engine.end_stream(stream)
        self.send()


async def serve(reader, writer):
    try:
        await Link(reader, writer).run()
    except (OSError, ssl.SSLError) as error:
        print("lost:", error, flush=True)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(arguments.ca)
    context.load_cert_chain(arguments.cert, arguments.key)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.start_server(serve, ["0.0.0.0", "::"], arguments.port, ssl=context)
    print("ready", flush=True)
    await server.serve_forever()


parser = argparse.ArgumentParser()
parser.add_argument("--cert", required=True)
parser.add_argument("--key", required=True)
parser.add_argument("--ca", required=True)
parser.add_argument("--port", type=int, default=15008)
parser.add_argument("--streams", type=int, default=200)
arguments = parser.parse_args()
asyncio.run(main())
