"""HAProxy as a sidecar: a process for each workload on node1, and one on node2 that all of them speak to."""
from contenders.haproxy import HAProxy
from machines import CALLER, PROXY, PROXY_CORE

FIRST_PORT = 16200


class HAProxyPerWorkload(HAProxy):
    def __init__(self, workloads):
        super().__init__()
        self.ports = {CALLER + number: FIRST_PORT + number for number in range(workloads)}

    def start(self, bench, path):
        far = bench.node2
        far.write("/run/peer/haproxy.cfg", self.configuration(far.name, path))
        self.listens(self.run(far, "haproxy", "-db", "-f", "/run/peer/haproxy.cfg"))
        near = bench.node1
        for port in self.ports.values():
            text = self.configuration(near.name, path).replace(f"bind 127.0.0.1:{self.port}", f"bind 127.0.0.1:{port}")
            near.write(f"/run/peer/haproxy-{port}.cfg", text)
            self.processes.append(near.begin(f"haproxy-{port}", PROXY, PROXY_CORE, "haproxy", "-db", "-f", f"/run/peer/haproxy-{port}.cfg"))
        for process, port in zip(self.processes[1:], self.ports.values()):
            near.listens("127.0.0.1", port, process)
