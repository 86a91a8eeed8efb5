"""NodeMesh: nodemeshd with one event loop, on both machines for two hops."""
import shutil

from contenders.contender import Contender
from machines import ADDRESS, Failure, eventually

# `echo` is a workload of node2, reached over mutual TLS; `plain` is outside the mesh, reached without.
RESOURCES = """apiVersion: nodemesh.io/v1
kind: MeshConfig
metadata: {{ name: mesh }}
spec: {{ trustDomain: bench.example }}
---
apiVersion: nodemesh.io/v1
kind: Node
metadata: {{ name: node1 }}
spec: {{ addresses: [{node1}] }}
---
apiVersion: nodemesh.io/v1
kind: Node
metadata: {{ name: node2 }}
spec: {{ addresses: [{node2}] }}
---
apiVersion: nodemesh.io/v1
kind: Workload
metadata: {{ name: echo, labels: {{ app: echo }} }}
spec:
  node: node2
  selector: {{ user: server }}
  ports: [{{ name: port, port: {application}, protocol: {protocol} }}]
---
apiVersion: nodemesh.io/v1
kind: Service
metadata: {{ name: echo }}
spec:
  selector: {{ app: echo }}
  ports: [{{ name: port, port: {application}, targetPort: port, protocol: {protocol} }}]
---
apiVersion: nodemesh.io/v1
kind: Service
metadata: {{ name: plain }}
spec:
  endpoints: [{{ address: {node2} }}]
  ports: [{{ name: port, port: {port}, protocol: {protocol} }}]
"""

CALLER = """---
apiVersion: nodemesh.io/v1
kind: Workload
metadata: {{ name: caller{number} }}
spec: {{ node: node1, selector: {{ user: caller{number} }} }}
"""

SETTINGS = """node: {node}
loops: 1
dns: {{ listen: [] }}
accessLog: {{ output: /run/tmp/nodemesh-access.log }}
interception: {{ managePorts: false }}
drain: 1s
"""


class NodeMesh(Contender):
    name, port, mesh_port = "NodeMesh", 15001, 15008
    carriers = "loop "
    warm_up = 1  # compiled while it runs

    def __init__(self, callers=1, more=None):
        """With so many workloads on node1, and with more files of resources (name to text) than the path needs."""
        super().__init__()
        self.callers, self._more = callers, more or {}

    def start(self, bench, path):
        resources = bench.scratch / "resources"
        shutil.rmtree(resources, ignore_errors=True)
        resources.mkdir()
        text = RESOURCES.format(**ADDRESS, application=path.application, port=path.application + 1, protocol=path.protocol)
        (resources / "mesh.yaml").write_text(text + "".join(CALLER.format(number=number) for number in range(self.callers)))
        for name, content in self._more.items():
            (resources / name).write_text(content)
        bench.authority.issue_to_mesh(resources, self.callers)
        for node in bench.nodes[:path.hops]:
            bench.copy(resources, node, "/etc/nodemesh/resources")
            node.write("/etc/nodemesh/nodemeshd.yaml", SETTINGS.format(node=node.name))
            self.run(node, "nodemeshd")
        for process in self.processes:
            def ready(machine=process.machine):
                return machine.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:15020/readyz", check=False) == "200"

            eventually(60, ready, lambda process=process: f"nodemeshd on {process.machine.name} is not ready: {process.tail()}")

    def check_idle(self):
        """None holds a buffer."""
        for process in self.processes:
            metrics = process.machine.run("curl", "-sf", "http://127.0.0.1:15020/metrics").splitlines()
            used = [line.split()[-1] for line in metrics if line.startswith("nodemesh_buffer_bytes") and 'state="used"' in line]
            if not used or any(float(bytes_used) for bytes_used in used):
                raise Failure(f"idle connections hold buffers: {used} bytes")
