#!/usr/bin/env python3
"""Connections that are held and used all the time.

    hold.py serve PORT                              sends back every line, on 127.0.0.1
    hold.py call HOST PORT CONNECTIONS SECONDS      so many at a time, each for so long, a line each 50 ms; one that ends is followed by another
    hold.py call HOST PORT CONNECTIONS until-ended  each until the other side ends it, and then no other

A caller is told to end by SIGTERM: what is open then is held for its time, and a line of JSON says what became of all. Broken is a connection that did not
last as long as it was held, or brought back anything but what was sent; "ended" are the times (Unix) at which the other side ended one that was to be
held until then. The wait is the longest from a line to the same line back.
"""
import asyncio
import json
import signal
import sys
import time


class Calls:
    def __init__(self, host, port, seconds):
        self.host, self.port, self.seconds = host, port, seconds
        self.told = asyncio.Event()
        self.connections = self.lines = self.refused = self.broken = 0
        self.wait = 0.0
        self.ended, self.reasons = [], {}

    async def run(self):
        while not self.told.is_set():
            try:
                await self.hold()
            except Exception as e:
                if isinstance(e, ConnectionRefusedError):
                    self.refused += 1
                else:
                    self.broken += 1
                reason = "%s: %s" % (type(e).__name__, e)
                self.reasons[reason] = self.reasons.get(reason, 0) + 1
                await asyncio.sleep(0.05)
            if self.seconds is None:
                return

    async def hold(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        self.connections += 1
        began = time.monotonic()
        try:
            while self.seconds is None and not self.told.is_set() or self.seconds is not None and time.monotonic() - began < self.seconds:
                if not await self.exchange(reader, writer):
                    self.ended.append(round(time.time(), 3))
                    return
                await asyncio.sleep(0.05)
            writer.write_eof()
            if await asyncio.wait_for(reader.read(), 20):
                raise ValueError("something comes that was not asked for")
        finally:
            writer.close()

    async def exchange(self, reader, writer):
        line, sent = b"held-%d\n" % self.lines, time.monotonic()
        try:
            writer.write(line)
            answer = await asyncio.wait_for(reader.readline(), 20)
        except ConnectionError:
            answer = b""
        if not answer and self.seconds is None:
            return False
        if answer != line:
            raise ValueError("the other side ended it" if not answer else "another line came back")
        self.lines += 1
        self.wait = max(self.wait, time.monotonic() - sent)
        return True

    def report(self):
        return {"connections": self.connections, "lines": self.lines, "refused": self.refused, "broken": self.broken, "wait": round(self.wait, 3),
                "ended": self.ended, "reasons": self.reasons}


async def call(host, port, connections, seconds):
    calls = Calls(host, int(port), None if seconds == "until-ended" else float(seconds))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, calls.told.set)
    await asyncio.gather(*(calls.run() for _ in range(int(connections))))
    print(json.dumps(calls.report()), flush=True)


async def send_back(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except ConnectionError:
        # Whoever called counts it.
        pass
    finally:
        writer.close()


async def serve(port):
    server = await asyncio.start_server(send_back, "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run({"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:]))
