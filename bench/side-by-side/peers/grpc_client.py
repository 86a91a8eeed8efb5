#!/usr/bin/env python3
"""gRPC: sends messages of 100 bytes over streams, each behind the answer to the one before, and prints the answers' times as JSON, in microseconds.

Usage: grpc_client.py ADDRESS PORT CONNECTIONS STREAMS SECONDS COUNTER [RATE]: so many streams on each connection; the file COUNTER holds the number
of answers so far; with a rate, so many messages a second in all. On SIGUSR1 it ends before its time.
"""
import asyncio
import json
import signal
import sys
import time

import grpc

from counter import Counter

address, port, connections, streams = sys.argv[1], *map(int, sys.argv[2:5])
seconds, counter = float(sys.argv[5]), Counter(sys.argv[6])
interval = connections * streams / float(sys.argv[7]) if len(sys.argv) > 7 else 0
times = []
until = time.monotonic() + seconds


def enough(*_):
    global until
    until = 0


async def talk(channel, number):
    call = channel.stream_stream("/bench.Echo/Stream")()
    due = time.monotonic() + interval * number / (connections * streams)
    while time.monotonic() < until:
        await asyncio.sleep(max(0, due - time.monotonic()))
        begin = time.monotonic()
        message = b"%020d" % number * 5
        await call.write(message)
        if await call.read() != message:
            raise RuntimeError("a wrong answer")
        times.append(time.monotonic() - begin)
        counter.set(len(times))
        due += interval
    await call.done_writing()
    if await call.code() != grpc.StatusCode.OK:
        raise RuntimeError(f"the stream ended with {await call.code()}")


async def main():
    # Of their own: else all channels to one address share a connection.
    channels = [grpc.aio.insecure_channel(f"{address}:{port}", [("grpc.use_local_subchannel_pool", 1)]) for _ in range(connections)]
    await asyncio.gather(*(talk(channel, i * streams + j) for i, channel in enumerate(channels) for j in range(streams)))
    for channel in channels:
        await channel.close()


signal.signal(signal.SIGUSR1, enough)
asyncio.run(main())
times.sort()
print(json.dumps({name: times[int(len(times) * part)] * 1e6 for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}))
