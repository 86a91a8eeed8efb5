"""Callers on node1. Each load ends by itself; an answer that is wrong, or none, is an error and no number."""
import json
import os
import re
import signal
import struct
import subprocess
import time

from machines import ADDRESS, CALLER, LOAD_CORE, Failure, eventually

CONNECTIONS = 32

# Requests (or bytes) that a figure rests on, at the least.
LEAST = 100


class Load:
    """A caller in the background."""

    def __init__(self, bench, name, seconds, *command, user=CALLER, stdin=subprocess.DEVNULL):
        self._process = bench.node1.begin(name, user, LOAD_CORE, "timeout", int(seconds + 10), *command, stdin=stdin)
        self._seconds = seconds

    def running(self):
        return self._process.running()

    def enough(self):
        """It asks no more (where it knows of that)."""
        pids = self._process.pids()
        if not pids:
            self.fail("ended early")
        os.kill(pids[-1], signal.SIGUSR1)

    def end(self):
        """Waits until it ends; returns what it wrote."""
        if self._process.wait(self._seconds + 15) != 0:
            raise Failure(f"{self._process.name}: {self._process.tail()}")
        return self._process.output()

    def fail(self, why):
        raise Failure(f"{self._process.name}: {why}: {self._process.tail()}")


class Redis(Load):
    """Asks redis for 100 bytes, over and over, one request under way on each connection."""

    LONGEST = 30

    def __init__(self, bench, path, keep=True):
        # It stops by number only: we end it.
        super().__init__(bench, "redis-benchmark", self.LONGEST, "redis-benchmark", "-h", ADDRESS["node2"], "-p", path.port, "-c", CONNECTIONS,
                         "-n", 1000000000, "-k", int(keep), "-q", "get", "greeting")

    def enough(self):
        self._process.stop()

    def end(self):
        """It has ended when it had enough."""


class H2load(Load):
    """Asks for 100 bytes, over and over: HTTP/1.1 of nginx, or as gRPC's unary calls, which carry as many, of nghttpd."""

    RESULTS = "/run/tmp/h2load.times"

    def __init__(self, bench, path, seconds, rate=None):
        self._node = bench.node1
        if path.protocol == "http":
            kind, self._connections, self._answer = ["--h1", "-m", "1", f"http://{ADDRESS['node2']}:{path.port}/"], CONNECTIONS, 100
        else:
            question = b"\0" + (100).to_bytes(4, "big") + b"x" * 100
            bench.node1.path("/run/tmp/question").write_bytes(question)
            self._connections, self._answer = 4, len(question)
            kind = ["-m", "8", "-d", "/run/tmp/question", "-H", "content-type: application/grpc", "-H", "te: trailers",
                    f"http://{ADDRESS['node2']}:{path.port}/bench.Echo/Unary"]
        paced = ["--rps", rate / self._connections, "--log-file", self.RESULTS] if rate else []
        bench.node1.path(self.RESULTS).unlink(missing_ok=True)
        super().__init__(bench, "h2load", seconds, "h2load", "-t", "1", "-c", self._connections, "-D", seconds, *paced, *kind)

    def end(self):
        """Returns the number of requests that were answered."""
        output = super().end()
        requests, statuses, traffic = (next(line for line in output.splitlines() if line.startswith(start))
                                       for start in ("requests:", "status codes:", "traffic:"))
        # It takes a status line without a reason for one without a status: HAProxy writes such for what came as HTTP/2.
        if not requests.endswith(" 0 errored, 0 timeout") or not statuses.endswith(" 0 3xx, 0 4xx, 0 5xx"):
            raise Failure(f"{requests}; {statuses}")
        done = int(requests.split()[5])
        # A refusal of a gRPC call has status 200, and no message.
        if int(re.search(r"\((\d+)\) data", traffic).group(1)) < done * self._answer:
            raise Failure(f"not all answers have {self._answer} bytes: {requests}; {traffic}")
        return done

    def times(self):
        """To the end of a paced load; percentiles in microseconds. What it asks in its first half second is left out."""
        self.end()
        rows = [line.split() for line in self._node.path(self.RESULTS).read_text().splitlines()]
        begin = min(int(row[0]) for row in rows) + 500_000
        times = sorted(int(row[2]) for row in rows if int(row[0]) > begin)
        return {name: times[int(len(times) * part)] for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}


class Counted(Load):
    """One that says how much it has done in a file, and goes on until it has done enough."""

    COUNTER, LONGEST = "/run/tmp/done.count", 30

    def __init__(self, bench, *arguments):
        self._counter = bench.node1.path(self.COUNTER)
        self._counter.unlink(missing_ok=True)
        super().__init__(bench, *arguments)

    def done(self):
        """So far."""
        content = self._counter.read_bytes() if self._counter.exists() else b""
        return struct.unpack("=q", content)[0] if content else 0


class Bulk(Counted):
    """Receives as many bytes as it can over four connections."""

    def __init__(self, bench, path):
        super().__init__(bench, "bulk-client", self.LONGEST, "python3", "/run/peers/bulk_client.py", ADDRESS["node2"], path.port, 4, self.LONGEST,
                         self.COUNTER)


class Stream(Counted):
    """Messages and answers of 100 bytes on two gRPC streams of each of four connections; at a constant rate for so many seconds, or at will."""

    def __init__(self, bench, path, rate=None, seconds=Counted.LONGEST):
        super().__init__(bench, "grpc-client", seconds, "python3", "/run/peers/grpc_client.py", ADDRESS["node2"], path.port, 4, 2, seconds, self.COUNTER,
                         *([rate] if rate else []))

    def times(self):
        """To its end; percentiles in microseconds."""
        return json.loads(self.end())


class Idle(Load):
    """Connections on which nothing moves."""

    def __init__(self, bench, path, count):
        super().__init__(bench, "idle-client", 120, "python3", "-u", "/run/peers/idle_client.py", ADDRESS["node2"], path.port, count, stdin=subprocess.PIPE)
        self._count = count
        self._said("open")

    def _said(self, what):
        def said():
            if not self.running():
                self.fail("ended early")
            return what in self._process.output()

        eventually(90, said, f"{self._count} idle connections do not say '{what}'")

    def end(self):
        """All of them answer again."""
        self._process.stdin.write("\n")
        self._said("alive")
        if f"alive {self._count}\n" not in self._process.output():
            self.fail(f"not all of {self._count} connections answer")
        self._process.stdin.close()
        super().end()


class Paced(Load):
    """Requests at a constant rate over connections that stay open; as one user, or by turns of several."""

    def __init__(self, bench, address, port, kind, rate, seconds, connections=CONNECTIONS, users=None):
        super().__init__(bench, "paced-client", seconds + 15, "python3", "/run/peers/paced_client.py", address, port, kind, connections, rate, seconds,
                         *([users, CALLER] if users else []), user=0 if users else CALLER)

    def times(self):
        """To its end; percentiles in microseconds, and how many connections the proxy ended."""
        return json.loads(self.end())


class Probe(Load):
    """Asks over new connections until the answer changes."""

    def __init__(self, bench, address, port, seconds):
        super().__init__(bench, "probe-client", seconds, "python3", "/run/peers/probe_client.py", address, port, seconds)

        def asking():
            if not self.running():
                self.fail("ended early")
            return "asking" in self._process.output()

        eventually(10, asking, "the probe has no answer")

    def end(self):
        """When it changed, by the monotonic clock."""
        return float(super().end().split()[-1])


def timed(load, contender, requests):
    """The times of a load of so many requests at a constant rate, to its end, and how long of each the contender waited for its processor."""
    waited = contender.waited()
    return load.times() | {"waited_ns": (contender.waited() - waited) / requests}


def window(load, contender, done, seconds, settle=0.3):
    """Requests (or bytes) per second and the contender's CPU for each, in nanoseconds, in a part of the load's time; then it ends."""
    before = done()
    eventually(10, lambda: done() >= before + LEAST or not load.running(), f"nothing is answered through {contender.name}")
    time.sleep(settle)
    cpu, count, begin = contender.cpu(), done(), time.monotonic()
    time.sleep(seconds)

    # A slow contender takes longer to show enough for a figure.
    eventually(10, lambda: done() - count >= LEAST or not load.running(), f"hardly anything is answered through {contender.name}")
    cpu, count, elapsed = contender.cpu() - cpu, done() - count, time.monotonic() - begin
    if not load.running():
        load.fail("ended early")
    load.enough()
    load.end()
    if count < LEAST:
        load.fail(f"only {count} in {elapsed:.1f} s")
    return count / elapsed, cpu / count
