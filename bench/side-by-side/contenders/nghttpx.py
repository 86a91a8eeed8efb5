"""nghttpx with one worker, on both machines for two hops."""
from contenders.contender import Contender
from machines import ADDRESS

COMMON = """workers=1
rlimit-nofile=20000
accesslog-file=/run/tmp/nghttpx-access.log
errorlog-file=/dev/stderr
add-x-forwarded-for=yes
pid-file=/run/tmp/nghttpx.pid
frontend-http2-max-concurrent-streams=1024
backend-http2-max-concurrent-streams=1024
tls-min-proto-version=TLSv1.3
tls13-ciphers=TLS_AES_128_GCM_SHA256
tls13-client-ciphers=TLS_AES_128_GCM_SHA256
cacert=/run/peer/ca.crt
client-cert-file=/run/peer/peer.crt
client-private-key-file=/run/peer/peer.key
"""
SERVER = """certificate-file=/run/peer/peer.crt
private-key-file=/run/peer/peer.key
verify-client=yes
verify-client-cacert=/run/peer/ca.crt
"""


class Nghttpx(Contender):
    name, port, mesh_port = "nghttpx", 16003, 16103

    def start(self, bench, path):
        for node in bench.nodes[:path.hops]:
            node.write("/run/peer/nghttpx.conf", self.configuration(node.name, path))
            self.listens(self.run(node, "nghttpx", "--conf=/run/peer/nghttpx.conf"))

    @staticmethod
    def remark(path):
        return "nghttpx gives requests no id"

    def configuration(self, node, path):
        clear = "h2" if path.protocol == "grpc" else "http/1.1"
        if node == "node2":
            front, back = f"{ADDRESS['node2']},{self.mesh_port}", f"127.0.0.1,{path.port};;proto={clear}"
        elif path.hops == 1:
            front, back = f"127.0.0.1,{self.port};no-tls", f"{ADDRESS['node2']},{path.port};;proto={clear}"
        else:
            front = f"127.0.0.1,{self.port};no-tls"
            back = f"{ADDRESS['node2']},{self.mesh_port};;proto=h2;tls;sni=node2.bench.example"
        return COMMON + (SERVER if node == "node2" else "") + f"frontend={front}\nbackend={back}\n"
