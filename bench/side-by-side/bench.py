"""What scenarios and contenders share while the benchmark runs."""
import dataclasses
import math
import shutil
import subprocess
import time

from certificates import Authority
from machines import ADDRESS, Failure
from redirection import Redirection


@dataclasses.dataclass(frozen=True)
class Path:
    """What a proxy is to carry: from a caller on node1 to an application on node2.

    With one hop the proxy on node1 dials the application at node2's address in plaintext; with two the proxies on both machines have mutual TLS
    between them, and the application listens on loopback alone. Applications of one hop listen at the port behind that of two hops.
    """

    protocol: str  # tcp, http (HTTP/1.1) or grpc (HTTP/2)
    hops: int
    application: int
    resume: bool = True

    @property
    def port(self):
        return self.application + (self.hops == 1)

    @property
    def listener(self):
        """Where the application listens."""
        return (ADDRESS["node2"] if self.hops == 1 else "127.0.0.1"), self.port


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long and how often."""

    rounds: int
    window: float  # seconds of a measurement under full load
    paced: float  # seconds of one at a constant rate
    warm: float  # seconds of load before the first of them
    warm_loads: int  # which are so many
    budget: float  # seconds for all scenarios, on a machine that has nothing else to do
    quick: bool


class Bench:
    def __init__(self, machines, programs, scratch, settings):
        self.node1, self.node2 = machines["node1"], machines["node2"]
        self.programs, self.scratch, self.settings = programs, scratch, settings
        self.authority = Authority(self)
        self.redirection = Redirection(self.node1)
        self.deadline = math.inf

    @property
    def nodes(self):
        return self.node1, self.node2

    def nodemeshctl(self, *arguments):
        done = subprocess.run([self.programs / "nodemeshctl", *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"nodemeshctl {arguments[0]}: {done.stderr or done.stdout}")

    def late(self):
        """Whether the scenario has had its time: it does no further round then."""
        return time.monotonic() > self.deadline

    def forget_logs(self):
        """They lie in memory."""
        for node in self.nodes:
            for log in node.path("/run/tmp").glob("*.log"):
                log.unlink()

    def copy(self, source, node, inside):
        target = node.path(inside)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        node.run("chown", "-R", "nodemesh:nodemesh", inside)
