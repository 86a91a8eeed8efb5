"""HAProxy with one thread, on both machines for two hops."""
from contenders.contender import Contender
from machines import ADDRESS

DEFAULTS = """global
  nbthread 1
  maxconn 8500
  maxpipes 1000
defaults
  log stdout format raw local0
  timeout connect 5s
  timeout client 1h
  timeout server 1h
"""
# Bulk goes from socket to socket in the kernel where nothing is encrypted.
TCP = "  mode tcp\n  option tcplog\n  option splice-auto\n"
HTTP = """  mode http
  option httplog
  option forwardfor
  http-reuse always
  unique-id-format %[uuid()]
  unique-id-header x-request-id
"""
TLS = "ssl crt /run/peer/peer.pem ca-file /run/peer/ca.crt verify required ssl-min-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256"


class HAProxy(Contender):
    name, port, mesh_port = "HAProxy", 16001, 16101

    def start(self, bench, path):
        for node in bench.nodes[:path.hops]:
            node.write("/run/peer/haproxy.cfg", self.configuration(node.name, path))
            self.run(node, "haproxy", "-db", "-f", "/run/peer/haproxy.cfg")
        for process in self.processes:
            self.listens(process)

    def configuration(self, node, path):
        http = path.protocol != "tcp"
        clear = " proto h2" if path.protocol == "grpc" else ""
        over_tls = f" {TLS}" + (" alpn h2" if http else "")
        if node == "node2":
            bind, server = f"{ADDRESS['node2']}:{self.mesh_port}{over_tls}", f"127.0.0.1:{path.port}{clear}"
        elif path.hops == 1:
            bind, server = f"127.0.0.1:{self.port}{clear}", f"{ADDRESS['node2']}:{path.port}{clear}"
        else:
            proto = " proto h2" if http else ""
            reuse = "" if path.resume else " no-ssl-reuse"
            bind = f"127.0.0.1:{self.port}{clear}"
            server = f"{ADDRESS['node2']}:{self.mesh_port}{proto}{over_tls}{reuse} verifyhost node2.bench.example sni str(node2.bench.example)"
        return f"{DEFAULTS}{HTTP if http else TCP}listen proxy\n  bind {bind}\n  server next {server}\n"
