"""What all contenders have in common."""
import math
import signal

from machines import PROXY, PROXY_CORE


class Contender:
    """One proxy, on one machine or on both. Scenarios make it, start it for a path, and stop it."""

    name = ""
    # Its port on node1 that connections are redirected to, and the one on node2 that speaks TLS.
    port = mesh_port = None
    # How the names of the threads begin that carry requests.
    carriers = ""
    # How much of the time for warming up it needs.
    warm_up = 0.25

    # How many connections it can hold at once, and what keeps it from more.
    most_connections, why_not_more = math.inf, None

    def __init__(self):
        self.processes = []

    def start(self, bench, path):
        raise NotImplementedError

    @staticmethod
    def remark(path):
        """What it cannot do as the others do, and does instead; None when there is nothing to say."""

    def run(self, machine, *command):
        """As the proxies' user on the proxies' core; returns once it is started."""
        process = machine.begin(f"{self.name.lower()}-{machine.name}", PROXY, PROXY_CORE, *command)
        self.processes.append(process)
        return process

    def listens(self, process):
        """Waits until it takes connections: of callers on node1, of the other hop on node2."""
        machine = process.machine
        if machine.name == "node1":
            machine.listens("127.0.0.1", self.port, process)
        else:
            machine.listens(machine.address, self.mesh_port, process)

    def cpu(self):
        """Nanoseconds of all its processes on both machines."""
        return sum(process.cpu() for process in self.processes)

    def waited(self):
        """Nanoseconds that the threads that carry requests were ready to run and had no processor."""
        return sum(process.waited(self.carriers) for process in self.processes)

    def memory(self):
        """Resident and proportional bytes of all its processes on both machines."""
        return tuple(sum(values) for values in zip(*(process.memory() for process in self.processes))) if self.processes else (0, 0)

    def check_idle(self):
        """What it promises of connections on which nothing moves, and can be asked for."""

    def stop(self):
        # All at once: some wait for the others' connections.
        for process in self.processes:
            process.signal(signal.SIGTERM)
        for process in self.processes:
            process.stop()
        self.processes = []
