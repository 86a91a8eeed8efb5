"""NodeMesh: nodemeshd with one event loop on both machines."""
import shutil

from contenders.contender import Contender
from machines import ADDRESS, eventually

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

    def __init__(self, callers=1, more_resources=""):
        """With so many workloads on node1, and with more resources than the path needs."""
        super().__init__()
        self._callers, self._more = callers, more_resources

    def start(self, bench, path):
        resources = bench.scratch / "resources"
        shutil.rmtree(resources, ignore_errors=True)
        resources.mkdir()
        text = RESOURCES.format(**ADDRESS, application=path.application, port=path.application + 1, protocol=path.protocol)
        (resources / "mesh.yaml").write_text(text + "".join(CALLER.format(number=number) for number in range(self._callers)))
        if self._more:
            (resources / "more.yaml").write_text(self._more)
        bench.nodemeshctl("validate", resources)
        bench.authority.issue_to_mesh(resources)
        for node in bench.nodes:
            bench.copy(resources, node, "/etc/nodemesh/resources")
            node.write("/etc/nodemesh/nodemeshd.yaml", SETTINGS.format(node=node.name))
            self.run(node, "nodemeshd")
        for process in self.processes:
            def ready(machine=process.machine):
                return machine.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:15020/readyz", check=False) == "200"

            eventually(60, ready, lambda process=process: f"nodemeshd on {process.machine.name} is not ready: {process.tail()}")
