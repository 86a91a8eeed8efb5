"""Contenders that know many services, one of which gets another back end while they run."""
import signal

from contenders import haproxy, nginx, nodemesh
from machines import ADDRESS

# Of the service that changes: virtual, so that nothing but a proxy leads from there to a back end.
VIP, PORT = "10.77.0.1", 8080

SERVICE = """---
apiVersion: nodemesh.io/v1
kind: Service
metadata: {{ name: {name} }}
spec:
  endpoints: [{{ address: {address}, port: {port} }}]
  ports: [{{ port: {listen}, protocol: http }}]
"""


def others(count):
    """Name and address of each service that nobody calls."""
    return [(f"other{number}", f"10.200.{number // 250}.{number % 250 + 1}") for number in range(count - 1)]


class NodeMeshServices(nodemesh.NodeMesh):
    """Watches its directory of resources: a changed file is put there."""

    def __init__(self, services, port):
        text = "".join(SERVICE.format(name=name, address=address, port=80, listen=80) for name, address in others(services))
        super().__init__(more={"others.yaml": text, "changing.yaml": self._changing(port)})

    @staticmethod
    def _changing(port):
        return SERVICE.format(name="changing", address=ADDRESS["node2"], port=port, listen=PORT) + f"  vips: [{VIP}]\n"

    def point_to(self, bench, port):
        bench.node1.write("/etc/nodemesh/changing.new", self._changing(port))
        bench.node1.path("/etc/nodemesh/changing.new").rename(bench.node1.path("/etc/nodemesh/resources/changing.yaml"))


class HAProxyServices(haproxy.HAProxy):
    """Is told to read its configuration again, which starts a new worker."""

    def __init__(self, services, port):
        super().__init__()
        self._services, self._port = services, port

    def _write(self, bench):
        known = others(self._services)
        bench.node1.write("/run/peer/hosts.map", "".join(f"{name}.mesh {name}\n" for name, _ in known))
        bench.node1.write("/run/peer/haproxy.cfg", "".join([
            haproxy.DEFAULTS, haproxy.HTTP, f"frontend proxy\n  bind 127.0.0.1:{self.port}\n",
            "  use_backend %[req.hdr(host),lower,map(/run/peer/hosts.map,changing)]\n",
            f"backend changing\n  server next {ADDRESS['node2']}:{self._port}\n",
            *(f"backend {name}\n  server next {address}:80\n" for name, address in known)]))

    def start(self, bench, path):
        self._write(bench)
        self.listens(self.run(bench.node1, "haproxy", "-W", "-f", "/run/peer/haproxy.cfg"))

    def point_to(self, bench, port):
        self._port = port
        self._write(bench)
        self.processes[0].signal_first(signal.SIGUSR2)


class NginxServices(nginx.Nginx):
    """Is told to read its configuration again, which starts a new worker."""

    def __init__(self, services, port):
        super().__init__()
        self._services, self._port = services, port

    def _write(self, bench):
        known = others(self._services)
        headers = "proxy_http_version 1.1; proxy_set_header Connection \"\"; " + nginx.IDENTIFICATION.format(d="proxy")
        body = [nginx.HTTP.format(next=f"{ADDRESS['node2']}:{self._port}"), "server_names_hash_max_size 65536; server_names_hash_bucket_size 128;", headers,
                f"server {{ listen 127.0.0.1:{self.port} default_server; location / {{ proxy_pass http://next; }} }}"]
        body += [f"upstream {name} {{ server {address}:80; keepalive 16; }} server {{ listen 127.0.0.1:{self.port}; server_name {name}.mesh; "
                 f"location / {{ proxy_pass http://{name}; }} }}" for name, address in known]
        bench.node1.write("/run/peer/nginx.conf", nginx.FRAME.format(context="http", log="combined", body="\n  ".join(body)))

    def start(self, bench, path):
        self._write(bench)
        self.listens(self.run(bench.node1, "nginx", "-c", "/run/peer/nginx.conf"))

    def point_to(self, bench, port):
        self._port = port
        self._write(bench)
        self.processes[0].signal_first(signal.SIGHUP)
