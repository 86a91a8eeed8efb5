"""Many connections at once, all open together.

crowd_client.py ADDRESS PORT COUNT [--at-once N]

Opens COUNT connections to an echo server and holds them: prints 'open COUNT FAILED'. Then, for each line of standard input, sends a
line of its own over every one and waits for all echoes: prints 'answered COUNT'. When standard input ends it closes all: 'closed'.
"""

import argparse
import asyncio
import sys

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("count", type=int)
parser.add_argument("--at-once", type=int, default=200)
arguments = parser.parse_args()


async def connect(gate, connections, failures):
    async with gate:
        try:
            connections.append(await asyncio.wait_for(asyncio.open_connection(arguments.address, arguments.port, limit=4096), 30))
            # A refusal comes as a reset after the connect: only an echo shows that the far end is there.
            await echo(connections[-1], b"hello\n")
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            failures.append(repr(error))


async def echo(connection, line):
    reader, writer = connection
    writer.write(line)
    answer = await asyncio.wait_for(reader.readline(), 60)
    if answer != line:
        raise OSError(f"{answer!r} came back instead of {line!r}")


async def main():
    gate, connections, failures = asyncio.Semaphore(arguments.at_once), [], []
    await asyncio.gather(*(connect(gate, connections, failures) for _ in range(arguments.count)))
    print(f"open {len(connections)} {len(failures)} {failures[:3]}", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        results = await asyncio.gather(*(echo(c, b"%d\n" % i) for i, c in enumerate(connections)), return_exceptions=True)
        wrong = [repr(result) for result in results if result is not None]
        print(f"answered {len(results) - len(wrong)} {wrong[:3]}", flush=True)
    for _, writer in connections:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in connections), return_exceptions=True)
    print("closed", flush=True)


asyncio.run(main())
