"""Callers on node1. Each load ends by itself; an answer that is wrong, or none, is an error and no number."""
import json
import struct
import time

from machines import ADDRESS, CALLER, LOAD_CORE, Failure

CONNECTIONS = 32


class Load:
    """A caller in the background."""

    def __init__(self, bench, name, seconds, *command):
        self._process = bench.node1.begin(name, CALLER, LOAD_CORE, "timeout", str(int(seconds + 10)), *command)
        self._seconds = seconds

    def running(self):
        return self._process.running()

    def end(self):
        """Waits until it ends; returns what it wrote."""
        if self._process.wait(self._seconds + 15) != 0:
            raise Failure(f"{self._process.name}: {self._process.tail()}")
        return self._process.output()

    def fail(self, why):
        raise Failure(f"{self._process.name}: {why}: {self._process.tail()}")


class Redis(Load):
    """Asks redis for 100 bytes, over and over, one request under way on each connection."""

    def __init__(self, bench, path, seconds, keep=True):
        # It stops by number only, so timeout(1) is what ends it, which is then no failure.
        super().__init__(bench, "redis-benchmark", seconds, "timeout", "--preserve-status", "-s", "KILL", str(seconds),
                         "redis-benchmark", "-h", ADDRESS["node2"], "-p", str(path.port), "-c", str(CONNECTIONS), "-n", "1000000000",
                         "-k", str(int(keep)), "-q", "get", "greeting")

    def end(self):
        if not self.running():
            self.fail("ended early")
        self._process.stop()


class H2load(Load):
    """Asks for 100 bytes, over and over: HTTP/1.1 of nginx, or as gRPC's unary calls, which carry as many, of nghttpd."""

    RESULTS = "/run/tmp/h2load.times"

    def __init__(self, bench, path, seconds, rate=None):
        self._path, self._node = path, bench.node1
        if path.protocol == "http":
            kind, self._connections = ["--h1", "-m", "1", f"http://{ADDRESS['node2']}:{path.port}/"], CONNECTIONS
        else:
            bench.node1.path("/run/tmp/question").write_bytes(b"\0" + (100).to_bytes(4, "big") + b"x" * 100)
            kind, self._connections = ["-m", "8", "-d", "/run/tmp/question", "-H", "content-type: application/grpc", "-H", "te: trailers",
                                       f"http://{ADDRESS['node2']}:{path.port}/bench.Echo/Unary"], 4
        paced = ["--rps", str(rate / self._connections), "--log-file", self.RESULTS] if rate else []
        bench.node1.path(self.RESULTS).unlink(missing_ok=True)
        super().__init__(bench, "h2load", seconds, "h2load", "-t", "1", "-c", str(self._connections), "-D", str(int(seconds)), *paced, *kind)

    def end(self):
        """Returns the number of requests that were answered."""
        output = super().end()
        requests, statuses = (next(line for line in output.splitlines() if line.startswith(start)) for start in ("requests:", "status codes:"))
        # It takes a status line without a reason for one without a status: HAProxy writes such for what came as HTTP/2.
        if not requests.endswith(" 0 errored, 0 timeout") or not statuses.endswith(" 0 3xx, 0 4xx, 0 5xx"):
            raise Failure(f"{requests}; {statuses}")
        return int(requests.split()[5])

    def times(self):
        """Percentiles of a paced load, in microseconds; what it asks in its first half second is left out."""
        rows = [line.split() for line in self._node.path(self.RESULTS).read_text().splitlines()]
        begin = min(int(row[0]) for row in rows) + 500_000
        times = sorted(int(row[2]) for row in rows if int(row[0]) > begin)
        return {name: times[int(len(times) * part)] for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}


class Bulk(Load):
    """Receives as much as it can over four connections."""

    def __init__(self, bench, path, seconds):
        self._bytes = bench.node1.path("/run/tmp/bulk.count")
        self._bytes.unlink(missing_ok=True)
        super().__init__(bench, "bulk-client", seconds, "python3", "/run/peers/bulk_client.py", ADDRESS["node2"], str(path.port), "4", str(seconds),
                         "/run/tmp/bulk.count")

    def done(self):
        """Bytes so far."""
        return struct.unpack("=q", self._bytes.read_bytes())[0] if self._bytes.exists() else 0


def paced(bench, path, kind, rate, seconds, connections=CONNECTIONS):
    """Percentiles in microseconds at a constant rate."""
    load = Load(bench, "paced-client", seconds + 15, "python3", "/run/peers/paced_client.py", ADDRESS["node2"], str(path.port), kind, str(connections),
                str(rate), str(seconds))
    return json.loads(load.end())


def window(load, contender, done, seconds, settle=0.5):
    """Requests (or bytes) per second and the contender's CPU for each, in nanoseconds, in a part of the load's time."""
    time.sleep(settle)
    cpu, count, begin = contender.cpu(), done(), time.monotonic()
    time.sleep(seconds)
    cpu, count, elapsed = contender.cpu() - cpu, done() - count, time.monotonic() - begin
    if not load.running():
        load.fail("ended early")
    if count < 100:
        load.fail(f"only {count} in {elapsed:.1f} s")
    return count / elapsed, cpu / count
